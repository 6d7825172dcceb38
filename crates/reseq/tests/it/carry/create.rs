//! What the target lacks is made as the source has it.

use reseq::apply::{NoStreams, change};
use reseq::carry::{CarryOptions, look};
use reseq::model::quote_literal;
use reseq::plan::{Change, Occasion, SchemaMapping};

use super::{carry_with, next_values, pairs};
use crate::support::{Database, Role, on_newest, on_versions};

/// Plans what is missing, and creates it.
fn create(source: &Database, target: &Database, options: &CarryOptions) -> Change {
    let (mut from, mut to) = (source.sessions(), target.sessions());
    let carrying = look(&mut from, &mut to, options).unwrap();
    let creations = carrying.create(&mut from, &mut to, &options.schemas, Occasion::Once).unwrap();
    if !creations.made.is_empty() {
        let receipts = tempfile::tempdir().unwrap();
        let outcome = change(&mut to, &creations.change, &mut NoStreams, receipts.path()).unwrap();
        assert!(outcome.is_done());
    }
    creations.change
}

fn create_all(source: &Database, target: &Database) -> Change {
    create(source, target, &CarryOptions::default())
}

/// Everything that pg_dump would write of the sequences, but for where they stand.
const DEFINITIONS: &str = "
    SELECT string_agg(concat_ws(' ', s.oid::regclass, format_type(q.seqtypid, NULL), q.seqstart, q.seqincrement,
        q.seqmin, q.seqmax, q.seqcache, q.seqcycle, s.relpersistence, d.refobjid::regclass, d.refobjsubid), E'\n'
        ORDER BY s.relname)
    FROM pg_class s JOIN pg_sequence q ON q.seqrelid = s.oid
        LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = s.oid AND d.deptype = 'a'
";

#[test]
fn definitions_owners_and_states_are_those_of_the_source() {
    let table = "CREATE TABLE orders (id int PRIMARY KEY, no int);";
    let sequences = "
        CREATE SEQUENCE orders_id_seq AS integer OWNED BY orders.id; SELECT setval('orders_id_seq', 41);
        ALTER TABLE orders ALTER id SET DEFAULT nextval('orders_id_seq');
        CREATE SEQUENCE down INCREMENT -5 MINVALUE -1000 MAXVALUE -5 CYCLE;
        SELECT nextval('down'), nextval('down');
        CREATE SEQUENCE \"Tens's\" AS smallint START 100 MINVALUE 10 MAXVALUE 30000 INCREMENT 10 CACHE 7;
        CREATE SEQUENCE restarted; ALTER SEQUENCE restarted RESTART 5000;
    ";
    for (source, target) in pairs() {
        let (source, target) = (source.with(table).with(sequences), target.with(table));
        let versions = (source.major(), target.major());
        let planned = create_all(&source, &target);
        assert_eq!(planned.remaining, [], "{versions:?}");
        assert_eq!(source.value(DEFINITIONS), target.value(DEFINITIONS), "{versions:?}");
        let carried = carry_with(&source, &target, &CarryOptions::default());
        assert!(carried.carrying.stands_for_all());
        let names = ["orders_id_seq", "down", "\"Tens's\"", "restarted"];
        assert_eq!(next_values(&target, &names), ["42", "-15", "100", "5000"], "{versions:?}");
    }
}

#[test]
fn the_targets_own_rows_count_too() {
    let source = on_newest().with("CREATE SEQUENCE s; SELECT setval('s', 10)");
    let target = on_newest().with("CREATE TABLE t (id bigint PRIMARY KEY); INSERT INTO t VALUES (30)");
    create_all(&source, &target);
    target.connect().simple("ALTER TABLE t ALTER id SET DEFAULT nextval('s')").unwrap();
    carry_with(&source, &target, &CarryOptions::default());
    assert_eq!(next_values(&target, &["s"]), ["31"]);
}

#[test]
fn owners_and_grants_come_along_as_far_as_the_roles_are_there() {
    let server = on_newest();
    let (owner, reader) = (Role::on(&server), Role::on(&server));
    let source = server.with(&format!(
        "CREATE SEQUENCE s; ALTER SEQUENCE s OWNER TO {owner};
         GRANT USAGE, SELECT ON s TO {reader}; GRANT SELECT ON s TO PUBLIC; GRANT UPDATE ON s TO {reader} WITH GRANT OPTION"
    ));
    let target = on_newest();
    assert_eq!(create_all(&source, &target).remarks, [""; 0]);
    let acl = "SELECT concat_ws(' ', relowner::regrole, (
                   SELECT string_agg(concat_ws(' ', a.grantee::regrole, a.privilege_type, a.is_grantable), ', '
                       ORDER BY a.grantee, a.privilege_type) FROM aclexplode(relacl) a WHERE a.grantee <> relowner))
               FROM pg_class WHERE relname = 's'";
    assert_eq!(target.value(acl), source.value(acl));
    // Another server, where nobody knows them.
    for elsewhere in on_versions(&[17]) {
        let remarks = create_all(&source, &elsewhere).remarks;
        let is_not_there = remarks.iter().filter(|remark| remark.ends_with("is not on the target"));
        assert_eq!(is_not_there.count(), 3, "{remarks:?}");
        assert!(elsewhere.value(acl).ends_with("- SELECT f"), "{}", elsewhere.value(acl));
    }
    for database in [&source, &target] {
        database.connect().simple(&format!("DROP OWNED BY {owner}, {reader}")).unwrap();
    }
}

#[test]
fn comments_come_along_and_the_sources_owner_keeps_the_use_of_it() {
    let server = on_newest();
    let (owner, other) = (Role::on(&server), Role::on(&server));
    let source = server.with(&format!(
        "CREATE TABLE t (id serial); ALTER TABLE t OWNER TO {owner};
         COMMENT ON SEQUENCE t_id_seq IS E'it\\'s \\\\ one'"
    ));
    let target = on_newest().with(&format!("CREATE TABLE t (id int); ALTER TABLE t OWNER TO {other}"));
    let planned = create_all(&source, &target);
    let belongs = format!(
        "public.t_id_seq belongs to {other}, as its table does; {owner}, who owns it on the source, may use it"
    );
    assert_eq!(planned.remarks, [belongs]);
    let may =
        format!("SELECT has_sequence_privilege({}, 't_id_seq', 'USAGE')::text", quote_literal(&owner.name));
    assert_eq!(target.value(&may), "true");
    let comment = "SELECT obj_description('t_id_seq'::regclass, 'pg_class')";
    assert_eq!(
        (source.value(comment).as_str(), target.value(comment).as_str()),
        ("it's \\ one", "it's \\ one")
    );
    for database in [&source, &target] {
        database.connect().simple(&format!("DROP OWNED BY {owner}, {other}")).unwrap();
    }
}

#[test]
fn what_cannot_be_created_is_told_with_what_helps() {
    let source = on_newest().with(
        "CREATE SCHEMA gone; CREATE SEQUENCE gone.s; CREATE SEQUENCE taken;
         CREATE TABLE added (id bigint GENERATED BY DEFAULT AS IDENTITY (START 100));
         CREATE TABLE renamed (id int GENERATED ALWAYS AS IDENTITY); ALTER SEQUENCE renamed_id_seq RENAME TO new_name;
         CREATE TABLE no_table (id int GENERATED ALWAYS AS IDENTITY)",
    );
    let target = on_newest().with(
        "CREATE TABLE taken (); CREATE TABLE added (id bigint);
         CREATE TABLE renamed (id int GENERATED ALWAYS AS IDENTITY)",
    );
    let planned = create_all(&source, &target);
    assert!(planned.acts.is_empty());
    let told: Vec<_> =
        planned.remaining.iter().map(|one| (one.what.as_str(), one.hint.as_deref().unwrap())).collect();
    let add = "ALTER TABLE public.added ALTER COLUMN id SET NOT NULL, ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY \
               (SEQUENCE NAME public.added_id_seq START WITH 100 INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 \
               CACHE 1 NO CYCLE)";
    let rename = "ALTER SEQUENCE public.renamed_id_seq RENAME TO new_name";
    assert_eq!(
        told,
        [
            ("gone.s", "CREATE SCHEMA gone; or say by --map-schema which one it is"),
            ("public.added_id_seq", add),
            ("public.new_name", &*format!("public.renamed.id draws from public.renamed_id_seq: {rename}")),
            ("public.no_table_id_seq", "create its table first"),
            ("public.taken", "rename one of the two, or leave it out with -T or -s"),
        ]
    );
    // What is printed helps.
    target.connect().simple(&format!("CREATE SCHEMA gone; {add}; {rename}")).unwrap();
    let planned = create_all(&source, &target);
    let told: Vec<_> = planned.remaining.iter().map(|one| one.what.as_str()).collect();
    assert_eq!(told, ["public.no_table_id_seq", "public.taken"]);
    assert_eq!(target.value("SELECT count(*)::text FROM gone.s"), "1");
}

#[test]
fn a_role_that_may_not_create_is_told_so() {
    let source = on_newest().with("CREATE SEQUENCE s");
    let target = on_newest();
    let role = Role::on(&target);
    target.connect().simple("REVOKE CREATE ON SCHEMA public FROM PUBLIC").unwrap();
    let (mut from, mut to) =
        (source.sessions(), reseq::session::Sessions::open(target.connector_as(&role.name), 1).unwrap());
    let carrying = look(&mut from, &mut to, &CarryOptions::default()).unwrap();
    let creations = carrying.create(&mut from, &mut to, &[], Occasion::Once).unwrap();
    assert!(creations.made.is_empty() && creations.change.remaining[0].incomplete);
}

#[test]
fn schemas_that_have_another_name_and_unlogged_sequences() {
    let source = on_newest()
        .with("CREATE SCHEMA a; CREATE UNLOGGED TABLE a.t (id serial); SELECT setval('a.t_id_seq', 5)");
    for target in on_versions(&[13, 18]) {
        let target = target.with("CREATE SCHEMA b; CREATE TABLE b.t (id int)");
        let mapping = SchemaMapping { source: "a".to_owned(), target: "b".to_owned() };
        let options = CarryOptions { schemas: vec![mapping], ..CarryOptions::default() };
        let planned = create(&source, &target, &options);
        let kind = target.value("SELECT relpersistence::text FROM pg_class WHERE relname = 't_id_seq'");
        let expected = if target.major() < 15 { ("p", 1) } else { ("u", 0) };
        assert_eq!((kind.as_str(), planned.remarks.len()), expected, "{:?}", planned.remarks);
        assert_eq!(target.value("SELECT pg_get_serial_sequence('b.t', 'id')"), "b.t_id_seq");
        assert_eq!(next_values(&target, &["b.t_id_seq"]), ["6"]);
    }
}
