//! PgBouncer, the connection pooler, where the machine has it.

use std::env;
use std::fs::{self, File};
use std::net::TcpStream;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::Error;
use crate::account::Account;
use crate::cluster::free_port;
use crate::watchdog::Watchdog;

/// Where packages put it beside the `PATH`.
const FOLDERS: [&str; 3] = ["/usr/sbin", "/usr/local/sbin", "/opt/homebrew/bin"];

/// How long it may take to listen.
const PATIENCE: Duration = Duration::from_secs(20);

/// When a client gives its server connection back (PgBouncer manual, `pool_mode`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PoolMode {
    /// When it disconnects.
    Session,
    /// After each transaction.
    Transaction,
    /// After each statement: transactions of several statements are refused.
    Statement,
}

impl PoolMode {
    fn name(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Transaction => "transaction",
            Self::Statement => "statement",
        }
    }
}

/// A pooler of our own before one server, in a temporary folder; stopped when dropped, as a
/// [`Cluster`](crate::Cluster) is. Everybody is let in, and is `postgres` on the server.
#[derive(Debug)]
pub struct PgBouncer {
    port: u16,
    process: Child,
    watchdog: Watchdog,
}

/// Where the program is; `None` where the machine does not have it.
#[must_use]
pub fn pgbouncer_program() -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = env::split_paths(&path).chain(FOLDERS.map(PathBuf::from));
    folders.map(|folder| folder.join("pgbouncer")).find(|program| program.is_file())
}

impl PgBouncer {
    /// Starts `program` before the server on `port` of 127.0.0.1, with four connections to each of its databases,
    /// `more` lines of configuration and PgBouncer's defaults for all else.
    ///
    /// # Errors
    /// [`Error::Pooler`] with what it says where it does not come up; [`Error::NoAccount`], [`Error::Run`] or
    /// [`Error::File`] where it could not be run.
    pub fn start(program: &Path, port: u16, mode: PoolMode, more: &str) -> Result<Self, Error> {
        let account = Account::for_servers(Path::new("/"))?;
        let parent = env::temp_dir();
        let folder = tempfile::Builder::new().prefix("reseq-").tempdir_in(&parent);
        let folder = folder.map_err(Error::file("create", parent))?;
        let mut watchdog = Watchdog::over(folder.path())?;
        let folder = folder.keep();
        let listening = free_port()?;
        let (configuration, log) = (folder.join("pgbouncer.ini"), folder.join("log"));
        let text = format!(
            "[databases]\n\
             * = host=127.0.0.1 port={port} user=postgres\n\
             [pgbouncer]\n\
             listen_addr = 127.0.0.1\n\
             listen_port = {listening}\n\
             unix_socket_dir =\n\
             auth_type = any\n\
             pool_mode = {}\n\
             default_pool_size = 4\n\
             {more}\n",
            mode.name()
        );
        fs::write(&configuration, text).map_err(Error::file("write", &configuration))?;
        let output = File::create(&log).map_err(Error::file("create", &log))?;
        let mut command = Command::new(program);
        if let Some(account) = &account {
            chown(&folder, Some(account.uid), Some(account.gid))
                .map_err(Error::file("change the owner of", &folder))?;
            command.gid(account.gid).uid(account.uid);
        }
        command.arg(&configuration).current_dir(&folder).process_group(0);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(output);
        let process = command.spawn().map_err(Error::run(program))?;
        watchdog.guard(Some(process.id())).map_err(Error::run("sh"))?;
        let mut pooler = Self { port: listening, process, watchdog };
        if pooler.comes_up() {
            return Ok(pooler);
        }
        Err(Error::Pooler { log: fs::read_to_string(&log).unwrap_or_default() })
    }

    /// Port on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    fn comes_up(&mut self) -> bool {
        let deadline = Instant::now() + PATIENCE;
        while matches!(self.process.try_wait(), Ok(None)) && Instant::now() < deadline {
            if TcpStream::connect(("127.0.0.1", self.port)).is_ok() {
                return true;
            }
            thread::sleep(Duration::from_millis(10));
        }
        false
    }
}

impl Drop for PgBouncer {
    fn drop(&mut self) {
        // It holds nothing that must be written down; both fail only if it has ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = self.watchdog.guard(None);
        self.watchdog.clean_up();
    }
}
