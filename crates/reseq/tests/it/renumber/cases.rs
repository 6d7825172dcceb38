//! Tables of all kinds.

use reseq::plan::RenumberMethod;

use super::{FOLLOWING, carry_out, refusal, renumber, request};
use crate::support::{Database, on_every_version, on_newest, on_versions};

/// Renumbers `target` by each method, in what `make` creates anew; `look` gives the same each time.
fn same_by_every_method(database: &Database, make: &str, target: &str, start: i64, look: &str) -> String {
    let results = FOLLOWING.map(|method| {
        database.anew(make);
        renumber(database, &request(target, start, method)).unwrap();
        database.value(look)
    });
    assert_eq!(results[0], results[1], "update");
    assert_eq!(results[0], results[2], "temp-table");
    results[0].clone()
}

#[test]
fn partitioned_tables_on_either_side_follow() {
    for database in on_every_version().filter(|database| database.major() >= 12) {
        let make = "CREATE TABLE t (id bigserial, day int, name text, PRIMARY KEY (id, day)) PARTITION BY LIST (day);
                 CREATE TABLE t1 PARTITION OF t FOR VALUES IN (1);
                 CREATE TABLE t2 (day int NOT NULL, id bigint NOT NULL, x int, name text);
                 ALTER TABLE t2 DROP COLUMN x;
                 ALTER TABLE t ATTACH PARTITION t2 FOR VALUES IN (2);
                 CREATE TABLE c (id serial, t bigint, day int, FOREIGN KEY (t, day) REFERENCES t) PARTITION BY HASH (t);
                 CREATE TABLE c0 PARTITION OF c FOR VALUES WITH (MODULUS 2, REMAINDER 0);
                 CREATE TABLE c1 PARTITION OF c FOR VALUES WITH (MODULUS 2, REMAINDER 1);
                 CREATE TABLE only2 (t bigint, day int, FOREIGN KEY (t, day) REFERENCES t2 (id, day));
                 CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'fired'; END $$;
                 INSERT INTO t (day, name) SELECT 1 + i % 2, 'n' || i FROM generate_series(1, 20) i;
                 DELETE FROM t WHERE id < 4;
                 INSERT INTO c (t, day) SELECT id, day FROM t;
                 INSERT INTO only2 SELECT id, day FROM t2;
                 CREATE TRIGGER f AFTER INSERT OR UPDATE OR DELETE ON t FOR EACH ROW EXECUTE PROCEDURE f();
                 CREATE TRIGGER g BEFORE INSERT OR UPDATE ON c0 FOR EACH ROW EXECUTE PROCEDURE f()";
        let look = "SELECT string_agg(concat(t.name, ' ', t.id, ' ', t.tableoid::regclass, ' ', c.id, ' ', o.t), ',' ORDER BY t.id)
             || (SELECT last_value FROM t_id_seq) || (SELECT string_agg(tgenabled, '') FROM pg_trigger WHERE tgname IN ('f', 'g'))
             FROM t JOIN c ON c.t = t.id LEFT JOIN only2 o ON o.t = t.id";
        let rows = same_by_every_method(&database, make, "t", 10, look);
        assert!(rows.starts_with("n4 10 t1 1 ,n5 11 t2 10 11,"), "{rows}");
        assert!(rows.ends_with("26OOOO"), "{rows}");
    }
}

#[test]
fn rows_move_to_the_partitions_of_their_new_ids() {
    for database in on_versions(&[12, 14, 18]) {
        let make = "
            CREATE TABLE kinds (id serial PRIMARY KEY); INSERT INTO kinds DEFAULT VALUES;
            CREATE TABLE t (id bigserial PRIMARY KEY, kind int REFERENCES kinds, r bigint REFERENCES t) PARTITION BY RANGE (id);
            CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (0) TO (20);
            CREATE TABLE t2 PARTITION OF t FOR VALUES FROM (20) TO (100000);
            INSERT INTO t (kind) SELECT 1 FROM generate_series(1, 30);
            UPDATE t SET r = id - 1 WHERE id > 1; DELETE FROM t WHERE id > 25";
        let look = "SELECT concat((SELECT count(*) FROM t1), ' ', (SELECT count(*) FROM t2), ' ', count(*), ' ', sum(r - id),
                           ' ', (SELECT string_agg(DISTINCT tgenabled::text, '') FROM pg_trigger)) FROM t";
        assert_eq!(same_by_every_method(&database, make, "t", 15, look), "5 20 25 -24 O");
    }
}

#[test]
fn tables_that_inherit_are_numbered_together() {
    let make = "CREATE TABLE t (id serial PRIMARY KEY, name text);
             CREATE TABLE child (PRIMARY KEY (id)) INHERITS (t);
             CREATE TABLE r (t int REFERENCES t);
             INSERT INTO t (name) VALUES ('a'), ('b'); INSERT INTO child (name) VALUES ('c'), ('d');
             INSERT INTO r VALUES (2)";
    let look = "SELECT string_agg(concat(name, id, t.tableoid::regclass, ' ', t), ',' ORDER BY id) FROM t LEFT JOIN r ON r.t = id";
    let rows = same_by_every_method(&on_newest(), make, "t", 2, look);
    assert_eq!(rows, "a2t ,b3t 3,c4child ,d5child ");
}

#[test]
fn names_may_be_hostile() {
    let make = r#"DROP SCHEMA IF EXISTS "S'x" CASCADE; CREATE SCHEMA "S'x"; SET search_path = "S'x";
               CREATE TABLE "a.b""{place}'" ("Id{}" serial PRIMARY KEY, "select" int REFERENCES "a.b""{place}'" DEFERRABLE);
               CREATE INDEX "i'x" ON "a.b""{place}'" ("select");
               INSERT INTO "a.b""{place}'" ("select") VALUES (NULL), (1), (2)"#;
    let look =
        r#"SELECT string_agg(concat("Id{}", '<', "select"), ',' ORDER BY 1) FROM "S'x"."a.b""{place}'""#;
    assert_eq!(same_by_every_method(&on_newest(), make, r#""S'x"."a.b""{place}'""#, 7, look), "7<,8<7,9<8");
}

#[test]
fn descending_and_striding_sequences_keep_their_steps() {
    let with = |definition: &str| {
        format!(
            "CREATE SEQUENCE s {definition}; CREATE TABLE t (id int PRIMARY KEY DEFAULT nextval('s'));
             INSERT INTO t SELECT nextval('s') FROM generate_series(1, 5); DELETE FROM t WHERE id IN (SELECT max(id) FROM t)"
        )
    };
    let look = "SELECT string_agg(id::text, ',' ORDER BY id) || ' ' || nextval('s') FROM t";
    assert_eq!(same_by_every_method(&on_newest(), &with("INCREMENT -1"), "t", -3, look), "-6,-5,-4,-3 -7");
    assert_eq!(
        same_by_every_method(&on_newest(), &with("INCREMENT 10 CACHE 20"), "t", 5, look),
        "5,15,25,35 45"
    );
}

#[test]
fn an_empty_table_begins_at_the_start() {
    let make = "CREATE TABLE t (id serial PRIMARY KEY); SELECT nextval('t_id_seq')";
    assert_eq!(same_by_every_method(&on_newest(), make, "t", 50, "SELECT nextval('t_id_seq')"), "50");
}

#[test]
fn a_shared_sequence_ends_after_all_its_columns() {
    let make = "CREATE SEQUENCE s; CREATE TABLE t (id bigint PRIMARY KEY DEFAULT nextval('s'));
             CREATE TABLE u (id bigint PRIMARY KEY DEFAULT nextval('s'));
             INSERT INTO t SELECT nextval('s') FROM generate_series(1, 5); INSERT INTO u VALUES (7), (900)";
    let look = "SELECT string_agg(id::text, ',' ORDER BY id) || ' ' || nextval('s') FROM t";
    assert_eq!(same_by_every_method(&on_newest(), make, "t", 100, look), "100,101,102,103,104 901");
    assert_eq!(
        refusal(&on_newest().with(make), &request("t", 3, RenumberMethod::Rebuild)),
        "the new id 7 is in public.u.id already, which draws from the same sequence; begin after its last value: --start 901"
    );
}

#[test]
fn what_was_altered_since_is_refused() {
    for database in on_versions(&[10, 18]) {
        let database = database
            .with("CREATE TABLE t (id serial PRIMARY KEY); INSERT INTO t SELECT FROM generate_series(1, 3)");
        let mut sessions = database.sessions();
        let planned = reseq::plan_renumber(&mut sessions, &request("t", 9, RenumberMethod::Rebuild)).unwrap();
        database.connect().simple("ALTER TABLE t ADD COLUMN late text DEFAULT 'kept'").unwrap();
        let error = carry_out(&mut sessions, &planned).unwrap_err();
        let expected = "the tables, or what refers to them, were altered since they were looked at";
        assert_eq!(error.to_string(), expected);
        assert_eq!(database.value("SELECT string_agg(id || late, ',') FROM t"), "1kept,2kept,3kept");
    }
}
