//! `not-owned`: a default draws from a sequence that the column does not own.

use crate::catalog::{Link, Via};

use super::{Code, Finding, Subject, words};

pub(super) fn check(subject: &Subject<'_>) -> Option<Finding> {
    let by_default = |link: &&Link| matches!(link.via, Via::Default | Via::Domain | Via::Function);
    let strangers: Vec<_> = subject.links().filter(by_default).filter(|link| !owns(subject, link)).collect();
    if strangers.is_empty() {
        return None;
    }
    let columns: Vec<_> = strangers.iter().map(|link| link.full_name()).collect();
    let owner = match &subject.sequence.owner {
        Some(owner) => format!("{}.{} owns", owner.table, owner.column),
        None => "no column owns".to_owned(),
    };
    let draw = if columns.len() == 1 { "draws" } else { "draw" };
    let message = format!(
        "{} {draw} from it, {owner} it: TRUNCATE … RESTART IDENTITY and pg_dump -t pass it by",
        words::some(&columns)
    );
    let finding = Finding::new(Code::NotOwned, message);
    Some(match strangers.as_slice() {
        [link] if subject.sequence.owner.is_none() && can_own(subject, link) => {
            let sql = format!("ALTER SEQUENCE {} OWNED BY {}", subject.sequence.name, link.full_name());
            finding.with_fix(None, sql)
        }
        _ => finding,
    })
}

/// Whether the column owns the sequence.
fn owns(subject: &Subject<'_>, link: &Link) -> bool {
    let owner = subject.sequence.owner.as_ref();
    owner.is_some_and(|owner| owner.table_oid == link.table_oid && owner.attnum == link.attnum)
}

/// Whether the column could: it is the only one that draws, by a default of its own, and stands in the same
/// schema (manual, CREATE SEQUENCE, OWNED BY).
pub(super) fn can_own(subject: &Subject<'_>, link: &Link) -> bool {
    subject.sequence.links.len() == 1
        && matches!(link.via, Via::Default | Via::Function)
        && schema(subject.sequence.name.as_str()) == schema(link.table.as_str())
}

/// The schema of a quoted qualified name: what stands before the first dot outside quotes.
fn schema(name: &str) -> &str {
    let mut quoted = false;
    let end = name.find(|character| {
        quoted ^= character == '"';
        character == '.' && !quoted
    });
    &name[..end.unwrap_or(name.len())]
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use crate::fixture::{column, sequence};

    #[test]
    fn a_default_that_draws_from_a_free_sequence_can_own_it() {
        let free = sequence("public.s").link(column("public.t", "id").via(Via::Default));
        let finding = the_finding(free, Code::NotOwned);
        assert_eq!(
            finding.message,
            "public.t.id draws from it, no column owns it: TRUNCATE … RESTART IDENTITY and pg_dump -t pass it by"
        );
        assert_eq!(finding.fix.unwrap().sql, "ALTER SEQUENCE public.s OWNED BY public.t.id");
    }

    #[test]
    fn a_shared_sequence_stays_with_its_owner() {
        let shared = sequence("public.a_id_seq")
            .link(column("public.a", "id"))
            .link(column("public.b", "id").via(Via::Default))
            .link(column("public.c", "id").via(Via::Default));
        let finding = the_finding(shared, Code::NotOwned);
        assert!(
            finding.message.starts_with("public.b.id and public.c.id draw from it, public.a.id owns it"),
            "{}",
            finding.message
        );
        assert_eq!(finding.fix, None);
    }

    #[test]
    fn a_sequence_of_another_schema_cannot_be_owned() {
        let elsewhere = |sequence_name, table| {
            let free = sequence(sequence_name).link(column(table, "id").via(Via::Default));
            the_finding(free, Code::NotOwned).fix
        };
        assert_eq!(elsewhere("app.s", "public.t"), None);
        assert_eq!(elsewhere(r#""a.b".s"#, r#""a.c".t"#), None);
        assert!(elsewhere(r#""a.b".s"#, r#""a.b"."t.u""#).is_some());
    }

    #[test]
    fn serial_identity_trigger_and_declared_columns_are_left_alone() {
        for via in [Via::Serial, Via::Identity, Via::Trigger, Via::Declared] {
            assert_eq!(codes(sequence("public.s").link(column("public.t", "id").via(via))), [], "{via:?}");
        }
    }
}
