//! Why a relation could not be read, in words, and what would help.

use super::Request;
use super::column::Column;
use super::relation::Relation;
use crate::Error;
use crate::catalog::{Link, Unreadable};
use crate::model::QuotedName;

/// What a refusal of the server is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// There is no relation, column or schema of that name.
    NoSuchName,
    /// No privilege, or row security.
    Forbidden,
    /// statement_timeout.
    TooSlow,
    /// lock_timeout.
    Locked,
    /// A block that is not there or not readable: also a sequence that is being altered at this moment.
    Damaged,
    /// Anything else.
    Other,
}

impl Refusal {
    /// What `error` is about (manual, appendix A).
    pub(super) fn of(error: &Error) -> Self {
        match error.sqlstate() {
            Some("42P01" | "42703" | "3F000") => Self::NoSuchName,
            Some("42501") => Self::Forbidden,
            Some("57014") => Self::TooSlow,
            Some("55P03") => Self::Locked,
            Some("XX001" | "XX002") => Self::Damaged,
            _ => Self::Other,
        }
    }
}

/// Why a linked column could not be read. `index` is the statement that makes the index that would help.
pub(super) fn unreadable_column(
    error: &Error,
    table: &Relation,
    column: &QuotedName,
    index: &str,
) -> Unreadable {
    let Relation { name, role, row_security, .. } = table;
    match Refusal::of(error) {
        Refusal::Forbidden if *row_security => Unreadable {
            reason: format!("row security hides rows of {name} from {role}"),
            hint: format!("connect as a role with BYPASSRLS, or: ALTER ROLE {role} BYPASSRLS;"),
        },
        Refusal::Forbidden => forbidden(words(error), table, &format!("SELECT ({column}) ON {name}")),
        Refusal::TooSlow => Unreadable {
            reason: format!("reading {name}.{column} took longer than the statement time-out"),
            hint: format!(
                "give it more time with --statement-timeout; where index entries of deleted rows are in the \
                 way: VACUUM {name}; where the column has no index: {index}"
            ),
        },
        Refusal::Locked => locked(table),
        Refusal::NoSuchName | Refusal::Damaged | Refusal::Other => other(error, table),
    }
}

/// Why the state of a sequence could not be read.
pub(super) fn unreadable_sequence(error: &Error, sequence: &Relation) -> Unreadable {
    match Refusal::of(error) {
        Refusal::Forbidden => forbidden_sequence(sequence),
        Refusal::TooSlow => Unreadable {
            reason: format!("reading {} took longer than the statement time-out", sequence.name),
            hint: "give it more time with --statement-timeout".to_owned(),
        },
        Refusal::Locked => locked(sequence),
        Refusal::NoSuchName | Refusal::Damaged | Refusal::Other => other(error, sequence),
    }
}

/// A sequence whose state the role may not read.
pub(super) fn forbidden_sequence(sequence: &Relation) -> Unreadable {
    let Relation { name, role, .. } = sequence;
    let reason = format!("{role} may not read the state of {name}");
    forbidden(reason, sequence, &format!("SELECT ON SEQUENCE {name}"))
}

/// Why the rows of a link's foreign tables are not read, where it has any and the request leaves them out.
pub(super) fn not_asked(link: &Link, request: &Request<'_>) -> Option<Unreadable> {
    let mut left_out = link.leaves.iter().filter(|leaf| !request.reads(leaf));
    let first = &left_out.next()?.name;
    let reason = match left_out.count() {
        0 => format!("{first} is a foreign table"),
        others => format!("{first} is a foreign table, and so are {others} more"),
    };
    Some(Unreadable { reason, hint: "read foreign tables too with --foreign-tables".to_owned() })
}

/// Why a relation could not be read whose name led elsewhere whenever it was looked at.
pub(super) fn renamed_too_often(name: &QuotedName) -> Unreadable {
    Unreadable { reason: format!("{name} is renamed again and again"), hint: "run again later".to_owned() }
}

fn forbidden(reason: String, relation: &Relation, grant: &str) -> Unreadable {
    let Relation { schema, schema_usage, role, .. } = relation;
    let schema =
        if *schema_usage { String::new() } else { format!("GRANT USAGE ON SCHEMA {schema} TO {role}; ") };
    Unreadable { reason, hint: format!("{schema}GRANT {grant} TO {role};") }
}

fn locked(Relation { name, .. }: &Relation) -> Unreadable {
    Unreadable {
        reason: format!("{name} is locked by another session"),
        hint: "run again later, or wait longer with --lock-timeout".to_owned(),
    }
}

fn other(error: &Error, Relation { name, .. }: &Relation) -> Unreadable {
    let hint = error.hint().unwrap_or_else(|| "the server's log may say more".to_owned());
    Unreadable { reason: format!("{name} could not be read: {}", words(error)), hint }
}

/// The server's own words, without what was tried.
fn words(error: &Error) -> String {
    match error {
        Error::Database { source, .. } => source.message().to_owned(),
        other => other.to_string(),
    }
}

/// The statement that makes the index which would answer for the column; in a partitioned table, where none
/// can be made without stopping writers, that of the first partition.
pub(super) fn index_statement(link: &Link) -> String {
    let column = Column::new(link, &link.column);
    let key = match column.as_ref().map(Column::value) {
        Some(expression) if link.mapping.text.is_some() => format!("({expression})"),
        _ => link.column.to_string(),
    };
    match &*link.leaves {
        [] => format!("CREATE INDEX CONCURRENTLY ON {} ({key})", link.table),
        [leaf] => format!("CREATE INDEX CONCURRENTLY ON {} ({key})", leaf.name),
        [leaf, others @ ..] => {
            let index = format!("CREATE INDEX CONCURRENTLY ON {} ({key})", leaf.name);
            format!("{index} and so on each of the {} other partitions of {}", others.len(), link.table)
        }
    }
}
