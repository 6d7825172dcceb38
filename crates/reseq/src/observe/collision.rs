//! Where sequences will meet rows.

use super::answers::{Answers, together};
use super::column::Column;
use super::ends::{Among, Ends, Found};
use super::extreme::Bytes;
use super::model::{Collision, Observation, Observations, Reading, StateReading};
use super::probe::{Asked, Question, ask};
use super::values::{Furthest, Nearest, RUN, run, widest_gap};
use super::{Request, state};
use crate::Result;
use crate::catalog::{Catalog, Ceiling, LinkId, SequenceId, Unreadable};
use crate::model::{Lane, State};
use crate::session::Sessions;

/// How often rows and states are read again for sequences that are drawn from meanwhile.
const ROUNDS: usize = 3;

/// What is needed to look further at what was seen.
pub(super) struct Search<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) request: &'a Request<'a>,
    pub(super) bytes: &'a Bytes,
}

/// A link whose extreme stands at or after the next value.
struct Suspect {
    link: LinkId,
    /// Of column values, up to the last that counts.
    lane: Lane,
    extreme: i128,
    /// The lane meets the extreme: only its begin needs to be looked for.
    meets_extreme: bool,
}

impl Search<'_> {
    /// Finds the collisions of these sequences.
    ///
    /// Rows and states cannot be read at one moment. A row in the lane that was seen before the state was read
    /// is a collision for certain; so the states are read again after the rows, and what has moved meanwhile is
    /// looked at once more.
    pub(super) fn collisions(
        &self,
        sessions: &mut Sessions,
        selected: &[SequenceId],
        seen: &mut Observations,
    ) -> Result<()> {
        let mut unsettled = selected.to_vec();
        for _ in 0..ROUNDS {
            let suspects = self.suspects(&unsettled, seen);
            self.meet(sessions, &suspects, seen)?;
            unsettled = self.moved(sessions, &suspects, seen)?;
            if unsettled.is_empty() {
                break;
            }
        }
        self.forget_what_was_passed(&unsettled, seen);
        if self.request.detail {
            self.count_runs(sessions, selected, seen)?;
        }
        self.find_gaps(sessions, selected, seen)
    }

    /// Finds what these sequences would meet from the states in `seen` on, wherever they stand in truth.
    pub(super) fn ahead_of_where_they_stand(
        &self,
        sessions: &mut Sessions,
        selected: &[SequenceId],
        seen: &mut Observations,
    ) -> Result<()> {
        let suspects = self.suspects(selected, seen);
        self.meet(sessions, &suspects, seen)?;
        self.count_runs(sessions, selected, seen)
    }

    /// The links of these sequences that may have rows in their way; all others of them have none.
    fn suspects(&self, sequences: &[SequenceId], seen: &mut Observations) -> Vec<Suspect> {
        let mut suspects = Vec::new();
        for link in self.catalog.links_of_all(sequences) {
            let lane = self.lane(link, seen);
            let Observation::Seen(reading) = &mut seen.links[link.0] else { continue };
            reading.collision = None;
            if let (Some(lane), Some(extreme)) = (lane, reading.extreme)
                && lane.calls() > 0
                && !lane.is_after(lane.next(), extreme)
            {
                let known = self.catalog.link(link);
                let dense =
                    Column::new(known, &known.column).is_some_and(|column| column.every_row_in_lane(lane));
                let meets_extreme = dense && !lane.is_after(extreme, lane.bound());
                suspects.push(Suspect { link, lane, extreme, meets_extreme });
            }
        }
        suspects
    }

    /// Where the sequence of a link runs in the column, up to the last value that counts.
    fn lane(&self, id: LinkId, seen: &Observations) -> Option<Lane> {
        let link = self.catalog.link(id);
        let StateReading::Known(state) = seen.state(link.sequence) else { return None };
        let lane = link.lane_in_column(self.catalog.sequence(link.sequence).definition.lane(*state)?);
        match self.request.ignore_above(self.catalog, link.sequence) {
            Some(last) if lane.is_after(lane.bound(), last) => Some(lane.with_bound(last)),
            _ => Some(lane),
        }
    }

    /// Looks for the first and the last row that each suspect meets.
    fn meet(&self, sessions: &mut Sessions, suspects: &[Suspect], seen: &mut Observations) -> Result<()> {
        let (known, unknown): (Vec<_>, Vec<_>) = suspects.iter().partition(|suspect| suspect.meets_extreme);
        let mut open = unknown;
        if self.request.detail {
            open.extend(self.count_at_once(sessions, known, seen)?);
        } else {
            for suspect in known {
                seen.links[suspect.link.0].meets(Some((suspect.extreme, suspect.extreme)));
            }
        }
        let ends = |suspect: &Suspect| Ends {
            among: Among::InLane(suspect.lane),
            nearest: self.request.detail,
            furthest: !suspect.meets_extreme,
        };
        let asked: Vec<_> = open.iter().map(|suspect| self.asked(suspect.link, ends(suspect))).collect();
        self.ask(sessions, &asked, |place, answers| {
            let suspect = open[place];
            let observation = &mut seen.links[suspect.link.0];
            if let Some(given) = observation.take(answers) {
                observation.meets(suspect.met(&given));
            }
        })
    }

    fn ask<Q: Question>(
        &self,
        sessions: &mut Sessions,
        asked: &[Asked<Q>],
        done: impl FnMut(usize, Answers<Q::Answer>) + Send,
    ) -> Result<()> {
        ask(sessions, self.catalog, self.request, asked, done)
    }

    /// Where the last row is known, the first one mostly stands near the next value: looks for it and counts from
    /// there in one question. Returns those that have no row so near.
    fn count_at_once<'s>(
        &self,
        sessions: &mut Sessions,
        suspects: Vec<&'s Suspect>,
        seen: &mut Observations,
    ) -> Result<Vec<&'s Suspect>> {
        let question = |suspect: &Suspect| Nearest { lane: suspect.lane.with_bound(suspect.extreme) };
        let asked: Vec<_> =
            suspects.iter().map(|suspect| self.asked(suspect.link, question(suspect))).collect();
        let mut open = Vec::new();
        self.ask(sessions, &asked, |place, answers| {
            let suspect = suspects[place];
            let all_answered = answers.refused.is_empty();
            match run(answers.given, suspect.lane) {
                Some((first, counted)) if all_answered => {
                    let observation = &mut seen.links[suspect.link.0];
                    observation.meets(Some((first, suspect.extreme)));
                    observation.counted(counted);
                }
                _ => open.push(suspect),
            }
        })?;
        Ok(open)
    }

    fn asked<Q>(&self, link: LinkId, question: Q) -> Asked<Q> {
        Asked { link, bytes: self.bytes.get(&link).copied().unwrap_or_default(), question }
    }

    /// Reads the states of the suspects' sequences again, and returns those that have moved.
    fn moved(
        &self,
        sessions: &mut Sessions,
        suspects: &[Suspect],
        seen: &mut Observations,
    ) -> Result<Vec<SequenceId>> {
        let mut sequences: Vec<SequenceId> = suspects
            .iter()
            // Where the extreme itself is met, nothing was read after the state.
            .filter(|suspect| self.request.detail || !suspect.meets_extreme)
            .map(|suspect| self.catalog.link(suspect.link).sequence)
            .collect();
        sequences.dedup();
        let mut moved = Vec::new();
        for (id, state) in sequences.iter().zip(state::read(sessions, self.catalog, &sequences)?) {
            if seen.states[id.0] != state {
                seen.states[id.0] = state;
                moved.push(*id);
            }
        }
        Ok(moved)
    }

    /// Sequences that never stand still: what they have passed since is no collision.
    fn forget_what_was_passed(&self, sequences: &[SequenceId], seen: &mut Observations) {
        for link in self.catalog.links_of_all(sequences) {
            let lane = self.lane(link, seen);
            let Some(reading) = seen.links[link.0].reading() else { continue };
            reading.collision = reading.collision.take().and_then(|mut collision| {
                let lane = lane.filter(|lane| !lane.is_after(lane.next(), collision.last))?;
                if lane.is_after(lane.next(), collision.first) {
                    (collision.first, collision.run, collision.run_is_more) = (lane.next(), 0, true);
                }
                Some(collision)
            });
        }
    }

    /// Counts how many calls in a row meet a row, where that was not yet done.
    fn count_runs(
        &self,
        sessions: &mut Sessions,
        sequences: &[SequenceId],
        seen: &mut Observations,
    ) -> Result<()> {
        let mut asked = Vec::new();
        for link in self.catalog.links_of_all(sequences) {
            let Some(lane) = self.lane(link, seen) else { continue };
            let Some(collision) = seen.links[link.0].collision() else { continue };
            if collision.run > 0 {
                continue;
            }
            let lane = Lane::new(collision.first, lane.step(), collision.last);
            asked.push(self.asked(link, Nearest { lane }));
        }
        self.ask(sessions, &asked, |place, answers| {
            let Asked { link, question, .. } = asked[place];
            let observation = &mut seen.links[link.0];
            // Rows that are gone since, or that cannot be counted, stay uncounted: the collision itself is certain.
            if let Some((first, counted)) = run(answers.given, question.lane)
                && let Some(collision) = observation.collision()
            {
                collision.first = first;
                observation.counted(counted);
            }
        })
    }

    /// Looks for gaps where going past the rows would use the sequence up.
    fn find_gaps(
        &self,
        sessions: &mut Sessions,
        sequences: &[SequenceId],
        seen: &mut Observations,
    ) -> Result<()> {
        let mut asked = Vec::new();
        let mut lanes = Vec::new();
        for link in self.catalog.links_of_all(sequences) {
            let Some(lane) = self.lane(link, seen) else { continue };
            let Observation::Seen(Reading { extreme: Some(extreme), collision: Some(_), .. }) =
                seen.links[link.0]
            else {
                continue;
            };
            if self.uses_up(link, lane, extreme) {
                let ignore_above = self.request.ignore_above(self.catalog, self.catalog.link(link).sequence);
                asked.push(self.asked(link, Furthest { ascending: lane.ascending(), ignore_above }));
                lanes.push(lane);
            }
        }
        self.ask(sessions, &asked, |place, answers| {
            let observation = &mut seen.links[asked[place].link.0];
            // Without knowing whether these are outliers nothing may be done about them: where nothing could be read,
            // nothing is known of the column.
            if let Some(given) = observation.take(answers)
                && let Some(collision) = observation.collision()
            {
                collision.gap = widest_gap(given, lanes[place]).map(Box::new);
            }
        })
    }

    /// Whether going past `extreme` would leave the sequence exhausted or nearly so.
    fn uses_up(&self, id: LinkId, lane: Lane, extreme: i128) -> bool {
        let link = self.catalog.link(id);
        let definition = &self.catalog.sequence(link.sequence).definition;
        let past = link.mapping.sequence_value(lane.first_after(extreme), definition.increment.into());
        let Ok(last_value) = i64::try_from(past) else { return true };
        let ceiling = Ceiling::of(self.catalog, link.sequence);
        ceiling.usage(definition, State { last_value, is_called: false }).percent()
            >= self.request.nearly_used_up
    }
}

impl Suspect {
    /// The first and the last row that are met; `None` without any.
    fn met(&self, answers: &[Found]) -> Option<(i128, i128)> {
        let found = Found::together(answers, self.lane.ascending());
        if !self.meets_extreme {
            let last = found.furthest?;
            return Some((found.nearest.unwrap_or(last), last));
        }
        let first = found.nearest?;
        let last = if self.lane.is_after(first, self.extreme) { first } else { self.extreme };
        Some((first, last))
    }
}

impl Observation {
    fn reading(&mut self) -> Option<&mut Reading> {
        match self {
            Self::Seen(reading) => Some(reading),
            Self::Unreadable { .. } | Self::Vanished | Self::NotSelected => None,
        }
    }

    /// Takes note of the tables that could not be read this time. Returns the answers of the others; `None` without
    /// any, and then the whole column could not be read.
    fn take<A>(&mut self, answers: Answers<A>) -> Option<Vec<A>> {
        let refused: Option<Unreadable> = together(answers.refused);
        if answers.given.is_empty() {
            *self = refused.map_or(Self::Vanished, Into::into);
            return None;
        }
        if let (Some(reading), Some(refused)) = (self.reading(), refused) {
            reading.unread.get_or_insert(Box::new(refused));
        }
        Some(answers.given)
    }

    fn collision(&mut self) -> Option<&mut Collision> {
        self.reading()?.collision.as_deref_mut()
    }

    /// Notes the first and the last row that are met, nothing counted yet.
    fn meets(&mut self, met: Option<(i128, i128)>) {
        if let Some(reading) = self.reading() {
            let collision = |(first, last)| Collision { first, last, run: 0, run_is_more: true, gap: None };
            reading.collision = met.map(collision).map(Box::new);
        }
    }

    /// Notes how many calls in a row meet a row.
    fn counted(&mut self, run: u64) {
        if let Some(collision) = self.collision() {
            (collision.run, collision.run_is_more) = (run, run >= RUN);
        }
    }
}
