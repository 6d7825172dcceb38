//! The catalogue of plain serial and identity columns, by a small query: what looking at them is tested with,
//! whatever the catalogue room finds.

use std::sync::Arc;

use reseq::catalog::{Catalog, ColumnType, Link, Privileges, Sequence, SequenceId, Storage, Uniqueness, Via};
use reseq::model::{Definition, IntegerType, Mapping, Oid, QuotedName};
use reseq::pq;

use crate::support::Database;

const OWNED: &str = "
    SELECT s.seqrelid, format('%I.%I', n.nspname, q.relname), s.seqtypid::regtype, s.seqstart, s.seqmin, s.seqmax,
           s.seqincrement, s.seqcycle, s.seqcache, t.oid, format('%I.%I', tn.nspname, t.relname), a.attnum,
           quote_ident(a.attname), format_type(a.atttypid, a.atttypmod),
           1 + (SELECT count(*) FROM pg_index i WHERE i.indrelid = t.oid),
           EXISTS (SELECT FROM pg_index i WHERE i.indrelid = t.oid AND i.indkey[0] = a.attnum AND i.indpred IS NULL)
      FROM pg_sequence s JOIN pg_class q ON q.oid = s.seqrelid JOIN pg_namespace n ON n.oid = q.relnamespace
      JOIN pg_depend d ON d.objid = s.seqrelid AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0
           AND d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass
      JOIN pg_class t ON t.oid = d.refobjid JOIN pg_namespace tn ON tn.oid = t.relnamespace
      JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
     ORDER BY s.seqrelid";

/// The catalogue as a superuser sees it: every privilege, one link a sequence.
pub(crate) fn catalog(database: &Database) -> Catalog {
    let rows = database.connect().query(OWNED, &[]).unwrap();
    let mut catalog = Catalog::default();
    for (place, row) in rows.iter().enumerate() {
        catalog.sequences.push(sequence(row, place));
        catalog.links.push(link(row, place));
    }
    catalog
}

fn name(row: pq::Row<'_>, column: usize) -> QuotedName {
    QuotedName::from_server(row.get::<Box<str>>(column).unwrap())
}

fn sequence(row: pq::Row<'_>, place: usize) -> Sequence {
    Sequence {
        oid: Oid(row.get(0).unwrap()),
        name: name(row, 1),
        definition: Definition {
            data_type: IntegerType::from_name(row.get(2).unwrap()).unwrap(),
            start: row.get(3).unwrap(),
            min: row.get(4).unwrap(),
            max: row.get(5).unwrap(),
            increment: row.get(6).unwrap(),
            cycle: row.get(7).unwrap(),
            cache: row.get(8).unwrap(),
        },
        privileges: Privileges { select: true, draw: true, update: true, alter: true },
        owner: None,
        links: place..place + 1,
        missing_grants: Vec::new(),
        unlogged: false,
    }
}

fn link(row: pq::Row<'_>, place: usize) -> Link {
    let column_type: &str = row.get(13).unwrap();
    Link {
        sequence: SequenceId(place),
        via: Via::Serial,
        table_oid: Oid(row.get(9).unwrap()),
        table: Arc::new(name(row, 10)),
        attnum: row.get(11).unwrap(),
        column: name(row, 12),
        column_type: ColumnType {
            name: column_type.into(),
            storage: match (IntegerType::from_name(column_type), column_type) {
                (Some(integer), _) => Storage::Integer(integer),
                (None, "double precision") => Storage::Float { exact: 1 << 53 },
                (None, "text") => Storage::Text(None),
                (None, "numeric" | "numeric(20,2)") => Storage::Numeric(None),
                (None, _) => Storage::Other,
            },
        },
        mapping: Mapping::IDENTITY,
        unique: Uniqueness::None,
        indexed: row.get(15).unwrap(),
        locks: row.get(14).unwrap(),
        leaves: Arc::new([]),
        foreign_keys: Vec::new(),
        unreadable: None,
    }
}
