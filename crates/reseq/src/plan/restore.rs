//! Puts sequences back to where they stood, as far as no value is handed out twice.

use std::collections::HashMap;

use super::change::{Act, Change, Relation, SequenceChange, Stays, Work};
use super::lane_of;
use super::restart::Subject;
use crate::apply::receipt::{Left, Past};
use crate::catalog::{Catalog, SequenceId};
use crate::diagnose::words;
use crate::model::{Definition, Lane, Oid, State, quote_literal};
use crate::observe::{Ahead, Observations, StateReading};
use crate::template::fill;

/// Which sequences of the catalogue are meant.
pub(crate) fn known(catalog: &Catalog, past: &[Past]) -> Vec<bool> {
    let meant: std::collections::HashSet<Oid> = past.iter().map(|one| one.oid).collect();
    catalog.sequences.iter().map(|sequence| meant.contains(&sequence.oid)).collect()
}

/// Plans to put back what can go back; the others, each with the reason, are [`Change::remaining`]. What stands there
/// already has no part in it.
pub(crate) fn restore(catalog: &Catalog, ahead: &Ahead, past: &[Past], allow_backward: bool) -> Change {
    let ids: HashMap<Oid, SequenceId> = catalog.iter().map(|(id, sequence)| (sequence.oid, id)).collect();
    let mut change = Change { command: "undo", ..Change::default() };
    for one in past {
        let way = Way { catalog, ahead, past: one, allow_backward };
        match ids.get(&one.oid).map(|id| way.plan(*id)) {
            Some(Ok(None)) => {}
            Some(Ok(Some(back))) => back.add(&mut change),
            Some(Err(stays)) => change.remaining.push(stays),
            None => {
                let renewed = catalog.sequences.iter().any(|sequence| sequence.name == one.sequence);
                let reason = if renewed {
                    "it was dropped, and another was made in its place"
                } else {
                    "it was dropped"
                };
                change.remaining.push(stays(one, reason, None));
            }
        }
    }
    change
}

/// One sequence, and where it is to go.
struct Way<'a> {
    catalog: &'a Catalog,
    ahead: &'a Ahead,
    past: &'a Past,
    allow_backward: bool,
}

/// How one sequence goes back.
struct Back<'a> {
    planned: SequenceChange,
    state: State,
    demands: Vec<Act>,
    tables: Vec<Relation>,
    remarks: Vec<String>,
    past: &'a Past,
}

impl<'a> Way<'a> {
    /// `None` where it stands there already.
    fn plan(&self, id: SequenceId) -> Result<Option<Back<'a>>, Stays> {
        let past = self.past;
        let sequence = self.catalog.sequence(id);
        let definition = &*sequence.definition;
        let subject = Subject::of(self.catalog, &self.ahead.seen, id)
            .map_err(|error| Stays { incomplete: true, ..stays(past, error.to_string(), error.hint()) })?;
        // START and CACHE say nothing of which values may be handed out.
        let altered = past
            .definition
            .is_some_and(|was| was != Definition { start: was.start, cache: was.cache, ..*definition });
        if altered || !(definition.min..=definition.max).contains(&past.state.last_value) {
            return Err(stays(past, "it was altered since", None));
        }
        let Some(next) = definition.next_value(past.state) else {
            return Err(stays(past, "it was used up then", None));
        };
        let (now, then) = (subject.lane().next(), i128::from(next));
        if now == then {
            return Ok(None);
        }
        if !sequence.privileges.alter {
            let hint = "connect as the owner, or as a member of the role that owns it".to_owned();
            let reason = "the role may not set it: only its owner may";
            return Err(Stays { incomplete: true, ..stays(past, reason, Some(hint)) });
        }
        let mut remarks = Vec::new();
        let backward = subject.lane().is_after(now, then);
        if backward && self.left(definition) != Some(now) {
            let back = Lane::new(then, subject.lane().step(), subject.lane().bound()).calls_before(now);
            let reason = self.handed_out(now, then, back);
            if !self.allow_backward {
                let hint = "--allow-backward puts it back all the same, as long as no row stands in the way";
                return Err(stays(past, reason, Some(hint.to_owned())));
            }
            remarks.push(format!("{}: {reason}", sequence.name));
        }
        if let Some(in_the_way) = subject
            .rows_in_the_way(next, &self.ahead.restarted)
            .map_err(|error| Stays { incomplete: true, ..stays(past, error.to_string(), error.hint()) })?
        {
            let back = if backward { " --allow-backward" } else { "" };
            let hint =
                format!("reseq restart {} --with {next}{back} --force does it all the same", sequence.name);
            return Err(stays(past, in_the_way, Some(hint)));
        }
        let planned = SequenceChange {
            oid: sequence.oid,
            name: sequence.name.clone(),
            definition: *definition,
            before: subject.state(),
            next: Some(next),
        };
        let mut demands = Vec::new();
        if !backward {
            demands.push(subject.not_past(next));
        } else if !self.allow_backward {
            demands.push(unmoved(&planned));
        }
        demands.extend(subject.demands(next));
        let tables = self.catalog.links_of(id).iter();
        let tables = tables.map(|link| Relation { oid: link.table_oid, name: (*link.table).clone() });
        Ok(Some(Back { planned, state: past.state, demands, tables: tables.collect(), remarks, past }))
    }

    /// The next value where the run left it, if nobody has drawn meanwhile.
    fn left(&self, definition: &Definition) -> Option<i128> {
        let next = |state| definition.next_value(state).map(i128::from);
        match self.past.left {
            Left::Unknown => None,
            Left::At(state) => next(state),
            Left::Calls(calls) => {
                Some(next(self.past.state)? + i128::from(calls) * i128::from(definition.increment))
            }
        }
    }

    fn handed_out(&self, now: i128, then: i128, back: u128) -> String {
        format!(
            "the next value was {then} then and is {now} now: {} may be handed out again",
            words::count(back, "value")
        )
    }
}

impl Back<'_> {
    fn add(self, change: &mut Change) {
        let Self { planned, state, demands, tables, remarks, past } = self;
        change.locks.extend(planned.lock());
        for table in tables {
            if !change.tables.contains(&table) {
                change.tables.push(table);
            }
        }
        change.acts.extend(demands);
        change.acts.extend(set(&planned, state));
        if planned.name != past.sequence {
            change.remarks.push(format!("{} was called {} then", planned.name, past.sequence));
        }
        change.remarks.extend(remarks);
        change.sequences.push(planned);
    }
}

/// The acts that set a sequence, locked by ALTER SEQUENCE: setval() is a part of the transaction then.
pub(super) fn set(planned: &SequenceChange, state: State) -> [Act; 2] {
    let name = planned.name.as_str();
    let values = [
        ("name", name),
        ("literal", &quote_literal(name)),
        ("last_value", &bigint(state.last_value)),
        ("is_called", if state.is_called { "true" } else { "false" }),
    ];
    [
        Act {
            undo: Some(planned.undo()),
            ..Act::new(
                format!("put {name} back"),
                Work::Run(fill(include_str!("sql/restore_set.sql"), &values)),
            )
        },
        Act::new(
            format!("make sure that {name} stands where it stood"),
            Work::Demand(fill(include_str!("sql/restore_reached.sql"), &values)),
        ),
    ]
}

/// Demands that nobody has drawn since the plan was made.
pub(super) fn unmoved(planned: &SequenceChange) -> Act {
    let name = planned.name.as_str();
    let values = [
        ("name", name),
        ("literal", &quote_literal(name)),
        ("last_value", &bigint(planned.before.last_value)),
        ("is_called", if planned.before.is_called { "true" } else { "false" }),
    ];
    Act::new(
        format!("make sure that nobody has drawn from {name}"),
        Work::Demand(fill(include_str!("sql/restore_unmoved.sql"), &values)),
    )
}

/// A literal of its own type: -9223372036854775808 as digits would be a numeric.
fn bigint(value: i64) -> String {
    format!("'{value}'::bigint")
}

fn stays(past: &Past, reason: impl Into<String>, hint: Option<String>) -> Stays {
    Stays { what: past.sequence.clone(), reason: reason.into(), hint, incomplete: false }
}

/// The state that is asked about.
pub(crate) fn elsewhere(
    catalog: &Catalog,
    seen: &Observations,
    past: &Past,
    id: SequenceId,
) -> Option<State> {
    let StateReading::Known(state) = *seen.state(id) else { return None };
    let definition = &catalog.sequence(id).definition;
    let next = definition.next_value(past.state)?;
    let now = lane_of(catalog, id, state).next();
    let reachable = (definition.min..=definition.max).contains(&next);
    (reachable && i128::from(next) != now).then_some(State { last_value: next, is_called: false })
}
