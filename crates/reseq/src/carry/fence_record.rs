//! What is written down of a fence before it is raised, so that whoever comes after a run that was killed knows how to
//! lift it. It stands beside the receipts for as long as the fence stands.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::read_only::{Setting, is_read_only};
use crate::apply::receipt::{self, Place};
use crate::model::{QuotedName, quote_literal};
use crate::session::{Server, Session};
use crate::template::fill;
use crate::{Error, Result};

/// What the names of such files end with.
const EXTENSION: &str = "fence";

/// A database that was made read-only for a switch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FenceRecord {
    /// The version of reseq.
    pub reseq: String,
    /// When.
    pub since: Timestamp,
    /// Where.
    pub server: Place,
    /// When the switch was completed that it was raised for; `None` where that run has not come to its end.
    #[serde(default)]
    pub completed: Option<Timestamp>,
    /// What the database's own `default_transaction_read_only` was; `None` where it had none.
    pub before: Option<String>,
    /// Whether the database was read-only by default before, and by no fence that was known here.
    #[serde(default)]
    pub was_on: bool,
    /// What puts it back or, where it was read-only before, what would let it take writes; also in a session that is
    /// read-only by default.
    pub lift: String,
    /// The file that says so.
    #[serde(skip)]
    pub path: PathBuf,
}

/// What was set before a fence.
struct Before {
    /// The database's own setting, as it was written.
    value: Option<String>,
    /// Whether sessions began read-only by it, or by what was set for the server.
    was_on: bool,
}

impl FenceRecord {
    /// Of a fence that is about to be raised; written with [`FenceRecord::write`].
    fn new(folder: &Path, server: &Server, database: &QuotedName, before: Before) -> Self {
        let Before { value: before, was_on } = before;
        let setting = if was_on { Some("off") } else { before.as_deref() };
        Self {
            reseq: env!("CARGO_PKG_VERSION").to_owned(),
            since: Timestamp::now(),
            completed: None,
            server: Place::from(server),
            lift: format!("BEGIN READ WRITE; {}; COMMIT", statement(database, setting)),
            before,
            was_on,
            path: folder.join(format!("{}.{EXTENSION}", receipt::name(server))),
        }
    }

    /// It is on the disk when this returns.
    pub(super) fn write(&self) -> Result<()> {
        receipt::make_folder(self.path.parent().unwrap_or(Path::new(".")))?;
        receipt::replace(&self.path, |file| Ok(serde_json::to_writer(file, self)?))
    }

    /// The fence is lifted.
    pub(super) fn remove(&self) -> Result<()> {
        match std::fs::remove_file(&self.path) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            removed => {
                removed.map_err(|source| Error::File { tried: "remove", path: self.path.clone(), source })
            }
        }
    }

    /// The newest of this database; `None` where there is none.
    pub(super) fn find(folder: &Path, server: &Server) -> Result<Option<Self>> {
        let failed = |source| Error::File { tried: "read", path: folder.to_owned(), source };
        let entries = match std::fs::read_dir(folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            entries => entries.map_err(failed)?,
        };
        let mut newest: Option<Self> = None;
        for entry in entries {
            let path = entry.map_err(failed)?.path();
            if path.extension().is_none_or(|extension| extension != EXTENSION) {
                continue;
            }
            let record = Self::load(path)?;
            if record.server.is(server) && newest.as_ref().is_none_or(|other| other.since < record.since) {
                newest = Some(record);
            }
        }
        Ok(newest)
    }

    fn load(path: PathBuf) -> Result<Self> {
        let read = || {
            let record: Self = serde_json::from_str(&std::fs::read_to_string(&path)?)?;
            Ok(record)
        };
        match read() {
            Ok(record) => Ok(Self { path, ..record }),
            Err(source) => Err(Error::File { tried: "read", path, source }),
        }
    }
}

/// What is written down before a fence is raised.
pub(super) struct ToWrite {
    /// Of a fence that an earlier run has left, and that is taken over with what that knew; else a new one.
    pub(super) record: FenceRecord,
    /// Of a fence that somebody has lifted by hand.
    pub(super) stale: Option<FenceRecord>,
}

impl ToWrite {
    /// `before` is the database's own setting. Nothing is written yet.
    pub(super) fn of(
        folder: &Path,
        session: &mut Session,
        database: &QuotedName,
        before: Option<Setting>,
    ) -> Result<Self> {
        let stale = match FenceRecord::find(folder, session.server())? {
            Some(record) if before.as_ref().is_some_and(|setting| setting.is_on) => {
                return Ok(Self { record, stale: None });
            }
            stale => stale,
        };
        let was_on = is_read_only(session)?;
        let before = Before { value: before.map(|setting| setting.value), was_on };
        Ok(Self { record: FenceRecord::new(folder, session.server(), database, before), stale })
    }
}

/// The statement that puts the setting back.
pub(super) fn statement(database: &QuotedName, before: Option<&str>) -> String {
    let database = ("database", database.as_str());
    match before {
        None => fill(include_str!("sql/lift.sql"), &[database]),
        Some(value) => {
            let value = quote_literal(value);
            fill(include_str!("sql/lift_to_setting.sql"), &[database, ("value", value.trim_start())])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_setting_is_put_back_as_it_was() {
        let database = QuotedName::from_server("\"Shop 2\"");
        assert_eq!(
            statement(&database, None),
            "ALTER DATABASE \"Shop 2\" RESET default_transaction_read_only"
        );
        assert_eq!(
            statement(&database, Some("off")),
            "ALTER DATABASE \"Shop 2\" SET default_transaction_read_only = 'off'"
        );
    }

    #[test]
    fn the_newest_record_of_the_database_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let shop = crate::fixture::server();
        let other = Server { database: "other".to_owned(), database_oid: 7, ..shop.clone() };
        assert_eq!(FenceRecord::find(&folder.path().join("none"), &shop).unwrap(), None);
        let name = QuotedName::from_server("shop");
        let write = |server, before: &str| {
            let before = Before { value: Some(before.to_owned()), was_on: before == "on" };
            let record = FenceRecord::new(folder.path(), server, &name, before);
            record.write().unwrap();
            record
        };
        write(&shop, "off");
        let newest = write(&shop, "on");
        write(&other, "off");
        let found = FenceRecord::find(folder.path(), &shop).unwrap().unwrap();
        assert_eq!(found, newest);
        assert_eq!(
            (found.was_on, found.lift.as_str()),
            (true, "BEGIN READ WRITE; ALTER DATABASE shop SET default_transaction_read_only = 'off'; COMMIT")
        );
        found.remove().unwrap();
        let older = FenceRecord::find(folder.path(), &shop).unwrap().unwrap();
        assert_eq!((older.before.as_deref(), older.was_on), (Some("off"), false));
    }
}
