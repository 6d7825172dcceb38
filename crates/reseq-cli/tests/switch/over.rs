//! Fifty switch-overs under load, there and back again.

use std::thread;
use std::time::{Duration, Instant};

use crate::command::{Follower, Home};
use crate::pair::Pair;
use crate::random::Random;
use crate::writers::{Address, Counts, DRAWS, under_load};

/// How the applications are moved over.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Way {
    /// They are stopped; when the rows have arrived, `carry` once.
    Once,
    /// They are stopped; `carry --final` waits for the rows.
    Final,
    /// They go on until `carry --final --fence` ends them.
    Fence,
}

const WAYS: [Way; 5] = [Way::Fence, Way::Once, Way::Fence, Way::Final, Way::Fence];

/// Moves the applications over so many times, at random moments.
fn switch_over(pair: &Pair, times: usize) {
    let mut random = Random::by_the_clock();
    let home = Home::new();
    let (mut followed, mut fenced) = (0, Vec::new());
    let ledger = under_load(pair, Counts::AtOnce, |writers| {
        for time in 0..times {
            let (from, to) = (pair.conninfo(time % 2), pair.conninfo(1 - time % 2));
            // Sometimes the target is kept ahead, and a while longer.
            let follower = (random.below(2) == 0).then(|| Follower::start(&home, &from, &to));
            writers.wait_for_some();
            thread::sleep(Duration::from_micros(random.below(200_000)));
            let way = WAYS[time % WAYS.len()];
            let took = move_over(pair, &home, &writers.address, way);
            if matches!(way, Way::Fence) {
                fenced.push(took);
            }
            writers.wait_for_some();
            if let Some(follower) = follower {
                follower.stop();
                followed += 1;
            }
            if random.below(4) == 0 {
                home.carried(&from, &to, &["--reverse-ready", "--margin", "1000", "--yes"], 0);
            }
        }
    });
    pair.assert_rows_are_on_both(times % 2);
    ledger.assert_nobody_was_hurt(pair);
    fenced.sort();
    tell(&format!(
        "{} and {}: {times} switch-overs, {followed} of them followed, fenced ones in {:.1} s; {}",
        pair.version(0),
        pair.version(1),
        fenced[fenced.len() / 2].as_secs_f64(),
        ledger.in_words()
    ));
}

#[expect(clippy::print_stderr, reason = "it is what one wants to know")]
fn tell(words: &str) {
    eprintln!("{words}");
}

/// Moves the applications to the other side; gives how long that took.
pub(crate) fn move_over(pair: &Pair, home: &Home, address: &Address, way: Way) -> Duration {
    let from = *address.read().unwrap();
    let carry = |arguments: &[&str]| {
        home.carried(&pair.conninfo(from), &pair.conninfo(1 - from), arguments, 0);
    };
    let begin = Instant::now();
    let mut address = match way {
        Way::Once => {
            let address = address.write().unwrap();
            pair.wait_for_rows(from);
            carry(&["--yes"]);
            carry(&["--check"]);
            address
        }
        Way::Final => {
            let address = address.write().unwrap();
            carry(&["--final", "--yes"]);
            address
        }
        Way::Fence => {
            carry(&["--final", "--fence", "--yes"]);
            address.write().unwrap()
        }
    };
    pair.turn_round(from);
    *address = 1 - from;
    begin.elapsed()
}

#[test]
fn between_13_and_18() {
    if let Some(pair) = Pair::of_versions([13, 18]) {
        switch_over(&pair, 13);
    }
}

#[test]
fn between_15_and_17() {
    if let Some(pair) = Pair::of_versions([15, 17]) {
        switch_over(&pair, 13);
    }
}

#[test]
fn between_18_and_19() {
    if let Some(pair) = Pair::of_versions([18, 19]) {
        switch_over(&pair, 12);
    }
}

#[test]
fn between_two_databases_of_one_server() {
    switch_over(&Pair::of_one_server(), 12);
}

/// Without it, this is what comes of a switch-over: what the tests above would stumble over.
#[test]
fn without_carry_the_first_insert_collides() {
    let pair = Pair::of_one_server();
    let insert = DRAWS[0].sql;
    pair.connect(0).unwrap().simple(insert).unwrap();
    pair.wait_for_rows(0);
    let home = Home::new();
    let said = home.carried(&pair.conninfo(0), &pair.conninfo(1), &["--check"], 1);
    assert!(said.contains("Not safe"), "{said}");
    let error = pair.connect(1).unwrap().simple(insert).unwrap_err();
    assert_eq!(error.sqlstate(), Some("23505"), "{error}");
    home.carried(&pair.conninfo(0), &pair.conninfo(1), &["--yes"], 0);
    home.carried(&pair.conninfo(0), &pair.conninfo(1), &["--check"], 0);
    pair.connect(1).unwrap().simple(insert).unwrap();
}

/// Rows of the source come in ahead of the target's sequences, again and again: a margin keeps these ahead.
#[test]
fn a_source_that_goes_on_takes_a_margin() {
    let Some(pair) = Pair::of_versions([13, 18]) else { return };
    let home = Home::new();
    let ledger = under_load(&pair, Counts::AtOnce, |writers| {
        for _ in 0..5 {
            writers.wait_for_some();
            let output = home.carry(&pair.conninfo(0), &pair.conninfo(1), &["--yes"]).output().unwrap();
            let said = String::from_utf8(output.stdout).unwrap();
            let advised = said.contains("run it again, with a --margin or --follow");
            assert_eq!(output.status.code(), Some(if advised { 3 } else { 0 }), "{said}");
            home.carried(&pair.conninfo(0), &pair.conninfo(1), &["--margin", "1000", "--yes"], 0);
            home.carried(&pair.conninfo(0), &pair.conninfo(1), &["--check"], 0);
        }
    });
    pair.assert_rows_are_on_both(0);
    ledger.assert_nobody_was_hurt(&pair);
}
