//! The functions that write a number as text: `lpad()`, `to_char()`, `format()`, `right()`, `trim()`.

use super::value::Value;
use super::{NotInvertible, TextShape};

/// How a drawn number is written at some point of an expression.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Written {
    /// What stands before the digits.
    pub(super) prefix: String,
    /// What stands after them.
    pub(super) suffix: String,
    /// How many characters the digits are filled up to.
    pad: u32,
    /// They are filled up with blanks, not with zeros.
    blanks: bool,
    /// How many digits there can be.
    max_digits: Option<u32>,
    /// The same for negative numbers; 0 where their sign does not stand before the digits.
    max_negative_digits: Option<u32>,
    /// The prefix ends in the blank that the sign of a negative number takes the place of.
    sign_blank: bool,
}

impl Written {
    pub(super) fn from_shape(shape: TextShape) -> Self {
        let TextShape { prefix, suffix, pad, max_digits, max_negative_digits } = shape;
        Self { prefix, suffix, pad, max_digits, max_negative_digits, ..Self::default() }
    }

    pub(super) fn into_shape(self) -> Result<TextShape, NotInvertible> {
        if self.blanks {
            // to_char() leaves one more blank for the sign.
            let function = if self.sign_blank { "to_char" } else { "lpad" };
            return Err(loss(function, "which fills it up with blanks"));
        }
        let Self { prefix, suffix, pad, max_digits, sign_blank, .. } = self;
        let max_negative_digits = if sign_blank { Some(0) } else { self.max_negative_digits };
        Ok(TextShape { prefix, suffix, pad, max_digits, max_negative_digits })
    }

    /// Whether it can be read as a number again.
    pub(super) fn is_number(&self) -> bool {
        self.is_bare() && self.max_digits.is_none()
    }

    /// Whether nothing stands beside the digits.
    fn is_bare(&self) -> bool {
        self.prefix.is_empty() && self.suffix.is_empty()
    }

    /// The same, cut off after so many characters; `None` where no digit is left.
    pub(super) fn cut(mut self, characters: usize) -> Option<Self> {
        let beside = self.prefix.chars().count() + self.suffix.chars().count();
        let room = u32::try_from(characters.checked_sub(beside)?).ok()?;
        self.limit(room);
        (room > 0 && self.pad <= room).then_some(self)
    }

    /// Limits how many characters there are, a sign among them.
    fn limit(&mut self, characters: u32) {
        self.max_digits = Some(self.max_digits.map_or(characters, |most| most.min(characters)));
        // The sign counts; in the place of a blank it has room already.
        let beside_the_sign = if self.sign_blank { characters } else { characters.saturating_sub(1) };
        let negative = self.max_negative_digits.map_or(beside_the_sign, |most| most.min(beside_the_sign));
        self.max_negative_digits = Some(if negative < self.pad && !self.blanks { 0 } else { negative });
    }
}

fn loss(function: &'static str, how: impl Into<String>) -> NotInvertible {
    NotInvertible::FunctionUse { function, how: how.into() }
}

/// What `function` makes of the drawn value that is its first argument.
pub(super) fn pass(function: &str, values: Vec<Value>) -> Result<Value, NotInvertible> {
    let mut values = values.into_iter();
    let Some(Value::Drawn(mut drawn)) = values.next() else { return Err(NotInvertible::NoDraw) };
    let further: Vec<_> = values.collect();
    if further.iter().any(Value::is_drawn) {
        return Err(NotInvertible::SeveralDraws(1 + further.iter().filter(|value| value.is_drawn()).count()));
    }
    let written = match (function, drawn.written.take()) {
        ("to_char", None) => to_char(&further),
        (_, written) => {
            let written = written.unwrap_or_default();
            match function {
                "lpad" => lpad(written, &further),
                "right" => right(written, &further),
                "btrim" => trim(written, &further, true, true),
                "ltrim" => trim(written, &further, true, false),
                "rtrim" => trim(written, &further, false, true),
                other => Err(NotInvertible::Function(other.to_owned())),
            }
        }
    };
    drawn.written = Some(written?);
    Ok(Value::Drawn(drawn))
}

/// `lpad(number, length [, fill])`: fills up on the left, and cuts off on the right what is longer.
fn lpad(mut written: Written, further: &[Value]) -> Result<Written, NotInvertible> {
    let (length, fill) = match further {
        [Value::Number(length)] => (*length, " "),
        [Value::Number(length), Value::Text(fill)] => (*length, &**fill),
        _ => return Err(loss("lpad", "with a length or a filling that is no constant")),
    };
    let length = u32::try_from(length).ok().filter(|length| *length > 0);
    let Some(length) = length else { return Err(loss("lpad", "with a length that leaves nothing of it")) };
    let blanks = match fill {
        "0" => false,
        " " => true,
        other => return Err(loss("lpad", format!("which fills it up with '{other}'"))),
    };
    if !written.is_bare() || written.pad > length || (written.pad > 0 && written.blanks != blanks) {
        return Err(loss("lpad", "together with a prefix or a suffix"));
    }
    written.pad = length;
    written.blanks = blanks;
    // Zeros are filled in before the sign: 0000-7.
    written.limit(length);
    Ok(written)
}

/// `right('000000' || number, 6)`: another way to fill up with zeros.
fn right(mut written: Written, further: &[Value]) -> Result<Written, NotInvertible> {
    let cut_off = || loss("right", "which cuts off a part of it");
    let [Value::Number(length)] = further else { return Err(cut_off()) };
    let length = u32::try_from(*length).map_err(|_| cut_off())?;
    let zeros = written.prefix.bytes().all(|byte| byte == b'0');
    let enough = written.prefix.len() as u64 + u64::from(written.pad.max(1)) >= u64::from(length);
    if length == 0
        || !zeros
        || !enough
        || !written.suffix.is_empty()
        || written.blanks
        || written.pad > length
    {
        return Err(cut_off());
    }
    written.prefix.clear();
    written.pad = length;
    written.limit(length);
    Ok(written)
}

/// `trim()`: of blanks only, and only where it does not touch the digits.
fn trim(mut written: Written, further: &[Value], left: bool, right: bool) -> Result<Written, NotInvertible> {
    match further {
        [] => {}
        [Value::Text(characters)] if characters == " " => {}
        _ => return Err(loss("trim", "of other characters than blanks")),
    }
    if left {
        written.prefix = written.prefix.trim_start_matches(' ').to_owned();
        if written.prefix.is_empty() && written.blanks {
            written.pad = 0;
            written.blanks = false;
        }
        written.sign_blank &= !written.prefix.is_empty();
    }
    if right {
        written.suffix = written.suffix.trim_end_matches(' ').to_owned();
    }
    Ok(written)
}

/// `to_char(number, template)` with digits, FM and text in double quotes (manual, table 9.29). Without FM a blank
/// stands where the sign of a negative number would; a number with more digits is written as `#`.
fn to_char(further: &[Value]) -> Result<Written, NotInvertible> {
    let [Value::Text(template)] = further else {
        return Err(loss("to_char", "with a template that is no constant"));
    };
    let not_understood = || loss("to_char", format!("with the template '{template}'"));
    let mut written = Written::default();
    let (mut fill_mode, mut digits, mut zeros) = (false, 0_u32, 0_u32);
    let mut rest = template.as_str();
    while let Some(first) = rest.chars().next() {
        rest = &rest[first.len_utf8()..];
        match first {
            '0' | '9' if written.suffix.is_empty() => {
                digits += 1;
                zeros += u32::from(first == '0' || zeros > 0);
            }
            'F' | 'f' if rest.starts_with(['M', 'm']) => {
                fill_mode = true;
                rest = &rest[1..];
            }
            '"' => {
                let (literal, after) = rest.split_once('"').ok_or_else(not_understood)?;
                if literal.contains('\\') {
                    return Err(not_understood());
                }
                if digits == 0 { &mut written.prefix } else { &mut written.suffix }.push_str(literal);
                rest = after;
            }
            _ => return Err(not_understood()),
        }
    }
    // 9900: blanks before zeros
    if digits == 0 || (!fill_mode && 0 < zeros && zeros < digits) {
        return Err(not_understood());
    }
    written.max_digits = Some(digits);
    written.max_negative_digits = Some(digits);
    written.pad = zeros;
    if !fill_mode {
        written.prefix.push(' ');
        written.sign_blank = true;
        written.blanks = zeros < digits;
        written.pad = digits;
    }
    Ok(written)
}

/// `format()` with `%s` and `%%`, also `%1$s`.
pub(super) fn format(values: Vec<Value>) -> Result<Value, NotInvertible> {
    let drawn = values.iter().any(Value::is_drawn);
    let varying = Value::varying("format()", &values);
    match format_parts(values) {
        Some(parts) => Value::join(parts),
        None if drawn => Err(loss("format", "with a template that is not understood")),
        None => varying.ok_or(NotInvertible::NoDraw),
    }
}

/// What a template is made of; `None` for a template that is no constant or holds anything else.
fn format_parts(values: Vec<Value>) -> Option<Vec<Value>> {
    let mut values = values.into_iter();
    let Some(Value::Text(template)) = values.next() else { return None };
    let arguments: Vec<_> = values.collect();
    let mut parts = Vec::new();
    let mut next = 0;
    let mut rest = template.as_str();
    while let Some((text, specifier)) = rest.split_once('%') {
        parts.push(Value::Text(text.to_owned()));
        if let Some(after) = specifier.strip_prefix('%') {
            parts.push(Value::Text("%".to_owned()));
            rest = after;
            continue;
        }
        let (position, after) = match specifier.split_once("$s") {
            Some((digits, after)) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                (digits.parse::<usize>().ok()?.checked_sub(1)?, after)
            }
            _ => (next, specifier.strip_prefix('s')?),
        };
        parts.push(arguments.get(position)?.clone().or_empty());
        next = position + 1;
        rest = after;
    }
    parts.push(Value::Text(rest.to_owned()));
    Some(parts)
}
