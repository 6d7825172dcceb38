//! Crashes, a network that breaks, and a follower that is killed: when it counts the target is ahead, and nothing of it
//! goes backwards.

use std::collections::HashMap;
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use crate::command::{Follower, Home, said};
use crate::over::{Way, move_over};
use crate::pair::{Pair, wait_until};
use crate::random::Random;
use crate::writers::{Counts, SetOnDrop, Writers, under_load};

/// Breaks things while nothing of the second side may go backwards.
fn never_backwards(pair: &Pair, meanwhile: impl FnOnce()) {
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let _stop = SetOnDrop(&stop);
        scope.spawn(|| watch(pair, 1, &stop));
        meanwhile();
    });
}

/// Every value that is seen of a side's sequences is as far as the one before, or further.
fn watch(pair: &Pair, side: usize, stop: &AtomicBool) {
    let mut connection = pair.superuser(side);
    let mut last: HashMap<String, i64> = HashMap::new();
    while !stop.load(Ordering::Relaxed) {
        let sql = "SELECT schemaname || '.' || sequencename, last_value * sign(increment_by)::bigint
                   FROM pg_sequences WHERE last_value IS NOT NULL";
        for row in connection.query(sql, &[]).unwrap().iter() {
            let (name, value) = (row.get::<String>(0).unwrap(), row.get::<i64>(1).unwrap());
            let before = last.insert(name.clone(), value).unwrap_or(i64::MIN);
            assert!(value >= before, "{name} went from {before} back to {value}");
        }
        thread::sleep(Duration::from_millis(10));
    }
    assert!(!last.is_empty());
}

/// Draws more than a follower's margin: one that has stopped, or that looks elsewhere, is found out.
fn draw_many(pair: &Pair) {
    for sequence in ["loose_no", "debt_no"] {
        pair.execute(0, &format!("SELECT count(nextval('{sequence}')) FROM generate_series(1, 5000)"));
    }
}

/// Waits until one could switch now.
fn wait_until_safe(pair: &Pair, home: &Home, follower: &Follower) {
    wait_until(&format!("the target is ahead\n{}", follower.said()), || {
        home.carry(&pair.conninfo(0), &pair.conninfo(1), &["--check"]).output().unwrap().status.success()
    });
}

/// Moves the applications to the second side, has them write there, and compares.
fn end(pair: &Pair, home: &Home, writers: &Writers<'_>, follower: Follower) {
    writers.wait_for_some();
    draw_many(pair);
    wait_until_safe(pair, home, &follower);
    move_over(pair, home, &writers.address, Way::Fence);
    follower.stop();
    writers.wait_for_some();
}

/// Moves the applications over, in the background.
fn start_switch(pair: &Pair, home: &Home) -> Child {
    let mut switch = home.carry(&pair.conninfo(0), &pair.conninfo(1), &["--final", "--fence", "--yes"]);
    switch.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

#[test]
fn the_source_crashes() {
    let Some(pair) = Pair::of_versions([13, 18]) else { return };
    let home = Home::new();
    let ledger = under_load(&pair, Counts::WhenCommitted, |writers| {
        let follower = Follower::start(&home, &pair.conninfo(0), &pair.conninfo(1));
        never_backwards(&pair, || {
            for _ in 0..3 {
                draw_many(&pair);
                writers.wait_for_some();
                pair.crash(0);
            }
            end(&pair, &home, writers, follower);
        });
    });
    pair.assert_rows_are_on_both(1);
    ledger.assert_nobody_was_hurt(&pair);
}

#[test]
fn the_target_crashes() {
    let Some(pair) = Pair::of_versions([15, 17]) else { return };
    let home = Home::new();
    let ledger = under_load(&pair, Counts::AtOnce, |writers| {
        let follower = Follower::start(&home, &pair.conninfo(0), &pair.conninfo(1));
        for _ in 0..3 {
            draw_many(&pair);
            writers.wait_for_some();
            pair.crash(1);
        }
        end(&pair, &home, writers, follower);
    });
    pair.assert_rows_are_on_both(1);
    ledger.assert_nobody_was_hurt(&pair);
}

/// No switch, no last look: the source is gone with what has not been replicated. The margin is enough.
#[test]
fn the_source_is_lost() {
    let Some(pair) = Pair::of_versions([16, 18]) else { return };
    let home = Home::new();
    let ledger = under_load(&pair, Counts::AtOnce, |writers| {
        let follower = Follower::start(&home, &pair.conninfo(0), &pair.conninfo(1));
        wait_until_safe(&pair, &home, &follower);
        writers.wait_for_some();
        pair.lose(0);
        *writers.address.write().unwrap() = 1;
        writers.wait_for_some();
        follower.stop();
    });
    ledger.assert_nobody_was_hurt(&pair);
}

#[test]
fn the_network_breaks() {
    let Some(pair) = Pair::of_versions([14, 19]) else { return };
    let home = Home::new();
    let ledger = under_load(&pair, Counts::AtOnce, |writers| {
        let (before_source, source) = pair.through_a_network(0);
        let (before_target, target) = pair.through_a_network(1);
        let follower = Follower::start(&home, &source, &target);
        wait_until_safe(&pair, &home, &follower);
        never_backwards(&pair, || {
            let mut random = Random::by_the_clock();
            for network in [&before_source, &before_target, &before_source, &before_target] {
                thread::sleep(Duration::from_micros(random.below(400_000)));
                network.cut();
                draw_many(&pair);
                writers.wait_for_some();
                network.stall(true);
                thread::sleep(Duration::from_secs(1));
                network.stall(false);
            }
            end(&pair, &home, writers, follower);
        });
    });
    pair.assert_rows_are_on_both(1);
    ledger.assert_nobody_was_hurt(&pair);
}

#[test]
fn the_follower_is_killed() {
    let Some(pair) = Pair::of_versions([10, 18]) else { return };
    let home = Home::new();
    let ledger = under_load(&pair, Counts::AtOnce, |writers| {
        never_backwards(&pair, || {
            let mut random = Random::by_the_clock();
            for _ in 0..8 {
                draw_many(&pair);
                let follower = Follower::start(&home, &pair.conninfo(0), &pair.conninfo(1));
                thread::sleep(Duration::from_micros(random.below(800_000)));
                follower.kill();
                writers.wait_for_some();
            }
            let follower = Follower::start(&home, &pair.conninfo(0), &pair.conninfo(1));
            end(&pair, &home, writers, follower);
        });
    });
    pair.assert_rows_are_on_both(1);
    ledger.assert_nobody_was_hurt(&pair);
}

/// The second run undoes the fence of the first, too.
#[test]
fn a_switch_that_is_killed_and_then_fails_leaves_no_fence() {
    let Some(pair) = Pair::of_versions([15, 18]) else { return };
    let home = Home::new();
    let ledger = under_load(&pair, Counts::AtOnce, |writers| {
        writers.wait_for_some();
        // Rows do not arrive: it waits for them behind the fence.
        pair.execute(1, "ALTER SUBSCRIPTION from_side_0 DISABLE");
        let mut first = start_switch(&pair, &home);
        wait_until("it is fenced", || pair.is_fenced(0));
        first.kill().unwrap();
        first.wait().unwrap();
        assert!(pair.is_fenced(0));
        let second = ["--final", "--fence", "--wait-quiet", "3", "--yes"];
        home.carried(&pair.conninfo(0), &pair.conninfo(1), &second, 3);
        assert!(!pair.is_fenced(0));
        writers.wait_for_some();
        pair.execute(1, "ALTER SUBSCRIPTION from_side_0 ENABLE");
        move_over(&pair, &home, &writers.address, Way::Fence);
        writers.wait_for_some();
    });
    pair.assert_rows_are_on_both(1);
    ledger.assert_nobody_was_hurt(&pair);
}

#[test]
fn a_switch_that_is_killed_is_made_again() {
    let Some(pair) = Pair::of_versions([14, 18]) else { return };
    let home = Home::new();
    let ledger = under_load(&pair, Counts::AtOnce, |writers| {
        writers.wait_for_some();
        let mut random = Random::by_the_clock();
        for _ in 0..6 {
            let mut last = home.carry(&pair.conninfo(0), &pair.conninfo(1), &["--final", "--fence", "--yes"]);
            let mut last = last.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            thread::sleep(Duration::from_micros(random.below(2_000_000)));
            last.kill().unwrap();
            last.wait().unwrap();
        }
        move_over(&pair, &home, &writers.address, Way::Fence);
        writers.wait_for_some();
    });
    pair.assert_rows_are_on_both(1);
    ledger.assert_nobody_was_hurt(&pair);
}

/// Whatever it ends with is true: the applications may move over, or the source takes their writes as before.
#[test]
fn the_network_breaks_in_the_middle_of_a_switch() {
    let Some(pair) = Pair::of_versions([15, 18]) else { return };
    let home = Home::new();
    let ledger = under_load(&pair, Counts::AtOnce, |writers| {
        let (before_source, source) = pair.through_a_network(0);
        let (before_target, target) = pair.through_a_network(1);
        let mut random = Random::by_the_clock();
        for time in 0..8 {
            writers.wait_for_some();
            let mut switch = home.carry(&source, &target, &["--final", "--fence", "--yes"]);
            let switch = switch.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
            thread::sleep(Duration::from_micros(random.below(2_500_000)));
            [&before_source, &before_target][time % 2].cut();
            let output = switch.wait_with_output().unwrap();
            if !output.status.success() {
                assert!(!pair.is_fenced(0), "{}", said(&output));
            } else if random.below(2) == 0 {
                pair.turn_round(0);
                *writers.address.write().unwrap() = 1;
                break;
            } else {
                pair.lift_fence(0);
            }
        }
        if *writers.address.read().unwrap() == 0 {
            move_over(&pair, &home, &writers.address, Way::Fence);
        }
        writers.wait_for_some();
    });
    pair.assert_rows_are_on_both(1);
    ledger.assert_nobody_was_hurt(&pair);
}

/// Of all that replication does, this alone takes a sequence of the target backwards: as far as the source's went, and
/// the source goes on from there.
#[test]
fn a_truncate_that_restarts_is_replicated() {
    let Some(pair) = Pair::of_versions([13, 18]) else { return };
    let home = Home::new();
    let insert = "INSERT INTO orders (note) SELECT 'a' FROM generate_series(1, 2000)";
    let restart = "TRUNCATE orders RESTART IDENTITY; INSERT INTO orders (note) VALUES ('b')";
    pair.execute(0, insert);
    home.carried(&pair.conninfo(0), &pair.conninfo(1), &["--yes"], 0);
    pair.execute(0, restart);
    pair.wait_for_rows(0);
    assert_eq!(pair.value(1, "SELECT nextval('orders_id_seq')::text"), "1", "a row has it");
    let follower = Follower::start(&home, &pair.conninfo(0), &pair.conninfo(1));
    for _ in 0..3 {
        pair.execute(0, insert);
        wait_until_safe(&pair, &home, &follower);
        pair.execute(0, restart);
        pair.wait_for_rows(0);
        wait_until_safe(&pair, &home, &follower);
        pair.connect(1).unwrap().simple("BEGIN; INSERT INTO orders (note) VALUES ('c'); ROLLBACK").unwrap();
    }
    follower.stop();
}
