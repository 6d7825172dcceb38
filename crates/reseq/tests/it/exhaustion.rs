//! How much is left of a sequence, where monitoring tools count it wrong.

use reseq::diagnose::Code;

use crate::checking::check;
use crate::support::on_every_version;

/// What is left of one sequence.
struct Left {
    setup: &'static str,
    sequence: &'static str,
    room: u64,
    /// Percent, rounded down.
    used: u64,
    codes: &'static [Code],
}

const INTEGER: u64 = i32::MAX as u64;

const CASES: &[Left] = &[
    // A bigint sequence over an integer column.
    Left {
        setup: "CREATE SEQUENCE over_int; CREATE TABLE t1 (id int PRIMARY KEY DEFAULT nextval('over_int'));
            SELECT setval('over_int', 2147483646)",
        sequence: "public.over_int",
        room: 1,
        used: 99,
        codes: &[Code::Exhausting, Code::NotOwned, Code::TypeMismatch],
    },
    // The column was widened, the sequence was not.
    Left {
        setup: "CREATE TABLE t2 (id serial PRIMARY KEY); ALTER TABLE t2 ALTER id TYPE bigint;
            SELECT setval('t2_id_seq', 2147483646)",
        sequence: "public.t2_id_seq",
        room: 1,
        used: 99,
        codes: &[Code::Exhausting, Code::TypeMismatch],
    },
    // Restarted: last_value is not used yet.
    Left {
        setup: "CREATE TABLE t3 (id serial PRIMARY KEY); ALTER SEQUENCE t3_id_seq RESTART 2147483647",
        sequence: "public.t3_id_seq",
        room: 1,
        used: 99,
        codes: &[Code::Exhausting],
    },
    Left {
        setup: "CREATE DOMAIN whole AS int; CREATE SEQUENCE over_domain;
            CREATE TABLE t4 (id whole PRIMARY KEY DEFAULT nextval('over_domain')); SELECT setval('over_domain', 2147483646)",
        sequence: "public.over_domain",
        room: 1,
        used: 99,
        codes: &[Code::Exhausting, Code::NotOwned, Code::TypeMismatch],
    },
    Left {
        setup: "CREATE SEQUENCE plus; CREATE TABLE t5 (id int PRIMARY KEY DEFAULT 1000 + nextval('plus'));
            SELECT setval('plus', 2147482646)",
        sequence: "public.plus",
        room: 1,
        used: 99,
        codes: &[Code::Exhausting, Code::NotOwned, Code::TypeMismatch],
    },
    // The column draws from another sequence than the one that it owns.
    Left {
        setup: "CREATE TABLE t6 (id serial PRIMARY KEY); CREATE SEQUENCE drawn;
            ALTER TABLE t6 ALTER id SET DEFAULT nextval('drawn'); SELECT setval('drawn', 2147483646)",
        sequence: "public.drawn",
        room: 1,
        used: 99,
        codes: &[Code::Exhausting, Code::NotOwned, Code::TypeMismatch],
    },
    Left {
        setup: "SELECT 1",
        sequence: "public.t6_id_seq",
        room: INTEGER,
        used: 0,
        codes: &[Code::OwnedUnused],
    },
    Left {
        setup: r#"CREATE TABLE "a.b" (id serial PRIMARY KEY); SELECT setval('"a.b_id_seq"', 2147483646)"#,
        sequence: r#"public."a.b_id_seq""#,
        room: 1,
        used: 99,
        codes: &[Code::Exhausting],
    },
    // No column draws from it.
    Left {
        setup: "CREATE SEQUENCE alone MAXVALUE 1000; SELECT setval('alone', 999)",
        sequence: "public.alone",
        room: 1,
        used: 99,
        codes: &[Code::Exhausting],
    },
    Left {
        setup: "CREATE SEQUENCE down INCREMENT -1; SELECT nextval('down')",
        sequence: "public.down",
        room: i64::MAX as u64,
        used: 0,
        codes: &[],
    },
    Left {
        setup: "CREATE SEQUENCE small_down AS smallint INCREMENT -1; SELECT setval('small_down', -32768)",
        sequence: "public.small_down",
        room: 0,
        used: 100,
        codes: &[Code::Exhausted],
    },
    // Bounds that others divide by, and whose distance no bigint holds.
    Left {
        setup: "CREATE SEQUENCE up_to_zero MINVALUE -10 MAXVALUE 0 START -10; SELECT nextval('up_to_zero')",
        sequence: "public.up_to_zero",
        room: 10,
        used: 9,
        codes: &[],
    },
    Left {
        setup: "CREATE SEQUENCE widest MINVALUE -9223372036854775808 START -9223372036854775807",
        sequence: "public.widest",
        room: u64::MAX,
        used: 0,
        codes: &[],
    },
    // Calls are counted and not values.
    Left {
        setup: "CREATE SEQUENCE tens START 10 INCREMENT 10 MAXVALUE 100; SELECT setval('tens', 70)",
        sequence: "public.tens",
        room: 3,
        used: 70,
        codes: &[],
    },
    // It begins again.
    Left {
        setup: "CREATE SEQUENCE round AS smallint CYCLE; SELECT setval('round', 32767)",
        sequence: "public.round",
        room: 32767,
        used: 0,
        codes: &[],
    },
    // The column that copies the key is full before the key is.
    Left {
        setup: "CREATE TABLE t7 (id bigserial PRIMARY KEY); CREATE TABLE copies (t7_id int REFERENCES t7 (id));
            SELECT setval('t7_id_seq', 2147483646)",
        sequence: "public.t7_id_seq",
        room: 1,
        used: 99,
        codes: &[Code::Exhausting, Code::FkNarrower],
    },
];

#[test]
fn what_is_left_is_counted_in_calls_up_to_the_first_bound() {
    let mut wrong = Vec::new();
    for database in on_every_version() {
        for Left { setup, .. } in CASES {
            database.connect().simple(setup).unwrap();
        }
        let checked = check(&mut database.sessions());
        for Left { sequence, room, used, codes, .. } in CASES {
            let diagnosis = checked.diagnosis(sequence);
            let found_used = diagnosis.used_percent.map(|percent| percent as u64);
            let found = (diagnosis.room, found_used, &*checked.codes(sequence));
            if found != (Some(*room), Some(*used), codes) {
                wrong.push(format!("{sequence} on {}: {found:?}", database.major()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
