//! Sends the statements that move sequences: the three methods of [`crate::plan::Method`].

use std::collections::HashMap;
use std::time::Duration;

use reseq_pq as pq;

use super::receipt::Move;
use crate::array::array;
use crate::model::{Oid, State};
use crate::plan::{DRAW_TOGETHER, MOST_CALLS_AT_ONCE, Method, Naming, Step, Together};
use crate::session::Session;
use crate::{Error, Result};

/// How long a lock is waited for while others are held: hardly. Whoever is in the way is met alone, later.
const HARDLY: Duration = Duration::from_millis(1);

const INVALID_TEXT_REPRESENTATION: &str = "22P02";
const UNDEFINED_TABLE: &str = "42P01";

/// What one statement did to one sequence.
struct Moved {
    sequence: Oid,
    /// Where it stood just before.
    from: State,
    /// How many calls were made; `None` where it was left alone.
    made: Option<u64>,
}

/// Why several sequences were not moved together.
pub(super) struct Unfinished {
    pub(super) error: Error,
    /// The statement that moves them had its turn: some of them may have been moved ([`outlasts_failure`]).
    pub(super) came_to_move: bool,
}

/// Whether several such steps are drawn in one statement. With CACHE the first values may come from what the session
/// still holds, and a sequence that cycles has no distance to its target.
pub(super) fn is_drawn_together(step: &Step) -> bool {
    step.method == Method::Draw
        && step.definition.cache == 1
        && !step.definition.cycle
        && step.calls <= MOST_CALLS_AT_ONCE
}

/// Whether a failure does not take back how far such a step came together with others: what nextval() has done never,
/// what setval() has done only where ALTER SEQUENCE has made a new file before.
pub(super) fn outlasts_failure(step: &Step) -> bool {
    step.method != Method::Alter || step.is_locked_by_owner()
}

/// Moves several sequences of one method forward in one transaction; returns what was done, in the order of the steps.
/// The last statement moves them: where one before it failed, none was moved.
pub(super) fn move_together(session: &mut Session, steps: &[&Step]) -> Result<Vec<Option<Move>>, Unfinished> {
    match steps.first().map(|step| step.method) {
        Some(Method::Alter) => session.waiting_at_most(HARDLY, |session| set_together(session, steps)),
        Some(Method::Setval) => set_one_after_the_other(session, steps),
        _ => draw_together(session, steps),
    }
}

/// Sets several sequences under their locks. All or none, but for those that are locked by what they belong to.
fn set_together(session: &mut Session, steps: &[&Step]) -> Result<Vec<Option<Move>>, Unfinished> {
    let tried = format!("move {} sequences forward", steps.len());
    let together = Together::new(steps);
    let held = [Some(together.held.as_str())];
    let hold = pq::Statement { sql: Together::HOLD, params: &held };
    let params = together.sequences.each_ref().map(|array| Some(array.as_str()));
    let unchanged = pq::Statement { sql: Together::UNCHANGED, params: &params };
    let parameters = together.parameters.each_ref().map(|array| Some(array.as_str()));
    let set = pq::Statement { sql: &together.set, params: &parameters };
    let bare = |sql| pq::Statement { sql, params: &[] };
    let locks = together.locks.iter().map(|lock| bare(lock.as_str()));
    let statements: Vec<_> =
        [hold, unchanged].into_iter().chain(locks).chain([unchanged, bare(&together.limits), set]).collect();
    all_at_once(session, steps, tried, &statements)
}

/// Sets several sequences on condition, in one statement that is made of those of the steps. Nobody but an owner can
/// lock a sequence; so each branch, when it is its turn, reads where its sequence stands and sets it at once, as the
/// step's statement does alone. Where it fails, some of them may have been set; setting them again does nothing.
fn set_one_after_the_other(session: &mut Session, steps: &[&Step]) -> Result<Vec<Option<Move>>, Unfinished> {
    let tried = format!("set {} sequences forward", steps.len());
    let branches: Vec<String> = steps.iter().map(|step| step.statement()).collect();
    let set = pq::Statement { sql: &branches.join(" UNION ALL "), params: &[] };
    all_at_once(session, steps, tried, &[set])
}

/// Runs the statements as one transaction, of which the last one moves the sequences.
fn all_at_once(
    session: &mut Session,
    steps: &[&Step],
    tried: String,
    statements: &[pq::Statement<'_>],
) -> Result<Vec<Option<Move>>, Unfinished> {
    let results = session.transaction().commit_at_once(&tried, statements).map_err(|failed| Unfinished {
        came_to_move: failed.done + 1 >= statements.len(),
        error: failed.error,
    })?;
    movements(steps, results.last(), tried).map_err(|error| Unfinished { error, came_to_move: true })
}

/// What the rows tell that were returned, in the order of the steps. A step without a row is an error: another sequence
/// has its name.
fn movements(steps: &[&Step], rows: Option<&pq::Rows>, tried: String) -> Result<Vec<Option<Move>>> {
    let moved = rows.into_iter().flat_map(pq::Rows::iter);
    let moved = moved.map(|row| read(&row).map(|moved| (moved.sequence, moved)));
    let moved: HashMap<Oid, Moved> = moved.collect::<Result<_, _>>().map_err(Error::while_trying(tried))?;
    let of = |step: &&Step| {
        let moved = moved.get(&step.oid).ok_or_else(|| changed_since(step))?;
        Ok(movement(step.method, moved.from, moved.made))
    };
    steps.iter().map(of).collect()
}

/// Draws several sequences forward in one statement. Where it fails, some of them may have been drawn; drawing them
/// again draws only what they still need.
fn draw_together(session: &mut Session, steps: &[&Step]) -> Result<Vec<Option<Move>>, Unfinished> {
    let tried = match steps {
        [step] => format!("draw {} forward", step.name),
        _ => format!("draw {} sequences forward", steps.len()),
    };
    let arrays = [
        array(steps.iter().map(|step| step.oid)),
        array(steps.iter().map(|step| step.before.last_value)),
        array(steps.iter().map(|step| step.definition.increment)),
        array(steps.iter().map(|step| step.least_next())),
    ];
    let params = arrays.each_ref().map(|array| Some(array.as_str()));
    let draw = pq::Statement { sql: DRAW_TOGETHER, params: &params };
    all_at_once(session, steps, tried, &[one_at_a_time(&params[..1]), draw])
}

/// Keeps others that draw these sequences forward from doing so at the same time: two that have seen the same state would
/// draw twice as far. One of them may be our own, cut off from a connection that was lost, which the server has not
/// noticed yet.
fn one_at_a_time<'a>(oids: &'a [Option<&'a str>]) -> pq::Statement<'a> {
    pq::Statement { sql: include_str!("sql/one_at_a_time.sql"), params: oids }
}

/// Moves one sequence by its method.
pub(super) fn move_alone(session: &mut Session, step: &Step) -> Result<Option<Move>> {
    match step.method {
        Method::Draw => draw_alone(session, step),
        Method::Alter | Method::Setval => {
            let moved = match run(session, step) {
                Err(error) if rows_could_not_be_read(step, &error) => {
                    run(session, &Step { rows: Box::default(), ..step.clone() })
                }
                result => result,
            }?;
            Ok(movement(step.method, moved.from, moved.made))
        }
    }
}

/// Whether looking at the rows under the lock is what failed: it took too long, is no longer allowed, or the table is
/// gone. Then the
/// sequence goes where the plan has it, and the look afterwards decides.
fn rows_could_not_be_read(step: &Step, error: &Error) -> bool {
    const QUERY_CANCELED: &str = "57014";
    const INSUFFICIENT_PRIVILEGE: &str = "42501";
    const UNDEFINED_COLUMN: &str = "42703";
    let states = [QUERY_CANCELED, INSUFFICIENT_PRIVILEGE, UNDEFINED_TABLE, UNDEFINED_COLUMN];
    !step.rows.is_empty() && error.sqlstate().is_some_and(|state| states.contains(&state))
}

/// Draws one sequence forward in as many statements as it takes: each draws a limited number, and with CACHE
/// the first values may come from what this session still holds.
fn draw_alone(session: &mut Session, step: &Step) -> Result<Option<Move>> {
    let first = run(session, step)?;
    let mut made = first.made.unwrap_or(0);
    let mut last = made;
    let may_be_short = |last| last == MOST_CALLS_AT_ONCE || (step.definition.cache > 1 && last > 0);
    // Nobody moves a sequence back while it is drawn, but a loop has an end.
    let most = u128::from(step.calls) + u128::from(step.definition.cache.unsigned_abs());
    while may_be_short(last) && u128::from(made) <= most {
        last = match run(session, step) {
            Ok(moved) => moved.made.unwrap_or(0),
            // Nothing more was sent.
            Err(Error::Lost { .. }) => break,
            Err(error) => return Err(error),
        };
        made += last;
    }
    Ok(movement(Method::Draw, first.from, Some(made)))
}

/// Runs the statements of one step in one transaction and one round trip: a lock is never held while the
/// network is waited for.
fn run(session: &mut Session, step: &Step) -> Result<Moved> {
    let tried = format!("move {} forward", step.name);
    let mut texts = step.preparation(Naming::Oid);
    texts.push(step.statement());
    let oids = array([step.oid]);
    let oids = [Some(oids.as_str())];
    let first = (step.method == Method::Draw).then(|| one_at_a_time(&oids));
    let others = texts.iter().map(|sql| pq::Statement { sql, params: &[] });
    let statements: Vec<_> = first.into_iter().chain(others).collect();
    let results =
        session.transaction().commit(&tried, &statements).map_err(|error| match error.sqlstate() {
            // Of these statements only the guard can fail so.
            Some(INVALID_TEXT_REPRESENTATION) => changed_since(step),
            // The sequence's own name.
            Some(UNDEFINED_TABLE) if step.rows.is_empty() => changed_since(step),
            _ => error,
        })?;
    match results.last().and_then(|rows| rows.iter().next()) {
        Some(row) => read(&row).map_err(Error::while_trying(tried)),
        None => Err(changed_since(step)),
    }
}

fn changed_since(step: &Step) -> Error {
    Error::Usage {
        message: format!("{} was renamed, dropped or altered since it was looked at", step.name),
        hint: Some("run it again".to_owned()),
    }
}

fn read(row: &pq::Row<'_>) -> Result<Moved, pq::Error> {
    Ok(Moved {
        sequence: Oid(row.get(0)?),
        from: State { last_value: row.get(1)?, is_called: row.get(2)? },
        made: row.get::<Option<i128>>(3)?.map(|made| u64::try_from(made).unwrap_or(u64::MAX)),
    })
}

/// A move, where there was one. One of no calls ended what sessions held in advance.
fn movement(method: Method, from: State, made: Option<u64>) -> Option<Move> {
    let calls = made.filter(|calls| *calls > 0 || method == Method::Alter)?;
    Some(Move { method, from, calls })
}
