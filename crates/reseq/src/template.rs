//! Statements made from `.sql` files with places to fill: the probes of `observe`, the steps of `plan`.

/// Fills the `{places}` of a template in one pass, so that a value with braces in it (a hostile name) stays as
/// it is. The template's comments at the head, which would travel to the server with every probe of a batch, are left
/// out, and its lines put together.
pub(crate) fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut sql = String::with_capacity(template.len());
    let body = template.lines().map(str::trim).filter(|line| !line.starts_with("--"));
    for (number, line) in body.enumerate() {
        if number > 0 {
            sql.push(' ');
        }
        fill_line(&mut sql, line, values);
    }
    sql
}

fn fill_line(sql: &mut String, line: &str, values: &[(&str, &str)]) {
    let mut rest = line;
    while let Some((before, opened)) = rest.split_once('{') {
        sql.push_str(before);
        let Some((place, after)) = opened.split_once('}') else { break };
        let value = values.iter().find(|(key, _)| *key == place);
        debug_assert!(value.is_some(), "nothing to fill {{{place}}} with");
        sql.push_str(value.map_or("", |(_, value)| value));
        rest = after;
    }
    sql.push_str(rest);
}

#[cfg(test)]
mod tests {
    use super::fill;

    #[test]
    fn values_are_not_filled_again() {
        let template = "-- reads: nothing\nSELECT {a},\n       {b}\n";
        assert_eq!(fill(template, &[("a", "\"{b}\""), ("b", "2")]), "SELECT \"{b}\", 2");
    }
}
