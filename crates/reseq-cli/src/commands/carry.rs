//! `reseq carry`

mod carrying;
mod create;
mod ends;
mod follow;
mod last;
mod rehearsal;

use std::time::Duration;

use reseq::apply::{ApplyOptions, Outcome, receipt, refuse_standby};
use reseq::carry::{CarryOptions, Carrying, behind, look};
use reseq::model::{ObjectName, QuotedName};
use reseq::plan::{FixOptions, Occasion, Plan, ScriptOptions, script};
use reseq::report::text::{self, Style, Told};
use reseq::report::write_carry_json;
use reseq::session::{Interrupt, Sessions};
use reseq::{CheckOptions, diagnose};

use crate::exit;
use crate::failure::Failure;
use crate::options::{LimitOptions, OutputOptions, SelectionOptions, Settings};
use crate::ui::{Output, Progress, ask, end_on_signals, say};

use carrying::CarryingOptions;
use create::{CreateOptions, Seen};
use ends::{EndOptions, Ends};
use follow::FollowOptions;
use last::LastOptions;

/// Copy where sequences stand to another server, for a cut-over without a duplicate key
///
/// Logical replication carries rows and not sequences. Each sequence of the source is looked up on the target by schema
/// and name, and the target's is moved to the foremost of where the source's stands, the target's own rows and the
/// target's own sequence: forward only. The source is read only, and nobody there waits for it. Exit status 1 if the
/// target lacks a sequence or one cannot go on where the source's stops, 3 if something could not be read or finished.
#[derive(Debug, clap::Args)]
pub(super) struct Carry {
    #[command(flatten)]
    ends: EndOptions,

    #[command(flatten)]
    selection: SelectionOptions,

    #[command(flatten)]
    carrying: CarryingOptions,

    #[command(flatten)]
    creating: CreateOptions,

    #[command(flatten)]
    follow: FollowOptions,

    #[command(flatten)]
    last: LastOptions,

    #[command(flatten)]
    limits: LimitOptions,

    #[command(flatten)]
    output: OutputOptions,

    /// How results are written
    #[arg(long, value_name = "FORMAT", default_value = "table", help_heading = "Output")]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people
    Table,
    /// As schema/carry.schema.json describes it; with --follow a line an event, as schema/carry-follow.schema.json does
    Json,
    /// With --dry-run: a script for psql, to be run on the target
    Sql,
}

impl Carry {
    pub(super) fn run(self) -> Result<u8, Failure> {
        if self.format == Format::Sql && !self.carrying.dry_run {
            return Err(Failure::usage(
                "--format sql writes a script and changes nothing",
                "add --dry-run, and run the script with psql on the target",
            ));
        }
        let settings = Settings::of(&self.limits)?;
        if let Some(interval) = self.follow.interval() {
            return self.follow(interval, &settings);
        }
        let interrupt = Interrupt::default();
        end_on_signals(interrupt.clone())?;
        let changes = !self.carrying.check && !self.carrying.dry_run;
        if changes {
            // Were there none, nothing may be begun.
            receipt::default_folder()?;
        }
        let Ends { mut source, mut target, to } =
            self.ends.open(self.carrying.reverse_ready, &settings, &interrupt)?;
        if changes {
            refuse_standby(target.server())?;
        }
        if changes {
            self.last.refuse_second_fence(&mut source)?;
        }
        LastOptions::tell_standing_fences(&mut source, &mut target)?;
        let options = self.carry_options(&settings);
        let carrying = self.look(&mut source, &mut target, &options)?;
        if self.carrying.check || self.last.last || !carrying.source_is_empty() {
            carrying.refuse_nothing()?;
        }
        self.tell_other_way(&carrying);
        let connection = to.to_repeat(&target.server().database);
        let seen = Seen { settings: &settings, connection: &connection, options: &options, carrying };
        let Some(carrying) = self.create(&mut source, &mut target, seen, Occasion::Once)? else {
            say("Nothing was changed.");
            return Ok(exit::FINDINGS);
        };
        let shown = Shown { carry: &self, settings: &settings, connection, carrying: &carrying };
        match (self.last.last, self.carrying.dry_run) {
            (true, false) => shown.finish(&mut source, &mut target),
            (true, true) if self.format != Format::Sql => shown.rehearse(&mut source, &mut target),
            _ => shown.go(&mut target),
        }
    }

    fn look(
        &self,
        source: &mut Sessions,
        target: &mut Sessions,
        options: &CarryOptions,
    ) -> Result<Carrying, Failure> {
        let _progress = Progress::new(self.output.quiet, "looking at both servers");
        let behind = behind(source)?;
        let mut carrying = look(source, target, options)?;
        carrying.source.behind = behind;
        Ok(carrying)
    }

    /// Says of a follower that goes the other way; for the last time it is an error, in the same words.
    fn tell_other_way(&self, carrying: &Carrying) {
        if let Some(other) = carrying.other_way.as_ref().filter(|_| !self.last.last) {
            say(&format!("reseq: warning: {}\nhint: {}", other.words(), other.hint()));
        }
    }

    fn carry_options(&self, settings: &Settings) -> CarryOptions {
        CarryOptions {
            selection: self.selection.selection(&settings.config),
            replicated_by_source: self.carrying.replication(!self.carrying.reverse_ready),
            replicated_by_target: self.carrying.replication(self.carrying.reverse_ready),
            schemas: self.carrying.mapped(),
            margin: self.carrying.margin.unwrap_or(0),
            sequences_suffice: !self.last.last && !self.creating.create && self.follow.interval().is_none(),
            target: CheckOptions {
                declared: settings.config.links.clone(),
                scan_limit: settings.scan_limit,
                foreign_tables: settings.foreign_tables,
                ignore_above: self.carrying.ignore_above.clone(),
                findings: diagnose::Options {
                    thresholds: settings.config.check.thresholds(),
                    ..diagnose::Options::default()
                },
                detail: false,
                ..CheckOptions::default()
            },
        }
    }
}

/// What was seen, and how it is shown and carried out.
struct Shown<'a> {
    carry: &'a Carry,
    settings: &'a Settings,
    /// The options that reach the target again.
    connection: String,
    carrying: &'a Carrying,
}

impl Shown<'_> {
    /// Shows, asks, carries out; gives the exit status.
    fn go(&self, target: &mut Sessions) -> Result<u8, Failure> {
        let plan = self.carrying.plan(&self.fix_options());
        let options = &self.carry.carrying;
        if options.check || options.dry_run {
            self.plan(&plan)?;
            let planned = Outcome::planned(&self.carrying.target.catalog, plan);
            let unsafe_now = !planned.sequences.is_empty() || self.carrying.undrawn().next().is_some();
            let status = self.status(&planned).max(u8::from(options.check && unsafe_now));
            self.json(options.check.then_some(status == exit::ALL_WELL), &planned)?;
            return Ok(status);
        }
        if self.carrying.obstacles().next().is_some() {
            self.plan(&plan)?;
        } else if !plan.steps.is_empty() && !self.agreed(&plan, &self.question(&plan))? {
            say("Nothing was changed.");
            return Ok(exit::FINDINGS);
        }
        let told = Told::of(&self.carrying.target.catalog, &plan);
        let nothing_to_do = plan.steps.is_empty().then(|| self.in_words(&plan));
        let beyond_plan = options.yes || !plan.steps.is_empty();
        let apply = ApplyOptions { beyond_plan, ..self.apply_options() };
        let outcome = {
            let _progress = Progress::new(self.carry.output.quiet, "moving sequences");
            self.carrying.apply(target, plan, &apply, &receipt::default_folder()?)?
        };
        self.outcome(nothing_to_do, &outcome, told)?;
        self.json(None, &outcome)?;
        Ok(self.status(&outcome))
    }

    fn apply_options(&self) -> ApplyOptions {
        ApplyOptions {
            wait: Duration::from_secs(self.carry.carrying.wait),
            beyond_plan: true,
            fix: self.fix_options(),
            scan_limit: self.settings.scan_limit,
            foreign_tables: self.settings.foreign_tables,
        }
    }

    fn fix_options(&self) -> FixOptions {
        let role = ObjectName { schema: None, name: self.carrying.target.server.user.clone() };
        FixOptions {
            role: Some(QuotedName::from_server(role.to_string())),
            connection: self.connection.clone(),
            thresholds: self.settings.config.check.thresholds(),
            ..FixOptions::default()
        }
    }

    fn style(&self) -> Style {
        Style { connection: self.connection.clone(), ..self.carry.output.plain_style() }
    }

    fn plan(&self, plan: &Plan) -> Result<(), Failure> {
        let quiet = self.carry.output.quiet
            && plan.steps.is_empty()
            && plan.remaining.is_empty()
            && self.carrying.stands_for_all();
        match self.carry.format {
            Format::Table if quiet => Ok(()),
            Format::Table => Output.text(&self.in_words(plan)),
            Format::Json => Ok(()),
            Format::Sql => {
                Output.text(&text::carry_script_head(self.carrying))?;
                let options = self.script_options();
                script(&self.carrying.target.catalog, plan, &options).try_for_each(|part| Output.text(&part))
            }
        }
    }

    fn script_options(&self) -> ScriptOptions {
        let server = &self.carrying.target.server;
        let limits = self.settings.limits;
        ScriptOptions {
            made_for: format!("{} on {}:{}", server.database, server.host, server.port),
            statement_timeout: limits.statement_timeout,
            lock_timeout: limits.lock_timeout,
        }
    }

    fn in_words(&self, plan: &Plan) -> String {
        let words = if self.carry.carrying.check { text::carry_check } else { text::carry_plan };
        words(self.carrying, plan, &self.style())
    }

    /// Shows the plan and asks, unless `--yes` says it.
    fn agreed(&self, plan: &Plan, question: &str) -> Result<bool, Failure> {
        let yes = self.carry.carrying.yes;
        if !(yes && self.carry.output.quiet) {
            self.plan(plan)?;
        }
        if yes {
            return Ok(true);
        }
        if self.carry.format == Format::Json {
            say(&self.in_words(plan));
        }
        ask(question)?.ok_or_else(|| {
            Failure::usage(
                "nothing was changed: there is no terminal to ask on",
                "add --yes to carry without asking, or --dry-run to see the plan only",
            )
        })
    }

    fn question(&self, plan: &Plan) -> String {
        let them = if plan.steps.len() == 1 { "this sequence" } else { "these sequences" };
        format!("Move {them} of {}?", self.carrying.target.server.database)
    }

    fn outcome(
        &self,
        nothing_to_do: Option<String>,
        outcome: &Outcome,
        mut told: Told,
    ) -> Result<(), Failure> {
        let quiet = self.carry.output.quiet;
        if self.carry.format != Format::Table || quiet && self.status(outcome) == exit::ALL_WELL {
            return Ok(());
        }
        if let Some(words) = nothing_to_do
            && outcome.sequences.is_empty()
            && outcome.remaining == told.remaining
        {
            return Output.text(&words);
        }
        if quiet || told.steps == 0 {
            // The plan was not shown.
            told.remaining.clear();
        }
        Output.text(&text::carry_outcome(self.carrying, outcome, &told, &self.style()))
    }

    fn json(&self, safe: Option<bool>, outcome: &Outcome) -> Result<(), Failure> {
        if self.carry.format != Format::Json {
            return Ok(());
        }
        write_carry_json(Output, self.carrying, safe, outcome).map_err(Failure::writing("results"))
    }

    fn status(&self, outcome: &Outcome) -> u8 {
        let could_not_create = self.carrying.not_created.iter().any(|stays| stays.incomplete);
        let unread = !self.carrying.least.unread.is_empty() || self.carrying.source.behind.is_some();
        if outcome.interrupted || !outcome.complete || unread || could_not_create {
            exit::INCOMPLETE
        } else if outcome.anything_remains()
            || !self.carrying.missing_after(outcome).is_empty()
            || !self.carrying.stands_for_all()
        {
            exit::FINDINGS
        } else {
            exit::ALL_WELL
        }
    }
}
