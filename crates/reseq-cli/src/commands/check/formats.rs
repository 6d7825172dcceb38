//! How `reseq check` writes what it found, one database after the other.

use std::io::{self, Write as _};

use reseq::Checked;
use reseq::report::csv::CsvTable;
use reseq::report::json::{FailedTarget, JsonArray, write_json};
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
    Json,
    JsonArray(JsonArray<Output>),
    Csv(Box<CsvTable<Output>>),
    Markdown,
    Nagios(Service),
}

impl<'a> Shown<'a> {
    pub(super) fn begin(check: &'a Check, wanted: &'a Wanted) -> Result<Self, Failure> {
        Ok(match check.format {
            Format::Table => Self::Table(check, wanted),
            Format::Json if check.connection.all => {
                Self::JsonArray(JsonArray::begin(Output).map_err(writing())?)
            }
            Format::Json => Self::Json,
            Format::Csv => Self::Csv(Box::new(CsvTable::begin(Output).map_err(writing())?)),
            Format::Markdown => Self::Markdown,
            Format::Nagios => Self::Nagios(Service::new(wanted.findings.thresholds)),
        })
    }

    pub(super) fn push(&mut self, checked: &Checked) -> Result<(), Failure> {
        match self {
            Self::Table(check, wanted) => write_table(check, wanted, checked),
            Self::Json => write_json(Output, checked),
            Self::JsonArray(array) => array.push(checked),
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
            Self::JsonArray(array) => {
                let target = FailedTarget { database: Some(name), host: None, port: "", error };
                array.push_failed(&target).map_err(writing())
            }
            Self::Nagios(service) => {
                service.push_failed(name, error);
                Ok(())
            }
            Self::Table(..) | Self::Json | Self::Csv(_) | Self::Markdown => Ok(()),
        }
    }

    /// Writes what is left; gives the exit status, where the format has one of its own.
    pub(super) fn end(self) -> Result<Option<u8>, Failure> {
        match self {
            Self::JsonArray(array) => array.end().map_err(writing())?,
            Self::Csv(table) => table.end().map_err(writing())?,
            Self::Nagios(service) => {
                Output.text(&format!("{service}\n"))?;
                return Ok(Some(service.status().exit_code()));
            }
            Self::Table(..) | Self::Json | Self::Markdown => {}
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
