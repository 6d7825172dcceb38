//! What the tables of a link have answered.

use super::probe::Outcome;
use crate::catalog::Unreadable;

/// The answers of all the tables that hold rows of a link, and why others gave none. Neither where all of them are gone.
#[derive(Clone, Debug)]
pub(super) struct Answers<A> {
    /// One a table that was read.
    pub(super) given: Vec<A>,
    /// Why others could not be read.
    pub(super) refused: Vec<Unreadable>,
}

impl<A> Default for Answers<A> {
    fn default() -> Self {
        Self { given: Vec::new(), refused: Vec::new() }
    }
}

impl<A> Answers<A> {
    /// What became of the question to one more table. A table that is gone has no rows.
    pub(super) fn add(&mut self, outcome: Outcome<A>) {
        match outcome {
            Outcome::Answer(answer) => self.given.push(answer),
            Outcome::Unreadable(unreadable) => self.refused.push(unreadable),
            Outcome::Vanished => {}
        }
    }
}

/// Several tables in one sentence; `None` without any.
pub(super) fn together(refused: Vec<Unreadable>) -> Option<Unreadable> {
    /// So many are told.
    const TOLD: usize = 3;
    let others = refused.len().saturating_sub(TOLD);
    let mut refused = refused.into_iter().take(TOLD);
    let mut all = refused.next()?;
    for Unreadable { reason, hint } in refused {
        all.reason = format!("{}; {reason}", all.reason);
        if !all.hint.contains(&hint) {
            all.hint = format!("{} {hint}", all.hint);
        }
    }
    if others > 0 {
        all.reason.push_str(&format!("; and {others} more could not be read"));
    }
    Some(all)
}

#[cfg(test)]
mod tests {
    use super::{Unreadable, together};

    #[test]
    fn a_few_tables_are_told_and_the_others_counted() {
        let locked =
            |number| Unreadable { reason: format!("t{number} is locked"), hint: "run again".to_owned() };
        assert_eq!(together(vec![]), None);
        assert_eq!(together(vec![locked(1)]), Some(locked(1)));
        let all = together((1..=5).map(locked).collect()).unwrap();
        assert_eq!(all.reason, "t1 is locked; t2 is locked; t3 is locked; and 2 more could not be read");
        assert_eq!(all.hint, "run again");
    }
}
