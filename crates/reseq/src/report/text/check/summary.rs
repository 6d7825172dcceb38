//! What a check comes to: the lines below the list, or the one line where there is nothing to list.

use std::collections::BTreeMap;

use super::super::super::standby::notice;
use super::super::layout::{LONGEST, Paint, count, push_line, thousands, visible, wrap};
use super::super::place::place;
use super::{Text, repaired_by_fix};
use crate::diagnose::{Code, Severity, Verdict};

impl Text<'_> {
    pub(super) fn summary(&self) -> String {
        if self.report.all_findings().next().is_none() {
            return self.one_line();
        }
        let concerned = self.report.sequences.iter().filter(|one| !one.findings.is_empty()).count();
        let unlisted = self.unlisted().map(|unlisted| format!("; not listed: {unlisted} (-v lists them)"));
        let looked_for = self.report.looked_for().map(|looked_for| format!(" ({looked_for})"));
        let mut summary = format!(
            "{} in {} of {}{}{}.",
            self.by_severity(),
            thousands(concerned),
            count(self.report.sequences.len() as u128, "sequence"),
            looked_for.unwrap_or_default(),
            unlisted.unwrap_or_default()
        );
        if !self.report.complete {
            summary.push_str(" Not everything could be looked at: nothing is known of what is NOT READ.");
        }
        let mut text = String::new();
        wrap(&summary, self.style.width.min(LONGEST)).iter().for_each(|line| push_line(&mut text, line));
        let is_repaired = |verdict: &&Verdict| verdict.findings.iter().any(|one| repaired_by_fix(one.code));
        let repairable = self.report.sequences.iter().filter(is_repaired).count();
        if repairable > 0 && !self.checked.server.in_recovery {
            let them =
                if repairable == 1 { "1 sequence" } else { &format!("{} sequences", thousands(repairable)) };
            let command = self.style.paint(Paint::Command, &self.style.command("fix", &self.style.selection));
            push_line(&mut text, &format!("To repair {them}: {command}"));
        }
        text
    }

    /// What must be known of values that were read on a standby.
    pub(super) fn standby(&self) -> String {
        let mut text = String::new();
        if let Some(notice) = notice(&self.checked.server) {
            let notice = visible(&notice).into_owned() + " Repairs are for the primary.";
            wrap(&notice, self.style.width.min(LONGEST)).iter().for_each(|line| push_line(&mut text, line));
        }
        text
    }

    /// `3 errors, 1 warning, 2 notes`.
    fn by_severity(&self) -> String {
        let of = |severity| {
            self.report.all_findings().filter(|finding| finding.severity == severity).count() as u128
        };
        let counts = [
            (of(Severity::Error), "error"),
            (of(Severity::Warning), "warning"),
            (of(Severity::Note), "note"),
            (of(Severity::Incomplete), "object"),
        ];
        let counts = counts.into_iter().filter(|(number, _)| *number > 0).map(|(number, noun)| {
            let suffix = if noun == "object" { " not read" } else { "" };
            count(number, noun) + suffix
        });
        counts.collect::<Vec<_>>().join(", ")
    }

    /// Findings that are not listed, by code: `12 not-owned, 1 cached`.
    fn unlisted(&self) -> Option<String> {
        let sequences = self.report.sequences.iter().filter(|verdict| !self.is_listed(verdict));
        let codes = sequences.flat_map(|verdict| verdict.findings.iter().map(|finding| finding.code));
        let without = self.report.findings.iter().filter(|finding| !self.shows(finding.severity));
        let mut unlisted: BTreeMap<Code, u128> = BTreeMap::new();
        let codes = codes.chain(without.map(|finding| finding.code));
        codes.for_each(|code| *unlisted.entry(code).or_default() += 1);
        let words: Vec<_> =
            unlisted.iter().map(|(code, number)| format!("{} {}", thousands(number), code.name())).collect();
        (!words.is_empty()).then(|| words.join(", "))
    }

    /// Nothing to list.
    pub(super) fn one_line(&self) -> String {
        let place = place(&self.checked.server);
        if self.report.sequences.is_empty() {
            return match self.checked.catalog.sequences.len() {
                0 => format!("No sequences in {place}.\n"),
                all => format!("All {} of {place} are left out.\n", count(all as u128, "sequence")),
            };
        }
        let right = match (self.report.complete, self.report.looked_for()) {
            (true, None) => self.style.paint(Paint::Good, "All right"),
            (true, Some(looked_for)) => format!("No findings ({looked_for})"),
            (false, None) => "No findings, but not everything could be read".to_owned(),
            (false, Some(looked_for)) => {
                format!("No findings, but not everything could be read ({looked_for})")
            }
        };
        let sequences = count(self.report.sequences.len() as u128, "sequence");
        let unlisted = self
            .unlisted()
            .map(|unlisted| format!("; noted: {unlisted} (-v lists them)"))
            .unwrap_or_default();
        format!("{right}: {sequences} of {place}{unlisted}.\n")
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::layout::Style;
    use super::super::check;
    use super::super::tests::shown;
    use super::*;
    use crate::fixture::{column, database, sequence};
    use crate::observe::StateReading;
    use crate::report::testing::checked;

    #[test]
    fn the_command_that_repairs_all_repairs_no_more_than_was_looked_at() {
        let behind = sequence("public.t_id_seq").link(column("public.t", "id").rows(1..=8));
        let style = Style {
            connection: "-d shop".to_owned(),
            selection: "-t public.t".to_owned(),
            ..Style::plain(80)
        };
        let text = shown(&database([behind]), Severity::Warning, &style);
        assert!(text.ends_with("\nTo repair 1 sequence: reseq fix -d shop -t public.t\n"), "{text}");
    }

    #[test]
    fn all_right_is_said_only_where_everything_was_looked_for_and_read() {
        let shown = |sequence, only: &[Code], except: &[Code]| {
            let mut checked = checked(&database([sequence]));
            let options = crate::diagnose::Options {
                only: only.into(),
                except: except.into(),
                ..crate::diagnose::Options::default()
            };
            checked.report = crate::diagnose::diagnose(&checked.catalog, &checked.observations, &options);
            let mut text = Vec::new();
            check(&mut text, &checked, Severity::Warning, &Style::plain(80)).unwrap();
            String::from_utf8(text).unwrap()
        };
        let behind = || sequence("public.t_id_seq").link(column("public.t", "id").rows(1..=8));
        assert_eq!(
            shown(behind(), &[Code::Cycles, Code::Cached], &[]),
            "No findings (looked for: cycles, cached): 1 sequence of shop on localhost:5432.\n"
        );
        assert_eq!(
            shown(behind(), &[], &[Code::Behind]),
            "No findings (not looked for: behind): 1 sequence of shop on localhost:5432.\n"
        );
        let hidden = sequence("public.hidden")
            .unreadable("permission denied", "GRANT SELECT ON SEQUENCE public.hidden TO ci");
        assert_eq!(
            shown(hidden, &[], &[Code::Unreadable]),
            "No findings, but not everything could be read (not looked for: unreadable): 1 sequence of shop on \
             localhost:5432.\n"
        );
    }

    #[test]
    fn every_sequence_is_listed_where_all_are_right() {
        let healthy = sequence("public.t_id_seq").called(8).link(column("public.t", "id").rows([8]));
        let style = Style { verbose: true, ..Style::plain(80) };
        let text = shown(&database([healthy]), Severity::Warning, &style);
        assert!(text.ends_with("\nAll right: 1 sequence of shop on localhost:5432.\n"), "{text}");
    }

    #[test]
    fn all_right_is_one_line() {
        let healthy = sequence("public.t_id_seq").called(8).link(column("public.t", "id").rows([8]));
        let style = Style::plain(80);
        assert_eq!(
            shown(&database([healthy]), Severity::Warning, &style),
            "All right: 1 sequence of shop on localhost:5432.\n"
        );
        assert_eq!(
            shown(&database([]), Severity::Warning, &style),
            "No sequences in shop on localhost:5432.\n"
        );
    }

    #[test]
    fn notes_are_counted_and_listed_on_demand() {
        let cached = sequence("public.t_id_seq").called(8).cache(20).link(column("public.t", "id").rows([8]));
        let shop = database([cached]);
        let style = Style::plain(80);
        assert_eq!(
            shown(&shop, Severity::Warning, &style),
            "All right: 1 sequence of shop on localhost:5432; noted: 1 cached (-v lists them).\n"
        );
        assert!(shown(&shop, Severity::Note, &style).contains("\n  note     cached        CACHE 20: "));
    }

    #[test]
    fn a_selection_that_leaves_everything_out_does_not_say_that_there_is_nothing() {
        let database = database([
            sequence("public.a").state(StateReading::NotSelected),
            sequence("public.b").state(StateReading::NotSelected),
        ]);
        let text = shown(&database, Severity::Warning, &Style::plain(80));
        assert!(text.starts_with("All 2 sequences of "), "{text}");
        assert!(text.ends_with(" are left out.\n"), "{text}");
    }
}
