//! `owned-unused`: the sequence is owned by a column that draws from another sequence or from none.

use super::not_owned::can_own;
use super::{Code, Finding, Subject, words};

pub(super) fn check(subject: &Subject<'_>) -> Option<Finding> {
    let owner = subject.sequence.owner.as_ref()?;
    let drawn = owner.unused.as_ref()?;
    let column = format!("{}.{}", owner.table, owner.column);
    let drawn: Vec<_> = drawn.iter().map(ToString::to_string).collect();
    let from = if drawn.is_empty() { "no sequence".to_owned() } else { words::some(&drawn) };
    let message =
        format!("{column} owns it but draws from {from}: pg_get_serial_sequence() may name the wrong one");
    let mut links = subject.links();
    let new_owner = match (links.next(), links.next()) {
        (Some(link), None) if can_own(subject, link) => link.full_name(),
        _ => "NONE".to_owned(),
    };
    let sql = format!("ALTER SEQUENCE {} OWNED BY {new_owner}", subject.sequence.name);
    Some(Finding::new(Code::OwnedUnused, message).with_fix(None, sql))
}

#[cfg(test)]
mod tests {
    use super::super::Severity;
    use super::super::testing::*;
    use super::*;
    use crate::catalog::Via;
    use crate::fixture::{column, sequence};

    #[test]
    fn a_leftover_of_serial_beside_identity_is_released() {
        let leftover = sequence("public.t_id_seq").owned_by("public.t", "id", &["public.t_id_seq1"]);
        let finding = the_finding(leftover, Code::OwnedUnused);
        assert_eq!(finding.severity, Severity::Warning);
        assert_eq!(
            finding.message,
            "public.t.id owns it but draws from public.t_id_seq1: pg_get_serial_sequence() may name the wrong one"
        );
        assert_eq!(finding.fix.unwrap().sql, "ALTER SEQUENCE public.t_id_seq OWNED BY NONE");
    }

    #[test]
    fn the_only_column_that_draws_becomes_the_owner() {
        let swapped = sequence("public.s")
            .owned_by("public.b", "n", &[])
            .link(column("public.a", "id").via(Via::Default));
        let finding = the_finding(swapped, Code::OwnedUnused);
        assert!(
            finding.message.starts_with("public.b.n owns it but draws from no sequence:"),
            "{}",
            finding.message
        );
        assert_eq!(finding.fix.unwrap().sql, "ALTER SEQUENCE public.s OWNED BY public.a.id");
    }

    #[test]
    fn an_owner_that_draws_is_right() {
        assert_eq!(codes(sequence("public.t_id_seq").link(column("public.t", "id"))), []);
    }
}
