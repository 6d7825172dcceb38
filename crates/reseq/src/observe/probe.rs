//! Questions about the rows of linked columns, asked in batches over all connections.

use std::collections::HashMap;

use reseq_pq as pq;

use super::Request;
use super::answers::Answers;
use super::batch::{LOCKS, Weight, batches};
use super::column::Column;
use super::failure::{Refusal, index_statement, renamed_too_often, unreadable_column};
use super::isolate::{Reader, Statement, is_refusal};
use super::relation::Relation;
use crate::catalog::{Catalog, Leaf, Link, LinkId, Unreadable};
use crate::model::{Oid, QuotedName, quote_literal};
use crate::session::{Session, Sessions};
use crate::{Error, Result};

/// What is asked of a linked column. Every statement begins with the columns `place` and `relation`, see
/// `sql/ends.sql`.
pub(super) trait Question: Sync {
    /// What one table answers.
    type Answer: Send;
    /// What it is for, as it follows "could not".
    const TRIED: &'static str;

    /// The statement, for one table.
    fn sql(&self, place: usize, rows: &Rows<'_>) -> String;

    /// Reads the answer, from the third column on.
    fn answer(&self, row: pq::Row<'_>) -> Result<Self::Answer, pq::Error>;
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

/// What became of a question to one table.
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
    /// How many tables are asked the same.
    tables: usize,
    link: &'a Link,
    leaf: Option<&'a Leaf>,
    weight: Weight,
    question: &'a Q,
}

/// Asks every question, and hands what became of it to `done` with its place, in any order: the answers of all the
/// tables that hold rows of the link. A table with so many partitions that reading it takes too many locks at once is
/// asked partition by partition, and so is one with foreign tables among them, which are asked only where the request
/// says so.
///
/// # Errors
/// A lost connection, an interrupt. What one table refuses is told by its [`Answers`].
pub(super) fn ask<Q: Question>(
    sessions: &mut Sessions,
    catalog: &Catalog,
    request: &Request<'_>,
    asked: &[Asked<Q>],
    mut done: impl FnMut(usize, Answers<Q::Answer>) + Send,
) -> Result<()> {
    let probes: Vec<Probe<'_, Q>> = probes(catalog, request, asked);
    let batches = batches(probes.iter().map(|probe| probe.weight));
    let reader = Reader { tried: Q::TRIED, ask: &statement::<Q>, answer: &answers::<Q>, alone: &alone::<Q> };
    // Of the few links that some of their tables have answered for.
    let mut partly: HashMap<usize, (usize, Answers<Q::Answer>)> = HashMap::new();
    let mut take = |place: usize, outcome| {
        let Probe { asked, tables, .. } = probes[place];
        let (answered, answers) = partly.entry(asked).or_default();
        answers.add(outcome);
        *answered += 1;
        if *answered == tables
            && let Some((_, answers)) = partly.remove(&asked)
        {
            done(asked, answers);
        }
    };
    let held = reader.read_each(sessions, &probes, &batches, &mut take)?;
    reader.come_back(sessions, &probes, held, take)
}

fn probes<'a, Q>(catalog: &'a Catalog, request: &Request<'_>, asked: &'a [Asked<Q>]) -> Vec<Probe<'a, Q>> {
    let mut probes = Vec::with_capacity(asked.len());
    for (place, Asked { link, bytes, question }) in asked.iter().enumerate() {
        let link = catalog.link(*link);
        let probe = |leaf, tables, weight| Probe { asked: place, tables, link, leaf, weight, question };
        if link.leaves.is_empty() || link.locks <= LOCKS && !link.has_foreign_tables() {
            probes.push(probe(None, 1, Weight { locks: link.locks, bytes: *bytes }));
            continue;
        }
        let leaves: Vec<&Leaf> = link.leaves.iter().filter(|leaf| request.reads(leaf)).collect();
        let bytes = bytes / link.leaves.len() as u64;
        probes.extend(leaves.iter().map(|leaf| {
            // Nobody knows how many those of a foreign table are: it is read alone.
            let bytes = if leaf.foreign { u64::MAX } else { bytes };
            probe(Some(*leaf), leaves.len(), Weight { locks: leaf.locks, bytes })
        }));
    }
    probes
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
pub(super) fn statements<Q: Question>(
    catalog: &Catalog,
    request: &Request<'_>,
    asked: &Asked<Q>,
) -> Vec<String> {
    let probes = probes(catalog, request, std::slice::from_ref(asked));
    batches(probes.iter().map(|probe| probe.weight))
        .into_iter()
        .map(|batch| sql(&probes[batch.members]))
        .collect()
}

fn sql<Q: Question>(batch: &[Probe<'_, Q>]) -> String {
    let probes = batch.iter().enumerate();
    let sql = probes.filter_map(|(place, probe)| probe.sql(place, probe.table().1, &probe.link.column));
    sql.collect::<Vec<_>>().join("\nUNION ALL\n")
}

/// The statement that asks a batch.
fn statement<Q: Question>(batch: &[Probe<'_, Q>]) -> Statement {
    Statement { sql: sql(batch).into(), params: Vec::new() }
}

/// Reads what the tables of a batch answered.
fn answers<Q: Question>(
    session: &mut Session,
    batch: &[Probe<'_, Q>],
    rows: &pq::Rows,
) -> Result<Vec<Outcome<Q::Answer>>> {
    let mut answers: Vec<Option<Q::Answer>> = batch.iter().map(|_| None).collect();
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
        *answer = Some(probe.question.answer(row)?);
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
            // It may have been refused a lock that is worth waiting for.
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
    let error = match Refusal::of(&error) {
        Refusal::NoSuchName => match read_renamed(session, probe) {
            Err(error) if is_refusal(&error) => error,
            result => return result,
        },
        _ => error,
    };
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
