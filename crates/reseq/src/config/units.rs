//! Times and sizes with their units, as postgresql.conf writes them (manual, section 19.1.1). The command line and
//! reseq.toml read them alike.

use std::fmt;
use std::num::NonZeroU16;
use std::str::FromStr;
use std::time::Duration;

use serde::de::{Deserialize, Deserializer, Error, Visitor};

/// A time-out: `500ms`, `10s`, `5min`, `1h`, `1d`. A number alone is milliseconds, as for the server's own
/// `statement_timeout`; 0 means none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timeout(pub Duration);

/// How often something happens: a time above 0, always with its unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Interval(pub Duration);

/// A size in bytes: `500MB`, `2GB`. A number alone is bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Size(pub u64);

/// How many connections there may be at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Jobs(NonZeroU16);

impl Jobs {
    /// As a number.
    pub fn get(self) -> usize {
        self.0.get().into()
    }
}

/// A value that is not written as its type is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{written:?} is not {expected}")]
pub struct UnitError {
    written: String,
    expected: &'static str,
}

/// In milliseconds.
const TIMES: &[(&str, u64)] =
    &[("ms", 1), ("s", 1_000), ("min", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

impl FromStr for Timeout {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        let milliseconds = with_unit(text, TIMES, Some(1));
        let expected = "a time such as 500ms, 10s, 5min or 1h; 0 means none";
        milliseconds.map(Duration::from_millis).map(Self).ok_or_else(|| UnitError::new(text, expected))
    }
}

impl FromStr for Interval {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        let milliseconds = with_unit(text, TIMES, None).filter(|milliseconds| *milliseconds > 0);
        let expected = "a time with its unit such as 30s, 5min or 1h";
        milliseconds.map(Duration::from_millis).map(Self).ok_or_else(|| UnitError::new(text, expected))
    }
}

impl FromStr for Size {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        let units = [("B", 1), ("kB", 1 << 10), ("MB", 1 << 20), ("GB", 1 << 30), ("TB", 1 << 40)];
        let expected = "a size such as 500MB, 2GB or a number of bytes";
        with_unit(text, &units, Some(1)).map(Self).ok_or_else(|| UnitError::new(text, expected))
    }
}

impl FromStr for Jobs {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        text.trim().parse().map(Self).map_err(|_| UnitError::new(text, "a number of connections, 1 or more"))
    }
}

impl UnitError {
    fn new(written: &str, expected: &'static str) -> Self {
        Self { written: written.to_owned(), expected }
    }
}

/// A whole number with one of `units` behind it, or without a unit times `alone`; `None` where it is something else
/// or too large.
fn with_unit(text: &str, units: &[(&str, u64)], alone: Option<u64>) -> Option<u64> {
    let text = text.trim();
    let digits = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = (text[..digits].parse::<u64>().ok()?, text[digits..].trim_start());
    let factor = match unit {
        "" => alone?,
        unit => units.iter().find(|(name, _)| *name == unit)?.1,
    };
    number.checked_mul(factor)
}

/// Reads a TOML string, or a number alone.
struct Written<T>(std::marker::PhantomData<T>);

impl<T: FromStr<Err = UnitError>> Visitor<'_> for Written<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number with its unit in quotes")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        text.parse().map_err(E::custom)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<T, E> {
        self.visit_str(&number.to_string())
    }
}

macro_rules! deserialize_as_written {
    ($($type:ty),*) => {$(
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_any(Written(std::marker::PhantomData))
            }
        }
    )*};
}

deserialize_as_written!(Timeout, Interval, Size, Jobs);

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(text: &str) -> Option<f64> {
        text.parse::<Timeout>().ok().map(|timeout| timeout.0.as_secs_f64())
    }

    fn bytes(text: &str) -> Option<u64> {
        text.parse::<Size>().ok().map(|size| size.0)
    }

    #[test]
    fn times_have_the_servers_units() {
        for (text, expected) in [
            ("500ms", 0.5),
            ("10s", 10.0),
            ("2 min", 120.0),
            ("1h", 3600.0),
            ("1d", 86400.0),
            ("1500", 1.5),
            ("0", 0.0),
        ] {
            assert_eq!(seconds(text), Some(expected), "{text}");
        }
        for text in ["", "s", "ten", "10 m", "-1", "1.5s", "10S", "99999999999999999999", "9999999999999999h"]
        {
            assert_eq!(seconds(text), None, "{text}");
        }
    }

    #[test]
    fn an_interval_has_a_unit_and_is_no_zero() {
        assert_eq!("30s".parse(), Ok(Interval(Duration::from_secs(30))));
        assert!("30".parse::<Interval>().is_err() && "0s".parse::<Interval>().is_err());
    }

    #[test]
    fn there_is_one_connection_at_least() {
        assert_eq!("3".parse().map(Jobs::get), Ok(3));
        for text in ["0", "-1", "two", "70000"] {
            let error = text.parse::<Jobs>().unwrap_err().to_string();
            assert_eq!(error, format!("{text:?} is not a number of connections, 1 or more"));
        }
    }

    #[test]
    fn sizes_have_the_servers_units() {
        for (text, expected) in
            [("1GB", 1 << 30), ("500MB", 500 << 20), ("8 kB", 8192), ("8192", 8192), ("7B", 7), ("0", 0)]
        {
            assert_eq!(bytes(text), Some(expected), "{text}");
        }
        for text in ["", "GB", "1gb", "1.5GB", "-1", "99999999999TB"] {
            assert_eq!(bytes(text), None, "{text}");
        }
        assert_eq!(
            "1gb".parse::<Size>().unwrap_err().to_string(),
            "\"1gb\" is not a size such as 500MB, 2GB or a number of bytes"
        );
    }
}
