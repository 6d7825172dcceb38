//! The databases that a command works on, one or all of a server, and the password asked for on the way there.

use std::cell::RefCell;
use std::rc::Rc;

use reseq::catalog;
use reseq::session::{Connector, Interrupt, Sessions};

use crate::failure::Failure;
use crate::options::{ConnectionOptions, Settings};
use crate::ui::ask_password;

/// Where the databases of a server are listed, unless --maintenance-db says it: as vacuumdb does it.
const MAINTENANCE: [&str; 2] = ["postgres", "template1"];

/// A database that a command works on.
#[derive(Debug)]
pub(crate) struct Database {
    /// Its name, with `--all`.
    pub(crate) name: Option<String>,
    connector: Connector,
    password: Rc<Password>,
    jobs: usize,
}

impl Database {
    /// Connects, asking for a password where the server wants one.
    pub(crate) fn open(&self) -> Result<Sessions, Failure> {
        self.password.open(&self.connector, self.jobs)
    }
}

/// Connects to the database of a command that works on one.
pub(crate) fn open(
    options: &ConnectionOptions,
    settings: &Settings,
    interrupt: &Interrupt,
) -> Result<Sessions, Failure> {
    open_at(&[], options, settings, interrupt)
}

/// The same where libpq's keywords say where, as far as the options do not.
pub(crate) fn open_at(
    place: &[(&str, &str)],
    options: &ConnectionOptions,
    settings: &Settings,
    interrupt: &Interrupt,
) -> Result<Sessions, Failure> {
    let mut keywords: Vec<(String, String)> =
        place.iter().map(|(keyword, value)| ((*keyword).to_owned(), (*value).to_owned())).collect();
    keywords.extend(options.keywords(options.database()));
    let connector = Connector::new(keywords).limits(settings.limits).retry(settings.retry);
    Password::of(options)?.open(&connector.interrupt(interrupt.clone()), settings.jobs)
}

/// The one database of the options or, with `--all`, every one that allows connections.
pub(crate) fn databases(
    options: &ConnectionOptions,
    settings: &Settings,
    interrupt: &Interrupt,
) -> Result<Vec<Database>, Failure> {
    let connector = |database: Option<&str>| {
        let connector = Connector::new(options.keywords(database));
        connector.limits(settings.limits).retry(settings.retry).interrupt(interrupt.clone())
    };
    let password = Rc::new(Password::of(options)?);
    let one = |name, connector| Database { name, connector, password: password.clone(), jobs: settings.jobs };
    if !options.all {
        return Ok(vec![one(None, connector(options.database()))]);
    }
    let open = |database: &str| {
        let connector = connector(Some(database));
        password.open(&connector, 1).map(|sessions| (sessions, connector))
    };
    let (mut sessions, connector) = match &options.maintenance_db {
        Some(database) => open(database)?,
        None => {
            let [usual, other] = MAINTENANCE;
            open(usual).or_else(|failure| open(other).map_err(|_| failure))?
        }
    };
    let names = catalog::databases(sessions.first(), &options.exclude_databases)?;
    let database = |name: String| {
        let connector = connector.clone().keyword("dbname", &name);
        one(Some(name), connector)
    };
    Ok(names.into_iter().map(database).collect())
}

/// The password that was typed, for every connection of the run: it is asked for once.
struct Password {
    question: String,
    /// Whether one may be asked for.
    may_ask: bool,
    typed: RefCell<Option<String>>,
}

impl Password {
    /// With -W it is asked for at once, before the first try.
    fn of(options: &ConnectionOptions) -> Result<Self, Failure> {
        let database = options.database().or(options.maintenance_db.as_deref());
        let question = match options.user(database) {
            Some(user) => format!("Password for user {user}: "),
            None => "Password: ".to_owned(),
        };
        let typed = if options.server.password {
            let hint =
                "give the password in the password file (~/.pgpass), or by PGPASSWORD, and leave out -W";
            let nobody =
                || Failure::usage("-W asks for a password, but there is no terminal to ask on", hint);
            Some(ask_password(&question).ok_or_else(nobody)?)
        } else {
            None
        };
        Ok(Self { question, may_ask: !options.server.no_password, typed: RefCell::new(typed) })
    }

    /// Connects; where the server wants a password, none has been typed yet and a terminal is there, asks for it and
    /// tries again.
    fn open(&self, connector: &Connector, jobs: usize) -> Result<Sessions, Failure> {
        let refusal = match Sessions::open(self.given_to(connector), jobs) {
            Ok(sessions) => return Ok(sessions),
            Err(refusal) => refusal,
        };
        let wanted = matches!(&refusal, reseq::Error::Connect(error) if error.needs_password());
        if !wanted || !self.may_ask || self.typed.borrow().is_some() {
            return Err(refusal.into());
        }
        let Some(typed) = ask_password(&self.question) else { return Err(refusal.into()) };
        self.typed.replace(Some(typed));
        Ok(Sessions::open(self.given_to(connector), jobs)?)
    }

    fn given_to(&self, connector: &Connector) -> Connector {
        match &*self.typed.borrow() {
            Some(typed) => connector.clone().keyword("password", typed),
            None => connector.clone(),
        }
    }
}

impl std::fmt::Debug for Password {
    /// Without what was typed.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Password").field("may_ask", &self.may_ask).finish()
    }
}
