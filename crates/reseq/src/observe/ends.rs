//! The nearest and the furthest row of a linked column.

use reseq_pq as pq;

use super::probe::{Question, Rows};
use crate::model::Lane;
use crate::template::fill;

/// Which rows count.
#[derive(Clone, Copy, Debug)]
pub(super) enum Among {
    /// All, up to `ignore_above` in the sequence's direction.
    All {
        /// The sequence's values grow in this column.
        ascending: bool,
        /// The last value that counts.
        ignore_above: Option<i128>,
    },
    /// Those that the lane, of column values, meets.
    InLane(Lane),
}

/// Asks for the rows nearest and furthest in the sequence's direction.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ends {
    /// Of which rows.
    pub(super) among: Among,
    /// Whether the nearest is asked for too.
    pub(super) nearest: bool,
    /// Whether the furthest is asked for.
    pub(super) furthest: bool,
}

/// The nearest and the furthest row; `None` without a row, and where it was not asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) nearest: Option<i128>,
    pub(super) furthest: Option<i128>,
}

impl Ends {
    pub(super) fn ascending(&self) -> bool {
        match self.among {
            Among::All { ascending, .. } => ascending,
            Among::InLane(lane) => lane.ascending(),
        }
    }
}

impl Question for Ends {
    type Answer = Found;
    const TRIED: &'static str = "read the largest values of linked columns";

    fn sql(&self, place: usize, rows: &Rows<'_>) -> String {
        let conditions = match self.among {
            Among::All { ascending, ignore_above } => rows.column.countable(ascending, ignore_above),
            Among::InLane(lane) => rows.column.in_lane(lane),
        };
        let end = |asked: bool, last: bool| match asked {
            true => rows.column.end(self.ascending(), last),
            false => "NULL::pg_catalog.text".to_owned(),
        };
        fill(
            include_str!("sql/ends.sql"),
            &[
                ("place", &place.to_string()),
                ("relation", &rows.literal()),
                ("nearest", &end(self.nearest, false)),
                ("furthest", &end(self.furthest, true)),
                ("rows", &rows.from(&conditions)),
            ],
        )
    }

    fn answer(&self, row: pq::Row<'_>) -> Result<Found, pq::Error> {
        Ok(Found { nearest: row.get(2)?, furthest: row.get(3)? })
    }
}

impl Found {
    /// What the answers of several tables come to, in the direction of the lane.
    pub(super) fn together(answers: &[Self], ascending: bool) -> Self {
        let least =
            |values: &mut dyn Iterator<Item = i128>| if ascending { values.min() } else { values.max() };
        let most =
            |values: &mut dyn Iterator<Item = i128>| if ascending { values.max() } else { values.min() };
        Self {
            nearest: least(&mut answers.iter().filter_map(|found| found.nearest)),
            furthest: most(&mut answers.iter().filter_map(|found| found.furthest)),
        }
    }
}
