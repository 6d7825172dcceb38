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

#[cfg(test)]
mod tests {
    use super::super::Severity;
    use super::super::testing::*;
    use super::*;
    use crate::fixture::{column, sequence};

    #[test]
    fn roles_and_tables_are_named_and_granted() {
        let ungranted = sequence("public.t_id_seq")
            .link(column("public.t", "id"))
            .missing_grant("app", "public.t")
            .missing_grant("app", "public.u")
            .missing_grant(r#""Web App""#, "public.t");
        let finding = the_finding(ungranted, Code::NoGrant);
        assert_eq!(finding.severity, Severity::Warning);
        assert_eq!(
            finding.message,
            r#"may INSERT but has no USAGE on the sequence: app into public.t, app into public.u and "Web App" into public.t"#
        );
        assert_eq!(finding.fix.unwrap().sql, r#"GRANT USAGE ON SEQUENCE public.t_id_seq TO "Web App", app"#);
    }
}
