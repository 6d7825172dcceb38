//! The README is true: its recipes do what it says, as typed, and its first screen is what the command prints.

use std::path::Path;
use std::process::Command;

use reseq_scratch::testing;

use crate::support::{Role, Run, Sandbox, sandbox};

const README: &str = include_str!("../../../../README.md");

/// The database of the README's first screen.
const SHOP: &str = "
    CREATE TABLE orders (id serial PRIMARY KEY);
    INSERT INTO orders SELECT generate_series(1, 106);
    SELECT setval('orders_id_seq', 94);
    CREATE TABLE customers (id serial PRIMARY KEY);
    INSERT INTO customers SELECT generate_series(1, 48210);
    CREATE SEQUENCE invoice_no;
    CREATE TABLE invoices (no text PRIMARY KEY DEFAULT 'INV-' || lpad(nextval('invoice_no')::text, 6, '0'));
    INSERT INTO invoices SELECT 'INV-' || lpad(n::text, 6, '0') FROM generate_series(5, 10) n;
    CREATE TABLE events (id serial PRIMARY KEY);
    INSERT INTO events VALUES (2100000000);
    SELECT setval('events_id_seq', 2100000000);
    CREATE TABLE carts (id serial PRIMARY KEY);
    CREATE TABLE baskets (id serial PRIMARY KEY);
";

/// A sequence that is behind.
const BEHIND: &str =
    "CREATE TABLE orders (id serial PRIMARY KEY); INSERT INTO orders SELECT generate_series(1, 106)";

/// The indented block number `place` under a heading; 0 is the first.
pub(crate) fn block(heading: &str, place: usize) -> String {
    let (_, section) = README.split_once(&format!("\n{heading}\n")).unwrap();
    let section = section.split("\n#").next().unwrap();
    let blocks = section.split("\n\n").filter(|block| block.trim_start_matches('\n').starts_with("    "));
    let block = blocks.into_iter().nth(place).unwrap();
    block.trim_start_matches('\n').lines().map(|line| line.trim_start().to_owned() + "\n").collect()
}

/// Runs a block with bash, `shop` being the database of the sandbox.
fn bash(shop: &Sandbox, block: &str) -> Run {
    let binary = Path::new(env!("CARGO_BIN_EXE_reseq")).parent().unwrap();
    let path = format!("{}:{}", binary.display(), std::env::var("PATH").unwrap());
    let mut bash = Command::new("bash");
    bash.env_clear().current_dir(shop.home()).stdin(std::process::Stdio::null());
    for (name, value) in shop.command(&[]).get_envs() {
        bash.env(name, value.unwrap_or_default());
    }
    bash.env_remove("PGDATABASE").env("PATH", path);
    bash.env("DATABASE_URL", format!("postgresql:///{}", shop.database));
    let typed = block.replace("-d shop ", &format!("-d {} ", shop.database));
    let typed = typed.replace(" shop\n", &format!(" {}\n", shop.database));
    let typed = typed.replace(" shop ", &format!(" {} ", shop.database));
    Run::of(bash.args(["-e", "-c", &typed]))
}

#[expect(clippy::print_stderr, reason = "a test that is left out says so")]
fn skipped(why: &str) {
    eprintln!("SKIPPED: a recipe of the README: {why}");
}

/// The major version of a program of PostgreSQL on the PATH; says so where there is none.
fn client(program: &str) -> Option<u32> {
    let version = Command::new(program).arg("--version").output().ok();
    let version = version.and_then(|output| String::from_utf8(output.stdout).ok());
    let major = version.and_then(|version| {
        let number =
            version.split(|character: char| !character.is_ascii_digit()).find(|part| !part.is_empty());
        number?.parse().ok()
    });
    if major.is_none() {
        skipped(&format!("there is no {program} on the PATH"));
    }
    major
}

#[test]
fn the_first_screen_is_what_the_command_prints() {
    let shop = sandbox(SHOP);
    let screen = README.split("\n\n").skip_while(|part| !part.starts_with("    $ reseq check"));
    let screen: Vec<_> = screen.take_while(|part| part.starts_with("    ")).collect();
    let expected: String = screen
        .join("\n\n")
        .lines()
        .map(|line| line.strip_prefix("    ").unwrap_or(line).to_owned() + "\n")
        .collect();
    let mut shown = String::new();
    for command in ["reseq check shop", "reseq fix --yes shop"] {
        let gap = if shown.is_empty() { "" } else { "\n" };
        let run = bash(&shop, &format!("{command}\n"));
        shown.push_str(&format!("{gap}$ {command}\n{}", run.stdout));
    }
    let alike = |text: &str| {
        let text = text.replace(&shop.database, "shop");
        let lines = text.lines().map(|line| match line {
            _ if line.starts_with("shop on ") => "shop on HOST",
            _ if line.starts_with("Receipt: ") => "Receipt: FILE",
            _ => line,
        });
        lines.collect::<Vec<_>>().join("\n")
    };
    assert_eq!(alike(&shown), alike(&expected), "\n{shown}");
}

#[test]
fn the_two_commands_check_and_ask() {
    let shop = sandbox(BEHIND);
    let commands = block("## The two commands", 0);
    let (check, fix) = commands.split_once('\n').unwrap();
    let run = bash(&shop, check);
    assert_eq!(run.status, Some(1), "{run}");
    let run = bash(&shop, fix);
    assert!(run.stdout.contains("public.orders_id_seq  1 → 107  106 calls"), "{run}");
    assert_eq!(run.status, Some(2), "there is no terminal to ask on: {run}");
    assert_eq!(shop.value("SELECT is_called::text FROM orders_id_seq"), "false");
}

#[test]
fn after_a_restore() {
    let Some(client) = client("pg_restore") else { return };
    let server = (10..=client).rev().find_map(testing::server);
    let Some(server) = server else {
        return skipped(&format!("no server that pg_dump {client} can read"));
    };
    let old = Sandbox::on(server, BEHIND);
    let shop = Sandbox::on(server, "");
    let dump = format!("pg_dump -Fc -f {}/shop.dump shop\n", shop.home().display());
    let run = bash(&old, &dump);
    assert_eq!(run.status, Some(0), "{run}");
    let run = bash(&shop, &block("### After a restore or an import", 0));
    assert_eq!(run.status, Some(0), "{run}");
    assert_eq!(shop.value("SELECT nextval('orders_id_seq')::text"), "107");
}

#[test]
fn after_a_seed() {
    let shop = sandbox(BEHIND);
    let run = bash(&shop, &block("### After a seed, in CI", 0));
    assert_eq!(run.status, Some(1), "{run}");
    let json = std::fs::read_to_string(shop.home().join("sequences.json")).unwrap();
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["sequences"][0]["findings"][0]["code"], "behind");
    assert!(README.contains("`reseq fix --yes \"$DATABASE_URL\"`"));
    let run = bash(&shop, "reseq fix --yes \"$DATABASE_URL\"\n");
    assert_eq!(run.status, Some(0), "{run}");
    assert_eq!(shop.value("SELECT nextval('orders_id_seq')::text"), "107");
}

#[test]
fn reload_a_table() {
    let shop = sandbox("CREATE TABLE customers (id serial PRIMARY KEY, name text)");
    let gzip = "printf 'id,name\\n7,Anna\\n' | gzip > customers.csv.gz\n";
    let run = bash(&shop, &format!("{gzip}{}", block("### Reload a table, or import in bulk", 0)));
    assert_eq!(run.status, Some(0), "{run}");
    assert_eq!(shop.value("SELECT nextval('customers_id_seq')::text"), "8");
}

#[test]
fn in_a_migration() {
    if client("psql").is_none() {
        return;
    }
    let shop = sandbox(BEHIND);
    let commands = block("### In a migration", 0);
    let run = bash(&shop, &commands);
    assert_eq!(run.status, Some(0), "{run}");
    assert_eq!(shop.value("SELECT last_value::text FROM orders_id_seq"), "106");
    let run = bash(&shop, commands.split_once('\n').unwrap().1);
    assert_eq!(run.status, Some(0), "{run}");
    assert_eq!(shop.value("SELECT last_value::text FROM orders_id_seq"), "106", "run a second time");
}

#[test]
fn restart_at_a_value() {
    let shop = sandbox("CREATE TABLE customers (id serial PRIMARY KEY); INSERT INTO customers VALUES (7)");
    let command = block("### Restart at a value", 0);
    let run = bash(&shop, &command.replace("-d shop\n", &format!("-d {} --yes\n", shop.database)));
    assert_eq!(run.status, Some(0), "{run}");
    assert_eq!(shop.value("SELECT nextval('customers_id_seq')::text"), "100000");
    let run = bash(&shop, &block("### What was changed", 0));
    assert!(run.stdout.contains("restart of ") && run.stdout.contains("done, 1 sequence"), "{run}");
}

#[test]
fn renumber_from_1000() {
    let shop = sandbox(
        "CREATE TABLE customers (id serial PRIMARY KEY); CREATE TABLE orders (customer int REFERENCES customers);
         INSERT INTO customers VALUES (7), (3); INSERT INTO orders VALUES (7)",
    );
    let command = block("### Renumber from 1000", 0);
    let run = bash(&shop, &command.replace("-d shop\n", &format!("-d {} --yes\n", shop.database)));
    assert_eq!(run.status, Some(0), "{run}");
    assert_eq!(shop.value("SELECT customer::text FROM orders"), "1001");
    assert_eq!(shop.value("SELECT nextval('customers_id_seq')::text"), "1002");
}

#[test]
fn start_afresh() {
    let shop =
        sandbox("CREATE TABLE customers (id serial PRIMARY KEY); INSERT INTO customers DEFAULT VALUES");
    let rows = "SELECT concat(count(*), ' ', (SELECT is_called FROM customers_id_seq)) FROM customers";
    for (place, left) in [(0, "0 f"), (1, "1 t")] {
        let command = block("### Start afresh", place);
        let run = bash(&shop, &command.replace("-d shop\n", &format!("-d {} --yes\n", shop.database)));
        assert_eq!(run.status, Some(0), "{run}");
        assert_eq!(shop.value(rows), left);
    }
}

#[test]
fn a_role_with_the_least_privilege() {
    let shop = sandbox(BEHIND);
    shop.execute("ALTER TABLE orders ENABLE ROW LEVEL SECURITY");
    let statements = block("### A role with the least privilege", 0);
    let grants = statements.replacen("CREATE ROLE sequence_watch LOGIN;", "", 1);
    assert_ne!(grants, statements, "the role is made by the test");
    let role = Role::new(
        &shop,
        "reseq_watch",
        &grants
            .replace("ALTER ROLE", "ALTER USER")
            .replace("sequence_watch", "ROLE")
            .replace(" DATABASE shop ", &format!(" DATABASE {} ", shop.database)),
    );
    let run = shop.reseq(&["check", "-U", &role.name]);
    assert!(run.stdout.contains("the next 106 inserts fail"), "{run}");
    assert_eq!(run.status, Some(1), "{run}");
}
