//! Steps for the tests of the rooms that show or run them.

use std::sync::Arc;

use super::model::{Method, Step};
use crate::catalog::SequenceId;
use crate::model::{Definition, IntegerType, Oid, QuotedName, State};

/// A step of a `bigint` sequence as CREATE SEQUENCE makes it.
pub(crate) fn step(
    name: &str,
    method: Method,
    increment: i64,
    before: State,
    target: i64,
    calls: u64,
) -> Step {
    Step {
        sequence: SequenceId(0),
        oid: Oid(4711),
        name: QuotedName::from_server(name),
        owner: None,
        definition: Arc::new(Definition {
            data_type: IntegerType::BigInt,
            start: 1,
            min: if increment > 0 { 1 } else { i64::MIN },
            max: if increment > 0 { i64::MAX } else { -1 },
            increment,
            cycle: false,
            cache: 1,
        }),
        method,
        before,
        target,
        uses_up: false,
        calls,
        ceiling: if increment > 0 { i64::MAX } else { i64::MIN },
        little_left: None,
        headroom: 0,
        rows: Box::default(),
        state_by_usage: false,
        reason: "because".into(),
    }
}
