//! `--format`

use serde_json::Value;

use crate::check::IMPORTED;
use crate::support::{Run, reseq, sandbox, snapshot};

/// What the run wrote, as JSON that fits the schema.
pub(crate) fn valid(schema: &str, run: &Run) -> Value {
    let path = format!("{}/../../schema/{schema}", env!("CARGO_MANIFEST_DIR"));
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let value: Value =
        serde_json::from_str(&run.stdout).unwrap_or_else(|error| unreachable!("{error}: {run}"));
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let errors: Vec<_> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:#?}\n{run}");
    value
}

#[test]
fn json_of_check_fits_its_schema() {
    let run = sandbox(IMPORTED).reseq(&["check", "--format", "json"]);
    let value = valid("check.schema.json", &run);
    assert_eq!(run.status, Some(1));
    assert_eq!(value["complete"], true);
    let orders = &value["sequences"][1];
    assert_eq!(orders["sequence"], "public.orders_id_seq");
    assert_eq!(orders["findings"][0]["fix"]["next_value"], 13);
}

#[test]
fn json_of_fix_fits_its_schema() {
    let shop = sandbox(IMPORTED);
    let planned = valid("fix.schema.json", &shop.reseq(&["fix", "--dry-run", "--format", "json"]));
    assert_eq!(planned["sequences"][0]["status"], "planned");
    let run = shop.reseq(&["fix", "--yes", "--format", "json"]);
    let done = valid("fix.schema.json", &run);
    assert_eq!(done["sequences"][0]["status"], "repaired");
    assert_eq!((run.stderr.as_str(), run.status), ("", Some(0)));
    let nothing = valid("fix.schema.json", &shop.reseq(&["fix", "--yes", "--format", "json"]));
    assert_eq!(nothing["sequences"], Value::Array(Vec::new()));
}

#[test]
fn csv_has_a_header_and_rows() {
    snapshot!(sandbox(IMPORTED).reseq(&["check", "--format", "csv"]), @r#"
    database,host,port,sequence,columns,severity,code,message,next_value,ceiling,used_percent,room,fix_next_value,fix_sql,only,except,standby
    DATABASE,HOST,PORT,public.healthy_id_seq,public.healthy.id,,,,2,9223372036854775807,0.00,9223372036854775806,,,,,
    DATABASE,HOST,PORT,public.orders_id_seq,public.orders.id,error,behind,"the next 12 inserts fail: 1 is already in public.orders.id, whose rows go up to 12",1,2147483647,0.00,2147483647,13,"SELECT count(pg_catalog.nextval('public.orders_id_seq')) FROM pg_catalog.generate_series(1, 12)",,,
    ─── exit status 1
    "#);
}

#[test]
fn markdown_is_a_table() {
    snapshot!(sandbox(IMPORTED).reseq(&["check", "--format", "markdown"]), @"
    **DATABASE**: 1 error in 2 sequences

    | severity | finding | sequence | what is wrong | by hand |
    |---|---|---|---|---|
    | error | behind | `public.orders_id_seq` | the next 12 inserts fail: 1 is already in public.orders.id, whose rows go up to 12 | `SELECT count(pg_catalog.nextval('public.orders_id_seq')) FROM pg_catalog.generate_series(1, 12)` |
    ─── exit status 1
    ");
}

#[test]
fn a_monitoring_system_reads_one_line_and_its_own_statuses() {
    snapshot!(sandbox(IMPORTED).reseq(&["check", "--format", "nagios"]), @"
    RESEQ CRITICAL - 1 error in 2 sequences, public.orders_id_seq behind (the next 12 inserts fail: 1 is already in public.orders.id, whose rows go up to 12) | sequences=2;;;0 errors=1;;;0 warnings=0;;;0 unread=0;;;0 'DATABASE public.healthy_id_seq'=0.00%;75;90;0;100 'DATABASE public.orders_id_seq'=0.00%;75;90;0;100
    ─── exit status 2
    ");
    let healthy = sandbox("CREATE TABLE t (id serial)").reseq(&["check", "--format", "nagios"]);
    assert!(healthy.stdout.starts_with("RESEQ OK - "), "{healthy}");
    assert_eq!(healthy.status, Some(0));
}

#[test]
fn every_format_says_what_was_not_looked_for() {
    let shop = sandbox(IMPORTED);
    std::fs::write(shop.home().join("reseq.toml"), "[check]\nexcept = [\"behind\"]\n").unwrap();
    let run = |format| shop.reseq(&["check", "--format", format]);
    assert!(run("table").stdout.starts_with("No findings (not looked for: behind): 2 sequences of "));
    assert_eq!(valid("check.schema.json", &run("json"))["except"], serde_json::json!(["behind"]));
    assert!(run("csv").stdout.lines().skip(1).all(|row| row.ends_with(",,,,behind,")), "{}", run("csv"));
    let markdown = format!("**{}**: no findings in 2 sequences (not looked for: behind)\n", shop.database);
    assert_eq!(run("markdown").stdout.replace('\\', ""), markdown);
    let nagios = "RESEQ OK - no findings in 2 sequences (not looked for: behind) | sequences=2;;;0 ";
    assert!(run("nagios").stdout.starts_with(nagios), "{}", run("nagios"));
    let run = shop.reseq(&["check", "--only", "behind,cycles"]);
    assert!(run.stdout.contains("1 error in 1 of 2 sequences (looked for: behind, cycles)."), "{run}");
}

#[test]
fn a_monitoring_system_is_told_when_nothing_is_known() {
    snapshot!(reseq(&["check", "--format", "nagios", "-h", "/nowhere"]), @r#"
    RESEQ UNKNOWN - not everything could be read in 0 sequences, reseq: connection to server on socket "/nowhere/.s.PGSQL.5432" failed: No such file or directory  Is the server running locally and accepting connections on that sock… | sequences=0;;;0 errors=0;;;0 warnings=0;;;0 unread=0;;;0
    ─── standard error
    reseq: connection to server on socket "/nowhere/.s.PGSQL.5432" failed: No such file or directory
    	Is the server running locally and accepting connections on that socket?
    hint: No server has its socket there. Name the host (localhost for TCP) and the port it listens on.
    ─── exit status 3
    "#);
    snapshot!(reseq(&["check", "--format=nagios", "--nonsense"]), @"
    RESEQ UNKNOWN - not everything could be read in 0 sequences, reseq: wrong usage | sequences=0;;;0 errors=0;;;0 warnings=0;;;0 unread=0;;;0
    ─── standard error
    error: unexpected argument '--nonsense' found

      tip: to pass '--nonsense' as a value, use '-- --nonsense'

    Usage: reseq check --format <FORMAT> [DBNAME]

    For more information, try '--help'.
    ─── exit status 3
    ");
}

#[test]
fn an_unknown_format_is_wrong_usage() {
    snapshot!(reseq(&["check", "--format", "xml"]), @"
    ─── standard error
    error: invalid value 'xml' for '--format <FORMAT>'
      [possible values: table, json, csv, markdown, nagios]

    For more information, try '--help'.
    ─── exit status 2
    ");
}
