use std::path::Path;
use std::time::Duration;

use super::*;
use crate::Error;
use crate::diagnose::{Code, Severity};

fn parse(text: &str) -> crate::Result<Config> {
    Config::parse(text, Path::new("reseq.toml"))
}

fn refused(text: &str) -> String {
    match parse(text) {
        Err(Error::Usage { message, hint: Some(_) }) => message,
        other => unreachable!("not refused: {other:?}"),
    }
}

#[test]
fn an_empty_file_configures_nothing() {
    assert_eq!(parse("").unwrap(), Config::default());
}

/// The example shows every key, commented out; with the comments taken away it can be read.
#[test]
fn the_example_shows_every_key() {
    let example = include_str!("../../../../docs/reseq.toml");
    assert_eq!(parse(example).unwrap(), Config::default());
    let uncommented: String = example
        .lines()
        .filter_map(|line| line.strip_prefix('#').filter(|rest| !rest.starts_with(' ')).or(Some(line)))
        .map(|line| format!("{line}\n"))
        .collect();
    let config = parse(&uncommented).unwrap();
    assert_eq!(config.links.len(), 1);
    let Link { table, column, sequence, expression, mapping } = &config.links[0];
    assert_eq!((&**table, &**column, &**sequence), ("public.orders", "number", "public.order_no"));
    assert!(expression.is_some());
    assert_eq!(mapping.text.as_ref().unwrap().prefix, "A-");
    assert_eq!(config.ignore.len(), 1);
    let Check { exhausting_warning, exhausting_error, fail_on, only, except } = &config.check;
    assert_eq!((*exhausting_warning, *exhausting_error), (Some(75.0), Some(90.0)));
    assert_eq!(*fail_on, Some(FailOn::Error));
    assert_eq!((&**only, &**except), (&[Code::Behind, Code::Exhausted][..], &[Code::NotOwned][..]));
    let Limits { statement_timeout, lock_timeout, scan_limit, foreign_tables, retry, jobs } = &config.limits;
    assert_eq!(statement_timeout.unwrap().0, Duration::from_secs(60));
    assert_eq!(lock_timeout.unwrap().0, Duration::from_secs(1));
    assert_eq!(scan_limit.unwrap().0, 1 << 30);
    assert!(!foreign_tables);
    assert_eq!(retry.unwrap().0, Duration::from_secs(30));
    assert_eq!(jobs.unwrap().get(), 2);
    let Target { name, conninfo, interval } = &config.targets[0];
    assert_eq!((&**name, &**conninfo), ("shop", "service=shop"));
    assert_eq!(interval.unwrap().0, Duration::from_secs(300));
}

#[test]
fn every_bar_has_its_name() {
    let bars = FailOn::NAMES.map(|name| name.parse::<FailOn>().unwrap());
    assert_eq!(bars, [FailOn::Error, FailOn::Warning, FailOn::Note, FailOn::Never]);
    assert!("error ".parse::<FailOn>().is_err());
}

#[test]
fn what_is_wrong_is_named_with_line_and_key_and_what_is_allowed() {
    for (text, message) in [
        (
            "\n[limit]\njobs = 2",
            "reseq.toml, line 2: unknown field `limit`, expected one of `link`, `ignore`, `check`, `limits`, `target`",
        ),
        (
            "[limits]\njbs = 2",
            "reseq.toml, line 2, key \"jbs\": unknown field `jbs`, expected one of `statement_timeout`, `lock_timeout`, \
             `scan_limit`, `foreign_tables`, `retry`, `jobs`",
        ),
        (
            "[limits]\nscan_limit = \"1gb\"",
            "reseq.toml, line 2, key \"scan_limit\": \"1gb\" is not a size such as 500MB, 2GB or a number of bytes",
        ),
        (
            "[limits]\nlock_timeout = -1",
            "reseq.toml, line 2, key \"lock_timeout\": \"-1\" is not a time such as 500ms, 10s, 5min or 1h; 0 means none",
        ),
        (
            "[check]\nexhausting_warning = 750",
            "reseq.toml, line 2, key \"exhausting_warning\": 750 is no share in percent, 0 to 100",
        ),
        (
            "[check]\nfail_on = \"fatal\"",
            "reseq.toml, line 2, key \"fail_on\": unknown variant `fatal`, expected one of `error`, `warning`, `note`, `never`",
        ),
        (
            "ignore = [\"public.tmp_*\"]",
            "reseq.toml, line 1, key \"ignore\": \"public.tmp_*\" is ignored without a reason; say why: \
             { pattern = \"public.tmp_*\", reason = \"…\" }",
        ),
        (
            "ignore = [\n{ pattern = \"a.b.c.d\", reason = \"x\" },\n]",
            "reseq.toml, line 2: the pattern a.b.c.d has too many dots",
        ),
        (
            "[check]\nexhausting_warning = 95\nexhausting_error = 90",
            "reseq.toml: check.exhausting_warning is 95, above check.exhausting_error, which is 90",
        ),
        (
            "[[target]]\nname = 'a'\nconninfo = ''\n[[target]]\nname = 'a'\nconninfo = ''",
            "reseq.toml: two targets are named \"a\"",
        ),
        ("[[link]]\ntable = 'public.t'\ncolumn = 'c'", "reseq.toml, line 1: missing field `sequence`"),
    ] {
        assert_eq!(refused(text), message);
    }
    assert!(
        refused("[check]\nonly = [\"behnd\"]").contains("there is no finding \"behnd\"; there are behind, ")
    );
}

#[test]
fn links_are_named_in_full_and_can_be_turned_round() {
    let link =
        |keys: &str| format!("[[link]]\ntable = 'public.t'\ncolumn = 'c'\nsequence = 'public.s'\n{keys}");
    assert!(parse(&link("")).is_ok());
    assert!(refused(&link("").replace("public.t", "t")).contains("table = \"t\" is no name with its schema"));
    assert!(refused(&link("").replace("'c'", "'a b'")).contains("column = \"a b\" is no column's name"));
    assert!(parse(&link("").replace("'c'", "'\"a b\"'")).is_ok());
    let varying = refused(&link("expression = \"now() || nextval\""));
    assert!(varying.ends_with("cannot be turned round: the prefix depends on now()"), "{varying}");
}

#[test]
fn passwords_are_never_shown() {
    let target = "[[target]]\nname = 'a'\nconninfo = 'password=secret'\n";
    assert!(!format!("{:?}", parse(target).unwrap()).contains("secret"));
    assert!(!refused(&format!("{target}interval = '5'")).contains("secret"));
    assert!(!refused(&target.replace("'password=secret'", "'password=secret")).contains("secret"));
    assert!(!refused(&target.replace("'password=secret'", "['password=secret']")).contains("secret"));
}

#[test]
fn fail_on_sets_the_bar() {
    let failing = |bar: FailOn| {
        [Severity::Note, Severity::Warning, Severity::Error, Severity::Incomplete]
            .map(|severity| bar.fails(severity))
    };
    assert_eq!(failing(FailOn::Error), [false, false, true, false]);
    assert_eq!(failing(FailOn::Warning), [false, true, true, false]);
    assert_eq!(failing(FailOn::Note), [true, true, true, false]);
    assert_eq!(failing(FailOn::Never), [false; 4]);
}
