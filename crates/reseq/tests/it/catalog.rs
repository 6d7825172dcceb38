//! Every way in which a column can be tied to a sequence, on every major version.

use reseq::catalog::{self, Catalog, Link};

use crate::support::{Database, on_every_version};

fn read(database: &Database) -> Catalog {
    catalog::read(&mut database.session(), &[]).unwrap()
}

/// A link in one line: what it is, without how it is guarded.
fn line(catalog: &Catalog, link: &Link) -> String {
    let sequence = &catalog.sequence(link.sequence).name;
    format!("{sequence} {} {}.{}", link.via.name(), link.table, link.column)
}

#[test]
fn identity_serial_and_default() {
    for database in on_every_version() {
        let database = database.with(
            "CREATE TABLE a (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
             CREATE TABLE b (id bigserial, tenant int, UNIQUE (tenant, id));
             CREATE SEQUENCE s;
             CREATE TABLE c (id numeric(12,2) DEFAULT nextval('s'), d int DEFAULT currval('s'))",
        );
        let catalog = read(&database);
        let lines: Vec<_> = catalog.links.iter().map(|link| line(&catalog, link)).collect();
        let expected = [
            "public.a_id_seq identity public.a.id",
            "public.b_id_seq serial public.b.id",
            "public.s default public.c.id",
        ];
        assert_eq!(lines, expected, "{}", database.major());
    }
}
