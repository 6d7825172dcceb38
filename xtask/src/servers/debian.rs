//! What Debian's packages bring: PostgreSQL 19 in a root of its own, and as a last resort the system's server.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use crate::programs;

pub(crate) fn can_install() -> bool {
    programs::is_root() && programs::is_there("apt-get")
}

/// Installs a package into the system.
pub(crate) fn install(package: &str) -> Result<()> {
    apt_get(&["install", package]).or_else(|_| {
        update()?;
        apt_get(&["install", package])
    })
}

/// Fetches the lists of packages. They may be old or not there at all; only then this is worth the time.
fn update() -> Result<()> {
    apt_get(&["update"])
}

fn apt_get(arguments: &[&str]) -> Result<()> {
    let mut command = Command::new("apt-get");
    command.args(["-q", "-y"]).args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
    programs::run(command.stdin(Stdio::null()).stdout(Stdio::null()))
}

pub(crate) fn can_bootstrap() -> bool {
    can_install() && Path::new("/etc/debian_version").exists()
}

/// PostgreSQL 19 is in Debian's experimental suite only and needs newer libraries than most systems have: it gets a
/// root file system of its own, which the servers enter with chroot.
pub(crate) fn bootstrap(cache: &Path) -> Result<()> {
    if !programs::is_there("mmdebstrap") {
        install("mmdebstrap")?;
    }
    let mirror = match mirror()? {
        Some(mirror) => mirror,
        None => {
            update()?;
            mirror()?.context("apt knows no mirror of Debian")?
        }
    };
    let (root, unfinished) = (cache.join("postgresql-19"), cache.join(".postgresql-19.unfinished"));
    fs::create_dir_all(cache).with_context(|| format!("could not create {}", cache.display()))?;
    if unfinished.exists() {
        fs::remove_dir_all(&unfinished)?;
    }
    let mut command = Command::new("mmdebstrap");
    command.args(["--quiet", "--variant=minbase", "--aptopt=Acquire::Check-Valid-Until \"false\""]);
    command.arg("--include=postgresql-19/experimental,postgresql-client-19/experimental");
    command.arg("sid").arg(&unfinished);
    command.args([format!("deb {mirror} sid main"), format!("deb {mirror} experimental main")]);
    programs::run(command.stdin(Stdio::null()))?;
    fs::rename(&unfinished, &root).with_context(|| format!("could not put {} in place", root.display()))
}

/// The mirror that this machine's apt uses, if its lists of packages are there.
fn mirror() -> Result<Option<String>> {
    let mut command = Command::new("apt-get");
    command.args(["indextargets", "--format", "$(REPO_URI)"]);
    command.args(["Created-By: Packages", "Origin: Debian", "Label: Debian"]);
    let output = command.output().context("could not run apt-get indextargets")?;
    Ok(String::from_utf8(output.stdout)?.lines().next().map(Into::into))
}
