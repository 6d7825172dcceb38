//! Columns that no index is known to answer for: which of them may be read all the same.

use super::Request;
use super::batch::chunks;
use super::ends::Ends;
use super::failure::{index_statement, unreadable_column};
use super::isolate::{Reader, Statement, is_refusal};
use super::model::Probe;
use super::probe::{Asked, statements};
use super::relation::Relation;
use crate::array::array;
use crate::catalog::{Catalog, Link, Unreadable};
use crate::session::{Session, Sessions};
use crate::template::fill;
use crate::{Error, Result};
use reseq_pq as pq;

/// How many tables' sizes are asked for in one statement.
const SIZES: usize = 1000;
const SIZES_TRIED: &str = "read the sizes of tables without an index on the linked column";

/// What the planner counts for reading one block from the start to the end of a table (`seq_page_cost`), and the
/// block size that nearly every server is built with.
const BYTES_PER_COST: u64 = 8192;

/// Up to this the planner's estimate is taken for a few index entries, whatever the limit.
const A_FEW_ENTRIES: u64 = 100;

/// How a column may be read.
#[derive(Clone, Debug)]
pub(super) enum Way {
    /// So, reading that many bytes.
    By(Probe, u64),
    /// Not at all.
    Not(Unreadable),
    /// The table is gone.
    Vanished,
}

/// Decides for each of these links whether it may be read: tables up to the scan limit may, larger ones where
/// the planner need not read them from end to end all the same (an index on an expression, a skip scan).
///
/// # Errors
/// A lost connection, an interrupt.
pub(super) fn ways(
    sessions: &mut Sessions,
    catalog: &Catalog,
    request: &Request<'_>,
    asked: &[Asked<Ends>],
) -> Result<Vec<Way>> {
    let ask = |batch: &[Asked<Ends>]| sizes(catalog, batch);
    let alone = |session: &mut Session, asked: &Asked<Ends>, error| {
        refused(session, catalog.link(asked.link), &error)
    };
    let reader = Reader { tried: SIZES_TRIED, ask: &ask, answer: &by_size, alone: &alone };
    let mut ways = vec![Way::Vanished; asked.len()];
    let mut take = |place: usize, way| ways[place] = way;
    let held = reader.read_each(sessions, asked, &chunks(asked.len(), SIZES), &mut take)?;
    reader.come_back(sessions, asked, held, take)?;

    let is_large = |way: &Way| matches!(way, Way::By(_, bytes) if *bytes > request.scan_limit);
    let large = ways.iter_mut().zip(asked).filter(|(way, _)| is_large(way)).collect::<Vec<_>>();
    let work = large.iter().map(|(_, asked)| *asked).collect();
    let planned = sessions.run(work, |session, asked: &Asked<Ends>| plan(session, catalog, request, asked));
    for ((way, asked), planned) in large.into_iter().zip(planned) {
        let Way::By(_, bytes) = *way else { continue };
        *way = match planned? {
            Planned::Affordable(probe, bytes) => Way::By(probe, bytes),
            Planned::TooMuch => Way::Not(too_large(catalog.link(asked.link), bytes)),
            Planned::Refused(way) => way,
        };
    }
    Ok(ways)
}

/// The statement that asks how many bytes a scan of each link's tables reads.
fn sizes(catalog: &Catalog, batch: &[Asked<Ends>]) -> Statement {
    let (mut places, mut relations) = (Vec::new(), Vec::new());
    for (place, asked) in batch.iter().enumerate() {
        let link = catalog.link(asked.link);
        let leaves = link.leaves.iter().map(|leaf| leaf.oid);
        for relation in leaves.chain(link.leaves.is_empty().then_some(link.table_oid)) {
            places.push(place);
            relations.push(relation);
        }
    }
    Statement { sql: include_str!("sql/sizes.sql").into(), params: vec![array(places), array(relations)] }
}

fn by_size(_: &mut Session, batch: &[Asked<Ends>], rows: &pq::Rows) -> Result<Vec<Way>> {
    let mut bytes = vec![0_u64; batch.len()];
    for row in rows.iter() {
        let (place, read) = place_and_bytes(row).map_err(Error::while_trying(SIZES_TRIED))?;
        if let Some(bytes) = bytes.get_mut(place) {
            *bytes = read;
        }
    }
    Ok(bytes.into_iter().map(|bytes| Way::By(Probe::Scan, bytes)).collect())
}

fn place_and_bytes(row: pq::Row<'_>) -> Result<(usize, u64), pq::Error> {
    let place = usize::try_from(row.get::<i32>(0)?).unwrap_or(usize::MAX);
    Ok((place, u64::try_from(row.get::<i64>(1)?).unwrap_or(0)))
}

/// What the planner thinks of a large table.
enum Planned {
    /// It need not read it from end to end: how it would, and what that is worth in bytes.
    Affordable(Probe, u64),
    /// It would read too much.
    TooMuch,
    /// It could not be asked.
    Refused(Way),
}

fn plan(
    session: &mut Session,
    catalog: &Catalog,
    request: &Request<'_>,
    asked: &Asked<Ends>,
) -> Result<Planned> {
    const TRIED: &str = "ask how a column would be read";
    let affordable = (request.scan_limit / BYTES_PER_COST).max(A_FEW_ENTRIES);
    let (mut cost, mut scans) = (0.0, false);
    for probes in statements(catalog, request, asked) {
        let sql = fill(include_str!("sql/explain.sql"), &[("probes", &probes)]);
        match session.read(TRIED, &sql, &[]) {
            Ok(rows) => {
                let text =
                    rows.row(0).and_then(|row| row.get::<Box<str>>(0)).map_err(Error::while_trying(TRIED))?;
                cost += total_cost(&text);
                scans |= text.contains("\"Seq Scan\"");
            }
            Err(error) if is_refusal(&error) => {
                return Ok(Planned::Refused(refused(session, catalog.link(asked.link), &error)?));
            }
            Err(error) => return Err(error),
        }
    }
    let probe = if scans { Probe::Scan } else { Probe::Index };
    if cost > affordable as f64 {
        return Ok(Planned::TooMuch);
    }
    Ok(Planned::Affordable(probe, cost as u64 * BYTES_PER_COST))
}

/// The cost of a whole plan; infinite for a plan that cannot be read.
fn total_cost(json: &str) -> f64 {
    let plan: Option<serde_json::Value> = serde_json::from_str(json).ok();
    let cost = plan.as_ref().and_then(|plan| plan.get(0)?.get("Plan")?.get("Total Cost")?.as_f64());
    cost.unwrap_or(f64::INFINITY)
}

fn too_large(link: &Link, bytes: u64) -> Unreadable {
    let (table, column) = (&link.table, &link.column);
    let megabytes = bytes.div_ceil(1 << 20);
    Unreadable {
        reason: format!(
            "{table} takes {megabytes} MB, more than the scan limit, and no index gives the largest {column}"
        ),
        hint: format!("{}; or raise --scan-limit", index_statement(link)),
    }
}

/// Says why a table could not be asked for its size or its plan, unless it is gone.
fn refused(session: &mut Session, link: &Link, error: &Error) -> Result<Way> {
    let found = Relation::look_up(session, link.table_oid, Some((link.table_oid, link.attnum)))?;
    Ok(match found {
        Some(relation) if relation.column.is_some() => {
            Way::Not(unreadable_column(error, &relation, &link.column, &index_statement(link)))
        }
        _ => Way::Vanished,
    })
}
