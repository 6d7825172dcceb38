//! Where receipts are kept.

use std::path::{Path, PathBuf};

use super::{Ended, Receipt, Record};
use crate::session::Server;
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

/// What a receipt is called: the name of its file, without the end that all have.
pub fn id(receipt: &Path) -> String {
    receipt.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// The receipt that is meant by a file's path, or by the beginning of an id in the folder.
///
/// # Errors
/// [`Error::Usage`] where there is none, or several; [`Error::File`] where the folder cannot be read.
pub fn find(folder: &Path, name: &str) -> Result<PathBuf> {
    let file = PathBuf::from(name);
    if file.is_file() {
        return Ok(file);
    }
    let mut found = list(folder)?;
    found.retain(|receipt| id(receipt).starts_with(name));
    match found.as_slice() {
        [only] => Ok(only.clone()),
        [] => Err(Error::Usage {
            message: format!("there is no receipt {name}, neither as a file nor in {}", folder.display()),
            hint: Some("reseq receipts lists them".to_owned()),
        }),
        several => Err(Error::Usage {
            message: format!("there are {} receipts whose names begin with {name}", several.len()),
            hint: Some("write more of the name; reseq receipts lists them".to_owned()),
        }),
    }
}

/// The newest receipt of a database, of a run that changed something or may have done so; `None` where there is none.
///
/// # Errors
/// [`Error::File`] where the folder or a receipt cannot be read.
pub fn newest(folder: &Path, server: &Server) -> Result<Option<Record>> {
    for path in list(folder)?.iter().rev() {
        let receipt = Receipt::load(path)?;
        if receipt.run.last_server().is(server) && receipt.ended() != Ended::NothingChanged {
            return Ok(Some(Record::Receipt(Box::new(receipt))));
        }
    }
    Ok(None)
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

    #[test]
    fn a_receipt_is_found_by_the_beginning_of_its_name() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["2026-05-01-a-1.json", "2026-05-02-a-2.json", "2026-05-03-a-3.journal"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        let found =
            |name: &str| find(folder.path(), name).map(|path| id(&path)).map_err(|error| error.to_string());
        assert_eq!(found("2026-05-02"), Ok("2026-05-02-a-2".to_owned()));
        assert_eq!(found("2026-05"), Err("there are 2 receipts whose names begin with 2026-05".to_owned()));
        assert!(found("2026-05-03").unwrap_err().starts_with("there is no receipt 2026-05-03, neither"));
        let file = folder.path().join("2026-05-01-a-1.json");
        assert_eq!(found(file.to_str().unwrap()), Ok("2026-05-01-a-1".to_owned()));
    }
}
