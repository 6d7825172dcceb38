//! The ceiling of a sequence, and how much of the way there is used.

use crate::catalog::{Catalog, Link, LinkId, SequenceId, Storage};
use crate::model::{Definition, Lane, State};

use super::words;

/// The bound that a sequence meets first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ceiling {
    /// The last value, of the sequence, that fits. Nothing may fit at all: then it lies before START.
    pub value: i64,
    /// What sets it.
    pub bound: Bound,
}

/// What sets a ceiling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// MAXVALUE, or MINVALUE of a descending sequence.
    Sequence,
    /// The type of a linked column, or how many digits its default leaves room for.
    Column(LinkId),
    /// The type of a column that copies a linked column by a foreign key.
    ForeignKey {
        /// The linked column.
        link: LinkId,
        /// The place in [`Link::foreign_keys`].
        column: usize,
    },
}

impl Ceiling {
    /// The ceiling of a sequence: its own bound, or what one of its columns or of the foreign-key columns
    /// that copy them can hold, whichever comes first.
    pub fn of(catalog: &Catalog, id: SequenceId) -> Self {
        let definition = catalog.sequence(id).definition;
        Self::with_own_bound(catalog, id, definition.bound())
    }

    /// What the ceiling would be if the sequence's own bound were `own`.
    pub(super) fn with_own_bound(catalog: &Catalog, id: SequenceId, own: i64) -> Self {
        let sequence = catalog.sequence(id);
        let increment = sequence.definition.increment;
        let mut ceiling = Self { value: own, bound: Bound::Sequence };
        for link in sequence.links.clone().map(LinkId) {
            for (limit, bound) in limits(catalog.link(link), link, increment) {
                let nearer = if increment > 0 { limit < ceiling.value } else { limit > ceiling.value };
                if nearer {
                    ceiling = Self { value: limit, bound };
                }
            }
        }
        ceiling
    }

    /// The value and what sets it, in words: `2147483647, the end of public.t.id (integer)`.
    pub fn words(&self, catalog: &Catalog, id: SequenceId) -> String {
        let value = self.value;
        match self.bound {
            Bound::Sequence if catalog.sequence(id).definition.ascending() => format!("its MAXVALUE {value}"),
            Bound::Sequence => format!("its MINVALUE {value}"),
            Bound::Column(link) => {
                let link = catalog.link(link);
                format!("{value}, the end of {} ({})", words::column(link), link.column_type.name)
            }
            Bound::ForeignKey { link, column } => {
                let copy = &catalog.link(link).foreign_keys[column];
                let key = words::column(catalog.link(link));
                format!(
                    "{value}, the end of {}.{} ({}), which copies {key}",
                    copy.table, copy.column, copy.integer
                )
            }
        }
    }

    /// The calls between START and the ceiling.
    pub(super) fn total_calls(&self, definition: &Definition) -> u128 {
        Lane::new(definition.start.into(), definition.increment.into(), self.value.into()).calls()
    }

    /// How much of the way to the ceiling is used in `state`.
    pub fn usage(&self, definition: &Definition, state: State) -> Usage {
        let room = match definition.lane(state) {
            Some(lane) => lane.with_bound(self.value.into()).calls(),
            None => 0,
        };
        Usage { total: self.total_calls(definition), room }
    }
}

/// Calls of nextval() on the way to a ceiling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// From START to the ceiling.
    pub total: u128,
    /// Those that are left.
    pub room: u128,
}

impl Usage {
    /// The used share of the calls between START and ceiling, 0 to 100. A sequence that was restarted
    /// before START has used nothing, one past its ceiling everything.
    pub fn percent(&self) -> f64 {
        match (self.room, self.total) {
            (0, _) => 100.0,
            (room, total) if room >= total => 0.0,
            // Subtracted as integers: near the end of bigint the two would be the same f64.
            (room, total) => 100.0 * (total - room) as f64 / total as f64,
        }
    }

    /// The calls left; those of MINVALUE -2^63 to MAXVALUE 2^63-1 are one more than 64 bits hold.
    pub fn room(&self) -> u64 {
        u64::try_from(self.room).unwrap_or(u64::MAX)
    }
}

/// The last values of the sequence that fit into a linked column and into the columns that copy it.
fn limits(link: &Link, id: LinkId, increment: i64) -> impl Iterator<Item = (i64, Bound)> {
    let grows = (link.mapping.factor > 0) == (increment > 0);
    let own = column_limit(link, grows).map(|limit| (limit, Bound::Column(id)));
    let copies = link.foreign_keys.iter().enumerate().map(move |(column, copy)| {
        let limit = if grows { copy.integer.max() } else { copy.integer.min() };
        (limit.into(), Bound::ForeignKey { link: id, column })
    });
    own.into_iter().chain(copies).map(move |(limit, bound)| {
        let value = link.mapping.sequence_value(limit, increment.into());
        (saturate(value), bound)
    })
}

/// The last value, upwards or downwards, that a linked column holds; `None` without a limit.
fn column_limit(link: &Link, grows: bool) -> Option<i128> {
    if let Storage::Text(length) = link.column_type.storage {
        // Downwards there is none: the digits only become fewer.
        return digits(link, length).filter(|_| grows).map(largest_of_digits);
    }
    let (min, max) = link.column_type.storage.range()?;
    Some(if grows { max } else { min })
}

/// How many digits a text column leaves room for: what its length allows beside prefix and suffix, and what
/// lpad() or to_char() write without cutting off. `None` without a limit.
fn digits(link: &Link, length: Option<u32>) -> Option<u32> {
    let shape = link.mapping.text.as_deref();
    let around = shape.map_or(0, |shape| shape.prefix.chars().count() + shape.suffix.chars().count());
    let by_length = length.map(|length| {
        let room = length.saturating_sub(u32::try_from(around).unwrap_or(u32::MAX));
        // Padding that does not fit leaves no room even for one digit.
        if shape.is_some_and(|shape| shape.pad > room) { 0 } else { room }
    });
    let by_pattern = shape.and_then(|shape| shape.max_digits);
    [by_length, by_pattern].into_iter().flatten().min()
}

/// The largest number of so many digits; without any digit not even 0 fits.
fn largest_of_digits(digits: u32) -> i128 {
    match digits {
        0 => -1,
        _ => 10_i128.checked_pow(digits).map_or(i128::MAX, |power| power - 1),
    }
}

/// The nearest `bigint`.
fn saturate(value: i128) -> i64 {
    i64::try_from(value).unwrap_or(if value < 0 { i64::MIN } else { i64::MAX })
}
