//! Arrays as parameters of statements: their text form (manual, section 8.15.2).

use std::fmt::{Display, Write};

/// An array's text form, of numbers.
pub(crate) fn array<T: Display>(items: impl IntoIterator<Item = T>) -> String {
    let mut array = String::from("{");
    for item in items {
        if array.len() > 1 {
            array.push(',');
        }
        // Writing to a String cannot fail.
        let _ = write!(array, "{item}");
    }
    array.push('}');
    array
}

/// An array's text form, of texts.
pub(crate) fn text_array(items: &[String]) -> String {
    let quoted = |item: &String| format!("\"{}\"", item.replace('\\', "\\\\").replace('"', "\\\""));
    array(items.iter().map(quoted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_quoted_in_arrays() {
        assert_eq!(text_array(&["a".into(), "b\"c,\\".into()]), r#"{"a","b\"c,\\"}"#);
        assert_eq!(array([1, 2]), "{1,2}");
    }
}
