//! How `reseq check` writes what it found, one database after the other.

use reseq::report::json::{FailedTarget, JsonArray, write_json};
use reseq::report::text::{self, Style};

use super::Check;
use crate::failure::Failure;
use crate::looking::Looked;
use crate::ui::{Output, tell_of, terminal_width};

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    /// For people
    Table,
    /// As schema/check.schema.json describes it
    Json,
}

/// Results on their way to standard output.
#[derive(Debug)]
pub(super) enum Shown<'a> {
    Table(&'a Check),
    Json,
    JsonArray(JsonArray<Output>),
}

impl Shown<'_> {
    pub(super) fn json_array() -> Result<Self, Failure> {
        JsonArray::begin(Output).map(Self::JsonArray).map_err(Failure::writing("results"))
    }

    pub(super) fn push(&mut self, looked: &Looked) -> Result<(), Failure> {
        match self {
            Self::Table(check) => return Output.text(&table(check, looked)),
            Self::Json => write_json(Output, &looked.checked()),
            Self::JsonArray(array) => array.push(&looked.checked()),
        }
        .map_err(Failure::writing("results"))
    }

    /// A database that could not be looked at: said on standard error, and where the format can say it.
    pub(super) fn push_failed(&mut self, name: &str, failure: &Failure) -> Result<(), Failure> {
        tell_of(name, failure);
        match self {
            Self::Table(_) | Self::Json => Ok(()),
            Self::JsonArray(array) => {
                let error = failure.to_string();
                let target = FailedTarget { database: Some(name), host: None, port: "", error: &error };
                array.push_failed(&target).map_err(Failure::writing("results"))
            }
        }
    }

    pub(super) fn end(self) -> Result<(), Failure> {
        match self {
            Self::Table(_) | Self::Json => Ok(()),
            Self::JsonArray(array) => array.end().map_err(Failure::writing("results")),
        }
    }
}

fn table(check: &Check, looked: &Looked) -> String {
    let style = Style {
        width: terminal_width(),
        color: check.output.color(),
        verbose: check.output.verbose,
        connection: check.connection.to_repeat(&looked.server.database),
    };
    let nothing = looked.report.all_findings().all(|finding| finding.severity < check.findings.listed());
    if check.output.quiet && nothing {
        return String::new();
    }
    text::check(&looked.checked(), check.findings.listed(), &style)
}
