//! Where a password came from that the server refused (manual, 32.1, 32.15 to 32.17).

use std::{env, fmt};

use crate::Conninfo;

/// Where libpq, or the caller, had the password from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PasswordSource {
    /// A keyword of its own, outside the connection string.
    Typed,
    ConnectionString,
    Service,
    Variable,
}

impl PasswordSource {
    /// Where the password that was `used` came from. `given` are the keywords of the caller, and `conninfo` is what they
    /// come to. `None` where that cannot be known: libpq tells of the password file by itself, but not (`file_is_told`)
    /// of one that was looked up for it.
    pub(crate) fn find(
        given: &[(&str, &str)],
        conninfo: &Conninfo,
        used: Option<&str>,
        file_is_told: bool,
    ) -> Option<Self> {
        if conninfo.get("password").is_some() {
            return Some(if is_alone(given) { Self::Typed } else { Self::ConnectionString });
        }
        let variable = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
        if used.is_some() && used == variable("PGPASSWORD").as_deref() {
            return Some(Self::Variable);
        }
        let has_service = conninfo.get("service").is_some() || variable("PGSERVICE").is_some();
        (has_service && file_is_told).then_some(Self::Service)
    }
}

/// Whether the password is not that of a connection string: the last word about it counts.
fn is_alone(given: &[(&str, &str)]) -> bool {
    let last = given.iter().rev().find(|(keyword, value)| match *keyword {
        "password" => true,
        "dbname" => Conninfo::parse(value).is_ok_and(|words| words.get("password").is_some()),
        _ => false,
    });
    last.is_some_and(|(keyword, _)| *keyword == "password")
}

impl fmt::Display for PasswordSource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Typed => "It is the one that was typed.",
            Self::ConnectionString => "It came from the connection string.",
            Self::Service => "It came from the service.",
            Self::Variable => "It came from PGPASSWORD.",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_word_about_the_password_counts() {
        let source = |given: &[(&str, &str)]| {
            PasswordSource::find(given, &Conninfo::from_keywords(given).unwrap(), None, true)
        };
        let uri = ("dbname", "postgresql://ann:old@db/shop");
        assert_eq!(source(&[("user", "ann"), uri]), Some(PasswordSource::ConnectionString));
        assert_eq!(source(&[uri, ("password", "new")]), Some(PasswordSource::Typed));
        assert_eq!(source(&[("password", "new"), uri]), Some(PasswordSource::ConnectionString));
        assert_eq!(source(&[("dbname", "shop"), ("password", "new")]), Some(PasswordSource::Typed));
    }

    #[test]
    fn a_service_is_only_named_where_it_cannot_be_the_file() {
        let given = [("dbname", "service=shop")];
        let conninfo = Conninfo::from_keywords(&given).unwrap();
        let source = |file_is_told| PasswordSource::find(&given, &conninfo, Some("wrong"), file_is_told);
        assert_eq!(source(true), Some(PasswordSource::Service));
        assert_eq!(source(false), None);
    }
}
