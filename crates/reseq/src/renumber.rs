//! Plans new ids for a table's rows: looks everything up that the plan needs.

use crate::catalog::renumber::{Also, Renumbering, read_renumbering};
use crate::catalog::{self, Catalog, Link, Target};
use crate::model::{State, split_outside_quotes};
use crate::plan::{Change, OrderBy, RenumberFacts, RenumberOptions, renumber};
use crate::session::{Session, Sessions};
use crate::template::fill;
use crate::{Error, Result, config};

/// What is to be renumbered, and how.
#[derive(Clone, Debug)]
pub struct RenumberRequest {
    /// The table, its column, or the sequence, as the user names it.
    pub target: String,
    /// `created_at desc, name`: the order of the new ids; empty for that of the old ones.
    pub order_by: String,
    /// References that no constraint declares.
    pub also: Vec<Also>,
    /// Links that reseq.toml declares.
    pub declared: Vec<config::Link>,
    /// Rows are counted in tables of up to so many bytes.
    pub scan_limit: u64,
    /// The rest.
    pub options: RenumberOptions,
}

/// Plans new ids for the rows of a table, with all that refers to them. [`crate::apply::change`] carries it out, with
/// [`crate::apply::KeptFiles`] for what goes to files.
///
/// # Errors
/// [`Error::Usage`] where a name means nothing or several things, [`Error::Refused`] where it cannot be done right.
pub fn plan_renumber(sessions: &mut Sessions, request: &RenumberRequest) -> Result<Change> {
    let catalog = catalog::read(sessions, &request.declared)?;
    let session = sessions.first();
    let target = Target::look_up(session, &request.target)?;
    let id = catalog.sequence_of(&target)?;
    let links = catalog.links_of(id);
    let link = the_link(&catalog, &target, links)?;
    let others: Vec<&Link> = links.iter().filter(|other| !std::ptr::eq(*other, link)).collect();
    let renumbering = read_renumbering(session, link, &request.also)?;
    let sequence = catalog.sequence(id);
    let order_by = order_by(session, link, &request.order_by)?;
    let facts = RenumberFacts {
        renumbering: &renumbering,
        sequence,
        state: state(session, sequence.name.as_str())?,
        link,
        others: &others,
        rows: count(session, &renumbering, link, request.scan_limit)?,
        free_bytes: renumbering.free_bytes,
    };
    renumber(&facts, &RenumberOptions { order_by, ..request.options.clone() })
}

/// The column of the target that draws from its sequence.
fn the_link<'a>(catalog: &Catalog, target: &Target, links: &'a [Link]) -> Result<&'a Link> {
    let is_meant = |link: &&Link| {
        let is_of = link.table_oid == target.oid || link.leaves.iter().any(|leaf| leaf.oid == target.oid);
        target.is_sequence || is_of && target.column.as_ref().is_none_or(|column| *column == link.column)
    };
    let mut meant = links.iter().filter(is_meant);
    match (meant.next(), meant.next()) {
        (Some(link), None) => Ok(link),
        (Some(one), Some(other)) => Err(Error::Usage {
            message: format!(
                "{} feeds both {} and {}",
                target.full_name(),
                one.full_name(),
                other.full_name()
            ),
            hint: Some("name the column whose rows are to be renumbered".to_owned()),
        }),
        (None, _) => Err(Error::Usage {
            message: format!("no column takes its values from {}", target.full_name()),
            hint: catalog
                .links
                .is_empty()
                .then(|| "no column of this database draws from a sequence".to_owned()),
        }),
    }
}

/// Reads `created_at desc nulls last, name`; names are looked up as the server understands them.
fn order_by(session: &mut Session, link: &Link, text: &str) -> Result<Vec<OrderBy>> {
    let mut order = Vec::new();
    for part in split_outside_quotes(text, ',').into_iter().filter(|_| !text.trim().is_empty()) {
        let words = split_outside_quotes(part.trim(), ' ');
        let (name, direction) = words.split_first().unwrap_or((&"", &[]));
        let direction = direction.iter().filter(|word| !word.is_empty()).map(|word| word.to_uppercase());
        let direction = direction.collect::<Vec<_>>().join(" ");
        let plain = direction.trim_start_matches("ASC").trim_start_matches("DESC").trim_start();
        if name.is_empty() || !matches!(plain, "" | "NULLS FIRST" | "NULLS LAST") {
            return Err(Error::Usage {
                message: format!("{part:?} is no column to order by"),
                hint: Some("write columns with commas: created_at desc nulls last, name".to_owned()),
            });
        }
        let target = Target::look_up(session, &format!("{}.{name}", link.table))?;
        order.extend(target.column.map(|column| OrderBy { column, direction }));
    }
    Ok(order)
}

fn state(session: &mut Session, sequence: &str) -> Result<State> {
    let tried = format!("read where {sequence} stands");
    let sql = fill(include_str!("apply/sql/state.sql"), &[("name", sequence)]);
    let rows = session.read(&tried, &sql, &[])?;
    let row = rows.row(0).map_err(Error::while_trying(&*tried))?;
    let read = || Ok(State { last_value: row.get(0)?, is_called: row.get(1)? });
    read().map_err(Error::while_trying(tried))
}

/// How many ids there are, where the table is not too large to be read for it.
fn count(session: &mut Session, renumbering: &Renumbering, link: &Link, limit: u64) -> Result<Option<u64>> {
    // What cannot be read is refused by the plan, with the reason.
    let heap: u64 = renumbering.own_tables().iter().map(|table| table.heap).sum();
    if heap > limit || !renumbering.obstacles.is_empty() {
        return Ok(None);
    }
    let tried = format!("count the rows of {}", link.table);
    let sql = fill(
        include_str!("catalog/sql/renumber_count.sql"),
        &[("column", link.column.as_str()), ("table", link.table.as_str())],
    );
    let rows = session.read(&tried, &sql, &[])?;
    let count: i64 = rows.row(0).and_then(|row| row.get(0)).map_err(Error::while_trying(tried))?;
    Ok(Some(count.unsigned_abs()))
}
