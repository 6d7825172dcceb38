//! `reseq check`

mod formats;

use reseq::diagnose::{self, Code, Severity, Thresholds};
use reseq::session::Interrupt;

use crate::databases::{Database, databases};
use crate::exit;
use crate::failure::Failure;
use crate::looking::{Looked, Question};
use crate::options::{ConnectionOptions, LimitOptions, OutputOptions, Settings, percent};
use crate::ui::{Output, Progress, interrupt_on_signals};
use formats::{Format, Shown};

/// Say which sequences will hand out an id that is already taken, or are about to run out
///
/// Reads only. Every sequence is looked at together with the columns that take their values from it: identity and
/// serial columns, defaults and domains, functions and triggers that call nextval(). Exit status 1 if anything is
/// found that --fail-on asks for, 3 if not everything could be looked at.
#[derive(Debug, clap::Args)]
pub(super) struct Check {
    #[command(flatten)]
    connection: ConnectionOptions,

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
    /// Exit with status 1 from this severity on
    #[arg(long, value_name = "SEVERITY", default_value = "error")]
    fail_on: FailOn,

    /// Look for these findings only: behind, exhausted, …
    #[arg(long, value_name = "CODE,…", value_delimiter = ',', conflicts_with = "except")]
    only: Vec<Code>,

    /// Do not look for these findings
    #[arg(long, value_name = "CODE,…", value_delimiter = ',')]
    except: Vec<Code>,

    /// From this used share on, `exhausting` is a warning [default: 75]
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    exhausting_warning: Option<f64>,

    /// From this used share on, `exhausting` is an error [default: 90]
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    exhausting_error: Option<f64>,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum FailOn {
    Error,
    Warning,
    Note,
    Never,
}

impl FailOn {
    /// The least severity that counts.
    fn severity(self) -> Option<Severity> {
        match self {
            Self::Error => Some(Severity::Error),
            Self::Warning => Some(Severity::Warning),
            Self::Note => Some(Severity::Note),
            Self::Never => None,
        }
    }
}

impl FindingOptions {
    fn wanted(&self) -> diagnose::Options {
        let usual = Thresholds::default();
        diagnose::Options {
            thresholds: Thresholds {
                warning: self.exhausting_warning.unwrap_or(usual.warning),
                error: self.exhausting_error.unwrap_or(usual.error),
            },
            only: self.only.clone(),
            except: self.except.clone(),
        }
    }

    /// The least severity that is listed: notes where they were asked for.
    fn listed(&self) -> Severity {
        let asked_for = !self.only.is_empty() || matches!(self.fail_on, FailOn::Note);
        if asked_for { Severity::Note } else { Severity::Warning }
    }

    /// Whether a finding counts for the exit status. What could not be read has a status of its own.
    fn fails(&self, severity: Severity) -> bool {
        severity != Severity::Incomplete && self.fail_on.severity().is_some_and(|least| severity >= least)
    }
}

impl Check {
    pub(super) fn run(self) -> Result<u8, Failure> {
        let interrupt = Interrupt::default();
        interrupt_on_signals(interrupt.clone())?;
        let settings = Settings::of(self.limits);
        let question = Question { scan_limit: settings.scan_limit, findings: self.findings.wanted() };
        let mut shown = self.shown()?;
        let mut status = exit::ALL_WELL;
        for database in databases(&self.connection, &settings, &interrupt)? {
            interrupt.check()?;
            let one = match (self.look(&database, &question), &database.name) {
                (Ok(looked), _) => {
                    shown.push(&looked)?;
                    self.status(&looked)
                }
                (Err(failure), Some(name)) => {
                    shown.push_failed(name, &failure)?;
                    exit::INCOMPLETE
                }
                (Err(failure), None) => return Err(failure),
            };
            status = status.max(one);
        }
        interrupt.check()?;
        shown.end()?;
        Ok(if Output.reader_gone() { exit::ALL_WELL } else { status })
    }

    fn shown(&self) -> Result<Shown<'_>, Failure> {
        match self.format {
            Format::Json if self.connection.all => Shown::json_array(),
            Format::Json => Ok(Shown::Json),
            Format::Table => Ok(Shown::Table(self)),
        }
    }

    fn look(&self, database: &Database<'_>, question: &Question) -> Result<Looked, Failure> {
        let progress = Progress::new(self.output.quiet, "connecting");
        question.look(&mut database.open()?, &progress)
    }

    fn status(&self, looked: &Looked) -> u8 {
        if !looked.report.complete {
            exit::INCOMPLETE
        } else if looked.report.all_findings().any(|finding| self.findings.fails(finding.severity)) {
            exit::FINDINGS
        } else {
            exit::ALL_WELL
        }
    }
}
