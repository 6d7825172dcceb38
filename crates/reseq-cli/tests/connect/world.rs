//! The servers that the cases are run against, and the files that they name.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use reseq::pq::Connection;
use reseq_scratch::{Cluster, ClusterOptions, StopMode, newest_installation};
use tempfile::TempDir;

use crate::certificates::{self, Authority};

/// Who may come from where, and how.
const HBA: [&str; 15] = [
    "local replication postgres trust",
    "host replication postgres 127.0.0.1/32 trust",
    "local all postgres trust",
    "local all sock scram-sha-256",
    "local all all peer",
    "host all postgres,nologin,limited,lonely all trust",
    "host all ann,\"o'neil x\",\"back\\slash\",over all scram-sha-256",
    "host all moldy all md5",
    "host all plain all password",
    "host all rejected all reject",
    "hostssl all coded all scram-sha-256",
    "hostnossl all bare all scram-sha-256",
    "hostssl all carol all cert",
    "hostssl all dora all scram-sha-256 clientcert=verify-full",
    "host all \"Ünï\" all scram-sha-256",
];

const ROLES: &str = "\
CREATE ROLE ann LOGIN PASSWORD 's3cret';
CREATE ROLE sock LOGIN PASSWORD 's3cret';
CREATE ROLE nologin;
CREATE ROLE lonely LOGIN;
CREATE ROLE limited LOGIN CONNECTION LIMIT 0;
CREATE ROLE nobase LOGIN;
GRANT nobase TO ann;
CREATE ROLE \"o'neil x\" LOGIN PASSWORD 'a b';
CREATE ROLE \"back\\slash\" LOGIN PASSWORD 'a\\b:c';
CREATE ROLE \"Ünï\" LOGIN PASSWORD 'ﬁ é';
CREATE ROLE plain LOGIN PASSWORD 's3cret';
CREATE ROLE rejected LOGIN PASSWORD 's3cret';
CREATE ROLE coded LOGIN PASSWORD 's3cret';
CREATE ROLE bare LOGIN PASSWORD 's3cret';
CREATE ROLE carol LOGIN;
CREATE ROLE dora LOGIN PASSWORD 's3cret';
SET password_encryption = md5;
CREATE ROLE moldy LOGIN PASSWORD 's3cret'";

const DATABASES: [&str; 5] = ["shop", "ann", "\"Sh/op é\"", "\"a=b\"", "\"o'neil's\""];

/// A port where nothing listens.
const DOWN: u16 = 1;

/// Servers and files, with the names that the cases have for them.
pub(crate) struct World {
    pub(crate) servers: Vec<Cluster>,
    folder: TempDir,
    names: Vec<(&'static str, String)>,
}

impl World {
    /// A server with TLS, whose certificate is for `localhost`. `None`, loudly, where it cannot be had.
    pub(crate) fn new() -> Option<Self> {
        Self::with_options(ClusterOptions::default())
    }

    /// The same with settings and lines of pg_hba.conf of the test's own.
    #[expect(clippy::print_stderr, reason = "tests that are left out are said so loudly")]
    pub(crate) fn with_options(options: ClusterOptions) -> Option<Self> {
        let installation = newest_installation().unwrap();
        if installation.major < 17 || !certificates::can_be_made() {
            eprintln!("SKIPPED: to compare with psql takes PostgreSQL 17 (login triggers) and openssl");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        // Servers may run as another user.
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        make_certificates(&folder.path().join("tls"));
        let addresses = if has_ipv6() { "127.0.0.1,::1" } else { "127.0.0.1" };
        let options = options
            .setting("listen_addresses", addresses)
            .setting("log_line_prefix", "")
            .setting("max_connections", "20");
        let options = HBA.into_iter().fold(options, ClusterOptions::hba);
        let mut server = Cluster::start(&installation, &options).unwrap();
        populate(&server);
        encrypt(&mut server, &folder.path().join("tls"), "server");
        let names = vec![
            ("down", DOWN.to_string()),
            ("port", server.port().to_string()),
            ("socket", server.socket_dir().display().to_string()),
            ("percent_socket", server.socket_dir().display().to_string().replace('/', "%2F")),
            ("tcp", format!("host=127.0.0.1 port={}", server.port())),
            ("tls", folder.path().join("tls").display().to_string()),
            ("home", folder.path().join("home").display().to_string()),
            ("me", me()),
            ("servers-user", servers_user(&server)),
        ];
        fs::create_dir(folder.path().join("home")).unwrap();
        Some(Self { servers: vec![server], folder, names })
    }

    /// A server whose certificate has expired: `{expired}` is its port.
    pub(crate) fn with_expired(mut self) -> Self {
        let (installation, options) = (newest_installation().unwrap(), ClusterOptions::default());
        let mut server = Cluster::start(&installation, &options).unwrap();
        encrypt(&mut server, &self.folder.path().join("tls"), "expired");
        self.names.push(("expired", server.port().to_string()));
        self.servers.push(server);
        self
    }

    /// A physical standby: `{standby}` is its port.
    pub(crate) fn with_standby(mut self) -> Self {
        let standby = self.servers[0].standby().unwrap();
        self.names.push(("standby", standby.port().to_string()));
        self.servers.push(standby);
        self
    }

    /// Something that takes connections and never says a word: `{silent}` is its port.
    pub(crate) fn with_silence(self) -> Self {
        self.with_stranger("silent", b"")
    }

    /// Something that is no server of ours: whatever comes, it says the same, and stays. `name` stands for its port.
    pub(crate) fn with_stranger(mut self, name: &'static str, answer: &'static [u8]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        self.names.push((name, listener.local_addr().unwrap().port().to_string()));
        thread::spawn(move || {
            let greet = |mut client: TcpStream| {
                let heard = client.read(&mut [0; 1024]).and_then(|_| client.write_all(answer));
                heard.map(|()| client)
            };
            let _kept: Vec<TcpStream> = listener.incoming().flatten().flat_map(greet).collect();
        });
        self
    }

    /// Something that is no server of ours, speaks first, and hangs up on what it hears. `name` stands for its port.
    pub(crate) fn with_first_word(mut self, name: &'static str, greeting: &'static [u8]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        self.names.push((name, listener.local_addr().unwrap().port().to_string()));
        thread::spawn(move || {
            for mut client in listener.incoming().flatten() {
                // A client that has gone meanwhile has heard enough.
                let _gone = client.write_all(greeting).and_then(|()| client.read(&mut [0; 1024]));
            }
        });
        self
    }

    /// A name for what is said often, which may use names that are there before.
    pub(crate) fn with_name(mut self, name: &'static str, text: &str) -> Self {
        self.names.push((name, self.filled_in(text)));
        self
    }

    /// A file below the folder of homes, with the names filled in.
    pub(crate) fn with_file(self, name: &str, mode: u32, contents: &str) -> Self {
        let path = self.home().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, self.filled_in(contents)).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        self
    }

    /// The usual home: empty. Those of single cases are folders in it.
    pub(crate) fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// Where the programs' stand-ins are.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The text with `{port}`, `{socket}`, … filled in.
    pub(crate) fn filled_in(&self, text: &str) -> String {
        let fill = |text: String, (name, value): &(&str, String)| text.replace(&format!("{{{name}}}"), value);
        self.names.iter().fold(text.to_owned(), fill)
    }
}

pub(crate) fn has_ipv6() -> bool {
    TcpListener::bind("[::1]:0").is_ok()
}

/// The name of the user who runs the tests, for peer authentication.
fn me() -> String {
    let output = Command::new("id").arg("-un").output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// The name of the user whom the server runs as.
fn servers_user(server: &Cluster) -> String {
    let output = Command::new("stat").args(["-c", "%U"]).arg(server.data_dir()).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn make_certificates(folder: &Path) {
    let authority = Authority::new(folder, "authority");
    authority.sign("server", "localhost");
    authority.sign("carol", "carol");
    authority.sign("dora", "dora");
    authority.encrypt_key("carol");
    authority.sign_expired("expired", "localhost");
    authority.list_revoked("nothing-revoked");
    authority.revoke("server");
    authority.list_revoked("revoked");
    let other = Authority::new(&folder.join("other"), "other authority");
    other.sign("carol", "carol");
}

fn populate(server: &Cluster) {
    execute(server, "postgres", ROLES);
    let role = me();
    if role != "postgres" {
        execute(server, "postgres", &format!("CREATE ROLE \"{role}\" LOGIN"));
    }
    for database in ["postgres", "template1"] {
        execute(server, database, include_str!("arrived.sql"));
    }
    for database in DATABASES {
        execute(server, "postgres", &format!("CREATE DATABASE {database}"));
    }
}

/// Runs statements as superuser.
pub(crate) fn execute(server: &Cluster, database: &str, sql: &str) {
    let conninfo = format!("{} dbname={database}", server.conninfo());
    Connection::connect(&[("dbname", conninfo.as_str())]).unwrap().simple(sql).unwrap();
}

/// Puts a file into the server's data directory, for the server alone.
pub(crate) fn give(server: &Cluster, file: &Path, name: &str) {
    let owner = fs::metadata(server.data_dir()).unwrap();
    let to = server.data_dir().join(name);
    fs::copy(file, &to).unwrap();
    fs::set_permissions(&to, fs::Permissions::from_mode(0o600)).unwrap();
    chown(&to, Some(owner.uid()), Some(owner.gid())).unwrap();
}

/// Gives the server a certificate and has it start again with TLS.
fn encrypt(server: &mut Cluster, certificates: &Path, name: &str) {
    for (from, to) in [(format!("{name}.crt"), "server.crt"), (format!("{name}.key"), "server.key")] {
        give(server, &certificates.join(from), to);
    }
    give(server, &certificates.join("ca.crt"), "root.crt");
    execute(server, "postgres", "ALTER SYSTEM SET ssl = on");
    execute(server, "postgres", "ALTER SYSTEM SET ssl_ca_file = 'root.crt'");
    server.stop(StopMode::Fast).unwrap();
    server.start_again().unwrap();
}
