//! What other tools get wrong must come out right here. Every case has a schema of its own, and all of them are in
//! one database: what one cannot be repaired for must not stop the others.

use reseq::diagnose::Code;
use reseq::pq;

use crate::checking::check;
use crate::fixing::{assert_all_repaired, fix};
use crate::support::{Database, on_every_version};

struct Case {
    /// What goes wrong elsewhere.
    name: &'static str,
    setup: &'static str,
    /// Each sequence, and the next value after a fix.
    next: &'static [(&'static str, i64)],
}

const CASES: &[Case] = &[
    Case {
        name: "the same table name in two schemas",
        setup: "CREATE SCHEMA a; CREATE SCHEMA b;
            CREATE TABLE a.t (id serial, n int); CREATE TABLE b.t (n int, id int);
            CREATE SEQUENCE b.t_id_seq OWNED BY b.t.n; ALTER TABLE b.t ALTER n SET DEFAULT nextval('b.t_id_seq');
            INSERT INTO a.t (id) SELECT generate_series(1, 100);
            INSERT INTO b.t (n, id) SELECT g, 1 FROM generate_series(1, 500) g",
        next: &[("a.t_id_seq", 101), ("b.t_id_seq", 501)],
    },
    Case {
        name: "the same table name, another sequence name",
        setup: "CREATE SCHEMA c; CREATE SCHEMA d; CREATE TABLE c.t (id serial); CREATE TABLE d.t (id int);
            CREATE SEQUENCE d.other OWNED BY d.t.id; ALTER TABLE d.t ALTER id SET DEFAULT nextval('d.other');
            INSERT INTO d.t VALUES (7)",
        next: &[("c.t_id_seq", 1), ("d.other", 8)],
    },
    Case {
        name: "empty tables",
        setup: "CREATE TABLE t (id serial PRIMARY KEY);
            CREATE TABLE u (id int GENERATED ALWAYS AS IDENTITY (MINVALUE 1000))",
        next: &[("t_id_seq", 1), ("u_id_seq", 1000)],
    },
    Case {
        name: "never backwards after deletes",
        setup: "CREATE TABLE t (id serial PRIMARY KEY); INSERT INTO t SELECT FROM generate_series(1, 10);
            DELETE FROM t WHERE id > 5",
        next: &[("t_id_seq", 11)],
    },
    Case {
        name: "descending",
        setup: "CREATE TABLE t (id int PRIMARY KEY); CREATE SEQUENCE s INCREMENT -1 OWNED BY t.id;
            ALTER TABLE t ALTER id SET DEFAULT nextval('s'); INSERT INTO t SELECT -g FROM generate_series(1, 10) g",
        next: &[("s", -11)],
    },
    Case {
        name: "descending and right",
        setup: "CREATE SEQUENCE s INCREMENT -1; CREATE TABLE t (id int PRIMARY KEY DEFAULT nextval('s'));
            INSERT INTO t SELECT FROM generate_series(1, 10)",
        next: &[("s", -11)],
    },
    Case {
        name: "a default that owns nothing",
        setup: "CREATE SEQUENCE s; CREATE TABLE t (id int PRIMARY KEY DEFAULT nextval('s'));
            INSERT INTO t VALUES (1), (2), (3)",
        next: &[("s", 4)],
    },
    Case {
        name: "a shared sequence, its owner behind the other table",
        setup: "CREATE TABLE a (id serial PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY DEFAULT nextval('a_id_seq'));
            INSERT INTO a VALUES (5); INSERT INTO b VALUES (50)",
        next: &[("a_id_seq", 51)],
    },
    Case {
        name: "a shared sequence that nobody owns",
        setup: "CREATE SEQUENCE s; CREATE TABLE a (id int PRIMARY KEY DEFAULT nextval('s'));
            CREATE TABLE b (id int PRIMARY KEY DEFAULT nextval('s')); INSERT INTO a VALUES (500); INSERT INTO b VALUES (5)",
        next: &[("s", 501)],
    },
    Case {
        name: "digits in a text column that owns the sequence, not in alphabetical order",
        setup: "CREATE TABLE t (code text PRIMARY KEY); CREATE SEQUENCE s OWNED BY t.code;
            ALTER TABLE t ALTER code SET DEFAULT 'INV-' || nextval('s');
            INSERT INTO t SELECT 'INV-' || g FROM generate_series(1, 10) g; INSERT INTO t VALUES ('OLD-99'), ('INV-1x')",
        next: &[("s", 11)],
    },
    Case {
        name: "a serial on a partitioned table",
        setup: "CREATE TABLE t (id serial, k int) PARTITION BY LIST (k);
            CREATE TABLE t1 PARTITION OF t FOR VALUES IN (1); CREATE TABLE t2 PARTITION OF t FOR VALUES IN (2);
            INSERT INTO t (id, k) SELECT g, 1 + g % 2 FROM generate_series(1, 100) g",
        next: &[("t_id_seq", 101)],
    },
    Case {
        name: "rows in an inheritance child",
        setup: "CREATE TABLE t (id serial PRIMARY KEY); CREATE TABLE c () INHERITS (t);
            INSERT INTO c SELECT generate_series(1, 100)",
        next: &[("t_id_seq", 101)],
    },
    Case {
        name: "nextval in a table's name, quotes, dots and capitals",
        setup: r#"CREATE TABLE nextval_log (id serial PRIMARY KEY); INSERT INTO nextval_log VALUES (1);
            CREATE TABLE "it's" (id serial PRIMARY KEY); INSERT INTO "it's" VALUES (2);
            CREATE TABLE "a.b" ("C d" serial PRIMARY KEY); INSERT INTO "a.b" VALUES (3);
            CREATE TABLE "Users" (id serial PRIMARY KEY); INSERT INTO "Users" VALUES (4);
            CREATE SEQUENCE "Free_seq"; CREATE TABLE f (id int PRIMARY KEY DEFAULT nextval('"Free_seq"'));
            INSERT INTO f VALUES (5)"#,
        next: &[
            ("nextval_log_id_seq", 2),
            (r#""it's_id_seq""#, 3),
            (r#""a.b_C d_seq""#, 4),
            (r#""Users_id_seq""#, 5),
            (r#""Free_seq""#, 6),
        ],
    },
    Case {
        name: "a cast in the default",
        setup: "CREATE SEQUENCE q; CREATE TABLE t (id text PRIMARY KEY DEFAULT nextval('q')::text);
            INSERT INTO t VALUES ('9'), ('10')",
        next: &[("q", 11)],
    },
    Case {
        name: "the name as text",
        setup: "CREATE SEQUENCE named_by_text;
            CREATE TABLE t (id int PRIMARY KEY DEFAULT nextval(('named_by_text'::text)::regclass)); INSERT INTO t VALUES (6)",
        next: &[("named_by_text", 7)],
    },
    Case {
        name: "an offset in the default",
        setup: "CREATE SEQUENCE q; CREATE TABLE t (id int PRIMARY KEY DEFAULT 1000 + nextval('q'));
            INSERT INTO t VALUES (1001), (1007)",
        next: &[("q", 8)],
    },
    Case {
        name: "too small",
        setup: "CREATE TABLE a (id bigint PRIMARY KEY); CREATE SEQUENCE a_s AS smallint OWNED BY a.id;
            ALTER TABLE a ALTER id SET DEFAULT nextval('a_s'); INSERT INTO a SELECT generate_series(1000, 40000, 1000);
            CREATE TABLE b (id bigint PRIMARY KEY); CREATE SEQUENCE b_s AS smallint OWNED BY b.id;
            ALTER TABLE b ALTER id SET DEFAULT nextval('b_s'); INSERT INTO b VALUES (40000);
            CREATE TABLE zz (id serial PRIMARY KEY); INSERT INTO zz SELECT generate_series(1, 7)",
        // The rows of b lie beyond every value of its sequence.
        next: &[("a_s", 1), ("b_s", 1), ("zz_id_seq", 8)],
    },
    Case {
        name: "a default from another sequence than the owned one",
        setup: "CREATE TABLE t (id serial PRIMARY KEY); CREATE SEQUENCE s2; ALTER TABLE t ALTER id SET DEFAULT nextval('s2');
            INSERT INTO t SELECT generate_series(1, 10)",
        next: &[("s2", 11), ("t_id_seq", 1)],
    },
    Case {
        name: "two owned sequences: what a serial leaves that became an identity",
        setup: "CREATE TABLE t (id serial PRIMARY KEY); ALTER TABLE t ALTER id DROP DEFAULT;
            ALTER TABLE t ALTER id ADD GENERATED BY DEFAULT AS IDENTITY; INSERT INTO t VALUES (30)",
        next: &[("t_id_seq1", 31), ("t_id_seq", 1)],
    },
    Case {
        name: "a domain",
        setup: "CREATE SEQUENCE s; CREATE DOMAIN number AS int DEFAULT nextval('s'); CREATE TABLE t (id number PRIMARY KEY);
            INSERT INTO t VALUES (20)",
        next: &[("s", 21)],
    },
    Case {
        name: "a view's default",
        setup: "CREATE TABLE t (id int PRIMARY KEY, v text); CREATE VIEW v AS SELECT id, v FROM t; CREATE SEQUENCE s;
            ALTER VIEW v ALTER id SET DEFAULT nextval('s'); INSERT INTO v VALUES (9, 'x')",
        next: &[("s", 10)],
    },
    Case {
        name: "a start and an increment: the lane is kept",
        setup: "CREATE TABLE t (id bigint GENERATED BY DEFAULT AS IDENTITY (START 3 INCREMENT 10) PRIMARY KEY);
            INSERT INTO t VALUES (3), (13), (24)",
        next: &[("t_id_seq", 33)],
    },
    Case {
        name: "odd ids beside even rows",
        setup: "CREATE TABLE t (id bigint GENERATED BY DEFAULT AS IDENTITY (START 1 INCREMENT 2) PRIMARY KEY);
            INSERT INTO t SELECT g * 2 FROM generate_series(1, 50) g",
        next: &[("t_id_seq", 1)],
    },
    Case {
        name: "a key of two columns, and a second serial column",
        setup: "CREATE TABLE t (tenant int, id serial, number serial, PRIMARY KEY (tenant, id));
            INSERT INTO t VALUES (1, 10, 20), (2, 11, 5)",
        next: &[("t_id_seq", 12), ("t_number_seq", 21)],
    },
    Case {
        name: "another schema's sequence, and one of its name in the table's",
        setup: "CREATE SCHEMA q; CREATE SEQUENCE q.s; CREATE SEQUENCE s;
            CREATE TABLE t (id int PRIMARY KEY DEFAULT nextval('q.s')); INSERT INTO t VALUES (9)",
        next: &[("q.s", 10), ("s", 1)],
    },
    Case {
        name: "a schema named like one of a tool's own",
        setup: "CREATE SCHEMA my_pgcopydb_tests; CREATE TABLE my_pgcopydb_tests.t (id serial PRIMARY KEY);
            INSERT INTO my_pgcopydb_tests.t VALUES (3)",
        next: &[("my_pgcopydb_tests.t_id_seq", 4)],
    },
    Case {
        name: "type full",
        setup: "CREATE TABLE t (id serial PRIMARY KEY); INSERT INTO t VALUES (2147483647)",
        next: &[("t_id_seq", 1)],
    },
    Case {
        name: "rows out of the order of their ids",
        setup: "CREATE TABLE t (id serial PRIMARY KEY); INSERT INTO t VALUES (10); INSERT INTO t VALUES (9)",
        next: &[("t_id_seq", 11)],
    },
    Case {
        name: "the smallest and the largest bounds there are",
        setup: "CREATE SEQUENCE s MINVALUE -9223372036854775808 START -9223372036854775808;
            CREATE TABLE t (id bigint PRIMARY KEY DEFAULT nextval('s'));
            INSERT INTO t VALUES (-9223372036854775808), (-9223372036854775807);
            CREATE SEQUENCE z MINVALUE -10 MAXVALUE 0 START -10; CREATE TABLE u (id int PRIMARY KEY DEFAULT nextval('z'));
            INSERT INTO u VALUES (-10), (-9)",
        next: &[("s", -9_223_372_036_854_775_806), ("z", -8)],
    },
    Case {
        name: "last_value 1, not yet called, and row 1 is there",
        setup: "CREATE TABLE t (id serial PRIMARY KEY); INSERT INTO t VALUES (1)",
        next: &[("t_id_seq", 2)],
    },
    Case {
        name: "an identity column that is always generated",
        setup: "CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
            INSERT INTO t OVERRIDING SYSTEM VALUE VALUES (41)",
        next: &[("t_id_seq", 42)],
    },
    Case {
        name: "sessions that hold values",
        setup: "CREATE TABLE t (id int PRIMARY KEY); CREATE SEQUENCE s CACHE 10 OWNED BY t.id;
            ALTER TABLE t ALTER id SET DEFAULT nextval('s'); INSERT INTO t SELECT generate_series(1, 100)",
        next: &[("s", 101)],
    },
];

/// What a fix leaves alone, and why.
const REMAINING: &[(&str, Code)] =
    &[("\"too small\".a_s", Code::Blocked), ("\"type full\".t_id_seq", Code::Outlier)];

/// The schema of a case: its name, of which the server keeps 63 bytes.
fn schema(case: &Case) -> String {
    format!("\"{}\"", case.name)
}

/// A connection whose names are those of one case.
fn connect(database: &Database, case: &Case) -> pq::Connection {
    let mut connection = database.connect();
    connection.simple(&format!("SET search_path = {}", schema(case))).unwrap();
    connection
}

#[test]
fn what_others_get_wrong_comes_out_right() {
    let mut wrong = Vec::new();
    for database in on_every_version() {
        let on = format!("on {}", database.major());
        for case in CASES {
            database.connect().simple(&format!("CREATE SCHEMA {}", schema(case))).unwrap();
            connect(&database, case).simple(case.setup).unwrap();
        }
        let outcome = fix(&mut database.sessions());
        let remaining: Vec<_> =
            outcome.remaining.iter().map(|rest| (rest.sequence.as_str(), rest.code)).collect();
        if remaining != REMAINING || !outcome.complete {
            wrong.push(format!("remaining {on}: {:#?}", outcome.remaining));
        }
        for case in CASES {
            let mut connection = connect(&database, case);
            for (sequence, next) in case.next {
                let rows = connection.query("SELECT nextval($1::text::regclass)", &[Some(sequence)]).unwrap();
                let found: i64 = rows.row(0).unwrap().get(0).unwrap();
                if found != *next {
                    wrong.push(format!("{} {on}: {sequence}: {found}, not {next}", case.name));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn temporary_tables_of_other_sessions_are_left_alone() {
    for database in on_every_version() {
        let database = database.with("CREATE TABLE t (id serial PRIMARY KEY); INSERT INTO t VALUES (1)");
        let mut other = database.connect();
        other
            .simple(
                "CREATE TEMP TABLE mine (id serial PRIMARY KEY); INSERT INTO mine VALUES (1); CREATE TEMP SEQUENCE s",
            )
            .unwrap();
        let checked = check(&mut database.sessions());
        let names: Vec<_> = checked.catalog.sequences.iter().map(|sequence| sequence.name.as_str()).collect();
        assert_eq!(names, ["public.t_id_seq"], "on {}", database.major());
        assert!(checked.report.complete);
        assert_all_repaired(&fix(&mut database.sessions()));
        let rows = other.query("SELECT nextval('mine_id_seq')", &[]).unwrap();
        assert_eq!(rows.row(0).unwrap().get::<i64>(0).unwrap(), 1);
    }
}
