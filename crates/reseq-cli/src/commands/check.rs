//! `reseq check`

mod formats;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use reseq::config::{self, FailOn};
use reseq::diagnose::{self, Code, Report, Severity, Thresholds};
use reseq::session::Interrupt;
use reseq::{CheckOptions, Checked, check};

use crate::databases::{Database, databases};
use crate::exit;
use crate::failure::Failure;
use crate::options::{ConnectionOptions, LimitOptions, OutputOptions, SelectionOptions, Settings, percent};
use crate::tally::Tally;
use crate::ui::{Output, Progress, end_on_signals};
use formats::{Format, Shown};

/// Say which sequences will hand out an id that is already taken, or are about to run out
///
/// Reads only. Every sequence is looked at together with the columns that take their values from it: identity and
/// serial columns, defaults and domains, functions and triggers that call nextval(). Exit status 1 if anything is
/// found that --fail-on asks for, 3 if not everything could be looked at. What a finding means, and what to do about
/// it: reseq manual CODE.
#[derive(Debug, clap::Args)]
pub(super) struct Check {
    #[command(flatten)]
    connection: ConnectionOptions,

    #[command(flatten)]
    selection: SelectionOptions,

    #[command(flatten)]
    findings: FindingOptions,

    #[command(flatten)]
    limits: LimitOptions,

    #[command(flatten)]
    output: OutputOptions,

    /// How results are written
    #[arg(long, value_name = "FORMAT", default_value = "table", help_heading = "Output")]
    format: Format,
}

/// What is looked for, and what it does to the exit status.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Findings")]
struct FindingOptions {
    /// Exit with status 1 from this severity on [default: error]
    #[arg(long, value_name = "SEVERITY", value_parser = fail_on())]
    fail_on: Option<FailOn>,

    /// Look for these findings only: behind, exhausted, …
    #[arg(long, value_name = "CODE,…", value_delimiter = ',', conflicts_with = "except")]
    only: Vec<Code>,

    /// Do not look for these findings
    #[arg(long, value_name = "CODE,…", value_delimiter = ',')]
    except: Vec<Code>,

    /// From this used share on, `exhausting` is a warning [default: 75, or --exhausting-error if that is less]
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    exhausting_warning: Option<f64>,

    /// From this used share on, `exhausting` is an error [default: 90, or --exhausting-warning if that is more]
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    exhausting_error: Option<f64>,
}

/// The bars of `--fail-on`, those of reseq.toml.
fn fail_on() -> impl TypedValueParser<Value = FailOn> {
    PossibleValuesParser::new(FailOn::NAMES).try_map(|name| name.parse())
}

/// What is looked for in the end: the options, else reseq.toml, else the defaults.
#[derive(Debug)]
struct Wanted {
    findings: diagnose::Options,
    fail_on: FailOn,
}

impl FindingOptions {
    fn with(&self, file: &config::Check) -> Result<Wanted, Failure> {
        let thresholds = file.thresholds().with(self.exhausting_warning, self.exhausting_error);
        let Thresholds { warning, error } = thresholds;
        if warning > error {
            let message =
                format!("exhausting is a warning from {warning} % on but an error from {error} % on");
            return Err(Failure::usage(message, "give --exhausting-warning a smaller share"));
        }
        let said = !(self.only.is_empty() && self.except.is_empty());
        let (only, except) = if said { (&self.only, &self.except) } else { (&file.only, &file.except) };
        Ok(Wanted {
            findings: diagnose::Options { thresholds, only: only.clone(), except: except.clone() },
            fail_on: self.fail_on.or(file.fail_on).unwrap_or(FailOn::Error),
        })
    }
}

impl Wanted {
    /// The least severity that is listed without -v: notes where they were asked for.
    fn listed(&self) -> Severity {
        let notes = !self.findings.only.is_empty() || self.fail_on == FailOn::Note;
        if notes { Severity::Note } else { Severity::Warning }
    }

    fn status(&self, report: &Report) -> u8 {
        if !report.complete {
            exit::INCOMPLETE
        } else if report.all_findings().any(|finding| self.fail_on.fails(finding.severity)) {
            exit::FINDINGS
        } else {
            exit::ALL_WELL
        }
    }
}

impl Check {
    pub(super) fn run(self) -> Result<u8, Failure> {
        let interrupt = Interrupt::default();
        end_on_signals(interrupt.clone())?;
        let settings = Settings::of(&self.limits)?;
        let wanted = self.findings.with(&settings.config.check)?;
        let options = CheckOptions {
            selection: self.selection.selection(&settings.config),
            declared: settings.config.links.clone(),
            scan_limit: settings.scan_limit,
            foreign_tables: settings.foreign_tables,
            findings: wanted.findings.clone(),
            ..CheckOptions::default()
        };
        let mut shown = Shown::begin(&self, &wanted)?;
        let mut tally = Tally::default();
        for database in databases(&self.connection, &settings, &interrupt)? {
            interrupt.check()?;
            match self.check(&database, &options) {
                Ok(checked) => {
                    tally.done(wanted.status(&checked.report));
                    shown.push(&checked)?;
                }
                Err(failure) => {
                    let error = failure.to_string();
                    if tally.failed(&database, failure)? {
                        shown.push_failed(database.name.as_deref().unwrap_or_default(), &error)?;
                    }
                }
            }
        }
        interrupt.check()?;
        let status = tally.status()?;
        let status = shown.end()?.unwrap_or(status);
        Ok(if Output.reader_gone() { exit::ALL_WELL } else { status })
    }

    fn check(&self, database: &Database, options: &CheckOptions) -> Result<Checked, Failure> {
        let mut sessions = database.open()?;
        let progress = Progress::new(self.output.quiet, "looking");
        Ok(check(&mut sessions, options, &mut |stage| progress.doing(stage))?)
    }

    pub(super) fn is_for_nagios(&self) -> bool {
        self.format == Format::Nagios
    }
}
