//! `reseq carry --create`

use reseq::apply::{ChangeOutcome, NoStreams, change, receipt};
use reseq::plan::{Change, Creations, change_script};
use reseq::report::text;
use reseq::session::Sessions;

use super::{Format, Shown};
use crate::failure::Failure;
use crate::ui::{Output, Progress, ask, say};

/// What the target lacks.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Carrying")]
pub(super) struct CreateOptions {
    /// Create the sequences that the target lacks, as the source has them: definition, the column that they belong to,
    /// comment, owner and grants as far as the target has those roles; all of them in one transaction. Not with --follow,
    /// which creates nothing, since nobody is there to agree: run it beside that when one is missing, which is followed then
    #[arg(long, conflicts_with_all = ["check", "follow"])]
    pub(super) create: bool,
}

impl Shown<'_> {
    /// Shows what is to be created, asks, and creates it; `None` where it was not agreed to.
    pub(super) fn create(
        &self,
        source: &mut Sessions,
        target: &mut Sessions,
    ) -> Result<Option<Creations>, Failure> {
        let creations = {
            let _progress = Progress::new(self.carry.output.quiet, "looking at what is missing");
            self.carrying.create(source, target, &self.carry.carrying.mapped())?
        };
        let planned = &creations.change;
        let options = &self.carry.carrying;
        if planned.acts.is_empty() || options.dry_run {
            self.show(planned)?;
        } else if !self.agreed_to_create(planned)? {
            return Ok(None);
        } else {
            let outcome = change(target, planned, &mut NoStreams, &receipt::default_folder()?)?;
            self.created(planned, &outcome)?;
        }
        Ok(Some(creations))
    }

    fn show(&self, planned: &Change) -> Result<(), Failure> {
        match self.carry.format {
            Format::Table => Output.text(&self.creation_in_words(planned)),
            Format::Json => Ok(()),
            Format::Sql if planned.acts.is_empty() => Ok(()),
            Format::Sql => Output.text(&(change_script(planned, &self.script_options()) + "\n")),
        }
    }

    fn creation_in_words(&self, planned: &Change) -> String {
        text::change_plan(&self.carrying.target.server, planned, &self.style())
    }

    fn agreed_to_create(&self, planned: &Change) -> Result<bool, Failure> {
        let yes = self.carry.carrying.yes;
        if !(yes && self.carry.output.quiet) {
            self.show(planned)?;
        }
        if yes {
            return Ok(true);
        }
        if self.carry.format == Format::Json {
            say(&self.creation_in_words(planned));
        }
        ask(&format!("Do this in {}?", self.carrying.target.server.database))?.ok_or_else(|| {
            Failure::usage(
                "nothing was changed: there is no terminal to ask on",
                "add --yes to create without asking, or --dry-run to see the plan only",
            )
        })
    }

    fn created(&self, planned: &Change, outcome: &ChangeOutcome) -> Result<(), Failure> {
        let quiet = self.carry.output.quiet && outcome.is_done() && planned.remaining.is_empty();
        if self.carry.format != Format::Table || quiet {
            return Ok(());
        }
        Output.text(&(text::change_outcome(planned, outcome, &self.style()) + "\n"))
    }
}
