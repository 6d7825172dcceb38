//! Lines that fit: wrapping by the width of characters, names that cannot play tricks on a terminal, colour.

use std::borrow::Cow;
use std::fmt::Write as _;

use anstyle::{AnsiColor, Style as Ansi};
use unicode_width::UnicodeWidthChar as _;

use crate::model::QuotedName;

/// A message's lines are not longer than this on any terminal: the eye loses its way back.
pub(super) const LONGEST: usize = 100;

/// How a text for people is laid out.
#[derive(Clone, Debug)]
pub struct Style {
    /// Columns of the terminal.
    pub width: usize,
    /// With colour (ANSI escapes). Nothing is said by colour alone.
    pub color: bool,
    /// Also what is all right, and notes.
    pub verbose: bool,
    /// The connection options that the shown commands repeat, quoted for a shell: `-h db -d shop`. Empty where
    /// the environment says it all.
    pub connection: String,
    /// The selection options that the command to repair all that was found repeats, quoted for a shell.
    pub selection: String,
}

impl Style {
    /// Without colour and details.
    pub fn plain(width: usize) -> Self {
        Self { width, color: false, verbose: false, connection: String::new(), selection: String::new() }
    }

    /// A command of reseq that reaches the same database.
    pub(super) fn command(&self, command: &str, arguments: &str) -> String {
        let words = ["reseq", command, self.connection.as_str(), arguments];
        words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
    }

    /// `text` in colour, where there is colour.
    pub(super) fn paint(&self, paint: Paint, text: &str) -> String {
        if !self.color {
            return text.to_owned();
        }
        let ansi = paint.ansi();
        format!("{ansi}{text}{ansi:#}")
    }
}

/// What a word is, as far as colour goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Paint {
    Heading,
    Bad,
    Uneasy,
    Good,
    Faint,
    Command,
}

impl Paint {
    fn ansi(self) -> Ansi {
        let color = |color: AnsiColor| Ansi::new().fg_color(Some(color.into()));
        match self {
            Self::Heading => Ansi::new().bold(),
            Self::Bad => color(AnsiColor::Red).bold(),
            Self::Uneasy => color(AnsiColor::Yellow).bold(),
            Self::Good => color(AnsiColor::Green).bold(),
            Self::Faint => Ansi::new().dimmed(),
            Self::Command => color(AnsiColor::Cyan),
        }
    }
}

/// A name or message with its control characters, and those that turn the reading direction round, written as
/// `\u{1b}`: a name may hold anything but must not move the cursor.
pub(super) fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(is_invisible) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        if is_invisible(character) {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    Cow::Owned(shown)
}

fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// The arguments of `reseq fix` that leave out the rows of one sequence beyond a value.
pub fn ignoring_above(sequence: &QuotedName, last_that_counts: i128) -> String {
    format!("-s {} --ignore-above {last_that_counts}", shell_word(sequence.as_str()))
}

/// Quotes a word for a shell where it needs quoting.
pub fn shell_word(word: &str) -> String {
    let plain = |character: char| character.is_ascii_alphanumeric() || "_-./:=@,+%".contains(character);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    if !word.contains(is_invisible) {
        return format!("'{}'", word.replace('\'', r"'\''"));
    }
    // $'…' is the one form that shows a control character without writing it (bash, zsh, ksh).
    let mut quoted = String::from("$'");
    for character in word.chars() {
        match character {
            '\'' | '\\' => quoted.extend(['\\', character]),
            _ if is_invisible(character) => {
                let mut bytes = [0; 4];
                for byte in character.encode_utf8(&mut bytes).bytes() {
                    quoted.push_str(&format!("\\x{byte:02x}"));
                }
            }
            _ => quoted.push(character),
        }
    }
    quoted.push('\'');
    quoted
}

/// How many columns a terminal gives to `text`.
pub(super) fn width(text: &str) -> usize {
    text.chars().map(|character| character.width().unwrap_or(0)).sum()
}

/// Breaks `text` into lines of at most `limit` columns: at spaces, and inside a word that is too long for a
/// line of its own.
pub(super) fn wrap(text: &str, limit: usize) -> Vec<String> {
    // A character takes up to two columns.
    let limit = limit.max(2);
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in text.split(' ') {
        let mut rest = word;
        let space = usize::from(used > 0);
        if used + space + width(rest) > limit && used > 0 {
            lines.push(String::new());
            used = 0;
        } else if space > 0 {
            push(&mut lines, " ");
            used += 1;
        }
        while width(rest) > limit - used {
            let (head, tail) = rest.split_at(fitting(rest, limit - used));
            push(&mut lines, head);
            lines.push(String::new());
            used = 0;
            rest = tail;
        }
        push(&mut lines, rest);
        used += width(rest);
    }
    lines
}

fn push(lines: &mut [String], text: &str) {
    if let Some(line) = lines.last_mut() {
        line.push_str(text);
    }
}

/// How many bytes of `text` fit into `limit` columns; one character at least.
fn fitting(text: &str, limit: usize) -> usize {
    let mut used = 0;
    for (place, character) in text.char_indices() {
        used += character.width().unwrap_or(0);
        if used > limit && place > 0 {
            return place;
        }
    }
    text.len()
}

/// `message` behind `label`, which takes `indent` columns; further lines stand below the first. On a terminal
/// too narrow for that the message stands below the label.
pub(super) fn push_wrapped(text: &mut String, label: &str, indent: usize, message: &str, width: usize) {
    let beside = width.saturating_sub(indent).min(LONGEST);
    let message = visible(message);
    if beside < 30 {
        push_line(text, label);
        for line in wrap(&message, width.saturating_sub(4)) {
            push_line(text, &format!("    {line}"));
        }
        return;
    }
    for (place, line) in wrap(&message, beside).iter().enumerate() {
        if place == 0 {
            push_line(text, &format!("{label}{line}"));
        } else {
            push_line(text, &format!("{:indent$}{line}", ""));
        }
    }
}

pub(super) fn push_line(text: &mut String, line: &str) {
    // A String takes whatever is written.
    let _ = writeln!(text, "{}", line.trim_end());
}

/// `1 error`, `2 errors`.
pub(super) fn count(number: impl Into<u128>, noun: &str) -> String {
    let number = number.into();
    format!("{} {noun}{}", thousands(number), if number == 1 { "" } else { "s" })
}

/// `1234567` as `1,234,567`; years and ports are not written with this.
pub(super) fn thousands(number: impl std::fmt::Display) -> String {
    let digits = number.to_string();
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits.as_str()), |rest| ("-", rest));
    let mut grouped = String::from(sign);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_kept_together_where_they_fit() {
        assert_eq!(wrap("the next 12 inserts fail", 12), ["the next 12", "inserts fail"]);
        assert_eq!(wrap("", 12), [""]);
    }

    #[test]
    fn a_word_that_is_longer_than_a_line_is_broken() {
        assert_eq!(wrap("at public.orders_id_seq now", 10), ["at", "public.ord", "ers_id_seq", "now"]);
    }

    #[test]
    fn wide_characters_take_two_columns() {
        assert_eq!(wrap("注文番号", 5), ["注文", "番号"]);
        assert_eq!(wrap("注", 1), ["注"]);
        assert_eq!(width("注文x"), 5);
    }

    #[test]
    fn a_name_does_not_reach_the_terminal_raw() {
        assert_eq!(visible("public.\"a\x1b[2J\nb\""), "public.\"a\\u{1b}[2J\\nb\"");
        assert_eq!(visible("\u{202e}x"), "\\u{202e}x");
        assert!(matches!(visible("public.größe"), Cow::Borrowed(_)));
    }

    #[test]
    fn names_are_quoted_for_a_shell_where_they_need_it() {
        assert_eq!(shell_word("public.orders"), "public.orders");
        assert_eq!(shell_word("public.\"it's\""), r#"'public."it'\''s"'"#);
        assert_eq!(shell_word("a\nb'"), r"$'a\x0ab\''");
        assert_eq!(shell_word(""), "''");
    }

    #[test]
    fn numbers_are_grouped() {
        assert_eq!(thousands(7), "7");
        assert_eq!(thousands(2_147_483_647), "2,147,483,647");
        assert_eq!(thousands(-1000), "-1,000");
        assert_eq!(count(1_u64, "error"), "1 error");
        assert_eq!(count(0_u64, "error"), "0 errors");
    }
}
