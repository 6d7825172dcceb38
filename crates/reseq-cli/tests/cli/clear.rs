//! `reseq clear`, and its way back

use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use reseq_scratch::testing;

use crate::support::{Run, Sandbox, sandbox, snapshot};

/// Tables whose sequences are owned, unowned, shared, drawn by a trigger; partitions, inheritance, a reference to itself,
/// values of types that depend on settings, a trigger that must not fire when rows come back.
const SHOP: &str = r#"
    CREATE TABLE orders (id int GENERATED ALWAYS AS IDENTITY (START 10) PRIMARY KEY, parent int REFERENCES orders, at timestamptz DEFAULT '2026-01-02 03:04:05+00', takes interval DEFAULT '1 day 2 hours', f float8 DEFAULT 0.1, b bytea DEFAULT '\x00ff', note text DEFAULT E'tab\there\\N');
    INSERT INTO orders (parent) SELECT 10 FROM generate_series(1, 20);
    CREATE TABLE "Lines %" (id serial PRIMARY KEY, "order" int NOT NULL REFERENCES orders);
    INSERT INTO "Lines %" ("order") SELECT id FROM orders;
    CREATE SEQUENCE unowned START 5;
    CREATE TABLE bare (id int PRIMARY KEY DEFAULT nextval('unowned'));
    INSERT INTO bare SELECT FROM generate_series(1, 7);
    CREATE SEQUENCE shared;
    CREATE TABLE left_one (id int PRIMARY KEY DEFAULT nextval('shared'));
    CREATE TABLE right_one (id int PRIMARY KEY DEFAULT nextval('shared'));
    INSERT INTO left_one DEFAULT VALUES; INSERT INTO right_one DEFAULT VALUES;
    CREATE SEQUENCE by_trigger;
    CREATE TABLE pulled (id int);
    CREATE FUNCTION pull() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.id := nextval(''public.by_trigger''); RETURN NEW; END';
    CREATE TRIGGER pull BEFORE INSERT ON pulled FOR EACH ROW EXECUTE PROCEDURE pull();
    INSERT INTO pulled SELECT FROM generate_series(1, 3);
    CREATE TABLE events (id serial, day int NOT NULL) PARTITION BY LIST (day);
    CREATE TABLE events_1 PARTITION OF events FOR VALUES IN (1);
    CREATE TABLE events_2 PARTITION OF events FOR VALUES IN (2);
    INSERT INTO events (day) SELECT 1 + n % 2 FROM generate_series(1, 9) n;
    CREATE TABLE animals (id serial PRIMARY KEY);
    CREATE TABLE cats (name text) INHERITS (animals);
    INSERT INTO animals SELECT FROM generate_series(1, 4); INSERT INTO cats (name) VALUES ('Mimi');
"#;

const TABLES: [&str; 8] =
    ["orders", "\"Lines %\"", "bare", "left_one", "right_one", "pulled", "events", "animals"];

/// All rows and all sequences.
fn everything(shop: &Sandbox) -> String {
    let rows = TABLES.map(|table| {
        format!("(SELECT coalesce(string_agg(t::text, ' ' ORDER BY t::text), 'empty') FROM {table} t)")
    });
    let sequences = "(SELECT string_agg(s::text, ' ' ORDER BY s::text) FROM (SELECT sequencename, last_value FROM pg_sequences) s)";
    shop.value(&format!("SELECT concat_ws('; ', {}, {sequences})", rows.join(", ")))
}

fn well(shop: &Sandbox, arguments: &[&str]) -> Run {
    let run = shop.reseq(arguments);
    assert_eq!(run.status, Some(0), "{run}");
    run
}

fn next(shop: &Sandbox, sequence: &str) -> i64 {
    shop.value(&format!("SELECT nextval('{sequence}')::text")).parse().unwrap()
}

/// The files below the folder of backups.
fn backups(shop: &Sandbox) -> Vec<PathBuf> {
    let folders = std::fs::read_dir(shop.home().join("state/reseq/backups"));
    let folders = folders.into_iter().flatten().map(|entry| entry.unwrap().path());
    folders.flat_map(|folder| std::fs::read_dir(folder).unwrap()).map(|file| file.unwrap().path()).collect()
}

#[test]
fn rows_go_and_come_back_with_their_sequences() {
    for server in testing::servers() {
        let (shop, major) = (Sandbox::on(server, SHOP), server.major);
        let before = everything(&shop);
        let mut arguments = vec!["clear", "--yes"];
        arguments.extend(TABLES);
        well(&shop, &arguments);
        let rows: String =
            TABLES.map(|table| shop.value(&format!("SELECT count(*)::text FROM {table}"))).concat();
        assert_eq!(rows, "00000000", "PostgreSQL {major}");
        well(&shop, &["undo", "--last", "--yes"]);
        assert_eq!(everything(&shop), before, "PostgreSQL {major}");
        let enabled = "SELECT count(*)::text FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'O'";
        assert_eq!(shop.value(enabled), "1");
        // Once more, and what the sequences begin with.
        well(&shop, &arguments);
        let sequences = [
            "orders_id_seq",
            "\"Lines %_id_seq\"",
            "unowned",
            "shared",
            "by_trigger",
            "events_id_seq",
            "animals_id_seq",
        ];
        assert_eq!(
            sequences.map(|sequence| next(&shop, sequence)),
            [10, 1, 5, 1, 1, 1, 1],
            "PostgreSQL {major}"
        );
    }
}

#[test]
fn what_refers_to_it_is_cleared_with_cascade_only() {
    let shop = sandbox(SHOP);
    snapshot!(shop.reseq(&["clear", "orders", "--yes"]), @r#"
    ─── standard error
    reseq: other tables refer to what is to be cleared: public."Lines %"
    hint: --cascade clears them too, with a backup of their rows
    ─── exit status 1
    "#);
    snapshot!(shop.reseq(&["clear", "orders", "--cascade", "--start", "1000", "--yes", "--backup", "kept"]), @r#"
    DATABASE on HOST:PORT, PostgreSQL VERSION

    Clear 2 tables and restart 2 sequences, all or nothing:
      public."Lines %_id_seq"  21 → 1
      public.orders_id_seq     30 → 1000
      - keep the rows of public.orders
      - keep the rows of public."Lines %"
      - empty public.orders, public."Lines %"
      lock  ACCESS EXCLUSIVE on public.orders, public."Lines %": nobody reads or
            writes them until the end
      lock  SHARE ROW EXCLUSIVE on public."Lines %_id_seq": its nextval() waits
            until the end, tables stay free
      lock  SHARE ROW EXCLUSIVE on public.orders_id_seq: its nextval() waits until
            the end, tables stay free
      note  cleared too, because of what they refer to: public."Lines %"
      note  the rows, 1 MB, are kept in FOLDER/kept

    Done: Clear 2 tables and restart 2 sequences.
      - keep the rows of public.orders: 20 rows
      - keep the rows of public."Lines %": 20 rows
      - empty public.orders, public."Lines %"
    Receipt: RECEIPT
    ─── exit status 0
    "#);
    assert_eq!((next(&shop, "orders_id_seq"), next(&shop, "\"Lines %_id_seq\"")), (1000, 1));
    snapshot!(shop.reseq(&["clear", "bare", "--yes", "--backup", "kept"]), @"
    ─── standard error
    reseq: kept is there already, and is not written over
    hint: name a folder that is not there yet: the backup makes it; one without a manifest is left of a run that was killed
    ─── exit status 2
    ");
    shop.execute("INSERT INTO orders (parent) VALUES (NULL)");
    snapshot!(shop.reseq(&["undo", "--last", "--yes"]), @"
    ─── standard error
    reseq: public.orders has rows again: its old ones cannot be put back beside them
    hint: move these rows elsewhere, or load FOLDER/kept/1-public.orders.copy.zst by hand (reseq load)
    ─── exit status 1
    ");
}

#[test]
fn a_shared_sequence_goes_on_while_others_have_rows() {
    let shop = sandbox(SHOP);
    snapshot!(shop.reseq(&["clear", "left_one", "events_1", "--yes", "--no-backup"]), @"
    DATABASE on HOST:PORT, PostgreSQL VERSION

    Clear 2 tables, all or nothing:
      - empty public.events_1, public.left_one
      lock  ACCESS EXCLUSIVE on public.events_1, public.left_one: nobody reads or
            writes them until the end
      note  public.events_id_seq goes on where it is: it feeds public.events_2 too,
            which is not cleared
      note  public.shared goes on where it is: it feeds public.right_one too, which
            is not cleared
      note  there is no backup: the rows are gone for good

    Done: Clear 2 tables.
      - empty public.events_1, public.left_one
    Receipt: RECEIPT
    ─── exit status 0
    ");
    assert_eq!((next(&shop, "shared"), next(&shop, "events_id_seq")), (3, 10));
    shop.execute("DELETE FROM right_one");
    well(&shop, &["clear", "left_one", "--yes", "--no-backup"]);
    assert_eq!(next(&shop, "shared"), 1);
    snapshot!(shop.reseq(&["clear", "bare", "--start", "3000000000", "--yes"]), @"
    ─── standard error
    reseq: public.unowned cannot start at 3000000000
    hint: its values go from 1 to 2147483647
    ─── exit status 1
    ");
    snapshot!(shop.reseq(&["clear", "shared", "--yes"]), @"
    ─── standard error
    reseq: public.shared is no table
    hint: name the table whose rows are to go
    ─── exit status 2
    ");
}

/// What is lost of a backup is seen before anything is put back; so are rows that refer to each other in a circle.
#[test]
fn what_cannot_be_put_back_is_told() {
    let shop = sandbox(
        "CREATE TABLE a (id serial PRIMARY KEY, b int); CREATE TABLE b (id serial PRIMARY KEY, a int REFERENCES a);
         ALTER TABLE a ADD CONSTRAINT circle FOREIGN KEY (b) REFERENCES b; INSERT INTO a DEFAULT VALUES; INSERT INTO b (a) VALUES (1);
         UPDATE a SET b = 1",
    );
    let run = well(&shop, &["clear", "a", "b", "--yes"]);
    assert!(run.stdout.contains("the tables refer to each other in a circle"), "{run}");
    snapshot!(shop.reseq(&["undo", "--last", "--yes"]), @"
    ─── standard error
    reseq: the tables refer to each other in a circle: none can be filled before the others
    hint: ALTER TABLE public.a ALTER CONSTRAINT circle DEFERRABLE, or ALTER TABLE public.b ALTER CONSTRAINT b_a_fkey DEFERRABLE; then run it again
    ─── exit status 1
    ");
    shop.execute("ALTER TABLE a ALTER CONSTRAINT circle DEFERRABLE");
    let file = backups(&shop).into_iter().find(|file| file.to_string_lossy().contains("public.b")).unwrap();
    let whole = std::fs::read(&file).unwrap();
    std::fs::write(&file, &whole[..whole.len() - 5]).unwrap();
    let run = shop.reseq(&["undo", "--last", "--yes"]);
    assert_eq!(run.status, Some(3), "{run}");
    assert!(run.stderr.contains("could not read the backup "), "{run}");
    std::fs::write(&file, &whole).unwrap();
    well(&shop, &["undo", "--last", "--yes"]);
    assert_eq!(shop.value("SELECT concat(a.id, a.b, b.id, b.a) FROM a, b"), "1111");
}

/// Either key of a circle will do, whichever table comes first; a plan that undo can take back warns of nothing.
#[test]
fn a_circle_is_filled_again_once_any_of_its_keys_can_wait() {
    let shop = sandbox("SELECT 1");
    for key in [
        "k1 ALTER CONSTRAINT k1fk DEFERRABLE",
        "k2 ALTER CONSTRAINT k2fk DEFERRABLE",
        "k1 DROP CONSTRAINT k1fk",
        "k2 DROP CONSTRAINT k2fk",
    ] {
        shop.execute(
            "DROP TABLE IF EXISTS k1, k2 CASCADE; CREATE TABLE k1 (id serial PRIMARY KEY, o int);
             CREATE TABLE k2 (id serial PRIMARY KEY, o int CONSTRAINT k2fk REFERENCES k1);
             ALTER TABLE k1 ADD CONSTRAINT k1fk FOREIGN KEY (o) REFERENCES k2; INSERT INTO k1 VALUES (1);
             INSERT INTO k2 VALUES (1, 1); UPDATE k1 SET o = 1",
        );
        well(&shop, &["clear", "k1", "k2", "--yes"]);
        assert_eq!(shop.reseq(&["undo", "--last", "--yes"]).status, Some(1));
        shop.execute(&format!("ALTER TABLE {key}"));
        well(&shop, &["undo", "--last", "--yes"]);
        assert_eq!(shop.value("SELECT concat(k1.id, k1.o, k2.id, k2.o) FROM k1, k2"), "1111", "{key}");
        let run = shop.reseq(&["clear", "k1", "k2", "--yes", "--dry-run"]);
        assert!(!run.stdout.contains("circle"), "{key}: {run}");
    }
}

#[test]
fn undo_says_that_rows_are_gone_that_were_not_kept() {
    let shop = sandbox("CREATE TABLE t (id serial PRIMARY KEY); INSERT INTO t DEFAULT VALUES");
    well(&shop, &["clear", "t", "--no-backup", "--yes"]);
    let run = shop.reseq(&["undo", "--last", "--yes"]);
    assert!(run.stdout.contains("the rows that were cleared are gone"), "{run}");
}

#[test]
fn rows_whose_table_is_not_as_it_was_are_not_put_back() {
    let shop = sandbox("CREATE TABLE t (id serial PRIMARY KEY, name text); INSERT INTO t VALUES (1, 'a')");
    well(&shop, &["clear", "t", "--yes"]);
    for (change, expected) in [
        (
            "ALTER TABLE t RENAME name TO label",
            "public.t has no column name any more: its rows cannot be put back",
        ),
        ("ALTER TABLE t RENAME TO u", "public.t is called public.u now: its rows cannot be put back"),
        ("DROP TABLE u", "public.t was dropped: its rows cannot be put back"),
    ] {
        shop.execute(change);
        let run = shop.reseq(&["undo", "--last", "--yes"]);
        assert!(
            run.stderr.contains(expected) && run.stderr.contains("\nhint: make it as it was, and load"),
            "{run}"
        );
        assert_eq!(run.status, Some(1), "{run}");
    }
}

/// The size of a file is limited, as a full disk would limit it.
#[test]
fn where_the_backup_finds_no_room_nothing_is_changed() {
    let shop = sandbox(
        "CREATE TABLE t (id serial PRIMARY KEY, x text); INSERT INTO t (x) SELECT md5(random()::text) FROM generate_series(1, 20000) n",
    );
    let mut command = Command::new("bash");
    for (name, value) in shop.command(&[]).get_envs() {
        command.env(name, value.unwrap_or_default());
    }
    command.current_dir(shop.home()).stdin(std::process::Stdio::null());
    let script = format!("trap '' XFSZ; ulimit -f 100; exec {} clear t --yes", env!("CARGO_BIN_EXE_reseq"));
    let run = Run::of(command.args(["-c", &script]));
    assert_eq!(run.status, Some(3), "{run}");
    assert!(
        run.stderr.contains("could not write the backup ") && run.stderr.contains("File too large"),
        "{run}"
    );
    assert_eq!(
        (shop.value("SELECT count(*)::text FROM t").as_str(), next(&shop, "t_id_seq")),
        ("20000", 20001)
    );
    assert!(backups(&shop).is_empty(), "{:?}", backups(&shop));
}

/// Killed at ten moments: all or nothing, and undo knows which.
#[test]
fn killed_it_has_done_all_or_nothing_and_can_be_undone() {
    let shop = sandbox(
        "CREATE TABLE t (id serial PRIMARY KEY, x text); INSERT INTO t (x) SELECT md5(n::text) FROM generate_series(1, 100000) n",
    );
    let mut endings = [0, 0];
    for moment in 0..=10 {
        let mut victim =
            shop.command(&["clear", "t", "--yes"]).stdout(std::process::Stdio::null()).spawn().unwrap();
        if moment < 10 {
            let random =
                u64::from(std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().subsec_micros() % 40_000);
            std::thread::sleep(Duration::from_micros(moment * 60_000 + random));
            victim.kill().unwrap();
        }
        victim.wait().unwrap();
        let gone = "SELECT count(*)::text FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'reseq'";
        while shop.value(gone) != "0" {
            std::thread::sleep(Duration::from_millis(5));
        }
        match shop.value("SELECT count(*)::text FROM t").as_str() {
            "0" => {
                endings[1] += 1;
                let run = well(&shop, &["undo", "--last", "--yes"]);
                assert!(run.stdout.contains("put the rows of public.t back: 100,000 rows"), "{run}");
            }
            all => {
                assert_eq!(all, "100000", "killed in moment {moment}");
                endings[0] += 1;
            }
        }
        assert_eq!(shop.value("SELECT concat(count(*), ' ', max(id)) FROM t"), "100000 100000");
        assert_eq!(shop.value("SELECT last_value::text FROM t_id_seq"), "100000");
    }
    assert!(endings[0] > 0 && endings[1] > 0, "{endings:?}");
}

/// Others read and write: nobody sees half of it, no row is lost, no insert fails.
#[test]
fn under_live_readers_and_writers() {
    let shop = sandbox("CREATE TABLE t (id bigserial PRIMARY KEY)");
    let stop = AtomicBool::new(false);
    let (failed, written) = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(|| {
                    let (mut connection, mut failed, mut written) = (shop.connect(), 0, 0);
                    while !stop.load(Ordering::Relaxed) {
                        match connection.query("INSERT INTO t DEFAULT VALUES", &[]) {
                            Ok(_) => written += 1,
                            Err(_) => failed += 1,
                        }
                    }
                    (failed, written)
                })
            })
            .collect();
        let end = Instant::now() + Duration::from_secs(3);
        while Instant::now() < end {
            let run = shop.reseq(&["clear", "t", "--yes"]);
            if run.status != Some(0) {
                stop.store(true, Ordering::Relaxed);
            }
            assert_eq!(run.status, Some(0), "{run}");
        }
        stop.store(true, Ordering::Relaxed);
        let ends = writers.into_iter().map(|writer| writer.join().unwrap());
        ends.fold((0, 0), |(failed, written), end| (failed + end.0, written + end.1))
    });
    let manifests = backups(&shop).into_iter().filter(|file| file.ends_with("manifest.json"));
    let kept: u64 = manifests
        .map(|file| {
            let manifest: serde_json::Value =
                serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
            manifest["tables"][0]["rows"].as_u64().unwrap()
        })
        .sum();
    let left: u64 = shop.value("SELECT count(*)::text FROM t").parse().unwrap();
    assert_eq!((failed, kept + left), (0, written), "every row is in a backup or in the table");
    assert!(kept > 0);
}
