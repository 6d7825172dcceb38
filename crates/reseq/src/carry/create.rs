//! Makes what the target lacks.

use std::collections::HashMap;

use super::{Carrying, flags};
use crate::Result;
use crate::catalog::{Absent, Catalog, KnownRole, Place, SequenceId, Wanted, absent, known_roles, places};
use crate::model::{ObjectName, Oid, QuotedName};
use crate::observe::{StateReading, states};
use crate::plan::{Creation, Creations, Occasion, SchemaMapping, create, name_there};
use crate::session::Sessions;

impl Carrying {
    /// Plans to make the sequences that the target lacks, as the source has them: definition, where they stand, the column
    /// that they belong to, owner and grants as far as the target has those roles. Run it with
    /// [`crate::apply::change()`], then look again.
    ///
    /// # Errors
    /// What ends the whole run.
    pub fn create(
        &self,
        source: &mut Sessions,
        target: &mut Sessions,
        schemas: &[SchemaMapping],
        occasion: Occasion,
    ) -> Result<Creations> {
        let catalogs = [&self.source.catalog, &self.target.catalog];
        let lacking = Lacking::read([source, target], catalogs, &self.pairs.missing, schemas)?;
        Ok(lacking.plan(occasion, |_| true))
    }

    /// Takes over what was made, or would be; those sequences are no longer missing.
    pub fn take_over(&mut self, creations: Creations) {
        let Creations { change, made } = creations;
        self.pairs.missing.retain(|id| !made.iter().any(|(other, _)| other == id));
        self.created = made.into_iter().map(|(_, name)| name).collect();
        self.not_created = change.remaining;
    }
}

/// What the target lacks, and what it takes to make it.
#[derive(Debug)]
pub(super) struct Lacking<'a> {
    catalogs: [&'a Catalog; 2],
    missing: Vec<SequenceId>,
    /// One a sequence of the source.
    states: Vec<StateReading>,
    absent: HashMap<Oid, Absent>,
    /// One each of those that are missing.
    places: Vec<Place>,
    roles: HashMap<String, KnownRole>,
    /// The major version of the target.
    major: u32,
}

impl<'a> Lacking<'a> {
    /// Looks at both ends, the source first.
    pub(super) fn read(
        [source, target]: [&mut Sessions; 2],
        catalogs: [&'a Catalog; 2],
        missing: &[SequenceId],
        schemas: &[SchemaMapping],
    ) -> Result<Self> {
        let [catalog, _] = catalogs;
        let (missing, wanted): (Vec<_>, Vec<_>) =
            missing.iter().filter_map(|id| Some((*id, wanted(catalog, *id, schemas)?))).unzip();
        let oids: Vec<_> = missing.iter().map(|id| catalog.sequence(*id).oid).collect();
        let states = states(source, catalog, &flags(catalog, missing.iter().copied()))?;
        let absent = absent(source.first(), &oids)?;
        let places = places(target.first(), &wanted)?;
        let mut roles: Vec<String> = Vec::new();
        for known in absent.values() {
            roles.push(known.role.clone());
            roles.extend(known.grants.iter().filter_map(|grant| grant.role.clone()));
        }
        let roles = known_roles(target.first(), &roles)?;
        let major = target.server().major();
        Ok(Self { catalogs, missing, states, absent, places, roles, major })
    }

    /// What the source calls it.
    pub(super) fn name(&self, id: SequenceId) -> &QuotedName {
        &self.catalogs[0].sequence(id).name
    }

    /// Plans to make some of it.
    pub(super) fn plan(&self, occasion: Occasion, is_wanted: impl Fn(SequenceId) -> bool) -> Creations {
        let [source, target] = self.catalogs;
        let owned = owned(target);
        let missing = self.missing.iter().zip(&self.places).filter(|(id, _)| is_wanted(**id));
        let creations: Vec<_> = missing
            .filter_map(|(id, place)| {
                let sequence = source.sequence(*id);
                let column = place.column.as_ref();
                let instead = column.and_then(|one| owned.get(&(one.table_oid, &one.column)).copied());
                let absent = self.absent.get(&sequence.oid)?;
                Some(Creation { id: *id, sequence, state: &self.states[id.0], absent, place, instead })
            })
            .collect();
        create(&creations, &self.roles, self.major, occasion)
    }
}

/// What a missing sequence is to be called on the target, and the column that it is to belong to.
fn wanted(source: &Catalog, id: SequenceId, schemas: &[SchemaMapping]) -> Option<Wanted> {
    let sequence = source.sequence(id);
    let column = sequence.owner.as_ref().and_then(|owner| {
        let column = ObjectName::parse(owner.column.as_str())?.name;
        Some((name_there(&owner.table, schemas)?, column))
    });
    Some(Wanted { name: name_there(&sequence.name, schemas)?, column })
}

/// The sequences that belong to columns, by those.
fn owned(catalog: &Catalog) -> HashMap<(Oid, &QuotedName), &QuotedName> {
    let owned = catalog.sequences.iter().filter_map(|sequence| {
        let owner = sequence.owner.as_ref()?;
        Some(((owner.table_oid, &owner.column), &sequence.name))
    });
    owned.collect()
}
