//! Makes what the target lacks.

use std::collections::HashMap;

use super::{Carrying, flags};
use crate::Result;
use crate::catalog::{SequenceId, Wanted, absent, known_roles, places};
use crate::model::ObjectName;
use crate::observe::{StateReading, states};
use crate::plan::{Creation, Creations, SchemaMapping, create, name_there};
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
    ) -> Result<Creations> {
        let catalog = &self.source.catalog;
        let missing: Vec<(SequenceId, Wanted)> =
            self.pairs.missing.iter().filter_map(|id| Some((*id, self.wanted(*id, schemas)?))).collect();
        let oids: Vec<_> = missing.iter().map(|(id, _)| catalog.sequence(*id).oid).collect();
        let readings = states(source, catalog, &flags(catalog, missing.iter().map(|(id, _)| *id)))?;
        let absent = absent(source.first(), &oids)?;
        let wanted: Vec<Wanted> = missing.iter().map(|(_, wanted)| wanted.clone()).collect();
        let places = places(target.first(), &wanted)?;
        let mut roles: Vec<String> = Vec::new();
        for known in absent.values() {
            roles.push(known.role.clone());
            roles.extend(known.grants.iter().filter_map(|grant| grant.role.clone()));
        }
        let roles: HashMap<_, _> = known_roles(target.first(), &roles)?;
        let creations: Vec<_> = missing
            .iter()
            .zip(&places)
            .filter_map(|((id, _), place)| {
                let sequence = catalog.sequence(*id);
                let state = match readings[id.0] {
                    StateReading::Known(state) => Some(state),
                    _ => None,
                };
                Some(Creation { id: *id, sequence, state, absent: absent.get(&sequence.oid)?, place })
            })
            .collect();
        Ok(create(&creations, &roles, self.target.server.major()))
    }

    /// Takes over what was made, or would be; those sequences are no longer missing.
    pub fn take_over(&mut self, creations: Creations) {
        let Creations { change, made } = creations;
        self.pairs.missing.retain(|id| !made.iter().any(|(other, _)| other == id));
        self.created = made.into_iter().map(|(_, name)| name).collect();
        self.not_created = change.remaining;
    }

    /// What a missing sequence is to be called on the target, and the column that it is to belong to.
    fn wanted(&self, id: SequenceId, schemas: &[SchemaMapping]) -> Option<Wanted> {
        let sequence = self.source.catalog.sequence(id);
        let column = sequence.owner.as_ref().and_then(|owner| {
            let column = ObjectName::parse(owner.column.as_str())?.name;
            Some((name_there(&owner.table, schemas)?, column))
        });
        Some(Wanted { name: name_there(&sequence.name, schemas)?, column })
    }
}
