//! `-n -N -t -T -s`

use crate::support::{Sandbox, sandbox, snapshot};

fn shop() -> Sandbox {
    sandbox(
        r#"CREATE SCHEMA warehouse;
           CREATE TABLE orders (id serial PRIMARY KEY);
           CREATE TABLE order_items (id serial PRIMARY KEY);
           CREATE TABLE "Mixed.Case" (id serial PRIMARY KEY);
           CREATE TABLE warehouse.bins (id serial PRIMARY KEY)"#,
    )
}

#[test]
fn sequences_are_chosen_by_schema_table_and_name() {
    let shop = shop();
    let chosen = |arguments: &[&str]| {
        let run = shop.reseq(&[&["check", "--format", "json"], arguments].concat());
        let value: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        let names = value["sequences"].as_array().unwrap().iter();
        names.map(|sequence| sequence["sequence"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(chosen(&["-n", "warehouse"]), ["warehouse.bins_id_seq"]);
    assert_eq!(chosen(&["-N", "public"]), ["warehouse.bins_id_seq"]);
    assert_eq!(chosen(&["-t", "orders"]), ["public.orders_id_seq"]);
    assert_eq!(chosen(&["-t", "public.order*"]), ["public.order_items_id_seq", "public.orders_id_seq"]);
    assert_eq!(chosen(&["-t", "order*", "-T", "order_*"]), ["public.orders_id_seq"]);
    assert_eq!(chosen(&["-t", r#""Mixed.Case""#]), [r#"public."Mixed.Case_id_seq""#]);
    assert_eq!(chosen(&["-s", "*.*bins*", "--sequence", "public.orders_id_seq"]).len(), 2);
    assert_eq!(
        chosen(&["--schema=public", "--exclude-table=orders", "--exclude-schema=warehouse"]),
        [r#"public."Mixed.Case_id_seq""#, "public.order_items_id_seq"]
    );
    assert_eq!(chosen(&["--table=orders"]), ["public.orders_id_seq"]);
}

#[test]
fn the_command_that_repairs_all_selects_the_same() {
    let shop = shop();
    shop.execute("INSERT INTO orders VALUES (1); INSERT INTO order_items VALUES (1)");
    let run = shop.reseq(&["check", "-t", "order*", "-T", "order_items", "-T", r#""Mixed.Case""#]);
    let command = r#"reseq fix -t 'order*' -T order_items -T '"Mixed.Case"'"#;
    assert!(run.stdout.ends_with(&format!("\nTo repair 1 sequence: {command}\n")), "{run}");
}

#[test]
fn a_pattern_that_matches_nothing_is_wrong_usage() {
    let shop = shop();
    snapshot!(shop.reseq(&["check", "-t", "nothing_like_it"]), @"
    ─── standard error
    reseq: no table or sequence matches the pattern nothing_like_it
    hint: reseq check -v lists every sequence, with the columns that it feeds
    ─── exit status 2
    ");
    snapshot!(shop.reseq(&["check", "-n", "nowhere"]), @"
    ─── standard error
    reseq: no schema matches the pattern nowhere
    hint: reseq check -v lists every sequence, with the columns that it feeds
    ─── exit status 2
    ");
    snapshot!(shop.reseq(&["check", "-s", "other.public.orders_id_seq"]), @"
    ─── standard error
    reseq: the pattern other.public.orders_id_seq is about the database other, but this is DATABASE
    hint: leave the database out, or connect to it with -d
    ─── exit status 2
    ");
    snapshot!(shop.reseq(&["fix", "-s", "no*such", "--yes"]), @"
    ─── standard error
    reseq: no sequence matches the pattern no*such
    hint: reseq check -v lists every sequence, with the columns that it feeds
    ─── exit status 2
    ");
}
