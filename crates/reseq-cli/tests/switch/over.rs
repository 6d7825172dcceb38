//! Fifty switch-overs under load, there and back again.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, SystemTime};

use crate::command::Home;
use crate::ledger::Ledger;
use crate::pair::{Pair, wait_until};
use crate::writers::{Address, COLUMNS, Counts, DRAWS, Random, Writers};

const WRITERS: u64 = 4;

/// How the applications are moved over.
#[derive(Clone, Copy, Debug)]
enum Way {
    /// They are stopped; when the rows have arrived, `carry` once.
    Once,
}

/// Moves the applications over so many times, at random moments.
fn switch_over(pair: &Pair, times: usize) {
    let seed = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_micros() as u64;
    let mut random = Random::new(seed);
    let (address, stop, done) = (Address::new(0), AtomicBool::new(false), AtomicUsize::new(0));
    let writers = Writers { pair, address: &address, counts: Counts::AtOnce, stop: &stop, done: &done };
    let drawn = thread::scope(|scope| {
        let _stop = SetOnDrop(&stop);
        let writing: Vec<_> = (0..WRITERS)
            .map(|number| {
                let random = Random::new(seed + number + 1);
                let writers = &writers;
                scope.spawn(move || writers.write(random))
            })
            .collect();
        let home = Home::new();
        for _ in 0..times {
            let before = done.load(Ordering::Relaxed);
            wait_until("the applications write", || done.load(Ordering::Relaxed) > before + 20);
            thread::sleep(Duration::from_micros(random.below(200_000)));
            move_over(pair, &home, &address, Way::Once);
        }
        stop.store(true, Ordering::Relaxed);
        writing.into_iter().flat_map(|writer| writer.join().unwrap()).collect::<Vec<_>>()
    });
    pair.wait_for_rows(times % 2);
    assert_nobody_was_hurt(pair, &Ledger::of(drawn), times);
}

fn move_over(pair: &Pair, home: &Home, address: &Address, way: Way) {
    let from = *address.read().unwrap();
    let (source, target) = (pair.conninfo(from), pair.conninfo(1 - from));
    match way {
        Way::Once => {
            let mut address = address.write().unwrap();
            pair.wait_for_rows(from);
            home.carried(&source, &target, &["--yes"], 0);
            home.carried(&source, &target, &["--check"], 0);
            pair.turn_round(from);
            *address = 1 - from;
        }
    }
}

#[expect(clippy::print_stderr, reason = "how many ids are skipped is what the test is for")]
fn assert_nobody_was_hurt(pair: &Pair, ledger: &Ledger, times: usize) {
    ledger.assert_unique();
    assert_eq!(pair.collisions(), [""; 0]);
    for (table, column) in COLUMNS {
        let rows =
            format!("SELECT concat(count(*), ' from ', min({column}), ' to ', max({column})) FROM {table}");
        assert_eq!(pair.value(0, &rows), pair.value(1, &rows), "{table}");
    }
    assert!(ledger.of_sequence("ticket_no").all(|value| value % 2 == 1), "out of its lane");
    let skipped = DRAWS.iter().map(|draw| (ledger.skipped(draw.sequence, draw.step), draw.sequence));
    let total: u64 = skipped.clone().map(|(skipped, _)| skipped).sum();
    let (most, sequence) = skipped.max().unwrap();
    eprintln!(
        "{} and {}: {times} switch-overs, {} values, none twice; {total} skipped, {most} of them by {sequence}",
        pair.version(0),
        pair.version(1),
        ledger.values()
    );
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

/// Ends the writers, also where this thread panics: a scope waits for all its threads.
struct SetOnDrop<'a>(&'a AtomicBool);

impl Drop for SetOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
