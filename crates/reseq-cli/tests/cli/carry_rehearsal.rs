//! `reseq carry --final --dry-run`: the day before.

use crate::carry::{Ends, replicated};
use crate::carry_last::prepared;
use crate::formats::valid;
use crate::support::{Role, Run, snapshot};

const REHEARSE: [&str; 3] = ["--final", "--fence", "--dry-run"];

fn stand(ends: &Ends) -> (String, String) {
    let setting = ends.source.value("SHOW default_transaction_read_only");
    (setting, ends.target.value("SELECT last_value::text FROM invoice_no"))
}

#[test]
fn the_whole_switch_is_shown() {
    let ends = replicated();
    let mut shop = ends.source.connect();
    shop.simple("SET application_name = 'shop'; BEGIN; SELECT nextval('orders_id_seq')").unwrap();
    let run = ends.carry(&REHEARSE);
    let process = format!("process {}", shop.backend_pid());
    snapshot!(run.to_string().replace(&process, "process PID"), @"
    DATABASE on HOST:PORT, PostgreSQL VERSION → DATABASE on HOST:PORT, PostgreSQL VERSION

    1 sequence to move by ALTER SEQUENCE: too many values to draw, and the role owns the sequence.
      public.invoice_no  1 → 2000001  2,000,000 calls

    2 sequences to move by drawing: few values to draw, and drawing blocks nobody.
      public.lines_id_seq   1 → 8    7 calls
      public.orders_id_seq  1 → 43  42 calls

    Not quiet at this moment. To be waited for, or ended by the fence:
      the transaction of process PID (shop, as postgres) has drawn from or written to
      public.orders_id_seq
    Note: no subscription of the target takes from this source: whether rows are there was not looked
    at.
    The fence:
      ALTER DATABASE DATABASE SET default_transaction_read_only = 'on'
      1 session would be ended:
        1 of shop, as postgres
      To lift it: BEGIN READ WRITE; ALTER DATABASE DATABASE RESET default_transaction_read_only; COMMIT
    Ready: nothing that is known now would keep the switch from its end.
    Nothing was changed.
    ─── exit status 0
    ");
    assert_eq!(stand(&ends), ("off".to_owned(), "1".to_owned()));
    shop.simple("COMMIT").unwrap();
    drop(shop);
    let run = ends.carry(&["--final", "--dry-run"]);
    assert!(run.stdout.contains("Quiet at this moment: ") && !run.stdout.contains("The fence"), "{run}");
    assert!(run.stdout.ends_with("\nNothing was changed.\n") && run.status == Some(0), "{run}");
    assert_eq!(ends.carry(&["--final", "--dry-run", "--quiet"]).to_string(), "─── exit status 0");
}

#[test]
fn json_fits_its_schema() {
    let ends = replicated();
    let run = ends.carry(&[&REHEARSE[..], &["--format", "json"]].concat());
    let ready = valid("carry.schema.json", &run);
    assert_eq!((ready["sequences"].as_array().unwrap().len(), &ready["safe"]), (3, &().into()));
    assert_eq!(
        (ready["rehearsal"]["hindrances"].as_array().unwrap().len(), run.status),
        (0, Some(0)),
        "{run}"
    );
    assert_eq!(ready["rehearsal"]["fence"]["was_on"], false);
    ends.source.execute("CREATE SEQUENCE new_one");
    let gid = prepared(&ends);
    let run = ends.carry(&["--final", "--dry-run", "--format", "json"]);
    ends.source.execute(&format!("ROLLBACK PREPARED '{gid}'"));
    let lacking = valid("carry.schema.json", &run);
    assert_eq!((&lacking["missing"][0], run.status), (&"public.new_one".into(), Some(1)), "{run}");
    assert!(lacking["rehearsal"]["fence"].is_null());
    let hindrance = &lacking["rehearsal"]["hindrances"][0];
    assert_eq!(hindrance["message"], "public.new_one is not on the target");
    assert_eq!(hindrance["incomplete"], false);
    assert_eq!(lacking["rehearsal"]["drawing"][0]["holder"]["prepared"], gid);
}

#[test]
fn who_may_not_fence_is_told_the_day_before() {
    let ends = replicated();
    let role =
        Role::new(&ends.source, "reseq_switcher", "GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO ROLE");
    let from = format!("{} user={}", ends.source.conninfo(), role.name);
    let rehearse = |more: &[&str]| {
        let both = ["carry", "--from", &from, "--to", &ends.target.conninfo()];
        Run::of(&mut ends.target.command(&[&both, &REHEARSE[..], more].concat()))
    };
    let run = rehearse(&[]);
    let (_, end) = run.stdout.split_once("Not ready: ").unwrap();
    let one_line = end.split_whitespace().collect::<Vec<_>>().join(" ");
    snapshot!(one_line, @"the switch would fail. ROLE may not fence the database DATABASE: it takes its owner, and who may see and end the sessions of others hint: GRANT postgres, pg_signal_backend, pg_read_all_stats TO ROLE, or stop what writes yourself, without --fence Nothing was changed.");
    assert_eq!(run.status, Some(3));
    let json = rehearse(&["--format", "json"]);
    let value = valid("carry.schema.json", &json);
    assert!(value["rehearsal"]["hindrances"][0]["hint"].as_str().unwrap().starts_with("GRANT "), "{json}");
    assert_eq!(json.status, Some(3));
}

#[test]
fn a_script_is_a_script_all_the_same() {
    let ends = replicated();
    let script = ends.carry(&["--dry-run", "--format", "sql"]);
    let for_the_last_time = ends.carry(&[&REHEARSE[..], &["--format", "sql"]].concat());
    assert_eq!(for_the_last_time.to_string(), script.to_string());
    assert!(script.stdout.contains("setval"), "{script}");
}
