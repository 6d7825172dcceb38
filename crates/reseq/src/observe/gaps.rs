//! The largest runs of free values in the lane of a sequence.

use super::column::Column;
use super::probe::Rows;
use crate::catalog::{Catalog, Ceiling, Link, SequenceId};
use crate::model::Lane;
use crate::session::Session;
use crate::template::fill;
use crate::{Error, Result};

/// Values of the lane, side by side, of which none stands in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FreeGap {
    /// The first value, in the sequence's direction.
    pub first: i128,
    /// The last one.
    pub last: i128,
    /// How many calls lead from the first to the last, both included.
    pub calls: u128,
}

/// The largest gaps, up to `limit`, among the values of `lane`, a lane of the sequence from its first value on
/// ([`whole_lane`]). Every linked column is read in the server, from end to end; nothing but the gaps comes to the
/// client.
///
/// # Errors
/// As [`Session::read`]; [`Error::Unable`] where a column cannot be compared with the sequence.
pub fn gaps(
    session: &mut Session,
    catalog: &Catalog,
    id: SequenceId,
    lane: Lane,
    limit: usize,
) -> Result<Vec<FreeGap>> {
    let name = &catalog.sequence(id).name;
    let Some(calls) = lane.calls().checked_sub(1).and_then(|calls| i128::try_from(calls).ok()) else {
        return Ok(Vec::new());
    };
    let last = lane.next() + calls * lane.step();
    let (low, high, step) = (lane.next().min(last), lane.next().max(last), lane.step().abs());
    let values: Option<Vec<String>> = catalog.links_of(id).iter().map(|link| values(link, lane)).collect();
    let Some(mut values) = values else {
        return Err(Error::Unable {
            message: format!("a column that draws from {name} cannot be compared with it"),
            hint: Some("declare in reseq.toml how the column is made from the sequence".to_owned()),
        });
    };
    values.push(format!("SELECT {}", number(high + step)));
    let sql = fill(
        include_str!("sql/gaps.sql"),
        &[
            ("values", &values.join(" UNION ALL ")),
            ("before", &number(low - step)),
            ("step", &number(step)),
            ("limit", &limit.to_string()),
        ],
    );
    let tried = format!("look for free values of {name}");
    let rows = session.read(&tried, &sql, &[])?;
    let gap = |(low, high): (i128, i128)| {
        let (first, last) = if lane.ascending() { (low, high) } else { (high, low) };
        FreeGap { first, last, calls: Lane::new(first, lane.step(), last).calls() }
    };
    let read = rows.iter().map(|row| Ok(gap((row.get(0)?, row.get(1)?))));
    read.collect::<Result<_, _>>().map_err(Error::while_trying(tried))
}

/// All values that a sequence may hand out: those of `lane`, wherever it begins, from the bound that the sequence comes
/// from to its ceiling.
pub fn whole_lane(catalog: &Catalog, id: SequenceId, lane: Lane) -> Lane {
    let origin = i128::from(catalog.sequence(id).definition.origin());
    let step = lane.step();
    let ahead = ((lane.next() - origin) * step.signum()).rem_euclid(step.abs());
    Lane::new(origin + ahead * step.signum(), step, Ceiling::of(catalog, id).value.into())
}

/// The query of a linked column's values that the lane meets, as values of the sequence; `None` for a column that cannot
/// be compared. Values may come twice: between two of the same there is no gap.
fn values(link: &Link, lane: Lane) -> Option<String> {
    let rows = Rows { table: &link.table, only: false, column: Column::new(link, &link.column)? };
    let in_column = link.lane_in_column(lane);
    let value = rows.column.whole(rows.column.value(), in_column.ascending());
    let (factor, offset) = (number(link.mapping.factor), number(link.mapping.offset));
    Some(format!(
        "SELECT pg_catalog.div({value}::pg_catalog.numeric - {offset}, {factor}) FROM {}",
        rows.from(&rows.column.in_lane(in_column))
    ))
}

fn number(value: i128) -> String {
    format!("'{value}'::pg_catalog.numeric")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::fixture::{database, sequence};

    proptest! {
        #[test]
        fn the_whole_lane_begins_at_the_bound_and_meets_the_lane(
            next in -1000_i128..1000, increment in (-9_i64..=9).prop_filter("never 0", |step| *step != 0),
            min in -500_i64..0, max in 0_i64..500,
        ) {
            let database = database([sequence("public.s").increment(increment).bounds(min, max)]);
            let step = i128::from(increment);
            let whole = whole_lane(&database.catalog, SequenceId(0), Lane::new(next, step, next));
            prop_assert_eq!((whole.next() - next) % step, 0);
            let before = whole.next() - step;
            let bounds = i128::from(min)..=i128::from(max);
            let origin = if increment > 0 { min } else { max };
            prop_assert!(!whole.is_after(origin.into(), whole.next()));
            prop_assert!(!bounds.contains(&before) || whole.is_after(origin.into(), before));
        }
    }
}
