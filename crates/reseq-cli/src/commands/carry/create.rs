//! `reseq carry --create`

use reseq::apply::{ChangeOutcome, NoStreams, change, receipt};
use reseq::carry::follow::{Created, Event};
use reseq::carry::{CarryOptions, Carrying};
use reseq::plan::{Change, Occasion, change_script};
use reseq::report::{text, write_follow_json};
use reseq::session::Sessions;

use super::{Carry, Format, Shown};
use crate::failure::Failure;
use crate::options::Settings;
use crate::ui::{Output, Progress, ask, say};

/// What the target lacks.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Carrying")]
pub(super) struct CreateOptions {
    /// Create the sequences that the target lacks, as the source has them: definition, the column that they belong to,
    /// comment, owner and grants as far as the target has those roles; all of them in one transaction. With --follow also
    /// what appears on the source later, without asking: a few seconds later, and one that belongs to a column when the
    /// target has that
    #[arg(long, conflicts_with = "check")]
    pub(super) create: bool,
}

/// What was seen, and how.
pub(super) struct Seen<'a> {
    pub(super) settings: &'a Settings,
    /// The options that reach the target again.
    pub(super) connection: &'a str,
    /// How it is looked at again.
    pub(super) options: &'a CarryOptions,
    pub(super) carrying: Carrying,
}

impl Carry {
    /// Creates what the target lacks, where that is wanted, and looks again; `None` where it was not agreed to.
    pub(super) fn create(
        &self,
        source: &mut Sessions,
        target: &mut Sessions,
        seen: Seen<'_>,
        occasion: Occasion,
    ) -> Result<Option<Carrying>, Failure> {
        let Seen { settings, connection, options, mut carrying } = seen;
        // A target that cannot go on is told of before anything is touched.
        let to_create = self.creating.create
            && !carrying.pairs.missing.is_empty()
            && carrying.obstacles().next().is_none();
        if !to_create {
            return Ok(Some(carrying));
        }
        let creations = {
            let _progress = Progress::new(self.output.quiet, "looking at what is missing");
            carrying.create(source, target, &options.schemas, occasion)?
        };
        let shown = Shown { carry: self, settings, connection: connection.to_owned(), carrying: &carrying };
        if !shown.create(target, &creations.change)? {
            return Ok(None);
        }
        if occasion == Occasion::Following && self.format == Format::Json && !creations.made.is_empty() {
            let sequences = creations.made.iter().map(|(_, name)| name.clone()).collect();
            let created = Created { sequences, remarks: creations.change.remarks.clone() };
            write_follow_json(Output, &Event::Created(created)).map_err(Failure::writing("results"))?;
        }
        if !self.carrying.dry_run && !creations.made.is_empty() {
            carrying = self.look(source, target, options)?;
        }
        carrying.take_over(creations);
        Ok(Some(carrying))
    }
}

impl Shown<'_> {
    /// Shows what is to be created, asks, and creates it; says whether it was agreed to.
    fn create(&self, target: &mut Sessions, planned: &Change) -> Result<bool, Failure> {
        if planned.acts.is_empty() || self.carry.carrying.dry_run {
            self.show(planned)?;
        } else if !self.agreed_to_create(planned)? {
            return Ok(false);
        } else {
            let outcome = change(target, planned, &mut NoStreams, &receipt::default_folder()?)?;
            self.created(planned, &outcome)?;
        }
        Ok(true)
    }

    fn show(&self, planned: &Change) -> Result<(), Failure> {
        match self.carry.format {
            Format::Table => Output.text(&self.creation_in_words(planned)),
            Format::Json => Ok(()),
            Format::Sql if planned.acts.is_empty() => Ok(()),
            Format::Sql => {
                let made =
                    "-- They are there now: should anything fail from here on, run again only what follows.";
                let script = change_script(planned, &self.script_options());
                Output.text(&format!("{script}\n{made}\n\n"))
            }
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
