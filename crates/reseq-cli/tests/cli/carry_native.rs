//! `reseq carry` beside PostgreSQL 19's own synchronisation of sequences.

use std::thread;
use std::time::{Duration, Instant};

use reseq_scratch::testing::{server, unique_name};

use crate::carry::Ends;
use crate::support::{Run, Sandbox, snapshot};

/// The target's `other_no` cannot be copied: it counts by another step.
const SHOP: &str = "CREATE SEQUENCE invoice_no; CREATE SEQUENCE order_no; CREATE SEQUENCE other_no";

/// A target that synchronises the sequences of the source by itself; it is dropped first.
struct Synchronised<'a>(&'a Ends);

impl<'a> Synchronised<'a> {
    fn new(ends: &'a Ends) -> Self {
        let slot = unique_name("reseq_sub");
        ends.source.execute("CREATE PUBLICATION every FOR ALL SEQUENCES");
        ends.source.value(&format!("SELECT pg_create_logical_replication_slot('{slot}', 'pgoutput')::text"));
        ends.target.execute(&format!(
            "CREATE SUBSCRIPTION every CONNECTION '{}' PUBLICATION every
             WITH (create_slot = false, slot_name = '{slot}')",
            ends.source.conninfo()
        ));
        Self(ends)
    }

    fn wait_for_copies(&self, number: u32) {
        let began = Instant::now();
        let copied = "SELECT count(*)::text FROM pg_subscription_rel WHERE srsubstate = 'r'";
        while self.0.target.value(copied) != number.to_string() {
            assert!(began.elapsed() < Duration::from_secs(60), "still not copied");
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// What is said of it, and of what follows.
    fn note(&self, arguments: &[&str]) -> Run {
        let run = self.0.carry(arguments);
        let note = run.stdout.find("Note: the subscription").map(|from| run.stdout[from..].to_owned());
        Run { stdout: note.unwrap_or_else(|| run.stdout.clone()), ..run }
    }
}

impl Drop for Synchronised<'_> {
    fn drop(&mut self) {
        self.0.target.execute("ALTER SUBSCRIPTION every DISABLE");
        self.0.target.execute("DROP SUBSCRIPTION every");
    }
}

#[test]
fn what_it_has_not_done_is_told() {
    let Some(newest) = server(19) else { return };
    let ends = Ends { source: Sandbox::on(newest, SHOP), target: Sandbox::on(newest, SHOP) };
    ends.source.execute("SELECT setval('invoice_no', 41), setval('order_no', 7), setval('other_no', 9)");
    let synchronised = Synchronised::new(&ends);
    synchronised.wait_for_copies(3);
    snapshot!(synchronised.note(&["--check"]), @"
    Note: the subscription every synchronises 3 sequences. PostgreSQL copies them only when it is told
    to, and also backwards: after ALTER SUBSCRIPTION … REFRESH SEQUENCES, carry again.
    ─── exit status 0
    ");
    // More than what is written ahead.
    ends.source.execute("SELECT count(nextval('order_no')) FROM generate_series(1, 100)");
    snapshot!(synchronised.note(&["--check"]), @"
    Note: the subscription every synchronises 3 sequences, 1 written to by the source since. PostgreSQL
    copies them only when it is told to, and also backwards: after ALTER SUBSCRIPTION … REFRESH
    SEQUENCES, carry again.
    Not safe: 1 sequence would hand out values that are taken, or that the source has handed out.
    ─── exit status 1
    ");
    ends.target.execute("ALTER SEQUENCE other_no INCREMENT 5");
    ends.target.execute("ALTER SUBSCRIPTION every REFRESH SEQUENCES");
    synchronised.wait_for_copies(2);
    ends.source.execute("SELECT count(nextval('invoice_no')) FROM generate_series(1, 100)");
    ends.target.execute("ALTER SUBSCRIPTION every DISABLE");
    snapshot!(synchronised.note(&["--check", "-v"]), @"
    Note: the subscription every synchronises 3 sequences, 1 not copied yet, 1 written to by the source
    since, and is disabled. PostgreSQL copies them only when it is told to, and also backwards: after
    ALTER SUBSCRIPTION … REFRESH SEQUENCES, carry again.
      public.other_no: not copied
      public.invoice_no: stale
    Not safe: 1 sequence would hand out values that are taken, or that the source has handed out.
    ─── exit status 1
    ");
    snapshot!(synchronised.note(&["--yes"]), @"
    Note: the subscription every synchronises 3 sequences, 1 not copied yet, 1 written to by the source
    since, and is disabled. PostgreSQL copies them only when it is told to, and also backwards: after
    ALTER SUBSCRIPTION … REFRESH SEQUENCES, carry again.
    Carried, and looked at again: 1 sequence.
    Receipt: RECEIPT
    ─── exit status 0
    ");
}
