//! reseq.toml

use std::fs;

use crate::check::IMPORTED;
use crate::support::{sandbox, snapshot};

#[test]
fn what_options_do_not_say_the_file_says() {
    let shop = sandbox(IMPORTED);
    fs::write(shop.home().join("reseq.toml"), "[check]\nfail_on = \"never\"\n").unwrap();
    assert_eq!(shop.reseq(&["check"]).status, Some(0));
    assert_eq!(shop.reseq(&["check", "--fail-on", "error"]).status, Some(1));
    let other = shop.home().join("other.toml");
    fs::write(&other, "[check]\nexcept = [\"behind\"]\n[limits]\njobs = 1\nlock_timeout = \"2s\"\n").unwrap();
    let run = shop.reseq(&["check", "--config", "other.toml"]);
    assert!(run.stdout.starts_with("No findings (not looked for: behind): "), "{run}");
    let run = shop.reseq(&["check", "--config", "other.toml", "--only", "behind"]);
    assert_eq!(run.status, Some(1), "{run}");
}

#[test]
fn the_file_of_the_configuration_folder_is_found() {
    let shop = sandbox(IMPORTED);
    fs::create_dir_all(shop.home().join("config/reseq")).unwrap();
    fs::write(shop.home().join("config/reseq/reseq.toml"), "[check]\nfail_on = \"never\"\n").unwrap();
    assert_eq!(shop.reseq(&["check"]).status, Some(0));
}

#[test]
fn what_is_ignored_is_not_looked_at() {
    let shop = sandbox(IMPORTED);
    let file = "ignore = [{ pattern = \"public.orders\", reason = \"a test\" }]\n";
    fs::write(shop.home().join("reseq.toml"), file).unwrap();
    let run = shop.reseq(&["check"]);
    assert!(run.stdout.starts_with("All right: 1 sequence of "), "{run}");
}

#[test]
fn a_declared_link_is_looked_at() {
    let shop = sandbox(
        "CREATE SEQUENCE numbers; CREATE TABLE invoices (number text PRIMARY KEY);
         INSERT INTO invoices SELECT 'A-' || n FROM generate_series(1, 12) n",
    );
    let file = "[[link]]\ntable = \"public.invoices\"\ncolumn = \"number\"\nsequence = \"public.numbers\"\n\
                expression = \"'A-' || nextval\"\n";
    fs::write(shop.home().join("reseq.toml"), file).unwrap();
    let run = shop.reseq(&["check"]);
    assert!(run.stdout.contains("the next 12 inserts fail"), "{run}");
    let gone = file.replace("numbers", "gone");
    fs::write(shop.home().join("reseq.toml"), gone).unwrap();
    snapshot!(shop.reseq(&["check"]), @r#"
    ─── standard error
    reseq: reseq.toml declares a link, but there is no sequence public.gone
    hint: write names as in SQL, with their schema: public.orders, "Shop".orders
    ─── exit status 2
    "#);
}

#[test]
fn a_malformed_file_is_wrong_usage() {
    let shop = sandbox("SELECT 1");
    let written = |text: &str| {
        fs::write(shop.home().join("reseq.toml"), text).unwrap();
        shop.reseq(&["check"])
    };
    snapshot!(written("[limits]\njobs = 0\n"), @r#"
    ─── standard error
    reseq: reseq.toml, line 2, key "jobs": "0" is not a number of connections, 1 or more
    hint: docs/reseq.toml shows every key that there is
    ─── exit status 2
    "#);
    snapshot!(written("[limits]\nthreads = 4\n"), @r#"
    ─── standard error
    reseq: reseq.toml, line 2, key "threads": unknown field `threads`, expected one of `statement_timeout`, `lock_timeout`, `scan_limit`, `foreign_tables`, `retry`, `jobs`
    hint: docs/reseq.toml shows every key that there is
    ─── exit status 2
    "#);
    snapshot!(written("jobs = "), @r#"
    ─── standard error
    reseq: reseq.toml, line 1, key "jobs": string values must be quoted, expected literal string
    hint: docs/reseq.toml shows every key that there is
    ─── exit status 2
    "#);
}

#[test]
fn a_file_that_is_not_there_is_wrong_usage() {
    snapshot!(sandbox("SELECT 1").reseq(&["check", "--config", "nowhere.toml"]), @"
    ─── standard error
    reseq: there is no file nowhere.toml
    hint: docs/reseq.toml shows every key that there is
    ─── exit status 2
    ");
}
