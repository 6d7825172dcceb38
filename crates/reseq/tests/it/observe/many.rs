//! Many tables, sequences and partitions within a small lock table.

use reseq::catalog;
use reseq::observe::Probe;
use reseq::pq;
use reseq::session::{Connector, Sessions};
use reseq_scratch::{Cluster, ClusterOptions, installations};

use super::{Look, known};

/// A partitioned table; 400 partitions and their indexes are more than all the locks that there are.
const PARTITIONED: &str = "
    CREATE TABLE part (id int NOT NULL, k int) PARTITION BY LIST (k);
    CREATE SEQUENCE part_id; ALTER TABLE part ALTER id SET DEFAULT nextval('part_id');";

fn partition(number: i32) -> String {
    format!(
        "CREATE TABLE part{number} PARTITION OF part FOR VALUES IN ({number});
         CREATE UNIQUE INDEX ON part{number} (id);
         INSERT INTO part{number} SELECT g, {number} FROM generate_series({number}, 2000, 400) g
                                  WHERE g >= 3 AND g <> 700;"
    )
}

#[test]
fn few_locks_whatever_the_number_of_tables() {
    let found = installations();
    let oldest_and_newest = [found.first().cloned(), found.last().cloned()];
    for installation in oldest_and_newest.into_iter().flatten() {
        let options = ClusterOptions::default()
            .setting("max_locks_per_transaction", "10")
            .setting("max_connections", "20")
            .setting("autovacuum", "off");
        let cluster = Cluster::start(&installation, &options).unwrap();
        let connector = Connector::from_conninfo(&cluster.conninfo());
        let conninfo = cluster.conninfo();
        let mut connection = pq::Connection::connect(&[("dbname", conninfo.as_str())]).unwrap();
        for first in (0..3000).step_by(100) {
            let tables = (first..first + 100).map(|n| format!("CREATE TABLE t{n} (id serial PRIMARY KEY);"));
            for table in tables.collect::<Vec<_>>().chunks(20) {
                connection.simple(&table.concat()).unwrap();
            }
        }
        connection.simple(PARTITIONED).unwrap();
        for number in 1..=400 {
            connection.simple(&partition(number)).unwrap();
        }
        let whole = connection.simple("SELECT max(id) FROM part").unwrap_err();
        assert_eq!(whole.sqlstate(), Some("53200"), "{whole}");

        let mut sessions = Sessions::open(connector, 2).unwrap();
        let catalog = catalog::read(&mut sessions, &[]).unwrap();
        let seen = Look::default().at_catalog(&mut sessions, catalog);
        for number in 0..3000 {
            assert_eq!(*seen.state(&format!("t{number}_id_seq")), known(1, false));
            assert_eq!(seen.extreme(&format!("t{number}_id_seq")), None);
        }
        let reading = seen.reading("part_id");
        assert_eq!((reading.extreme, reading.probe), (Some(2000), Probe::Index));
        assert_eq!(seen.collision("part_id"), Some((3, 2000, 697)));
    }
}
