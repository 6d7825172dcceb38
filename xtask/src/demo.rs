//! `cargo xtask demo`.

use anyhow::Result;

use crate::{programs, servers};

/// Builds reseq and runs `reseq demo`. True if it was content.
pub(crate) fn run(arguments: &[String]) -> Result<bool> {
    servers::install_any()?;
    let mut command = programs::cargo();
    command.args(["run", "--quiet", "--package", "reseq-cli", "--bin", "reseq", "--", "demo"]);
    programs::succeeds(command.args(arguments))
}
