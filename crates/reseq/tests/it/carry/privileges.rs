//! What the roles of both sides may do.

use reseq::apply::Status;
use reseq::carry::CarryOptions;
use reseq::diagnose::Code;
use reseq::plan::Method;
use reseq::session::Sessions;

use super::{Carried, carry_over, next_values, pairs};
use crate::fixing::{assert_all_repaired, repair};
use crate::support::{Database, Role, on_newest};

const SHOP: &str = "
    CREATE TABLE orders (id serial PRIMARY KEY, note text);
    CREATE SEQUENCE far;
    CREATE SEQUENCE cached CACHE 10;
";
const DRAWN: &str = "
    INSERT INTO orders SELECT nextval('orders_id_seq') FROM generate_series(1, 8);
    SELECT setval('far', 5000000), setval('cached', 30)
";

fn sessions(database: &Database, role: &Role) -> Sessions {
    Sessions::open(database.connector_as(&role.name), 2).unwrap()
}

fn carry_as(source: &mut Sessions, target: &mut Sessions) -> Carried {
    carry_over(source, target, &CarryOptions::default())
}

#[test]
fn select_on_the_sequences_of_the_source_is_enough() {
    for (source, target) in pairs() {
        let role = Role::on(&source);
        let (source, target) = (source.with(SHOP).with(DRAWN), target.with(SHOP));
        source.connect().simple("CREATE SCHEMA IF NOT EXISTS public").unwrap();
        let grants = format!(
            "REVOKE ALL ON SCHEMA public FROM PUBLIC; GRANT USAGE ON SCHEMA public TO {role};
             GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}"
        );
        source.connect().simple(&grants).unwrap();
        let carried = carry_as(&mut sessions(&source, &role), &mut target.sessions());
        assert_all_repaired(&carried.outcome);
        assert_eq!(next_values(&target, &["orders_id_seq", "far", "cached"]), ["9", "5000001", "31"]);
        source.connect().simple(&format!("DROP OWNED BY {role}")).unwrap();
    }
}

#[test]
fn what_cannot_be_read_on_the_source_is_named_with_the_grant() {
    let (source, target) = (on_newest(), on_newest().with(SHOP));
    let role = Role::on(&source);
    let source = source.with(SHOP).with(DRAWN);
    let grants = format!("GRANT SELECT ON SEQUENCE far TO {role}");
    source.connect().simple(&grants).unwrap();
    let carried = carry_as(&mut sessions(&source, &role), &mut target.sessions());
    assert_eq!(next_values(&target, &["orders_id_seq", "far"]), ["1", "5000001"]);
    let unread = &carried.carrying.least.unread;
    let hints: Vec<_> = unread.iter().map(|one| one.hint.as_str()).collect();
    let grant = |sequence: &str| format!("GRANT SELECT ON SEQUENCE public.{sequence} TO {role};");
    assert_eq!(hints, [grant("cached"), grant("orders_id_seq")]);
    assert!(!carried.carrying.stands_for_all());
}

#[test]
fn without_ownership_the_target_is_set_and_caches_remain() {
    for (source, target) in pairs() {
        let role = Role::on(&target);
        let (source, target) = (source.with(SHOP).with(DRAWN), target.with(SHOP));
        let grants = format!(
            "GRANT SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA public TO {role};
             GRANT SELECT (id) ON orders TO {role}"
        );
        target.connect().simple(&grants).unwrap();
        let Carried { outcome, .. } = carry_as(&mut source.sessions(), &mut sessions(&target, &role));
        let methods = ["orders_id_seq", "far", "cached"].map(|name| {
            let repair = repair(&outcome, &format!("public.{name}"));
            assert_eq!(repair.status, Status::Repaired, "{repair:?}");
            repair.method
        });
        assert_eq!(methods, [Method::Draw, Method::Setval, Method::Draw]);
        assert_eq!(next_values(&target, &["orders_id_seq", "far", "cached"]), ["9", "5000001", "31"]);
        let remaining: Vec<_> = outcome.remaining.iter().map(|one| one.code).collect();
        assert_eq!((remaining, outcome.complete), (vec![Code::Cached], false));
        target.connect().simple(&format!("DROP OWNED BY {role}")).unwrap();
    }
}
