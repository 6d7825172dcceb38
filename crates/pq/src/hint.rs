//! What to do when a connection cannot be made, where libpq's message does not say it.

/// A piece of the message, and what to do.
const HINTS: &[(&str, &str)] = &[(
    "no password supplied",
    "Give a password: in the password file (~/.pgpass or PGPASSFILE), by PGPASSWORD, or with -W to be asked.",
)];

/// What to do about `message`, where something helps.
pub(crate) fn for_connect(message: &str, _used_password: bool) -> Option<&'static str> {
    HINTS.iter().find(|(piece, _)| message.contains(piece)).map(|(_, hint)| *hint)
}
