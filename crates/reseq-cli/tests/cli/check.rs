//! `reseq check`

use std::io::Read as _;
use std::process::Stdio;

use crate::support::{Role, Sandbox, sandbox, snapshot};

/// Rows that came with their ids, and a sequence that nobody told.
pub(crate) const IMPORTED: &str = "
    CREATE TABLE orders (id serial PRIMARY KEY);
    INSERT INTO orders SELECT generate_series(1, 12);
    CREATE TABLE healthy (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
    INSERT INTO healthy DEFAULT VALUES;
";

#[test]
fn what_is_wrong_is_told_with_what_helps() {
    snapshot!(sandbox(IMPORTED).reseq(&["check"]), @"
    DATABASE on HOST:PORT, PostgreSQL VERSION

    public.orders_id_seq → public.orders.id
      ERROR    behind        the next 12 inserts fail: 1 is already in
                             public.orders.id, whose rows go up to 12
      repair   reseq fix -t public.orders

    1 error in 1 of 2 sequences.
    To repair 1 sequence: reseq fix
    ─── exit status 1
    ");
}

#[test]
fn everything_is_listed_on_demand() {
    snapshot!(sandbox(IMPORTED).reseq(&["check", "--verbose"]), @"
    DATABASE on HOST:PORT, PostgreSQL VERSION

    public.orders_id_seq → public.orders.id
      ERROR    behind        the next 12 inserts fail: 1 is already in
                             public.orders.id, whose rows go up to 12
      repair   reseq fix -t public.orders

    public.healthy_id_seq → public.healthy.id
      ok       next 2, rows up to 1, 0.0 % used, 9,223,372,036,854,775,806 calls
               left

    1 error in 1 of 2 sequences.
    To repair 1 sequence: reseq fix
    ─── exit status 1
    ");
}

#[test]
fn all_right_is_one_line_and_with_quiet_none() {
    let healthy = sandbox("CREATE TABLE t (id serial PRIMARY KEY); INSERT INTO t DEFAULT VALUES");
    snapshot!(healthy.reseq(&["check"]), @"
    All right: 1 sequence of DATABASE on HOST:PORT.
    ─── exit status 0
    ");
    snapshot!(healthy.reseq(&["check", "-q"]), @"─── exit status 0");
    snapshot!(sandbox("SELECT 1").reseq(&["check"]), @"
    No sequences in DATABASE on HOST:PORT.
    ─── exit status 0
    ");
}

#[test]
fn quiet_is_not_silent_about_what_is_wrong() {
    let run = sandbox(IMPORTED).reseq(&["check", "-q"]);
    assert!(run.stdout.contains("the next 12 inserts fail"), "{run}");
}

#[test]
fn the_bar_of_the_exit_status_can_be_set() {
    let unowned =
        sandbox("CREATE SEQUENCE numbers; CREATE TABLE t (id bigint PRIMARY KEY DEFAULT nextval('numbers'))");
    let status = |arguments: &[&str]| unowned.reseq(&[&["check"], arguments].concat()).status;
    assert_eq!(status(&[]), Some(0));
    assert_eq!(status(&["--fail-on", "error"]), Some(0));
    assert_eq!(status(&["--fail-on", "warning"]), Some(0));
    assert_eq!(status(&["--fail-on", "note"]), Some(1));
    let imported = sandbox(IMPORTED);
    assert_eq!(imported.reseq(&["check", "--fail-on", "never"]).status, Some(0));
}

#[test]
fn notes_are_listed_where_they_count() {
    let unowned =
        sandbox("CREATE SEQUENCE numbers; CREATE TABLE t (id bigint PRIMARY KEY DEFAULT nextval('numbers'))");
    snapshot!(unowned.reseq(&["check"]), @"
    All right: 1 sequence of DATABASE on HOST:PORT; noted: 1 not-owned (-v lists them).
    ─── exit status 0
    ");
    snapshot!(unowned.reseq(&["check", "--fail-on", "note"]), @"
    DATABASE on HOST:PORT, PostgreSQL VERSION

    public.numbers → public.t.id
      note     not-owned     public.t.id draws from it, no column owns it: TRUNCATE
                             … RESTART IDENTITY and pg_dump -t pass it by
      by hand  ALTER SEQUENCE public.numbers OWNED BY public.t.id;

    1 note in 1 of 1 sequence.
    ─── exit status 1
    ");
}

#[test]
fn findings_can_be_chosen() {
    let imported = sandbox(IMPORTED);
    snapshot!(imported.reseq(&["check", "--only", "exhausted,exhausting"]), @"
    No findings (looked for: exhausted, exhausting): 2 sequences of DATABASE on HOST:PORT.
    ─── exit status 0
    ");
    snapshot!(imported.reseq(&["check", "--except", "behind"]), @"
    No findings (not looked for: behind): 2 sequences of DATABASE on HOST:PORT.
    ─── exit status 0
    ");
    snapshot!(imported.reseq(&["check", "--only", "behnd"]), @r#"
    ─── standard error
    error: invalid value 'behnd' for '--only <CODE,…>': there is no finding "behnd"; there are behind, exhausted, exhausting, outlier, blocked, not-owned, owned-unused, type-mismatch, fk-narrower, no-grant, cached, cycles, unreadable, unresolved

    For more information, try '--help'.
    ─── exit status 2
    "#);
}

#[test]
fn the_thresholds_of_exhausting_can_be_set() {
    let half = sandbox("CREATE TABLE t (id smallserial PRIMARY KEY); SELECT setval('t_id_seq', 16384)");
    let run = |arguments: &[&str]| half.reseq(&[&["check", "--only", "exhausting"], arguments].concat());
    assert_eq!(run(&[]).status, Some(0));
    let warned = run(&["--exhausting-warning", "50"]);
    assert!(warned.stdout.contains("  WARNING  exhausting    50.0 % used"), "{warned}");
    assert_eq!(warned.status, Some(0));
    assert_eq!(run(&["--exhausting-warning", "40", "--exhausting-error", "50%"]).status, Some(1));
    assert_eq!(run(&["--exhausting-error", "50"]).status, Some(1));
    assert_eq!(run(&["--exhausting-error", "51"]).stdout, run(&[]).stdout);
    snapshot!(run(&["--exhausting-warning", "75", "--exhausting-error", "50"]), @"
    ─── standard error
    reseq: exhausting is a warning from 75 % on but an error from 50 % on
    hint: give --exhausting-warning a smaller share
    ─── exit status 2
    ");
    snapshot!(run(&["--exhausting-error", "half"]), @"
    ─── standard error
    error: invalid value 'half' for '--exhausting-error <PERCENT>': expected percent, 0 to 100

    For more information, try '--help'.
    ─── exit status 2
    ");
}

#[test]
fn no_connection_at_all_is_wrong_usage() {
    snapshot!(crate::support::reseq(&["check", "--jobs", "0"]), @r#"
    ─── standard error
    error: invalid value '0' for '--jobs <NUMBER>': "0" is not a number of connections, 1 or more

    For more information, try '--help'.
    ─── exit status 2
    "#);
}

#[test]
fn where_the_error_begins_earlier_far_rows_are_outliers_earlier() {
    let shop = sandbox(
        "CREATE TABLE t (id serial PRIMARY KEY); INSERT INTO t SELECT generate_series(1, 5);
         INSERT INTO t VALUES (1800000000)",
    );
    let run = shop.reseq(&["check"]);
    assert!(run.stdout.contains("  ERROR    behind "), "{run}");
    let run = shop.reseq(&["check", "--exhausting-error", "80"]);
    assert!(run.stdout.contains("  ERROR    outlier       row 1800000000 of public.t.id lies far"), "{run}");
    std::fs::write(shop.home().join("reseq.toml"), "[check]\nexhausting_error = 80\n").unwrap();
    let run = shop.reseq(&["fix", "--yes"]);
    assert!(run.stdout.contains("--ignore-above 5"), "{run}");
    assert_eq!((run.status, shop.value("SELECT is_called::text FROM t_id_seq").as_str()), (Some(1), "false"));
}

#[test]
fn what_cannot_be_read_is_status_3() {
    let shop = sandbox(IMPORTED);
    let role = Role::new(&shop, "reseq_reader", "GRANT SELECT ON SEQUENCE orders_id_seq TO ROLE");
    let run = shop.reseq(&["check", "-U", &role.name]);
    snapshot!(run, @"
    DATABASE on HOST:PORT, PostgreSQL VERSION

    public.healthy_id_seq → public.healthy.id
      NOT READ unreadable    could not read public.healthy_id_seq:
                             ROLE may not read the state of
                             public.healthy_id_seq; GRANT SELECT ON SEQUENCE
                             public.healthy_id_seq TO ROLE;
      NOT READ unreadable    could not read public.healthy.id: no SELECT privilege
                             on column id of public.healthy; GRANT SELECT (id) ON
                             public.healthy TO ROLE;

    public.orders_id_seq → public.orders.id
      NOT READ unreadable    could not read public.orders.id: no SELECT privilege on
                             column id of public.orders; GRANT SELECT (id) ON
                             public.orders TO ROLE;

    3 objects not read in 2 of 2 sequences. Not everything could be looked at:
    nothing is known of what is NOT READ.
    ─── exit status 3
    ");
}

#[test]
fn columns_without_an_index_are_read_up_to_a_size() {
    let unindexed = sandbox("CREATE TABLE t (id serial); INSERT INTO t SELECT generate_series(1, 100000)");
    let run = unindexed.reseq(&["check", "--scan-limit", "1MB"]);
    assert!(run.stdout.contains("  NOT READ unreadable"), "{run}");
    assert_eq!(run.status, Some(3));
    let run = unindexed.reseq(&["check", "--scan-limit", "10MB", "--fail-on", "warning"]);
    assert!(run.stdout.contains("  WARNING  behind"), "{run}");
    assert_eq!(run.status, Some(1));
}

#[test]
fn a_lock_is_not_waited_for_longer_than_said() {
    let shop = sandbox(IMPORTED);
    let mut other = shop.connect();
    other.simple("BEGIN; LOCK TABLE orders").unwrap();
    let run = shop.reseq(&["check", "--lock-timeout", "50ms", "--statement-timeout", "20s", "-j", "1"]);
    assert!(
        run.stdout.contains("public.orders is\n                         locked by another session"),
        "{run}"
    );
    assert_eq!(run.status, Some(3));
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let shop = sandbox(IMPORTED);
    for format in ["table", "json", "csv", "markdown"] {
        let mut child = shop
            .command(&["check", "--format", format])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let mut stderr = String::new();
        child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        assert_eq!((child.wait().unwrap().code(), stderr.as_str()), (Some(0), ""), "{format}");
    }
}

#[test]
fn colour_is_an_addition() {
    let shop = sandbox(IMPORTED);
    let plain = shop.reseq(&["check"]).stdout;
    assert!(!plain.contains('\x1b'));
    assert_eq!(shop.reseq(&["check", "--color", "never"]).stdout, plain);
    let colored = shop.reseq(&["check", "--color", "always"]).stdout;
    assert!(colored.contains("\x1b[1m\x1b[31mERROR"), "{colored:?}");
}

#[test]
fn nothing_is_changed() {
    let shop = sandbox(IMPORTED);
    let state = |shop: &Sandbox| shop.value("SELECT last_value::text || is_called FROM orders_id_seq");
    let before = state(&shop);
    shop.reseq(&["check"]);
    assert_eq!(state(&shop), before);
}
