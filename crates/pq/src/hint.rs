//! What to do when a connection cannot be made, where libpq's message does not say it.
//!
//! libpq hands over no SQLSTATE for this, so the message is all there is to go by. A server that speaks
//! another language than English gets no hint, rather than a wrong one.

use crate::handle::Handle;
use crate::password_source::PasswordSource;

/// The bundled libpq is built so: its libraries must be those of the system.
const NO_KERBEROS: &str = "The libpq that is built in knows no Kerberos. A reseq that was built with --features \
                           system-libpq uses that of the system, which does.";

/// What the message holds, and what to do. The first that fits counts.
///
/// The words are those of PostgreSQL 10 to 19 and of libpq 14 to 18; tests/pq/refusal.rs gets them from real
/// servers.
const HINTS: &[(&[&str], &str)] = &[
    (
        &["no password supplied"],
        "Give a password: in the password file (~/.pgpass, or the file that PGPASSFILE names), by \
         PGPASSWORD, or with -W to be asked.",
    ),
    (
        &["password authentication failed", "password retrieved from file"],
        "The password came from that file. Its first line that fits host:port:database:user counts.",
    ),
    // What fails with encryption comes before what the fallback without it is refused for, which is the second line of
    // libpq's message.
    (
        &["could not load private key file"],
        "The key of your certificate (sslkey) cannot be read. Where it is encrypted, sslpassword opens it.",
    ),
    (
        &["private key file", "has group or world access"],
        "The key of your certificate (sslkey) must be yours alone: chmod 600.",
    ),
    (
        &["connection requires a valid client certificate"],
        "The server wants a certificate of yours: sslcert and sslkey name it and its key, which are else looked \
         for in ~/.postgresql/postgresql.crt and postgresql.key.",
    ),
    (&["alert unknown ca"], "The server does not know the root that has signed your certificate (sslcert)."),
    (
        &["certificate authentication failed"],
        "Your certificate (sslcert) is for another user: its common name must be the user's.",
    ),
    (
        &["no pg_hba.conf entry", "SSL on"],
        "The server lets nobody in from here as that user to that database. A line in its pg_hba.conf can \
         allow it.",
    ),
    (
        &["no pg_hba.conf entry", "SSL encryption"],
        "The server lets nobody in from here as that user to that database. A line in its pg_hba.conf can \
         allow it.",
    ),
    (
        &["no pg_hba.conf entry"],
        "The server lets nobody in from here as that user to that database without encryption. Where sslmode \
         is disable or allow, try sslmode=require; else a line in the server's pg_hba.conf can allow it.",
    ),
    (
        &["pg_hba.conf rejects"],
        "A line in the server's pg_hba.conf turns this user, database or address away.",
    ),
    (
        &["Peer authentication failed"],
        "On this socket the server takes only the user whose name is yours on this machine. Name that user \
         (-U), run as the other, or connect by TCP (host localhost) with a password.",
    ),
    (
        &["Ident authentication failed"],
        "The server asks this machine who you are. Its pg_hba.conf sets another way.",
    ),
    (&["role \"", "\" does not exist"], "Without a name the user is that of the machine. Name one with -U."),
    (&["is not permitted to log in"], "The role is one without LOGIN. Name another with -U."),
    (
        &["permission denied for database"],
        "The user lacks the privilege CONNECT on the database: GRANT CONNECT ON DATABASE … TO …",
    ),
    (
        &["is not currently accepting connections"],
        "ALTER DATABASE … ALLOW_CONNECTIONS true would let them in.",
    ),
    (&["the database system is starting up"], "Wait until the server has started, then try again."),
    (&["the database system is in recovery mode"], "The server recovers from a crash. Wait, then try again."),
    (
        &["the database system is not yet accepting connections"],
        "The standby is not ready for queries yet (or hot_standby is off). Wait, then try again.",
    ),
    (
        &["the database system is not accepting connections"],
        "The standby takes no queries: hot_standby is off. Connect to the primary server.",
    ),
    (&["the database system is shutting down"], "Wait until the server is back, then try again."),
    (
        &["too many clients already"],
        "All of the server's max_connections are in use. Try again, or use fewer connections (-j).",
    ),
    (
        &["remaining connection slots are reserved"],
        "All connections but the reserved ones are in use. Try again, or use fewer connections (-j).",
    ),
    (&["too many connections for"], "The CONNECTION LIMIT of the role or the database is reached."),
    (
        &["connection to server on socket", "No such file or directory"],
        "No server has its socket there. Name the host (localhost for TCP) and the port it listens \
         on.",
    ),
    (&["Connection refused"], "No server listens there. Check the host and the port."),
    (&["could not translate host name"], "No such host is known here. Check its name."),
    (
        &["timeout expired"],
        "Nothing answers there: a firewall, or another host or port. connect_timeout sets how long to wait.",
    ),
    (
        &["server does not support SSL, but SSL was required"],
        "The server has ssl = off. sslmode=prefer connects without encryption.",
    ),
    // A service that speaks first may also seem to hang up when encryption begins.
    (
        &["received invalid response to"],
        "Something answers there that is not a PostgreSQL server. Check the host and the port.",
    ),
    (
        &["received unencrypted data after SSL response"],
        "Something answers there that is not a PostgreSQL server. Check the host and the port.",
    ),
    (
        &["expected authentication request from server"],
        "Something answers there that is not a PostgreSQL server. Check the host and the port.",
    ),
    (
        &["SSL error: unexpected eof while reading"],
        "The server hangs up when encryption begins. sslnegotiation=direct needs PostgreSQL 17 or later with ssl = \
         on; sslnegotiation=postgres asks first.",
    ),
    (
        &["certificate verify failed"],
        "The server's certificate is signed by none of the roots that sslrootcert names, or it has expired, or \
         sslcrl has it as revoked. `openssl s_client -starttls postgres -connect HOST:PORT` shows it.",
    ),
    (
        &["server certificate for", "does not match host name"],
        "The certificate is for another host. Connect by the name that it has (hostaddr can say the \
         address), or look at its signature only, by sslmode=verify-ca.",
    ),
    (&["GSSAPI support is not compiled in"], NO_KERBEROS),
    (&["GSSAPI authentication not supported"], NO_KERBEROS),
    (
        &["server closed the connection unexpectedly"],
        "Something answers there and hangs up: a server that has just crashed or stops, or no PostgreSQL \
         server at all. Check the host and the port.",
    ),
    (
        &["unsupported startup parameter"],
        "The connection pooler refuses a setting: its ignore_startup_parameters can name it.",
    ),
    (
        &["session is read-only"],
        "target_session_attrs asks for a server that takes writes: none of the hosts does.",
    ),
    (
        &["session is not read-only"],
        "target_session_attrs asks for a server that only reads: none of the hosts is one.",
    ),
    (
        &["server is in hot standby mode"],
        "target_session_attrs asks for a primary server: none of the hosts is one.",
    ),
    (
        &["server is not in hot standby mode"],
        "target_session_attrs asks for a standby: none of the hosts is one.",
    ),
    (
        &["definition of service"],
        "Services stand in ~/.pg_service.conf, in the file that PGSERVICEFILE names, or in pg_service.conf \
         in the folder that PGSYSCONFDIR names.",
    ),
];

/// What to do about `message`, where something helps.
pub(crate) fn for_connect(
    message: &str,
    password: Option<PasswordSource>,
    handle: &Handle,
) -> Option<String> {
    let fits = |pieces: &[&str]| pieces.iter().all(|piece| message.contains(piece));
    let fixed = || HINTS.iter().find(|(pieces, _)| fits(pieces)).map(|(_, hint)| (*hint).to_owned());
    if fits(&["password authentication failed"]) && !fits(&["password retrieved from file"]) {
        return Some(wrong_password(password));
    }
    if fits(&["database \"", "\" does not exist"]) {
        return Some(no_database(handle.database() == handle.user()));
    }
    fixed()
}

/// How libpq begins to complain of a keyword's value, before it connects to anything. What it says of a connection begins
/// with where it goes.
const NONSENSE: [&[&str]; 5] = [
    &["invalid ", " value: \""],
    &["invalid port number: \""],
    &["invalid integer value \"", "for connection option"],
    &["could not match ", " port numbers to "],
    &["could not match ", " host names to "],
];

/// Whether libpq complains of what it was given, not of what it found.
pub(crate) fn is_nonsense(message: &str) -> bool {
    NONSENSE.iter().any(|pieces| {
        message.starts_with(pieces[0]) && pieces[1..].iter().all(|piece| message.contains(piece))
    })
}

fn wrong_password(source: Option<PasswordSource>) -> String {
    let source = match source {
        Some(source) => source.to_string(),
        None => "Look for the password in the connection string, in the service, in PGPASSWORD and in the password \
                 file, in this order."
            .to_owned(),
    };
    format!(
        "The password is wrong, has expired, or the user does not exist: the server does not say which. {source}"
    )
}

/// libpq does not tell whether a database was named. One of another name than the user's was.
fn no_database(is_users: bool) -> String {
    let why = if is_users { "Without a name the database is that of the user. " } else { "" };
    format!("{why}Name one; `psql -l` lists them.")
}
