//! Every .sql file of the library is what its header says: the server understands it on each version named there.

use std::fs;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use reseq::pq;

use crate::support::{Role, on_every_version};

#[test]
fn every_sql_file_can_be_prepared_on_the_versions_of_its_header() {
    let files: Vec<_> =
        sql_files().into_iter().map(|path| (fs::read_to_string(&path).unwrap(), path)).collect();
    assert!(files.len() > 20, "the .sql files were not found");
    for (text, path) in &files {
        assert!(
            text.contains("\n-- privileges: "),
            "{} does not say which privileges it needs",
            path.display()
        );
        versions(text, path);
    }
    for database in on_every_version() {
        let mut connection = database.connect();
        for (text, path) in files.iter().filter(|(text, _)| !is_template(text)) {
            if versions(text, path).contains(&database.major()) {
                let prepared =
                    connection.simple(&format!("PREPARE statement AS {text}; DEALLOCATE statement"));
                assert!(
                    prepared.is_ok(),
                    "PostgreSQL {}, {}: {}",
                    database.major(),
                    path.display(),
                    prepared.unwrap_err()
                );
            }
        }
    }
}

#[test]
fn what_needs_no_privileges_is_planned_for_a_role_without_any() {
    for database in on_every_version() {
        let role = Role::on(&database);
        let mut keywords = database.keywords();
        keywords.push(("user", &role.name));
        let mut connection = pq::Connection::connect(&keywords).unwrap();
        for path in sql_files() {
            let text = fs::read_to_string(&path).unwrap();
            let is_for_all = text.contains("\n-- privileges: none") && !is_template(&text);
            if is_for_all && versions(&text, &path).contains(&database.major()) {
                let planned = plan(&mut connection, &text);
                assert!(planned.is_ok(), "PostgreSQL {}, {}: {planned:?}", database.major(), path.display());
            }
        }
    }
}

/// Privileges are looked at when a statement begins, which EXPLAIN does, too.
fn plan(connection: &mut pq::Connection, text: &str) -> Result<(), pq::Error> {
    connection.simple(&format!("PREPARE statement AS {text}"))?;
    let number = "SELECT pg_catalog.cardinality(parameter_types) FROM pg_catalog.pg_prepared_statements";
    let number: i32 = connection.query(number, &[])?.row(0)?.get(0)?;
    let nulls = vec!["NULL"; usize::try_from(number).unwrap()].join(", ");
    let values = if nulls.is_empty() { nulls } else { format!("({nulls})") };
    connection.simple(&format!("EXPLAIN EXECUTE statement {values}; DEALLOCATE statement"))?;
    Ok(())
}

/// The files in the sql folders of all rooms.
fn sql_files() -> Vec<PathBuf> {
    let rooms = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).unwrap();
    let folders = rooms.map(|room| room.unwrap().path().join("sql")).filter(|folder| folder.is_dir());
    let mut files: Vec<_> =
        folders.flat_map(|folder| fs::read_dir(folder).unwrap()).map(|file| file.unwrap().path()).collect();
    files.sort();
    files
}

/// A statement with gaps, or a part of one: the tests of its room run it, filled, on every version.
fn is_template(text: &str) -> bool {
    let statement = text.lines().filter(|line| !line.starts_with("--"));
    statement.into_iter().any(|line| line.contains('{'))
}

/// `-- versions: 10-19`
fn versions(text: &str, path: &Path) -> RangeInclusive<u32> {
    let read = || {
        let line = text.lines().find_map(|line| line.strip_prefix("-- versions: "))?;
        let (first, rest) = line.split_once('-')?;
        let last = rest.split(|character: char| !character.is_ascii_digit()).next()?;
        Some(first.parse().ok()?..=last.parse().ok()?)
    };
    let versions = read();
    assert!(versions.is_some(), "{} does not say which versions it is for", path.display());
    versions.unwrap()
}
