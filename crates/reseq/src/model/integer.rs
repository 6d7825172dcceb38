//! The three integer types that a sequence or a column can have.

use serde::{Deserialize, Serialize};

/// An integer type of the server (manual, section 8.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum IntegerType {
    /// Two bytes.
    SmallInt,
    /// Four bytes.
    Integer,
    /// Eight bytes.
    BigInt,
}

impl IntegerType {
    /// The smallest value of the type.
    pub fn min(self) -> i64 {
        match self {
            Self::SmallInt => i16::MIN.into(),
            Self::Integer => i32::MIN.into(),
            Self::BigInt => i64::MIN,
        }
    }

    /// The largest value of the type.
    pub fn max(self) -> i64 {
        match self {
            Self::SmallInt => i16::MAX.into(),
            Self::Integer => i32::MAX.into(),
            Self::BigInt => i64::MAX,
        }
    }

    /// The type by the name that `format_type()` gives it; `None` for any other type.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "smallint" => Some(Self::SmallInt),
            "integer" => Some(Self::Integer),
            "bigint" => Some(Self::BigInt),
            _ => None,
        }
    }

    /// The name that `format_type()` gives the type.
    pub fn name(self) -> &'static str {
        match self {
            Self::SmallInt => "smallint",
            Self::Integer => "integer",
            Self::BigInt => "bigint",
        }
    }
}

impl std::fmt::Display for IntegerType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
