//! Values of options that have a shape of their own.

use std::str::FromStr;

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
