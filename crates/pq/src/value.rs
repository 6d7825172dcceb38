//! Values read from PostgreSQL's text form.

use crate::array;

/// A type that can be read from the text form of a value.
pub trait FromText<'a>: Sized {
    /// What the text must be, as it follows "is not": `an integer of 8 bytes`.
    const EXPECTED: &'static str;

    /// The value; `None` where the text is something else.
    fn from_text(text: &'a str) -> Option<Self>;

    /// What NULL becomes; `None` where the type has no place for it.
    fn from_null() -> Option<Self> {
        None
    }
}

/// NULL is `None`.
impl<'a, T: FromText<'a>> FromText<'a> for Option<T> {
    const EXPECTED: &'static str = T::EXPECTED;

    fn from_text(text: &'a str) -> Option<Self> {
        T::from_text(text).map(Some)
    }

    fn from_null() -> Option<Self> {
        Some(None)
    }
}

impl<'a> FromText<'a> for &'a str {
    const EXPECTED: &'static str = "text in UTF-8";

    fn from_text(text: &'a str) -> Option<Self> {
        Some(text)
    }
}

/// `t` or `f`.
impl FromText<'_> for bool {
    const EXPECTED: &'static str = "a boolean";

    fn from_text(text: &str) -> Option<Self> {
        match text {
            "t" => Some(true),
            "f" => Some(false),
            _ => None,
        }
    }
}

/// A one-dimensional array, `{1,2,NULL}`; with elements of `Option<T>` where one may be NULL.
impl<T: for<'b> FromText<'b>> FromText<'_> for Vec<T> {
    const EXPECTED: &'static str = "a one-dimensional array of such values";

    fn from_text(text: &str) -> Option<Self> {
        array::elements(text)?
            .into_iter()
            .map(|element| match element {
                None => T::from_null(),
                Some(text) => T::from_text(&text),
            })
            .collect()
    }
}

/// Types whose `FromStr` reads what PostgreSQL writes.
macro_rules! from_str {
    ($($type:ty, $expected:literal;)*) => {$(
        impl FromText<'_> for $type {
            const EXPECTED: &'static str = $expected;

            fn from_text(text: &str) -> Option<Self> {
                text.parse().ok()
            }
        }
    )*};
}

from_str! {
    i16, "an integer of 2 bytes";
    i32, "an integer of 4 bytes";
    i64, "an integer of 8 bytes";
    i128, "an integer of 16 bytes";
    u32, "an oid";
    u64, "an integer of 8 bytes without sign";
    f64, "a number";
    String, "text in UTF-8";
}

impl FromText<'_> for Box<str> {
    const EXPECTED: &'static str = "text in UTF-8";

    fn from_text(text: &str) -> Option<Self> {
        Some(text.into())
    }
}

/// The text in quotes, cut where it is long.
pub(crate) fn excerpt(text: &str) -> String {
    const LONGEST: usize = 60;
    match text.char_indices().nth(LONGEST) {
        None => format!("\"{text}\""),
        Some((end, _)) => format!("\"{}…\"", &text[..end]),
    }
}
