//! What a whole run of `fix` is to a test: look, plan, repair, verify.

use reseq::apply::receipt::Receipt;
use reseq::apply::{ApplyOptions, Outcome, Recorder, Repair, Status, apply};
use reseq::catalog::{self, Catalog};
use reseq::diagnose::{self, diagnose};
use reseq::observe::{Request, observe};
use reseq::plan::{self, Plan};
use reseq::session::Sessions;

/// Looks at everything and plans.
pub(crate) fn plan(sessions: &mut Sessions, options: &ApplyOptions) -> (Catalog, Plan) {
    let catalog = catalog::read(sessions, &[]).unwrap();
    let selected = vec![true; catalog.sequences.len()];
    let request = Request {
        selected: &selected,
        scan_limit: options.scan_limit,
        foreign_tables: options.foreign_tables,
        ignore_above: &options.fix.ignore_above,
        detail: true,
        nearly_used_up: options.fix.thresholds.error,
    };
    let observations = observe(sessions, &catalog, &request).unwrap();
    let report = diagnose(&catalog, &observations, &diagnose::Options::default());
    let plan = plan::fix(&catalog, &observations, &report, &options.fix);
    (catalog, plan)
}

/// A run that is over, and its receipt.
pub(crate) struct Fixed {
    pub(crate) outcome: Outcome,
    /// `None` where there was nothing to change.
    pub(crate) receipt: Option<Receipt>,
}

/// Carries out a plan.
pub(crate) fn carry_out(
    sessions: &mut Sessions,
    (catalog, plan): &(Catalog, Plan),
    options: &ApplyOptions,
) -> Fixed {
    let folder = tempfile::tempdir().unwrap();
    let recorder = Recorder::begin(folder.path(), "fix", sessions.server(), plan).unwrap();
    let outcome = apply(sessions, catalog, plan.clone(), options, recorder).unwrap();
    let receipt = outcome.receipt.as_ref().map(|path| Receipt::load(path).unwrap());
    Fixed { outcome, receipt }
}

/// Looks, plans and repairs.
pub(crate) fn fix_with(sessions: &mut Sessions, options: &ApplyOptions) -> Outcome {
    let planned = plan(sessions, options);
    carry_out(sessions, &planned, options).outcome
}

/// Looks, plans and repairs with the defaults.
pub(crate) fn fix(sessions: &mut Sessions) -> Outcome {
    fix_with(sessions, &ApplyOptions::default())
}

/// What became of one sequence.
pub(crate) fn repair(outcome: &Outcome, sequence: &str) -> Repair {
    let found = outcome.sequences.iter().find(|repair| repair.sequence.as_str() == sequence);
    found.unwrap_or_else(|| unreachable!("no step for {sequence}: {outcome:#?}"))
}

/// Asserts that every step was a repair and nothing remains.
pub(crate) fn assert_all_repaired(outcome: &Outcome) {
    for repair in outcome.sequences.iter() {
        assert_eq!(repair.status, Status::Repaired, "{repair:?}");
    }
    assert!(outcome.complete && !outcome.anything_remains(), "{:?}", outcome.remaining);
}
