//! Which value a sequence is to hand out next, and whether it can.

use super::{RestartOptions, Subject};
use crate::catalog::{Ceiling, LinkId};
use crate::model::Lane;
use crate::observe::{Observation, Reading, whole_lane};
use crate::{Error, Result};

/// Where a sequence is to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Destination {
    /// The next nextval() returns this value.
    With(i64),
    /// The next nextval() returns the sequence's START.
    AtStart,
    /// The next nextval() returns the first value after the rows, or START where there is none.
    ToData,
}

impl Subject<'_> {
    /// The value that nextval() is to return next; `None` where it does so already, or where the sequence stands after
    /// its data and may not go back.
    pub(super) fn value(&self, options: RestartOptions) -> Result<Option<i64>> {
        let definition = &self.catalog.sequence(self.id).definition;
        let value = match options.destination {
            Destination::With(value) => value,
            Destination::AtStart => definition.start,
            Destination::ToData => {
                let value = self.after_rows()?;
                let ahead = self.lane.is_after(self.lane.next(), value.into());
                if ahead && self.lane.calls() > 0 && !options.allow_backward {
                    return Ok(None);
                }
                value
            }
        };
        self.make_sure_it_can_be_reached(value, options.force)?;
        Ok((i128::from(value) != self.lane.next()).then_some(value))
    }

    /// The first value of the lane after the rows of all columns, START where there is none.
    fn after_rows(&self) -> Result<i64> {
        let whole = whole_lane(self.catalog, self.id, self.lane);
        let mut needed: Option<i128> = None;
        for id in self.catalog.sequence(self.id).links.clone().map(LinkId) {
            let link = self.catalog.link(id);
            let observation = self.seen.link(id);
            if let Some((reason, hint)) = observation.hindrance() {
                return Err(self.unreadable(id, reason, hint));
            }
            let Observation::Seen(Reading { extreme: Some(extreme), .. }) = *observation else { continue };
            let past = link.lane_in_column(whole).first_after(extreme);
            let past = link.mapping.sequence_value(past, whole.step());
            needed =
                Some(needed.map_or(past, |needed| if whole.is_after(past, needed) { past } else { needed }));
        }
        let Some(needed) = needed else { return Ok(self.catalog.sequence(self.id).definition.start) };
        i64::try_from(needed).map_err(|_| Error::Refused {
            message: format!("{} would have to go to {needed}, which no sequence reaches", self.name()),
            hint: None,
        })
    }

    /// The first value after all rows, where it is known and can be reached.
    pub(super) fn after_all_rows(&self) -> Option<i64> {
        self.after_rows()
            .ok()
            .filter(|value| whole_lane(self.catalog, self.id, self.lane).contains((*value).into()))
    }

    pub(super) fn unreadable(&self, id: LinkId, reason: &str, hint: &str) -> Error {
        let column = self.catalog.link(id).full_name();
        Error::Unable {
            message: format!(
                "whether rows of {column} stand in the way of {} is not known: {reason}",
                self.name()
            ),
            hint: Some(hint.to_owned()),
        }
    }

    /// Refuses a value outside the bounds and, unless it is forced, one past the ceiling or outside the lane.
    fn make_sure_it_can_be_reached(&self, value: i64, force: bool) -> Result<()> {
        let definition = &self.catalog.sequence(self.id).definition;
        let whole = whole_lane(self.catalog, self.id, self.lane);
        let ceiling = Ceiling::of(self.catalog, self.id);
        let reason = if !(definition.min..=definition.max).contains(&value) {
            format!("lies outside its bounds, {} to {}", definition.min, definition.max)
        } else if force || whole.contains(value.into()) {
            return Ok(());
        } else if whole.is_after(value.into(), ceiling.value.into()) {
            format!("lies beyond {}", ceiling.words(self.catalog, self.id))
        } else {
            format!(
                "is not in its lane, {} and every {} from there",
                self.lane.next(),
                definition.increment.unsigned_abs()
            )
        };
        Err(Error::Refused {
            message: format!("{} cannot be restarted with {value}: it {reason}", self.name()),
            hint: nearest(whole, value.into()),
        })
    }
}

/// The values of a lane beside `value`, in words.
fn nearest(whole: Lane, value: i128) -> Option<String> {
    let last = whole.next() + whole.step() * i128::try_from(whole.calls().checked_sub(1)?).ok()?;
    let after = whole.first_after(value);
    let before = after - whole.step();
    let mut near: Vec<i128> = [before, after].into_iter().filter(|value| whole.contains(*value)).collect();
    if near.is_empty() {
        near.push(last);
    }
    let words: Vec<String> = near.iter().map(i128::to_string).collect();
    Some(match words.as_slice() {
        [only] => format!("the nearest value that would do is {only}"),
        several => format!("the nearest values that would do are {}", several.join(" and ")),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_nearest_values_stand_on_both_sides() {
        let words = |lane, value| nearest(lane, value).unwrap();
        assert_eq!(words(Lane::new(1, 10, 100), 35), "the nearest values that would do are 31 and 41");
        assert_eq!(words(Lane::new(1, 10, 100), 0), "the nearest value that would do is 1");
        assert_eq!(words(Lane::new(1, 10, 100), 99), "the nearest value that would do is 91");
        assert_eq!(words(Lane::new(1, 10, 100), 5000), "the nearest value that would do is 91");
        assert_eq!(words(Lane::new(-1, -2, -9), -4), "the nearest values that would do are -3 and -5");
        assert_eq!(nearest(Lane::new(5, 1, 4), 4), None);
    }

    proptest! {
        #[test]
        fn no_other_value_is_nearer(
            first in -50_i128..50, step in prop_oneof![-9_i128..=-1, 1_i128..=9], calls in 1_i128..30, value in -400_i128..400,
        ) {
            let lane = Lane::new(first, step, first + step * (calls - 1));
            let words = nearest(lane, value).unwrap();
            let named: Vec<i128> =
                words.split(' ').filter_map(|word| word.parse().ok()).collect();
            let all = (0..calls).map(|call| first + step * call);
            let nearest = all.map(|one| (one - value).abs()).min().unwrap();
            prop_assert!(named.iter().any(|one| (one - value).abs() == nearest), "{words}");
            prop_assert!(named.iter().all(|one| lane.contains(*one)));
        }
    }
}
