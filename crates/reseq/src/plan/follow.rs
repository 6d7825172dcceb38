//! Lets a sequence follow the rows that a transaction has written, inside this very transaction: forward only, past every
//! row, free of races.

use super::change::{Act, Work};
use super::statement::{next_expression, number, state_expression};
use super::{IgnoreAbove, SequenceChange};
use crate::catalog::{Catalog, Ceiling, Link, Sequence, SequenceId};
use crate::model::{QuotedName, State, quote_literal};
use crate::observe::Column;
use crate::template::fill;
use crate::{Error, Result};

/// Up to so many calls are drawn where nothing else is possible: half a minute at most.
const MOST_CALLS_DRAWN: u64 = 50_000_000;

/// A sequence that follows its rows.
pub(super) struct Follow<'a> {
    catalog: &'a Catalog,
    id: SequenceId,
    sequence: &'a Sequence,
    before: State,
    rows: Vec<Row<'a>>,
}

/// A column of the sequence, and its furthest row as SQL.
struct Row<'a> {
    link: &'a Link,
    furthest: String,
}

impl<'a> Follow<'a> {
    /// For a sequence that stands at `before`.
    ///
    /// # Errors
    /// [`Error::Unable`] where the role cannot read a column or may not move the sequence.
    pub(super) fn of(
        catalog: &'a Catalog,
        id: SequenceId,
        before: State,
        ignore_above: &[IgnoreAbove],
    ) -> Result<Self> {
        let sequence = catalog.sequence(id);
        if !sequence.privileges.draw {
            let message = format!("the role may not move {}, which must follow the rows", sequence.name);
            let hint = Some(format!("GRANT USAGE ON SEQUENCE {} TO the role", sequence.name));
            return Err(Error::Unable { message, hint });
        }
        let mut rows = Vec::new();
        for link in catalog.links_of(id) {
            if let Some(unreadable) = &link.unreadable {
                let message = format!("{} cannot be read: {}", link.full_name(), unreadable.reason);
                return Err(Error::Unable { message, hint: Some(unreadable.hint.clone()) });
            }
            rows.extend(furthest(sequence, link, ignore_above).map(|furthest| Row { link, furthest }));
        }
        Ok(Self { catalog, id, sequence, before, rows })
    }

    /// The change of its state, where the role may see that.
    pub(super) fn change(&self) -> Option<SequenceChange> {
        self.sequence.privileges.select.then(|| SequenceChange {
            oid: self.sequence.oid,
            name: self.sequence.name.clone(),
            definition: *self.sequence.definition,
            before: self.before,
            next: None,
        })
    }

    /// The acts that move it and make sure of it.
    pub(super) fn acts(&self) -> Vec<Act> {
        let name = self.sequence.name.as_str();
        let may = self.sequence.privileges;
        // setval() finishes what ALTER SEQUENCE locks, and the owner may have revoked it from himself.
        let (work, lock) = if may.alter && may.update && may.select {
            let lock = format!(
                "SHARE ROW EXCLUSIVE on {name}, when the rows are there: its nextval() waits for COMMIT"
            );
            (self.altering(), lock)
        } else {
            (self.drawing(), String::new())
        };
        let moving = Act { lock, ..Act::new(format!("move {name} past the rows"), Work::Run(work)) };
        let demand =
            Act::new(format!("make sure that {name} stands past every row"), Work::Demand(self.demand()));
        vec![moving, demand]
    }

    /// What others may still do, where the role cannot help it.
    pub(super) fn remark(&self) -> Option<String> {
        let cache = self.sequence.definition.cache;
        let may = self.sequence.privileges;
        (cache > 1 && !(may.alter && may.update)).then(|| {
            format!(
                "sessions may still hand out up to {} values of {} that they hold in advance (CACHE {cache}); only its \
                 owner can take those away",
                cache - 1,
                self.sequence.name
            )
        })
    }

    fn altering(&self) -> String {
        let furthest: Vec<_> = self.rows.iter().map(|row| row.furthest.as_str()).collect();
        let calls = self.calls((1..=self.rows.len()).map(|place| format!("furthest[{place}]")));
        let mut tag = "$reseq$".to_owned();
        loop {
            let own = [("tag", tag.as_str()), ("furthest", &furthest.join(", "))];
            let statement = self.statement(include_str!("sql/follow.sql"), &calls, &own);
            // A name may hold what ends the block.
            if statement.matches(&tag).count() == 2 {
                return statement;
            }
            tag.insert(tag.len() - 1, '_');
        }
    }

    fn drawing(&self) -> String {
        self.statement(include_str!("sql/follow_drawing.sql"), &self.calls_by_reading(), &[])
    }

    fn demand(&self) -> String {
        let columns: Vec<_> = self.rows.iter().map(|row| row.link.full_name()).collect();
        let ceiling = Ceiling::of(self.catalog, self.id).words(self.catalog, self.id);
        let what = format!(
            "{} cannot go past the furthest row of {}: its next value would have to be ",
            self.sequence.name,
            columns.join(", ")
        );
        let why = format!(", beyond {ceiling}");
        let hint =
            "look for a row whose value is wrong, or leave out what lies beyond a value with --ignore-above";
        let [what, why, hint] = [&what, &why, hint].map(quote_literal);
        let own = [("what", what.as_str()), ("why", &why), ("hint", &hint)];
        self.statement(include_str!("sql/followed.sql"), &self.calls_by_reading(), &own)
    }

    /// Fills what all three statements have in common, and what is its `own`.
    fn statement(&self, template: &str, calls: &str, own: &[(&str, &str)]) -> String {
        let name = self.sequence.name.as_str();
        let definition = &self.sequence.definition;
        let sequence = format!("{}::pg_catalog.regclass", quote_literal(name));
        let by_usage = (!self.sequence.privileges.select).then_some(self.before);
        let state = state_expression(&sequence, name, by_usage);
        let [cache, increment] = [definition.cache, definition.increment].map(number);
        let ceiling = number(Ceiling::of(self.catalog, self.id).value);
        let next = next_expression(definition);
        let most = MOST_CALLS_DRAWN.to_string();
        let mut places = vec![
            ("sequence", sequence.as_str()),
            ("name", name),
            ("cache", &cache),
            ("state", &state),
            ("next", &next),
            ("calls", calls),
            ("sign", if definition.ascending() { "1" } else { "-1" }),
            ("increment", &increment),
            ("ceiling", &ceiling),
            ("most", &most),
        ];
        places.extend_from_slice(own);
        fill(template, &places)
    }

    fn calls_by_reading(&self) -> String {
        self.calls(self.rows.iter().map(|row| row.furthest.clone()))
    }

    /// How many calls lead past the furthest row of every column.
    fn calls(&self, furthest: impl Iterator<Item = String>) -> String {
        let increment = i128::from(self.sequence.definition.increment);
        let past = self.rows.iter().zip(furthest).map(|(row, furthest)| {
            let mapping = &row.link.mapping;
            let step = mapping.factor * increment;
            fill(
                include_str!("sql/past_row.sql"),
                &[
                    ("sign", if step > 0 { "1" } else { "-1" }),
                    ("furthest", &furthest),
                    ("factor", &number(mapping.factor)),
                    ("offset", &number(mapping.offset)),
                    ("step", &number(step.abs())),
                ],
            )
        });
        let past: Vec<String> = std::iter::once("0::pg_catalog.numeric".to_owned()).chain(past).collect();
        format!("GREATEST({})", past.join(", "))
    }
}

/// The furthest row of a linked column; `None` where its values cannot be compared with a sequence's.
fn furthest(sequence: &Sequence, link: &Link, ignore_above: &[IgnoreAbove]) -> Option<String> {
    let column = Column::new(link, &QuotedName::from_server(format!("t.{}", link.column)))?;
    let ascending = (link.mapping.factor > 0) == sequence.definition.ascending();
    let aggregate = if ascending { "max" } else { "min" };
    let value = column.whole(&format!("pg_catalog.{aggregate}({})", column.value()), ascending);
    let of = |oid| ignore_above.iter().find(|rule| rule.sequence == oid);
    let last = of(Some(sequence.oid)).or_else(|| of(None)).map(|rule| rule.value);
    let conditions = column.countable(ascending, last);
    let conditions =
        if conditions.is_empty() { String::new() } else { format!(" WHERE {}", conditions.join(" AND ")) };
    Some(fill(
        include_str!("sql/furthest_row.sql"),
        &[("value", &value), ("table", link.table.as_str()), ("where", &conditions)],
    ))
}
