//! What a sequence would meet if it were restarted elsewhere.

use super::collision::Search;
use super::column::Column;
use super::ends::{Among, Ends, Found};
use super::probe::{Asked, Question as _, Rows, ask};
use super::{Observations, Request, StateReading, extreme};
use crate::Result;
use crate::catalog::{Catalog, Link, LinkId, SequenceId};
use crate::model::{Lane, State};
use crate::session::Sessions;
use crate::template::fill;

/// What was seen, and what would be met from elsewhere on.
#[derive(Clone, Debug)]
pub struct Ahead {
    /// States and extremes as they are, without collisions.
    pub seen: Observations,
    /// The same with the states that were asked about, and what the sequences would meet from there on. A sequence that
    /// was not asked about has [`StateReading::NotSelected`].
    pub restarted: Observations,
}

/// Looks at the selected sequences, and at what they would meet in the states that `elsewhere` gives for what was seen.
///
/// # Errors
/// As [`super::observe()`].
pub fn look_ahead(
    sessions: &mut Sessions,
    catalog: &Catalog,
    request: &Request<'_>,
    elsewhere: impl Fn(&Observations, SequenceId) -> Option<State>,
) -> Result<Ahead> {
    let selected = request.sequences(catalog);
    let mut seen = Observations::of_none(catalog);
    let bytes = extreme::read(sessions, catalog, request, &selected, &mut seen)?;
    let mut restarted = Observations { links: seen.links.clone(), ..Observations::of_none(catalog) };
    seen.states = super::states(sessions, catalog, request.selected)?;
    for id in &selected {
        if let Some(state) = elsewhere(&seen, *id) {
            restarted.states[id.0] = StateReading::Known(state);
        }
    }
    Search { catalog, request, bytes: &bytes }.ahead_of_where_they_stand(
        sessions,
        &selected,
        &mut restarted,
    )?;
    Ok(Ahead { seen, restarted })
}

/// The nearest row that each of these lanes, of values of a linked column, meets; `None` without one, and where the column
/// could not be read.
pub(crate) fn nearest_rows(
    sessions: &mut Sessions,
    catalog: &Catalog,
    request: &Request<'_>,
    lanes: &[(LinkId, Lane)],
) -> Result<Vec<Option<i128>>> {
    let question = |lane: Lane| Ends { among: Among::InLane(lane), nearest: true, furthest: false };
    let asked: Vec<_> =
        lanes.iter().map(|(link, lane)| Asked { link: *link, bytes: 0, question: question(*lane) }).collect();
    let mut found = vec![None; lanes.len()];
    ask(sessions, catalog, request, &asked, |place, answers| {
        found[place] = Found::together(&answers.given, lanes[place].1.ascending()).nearest;
    })?;
    Ok(found)
}

/// The query of the nearest row that `lane`, a lane of the sequence, meets in a linked column, as text, NULL without one;
/// `None` for a column that cannot be compared.
pub(crate) fn nearest_row(link: &Link, lane: Lane) -> Option<String> {
    end_row(link, Ends { among: Among::InLane(link.lane_in_column(lane)), nearest: true, furthest: false }, 2)
}

/// The query of the furthest row of a linked column, as text, NULL without one; `None` for a column that cannot be
/// compared.
pub(crate) fn furthest_row(link: &Link, lane: Lane) -> Option<String> {
    let ascending = link.lane_in_column(lane).ascending();
    let among = Among::All { ascending, ignore_above: None };
    end_row(link, Ends { among, nearest: false, furthest: true }, 3)
}

fn end_row(link: &Link, ends: Ends, column: usize) -> Option<String> {
    let rows = Rows { table: &link.table, only: false, column: Column::new(link, &link.column)? };
    let names = ["place", "relation", "nearest", "furthest"];
    Some(fill(
        "SELECT e.{column} FROM ({ends}) AS e",
        &[("column", names[column]), ("ends", &ends.sql(0, &rows))],
    ))
}
