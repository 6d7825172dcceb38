//! How the definitions of a sequence differ between source and target.

use serde::{Deserialize, Serialize};

use super::pair::Pair;
use crate::catalog::{Catalog, Ceiling};
use crate::model::Definition;

/// A part of the definition that is not the same on both sides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Which sequence.
    pub pair: Pair,
    /// What differs.
    pub part: Part,
    /// What it is on the source.
    pub source: String,
    /// What it is on the target.
    pub target: String,
}

/// What may differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// One ascends and the other descends.
    Direction,
    /// The target ends before the source does: by its type, its own bound or that of a column that it feeds.
    Ceiling,
    /// `AS` type.
    DataType,
    /// INCREMENT BY.
    Increment,
    /// MINVALUE.
    Min,
    /// MAXVALUE.
    Max,
    /// CYCLE.
    Cycle,
    /// CACHE.
    Cache,
    /// A column that draws from the source's, and whose namesake does not draw from the target's.
    Column,
}

impl Part {
    /// As it stands in a sentence.
    pub fn words(self) -> &'static str {
        match self {
            Self::Direction => "direction",
            Self::Ceiling => "last value",
            Self::DataType => "type",
            Self::Increment => "increment",
            Self::Min => "MINVALUE",
            Self::Max => "MAXVALUE",
            Self::Cycle => "CYCLE",
            Self::Cache => "CACHE",
            Self::Column => "column",
        }
    }

    /// Whether the target could not go on where the source stops: nothing may be carried then.
    pub fn stops(self) -> bool {
        matches!(self, Self::Direction | Self::Ceiling)
    }
}

/// Compares both sides of a pair. START is left out: only RESTART goes by it.
pub fn differences(source: &Catalog, target: &Catalog, pair: Pair) -> Vec<Difference> {
    let (ours, theirs) = (&source.sequence(pair.source).definition, &target.sequence(pair.target).definition);
    let mut found = Vec::new();
    let mut differ = |part, source: String, target: String| {
        if source != target {
            found.push(Difference { pair, part, source, target });
        }
    };
    differ(Part::Direction, direction(ours).to_owned(), direction(theirs).to_owned());
    if ours.ascending() == theirs.ascending() {
        let (from, to) = (Ceiling::of(source, pair.source), Ceiling::of(target, pair.target));
        let ends_before = if ours.ascending() { to.value < from.value } else { to.value > from.value };
        if ends_before {
            differ(Part::Ceiling, from.words(source, pair.source), to.words(target, pair.target));
        }
    }
    differ(Part::DataType, ours.data_type.to_string(), theirs.data_type.to_string());
    differ(Part::Increment, ours.increment.to_string(), theirs.increment.to_string());
    differ(Part::Min, ours.min.to_string(), theirs.min.to_string());
    differ(Part::Max, ours.max.to_string(), theirs.max.to_string());
    differ(Part::Cycle, ours.cycle.to_string(), theirs.cycle.to_string());
    differ(Part::Cache, ours.cache.to_string(), theirs.cache.to_string());
    found
}

fn direction(definition: &Definition) -> &'static str {
    if definition.ascending() { "ascending" } else { "descending" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::SequenceId;
    use crate::fixture::{SequenceBuilder, column, database, sequence};
    use crate::model::IntegerType;

    const PAIR: Pair = Pair { source: SequenceId(0), target: SequenceId(0) };

    fn compared(source: SequenceBuilder, target: SequenceBuilder) -> Vec<(Part, String, String)> {
        let (source, target) = (database([source]).catalog, database([target]).catalog);
        let found = differences(&source, &target, PAIR);
        found.into_iter().map(|found| (found.part, found.source, found.target)).collect()
    }

    fn ids() -> SequenceBuilder {
        sequence("public.t_id_seq").called(1)
    }

    #[test]
    fn the_same_do_not_differ() {
        assert_eq!(compared(ids(), ids().called(77).start(5)), []);
    }

    #[test]
    fn a_wider_target_is_no_obstacle() {
        let found = compared(ids().of_type(IntegerType::Integer), ids());
        let parts: Vec<Part> = found.iter().map(|(part, ..)| *part).collect();
        assert_eq!(parts, [Part::DataType, Part::Max]);
        assert!(!parts.iter().any(|part| part.stops()));
    }

    #[test]
    fn a_target_is_narrower_by_its_column_too() {
        let narrow = ids().link(column("public.t", "id").integer(IntegerType::Integer));
        let found = compared(ids(), narrow);
        let expected = (
            Part::Ceiling,
            "its MAXVALUE 9223372036854775807".to_owned(),
            "2147483647, the end of public.t.id (integer)".to_owned(),
        );
        assert_eq!(found, [expected]);
        assert!(Part::Ceiling.stops());
    }

    #[test]
    fn both_must_go_the_same_way() {
        let found = compared(ids(), ids().increment(-1));
        assert_eq!(found[0], (Part::Direction, "ascending".to_owned(), "descending".to_owned()));
        assert!(Part::Direction.stops());
    }
}
