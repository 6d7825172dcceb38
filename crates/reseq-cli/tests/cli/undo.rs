//! `reseq undo`

use reseq_scratch::testing;

use crate::support::{Role, Sandbox, sandbox, snapshot};

const SHOP: &str = "
    CREATE TABLE orders (id serial PRIMARY KEY);
    INSERT INTO orders SELECT FROM generate_series(1, 20);
    CREATE TABLE people (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text);
    INSERT INTO people (name) SELECT 'x' FROM generate_series(1, 5);
    CREATE SEQUENCE bare;
";

fn next(shop: &Sandbox, sequence: &str) -> i64 {
    shop.value(&format!("SELECT nextval('{sequence}')::text")).parse().unwrap()
}

fn well(shop: &Sandbox, arguments: &[&str]) {
    let run = shop.reseq(arguments);
    assert_eq!(run.status, Some(0), "{run}");
}

#[test]
fn a_restart_is_undone_unless_values_were_handed_out() {
    for server in testing::servers() {
        let shop = Sandbox::on(server, SHOP);
        well(&shop, &["restart", "orders", "people", "bare", "--with", "1000", "--yes"]);
        shop.execute("INSERT INTO people (name) VALUES ('y'); SELECT nextval('bare')");
        let run = shop.reseq(&["undo", "--last", "--yes"]);
        assert_eq!(run.status, Some(1), "PostgreSQL {}: {run}", server.major);
        assert_eq!(next(&shop, "orders_id_seq"), 21);
        assert_eq!((next(&shop, "people_id_seq"), next(&shop, "bare")), (1001, 1001));
        // The receipt of the undo puts it forward again, and back.
        well(&shop, &["restart", "orders", "--with", "2000", "--yes"]);
        well(&shop, &["undo", "--last", "--yes"]);
        well(&shop, &["undo", "--last", "--yes"]);
        assert_eq!(next(&shop, "orders_id_seq"), 2000);
    }
}

#[test]
fn each_sequence_that_stays_is_told_with_the_reason() {
    let shop = sandbox(SHOP);
    well(&shop, &["restart", "orders", "people", "bare", "--with", "1000", "--yes"]);
    shop.execute("INSERT INTO people (name) VALUES ('y'); SELECT nextval('bare')");
    snapshot!(shop.reseq(&["undo", "--last", "--yes"]), @"
    DATABASE on HOST:PORT, PostgreSQL VERSION

    Put 1 sequence back to where it stood before reseq restart of
    TIME, all or nothing:
      public.orders_id_seq  1000 → 21
      lock  SHARE ROW EXCLUSIVE on public.orders_id_seq: its nextval() waits until
            the end, tables stay free
      stays  public.people_id_seq: the next value was 6 then and is 1001 now: 995
             values may be handed out again
      hint   --allow-backward puts it back all the same, as long as no row stands in
             the way
      stays  public.bare: the next value was 1 then and is 1001 now: 1000 values may
             be handed out again
      hint   --allow-backward puts it back all the same, as long as no row stands in
             the way

    Done: Put 1 sequence back to where it stood before reseq restart of
    TIME; 2 stay as they are.
    Receipt: RECEIPT
    ─── exit status 1
    ");
    snapshot!(shop.reseq(&["undo", "--last", "--dry-run"]), @"
    DATABASE on HOST:PORT, PostgreSQL VERSION

    Put 1 sequence back to where it stood before reseq undo of TIME,
    all or nothing:
      public.orders_id_seq  21 → 1000
      lock  SHARE ROW EXCLUSIVE on public.orders_id_seq: its nextval() waits until
            the end, tables stay free

    ─── exit status 0
    ");
    shop.execute("SELECT nextval('orders_id_seq'); DROP SEQUENCE bare; CREATE SEQUENCE bare");
    let receipt = std::fs::read_dir(shop.home().join("state/reseq/receipts"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .min()
        .unwrap();
    let receipt = receipt.to_str().unwrap();
    snapshot!(shop.reseq(&["undo", receipt, "--yes"]), @"
    Nothing was changed: no sequence can go back to where it stood before reseq
    restart of TIME.
      stays  public.orders_id_seq: the next value was 21 then and is 22 now: 1 value
             may be handed out again
      hint   --allow-backward puts it back all the same, as long as no row stands in
             the way
      stays  public.people_id_seq: the next value was 6 then and is 1001 now: 995
             values may be handed out again
      hint   --allow-backward puts it back all the same, as long as no row stands in
             the way
      stays  public.bare: it was dropped, and another was made in its place
    ─── exit status 1
    ");
    snapshot!(shop.reseq(&["undo", receipt, "--yes", "--allow-backward"]), @"
    DATABASE on HOST:PORT, PostgreSQL VERSION

    Put 1 sequence back to where it stood before reseq restart of
    TIME, all or nothing:
      public.orders_id_seq  22 → 21
      lock  SHARE ROW EXCLUSIVE on public.orders_id_seq: its nextval() waits until
            the end, tables stay free
      note  public.orders_id_seq: the next value was 21 then and is 22 now: 1 value
            may be handed out again
      stays  public.people_id_seq: restarted with 6, public.people_id_seq would meet
             row 1000 of public.people.id after 994 calls
      hint   reseq restart public.people_id_seq --with 6 --allow-backward --force
             does it all the same
      stays  public.bare: it was dropped, and another was made in its place

    Done: Put 1 sequence back to where it stood before reseq restart of
    TIME; 2 stay as they are.
    Receipt: RECEIPT
    ─── exit status 1
    ");
}

#[test]
fn a_save_is_put_back_as_far_as_no_value_comes_twice() {
    for server in testing::servers() {
        let shop = Sandbox::on(server, SHOP);
        well(&shop, &["save", "a.json"]);
        well(&shop, &["undo", "a.json", "--yes"]);
        // Behind after a restore of old data, on after inserts, altered.
        shop.execute(
            "SELECT setval('orders_id_seq', 3); INSERT INTO people (name) VALUES ('y'); ALTER SEQUENCE bare INCREMENT 2",
        );
        let run = shop.reseq(&["undo", "a.json", "--yes"]);
        assert_eq!(run.status, Some(1), "{run}");
        assert!(run.stdout.contains("public.bare: it was altered since"), "{run}");
        assert_eq!((next(&shop, "orders_id_seq"), next(&shop, "people_id_seq")), (21, 7), "{run}");
        let run = shop.reseq(&["undo", "a.json", "--yes", "--allow-backward", "--format", "json"]);
        assert_eq!(run.status, Some(1), "{run}");
        let told: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        let remaining: Vec<&str> =
            told["remaining"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
        // Row 6 of people is in the way; 21 of orders has no row.
        assert_eq!(remaining, ["public.bare", "public.people_id_seq"], "{run}");
        assert_eq!(next(&shop, "orders_id_seq"), 21);
    }
}

#[test]
fn a_fix_is_undone_once_the_rows_are_gone() {
    let shop = sandbox("CREATE TABLE t (id serial PRIMARY KEY); INSERT INTO t SELECT generate_series(1, 20)");
    well(&shop, &["fix", "--yes"]);
    snapshot!(shop.reseq(&["undo", "--last", "--yes"]), @"
    Nothing was changed: no sequence can go back to where it stood before reseq fix
    of TIME.
      stays  public.t_id_seq: restarted with 1, public.t_id_seq would meet row 1 of
             public.t.id at once, and rows up to 20
      hint   reseq restart public.t_id_seq --with 1 --allow-backward --force does it
             all the same
    ─── exit status 1
    ");
    shop.execute("DELETE FROM t");
    well(&shop, &["undo", "--last", "--yes"]);
    assert_eq!(next(&shop, "t_id_seq"), 1);
}

#[test]
fn another_database_is_refused() {
    let (shop, other) = (sandbox(SHOP), sandbox(SHOP));
    well(&shop, &["save", "a.json"]);
    let file = shop.home().join("a.json");
    snapshot!(other.reseq(&["undo", file.to_str().unwrap(), "--yes", "-d", &other.database]), @"
    ─── standard error
    reseq: this was saved from DATABASE on HOST:PORT, and not of DATABASE on HOST:PORT, nor is that the same under another name
    hint: connect to the database that it is of; a script of reseq save --format sql sets the sequences of any database
    ─── exit status 1
    ");
    snapshot!(other.reseq(&["undo", "--last", "--yes"]), @"
    ─── standard error
    reseq: there is no receipt of DATABASE on HOST:PORT
    hint: reseq receipts lists all of them
    ─── exit status 2
    ");
    std::fs::write(shop.home().join("b.json"), "{}").unwrap();
    snapshot!(shop.reseq(&["undo", "b.json", "--yes"]), @"
    ─── standard error
    reseq: could not read b.json: it is neither a receipt nor what reseq save --format json writes (missing field `command` at line 1 column 2)
    ─── exit status 3
    ");
    // Where it is from is where it is put back.
    shop.execute("SELECT setval('orders_id_seq', 3)");
    well(&other, &["undo", file.to_str().unwrap(), "--yes"]);
    assert_eq!(next(&shop, "orders_id_seq"), 21);
}

#[test]
fn only_the_owner_may() {
    let shop = sandbox(SHOP);
    let grants = "GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO ROLE; GRANT SELECT ON ALL TABLES IN SCHEMA public TO ROLE";
    let role = Role::new(&shop, "reseq_undo", grants);
    well(&shop, &["save", "a.json"]);
    shop.execute("SELECT setval('orders_id_seq', 3)");
    snapshot!(shop.reseq(&["undo", "a.json", "--yes", "-U", &role.name]), @"
    Nothing was changed: no sequence can go back to where it stood when they were
    saved, TIME.
      stays  public.orders_id_seq: the role may not set it: only its owner may
      hint   connect as the owner, or as a member of the role that owns it
    ─── exit status 3
    ");
}
