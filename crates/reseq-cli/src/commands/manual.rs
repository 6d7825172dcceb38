//! `reseq manual`

use std::fs;
use std::path::{Path, PathBuf};

use clap_mangen::Man;

use super::command_line;
use crate::exit;
use crate::failure::Failure;
use crate::ui::Output;

/// Write the man pages, one a command
///
/// For instance: reseq manual ~/.local/share/man/man1
#[derive(Debug, clap::Args)]
pub(super) struct Manual {
    /// Folder for the pages, made where it is missing; without it the page of `reseq` itself is printed
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
}

impl Manual {
    pub(super) fn run(self) -> Result<u8, Failure> {
        match &self.folder {
            Some(folder) => write_pages(folder)?,
            None => Output.text(&String::from_utf8_lossy(&page()?))?,
        }
        Ok(exit::ALL_WELL)
    }
}

/// `reseq.1`, `reseq-check.1`, …
fn write_pages(folder: &Path) -> Result<(), Failure> {
    fs::create_dir_all(folder)
        .and_then(|()| clap_mangen::generate_to(command_line(), folder))
        .map_err(Failure::writing(format!("the man pages into {}", folder.display())))
}

fn page() -> Result<Vec<u8>, Failure> {
    let mut page = Vec::new();
    Man::new(command_line()).render(&mut page).map_err(Failure::writing("the man page"))?;
    Ok(page)
}
