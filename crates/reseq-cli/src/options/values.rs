//! Values of options that have a shape of their own.

use reseq::IgnoreRule;

/// A share in percent, 0 to 100.
pub(crate) fn percent(text: &str) -> Result<f64, String> {
    let percent = text.trim_end_matches('%').trim_end().parse::<f64>();
    percent
        .ok()
        .filter(|percent| (0.0..=100.0).contains(percent))
        .ok_or_else(|| "expected percent, 0 to 100".into())
}

/// `[SEQUENCE=]N` of `--ignore-above`.
pub(crate) fn ignore_rule(text: &str) -> Result<IgnoreRule, String> {
    // A quoted name may hold an equals sign, a number cannot.
    let (sequence, number) = match text.rsplit_once('=') {
        Some((sequence, number)) => (Some(sequence.to_owned()), number),
        None => (None, text),
    };
    let value = number.parse().map_err(|_| "expected a whole number, or SEQUENCE=NUMBER")?;
    Ok(IgnoreRule { sequence, value })
}

/// A byte that stands between two fields; `\t` is a tab.
pub(crate) fn delimiter(text: &str) -> Result<u8, String> {
    match text.as_bytes() {
        [one] if one.is_ascii() => Ok(*one),
        br"\t" => Ok(b'\t'),
        _ => Err("expected one character of ASCII, or \\t".to_owned()),
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
        let all = IgnoreRule { sequence: None, value: 1000 };
        assert_eq!(ignore_rule("1000"), Ok(all));
        let one = IgnoreRule { sequence: Some("public.\"a=b\"".into()), value: -5 };
        assert_eq!(ignore_rule("public.\"a=b\"=-5"), Ok(one));
        assert!(ignore_rule("orders").is_err() && ignore_rule("orders=").is_err());
    }
}
