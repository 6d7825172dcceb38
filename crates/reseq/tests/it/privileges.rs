//! What a role may not see makes the run incomplete, with the grant that helps; what it may not change is left as it
//! is. Nothing is repaired by half a look.

use reseq::apply::{ApplyOptions, Outcome, Status};
use reseq::diagnose::Code;
use reseq::model::QuotedName;
use reseq::plan::{FixOptions, Method};
use reseq::session::Sessions;

use crate::checking::{Checked, check};
use crate::fixing::{fix_with, repair};
use crate::support::{Database, Role, on_every_version};

/// Two sequences that are behind, one that was never called, in schemas that everybody and nobody may use.
const SHOP: &str = r#"
    CREATE TABLE orders (id serial PRIMARY KEY, note text);
    SELECT nextval('orders_id_seq');
    INSERT INTO orders SELECT generate_series(2, 8);
    CREATE SCHEMA "Inner Shop";
    CREATE TABLE "Inner Shop"."Line's" ("No" serial PRIMARY KEY);
    INSERT INTO "Inner Shop"."Line's" VALUES (1), (2);
"#;
const ORDERS: &str = "public.orders_id_seq";
const LINES: &str = r#""Inner Shop"."Line's_No_seq""#;

fn sessions(database: &Database, role: &Role) -> Sessions {
    Sessions::open(database.connector_as(&role.name), 2).unwrap()
}

fn check_as(database: &Database, role: &Role) -> Checked {
    check(&mut sessions(database, role))
}

fn fix_as(database: &Database, role: &Role) -> Outcome {
    let role_name = Some(QuotedName::from_server(role.to_string()));
    let fix = FixOptions { role: role_name, ..FixOptions::default() };
    fix_with(&mut sessions(database, role), &ApplyOptions { fix, ..ApplyOptions::default() })
}

/// Where a sequence stands.
fn state(database: &Database, sequence: &str) -> String {
    database.value(&format!("SELECT concat_ws(' ', last_value, is_called) FROM {sequence}"))
}

/// The statements that were printed as what helps.
fn grants(hints: impl IntoIterator<Item = impl AsRef<str>>) -> Vec<String> {
    let grant = |part: &str| {
        let start = part.find("GRANT ").or_else(|| part.find("ALTER ROLE "))?;
        Some(part[start..].trim().to_owned())
    };
    let mut grants: Vec<_> = hints
        .into_iter()
        .flat_map(|hint| hint.as_ref().split(';').filter_map(grant).collect::<Vec<_>>())
        .collect();
    grants.sort_unstable();
    grants.dedup();
    grants
}

/// Whether as much is said of the sequences as a superuser is told.
fn sees_everything(database: &Database, checked: &Checked) -> bool {
    let superuser = check(&mut database.sessions());
    let same = superuser.diagnoses().zip(checked.diagnoses()).all(|(all, seen)| {
        (all.next_value, all.findings, all.room) == (seen.next_value, seen.findings, seen.room)
    });
    checked.report.complete && same
}

#[test]
fn the_grants_that_are_printed_are_just_enough() {
    for database in on_every_version() {
        let role = Role::on(&database);
        let database = database.with(SHOP);
        let blind = check_as(&database, &role);
        assert!(!blind.report.complete);
        assert_eq!(blind.sequences_with(Code::Unreadable), [LINES, ORDERS], "on {}", database.major());
        assert_eq!(
            grants(blind.unreadable()),
            [
                format!(r#"GRANT SELECT ("No") ON "Inner Shop"."Line's" TO {role}"#),
                format!("GRANT SELECT (id) ON public.orders TO {role}"),
                format!("GRANT SELECT ON SEQUENCE {LINES} TO {role}"),
                format!("GRANT SELECT ON SEQUENCE {ORDERS} TO {role}"),
                format!(r#"GRANT USAGE ON SCHEMA "Inner Shop" TO {role}"#),
            ],
            "on {}",
            database.major()
        );
        let untouched = fix_as(&database, &role);
        assert!(untouched.sequences.is_empty() && !untouched.complete);

        let database = database.with(&grants(blind.unreadable()).join(";"));
        assert!(sees_everything(&database, &check_as(&database, &role)), "on {}", database.major());

        // Seeing is not moving.
        let seen = fix_as(&database, &role);
        assert!(seen.sequences.is_empty() && seen.anything_remains());
        let grants = grants(seen.remaining.iter().map(|rest| &*rest.hint));
        assert_eq!(
            grants,
            [
                format!("GRANT USAGE ON SEQUENCE {LINES} TO {role}"),
                format!("GRANT USAGE ON SEQUENCE {ORDERS} TO {role}"),
            ]
        );
        let database = database.with(&grants.join(";"));
        let fixed = fix_as(&database, &role);
        assert!(fixed.complete && !fixed.anything_remains());
        assert_eq!((state(&database, ORDERS), state(&database, LINES)), ("8 t".to_owned(), "2 t".to_owned()));
    }
}

#[test]
fn a_role_that_reads_all_data_sees_everything_but_hidden_rows() {
    for database in on_every_version().filter(|database| database.major() >= 14) {
        let role = Role::on(&database);
        let database = database.with(SHOP).with(&format!("GRANT pg_read_all_data TO {role}"));
        assert!(sees_everything(&database, &check_as(&database, &role)), "on {}", database.major());

        let database = database.with("ALTER TABLE orders ENABLE ROW LEVEL SECURITY");
        let hidden = check_as(&database, &role);
        assert_eq!(hidden.sequences_with(Code::Unreadable), [ORDERS]);
        assert_eq!(grants(hidden.unreadable()), [format!("ALTER ROLE {role} BYPASSRLS")]);
        let database = database.with(&grants(hidden.unreadable()).join(";"));
        assert!(sees_everything(&database, &check_as(&database, &role)), "on {}", database.major());
    }
}

#[test]
fn rows_that_a_policy_hides_are_never_taken_for_absent() {
    for database in on_every_version() {
        let (clerk, owner) = (Role::on(&database), Role::on(&database));
        let database = database.with(&format!(
            "CREATE TABLE t (id serial PRIMARY KEY); INSERT INTO t SELECT generate_series(1, 100);
             ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE POLICY few ON t USING (id < 50);
             GRANT SELECT ON t TO {clerk}; GRANT ALL ON SEQUENCE t_id_seq TO {clerk};
             ALTER TABLE t OWNER TO {owner}"
        ));
        let name = "public.t_id_seq";
        let hidden = check_as(&database, &clerk);
        assert_eq!(hidden.codes(name), [Code::Unreadable], "on {}", database.major());
        let outcome = fix_as(&database, &clerk);
        assert!(outcome.sequences.is_empty() && !outcome.complete, "on {}", database.major());
        assert_eq!(state(&database, name), "1 f");

        // A policy does not bind the owner, unless it is forced.
        let database = database.with("ALTER TABLE t FORCE ROW LEVEL SECURITY");
        assert_eq!(check_as(&database, &owner).codes(name), [Code::Unreadable]);
        assert!(fix_as(&database, &owner).sequences.is_empty());
        let database = database.with("ALTER TABLE t NO FORCE ROW LEVEL SECURITY");
        assert_eq!(repair(&fix_as(&database, &owner), name).status, Status::Repaired);
        assert_eq!(state(&database, name), "100 t");
    }
}

#[test]
fn a_closed_schema_is_named() {
    for database in on_every_version() {
        let role = Role::on(&database);
        let database = database.with(SHOP).with(&format!(
            "REVOKE ALL ON SCHEMA public FROM PUBLIC; GRANT SELECT ON orders TO {role};
             GRANT SELECT, USAGE ON SEQUENCE orders_id_seq TO {role}; DROP SCHEMA \"Inner Shop\" CASCADE"
        ));
        let checked = check_as(&database, &role);
        assert!(!checked.report.complete, "on {}", database.major());
        assert_eq!(grants(checked.unreadable()), [format!("GRANT USAGE ON SCHEMA public TO {role}")]);
        let database = database.with(&grants(checked.unreadable()).join(";"));
        assert!(sees_everything(&database, &check_as(&database, &role)));
        assert_eq!(repair(&fix_as(&database, &role), ORDERS).status, Status::Repaired);
    }
}

#[test]
fn the_owner_of_the_table_alone_sees_the_rows_but_not_the_sequence() {
    for database in on_every_version() {
        let role = Role::on(&database);
        let database = database.with(&format!(
            "CREATE SEQUENCE s; CREATE TABLE t (id int PRIMARY KEY DEFAULT nextval('s')); INSERT INTO t VALUES (1), (2);
             ALTER TABLE t OWNER TO {role}"
        ));
        let checked = check_as(&database, &role);
        assert_eq!(
            grants(checked.unreadable()),
            [format!("GRANT SELECT ON SEQUENCE public.s TO {role}")],
            "on {}",
            database.major()
        );
        assert!(!checked.report.complete);
        assert!(!fix_as(&database, &role).complete);
    }
}

#[test]
fn usage_is_enough_to_repair_what_was_called_before() {
    for database in on_every_version() {
        let role = Role::on(&database);
        let database = database.with(SHOP).with(&format!(
            "GRANT USAGE ON SCHEMA \"Inner Shop\" TO {role};
             GRANT SELECT (id) ON orders TO {role}; GRANT SELECT ON ALL TABLES IN SCHEMA \"Inner Shop\" TO {role};
             GRANT USAGE ON SEQUENCE orders_id_seq, {LINES} TO {role}"
        ));
        let outcome = fix_as(&database, &role);
        let orders = repair(&outcome, ORDERS);
        assert_eq!(
            (orders.method, &orders.status),
            (Method::Draw, &Status::Repaired),
            "on {}",
            database.major()
        );
        assert_eq!(state(&database, ORDERS), "8 t");
        // What was never called has no state that USAGE shows.
        assert!(!outcome.complete);
        assert_eq!(
            grants(outcome.remaining.iter().map(|rest| &*rest.reason)),
            [format!("GRANT SELECT ON SEQUENCE {LINES} TO {role}")]
        );
        assert_eq!(state(&database, LINES), "1 f");
    }
}

#[test]
fn update_alone_moves_nothing_unseen() {
    for database in on_every_version() {
        let role = Role::on(&database);
        let database = database.with(SHOP).with(&format!(
            "DROP SCHEMA \"Inner Shop\" CASCADE; GRANT SELECT ON orders TO {role};
             GRANT UPDATE ON SEQUENCE orders_id_seq TO {role}"
        ));
        let outcome = fix_as(&database, &role);
        assert!(outcome.sequences.is_empty() && !outcome.complete, "on {}", database.major());
        let database = database.with(&grants(outcome.remaining.iter().map(|rest| &*rest.reason)).join(";"));
        assert_eq!(
            repair(&fix_as(&database, &role), ORDERS).status,
            Status::Repaired,
            "on {}",
            database.major()
        );
        assert_eq!(state(&database, ORDERS), "8 t");
    }
}

#[test]
fn an_owner_without_privileges_of_his_own_is_told_to_grant_them() {
    for database in on_every_version() {
        let role = Role::on(&database);
        let database = database.with(&format!(
            "CREATE TABLE t (id serial PRIMARY KEY); INSERT INTO t VALUES (1); ALTER TABLE t OWNER TO {role};
             REVOKE UPDATE, USAGE ON SEQUENCE t_id_seq FROM {role}"
        ));
        let outcome = fix_as(&database, &role);
        assert!(outcome.sequences.is_empty() && outcome.anything_remains(), "on {}", database.major());
        let hints = grants(outcome.remaining.iter().map(|rest| &*rest.hint)).join(";");
        let mut connection = database.connect();
        connection.simple(&format!("SET ROLE {role}; {hints}")).unwrap();
        assert_eq!(repair(&fix_as(&database, &role), "public.t_id_seq").status, Status::Repaired);
    }
}

#[test]
fn a_membership_that_is_not_inherited_gives_nothing() {
    for database in on_every_version() {
        let (owner, member) = (Role::on(&database), Role::on(&database));
        let database = database.with(&format!(
            "CREATE TABLE t (id serial PRIMARY KEY); INSERT INTO t VALUES (1); ALTER TABLE t OWNER TO {owner};
             ALTER ROLE {member} NOINHERIT; GRANT {owner} TO {member}"
        ));
        let name = "public.t_id_seq";
        assert_eq!(check_as(&database, &member).codes(name)[0], Code::Unreadable, "on {}", database.major());
        assert!(fix_as(&database, &member).sequences.is_empty());
        // As SET ROLE would have it from the start.
        let options = format!("-c role={}", owner.name.replace(' ', "\\ "));
        let connector = database.connector_as(&member.name).keyword("options", &options);
        let mut sessions = Sessions::open(connector, 1).unwrap();
        assert_eq!(repair(&fix_with(&mut sessions, &ApplyOptions::default()), name).status, Status::Repaired);
    }
}
