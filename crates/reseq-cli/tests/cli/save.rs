//! `reseq save`

use std::process::Command;

use reseq_scratch::testing;

use crate::support::{Sandbox, sandbox, snapshot};

/// Sequences of every kind, one of them with a name that must be quoted, another at the end of its type.
const SCRIPT: &str = r#"
    CREATE TABLE orders (id serial PRIMARY KEY);
    SELECT setval('orders_id_seq', 41);
    CREATE TABLE people (id bigint GENERATED ALWAYS AS IDENTITY (START 100 CACHE 5) PRIMARY KEY);
    CREATE SEQUENCE "a ""b'c" AS smallint INCREMENT -2 MINVALUE -101 MAXVALUE -1 CYCLE;
    SELECT nextval('"a ""b''c"');
    CREATE SEQUENCE used_up AS bigint;
    SELECT setval('used_up', 9223372036854775807);
"#;

const STATES: &str = r#"SELECT concat_ws(' ', (SELECT (last_value, is_called) FROM orders_id_seq),
    (SELECT (last_value, is_called) FROM people_id_seq), (SELECT (last_value, is_called) FROM "a ""b'c"),
    (SELECT (last_value, is_called) FROM used_up),
    (SELECT string_agg(concat(seqtypid::regtype, seqstart, seqmin, seqmax, seqincrement, seqcycle, seqcache), ' ' ORDER BY seqrelid::regclass::text) FROM pg_sequence),
    pg_get_serial_sequence('orders', 'id'))"#;

#[test]
fn the_json_is_what_its_schema_says() {
    let schema = serde_json::from_str(include_str!("../../../../schema/save.schema.json")).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    for server in testing::servers() {
        let sandbox = Sandbox::on(server, SCRIPT);
        let run = sandbox.reseq(&["save", "-"]);
        assert_eq!(run.status, Some(0), "{run}");
        let saved: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        let faults: Vec<String> = schema.iter_errors(&saved).map(|fault| fault.to_string()).collect();
        assert!(faults.is_empty(), "PostgreSQL {}: {faults:?}\n{run}", server.major);
        let names: Vec<&str> = saved["sequences"]
            .as_array()
            .unwrap()
            .iter()
            .map(|sequence| sequence["sequence"].as_str().unwrap())
            .collect();
        let all = [r#"public."a ""b'c""#, "public.orders_id_seq", "public.people_id_seq", "public.used_up"];
        assert_eq!(names, all);
        assert_eq!(saved["sequences"][3]["last_value"], i64::MAX);
    }
}

/// The script puts back what was altered, and makes what was dropped.
#[test]
fn the_script_makes_and_sets() {
    for server in testing::servers() {
        let sandbox = Sandbox::on(server, SCRIPT);
        let before = sandbox.value(STATES);
        let run = sandbox.reseq(&["save", "--format", "sql", "a.sql"]);
        assert_eq!(run.status, Some(0), "{run}");
        sandbox.execute(
            r#"ALTER TABLE orders ALTER id DROP DEFAULT; DROP SEQUENCE orders_id_seq, used_up;
               ALTER SEQUENCE people_id_seq INCREMENT 7 CACHE 1 RESTART 5000;
               ALTER SEQUENCE "a ""b'c" AS bigint MINVALUE -5000 NO CYCLE"#,
        );
        let mut psql = Command::new("psql");
        for (name, value) in sandbox.command(&[]).get_envs() {
            psql.env(name, value.unwrap_or_default());
        }
        let psql = psql.args(["-X", "-q", "-f", "a.sql"]).current_dir(sandbox.home()).output();
        let Ok(output) = psql else { return skipped("there is no psql on the PATH") };
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(sandbox.value(STATES), before, "PostgreSQL {}", server.major);
    }
}

#[expect(clippy::print_stderr, reason = "a test that is left out says so")]
fn skipped(why: &str) {
    eprintln!("SKIPPED: the script of reseq save: {why}");
}

#[test]
fn a_file_that_is_there_is_not_written_over_unasked() {
    let sandbox = sandbox(SCRIPT);
    snapshot!(sandbox.reseq(&["save", "a.json", "-s", "*_seq"]), @"
    Saved 2 sequences of DATABASE in a.json.
    ─── exit status 0
    ");
    snapshot!(sandbox.reseq(&["save", "a.json"]), @"
    ─── standard error
    reseq: a.json is there already, and is not written over
    hint: name another file, or add --overwrite
    ─── exit status 2
    ");
    snapshot!(sandbox.reseq(&["save", "a.json", "--overwrite"]), @"
    Saved 4 sequences of DATABASE in a.json.
    ─── exit status 0
    ");
    snapshot!(sandbox.reseq(&["save", "--overwrite", "."]), @"
    ─── standard error
    reseq: . is a folder
    hint: name a file in it
    ─── exit status 2
    ");
    snapshot!(sandbox.reseq(&["save", "/dev/full"]), @"
    ─── standard error
    reseq: could not write /dev/full: No space left on device (os error 28)
    ─── exit status 3
    ");
    snapshot!(sandbox.reseq(&["save", "nowhere/a.json"]), @"
    ─── standard error
    reseq: could not write nowhere/a.json: No such file or directory (os error 2)
    ─── exit status 3
    ");
    let files = std::fs::read_dir(sandbox.home()).unwrap().count();
    assert_eq!(files, 1, "nothing is left over");
}

#[test]
fn what_cannot_be_read_is_told() {
    let sandbox = sandbox(SCRIPT);
    let role = crate::support::Role::new(&sandbox, "reseq_save", "GRANT SELECT ON orders_id_seq TO ROLE");
    let run = sandbox.reseq(&["save", "-U", &role.name, "a.json", "-s", "*_seq"]);
    snapshot!(run, @"
    Saved 1 sequence of DATABASE in a.json.
    ─── standard error
    reseq: public.people_id_seq was not saved: ROLE may not read the state of public.people_id_seq
    hint: GRANT SELECT ON SEQUENCE public.people_id_seq TO ROLE;
    ─── exit status 3
    ");
}
