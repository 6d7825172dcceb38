//! `reseq carry --final`: for the moment of the switch.

use std::time::Duration;

use reseq::apply::{Outcome, receipt};
use reseq::carry::{
    FenceRecord, FencingRun, FinishOptions, FinishStage, Finished, Safety, fencing_run, finish,
    is_read_only_by_default, refuse_second_fence, standing_fence,
};
use reseq::plan::Plan;
use reseq::report::text::{self, Told};
use reseq::report::write_finished_json;
use reseq::session::Sessions;

use super::{Format, Shown};
use crate::exit;
use crate::failure::Failure;
use crate::ui::{Output, Progress, say};

/// The last carry.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Carrying")]
pub(super) struct LastOptions {
    /// For the moment of the switch: wait until the source hands out nothing any more, carry exactly, and prove on the
    /// target that no next value is taken; exit status 0 only if all holds
    #[arg(long = "final", conflicts_with_all = ["check", "reverse_ready"])]
    pub(super) last: bool,

    /// With --final: make the source's database read-only and end the sessions in it, so that nobody draws any more; undone
    /// unless all holds in the end. With --dry-run it says what it would do, and whether the role may
    #[arg(long, requires = "last")]
    pub(super) fence: bool,

    /// With --final: how long to wait until the source hands out nothing any more, and then for its rows to arrive
    #[arg(long, value_name = "SECONDS", default_value_t = 60, requires = "last")]
    wait_quiet: u64,
}

impl LastOptions {
    /// Refuses a second fence, before anything is created, moved or asked.
    pub(super) fn refuse_second_fence(&self, source: &mut Sessions) -> Result<(), Failure> {
        if self.fence {
            refuse_second_fence(source)?;
        }
        Ok(())
    }

    /// Says of fences that stand, by a run that is going on, a switch that is completed or a run that was killed, and of
    /// what is read-only else.
    pub(super) fn tell_standing_fences(source: &mut Sessions, target: &mut Sessions) -> Result<(), Failure> {
        let receipts = receipt::default_folder().ok();
        for end in [source, target] {
            if !is_read_only_by_default(end)? {
                continue;
            }
            // Before it is asked what stands: a run that ends in between says itself what has become of its fence.
            if let Some(run) = fencing_run(end)? {
                say(&going_on(&end.server().database, &run));
                continue;
            }
            let record = receipts.as_deref().map(|receipts| standing_fence(end, receipts)).transpose()?;
            if let Some(record) = record.flatten() {
                say(&in_words(&record));
            } else {
                say(&format!(
                    "reseq: {} is read-only by default (default_transaction_read_only), by no fence that is known here: \
                     sessions begin read-only unless they ask for another mode",
                    end.server().database
                ));
            }
        }
        Ok(())
    }
}

/// Nothing that lifts it: that is for the run to do.
fn going_on(database: &str, run: &FencingRun) -> String {
    format!(
        "reseq: {database} is fenced at this moment by a run of reseq that is going on, {run}: sessions begin read-only \
         unless they ask for another mode. Wait until that run has said how it ended"
    )
}

fn in_words(FenceRecord { since, completed, server, was_on, lift, .. }: &FenceRecord) -> String {
    let why = match completed {
        Some(time) => format!("is fenced by the switch completed at {time:.0}"),
        None => format!("has been fenced since {since:.0} by a run that did not come to its end"),
    };
    let before = if *was_on { ", and was read-only by default before that" } else { "" };
    format!(
        "reseq: {} {why}{before}: sessions begin read-only unless they ask for another mode. To lift it, run {lift}; and let \
         its sessions connect anew",
        server.database
    )
}

impl Shown<'_> {
    /// Shows, asks, carries for the last time; gives the exit status.
    pub(super) fn finish(&self, source: &mut Sessions, target: &mut Sessions) -> Result<u8, Failure> {
        let plan = self.carrying.plan(&self.fix_options());
        let other_way = self.carrying.other_way.is_some();
        if !self.carrying.stands_for_all() || self.carrying.undrawn().next().is_some() || other_way {
            // It ends here, without a change.
            self.plan(&plan)?;
            self.json(Some(false), &Outcome::planned(&self.carrying.target.catalog, plan.clone()))?;
        } else if !self.agreed(&plan, &self.question_of_last())? {
            say("Nothing was changed.");
            return Ok(exit::FINDINGS);
        }
        let told = (!self.carry.output.quiet).then(|| Told::of(&self.carrying.target.catalog, &plan));
        let finished = self.carry_out(source, target, plan)?;
        self.finished(&finished, told.as_ref())?;
        Ok(match finished.safety() {
            Safety::Safe => exit::ALL_WELL,
            Safety::NotSafe if finished.is_complete() => exit::FINDINGS,
            Safety::NotSafe | Safety::NotProven => exit::INCOMPLETE,
        })
    }

    fn question_of_last(&self) -> String {
        let (source, target) = (&self.carrying.source.server, &self.carrying.target.server);
        let fence = if self.carry.last.fence { ", and end all its sessions" } else { "" };
        format!(
            "Move sequences of {}, and for the last time when {} is quiet{fence}?",
            target.database, source.database
        )
    }

    fn carry_out(
        &self,
        source: &mut Sessions,
        target: &mut Sessions,
        plan: Plan,
    ) -> Result<Finished, Failure> {
        let options = FinishOptions {
            carry: self.carry.carry_options(self.settings),
            apply: self.apply_options(),
            wait: Duration::from_secs(self.carry.last.wait_quiet),
            fence: self.carry.last.fence,
        };
        let bar = Progress::new(self.carry.output.quiet, "");
        let mut progress = |stage| match stage {
            FinishStage::FenceLifted | FinishStage::ReadOnlyAsBefore => say(&format!("reseq: {stage}")),
            stage => bar.doing(stage),
        };
        let receipts = receipt::default_folder()?;
        Ok(finish(source, target, self.carrying, plan, &options, &receipts, &mut progress)?)
    }

    fn finished(&self, finished: &Finished, told: Option<&Told>) -> Result<(), Failure> {
        match self.carry.format {
            Format::Json => {
                write_finished_json(Output, self.carrying, finished).map_err(Failure::writing("results"))
            }
            _ if self.carry.output.quiet && finished.safety() == Safety::Safe => Ok(()),
            _ => Output.text(&text::carry_finished(self.carrying, finished, told, &self.style())),
        }
    }
}
