//! Databases that were made by others for their own ends: what is known to be behind in them is found, and nothing
//! else. They are no part of the project: without the folder `shared/data` beside it this is skipped.

use std::fs;
use std::path::Path;

use reseq::diagnose::{Code, Severity};
use reseq::pq;

use crate::checking::{Checked, check};
use crate::fixing::{assert_all_repaired, fix};
use crate::support::{Database, on_every_version};

/// A file of the folder; without it a loud word.
#[expect(clippy::print_stderr, reason = "tests that are left out are said so loudly")]
fn read(file: &str) -> Option<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(file);
    let text = fs::read_to_string(&path);
    text.map_err(|error| eprintln!("SKIPPED: real inputs: {}: {error}", path.display())).ok()
}

/// Runs a script as psql would: the rows after a COPY … FROM stdin go with it.
fn load(connection: &mut pq::Connection, script: &str) {
    let mut rest = script;
    while let Some(at) = rest.find(" FROM stdin;\n") {
        let (before, after) = rest.split_at(at);
        let (sql, copy) = before.split_at(before.rfind("COPY ").unwrap());
        connection.simple(sql).unwrap();
        let rows = &after[" FROM stdin;\n".len()..];
        let end = if rows.starts_with("\\.\n") { 0 } else { rows.find("\n\\.\n").unwrap() + 1 };
        let mut copying = connection.copy_in(&format!("{copy} FROM stdin")).unwrap();
        copying.put(&rows.as_bytes()[..end]).unwrap();
        copying.finish().unwrap();
        rest = &rows[end + "\\.\n".len()..];
    }
    connection.simple(rest).unwrap();
}

/// Asserts that these sequences are behind and nothing else is worse than a note, and that a fix puts them right.
fn assert_behind(database: &Database, sequences: &[&str]) {
    let errors = |checked: &Checked| -> Vec<String> {
        let at_fault = checked.report.sequences.iter().flat_map(|diagnosis| {
            let name = &checked.catalog.sequence(diagnosis.sequence).name;
            let bad = diagnosis.findings.iter().filter(|finding| finding.severity > Severity::Note);
            bad.map(move |finding| format!("{} {name}", finding.code))
        });
        at_fault.collect()
    };
    let expected: Vec<_> = sequences.iter().map(|name| format!("{} {name}", Code::Behind)).collect();
    let checked = check(&mut database.sessions());
    assert_eq!(errors(&checked), expected, "on {}", database.major());
    assert!(checked.report.complete && checked.report.findings.is_empty());

    let outcome = fix(&mut database.sessions());
    assert_eq!(outcome.sequences.len(), sequences.len());
    assert_all_repaired(&outcome);
    let checked = check(&mut database.sessions());
    assert_eq!(errors(&checked), [""; 0], "on {}", database.major());
    assert!(checked.report.complete);
}

/// From where on the Chinook files insert their rows; before it stand the tables.
const POPULATE: &str = "   Populate Tables\n";

/// The tables and the rows of a Chinook file.
fn chinook(file: &str) -> Option<(String, String)> {
    let text = read(file)?;
    let text = &text[text.find("   Create Tables\n")?..];
    let (tables, rows) = text.split_at(text.find(POPULATE)?);
    // Both begin and end within a comment of stars.
    Some((format!("/*{tables}*/"), format!("/*{rows}")))
}

#[test]
fn a_music_shop_that_took_its_ids_from_its_defaults_is_well() {
    let Some((tables, rows)) = chinook("chinook-serial.sql") else { return };
    for database in on_every_version() {
        let database = database.with(&tables).with(&rows);
        assert_eq!(database.value("SELECT count(*) FROM pg_sequence"), "10");
        assert_behind(&database, &[]);
    }
}

#[test]
fn a_music_shop_whose_rows_came_with_their_ids_is_behind_everywhere() {
    let (Some((tables, _)), Some((_, rows))) =
        (chinook("chinook-serial.sql"), chinook("chinook-explicit-ids.sql"))
    else {
        return;
    };
    for database in on_every_version() {
        let database = database.with(&tables).with(&rows);
        assert_behind(
            &database,
            &[
                "public.album_album_id_seq",
                "public.artist_artist_id_seq",
                "public.customer_customer_id_seq",
                "public.employee_employee_id_seq",
                "public.genre_genre_id_seq",
                "public.invoice_invoice_id_seq",
                "public.invoice_line_invoice_line_id_seq",
                "public.media_type_media_type_id_seq",
                "public.playlist_playlist_id_seq",
                "public.track_track_id_seq",
            ],
        );
        let next = "SELECT nextval('track_track_id_seq') - (SELECT max(track_id) FROM track)";
        assert_eq!(database.value(next), "1");
    }
}

#[test]
fn a_rental_shop_as_pg_dump_wrote_it_is_behind_with_its_tenants() {
    let (Some(schema), Some(data)) =
        (read("multi-tenant-pagila-schema.sql"), read("multi-tenant-pagila-data.sql"))
    else {
        return;
    };
    // pg_dump wrote it for 12 and later.
    for database in on_every_version().filter(|database| database.major() >= 12) {
        let mut connection = database.connect();
        load(&mut connection, &schema);
        load(&mut connection, &data);
        assert_eq!(database.value("SELECT count(*) FROM pg_sequence"), "14");
        assert_behind(&database, &["public.tenant_tenant_id_seq"]);
    }
}
