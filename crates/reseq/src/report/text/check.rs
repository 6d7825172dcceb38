//! What is wrong with the sequences of a database: worst first, in words, with the command that helps.

mod summary;

use std::io;

use super::layout::{
    Paint, Style, count, ignoring_above, push_line, push_wrapped, shell_word, visible, wrap,
};
use super::place::title;
use crate::Checked;
use crate::catalog::{Link, LinkId};
use crate::diagnose::{Code, Diagnosis, Finding, Report, Severity, Verdict};
use crate::observe::Observation;

/// Columns before a message: two of indentation, the severity, the code.
const INDENT: usize = 25;

/// Writes what was found in one database, from the severity `listed` on; [`Style::verbose`] lists every sequence. One
/// line where there is nothing to list.
///
/// # Errors
/// Those of `writer`.
pub fn check(
    writer: &mut dyn io::Write,
    checked: &Checked,
    listed: Severity,
    style: &Style,
) -> io::Result<()> {
    let text = Text { checked, report: &checked.report, listed, style };
    if !text.lists_anything() {
        writer.write_all(text.one_line().as_bytes())?;
        return writer.write_all(text.standby().as_bytes());
    }
    writeln!(writer, "{}", title(&checked.server, style))?;
    text.list(writer)?;
    writer.write_all(text.summary().as_bytes())?;
    writer.write_all(text.standby().as_bytes())
}

struct Text<'a> {
    checked: &'a Checked,
    report: &'a Report,
    listed: Severity,
    style: &'a Style,
}

impl Text<'_> {
    fn lists_anything(&self) -> bool {
        self.report.sequences.iter().any(|verdict| self.is_listed(verdict) || self.lists_as_healthy(verdict))
            || self.report.findings.iter().any(|finding| self.shows(finding.severity))
    }

    /// Every sequence with something to say of it, then the findings that belong to none, then what is all right. One
    /// at a time: the text of 100,000 would be larger than what is known of them.
    fn list(&self, writer: &mut dyn io::Write) -> io::Result<()> {
        let diagnoser = self.checked.diagnoser();
        for verdict in self.report.worst_first() {
            if self.is_listed(verdict) {
                writer.write_all(self.sequence(&diagnoser.diagnosis(verdict.sequence)).as_bytes())?;
            }
        }
        writer.write_all(self.without_sequence().as_bytes())?;
        for verdict in &self.report.sequences {
            if self.lists_as_healthy(verdict) {
                writer.write_all(self.healthy(&diagnoser.diagnosis(verdict.sequence)).as_bytes())?;
            }
        }
        Ok(())
    }

    fn lists_as_healthy(&self, verdict: &Verdict) -> bool {
        self.style.verbose && verdict.findings.is_empty()
    }

    /// Findings that belong to no sequence.
    fn without_sequence(&self) -> String {
        let mut text = String::new();
        let without: Vec<_> =
            self.report.findings.iter().filter(|finding| self.shows(finding.severity)).collect();
        if !without.is_empty() {
            self.push_heading(&mut text, "columns whose sequence cannot be told");
            without.iter().for_each(|finding| self.push_finding(&mut text, finding));
            text.push('\n');
        }
        text
    }

    fn shows(&self, severity: Severity) -> bool {
        self.style.verbose || severity >= self.listed
    }

    fn is_listed(&self, verdict: &Verdict) -> bool {
        verdict.findings.iter().any(|finding| self.shows(finding.severity))
    }

    /// A sequence with all its findings: beside a serious one, the notes say what to mind.
    fn sequence(&self, diagnosis: &Diagnosis) -> String {
        let mut text = String::new();
        self.push_heading(&mut text, &self.heading(diagnosis));
        for finding in &diagnosis.findings {
            self.push_finding(&mut text, finding);
        }
        if !self.checked.server.in_recovery {
            self.push_commands(&mut text, diagnosis);
        }
        text.push('\n');
        text
    }

    /// The commands that help. On a standby they do not.
    fn push_commands(&self, text: &mut String, diagnosis: &Diagnosis) {
        if diagnosis.findings.iter().any(|finding| repaired_by_fix(finding.code)) {
            let command = self.style.command("fix", &self.selecting(diagnosis));
            self.push_command(text, "repair", &command);
        }
        for last in diagnosis.findings.iter().filter_map(|finding| finding.ignore_above) {
            let name = &self.checked.catalog.sequence(diagnosis.sequence).name;
            let command = self.style.command("fix", &ignoring_above(name, last));
            self.push_command(text, "ignore", &command);
        }
    }

    fn healthy(&self, diagnosis: &Diagnosis) -> String {
        let mut text = String::new();
        self.push_heading(&mut text, &self.heading(diagnosis));
        let (ok, figures) = (self.style.paint(Paint::Good, "ok"), self.figures(diagnosis));
        push_wrapped(&mut text, &format!("  {ok}       "), 11, &figures, self.style.width);
        text.push('\n');
        text
    }

    /// `public.orders_id_seq → public.orders.id`.
    fn heading(&self, diagnosis: &Diagnosis) -> String {
        let name = &self.checked.catalog.sequence(diagnosis.sequence).name;
        let links = self.checked.catalog.links_of(diagnosis.sequence);
        if links.is_empty() {
            return format!("{name} (feeds no column)");
        }
        let columns: Vec<_> = links.iter().map(|link| format!("{}.{}", link.table, link.column)).collect();
        format!("{name} → {}", columns.join(", "))
    }

    fn push_heading(&self, text: &mut String, heading: &str) {
        for (place, line) in wrap(&visible(heading), self.style.width.saturating_sub(4)).iter().enumerate() {
            let indent = if place == 0 { "" } else { "    " };
            push_line(text, &format!("{indent}{}", self.style.paint(Paint::Heading, line)));
        }
    }

    fn push_finding(&self, text: &mut String, finding: &Finding) {
        let (paint, severity) = label(finding.severity);
        let severity = self.style.paint(paint, &format!("{severity:<8}"));
        let label = format!("  {severity} {:<13} ", finding.code.name());
        push_wrapped(text, &label, INDENT, &finding.message, self.style.width);
        if let Some(fix) = &finding.fix
            && !repaired_by_fix(finding.code)
        {
            self.push_command(text, "by hand", &format!("{};", fix.sql));
        }
    }

    /// A command stands on a line of its own, unbroken, to be copied.
    fn push_command(&self, text: &mut String, label: &str, command: &str) {
        push_line(text, &format!("  {label:<8} {}", self.style.paint(Paint::Command, &visible(command))));
    }

    /// The option that selects a sequence: its table where there is one, else itself.
    fn selecting(&self, diagnosis: &Diagnosis) -> String {
        match self.checked.catalog.links_of(diagnosis.sequence) {
            [Link { table, .. }] => format!("-t {}", shell_word(table.as_str())),
            _ => {
                let name = &self.checked.catalog.sequence(diagnosis.sequence).name;
                format!("-s {}", shell_word(name.as_str()))
            }
        }
    }

    /// `next 16, rows up to 15, 0.1 % used, 2,147,483,632 calls left`.
    fn figures(&self, diagnosis: &Diagnosis) -> String {
        let sequence = self.checked.catalog.sequence(diagnosis.sequence);
        let mut figures = Vec::new();
        figures.extend(diagnosis.next_value.map(|next| format!("next {next}")));
        let direction = if sequence.definition.ascending() { "up" } else { "down" };
        for link in sequence.links.clone().map(LinkId) {
            if let Observation::Seen(reading) = self.checked.observations.link(link)
                && let Some(extreme) = reading.extreme
            {
                figures.push(format!("rows {direction} to {extreme}"));
            }
        }
        figures.extend(diagnosis.used_percent.map(|used| format!("{used:.1} % used")));
        figures.extend(diagnosis.room.map(|room| format!("{} left", count(room, "call"))));
        figures.join(", ")
    }
}

/// What `reseq fix` puts right. A statement may also help where it does not, as when a blocked sequence is widened.
fn repaired_by_fix(code: Code) -> bool {
    code == Code::Behind
}

fn label(severity: Severity) -> (Paint, &'static str) {
    match severity {
        Severity::Incomplete => (Paint::Bad, "NOT READ"),
        Severity::Error => (Paint::Bad, "ERROR"),
        Severity::Warning => (Paint::Uneasy, "WARNING"),
        Severity::Note => (Paint::Faint, "note"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Database, column, database, sequence};
    use crate::model::IntegerType;
    use crate::report::testing::checked;

    fn shop() -> Database {
        database([
            sequence("public.orders_id_seq")
                .of_type(IntegerType::Integer)
                .cache(20)
                .called(94)
                .link(column("public.orders", "id").rows(1..=106)),
            sequence("public.coupons_id_seq")
                .called(500)
                .link(column("public.coupons", "id").rows((1..=500).chain([i128::from(i64::MAX)]))),
            sequence("public.page_views_id_seq")
                .of_type(IntegerType::Integer)
                .called(2_040_000_500)
                .link(column("public.page_views", "id").rows([2_040_000_500])),
            sequence("public.inv")
                .called(8)
                .link(column("public.invoices", "code").text("INV-", 6).rows([8])),
            sequence("public.\"Gift \x1b[2JCards; --'_Card No. that is quite as long as a name can be_seq\"")
                .called(1)
                .link(column("public.\"Gift Cards; --'\"", "\"Card No.\"").rows(1..=20000)),
            sequence("public.healthy_id_seq").called(8).link(column("public.healthy", "id").rows([8])),
            sequence("public.hidden")
                .unreadable("permission denied", "GRANT SELECT ON SEQUENCE public.hidden TO ci"),
        ])
    }

    pub(super) fn shown(database: &Database, listed: Severity, style: &Style) -> String {
        let mut text = Vec::new();
        check(&mut text, &checked(database), listed, style).unwrap();
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn what_is_wrong_stands_worst_first_on_a_usual_terminal() {
        insta::assert_snapshot!(shown(&shop(), Severity::Warning, &Style::plain(80)));
    }

    #[test]
    fn every_sequence_is_listed_where_that_is_asked_for() {
        let style = Style { verbose: true, connection: "-d shop".into(), ..Style::plain(140) };
        insta::assert_snapshot!(shown(&shop(), Severity::Warning, &style));
    }

    #[test]
    fn nothing_but_commands_is_wider_than_the_terminal() {
        let text = shown(&shop(), Severity::Warning, &Style::plain(40));
        let labels = ["  repair", "  ignore", "  by hand"];
        let command = |line: &&str| labels.iter().any(|label| line.starts_with(label));
        let widths = text.lines().filter(|line| !command(line)).map(super::super::layout::width);
        assert_eq!(widths.max(), Some(40), "{text}");
    }

    #[test]
    fn messages_stand_below_their_labels_on_a_narrow_terminal() {
        let text = shown(&shop(), Severity::Warning, &Style::plain(40));
        assert!(text.contains("  ERROR    behind\n    the next 12 inserts fail: 95 is\n"), "{text}");
    }

    #[test]
    fn colour_adds_nothing_but_escapes() {
        let plain = Style { verbose: true, ..Style::plain(100) };
        let colored = shown(&shop(), Severity::Note, &Style { color: true, ..plain.clone() });
        let without: String = without_escapes(&colored);
        assert!(colored.contains("\x1b["));
        assert_eq!(without, shown(&shop(), Severity::Note, &plain));
    }

    /// The text without `ESC [ … m`.
    fn without_escapes(text: &str) -> String {
        let mut pieces = text.split("\x1b[");
        let first = pieces.next().unwrap_or_default().to_owned();
        pieces.fold(first, |text, piece| text + piece.split_once('m').map_or(piece, |(_, rest)| rest))
    }

    #[test]
    fn a_command_leaves_out_an_outlier() {
        let far = sequence("public.\"T seq\"").link(column("public.t", "id").rows([1, i128::from(i64::MAX)]));
        let style = Style { connection: "-d shop".to_owned(), ..Style::plain(80) };
        let text = shown(&database([far]), Severity::Warning, &style);
        let command = "\n  ignore   reseq fix -d shop -s 'public.\"T seq\"' --ignore-above 1\n";
        assert!(text.contains(command), "{text}");
    }

    #[test]
    fn what_only_a_statement_helps_is_not_said_to_be_repaired_by_fix() {
        let rows = (0..=40).map(|row| row * 1000);
        let blocked = sequence("public.t_id_seq")
            .of_type(IntegerType::SmallInt)
            .link(column("public.t", "id").rows(rows));
        let text = shown(&database([blocked]), Severity::Warning, &Style::plain(80));
        let by_hand = "\n  by hand  ALTER SEQUENCE public.t_id_seq AS bigint RESTART WITH 40001;\n";
        assert!(text.contains(by_hand), "{text}");
        assert!(!text.contains("reseq fix"), "{text}");
    }
}
