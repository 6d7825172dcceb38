//! `fk-narrower`: a foreign-key column is narrower than the key that it copies.

use crate::catalog::{ForeignKeyColumn, Link};

use super::{Code, Finding, Subject};

pub(super) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for link in subject.links() {
        let narrower = link.foreign_keys.iter().filter(|copy| is_narrower(copy, link));
        findings.extend(narrower.map(|copy| finding(copy, link)));
    }
    findings
}

/// Whether the key holds values that its copy does not.
fn is_narrower(copy: &ForeignKeyColumn, link: &Link) -> bool {
    link.column_type.storage.range().is_none_or(|(_, max)| i128::from(copy.integer.max()) < max)
}

fn finding(copy: &ForeignKeyColumn, link: &Link) -> Finding {
    let &ForeignKeyColumn { ref table, ref column, integer } = copy;
    let message = format!(
        "{table}.{column} is {integer}, but copies {}, which is {}: it cannot refer to rows past {}",
        link.full_name(),
        link.column_type.name,
        integer.max()
    );
    Finding::new(Code::FkNarrower, message)
}

#[cfg(test)]
mod tests {
    use super::super::Severity;
    use super::super::testing::*;
    use crate::fixture::{column, sequence};
    use crate::model::IntegerType;

    #[test]
    fn every_narrower_copy_is_named() {
        let key = column("public.t", "id")
            .copied_by("public.a", "t_id", IntegerType::Integer)
            .copied_by("public.b", "t_id", IntegerType::SmallInt)
            .copied_by("public.c", "t_id", IntegerType::BigInt);
        let findings = findings(sequence("public.t_id_seq").link(key));
        let messages: Vec<_> = findings.iter().map(|finding| finding.message.as_str()).collect();
        assert_eq!(
            messages,
            [
                "public.a.t_id is integer, but copies public.t.id, which is bigint: it cannot refer to rows past 2147483647",
                "public.b.t_id is smallint, but copies public.t.id, which is bigint: it cannot refer to rows past 32767",
            ]
        );
        assert!(findings.iter().all(|finding| finding.severity == Severity::Warning));
    }

    #[test]
    fn a_copy_of_the_same_type_is_right() {
        let key = column("public.t", "id").integer(IntegerType::Integer).copied_by(
            "public.a",
            "t_id",
            IntegerType::Integer,
        );
        assert_eq!(codes(sequence("public.s").of_type(IntegerType::Integer).link(key)), []);
    }
}
