//! A linked column as SQL: what is compared, with which literals, and which rows count.

use crate::catalog::{Link, Storage};
use crate::model::{Lane, QuotedName, quote_literal};

/// Beyond these, values are left out, and NaN and infinities with them: no sequence comes that far, and what
/// remains fits `i128`.
const NUMERIC_LIMITS: [&str; 2] = ["'-1e37'::pg_catalog.numeric", "'1e37'::pg_catalog.numeric"];

/// The same for real and double precision, which are read as `bigint`: the nearest doubles within its range.
const FLOAT_LIMITS: [&str; 2] =
    ["'-9223372036854774784'::pg_catalog.float8", "'9223372036854774784'::pg_catalog.float8"];

/// How a column's values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// smallint, integer, bigint.
    Integer,
    /// numeric.
    Numeric,
    /// real, double precision.
    Float,
    /// The digits within a text.
    Digits,
}

/// A linked column in the SQL of a probe.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    kind: Kind,
    /// What is compared: the column itself, so that its index is used, or the digits in it.
    value: String,
    /// The smallest and largest value that the column's type holds.
    range: Option<(i128, i128)>,
}

impl Column {
    /// The column of `link`, called `name`; `None` where its values cannot be compared with a sequence's.
    pub(crate) fn new(link: &Link, name: &QuotedName) -> Option<Self> {
        let storage = link.column_type.storage;
        let (kind, value) = match (&link.mapping.text, storage) {
            (Some(shape), _) => {
                let (collation, option) = match link.column_type.ignores_case {
                    Some(collation) => (format!(" COLLATE {collation}"), "(?i)"),
                    None => (String::new(), ""),
                };
                let pattern = quote_literal(&format!("{option}{}", shape.pattern()));
                let digits = format!("pg_catalog.substring({name}::pg_catalog.text{collation}, {pattern})");
                (Kind::Digits, format!("{digits}::pg_catalog.numeric"))
            }
            (None, Storage::Integer(_)) => (Kind::Integer, name.to_string()),
            (None, Storage::Numeric(_)) => (Kind::Numeric, name.to_string()),
            (None, Storage::Float { .. }) => (Kind::Float, name.to_string()),
            (None, Storage::Text(_) | Storage::Other) => return None,
        };
        Some(Self { kind, value, range: storage.range() })
    }

    /// What is compared.
    pub(crate) fn value(&self) -> &str {
        &self.value
    }

    /// The last value in the sequence's direction, or the first, as the text of a whole number. A fraction is
    /// rounded back, to the last whole number that the sequence meets before it.
    pub(crate) fn end(&self, ascending: bool, last: bool) -> String {
        let aggregate = if ascending == last { "max" } else { "min" };
        let whole = self.whole(&format!("pg_catalog.{aggregate}({})", self.value), ascending);
        format!("{whole}::pg_catalog.text")
    }

    /// `expression`, of the column's type, as a whole number.
    pub(crate) fn whole(&self, expression: &str, ascending: bool) -> String {
        let round = if ascending { "floor" } else { "ceil" };
        match self.kind {
            Kind::Digits => expression.to_owned(),
            // Not of a domain, of which there are no arrays before version 11.
            Kind::Integer => format!("({expression})::pg_catalog.int8"),
            Kind::Numeric => format!("pg_catalog.{round}({expression})"),
            // Sent as it is, a double would be rounded to 15 digits by old servers.
            Kind::Float => format!("pg_catalog.{round}({expression})::pg_catalog.int8"),
        }
    }

    /// `number` as a literal that the column's index can be searched with.
    pub(crate) fn literal(&self, number: i128) -> String {
        let data_type = match self.kind {
            Kind::Integer if i64::try_from(number).is_ok() => "int8",
            Kind::Integer | Kind::Numeric | Kind::Digits => "numeric",
            Kind::Float => "float8",
        };
        format!("'{number}'::pg_catalog.{data_type}")
    }

    /// The rows that count, up to `ignore_above` in the sequence's direction.
    pub(crate) fn countable(&self, ascending: bool, ignore_above: Option<i128>) -> Vec<String> {
        let limits = match self.kind {
            Kind::Integer => None,
            Kind::Numeric | Kind::Digits => Some(NUMERIC_LIMITS),
            Kind::Float => Some(FLOAT_LIMITS),
        };
        let mut conditions: Vec<String> = limits
            .into_iter()
            .flat_map(|[low, high]| [format!("{} >= {low}", self.value), format!("{} <= {high}", self.value)])
            .collect();
        if let Some(last) = ignore_above {
            let comparison = if ascending { "<=" } else { ">=" };
            conditions.push(format!("{} {comparison} {}", self.value, self.literal(last)));
        }
        conditions
    }

    /// The rows from `lane`'s next value to its bound, whether the lane meets them or not.
    pub(crate) fn between(&self, lane: Lane) -> Vec<String> {
        let bound = self.range.map_or(lane.bound(), |(min, max)| lane.bound().clamp(min, max));
        let (from, to) = if lane.ascending() { (">=", "<=") } else { ("<=", ">=") };
        vec![
            format!("{} {from} {}", self.value, self.literal(lane.next())),
            format!("{} {to} {}", self.value, self.literal(bound)),
        ]
    }

    /// The rows that `lane` meets.
    pub(crate) fn in_lane(&self, lane: Lane) -> Vec<String> {
        let mut conditions = self.between(lane);
        let step = lane.step().abs();
        let rest = lane.next().rem_euclid(step);
        // The server's % has the sign of the dividend, hence two remainders.
        let remainders = |value: &str, number: &dyn Fn(i128) -> String| {
            format!("{value} % {} IN ({}, {})", number(step), number(rest), number(rest - step))
        };
        match self.kind {
            _ if self.every_row_in_lane(lane) => {}
            Kind::Integer | Kind::Numeric | Kind::Digits => {
                conditions.push(remainders(&self.value, &|number| self.literal(number)));
            }
            Kind::Float => {
                let [low, high] = FLOAT_LIMITS;
                let whole = format!("{}::pg_catalog.int8", self.value);
                let met = remainders(&whole, &|number| format!("'{number}'::pg_catalog.numeric"));
                // Only CASE keeps the order: the cast fails beyond bigint.
                conditions.push(format!(
                    "CASE WHEN {value} BETWEEN {low} AND {high} AND {value} = pg_catalog.floor({value}) \
                     THEN {met} ELSE false END",
                    value = self.value
                ));
            }
        }
        conditions
    }

    /// Whether the lane meets every row between its next value and its bound.
    pub(crate) fn every_row_in_lane(&self, lane: Lane) -> bool {
        lane.step().abs() == 1 && matches!(self.kind, Kind::Integer | Kind::Digits)
    }
}
