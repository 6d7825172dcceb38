//! Restarts, planned over rows that are known one by one.

use proptest::prelude::*;

use super::*;
use crate::fixture::{ColumnBuilder, SequenceBuilder, column, database, sequence};
use crate::plan::Work;

/// A sequence without its columns.
type Bare = fn() -> SequenceBuilder;

fn options(destination: Destination) -> RestartOptions {
    RestartOptions { destination, allow_backward: true, force: false }
}

/// The change of one sequence with these columns.
fn planned(
    bare: impl Fn() -> SequenceBuilder,
    columns: impl Fn() -> Vec<ColumnBuilder>,
    options: RestartOptions,
) -> Result<Change> {
    let with_columns = |bare: SequenceBuilder| columns().into_iter().fold(bare, SequenceBuilder::link);
    let id = SequenceId(0);
    let seen = database([with_columns(bare())]);
    let state = restarted(&seen.catalog, &seen.observations, id, options);
    let ahead = match state {
        Some(state) => database([with_columns(bare()).restarted(state.last_value)]).observations,
        None => seen.observations.clone(),
    };
    let ahead = Ahead { seen: seen.observations, restarted: ahead };
    restart(&seen.catalog, &ahead, &[id], options)
}

fn next(change: &Change) -> Option<i64> {
    change.sequences.first().and_then(|sequence| sequence.next)
}

const PLAIN: Bare = || sequence("public.s").called(100);

#[test]
fn what_is_done_all_the_same_is_remarked() {
    let rows = || vec![column("public.t", "id").rows([50, 60])];
    let forced = RestartOptions { force: true, ..options(Destination::With(50)) };
    let change = planned(PLAIN, rows, forced).unwrap();
    assert_eq!(
        change.remarks,
        [
            "restarted with 50, public.s would meet row 50 of public.t.id at once, and rows up to 60",
            "to restart public.s with 50 goes back by 51 calls: values that it has handed out may be handed out again",
        ]
    );
    assert!(!change.acts.iter().any(|act| act.what.contains("no row")), "{:?}", change.acts);
}

#[test]
fn a_sequence_without_columns_is_said_to_have_none() {
    let change = planned(PLAIN, Vec::new, options(Destination::With(200))).unwrap();
    assert_eq!(change.remarks, ["no column is known to take its values from public.s: no row was looked at"]);
}

#[test]
fn what_was_not_read_is_not_overrun() {
    let unread = || {
        let (reason, hint) = ("row security".to_owned(), "GRANT".to_owned());
        vec![column("public.t", "id").observation(crate::observe::Observation::Unreadable { reason, hint })]
    };
    for destination in [Destination::With(200), Destination::ToData] {
        let error = planned(PLAIN, unread, options(destination)).unwrap_err();
        assert!(matches!(error, Error::Unable { .. }), "{error:?}");
    }
    let forced = RestartOptions { force: true, ..options(Destination::With(200)) };
    let change = planned(PLAIN, unread, forced).unwrap();
    assert_eq!(change.remarks, ["public.t.id was not looked at: row security"]);
}

#[test]
fn only_alter_sequence_touches_it() {
    let change = planned(PLAIN, Vec::new, options(Destination::With(-5)));
    assert!(matches!(change, Err(Error::Refused { .. })));
    let down = || sequence("public.s").increment(-1);
    let change = planned(down, Vec::new, options(Destination::With(-5))).unwrap();
    let runs = change.locks.iter().chain(&change.acts).filter(|act| matches!(act.work, Work::Run(_)));
    let statements: Vec<String> = runs.map(crate::plan::Act::statement).collect();
    assert_eq!(statements, ["ALTER SEQUENCE public.s CACHE 1", "ALTER SEQUENCE public.s RESTART WITH -5"]);
}

/// Increments, rows, and a value.
fn cases() -> impl Strategy<Value = (i64, Vec<i128>, i64)> {
    let increment = prop_oneof![-3_i64..=-1, 1_i64..=3];
    (increment, proptest::collection::btree_set(1_i128..60, 0..25), 1_i64..60).prop_map(
        |(increment, rows, value)| {
            let sign = i128::from(increment.signum());
            let rows = rows.into_iter().map(|row| row * sign).collect();
            // In the lane of START, 1 or -1.
            let value = (1 + (value - 1) / increment.abs() * increment.abs()) * increment.signum();
            (increment, rows, value)
        },
    )
}

fn walk(increment: i64, from: i64) -> impl Iterator<Item = i128> {
    std::iter::successors(Some(i128::from(from)), move |value| Some(value + i128::from(increment)))
}

proptest! {
    #[test]
    fn rows_in_the_way_are_found_and_the_next_free_value_is_free((increment, rows, value) in cases()) {
        let rows_of = || vec![column("public.t", "id").rows(rows.iter().copied())];
        let result = planned(|| sequence("public.s").increment(increment), rows_of, options(Destination::With(value)));
        // No row lies further than this.
        let ahead: Vec<i128> = walk(increment, value).take(120).collect();
        let in_the_way: Vec<i128> = ahead.iter().copied().filter(|one| rows.contains(one)).collect();
        match result {
            Ok(change) => {
                let already = value == increment.signum();
                prop_assert!(already || in_the_way.is_empty());
                prop_assert_eq!(next(&change), (!already).then_some(value));
            }
            Err(error) => {
                let calls = ahead.iter().position(|one| *one == in_the_way[0]).unwrap();
                let when = match calls {
                    0 => "at once".to_owned(),
                    1 => "after 1 call".to_owned(),
                    calls => format!("after {calls} calls"),
                };
                let expected = format!("would meet row {} of public.t.id {when}", in_the_way[0]);
                prop_assert!(error.to_string().contains(&expected), "{error}: {expected}");
                let hint = error.hint().unwrap();
                let free = ahead.iter().find(|one| !rows.contains(one)).unwrap();
                prop_assert!(hint.contains(&format!("the next free value is {free}; ")), "{hint}: {free}");
            }
        }
    }

    #[test]
    fn after_the_data_is_the_first_value_that_meets_no_row((increment, rows, value) in cases()) {
        let rows_of = || vec![column("public.t", "id").rows(rows.iter().copied())];
        let bare = || sequence("public.s").increment(increment).restarted(value);
        let change = planned(bare, rows_of, options(Destination::ToData)).unwrap();
        let next = i128::from(next(&change).unwrap_or(value));
        let start = increment.signum();
        let beyond = |one: &i128| rows.iter().all(|row| (one - row) * i128::from(start) > 0);
        let first = walk(increment, start).find(beyond).unwrap();
        prop_assert_eq!(next, first);
    }
}
