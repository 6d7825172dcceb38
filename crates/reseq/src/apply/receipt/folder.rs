//! Where receipts are kept.

use std::path::{Path, PathBuf};

use crate::{Error, Result};

/// What a receipt's name ends with.
pub(super) const EXTENSION: &str = "json";
/// What the name of a running receipt's journal ends with.
pub(super) const JOURNAL_EXTENSION: &str = "journal";

/// The folder of receipts in the user's state directory: `$XDG_STATE_HOME/reseq/receipts`, else
/// `~/.local/state/reseq/receipts`.
///
/// # Errors
/// [`Error::Usage`] where neither is set.
pub fn default_folder() -> Result<PathBuf> {
    folder_in(std::env::var_os("XDG_STATE_HOME").map(PathBuf::from), std::env::home_dir())
}

/// The XDG specification has relative paths ignored.
fn folder_in(state_home: Option<PathBuf>, home: Option<PathBuf>) -> Result<PathBuf> {
    let state_home = state_home
        .filter(|path| path.is_absolute())
        .or_else(|| home.filter(|path| path.is_absolute()).map(|home| home.join(".local/state")));
    state_home.map(|path| path.join("reseq/receipts")).ok_or_else(|| Error::Usage {
        message: "there is no folder for the receipt: neither XDG_STATE_HOME nor HOME is set".to_owned(),
        hint: Some("name one".to_owned()),
    })
}

/// The receipts of a folder, the oldest first; none where the folder does not exist.
///
/// # Errors
/// [`Error::File`] where the folder cannot be read.
pub fn list(folder: &Path) -> Result<Vec<PathBuf>> {
    let failed = |source| Error::File { tried: "read the receipts in", path: folder.to_owned(), source };
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed(error)),
    };
    let mut receipts = Vec::new();
    for entry in entries {
        let path = entry.map_err(failed)?.path();
        if path.extension().is_some_and(|extension| extension == EXTENSION) {
            receipts.push(path);
        }
    }
    // Names begin with the time, in an order that sorts.
    receipts.sort_unstable();
    Ok(receipts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relative_state_home_is_ignored() {
        let home = Some(PathBuf::from("/home/ann"));
        let folder = |state: &str| folder_in(Some(PathBuf::from(state)), home.clone()).ok();
        assert_eq!(folder("/state"), Some(PathBuf::from("/state/reseq/receipts")));
        assert_eq!(folder("state"), Some(PathBuf::from("/home/ann/.local/state/reseq/receipts")));
        assert!(folder_in(None, None).is_err());
    }
}
