//! Whether somebody else has touched a sequence, by the counts of its block's accesses.

use super::watch::Glance;

/// What is known of a sequence from glance to glance.
///
/// Reading where it stands is an access too, and shows in the counts some time later: one's own accesses that have not
/// been seen yet are owed. What goes beyond is somebody else's. The counts come in any order and are never lost but all
/// together, so every access of somebody else shows in the end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Trace {
    seen: Option<(u32, i64)>,
    owed: i64,
}

impl Trace {
    /// Takes a glance; says whether somebody else may have touched the sequence since the last one.
    pub(super) fn take(&mut self, glance: Glance) -> bool {
        let before = self.seen.replace((glance.file, glance.blocks));
        let Some((file, blocks)) = before else { return true };
        let more = glance.blocks - blocks;
        // Fewer than before: the statistics were thrown away.
        let others = more > self.owed || more < 0;
        self.owed = if others { 0 } else { self.owed - more };
        others || file != glance.file || glance.held
    }

    /// So many accesses were one's own.
    pub(super) fn accessed(&mut self, times: u64) {
        self.owed = self.owed.saturating_add(i64::try_from(times).unwrap_or(i64::MAX));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::Oid;

    fn glance(blocks: i64) -> Glance {
        Glance { oid: Oid(1), file: 1, blocks, held: false, locked: false }
    }

    #[test]
    fn another_file_a_lock_and_counts_that_are_gone_are_signs_too() {
        let mut trace = Trace::default();
        assert!(trace.take(glance(5)), "never seen before");
        assert!(!trace.take(glance(5)));
        assert!(trace.take(Glance { file: 2, ..glance(5) }));
        assert!(trace.take(Glance { file: 2, held: true, ..glance(5) }));
        assert!(trace.take(Glance { file: 2, ..glance(0) }));
        assert!(!trace.take(Glance { file: 2, ..glance(0) }));
    }

    /// What happens between two glances.
    #[derive(Clone, Debug)]
    struct Between {
        own: i64,
        others: i64,
        /// So much of each becomes visible.
        shown: (i64, i64),
    }

    fn between() -> impl Strategy<Value = Between> {
        (0_i64..4, prop_oneof![3 => Just(0_i64), 1 => 1_i64..4], (0_i64..6, 0_i64..6))
            .prop_map(|(own, others, shown)| Between { own, others, shown })
    }

    proptest! {
        #[test]
        fn own_accesses_alone_are_no_sign_and_those_of_others_show_in_the_end(
            times in prop::collection::vec(between(), 1..20),
        ) {
            let (mut trace, mut blocks) = (Trace::default(), 0);
            trace.take(glance(0));
            let (mut own_hidden, mut others_hidden, mut signs, mut others_so_far) = (0, 0, 0, 0);
            let end = Between { own: 0, others: 0, shown: (i64::MAX, i64::MAX) };
            let last_draw = times.iter().rposition(|time| time.others > 0);
            let mut sign_after_last_draw = false;
            for (place, time) in times.iter().chain([&end]).enumerate() {
                trace.accessed(time.own.unsigned_abs());
                own_hidden += time.own;
                others_hidden += time.others;
                others_so_far += time.others;
                let shown = (time.shown.0.min(own_hidden), time.shown.1.min(others_hidden));
                own_hidden -= shown.0;
                others_hidden -= shown.1;
                blocks += shown.0 + shown.1;
                if trace.take(glance(blocks)) {
                    signs += 1;
                    prop_assert!(others_so_far > 0, "a sign of nobody");
                    sign_after_last_draw |= last_draw.is_some_and(|draw| place >= draw);
                }
            }
            prop_assert!(signs == 0 || others_so_far > 0);
            prop_assert_eq!(sign_after_last_draw, last_draw.is_some());
        }
    }
}
