//! What managed services do otherwise: nobody is a superuser, pg_authid is closed, the schema public too, and some
//! databases are the provider's alone.

use reseq::pq;
use reseq_scratch::{Cluster, ClusterOptions, newest_installation, testing};

use crate::support::{Role, Run, Sandbox, bare, snapshot};

/// A shop with one of each: a small gap, a large one, a CACHE, a trigger; a role that may insert and not draw; and a
/// schema public that nobody but its owner may use.
const SHOP: &str = "
    CREATE TABLE orders (id serial PRIMARY KEY);
    INSERT INTO orders SELECT generate_series(1, 8);
    CREATE TABLE events (id bigserial PRIMARY KEY);
    INSERT INTO events VALUES (200000);
    CREATE TABLE tickets (id int GENERATED ALWAYS AS IDENTITY (CACHE 20) PRIMARY KEY);
    INSERT INTO tickets OVERRIDING SYSTEM VALUE VALUES (30);
    CREATE SEQUENCE numbers;
    CREATE TABLE invoices (no int PRIMARY KEY);
    CREATE FUNCTION number() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN NEW.no := nextval('public.numbers'); RETURN NEW; END $$;
    CREATE TRIGGER number BEFORE INSERT ON invoices FOR EACH ROW EXECUTE PROCEDURE number();
    GRANT INSERT ON orders TO pg_monitor;
    REVOKE ALL ON SCHEMA public FROM PUBLIC;
";

/// The objects of [`SHOP`], given to `ROLE`.
const OWNED: &str = "
    GRANT USAGE ON SCHEMA public TO ROLE;
    ALTER TABLE orders OWNER TO ROLE; ALTER TABLE events OWNER TO ROLE; ALTER TABLE tickets OWNER TO ROLE;
    ALTER TABLE invoices OWNER TO ROLE; ALTER SEQUENCE numbers OWNER TO ROLE;
";

fn json(run: &Run) -> serde_json::Value {
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| unreachable!("{error}: {run}"))
}

/// Asserts that this role is told what a superuser is told, repairs everything, and finds nothing more.
fn checks_and_fixes(shop: &Sandbox, role: &str) {
    let pg_authid = pq::Connection::connect(&shop.keywords_as(role)).unwrap().simple("TABLE pg_authid");
    assert_eq!(pg_authid.unwrap_err().sqlstate(), Some("42501"));

    let version = shop.value("SHOW server_version");
    let run = shop.reseq(&["check", "--format", "json", "-U", role]);
    let superuser = shop.reseq(&["check", "--format", "json"]);
    assert_eq!(json(&run), json(&superuser), "on {version}");
    assert!(run.stdout.contains("has no USAGE on the sequence: pg_monitor"), "on {version}: {run}");
    assert_eq!(run.status, Some(1), "on {version}: {run}");

    let run = shop.reseq(&["fix", "--yes", "--format", "json", "-U", role]);
    let methods: Vec<_> = json(&run)["sequences"]
        .as_array()
        .unwrap()
        .iter()
        .map(|repair| {
            format!("{} {} {}", repair["sequence"], repair["method"], repair["status"]).replace('"', "")
        })
        .collect();
    assert_eq!(
        methods,
        [
            "public.events_id_seq alter repaired",
            "public.orders_id_seq draw repaired",
            "public.tickets_id_seq alter repaired"
        ],
        "on {version}: {run}"
    );
    assert_eq!(run.status, Some(0), "on {version}: {run}");
    assert_eq!(shop.reseq(&["check", "-U", role]).status, Some(0), "on {version}");
}

#[test]
fn the_owner_of_the_tables_needs_nothing_else() {
    for server in testing::servers() {
        let shop = Sandbox::on(server, SHOP);
        let owner = Role::new(&shop, "reseq_owner", OWNED);
        checks_and_fixes(&shop, &owner.name);
    }
}

#[test]
fn an_administrator_who_is_no_superuser_does_it_as_a_member_of_the_owner() {
    for server in testing::servers() {
        let shop = Sandbox::on(server, SHOP);
        let owner = Role::new(&shop, "reseq_owner", &format!("{OWNED} ALTER USER ROLE NOLOGIN"));
        // As rds_superuser, cloudsqlsuperuser or azure_pg_admin: a role that others are made members of.
        let powers =
            format!("ALTER USER ROLE NOLOGIN; GRANT pg_monitor, pg_signal_backend, {} TO ROLE", owner.name);
        let superusers = Role::new(&shop, "reseq_rdssu", &powers);
        let administrator = Role::new(&shop, "reseq_admin", &format!("GRANT {} TO ROLE", superusers.name));
        shop.execute(&format!("ALTER ROLE {} CREATEDB CREATEROLE", administrator.name));
        checks_and_fixes(&shop, &administrator.name);
    }
}

#[test]
fn who_reads_all_data_checks_what_others_own() {
    for server in testing::servers().into_iter().filter(|server| server.major >= 14) {
        let shop = Sandbox::on(server, SHOP);
        shop.execute(
            "ALTER TABLE orders ENABLE ROW LEVEL SECURITY; ALTER TABLE events FORCE ROW LEVEL SECURITY",
        );
        let watch =
            Role::new(&shop, "reseq_watch", "GRANT pg_read_all_data TO ROLE; ALTER USER ROLE BYPASSRLS");
        let run = shop.reseq(&["check", "--format", "json", "-U", &watch.name]);
        assert_eq!(json(&run), json(&shop.reseq(&["check", "--format", "json"])), "on {}", server.major);
        assert_eq!(run.status, Some(1));
    }
}

#[test]
fn databases_of_the_provider_are_told_and_do_not_stop_the_others() {
    let options = ClusterOptions::default().hba("host all all 127.0.0.1/32 trust");
    let cluster = Cluster::start(&newest_installation().unwrap(), &options).unwrap();
    let execute = |database: &str, sql: &str| {
        let conninfo = format!("{} dbname={database}", cluster.conninfo());
        pq::Connection::connect(&[("dbname", conninfo.as_str())]).unwrap().simple(sql).unwrap();
    };
    for database in ["provider", "shop"] {
        execute("postgres", &format!("CREATE DATABASE {database}"));
    }
    execute("postgres", "REVOKE CONNECT ON DATABASE provider FROM PUBLIC; CREATE ROLE app LOGIN");
    execute("shop", SHOP);
    execute("shop", &OWNED.replace("ROLE", "app"));

    let home = tempfile::tempdir().unwrap();
    let port = cluster.port().to_string();
    let reseq = |arguments: &[&str]| {
        let address = ["-h", "127.0.0.1", "-p", port.as_str(), "-U", "app", "--all"];
        Run::of(&mut bare(home.path(), &[arguments, &address].concat()))
    };
    let run = reseq(&["fix", "--yes", "--quiet"]);
    assert_eq!(run.status, Some(3), "{run}");
    snapshot!(reseq(&["check"]), @r#"
    No sequences in postgres on HOST:PORT.
    shop on HOST:PORT, PostgreSQL VERSION

    public.orders_id_seq → public.orders.id
      WARNING  no-grant      may INSERT but has no USAGE on the sequence: pg_monitor
                             into public.orders
      by hand  GRANT USAGE ON SEQUENCE public.orders_id_seq TO pg_monitor;

    1 warning, 2 notes in 3 of 4 sequences; not listed: 1 type-mismatch, 1 cached
    (-v lists them).
    No sequences in template1 on HOST:PORT.
    ─── standard error
    reseq: database "provider":
    reseq: connection to server at "127.0.0.1", port PORT failed: FATAL:  permission denied for database "provider"
    DETAIL:  User does not have CONNECT privilege.
    hint: The user lacks the privilege CONNECT on the database: GRANT CONNECT ON DATABASE … TO …
    ─── exit status 3
    "#);
    let run = reseq(&["check", "--quiet", "--exclude-database", "prov*", "--exclude-database", "template1"]);
    assert!(run.stdout.contains("  WARNING  no-grant ") && !run.stdout.contains("template1"), "{run}");
    assert_eq!((run.stderr.as_str(), run.status), ("", Some(0)), "{run}");
    snapshot!(reseq(&["check", "--exclude-database", "a.b"]), @"
    ─── standard error
    reseq: the pattern a.b has too many dots
    hint: put a name that holds dots in double quotes
    ─── exit status 2
    ");
}
