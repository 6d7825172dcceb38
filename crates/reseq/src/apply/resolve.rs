//! Finds out what became of a transaction whose COMMIT nobody saw the end of.

use super::receipt::{Progress, Receipt};
use crate::session::Session;
use crate::{Error, Result};

/// What the server says of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Committed,
    RolledBack,
    /// It still goes on, or its backend has not noticed yet that nobody listens any more.
    Open,
    /// It was too long ago.
    Forgotten,
}

/// Asks the server of a receipt what became of its transaction, where the receipt does not say: `progress` is
/// [`Progress::Unknown`] only where the server does not know either.
///
/// # Errors
/// As [`Session::read`].
pub fn resolve(session: &mut Session, receipt: &mut Receipt) -> Result<()> {
    let Some(changed) = &mut receipt.change else { return Ok(()) };
    if let (Progress::Unknown, Some(transaction)) = (changed.progress, changed.transaction) {
        changed.progress = match fate(session, transaction)? {
            Fate::Committed => Progress::Done,
            Fate::RolledBack => Progress::Failed,
            Fate::Open | Fate::Forgotten => Progress::Unknown,
        };
    }
    Ok(())
}

/// Asks for the fate of a transaction.
pub(super) fn fate(session: &mut Session, transaction: i64) -> Result<Fate> {
    const TRIED: &str = "ask what became of a transaction";
    let number = transaction.to_string();
    let rows = session.read(TRIED, include_str!("sql/transaction_status.sql"), &[Some(&number)])?;
    let status: Option<String> =
        rows.row(0).and_then(|row| row.get(0)).map_err(Error::while_trying(TRIED))?;
    Ok(match status.as_deref() {
        Some("committed") => Fate::Committed,
        Some("aborted") => Fate::RolledBack,
        Some(_) => Fate::Open,
        None => Fate::Forgotten,
    })
}
