//! Rows that a target does not go past: far beyond the rest, or beyond `--ignore-above`.

use std::time::Duration;

use reseq::apply::Status;
use reseq::carry::{CarryOptions, LeftOut, Safety};
use reseq::{CheckOptions, IgnoreRule};

use super::{Carried, carry, carry_with, look_at};
use crate::fixing::assert_all_repaired;
use crate::last::{finish_with, options};
use crate::support::{Database, on_newest, on_versions};

const ROWS: &str = "CREATE TABLE t (id serial PRIMARY KEY);
                    INSERT INTO t SELECT generate_series(1, 200); INSERT INTO t VALUES (2147483600)";

/// The same rows on both sides, one of them far out.
fn both_sides(target: Database) -> (Database, Database) {
    let source = on_newest().with(ROWS).with("SELECT setval('t_id_seq', 200)");
    (source, target.with(ROWS))
}

/// Leaves out what lies beyond this value.
fn ignoring_above(value: i128) -> CarryOptions {
    let rule = IgnoreRule { sequence: None, value };
    CarryOptions {
        target: CheckOptions { ignore_above: vec![rule], ..CheckOptions::default() },
        ..Default::default()
    }
}

fn far(left_out: &[LeftOut]) -> Vec<(i128, u128, bool)> {
    left_out.iter().map(|one| (one.row, one.calls_left, one.asked_for)).collect()
}

#[test]
fn a_far_row_keeps_nobody_from_switching_and_is_told() {
    for target in on_versions(&[10, 14, 18, 19]) {
        let (source, target) = both_sides(target);
        // Rows beyond what the source has drawn, before the far one, count.
        target.connect().simple("INSERT INTO t SELECT generate_series(201, 230)").unwrap();
        let Carried { carrying, outcome, .. } = carry(&source, &target);
        assert_all_repaired(&outcome);
        assert_eq!(far(&carrying.target.left_out), [(2_147_483_600, 2_147_483_600 - 231, false)]);
        assert_eq!(target.value("SELECT nextval('t_id_seq')"), "231");
        let options = options(Duration::from_secs(30));
        let finished = finish_with(&mut source.sessions(), &mut target.sessions(), &options).unwrap();
        assert_eq!(finished.safety(), Safety::Safe, "{finished:#?}");
        let column = finished.last.unwrap().proof.sequences[0].columns[0].clone();
        assert_eq!((column.ends_at, column.left_out_from), (Some(230), Some(2_147_483_600)));
    }
}

#[test]
fn a_far_row_that_the_source_has_nearly_reached_is_gone_past() {
    let (source, target) = both_sides(on_newest());
    source.connect().simple("SELECT setval('t_id_seq', 2147483590)").unwrap();
    let Carried { carrying, outcome, .. } = carry(&source, &target);
    assert_all_repaired(&outcome);
    assert_eq!((carrying.target.left_out.len(), outcome.sequences.len()), (0, 1), "{outcome:#?}");
    assert_eq!(target.value("SELECT nextval('t_id_seq')"), "2147483601");
    assert!(look_at(&source, &target, &CarryOptions::default()).stands_for_all());
}

#[test]
fn what_was_asked_for_is_left_out_and_no_further_is_claimed() {
    let (source, target) = both_sides(on_newest());
    let Carried { carrying, outcome, .. } = carry_with(&source, &target, &ignoring_above(1_000_000));
    assert_all_repaired(&outcome);
    assert_eq!(far(&carrying.target.left_out), [(2_147_483_600, 2_147_483_600 - 201, true)]);
    // The source has not come to where the target's rows end.
    source.connect().simple("SELECT setval('t_id_seq', 150)").unwrap();
    target.connect().simple("SELECT setval('t_id_seq', 1, false)").unwrap();
    let greedy = ignoring_above(100);
    let Carried { carrying, outcome, .. } = carry_with(&source, &target, &greedy);
    assert!(outcome.sequences.statuses().all(|status| *status == Status::Repaired));
    assert_eq!(far(&carrying.target.left_out), [(151, 0, true)]);
    assert!(!carrying.stands_for_all());
    let refused = reseq::carry::FinishOptions { carry: greedy.clone(), ..options(Duration::ZERO) };
    let refused = finish_with(&mut source.sessions(), &mut target.sessions(), &refused).unwrap_err();
    assert!(refused.to_string().contains("is in row 151 of public.t.id"), "{refused}");
    assert_eq!(far(&look_at(&source, &target, &Default::default()).target.left_out).len(), 1);
}
