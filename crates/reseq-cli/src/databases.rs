//! The databases that a command works on, one or all of a server, and the passwords asked for on the way there.

use reseq::catalog;
use reseq::session::{Connector, Interrupt, Sessions};

use crate::failure::Failure;
use crate::options::{ConnectionOptions, Settings};
use crate::ui::ask_password;

/// Where the databases of a server are listed, unless --maintenance-db says it: as vacuumdb does it.
const MAINTENANCE: [&str; 2] = ["postgres", "template1"];

/// A database that a command works on.
#[derive(Debug)]
pub(crate) struct Database<'a> {
    /// Its name, with `--all`.
    pub(crate) name: Option<String>,
    connector: Connector,
    options: &'a ConnectionOptions,
    jobs: usize,
}

impl Database<'_> {
    /// Connects, asking for a password where the server wants one.
    pub(crate) fn open(&self) -> Result<Sessions, Failure> {
        Ok(open(self.connector.clone(), self.options, self.jobs)?.0)
    }
}

/// The one database of the options or, with `--all`, every one that allows connections.
pub(crate) fn databases<'a>(
    options: &'a ConnectionOptions,
    settings: &Settings,
    interrupt: &Interrupt,
) -> Result<Vec<Database<'a>>, Failure> {
    // With -W, the password is asked for once, before the first try.
    let password = options.password.then(|| ask_password("Password: ")).flatten();
    let connector = |database: Option<&str>| {
        let connector = Connector::new(options.keywords(database));
        let connector = connector.limits(settings.limits).interrupt(interrupt.clone());
        match &password {
            Some(password) => connector.keyword("password", password),
            None => connector,
        }
    };
    let jobs = settings.jobs;
    if !options.all {
        let connector = connector(options.database());
        return Ok(vec![Database { name: None, connector, options, jobs }]);
    }
    let (mut sessions, connector) = match &options.maintenance_db {
        Some(database) => open(connector(Some(database)), options, 1)?,
        None => {
            let [usual, other] = MAINTENANCE.map(|database| connector(Some(database)));
            open(usual, options, 1).or_else(|failure| open(other, options, 1).map_err(|_| failure))?
        }
    };
    let names = catalog::databases(sessions.first())?;
    let database = |name: String| {
        let connector = connector.clone().keyword("dbname", &name);
        Database { name: Some(name), connector, options, jobs }
    };
    Ok(names.into_iter().map(database).collect())
}

/// Connects; where the server wants a password and a terminal is there, asks for it and tries again. Returns how it
/// was reached, too.
fn open(
    connector: Connector,
    options: &ConnectionOptions,
    jobs: usize,
) -> Result<(Sessions, Connector), Failure> {
    let refusal = match Sessions::open(connector.clone(), jobs) {
        Ok(sessions) => return Ok((sessions, connector)),
        Err(refusal) => refusal,
    };
    let wants_password = matches!(&refusal, reseq::Error::Connect(error) if error.needs_password());
    if !wants_password || options.no_password || options.password {
        return Err(refusal.into());
    }
    let Some(password) = ask_password("Password: ") else { return Err(refusal.into()) };
    let connector = connector.keyword("password", &password);
    Ok((Sessions::open(connector.clone(), jobs)?, connector))
}
