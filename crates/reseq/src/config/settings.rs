//! What reseq.toml can say.

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, IntoDeserializer as _, MapAccess, Visitor};

use super::Link;
use super::units::{Interval, Jobs, Size, Timeout};
use crate::diagnose::{Code, Severity, Thresholds};
use crate::model::RelationPattern;

/// All that reseq.toml says. What it does not say is empty or `None`.
#[derive(Clone, Debug, Default, PartialEq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// `[[link]]`: links that the catalogue cannot tell.
    #[serde(default, rename = "link")]
    pub links: Vec<Link>,
    /// `ignore`: tables and sequences that are left alone.
    #[serde(default)]
    pub ignore: Vec<Ignore>,
    /// `[check]`: when check is content.
    #[serde(default)]
    pub check: Check,
    /// `[limits]`: what keeps the server safe.
    #[serde(default)]
    pub limits: Limits,
    /// `[[target]]`: the databases that serve watches.
    #[serde(default, rename = "target")]
    pub targets: Vec<Target>,
}

/// Tables or sequences that are left alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ignore {
    /// A pattern as for pg_dump's `-t`.
    pub pattern: String,
    /// Why, for whoever reads the file or the report.
    pub reason: String,
}

/// When check is content.
#[derive(Clone, Debug, Default, PartialEq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// From how many percent of use on `exhausting` is a warning.
    #[serde(default, deserialize_with = "percent")]
    pub exhausting_warning: Option<f64>,
    /// From how many percent of use on it is an error.
    #[serde(default, deserialize_with = "percent")]
    pub exhausting_error: Option<f64>,
    /// From which severity on the exit status is 1.
    pub fail_on: Option<FailOn>,
    /// Only these findings are looked for.
    #[serde(default)]
    pub only: Vec<Code>,
    /// These findings are not looked for.
    #[serde(default)]
    pub except: Vec<Code>,
}

impl Check {
    /// What the file says of `exhausting`, else the defaults.
    pub fn thresholds(&self) -> Thresholds {
        Thresholds::default().with(self.exhausting_warning, self.exhausting_error)
    }
}

/// From which severity on findings set the exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FailOn {
    /// Errors.
    Error,
    /// Warnings and errors.
    Warning,
    /// All findings.
    Note,
    /// No finding.
    Never,
}

impl FailOn {
    /// As they are written in reseq.toml and after `--fail-on`.
    pub const NAMES: [&'static str; 4] = ["error", "warning", "note", "never"];

    /// Whether a finding of this severity sets the exit status. What is incomplete has one of its own.
    pub fn fails(self, severity: Severity) -> bool {
        match (self, severity) {
            (Self::Never, _) | (_, Severity::Incomplete) => false,
            (Self::Error, severity) => severity >= Severity::Error,
            (Self::Warning, severity) => severity >= Severity::Warning,
            (Self::Note, _) => true,
        }
    }
}

impl std::str::FromStr for FailOn {
    type Err = serde::de::value::Error;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::deserialize(name.into_deserializer())
    }
}

/// What keeps the server safe.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// How long a statement may run.
    pub statement_timeout: Option<Timeout>,
    /// How long a statement may wait for a lock.
    pub lock_timeout: Option<Timeout>,
    /// Up to which size tables are read where no index helps.
    pub scan_limit: Option<Size>,
    /// Whether foreign tables are read.
    #[serde(default)]
    pub foreign_tables: bool,
    /// How long a lost connection is made again, and a server waited for that is starting.
    pub retry: Option<Timeout>,
    /// Connections at once.
    pub jobs: Option<Jobs>,
}

/// A database that serve watches.
#[derive(Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// What it is called in pages and metrics.
    pub name: String,
    /// A conninfo string or URI; passwords belong in the password file.
    pub conninfo: String,
    /// How often it is looked at.
    pub interval: Option<Interval>,
}

/// Leaves out `conninfo`, which may hold a password.
impl std::fmt::Debug for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { name, conninfo: _, interval } = self;
        f.debug_struct("Target").field("name", name).field("interval", interval).finish_non_exhaustive()
    }
}

fn percent<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    let percent = f64::deserialize(deserializer)?;
    if (0.0..=100.0).contains(&percent) {
        Ok(Some(percent))
    } else {
        Err(D::Error::custom(format!("{percent} is no share in percent, 0 to 100")))
    }
}

impl<'de> Deserialize<'de> for Ignore {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(IgnoreVisitor)
    }
}

struct IgnoreVisitor;

impl<'de> Visitor<'de> for IgnoreVisitor {
    type Value = Ignore;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("{ pattern = \"schema.name\", reason = \"…\" }")
    }

    fn visit_str<E: Error>(self, pattern: &str) -> Result<Ignore, E> {
        Err(without_reason(pattern))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Ignore, A::Error> {
        #[derive(serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Entry {
            pattern: String,
            #[serde(default)]
            reason: String,
        }
        let Entry { pattern, reason } = Entry::deserialize(MapAccessDeserializer::new(map))?;
        if reason.trim().is_empty() {
            return Err(without_reason(&pattern));
        }
        // whether a database that it names is the right one is known once connected
        if let Err(error) = RelationPattern::parse(&pattern, "")
            && !matches!(error, crate::model::PatternError::OtherDatabase { .. })
        {
            return Err(A::Error::custom(error));
        }
        Ok(Ignore { pattern, reason })
    }
}

fn without_reason<E: Error>(pattern: &str) -> E {
    E::custom(format!(
        "{pattern:?} is ignored without a reason; say why: {{ pattern = {pattern:?}, reason = \"…\" }}"
    ))
}
