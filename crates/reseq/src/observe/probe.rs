//! Questions about the rows of linked columns, asked in batches over all connections.

use reseq_pq as pq;

use super::batch::{LOCKS, Weight, batches};
use super::column::Column;
use super::failure::{Refusal, index_statement, renamed_too_often, unreadable_column};
use super::isolate::{is_refusal, isolate, read_batch};
use super::relation::Relation;
use crate::catalog::{Catalog, Leaf, Link, LinkId, Unreadable};
use crate::model::{Oid, QuotedName, quote_literal};
use crate::session::{Session, Sessions};
use crate::{Error, Result};

/// What is asked of a linked column. Every statement begins with the columns `place` and `relation`, see
/// `sql/ends.sql`.
pub(super) trait Question: Send + Sync {
    /// What one table answers.
    type Answer: Send;
    /// What it is for, as it follows "could not".
    const TRIED: &'static str;

    /// The statement, for one table.
    fn sql(&self, place: usize, rows: &Rows<'_>) -> String;

    /// Reads the answer, from the third column on.
    fn answer(row: pq::Row<'_>) -> Result<Self::Answer, pq::Error>;
}

/// The rows that a statement reads.
#[derive(Clone, Debug)]
pub(super) struct Rows<'a> {
    /// The table, quoted.
    pub(super) table: &'a QuotedName,
    /// Without those of its partitions and inheritance children.
    pub(super) only: bool,
    /// The linked column.
    pub(super) column: Column,
}

impl Rows<'_> {
    /// The FROM clause with these conditions.
    pub(super) fn from(&self, conditions: &[String]) -> String {
        let only = if self.only { "ONLY " } else { "" };
        let condition = conditions.join(" AND ");
        let filter = if condition.is_empty() { "" } else { " WHERE " };
        format!("{only}{}{filter}{condition}", self.table)
    }

    /// The table's name as a literal.
    pub(super) fn literal(&self) -> String {
        quote_literal(self.table.as_str())
    }
}

/// A question about one link.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<Q> {
    /// Which.
    pub(super) link: LinkId,
    /// How many bytes are read to answer it; 0 where an index answers.
    pub(super) bytes: u64,
    /// What.
    pub(super) question: Q,
}

/// What became of a question.
#[derive(Clone, Debug)]
pub(super) enum Outcome<A> {
    /// The answer.
    Answer(A),
    /// It could not be answered.
    Unreadable(Unreadable),
    /// The table or the column is gone.
    Vanished,
}

/// How often a table is asked that is renamed at this very moment.
const ATTEMPTS: u32 = 5;

/// A question to one table.
#[derive(Clone, Copy, Debug)]
struct Probe<'a, Q> {
    asked: usize,
    link: &'a Link,
    leaf: Option<&'a Leaf>,
    weight: Weight,
    question: &'a Q,
}

/// Asks every question, and returns what became of each, in their order: the answers of all the tables that
/// hold rows of the link. A table with so many partitions that reading it takes too many locks at once is
/// asked partition by partition.
///
/// # Errors
/// A lost connection, an interrupt. What one table refuses is an [`Outcome`].
pub(super) fn ask<Q: Question>(
    sessions: &mut Sessions,
    catalog: &Catalog,
    asked: &[Asked<Q>],
) -> Result<Vec<Outcome<Vec<Q::Answer>>>> {
    let probes: Vec<Probe<'_, Q>> = probes(catalog, asked);
    let work =
        batches(probes.iter().map(|probe| probe.weight)).into_iter().map(|batch| &probes[batch]).collect();
    let results =
        sessions.run(work, |session, batch: &[Probe<'_, Q>]| isolate(session, batch, &read, &alone));
    let mut outcomes: Vec<Outcome<Vec<Q::Answer>>> = asked.iter().map(|_| Outcome::Vanished).collect();
    let mut probes = probes.iter();
    for result in results {
        for (outcome, probe) in result?.into_iter().zip(&mut probes) {
            merge(&mut outcomes[probe.asked], outcome);
        }
    }
    Ok(outcomes)
}

fn probes<'a, Q>(catalog: &'a Catalog, asked: &'a [Asked<Q>]) -> Vec<Probe<'a, Q>> {
    let mut probes = Vec::with_capacity(asked.len());
    for (place, Asked { link, bytes, question }) in asked.iter().enumerate() {
        let link = catalog.link(*link);
        let probe = |leaf, weight| Probe { asked: place, link, leaf, weight, question };
        if link.locks <= LOCKS || link.leaves.is_empty() {
            probes.push(probe(None, Weight { locks: link.locks, bytes: *bytes }));
        } else {
            let bytes = bytes / link.leaves.len() as u64;
            probes.extend(
                link.leaves.iter().map(|leaf| probe(Some(leaf), Weight { locks: leaf.locks, bytes })),
            );
        }
    }
    probes
}

/// A partition that is gone has no rows; one that cannot be read leaves the whole link unread.
fn merge<A>(whole: &mut Outcome<Vec<A>>, part: Outcome<A>) {
    match (&mut *whole, part) {
        (Outcome::Unreadable(_), _) | (_, Outcome::Vanished) => {}
        (_, Outcome::Unreadable(unreadable)) => *whole = Outcome::Unreadable(unreadable),
        (Outcome::Answer(answers), Outcome::Answer(answer)) => answers.push(answer),
        (Outcome::Vanished, Outcome::Answer(answer)) => *whole = Outcome::Answer(vec![answer]),
    }
}

impl<Q: Question> Probe<'_, Q> {
    /// The table to be read, by OID and by the name that the catalogue gave.
    fn table(&self) -> (Oid, &QuotedName) {
        self.leaf.map_or((self.link.table_oid, &*self.link.table), |leaf| (leaf.oid, &leaf.name))
    }

    /// The statement, with these names; `None` for a column that no statement can compare.
    fn sql(&self, place: usize, table: &QuotedName, column: &QuotedName) -> Option<String> {
        let column = Column::new(self.link, column)?;
        Some(self.question.sql(place, &Rows { table, only: self.leaf.is_some(), column }))
    }
}

/// The statement that asks a link's question of all its tables, for EXPLAIN: one a batch.
pub(super) fn statements<Q: Question>(catalog: &Catalog, asked: &Asked<Q>) -> Vec<String> {
    let probes = probes(catalog, std::slice::from_ref(asked));
    batches(probes.iter().map(|probe| probe.weight))
        .into_iter()
        .map(|batch| statement(&probes[batch]))
        .collect()
}

fn statement<Q: Question>(batch: &[Probe<'_, Q>]) -> String {
    let probes = batch.iter().enumerate();
    let sql = probes.filter_map(|(place, probe)| probe.sql(place, probe.table().1, &probe.link.column));
    sql.collect::<Vec<_>>().join("\nUNION ALL\n")
}

/// Asks a batch in one statement.
fn read<Q: Question>(session: &mut Session, batch: &[Probe<'_, Q>]) -> Result<Vec<Outcome<Q::Answer>>> {
    let mut answers: Vec<Option<Q::Answer>> = batch.iter().map(|_| None).collect();
    let rows = read_batch(session, batch, Q::TRIED, &statement(batch), &[])?;
    for row in rows.iter() {
        take::<Q>(row, batch, &mut answers).map_err(Error::while_trying(Q::TRIED))?;
    }
    let answers = answers.into_iter().zip(batch);
    answers
        .map(|(answer, probe)| {
            answer.map_or_else(|| read_renamed(session, probe), |answer| Ok(Outcome::Answer(answer)))
        })
        .collect()
}

/// Puts a row's answer in its place. A name that leads to another table by now leaves the place empty.
fn take<Q: Question>(
    row: pq::Row<'_>,
    batch: &[Probe<'_, Q>],
    answers: &mut [Option<Q::Answer>],
) -> Result<(), pq::Error> {
    let place = usize::try_from(row.get::<i32>(0)?).unwrap_or(usize::MAX);
    let relation = Oid(row.get(1)?);
    if let (Some(probe), Some(answer)) = (batch.get(place), answers.get_mut(place))
        && probe.table().0 == relation
    {
        *answer = Some(Q::answer(row)?);
    }
    Ok(())
}

/// Asks a table by the name that it has now, where the one that the catalogue gave leads elsewhere or nowhere. It
/// may be renamed once more before it is asked.
fn read_renamed<Q: Question>(session: &mut Session, probe: &Probe<'_, Q>) -> Result<Outcome<Q::Answer>> {
    for _ in 0..ATTEMPTS {
        let Some((relation, column)) = probe.look_up(session)? else { return Ok(Outcome::Vanished) };
        let Some(sql) = probe.sql(0, &relation.name, &column) else { return Ok(Outcome::Vanished) };
        match session.read(Q::TRIED, &sql, &[]) {
            Ok(rows) => {
                let mut answers = [None];
                for row in rows.iter() {
                    take(row, std::slice::from_ref(probe), &mut answers)
                        .map_err(Error::while_trying(Q::TRIED))?;
                }
                let [answer] = answers;
                if let Some(answer) = answer {
                    return Ok(Outcome::Answer(answer));
                }
            }
            Err(error) if Refusal::of(&error) == Refusal::NoSuchName => {}
            Err(error) if is_refusal(&error) => {
                return Ok(Outcome::Unreadable(probe.unreadable(&error, &relation, &column)));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(Outcome::Unreadable(renamed_too_often(probe.table().1)))
}

/// Says why a table could not be asked, unless it is gone or was only renamed.
fn alone<Q: Question>(
    session: &mut Session,
    probe: &Probe<'_, Q>,
    error: Error,
) -> Result<Outcome<Q::Answer>> {
    if Refusal::of(&error) == Refusal::NoSuchName {
        return read_renamed(session, probe);
    }
    let Some((relation, column)) = probe.look_up(session)? else { return Ok(Outcome::Vanished) };
    Ok(Outcome::Unreadable(probe.unreadable(&error, &relation, &column)))
}

impl<Q> Probe<'_, Q> {
    fn unreadable(&self, error: &Error, relation: &Relation, column: &QuotedName) -> Unreadable {
        unreadable_column(error, relation, column, &index_statement(self.link))
    }

    /// What the table and the column are called now; `None` where one of them is gone.
    fn look_up(&self, session: &mut Session) -> Result<Option<(Relation, QuotedName)>> {
        let oid = self.leaf.map_or(self.link.table_oid, |leaf| leaf.oid);
        let found = Relation::look_up(session, oid, Some((self.link.table_oid, self.link.attnum)))?;
        Ok(found.and_then(|mut relation| relation.column.take().map(|column| (relation, column))))
    }
}
