//! New ids for the rows of a table.

mod cases;
mod killed;
mod live;
mod methods;
mod refusals;

use std::path::Path;

use reseq::apply::{ChangeOutcome, KeptFiles, change};
use reseq::plan::{Change, RenumberMethod, RenumberOptions};
use reseq::session::Sessions;
use reseq::{RenumberRequest, Result, SCAN_LIMIT, plan_renumber};

use crate::support::Database;

/// The methods that follow references.
const FOLLOWING: [RenumberMethod; 3] =
    [RenumberMethod::Rebuild, RenumberMethod::Update, RenumberMethod::TempTable];

/// Renumbers `target` from `start`.
pub(crate) fn request(target: &str, start: i64, method: RenumberMethod) -> RenumberRequest {
    RenumberRequest {
        target: target.to_owned(),
        order_by: String::new(),
        also: Vec::new(),
        declared: Vec::new(),
        scan_limit: SCAN_LIMIT,
        options: RenumberOptions { start, order_by: Vec::new(), method, map: None, file: None },
    }
}

fn carry_out(sessions: &mut Sessions, planned: &Change) -> Result<ChangeOutcome> {
    let folder = tempfile::tempdir().unwrap();
    carry_out_in(sessions, planned, folder.path())
}

fn carry_out_in(sessions: &mut Sessions, planned: &Change, folder: &Path) -> Result<ChangeOutcome> {
    change(sessions, planned, &mut KeptFiles::of(planned), folder)
}

/// Plans and carries out.
pub(crate) fn renumber(database: &Database, request: &RenumberRequest) -> Result<ChangeOutcome> {
    let mut sessions = database.sessions();
    let planned = plan_renumber(&mut sessions, request)?;
    carry_out(&mut sessions, &planned)
}

/// What keeps this from being done.
fn refusal(database: &Database, request: &RenumberRequest) -> String {
    let error = renumber(database, request).unwrap_err();
    let hint = error.hint().unwrap_or_default();
    format!("{error}; {hint}")
}
