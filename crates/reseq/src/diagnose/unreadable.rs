//! `unreadable`: the state of the sequence or the rows of a column could not be read.

use crate::observe::{Observation, Reading, StateReading};

use super::{Code, Finding, Subject};

pub(super) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let StateReading::Unreadable(why) = subject.observations.state(subject.id) {
        findings.push(finding(subject.sequence.name.as_str(), &why.reason, &why.hint));
    }
    for (link, observation) in subject.observed() {
        match observation {
            Observation::Unreadable { reason, hint } => {
                findings.push(finding(&link.full_name(), reason, hint));
            }
            Observation::Seen(Reading { unread: Some(unread), .. }) => {
                let object = format!("all of {}", link.full_name());
                findings.push(finding(&object, &unread.reason, &unread.hint));
            }
            Observation::Seen(_) | Observation::Vanished | Observation::NotSelected => {}
        }
    }
    findings
}

fn finding(object: &str, reason: &str, hint: &str) -> Finding {
    let mut message = format!("could not read {object}: {reason}");
    if !hint.is_empty() {
        message.push_str("; ");
        message.push_str(hint);
    }
    Finding::new(Code::Unreadable, message)
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::super::{Options, Severity, diagnose};
    use super::*;
    use crate::fixture::{SequenceBuilder, column, database, sequence};

    fn without_privilege() -> SequenceBuilder {
        let reason = "permission denied for table t".to_owned();
        let hint = "GRANT SELECT (id) ON public.t TO auditor".to_owned();
        let column = column("public.t", "id").observation(Observation::Unreadable { reason, hint });
        sequence("public.t_id_seq").link(column)
    }

    #[test]
    fn a_column_that_could_not_be_read_is_named_with_what_helps() {
        let finding = the_finding(without_privilege(), Code::Unreadable);
        assert_eq!(finding.severity, Severity::Incomplete);
        assert_eq!(
            finding.message,
            "could not read public.t.id: permission denied for table t; GRANT SELECT (id) ON public.t TO auditor"
        );
    }

    #[test]
    fn without_a_state_there_are_no_figures() {
        let diagnosis = diagnosis(sequence("public.s").unreadable("permission denied", ""));
        assert_eq!((diagnosis.next_value, diagnosis.used_percent, diagnosis.room), (None, None, None));
        assert_eq!(diagnosis.findings[0].message, "could not read public.s: permission denied");
    }

    #[test]
    fn the_report_is_incomplete_where_what_is_looked_for_depends_on_it() {
        let database = database([without_privilege()]);
        let report = |only: &[Code], except: &[Code]| {
            let options = Options { only: only.into(), except: except.into(), ..Options::default() };
            let report = diagnose(&database.catalog, &database.observations, &options);
            (report.complete, report.all_findings().count())
        };
        assert_eq!(report(&[], &[]), (false, 1));
        assert_eq!(report(&[Code::Behind], &[]), (false, 1));
        assert_eq!(report(&[Code::NoGrant], &[]), (true, 0));
        assert_eq!(report(&[], &[Code::Unreadable]), (false, 0), "hidden, but not read all the same");
    }
}
