//! Extremes of columns of every type, with and without an index, and states.

use reseq::catalog::{self, Unreadable};
use reseq::observe::{Probe, StateReading};
use reseq::pq;
use reseq::session::{Connector, Sessions};
use reseq_scratch::{Cluster, ClusterOptions, Installation, installations};

use super::{Look, known, look};
use crate::support::on_every_version;

#[test]
fn extremes_and_states() {
    for database in on_every_version() {
        let database = database.with(
            "CREATE TABLE full_ (id bigserial PRIMARY KEY);
             INSERT INTO full_ SELECT nextval('full__id_seq') FROM generate_series(1, 40);
             CREATE TABLE empty (id serial PRIMARY KEY);
             CREATE TABLE down (id serial PRIMARY KEY);
             ALTER SEQUENCE down_id_seq INCREMENT -1 MINVALUE -100 MAXVALUE -1 START -1 RESTART;
             INSERT INTO down VALUES (-7), (-3);
             CREATE TABLE restarted (id smallserial PRIMARY KEY);
             ALTER SEQUENCE restarted_id_seq RESTART 5000;
             CREATE TABLE \"Odd; name\" (\"a.\"\"b\" int GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
             INSERT INTO \"Odd; name\" OVERRIDING SYSTEM VALUE VALUES (12);",
        );
        let seen = look(&database);
        let expected = [
            ("full__id_seq", Some(40), known(40, true)),
            ("empty_id_seq", None, known(1, false)),
            ("down_id_seq", Some(-7), known(-1, false)),
            ("restarted_id_seq", None, known(5000, false)),
            ("\"Odd; name_a.\"\"b_seq\"", Some(12), known(1, false)),
        ];
        for (sequence, extreme, state) in expected {
            let reading = seen.reading(sequence);
            assert_eq!((reading.extreme, reading.probe), (extreme, Probe::Index), "{sequence}");
            assert_eq!(*seen.state(sequence), state, "{sequence} on {}", database.major());
        }
    }
}

#[test]
fn texts_are_read_as_numbers() {
    for database in on_every_version() {
        let database = database.with(
            r"CREATE SEQUENCE s;
              CREATE TABLE invoice (code text PRIMARY KEY DEFAULT 'INV-' || nextval('s'));
              INSERT INTO invoice VALUES ('INV-9'), ('INV-10'), ('INV-007'), ('inv-900'), ('INV-1x'), ('ZZZ');
              CREATE SEQUENCE p;
              CREATE TABLE padded (code varchar(20) PRIMARY KEY
                                   DEFAULT 'a\''' || lpad(nextval('p')::text, 4, '0') || '/x');
              INSERT INTO padded VALUES (E'a\\''0012/x'), (E'a\\''13/x'), (E'a\\''0003/x');",
        );
        let seen = look(&database);
        assert_eq!((seen.extreme("s"), seen.collision("s")), (Some(10), Some((9, 10, 2))));
        assert_eq!((seen.extreme("p"), seen.collision("p")), (Some(12), Some((3, 12, 1))));
    }
}

#[test]
fn negative_numbers_in_texts_are_read_or_unresolved() {
    for database in on_every_version() {
        let database = database.with(
            "CREATE SEQUENCE d1 INCREMENT -1; CREATE SEQUENCE d2 INCREMENT -1; CREATE SEQUENCE d3 INCREMENT -1;
             CREATE SEQUENCE d4 INCREMENT -1; CREATE SEQUENCE d5 INCREMENT -1; CREATE SEQUENCE d6 INCREMENT -1;
             CREATE SEQUENCE d7; CREATE SEQUENCE d8;
             CREATE TABLE filled (id text PRIMARY KEY DEFAULT to_char(nextval('d1'), 'FM00000'));
             INSERT INTO filled VALUES ('-00001'), ('-00002'), ('00009');
             CREATE TABLE trimmed (id text PRIMARY KEY DEFAULT 'p' || trim(to_char(nextval('d2'), '000')));
             INSERT INTO trimmed VALUES ('p-001'), ('p-002');
             CREATE TABLE cut (id text PRIMARY KEY DEFAULT ('p' || nextval('d3'))::varchar(12));
             INSERT INTO cut VALUES ('p-1'), ('p-2');
             CREATE TABLE padded (id text PRIMARY KEY DEFAULT lpad(nextval('d4')::text, 6, '0'));
             CREATE TABLE righted (id text PRIMARY KEY DEFAULT right('000000' || nextval('d5'), 6));
             CREATE TABLE blank (id text PRIMARY KEY DEFAULT to_char(nextval('d6'), '00000'));
             CREATE TABLE moved (id text PRIMARY KEY DEFAULT (nextval('d7') - 10)::varchar(10));
             INSERT INTO moved VALUES ('-9'), ('-8');
             CREATE TABLE moved_padded (id text PRIMARY KEY DEFAULT lpad((nextval('d8') - 10)::text, 6, '0'));",
        );
        let seen = look(&database);
        for (sequence, collision) in
            [("d1", (-1, -2, 2)), ("d2", (-1, -2, 2)), ("d3", (-1, -2, 2)), ("d7", (-9, -8, 2))]
        {
            assert_eq!(seen.collision(sequence), Some(collision), "{sequence} on {}", database.major());
        }
        let unresolved = &seen.catalog.unresolved;
        let sequences: Vec<_> =
            unresolved.iter().map(|one| one.sequence.as_ref().unwrap().as_str()).collect();
        assert_eq!(sequences, ["public.d6", "public.d8", "public.d4", "public.d5"]);
        assert!(unresolved.iter().all(|one| one.reason.contains("negative numbers")), "{unresolved:?}");
    }
}

#[test]
fn texts_that_ignore_case_are_read_in_every_case() {
    for database in on_every_version() {
        let mut script = String::from(
            "CREATE EXTENSION citext;
             CREATE DOMAIN code AS citext;
             CREATE SEQUENCE c; CREATE SEQUENCE d; CREATE SEQUENCE p;
             CREATE TABLE t (id citext PRIMARY KEY DEFAULT 'a' || nextval('c'),
                             code code UNIQUE DEFAULT 'a' || nextval('d'), plain citext DEFAULT nextval('p')::text);
             INSERT INTO t VALUES ('A1', 'A1', '1');",
        );
        let mut sequences = vec!["c", "d", "p"];
        if database.major() >= 12 {
            script +=
                "CREATE COLLATION folded (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
                       CREATE SEQUENCE n;
                       CREATE TABLE u (id text COLLATE folded PRIMARY KEY DEFAULT 'é.' || nextval('n'));
                       INSERT INTO u VALUES ('É.1');";
            sequences.push("n");
        }
        let seen = look(&database.with(&script));
        for sequence in sequences {
            assert_eq!(seen.collision(sequence), Some((1, 1, 1)), "{sequence}");
        }
    }
}

#[test]
fn columns_of_domains_are_read_to_their_end() {
    for database in on_every_version() {
        let database = database.with(
            "CREATE DOMAIN number AS int; CREATE DOMAIN precise AS numeric(20); CREATE DOMAIN rough AS float8;
             CREATE SEQUENCE i; CREATE SEQUENCE n; CREATE SEQUENCE f;
             CREATE TABLE t (i number PRIMARY KEY DEFAULT nextval('i'), n precise UNIQUE DEFAULT nextval('n'),
                             f rough UNIQUE DEFAULT nextval('f'));
             INSERT INTO t VALUES (1, 1, 1), (2, 2, 2), (2147483600, 9223372036854775800, 9007199254740000);",
        );
        let seen = look(&database);
        for (sequence, last) in
            [("i", 2_147_483_600), ("n", 9_223_372_036_854_775_800), ("f", 9_007_199_254_740_000)]
        {
            assert_eq!(seen.collision(sequence), Some((1, last, 2)), "{sequence} on {}", database.major());
            let gap = seen.reading(sequence).collision.as_ref().unwrap().gap.as_deref().unwrap();
            assert_eq!((gap.before, gap.after), (Some(2), last), "{sequence}");
        }
    }
}

#[test]
fn numbers_that_are_not_whole_are_in_nobodys_way() {
    for database in on_every_version() {
        let mut script = String::from(
            "CREATE SEQUENCE n; CREATE SEQUENCE f; CREATE SEQUENCE r; CREATE SEQUENCE d INCREMENT -1;
             CREATE TABLE precise (id numeric(20, 2) PRIMARY KEY DEFAULT nextval('n'));
             INSERT INTO precise VALUES (1.5), (7.99), ('NaN');
             CREATE TABLE rough (id double precision PRIMARY KEY DEFAULT nextval('f'));
             INSERT INTO rough VALUES (3), (9007199254740992), (1e300), ('Infinity'), ('-Infinity'), ('NaN');
             CREATE TABLE rougher (id real PRIMARY KEY DEFAULT nextval('r'));
             INSERT INTO rougher VALUES (2.5), ('NaN');
             CREATE TABLE down (id numeric PRIMARY KEY DEFAULT nextval('d'));
             INSERT INTO down VALUES (-2.5), (-2), ('NaN');",
        );
        if database.major() >= 14 {
            script += "INSERT INTO down VALUES ('Infinity'), ('-Infinity');";
        }
        let seen = look(&database.with(&script));
        assert_eq!((seen.extreme("n"), seen.collision("n")), (Some(7), None));
        let largest_double = 9_007_199_254_740_992;
        assert_eq!(seen.extreme("f"), Some(largest_double));
        assert_eq!(seen.collision("f"), Some((3, largest_double, 1)));
        assert_eq!((seen.extreme("r"), seen.collision("r")), (Some(2), None));
        assert_eq!((seen.extreme("d"), seen.collision("d")), (Some(-2), Some((-2, -2, 1))));
    }
}

#[test]
fn a_column_without_an_index_is_scanned_up_to_the_limit() {
    for database in on_every_version() {
        let database = database.with(
            "CREATE TABLE plain (id serial, x text);
             INSERT INTO plain (id) SELECT g FROM generate_series(1, 2000) g;
             CREATE TABLE partly (id serial, deleted_at date);
             CREATE UNIQUE INDEX ON partly (id) WHERE deleted_at IS NULL;
             INSERT INTO partly VALUES (5, NULL), (9, '2020-01-01');
             CREATE TABLE not_null (id serial);
             ALTER TABLE not_null ALTER id DROP NOT NULL;
             CREATE UNIQUE INDEX ON not_null (id) WHERE id IS NOT NULL;
             INSERT INTO not_null VALUES (3), (NULL), (NULL);",
        );
        let seen = look(&database);
        for (sequence, extreme, probe) in [
            ("plain_id_seq", 2000, Probe::Scan),
            ("partly_id_seq", 9, Probe::Scan),
            ("not_null_id_seq", 3, Probe::Index),
        ] {
            let reading = seen.reading(sequence);
            assert_eq!((reading.extreme, reading.probe), (Some(extreme), probe), "{sequence}");
        }
    }
}

#[test]
fn beyond_the_limit_only_an_index_is_asked() {
    for database in on_every_version() {
        let database = database.with(
            "CREATE SEQUENCE s;
             CREATE TABLE invoice (id serial, code text NOT NULL DEFAULT 'INV-' || nextval('s'));
             INSERT INTO invoice (id, code) SELECT g, 'INV-' || g FROM generate_series(1, 30000) g;
             ANALYZE invoice;",
        );
        let narrow = Look { scan_limit: 1 << 20, ..Look::default() };
        let seen = narrow.at(&database);
        for sequence in ["invoice_id_seq", "s"] {
            let (reason, hint) = seen.unreadable(sequence);
            assert!(reason.starts_with("public.invoice takes 2 MB, more than the scan limit"), "{reason}");
            // The hint helps: with the index that it names the column is read.
            let index = hint.split_once(';').unwrap().0;
            assert!(index.starts_with("CREATE INDEX CONCURRENTLY ON public.invoice ("), "{hint}");
            database.connect().simple(index).unwrap();
        }
        let seen = narrow.at(&database);
        for sequence in ["invoice_id_seq", "s"] {
            let reading = seen.reading(sequence);
            assert_eq!((reading.extreme, reading.probe), (Some(30000), Probe::Index), "{sequence}");
        }
    }
}

#[test]
fn a_standby_has_no_state_of_unlogged_sequences() {
    // Sequences can be unlogged since PostgreSQL 15; states are read in another way since 18.
    let since_15 =
        installations().into_iter().filter(|installation| installation.major >= 15).collect::<Vec<_>>();
    look_at_standby(since_15.first().unwrap());
    look_at_standby(since_15.last().unwrap());
}

fn look_at_standby(installation: &Installation) {
    let mut primary = Cluster::start(installation, &ClusterOptions::default()).unwrap();
    let conninfo = primary.conninfo();
    let mut connection = pq::Connection::connect(&[("dbname", conninfo.as_str())]).unwrap();
    connection
        .simple(
            "CREATE TABLE logged (id serial PRIMARY KEY); INSERT INTO logged VALUES (DEFAULT), (DEFAULT);
             CREATE TABLE fresh (id serial PRIMARY KEY); INSERT INTO fresh VALUES (4);
             CREATE UNLOGGED TABLE volatile_ (id serial PRIMARY KEY); INSERT INTO volatile_ VALUES (DEFAULT);",
        )
        .unwrap();
    let standby = primary.standby().unwrap();
    let connector = Connector::from_conninfo(&standby.conninfo());
    let mut sessions = Sessions::open(connector, 2).unwrap();
    let catalog = catalog::read(&mut sessions, &[]).unwrap();
    assert!(sessions.server().in_recovery);
    let seen = Look::default().at_catalog(&mut sessions, catalog);
    assert_eq!((seen.extreme("logged_id_seq"), seen.collision("logged_id_seq")), (Some(2), None));
    assert_eq!(*seen.state("logged_id_seq"), known(2, true));
    assert_eq!(seen.collision("fresh_id_seq"), Some((4, 4, 1)));
    let expected = StateReading::Unreadable(Box::new(Unreadable {
        reason: "public.volatile__id_seq is unlogged: a standby has no state of it".to_owned(),
        hint: "look at the primary".to_owned(),
    }));
    assert_eq!(*seen.state("volatile__id_seq"), expected);
    let (reason, _) = seen.unreadable("volatile__id_seq");
    assert!(reason.starts_with("public.volatile_ could not be read: "), "{reason}");
}
