//! Names that break whatever puts them together carelessly. Every method and the script move the sequences that they
//! mean, and no other.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use reseq::apply::ApplyOptions;
use reseq::catalog;
use reseq::diagnose::Code;
use reseq::model::quote_literal;
use reseq::plan::{FixOptions, Method, ScriptOptions, script};
use reseq::session::Sessions;

use crate::checking::check;
use crate::fixing::{assert_all_repaired, carry_out, plan};
use crate::support::{Database, Role, on_newest, on_versions};

/// Each is the name of a schema, of a table in it, of the column, and of another sequence in the schema.
const NAMES: &[&str] = &[
    "it's",
    r#"say "yes""#,
    "a.b",
    "semi;colon",
    r"back\slash\",
    r"\! touch x",
    r"\q",
    "new\nline",
    "new\r\n\\q",
    "tab\there",
    " space ",
    "100%I %s %1$s %%",
    "$1 $$ $tag$",
    ":name :'name' :\"name\"",
    "{name} {sequence} {calls}",
    "-- comment",
    "/* comment",
    "é日本語🐘",
    "user",
    "select",
    "default",
    "CamelCase",
    "'); SELECT nextval('public.victim'); --",
    r#""; SELECT nextval('public.victim'); --"#,
    r"\'; SELECT nextval('public.victim'); --",
    "x' OR 'x'='x",
    "63_bytes_63_bytes_63_bytes_63_bytes_63_bytes_63_bytes_63_bytes_",
    "ééééééééééééééééééééééééééééééé1",
    "victim",
];

/// What a name that is read carelessly may lead to. None of them may move.
const DECOYS: &str = r#"
    CREATE SEQUENCE victim; SELECT nextval('victim');
    CREATE SCHEMA a; CREATE SEQUENCE a.b; CREATE SCHEMA its; CREATE SEQUENCE its.its;
    CREATE SCHEMA camelcase; CREATE TABLE camelcase.camelcase (camelcase serial PRIMARY KEY);
    CREATE SCHEMA "back\\slash\\"; CREATE TABLE "back\\slash\\"."back\\slash\\" ("back\\slash\\" serial PRIMARY KEY);
"#;

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// For each name a serial column in which schema, table and column have it, and a column whose default draws from a
/// sequence of that name. Seven rows each.
fn create(database: &Database) {
    database.connect().simple(DECOYS).unwrap();
    for (number, name) in NAMES.iter().enumerate() {
        let name = quoted(name);
        let sequence = quote_literal(&format!("s{number}.{name}"));
        let script = format!(
            "CREATE SCHEMA {name}; CREATE TABLE {name}.{name} ({name} serial PRIMARY KEY);
             INSERT INTO {name}.{name} SELECT generate_series(1, 7);
             CREATE SCHEMA s{number}; CREATE SEQUENCE s{number}.{name};
             CREATE TABLE s{number}.t ({name} int PRIMARY KEY DEFAULT nextval({sequence}));
             INSERT INTO s{number}.t SELECT generate_series(1, 7)"
        );
        database.connect().simple(&script).unwrap();
    }
}

/// What a role needs to set all of them.
fn grants(role: &Role) -> String {
    let schemas = NAMES.iter().map(|name| quoted(name));
    let schemas = schemas.chain((0..NAMES.len()).map(|number| format!("s{number}")));
    // Without them its look would be incomplete.
    let decoys = ["public", "a", "its", "camelcase", r#""back\\slash\\""#].map(str::to_owned);
    let grant = |schema: String| {
        format!(
            "GRANT USAGE ON SCHEMA {schema} TO {role}; GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {role};
             GRANT SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA {schema} TO {role};"
        )
    };
    schemas.chain(decoys).map(grant).collect()
}

/// Asserts that the sequences of the names are right and the decoys are where they were; then takes them back.
fn assert_moved_and_take_back(database: &Database, how: &str) {
    let states = "SELECT concat_ws('; ', count(*) FILTER (WHERE last_value = 7), count(*) FILTER (WHERE last_value = 1),
                                   count(*) FILTER (WHERE last_value IS NULL)) FROM pg_sequences";
    let right = format!("{}; 1; 4", 2 * NAMES.len());
    assert_eq!(database.value(states), right, "{how} on {}", database.major());
    let back =
        "SELECT setval(seqrelid::regclass, 1, false) FROM pg_sequence WHERE seqrelid <> 'victim'::regclass";
    database.connect().simple(back).unwrap();
}

/// The script of a plan goes through psql, if there is one.
#[expect(clippy::print_stderr, reason = "tests that are left out are said so loudly")]
fn run_script(database: &Database, script: &str) -> bool {
    let psql = Command::new("psql")
        .args(["-X", "-q", "-f", "-", "-d", &database.conninfo()])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn();
    let mut psql = match psql {
        Ok(psql) => psql,
        Err(error) => {
            eprintln!("SKIPPED: scripts through psql: {error}");
            return false;
        }
    };
    psql.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
    let output = psql.wait_with_output().unwrap();
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && words.is_empty(), "on {}: {words}", database.major());
    true
}

/// Repairs by one method, and then once more by its script.
fn repair_by(database: &Database, sessions: &mut Sessions, method: Method, draw_limit: u64) {
    let fix = FixOptions { draw_limit, ..FixOptions::default() };
    let options = ApplyOptions { fix, ..ApplyOptions::default() };
    let planned = plan(sessions, &options);
    assert_eq!(planned.1.steps.len(), 2 * NAMES.len());
    assert!(planned.1.steps.iter().all(|step| step.method == method));
    assert_all_repaired(&carry_out(sessions, &planned, &options).outcome);
    assert_moved_and_take_back(database, &format!("{method:?}"));

    let script_options = ScriptOptions {
        made_for: "a test\n\\q".to_owned(),
        statement_timeout: Duration::from_secs(60),
        lock_timeout: Duration::from_secs(1),
    };
    let script: String = script(&planned.0, &planned.1, &script_options).collect();
    if run_script(database, &script) {
        assert_moved_and_take_back(database, &format!("{method:?} by psql"));
    }
}

#[test]
fn no_name_leads_to_another_sequence() {
    for database in on_versions(&[10, 18, 19]) {
        let role = Role::on(&database);
        create(&database);
        repair_by(&database, &mut database.sessions(), Method::Draw, 100);
        repair_by(&database, &mut database.sessions(), Method::Alter, 0);
        let database = database.with(&grants(&role));
        let mut sessions = Sessions::open(database.connector_as(&role.name), 2).unwrap();
        repair_by(&database, &mut sessions, Method::Setval, 0);
    }
}

#[test]
fn the_statement_of_a_finding_can_be_run_as_it_stands() {
    let database = on_newest();
    create(&database);
    let checked = check(&mut database.sessions());
    let statements: Vec<_> = checked.findings(Code::Behind).map(|finding| finding.fix.unwrap().sql).collect();
    database.connect().simple(&statements.join(";")).unwrap();
    assert_moved_and_take_back(&database, "by hand");
}

#[test]
fn settings_of_the_database_do_not_change_what_names_mean() {
    // 19 has no strings any more that do not conform.
    for database in on_versions(&[10, 18]) {
        let name = &database.name;
        let settings = format!(
            "ALTER DATABASE {name} SET standard_conforming_strings = off;
             ALTER DATABASE {name} SET quote_all_identifiers = on"
        );
        database.connect().simple(&settings).unwrap();
        create(&database);
        repair_by(&database, &mut database.sessions(), Method::Draw, 100);
        repair_by(&database, &mut database.sessions(), Method::Alter, 0);
        let checked = check(&mut database.sessions());
        assert_eq!(checked.diagnosis("s28.victim").next_value, Some(1), "on {}", database.major());
    }
}

#[test]
fn names_that_are_not_utf8_are_an_error_with_a_hint() {
    for database in on_versions(&[10, 14, 18, 19]) {
        let database = database.in_sql_ascii().with(
            r"DO $$ BEGIN
                EXECUTE 'CREATE TABLE ' || convert_from('\x74e9', 'SQL_ASCII') || ' (id serial PRIMARY KEY)';
              END $$",
        );
        let error = catalog::read(&mut database.sessions(), &[]).unwrap_err();
        assert!(error.to_string().contains("0xe9"), "{error}");
        assert!(error.hint().unwrap().contains("PGCLIENTENCODING=SQL_ASCII"), "{:?}", error.hint());
    }
}
