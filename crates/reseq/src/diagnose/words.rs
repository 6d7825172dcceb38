//! The phrases that messages share.

use std::fmt::Display;

use crate::catalog::{Link, Uniqueness};

/// A value of a linked column as its rows show it: `106`, or `INV-000106` in a text column.
pub(crate) fn value(link: &Link, value: i128) -> String {
    let text = link.mapping.text.as_deref().and_then(|shape| shape.format(value));
    text.unwrap_or_else(|| value.to_string())
}

/// `1 call`, `12 calls`.
pub(crate) fn count(number: impl Display, noun: &str) -> String {
    let number = number.to_string();
    if number == "1" { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// The first few of many: `a, b, c and 7 more`.
pub(super) fn some(items: &[String]) -> String {
    const SHOWN: usize = 3;
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] if items.len() <= SHOWN + 1 => format!("{} and {last}", most.join(", ")),
        _ => format!("{} and {} more", items[..SHOWN].join(", "), items.len() - SHOWN),
    }
}

/// How far a unique index guards the column, in brackets, where it is not the whole column: ` (unique with
/// tenant_id)`.
pub(super) fn uniqueness(link: &Link) -> String {
    match &link.unique {
        Uniqueness::Whole { .. } => String::new(),
        Uniqueness::Partly { index, how } => format!(" (unique {how}: {index})"),
        Uniqueness::None => " (no unique index)".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lists_are_cut() {
        let items: Vec<String> = ["a", "b", "c", "d", "e"].map(str::to_owned).into();
        assert_eq!(some(&items[..1]), "a");
        assert_eq!(some(&items[..2]), "a and b");
        assert_eq!(some(&items[..4]), "a, b, c and d");
        assert_eq!(some(&items), "a, b, c and 2 more");
    }

    #[test]
    fn one_is_singular() {
        assert_eq!(count(1, "call"), "1 call");
        assert_eq!(count(0, "call"), "0 calls");
    }
}
