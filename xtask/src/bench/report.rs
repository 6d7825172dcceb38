//! The table of times and ratios.

use std::collections::BTreeMap;
use std::fmt;

use super::contender::{Contender, Sample};

/// What stands side by side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Column {
    pub(crate) tables: u32,
    /// Added milliseconds a round trip.
    pub(crate) latency: u32,
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} tables, +{} ms", self.tables, self.latency)
    }
}

/// The best run of each contender in each column.
#[derive(Debug)]
pub(crate) struct Results {
    version: String,
    best: BTreeMap<(Column, Contender), Sample>,
}

/// What reseq wants to reach.
#[derive(Debug, PartialEq)]
pub(crate) struct Goal {
    what: String,
    reached: f64,
    wanted: f64,
}

impl Goal {
    pub(crate) fn is_reached(&self) -> bool {
        self.reached <= self.wanted
    }
}

impl Results {
    pub(crate) fn new(version: String) -> Self {
        Self { version, best: BTreeMap::new() }
    }

    /// The shortest time and the largest memory count.
    pub(crate) fn add(&mut self, column: Column, contender: Contender, sample: Sample) {
        let best = self.best.entry((column, contender)).or_insert(sample);
        best.seconds = best.seconds.min(sample.seconds);
        best.memory = best.memory.max(sample.memory);
    }

    /// Those that were measured.
    pub(crate) fn goals(&self) -> Vec<Goal> {
        let mut goals = Vec::new();
        let column = Column { tables: 10_000, latency: 0 };
        for (contender, wanted) in [(Contender::Check, 0.4), (Contender::Fix, 0.8)] {
            if let Some(reached) = self.ratio(column, contender) {
                goals.push(Goal { what: format!("{contender}, {column}: wiki's time ×"), reached, wanted });
            }
        }
        goals.extend(self.columns().into_iter().flat_map(|column| self.goals_of_latency(column)));
        let memory = self.best.iter().filter_map(|((column, _), sample)| Some((column, sample.memory?)));
        if let Some((column, most)) = memory.max_by_key(|(_, memory)| *memory) {
            goals.push(Goal {
                what: format!("memory of reseq, {column}: MB"),
                reached: megabytes(most),
                wanted: 100.0,
            });
        }
        goals
    }

    /// A slow network costs reseq little: its time with one more millisecond a round trip, beside that without.
    fn goals_of_latency(&self, column: Column) -> Vec<Goal> {
        if column.latency != 1 {
            return Vec::new();
        }
        let goal = |contender: Contender| {
            let seconds = |column| Some(self.best.get(&(column, contender))?.seconds);
            let reached = seconds(column)? / seconds(Column { latency: 0, ..column })?;
            Some(Goal { what: format!("{contender}, {column}: its time +0 ms ×"), reached, wanted: 1.3 })
        };
        [Contender::Check, Contender::CheckBehind, Contender::Fix].into_iter().filter_map(goal).collect()
    }

    /// Time as a share of the wiki script's.
    fn ratio(&self, column: Column, contender: Contender) -> Option<f64> {
        let seconds = |contender| Some(self.best.get(&(column, contender))?.seconds);
        Some(seconds(contender)? / seconds(Contender::Wiki)?)
    }

    fn cell(&self, column: Column, contender: Contender) -> String {
        let Some(sample) = self.best.get(&(column, contender)) else { return "–".into() };
        let ratio = self.ratio(column, contender).map(|ratio| format!(" ×{ratio:.2}")).unwrap_or_default();
        let memory = sample.memory.map(|bytes| format!(" {:.0} MB", megabytes(bytes))).unwrap_or_default();
        format!("{:.2} s{ratio}{memory}", sample.seconds)
    }

    fn columns(&self) -> Vec<Column> {
        let mut columns: Vec<_> = self.best.keys().map(|(column, _)| *column).collect();
        columns.dedup();
        columns
    }
}

impl fmt::Display for Results {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "PostgreSQL {}, default settings but fsync off; all sequences behind but for the first check; 1 to 50 rows each.",
            self.version
        )?;
        writeln!(f, "Time, × the wiki script's time, most memory. +1 ms: added to each round trip.\n")?;
        write!(f, "{:<26}", "")?;
        self.columns().iter().try_for_each(|column| write!(f, "{:>24}", column.to_string()))?;
        writeln!(f)?;
        for contender in Contender::ALL {
            write!(f, "{contender:<26}")?;
            let mut columns = self.columns().into_iter();
            columns.try_for_each(|column| write!(f, "{:>24}", self.cell(column, contender)))?;
            writeln!(f)?;
        }
        writeln!(f)?;
        for goal in self.goals() {
            let verdict = if goal.is_reached() { "reached" } else { "MISSED" };
            writeln!(f, "{verdict}: {} {:.2}, wanted {:.2} at most", goal.what, goal.reached, goal.wanted)?;
        }
        Ok(())
    }
}

#[expect(clippy::cast_precision_loss, reason = "shown with two digits")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use super::{Column, Results};
    use crate::bench::contender::{Contender, Sample};

    #[test]
    fn the_best_run_counts_and_is_compared_with_the_wiki_scripts() {
        let column = Column { tables: 10_000, latency: 0 };
        let mut results = Results::new("18.4".into());
        let sample = |seconds, memory| Sample { seconds, memory };
        results.add(column, Contender::Wiki, sample(5.0, None));
        results.add(column, Contender::Wiki, sample(4.0, None));
        results.add(column, Contender::Check, sample(1.0, Some(20_000_000)));
        results.add(column, Contender::Check, sample(1.5, Some(30_000_000)));
        results.add(column, Contender::Fix, sample(3.6, Some(25_000_000)));

        let text = results.to_string();
        assert!(text.contains("1.00 s ×0.25 30 MB"), "{text}");
        assert!(
            text.contains("reached: reseq check, 10000 tables, +0 ms: wiki's time × 0.25, wanted 0.40"),
            "{text}"
        );
        assert!(
            text.contains("MISSED: reseq fix, 10000 tables, +0 ms: wiki's time × 0.90, wanted 0.80"),
            "{text}"
        );
        assert!(!text.contains("its time +0 ms"), "{text}");
        results.add(Column { latency: 1, ..column }, Contender::Check, sample(1.2, None));
        results.add(Column { latency: 1, ..column }, Contender::Fix, sample(7.2, None));
        let text = results.to_string();
        assert!(
            text.contains("reached: reseq check, 10000 tables, +1 ms: its time +0 ms × 1.20, wanted 1.30"),
            "{text}"
        );
        assert!(text.contains("MISSED: reseq fix, 10000 tables, +1 ms: its time +0 ms × 2.00"), "{text}");
        assert!(text.contains("reached: memory of reseq, 10000 tables, +0 ms: MB 30.00"), "{text}");
    }
}
