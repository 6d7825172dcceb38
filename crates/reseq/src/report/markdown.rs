//! `check --format markdown`: a table as GitHub shows it, for pull requests and tickets.

use std::fmt::Write;

use super::standby::notice;
use super::summary::Summary;
use crate::Checked;

/// One database: a line that says how it is, and a table of the findings where there are any.
pub fn markdown(checked: &Checked) -> String {
    let server = &checked.server;
    let summary = Summary::of([&checked.report]);
    let mut text = format!("**{}**: {summary}\n", escaped(&server.database));
    if let Some(notice) = notice(server) {
        let _ = writeln!(text, "\n{}", escaped(&notice));
    }
    if !summary.has_findings() {
        return text;
    }
    text.push_str("\n| severity | finding | sequence | what is wrong | by hand |\n|---|---|---|---|---|\n");
    for (sequence, finding) in checked.worst_first() {
        let sequence = sequence.map(|sequence| code(checked.name(sequence))).unwrap_or_default();
        let by_hand = finding.fix.as_ref().map(|fix| code(&fix.sql)).unwrap_or_default();
        let (severity, code, message) = (finding.severity, finding.code, escaped(&finding.message));
        // Writing to a string does not fail.
        let _ = writeln!(text, "| {severity} | {code} | {sequence} | {message} | {by_hand} |");
    }
    text
}

/// Text that stands for itself within a table.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' | '\r' => escaped.push(' '),
            '<' => escaped.push_str("&lt;"),
            '&' => escaped.push_str("&amp;"),
            '|' | '\\' | '`' | '*' | '_' | '[' | ']' | '~' => escaped.extend(['\\', character]),
            _ => escaped.push(character),
        }
    }
    escaped
}

/// Text as code within a table. A pipe ends the cell even there, unless it is escaped.
fn code(text: &str) -> String {
    let text = text.replace(['\n', '\r'], " ").replace('|', r"\|");
    let longest = text.split(|character| character != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let pad = if longest > 0 { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

#[cfg(test)]
mod tests {
    use super::super::testing::checked;
    use super::*;
    use crate::fixture::{column, database, sequence};

    #[test]
    fn findings_are_a_table_worst_first() {
        let case = checked(&database([
            sequence("public.cached").cache(5),
            sequence("public.t_id_seq").called(2).link(column("public.t", "id").rows([3])),
        ]));
        assert_eq!(
            markdown(&case),
            "**shop**: 1 error, 1 note in 2 sequences\n\
             \n\
             | severity | finding | sequence | what is wrong | by hand |\n\
             |---|---|---|---|---|\n\
             | error | behind | `public.t_id_seq` | the next insert fails: 3 is already in public.t.id | \
             `SELECT count(pg_catalog.nextval('public.t_id_seq')) FROM pg_catalog.generate_series(1, 1)` |\n\
             | note | cached | `public.cached` | CACHE 5: every session may hold 4 values in advance, which \
             setval() does not end, only ALTER SEQUENCE |  |\n"
        );
    }

    #[test]
    fn where_all_is_right_one_line_says_so() {
        let case = checked(&database([sequence("public.s")]));
        assert_eq!(markdown(&case), "**shop**: all is well with 1 sequence\n");
    }

    #[test]
    fn a_standby_is_said_before_the_table() {
        let mut case = checked(&database([sequence("public.s")]));
        (case.server.in_recovery, case.server.primary) = (true, Some("db_1:5433".to_owned()));
        assert_eq!(
            markdown(&case),
            "**shop**: all is well with 1 sequence\n\
             \n\
             shop is a standby of db\\_1:5433: its sequences run ahead of the primary's, by up to 32 × increment. One \
             that is behind by less looks right here, one that is nearly used up looks more so.\n"
        );
    }

    #[test]
    fn hostile_names_do_not_break_the_table() {
        assert_eq!(code("a|b"), r"`a\|b`");
        assert_eq!(code("a``b`"), "``` a``b` ```");
        assert_eq!(escaped("a|b\n<i>*_[x]`&"), r"a\|b &lt;i>\*\_\[x\]\`&amp;");
    }
}
