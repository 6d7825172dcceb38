//! Any plan as a script for psql, free of races by the same means as the run itself: every statement asks where
//! its sequence stands at that moment. Running it twice changes nothing the second time.

use std::fmt::Write as _;
use std::time::Duration;

use super::model::{Method, Plan, Remaining, Step};
use super::statement::{MOST_CALLS_AT_ONCE, Naming};
use crate::catalog::Catalog;

/// What a script says of where it comes from, and the limits that its statements get.
#[derive(Clone, Debug)]
pub struct ScriptOptions {
    /// The database that was looked at, and where: `shop on db.example.com, PostgreSQL 18.4`.
    pub made_for: String,
    /// `statement_timeout`; zero means none.
    pub statement_timeout: Duration,
    /// `lock_timeout`; zero means none.
    pub lock_timeout: Duration,
}

/// The script, one transaction and one comment a sequence.
pub fn script(catalog: &Catalog, plan: &Plan, options: &ScriptOptions) -> String {
    let mut sql = header(plan, options);
    for step in &plan.steps {
        push_step(&mut sql, step, options);
    }
    for remaining in &plan.remaining {
        push_remaining(&mut sql, catalog, remaining);
    }
    sql
}

fn header(plan: &Plan, options: &ScriptOptions) -> String {
    format!(
        "-- reseq fix: {} {} to move forward, made for {}.\n\
         -- Run with: psql -X -f FILE. Every statement looks where its sequence stands just before it moves it,\n\
         -- and moves it forward only; so others may go on working, and the script may be run again, as after a\n\
         -- lock_timeout. Rows of transactions that are open meanwhile are not seen: run `reseq check` after it.\n\
         \\set ON_ERROR_STOP on\n\\encoding UTF8\n",
        plan.steps.len(),
        if plan.steps.len() == 1 { "sequence" } else { "sequences" },
        one_line(&options.made_for),
    )
}

fn push_step(sql: &mut String, step: &Step, options: &ScriptOptions) {
    let comment = format!(
        "{}: next value {} instead of {}; {}",
        step.name,
        step.target,
        step.definition.next_value(step.before).unwrap_or(step.before.last_value),
        step.reason
    );
    // A String takes whatever is written.
    let _ = writeln!(
        sql,
        "\n-- {}\nBEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;\n\
         SET LOCAL statement_timeout = {};\nSET LOCAL lock_timeout = {};\n\
         SET LOCAL row_security = off;\nSET LOCAL search_path = pg_catalog;",
        one_line(&comment),
        options.statement_timeout.as_millis(),
        options.lock_timeout.as_millis(),
    );
    for statement in step.preparation(Naming::Name) {
        let _ = writeln!(sql, "{statement};");
    }
    let moving = step.moving(Naming::Name);
    let times = if step.method == Method::Draw { step.calls.div_ceil(MOST_CALLS_AT_ONCE).max(1) } else { 1 };
    for _ in 0..times {
        let _ = writeln!(sql, "{moving};");
    }
    sql.push_str("COMMIT;\n");
}

fn push_remaining(sql: &mut String, catalog: &Catalog, remaining: &Remaining) {
    let comment = format!("{}: remains: {}", catalog.sequence(remaining.sequence).name, remaining.reason);
    let _ = writeln!(sql, "\n-- {}", one_line(&comment));
    if !remaining.hint.is_empty() {
        let _ = writeln!(sql, "-- {}", one_line(&remaining.hint));
    }
}

/// A comment ends with its line, and names may hold line ends.
pub(super) fn one_line(text: &str) -> String {
    text.chars().map(|character| if character.is_control() { ' ' } else { character }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{QuotedName, State};
    use crate::plan::Row;
    use crate::plan::testing::step;

    fn options() -> ScriptOptions {
        ScriptOptions {
            made_for: "shop".to_owned(),
            statement_timeout: Duration::from_secs(60),
            lock_timeout: Duration::from_secs(1),
        }
    }

    #[test]
    fn every_method_has_its_statement() {
        let fresh = State { last_value: 1, is_called: false };
        let used = State { last_value: -3, is_called: true };
        let rows = [Row {
            table: QuotedName::from_server("public.u").into(),
            column: QuotedName::from_server("id"),
            factor: 1,
            offset: 1000,
        }];
        let plan = Plan {
            steps: vec![
                step("public.t_id_seq", Method::Draw, 1, fresh, 101, 100),
                step("public.down", Method::Setval, -2, used, -7, 1),
                Step { rows: rows.into(), ..step("public.u_id_seq", Method::Alter, 1, fresh, 101, 100) },
            ],
            ..Plan::default()
        };
        insta::assert_snapshot!(script(&Catalog::default(), &plan, &options()));
    }

    #[test]
    fn a_name_does_not_leave_its_comment() {
        let fresh = State { last_value: 1, is_called: false };
        let hostile = step("public.\"a\n\\! rm -rf /\n--'{sequence}\"", Method::Draw, 1, fresh, 2, 1);
        let plan = Plan { steps: vec![hostile], ..Plan::default() };
        let script = script(&Catalog::default(), &plan, &options());
        assert!(
            script.contains(
                "\n-- public.\"a \\! rm -rf / --'{sequence}\": next value 2 instead of 1; because\n"
            )
        );
        assert!(script.contains("E'public.\"a\n\\\\! rm -rf /\n--''{sequence}\"'::pg_catalog.regclass"));
    }

    #[test]
    fn large_gaps_are_drawn_in_several_statements() {
        let fresh = State { last_value: 1, is_called: false };
        let plan = Plan {
            steps: vec![step("public.s", Method::Draw, 1, fresh, 2_500_001, 2_500_000)],
            ..Plan::default()
        };
        let script = script(&Catalog::default(), &plan, &options());
        assert_eq!(script.matches("nextval").count(), 3);
    }
}
