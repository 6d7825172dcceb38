//! `no-grant`: a role may INSERT but may not use the sequence.

use std::collections::BTreeSet;

use super::{Code, Finding, Subject, words};

pub(super) fn check(subject: &Subject<'_>) -> Option<Finding> {
    let missing = &subject.sequence.missing_grants;
    if missing.is_empty() {
        return None;
    }
    let pairs: Vec<_> = missing.iter().map(|one| format!("{} into {}", one.role, one.table)).collect();
    let roles: BTreeSet<_> = missing.iter().map(|one| one.role.as_str()).collect();
    let roles = roles.into_iter().collect::<Vec<_>>().join(", ");
    let message = format!("may INSERT but has no USAGE on the sequence: {}", words::some(&pairs));
    let sql = format!("GRANT USAGE ON SEQUENCE {} TO {roles}", subject.sequence.name);
    Some(Finding::new(Code::NoGrant, message).with_fix(None, sql))
}
