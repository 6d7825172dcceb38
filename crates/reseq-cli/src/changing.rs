//! The way of every command that does all or nothing: plan, show, ask, carry out, tell.

use reseq::apply::{ChangeOutcome, Streams, change, receipt, refuse_standby};
use reseq::plan::{Change, ScriptOptions, change_script};
use reseq::report::text::{self, Style};
use reseq::report::write_change_json;
use reseq::session::{Interrupt, Server, Sessions};

use crate::databases::open_at;
use crate::exit;
use crate::failure::Failure;
use crate::options::{
    ConnectionOptions, LimitOptions, OutputOptions, SelectionOptions, ServerOptions, Settings,
};
use crate::ui::{Output, Progress, ask, end_on_signals, say};

/// The options that these commands share.
#[derive(Debug, clap::Args)]
pub(crate) struct ChangingOptions {
    #[command(flatten)]
    server: ServerOptions,

    #[command(flatten)]
    consent: ConsentOptions,

    #[command(flatten)]
    limits: LimitOptions,

    #[command(flatten)]
    pub(crate) output: OutputOptions,

    /// How results are written
    #[arg(long, value_name = "FORMAT", default_value = "table", help_heading = "Output")]
    format: Format,
}

/// Whether it is done.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Consent")]
struct ConsentOptions {
    /// Do not ask
    #[arg(short, long)]
    yes: bool,

    /// Show the plan and change nothing, even with --yes
    #[arg(long)]
    dry_run: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people
    Table,
    /// As schema/change.schema.json describes it
    Json,
    /// With --dry-run: a script for psql
    Sql,
}

impl ChangingOptions {
    /// Whether results are wanted as JSON.
    pub(crate) fn wants_json(&self) -> bool {
        self.format == Format::Json
    }

    /// Whether results are wanted as a script.
    pub(crate) fn wants_script(&self) -> bool {
        self.format == Format::Sql
    }

    /// Connects; makes the plan by `plan`, with what gives and takes rows (`NoStreams` where nothing does); shows it and
    /// asks; carries it out. A change without acts is said to be right by its title; where `plan` gives none, all is
    /// told already. Gives the exit status.
    pub(crate) fn run<S: Streams>(
        self,
        plan: impl FnOnce(&mut Sessions, &Settings) -> Result<Option<(Change, S)>, Failure>,
    ) -> Result<u8, Failure> {
        self.run_at(&[], plan)
    }

    /// The same where libpq's keywords say where, as far as the options do not.
    pub(crate) fn run_at<S: Streams>(
        self,
        place: &[(&str, &str)],
        plan: impl FnOnce(&mut Sessions, &Settings) -> Result<Option<(Change, S)>, Failure>,
    ) -> Result<u8, Failure> {
        if self.format == Format::Sql && !self.consent.dry_run {
            return Err(Failure::usage(
                "--format sql writes a script and changes nothing",
                "add --dry-run, and run the script with psql",
            ));
        }
        let interrupt = Interrupt::default();
        end_on_signals(interrupt.clone())?;
        let settings = Settings::of(&self.limits)?;
        // Were there none, nothing may be begun.
        let receipts = if self.consent.dry_run { None } else { Some(receipt::default_folder()?) };
        let connection = ConnectionOptions::from(self.server.clone());
        let mut sessions = open_at(place, &connection, &settings, &interrupt)?;
        let looked = {
            let _progress = Progress::new(self.output.quiet, "looking");
            plan(&mut sessions, &settings)?
        };
        let Some((planned, mut streams)) = looked else { return Ok(exit::ALL_WELL) };
        let style = self.output.style(&connection, &SelectionOptions::default(), sessions.server());
        let shown = Shown { options: &self, settings: &settings, style, change: &planned };
        let Some(receipts) = receipts.filter(|_| !planned.acts.is_empty()) else {
            shown.plan(sessions.server())?;
            shown.json(sessions.server(), &ChangeOutcome::planned(&planned))?;
            return Ok(remaining(&planned));
        };
        refuse_standby(sessions.server())?;
        if !shown.agreed(sessions.server())? {
            say("Nothing was changed.");
            return Ok(exit::FINDINGS);
        }
        let outcome = change(&mut sessions, &planned, &mut streams, &receipts)?;
        shown.outcome(&outcome)?;
        shown.json(sessions.server(), &outcome)?;
        Ok(match (outcome.is_done(), &outcome.rejected) {
            (true, None) => remaining(&planned),
            (true, Some(_)) => exit::FINDINGS,
            (false, _) => exit::INCOMPLETE,
        })
    }
}

/// The exit status for what is no part of a change although it was asked for.
fn remaining(change: &Change) -> u8 {
    if change.remaining.iter().any(|one| one.incomplete) {
        exit::INCOMPLETE
    } else if change.remaining.is_empty() {
        exit::ALL_WELL
    } else {
        exit::FINDINGS
    }
}

/// A change and how it is shown.
struct Shown<'a> {
    options: &'a ChangingOptions,
    settings: &'a Settings,
    style: Style,
    change: &'a Change,
}

impl Shown<'_> {
    fn plan(&self, server: &Server) -> Result<(), Failure> {
        match self.options.format {
            Format::Json => Ok(()),
            Format::Table
                if self.options.output.quiet
                    && self.change.acts.is_empty()
                    && self.change.remaining.is_empty() =>
            {
                Ok(())
            }
            Format::Table => Output.text(&text::change_plan(server, self.change, &self.style)),
            Format::Sql => {
                if let Some(reason) = &self.change.beyond_psql {
                    let hint = "without --format sql the plan is shown in words";
                    return Err(Failure::usage(format!("this cannot be a script: {reason}"), hint));
                }
                let limits = self.settings.limits;
                let options = ScriptOptions {
                    made_for: format!("{} on {}:{}", server.database, server.host, server.port),
                    statement_timeout: limits.statement_timeout,
                    lock_timeout: limits.lock_timeout,
                };
                Output.text(&change_script(self.change, &options))
            }
        }
    }

    /// Shows the plan and asks, unless `--yes` says it.
    fn agreed(&self, server: &Server) -> Result<bool, Failure> {
        let yes = self.options.consent.yes;
        if !(yes && self.options.output.quiet) {
            self.plan(server)?;
        }
        if yes {
            return Ok(true);
        }
        if self.options.format == Format::Json {
            say(&text::change_plan(server, self.change, &self.style));
        }
        ask(&format!("Do this in {}?", server.database))?.ok_or_else(|| {
            Failure::usage(
                "nothing was changed: there is no terminal to ask on",
                "add --yes to do it without asking, or --dry-run to see the plan only",
            )
        })
    }

    fn outcome(&self, outcome: &ChangeOutcome) -> Result<(), Failure> {
        let all_done = outcome.is_done() && outcome.rejected.is_none() && self.change.remaining.is_empty();
        let quiet = self.options.output.quiet && all_done;
        if self.options.format != Format::Table || quiet {
            return Ok(());
        }
        Output.text(&text::change_outcome(self.change, outcome, &self.style))
    }

    fn json(&self, server: &Server, outcome: &ChangeOutcome) -> Result<(), Failure> {
        if self.options.format != Format::Json {
            return Ok(());
        }
        write_change_json(Output, server, self.change, outcome).map_err(Failure::writing("results"))
    }
}
