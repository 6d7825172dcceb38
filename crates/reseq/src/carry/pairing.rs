//! What both sides have, as far as it must be known, and what of it belongs together.

use std::collections::HashSet;

use super::{CarryOptions, at_once};
use crate::catalog::{
    self, Catalog, DrawingColumn, Replication, Selection, SequenceId, read_sequences, replicated,
};
use crate::check::look_up;
use crate::model::{ObjectName, QuotedName};
use crate::observe::{StateReading, states};
use crate::plan::{
    IgnoreAbove, Pair, Pairs, Part, SchemaMapping, are_all_drawn, differences, name_there, pair,
};
use crate::session::{Server, Sessions, is_same};
use crate::{Error, Result};

/// What there is on both sides, and what of it belongs together.
#[derive(Debug)]
pub(super) struct Paired {
    pub(super) source: Catalog,
    /// One flag a link of the source, to compare columns by: whether its table is meant.
    pub(super) meant: Vec<bool>,
    /// Where the source's sequences stand, where that was read at once.
    pub(super) states: Option<Vec<StateReading>>,
    pub(super) target: Catalog,
    pub(super) pairs: Pairs,
    pub(super) ignore_above: Vec<IgnoreAbove>,
}

/// The source's sequences, and which are meant.
#[derive(Debug)]
struct Offered {
    catalog: Catalog,
    selected: Vec<bool>,
    /// One flag a link: whether its table is meant.
    meant: Vec<bool>,
    /// What was read in place of links.
    bare: Option<Bare>,
}

/// Sequences without links.
#[derive(Debug)]
struct Bare {
    /// What may draw from them.
    drawing: Vec<DrawingColumn>,
    /// Where they stand.
    states: Vec<StateReading>,
}

/// Reads what there is on both sides.
pub(super) fn pair_up(
    source: &mut Sessions,
    target: &mut Sessions,
    options: &CarryOptions,
) -> Result<Paired> {
    let same = is_same(source.first(), target.first())?;
    if same && !options.schemas.iter().any(SchemaMapping::renames) {
        return Err(refuse_same(target.server()));
    }
    let ((mut offered, by_source), (target_catalog, by_target)) = at_once(
        || {
            let offered = if !same && options.may_do_without_links() {
                offer_sequences(source)?
            } else {
                offer(source, &options.selection)?
            };
            Ok((offered, replicated(source.first(), &options.replicated_by_source)?))
        },
        || {
            let catalog = catalog::read(target, &options.target.declared)?;
            Ok((catalog, replicated(target.first(), &options.replicated_by_target)?))
        },
    )?;
    let is_limited = by_source.is_some() || by_target.is_some();
    let replicated = Replicated {
        by_source: &by_source.unwrap_or_default(),
        by_target: &by_target.unwrap_or_default(),
        schemas: &options.schemas,
    };
    let pairs_of = |Offered { catalog, selected, .. }: &mut Offered| {
        if same {
            leave_out_unmapped(catalog, &options.schemas, selected);
        }
        let not_replicated =
            if is_limited { replicated.leave_out_others(catalog, selected) } else { Vec::new() };
        let pairs = pair(catalog, selected, &target_catalog, &options.schemas)?;
        Ok(Pairs { not_replicated, ..pairs })
    };
    let mut pairs = pairs_of(&mut offered)?;
    if !offered.suffices(&target_catalog, &pairs, &options.schemas) {
        offered = offer(source, &options.selection)?;
        pairs = pairs_of(&mut offered)?;
    }
    let ignore_above = look_up(&options.target.ignore_above, &target_catalog)?;
    let states = offered.bare.map(|bare| bare.states);
    let Offered { catalog: source, meant, .. } = offered;
    Ok(Paired { source, meant, states, target: target_catalog, pairs, ignore_above })
}

fn offer(source: &mut Sessions, selection: &Selection) -> Result<Offered> {
    let catalog = catalog::read(source, &[])?;
    let selection = selection.look_up(source.first())?;
    let (selected, meant) = (selection.sequences(&catalog), selection.links(&catalog));
    Ok(Offered { catalog, selected, meant, bare: None })
}

/// All sequences, without their links, and where they stand: the target need not be known for that.
fn offer_sequences(source: &mut Sessions) -> Result<Offered> {
    let (catalog, drawing) = read_sequences(source.first())?;
    let selected = vec![true; catalog.sequences.len()];
    let states = states(source, &catalog, &selected)?;
    Ok(Offered { catalog, selected, meant: Vec::new(), bare: Some(Bare { drawing, states }) })
}

impl Offered {
    /// Whether links would tell nothing more. Those of the source bring its end nearer at most: a target that goes on
    /// to the end of its sequence goes on far enough.
    fn suffices(&self, target: &Catalog, pairs: &Pairs, schemas: &[SchemaMapping]) -> bool {
        let Some(Bare { drawing, .. }) = &self.bare else { return true };
        let ends_before = |pair: &Pair| {
            differences(&self.catalog, target, *pair).iter().any(|found| found.part == Part::Ceiling)
        };
        pairs.missing.is_empty()
            && are_all_drawn(drawing, (&self.catalog, target), &pairs.found, schemas)
            && !pairs.found.iter().any(ends_before)
    }
}

impl CarryOptions {
    fn may_do_without_links(&self) -> bool {
        let nothing = Replication::default();
        self.sequences_suffice
            && self.selection == Selection::default()
            && self.replicated_by_source == nothing
            && self.replicated_by_target == nothing
    }
}

/// What publications and subscriptions have, on both sides.
struct Replicated<'a> {
    by_source: &'a HashSet<ObjectName>,
    by_target: &'a HashSet<ObjectName>,
    schemas: &'a [SchemaMapping],
}

impl Replicated<'_> {
    /// Gives what it leaves out.
    fn leave_out_others(&self, catalog: &Catalog, selected: &mut [bool]) -> Vec<SequenceId> {
        let there = |name: &QuotedName| {
            ObjectName::parse(name.as_str()).is_some_and(|name| self.by_source.contains(&name))
                || name_there(name, self.schemas).is_some_and(|name| self.by_target.contains(&name))
        };
        let others: Vec<SequenceId> = catalog
            .iter()
            .filter(|(id, sequence)| selected[id.0] && !catalog.concerns(sequence, there))
            .map(|(id, _)| id)
            .collect();
        others.iter().for_each(|id| selected[id.0] = false);
        others
    }
}

/// Within one database only what has another schema there is carried: all else would be carried to itself.
fn leave_out_unmapped(catalog: &Catalog, schemas: &[SchemaMapping], selected: &mut [bool]) {
    for (id, sequence) in catalog.iter() {
        selected[id.0] &= schemas.iter().any(|mapping| mapping.renames() && mapping.maps(&sequence.name));
    }
}

fn refuse_same(server: &Server) -> Error {
    let Server { database, host, port, .. } = server;
    Error::Usage {
        message: format!("source and target are the same database: {database} on {host}:{port}"),
        hint: Some(
            "name two databases with --from and --to, or two schemas of one with --map-schema".to_owned(),
        ),
    }
}
