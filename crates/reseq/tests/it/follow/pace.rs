//! How far ahead the target is kept: what is drawn all the time counts, what was drawn or set once does not.

use std::thread;

use super::{INTERVAL, draw, follow, next, wait_until_ahead};
use crate::support::{on_newest, on_versions};

#[test]
fn a_jump_takes_the_target_no_further_than_it_went_and_a_margin() {
    const MAKE: &str = "CREATE SEQUENCE small AS smallint; CREATE SEQUENCE s";
    for source in on_versions(&[10, 15, 18]) {
        let (source, target) = (source.with(MAKE), on_newest().with(MAKE));
        follow(&source, &target, |told| {
            told.ticks(2);
            for (sequence, to) in [("small", 9000), ("small", 18_000), ("s", 1_000_000)] {
                source.value(&format!("SELECT setval('{sequence}', {to})"));
                wait_until_ahead(&source, &target, sequence);
                told.ticks(6);
                assert_eq!(next(&target, sequence), to + 1001, "PostgreSQL {}", source.major());
            }
        });
    }
}

#[test]
fn what_draws_fast_all_the_time_gets_a_margin_for_it() {
    let (source, target) = (on_newest().with("CREATE SEQUENCE s"), on_newest().with("CREATE SEQUENCE s"));
    follow(&source, &target, |told| {
        told.ticks(2);
        let mut ahead = Vec::new();
        for _ in 0..30 {
            draw(&source, "s", 2000);
            thread::sleep(INTERVAL / 4);
            ahead.push(next(&target, "s") - next(&source, "s"));
        }
        // Some 2000 calls and more a tick; the first ticks are behind.
        assert!(ahead.iter().skip(15).any(|ahead| *ahead > 1500), "{ahead:?}");
    });
}
