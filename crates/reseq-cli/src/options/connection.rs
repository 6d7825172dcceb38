//! Which server, which databases, and as whom: psql's and vacuumdb's options.

use reseq::apply::receipt::Place;
use reseq::pq::Conninfo;
use reseq::report::text::shell_word;

/// As in psql: what is not said comes from the PG* variables, the service file and the password file; of an option
/// that is given more than once the last counts.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Connection")]
pub(crate) struct ConnectionOptions {
    /// Database, connection string ("host=db dbname=shop") or URI (postgresql://db/shop)
    #[arg(value_name = "DBNAME", conflicts_with_all = ["dbname", "all"])]
    database: Option<String>,

    #[command(flatten)]
    pub(crate) server: ServerOptions,

    /// All databases of the server that allow connections
    #[arg(short, long, conflicts_with = "dbname")]
    pub(crate) all: bool,

    /// Database, connection string or URI to connect to for finding the others with --all [default: postgres,
    /// else template1]
    #[arg(long, value_name = "DBNAME", requires = "all", conflicts_with_all = ["database", "dbname"])]
    pub(crate) maintenance_db: Option<String>,

    /// No databases of these names with --all, by pg_dumpall's patterns; may be given more than once
    #[arg(long = "exclude-database", value_name = "PATTERN", requires = "all")]
    pub(crate) exclude_databases: Vec<String>,
}

/// The same for commands whose arguments name something else, and that work on one database.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Connection")]
pub(crate) struct ServerOptions {
    /// Database, connection string or URI, as an option
    #[arg(short, long, value_name = "DBNAME", overrides_with = "dbname")]
    dbname: Option<String>,

    /// Server's host name or folder of its Unix socket
    #[arg(short, long, value_name = "HOSTNAME", overrides_with = "host")]
    host: Option<String>,

    /// Server's port
    #[arg(short, long, value_name = "PORT", overrides_with = "port")]
    port: Option<String>,

    /// Role to connect as
    #[arg(short = 'U', long, value_name = "USERNAME", overrides_with = "username")]
    username: Option<String>,

    /// Never ask for a password
    #[arg(short = 'w', long, conflicts_with = "password", overrides_with = "no_password")]
    pub(crate) no_password: bool,

    /// Ask for a password before connecting (it is asked for anyway where the server wants one)
    #[arg(short = 'W', long, overrides_with = "password")]
    pub(crate) password: bool,
}

impl ServerOptions {
    /// Whether they may mean a place: what they do not say, and a connection string, means any.
    pub(crate) fn may_mean(&self, place: &Place) -> bool {
        let plain = |name: &&String| !name.contains('=') && !name.contains("://");
        let said = [
            (self.dbname.as_ref().filter(plain), &place.database),
            (self.host.as_ref(), &place.host),
            (self.port.as_ref(), &place.port),
            (self.username.as_ref(), &place.user),
        ];
        said.into_iter().all(|(said, of)| said.is_none_or(|said| said == of))
    }
}

impl From<ServerOptions> for ConnectionOptions {
    fn from(server: ServerOptions) -> Self {
        Self { server, ..Self::default() }
    }
}

impl ConnectionOptions {
    /// What a database, connection string or URI alone says.
    pub(crate) fn to(database: &str, no_password: bool) -> Self {
        ServerOptions { dbname: Some(database.to_owned()), no_password, ..ServerOptions::default() }.into()
    }

    /// What was given as the database, a connection string or a URI.
    pub(crate) fn database(&self) -> Option<&str> {
        self.database.as_deref().or(self.server.dbname.as_deref())
    }

    /// libpq's keywords, in psql's order: what a connection string says wins over -h, -p and -U.
    pub(crate) fn keywords(&self, database: Option<&str>) -> Vec<(String, String)> {
        let options = [
            ("host", self.server.host.as_deref()),
            ("port", self.server.port.as_deref()),
            ("user", self.server.username.as_deref()),
            ("dbname", database),
        ];
        options
            .into_iter()
            .filter_map(|(keyword, value)| Some((keyword.to_owned(), value?.to_owned())))
            .collect()
    }

    /// The role that is connected as, as far as the options, the PG* variables and the machine's user say it; not where
    /// a service file may say it.
    pub(crate) fn user(&self, database: Option<&str>) -> Option<String> {
        let keywords = self.keywords(database);
        let keywords: Vec<_> =
            keywords.iter().map(|(keyword, value)| (keyword.as_str(), value.as_str())).collect();
        let given = Conninfo::from_keywords(&keywords).ok()?;
        let usual = || Conninfo::defaults().ok().filter(|_| given.get("service").is_none());
        given.get("user").map(str::to_owned).or_else(|| usual()?.get("user").map(str::to_owned))
    }

    /// The options that reach `database` again, quoted for a shell, without any password.
    pub(crate) fn to_repeat(&self, database: &str) -> String {
        let mut words = Vec::new();
        let options = [("-h", &self.server.host), ("-p", &self.server.port), ("-U", &self.server.username)];
        for (option, value) in options {
            words.extend(value.as_ref().map(|value| format!("{option} {}", shell_word(value))));
        }
        let from = if self.all { self.maintenance_db.as_deref() } else { self.database() };
        let shown = match from {
            Some(from) if Conninfo::is_conninfo(from) => Some(self.conninfo(from, database)),
            Some(_) => Some(database.to_owned()),
            None => self.all.then(|| database.to_owned()),
        };
        words.extend(shown.map(|shown| format!("-d {}", shell_word(&shown))));
        words.join(" ")
    }

    /// What a connection string or URI says, as a connection string that may be shown: whoever runs the command again
    /// is asked for the password.
    fn conninfo(&self, from: &str, database: &str) -> String {
        // It was connected with: it can be read.
        let mut conninfo = Conninfo::parse(from).unwrap_or_default();
        if self.all || conninfo.get("dbname").is_some() {
            conninfo.set("dbname", database);
        }
        conninfo.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_repeated() {
        let shown = |conninfo: &str| {
            let options = ServerOptions { dbname: Some(conninfo.to_owned()), ..Default::default() };
            ConnectionOptions::from(options).to_repeat("shop")
        };
        assert_eq!(
            shown("postgresql://me:s3cret@db:5433/shop"),
            "-d 'user=me host=db port=5433 dbname=shop'"
        );
        assert_eq!(shown("postgresql://me:s3?cret@db/shop"), "-d 'user=me host=db dbname=shop'");
        assert_eq!(shown("postgres://db/shop?user=me&p%61ssword=s3cret"), "-d 'user=me host=db dbname=shop'");
        assert_eq!(shown("host=db password='s3 cret'"), "-d host=db");
        assert_eq!(shown("host=db dbname=shop"), "-d 'host=db dbname=shop'");
        assert_eq!(shown("shop"), "-d shop");
    }

    #[test]
    fn each_database_of_all_is_named() {
        let host = Some("db".to_owned());
        let server = ServerOptions { host, ..Default::default() };
        let all = ConnectionOptions { all: true, server, ..Default::default() };
        assert_eq!(all.to_repeat("my shop"), "-h db -d 'my shop'");
        assert_eq!(ConnectionOptions::default().to_repeat("shop"), "");
        let maintenance_db = Some("postgresql://db/postgres".to_owned());
        let all = ConnectionOptions { all: true, maintenance_db, ..Default::default() };
        assert_eq!(all.to_repeat("shop"), "-d 'host=db dbname=shop'");
    }
}
