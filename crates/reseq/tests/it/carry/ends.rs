//! Sequences of the source that have handed out everything: the target's must not hand it out again.

use reseq::apply::Status;
use reseq::carry::CarryOptions;
use reseq::plan::Method;
use reseq::session::Sessions;

use super::{carry, carry_over, next_values, pairs};
use crate::fixing::{assert_all_repaired, repair};
use crate::support::{Role, on_versions};

const SHOP: &str = "
    CREATE SEQUENCE few MAXVALUE 5;
    CREATE SEQUENCE many MAXVALUE 100000;
    CREATE SEQUENCE whole;
    CREATE SEQUENCE down INCREMENT -3 MINVALUE -10 START -1;
    CREATE SEQUENCE cached CACHE 20 MAXVALUE 30;
    CREATE SEQUENCE with_rows MAXVALUE 4;
    CREATE TABLE t (id int PRIMARY KEY DEFAULT nextval('with_rows'));
";
const USED_UP: &str = "
    SELECT setval('few', 5), setval('many', 100000), setval('whole', 9223372036854775807), setval('down', -10),
           setval('cached', 30), setval('with_rows', 4);
";
const NAMES: [&str; 6] = ["few", "many", "whole", "down", "cached", "with_rows"];
const SQLSTATE_OF_THE_END: &str = "2200H";

#[test]
fn the_target_of_a_used_up_source_goes_to_its_end_and_is_right_then() {
    for (source, target) in pairs() {
        let (source, target) = (source.with(SHOP).with(USED_UP), target.with(SHOP));
        target
            .connect()
            .simple("INSERT INTO t SELECT generate_series(1, 4); SELECT nextval('many')")
            .unwrap();
        let versions = (source.major(), target.major());
        let carried = carry(&source, &target);
        assert_all_repaired(&carried.outcome);
        assert!(carried.outcome.remaining.is_empty(), "{versions:?}: {:?}", carried.outcome.remaining);
        let methods = NAMES.map(|name| repair(&carried.outcome, &format!("public.{name}")).method);
        let expected =
            [Method::Draw, Method::Alter, Method::Alter, Method::Draw, Method::Alter, Method::Draw];
        assert_eq!(methods, expected, "{versions:?}");
        let few = repair(&carried.outcome, "public.few");
        assert_eq!(few.after.map(|state| (state.last_value, state.is_called)), Some((5, true)));
        let again = carry(&source, &target).outcome;
        assert_eq!((again.sequences.len(), again.remaining.len()), (0, 0), "{versions:?}");
        assert_eq!(next_values(&target, &NAMES), [SQLSTATE_OF_THE_END; 6], "{versions:?}");
    }
}

#[test]
fn many_go_to_their_ends_in_few_transactions() {
    const EACH: usize = 40;
    let many = format!(
        "DO $$ BEGIN FOR n IN 1..{EACH} LOOP
           EXECUTE format('CREATE SEQUENCE far%s MAXVALUE 1000000', n);
           EXECUTE format('CREATE SEQUENCE down%s INCREMENT -7 START -2', n);
           EXECUTE format('CREATE SEQUENCE few%s INCREMENT 3 MAXVALUE 20', n);
         END LOOP; END $$"
    );
    let used_up = "
        SELECT setval(seqrelid::regclass, CASE WHEN seqincrement < 0 THEN seqmin ELSE seqmax END)
        FROM pg_catalog.pg_sequence";
    // ALTER SEQUENCE writes the row of pg_sequence anew, by the transaction that it is a part of.
    let transactions = "SELECT count(DISTINCT xmin::text)::text FROM pg_catalog.pg_sequence";
    for (source, target) in on_versions(&[10, 13, 18]).zip(on_versions(&[10, 13, 18])) {
        let (source, target) = (source.with(&many).with(used_up), target.with(&many));
        let outcome = carry(&source, &target).outcome;
        assert_all_repaired(&outcome);
        let altered = outcome.sequences.iter().filter(|repair| repair.method == Method::Alter).count();
        assert_eq!((outcome.sequences.len(), altered), (3 * EACH, 2 * EACH));
        let count: usize = target.value(transactions).parse().unwrap();
        assert!(count <= 2 * EACH / 8 + 1, "{count} transactions on {}", target.major());
        let ends = [("far7", "1000000"), ("down7", "-9223372036854775802"), ("few7", "19")];
        for (name, end) in ends {
            assert_eq!(target.value(&format!("SELECT last_value FROM {name}")), end, "{}", target.major());
        }
        let names: Vec<_> =
            (1..=EACH).flat_map(|n| [format!("far{n}"), format!("down{n}"), format!("few{n}")]).collect();
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        assert_eq!(next_values(&target, &names), [SQLSTATE_OF_THE_END; 3 * EACH], "{}", target.major());
    }
}

#[test]
fn without_ownership_it_is_drawn_or_set_to_its_end() {
    for (source, target) in pairs() {
        let role = Role::on(&target);
        let (source, target) = (source.with(SHOP).with(USED_UP), target.with(SHOP));
        let grants = format!(
            "SELECT nextval('many'), nextval('cached');
             GRANT UPDATE, SELECT ON SEQUENCE few, whole TO {role}; GRANT USAGE ON SEQUENCE many, cached TO {role};
             DROP SEQUENCE down; DROP TABLE t; DROP SEQUENCE with_rows"
        );
        target.connect().simple(&grants).unwrap();
        let mut sessions = Sessions::open(target.connector_as(&role.name), 2).unwrap();
        let outcome = carry_over(&mut source.sessions(), &mut sessions, &CarryOptions::default()).outcome;
        let methods = ["few", "whole", "many", "cached"].map(|name| {
            let repair = repair(&outcome, &format!("public.{name}"));
            assert_eq!(repair.status, Status::Repaired, "{repair:?}");
            repair.method
        });
        assert_eq!(methods, [Method::Draw, Method::Setval, Method::Draw, Method::Draw]);
        drop(sessions);
        let names = ["few", "whole", "many", "cached"];
        assert_eq!(next_values(&target, &names), [SQLSTATE_OF_THE_END; 4], "{}", target.major());
        target.connect().simple(&format!("DROP OWNED BY {role}")).unwrap();
    }
}
