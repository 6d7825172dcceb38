//! How a number is written in a text column, and how the server finds it there again.

use std::fmt::Write;

/// How a number is written in a text column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TextShape {
    /// What stands before the digits.
    pub prefix: String,
    /// What stands after them.
    pub suffix: String,
    /// How many characters the digits are filled up to at least; 0 without padding.
    pub pad: u32,
    /// How many digits there can be: lpad() and to_char() cut off or give up beyond. `None` without a limit.
    pub max_digits: Option<u32>,
    /// The same for negative numbers, whose sign stands before the digits. 0 where they are written so that they
    /// cannot be read again: `0000-7`.
    pub max_negative_digits: Option<u32>,
}

/// Longer numbers are left out: no sequence reaches them, and they would pass [`crate::model::Lane::LIMIT`].
const MOST_DIGITS: u32 = 37;

impl TextShape {
    /// What the default writes for `value`; `None` where it cannot write it so that it can be read again.
    pub fn format(&self, value: i128) -> Option<String> {
        let (sign, most) = if value < 0 { ("-", self.max_negative_digits) } else { ("", self.max_digits) };
        let digits = value.unsigned_abs().to_string();
        if most.is_some_and(|most| digits.len() > most as usize) {
            return None;
        }
        Some(format!("{}{sign}{digits:0>width$}{}", self.prefix, self.suffix, width = self.pad as usize))
    }

    /// Whether negative numbers can be read again, those of few digits at least.
    pub fn reads_negatives(&self) -> bool {
        self.max_negative_digits != Some(0)
    }

    /// The largest number that can be written, in a column that holds `characters` at most (`None` without a
    /// limit); `None` where nothing limits it, and -1 where not even 0 fits.
    pub fn largest(&self, characters: Option<u32>) -> Option<i128> {
        let digits = self.digits_within(characters, self.max_digits)?;
        Some(if digits > 0 { 10_i128.pow(digits) - 1 } else { -1 })
    }

    /// The smallest number that can be written, as [`Self::largest`]; 0 where no negative number fits.
    pub fn smallest(&self, characters: Option<u32>) -> Option<i128> {
        let beside_the_sign = characters.map(|characters| characters.saturating_sub(1));
        let digits = self.digits_within(beside_the_sign, self.max_negative_digits)?;
        Some(1 - 10_i128.pow(digits))
    }

    /// How many digits fit, `most` at most; `None` without a limit.
    fn digits_within(&self, characters: Option<u32>, most: Option<u32>) -> Option<u32> {
        let beside = self.prefix.chars().count() + self.suffix.chars().count();
        let beside = u32::try_from(beside).unwrap_or(u32::MAX);
        let room = characters.map(|characters| characters.saturating_sub(beside));
        let digits = room.into_iter().chain(most).min()?;
        let fits = room.is_none_or(|room| room >= self.pad);
        Some(if fits { digits.min(MOST_DIGITS) } else { 0 })
    }

    /// A POSIX regular expression (manual, section 9.7.3) for `pg_catalog.substring(column, …)`: gives the number of
    /// the rows that the default can have written, ready for a cast to `numeric`, and NULL for all others.
    pub fn pattern(&self) -> String {
        let mut pattern = String::from("^");
        escape(&mut pattern, &self.prefix);
        pattern.push('(');
        self.write_digits(&mut pattern);
        pattern.push(')');
        // character(n) drops the blanks at the end
        let suffix = self.suffix.trim_end_matches(' ');
        escape(&mut pattern, suffix);
        if suffix.len() < self.suffix.len() {
            pattern.push_str(" *");
        }
        pattern.push('$');
        pattern
    }

    fn write_digits(&self, pattern: &mut String) {
        if (self.pad, self.max_digits, self.max_negative_digits) == (0, None, None) {
            pattern.push_str("0|-?[1-9]");
            repeat(pattern, "[0-9]", 0, MOST_DIGITS - 1);
            return;
        }
        write_filled(pattern, "", self.pad.max(1), self.max_digits);
        if self.reads_negatives() {
            pattern.push('|');
            write_filled(pattern, "-", self.pad, self.max_negative_digits);
        }
    }
}

/// Writes a sign and digits that are filled up with zeros; not filled up, they begin with another digit.
fn write_filled(pattern: &mut String, sign: &str, filled: u32, most: Option<u32>) {
    let longest = most.unwrap_or(MOST_DIGITS).min(MOST_DIGITS);
    if filled > 0 {
        pattern.push_str(sign);
        if filled > longest {
            repeat(pattern, "0", filled - longest, filled - longest);
        }
        repeat(pattern, "[0-9]", filled.min(longest), filled.min(longest));
    }
    if longest > filled {
        pattern.push_str(if filled > 0 { "|" } else { "" });
        pattern.push_str(sign);
        pattern.push_str("[1-9]");
        repeat(pattern, "[0-9]", filled, longest - 1);
    }
}

/// Writes `atom{least,most}`; the server takes no more than 255 at once.
fn repeat(pattern: &mut String, atom: &str, mut least: u32, mut most: u32) {
    const AT_ONCE: u32 = 255;
    while least > AT_ONCE {
        let _ = write!(pattern, "{atom}{{{AT_ONCE}}}");
        least -= AT_ONCE;
        most -= AT_ONCE;
    }
    let _ = if least == most {
        write!(pattern, "{atom}{{{least}}}")
    } else {
        write!(pattern, "{atom}{{{least},{most}}}")
    };
}

/// Writes text so that it stands for itself.
fn escape(pattern: &mut String, text: &str) {
    for character in text.chars() {
        if r"\.^$*+?()[]{}|".contains(character) {
            pattern.push('\\');
        }
        pattern.push(character);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shape(prefix: &str, suffix: &str, pad: u32, max_digits: Option<u32>) -> TextShape {
        let (prefix, suffix) = (prefix.to_owned(), suffix.to_owned());
        TextShape { prefix, suffix, pad, max_digits, max_negative_digits: Some(0) }
    }

    /// The number that the pattern finds in `text`.
    fn read(shape: &TextShape, text: &str) -> Option<i128> {
        let pattern = regex_lite::Regex::new(&shape.pattern()).ok()?;
        pattern.captures(text)?.get(1)?.as_str().parse().ok()
    }

    #[test]
    fn plain_numbers_stand_as_they_are() {
        let plain = TextShape { max_negative_digits: None, ..shape("INV-", "", 0, None) };
        assert_eq!(plain.pattern(), "^INV-(0|-?[1-9][0-9]{0,36})$");
        assert_eq!(plain.format(-5).as_deref(), Some("INV--5"));
        assert_eq!(read(&plain, "INV-10"), Some(10));
        for other in ["INV-007", "inv-7", "INV-7a", " INV-7", "INV-", "INV--0"] {
            assert_eq!(read(&plain, other), None, "{other}");
        }
    }

    #[test]
    fn padded_numbers_are_at_least_that_long() {
        let padded = shape("", "/x", 4, None);
        assert_eq!(padded.pattern(), "^([0-9]{4}|[1-9][0-9]{4,36})/x$");
        assert_eq!(padded.format(7).as_deref(), Some("0007/x"));
        assert_eq!(read(&padded, "12345/x"), Some(12345));
        assert_eq!(read(&padded, "007/x"), None);
        assert_eq!(read(&padded, "00007/x"), None);
        assert_eq!(padded.format(-7), None);
    }

    #[test]
    fn beyond_the_limit_nothing_is_written_or_read() {
        let limited = shape("A", "", 4, Some(4));
        assert_eq!(limited.pattern(), "^A([0-9]{4})$");
        assert_eq!(limited.format(9999).as_deref(), Some("A9999"));
        assert_eq!(limited.format(10000), None);
        assert_eq!(read(&limited, "A12345"), None);
        assert_eq!(shape("A", "", 2, Some(4)).pattern(), "^A([0-9]{2}|[1-9][0-9]{2,3})$");
        assert_eq!(shape("A", "", 6, Some(4)).pattern(), "^A(0{2}[0-9]{4})$");
        assert_eq!(shape("A", "", 6, Some(4)).format(1).as_deref(), Some("A000001"));
        assert_eq!(shape("A", "", 0, Some(4)).pattern(), "^A([0-9]{1}|[1-9][0-9]{1,3})$");
    }

    #[test]
    fn the_largest_number_is_bounded_by_digits_and_by_the_column() {
        assert_eq!(shape("INV-", "", 0, None).largest(None), None);
        assert_eq!(shape("INV-", "", 4, Some(4)).largest(None), Some(9999));
        assert_eq!(shape("INV-", "x", 2, Some(4)).largest(Some(8)), Some(999));
        assert_eq!(shape("INV-", "x", 4, Some(4)).largest(Some(8)), Some(-1));
        assert_eq!(shape("INV-", "", 0, None).largest(Some(10)), Some(999_999));
        assert_eq!(shape("INV-", "", 0, None).largest(Some(3)), Some(-1));
    }

    #[test]
    fn the_smallest_number_has_a_sign_beside_its_digits() {
        let signed = |pad, most| TextShape { max_negative_digits: most, ..shape("INV-", "", pad, None) };
        assert_eq!(signed(0, None).smallest(None), None);
        assert_eq!(signed(4, Some(4)).smallest(None), Some(-9999));
        assert_eq!(signed(0, None).smallest(Some(8)), Some(-999));
        assert_eq!(signed(4, Some(4)).smallest(Some(8)), Some(0));
        assert_eq!(signed(4, Some(0)).smallest(None), Some(0));
    }

    #[test]
    fn a_sign_stands_before_the_digits() {
        let padded = TextShape { max_negative_digits: Some(5), ..shape("A", "", 3, Some(5)) };
        assert_eq!(padded.pattern(), "^A([0-9]{3}|[1-9][0-9]{3,4}|-[0-9]{3}|-[1-9][0-9]{3,4})$");
        assert_eq!(padded.format(-7).as_deref(), Some("A-007"));
        assert_eq!(padded.format(-123_456), None);
        let limited = TextShape { max_negative_digits: Some(3), ..shape("A", "", 0, Some(4)) };
        assert_eq!(limited.pattern(), "^A([0-9]{1}|[1-9][0-9]{1,3}|-[1-9][0-9]{0,2})$");
        assert_eq!(read(&limited, "A-0"), None);
    }

    #[test]
    fn long_padding_stays_within_what_the_server_takes() {
        assert_eq!(shape("", "", 300, None).pattern(), "^(0{255}0{8}[0-9]{37})$",);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(
            prefix in "[A-Za-z0-9.*+?()|\\[\\]{}^$\\\\ -]{0,6}", suffix in "[A-Za-z0-9.*+?()|\\\\ -]{0,4}",
            pad in 0_u32..12, max_digits in proptest::option::of(1_u32..12),
            max_negative_digits in proptest::option::of(0_u32..12), value in any::<i64>(), digits in 0_u32..19,
        ) {
            let value = i128::from(value) / 10_i128.pow(digits);
            let shape = TextShape { prefix, suffix, pad, max_digits, max_negative_digits };
            match shape.format(value) {
                Some(text) => prop_assert_eq!(read(&shape, &text), Some(value)),
                None if value < 0 => prop_assert!(shape.smallest(None).is_some_and(|smallest| value < smallest)),
                None => prop_assert!(shape.largest(None).is_some_and(|largest| value > largest)),
            }
        }
    }
}
