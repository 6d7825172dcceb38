//! The acts that restart one sequence.

use super::{Destination, RestartOptions, Subject};
use crate::Result;
use crate::catalog::LinkId;
use crate::model::{Lane, quote_literal};
use crate::observe::{Observation, Observations, Probe, furthest_row, nearest_row, whole_lane};
use crate::plan::change::{Act, Change, Relation, SequenceChange, Work};
use crate::template::fill;

impl Subject<'_> {
    /// Adds the restart with `value` to the change.
    pub(super) fn add(
        &self,
        change: &mut Change,
        restarted: &Observations,
        value: i64,
        options: RestartOptions,
    ) -> Result<()> {
        let sequence = self.catalog.sequence(self.id);
        if !sequence.privileges.alter {
            return Err(crate::Error::Unable {
                message: format!("the role may not restart {}: only its owner may", sequence.name),
                hint: Some("connect as the owner, or as a member of the role that owns it".to_owned()),
            });
        }
        let mut remarks = Vec::new();
        self.make_sure_nothing_is_in_the_way(value, restarted, options, &mut remarks)?;
        self.remark(&mut remarks);
        let planned = SequenceChange {
            oid: sequence.oid,
            name: sequence.name.clone(),
            definition: *sequence.definition,
            before: self.state,
            next: Some(value),
        };
        change.locks.extend(planned.lock());
        for link in self.catalog.links_of(self.id) {
            let table = Relation { oid: link.table_oid, name: (*link.table).clone() };
            if !change.tables.contains(&table) {
                change.tables.push(table);
            }
        }
        change.acts.extend(match options.destination {
            Destination::ToData => self.to_data(&planned, options),
            Destination::With(_) | Destination::AtStart => self.with(&planned, value, options),
        });
        change.sequences.push(planned);
        change.remarks.append(&mut remarks);
        Ok(())
    }

    /// What whoever agrees should know, whatever the value.
    fn remark(&self, remarks: &mut Vec<String>) {
        let links = self.catalog.sequence(self.id).links.clone().map(LinkId);
        if links.len() == 0 {
            remarks.push(format!(
                "no column is known to take its values from {}: no row was looked at",
                self.name()
            ));
        }
        for id in links {
            if let Observation::Seen(reading) = self.seen.link(id)
                && reading.probe == Probe::Scan
            {
                let column = self.catalog.link(id).full_name();
                remarks.push(format!(
                    "no index helps to look at {column}: nextval() waits while its table is read from end to end"
                ));
            }
        }
    }

    /// The acts that restart with one value: what must hold, the restart, what must hold then.
    fn with(&self, planned: &SequenceChange, value: i64, options: RestartOptions) -> Vec<Act> {
        let mut acts = Vec::new();
        let name = self.name();
        if !options.allow_backward {
            acts.push(self.not_past(value));
        }
        if !options.force {
            acts.extend(self.demands(value));
        }
        acts.push(Act {
            undo: Some(planned.undo()),
            ..Act::new(
                format!("restart {name} with {value}"),
                Work::Run(format!("ALTER SEQUENCE {name} RESTART WITH {value}")),
            )
        });
        let sql = self.fill(include_str!("../sql/restart_reached.sql"), value, &[]);
        acts.push(Act::new(format!("make sure that the next value of {name} is {value}"), Work::Demand(sql)));
        acts
    }

    /// That the sequence has not come past `value`.
    pub(in crate::plan) fn not_past(&self, value: i64) -> Act {
        let sql = self.fill(include_str!("../sql/restart_not_back.sql"), value, &[]);
        Act::new(format!("make sure that {} has not come past {value}", self.name()), Work::Demand(sql))
    }

    /// That no row stands in the way from `value` on, for every column that was looked at.
    pub(in crate::plan) fn demands(&self, value: i64) -> Vec<Act> {
        let lane = Lane::new(value.into(), self.lane.step(), self.lane.bound());
        let links = self.catalog.links_of(self.id).iter();
        links
            // Another server is not waited for while nextval() waits here.
            .filter(|link| !link.has_foreign_tables())
            .filter_map(|link| {
                let column = link.full_name();
                let values = [("nearest", nearest_row(link, lane)?), ("column", quote_literal(&column))];
                let sql = self.fill(include_str!("../sql/restart_no_row.sql"), value, &values);
                let what = format!("make sure that no row of {column} stands in the way from {value} on");
                Some(Act::new(what, Work::Demand(sql)))
            })
            .collect()
    }

    /// The acts that set the sequence after the rows that are there by then.
    fn to_data(&self, planned: &SequenceChange, options: RestartOptions) -> Vec<Act> {
        let name = self.name();
        let past_rows = self.past_rows();
        let definition = &planned.definition;
        let result = if options.allow_backward {
            "r.past_rows".to_owned()
        } else {
            format!(
                "CASE WHEN {} * (at.next - r.past_rows) > 0 AND at.next BETWEEN {} AND {} THEN at.next ELSE r.past_rows END",
                definition.increment.signum(),
                number(definition.min),
                number(definition.max)
            )
        };
        let sequence = format!("{}::pg_catalog.regclass", quote_literal(name));
        let values = [("past_rows", past_rows.clone()), ("result", result), ("sequence", sequence)];
        let set = self.fill(include_str!("../sql/restart_to_data.sql"), 0, &values);
        let sure = self.fill(include_str!("../sql/restart_past.sql"), 0, &[("past_rows", past_rows)]);
        vec![
            Act {
                undo: Some(planned.undo()),
                ..Act::new(format!("set {name} after its rows"), Work::Run(set))
            },
            Act::new(format!("make sure that {name} stands after its rows"), Work::Demand(sure)),
        ]
    }

    /// The first value of the lane after all rows, as SQL.
    fn past_rows(&self) -> String {
        let whole = whole_lane(self.catalog, self.id, self.lane);
        let definition = &self.catalog.sequence(self.id).definition;
        let links = self.catalog.sequence(self.id).links.clone().map(LinkId);
        let calls = links.filter_map(|id| {
            let link = self.catalog.link(id);
            let lane = link.lane_in_column(whole);
            if link.has_foreign_tables() {
                // Another server is not waited for while nextval() waits here: what was seen counts.
                let Observation::Seen(reading) = self.seen.link(id) else { return None };
                let past = lane.first_after(reading.extreme?);
                return Some(number((past - lane.next()) / lane.step()));
            }
            Some(fill(
                include_str!("../sql/restart_calls.sql"),
                &[
                    ("sign", &lane.step().signum().to_string()),
                    ("first", &number(lane.next())),
                    ("step", &number(lane.step())),
                    ("furthest", &furthest_row(link, whole)?),
                ],
            ))
        });
        let calls: Vec<String> = calls.chain(std::iter::once("NULL::numeric".to_owned())).collect();
        fill(
            include_str!("../sql/restart_past_rows.sql"),
            &[
                ("calls", &calls.join(", ")),
                ("first", &number(whole.next())),
                ("increment", &number(definition.increment)),
                ("start", &number(definition.start)),
            ],
        )
    }

    /// Fills a template with what all of them need, and `more`.
    fn fill(&self, template: &str, value: i64, more: &[(&str, String)]) -> String {
        let definition = &self.catalog.sequence(self.id).definition;
        let values = [
            ("name", self.name().to_owned()),
            ("literal", quote_literal(self.name())),
            ("value", number(value)),
            ("increment", number(definition.increment)),
            ("sign", definition.increment.signum().to_string()),
        ];
        let all: Vec<(&str, &str)> =
            values.iter().chain(more).map(|(key, value)| (*key, value.as_str())).collect();
        fill(template, &all)
    }
}

/// A number as it may stand after an operator: `--` would begin a comment.
fn number(value: impl Into<i128>) -> String {
    format!("({}::numeric)", value.into())
}
