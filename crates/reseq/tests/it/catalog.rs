//! Every way in which a column can be tied to a sequence (`links/*.sql`), on every major version.

use reseq::catalog::{self, Catalog, Link, Uniqueness};
use reseq::model::Mapping;

use crate::support::{Database, on_every_version};

fn read(database: &Database) -> Catalog {
    catalog::read(&mut database.sessions(), &[]).unwrap()
}

/// A database with every case that its server can have.
fn with_links(database: Database) -> Database {
    let major = database.major();
    let mut database = database.with(include_str!("links/10.sql"));
    for (first, last, script) in [
        (11, 99, include_str!("links/11.sql")),
        (12, 99, include_str!("links/12.sql")),
        (14, 99, include_str!("links/14.sql")),
        (10, 16, include_str!("links/10_to_16.sql")),
    ] {
        if (first..=last).contains(&major) {
            database = database.with(script);
        }
    }
    database
}

/// A link in one line: what it is, without how it is guarded.
fn line(catalog: &Catalog, link: &Link) -> String {
    let sequence = &catalog.sequence(link.sequence).name;
    format!("{sequence} {} {}.{}{}", link.via.name(), link.table, link.column, mapped(&link.mapping))
}

fn mapped(mapping: &Mapping) -> String {
    let Mapping { factor, offset, text } = mapping;
    let number =
        if (*factor, *offset) == (1, 0) { String::new() } else { format!(" × {factor} + {offset}") };
    let text = text.as_ref().map(|shape| {
        let written = format!("{}{}{}", shape.prefix, "9".repeat(shape.pad as usize), shape.suffix);
        format!(" {}", if written.is_empty() { "as text" } else { &written })
    });
    number + &text.unwrap_or_default()
}

/// The lines that the server's version has, of a table that names the first version where not all have it.
fn expected(table: &str, major: u32) -> Vec<&str> {
    table
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .filter_map(|line| match line.split_once(": ") {
            Some((versions, line)) => {
                let (first, last) = versions.split_once('-').unwrap();
                let within = |bound: &str, default| bound.parse().unwrap_or(default);
                (within(first, 0)..=within(last, 99)).contains(&major).then_some(line)
            }
            None => Some(line),
        })
        .collect()
}

const LINKS: &str = r#"
    "Mixed Case"."a.b_I d_seq" serial "Mixed Case"."a.b"."I d"
    app.argument_seq function app.by_argument.id
    14-: app.atomic_seq function app.by_atomic_function.id A-
    app.bare_name_seq default app.bare_name.id
    app.big_id_seq serial app.big.id
    app.by_expression_id_seq serial app.by_expression.id
    app.cast_seq default app.cast_down.id
    app.code_seq trigger app.coded.id
    app.code_seq trigger app.coded.code C
    app.crossed_seq default app.crossed.a
    app.domain_seq domain app.by_domain.id
    app.domain_seq domain app.by_domain_over.id
    app.domain_seq default app.serial_domain.id
    12-: app.generated_seq function app.generated.id
    app.identity_always_id_seq identity app.identity_always.id
    app.identity_default_id_seq identity app.identity_default.id
    app.identity_parent_id_seq identity app.identity_parent.id
    app.in_text_seq default app.in_text.id as text
    app.invoice_seq default app.invoice.number INV-999999
    app.like_identity_id_seq identity app.like_identity.id
    app.logging_seq function app.by_logging.id
    app.migrated_identity_seq identity app.migrated.id
    app.named_seq function app.by_named_argument.id N-
    app.not_null_id_seq serial app.not_null.id
    app.over_view_seq default app.base.id
    app.overload_seq function app.by_overload.a
    app.overload_text_seq function app.by_overload.b
    app.parent_id_seq serial app.parent.id
    app.part_3_id_seq serial app.part_3.id
    11-: app.part_by_id_id_seq serial app.part_by_id.id
    app.part_id_seq serial app.part.id
    app.part_id_seq default app.part_4.id
    10-16: app.part_identity_4_id_seq identity app.part_identity_4.id
    app.part_identity_id_seq identity app.part_identity.id
    11-: app.part_key_id_seq serial app.part_key.id
    app.partial_id_seq serial app.partial.id
    app.plpgsql_seq function app.by_calling_function.id
    app.scaled_seq default app.scaled.id × 10 + 3
    app.serial_id_seq serial app.serial.id
    app.serial_id_seq default app.like_serial.id
    app.shared_seq default app.shared_one.id
    app.shared_seq default app.shared_two.id
    app.small_id_seq serial app.small.id
    14-: app.standard_seq function app.by_standard_function.id
    app.string_function_seq function app.by_string_function.id
    app.tenants_id_seq serial app.tenants.id
    app.text_name_seq default app.text_name.id
    app.tree_id_seq serial app.tree.id
    app.trigger_argument_seq trigger app.by_trigger_argument.id
    app.trigger_seq trigger app.by_trigger.id
    app.two_owned_id_seq serial app.two_owned.id
    app.unguarded_id_seq serial app.unguarded.id
    app.unlogged_serial_id_seq serial app.unlogged_serial.id
    app.unowned_seq default app.unowned.id
    app.view_seq default app.base.id
    other.far_seq default app.far.id
    tenant_a.order_no function tenant_a.by_search_path.id
"#;

#[test]
fn every_link_is_found() {
    for database in on_every_version() {
        let database = with_links(database);
        let catalog = read(&database);
        let lines: Vec<_> = catalog.links.iter().map(|link| line(&catalog, link)).collect();
        let (lines, expected) = (lines.join("\n"), expected(LINKS, database.major()).join("\n"));
        assert_eq!(lines, expected, "PostgreSQL {}", database.major());
    }
}

const OWNED_IN_VAIN: &str = "
    app.crossed_seq by app.crossed.b, which draws from
    app.extra_seq by app.two_owned.id, which draws from app.two_owned_id_seq
    app.leftover_seq by app.leftover.id, which draws from
    app.migrated_id_seq by app.migrated.id, which draws from app.migrated_identity_seq
";

#[test]
fn owners_that_do_not_draw_are_told_from_those_that_do() {
    for database in on_every_version() {
        let database = with_links(database);
        let catalog = read(&database);
        let in_vain: Vec<_> = catalog
            .sequences
            .iter()
            .filter_map(|sequence| {
                let owner = sequence.owner.as_ref()?;
                let instead: Vec<_> = owner.unused.as_ref()?.iter().map(|name| name.as_str()).collect();
                let (name, table, column) = (&sequence.name, &owner.table, &owner.column);
                Some(
                    format!("{name} by {table}.{column}, which draws from {}", instead.join(", "))
                        .trim()
                        .to_owned(),
                )
            })
            .collect();
        assert_eq!(in_vain, expected(OWNED_IN_VAIN, database.major()), "PostgreSQL {}", database.major());
    }
}

const UNRESOLVED: &str = "
    nothing app.log_seq app.logging()
    nothing app.unused_function_seq app.unused_next()
    nothing app.rule_seq rule draw on app.ruled
    nothing app.view_body_seq view app.view_body
    app.branched.id app.branch_one_seq trigger branch calling app.branch()
    app.branched.id app.branch_two_seq trigger branch calling app.branch()
    app.by_built_name.id ? app.built_name('x'::text)
    app.by_dynamic_trigger.id ? nextval($1)
    app.by_out_parameter.id app.out_seq app.out_next()
    app.by_record app.record_seq trigger set_record calling app.set_record()
    app.hashed.id app.hashed_seq md5((nextval('app.hashed_seq'::regclass))::text)
    app.instead_view app.instead_seq trigger instead calling app.instead()
    app.joined_view.id app.joined_seq nextval('app.joined_seq'::regclass)
    app.nowhere.id ? nextval(('app.gone_seq'::text)::regclass)
    app.undrawn.id ? app.built_name('y'::text)
    tenant_a.orders.id ? nextval(('order_no'::text)::regclass)
";

#[test]
fn what_cannot_be_told_is_said() {
    for database in on_every_version() {
        let database = with_links(database);
        let catalog = read(&database);
        let lines: Vec<_> = catalog
            .unresolved
            .iter()
            .map(|one| {
                let table = one.table.as_ref().map_or("nothing".to_owned(), ToString::to_string);
                let column = one.column.as_ref().map_or(String::new(), |column| format!(".{column}"));
                let sequence = one.sequence.as_ref().map_or("?", |sequence| sequence.as_str());
                format!("{table}{column} {sequence} {}", one.source)
            })
            .collect();
        assert_eq!(
            lines.join("\n"),
            expected(UNRESOLVED, database.major()).join("\n"),
            "PostgreSQL {}",
            database.major()
        );
        let ambiguous = catalog.unresolved.last().unwrap();
        let reason = "the search path of whoever inserts decides which sequence order_no is: \
                      tenant_a.order_no, tenant_b.order_no";
        assert_eq!(ambiguous.reason, reason);
    }
}

const GUARDS: &str = "
    app.base.id base_pkey indexed, 2 locks
    app.by_expression.id by_expression_expr_idx over ((id + 1)), 2 locks
    12-: app.generated.id unguarded, 1 locks
    app.identity_default.id identity_default_id_key indexed, 2 locks
    app.identity_parent.id identity_parent_pkey in some of the tables only, 3 locks in app.identity_parent app.identity_child
    app.invoice.number invoice_pkey, 2 locks
    app.not_null.id not_null_id indexed, 3 locks
    app.part.id unguarded, 6 locks in app.part_1 app.part_2 app.part_3 app.sub_5
    app.part_4.id unguarded, 1 locks
    11-: app.part_by_id.id part_by_id_pkey indexed, 6 locks in app.part_by_id_1 app.part_by_id_2
    10-16: app.part_identity.id unguarded, 4 locks in app.part_identity_1 app.part_identity_2 app.part_identity_4
    17-: app.part_identity.id unguarded, 3 locks in app.part_identity_1 app.part_identity_2
    11-: app.part_key.id part_key_pkey with region indexed, 4 locks in app.part_key_1
    app.partial.id partial_id where deleted_at IS NULL, 2 locks
    app.serial.id serial_pkey indexed, 2 locks; copied by app.copies.parent_id integer, app.copies.small_id smallint
    app.tenants.id tenants_pkey with tenant_id, 2 locks; copied by app.copies.tenant_row_id integer
    app.tree.id tree_pkey indexed, 2 locks; copied by app.tree.up integer
    app.unguarded.id unguarded indexed, 2 locks
";

#[test]
fn indexes_locks_leaves_and_copies_are_told() {
    for database in on_every_version() {
        let database = with_links(database);
        let catalog = read(&database);
        let expected = expected(GUARDS, database.major());
        let columns: Vec<_> = expected.iter().map(|line| line.split(' ').next().unwrap()).collect();
        let mut guards: Vec<_> = catalog
            .links
            .iter()
            .filter(|link| columns.contains(&link.full_name().as_str()))
            .map(guard)
            .collect();
        guards.sort();
        guards.dedup();
        assert_eq!(guards.join("\n"), expected.join("\n"), "PostgreSQL {}", database.major());
    }
}

fn guard(link: &Link) -> String {
    let unique = match &link.unique {
        Uniqueness::None => "unguarded".to_owned(),
        Uniqueness::Whole { index } => index.to_string(),
        Uniqueness::Partly { index, how } => format!("{index} {how}"),
    };
    let indexed = if link.indexed { " indexed" } else { "" };
    let leaves: String = link.leaves.iter().map(|leaf| format!(" {}", leaf.name)).collect();
    let leaves = if leaves.is_empty() { leaves } else { format!(" in{leaves}") };
    let copies: Vec<_> =
        link.foreign_keys.iter().map(|key| format!("{}.{} {}", key.table, key.column, key.integer)).collect();
    let copies = if copies.is_empty() { String::new() } else { format!("; copied by {}", copies.join(", ")) };
    format!("{} {unique}{indexed}, {} locks{leaves}{copies}", link.full_name(), link.locks)
}

#[test]
fn copies_of_copies_are_told() {
    for database in on_every_version() {
        let database = database.with(
            "CREATE TABLE a (id bigserial PRIMARY KEY);
             CREATE TABLE b (id bigint PRIMARY KEY REFERENCES a);
             CREATE TABLE c (k int, id numeric UNIQUE, b_id int REFERENCES b, PRIMARY KEY (k, b_id));
             CREATE TABLE d (k int, id smallint, up int UNIQUE REFERENCES d (up), FOREIGN KEY (k, id) REFERENCES c);
             ALTER TABLE a ADD b_id bigint REFERENCES b;
             CREATE TABLE e (id int, x bigint REFERENCES a (id));",
        );
        let catalog = read(&database);
        let [link] = &catalog.links[..] else { panic!("{:?}", catalog.links) };
        assert_eq!(
            guard(link),
            "public.a.id a_pkey indexed, 2 locks; copied by public.c.b_id integer, public.d.id smallint"
        );
    }
}

#[test]
fn whatever_guards_a_column_counts_as_unique() {
    for database in on_every_version() {
        let database = database.with(
            "CREATE EXTENSION btree_gist;
             CREATE TABLE expression (id serial, code text);
             CREATE UNIQUE INDEX ON expression (code, (id % 1000)) WHERE id > 5;
             CREATE TABLE predicate (id serial, code text);
             CREATE UNIQUE INDEX ON predicate ((code || '')) WHERE id > 5;
             CREATE TABLE excluded (id serial, EXCLUDE USING btree (id WITH =));
             CREATE TABLE overlapping (id serial, during int4range, EXCLUDE USING gist (id WITH =, during WITH &&));
             CREATE TABLE the_same (id serial, EXCLUDE USING gist (id WITH <>));
             CREATE TABLE invalid (id serial UNIQUE);
             UPDATE pg_catalog.pg_index SET indisvalid = false WHERE indexrelid = 'invalid_id_key'::regclass;
             CREATE TABLE unfinished (id serial UNIQUE);
             UPDATE pg_catalog.pg_index SET indisvalid = false, indisready = false
              WHERE indexrelid = 'unfinished_id_key'::regclass;",
        );
        let catalog = read(&database);
        let mut guards: Vec<_> = catalog.links.iter().map(guard).collect();
        guards.sort();
        let expected = [
            "public.excluded.id excluded_id_excl indexed, 2 locks",
            "public.expression.id expression_code_expr_idx over code, ((id % 1000)) where id > 5, 2 locks",
            "public.invalid.id invalid_id_key, 2 locks",
            "public.overlapping.id overlapping_id_during_excl with during, 2 locks",
            "public.predicate.id unguarded, 2 locks",
            "public.the_same.id unguarded, 2 locks",
            "public.unfinished.id unguarded, 2 locks",
        ];
        assert_eq!(guards, expected, "PostgreSQL {}", database.major());
    }
}
