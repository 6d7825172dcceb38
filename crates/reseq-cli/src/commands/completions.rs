//! `reseq completions`

use clap_complete::Shell;

use super::command_line;
use crate::exit;
use crate::failure::Failure;
use crate::ui::Output;

/// Print the completions of a shell
///
/// For instance: reseq completions bash > ~/.local/share/bash-completion/completions/reseq
#[derive(Debug, clap::Args)]
pub(super) struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    pub(super) fn run(self) -> Result<u8, Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut command_line(), "reseq", &mut script);
        Output.text(&String::from_utf8_lossy(&script))?;
        Ok(exit::ALL_WELL)
    }
}
