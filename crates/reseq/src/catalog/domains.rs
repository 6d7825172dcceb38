//! Domains: what they are made of, and those whose default draws.

use std::collections::{HashMap, HashSet};

use super::Storage;
use super::query::Query;
use crate::model::{IntegerType, Oid};

/// The domains of the database.
#[derive(Debug, Default)]
pub(super) struct Domains {
    base: HashMap<Oid, (Oid, i32)>,
    /// Those of them that ignore case: citext.
    ignore_case: HashSet<Oid>,
    /// The defaults of those that have one.
    pub(super) defaults: Vec<DomainDefault>,
}

/// The default of a domain.
#[derive(Debug)]
pub(super) struct DomainDefault {
    pub(super) domain: Oid,
    /// The domain's name, quoted.
    pub(super) name: String,
    pub(super) expression: String,
}

impl Domains {
    /// Reads all domains.
    pub(super) fn query(&mut self) -> Query<'_> {
        Query::new("read the domains", include_str!("sql/domains.sql"), |row| {
            let domain = Oid(row.get(0)?);
            self.base.insert(domain, (Oid(row.get(1)?), row.get(2)?));
            if let Some(expression) = row.get(4)? {
                self.defaults.push(DomainDefault { domain, name: row.get(3)?, expression });
            }
            if row.get(5)? {
                self.ignore_case.insert(domain);
            }
            Ok(())
        })
    }

    /// The types that a domain is made of, with their modifiers.
    fn below(&self, type_oid: Oid) -> impl Iterator<Item = (Oid, i32)> {
        let base = |type_oid: Oid| self.base.get(&type_oid).copied();
        std::iter::successors(base(type_oid), move |&(below, _)| base(below))
    }

    /// Whether values of the type are equal that differ in upper and lower case.
    pub(super) fn ignores_case(&self, type_oid: Oid) -> bool {
        let below = self.below(type_oid).map(|(below, _)| below);
        std::iter::once(type_oid).chain(below).any(|one| self.ignore_case.contains(&one))
    }

    /// What a column of this type and type modifier can hold, domains looked through.
    ///
    /// The OIDs of the types below and the meaning of their modifiers are part of the wire protocol's
    /// contract: they have never changed.
    pub(super) fn storage(&self, mut type_oid: Oid, mut modifier: i32) -> Storage {
        for (base, base_modifier) in self.below(type_oid) {
            (type_oid, modifier) = (base, base_modifier);
        }
        // A modifier counts the four bytes of the length word too.
        let length = u32::try_from(modifier - 4).ok();
        match type_oid.0 {
            21 => Storage::Integer(IntegerType::SmallInt),
            23 => Storage::Integer(IntegerType::Integer),
            20 => Storage::Integer(IntegerType::BigInt),
            1700 => Storage::Numeric(length.and_then(digits_before_the_point)),
            25 => Storage::Text(None),
            1042 | 1043 => Storage::Text(length),
            700 => Storage::Float { exact: 1 << 24 },
            701 => Storage::Float { exact: 1 << 53 },
            _ => Storage::Other,
        }
    }
}

/// precision − scale of a numeric's modifier: 16 bits of precision, then 11 bits of scale with sign (before
/// 15, 16 bits without: the same where both can be written).
fn digits_before_the_point(modifier: u32) -> Option<u16> {
    let precision = i32::try_from(modifier >> 16).ok()?;
    let scale = ((modifier & 0x7ff) ^ 1024).cast_signed() - 1024;
    u16::try_from((precision - scale).max(0)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn storage_looks_through_domains_over_domains() {
        let base = HashMap::from([(Oid(900), (Oid(901), -1)), (Oid(901), (Oid(1043), 14))]);
        let domains = Domains { base, ..Domains::default() };
        assert_eq!(domains.storage(Oid(900), -1), Storage::Text(Some(10)));
    }

    #[test]
    fn numeric_counts_the_digits_before_the_point() {
        let domains = Domains::default();
        // numeric(10,2), numeric(5), numeric(2,-3), numeric(3,5), numeric
        for (modifier, digits) in [
            ((10 << 16 | 2) + 4, Some(8)),
            ((5 << 16) + 4, Some(5)),
            ((2 << 16 | (-3 & 0x7ff)) + 4, Some(5)),
            ((3 << 16 | 5) + 4, Some(0)),
            (-1, None),
        ] {
            assert_eq!(domains.storage(Oid(1700), modifier), Storage::Numeric(digits));
        }
    }
}
