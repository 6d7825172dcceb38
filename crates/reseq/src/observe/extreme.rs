//! The extreme of every selected link.

use super::Request;
use super::ends::{Among, Ends, Found};
use super::model::{Observation, Probe, Reading};
use super::probe::{Asked, Outcome, ask};
use super::scan::{Way, ways};
use crate::Result;
use crate::catalog::{Catalog, LinkId, Unreadable};
use crate::session::Sessions;

/// What was seen of every link, without collisions, and how many bytes are read whenever one is asked
/// something (0 where an index answers).
pub(super) struct Extremes {
    pub(super) links: Vec<Observation>,
    pub(super) bytes: Vec<u64>,
}

/// Reads the extreme of every link of the selected sequences.
pub(super) fn read(sessions: &mut Sessions, catalog: &Catalog, request: &Request<'_>) -> Result<Extremes> {
    let mut extremes = Extremes {
        links: vec![Observation::NotSelected; catalog.links.len()],
        bytes: vec![0; catalog.links.len()],
    };
    let mut by_index = Vec::new();
    let mut without_index = Vec::new();
    for place in 0..catalog.links.len() {
        let link = catalog.link(LinkId(place));
        if !request.selects(link.sequence) {
            continue;
        }
        if let Some(unreadable) = link.unreadable.clone().or_else(|| incomparable(catalog, LinkId(place))) {
            extremes.links[place] = unreadable.into();
            continue;
        }
        let asked =
            Asked { link: LinkId(place), bytes: 0, question: question(catalog, request, LinkId(place)) };
        let indexed = link.indexed && link.mapping.text.is_none();
        if indexed { &mut by_index } else { &mut without_index }.push(asked);
    }

    let mut probes: Vec<Probe> = vec![Probe::Index; by_index.len()];
    let mut asked = by_index;
    let ways = ways(sessions, catalog, request.scan_limit, &without_index)?;
    for (way, question) in ways.into_iter().zip(without_index) {
        match way {
            Way::By(probe, bytes) => {
                probes.push(probe);
                extremes.bytes[question.link.0] = bytes;
                asked.push(Asked { bytes, ..question });
            }
            Way::Not(unreadable) => extremes.links[question.link.0] = unreadable.into(),
            Way::Vanished => extremes.links[question.link.0] = Observation::Vanished,
        }
    }

    let outcomes = ask(sessions, catalog, &asked)?;
    for ((outcome, asked), probe) in outcomes.into_iter().zip(&asked).zip(probes) {
        extremes.links[asked.link.0] = match outcome {
            Outcome::Answer(answers) => {
                let found = Found::together(&answers, asked.question.ascending());
                Observation::Seen(Reading { extreme: found.furthest, probe, collision: None })
            }
            Outcome::Unreadable(unreadable) => unreadable.into(),
            Outcome::Vanished => Observation::Vanished,
        };
    }
    Ok(extremes)
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
