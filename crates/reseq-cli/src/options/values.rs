//! Values of options that have a shape of their own.

use reseq::IgnoreRule;
use reseq::model::ObjectName;
use reseq::plan::SchemaMapping;

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

/// `SOURCE=TARGET` of `--map-schema`, each written as in SQL.
pub(crate) fn schema_mapping(text: &str) -> Result<SchemaMapping, String> {
    let schema = |text: &str| match ObjectName::parse(text) {
        _ if text.contains(',') && !text.contains('"') => {
            Err("one mapping is expected: give --map-schema once for each".to_owned())
        }
        Some(ObjectName { schema: None, name }) => Ok(name),
        _ => Err(format!("{text} is no name of a schema")),
    };
    // A quoted name may hold an equals sign.
    let mut ends = text.match_indices('=').map(|(place, _)| (&text[..place], &text[place + 1..]));
    let whole = ends.find(|(source, _)| source.matches('"').count() % 2 == 0);
    let (source, target) = whole.ok_or("expected SOURCE=TARGET, two names of schemas")?;
    Ok(SchemaMapping { source: schema(source)?, target: schema(target)? })
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
    fn a_schema_is_mapped_to_another() {
        let mapping = |source: &str, target: &str| {
            Ok(SchemaMapping { source: source.to_owned(), target: target.to_owned() })
        };
        assert_eq!(schema_mapping("a=b"), mapping("a", "b"));
        assert_eq!(schema_mapping("Shop=\"A=B\""), mapping("shop", "A=B"));
        assert_eq!(schema_mapping("\"A=B\"=c"), mapping("A=B", "c"));
        assert!(
            schema_mapping("a=b,b=a").is_err()
                && schema_mapping("a").is_err()
                && schema_mapping("a=").is_err()
                && schema_mapping("a.s=b").is_err()
        );
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
