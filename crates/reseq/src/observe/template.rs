//! Statements made from the templates in `sql/`.

/// Fills each `{name}` of a template with its value, and leaves out the header comment, which would
/// otherwise travel to the server with every probe of a batch.
///
/// What is filled in may hold braces itself (a regular expression does); it is not looked at again.
pub(super) fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(template.len());
    for line in template.lines().filter(|line| !line.starts_with("--")) {
        if !filled.is_empty() {
            filled.push('\n');
        }
        for (place, part) in line.split('{').enumerate() {
            match part.split_once('}').filter(|_| place > 0) {
                Some((name, rest)) => {
                    let value = values.iter().find(|(known, _)| *known == name);
                    debug_assert!(value.is_some(), "the template asks for {{{name}}}");
                    filled.push_str(value.map_or("", |(_, value)| value));
                    filled.push_str(rest);
                }
                None => filled.push_str(part),
            }
        }
    }
    filled
}

#[cfg(test)]
mod tests {
    use super::fill;

    #[test]
    fn leaves_the_header_out_and_fills_each_place_once() {
        let template = "-- Reads a table.\n-- versions: 10-19\nSELECT {value}\n  FROM {table}, {table}\n";
        let filled = fill(template, &[("table", "\"a{value}b\""), ("value", "'[0-9]{6}'")]);
        assert_eq!(filled, "SELECT '[0-9]{6}'\n  FROM \"a{value}b\", \"a{value}b\"");
    }
}
