//! Check, plan, repair and verify, in one call.

use std::path::Path;

use crate::Result;
use crate::apply::{ApplyOptions, Outcome, Recorder, apply, refuse_standby};
use crate::check::{CheckOptions, Checked, check};
use crate::session::Sessions;

/// Makes every selected sequence safe again: checks, moves forward what is behind, waits for the transactions that
/// are writing to the tables, looks again. Nothing is asked. The receipt is written into the folder `receipts` where there is anything to do; [`crate::apply::receipt::default_folder`] is the command's own.
///
/// # Errors
/// As [`check`]; [`crate::Error::Server`] on a standby; [`crate::Error::File`] where the receipt cannot be written, and
/// then nothing was changed. What becomes of each sequence is in the [`Outcome`].
pub fn fix(
    sessions: &mut Sessions,
    options: &CheckOptions,
    apply_options: &ApplyOptions,
    receipts: &Path,
) -> Result<(Checked, Outcome)> {
    refuse_standby(sessions.server())?;
    let options = CheckOptions { detail: false, ..options.clone() };
    let checked = check(sessions, &options, &mut |_| ())?;
    let plan = checked.plan_fix(&apply_options.fix);
    let recorder = Recorder::begin(receipts, "fix", &checked.server, &plan)?;
    let mut apply_options = apply_options.clone();
    apply_options.fix.ignore_above.clone_from(&checked.ignore_above);
    let outcome = apply(sessions, &checked.catalog, plan, &apply_options, recorder)?;
    Ok((checked, outcome))
}
