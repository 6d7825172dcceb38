//! `not-owned`: a default draws from a sequence that the column does not own.

use crate::catalog::{Link, Via};

use super::{Code, Finding, Subject, words};

pub(super) fn check(subject: &Subject<'_>) -> Option<Finding> {
    let by_default = |link: &&Link| matches!(link.via, Via::Default | Via::Domain | Via::Function);
    let strangers: Vec<_> = subject.links().filter(by_default).filter(|link| !owns(subject, link)).collect();
    if strangers.is_empty() {
        return None;
    }
    let columns: Vec<_> = strangers.iter().map(|link| words::column(link)).collect();
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
            let sql = format!("ALTER SEQUENCE {} OWNED BY {}", subject.sequence.name, words::column(link));
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
