//! `reseq receipts`

use std::fs;
use std::path::PathBuf;

use crate::support::{Sandbox, sandbox, snapshot};

const SHOP: &str = "
    CREATE TABLE orders (id serial PRIMARY KEY);
    INSERT INTO orders SELECT generate_series(1, 20);
    CREATE TABLE people (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
";

fn folder(shop: &Sandbox) -> PathBuf {
    shop.home().join("state/reseq/receipts")
}

fn only_receipt(shop: &Sandbox) -> PathBuf {
    let mut files = fs::read_dir(folder(shop)).unwrap();
    let file = files.next().unwrap().unwrap().path();
    assert!(files.next().is_none());
    file
}

/// Changes the text of the one receipt.
fn edit(shop: &Sandbox, from: &str, to: &str) {
    let file = only_receipt(shop);
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains(from), "{text}");
    fs::write(&file, text.replace(from, to)).unwrap();
}

#[test]
fn the_newest_comes_first() {
    let shop = sandbox(SHOP);
    snapshot!(shop.reseq(&["receipts"]), @"
    ─── standard error
    There are no receipts in FOLDER/state/reseq/receipts.
    ─── exit status 0
    ");
    shop.reseq(&["fix", "--yes"]);
    shop.reseq(&["restart", "orders", "people", "--with", "1000", "--yes"]);
    snapshot!(shop.reseq(&["receipts"]), @"
    ID
      restart of DATABASE on HOST:PORT: done, 2 sequences
    ID
      fix of DATABASE on HOST:PORT: done, 1 sequence
    ─── exit status 0
    ");
    let run = shop.reseq(&["receipts", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((&json[0]["command"], &json[0]["sequences"]["done"]), (&"restart".into(), &2.into()), "{run}");
    assert_eq!((&json[1]["command"], &json[1]["ended"]), (&"fix".into(), &"done".into()), "{run}");
}

#[test]
fn one_is_shown_in_full() {
    let shop = sandbox(SHOP);
    shop.reseq(&["restart", "orders", "people", "--with", "1000", "--yes"]);
    let id = only_receipt(&shop).file_stem().unwrap().to_str().unwrap().to_owned();
    snapshot!(shop.reseq(&["receipts", &id[..20]]), @"
    restart of DATABASE on HOST:PORT as postgres
    Began TIME, ended TIME.
    Result: done, 2 sequences.
    Receipt: RECEIPT

      public.orders_id_seq: done, next value 1 → next value 1000
      public.people_id_seq: done, next value 1 → next value 1000
    ─── exit status 0
    ");
    snapshot!(shop.reseq(&["receipts", only_receipt(&shop).to_str().unwrap()]).status.unwrap(), @"0");
    snapshot!(shop.reseq(&["receipts", "nothing"]), @"
    ─── standard error
    reseq: there is no receipt nothing, neither as a file nor in FOLDER/state/reseq/receipts
    hint: reseq receipts lists them
    ─── exit status 2
    ");
    let run = shop.reseq(&["receipts", &id, "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(json["change"]["sequences"][0]["after"]["last_value"], 1000, "{run}");
}

/// A receipt as it stands when the run is killed at COMMIT.
#[test]
fn what_became_of_a_run_that_was_cut_off_is_asked_of_the_server() {
    let shop = sandbox(SHOP);
    shop.reseq(&["restart", "orders", "--with", "1000", "--yes"]);
    edit(&shop, "\"progress\": \"done\"", "\"progress\": \"unknown\"");
    snapshot!(shop.reseq(&["receipts"]), @"
    ID
      restart of DATABASE on HOST:PORT: not known in full: 1 unknown
    ─── exit status 0
    ");
    let run = shop.reseq(&["receipts", "2"]);
    assert!(run.stdout.contains("Result: done, 1 sequence."), "{run}");
    assert_eq!(run.status, Some(0), "{run}");
    // The server that the receipt names may be out of reach.
    edit(&shop, &format!("\"port\": \"{}\"", shop.port()), "\"port\": \"1\"");
    let run = shop.reseq(&["receipts", "2"]);
    assert!(run.stdout.contains("the server tells which:\n  SELECT txid_status("), "{run}");
    assert_eq!(run.status, Some(3), "{run}");
}

#[test]
fn a_receipt_that_cannot_be_read_does_not_hide_the_others() {
    let shop = sandbox(SHOP);
    shop.reseq(&["restart", "orders", "--with", "1000", "--yes"]);
    fs::write(folder(&shop).join("2000.json"), "{}").unwrap();
    let run = shop.reseq(&["receipts"]);
    assert!(run.stdout.contains("restart of "), "{run}");
    assert!(run.stderr.contains("could not read the receipt"), "{run}");
    assert_eq!(run.status, Some(3), "{run}");
}

#[test]
fn json_is_as_the_schema_says() {
    let shop = sandbox(SHOP);
    shop.reseq(&["fix", "--yes"]);
    shop.reseq(&["restart", "orders", "--with", "1000", "--yes"]);
    let read = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
    let change = include_str!("../../../../schema/change.schema.json");
    let mut text = include_str!("../../../../schema/receipts.schema.json").to_owned();
    // Without a network: what one schema takes from the other stands in it.
    text = text.replace("change.schema.json#", "#");
    let mut schema = read(&text);
    for (name, definition) in read(change)["$defs"].as_object().unwrap() {
        schema["$defs"][name] = definition.clone();
    }
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let list = shop.reseq(&["receipts", "--format", "json"]).stdout;
    let ids: Vec<String> =
        read(&list).as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(ids.len(), 2);
    let each = ids.iter().map(|id| shop.reseq(&["receipts", id, "--format", "json"]).stdout);
    for text in each.chain([list]) {
        let json = read(&text);
        let errors: Vec<String> = validator.iter_errors(&json).map(|error| error.to_string()).collect();
        assert_eq!(errors, Vec::<String>::new(), "{text}");
    }
}

#[test]
fn those_of_another_place_are_left_out() {
    let shop = sandbox(SHOP);
    shop.reseq(&["fix", "--yes"]);
    let here = shop.value("SELECT current_database()::text");
    assert!(shop.reseq(&["receipts", "-d", &here]).stdout.contains("fix of "));
    for elsewhere in [["-d", "elsewhere"], ["-p", "1"], ["-U", "nobody"]] {
        let run = shop.reseq(&["receipts", elsewhere[0], elsewhere[1]]);
        assert!(run.stdout.is_empty() && run.status == Some(0), "{run}");
    }
}
