//! What the manual page "The least privilege for check, fix and carry" says of carry is true: its statements, run as they
//! stand, are enough for roles that are no superusers, and none of them can be spared.

use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use reseq_scratch::testing::{self, TestServer, unique_name};

use crate::fix::signal;
use crate::least_privilege::{Shop, statements, usual};
use crate::support::Run;

const SOURCE: &str = "### carry: the source";
const FENCE: &str = "### carry: the source, with --fence";
const CREATE: &str = "### carry: the target, with --create";

/// Where the source stands: one few calls ahead of the target, one more than are drawn.
const AHEAD: &str =
    "SET ROLE shop_owner; SELECT setval('orders_id_seq', 50), setval('customers_id_seq', 300000)";
/// The same on both sides.
const NEVER_CALLED: &str = "SET ROLE shop_owner; CREATE SEQUENCE never_called";
/// Where the target stands before it is carried to.
const BEHIND: &str = "SET ROLE shop_owner; SELECT setval('orders_id_seq', 8), \
                      setval('customers_id_seq', 1, false)";

/// Lets the source's database go as it came.
const LIFT: &str = "BEGIN READ WRITE; ALTER DATABASE shop RESET default_transaction_read_only;
                    ALTER DATABASE shop OWNER TO postgres; COMMIT";

/// A shop on the source and one on the target, and their roles. The target, where roles of the source may have got
/// something, is dropped first.
struct Ends {
    target: Shop,
    source: Shop,
    source_role: &'static str,
    target_role: &'static str,
}

impl Ends {
    /// Two databases of one server. The source's role has what the page gives it.
    fn on(server: &'static TestServer, target_role: &'static str) -> Self {
        let (source, target) = (Shop::on(server), Shop::on(server));
        [&source, &target].iter().for_each(|shop| shop.run([NEVER_CALLED]));
        source.run([AHEAD]);
        let ends = Self { source, target, source_role: "sequence_carrier", target_role };
        ends.give(&ends.source, SOURCE);
        ends
    }

    fn give(&self, shop: &Shop, heading: &str) -> Vec<String> {
        let statements = statements(heading);
        shop.run(statements.iter().map(String::as_str));
        statements
    }

    /// The target's role has what the page gives it for fix.
    fn for_all(server: &'static TestServer) -> Self {
        let ends = Self::on(server, "sequence_keeper");
        ends.give(&ends.target, owner(server));
        ends
    }

    /// Carries from the beginning.
    fn carry(&self, words: &[&str]) -> Run {
        self.target.run([BEHIND]);
        self.go_on(words)
    }

    /// Carries from where the target stands.
    fn go_on(&self, words: &[&str]) -> Run {
        Run::of(&mut self.command(words))
    }

    fn command(&self, words: &[&str]) -> Command {
        let from = self.source.conninfo_of(self.source_role);
        let to = self.target.conninfo_of(self.target_role);
        self.target.sandbox.command(&[&["carry", "--from", &from, "--to", &to], words].concat())
    }

    fn reached(&self) -> [i64; 2] {
        ["orders_id_seq", "customers_id_seq"].map(|sequence| {
            self.target.sandbox.value(&format!("SELECT last_value::text FROM {sequence}")).parse().unwrap()
        })
    }
}

/// The heading of the grants for fix as the owner.
fn owner(server: &TestServer) -> &'static str {
    match server.major {
        ..=16 => "### Every sequence, as the owner: PostgreSQL 10 to 13, 14 to 16",
        _ => "### Every sequence, as the owner: PostgreSQL 17 and later",
    }
}

fn servers() -> impl Iterator<Item = &'static TestServer> {
    [10, 13, 15, 18, 19].into_iter().filter_map(testing::server)
}

#[test]
fn what_the_source_takes() {
    for server in servers() {
        let ends = Ends::for_all(server);
        let mut needed = statements(SOURCE);
        if server.major >= 18 {
            ends.source.run(["REVOKE USAGE ON SCHEMA public FROM sequence_carrier"]);
            needed.retain(|statement| !statement.contains(" ON SCHEMA "));
        }
        ends.source.needs_to(&needed, 0, || ends.carry(&["--yes"]));
        assert_eq!(ends.reached(), [50, 300_000]);
        assert_eq!(ends.carry(&["--check"]).status, Some(1));
        let run = ends.carry(&["--final", "--yes"]);
        assert_eq!(run.status, Some(0), "{run}");
    }
}

#[test]
fn who_draws_is_named_without_any_more() {
    for server in servers() {
        let ends = Ends::for_all(server);
        let mut drawing = ends.source.sandbox.connect();
        drawing.simple("SET application_name = 'till'; BEGIN; SELECT nextval('orders_id_seq')").unwrap();
        let run = ends.carry(&["--final", "--yes", "--wait-quiet", "1"]);
        assert!(run.stdout.contains("(till, as postgres) has drawn from"), "{run}");
        assert_eq!(run.status, Some(1), "{run}");
    }
}

#[test]
fn following_takes_no_more() {
    for server in servers() {
        let ends = Ends::for_all(server);
        ends.target.run([BEHIND]);
        let mut command = ends.command(&["--follow=100ms", "--yes"]);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let began = Instant::now();
        while ends.reached() < [1050, 301_000] {
            assert!(began.elapsed() < Duration::from_secs(30), "left behind: {:?}", ends.reached());
            thread::sleep(Duration::from_millis(50));
        }
        // By the follower itself, after the first look.
        let draw = "SELECT count(nextval('orders_id_seq'))::text FROM generate_series(1, 2000)";
        ends.source.sandbox.value(draw);
        while ends.reached()[0] < 2050 {
            assert!(began.elapsed() < Duration::from_secs(30), "left behind: {:?}", ends.reached());
            thread::sleep(Duration::from_millis(50));
        }
        signal(&child, "TERM");
        let run = Run::from(child.wait_with_output().unwrap());
        assert!(!run.stdout.contains("PROBLEM"), "{run}");
        assert_eq!((run.stderr.as_str(), run.status), ("", Some(0)), "{run}");
    }
}

#[test]
fn what_the_target_takes_is_what_fix_takes() {
    for server in servers() {
        for heading in ["### By drawing", "### Large gaps at once, by setval()"] {
            let ends = Ends::on(server, "sequence_watch");
            let grants = [statements(usual(server.major)), statements(heading)].concat();
            ends.target.run(grants.iter().map(String::as_str));
            ends.target.needs_to(&grants, 0, || ends.carry(&["--yes"]));
            let run = ends.carry(&["--final", "--yes"]);
            assert_eq!((run.status, ends.reached()), (Some(0), [50, 300_000]), "{run}");
        }
        let ends = Ends::on(server, "sequence_keeper");
        let grants = ends.give(&ends.target, owner(server));
        ends.target.needs_to(&grants, 0, || ends.carry(&["--yes"]));
    }
}

#[test]
fn who_may_only_look_is_told_which_grants_are_missing() {
    for server in servers() {
        let ends = Ends::on(server, "sequence_watch");
        ends.give(&ends.target, usual(server.major));
        let run = ends.carry(&["--check"]);
        assert!(one_line(&run).contains("GRANT USAGE ON SEQUENCE public.orders_id_seq TO "), "{run}");
        assert_eq!(run.status, Some(3), "{run}");
        ends.target.run([AHEAD]);
        let run = ends.go_on(&["--check"]);
        assert_eq!(run.status, Some(0), "{run}");
    }
}

#[test]
fn what_a_fence_takes() {
    for server in servers() {
        let ends = Ends::for_all(server);
        let _lifted = Dropped(|| ends.source.run([LIFT]));
        ends.source.run(["ALTER DATABASE shop OWNER TO shop_owner"]);
        let fence = ends.give(&ends.source, FENCE);
        let run = ends.source.needs_to(&fence, 0, || ends.carry(&["--final", "--fence", "--yes"]));
        assert!(run.stdout.contains("is read-only by default"), "{run}");
    }
}

#[test]
fn a_fence_says_which_session_only_a_superuser_ends() {
    for server in servers() {
        let ends = Ends::for_all(server);
        let _lifted = Dropped(|| ends.source.run([LIFT]));
        ends.source.run(["ALTER DATABASE shop OWNER TO shop_owner"]);
        ends.give(&ends.source, FENCE);
        let _superuser = ends.source.sandbox.connect();
        let run = ends.carry(&["--final", "--fence", "--yes"]);
        assert!(run.stderr.contains("a superuser, which no other role may end"), "{run}");
        assert_eq!(run.status, Some(3), "{run}");
        assert_eq!(ends.source.sandbox.value("SHOW default_transaction_read_only"), "off");
    }
}

#[test]
fn what_creating_takes() {
    const OWNER: &str = "SELECT count(*)::text FROM pg_class c JOIN pg_depend d ON d.objid = c.oid AND d.deptype = 'a' \
                         WHERE c.relname = 'orders_id_seq' AND c.relowner = (SELECT relowner FROM pg_class WHERE \
                         relname = 'orders')";
    for server in servers() {
        let ends = Ends::on(server, "sequence_creator");
        let grants = ends.give(&ends.target, CREATE);
        let carry = || {
            ends.target.run(["SET ROLE shop_owner; DROP SEQUENCE IF EXISTS orders_id_seq CASCADE"]);
            ends.go_on(&["--create", "--yes"])
        };
        let run = ends.target.needs_to(&grants, 0, carry);
        assert!(run.stdout.contains("not drawn"), "{run}");
        assert_eq!(
            (ends.target.sandbox.value(OWNER).as_str(), ends.reached()),
            ("1", [50, 300_000]),
            "{run}"
        );
    }
}

#[test]
fn who_may_not_become_the_owner_creates_for_itself() {
    for server in servers() {
        let ends = Ends::on(server, "sequence_keeper");
        ends.give(&ends.target, owner(server));
        if server.major < 17 {
            ends.target.run([
                "REVOKE shop_owner FROM sequence_keeper; GRANT CONNECT ON DATABASE shop TO sequence_keeper;
                              GRANT USAGE, CREATE ON SCHEMA public TO sequence_keeper;
                              GRANT SELECT ON TABLE orders TO sequence_keeper",
            ]);
        }
        ends.target.run(["SET ROLE shop_owner; DROP SEQUENCE orders_id_seq CASCADE"]);
        let run = ends.go_on(&["--create", "--yes", "-s", "orders_id_seq"]);
        let words = one_line(&run);
        assert!(words.contains("the role may not alter that table"), "{run}");
        assert!(words.contains("belongs to the role of this run"), "{run}");
        assert_eq!(run.status, Some(0), "{run}");
    }
}

#[test]
#[expect(clippy::print_stderr, reason = "a test that is left out says so")]
fn where_rows_are_replicated_it_takes_no_more() {
    for server in servers() {
        let ends = Ends::for_all(server);
        let (source, target) = (&ends.source.sandbox, &ends.target.sandbox);
        // A slot waits for every transaction that is open: that would be for ever.
        let left_behind =
            "SELECT count(*)::text FROM pg_prepared_xacts WHERE prepared < now() - interval '10 seconds'";
        if source.value(left_behind) != "0" {
            let major = server.major;
            eprintln!(
                "SKIPPED: privileges beside replication: prepared transactions left on PostgreSQL {major}"
            );
            continue;
        }
        let name = unique_name("reseq_sub");
        source.execute("CREATE PUBLICATION p FOR TABLE orders");
        source.value(&format!("SELECT pg_create_logical_replication_slot('{name}', 'pgoutput')::text"));
        target.execute(&format!(
            "CREATE SUBSCRIPTION {name} CONNECTION '{}' PUBLICATION p WITH (create_slot = false, copy_data = false)",
            source.conninfo()
        ));
        let _dropped = Dropped(|| {
            target.execute(&format!("ALTER SUBSCRIPTION {name} DISABLE"));
            target.execute(&format!("DROP SUBSCRIPTION {name}"));
        });
        for (option, value) in [("--publication", "p"), ("--subscription", &name)] {
            let run = ends.carry(&[option, value, "--yes"]);
            assert_eq!((run.status, ends.reached()), (Some(0), [50, 1]), "{run}");
        }
        let run = ends.carry(&["--final", "--yes"]);
        let words = one_line(&run);
        let arrived =
            format!("Replicated: all changes that the subscription {name} brings (1 table) have arrived.");
        assert!(words.contains(&arrived), "{run}");
        assert!(words.contains("Note: no subscription brings the rows of public.customers;"), "{run}");
        assert_eq!(run.status, Some(0), "{run}");
    }
}

/// What it wrote, without the ends of lines.
fn one_line(run: &Run) -> String {
    run.stdout.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Does it in the end, whatever comes before.
struct Dropped<F: Fn()>(F);

impl<F: Fn()> Drop for Dropped<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}
