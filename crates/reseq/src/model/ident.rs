//! Names inside text, as `nextval('schema.name')` and `parse_ident()` read them.

/// The name of an object, as text gives it: without quotes, folded to lower case where it was not quoted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectName {
    /// The schema; `None` where the search path decides.
    pub schema: Option<String>,
    /// The name.
    pub name: String,
}

impl ObjectName {
    /// Reads `name`, `schema.name` or `database.schema.name`, each part quoted or not, as `regclass` input does
    /// (manual, section 8.19): without quotes, a part goes on up to a dot or a blank. `None` for text that is no
    /// name, or an OID. The server refuses another database's name.
    pub fn parse(text: &str) -> Option<Self> {
        if text.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let mut parts = Vec::new();
        let mut rest = text.trim_matches(is_blank);
        loop {
            let (part, after) = identifier(rest)?;
            parts.push(part);
            rest = after.trim_start_matches(is_blank);
            if rest.is_empty() {
                return Self::from_parts(parts);
            }
            rest = rest.strip_prefix('.')?.trim_start_matches(is_blank);
        }
    }

    /// A name from its one to three parts.
    pub(super) fn from_parts(mut parts: Vec<String>) -> Option<Self> {
        if parts.len() > 3 {
            return None;
        }
        Some(Self { name: parts.pop()?, schema: parts.pop() })
    }
}

/// Writes the name with quotes wherever it would be read differently without.
impl std::fmt::Display for ObjectName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(schema) = &self.schema {
            write_identifier(f, schema)?;
            f.write_str(".")?;
        }
        write_identifier(f, &self.name)
    }
}

fn write_identifier(f: &mut std::fmt::Formatter<'_>, name: &str) -> std::fmt::Result {
    let plain = !name.is_empty()
        && !name.starts_with(|character: char| character.is_ascii_digit() || character == '$')
        && name.chars().all(|character| continues_identifier(character) && !character.is_ascii_uppercase());
    if plain { f.write_str(name) } else { write!(f, "\"{}\"", name.replace('"', "\"\"")) }
}

/// The first identifier of `text` and what follows it.
fn identifier(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(|character| character == '.' || is_blank(character)).unwrap_or(text.len());
        return (end > 0).then(|| (text[..end].to_ascii_lowercase(), &text[end..]));
    };
    let mut name = String::new();
    let mut rest = quoted;
    loop {
        let (before, after) = rest.split_once('"')?;
        name.push_str(before);
        match after.strip_prefix('"') {
            Some(further) => {
                name.push('"');
                rest = further;
            }
            None => return (!name.is_empty()).then_some((name, after)),
        }
    }
}

fn continues_identifier(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '_' | '$') || !character.is_ascii()
}

fn is_blank(character: char) -> bool {
    character.is_ascii_whitespace() || character == '\x0b'
}

/// Splits a list of names at a character that does not stand within double quotes.
pub fn split_outside_quotes(text: &str, at: char) -> Vec<&str> {
    let mut quoted = false;
    text.split(|character| {
        quoted ^= character == '"';
        character == at && !quoted
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<(Option<String>, String)> {
        ObjectName::parse(text).map(|name| (name.schema, name.name))
    }

    #[test]
    fn names_are_read_as_regclass_reads_them() {
        assert_eq!(read("Orders_Id_Seq"), Some((None, "orders_id_seq".into())));
        assert_eq!(read(r#" "Shop" . "a.b""c" "#), Some((Some("Shop".into()), "a.b\"c".into())));
        assert_eq!(read("db.public.s$1"), Some((Some("public".into()), "s$1".into())));
        assert_eq!(read("größe"), Some((None, "größe".into())));
        assert_eq!(read("a-B"), Some((None, "a-b".into())));
        assert_eq!(read("1a.2(\"b"), Some((Some("1a".into()), "2(\"b".into())));
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for text in ["", " ", "a b", "a.", ".a", "\"a", "\"\"", "a.b.c.d", "16384"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn what_is_written_is_read_again(schema in proptest::option::of("[^\0]{1,8}"), name in "[^\0]{1,8}") {
            let name = ObjectName { schema, name };
            proptest::prop_assert_eq!(ObjectName::parse(&name.to_string()), Some(name));
        }
    }
}
