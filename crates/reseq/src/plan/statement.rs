//! The statements of a [`Step`], by OID as they are run or by name as a script has them.

use super::model::{Method, Row, Step};
use super::together::Together;
use crate::model::{Definition, State, quote_literal};
use crate::template::fill;

/// No statement draws more calls at once: about half a second, far from any sensible statement_timeout.
pub(crate) const MOST_CALLS_AT_ONCE: u64 = 1_000_000;

/// Draws several sequences forward that do not cycle: see the file for its parameters.
pub(crate) const DRAW_TOGETHER: &str = include_str!("sql/draw_together.sql");

/// A row further than this many calls beyond the target is not gone after under the lock: it may be an outlier.
pub(super) const FAR_CALLS: i128 = 1_000_000;

/// How a statement names its sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Naming {
    /// By OID: no other sequence can be meant. Good for this database only.
    Oid,
    /// By name: good for a script.
    Name,
}

impl Step {
    /// The statement that moves the sequence, as it is run. It asks where the sequence stands by itself, and does
    /// nothing to one that needs nothing any more. With [`Method::Alter`] it runs in one transaction with
    /// [`Step::lock_statement`] before it; several of [`Method::Draw`] are run as one that does the same for all.
    pub fn statement(&self) -> String {
        self.moving(Naming::Oid)
    }

    /// The statement that locks the sequence before, where the method needs one. Where OWNED BY is not had together
    /// with others, CACHE is said instead.
    pub fn lock_statement(&self) -> Option<String> {
        let locks = self.method == Method::Alter;
        locks.then(|| if self.is_locked_by_owner() { self.lock_by_owner() } else { self.lock_by_cache() })
    }

    /// Whether OWNED BY locks it as well as CACHE does: nobody holds values in advance that have to end, and it is not an
    /// identity's, of which the server refuses it. As the file of the sequence stays, setval() outlasts a failure then.
    pub(crate) fn is_locked_by_owner(&self) -> bool {
        let is_identity = self.owner.as_ref().is_some_and(|owner| owner.identity);
        Together::takes(self) && self.definition.cache == 1 && !is_identity
    }

    fn lock_by_owner(&self) -> String {
        let column = match &self.owner {
            Some(owner) => format!("{}.{}", owner.table, owner.column),
            None => "NONE".to_owned(),
        };
        fill(include_str!("sql/lock_by_owner.sql"), &[("name", self.name.as_str()), ("column", &column)])
    }

    fn lock_by_cache(&self) -> String {
        let cache = self.definition.cache.to_string();
        fill(include_str!("sql/lock.sql"), &[("name", self.name.as_str()), ("cache", &cache)])
    }

    /// What runs before [`Step::statement`] in the same transaction, where it runs alone: the lock by CACHE, with what makes sure that it means
    /// what it meant, and with limits for what is read under it. The lock may have waited for whoever gave the name to
    /// another sequence: by OID it is made sure once more.
    pub(crate) fn preparation(&self, naming: Naming) -> Vec<String> {
        if self.method != Method::Alter {
            return Vec::new();
        }
        let name = quote_literal(self.name.as_str());
        let (sequence, cache) = (self.regclass(naming), self.definition.cache.to_string());
        let unchanged = fill(
            include_str!("sql/unchanged.sql"),
            &[("name", &name), ("sequence", &sequence), ("cache", &cache)],
        );
        let limits = (!self.rows.is_empty()).then(|| under_lock("100", "2000"));
        let still = (naming == Naming::Oid).then(|| unchanged.clone());
        [unchanged, self.lock_by_cache()].into_iter().chain(still).chain(limits).collect()
    }

    /// The lock that the step takes and what waits for it, in words.
    pub fn lock(&self) -> &'static str {
        match self.method {
            Method::Draw | Method::Setval => {
                "ROW EXCLUSIVE on the sequence, as nextval() takes it: nothing waits"
            }
            Method::Alter => {
                "SHARE ROW EXCLUSIVE on the sequence for some milliseconds: nextval() waits, tables stay free"
            }
        }
    }

    /// The statement that puts the sequence back to where the plan found it. It takes values back that may have
    /// been handed out: only for a change that nobody has drawn from since.
    pub fn undo(&self) -> String {
        format!(
            "SELECT pg_catalog.setval({}, {}, {})",
            self.regclass(Naming::Name),
            self.before.last_value,
            self.before.is_called
        )
    }

    /// Whether it leaves the sequence as one that nobody has called: the values that sessions held in advance (CACHE)
    /// have ended by ALTER SEQUENCE then, and as long as it stands so nobody holds any.
    pub(crate) fn leaves_uncalled(&self) -> bool {
        self.method == Method::Alter && self.definition.cache > 1 && !self.uses_up
    }

    /// The statement that moves the sequence, naming it as asked.
    pub(crate) fn moving(&self, naming: Naming) -> String {
        let template = match self.method {
            Method::Draw => include_str!("sql/draw.sql"),
            Method::Setval | Method::Alter => include_str!("sql/setval.sql"),
        };
        // What is read once may stand where it is needed; setval() needs the value more than once.
        let next = next_expression(&self.definition);
        let from = if self.method == Method::Draw { &*next } else { "at.next" };
        let (due, calls_to_value, is_called) = if self.leaves_uncalled() {
            ("(n.calls > 0 OR n.is_called)", "n.calls", "false")
        } else {
            ("n.calls > 0", "(n.calls - 1)", "true")
        };
        fill(
            template,
            &[
                ("sequence", &self.regclass(naming)),
                ("state", &self.state_expression(naming)),
                ("next", &next),
                ("calls", &self.calls_expression(from)),
                ("most", &MOST_CALLS_AT_ONCE.to_string()),
                ("sign", self.sign()),
                ("increment", &number(self.definition.increment)),
                ("ceiling", &number(self.furthest_next())),
                ("due", due),
                ("calls_to_value", calls_to_value),
                ("is_called", is_called),
            ],
        )
    }

    /// The next value must not lie before this after the step; of what is used up nothing is left up to the ceiling.
    pub(crate) fn least_next(&self) -> i128 {
        let past_ceiling = i128::from(self.ceiling) + i128::from(self.definition.increment.signum());
        if self.uses_up { past_ceiling } else { self.target.into() }
    }

    /// The next value must not lie beyond this after the step. Of what is used up it lies beyond the ceiling by a step.
    pub(super) fn furthest_next(&self) -> i128 {
        let ceiling = i128::from(self.ceiling);
        if self.uses_up { ceiling + i128::from(self.definition.increment) } else { ceiling }
    }

    /// How many calls lead from the next value `from` to the target, and past the rows.
    fn calls_expression(&self, from: &str) -> String {
        let step = i128::from(self.definition.increment).abs();
        let to_target =
            format!("{} * ({} - {from}) + {}", self.sign(), number(self.least_next()), number(step - 1));
        let to_rows: String = self.rows.iter().map(|row| format!(", {}", self.to_row(row))).collect();
        fill(
            include_str!("sql/calls.sql"),
            &[("to_target", &to_target), ("to_rows", &to_rows), ("step", &number(step))],
        )
    }

    /// How far it is to the first value after the furthest row, with the headroom, as a part of [`calls.sql`].
    fn to_row(&self, row: &Row) -> String {
        let step = i128::from(self.definition.increment).abs();
        let last_row = if self.definition.ascending() == (row.factor > 0) { "max" } else { "min" };
        fill(
            include_str!("sql/row.sql"),
            &[
                ("sign", self.sign()),
                ("target", &number(self.target)),
                ("far", &number(step * FAR_CALLS)),
                ("beyond", &number(step * (1 + i128::from(self.headroom)))),
                ("factor", &number(row.factor)),
                ("offset", &number(row.offset)),
                ("extreme", last_row),
                ("column", row.column.as_str()),
                ("table", row.table.as_str()),
            ],
        )
    }

    fn state_expression(&self, naming: Naming) -> String {
        let by_usage = self.state_by_usage.then_some(self.before);
        state_expression(&self.regclass(naming), self.name.as_str(), by_usage)
    }

    fn regclass(&self, naming: Naming) -> String {
        match naming {
            Naming::Oid => format!("{}::pg_catalog.regclass", self.oid),
            Naming::Name => format!("{}::pg_catalog.regclass", quote_literal(self.name.as_str())),
        }
    }

    /// Distances are counted in the sequence's direction.
    fn sign(&self) -> &'static str {
        if self.definition.ascending() { "1" } else { "-1" }
    }
}

/// Limits for what is read under a lock, in milliseconds.
pub(super) fn under_lock(lock_timeout: &str, statement_timeout: &str) -> String {
    let limits = [("lock_timeout", lock_timeout), ("statement_timeout", statement_timeout)];
    fill(include_str!("sql/under_lock.sql"), &limits)
}

/// What nextval() returns next, in terms of `s.last_value` and `s.is_called`; past the bound where it fails.
pub(super) fn next_expression(definition: &Definition) -> String {
    let after = format!("s.last_value::numeric + {}", number(definition.increment));
    let after = if definition.cycle {
        let passed = if definition.ascending() { ">" } else { "<" };
        let (bound, origin) = (number(definition.bound()), number(definition.origin()));
        format!("CASE WHEN {after} {passed} {bound} THEN {origin} ELSE {after} END")
    } else {
        after
    };
    format!("CASE WHEN s.is_called THEN {after} ELSE s.last_value END")
}

/// Where a sequence stands, as a table `s`. With `by_usage`, the role may draw from it but not read it, and this is what
/// is known of its state.
pub(super) fn state_expression(sequence: &str, name: &str, by_usage: Option<State>) -> String {
    let Some(known) = by_usage else {
        return fill(include_str!("sql/state.sql"), &[("sequence", sequence), ("name", name)]);
    };
    // A literal of its own type: -9223372036854775808 as digits would be a numeric.
    let last_value = format!("'{}'::bigint", known.last_value);
    let is_called = known.is_called.to_string();
    fill(
        include_str!("sql/state_by_usage.sql"),
        &[("sequence", sequence), ("last_value", &last_value), ("is_called", &is_called)],
    )
}

/// A number as it may stand after an operator: `--` would begin a comment.
pub(super) fn number(value: impl Into<i128>) -> String {
    let value = value.into();
    if value < 0 { format!("({value})") } else { value.to_string() }
}
