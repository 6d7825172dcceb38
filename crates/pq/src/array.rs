//! The text form of arrays (manual, 8.15.6).

/// The elements of a one-dimensional array; `None` for anything else. NULL is `None`.
pub(crate) fn elements(text: &str) -> Option<Vec<Option<String>>> {
    // Bounds are written where they do not start at 1: `[0:1]={a,b}`.
    let text = match text.strip_prefix('[') {
        Some(bounded) => bounded.split_once("]=")?.1,
        None => text,
    };
    let mut rest = text.strip_prefix('{')?.strip_suffix('}')?;
    let mut elements = Vec::new();
    while !rest.is_empty() {
        let (element, after) = match rest.strip_prefix('"') {
            Some(quoted) => quoted_element(quoted)?,
            None => bare_element(rest)?,
        };
        elements.push(element);
        rest = match after.strip_prefix(',') {
            // A comma is followed by an element.
            Some("") => return None,
            Some(next) => next,
            None if after.is_empty() => after,
            None => return None,
        };
    }
    Some(elements)
}

/// An element after its opening quote, and what follows its closing one. A backslash makes the next character
/// plain.
fn quoted_element(text: &str) -> Option<(Option<String>, &str)> {
    let mut element = String::new();
    let mut characters = text.char_indices();
    loop {
        match characters.next()? {
            (end, '"') => return Some((Some(element), &text[end + 1..])),
            (_, '\\') => element.push(characters.next()?.1),
            (_, character) => element.push(character),
        }
    }
}

/// An element without quotes, and what follows it.
fn bare_element(text: &str) -> Option<(Option<String>, &str)> {
    let (element, after) = text.split_at(text.find(',').unwrap_or(text.len()));
    if element.is_empty() || element.contains(['{', '}', '"', '\\']) {
        return None;
    }
    Some(((element != "NULL").then(|| element.to_owned()), after))
}
