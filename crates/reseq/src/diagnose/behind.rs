//! `behind`: a value of the lane at or after the next value is already in a linked column.

use crate::model::quote_literal;

use super::collisions::Collisions;
use super::{Code, Finding, Severity, Subject, little_left, words};

/// Up to how many calls the statement draws the values; beyond, drawing takes noticeable time.
const MOST_DRAWN: u128 = 100_000;

pub(super) fn finding(subject: &Subject<'_>, collisions: &Collisions<'_>, target: i64) -> Finding {
    let mut message = collisions.words();
    if let Some(left) = little_left(subject.catalog, subject.id, target, subject.options.thresholds) {
        message.push_str(&format!("; {} will be left after the repair", words::count(left, "call")));
    }
    let severity = if collisions.fails() { Severity::Error } else { Severity::Warning };
    Finding::new(Code::Behind, message)
        .with_severity(severity)
        .with_fix(Some(target), statement(subject, target))
}

/// The statement that goes to the target by hand, never back however late it is run. Drawing blocks nobody; the other
/// way stops nextval() while it looks, and ends the values that other sessions hold in advance.
fn statement(subject: &Subject<'_>, target: i64) -> String {
    let (name, definition) = (&subject.sequence.name, &subject.sequence.definition);
    let literal = quote_literal(name.as_str());
    let literal = literal.trim_start();
    let calls = subject.lane().map_or(0, |lane| lane.calls_before(target.into()));
    if calls <= MOST_DRAWN && definition.cache == 1 {
        format!("SELECT count(pg_catalog.nextval({literal})) FROM pg_catalog.generate_series(1, {calls})")
    } else {
        let before = if definition.ascending() { '<' } else { '>' };
        format!(
            "BEGIN; ALTER SEQUENCE {name} CACHE {cache}; SELECT pg_catalog.setval({literal}, {target}, false) \
             FROM {name} WHERE last_value {before} {target}; COMMIT",
            cache = definition.cache,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use crate::catalog::Via;
    use crate::fixture::{column, sequence};
    use crate::model::IntegerType;

    #[test]
    fn rows_from_the_next_value_on_make_the_next_inserts_fail() {
        let orders =
            sequence("public.orders_id_seq").called(94).link(column("public.orders", "id").rows(1..=106));
        let finding = the_finding(orders, Code::Behind);
        assert_eq!(finding.severity, Severity::Error);
        assert_eq!(
            finding.message,
            "the next 12 inserts fail: 95 is already in public.orders.id, whose rows go up to 106"
        );
        let fix = finding.fix.unwrap();
        assert_eq!(fix.next_value, Some(107));
        assert_eq!(
            fix.sql,
            "SELECT count(pg_catalog.nextval('public.orders_id_seq')) FROM pg_catalog.generate_series(1, 12)"
        );
    }

    #[test]
    fn a_row_at_the_value_of_a_sequence_not_yet_called_is_met_by_the_first_insert() {
        let fresh = sequence("public.t_id_seq").link(column("public.t", "id").rows([1]));
        let finding = the_finding(fresh, Code::Behind);
        assert_eq!(finding.message, "the next insert fails: 1 is already in public.t.id");
        assert_eq!(finding.fix.unwrap().next_value, Some(2));
    }

    #[test]
    fn rows_ahead_with_a_gap_before_them_are_met_later() {
        let orders =
            sequence("public.t_id_seq").called(100).link(column("public.t", "id").rows([50, 106, 107]));
        let finding = the_finding(orders, Code::Behind);
        assert_eq!(finding.message, "5 calls left until it collides with row 106 of public.t.id");
        assert_eq!(finding.fix.unwrap().next_value, Some(108));
    }

    #[test]
    fn an_odd_sequence_beside_even_rows_is_not_behind() {
        let odd = sequence("public.t_id_seq").increment(2).link(column("public.t", "id").rows([2, 4, 6]));
        assert_eq!(codes(odd), []);
    }

    #[test]
    fn the_repair_keeps_the_lane() {
        let node = sequence("public.t_id_seq")
            .increment(10)
            .start(3)
            .called(13)
            .link(column("public.t", "id").rows([3, 13, 23, 24]));
        assert_eq!(the_finding(node, Code::Behind).fix.unwrap().next_value, Some(33));
    }

    #[test]
    fn a_descending_sequence_goes_on_downwards() {
        let down =
            sequence("public.d").increment(-1).called(-5).link(column("public.t", "id").rows(-10..=-1));
        let finding = the_finding(down, Code::Behind);
        assert_eq!(
            finding.message,
            "the next 5 inserts fail: -6 is already in public.t.id, whose rows go down to -10"
        );
        assert_eq!(finding.fix.unwrap().next_value, Some(-11));
    }

    #[test]
    fn without_a_unique_index_it_is_a_warning() {
        let log = sequence("public.l_n_seq").link(column("public.l", "n").not_unique().rows(1..=3));
        let finding = the_finding(log, Code::Behind);
        assert_eq!(finding.severity, Severity::Warning);
        assert_eq!(
            finding.message,
            "the next 3 values are used twice: 1 is already in public.l.n, whose rows go up to 3 (no unique index)"
        );
    }

    #[test]
    fn a_partial_or_composite_unique_index_is_named() {
        let tenants = column("public.t", "id").unique_partly("t_pkey", "with tenant_id").rows([1]);
        let finding = the_finding(sequence("public.t_id_seq").link(tenants), Code::Behind);
        assert_eq!(finding.severity, Severity::Error);
        assert_eq!(
            finding.message,
            "the next insert may fail: 1 is already in public.t.id (unique with tenant_id: t_pkey)"
        );
    }

    #[test]
    fn a_shared_sequence_goes_past_the_rows_of_all_its_columns() {
        let shared = sequence("public.shared")
            .called(5)
            .link(column("public.a", "id").rows(1..=5))
            .link(column("public.b", "id").via(Via::Default).rows([8, 500]))
            .link(column("public.c", "id").via(Via::Default).rows(6..=50));
        let finding = the_finding(shared, Code::Behind);
        assert_eq!(
            finding.message,
            "the next 45 inserts fail: 6 is already in public.c.id, whose rows go up to 50; rows of \
             public.b.id are in the way too"
        );
        assert_eq!(finding.fix.unwrap().next_value, Some(501));
    }

    #[test]
    fn values_are_shown_as_the_rows_show_them() {
        let invoices = column("public.invoices", "code").text("INV-", 6).rows([9, 10]);
        let finding = the_finding(sequence("public.inv").called(8).link(invoices), Code::Behind);
        assert_eq!(
            finding.message,
            "the next 2 inserts fail: INV-000009 is already in public.invoices.code, whose rows go up to \
             INV-000010"
        );
        assert_eq!(finding.fix.unwrap().next_value, Some(11));
    }

    #[test]
    fn a_default_with_an_offset_is_turned_round() {
        let column = column("public.t", "id").mapped(10, 1003).rows([1013, 1023]);
        let finding = the_finding(sequence("public.s").link(column), Code::Behind);
        assert_eq!(finding.fix.unwrap().next_value, Some(3));
    }

    #[test]
    fn a_wide_gap_and_cached_values_need_alter_sequence() {
        let far = sequence("public.t_id_seq").link(column("public.t", "id").rows([1, 200_000]));
        assert_eq!(
            the_finding(far, Code::Behind).fix.unwrap().sql,
            "BEGIN; ALTER SEQUENCE public.t_id_seq CACHE 1; SELECT pg_catalog.setval('public.t_id_seq', 200001, false) \
             FROM public.t_id_seq WHERE last_value < 200001; COMMIT"
        );
        let cached = sequence("public.t_id_seq").cache(10).link(column("public.t", "id").rows([1]));
        assert_eq!(
            the_finding(cached, Code::Behind).fix.unwrap().sql,
            "BEGIN; ALTER SEQUENCE public.t_id_seq CACHE 10; SELECT pg_catalog.setval('public.t_id_seq', 2, false) \
             FROM public.t_id_seq WHERE last_value < 2; COMMIT"
        );
    }

    #[test]
    fn hostile_names_are_quoted_in_the_statement() {
        let hostile = sequence(r#"public."it's; \""#).link(column("public.t", "id").rows([1]));
        assert_eq!(
            the_finding(hostile, Code::Behind).fix.unwrap().sql,
            r#"SELECT count(pg_catalog.nextval(E'public."it''s; \\"')) FROM pg_catalog.generate_series(1, 1)"#
        );
    }

    #[test]
    fn a_sequence_that_will_be_nearly_full_says_so() {
        let rows = (1..=95).collect::<Vec<_>>();
        let small = sequence("public.t_id_seq").bounds(1, 100).link(column("public.t", "id").rows(rows));
        let finding = the_finding(small, Code::Behind);
        assert!(finding.message.ends_with("; 5 calls will be left after the repair"), "{}", finding.message);
    }

    #[test]
    fn a_sequence_with_cycle_that_has_not_started_again_is_behind_like_any_other() {
        let cycling =
            sequence("public.t_id_seq").bounds(1, 100).cycle().link(column("public.t", "id").rows(1..=5));
        assert_eq!(codes(cycling), [Code::Behind, Code::Cycles]);
    }

    #[test]
    fn a_smallint_sequence_at_a_far_row_within_its_type_is_repaired() {
        let small = sequence("public.t_id_seq")
            .of_type(IntegerType::SmallInt)
            .link(column("public.t", "id").integer(IntegerType::SmallInt).rows(1..=200));
        assert_eq!(the_finding(small, Code::Behind).fix.unwrap().next_value, Some(201));
    }
}
