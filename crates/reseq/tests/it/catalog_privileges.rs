//! What the catalogue says of privileges: what the current role may do, what it cannot read, and who may insert
//! without being able to draw.

use reseq::catalog::{self, Catalog};
use reseq::session::Sessions;

use crate::support::{Database, Role, on_every_version};

fn read_as(database: &Database, role: &Role) -> Catalog {
    let mut sessions = Sessions::open(database.connector_as(&role.name), 2).unwrap();
    catalog::read(&mut sessions, &[]).unwrap()
}

/// The privileges on each sequence, as letters.
fn privileges(catalog: &Catalog) -> Vec<String> {
    let letters = |sequence: &reseq::catalog::Sequence| {
        let may = sequence.privileges;
        [(may.select, 'r'), (may.draw, 'd'), (may.update, 'w'), (may.alter, 'o')]
            .into_iter()
            .filter_map(|(may, letter)| may.then_some(letter))
            .collect::<String>()
    };
    catalog.sequences.iter().map(|sequence| format!("{} {}", sequence.name, letters(sequence))).collect()
}

#[test]
fn the_current_roles_privileges_are_told() {
    for database in on_every_version() {
        let role = Role::on(&database);
        let database = database.with(&format!(
            "CREATE SEQUENCE a; CREATE SEQUENCE b; CREATE SEQUENCE c; CREATE SEQUENCE d; CREATE SEQUENCE e;
             GRANT SELECT ON SEQUENCE a TO {role}; GRANT USAGE ON SEQUENCE b TO {role};
             GRANT UPDATE ON SEQUENCE c TO {role}; ALTER SEQUENCE d OWNER TO {role};
             CREATE SCHEMA shut; CREATE SEQUENCE shut.f; GRANT ALL ON SEQUENCE shut.f TO {role}"
        ));
        let catalog = read_as(&database, &role);
        let expected = ["public.a r", "public.b d", "public.c dw", "public.d rdwo", "public.e ", "shut.f "];
        assert_eq!(privileges(&catalog), expected, "PostgreSQL {}", database.major());
    }
}

#[test]
fn what_cannot_be_read_is_said_with_the_grant_that_helps() {
    for database in on_every_version() {
        let role = Role::on(&database);
        let database = database.with(&format!(
            "CREATE TABLE a (id serial, v text); GRANT SELECT (v) ON a TO {role};
             CREATE TABLE b (id serial, v text); GRANT SELECT (id) ON b TO {role};
             CREATE TABLE c (id serial); GRANT SELECT ON c TO {role};
             ALTER TABLE c ENABLE ROW LEVEL SECURITY;
             CREATE SCHEMA shut; CREATE TABLE shut.d (\"I d\" serial)"
        ));
        let catalog = read_as(&database, &role);
        let unreadable: Vec<_> = catalog
            .links
            .iter()
            .map(|link| link.unreadable.as_ref().map(|why| format!("{}: {}", why.reason, why.hint)))
            .collect();
        let expected = [
            Some(format!(
                "no SELECT privilege on column id of public.a: GRANT SELECT (id) ON public.a TO {role};"
            )),
            None,
            Some(format!("row security hides rows of public.c from {role}: ALTER ROLE {role} BYPASSRLS;")),
            Some(format!(
                "no USAGE privilege on schema shut, and no SELECT privilege on column \"I d\" of shut.d: \
                 GRANT USAGE ON SCHEMA shut TO {role}; GRANT SELECT (\"I d\") ON shut.d TO {role};"
            )),
        ];
        assert_eq!(unreadable, expected, "PostgreSQL {}", database.major());
    }
}

#[test]
fn roles_that_may_insert_but_not_draw_are_told() {
    for database in on_every_version() {
        let (role, member) = (Role::on(&database), Role::on(&database));
        let database = database.with(&format!(
            "CREATE TABLE a (id serial, v text); GRANT INSERT ON a TO {role};
             CREATE TABLE b (id serial, v text); GRANT INSERT (v) ON b TO {role};
             CREATE TABLE c (id serial); GRANT INSERT ON c TO PUBLIC;
             CREATE TABLE may_draw (id serial); GRANT INSERT ON may_draw TO {role};
             GRANT USAGE ON SEQUENCE may_draw_id_seq TO {role};
             CREATE TABLE may_set (id serial); GRANT INSERT ON may_set TO {role};
             GRANT UPDATE ON SEQUENCE may_set_id_seq TO {role};
             CREATE TABLE public_draws (id serial); GRANT INSERT ON public_draws TO {role};
             GRANT USAGE ON SEQUENCE public_draws_id_seq TO PUBLIC;
             CREATE TABLE by_identity (id int GENERATED ALWAYS AS IDENTITY); GRANT INSERT ON by_identity TO {role};
             CREATE TABLE owned (id serial); ALTER TABLE owned OWNER TO {role};
             CREATE TABLE only_reads (id serial); GRANT SELECT ON only_reads TO {role};
             CREATE TABLE inherits_it (id serial); GRANT INSERT ON inherits_it TO {member};
             GRANT {role} TO {member}; GRANT USAGE ON SEQUENCE inherits_it_id_seq TO {role};
             CREATE TABLE shared (id int DEFAULT nextval('a_id_seq')); GRANT INSERT ON shared TO {role};
             CREATE TABLE part (id serial, region int) PARTITION BY LIST (region);
             CREATE TABLE part_1 PARTITION OF part FOR VALUES IN (1); GRANT INSERT ON part_1 TO {role}"
        ));
        let catalog = catalog::read(&mut database.sessions(), &[]).unwrap();
        let missing: Vec<_> = catalog
            .sequences
            .iter()
            .flat_map(|sequence| {
                let name = &sequence.name;
                sequence.missing_grants.iter().map(move |one| format!("{name} {} {}", one.role, one.table))
            })
            .collect();
        let expected = [
            format!("public.a_id_seq {role} public.a"),
            format!("public.a_id_seq {role} public.shared"),
            format!("public.b_id_seq {role} public.b"),
            "public.c_id_seq PUBLIC public.c".to_owned(),
            format!("public.part_id_seq {role} public.part_1"),
        ];
        assert_eq!(missing, expected, "PostgreSQL {}", database.major());
    }
}
