//! Any change as a script for psql: one transaction, all of it or nothing.

use std::fmt::Write as _;

use super::change::{Act, Change, Copy, Work};
use super::script::{ScriptOptions, one_line};

/// The script. Every demand of the change is one of the script too: where it is not met the script ends, and nothing
/// was changed.
pub fn change_script(change: &Change, options: &ScriptOptions) -> String {
    let mut sql = header(change, options);
    for act in change.locks.iter().chain(&change.acts) {
        push_act(&mut sql, act);
    }
    sql.push_str("\nCOMMIT;\n");
    sql
}

fn header(change: &Change, options: &ScriptOptions) -> String {
    let remarks: String = change.remarks.iter().map(|remark| format!("-- {}\n", one_line(remark))).collect();
    format!(
        "-- reseq {}: {}, made for {}.\n{remarks}\
         -- Run with: psql -X -f FILE. All of it happens or nothing: after a lock_timeout it may be run again.\n\
         \\set ON_ERROR_STOP on\n\\encoding UTF8\n\
         BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;\n\
         SET LOCAL statement_timeout = {};\nSET LOCAL lock_timeout = {};\n\
         SET LOCAL row_security = off;\nSET LOCAL search_path = pg_catalog;\n\
         SET LOCAL standard_conforming_strings = on;\n",
        change.command,
        one_line(&change.title),
        one_line(&options.made_for),
        if change.unhurried { 0 } else { options.statement_timeout.as_millis() },
        options.lock_timeout.as_millis(),
    )
}

fn push_act(sql: &mut String, act: &Act) {
    let reason = if act.reason.is_empty() { String::new() } else { format!("; {}", act.reason) };
    let statement = match &act.work {
        Work::Run(statement) | Work::LockTable(statement) => format!("{statement};"),
        Work::Demand(query) => demand(query),
        Work::CopyIn(Copy { rows, options, in_psql, .. })
        | Work::CopyInPortions { copy: Copy { rows, options, in_psql, .. }, .. } => {
            one_line(&format!("\\copy {rows} FROM {in_psql} {options}"))
        }
        Work::CopyOut(Copy { rows, options, in_psql, .. }) => {
            one_line(&format!("\\copy {rows} TO {in_psql} {options}"))
        }
    };
    // A String takes whatever is written.
    let _ = writeln!(sql, "\n-- {}\n{}", one_line(&format!("{}{reason}", act.what)), statement.trim_end());
}

/// A block that raises the first row of the query as an error.
fn demand(query: &str) -> String {
    let mut tag = "$reseq$".to_owned();
    while query.contains(&tag) {
        tag.insert(tag.len() - 1, '_');
    }
    format!(
        "DO {tag} DECLARE found record; BEGIN\n\
         FOR found IN SELECT * FROM ({query}) AS demand(problem, hint) LOOP\n\
         RAISE EXCEPTION '%', found.problem USING HINT = COALESCE(found.hint, '');\nEND LOOP; END {tag};"
    )
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn script(acts: Vec<Act>) -> String {
        let change = Change { command: "restart", title: "Do\nit".to_owned(), acts, ..Change::default() };
        let options = ScriptOptions {
            made_for: "shop".to_owned(),
            statement_timeout: Duration::from_secs(60),
            lock_timeout: Duration::from_secs(1),
        };
        change_script(&change, &options)
    }

    #[test]
    fn a_demand_raises_what_stands_in_the_way() {
        let script = script(vec![Act::new("look", Work::Demand("SELECT 'a $reseq$', NULL".to_owned()))]);
        assert!(script.contains("-- reseq restart: Do it, made for shop.\n"), "{script}");
        assert!(script.contains("DO $reseq_$ DECLARE"), "{script}");
        assert!(script.ends_with("\nCOMMIT;\n"), "{script}");
    }

    #[test]
    fn a_copy_becomes_one_of_psql_on_one_line() {
        let copy = Copy {
            rows: "public.t (a,\nb)".to_owned(),
            options: "WITH (FORMAT csv)".to_owned(),
            file: None,
            in_psql: "'t.csv'".to_owned(),
        };
        let script = script(vec![Act::new("load", Work::CopyIn(copy))]);
        assert!(script.contains("\n\\copy public.t (a, b) FROM 't.csv' WITH (FORMAT csv)\n"), "{script}");
    }
}
