//! Why a command ends before its end, in words for people.

use std::io;

use crate::exit;

/// What ends a command.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The library's own words.
    #[error(transparent)]
    Library(#[from] reseq::Error),
    /// What was asked for makes no sense.
    #[error("{message}")]
    Usage { message: String, hint: String },
    /// No server for the demo.
    #[error(transparent)]
    Scratch(#[from] reseq_scratch::Error),
    /// This very program could not be run.
    #[error("could not run {program}: {source}")]
    Run { program: String, source: io::Error },
    /// One of several servers could not be reached.
    #[error("{end}: {failure}")]
    At { end: &'static str, failure: Box<Failure> },
    /// Results could not be written.
    #[error("could not write {what}: {source}")]
    Write { what: String, source: io::Error },
}

impl Failure {
    pub(crate) fn usage(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Usage { message: message.into(), hint: hint.into() }
    }

    /// For `map_err` around writing `what`.
    pub(crate) fn writing(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |source| Self::Write { what, source }
    }

    /// For `map_err` around connecting to one of several servers.
    pub(crate) fn at(end: &'static str) -> impl FnOnce(Self) -> Self {
        move |failure| Self::At { end, failure: Box::new(failure) }
    }

    /// For `map_err` around running `program`.
    pub(crate) fn running(program: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let program = program.into();
        move |source| Self::Run { program, source }
    }

    /// What to do about it.
    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            Self::Library(error) => error.hint(),
            Self::Usage { hint, .. } => Some(hint.clone()),
            Self::At { failure, .. } => failure.hint(),
            Self::Scratch(_) | Self::Run { .. } | Self::Write { .. } => None,
        }
    }

    /// The exit status.
    pub(crate) fn status(&self) -> u8 {
        match self {
            Self::At { failure, .. } => failure.status(),
            Self::Usage { .. } | Self::Library(reseq::Error::Usage { .. }) => exit::USAGE,
            Self::Library(reseq::Error::Connect(error)) if error.is_nonsense() => exit::USAGE,
            // Rows stand in the way of what was asked for.
            Self::Library(reseq::Error::Refused { .. }) => exit::FINDINGS,
            Self::Library(_) | Self::Scratch(_) | Self::Run { .. } | Self::Write { .. } => exit::INCOMPLETE,
        }
    }
}
