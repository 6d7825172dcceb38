//! `reseq fix`

use std::io::{self, Write as _};
use std::time::Duration;

use reseq::apply::{ApplyOptions, Outcome, Recorder, apply, receipt, refuse_standby};
use reseq::catalog::Catalog;
use reseq::diagnose;
use reseq::model::{ObjectName, QuotedName};
use reseq::plan::{FixOptions, Plan, ScriptOptions, script};
use reseq::report::json::JsonObjects;
use reseq::report::text::{self, Style, Told};
use reseq::session::{Interrupt, Server, Sessions};
use reseq::{CheckOptions, Checked, IgnoreRule, check};

use crate::databases::databases;
use crate::exit;
use crate::failure::Failure;
use crate::options::{
    ConnectionOptions, LimitOptions, OutputOptions, SelectionOptions, Settings, ignore_rule,
};
use crate::tally::Tally;
use crate::ui::{Output, Progress, ask, end_on_signals, say};

/// Make every sequence safe again that will hand out an id that is already taken
///
/// Shows the plan, asks, moves the sequences, looks at them again and says what became of each. Sequences are moved
/// forward only, while others go on working, by ways that do not race with them. Exit status 1 if something could
/// not be repaired, 3 if the run could not be finished.
#[derive(Debug, clap::Args)]
pub(super) struct Fix {
    #[command(flatten)]
    connection: ConnectionOptions,

    #[command(flatten)]
    selection: SelectionOptions,

    #[command(flatten)]
    repair: RepairOptions,

    #[command(flatten)]
    limits: LimitOptions,

    #[command(flatten)]
    output: OutputOptions,

    /// How results are written
    #[arg(long, value_name = "FORMAT", default_value = "table", help_heading = "Output")]
    format: Format,
}

/// What is repaired, and how.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Repair")]
struct RepairOptions {
    /// Do not ask
    #[arg(short, long)]
    yes: bool,

    /// Show the plan and change nothing, even with --yes
    #[arg(long)]
    dry_run: bool,

    /// Leave out rows beyond this value, in all sequences or in one; may be given more than once
    #[arg(long, value_name = "[SEQUENCE=]N", value_parser = ignore_rule, allow_negative_numbers = true)]
    ignore_above: Vec<IgnoreRule>,

    /// Calls to spare between the furthest row and the next value
    #[arg(long, value_name = "CALLS", default_value_t = 0)]
    headroom: u64,

    /// How long to wait for transactions that have written to the tables, whose rows nobody sees yet
    #[arg(long, value_name = "SECONDS", default_value_t = 10)]
    wait: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people
    Table,
    /// As schema/fix.schema.json describes it; with --all an array
    Json,
    /// With --dry-run: a script for psql
    Sql,
}

impl Fix {
    pub(super) fn run(self) -> Result<u8, Failure> {
        if self.format == Format::Sql && !self.repair.dry_run {
            return Err(Failure::usage(
                "--format sql writes a script and changes nothing",
                "add --dry-run, and run the script with psql",
            ));
        }
        if self.format == Format::Sql && self.connection.all {
            return Err(Failure::usage(
                "a script is for one database, and --all means several",
                "write one script for each: reseq fix --dry-run --format sql DBNAME",
            ));
        }
        let interrupt = Interrupt::default();
        end_on_signals(interrupt.clone())?;
        let settings = Settings::of(&self.limits)?;
        if !self.repair.dry_run {
            // Were there none, nothing may be begun.
            receipt::default_folder()?;
        }
        let several = self.connection.all;
        let mut json = (self.format == Format::Json)
            .then(|| JsonObjects::begin(Output, several))
            .transpose()
            .map_err(writing())?;
        let mut tally = Tally::default();
        for database in databases(&self.connection, &settings, &interrupt)? {
            interrupt.check()?;
            match database.open().and_then(|sessions| self.fix(sessions, &settings, &mut json)) {
                Ok(status) => tally.done(status),
                Err(failure) => {
                    tally.failed(&database, failure)?;
                }
            }
        }
        interrupt.check()?;
        let status = tally.status()?;
        json.map_or(Ok(()), JsonObjects::end).map_err(writing())?;
        Ok(status)
    }
}

impl Fix {
    /// Repairs one database; gives the exit status.
    fn fix(&self, mut sessions: Sessions, settings: &Settings, json: &mut Json) -> Result<u8, Failure> {
        refuse_standby(sessions.server())?;
        let checked = self.check(&mut sessions, settings)?;
        let options = self.options(&checked, settings);
        let plan = checked.plan_fix(&options);
        if self.repair.dry_run {
            self.show_plan(&checked, &plan, settings)?;
            let (server, catalog) = checked.into_catalog();
            let planned = Outcome::planned(&catalog, plan);
            push(json, &server, &planned)?;
            return Ok(status_of(&planned));
        }
        if !plan.steps.is_empty() && !self.agreed(&checked, &plan, settings)? {
            say("Nothing was changed.");
            return Ok(exit::FINDINGS);
        }
        let nothing_to_do = plan.steps.is_empty().then(|| self.plan_in_words(&checked, &plan)).transpose()?;
        let (server, catalog) = checked.into_catalog();
        let told = Told::of(&catalog, &plan);
        let outcome = self.apply(&mut sessions, &catalog, plan, options, settings)?;
        match nothing_to_do {
            _ if self.format != Format::Table => {}
            Some(words) if outcome.sequences.is_empty() && outcome.remaining == told.remaining => {
                if !self.output.quiet || !told.remaining.is_empty() {
                    Output.write_all(&words).map_err(writing())?;
                }
            }
            _ => self.show(&outcome, told, &server)?,
        }
        push(json, &server, &outcome)?;
        Ok(status_of(&outcome))
    }

    fn check(&self, sessions: &mut Sessions, settings: &Settings) -> Result<Checked, Failure> {
        let options = CheckOptions {
            selection: self.selection.selection(&settings.config),
            declared: settings.config.links.clone(),
            scan_limit: settings.scan_limit,
            foreign_tables: settings.foreign_tables,
            ignore_above: self.repair.ignore_above.clone(),
            findings: diagnose::Options {
                thresholds: settings.config.check.thresholds(),
                ..diagnose::Options::default()
            },
            detail: false,
        };
        let progress = Progress::new(self.output.quiet, "looking");
        Ok(check(sessions, &options, &mut |stage| progress.doing(stage))?)
    }

    fn options(&self, checked: &Checked, settings: &Settings) -> FixOptions {
        let role = ObjectName { schema: None, name: checked.server.user.clone() };
        FixOptions {
            headroom: self.repair.headroom,
            ignore_above: checked.ignore_above.clone(),
            role: Some(QuotedName::from_server(role.to_string())),
            connection: self.connection.to_repeat(&checked.server.database),
            thresholds: settings.config.check.thresholds(),
            ..FixOptions::default()
        }
    }

    fn show_plan(&self, checked: &Checked, plan: &Plan, settings: &Settings) -> Result<(), Failure> {
        match self.format {
            Format::Table if self.output.quiet && plan.steps.is_empty() && plan.remaining.is_empty() => {
                Ok(())
            }
            Format::Table => {
                text::plan(&mut Output, checked, plan, &self.style(&checked.server)).map_err(writing())
            }
            Format::Sql => {
                let made_for =
                    format!("{} on {}:{}", checked.server.database, checked.server.host, checked.server.port);
                let limits = settings.limits;
                let options = ScriptOptions {
                    made_for,
                    statement_timeout: limits.statement_timeout,
                    lock_timeout: limits.lock_timeout,
                };
                let mut file = io::BufWriter::new(Output);
                let mut parts = script(&checked.catalog, plan, &options);
                parts.try_for_each(|part| file.write_all(part.as_bytes())).map_err(writing())?;
                file.flush().map_err(writing())
            }
            Format::Json => Ok(()),
        }
    }

    fn plan_in_words(&self, checked: &Checked, plan: &Plan) -> Result<Vec<u8>, Failure> {
        let mut words = Vec::new();
        text::plan(&mut words, checked, plan, &self.style(&checked.server)).map_err(writing())?;
        Ok(words)
    }

    fn style(&self, server: &Server) -> Style {
        self.output.style(&self.connection, &self.selection, server)
    }

    /// Shows the plan and asks, unless `--yes` says it.
    fn agreed(&self, checked: &Checked, plan: &Plan, settings: &Settings) -> Result<bool, Failure> {
        if !(self.repair.yes && self.output.quiet) {
            self.show_plan(checked, plan, settings)?;
        }
        if self.repair.yes {
            return Ok(true);
        }
        if self.format == Format::Json {
            say(&String::from_utf8_lossy(&self.plan_in_words(checked, plan)?));
        }
        let them = if plan.steps.len() == 1 { "this sequence" } else { "these sequences" };
        ask(&format!("Move {them} of {}?", checked.server.database))?.ok_or_else(|| {
            Failure::usage(
                "nothing was changed: there is no terminal to ask on",
                "add --yes to repair without asking, or --dry-run to see the plan only",
            )
        })
    }

    fn apply(
        &self,
        sessions: &mut Sessions,
        catalog: &Catalog,
        plan: Plan,
        fix: FixOptions,
        settings: &Settings,
    ) -> Result<Outcome, Failure> {
        let recorder = Recorder::begin(&receipt::default_folder()?, "fix", sessions.server(), &plan)?;
        let _progress = Progress::new(
            self.output.quiet,
            if plan.steps.is_empty() { "looking who is writing" } else { "moving sequences" },
        );
        let options = ApplyOptions {
            wait: Duration::from_secs(self.repair.wait),
            // Whoever has agreed to the plan wants its sequences right, and those beside them.
            beyond_plan: self.repair.yes || !plan.steps.is_empty(),
            fix,
            scan_limit: settings.scan_limit,
            foreign_tables: settings.foreign_tables,
        };
        Ok(apply(sessions, catalog, plan, &options, recorder)?)
    }

    fn show(&self, outcome: &Outcome, mut told: Told, server: &Server) -> Result<(), Failure> {
        if self.output.quiet && status_of(outcome) == exit::ALL_WELL {
            return Ok(());
        }
        let style = self.style(server);
        if self.output.quiet || told.steps == 0 {
            // The plan was not shown.
            told.remaining.clear();
        }
        Output.text(&text::outcome(outcome, &told, &style))
    }
}

/// Where `--format json` is written.
type Json = Option<JsonObjects<Output>>;

fn push(json: &mut Json, server: &Server, outcome: &Outcome) -> Result<(), Failure> {
    json.as_mut().map_or(Ok(()), |json| json.push_fix(server, outcome)).map_err(writing())
}

fn writing() -> impl FnOnce(io::Error) -> Failure {
    Failure::writing("results")
}

fn status_of(outcome: &Outcome) -> u8 {
    if outcome.interrupted || !outcome.complete {
        exit::INCOMPLETE
    } else if outcome.anything_remains() {
        exit::FINDINGS
    } else {
        exit::ALL_WELL
    }
}
