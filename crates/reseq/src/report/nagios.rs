//! `check --format nagios`: one line and an exit status as the Monitoring Plugins Development Guidelines have
//! them, for Nagios, Icinga, Naemon and all that run their plug-ins.

use std::fmt;

use super::Summary;
use crate::Checked;
use crate::diagnose::{Code, Severity, Thresholds, Verdict};

/// Up to how many findings are told.
const FINDINGS: usize = 3;
/// Up to how many characters a finding has.
const FINDING_LENGTH: usize = 160;
/// Up to how many sequences have performance data; the fullest.
const MEASURED: usize = 10;

/// The status of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Nothing but notes.
    Ok,
    /// The worst finding is a warning.
    Warning,
    /// The worst finding is an error.
    Critical,
    /// Not everything could be looked at, and what could be has no error.
    Unknown,
}

impl Status {
    /// An error outranks what is not known, and that a warning.
    fn of(summary: &Summary) -> Self {
        if summary.count(Severity::Error) > 0 {
            Self::Critical
        } else if !summary.is_complete() {
            Self::Unknown
        } else if summary.count(Severity::Warning) > 0 {
            Self::Warning
        } else {
            Self::Ok
        }
    }

    /// The exit status of the plug-in.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Warning => 1,
            Self::Critical => 2,
            Self::Unknown => 3,
        }
    }

    /// As it stands in the line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Warning => "WARNING",
            Self::Critical => "CRITICAL",
            Self::Unknown => "UNKNOWN",
        }
    }
}

/// The databases of one service, taken one after the other.
#[derive(Debug)]
pub struct Service {
    thresholds: Thresholds,
    databases: usize,
    summary: Summary,
    /// The worst findings so far, worst first.
    worst: Vec<Told>,
    /// The fullest sequences so far, with their labels, fullest first.
    fullest: Vec<(f64, String)>,
    /// Why databases could not be checked at all.
    failed: Vec<String>,
    /// The databases that were looked at on a standby.
    standbys: Vec<String>,
}

/// A finding as it is told.
#[derive(Debug)]
struct Told {
    severity: Severity,
    code: Code,
    database: String,
    sequence: String,
    message: String,
}

impl Service {
    /// A service without databases. `thresholds` stand in the performance data.
    pub fn new(thresholds: Thresholds) -> Self {
        let (worst, fullest, failed, standbys) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { thresholds, databases: 0, summary: Summary::of([]), worst, fullest, failed, standbys }
    }

    /// Takes a database that was checked.
    pub fn push(&mut self, checked: &Checked) {
        self.databases += 1;
        self.summary.add(&checked.report);
        if checked.server.in_recovery {
            self.standbys.push(one_line(&checked.server.database));
        }
        let alarming = checked.worst_first().filter(|(_, finding)| finding.severity > Severity::Note);
        self.worst.extend(alarming.take(FINDINGS).map(|(sequence, finding)| Told {
            severity: finding.severity,
            code: finding.code,
            database: checked.server.database.clone(),
            sequence: sequence.map_or_else(String::new, |sequence| checked.name(sequence).to_owned()),
            message: finding.message,
        }));
        self.worst.sort_by_key(|told| (std::cmp::Reverse(told.severity), told.code));
        self.worst.truncate(FINDINGS);

        let mut fullest: Vec<_> = checked.report.sequences.iter().collect();
        fullest.sort_by(|a, b| used(b).total_cmp(&used(a)));
        self.fullest.extend(fullest.into_iter().take(MEASURED).filter_map(|verdict| {
            Some((verdict.used_percent?, label(&checked.server.database, checked.name(verdict.sequence))))
        }));
        self.fullest.sort_by(|(a, _), (b, _)| b.total_cmp(a));
        self.fullest.truncate(MEASURED);
    }

    /// Takes a database that could not be checked.
    pub fn push_failed(&mut self, database: &str, error: &str) {
        self.databases += 1;
        self.summary.add_failed();
        if self.failed.len() < FINDINGS {
            self.failed.push(format!("{}: {}", one_line(database), one_line(error)));
        }
    }

    /// The status of all together.
    pub fn status(&self) -> Status {
        Status::of(&self.summary)
    }

    /// The worst findings, each with its sequence.
    fn told(&self) -> impl Iterator<Item = String> {
        let several = self.databases > 1;
        self.worst.iter().map(move |told| {
            let database = if several { told.database.as_str() } else { "" };
            let place = format!("{database} {}", told.sequence);
            format!("{} {} ({})", one_line(place.trim()), told.code, one_line(&told.message))
        })
    }

    /// The performance data: counts, and the used share of the fullest sequences.
    fn measured(&self) -> String {
        let count = |severity| self.summary.count(severity);
        let mut data = vec![
            format!("sequences={};;;0", self.summary.sequences()),
            format!("errors={};;;0", count(Severity::Error)),
            format!("warnings={};;;0", count(Severity::Warning)),
            format!("unread={};;;0", count(Severity::Incomplete)),
        ];
        let Thresholds { warning, error } = self.thresholds;
        data.extend(
            self.fullest
                .iter()
                .map(|(percent, label)| format!("{label}={percent:.2}%;{warning};{error};0;100")),
        );
        data.join(" ")
    }
}

/// The line, without a line end.
impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RESEQ {} - {}", self.status().name(), self.summary)?;
        if self.databases > 1 {
            write!(f, " of {} databases", self.databases)?;
        }
        for told in self.failed.iter().cloned().chain(self.told()) {
            write!(f, ", {told}")?;
        }
        if !self.standbys.is_empty() {
            let databases = self.standbys.join(" and ");
            write!(f, ", on a standby ({databases}), whose values run ahead by up to 32 × increment")?;
        }
        write!(f, " | {}", self.measured())
    }
}

fn used(verdict: &Verdict) -> f64 {
    verdict.used_percent.unwrap_or_default()
}

/// A label in quotes. It may hold no equals sign, and a quote is doubled.
fn label(database: &str, sequence: &str) -> String {
    let label = one_line(&format!("{database} {sequence}")).replace('=', "_").replace('\'', "''");
    format!("'{label}'")
}

/// Text of bounded length without line ends and without the pipe, which begins the performance data.
fn one_line(text: &str) -> String {
    let plain = |character: char| if character.is_control() || character == '|' { ' ' } else { character };
    if text.chars().count() <= FINDING_LENGTH {
        text.chars().map(plain).collect()
    } else {
        text.chars().take(FINDING_LENGTH - 1).map(plain).chain(['…']).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::checked;
    use super::*;
    use crate::fixture::{SequenceBuilder, column, database, sequence};

    fn service(cases: &[Checked]) -> Service {
        let mut service = Service::new(Thresholds::default());
        for case in cases {
            service.push(case);
        }
        service
    }

    fn line(sequences: impl IntoIterator<Item = SequenceBuilder>) -> (String, u8) {
        let service = service(&[checked(&database(sequences))]);
        (service.to_string(), service.status().exit_code())
    }

    fn behind() -> SequenceBuilder {
        sequence("public.t_id_seq").called(2).link(column("public.t", "id").rows([3]))
    }

    fn unreadable() -> SequenceBuilder {
        sequence("public.hidden").unreadable("permission denied", "")
    }

    #[test]
    fn all_is_well() {
        assert_eq!(
            line([sequence("public.s").bounds(1, 100).called(25)]),
            (
                "RESEQ OK - all is well with 1 sequence | sequences=1;;;0 errors=0;;;0 warnings=0;;;0 \
                 unread=0;;;0 'shop public.s'=25.00%;75;90;0;100"
                    .to_owned(),
                0
            )
        );
    }

    #[test]
    fn an_error_is_critical() {
        assert_eq!(
            line([behind()]),
            (
                "RESEQ CRITICAL - 1 error in 1 sequence, public.t_id_seq behind (the next insert fails: 3 is \
                 already in public.t.id) | sequences=1;;;0 errors=1;;;0 warnings=0;;;0 unread=0;;;0 \
                 'shop public.t_id_seq'=0.00%;75;90;0;100"
                    .to_owned(),
                2
            )
        );
    }

    #[test]
    fn what_is_not_known_outranks_a_warning_and_an_error_outranks_both() {
        let warning = || sequence("public.s").bounds(1, 100).called(80);
        assert_eq!(line([sequence("public.s").cache(5)]).1, 0, "a note is no alarm");
        assert_eq!(line([warning()]).1, 1);
        assert_eq!(line([warning(), unreadable()]).1, 3);
        assert_eq!(line([warning(), unreadable(), behind()]).1, 2);
    }

    #[test]
    fn several_databases_are_one_service() {
        let service = service(&[checked(&database([])), checked(&database([behind()]))]);
        assert_eq!(service.status(), Status::Critical);
        let line = service.to_string();
        let start = "RESEQ CRITICAL - 1 error in 1 sequence of 2 databases, shop public.t_id_seq behind (the";
        assert!(line.starts_with(start), "{line}");
    }

    #[test]
    fn a_database_that_could_not_be_checked_makes_it_unknown() {
        let mut service = service(&[checked(&database([]))]);
        service.push_failed("old", "connection refused\n\tIs the server running?");
        assert_eq!(service.status(), Status::Unknown);
        let line = service.to_string();
        let start = "RESEQ UNKNOWN - not everything could be read in 0 sequences of 2 databases, old: connection \
                     refused  Is the server running? | ";
        assert!(line.starts_with(start), "{line}");
    }

    #[test]
    fn the_line_is_bounded_however_much_there_is() {
        let mut service = service(&[checked(&database((0..500).map(|_| behind())))]);
        for _ in 0..500 {
            service.push_failed("x", &"y".repeat(3000));
        }
        assert!(service.to_string().chars().count() < 3000, "{service}");
    }

    #[test]
    fn hostile_names_break_neither_line_nor_label() {
        let hostile = "public.\"it's = a|b\n\"";
        let (line, _) = line([sequence(hostile).bounds(1, 2).called(2)]);
        assert_eq!(line.matches('|').count(), 1);
        assert!(!line.contains('\n'));
        assert!(line.ends_with("'shop public.\"it''s _ a b \"'=100.00%;75;90;0;100"), "{line}");
    }
}
