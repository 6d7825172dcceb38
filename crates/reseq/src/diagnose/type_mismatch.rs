//! `type-mismatch`: sequence and column are of different integer types.

use crate::catalog::Storage;

use super::exhausted::with_wider_type;
use super::{Code, Finding, Subject, words};

pub(super) fn check(subject: &Subject<'_>) -> Option<Finding> {
    let sequence_type = subject.sequence.definition.data_type;
    let others: Vec<_> = subject
        .links()
        .filter_map(|link| match link.column_type.storage {
            Storage::Integer(integer) if integer != sequence_type => {
                Some(format!("{} is {integer}", link.full_name()))
            }
            _ => None,
        })
        .collect();
    if others.is_empty() {
        return None;
    }
    let bound = subject.ceiling.words(subject.catalog, subject.id);
    let others = words::some(&others);
    let message = format!("the sequence is {sequence_type}, {others}; met first: {bound}");
    Some(with_wider_type(subject, Finding::new(Code::TypeMismatch, message)))
}

#[cfg(test)]
mod tests {
    use super::super::Severity;
    use super::super::testing::*;
    use super::*;
    use crate::fixture::{column, sequence};
    use crate::model::IntegerType;

    #[test]
    fn it_says_which_ends_first() {
        let wide = sequence("public.t_id_seq").link(column("public.t", "id").integer(IntegerType::Integer));
        let finding = the_finding(wide, Code::TypeMismatch);
        assert_eq!(finding.severity, Severity::Note);
        assert_eq!(
            finding.message,
            "the sequence is bigint, public.t.id is integer; met first: 2147483647, the end of public.t.id (integer)"
        );
        let narrow = sequence("public.t_id_seq").of_type(IntegerType::Integer).link(column("public.t", "id"));
        let finding = the_finding(narrow, Code::TypeMismatch);
        assert_eq!(
            finding.message,
            "the sequence is integer, public.t.id is bigint; met first: its MAXVALUE 2147483647"
        );
        assert_eq!(finding.fix.unwrap().sql, "ALTER SEQUENCE public.t_id_seq AS bigint");
    }

    #[test]
    fn types_that_are_no_integers_are_left_alone() {
        let numeric = column("public.t", "id").of_type("numeric", Storage::Numeric(None));
        assert_eq!(codes(sequence("public.s").link(numeric)), []);
    }
}
