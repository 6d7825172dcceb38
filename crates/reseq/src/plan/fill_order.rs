//! In which order tables are filled whose rows refer to each other.

use crate::catalog::ImmediateReference;
use crate::model::Oid;

/// The places of the tables in an order in which every row finds those that it refers to; else in the order given.
///
/// # Errors
/// Where they refer to each other in a circle: the foreign keys each of which alone would have to wait for the end of the
/// transaction; where none alone would do, all that stand in the way.
pub(crate) fn fill_order<'a>(
    tables: &[Oid],
    references: &'a [ImmediateReference],
) -> Result<Vec<usize>, Vec<&'a ImmediateReference>> {
    let all: Vec<&ImmediateReference> = references.iter().collect();
    let (order, stuck) = ordered(tables, &all);
    if stuck.is_empty() {
        return Ok(order);
    }
    let in_the_way = |key: &&ImmediateReference| {
        stuck.iter().any(|place| tables[*place] == key.table)
            && stuck.iter().any(|place| tables[*place] == key.refers_to)
    };
    let keys: Vec<&ImmediateReference> = references.iter().filter(in_the_way).collect();
    let would_do = |one: &&ImmediateReference| {
        let others: Vec<&ImmediateReference> = all.iter().copied().filter(|key| key != one).collect();
        ordered(tables, &others).1.is_empty()
    };
    let alone: Vec<&ImmediateReference> = keys.iter().copied().filter(would_do).collect();
    Err(if alone.is_empty() { keys } else { alone })
}

/// The places of those that can be filled, in order, and of those that cannot.
fn ordered(tables: &[Oid], references: &[&ImmediateReference]) -> (Vec<usize>, Vec<usize>) {
    let mut open: Vec<usize> = (0..tables.len()).collect();
    let mut order = Vec::with_capacity(open.len());
    loop {
        let waits = |place: usize| {
            references.iter().any(|key| {
                key.table == tables[place] && open.iter().any(|other| tables[*other] == key.refers_to)
            })
        };
        let Some(next) = open.iter().position(|place| !waits(*place)) else { return (order, open) };
        order.push(open.remove(next));
    }
}

/// What would let rows be put back that refer to each other, in words.
pub(crate) fn deferring(keys: &[&ImmediateReference]) -> String {
    let alter = |key: &&ImmediateReference| {
        format!("ALTER TABLE {} ALTER CONSTRAINT {} DEFERRABLE", key.table_name, key.name)
    };
    keys.iter().map(alter).collect::<Vec<_>>().join(", or ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::QuotedName;

    fn key(table: u32, refers_to: u32) -> ImmediateReference {
        let name = |text: &str| QuotedName::from_server(text);
        let (table_name, key) = (name(&format!("t{table}")), name(&format!("fk{table}{refers_to}")));
        ImmediateReference { table: Oid(table), table_name, name: key, refers_to: Oid(refers_to) }
    }

    fn would_do(tables: &[Oid], keys: &[ImmediateReference]) -> Vec<String> {
        fill_order(tables, keys).unwrap_err().iter().map(|key| key.name.to_string()).collect()
    }

    #[test]
    fn what_is_referred_to_comes_first() {
        let tables = [1, 2, 3].map(Oid);
        assert_eq!(fill_order(&tables, &[]), Ok(vec![0, 1, 2]));
        assert_eq!(fill_order(&tables, &[key(1, 3), key(3, 2)]), Ok(vec![1, 2, 0]));
    }

    #[test]
    fn the_keys_that_would_open_a_circle_are_told() {
        let tables = [1, 2, 3].map(Oid);
        assert_eq!(would_do(&tables, &[key(1, 2), key(2, 1), key(3, 1)]), ["fk12", "fk21"]);
        let two_circles = [key(1, 2), key(2, 1), key(2, 3), key(3, 2)];
        assert_eq!(would_do(&tables, &two_circles).len(), 4, "none alone would do");
        assert_eq!(would_do(&tables, &[key(1, 2), key(2, 1), key(2, 3), key(3, 1)]), ["fk12"]);
    }
}
