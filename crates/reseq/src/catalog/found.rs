//! What the searches of the catalogue find, before the tables are looked up.

use crate::model::{Mapping, Oid};

use super::Via;

/// A column, by its table and number. A number of 0 means a column of the table that is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct ColumnAt {
    pub(super) table: Oid,
    pub(super) attnum: i16,
}

/// A column that draws from a sequence.
#[derive(Clone, Debug)]
pub(super) struct FoundLink {
    pub(super) column: ColumnAt,
    /// The sequence's place in [`super::sequences::Sequences`].
    pub(super) sequence: usize,
    pub(super) via: Via,
    /// `None` for [`Mapping::IDENTITY`], which nearly all have: it is large.
    pub(super) mapping: Option<Box<Mapping>>,
}

/// Something that draws from a sequence, where not everything about it can be told.
#[derive(Clone, Debug)]
pub(super) struct Unclear {
    pub(super) column: Option<ColumnAt>,
    /// The sequence, where that is known.
    pub(super) sequence: Option<usize>,
    /// The expression, function, trigger or rule.
    pub(super) source: String,
    /// Why it could not be resolved.
    pub(super) reason: String,
}

/// Everything found.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) links: Vec<FoundLink>,
    pub(super) unclear: Vec<Unclear>,
    /// Those of the columns that are a view's.
    pub(super) on_views: Vec<ColumnAt>,
    /// What draws from a sequence without a column: worth a word only where the sequence has no link.
    pub(super) remarks: Vec<Unclear>,
}

impl Found {
    /// Adds a link whose column holds the sequence's values as they are.
    pub(super) fn link(&mut self, column: ColumnAt, sequence: usize, via: Via) {
        self.links.push(FoundLink { column, sequence, via, mapping: None });
    }
}
