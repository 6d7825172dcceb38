//! Plain data that every room shares: names, integer types, sequences, lanes. No I/O, property-tested.

pub mod expression;
mod ident;
mod integer;
mod lane;
mod name;
mod pattern;
mod sequence;

pub use expression::{Mapping, TextShape};
pub use ident::{ObjectName, split_outside_quotes};
pub use integer::IntegerType;
pub use lane::Lane;
pub use name::{Oid, QuotedName, quote_literal};
pub use pattern::{PatternError, RelationPattern, database_pattern, schema_pattern};
pub use sequence::{Definition, State};
