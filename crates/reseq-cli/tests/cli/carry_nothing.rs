//! `reseq carry` where no sequence is meant: another database than was thought of, or a publication of tables without
//! sequences. No target is safe by that.

use crate::carry::{Ends, ends, replicated};
use crate::formats::valid;
use crate::support::snapshot;

const FENCED: &[&str] = &["--final", "--fence", "--yes"];

fn setting(ends: &Ends) -> String {
    ends.source.value("SHOW default_transaction_read_only")
}

#[test]
fn what_leaves_no_sequence_is_told() {
    let ends = replicated();
    ends.source.execute("CREATE TABLE notes (text text); CREATE SCHEMA empty; CREATE PUBLICATION none");
    ends.source.execute("CREATE PUBLICATION notes FOR TABLE notes");
    snapshot!(ends.carry(&["--check", "--publication", "notes"]), @"
    ─── standard error
    reseq: no sequence of DATABASE on HOST:PORT is selected, of 3 that it has: there is nothing to carry
    hint: name others with -n, -t, -s, --publication or --subscription, or all by naming none
    ─── exit status 2
    ");
    for selection in [["--publication", "none"], ["-n", "empty"], ["-T", "*"]] {
        let follow = &["--follow", "--yes"];
        for mode in [&["--check"], &["--yes"], &["--dry-run"], FENCED, &["--final", "--yes"], follow] {
            let run = ends.carry(&[mode, &selection].concat());
            assert!(run.stderr.contains(" is selected, of 3 that it has: "), "{run}");
            assert_eq!((run.stdout.as_str(), run.status), ("", Some(2)), "{run}");
        }
    }
    assert_eq!(setting(&ends), "off");
}

#[test]
fn a_database_without_sequences_is_no_safe_one_and_has_nothing_to_carry() {
    let ends = ends("CREATE TABLE notes (text text)");
    snapshot!(ends.carry(&["--check"]), @"
    ─── standard error
    reseq: DATABASE on HOST:PORT has no sequences: there is nothing to carry
    hint: name the database whose sequences are to be carried
    ─── exit status 2
    ");
    snapshot!(ends.carry(FENCED), @"
    ─── standard error
    reseq: DATABASE on HOST:PORT has no sequences: there is nothing to carry
    hint: name the database whose sequences are to be carried
    ─── exit status 2
    ");
    assert_eq!(setting(&ends), "off");
    // Every database of a server may be carried in a loop.
    snapshot!(ends.carry(&["--yes"]), @"
    Nothing to carry: DATABASE on HOST:PORT has no sequences.
    ─── exit status 0
    ");
    let run = ends.carry(&["--yes", "--format", "json"]);
    let nothing = valid("carry.schema.json", &run);
    assert_eq!((nothing["pairs"].as_array().map(Vec::len), run.status), (Some(0), Some(0)), "{run}");
}

#[test]
fn where_no_counterpart_is_found_it_is_not_safe() {
    let ends = ends("");
    ends.source.execute("CREATE SEQUENCE invoice_no");
    for mode in [&["--check"], FENCED] {
        let run = ends.carry(mode);
        assert!(run.stdout.contains("public.invoice_no") && !run.stdout.contains("Safe"), "{run}");
        assert_eq!(run.status, Some(1), "{run}");
    }
    assert_eq!(setting(&ends), "off");
}
