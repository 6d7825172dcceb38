//! Definitions that differ, and sequences that are not there.

use reseq::carry::CarryOptions;
use reseq::catalog::Selection;
use reseq::plan::Part;

use super::{apply, briefly, carry_with, look_at, next_values, pairs};
use crate::support::{Database, on_newest};

const SOURCE: &str = "
    CREATE SEQUENCE good; SELECT setval('good', 20);
    CREATE SEQUENCE narrower; SELECT setval('narrower', 20);
    CREATE TABLE t (id bigserial PRIMARY KEY); SELECT setval('t_id_seq', 20);
    CREATE SEQUENCE other_way; SELECT setval('other_way', 20);
    CREATE SEQUENCE wider AS smallint; SELECT setval('wider', 20);
    CREATE SEQUENCE missing; SELECT setval('missing', 20);
";
const TARGET: &str = "
    CREATE SEQUENCE good;
    CREATE SEQUENCE narrower MAXVALUE 1000000;
    CREATE TABLE t (id serial PRIMARY KEY); ALTER SEQUENCE t_id_seq AS bigint;
    CREATE SEQUENCE other_way INCREMENT -1;
    CREATE SEQUENCE wider AS bigint CACHE 5;
";

/// The sequences that stand in the way, and those that only differ.
fn differing(source: &Database, target: &Database) -> (Vec<String>, Vec<Part>) {
    let carrying = look_at(source, target, &CarryOptions::default());
    let name = |difference: &reseq::plan::Difference| {
        carrying.target.catalog.sequence(difference.pair.target).name.to_string()
    };
    let others = carrying.differences.iter().filter(|difference| !difference.part.stops());
    (carrying.obstacles().map(name).collect(), others.map(|difference| difference.part).collect())
}

#[test]
fn a_narrower_target_stops_everything_before_anything_is_touched() {
    for (source, target) in pairs() {
        let (source, target) = (source.with(SOURCE), target.with(TARGET));
        let versions = (source.major(), target.major());
        let (obstacles, _) = differing(&source, &target);
        assert_eq!(obstacles, ["public.narrower", "public.other_way", "public.t_id_seq"], "{versions:?}");
        let carrying = look_at(&source, &target, &CarryOptions::default());
        assert!(!carrying.stands_for_all());
        let receipts = tempfile::tempdir().unwrap();
        let refusal = apply(&carrying, &mut target.sessions(), receipts.path()).unwrap_err();
        assert_eq!(
            refusal.to_string(),
            "public.narrower of the target cannot go on where the source stops: last value its MAXVALUE \
             9223372036854775807 there, its MAXVALUE 1000000 here, and 2 more like it"
        );
        assert_eq!(std::fs::read_dir(receipts.path()).unwrap().count(), 0);
        assert_eq!(next_values(&target, &["good", "wider"]), ["1", "1"], "{versions:?}");
    }
}

#[test]
fn what_is_left_out_stands_in_nobodys_way() {
    let (source, target) = (on_newest().with(SOURCE), on_newest().with(TARGET));
    let left_out = ["narrower", "t", "other_way"].map(str::to_owned).to_vec();
    let selection = Selection { exclude_tables: left_out, ..Selection::default() };
    let options = CarryOptions { selection, ..CarryOptions::default() };
    let carried = carry_with(&source, &target, &options);
    assert!(!carried.outcome.anything_remains());
    assert_eq!(next_values(&target, &["good", "wider"]), ["21", "21"]);
    let missing: Vec<_> = carried
        .carrying
        .pairs
        .missing
        .iter()
        .map(|id| carried.carrying.source.catalog.sequence(*id).name.as_str())
        .collect();
    assert_eq!(missing, ["public.missing"]);
    assert!(!carried.carrying.stands_for_all());
}

#[test]
fn what_only_differs_is_known_part_by_part() {
    let (source, target) = (
        on_newest().with("CREATE SEQUENCE s MAXVALUE 1000 START 5"),
        on_newest().with("CREATE SEQUENCE s AS integer MINVALUE 0 START 9 INCREMENT 2 CACHE 5 CYCLE"),
    );
    let (obstacles, others) = differing(&source, &target);
    assert!(obstacles.is_empty());
    let expected = [Part::DataType, Part::Increment, Part::Min, Part::Max, Part::Cycle, Part::Cache];
    assert_eq!(others, expected);
}

/// How many links of the source were read by a look that reads no more of it than it needs.
fn links_read(source: &Database, target: &Database) -> usize {
    let found = briefly(source, target, &CarryOptions::default()).source.catalog.links.len();
    look_at(source, target, &CarryOptions::default());
    found
}

#[test]
fn columns_of_the_source_are_read_where_they_tell_something() {
    const TABLES: &str = "CREATE TABLE t (id serial, number integer GENERATED ALWAYS AS IDENTITY)";
    let (source, target) = (on_newest().with(TABLES), on_newest().with(TABLES));
    assert_eq!(links_read(&source, &target), 0);
    let target = target.with("ALTER TABLE t ALTER id DROP DEFAULT");
    assert_eq!(links_read(&source, &target), 2, "a column that does not draw there");
    let target = target.with("ALTER TABLE t ALTER id SET DEFAULT nextval('t_id_seq')");
    assert_eq!(links_read(&source, &target), 0);
    let source = source.with("CREATE TABLE u (id bigint DEFAULT nextval('t_id_seq'::text))");
    assert_eq!(links_read(&source, &target), 3, "a name as text may be any sequence's");
    let source = source.with(
        "DROP TABLE u; CREATE VIEW v AS TABLE t; ALTER VIEW v ALTER id SET DEFAULT nextval('t_id_seq')",
    );
    assert!(links_read(&source, &target) >= 2, "through a view");
    let source = source.with("DROP VIEW v");
    assert_eq!(links_read(&source, &target), 0);
    let target = target.with("ALTER TABLE t ALTER number TYPE smallint");
    assert_eq!(links_read(&source, &target), 2, "a narrower column");
    let source = source.with("CREATE SEQUENCE missing");
    assert_eq!(links_read(&source, &target), 2);
}
