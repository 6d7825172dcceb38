//! The extreme of every selected link.

use std::collections::HashMap;

use super::Request;
use super::answers::together;
use super::ends::{Among, Ends, Found};
use super::failure::not_asked;
use super::model::{Observation, Observations, Probe, Reading};
use super::probe::{Asked, ask};
use super::scan::{Way, ways};
use crate::Result;
use crate::catalog::{Catalog, Link, LinkId, SequenceId, Unreadable};
use crate::session::Sessions;

/// How many bytes are read whenever a link is asked something; where none are told, an index answers.
pub(super) type Bytes = HashMap<LinkId, u64>;

/// Reads the extreme of every link of these sequences, without collisions.
pub(super) fn read(
    sessions: &mut Sessions,
    catalog: &Catalog,
    request: &Request<'_>,
    sequences: &[SequenceId],
    seen: &mut Observations,
) -> Result<Bytes> {
    let mut by_index = Vec::new();
    let mut without_index = Vec::new();
    for id in catalog.links_of_all(sequences) {
        let link = catalog.link(id);
        let hindrance = || incomparable(catalog, id).or_else(|| all_foreign(link, request));
        if let Some(unreadable) = link.unreadable.as_deref().cloned().or_else(hindrance) {
            seen.links[id.0] = unreadable.into();
            continue;
        }
        let asked = Asked { link: id, bytes: 0, question: question(catalog, request, id) };
        let indexed = link.indexed && link.mapping.text.is_none();
        if indexed { &mut by_index } else { &mut without_index }.push(asked);
    }

    let mut probes: Vec<Probe> = vec![Probe::Index; by_index.len()];
    let mut asked = by_index;
    let mut read = Bytes::new();
    let ways = ways(sessions, catalog, request, &without_index)?;
    for (way, question) in ways.into_iter().zip(without_index) {
        match way {
            Way::By(probe, bytes) => {
                probes.push(probe);
                read.insert(question.link, bytes);
                asked.push(Asked { bytes, ..question });
            }
            Way::Not(unreadable) => seen.links[question.link.0] = unreadable.into(),
            Way::Vanished => seen.links[question.link.0] = Observation::Vanished,
        }
    }

    ask(sessions, catalog, request, &asked, |place, mut answers| {
        let Asked { link, question, .. } = asked[place];
        answers.refused.extend(not_asked(catalog.link(link), request));
        let unread = together(answers.refused);
        seen.links[link.0] = if answers.given.is_empty() {
            unread.map_or(Observation::Vanished, Into::into)
        } else {
            Observation::Seen(Reading {
                extreme: Found::together(&answers.given, question.ascending()).furthest,
                probe: probes[place],
                collision: None,
                unread: unread.map(Box::new),
            })
        };
    })?;
    Ok(read)
}

/// Why a link cannot be read all of whose tables are foreign ones that are left out.
fn all_foreign(link: &Link, request: &Request<'_>) -> Option<Unreadable> {
    let unread = not_asked(link, request)?;
    link.leaves.iter().all(|leaf| leaf.foreign).then_some(unread)
}

/// The question for the extreme of a link.
pub(super) fn question(catalog: &Catalog, request: &Request<'_>, link: LinkId) -> Ends {
    let ignore_above = request.ignore_above(catalog, catalog.link(link).sequence);
    Ends {
        among: Among::All { ascending: grows(catalog, link), ignore_above },
        nearest: false,
        furthest: true,
    }
}

/// Whether the values of a linked column grow.
fn grows(catalog: &Catalog, id: LinkId) -> bool {
    let link = catalog.link(id);
    catalog.sequence(link.sequence).definition.ascending() == (link.mapping.factor > 0)
}

/// Why the values of a column cannot be compared with its sequence's, where they cannot.
fn incomparable(catalog: &Catalog, id: LinkId) -> Option<Unreadable> {
    let link = catalog.link(id);
    if super::column::Column::new(link, &link.column).is_some() {
        return None;
    }
    Some(Unreadable {
        reason: format!(
            "values of {}.{}, of type {}, cannot be compared with those of a sequence",
            link.table, link.column, link.column_type.name
        ),
        hint: "declare in reseq.toml how the column is made from the sequence".to_owned(),
    })
}

impl From<Unreadable> for Observation {
    fn from(Unreadable { reason, hint }: Unreadable) -> Self {
        Self::Unreadable { reason, hint }
    }
}
