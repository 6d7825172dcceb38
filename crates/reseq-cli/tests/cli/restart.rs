//! `reseq restart`

use crate::support::{Sandbox, sandbox, snapshot};

const SHOP: &str = "
    CREATE TABLE orders (id serial PRIMARY KEY);
    INSERT INTO orders SELECT generate_series(1, 20);
    INSERT INTO orders SELECT generate_series(30, 40);
    CREATE TABLE people (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text);
    INSERT INTO people (name) SELECT 'x' FROM generate_series(1, 5);
    CREATE SEQUENCE odd INCREMENT 2;
    CREATE TABLE two (a serial, b int DEFAULT nextval('odd'));
";

fn next(shop: &Sandbox, sequence: &str) -> String {
    shop.value(&format!("SELECT nextval('{sequence}')::text"))
}

#[test]
fn several_sequences_are_restarted_in_one_go() {
    let shop = sandbox(SHOP);
    snapshot!(shop.reseq(&["restart", "orders", "people.id", "--with", "1000", "--yes"]), @"
    DATABASE on HOST:PORT, PostgreSQL VERSION

    Restart 2 sequences, all or nothing:
      public.orders_id_seq  1 → 1000
      public.people_id_seq  6 → 1000
      lock  SHARE ROW EXCLUSIVE on public.orders_id_seq: its nextval() waits until
            the end, tables stay free
      lock  SHARE ROW EXCLUSIVE on public.people_id_seq: its nextval() waits until
            the end, tables stay free

    Done: Restart 2 sequences.
    Receipt: RECEIPT
    ─── exit status 0
    ");
    assert_eq!((next(&shop, "orders_id_seq"), next(&shop, "people_id_seq")), ("1000".into(), "1000".into()));
    snapshot!(shop.reseq(&["restart", "orders", "people", "--to-data", "--allow-backward", "--yes", "-v"]), @"
    DATABASE on HOST:PORT, PostgreSQL VERSION

    Restart 2 sequences, all or nothing:
      public.orders_id_seq  1001 → 41
      public.people_id_seq  1001 → 6
      - make sure that public.orders_id_seq is defined as before
      - lock public.orders_id_seq
      - make sure that public.people_id_seq is defined as before
      - lock public.people_id_seq
      - set public.orders_id_seq after its rows
      - make sure that public.orders_id_seq stands after its rows
      - set public.people_id_seq after its rows
      - make sure that public.people_id_seq stands after its rows
      lock  SHARE ROW EXCLUSIVE on public.orders_id_seq: its nextval() waits until
            the end, tables stay free
      lock  SHARE ROW EXCLUSIVE on public.people_id_seq: its nextval() waits until
            the end, tables stay free
      note  to restart public.orders_id_seq with 41 goes back by 960 calls: values
            that it has handed out may be handed out again
      note  to restart public.people_id_seq with 6 goes back by 995 calls: values
            that it has handed out may be handed out again

    Done: Restart 2 sequences.
    Receipt: RECEIPT
    ─── exit status 0
    ");
    assert_eq!((next(&shop, "orders_id_seq"), next(&shop, "people_id_seq")), ("41".into(), "6".into()));
    snapshot!(shop.reseq(&["restart", "orders", "people", "--to-data", "--yes"]), @"
    All right: nothing needs to be restarted.
    ─── exit status 0
    ");
    snapshot!(shop.reseq(&["restart", "people", "--with", "5000", "--yes", "--quiet"]), @"─── exit status 0");
}

#[test]
fn what_stands_in_the_way_is_told() {
    let shop = sandbox(SHOP);
    snapshot!(shop.reseq(&["restart", "orders", "--with", "15", "--yes"]), @"
    ─── standard error
    reseq: restarted with 15, public.orders_id_seq would meet row 15 of public.orders.id at once, and rows up to 40
    hint: the next free value is 21; the first after all rows is 41; --list-gaps shows the largest free gaps; --force does it all the same
    ─── exit status 1
    ");
    snapshot!(shop.reseq(&["restart", "orders", "--with", "15", "--list-gaps", "--yes"]), @"
    Largest free gaps of public.orders_id_seq:
      41 … 2147483647  2,147,483,607 calls
      21 … 29          9 calls

    ─── standard error
    reseq: restarted with 15, public.orders_id_seq would meet row 15 of public.orders.id at once, and rows up to 40
    hint: the next free value is 21; the first after all rows is 41; --list-gaps shows the largest free gaps; --force does it all the same
    ─── exit status 1
    ");
    snapshot!(shop.reseq(&["restart", "people", "--at-start"]), @"
    ─── standard error
    reseq: restarted with 1, public.people_id_seq would meet row 1 of public.people.id at once, and rows up to 5
    hint: the next free value is 6; the first after all rows is 6; --list-gaps shows the largest free gaps; --force does it all the same; and going back needs --allow-backward
    ─── exit status 1
    ");
    snapshot!(shop.reseq(&["restart", "odd", "--with", "100", "--yes"]), @"
    ─── standard error
    reseq: public.odd cannot be restarted with 100: it is not in its lane, 1 and every 2 from there
    hint: the nearest values that would do are 99 and 101
    ─── exit status 1
    ");
    snapshot!(shop.reseq(&["restart", "two", "--with", "100"]), @"
    ─── standard error
    reseq: public.two has several columns that take their values from a sequence: public.two.a (public.two_a_seq), public.two.b (public.odd)
    hint: name one of these columns, or its sequence
    ─── exit status 2
    ");
    snapshot!(shop.reseq(&["restart", "order", "--with", "100"]), @"
    ─── standard error
    reseq: there is no table, column or sequence order
    hint: capitals and special characters need double quotes, as in SQL; other schemas must be named
    ─── exit status 2
    ");
    let forced = ["restart", "orders", "--with", "15", "--force", "--yes"];
    snapshot!(shop.reseq(&forced), @"
    DATABASE on HOST:PORT, PostgreSQL VERSION

    Restart 1 sequence, all or nothing:
      public.orders_id_seq  1 → 15
      lock  SHARE ROW EXCLUSIVE on public.orders_id_seq: its nextval() waits until
            the end, tables stay free
      note  restarted with 15, public.orders_id_seq would meet row 15 of
            public.orders.id at once, and rows up to 40

    Done: Restart 1 sequence.
    Receipt: RECEIPT
    ─── exit status 0
    ");
    assert_eq!(next(&shop, "orders_id_seq"), "15");
}

#[test]
fn free_gaps_are_listed() {
    let shop = sandbox(SHOP);
    snapshot!(shop.reseq(&["restart", "orders", "--list-gaps"]), @"
    Largest free gaps of public.orders_id_seq:
      41 … 2147483647  2,147,483,607 calls
      21 … 29          9 calls

    ─── exit status 0
    ");
    let run = shop.reseq(&["restart", "orders", "--list-gaps", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let schema = serde_json::from_str(include_str!("../../../../schema/gaps.schema.json")).unwrap();
    assert!(jsonschema::is_valid(&schema, &json), "{run}");
    let expected = serde_json::json!({"first": 21, "last": 29, "calls": 9});
    assert_eq!(json["sequences"][0]["gaps"][1], expected, "{run}");
    assert_eq!(json["sequences"][0]["sequence"], "public.orders_id_seq");
    let options = ["--list-gaps", "--with", "100", "--dry-run", "--format", "json"];
    let run = shop.reseq(&[&["restart", "orders"], &options[..]].concat());
    let json: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(json["remarks"][1], "public.orders_id_seq: 21 to 29 are free", "{run}");
    let options = ["--list-gaps", "--with", "100", "--dry-run", "--format", "sql"];
    let run = shop.reseq(&[&["restart", "orders"], &options[..]].concat());
    assert!(run.stdout.starts_with("-- reseq restart: "), "{run}");
    assert!(run.stdout.contains("\n-- public.orders_id_seq: 21 to 29 are free\n"), "{run}");
}

#[test]
fn without_a_yes_nothing_is_done() {
    let shop = sandbox(SHOP);
    snapshot!(shop.reseq(&["restart", "orders", "--with", "100"]), @"
    DATABASE on HOST:PORT, PostgreSQL VERSION

    Restart 1 sequence, all or nothing:
      public.orders_id_seq  1 → 100
      lock  SHARE ROW EXCLUSIVE on public.orders_id_seq: its nextval() waits until
            the end, tables stay free

    ─── standard error
    reseq: nothing was changed: there is no terminal to ask on
    hint: add --yes to do it without asking, or --dry-run to see the plan only
    ─── exit status 2
    ");
    snapshot!(shop.reseq(&["restart", "orders", "--with", "100", "--dry-run", "--yes"]), @"
    DATABASE on HOST:PORT, PostgreSQL VERSION

    Restart 1 sequence, all or nothing:
      public.orders_id_seq  1 → 100
      lock  SHARE ROW EXCLUSIVE on public.orders_id_seq: its nextval() waits until
            the end, tables stay free

    ─── exit status 0
    ");
    snapshot!(shop.reseq(&["restart", "orders"]), @"
    ─── standard error
    error: the following required arguments were not provided:
      --with <N>

    Usage: reseq restart --with <N> <TARGET>...

    For more information, try '--help'.
    ─── exit status 2
    ");
    snapshot!(shop.reseq(&["restart", "orders", "--with", "5", "--at-start"]), @"
    ─── standard error
    error: the argument '--with <N>' cannot be used with '--at-start'

    Usage: reseq restart --with <N> <TARGET>...

    For more information, try '--help'.
    ─── exit status 2
    ");
    snapshot!(shop.reseq(&["restart", "orders", "--with", "100", "--format", "sql"]), @"
    ─── standard error
    reseq: --format sql writes a script and changes nothing
    hint: add --dry-run, and run the script with psql
    ─── exit status 2
    ");
    assert_eq!(next(&shop, "orders_id_seq"), "1");
}

#[test]
fn a_script_does_the_same() {
    let shop = sandbox(SHOP);
    let run = shop.reseq(&["restart", "orders", "people", "--with", "100", "--dry-run", "--format", "sql"]);
    snapshot!(run, @r"
    -- reseq restart: Restart 2 sequences, made for DATABASE on HOST:PORT.
    -- Run with: psql -X -f FILE. All of it happens or nothing: after a lock_timeout it may be run again.
    \set ON_ERROR_STOP on
    \encoding UTF8
    BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
    SET LOCAL statement_timeout = 60000;
    SET LOCAL lock_timeout = 1000;
    SET LOCAL row_security = off;
    SET LOCAL search_path = pg_catalog;
    SET LOCAL standard_conforming_strings = on;

    -- make sure that public.orders_id_seq is defined as before
    DO $reseq$ DECLARE found record; BEGIN
    FOR found IN SELECT * FROM (SELECT pg_catalog.concat('public.orders_id_seq', ' was altered since it was looked at') AS problem, 'run the command again'::text AS hint FROM pg_catalog.pg_sequence AS q WHERE q.seqrelid = 'public.orders_id_seq'::pg_catalog.regclass AND (pg_catalog.format_type(q.seqtypid, NULL), q.seqstart, q.seqmin, q.seqmax, q.seqincrement, q.seqcycle, q.seqcache) IS DISTINCT FROM ('integer'::text, (1), (1), (2147483647), (1), false, (1))) AS demand(problem, hint) LOOP
    RAISE EXCEPTION '%', found.problem USING HINT = COALESCE(found.hint, '');
    END LOOP; END $reseq$;

    -- lock public.orders_id_seq
    ALTER SEQUENCE public.orders_id_seq CACHE 1;

    -- make sure that public.people_id_seq is defined as before
    DO $reseq$ DECLARE found record; BEGIN
    FOR found IN SELECT * FROM (SELECT pg_catalog.concat('public.people_id_seq', ' was altered since it was looked at') AS problem, 'run the command again'::text AS hint FROM pg_catalog.pg_sequence AS q WHERE q.seqrelid = 'public.people_id_seq'::pg_catalog.regclass AND (pg_catalog.format_type(q.seqtypid, NULL), q.seqstart, q.seqmin, q.seqmax, q.seqincrement, q.seqcycle, q.seqcache) IS DISTINCT FROM ('integer'::text, (1), (1), (2147483647), (1), false, (1))) AS demand(problem, hint) LOOP
    RAISE EXCEPTION '%', found.problem USING HINT = COALESCE(found.hint, '');
    END LOOP; END $reseq$;

    -- lock public.people_id_seq
    ALTER SEQUENCE public.people_id_seq CACHE 1;

    -- make sure that public.orders_id_seq has not come past 100
    DO $reseq$ DECLARE found record; BEGIN
    FOR found IN SELECT * FROM (SELECT pg_catalog.concat('public.orders_id_seq', ' has come to ', at.next, ' meanwhile: to restart it with ', (100::numeric), ' would go back') AS problem, 'run the command again'::text AS hint FROM (SELECT CASE WHEN s.is_called THEN s.last_value::numeric + (1::numeric) ELSE s.last_value END AS next FROM public.orders_id_seq AS s) AS at WHERE 1 * (at.next - (100::numeric)) > 0) AS demand(problem, hint) LOOP
    RAISE EXCEPTION '%', found.problem USING HINT = COALESCE(found.hint, '');
    END LOOP; END $reseq$;

    -- make sure that no row of public.orders.id stands in the way from 100 on
    DO $reseq$ DECLARE found record; BEGIN
    FOR found IN SELECT * FROM (SELECT pg_catalog.concat('public.orders_id_seq', ' would meet row ', r.nearest, ' of ', 'public.orders.id', ', which came in meanwhile') AS problem, 'run the command again'::text AS hint FROM (SELECT e.nearest FROM (SELECT 0 AS place, 'public.orders'::pg_catalog.regclass::pg_catalog.oid AS relation, (pg_catalog.min(id))::pg_catalog.int8::pg_catalog.text AS nearest, NULL::pg_catalog.text AS furthest FROM public.orders WHERE id >= '100'::pg_catalog.int8 AND id <= '2147483647'::pg_catalog.int8) AS e) AS r(nearest) WHERE r.nearest IS NOT NULL) AS demand(problem, hint) LOOP
    RAISE EXCEPTION '%', found.problem USING HINT = COALESCE(found.hint, '');
    END LOOP; END $reseq$;

    -- restart public.orders_id_seq with 100
    ALTER SEQUENCE public.orders_id_seq RESTART WITH 100;

    -- make sure that the next value of public.orders_id_seq is 100
    DO $reseq$ DECLARE found record; BEGIN
    FOR found IN SELECT * FROM (SELECT pg_catalog.concat('public.orders_id_seq', ' stands at ', s.last_value, ' instead of before ', (100::numeric)) AS problem, NULL::text AS hint FROM public.orders_id_seq AS s WHERE s.last_value <> (100::numeric) OR s.is_called) AS demand(problem, hint) LOOP
    RAISE EXCEPTION '%', found.problem USING HINT = COALESCE(found.hint, '');
    END LOOP; END $reseq$;

    -- make sure that public.people_id_seq has not come past 100
    DO $reseq$ DECLARE found record; BEGIN
    FOR found IN SELECT * FROM (SELECT pg_catalog.concat('public.people_id_seq', ' has come to ', at.next, ' meanwhile: to restart it with ', (100::numeric), ' would go back') AS problem, 'run the command again'::text AS hint FROM (SELECT CASE WHEN s.is_called THEN s.last_value::numeric + (1::numeric) ELSE s.last_value END AS next FROM public.people_id_seq AS s) AS at WHERE 1 * (at.next - (100::numeric)) > 0) AS demand(problem, hint) LOOP
    RAISE EXCEPTION '%', found.problem USING HINT = COALESCE(found.hint, '');
    END LOOP; END $reseq$;

    -- make sure that no row of public.people.id stands in the way from 100 on
    DO $reseq$ DECLARE found record; BEGIN
    FOR found IN SELECT * FROM (SELECT pg_catalog.concat('public.people_id_seq', ' would meet row ', r.nearest, ' of ', 'public.people.id', ', which came in meanwhile') AS problem, 'run the command again'::text AS hint FROM (SELECT e.nearest FROM (SELECT 0 AS place, 'public.people'::pg_catalog.regclass::pg_catalog.oid AS relation, (pg_catalog.min(id))::pg_catalog.int8::pg_catalog.text AS nearest, NULL::pg_catalog.text AS furthest FROM public.people WHERE id >= '100'::pg_catalog.int8 AND id <= '2147483647'::pg_catalog.int8) AS e) AS r(nearest) WHERE r.nearest IS NOT NULL) AS demand(problem, hint) LOOP
    RAISE EXCEPTION '%', found.problem USING HINT = COALESCE(found.hint, '');
    END LOOP; END $reseq$;

    -- restart public.people_id_seq with 100
    ALTER SEQUENCE public.people_id_seq RESTART WITH 100;

    -- make sure that the next value of public.people_id_seq is 100
    DO $reseq$ DECLARE found record; BEGIN
    FOR found IN SELECT * FROM (SELECT pg_catalog.concat('public.people_id_seq', ' stands at ', s.last_value, ' instead of before ', (100::numeric)) AS problem, NULL::text AS hint FROM public.people_id_seq AS s WHERE s.last_value <> (100::numeric) OR s.is_called) AS demand(problem, hint) LOOP
    RAISE EXCEPTION '%', found.problem USING HINT = COALESCE(found.hint, '');
    END LOOP; END $reseq$;

    COMMIT;
    ─── exit status 0
    ");
    let script: String =
        run.stdout.lines().filter(|line| !line.starts_with('\\')).fold(String::new(), |a, b| a + b + "\n");
    shop.execute(&script);
    assert_eq!((next(&shop, "orders_id_seq"), next(&shop, "people_id_seq")), ("100".into(), "100".into()));
}

#[test]
fn json_is_as_the_schema_says() {
    let shop = sandbox(SHOP);
    let schema = serde_json::from_str(include_str!("../../../../schema/change.schema.json")).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    for more in ["--dry-run", "--yes"] {
        let run = shop.reseq(&["restart", "orders", "--with", "100", "--format", "json", more]);
        let json: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        let errors: Vec<String> = validator.iter_errors(&json).map(|error| error.to_string()).collect();
        assert_eq!(errors, Vec::<String>::new(), "{run}");
        assert_eq!(json["progress"], if more == "--yes" { "done" } else { "planned" });
        assert_eq!(json["sequences"][0]["next"], 100);
    }
}
