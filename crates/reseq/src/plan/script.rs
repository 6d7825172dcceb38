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

/// The script, one transaction and one comment a sequence; in parts that are made when they are asked for, because it
/// takes a kilobyte a sequence.
pub fn script<'a>(
    catalog: &'a Catalog,
    plan: &'a Plan,
    options: &'a ScriptOptions,
) -> impl Iterator<Item = String> + 'a {
    let steps = plan.steps.iter().map(|step| of_step(step, options));
    let remaining = plan.remaining.iter().map(|rest| of_remaining(catalog, rest));
    std::iter::once(header(plan, options)).chain(steps).chain(remaining)
}

fn header(plan: &Plan, options: &ScriptOptions) -> String {
    format!(
        "-- reseq: {} {} to move forward, made for {}.\n\
         -- Run with: psql -X -f FILE. Every statement looks where its sequence stands just before it moves it,\n\
         -- and moves it forward only; so others may go on working, and the script may be run again, as after a\n\
         -- lock_timeout. Rows of transactions that are open meanwhile are not seen: run `reseq check` after it.\n\
         \\set ON_ERROR_STOP on\n\\encoding UTF8\n",
        plan.steps.len(),
        if plan.steps.len() == 1 { "sequence" } else { "sequences" },
        one_line(&options.made_for),
    )
}

fn of_step(step: &Step, options: &ScriptOptions) -> String {
    let target = if step.uses_up { "none".to_owned() } else { step.target.to_string() };
    let comment = format!(
        "{}: next value {target} instead of {}; {}",
        step.name,
        step.definition.next_value(step.before).unwrap_or(step.before.last_value),
        step.reason
    );
    let mut sql = format!(
        "\n-- {}\nBEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;\n\
         SET LOCAL statement_timeout = {};\nSET LOCAL lock_timeout = {};\n\
         SET LOCAL row_security = off;\nSET LOCAL search_path = pg_catalog;\n",
        one_line(&comment),
        options.statement_timeout.as_millis(),
        options.lock_timeout.as_millis(),
    );
    for statement in step.preparation(Naming::Name) {
        // A String takes whatever is written.
        let _ = writeln!(sql, "{statement};");
    }
    let moving = step.moving(Naming::Name);
    let times = if step.method == Method::Draw { step.calls.div_ceil(MOST_CALLS_AT_ONCE).max(1) } else { 1 };
    for _ in 0..times {
        let _ = writeln!(sql, "{moving};");
    }
    sql.push_str("COMMIT;\n");
    sql
}

fn of_remaining(catalog: &Catalog, remaining: &Remaining) -> String {
    let comment = format!("{}: remains: {}", catalog.sequence(remaining.sequence).name, remaining.reason);
    let mut sql = format!("\n-- {}\n", one_line(&comment));
    if !remaining.hint.is_empty() {
        let _ = writeln!(sql, "-- {}", one_line(&remaining.hint));
    }
    sql
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

    fn whole(plan: &Plan) -> String {
        script(&Catalog::default(), plan, &options()).collect()
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
            locks: 2,
        }];
        let plan = Plan {
            steps: vec![
                step("public.t_id_seq", Method::Draw, 1, fresh, 101, 100),
                step("public.down", Method::Setval, -2, used, -7, 1),
                Step { rows: rows.into(), ..step("public.u_id_seq", Method::Alter, 1, fresh, 101, 100) },
            ],
            ..Plan::default()
        };
        insta::assert_snapshot!(whole(&plan));
    }

    #[test]
    fn a_name_does_not_leave_its_comment() {
        let fresh = State { last_value: 1, is_called: false };
        let hostile = step("public.\"a\n\\! rm -rf /\n--'{sequence}\"", Method::Draw, 1, fresh, 2, 1);
        let plan = Plan { steps: vec![hostile], ..Plan::default() };
        let script = whole(&plan);
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
        let script = whole(&plan);
        assert_eq!(script.matches("nextval").count(), 3);
    }
}
