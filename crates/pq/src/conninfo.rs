//! What a connection is asked for: libpq's keywords and their values (manual, 32.1).

use std::ffi::CStr;
use std::fmt;
use std::ptr::{self, NonNull};

use pq_sys::PQconninfoOption;

use crate::Error;
use crate::c_text::{from_c, to_c};

/// The keywords that are set, and their values.
///
/// ```
/// use reseq_pq::Conninfo;
///
/// # fn main() -> Result<(), reseq_pq::Error> {
/// let conninfo = Conninfo::parse("postgresql://ann:s3cret@db.example.org/shop?sslmode=require")?;
/// assert_eq!(conninfo.get("user"), Some("ann"));
/// assert_eq!(conninfo.get("dbname"), Some("shop"));
/// assert_eq!(conninfo.get("port"), None);
/// assert!(!format!("{conninfo:?}").contains("s3cret"));
/// # Ok(()) }
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Conninfo(Vec<(String, String)>);

impl Conninfo {
    /// Reads a conninfo string (`host=db dbname=shop`) or a URI (`postgresql://db/shop`). Nothing is added
    /// from the environment. The error never shows a piece of the text that may be a password.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let c_text = to_c("the connection string", text)?;
        let mut message = ptr::null_mut();
        // SAFETY: the text ends with NUL; libpq sets the message or leaves it null.
        let options = unsafe { pq_sys::PQconninfoParse(c_text.as_ptr(), &mut message) };
        // SAFETY: null, or a string of libpq's that is copied here and freed below.
        let said = unsafe { from_c(message) };
        // SAFETY: the message is ours to free; freeing null does nothing.
        unsafe { pq_sys::PQfreemem(message.cast()) };
        match Options::take(options) {
            Some(options) => Ok(options.values()),
            None => Err(Error::of_conninfo(without_secrets(said.unwrap_or_default().trim(), text))),
        }
    }

    /// What libpq takes where nothing is given: from the service file that PGSERVICE names, the `PG*`
    /// variables and its own defaults.
    pub fn defaults() -> Result<Self, Error> {
        // SAFETY: takes nothing; the result is ours.
        let options = Options::take(unsafe { pq_sys::PQconndefaults() });
        options.map(|options| options.values()).ok_or_else(|| Error::local("out of memory".to_owned()))
    }

    /// The keywords as [`Connection::connect`](crate::Connection::connect) understands them: a later one
    /// wins, and the first `dbname` stands for the keywords in it where it is a conninfo string or a URI; a later
    /// one is a name whatever it looks like. An empty value is none.
    pub fn from_keywords(keywords: &[(&str, &str)]) -> Result<Self, Error> {
        let mut conninfo = Self::default();
        let first = keywords.iter().position(|(keyword, _)| *keyword == "dbname");
        for (place, (keyword, value)) in keywords.iter().enumerate() {
            if Some(place) == first && Self::is_conninfo(value) {
                conninfo.merge(&Self::parse(value)?);
            } else {
                conninfo.set(keyword, value);
            }
        }
        Ok(conninfo)
    }

    /// Whether a database's name is a conninfo string or a URI instead, by libpq's own rule.
    pub fn is_conninfo(text: &str) -> bool {
        text.contains('=') || text.starts_with("postgresql://") || text.starts_with("postgres://")
    }

    /// The value of a keyword, where it is set.
    pub fn get(&self, keyword: &str) -> Option<&str> {
        self.iter().find(|(name, _)| *name == keyword).map(|(_, value)| value)
    }

    /// Sets a keyword; an empty value unsets it.
    pub fn set(&mut self, keyword: &str, value: &str) {
        self.0.retain(|(name, _)| name != keyword);
        if !value.is_empty() {
            self.0.push((keyword.to_owned(), value.to_owned()));
        }
    }

    /// Takes over what `other` sets; its values win.
    pub fn merge(&mut self, other: &Self) {
        for (keyword, value) in other.iter() {
            self.set(keyword, value);
        }
    }

    /// The keywords that are set, with their values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(keyword, value)| (keyword.as_str(), value.as_str()))
    }

    /// Whether a keyword's value must not be shown.
    pub fn is_secret(keyword: &str) -> bool {
        const SECRETS: [&str; 5] =
            ["password", "sslpassword", "oauth_client_secret", "scram_client_key", "scram_server_key"];
        SECRETS.contains(&keyword)
    }
}

impl fmt::Display for Conninfo {
    /// As a conninfo string (manual, 32.1.1.1), without the secrets: it may be shown.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.iter().filter(|(keyword, _)| !Self::is_secret(keyword));
        for (place, (keyword, value)) in shown.enumerate() {
            let space = if place == 0 { "" } else { " " };
            let plain = |character: char| !character.is_whitespace() && !matches!(character, '\'' | '\\');
            if value.chars().all(plain) {
                write!(formatter, "{space}{keyword}={value}")?;
            } else {
                let escaped = value.replace('\\', r"\\").replace('\'', r"\'");
                write!(formatter, "{space}{keyword}='{escaped}'")?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Conninfo {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |(keyword, value)| (keyword, if Self::is_secret(keyword) { "***" } else { value });
        formatter.debug_map().entries(self.iter().map(shown)).finish()
    }
}

/// Options that libpq has allocated: an array that an option without keyword ends. Freed on drop.
struct Options(NonNull<PQconninfoOption>);

impl Options {
    fn take(options: *mut PQconninfoOption) -> Option<Self> {
        NonNull::new(options).map(Self)
    }

    fn values(&self) -> Conninfo {
        let mut values = Vec::new();
        let mut next = self.0.as_ptr();
        loop {
            // SAFETY: `next` is in the array: it has not passed the option that ends it.
            let option = unsafe { &*next };
            if option.keyword.is_null() {
                return Conninfo(values);
            }
            // SAFETY: not null; libpq's own string, which ends with NUL and is copied here.
            let keyword = unsafe { CStr::from_ptr(option.keyword) }.to_string_lossy().into_owned();
            // SAFETY: null or such a string.
            if let Some(value) = unsafe { from_c(option.val) } {
                values.push((keyword, value));
            }
            // SAFETY: the option was not the last.
            next = unsafe { next.add(1) };
        }
    }
}

impl Drop for Options {
    fn drop(&mut self) {
        // SAFETY: the array came from libpq and is freed once.
        unsafe { pq_sys::PQconninfoFree(self.0.as_ptr()) }
    }
}

/// libpq quotes what it does not understand, and that may be a password or a piece of one: `missing "=" after
/// "s3cret"`. Only the names of unknown keywords are let through.
fn without_secrets(message: &str, text: &str) -> String {
    let names_only = ["invalid connection option", "invalid URI query parameter"];
    if names_only.iter().any(|beginning| message.starts_with(beginning)) {
        return message.to_owned();
    }
    // What is quoted may hold quotes itself, so every piece after the first quote is looked at.
    let message = message.replace(text, "…");
    let mut pieces = message.split('"');
    let mut shown = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let given = !piece.is_empty() && piece != "=" && text.contains(piece);
        shown.push('"');
        shown.push_str(if given { "…" } else { piece });
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keywords_win_over_those_before_them_also_within_a_dbname() {
        let keywords =
            [("host", "a"), ("user", "ann"), ("dbname", "host=b dbname=shop"), ("user", "bob"), ("port", "")];
        let conninfo = Conninfo::from_keywords(&keywords).unwrap();
        let set: Vec<_> = conninfo.iter().collect();
        assert_eq!(set, [("dbname", "shop"), ("host", "b"), ("user", "bob")]);
    }

    #[test]
    fn only_the_first_dbname_may_be_a_conninfo_string() {
        let conninfo = Conninfo::from_keywords(&[("dbname", "host=b"), ("dbname", "a=b c")]).unwrap();
        let set: Vec<_> = conninfo.iter().collect();
        assert_eq!(set, [("host", "b"), ("dbname", "a=b c")]);
    }

    #[test]
    fn a_uri_is_decoded() {
        let conninfo = Conninfo::parse("postgres://a%40b:p%2Fw@/s%20hop?host=/run/pg&port=5433").unwrap();
        for (keyword, value) in
            [("user", "a@b"), ("password", "p/w"), ("dbname", "s hop"), ("host", "/run/pg"), ("port", "5433")]
        {
            assert_eq!(conninfo.get(keyword), Some(value));
        }
    }

    #[test]
    fn secrets_stay_out_of_debug_output_and_errors() {
        let conninfo = Conninfo::parse("user=ann password=s3cret sslpassword=s3cret").unwrap();
        assert_eq!(format!("{conninfo:?}"), r#"{"user": "ann", "password": "***", "sslpassword": "***"}"#);
        for text in [
            "password=my s3cret",
            "password='s3cret",
            "postgresql://ann:s3cret%zz@host/db",
            "postgresql://ann:s3cret@[::1/db",
            "postgresql://ann:s3c ret@host/db",
            "postgresql://ann:s3cret@host:x/db?a",
            "postgresql://ann:s\"3cret@[::1/db",
        ] {
            let Err(error) = Conninfo::parse(text) else {
                assert!(text.contains("s3c ret"), "{text}: only libpq before 17 takes spaces");
                continue;
            };
            let error = error.to_string();
            assert!(!error.contains("3cret") && !error.contains("s3c"), "{text}: {error}");
            assert!(!error.is_empty());
        }
    }

    #[test]
    fn it_is_written_as_it_is_read_but_for_the_secrets() {
        let text = r"host='my host' user='it\'s' options='-c a=\\b' password=s3cret";
        let written = Conninfo::parse(text).unwrap().to_string();
        assert!(!written.contains("s3cret"), "{written}");
        let read = Conninfo::parse(&written).unwrap();
        assert_eq!((read.get("host"), read.get("user")), (Some("my host"), Some("it's")));
        assert_eq!(read.get("options"), Some(r"-c a=\b"));
    }

    #[test]
    fn an_unknown_keyword_is_named() {
        let error = Conninfo::parse("hots=a").unwrap_err().to_string();
        assert_eq!(error, "invalid connection option \"hots\"");
    }

    #[test]
    fn every_keyword_that_libpq_hides_is_a_secret() {
        // SAFETY: the text ends with NUL; no message is asked for.
        let options =
            Options::take(unsafe { pq_sys::PQconninfoParse(c"".as_ptr(), ptr::null_mut()) }).unwrap();
        let mut next = options.0.as_ptr();
        // SAFETY: an array that an option without keyword ends.
        while let Some(keyword) = unsafe { from_c((*next).keyword) } {
            // SAFETY: as above.
            let display = unsafe { from_c((*next).dispchar) }.unwrap();
            assert!(display != "*" || Conninfo::is_secret(&keyword), "{keyword}");
            // SAFETY: the option was not the last.
            next = unsafe { next.add(1) };
        }
    }
}
