//! Values with units, as postgresql.conf writes them, and thresholds.

use std::str::FromStr;
use std::time::Duration as StdDuration;

/// A time-out: `500ms`, `10s`, `5min`, `1h`; a bare number is milliseconds, 0 is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Duration(pub(crate) StdDuration);

impl FromStr for Duration {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let units = [("", 1), ("ms", 1), ("s", 1_000), ("min", 60_000), ("h", 3_600_000)];
        let milliseconds = with_unit(text, &units)
            .ok_or("expected a number with ms, s, min or h, such as 500ms or 10s; 0 is none")?;
        Ok(Self(StdDuration::from_millis(milliseconds)))
    }
}

/// A size in bytes: `500MB`, `2GB`; a bare number is bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Size(pub(crate) u64);

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let units = [("", 1), ("B", 1), ("kB", 1 << 10), ("MB", 1 << 20), ("GB", 1 << 30), ("TB", 1 << 40)];
        with_unit(text, &units)
            .map(Self)
            .ok_or_else(|| "expected a number with B, kB, MB, GB or TB, such as 500MB".into())
    }
}

/// A whole number and one of `units` behind it; `None` where it is something else or too large.
fn with_unit(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let digits = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let (_, factor) = units.iter().find(|(name, _)| *name == unit.trim_start())?;
    number.parse::<u64>().ok()?.checked_mul(*factor)
}

/// A share in percent, 0 to 100.
pub(crate) fn percent(text: &str) -> Result<f64, String> {
    let percent = text.trim_end_matches('%').trim_end().parse::<f64>();
    percent
        .ok()
        .filter(|percent| (0.0..=100.0).contains(percent))
        .ok_or_else(|| "expected percent, 0 to 100".into())
}

/// `--ignore-above [SEQUENCE=]N`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct IgnoreAboveValue {
    /// The sequence as it was typed; `None` for all.
    pub(crate) sequence: Option<String>,
    /// The last value that counts.
    pub(crate) value: i128,
}

impl FromStr for IgnoreAboveValue {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // A quoted name may hold an equals sign, a number cannot.
        let (sequence, number) = match text.rsplit_once('=') {
            Some((sequence, number)) => (Some(sequence.to_owned()), number),
            None => (None, text),
        };
        let value = number.parse().map_err(|_| "expected a whole number, or SEQUENCE=NUMBER")?;
        Ok(Self { sequence, value })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_the_units_of_postgresql() {
        let seconds = |text: &str| text.parse::<Duration>().map(|time| time.0.as_secs_f64());
        assert_eq!(seconds("1500"), Ok(1.5));
        assert_eq!(seconds("10s"), Ok(10.0));
        assert_eq!(seconds("2 min"), Ok(120.0));
        assert_eq!(seconds("0"), Ok(0.0));
        assert!(seconds("ten").is_err() && seconds("10 m").is_err() && seconds("-1").is_err());
    }

    #[test]
    fn sizes_have_the_units_of_postgresql() {
        let bytes = |text: &str| text.parse::<Size>().map(|size| size.0);
        assert_eq!(bytes("500MB"), Ok(500 << 20));
        assert_eq!(bytes("1GB"), Ok(1 << 30));
        assert_eq!(bytes("8192"), Ok(8192));
        assert!(bytes("1 gb").is_err() && bytes("").is_err() && bytes("99999999999TB").is_err());
    }

    #[test]
    fn a_threshold_is_a_share() {
        assert_eq!(percent("75"), Ok(75.0));
        assert_eq!(percent("99.5%"), Ok(99.5));
        assert!(percent("101").is_err() && percent("NaN").is_err() && percent("").is_err());
    }

    #[test]
    fn ignore_above_takes_one_sequence_or_all() {
        let rule = |text: &str| text.parse::<IgnoreAboveValue>();
        let all = IgnoreAboveValue { sequence: None, value: 1000 };
        assert_eq!(rule("1000"), Ok(all));
        let one = IgnoreAboveValue { sequence: Some("public.\"a=b\"".into()), value: -5 };
        assert_eq!(rule("public.\"a=b\"=-5"), Ok(one));
        assert!(rule("orders").is_err() && rule("orders=").is_err());
    }
}
