//! How often the network is waited for: counted on the wire, connecting included.

use std::time::Duration;

use reseq::session::Sessions;

use crate::checking::check;
use crate::fixing::{assert_all_repaired, fix};
use crate::support::{Database, on_versions};

const TABLES: usize = 1000;

/// For a check of a thousand tables, connecting included: over two connections it takes some 27, and a few more where one
/// of them takes over what the other was to do.
const MOST_ROUND_TRIPS: u64 = 36;

/// Tables of a few rows, with their sequences right.
fn tables(database: Database) -> Database {
    let database = database.with(&format!(
        "DO $$ BEGIN FOR n IN 1..{TABLES} LOOP
           EXECUTE format('CREATE TABLE t%s (id serial PRIMARY KEY)', n);
         END LOOP; END $$"
    ));
    database
        .connect()
        .simple(&format!(
            "DO $$ BEGIN FOR n IN 1..{TABLES} LOOP
               EXECUTE format('INSERT INTO t%s SELECT nextval(''t%s_id_seq'') FROM generate_series(1, 3)', n, n);
             END LOOP; END $$"
        ))
        .unwrap();
    database
}

#[test]
fn a_thousand_tables_take_few_round_trips() {
    for database in on_versions(&[10, 13, 18]) {
        let database = tables(database);
        for jobs in [1, 2] {
            let proxy = database.proxy(Duration::ZERO);
            let connector = database.connector().keyword("port", &proxy.port().to_string());
            let mut sessions = Sessions::open(connector, jobs).unwrap();
            assert_eq!(check(&mut sessions).report.all_findings().count(), 0);
            let taken = proxy.round_trips();
            assert!(taken <= MOST_ROUND_TRIPS, "{taken} on {}, with {jobs} connections", database.major());
        }
    }
}

#[test]
fn repairs_take_no_round_trip_a_table() {
    for database in on_versions(&[10, 18]) {
        let database = tables(database);
        database
            .connect()
            .simple(&format!(
                "DO $$ BEGIN FOR n IN 1..{TABLES} LOOP
                   EXECUTE format('INSERT INTO t%s VALUES (20)', n);
                 END LOOP; END $$"
            ))
            .unwrap();
        let proxy = database.proxy(Duration::ZERO);
        let connector = database.connector().keyword("port", &proxy.port().to_string());
        let mut sessions = Sessions::open(connector, 2).unwrap();
        let outcome = fix(&mut sessions);
        assert_eq!(outcome.sequences.len(), TABLES);
        assert_all_repaired(&outcome);
        let taken = proxy.round_trips();
        assert!(taken <= 2 * MOST_ROUND_TRIPS, "{taken} on {}", database.major());
    }
}
