//! `reseq fix`

use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use crate::check::IMPORTED;
use crate::support::{Role, Run, Sandbox, sandbox, snapshot};

const OUTLIER: &str = "
    CREATE TABLE coupons (id serial PRIMARY KEY);
    INSERT INTO coupons SELECT generate_series(1, 500);
    INSERT INTO coupons VALUES (2147483647);
";

#[test]
fn the_plan_is_shown_carried_out_and_looked_at_again() {
    let shop = sandbox(IMPORTED);
    snapshot!(shop.reseq(&["fix", "--yes"]), @"
    DATABASE on HOST:PORT, PostgreSQL VERSION

    1 sequence to move by drawing: few values to draw, and drawing blocks nobody.
      public.orders_id_seq  1 → 13  12 calls

    Repaired, and looked at again: 1 sequence.
    Receipt: RECEIPT
    ─── exit status 0
    ");
    shop.execute("INSERT INTO orders DEFAULT VALUES");
    assert_eq!(shop.value("SELECT max(id)::text FROM orders"), "13");
    snapshot!(shop.reseq(&["fix", "--yes"]), @"
    All right: no sequence of DATABASE on HOST:PORT needs to be moved.
    ─── exit status 0
    ");
    snapshot!(shop.reseq(&["check"]), @"
    All right: 2 sequences of DATABASE on HOST:PORT.
    ─── exit status 0
    ");
}

#[test]
fn each_repaired_sequence_is_listed_on_demand() {
    snapshot!(sandbox(IMPORTED).reseq(&["fix", "--yes", "-v"]), @"
    DATABASE on HOST:PORT, PostgreSQL VERSION

    1 sequence to move by drawing: few values to draw, and drawing blocks nobody.
      public.orders_id_seq  1 → 13  12 calls

    Repaired, and looked at again: 1 sequence.
      public.orders_id_seq: last value 12, by 12 calls more
    Receipt: RECEIPT
    ─── exit status 0
    ");
}

#[test]
fn quiet_says_nothing_where_all_went_well() {
    snapshot!(sandbox(IMPORTED).reseq(&["fix", "--yes", "--quiet"]), @"─── exit status 0");
}

#[test]
fn without_a_terminal_it_takes_a_yes() {
    let shop = sandbox(IMPORTED);
    snapshot!(shop.reseq(&["fix"]), @"
    DATABASE on HOST:PORT, PostgreSQL VERSION

    1 sequence to move by drawing: few values to draw, and drawing blocks nobody.
      public.orders_id_seq  1 → 13  12 calls

    ─── standard error
    reseq: nothing was changed: there is no terminal to ask on
    hint: add --yes to repair without asking, or --dry-run to see the plan only
    ─── exit status 2
    ");
    assert_eq!(shop.value("SELECT is_called::text FROM orders_id_seq"), "false");
}

#[test]
fn a_dry_run_changes_nothing() {
    let shop = sandbox(IMPORTED);
    snapshot!(shop.reseq(&["fix", "--dry-run"]), @"
    DATABASE on HOST:PORT, PostgreSQL VERSION

    1 sequence to move by drawing: few values to draw, and drawing blocks nobody.
      public.orders_id_seq  1 → 13  12 calls

    ─── exit status 0
    ");
    assert_eq!(shop.value("SELECT is_called::text FROM orders_id_seq"), "false");
    let run = shop.reseq(&["fix", "--dry-run", "--yes"]);
    assert!(run.stdout.contains("public.orders_id_seq  1 → 13  12 calls"), "{run}");
    assert_eq!((run.stderr.as_str(), run.status), ("", Some(0)), "{run}");
    assert_eq!(shop.value("SELECT is_called::text FROM orders_id_seq"), "false");
}

#[test]
fn a_script_does_the_same() {
    let shop = sandbox(IMPORTED);
    let run = shop.reseq(&["fix", "--dry-run", "--format", "sql"]);
    assert_eq!(run.status, Some(0), "{run}");
    let script: String =
        run.stdout.lines().filter(|line| !line.starts_with('\\')).fold(String::new(), |a, b| a + b + "\n");
    shop.execute(&script);
    assert_eq!(shop.reseq(&["check"]).status, Some(0), "{script}");
    snapshot!(shop.reseq(&["fix", "--format", "sql"]), @"
    ─── standard error
    reseq: --format sql writes a script and changes nothing
    hint: add --dry-run, and run the script with psql
    ─── exit status 2
    ");
}

#[test]
fn an_outlier_is_left_alone_until_it_is_left_out() {
    let shop = sandbox(OUTLIER);
    snapshot!(shop.reseq(&["fix", "--yes"]), @"
    DATABASE on HOST:PORT, PostgreSQL VERSION

    Left alone:
    public.coupons_id_seq
      outlier       row 2147483647 of public.coupons.id lies far beyond the rest,
                    which ends at 500: going past it would leave 0 calls; give it
                    another value, or leave it out with --ignore-above 500
      hint          reseq fix -s public.coupons_id_seq --ignore-above 500

    ─── exit status 1
    ");
    snapshot!(shop.reseq(&["fix", "--yes", "--ignore-above", "coupons_id_seq=500"]), @"
    DATABASE on HOST:PORT, PostgreSQL VERSION

    1 sequence to move by drawing: few values to draw, and drawing blocks nobody.
      public.coupons_id_seq  1 → 501  500 calls

    Repaired, and looked at again: 1 sequence.
    Receipt: RECEIPT
    ─── exit status 0
    ");
    shop.execute("INSERT INTO coupons DEFAULT VALUES");
    assert_eq!(shop.value("SELECT last_value::text FROM coupons_id_seq"), "501");
}

#[test]
fn rows_can_be_left_out_in_all_sequences() {
    let shop = sandbox(OUTLIER);
    let run =
        shop.reseq(&["fix", "--yes", "--ignore-above=1000", "--ignore-above", "public.coupons_id_seq=2000"]);
    assert_eq!(run.status, Some(0), "{run}");
    snapshot!(shop.reseq(&["fix", "--yes", "--ignore-above", "nothing=1"]), @"
    ─── standard error
    reseq: there is no sequence nothing
    hint: capitals and special characters need double quotes, as in SQL
    ─── exit status 2
    ");
    snapshot!(shop.reseq(&["fix", "--yes", "--ignore-above", "many"]), @"
    ─── standard error
    error: invalid value 'many' for '--ignore-above <[SEQUENCE=]N>': expected a whole number, or SEQUENCE=NUMBER

    For more information, try '--help'.
    ─── exit status 2
    ");
}

#[test]
fn a_far_row_of_a_sequence_that_was_never_called_is_left_alone() {
    let shop =
        sandbox("CREATE TABLE coupons (id serial PRIMARY KEY); INSERT INTO coupons VALUES (2147483600)");
    let database = shop.database.as_str();
    let run = shop.reseq(&["fix", "--yes", "-p", shop.port(), "-d", database]);
    assert_eq!(run.status, Some(1), "{run}");
    let words = run.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        words.contains("row 2147483600 of public.coupons.id lies far beyond where the sequence begins, 1"),
        "{run}"
    );
    let command = format!("-p {} -d {database} -s public.coupons_id_seq --ignore-above 1", shop.port());
    assert!(words.contains(&format!("hint reseq fix {command}")), "{run}");
    assert_eq!(shop.value("SELECT is_called::text FROM coupons_id_seq"), "false");

    let check = shop.reseq(&["check", "-p", shop.port(), "-d", database]);
    assert!(check.stdout.contains(&format!("\n  ignore   reseq fix {command}\n")), "{check}");
    let arguments: Vec<&str> = command.split(' ').collect();
    let run = shop.reseq(&[&["fix", "--yes"], arguments.as_slice()].concat());
    assert_eq!(run.status, Some(0), "{run}");
    shop.execute("INSERT INTO coupons DEFAULT VALUES");
    assert_eq!(shop.value("SELECT min(id)::text FROM coupons"), "1");
}

#[test]
fn a_sequence_that_is_nearly_used_up_by_the_repair_is_said_to_be() {
    let shop = sandbox(
        "CREATE TABLE tickets (id serial PRIMARY KEY);
         INSERT INTO tickets SELECT generate_series(2147483580, 2147483600)",
    );
    snapshot!(shop.reseq(&["fix", "--yes"]), @"
    DATABASE on HOST:PORT, PostgreSQL VERSION

    1 sequence to move by ALTER SEQUENCE: too many values to draw, and the role owns
    the sequence.
      public.tickets_id_seq  1 → 2147483601  2,147,483,600 calls
        nearly used up then: 47 calls will be left

    Repaired, and looked at again: 1 sequence.
    public.tickets_id_seq is nearly used up now: 47 calls left
    Receipt: RECEIPT
    ─── exit status 0
    ");
}

#[test]
fn calls_can_be_kept_to_spare() {
    let shop = sandbox(IMPORTED);
    let run = shop.reseq(&["fix", "-y", "--headroom", "1000", "-s", "orders_id_seq"]);
    assert_eq!(run.status, Some(0), "{run}");
    assert_eq!(shop.value("SELECT nextval('orders_id_seq')::text"), "1013");
}

#[test]
fn rows_of_open_transactions_are_waited_for_as_long_as_said() {
    let shop = sandbox(IMPORTED);
    let mut other = shop.connect();
    other.simple("BEGIN; INSERT INTO orders VALUES (100)").unwrap();
    let run = shop.reseq(&["fix", "--yes", "--wait", "0"]);
    assert!(run.stdout.contains("  not certain   moved, but rows may still come in ahead of it"), "{run}");
    assert_eq!(run.status, Some(3));
    let pending = shop
        .command(&["fix", "--yes", "--wait", "60", "--headroom", "5"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    thread::sleep(Duration::from_millis(300));
    other.simple("COMMIT").unwrap();
    let run = Run::from(pending.wait_with_output().unwrap());
    assert_eq!(run.status, Some(0), "{run}");
    assert_eq!(shop.value("SELECT nextval('orders_id_seq')::text"), "106");
}

#[test]
fn rows_of_open_transactions_count_where_all_looks_right_too() {
    let shop = sandbox(IMPORTED);
    assert_eq!(shop.reseq(&["fix", "--yes"]).status, Some(0));
    let mut other = shop.connect();
    other.simple("BEGIN; INSERT INTO orders VALUES (100)").unwrap();
    let run = shop.reseq(&["fix", "--yes", "--wait", "0"]);
    let (start, process) = run.stdout.split_once("of process").unwrap_or_else(|| unreachable!("{run}"));
    snapshot!(start, @"
    Remaining:
    public.orders_id_seq
      behind        nobody can say yet: rows may still come in ahead of it, from
                    what has written to its tables and is still open: the
                    transaction
    ");
    assert!(process.contains("run it again when they have ended, or with a longer --wait"), "{run}");
    assert_eq!(run.status, Some(3));
    let pending = shop
        .command(&["fix", "--yes", "--wait", "60"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    thread::sleep(Duration::from_millis(300));
    other.simple("COMMIT").unwrap();
    snapshot!(Run::from(pending.wait_with_output().unwrap()), @"
    Repaired, and looked at again: 1 sequence.
      public.orders_id_seq: last value 100, by 88 calls more
    Receipt: RECEIPT
    ─── exit status 0
    ");
    assert_eq!(shop.value("SELECT nextval('orders_id_seq')::text"), "101");
}

#[test]
fn what_is_not_permitted_is_said() {
    let shop = sandbox(IMPORTED);
    let grants = "GRANT SELECT ON ALL TABLES IN SCHEMA public TO ROLE;
                  GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO ROLE";
    let role = Role::new(&shop, "reseq_mover", grants);
    let run = shop.reseq(&["fix", "--yes", "-U", &role.name]);
    snapshot!(run, @"
    DATABASE on HOST:PORT, PostgreSQL VERSION

    Left alone:
    public.orders_id_seq
      behind        the role may not move the sequence
      hint          GRANT USAGE ON SEQUENCE public.orders_id_seq TO
                    ROLE

    ─── exit status 3
    ");
}

#[test]
fn a_receipt_that_cannot_be_written_stops_it_before_anything_is_changed() {
    let shop = sandbox(IMPORTED);
    std::fs::write(shop.home().join("state"), "").unwrap();
    let run = shop.reseq(&["fix", "--yes"]);
    assert!(run.stderr.starts_with("reseq: could not make the folder "), "{run}");
    assert_eq!(run.status, Some(3));
    assert_eq!(shop.value("SELECT is_called::text FROM orders_id_seq"), "false");
}

#[test]
fn an_interrupted_repair_says_what_was_done() {
    let shop = sandbox(IMPORTED);
    let mut other = shop.connect();
    other.simple("BEGIN; INSERT INTO orders VALUES (100)").unwrap();
    let fix = shop
        .command(&["fix", "--yes", "--wait", "60"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    while shop.value("SELECT last_value::text FROM orders_id_seq") != "12" {
        thread::sleep(Duration::from_millis(20));
    }
    signal(&fix, "INT");
    let run = Run::from(fix.wait_with_output().unwrap());
    let unseen =
        "public.orders_id_seq\n  not certain   it was moved, but could not be looked at again: interrupted\n";
    assert!(run.stdout.contains(unseen), "{run}");
    assert!(run.stdout.contains("\nReceipt: "), "{run}");
    assert_eq!((run.stderr.as_str(), run.status), ("reseq: interrupted\n", Some(3)), "{run}");
}

#[test]
fn a_script_is_for_one_database() {
    let shop = sandbox(IMPORTED);
    let run = shop.reseq(&["fix", "--all", "--dry-run", "--format", "sql"]);
    assert_eq!(run.status, Some(2), "{run}");
    assert!(run.stderr.contains("a script is for one database"), "{run}");
}

#[test]
fn while_connecting_the_first_signal_ends_the_run() {
    let shop = sandbox("");
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port().to_string();
    for name in ["INT", "TERM", "HUP"] {
        let check = shop
            .command(&["check", "-h", "127.0.0.1", "-p", &port])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (_connection, _) = silent.accept().unwrap();
        signal(&check, name);
        let run = Run::from(check.wait_with_output().unwrap());
        assert_eq!((run.stderr.as_str(), run.status), ("reseq: interrupted\n", Some(3)), "{name}: {run}");
    }
}

#[test]
fn under_nohup_a_run_goes_on_without_its_terminal() {
    let shop = sandbox(IMPORTED);
    let mut other = shop.connect();
    other.simple("BEGIN; LOCK TABLE orders").unwrap();
    let command = shop.command(&["check", "--lock-timeout", "1min"]);
    let mut nohup = Command::new("sh");
    nohup.args(["-c", "trap '' HUP; exec \"$0\" check --lock-timeout 1min"]).arg(command.get_program());
    nohup.env_clear().envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    nohup.current_dir(shop.home()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let check = nohup.spawn().unwrap();
    wait_until_one_waits(&shop);
    signal(&check, "HUP");
    other.simple("COMMIT").unwrap();
    let run = Run::from(check.wait_with_output().unwrap());
    assert_eq!((run.stderr.as_str(), run.status), ("", Some(1)), "{run}");
}

pub(crate) fn signal(child: &Child, name: &str) {
    let kill = Command::new("kill").args([&format!("-{name}"), &child.id().to_string()]).status().unwrap();
    assert!(kill.success());
}

/// Waits until a lock is waited for.
fn wait_until_one_waits(shop: &Sandbox) {
    const WAITING: &str = "SELECT count(*)::text FROM pg_locks WHERE NOT granted AND database = (SELECT oid FROM \
                           pg_database WHERE datname = current_database())";
    while shop.value(WAITING) == "0" {
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_run_that_is_interrupted_ends_with_status_3() {
    let shop = sandbox(IMPORTED);
    let mut other = shop.connect();
    other.simple("BEGIN; LOCK TABLE orders").unwrap();
    let check = shop
        .command(&["check", "--lock-timeout", "1min"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    wait_until_one_waits(&shop);
    signal(&check, "INT");
    snapshot!(Run::from(check.wait_with_output().unwrap()), @"
    ─── standard error
    reseq: interrupted
    ─── exit status 3
    ");
}
