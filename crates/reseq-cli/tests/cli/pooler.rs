//! Behind PgBouncer: which of its modes serve, and what it refuses.

use reseq_scratch::{PoolMode, testing};

use crate::check::IMPORTED;
use crate::support::{Run, Sandbox, sandbox, snapshot};

/// Runs the command through a pooler with these settings; `None` where none can be had.
fn through(shop: &Sandbox, mode: PoolMode, settings: &str, arguments: &[&str], options: &str) -> Option<Run> {
    let pooler = testing::pgbouncer(testing::newest(), mode, settings)?;
    let port = pooler.port().to_string();
    Some(Run::of(shop.command(arguments).env("PGPORT", port).env("PGOPTIONS", options)))
}

#[test]
fn sessions_and_transactions_serve() {
    for mode in [PoolMode::Session, PoolMode::Transaction] {
        let shop = sandbox(IMPORTED);
        let Some(check) = through(&shop, mode, "", &["check"], "") else { return };
        assert_eq!(check.status, Some(1), "{check}");
        let fix = through(&shop, mode, "", &["fix", "--yes"], "").unwrap();
        assert_eq!(fix.status, Some(0), "{fix}");
        let again = through(&shop, mode, "", &["check"], "").unwrap();
        assert_eq!(again.status, Some(0), "{again}");
    }
}

#[test]
fn statements_are_refused() {
    let shop = sandbox(IMPORTED);
    let state = "SELECT string_agg(s::text, ' ' ORDER BY s) FROM pg_sequences s";
    let before = shop.value(state);
    let Some(check) = through(&shop, PoolMode::Statement, "", &["check"], "") else { return };
    let page = include_str!("../../../../docs/poolers-and-standbys.md");
    let shown = page.lines().find(|line| line.starts_with("    reseq: the connection pooler")).unwrap();
    let place = check.stderr.split_whitespace().nth(5).unwrap();
    assert_eq!(check.stderr.trim(), shown.trim().replace("pool.example:6432", place));
    snapshot!(check, @"
    ─── standard error
    reseq: the connection pooler on HOST:PORT is in statement mode: it gives each statement another session and takes no transaction, without which no limit holds and nothing can be repaired safely; connect to the server itself, or to a pool in transaction or session mode
    ─── exit status 3
    ");
    let fix = through(&shop, PoolMode::Statement, "", &["fix", "--yes"], "").unwrap();
    assert!(fix.stderr.contains("is in statement mode"), "{fix}");
    assert_eq!((fix.stdout.as_str(), fix.status), ("", Some(3)));
    assert_eq!(shop.value(state), before);
}

#[test]
fn the_console_of_the_pooler_is_told_from_an_old_server() {
    let shop = sandbox(IMPORTED);
    let Some(pooler) = testing::pgbouncer(testing::newest(), PoolMode::Session, "") else { return };
    let port = pooler.port().to_string();
    let run = Run::of(shop.command(&["check", "-d", "pgbouncer"]).env("PGPORT", port));
    assert!(run.stderr.starts_with("reseq: this is PgBouncer's own console (version 1."), "{run}");
    assert!(run.stderr.contains("hint: name a database that PgBouncer leads to (-d)"), "{run}");
    assert_eq!(run.status, Some(3), "{run}");
}

#[test]
fn settings_that_are_sent_while_connecting_are_refused_unless_the_pooler_ignores_them() {
    let shop = sandbox(IMPORTED);
    let options = "-c geqo=off";
    let Some(refused) = through(&shop, PoolMode::Transaction, "", &["check"], options) else { return };
    snapshot!(refused, @r#"
    ─── standard error
    reseq: connection to server at "127.0.0.1", port PORT failed: FATAL:  unsupported startup parameter: options
    hint: The connection pooler refuses a setting: its ignore_startup_parameters can name it.
    ─── exit status 3
    "#);
    let page = include_str!("../../../../docs/poolers-and-standbys.md");
    let ignored =
        page.lines().find(|line| line.trim().starts_with("ignore_startup_parameters")).unwrap().trim();
    let check = through(&shop, PoolMode::Transaction, ignored, &["check"], options).unwrap();
    assert_eq!(check.status, Some(1), "{check}");
}
