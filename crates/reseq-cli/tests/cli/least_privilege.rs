//! The manual page "The least privilege for check, fix and carry" is true: its statements, run as they stand, are enough
//! on the versions that they are for, and none of them can be spared.

use std::ops::RangeInclusive;

use reseq_scratch::testing::{self, TestServer};

use crate::readme::block;
use crate::support::{Run, Sandbox};

const PAGE: &str = include_str!("../../../../docs/least-privilege.md");

/// The page's shop, closed to PUBLIC: one sequence that is behind rows which row security hides, one that was never
/// called.
const SHOP: &str = "
    REVOKE ALL ON DATABASE shop FROM PUBLIC;
    REVOKE ALL ON SCHEMA public FROM PUBLIC;
    CREATE ROLE shop_owner;
    GRANT CONNECT ON DATABASE shop TO shop_owner;
    GRANT ALL ON SCHEMA public TO shop_owner;
    SET ROLE shop_owner;
    CREATE TABLE orders (id serial PRIMARY KEY, note text);
    SELECT nextval('orders_id_seq');
    INSERT INTO orders SELECT generate_series(2, 8);
    ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
    CREATE TABLE customers (id serial PRIMARY KEY, name text);
    INSERT INTO customers VALUES (1);
";
/// The sequences as they were before any repair.
pub(crate) const BEHIND: &str =
    "SET ROLE shop_owner; SELECT setval('orders_id_seq', 1), setval('customers_id_seq', 1, false)";
/// More than is drawn.
pub(crate) const LARGE_GAP: &str = "SET ROLE shop_owner; INSERT INTO customers VALUES (200000)";
/// More than setval() can put right.
const CACHE: &str = "SET ROLE shop_owner; ALTER SEQUENCE customers_id_seq CACHE 20";

/// The versions of a heading, all those that tests want where it names none.
fn versions(heading: &str) -> RangeInclusive<u32> {
    let (first, last) = (*testing::MAJORS.start(), *testing::MAJORS.end());
    match heading {
        _ if heading.ends_with("PostgreSQL 10 to 13") => 10..=13,
        _ if heading.ends_with("PostgreSQL 14 to 16") => 14..=16,
        _ if heading.ends_with("PostgreSQL 10 to 13, 14 to 16") => 10..=16,
        _ if heading.ends_with("PostgreSQL 17 and later") => 17..=last,
        _ => first..=last,
    }
}

/// The servers of a heading's versions.
pub(crate) fn servers(heading: &str) -> impl Iterator<Item = &'static TestServer> {
    versions(heading).filter_map(testing::server)
}

/// The heading of the grants for check that are the usual ones of a version.
pub(crate) fn usual(major: u32) -> &'static str {
    let headings = ["### PostgreSQL 10 to 13", "### PostgreSQL 14 to 16", "### PostgreSQL 17 and later"];
    headings.into_iter().find(|heading| versions(heading).contains(&major)).unwrap()
}

/// The statements of the block under a heading.
pub(crate) fn statements(heading: &str) -> Vec<String> {
    let (_, section) = PAGE.split_once(&format!("\n{heading}\n")).unwrap();
    let section = section.split("\n#").next().unwrap();
    let (_, block) = section.split_once("```sql\n").unwrap();
    parse(block.split_once("```").unwrap().0)
}

/// SQL text as statements, without its comments.
fn parse(block: &str) -> Vec<String> {
    let lines = block.lines().map(|line| line.split("--").next().unwrap().trim());
    lines.collect::<String>().split_terminator(';').map(str::to_owned).collect()
}

/// What takes a statement back; `None` for making the role.
fn inverse(statement: &str) -> Option<String> {
    if statement.starts_with("CREATE ROLE ") {
        return None;
    }
    let (statement, _) = statement.split_once(" WITH ").unwrap_or((statement, ""));
    let inverse = match statement.strip_suffix(" BYPASSRLS") {
        Some(role) => format!("{role} NOBYPASSRLS"),
        None => statement.replace("GRANT ", "REVOKE ").replace(" TO ", " FROM "),
    };
    assert_ne!(inverse, statement);
    Some(inverse)
}

/// The page's shop under names of this test, and its roles, dropped with it.
pub(crate) struct Shop {
    pub(crate) sandbox: Sandbox,
    roles: Vec<(&'static str, String)>,
}

impl Shop {
    pub(crate) fn on(server: &'static TestServer) -> Self {
        let roles =
            ["shop_owner", "sequence_watch", "sequence_keeper", "sequence_carrier", "sequence_creator"];
        let roles = roles.map(|role| (role, testing::unique_name(role))).into();
        let shop = Self { sandbox: Sandbox::on(server, ""), roles };
        shop.run([SHOP]);
        shop
    }

    pub(crate) fn run<'a>(&self, statements: impl IntoIterator<Item = &'a str>) {
        for statement in statements {
            let mut sql =
                statement.replace("DATABASE shop ", &format!("DATABASE {} ", self.sandbox.database));
            for (role, name) in &self.roles {
                sql = sql.replace(role, name);
            }
            self.sandbox.execute(&sql);
        }
    }

    /// Runs the command as one of the page's roles.
    fn reseq(&self, role: &str, arguments: &[&str]) -> Run {
        self.sandbox.reseq(&[arguments, &["-U", self.name_of(role)]].concat())
    }

    /// The name that one of the page's roles has here.
    fn name_of(&self, role: &str) -> &str {
        &self.roles.iter().find(|(known, _)| *known == role).unwrap().1
    }

    /// How one of the page's roles connects.
    pub(crate) fn conninfo_of(&self, role: &str) -> String {
        format!("{} user={}", self.sandbox.conninfo(), self.name_of(role))
    }

    /// Asserts that all these statements together make `command` complete, with this status, and that without any one
    /// of them it is not. `meanwhile` is run before each time.
    fn needs(
        &self,
        statements: &[String],
        meanwhile: &str,
        command: &[&str],
        role: &str,
        status: i32,
    ) -> Run {
        self.needs_to(statements, status, || {
            self.run([meanwhile]);
            self.reseq(role, command)
        })
    }

    /// The same for anything that is run.
    pub(crate) fn needs_to(&self, statements: &[String], status: i32, go: impl Fn() -> Run) -> Run {
        for statement in statements {
            let Some(inverse) = inverse(statement) else { continue };
            self.run([inverse.as_str()]);
            let run = go();
            assert_eq!(run.status, Some(3), "without {statement}: {run}");
            self.run([statement.as_str()]);
        }
        let run = go();
        assert_eq!(run.status, Some(status), "{} {run}", self.sandbox.value("SHOW server_version"));
        run
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        for (_, name) in &self.roles {
            let known = format!("SELECT count(*)::text FROM pg_roles WHERE rolname = '{name}'");
            if self.sandbox.value(&known) == "1" {
                self.sandbox.execute(&format!("DROP OWNED BY {name} CASCADE; DROP ROLE {name}"));
            }
        }
    }
}

/// How each sequence was moved, by name.
fn methods(run: &Run) -> Vec<(String, String)> {
    let value: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let repair = |repair: &serde_json::Value| {
        assert_eq!(repair["status"], "repaired", "{run}");
        (text(&repair["sequence"]), text(&repair["method"]))
    };
    value["sequences"].as_array().unwrap().iter().map(repair).collect()
}

const CHECK: [&str; 1] = ["check"];
const FIX: [&str; 4] = ["fix", "--yes", "--format", "json"];

#[test]
fn what_check_needs() {
    for heading in [
        "### PostgreSQL 10 to 13",
        "### PostgreSQL 14 to 16",
        "### PostgreSQL 17 and later",
        "### Nothing but the ids, on any version",
    ] {
        for server in servers(heading) {
            let shop = Shop::on(server);
            let statements = statements(heading);
            shop.run(statements.iter().map(String::as_str));
            let run = shop.needs(&statements, "", &CHECK, "sequence_watch", 1);
            assert!(run.stdout.contains("2 errors in 2 of 2 sequences."), "{run}");
        }
    }
}

#[test]
fn what_check_needs_for_tables_to_come() {
    const LATER: &str =
        "SET ROLE shop_owner; DROP TABLE IF EXISTS later; CREATE TABLE later (id serial PRIMARY KEY)";
    for server in servers("") {
        let shop = Shop::on(server);
        shop.run(statements("### PostgreSQL 10 to 13").iter().map(String::as_str));
        let to_come = statements("### Tables to come");
        shop.run(to_come.iter().map(String::as_str));
        let run = shop.needs(&to_come, LATER, &CHECK, "sequence_watch", 1);
        assert!(run.stdout.contains("2 errors in 2 of 3 sequences."), "{run}");
    }
}

#[test]
fn what_fix_needs_without_owning_anything() {
    for (heading, method) in [("### By drawing", "draw"), ("### Large gaps at once, by setval()", "setval")] {
        for server in servers(heading) {
            let shop = Shop::on(server);
            shop.run([LARGE_GAP]);
            let statements = [statements(usual(server.major)), statements(heading)].concat();
            shop.run(statements.iter().map(String::as_str));
            let run = shop.needs(&statements, BEHIND, &FIX, "sequence_watch", 0);
            assert_eq!(
                methods(&run),
                [
                    ("public.customers_id_seq".to_owned(), method.to_owned()),
                    ("public.orders_id_seq".to_owned(), "draw".to_owned()),
                ]
            );
            assert_eq!(shop.reseq("sequence_watch", &CHECK).status, Some(0));
        }
    }
}

#[test]
fn what_others_hold_in_advance_only_the_owner_takes_away() {
    for heading in ["### By drawing", "### Large gaps at once, by setval()"] {
        let shop = Shop::on(testing::newest());
        let grants = [statements(usual(testing::newest().major)), statements(heading)].concat();
        shop.run(grants.iter().map(String::as_str).chain([CACHE]));
        let run = shop.reseq("sequence_watch", &FIX);
        assert!(run.stdout.contains("only the owner of the sequence can take those away"), "{run}");
        assert_eq!(run.status, Some(3), "{run}");
        let moved = "SELECT (last_value > 1)::text FROM customers_id_seq";
        assert_eq!(shop.sandbox.value(moved), "true");
    }
}

#[test]
fn what_fix_needs_as_the_owner() {
    for heading in [
        "### Every sequence, as the owner: PostgreSQL 10 to 13, 14 to 16",
        "### Every sequence, as the owner: PostgreSQL 17 and later",
    ] {
        for server in servers(heading) {
            let shop = Shop::on(server);
            shop.run([LARGE_GAP, CACHE]);
            let statements = statements(heading);
            shop.run(statements.iter().map(String::as_str));
            let run = shop.needs(&statements, BEHIND, &FIX, "sequence_keeper", 0);
            assert_eq!(
                methods(&run),
                [
                    ("public.customers_id_seq".to_owned(), "alter".to_owned()),
                    ("public.orders_id_seq".to_owned(), "draw".to_owned()),
                ]
            );
            assert_eq!(shop.reseq("sequence_keeper", &CHECK).status, Some(0));
        }
    }
}

#[test]
fn the_readme_has_the_same_grants() {
    assert_eq!(
        parse(&block("### A role with the least privilege", 0)),
        statements("### PostgreSQL 14 to 16")
    );
}
