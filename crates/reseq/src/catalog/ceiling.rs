//! The ceiling of a sequence, and how much of the way there is used.

use super::{Catalog, Link, LinkId, SequenceId, Storage};
use crate::model::{Definition, Lane, State, TextShape};

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
        let own = catalog.sequence(id).definition.bound();
        Self::with_own_bound(catalog, id, own)
    }

    /// What the ceiling would be if the sequence's own bound were `own`.
    pub(crate) fn with_own_bound(catalog: &Catalog, id: SequenceId, own: i64) -> Self {
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
                format!("{value}, the end of {} ({})", link.full_name(), link.column_type.name)
            }
            Bound::ForeignKey { link, column } => {
                let copy = &catalog.link(link).foreign_keys[column];
                let key = catalog.link(link).full_name();
                format!(
                    "{value}, the end of {}.{} ({}), which copies {key}",
                    copy.table, copy.column, copy.integer
                )
            }
        }
    }

    /// The calls between START and the ceiling.
    pub(crate) fn total_calls(&self, definition: &Definition) -> u128 {
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
    if let Storage::Text(characters) = link.column_type.storage {
        return text_limit(link, characters, grows);
    }
    let (min, max) = link.column_type.storage.range()?;
    Some(if grows { max } else { min })
}

/// The last number, upwards or downwards, that a text column of so many characters holds; -1 upwards and 1 downwards
/// where it holds none.
fn text_limit(link: &Link, characters: Option<u32>, grows: bool) -> Option<i128> {
    let plain = TextShape::default();
    let shape = link.mapping.text.as_deref().unwrap_or(&plain);
    let shortest = shape.format(0).map_or(0, |text| text.chars().count());
    let none_fits = characters.is_some_and(|characters| shortest > characters as usize);
    match (none_fits, grows) {
        (false, true) => shape.largest(characters),
        (false, false) => shape.smallest(characters),
        (true, true) => Some(-1),
        (true, false) => Some(1),
    }
}

/// The nearest `bigint`.
fn saturate(value: i128) -> i64 {
    i64::try_from(value).unwrap_or(if value < 0 { i64::MIN } else { i64::MAX })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::catalog::Via;
    use crate::diagnose::testing::*;
    use crate::fixture::{ColumnBuilder, SequenceBuilder, column, database, sequence};
    use crate::model::IntegerType::{BigInt, Integer, SmallInt};

    /// The ceiling and who sets it, of a sequence with this one column.
    fn ceiling(sequence: SequenceBuilder, column: ColumnBuilder) -> (i64, String) {
        let database = database([sequence.link(column)]);
        let ceiling = Ceiling::of(&database.catalog, SequenceId(0));
        (ceiling.value, ceiling.words(&database.catalog, SequenceId(0)))
    }

    /// Percent used and calls left.
    fn used(sequence: SequenceBuilder) -> (f64, u64) {
        let diagnosis = diagnosis(sequence);
        (diagnosis.used_percent.unwrap(), diagnosis.room.unwrap())
    }

    fn id() -> ColumnBuilder {
        column("public.t", "id")
    }

    #[test]
    fn the_bound_that_is_met_first_is_the_ceiling() {
        let int = sequence("public.s").of_type(Integer);
        assert_eq!(ceiling(int, id()).1, "its MAXVALUE 2147483647");
        let big = sequence("public.s");
        assert_eq!(ceiling(big, id().integer(SmallInt)).1, "32767, the end of public.t.id (smallint)");
        let big = sequence("public.s");
        assert_eq!(
            ceiling(big, id().copied_by("public.c", "t_id", Integer)).1,
            "2147483647, the end of public.c.t_id (integer), which copies public.t.id"
        );
        let level = sequence("public.s").of_type(Integer);
        assert_eq!(ceiling(level, id().integer(Integer)).1, "its MAXVALUE 2147483647");
    }

    #[test]
    fn a_descending_sequence_runs_towards_the_smallest_values() {
        let down = sequence("public.s").increment(-1);
        assert_eq!(
            ceiling(down, id().integer(SmallInt)),
            (-32768, "-32768, the end of public.t.id (smallint)".into())
        );
        let down = sequence("public.s").increment(-1);
        assert_eq!(ceiling(down, id()).1, "its MINVALUE -9223372036854775808");
    }

    #[test]
    fn the_end_of_a_column_is_turned_round_through_its_default() {
        let value = |column| ceiling(sequence("public.s"), column).0;
        assert_eq!(value(id().integer(SmallInt).mapped(1, 1000)), 31_767);
        assert_eq!(value(id().integer(SmallInt).mapped(10, 3)), 3_276, "32763 fits, 32773 does not");
        assert_eq!(value(id().integer(SmallInt).mapped(-1, 0)), 32_768, "the column counts down to -32768");
        assert_eq!(value(id().integer(SmallInt).mapped(-3, 1)), 10_923, "-32768 is exactly 1 - 3 * 10923");
        assert_eq!(value(id().integer(SmallInt).mapped(1, 100_000)), -67_233, "nothing fits");
    }

    #[test]
    fn numeric_float_and_text_columns_end_too() {
        let value = |column| ceiling(sequence("public.s"), column).0;
        assert_eq!(value(id().of_type("numeric(5,2)", Storage::Numeric(Some(3)))), 999);
        assert_eq!(value(id().of_type("numeric", Storage::Numeric(None))), i64::MAX);
        assert_eq!(value(id().of_type("real", Storage::Float { exact: 1 << 24 })), 1 << 24);
        assert_eq!(value(id().text("INV-", 6)), 999_999, "lpad() cuts off the seventh digit");
        assert_eq!(value(id().text("INV-", 0)), i64::MAX);
        assert_eq!(
            value(id().text("INV-", 0).of_type("character varying(8)", Storage::Text(Some(8)))),
            9_999
        );
        assert_eq!(value(id().text("INV-", 6).of_type("character varying(8)", Storage::Text(Some(8)))), -1);
        assert_eq!(value(id().text("ÄÖ", 0).of_type("character varying(3)", Storage::Text(Some(3)))), 9);
        assert_eq!(value(id().text("", 30)), i64::MAX, "30 digits hold every bigint");
        assert_eq!(value(id().of_type("uuid", Storage::Other)), i64::MAX);
    }

    #[test]
    fn every_column_of_a_shared_sequence_counts() {
        let shared = sequence("public.s")
            .link(id())
            .link(column("public.u", "id").via(Via::Default).integer(SmallInt))
            .link(column("public.v", "id").via(Via::Default).integer(Integer));
        assert_eq!(diagnosis(shared).ceiling, 32_767);
    }

    #[test]
    fn the_used_share_is_that_of_the_calls_from_start_on() {
        assert_eq!(used(sequence("public.s").bounds(1, 100)), (0.0, 100));
        assert_eq!(used(sequence("public.s").bounds(1, 100).called(25)), (25.0, 75));
        assert_eq!(used(sequence("public.s").bounds(1, 100).called(100)), (100.0, 0));
        assert_eq!(used(sequence("public.s").bounds(1, 200).start(101).called(125)), (25.0, 75));
        let by_ten = sequence("public.s").increment(10).bounds(100, 200).start(100);
        assert_eq!(used(by_ten.called(190)), (100.0 * 10.0 / 11.0, 1));
        let last = sequence("public.s").increment(10).bounds(100, 200).start(100);
        assert_eq!(used(last.called(200)), (100.0, 0));
    }

    #[test]
    fn a_sequence_restarted_before_its_start_has_used_nothing() {
        assert_eq!(used(sequence("public.s").bounds(1, 200).start(101).restarted(5)), (0.0, 196));
    }

    #[test]
    fn a_bigint_sequence_on_an_integer_column_is_as_full_as_the_column() {
        let full = sequence("public.s").called(2_147_483_646).link(id().via(Via::Default).integer(Integer));
        let (percent, room) = used(full);
        assert!(percent > 99.99 && percent < 100.0, "{percent}");
        assert_eq!(room, 1);
    }

    #[test]
    fn an_integer_sequence_on_a_bigint_column_is_as_full_as_the_sequence() {
        let full = sequence("public.s").of_type(Integer).called(2_147_483_646).link(id());
        assert_eq!(used(full).1, 1);
    }

    #[test]
    fn descending_sequences_are_used_as_they_go_down() {
        let (percent, room) = used(sequence("public.d").increment(-1).called(-1));
        assert!(percent < 0.000_001, "{percent}");
        assert_eq!(room, i64::MAX as u64);
        assert_eq!(used(sequence("public.d").of_type(SmallInt).increment(-1).called(-32_768)), (100.0, 0));
    }

    #[test]
    fn restarted_at_the_end_of_its_type_one_call_is_left() {
        let (percent, room) = used(sequence("public.s").of_type(Integer).restarted(2_147_483_647));
        assert!(percent > 99.99, "{percent}");
        assert_eq!(room, 1);
    }

    #[test]
    fn a_maxvalue_of_0_divides_nothing() {
        let to_zero = sequence("public.s").bounds(-10, 0).start(-10);
        assert_eq!(used(to_zero.called(-6)), (100.0 * 5.0 / 11.0, 6));
        let only_zero = sequence("public.s").bounds(0, 0).start(0);
        assert_eq!(used(only_zero), (0.0, 1));
    }

    #[test]
    fn the_whole_of_bigint_does_not_overflow() {
        let whole = sequence("public.s").bounds(i64::MIN, i64::MAX).start(i64::MIN);
        assert_eq!(used(whole), (0.0, u64::MAX), "one more than 64 bits hold");
        let half = sequence("public.s").bounds(i64::MIN, i64::MAX).start(i64::MIN).called(-1);
        assert_eq!(used(half), (50.0, 1 << 63));
        let end = sequence("public.s").bounds(i64::MIN, i64::MAX).start(i64::MIN).called(i64::MAX);
        assert_eq!(used(end), (100.0, 0));
        let steps = sequence("public.s").increment(i64::MAX).bounds(i64::MIN, i64::MAX).start(i64::MIN);
        assert_eq!(used(steps), (0.0, 3));
    }

    #[test]
    fn a_start_past_the_ceiling_leaves_nothing() {
        let past = sequence("public.s").bounds(1, 100_000).start(50_000).link(id().integer(SmallInt));
        assert_eq!(used(past), (100.0, 0));
    }

    #[test]
    fn widening_the_sequence_moves_only_its_own_bound() {
        let database = database([sequence("public.s").of_type(SmallInt).link(id().integer(Integer))]);
        let wider = Ceiling::with_own_bound(&database.catalog, SequenceId(0), BigInt.max());
        assert_eq!(wider, Ceiling { value: Integer.max(), bound: Bound::Column(LinkId(0)) });
    }

    proptest! {
        #[test]
        fn the_value_at_the_ceiling_fits_and_the_next_one_does_not(
            increment in prop_oneof![Just(-1_i64), Just(1)],
            factor in prop_oneof![-1000_i128..=-1, 1_i128..=1000], offset in -30_000_i128..=30_000,
        ) {
            let sequence = sequence("public.s").increment(increment).bounds(i64::MIN, i64::MAX);
            let column = id().integer(SmallInt).mapped(factor, offset);
            let database = database([sequence.link(column)]);
            let ceiling = i128::from(Ceiling::of(&database.catalog, SequenceId(0)).value);
            let mapping = &database.catalog.link(LinkId(0)).mapping;
            let fits = |value| {
                let value = mapping.column_value(value);
                (SmallInt.min().into()..=SmallInt.max().into()).contains(&value)
            };
            prop_assert!(fits(ceiling));
            prop_assert!(!fits(ceiling + i128::from(increment)));
        }

        #[test]
        fn used_and_left_add_up_from_start_on(
            start in -1000_i64..=1000, increment in 1_i64..=20, calls in 0_i64..=500,
        ) {
            let definition = Definition {
                data_type: SmallInt, start, min: -2000, max: 20_000, increment, cycle: false, cache: 1,
            };
            let ceiling = Ceiling { value: definition.max, bound: Bound::Sequence };
            let state = State { last_value: start + calls * increment, is_called: false };
            prop_assume!(state.last_value <= definition.max);
            let usage = ceiling.usage(&definition, state);
            prop_assert_eq!(usage.total - usage.room, calls.unsigned_abs().into());
            prop_assert!((0.0..=100.0).contains(&usage.percent()));
        }
    }
}
