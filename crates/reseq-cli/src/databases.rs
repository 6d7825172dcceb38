//! The databases that a command works on, one or all of a server, and the password asked for on the way there.

use std::cell::{Cell, RefCell};
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
    door: Rc<Door>,
    jobs: usize,
}

impl Database {
    /// Connects, asking for a password where the server wants one.
    pub(crate) fn open(&self) -> Result<Sessions, Failure> {
        self.door.open(&self.connector, self.jobs)
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
    Door::of(options)?.open(&connector.interrupt(interrupt.clone()), settings.jobs)
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
    let door = Rc::new(Door::of(options)?);
    let one = |name, connector| Database { name, connector, door: door.clone(), jobs: settings.jobs };
    if !options.all {
        return Ok(vec![one(None, connector(options.database()))]);
    }
    let open = |database: &str| {
        let connector = connector(Some(database));
        door.open(&connector, 1).map(|sessions| (sessions, connector))
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

/// What a run learns of its server on the way in, for every connection that follows: the password, which is asked for
/// once, and whether it is there at all.
struct Door {
    question: String,
    /// Whether one may be asked for.
    may_ask: bool,
    typed: RefCell<Option<String>>,
    /// Whether the server let somebody in, and was not waited for in vain since: where it is away it is waited for,
    /// but not once more for each database.
    open_before: Cell<bool>,
}

impl Door {
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
        Ok(Self {
            question,
            may_ask: !options.server.no_password,
            typed: RefCell::new(typed),
            open_before: Cell::new(false),
        })
    }

    /// Connects; where the server wants a password, none has been typed yet and a terminal is there, asks for it and
    /// tries again.
    fn open(&self, connector: &Connector, jobs: usize) -> Result<Sessions, Failure> {
        let refusal = match self.try_open(connector, jobs) {
            Ok(sessions) => return Ok(sessions),
            Err(refusal) => refusal,
        };
        let wanted = matches!(&refusal, reseq::Error::Connect(error) if error.needs_password());
        if !wanted || !self.may_ask || self.typed.borrow().is_some() {
            return Err(refusal.into());
        }
        let Some(typed) = ask_password(&self.question) else { return Err(refusal.into()) };
        self.typed.replace(Some(typed));
        Ok(self.try_open(connector, jobs)?)
    }

    fn try_open(&self, connector: &Connector, jobs: usize) -> reseq::Result<Sessions> {
        let connector = self.given_to(connector);
        let open = if self.open_before.get() { Sessions::open_at_known } else { Sessions::open };
        let opened = open(connector, jobs);
        match &opened {
            Ok(_) => self.open_before.set(true),
            Err(reseq::Error::Lost { .. }) => self.open_before.set(false),
            // Says nothing of the server's other databases.
            Err(_) => {}
        }
        opened
    }

    fn given_to(&self, connector: &Connector) -> Connector {
        match &*self.typed.borrow() {
            Some(typed) => connector.clone().keyword("password", typed),
            None => connector.clone(),
        }
    }
}

impl std::fmt::Debug for Door {
    /// Without what was typed.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Door").field("may_ask", &self.may_ask).finish()
    }
}
