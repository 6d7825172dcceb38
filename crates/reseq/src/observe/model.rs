//! What was seen, as plain data, side by side with the catalogue's sequences and links.

use serde::{Deserialize, Serialize};

use crate::catalog::{Catalog, LinkId, SequenceId, Unreadable};
use crate::model::State;

/// What was seen of the sequences and links of one [`crate::catalog::Catalog`].
#[derive(Clone, Debug, Default)]
pub struct Observations {
    /// One reading a sequence, in the order of `Catalog::sequences`.
    pub states: Vec<StateReading>,
    /// One observation a link, in the order of `Catalog::links`.
    pub links: Vec<Observation>,
    /// Which transactions had ended when the looking began: rows of those that ended later may not have been seen. `None`
    /// where that is not known.
    pub since: Option<Box<str>>,
}

impl Observations {
    /// Nothing was looked at yet.
    pub(super) fn of_none(catalog: &Catalog) -> Self {
        Self {
            states: vec![StateReading::NotSelected; catalog.sequences.len()],
            links: vec![Observation::NotSelected; catalog.links.len()],
            since: None,
        }
    }

    /// What was read of a sequence.
    pub fn state(&self, id: SequenceId) -> &StateReading {
        &self.states[id.0]
    }

    /// What was seen of a link.
    pub fn link(&self, id: LinkId) -> &Observation {
        &self.links[id.0]
    }
}

/// The state of a sequence, or why there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StateReading {
    /// It was read.
    Known(State),
    /// It could not be read.
    Unreadable(Box<Unreadable>),
    /// It was dropped in between: no error, it is left out of what is reported.
    Vanished,
    /// It was not selected (`-t`, `-n`, `-s`), and not looked at.
    NotSelected,
}

/// What was seen of a linked column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Observation {
    /// It was read.
    Seen(Reading),
    /// It could not be read.
    Unreadable {
        /// What stood in the way: privilege, row security, time-out, size.
        reason: String,
        /// What would help: a grant, an index, an option.
        hint: String,
    },
    /// Table or column was dropped in between.
    Vanished,
    /// Its sequence was not selected, and it was not looked at.
    NotSelected,
}

impl Observation {
    /// Why not all of its rows are known, and what would help: of none of them, or of those of some tables.
    pub fn hindrance(&self) -> Option<(&str, &str)> {
        match self {
            Self::Unreadable { reason, hint } => Some((reason, hint)),
            Self::Seen(reading) => reading.unread.as_ref().map(|unread| (&*unread.reason, &*unread.hint)),
            Self::Vanished | Self::NotSelected => None,
        }
    }
}

/// The rows of a linked column. Values are those of the column (for text columns, of the digits in it), as
/// whole numbers; rows that the default's expression cannot have made are left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The value furthest in the sequence's direction; `None` without a row.
    pub extreme: Option<i128>,
    /// How it was found.
    pub probe: Probe,
    /// Where the sequence will meet the rows; `None` where no row lies in its lane at or after its next value.
    pub collision: Option<Box<Collision>>,
    /// Why the rows of some partitions or inheritance children are not among them: foreign tables, or tables that
    /// could not be read.
    pub unread: Option<Box<Unreadable>>,
}

/// How a column's extreme was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Probe {
    /// By an index.
    Index,
    /// By reading the table.
    Scan,
}

/// The rows that stand in the lane at or after the next value, up to the lane's bound: the sequence will meet
/// them for certain. A row outside the lane, or beyond MAXVALUE, is none of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collision {
    /// The first of them that the sequence will reach; the same as `last` where no detail was asked for.
    pub first: i128,
    /// The last of them.
    pub last: i128,
    /// How many calls in a row, from the one that returns `first` on, meet a row; 0 where that was not counted.
    pub run: u64,
    /// `run` was not counted further.
    pub run_is_more: bool,
    /// The widest gap among the furthest rows. It is looked for only where going past the column's extreme would
    /// leave less than a tenth of the calls between START and the ceiling, with or without detail (see [`Gap`]).
    pub gap: Option<Box<Gap>>,
}

/// The widest gap among the furthest 1000 values of a column, whether the lane meets them or not, from the
/// extreme back to the sequence's next value. Values that the sequence has passed are no part of a gap: the last
/// one ends where the sequence stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The last row before the gap, which may be one that the sequence has passed; `None` where no row lies
    /// before it.
    pub before: Option<i128>,
    /// The first row after it.
    pub after: i128,
    /// How many rows lie after it, that one included.
    pub rows_after: u64,
}
