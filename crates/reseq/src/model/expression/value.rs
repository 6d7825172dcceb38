//! What is known of the value of a part of an expression.

use super::tree::TypeName;
use super::written::Written;
use super::{Mapping, NotInvertible};

/// What is known of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// A whole number.
    Number(i128),
    /// A number with a fraction, as written.
    Fraction(String),
    /// Text.
    Text(String),
    /// NULL.
    Null,
    /// It depends on something else than the sequence: `now()`, `NEW.region`.
    Varies(String),
    /// It depends on the value drawn, and on nothing else.
    Drawn(Drawn),
}

/// A value that is made from the one drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Drawn {
    factor: i128,
    offset: i128,
    /// How it is written, once it is text.
    pub(super) written: Option<Written>,
}

/// The largest factor: values of `bigint` times it stay within [`crate::model::Lane::LIMIT`].
const MAX_FACTOR: i128 = 10_i128.pow(17);
/// The largest summand.
const MAX_OFFSET: i128 = 10_i128.pow(35);

impl Value {
    /// A number as it is written in SQL.
    pub(super) fn number(written: &str) -> Self {
        let digits = written.replace('_', "");
        match digits.parse() {
            Ok(number) => Self::Number(number),
            Err(_) if digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') => {
                Self::Fraction(digits)
            }
            Err(_) => Self::Varies(written.to_owned()),
        }
    }

    pub(super) fn is_drawn(&self) -> bool {
        matches!(self, Self::Drawn(_))
    }

    /// What a varying value depends on.
    pub(super) fn cause(&self) -> Option<String> {
        match self {
            Self::Varies(cause) => Some(cause.clone()),
            _ => None,
        }
    }

    /// A value that is made from `parts` in an unknown way: it depends on whatever they depend on, or where they
    /// are constants on `how`. `None` where one of them is drawn.
    pub(super) fn varying(how: &str, parts: &[Self]) -> Option<Self> {
        if parts.iter().any(Self::is_drawn) {
            return None;
        }
        Some(Self::Varies(parts.iter().find_map(Self::cause).unwrap_or_else(|| how.to_owned())))
    }

    /// NULL counts as empty text, as in `concat()`.
    pub(super) fn or_empty(self) -> Self {
        if self == Self::Null { Self::Text(String::new()) } else { self }
    }

    /// A literal without a type counts as a number beside one.
    fn read_number(self) -> Self {
        match self {
            Self::Text(text) => text.parse().map_or(Self::Text(text), Self::Number),
            other => other,
        }
    }

    /// `sign × self + summand`.
    pub(super) fn calculate(self, operator: &str, sign: i128, summand: Self) -> Result<Self, NotInvertible> {
        match (self.read_number(), summand.read_number()) {
            (Self::Drawn(_), Self::Drawn(_)) => Err(NotInvertible::SeveralDraws(2)),
            (Self::Drawn(drawn), Self::Number(number)) => {
                drawn.linear(operator, sign, number).map(Self::Drawn)
            }
            (Self::Number(number), Self::Drawn(drawn)) => {
                let number = number.checked_mul(sign).ok_or(NotInvertible::TooLarge)?;
                drawn.linear(operator, 1, number).map(Self::Drawn)
            }
            (Self::Drawn(_), other) | (other, Self::Drawn(_)) => Err(other.no_constant()),
            (Self::Number(number), Self::Number(summand)) => Ok(sign
                .checked_mul(number)
                .and_then(|number| number.checked_add(summand))
                .map_or_else(|| Self::Varies("a number out of range".to_owned()), Self::Number)),
            (left, right) => Ok(Self::of_constants(operator, [left, right])),
        }
    }

    pub(super) fn multiply(self, other: Self) -> Result<Self, NotInvertible> {
        match (self.read_number(), other.read_number()) {
            (Self::Drawn(_), Self::Drawn(_)) => Err(NotInvertible::SeveralDraws(2)),
            (Self::Drawn(drawn), Self::Number(factor)) | (Self::Number(factor), Self::Drawn(drawn)) => {
                drawn.linear("*", factor, 0).map(Self::Drawn)
            }
            (Self::Drawn(_), other) | (other, Self::Drawn(_)) => Err(other.no_constant()),
            (Self::Number(left), Self::Number(right)) => Ok(left
                .checked_mul(right)
                .map_or_else(|| Self::Varies("a number out of range".to_owned()), Self::Number)),
            (left, right) => Ok(Self::of_constants("*", [left, right])),
        }
    }

    /// A calculation without a drawn value that is not worked out.
    fn of_constants(operator: &str, parts: [Self; 2]) -> Self {
        match parts {
            [Self::Fraction(_), Self::Number(0)] if operator == "-" => {
                Self::Varies("a negative fraction".to_owned())
            }
            parts => Self::Varies(
                parts.iter().find_map(Self::cause).unwrap_or_else(|| format!("a {operator} of constants")),
            ),
        }
    }

    /// Why a drawn value cannot be calculated with this one.
    fn no_constant(self) -> NotInvertible {
        match self {
            Self::Fraction(number) => NotInvertible::NotWhole(number),
            Self::Text(text) => NotInvertible::ConstantVaries(format!("the text '{text}'")),
            Self::Null => NotInvertible::NoDifference,
            Self::Varies(cause) => NotInvertible::ConstantVaries(cause),
            Self::Number(_) | Self::Drawn(_) => NotInvertible::TooLarge,
        }
    }

    /// All parts, one behind the other, as `||` does it.
    pub(super) fn join(parts: Vec<Self>) -> Result<Self, NotInvertible> {
        let drawn = parts.iter().filter(|part| part.is_drawn()).count();
        if drawn > 1 {
            return Err(NotInvertible::SeveralDraws(drawn));
        }
        let Some(at) = parts.iter().position(Self::is_drawn) else {
            return Ok(Self::join_constants(parts));
        };
        let mut before = parts;
        let after = before.split_off(at + 1);
        let Some(Self::Drawn(mut drawn)) = before.pop() else { return Err(NotInvertible::NoDraw) };
        let prefix = Self::join_constants(before).into_affix(NotInvertible::PrefixVaries)?;
        let suffix = Self::join_constants(after).into_affix(NotInvertible::SuffixVaries)?;
        let written = drawn.written.get_or_insert_default();
        written.prefix.insert_str(0, &prefix);
        written.suffix.push_str(&suffix);
        Ok(Self::Drawn(drawn))
    }

    /// The parts one behind the other, none of them drawn.
    fn join_constants(parts: Vec<Self>) -> Self {
        let mut joined = String::new();
        for part in parts {
            match part.into_text() {
                Self::Text(text) => joined.push_str(&text),
                other => return other,
            }
        }
        Self::Text(joined)
    }

    fn into_affix(self, varies: fn(String) -> NotInvertible) -> Result<String, NotInvertible> {
        match self {
            Self::Text(text) => Ok(text),
            Self::Varies(cause) => Err(varies(cause)),
            _ => Err(NotInvertible::NoDifference),
        }
    }

    /// Cast to text of any length.
    pub(super) fn into_text(self) -> Self {
        match self {
            Self::Number(number) => Self::Text(number.to_string()),
            Self::Fraction(number) => Self::Text(number),
            Self::Drawn(mut drawn) => {
                drawn.written.get_or_insert_default();
                Self::Drawn(drawn)
            }
            other => other,
        }
    }

    /// Cast to a type of whole numbers.
    pub(super) fn into_number(self, to: &TypeName) -> Result<Self, NotInvertible> {
        match self {
            Self::Text(text) => Ok(match text.trim().parse() {
                Ok(number) => Self::Number(number),
                Err(_) => Self::Varies(format!("'{text}'")),
            }),
            Self::Fraction(number) => Ok(Self::Varies(number)),
            Self::Drawn(Drawn { factor, offset, written: Some(written) }) => {
                if written.is_number() {
                    Ok(Self::Drawn(Drawn { factor, offset, written: None }))
                } else {
                    Err(NotInvertible::Cast(to.to_string()))
                }
            }
            other => Ok(other),
        }
    }

    /// Cast to a text type that holds so many characters: longer text is cut off.
    pub(super) fn cut(self, characters: i64, to: &TypeName) -> Result<Self, NotInvertible> {
        let characters = usize::try_from(characters).unwrap_or(0);
        match self {
            Self::Text(text) => Ok(Self::Text(text.chars().take(characters).collect())),
            Self::Drawn(Drawn { factor, offset, written }) => {
                let written = written.unwrap_or_default().cut(characters);
                let written = written.ok_or_else(|| NotInvertible::Cast(to.to_string()))?;
                Ok(Self::Drawn(Drawn { factor, offset, written: Some(written) }))
            }
            other => Ok(other),
        }
    }
}

impl Drawn {
    /// The sequence's value itself.
    pub(super) const SEQUENCE: Self = Self { factor: 1, offset: 0, written: None };

    pub(super) fn from_mapping(mapping: Mapping) -> Self {
        let written = mapping.text.map(|text| Written::from_shape(*text));
        Self { factor: mapping.factor, offset: mapping.offset, written }
    }

    pub(super) fn into_mapping(self) -> Result<Mapping, NotInvertible> {
        let text = self.written.map(Written::into_shape).transpose()?.map(Box::new);
        Ok(Mapping { factor: self.factor, offset: self.offset, text })
    }

    /// `factor × self + offset`, of a number.
    fn linear(self, operator: &str, factor: i128, offset: i128) -> Result<Self, NotInvertible> {
        if self.written.is_some() {
            return Err(NotInvertible::Operator(operator.to_owned()));
        }
        if factor == 0 {
            return Err(NotInvertible::NoDifference);
        }
        let product = self.factor.checked_mul(factor).filter(|product| product.abs() <= MAX_FACTOR);
        let sum = self.offset.checked_mul(factor).and_then(|product| product.checked_add(offset));
        let sum = sum.filter(|sum| sum.abs() <= MAX_OFFSET);
        match (product, sum) {
            (Some(factor), Some(offset)) => Ok(Self { factor, offset, written: None }),
            _ => Err(NotInvertible::TooLarge),
        }
    }
}
