//! What is refused, with the reason; and nothing is changed.

use reseq::plan::RenumberMethod;

use super::{refusal, request};
use crate::support::{Role, on_newest};

const TABLE: &str =
    "CREATE TABLE t (id serial PRIMARY KEY, x int); INSERT INTO t SELECT FROM generate_series(1, 3);";

#[test]
fn what_cannot_be_done_right_is_refused() {
    for (sql, expected) in [
        (
            "ALTER TABLE t ADD COLUMN twice int GENERATED ALWAYS AS (id * 2) STORED",
            "the generated column public.t.twice is built on a column that gets new values; drop the column, renumber, and \
             add it again",
        ),
        (
            "CREATE EXTENSION IF NOT EXISTS postgres_fdw; CREATE SERVER s FOREIGN DATA WRAPPER postgres_fdw;
             ALTER TABLE t RENAME TO old; CREATE FOREIGN TABLE t (id int DEFAULT nextval('t_id_seq')) SERVER s;
             ALTER TABLE old ALTER id DROP DEFAULT",
            "public.t is a foreign table; only the rows of tables of this database are renumbered",
        ),
        (
            "CREATE PUBLICATION p FOR TABLE t; ALTER TABLE t REPLICA IDENTITY NOTHING",
            "the publication p has public.t, which has no replica identity; give it one: ALTER TABLE … REPLICA IDENTITY FULL",
        ),
        (
            "CREATE PUBLICATION p FOR ALL TABLES WITH (publish = 'insert, update, delete')",
            "the publication p has public.t but does not tell of TRUNCATE; use --method update",
        ),
        (
            "CREATE TABLE r (t int); INSERT INTO r VALUES (1002); ALTER TABLE r ADD FOREIGN KEY (t) REFERENCES t NOT VALID",
            "public.r.t holds 1002, which is no row's id, and would be one afterwards; set such values right first, or \
             begin with another --start",
        ),
        (
            "CREATE TABLE r (t smallint REFERENCES t); ALTER SEQUENCE t_id_seq MAXVALUE 1001",
            "the new ids would be 1000 to 1002, but public.t_id_seq holds 1 to 1001; begin with another --start",
        ),
        (
            "ALTER TABLE t DROP CONSTRAINT t_pkey; INSERT INTO t VALUES (2)",
            "public.t.id is not unique: 2 stands in 2 rows; what refers to it could not be told apart",
        ),
        (
            "ALTER TABLE t ALTER id TYPE text USING 'A' || id, ALTER id SET DEFAULT 'A' || nextval('t_id_seq')",
            "public.t.id is of type text, or made from its sequence's value by an expression: only whole numbers are \
             renumbered; renumber it by hand, by the same expression",
        ),
    ] {
        let database = on_newest().with(TABLE).with(sql);
        let before = "SELECT concat(last_value, is_called) FROM t_id_seq";
        let state = database.value(before);
        assert_eq!(refusal(&database, &request("t", 1000, RenumberMethod::Rebuild)), expected);
        assert_eq!(database.value(before), state);
    }
}

#[test]
fn a_column_too_narrow_for_the_new_ids_is_named() {
    let database = on_newest().with(TABLE).with("CREATE TABLE r (t smallint REFERENCES t)");
    let refused = refusal(&database, &request("t", 40_000, RenumberMethod::Update));
    let expected =
        "the new ids would be 40000 to 40002, but public.r.t holds 1 to 32767; begin with another --start";
    assert_eq!(refused, expected);
}

#[test]
fn a_file_does_not_tell_which_row_becomes_which() {
    let database = on_newest().with(TABLE).with("CREATE TABLE r (t int REFERENCES t)");
    let mut request = request("t", 1000, RenumberMethod::File);
    request.options.file = Some("never".into());
    assert_eq!(
        refusal(&database, &request),
        "public.r.t refers to public.t: a file without the ids does not tell which row becomes which; use --method rebuild"
    );
}

#[test]
fn a_file_that_cannot_be_written_changes_nothing() {
    for method in [RenumberMethod::Rebuild, RenumberMethod::File] {
        let database = on_newest().with(TABLE);
        let folder = tempfile::tempdir().unwrap();
        let mut request = request("t", 1000, method);
        request.options.map = Some("/dev/full".into());
        request.options.file = (method == RenumberMethod::File).then(|| folder.path().join("rows.dat"));
        let refused = refusal(&database, &request);
        assert!(refused.starts_with("could not make the file /dev/full: "), "{refused}");
        assert_eq!(database.value("SELECT string_agg(id::text, ',') FROM t"), "1,2,3");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left behind");
    }
}

#[test]
fn what_belongs_to_others_is_left_alone() {
    let database = on_newest();
    let role = Role::on(&database);
    let grants = format!(
        "ALTER TABLE t OWNER TO {role}; GRANT ALL ON DATABASE {} TO {role}; GRANT ALL ON SCHEMA public TO {role}",
        database.name
    );
    let database = database.with(TABLE).with("CREATE TABLE r (t int REFERENCES t)").with(&grants);
    let mut sessions = reseq::session::Sessions::open(database.connector_as(&role.name), 1).unwrap();
    let request = request("t", 1000, RenumberMethod::Rebuild);
    let refused = reseq::plan_renumber(&mut sessions, &request).unwrap_err();
    assert!(matches!(refused, reseq::Error::Unable { .. }), "a privilege is missing");
    assert_eq!(
        refused.to_string(),
        "public.r belongs to postgres, and only its owner may change what it needs"
    );
    database.connect().simple("DROP TABLE r").unwrap();
    let planned = reseq::plan_renumber(&mut sessions, &request).unwrap();
    assert!(super::carry_out(&mut sessions, &planned).unwrap().is_done());
    assert_eq!(database.value("SELECT min(id) FROM t"), "1000");
    database.connect().simple(&format!("DROP OWNED BY {role}")).unwrap();
}

#[test]
fn a_transaction_that_would_see_empty_tables_is_not_passed_over() {
    let database = on_newest().with(TABLE);
    let mut other = database.connect();
    other.simple("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1").unwrap();
    let refused = refusal(&database, &request("t", 1000, RenumberMethod::Rebuild));
    assert!(
        refused.contains("keeps a snapshot, and would see the tables empty; wait until it ends"),
        "{refused}"
    );
    assert!(super::renumber(&database, &request("t", 1000, RenumberMethod::Update)).unwrap().is_done());
    let rows = other.query("SELECT min(id) FROM t", &[]).unwrap();
    assert_eq!(rows.row(0).unwrap().get::<i32>(0).unwrap(), 1, "it goes on seeing the old ids");
}
