//! Sequences of every kind are right when the rows appear.

use reseq::LoadRequest;
use reseq::plan::{Ids, LoadOptions};
use reseq::session::Sessions;

use super::{Files, into};
use crate::support::{Role, on_every_version, on_newest};

/// Table, statements that make it, rows with explicit ids, and the sequence with its next value afterwards.
const KINDS: [(&str, &str, &str, &str, &str); 10] = [
    ("serial", "CREATE TABLE serial (id serial PRIMARY KEY, v text)", "id\n7\n3\n", "serial_id_seq", "8"),
    (
        "always",
        "CREATE TABLE always (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, v text)",
        "id\n7\n",
        "always_id_seq",
        "8",
    ),
    (
        "unowned",
        "CREATE SEQUENCE own INCREMENT 10; CREATE TABLE unowned (id int DEFAULT nextval('own'), v text)",
        "id\n7\n25\n",
        "own",
        "31",
    ),
    (
        "shared",
        "CREATE SEQUENCE both_seq; CREATE TABLE shared (id int PRIMARY KEY DEFAULT nextval('both_seq'), v text);
         CREATE TABLE other (id int PRIMARY KEY DEFAULT nextval('both_seq')); INSERT INTO other VALUES (70)",
        "id\n7\n",
        "both_seq",
        "71",
    ),
    (
        "triggered",
        "CREATE SEQUENCE trig; CREATE TABLE triggered (id int PRIMARY KEY, v text);
         CREATE FUNCTION give() RETURNS trigger LANGUAGE plpgsql AS
             'BEGIN IF NEW.id IS NULL THEN NEW.id := nextval(''trig''); END IF; RETURN NEW; END';
         CREATE TRIGGER give BEFORE INSERT ON triggered FOR EACH ROW EXECUTE PROCEDURE give()",
        "id\n7\n",
        "trig",
        "8",
    ),
    (
        "down",
        "CREATE SEQUENCE down_seq INCREMENT -1; CREATE TABLE down (id int DEFAULT nextval('down_seq'), v text)",
        "id\n-7\n-2\n",
        "down_seq",
        "-8",
    ),
    (
        "codes",
        "CREATE SEQUENCE code_seq;
         CREATE TABLE codes (id text PRIMARY KEY DEFAULT 'INV-' || lpad(nextval('code_seq')::text, 6, '0'), v text)",
        "id\nINV-000007\nother\n",
        "code_seq",
        "8",
    ),
    (
        "mapped",
        "CREATE SEQUENCE map_seq; CREATE TABLE mapped (id int DEFAULT 1000 - 3 * nextval('map_seq'), v text)",
        "id\n979\n",
        "map_seq",
        "8",
    ),
    (
        "\"Mixed Case\"",
        "CREATE TABLE \"Mixed Case\" (\"id\" serial PRIMARY KEY, v text);
         CREATE DOMAIN \"Do\" AS int DEFAULT nextval('\"Mixed Case_id_seq\"')",
        "id\n7\n",
        "\"Mixed Case_id_seq\"",
        "8",
    ),
    (
        "several",
        "CREATE TABLE several (id serial PRIMARY KEY, number serial, v text)",
        "id,number\n7,30\n",
        "several_number_seq",
        "31",
    ),
];

#[test]
fn a_sequence_of_every_kind_follows() {
    for database in on_every_version() {
        for (table, script, csv, sequence, next) in KINDS {
            let mut connection = database.connect();
            connection.simple(script).unwrap();
            Files::new().load_csv(&database, table, csv).unwrap();
            let value = database.value(&format!("SELECT nextval('{sequence}')"));
            assert_eq!(value, next, "{table}, PostgreSQL {}", database.major());
            connection.simple(&format!("INSERT INTO {table} (v) VALUES ('next')")).unwrap();
        }
    }
}

#[test]
fn rows_of_a_partitioned_table_count_and_so_do_generated_columns() {
    for database in on_every_version().filter(|database| database.major() >= 12) {
        let database = database.with(
            "CREATE TABLE t (id serial, day int, twice int GENERATED ALWAYS AS (id * 2) STORED, PRIMARY KEY (id, day))
                 PARTITION BY RANGE (day);
             CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (0) TO (10);
             CREATE TABLE t2 PARTITION OF t FOR VALUES FROM (10) TO (20)",
        );
        let files = Files::new();
        files.load_csv(&database, "t", "id,day,twice\n5,1,0\n9,11,0\n").unwrap();
        assert_eq!(database.value("SELECT nextval('t_id_seq')"), "10");
        files.load_csv(&database, "t2", "id,day\n20,12\n").unwrap();
        assert_eq!(database.value("SELECT nextval('t_id_seq')"), "21");
        assert_eq!(database.value("SELECT sum(twice) FROM t"), "68");
    }
}

#[test]
fn a_sequence_never_goes_back_and_stays_where_it_is_right() {
    for database in on_every_version() {
        let database =
            database.with("CREATE TABLE t (id serial PRIMARY KEY); SELECT setval('t_id_seq', 500)");
        let before = database.value("SELECT pg_relation_filenode('t_id_seq')");
        Files::new().load_csv(&database, "t", "id\n7\n").unwrap();
        assert_eq!(database.value("SELECT nextval('t_id_seq')"), "501");
        assert_eq!(database.value("SELECT pg_relation_filenode('t_id_seq')"), before, "it was not altered");
    }
}

#[test]
fn values_that_sessions_hold_in_advance_are_taken_from_them() {
    for database in on_every_version() {
        let database =
            database.with("CREATE TABLE t (id serial PRIMARY KEY); ALTER SEQUENCE t_id_seq CACHE 10");
        let mut other = database.connect();
        other.simple("INSERT INTO t DEFAULT VALUES").unwrap();
        Files::new().load_csv(&database, "t", "id\n4\n5\n").unwrap();
        for _ in 0..12 {
            other.simple("INSERT INTO t DEFAULT VALUES").unwrap();
        }
    }
}

#[test]
fn a_row_that_leaves_no_next_value_is_refused() {
    for database in on_every_version() {
        let database = database.with("CREATE TABLE t (id serial PRIMARY KEY)");
        let files = Files::new();
        let error = files.load_csv(&database, "t", "id\n1\n2147483647\n").unwrap_err();
        assert_eq!(
            error.to_string(),
            "public.t_id_seq cannot go past the furthest row of public.t.id: its next value would have to be \
             2147483648, beyond its MAXVALUE 2147483647"
        );
        assert_eq!(database.value("SELECT count(*) FROM t"), "0");
        let ignore_above = vec![reseq::IgnoreRule { sequence: None, value: 1000 }];
        let file = files.write("rows.csv", "id\n1\n2147483647\n");
        files.load(&database, &LoadRequest { ignore_above, ..into("t", [file]) }).unwrap();
        assert_eq!(database.value("SELECT nextval('t_id_seq')"), "2");
    }
}

#[test]
fn a_role_that_owns_nothing_draws() {
    for database in on_every_version() {
        let role = Role::on(&database);
        let database = database.with(&format!(
            "CREATE TABLE t (id serial PRIMARY KEY, v text); GRANT INSERT, SELECT ON t TO {role};
             CREATE TABLE u (id serial PRIMARY KEY); GRANT INSERT, SELECT ON u TO {role};
             GRANT USAGE ON SEQUENCE t_id_seq TO {role}"
        ));
        let files = Files::new();
        let file = files.write("rows.csv", "id\n7\n");
        let load = |table: &str| {
            let mut sessions = Sessions::open(database.connector_as(&role.name), 1).unwrap();
            let prepared = reseq::prepare_load(&mut sessions, &into(table, [file.clone()]))?;
            let (planned, mut loader) = prepared.begin(&sessions, |_| ())?;
            reseq::apply::change(&mut sessions, &planned, &mut loader, &files.path("receipts"))
        };
        load("t").unwrap();
        assert_eq!(database.value("SELECT nextval('t_id_seq')"), "8");
        let error = load("u").unwrap_err();
        assert_eq!(error.to_string(), "the role may not move public.u_id_seq, which must follow the rows");
        assert_eq!(database.value("SELECT count(*) FROM u"), "0");
        drop(database);
    }
}

#[test]
fn ids_that_are_wanted_must_be_there_and_be_one() {
    let database = on_newest().with(
        "CREATE TABLE t (id serial PRIMARY KEY, v text); CREATE TABLE u (a serial, b serial); CREATE TABLE w (a int)",
    );
    let files = Files::new();
    let refused = |table: &str, ids, csv: &str| {
        let file = files.write("rows.csv", csv);
        let options = LoadOptions { ids: Some(ids), ..LoadOptions::default() };
        let error = files.load(&database, &LoadRequest { options, ..into(table, [file]) }).unwrap_err();
        error.to_string().replace(&files.path("").to_string_lossy().into_owned(), "")
    };
    assert_eq!(refused("t", Ids::Keep, "v\nx\n"), "rows.csv holds no ids to keep: it has no column id");
    assert_eq!(refused("t", Ids::New, "id\n1\n"), "rows.csv holds no column that could be loaded");
    assert_eq!(
        refused("u", Ids::New, "a\n1\n"),
        "several columns of public.u take their values from sequences: a, b"
    );
    assert_eq!(refused("w", Ids::New, "a\n1\n"), "no column of public.w takes its values from a sequence");
}
