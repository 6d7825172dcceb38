//! What stands in the way of a sequence that is to be restarted, in words.

use super::{RestartOptions, Subject};
use crate::catalog::{Link, LinkId};
use crate::diagnose::words;
use crate::model::Lane;
use crate::observe::{Collision, Observation, Observations};
use crate::{Error, Result};

/// A column with rows in the way.
struct InTheWay<'a> {
    link: &'a Link,
    collision: Collision,
    /// How many calls return before the first row is met.
    calls: u128,
    /// The lane from the new value on, in the column.
    lane: Lane,
}

impl Subject<'_> {
    /// Refuses to go back and to meet rows, unless that is asked for; what is done all the same is told in `remarks`.
    pub(super) fn make_sure_nothing_is_in_the_way(
        &self,
        value: i64,
        restarted: &Observations,
        options: RestartOptions,
        remarks: &mut Vec<String>,
    ) -> Result<()> {
        let lane = Lane::new(value.into(), self.lane.step(), self.lane.bound());
        let back = lane.calls_before(self.lane.next());
        let way = self.in_the_way(lane, restarted, options.force, remarks)?;
        let rows = self.rows(value, &way);
        let backward = format!(
            "to restart {} with {value} goes back by {}: values that it has handed out may be handed out again",
            self.name(),
            words::count(back, "call")
        );
        match (rows, back > 0 && !options.allow_backward) {
            (Some((message, _)), _) if options.force && options.allow_backward => remarks.push(message),
            (Some((message, hint)), false) if !options.force => {
                return Err(Error::Refused { message, hint: Some(hint) });
            }
            (Some((message, hint)), true) if !options.force => {
                let hint = format!("{hint}; and going back needs --allow-backward");
                return Err(Error::Refused { message, hint: Some(hint) });
            }
            (_, true) => {
                let hint = "--allow-backward does it, as long as no row stands in the way".to_owned();
                return Err(Error::Refused { message: backward, hint: Some(hint) });
            }
            (Some((message, _)), false) => remarks.push(message),
            (None, false) => {}
        }
        if back > 0 {
            remarks.push(backward);
        }
        Ok(())
    }

    /// What it would meet from `value` on, in words; `None` where that is nothing.
    pub(in crate::plan) fn rows_in_the_way(
        &self,
        value: i64,
        restarted: &Observations,
    ) -> Result<Option<String>> {
        let lane = Lane::new(value.into(), self.lane.step(), self.lane.bound());
        let way = self.in_the_way(lane, restarted, false, &mut Vec::new())?;
        Ok(self.rows(value, &way).map(|(message, _)| message))
    }

    /// The columns with rows in the way, the one that is met first before the others.
    fn in_the_way(
        &self,
        lane: Lane,
        restarted: &Observations,
        force: bool,
        remarks: &mut Vec<String>,
    ) -> Result<Vec<InTheWay<'_>>> {
        let mut way = Vec::new();
        for id in self.catalog.sequence(self.id).links.clone().map(LinkId) {
            let link = self.catalog.link(id);
            let observation = restarted.link(id);
            match observation.hindrance() {
                Some((reason, hint)) if !force => return Err(self.unreadable(id, reason, hint)),
                Some((reason, _)) => {
                    remarks.push(format!("{} was not looked at: {reason}", link.full_name()))
                }
                None => {}
            }
            if let Observation::Seen(reading) = observation
                && let Some(collision) = reading.collision.as_deref().cloned()
            {
                let lane = link.lane_in_column(lane);
                let calls = lane.calls_before(collision.first);
                way.push(InTheWay { link, collision, calls, lane });
            }
        }
        way.sort_by_key(|one| one.calls);
        Ok(way)
    }

    /// What is in the way and what to do about it.
    fn rows(&self, value: i64, way: &[InTheWay<'_>]) -> Option<(String, String)> {
        let (first, others) = way.split_first()?;
        let row = words::value(first.link, first.collision.first);
        let when = match first.calls {
            0 => "at once".to_owned(),
            calls => format!("after {}", words::count(calls, "call")),
        };
        let last = if first.collision.last == first.collision.first {
            String::new()
        } else {
            let direction = if first.lane.ascending() { "up" } else { "down" };
            format!(", and rows {direction} to {}", words::value(first.link, first.collision.last))
        };
        let others: String = others
            .iter()
            .map(|one| format!("; rows of {} are in the way too", one.link.full_name()))
            .collect();
        let message = format!(
            "restarted with {value}, {} would meet row {row} of {} {when}{last}{others}",
            self.name(),
            first.link.full_name()
        );
        let mut hints = Vec::new();
        if let Some(free) = self.next_free(value, way) {
            hints.push(format!("the next free value is {free}"));
        }
        if let Some(after) = self.after_all_rows() {
            hints.push(format!("the first after all rows is {after}"));
        }
        hints.push("--list-gaps shows the largest free gaps".to_owned());
        hints.push("--force does it all the same".to_owned());
        Some((message, hints.join("; ")))
    }

    /// The first value from `value` on that no row has, where what was counted tells it.
    fn next_free(&self, value: i64, way: &[InTheWay<'_>]) -> Option<i128> {
        let free_after = |one: &InTheWay<'_>| {
            let run = i128::from(one.collision.run);
            let free = one.collision.first + run * one.lane.step();
            one.link.mapping.sequence_value(free, self.lane.step())
        };
        let first =
            |one: &InTheWay<'_>| one.link.mapping.sequence_value(one.collision.first, self.lane.step());
        let is_counted = |one: &InTheWay<'_>| one.collision.run > 0 && !one.collision.run_is_more;
        let candidates = std::iter::once(i128::from(value))
            .chain(way.iter().filter(|one| is_counted(one)).map(free_after));
        // Free in a column is what lies before its first row, and the value after its first run of rows.
        let is_free = |candidate: i128| {
            way.iter().all(|one| {
                self.lane.is_after(first(one), candidate) || (is_counted(one) && candidate == free_after(one))
            })
        };
        let whole = crate::observe::whole_lane(self.catalog, self.id, self.lane);
        candidates
            .filter(|candidate| is_free(*candidate) && whole.contains(*candidate))
            .min_by_key(|candidate| (candidate - i128::from(value)).abs())
    }
}
