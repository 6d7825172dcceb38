//! `check --format nagios`: one line and an exit status as the Monitoring Plugins Development Guidelines have
//! them, for Nagios, Icinga, Naemon and all that run their plug-ins.

use super::{Checked, summary::Summary};
use crate::diagnose::{Finding, Severity, Thresholds};

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
    /// The status of several databases as one service. An error outranks what is not known, and that a warning.
    pub fn of<'a>(databases: impl IntoIterator<Item = &'a Checked<'a>>) -> Self {
        let summary = Summary::of(databases.into_iter().map(|checked| checked.report));
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

/// The line of one or more databases, without a line end. It is bounded in length, and where there are many
/// sequences the fullest are measured.
pub fn nagios(databases: &[Checked<'_>], thresholds: Thresholds) -> String {
    let status = Status::of(databases).name();
    let (summary, worst) = (Summary::of(databases.iter().map(|checked| checked.report)), worst(databases));
    let of = if databases.len() > 1 { format!(" of {} databases", databases.len()) } else { String::new() };
    format!("RESEQ {status} - {summary}{of}{worst} | {}", measured(databases, thresholds))
}

/// The line where a database could not be checked at all.
pub fn nagios_failed(error: &str) -> String {
    format!("RESEQ {} - {}", Status::Unknown.name(), one_line(error))
}

/// The worst findings of all databases, each with its sequence.
fn worst(databases: &[Checked<'_>]) -> String {
    let alarming = |finding: &Finding| finding.severity > Severity::Note;
    let mut worst: Vec<_> = databases
        .iter()
        .flat_map(|checked| {
            let alarming = checked.worst_first().filter(move |(_, finding)| alarming(finding));
            alarming.take(FINDINGS).map(move |(diagnosis, finding)| (checked, diagnosis, finding))
        })
        .collect();
    worst.sort_by_key(|(.., finding)| finding.rank());
    worst.truncate(FINDINGS);
    let told = worst.into_iter().map(|(checked, diagnosis, finding)| {
        let database = if databases.len() > 1 { checked.server.database.as_str() } else { "" };
        let sequence = diagnosis.map_or("", |diagnosis| checked.name(diagnosis));
        let place = one_line(format!("{database} {sequence}").trim());
        format!(", {place} {} ({})", finding.code, one_line(&finding.message))
    });
    told.collect()
}

/// The performance data: counts, and the used share of the fullest sequences.
fn measured(databases: &[Checked<'_>], thresholds: Thresholds) -> String {
    let summary = Summary::of(databases.iter().map(|checked| checked.report));
    let mut data = vec![
        format!("sequences={};;;0", summary.sequences()),
        format!("errors={};;;0", summary.count(Severity::Error)),
        format!("warnings={};;;0", summary.count(Severity::Warning)),
        format!("unread={};;;0", summary.count(Severity::Incomplete)),
    ];
    let mut fullest: Vec<_> = databases
        .iter()
        .flat_map(|checked| checked.report.sequences.iter().map(move |diagnosis| (checked, diagnosis)))
        .filter_map(|(checked, diagnosis)| Some((diagnosis.used_percent?, checked, diagnosis)))
        .collect();
    fullest.sort_by(|(a, ..), (b, ..)| b.total_cmp(a));
    let Thresholds { warning, error } = thresholds;
    for (percent, checked, diagnosis) in fullest.into_iter().take(MEASURED) {
        let label = label(&checked.server.database, checked.name(diagnosis));
        data.push(format!("{label}={percent:.2}%;{warning};{error};0;100"));
    }
    data.join(" ")
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
    use super::super::testing::Case;
    use super::*;
    use crate::fixture::{SequenceBuilder, column, database, sequence};
    use crate::observe::StateReading;

    fn line(sequences: impl IntoIterator<Item = SequenceBuilder>) -> (String, u8) {
        let case = Case::of(database(sequences));
        let databases = [case.checked()];
        (nagios(&databases, Thresholds::default()), Status::of(&databases).exit_code())
    }

    fn behind() -> SequenceBuilder {
        sequence("public.t_id_seq").called(2).link(column("public.t", "id").rows([3]))
    }

    fn unreadable() -> SequenceBuilder {
        let (reason, hint) = ("permission denied".to_owned(), String::new());
        sequence("public.hidden").state(StateReading::Unreadable { reason, hint })
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
        let (right, wrong) = (Case::of(database([])), Case::of(database([behind()])));
        let databases = [right.checked(), wrong.checked()];
        assert_eq!(Status::of(&databases), Status::Critical);
        let line = nagios(&databases, Thresholds::default());
        let start = "RESEQ CRITICAL - 1 error in 1 sequence of 2 databases, shop public.t_id_seq behind (the";
        assert!(line.starts_with(start), "{line}");
    }

    #[test]
    fn the_line_is_bounded_however_many_there_are() {
        let many = |number| line((0..number).map(|_| behind())).0.len();
        assert!(many(500) < 2000, "{}", many(500));
        let long = "x".repeat(3000);
        assert!(nagios_failed(&long).chars().count() < 200);
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
