//! Which sequence of the target stands for which of the source: by schema and name.

use std::collections::HashMap;

use crate::catalog::{Catalog, SequenceId};
use crate::model::{ObjectName, QuotedName};
use crate::{Error, Result};

/// A sequence on both sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair {
    /// In the source's catalogue.
    pub source: SequenceId,
    /// In the target's catalogue.
    pub target: SequenceId,
}

/// A schema of the source that has another name on the target; both as they are, without quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemaMapping {
    /// Its name on the source.
    pub source: String,
    /// Its name on the target.
    pub target: String,
}

/// What was found of the source's sequences on the target.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pairs {
    /// In the order of the source's catalogue.
    pub found: Vec<Pair>,
    /// Those of the source that the target does not have.
    pub missing: Vec<SequenceId>,
    /// Those of the source that are not meant, because what is replicated is, and has no table that draws from them.
    pub not_replicated: Vec<SequenceId>,
}

/// Looks the selected sequences of the source up on the target. Servers of different versions may quote one name
/// differently: names are compared as they are.
///
/// # Errors
/// [`Error::Usage`] where two sequences of the source would have to be the same one on the target, and for mappings of a
/// schema without sequences or of one schema to several.
pub fn pair(
    source: &Catalog,
    selected: &[bool],
    target: &Catalog,
    schemas: &[SchemaMapping],
) -> Result<Pairs> {
    refuse_wrong_mappings(source, schemas)?;
    let there: HashMap<ObjectName, SequenceId> = target
        .iter()
        .filter_map(|(id, sequence)| Some((ObjectName::parse(sequence.name.as_str())?, id)))
        .collect();
    let mut pairs = Pairs::default();
    let mut taken: HashMap<SequenceId, SequenceId> = HashMap::new();
    for (id, sequence) in source.iter().filter(|(id, _)| selected[id.0]) {
        let Some(found) = name_there(&sequence.name, schemas).and_then(|name| there.get(&name)) else {
            pairs.missing.push(id);
            continue;
        };
        if let Some(other) = taken.insert(*found, id) {
            return Err(Error::Usage {
                message: format!(
                    "{} and {} of the source would both be {} of the target",
                    source.sequence(other).name,
                    sequence.name,
                    target.sequence(*found).name
                ),
                hint: Some(
                    "map their schemas to different ones, or select one of them with -n or -s".to_owned(),
                ),
            });
        }
        pairs.found.push(Pair { source: id, target: *found });
    }
    Ok(pairs)
}

impl SchemaMapping {
    /// Whether the names differ.
    pub fn renames(&self) -> bool {
        self.source != self.target
    }

    /// Whether a sequence of the source lies in the schema.
    pub fn maps(&self, name: &QuotedName) -> bool {
        ObjectName::parse(name.as_str()).is_some_and(|name| name.schema.as_ref() == Some(&self.source))
    }
}

/// A schema that was misspelt would be carried under its own name, and one that is mapped twice to the first only.
fn refuse_wrong_mappings(source: &Catalog, schemas: &[SchemaMapping]) -> Result<()> {
    let twice = schemas.iter().enumerate().find_map(|(place, mapping)| {
        let other = schemas[..place].iter().find(|other| other.source == mapping.source)?;
        (other != mapping).then_some((other, mapping))
    });
    if let Some((one, other)) = twice {
        return Err(Error::Usage {
            message: format!(
                "the schema {} is to be mapped to {} and to {}",
                one.source, one.target, other.target
            ),
            hint: Some("map it to one of them".to_owned()),
        });
    }
    let is_empty =
        |mapping: &&SchemaMapping| !source.iter().any(|(_, sequence)| mapping.maps(&sequence.name));
    match schemas.iter().find(is_empty) {
        None => Ok(()),
        Some(SchemaMapping { source, target }) => Err(Error::Usage {
            message: format!(
                "no sequence of the source is in the schema {source}, which is to be mapped to {target}"
            ),
            hint: Some("write it as it is, without quotes, the source's first".to_owned()),
        }),
    }
}

/// What a sequence or table of the source is called on the target, as it is, without quotes.
pub(crate) fn name_there(name: &QuotedName, schemas: &[SchemaMapping]) -> Option<ObjectName> {
    let name = ObjectName::parse(name.as_str())?;
    let mapped = schemas.iter().find(|mapping| name.schema.as_ref() == Some(&mapping.source));
    Some(match mapped {
        Some(mapping) => ObjectName { schema: Some(mapping.target.clone()), ..name },
        None => name,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{database, sequence};

    fn catalog(names: &[&str]) -> Catalog {
        database(names.iter().map(|name| sequence(name).called(1))).catalog
    }

    fn mapping(source: &str, target: &str) -> SchemaMapping {
        SchemaMapping { source: source.to_owned(), target: target.to_owned() }
    }

    #[test]
    fn names_are_compared_as_they_are() {
        // A word that one version reserves and another does not.
        let source = catalog(&["public.\"system_user\"", "public.\"a.b\"", "public.gone", "shop.s"]);
        let target = catalog(&["new_shop.s", "public.\"a.b\"", "public.system_user"]);
        let pairs = pair(&source, &[true; 4], &target, &[mapping("shop", "new_shop")]).unwrap();
        let names: Vec<_> =
            pairs.found.iter().map(|pair| target.sequence(pair.target).name.as_str()).collect();
        assert_eq!(names, ["public.system_user", "public.\"a.b\"", "new_shop.s"]);
        assert_eq!(pairs.missing, [SequenceId(2)]);
    }

    #[test]
    fn what_is_not_selected_is_neither_found_nor_missing() {
        let source = catalog(&["a.s", "b.s"]);
        let pairs = pair(&source, &[false, true], &catalog(&["a.s"]), &[]).unwrap();
        assert_eq!(pairs, Pairs { missing: vec![SequenceId(1)], ..Pairs::default() });
    }

    #[test]
    fn two_sequences_cannot_become_one() {
        let source = catalog(&["a.s", "b.s"]);
        let error = pair(&source, &[true; 2], &catalog(&["b.s"]), &[mapping("a", "b")]).unwrap_err();
        assert_eq!(error.to_string(), "a.s and b.s of the source would both be b.s of the target");
    }
    #[test]
    fn a_schema_is_mapped_to_one_other() {
        let schemas = [mapping("a", "b"), mapping("a", "b"), mapping("a", "c")];
        pair(&catalog(&["a.s"]), &[true], &catalog(&["b.s"]), &schemas[..2]).unwrap();
        let error = pair(&catalog(&["a.s"]), &[true], &catalog(&["b.s"]), &schemas).unwrap_err();
        assert_eq!(error.to_string(), "the schema a is to be mapped to b and to c");
    }
}
