//! A plan before it is carried out, and what became of it.

use std::collections::{BTreeMap, HashSet};
use std::{io, iter};

use super::layout::{Paint, Style, count, push_line, push_wrapped, visible, width};
use super::place::{place, title};
use crate::Checked;
use crate::apply::{Outcome, Remains, Repair, Status, in_flight};
use crate::catalog::Catalog;
use crate::diagnose::{Code, Report, Severity};
use crate::model::{QuotedName, State};
use crate::plan::{Method, Plan, Step};

/// Columns before a message: two of indentation, the code, a space.
const INDENT: usize = 16;

/// Writes what is to be done: which sequence goes from where to where, by how many calls, how and why so; and what is
/// left alone. One line where there is neither.
///
/// # Errors
/// Those of `writer`.
pub fn plan(writer: &mut dyn io::Write, checked: &Checked, plan: &Plan, style: &Style) -> io::Result<()> {
    let others = others(&checked.report, style);
    if plan.steps.is_empty() && plan.remaining.is_empty() {
        let (right, place) = (style.paint(Paint::Good, "All right"), place(&checked.server));
        return write!(writer, "{right}: no sequence of {place} needs to be moved.\n{others}");
    }
    writeln!(writer, "{}", title(&checked.server, style))?;
    for part in parts(&checked.catalog, plan, style) {
        writer.write_all(part.as_bytes())?;
    }
    if others.is_empty() { Ok(()) } else { writeln!(writer, "{others}") }
}

/// The steps, grouped by why they are taken so, and what is left alone.
pub(super) fn push_plan(text: &mut String, catalog: &Catalog, plan: &Plan, style: &Style) {
    text.extend(parts(catalog, plan, style));
}

/// The same in parts that are made when they are asked for: together, those of 100,000 steps would take more memory
/// than the plan.
fn parts<'a>(
    catalog: &'a Catalog,
    plan: &'a Plan,
    style: &'a Style,
) -> impl Iterator<Item = String> + use<'a> {
    let steps = by_reason(&plan.steps).into_iter().flat_map(|((method, reason), steps)| {
        let number = count(steps.len() as u128, "sequence");
        let mut heading = String::new();
        push_wrapped(&mut heading, "", 0, &format!("{number} to move by {method}: {reason}."), style.width);
        iter::once(heading).chain(step_parts(steps, style)).chain(iter::once("\n".to_owned()))
    });
    steps.chain(iter::once_with(|| left_alone(catalog, plan, style)))
}

fn left_alone(catalog: &Catalog, plan: &Plan, style: &Style) -> String {
    let mut text = String::new();
    let remaining = Remains::of(catalog, plan);
    if !remaining.is_empty() {
        push_remaining(&mut text, "Left alone", &remaining.iter().collect::<Vec<_>>(), style);
        text.push('\n');
    }
    text
}

/// Findings that are not about the next value, which a fix does not repair, counted.
fn others(report: &Report, style: &Style) -> String {
    use Code::{Behind, Blocked, Exhausted, Outlier, Unreadable};
    let moved = [Behind, Blocked, Exhausted, Outlier, Unreadable];
    let mut others: BTreeMap<Code, usize> = BTreeMap::new();
    for finding in report.all_findings().filter(|finding| finding.severity > Severity::Note) {
        if !moved.contains(&finding.code) {
            *others.entry(finding.code).or_default() += 1;
        }
    }
    let words: Vec<_> = others.iter().map(|(code, number)| format!("{number} {code}")).collect();
    if words.is_empty() {
        return String::new();
    }
    let mut text = String::new();
    let words =
        format!("Other findings, which a fix does not touch: {} (see reseq check).", words.join(", "));
    push_wrapped(&mut text, "", 0, &words, style.width);
    text
}

/// What was told of a plan before it was carried out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// How many steps.
    pub steps: usize,
    /// What will remain.
    pub remaining: Vec<Remains>,
}

impl Told {
    /// All of the plan.
    pub fn of(catalog: &Catalog, plan: &Plan) -> Self {
        Self { steps: plan.steps.len(), remaining: Remains::of(catalog, plan) }
    }
}

/// What became of a plan, after it was looked at again. What remains of what was `told` with the plan is named only. Sequences that were moved beyond the plan are listed; [`Style::verbose`] lists every one.
pub fn outcome(outcome: &Outcome, told: &Told, style: &Style) -> String {
    outcome_of("Repaired", outcome, told, style)
}

/// The same for what was not repaired but `done` otherwise.
pub(super) fn outcome_of(done: &str, outcome: &Outcome, told: &Told, style: &Style) -> String {
    let mut text = done_of(done, outcome, told, style);
    push_all_that_remains(&mut text, outcome, told, style);
    push_receipt(&mut text, outcome);
    text
}

/// The same where it is told later what remains.
pub(super) fn outcome_but_remaining(done: &str, outcome: &Outcome, told: &Told, style: &Style) -> String {
    let mut text = done_of(done, outcome, told, style);
    push_receipt(&mut text, outcome);
    text
}

fn done_of(done: &str, outcome: &Outcome, told: &Told, style: &Style) -> String {
    let mut text = String::new();
    push_repaired(&mut text, done, outcome, told, style);
    for repair in outcome.sequences.iter() {
        push_unfinished(&mut text, &repair, style);
    }
    text
}

fn push_all_that_remains(text: &mut String, outcome: &Outcome, told: &Told, style: &Style) {
    let known: HashSet<&Remains> = told.remaining.iter().collect();
    let (told, new): (Vec<&Remains>, Vec<&Remains>) =
        outcome.remaining.iter().partition(|rest| known.contains(rest));
    if !new.is_empty() {
        if !text.is_empty() {
            text.push('\n');
        }
        push_remaining(text, "Remaining", &new, style);
    }
    if !told.is_empty() {
        let names: Vec<_> = told.iter().map(|rest| format!("{} ({})", rest.sequence, rest.code)).collect();
        let words = format!("Left alone, as said above: {}.", names.join(", "));
        push_wrapped(text, "", 0, &words, style.width);
    }
}

fn push_receipt(text: &mut String, outcome: &Outcome) {
    if let Some(receipt) = &outcome.receipt {
        push_line(text, &format!("Receipt: {}", visible(&receipt.to_string_lossy())));
    }
}

/// Steps of the same method and reason side by side.
fn by_reason(steps: &[Step]) -> BTreeMap<(&'static str, &str), Vec<&Step>> {
    let mut groups: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for step in steps {
        groups.entry((words(step.method), step.reason.as_ref())).or_default().push(step);
    }
    groups
}

fn words(method: Method) -> &'static str {
    match method {
        Method::Draw => "drawing",
        Method::Alter => "ALTER SEQUENCE",
        Method::Setval => "setval()",
    }
}

/// `public.orders_id_seq   95 → 107   12 calls`, in columns. A name that leaves no room for them stands on a
/// line of its own.
fn step_parts<'a>(steps: Vec<&'a Step>, style: &'a Style) -> impl Iterator<Item = String> + use<'a> {
    // Each row is made twice.
    let rows = || steps.iter().map(|step| row(step));
    let widest = |column: usize| rows().map(|row| width(&row[column])).max().unwrap_or(0);
    let (from, to, calls) = (widest(1), widest(2), widest(3));
    let room = style.width.saturating_sub(from + to + calls + 11);
    let names = rows().map(|row| width(&row[0])).filter(|name| *name <= room).max().unwrap_or(0);
    steps.into_iter().map(move |step| {
        let mut text = String::new();
        let [name, next, target, number] = row(step);
        let pad = if width(&name) > names {
            push_line(&mut text, &format!("  {name}"));
            format!("{:names$}", "")
        } else {
            format!("{name}{:1$}", "", names - width(&name))
        };
        push_line(&mut text, &format!("  {pad}  {next:>from$} → {target:<to$}  {number:>calls$}"));
        if let Some(left) = step.little_left {
            let words = format!("nearly used up then: {} will be left", count(left, "call"));
            push_wrapped(&mut text, "    ", 4, &style.paint(Paint::Uneasy, &words), style.width);
        }
        text
    })
}

fn row(step: &Step) -> [String; 4] {
    let next = step.definition.next_value(step.before);
    [
        visible(step.name.as_str()).into_owned(),
        next.map_or_else(|| "none".to_owned(), |next| next.to_string()),
        if step.uses_up { "none".to_owned() } else { step.target.to_string() },
        if step.calls == 0 { "stays".to_owned() } else { count(step.calls, "call") },
    ]
}

fn push_repaired(text: &mut String, done: &str, outcome: &Outcome, told: &Told, style: &Style) {
    let with = |status: &Status| outcome.sequences.statuses().filter(|one| *one == status).count() as u128;
    let repaired = with(&Status::Repaired);
    if repaired > 0 {
        let words = style.paint(Paint::Good, &format!("{done}, and looked at again"));
        push_line(text, &format!("{words}: {}.", count(repaired, "sequence")));
    }
    // Those of the plan come first.
    let known = if style.verbose { 0 } else { told.steps };
    let listed = outcome.sequences.iter().skip(known);
    for repair in listed.filter(|repair| repair.status == Status::Repaired) {
        let name = visible(repair.sequence.as_str());
        let stands = match repair.after {
            Some(State { last_value, is_called: false }) => format!("next value {last_value}"),
            Some(State { last_value, .. }) => format!("last value {last_value}"),
            None => format!("last value {}", repair.target),
        };
        let words = match repair.calls {
            0 => format!("{name}: {stands} as before, and nobody holds values in advance"),
            calls => format!("{name}: {stands}, by {} more", count(calls, "call")),
        };
        push_wrapped(text, "  ", 2, &words, style.width);
    }
    for repair in outcome.sequences.iter().filter(|repair| repair.status == Status::Repaired) {
        if let Some(left) = repair.little_left {
            let name = visible(repair.sequence.as_str());
            let words = format!("{name} is nearly used up now: {} left", count(left, "call"));
            push_wrapped(text, "", 0, &words, style.width);
        }
    }
    let already = with(&Status::Already);
    if already > 0 {
        push_line(text, &format!("Right already when their turn came: {}.", count(already, "sequence")));
    }
    let gone = with(&Status::Gone);
    if gone > 0 {
        push_line(text, &format!("Dropped meanwhile: {}.", count(gone, "sequence")));
    }
}

/// A step that did not come to its end.
fn push_unfinished(text: &mut String, repair: &Repair, style: &Style) {
    let look = || format!("run {}", style.command("check", ""));
    let (label, reason, hint) = match &repair.status {
        Status::Planned | Status::Repaired | Status::Already | Status::Gone => return,
        Status::Failed { error, hint } => ("failed", error.clone(), hint.clone().unwrap_or_default()),
        Status::NotWaited { transactions } => {
            let reason = format!("moved, but {}", in_flight::words(transactions));
            ("not certain", reason, in_flight::HINT.to_owned())
        }
        Status::NotBegun => ("not begun", "the run ended before its turn".to_owned(), String::new()),
        Status::Unknown { error } if repair.calls > 0 => {
            let reason = format!("it was moved, but could not be looked at again: {}", in_a_line(error));
            ("not certain", reason, look())
        }
        Status::Unknown { error } => ("unknown", in_a_line(error), look()),
    };
    push_what_remains(text, &repair.sequence, label, &reason, &hint, style);
}

/// libpq's words, which may be several lines, as one. Its last may be about its own socket, which helps nobody.
fn in_a_line(error: &str) -> String {
    let words = error.split_whitespace().collect::<Vec<_>>().join(" ");
    words.strip_suffix(" invalid socket").unwrap_or(&words).to_owned()
}

fn push_remaining(text: &mut String, heading: &str, remaining: &[&Remains], style: &Style) {
    push_line(text, &format!("{}:", style.paint(Paint::Uneasy, heading)));
    for rest in remaining {
        push_what_remains(text, &rest.sequence, rest.code.name(), &rest.reason, &rest.hint, style);
    }
}

pub(super) fn push_what_remains(
    text: &mut String,
    name: &QuotedName,
    label: &str,
    reason: &str,
    hint: &str,
    style: &Style,
) {
    push_wrapped(text, "", 0, name.as_str(), style.width);
    push_wrapped(
        text,
        &format!("  {} ", style.paint(Paint::Bad, &format!("{label:<13}"))),
        INDENT,
        reason,
        style.width,
    );
    if !hint.is_empty() {
        push_wrapped(text, &format!("  {:<13} ", "hint"), INDENT, hint, style.width);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apply::Holder;
    use crate::catalog::SequenceId;
    use crate::fixture::{Database, column, database, sequence};
    use crate::plan::Remaining;
    use crate::plan::testing::step;
    use crate::report::testing::checked;

    const FRESH: State = State { last_value: 1, is_called: false };
    const FEW: &str = "few values to draw, and drawing blocks nobody";

    fn shop() -> (Database, Plan) {
        let cached =
            "only ALTER SEQUENCE takes from other sessions the values that they hold in advance (CACHE)";
        let long = "public.\"a name that is much too long to stand beside its figures on a usual terminal\"";
        let down = State { last_value: -3, is_called: true };
        let steps = vec![
            Step { reason: FEW.into(), ..step("public.orders_id_seq", Method::Draw, 1, FRESH, 107, 106) },
            Step { reason: FEW.into(), ..step("public.refund_no", Method::Draw, -1, down, -5, 1) },
            Step {
                reason: cached.into(),
                ..step("public.tickets_id_seq", Method::Alter, 1, FRESH, 20001, 20000)
            },
            Step { reason: FEW.into(), ..step(long, Method::Draw, 1, FRESH, 1234, 1233) },
        ];
        let remaining = vec![Remaining {
            sequence: SequenceId(0),
            code: Code::Outlier,
            reason: "row 2147483647 of public.coupons.id lies far beyond the rest, which ends at 500"
                .to_owned(),
            hint: "reseq fix -s public.coupons_id_seq --ignore-above 500".to_owned(),
            incomplete: false,
        }];
        let full = column("public.coupons", "id").rows([i128::from(i64::MAX - 9)]);
        (
            database([sequence("public.coupons_id_seq").called(i64::MAX - 9).link(full)]),
            Plan { steps, remaining, ..Plan::default() },
        )
    }

    fn shown(database: &Database, shop: &Plan) -> String {
        let mut text = Vec::new();
        plan(&mut text, &checked(database), shop, &Style::plain(80)).unwrap();
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn a_plan_says_what_and_how_and_why() {
        let (database, shop) = shop();
        insta::assert_snapshot!(shown(&database, &shop));
    }

    #[test]
    fn nothing_to_do_is_one_line() {
        let healthy =
            database([sequence("public.t_id_seq").called(8).link(column("public.t", "id").rows([8]))]);
        assert_eq!(
            shown(&healthy, &Plan::default()),
            "All right: no sequence of shop on localhost:5432 needs to be moved.\n"
        );
    }

    #[test]
    fn an_outcome_says_what_became_of_it() {
        let (Database { catalog, .. }, shop) = shop();
        let told = Told::of(&catalog, &shop);
        let mut done = Outcome::planned(&catalog, shop);
        done.remaining
            .push(Remains { reason: "seen while the run went on".to_owned(), ..done.remaining[0].clone() });
        let transactions = [Holder::Pid(4711), Holder::Prepared("move it".to_owned())].into();
        let failed = Status::Failed {
            error: "canceling statement due to lock timeout".to_owned(),
            hint: Some("try again later, or with a longer --lock-timeout".to_owned()),
        };
        let ends = [Status::Repaired, Status::Already, Status::NotWaited { transactions }, failed];
        done.sequences.ends.iter_mut().zip(ends).for_each(|(end, status)| end.status = status);
        done.sequences.ends[0].after = Some(State { last_value: 106, is_called: true });
        done.receipt = Some("/home/ann/.local/state/reseq/receipts/1.json".into());
        insta::assert_snapshot!(outcome(&done, &told, &Style { verbose: true, ..Style::plain(80) }));
    }

    #[test]
    fn an_outcome_says_what_was_not_done() {
        let (Database { catalog, .. }, shop) = shop();
        let shop = Plan { remaining: Vec::new(), ..shop };
        let told = Told::of(&catalog, &shop);
        let mut done = Outcome::planned(&catalog, shop);
        let error = "server closed the connection unexpectedly\n\tThis probably means the server terminated \
                     abnormally\n\tbefore or while processing the request.\ninvalid socket";
        let lost = Status::Unknown { error: error.to_owned() };
        done.sequences.ends[2].calls = 0;
        let ends = [Status::NotBegun, lost.clone(), lost, Status::Repaired];
        done.sequences.ends.iter_mut().zip(ends).for_each(|(end, status)| end.status = status);
        let style = Style { connection: "-d shop".to_owned(), ..Style::plain(80) };
        insta::assert_snapshot!(outcome(&done, &told, &style));
    }
}
