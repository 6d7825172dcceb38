//! `reseq manual`

mod man;
mod pages;

use std::path::PathBuf;

use crate::exit;
use crate::failure::Failure;
use crate::ui::Output;

/// Show a page of the manual: what a finding means and what to do about it, and more; or write the man pages
///
/// Without a page it lists those that there are. For instance: reseq manual behind; reseq manual --man-pages
/// ~/.local/share/man/man1
#[derive(Debug, clap::Args)]
pub(super) struct Manual {
    /// The page: a finding's code, or another name of the list
    #[arg(value_name = "PAGE")]
    page: Option<String>,

    /// Write the man pages, one a command, into this folder, which is made where it is missing
    #[arg(long, value_name = "DIR", conflicts_with = "page")]
    man_pages: Option<PathBuf>,
}

impl Manual {
    pub(super) fn run(self) -> Result<u8, Failure> {
        match (&self.page, &self.man_pages) {
            (_, Some(folder)) => man::write_pages(folder)?,
            (Some(name), None) => Output.text(page(name)?)?,
            (None, None) => Output.text(&pages::list())?,
        }
        Ok(exit::ALL_WELL)
    }
}

fn page(name: &str) -> Result<&'static str, Failure> {
    pages::page(name).ok_or_else(|| {
        Failure::usage(
            format!("the manual has no page {name:?}"),
            "reseq manual lists the pages that there are",
        )
    })
}
