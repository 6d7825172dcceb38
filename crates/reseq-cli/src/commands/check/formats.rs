//! How `reseq check` writes what it found, one database after the other.

use std::io::{self, Write as _};

use reseq::Checked;
use reseq::report::csv::CsvTable;
use reseq::report::json::{FailedTarget, JsonObjects};
use reseq::report::markdown::markdown;
use reseq::report::nagios::Service;
use reseq::report::text;

use super::{Check, Wanted};
use crate::failure::Failure;
use crate::ui::Output;

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    /// For people
    Table,
    /// As schema/check.schema.json describes it; with --all an array
    Json,
    /// A row for every finding, and for every sequence without one
    Csv,
    /// For pull requests and tickets
    Markdown,
    /// For monitoring systems, with their exit status
    Nagios,
}

/// Results on their way to standard output.
#[derive(Debug)]
pub(super) enum Shown<'a> {
    Table(&'a Check, &'a Wanted),
    Json(JsonObjects<Output>),
    Csv(Box<CsvTable<Output>>),
    Markdown,
    Nagios(Service),
}

impl<'a> Shown<'a> {
    pub(super) fn begin(check: &'a Check, wanted: &'a Wanted) -> Result<Self, Failure> {
        Ok(match check.format {
            Format::Table => Self::Table(check, wanted),
            Format::Json => Self::Json(JsonObjects::begin(Output, check.connection.all).map_err(writing())?),
            Format::Csv => Self::Csv(Box::new(CsvTable::begin(Output).map_err(writing())?)),
            Format::Markdown => Self::Markdown,
            Format::Nagios => Self::Nagios(Service::new(wanted.findings.thresholds)),
        })
    }

    pub(super) fn push(&mut self, checked: &Checked) -> Result<(), Failure> {
        match self {
            Self::Table(check, wanted) => write_table(check, wanted, checked),
            Self::Json(objects) => objects.push(checked),
            Self::Csv(table) => table.push(checked),
            Self::Markdown => Output.write_all(markdown(checked).as_bytes()),
            Self::Nagios(service) => {
                service.push(checked);
                Ok(())
            }
        }
        .map_err(writing())
    }

    /// A database that could not be looked at, where the format can say it.
    pub(super) fn push_failed(&mut self, name: &str, error: &str) -> Result<(), Failure> {
        match self {
            Self::Json(objects) => {
                let target = FailedTarget { database: Some(name), host: None, port: "", error };
                objects.push_failed(&target).map_err(writing())
            }
            Self::Nagios(service) => {
                service.push_failed(name, error);
                Ok(())
            }
            Self::Table(..) | Self::Csv(_) | Self::Markdown => Ok(()),
        }
    }

    /// Writes what is left; gives the exit status, where the format has one of its own.
    pub(super) fn end(self) -> Result<Option<u8>, Failure> {
        match self {
            Self::Json(objects) => objects.end().map_err(writing())?,
            Self::Csv(table) => table.end().map_err(writing())?,
            Self::Nagios(service) => {
                Output.text(&format!("{service}\n"))?;
                return Ok(Some(service.status().exit_code()));
            }
            Self::Table(..) | Self::Markdown => {}
        }
        Ok(None)
    }
}

fn write_table(check: &Check, wanted: &Wanted, checked: &Checked) -> io::Result<()> {
    let style = check.output.style(&check.connection, &check.selection, &checked.server);
    let listed = wanted.listed();
    if check.output.quiet && checked.report.all_findings().all(|finding| finding.severity < listed) {
        return Ok(());
    }
    text::check(&mut Output, checked, listed, &style)
}

fn writing() -> impl FnOnce(io::Error) -> Failure {
    Failure::writing("results")
}
