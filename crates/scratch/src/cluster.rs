//! One throw-away server.

use std::env;
use std::fs::{self, File};
use std::net::TcpListener;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::account::Account;
use crate::watchdog::Watchdog;
use crate::{ClusterOptions, Error, Installation};

/// How long a server may take to start or to stop. It takes a second on an idle machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often a port that somebody else took between our look and the server's start is given up for another.
const PORTS_TRIED: u32 = 5;

/// How a server is told to stop (PostgreSQL manual, "Shutting Down the Server").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StopMode {
    /// Waits until all clients have gone, for a minute at most.
    Smart,
    /// Ends the sessions, writes a checkpoint.
    Fast,
    /// As a crash: no checkpoint, recovery at the next start.
    Immediate,
}

impl StopMode {
    fn signal(self) -> Signal {
        match self {
            Self::Smart => Signal::TERM,
            Self::Fast => Signal::INT,
            Self::Immediate => Signal::QUIT,
        }
    }
}

/// A PostgreSQL server of our own, in a temporary folder.
///
/// Dropping it stops the server and removes the folder. So does the end of this process, however it comes about:
/// a panic, Ctrl-C, `kill -9`.
#[derive(Debug)]
pub struct Cluster {
    pub(crate) installation: Installation,
    pub(crate) options: ClusterOptions,
    pub(crate) account: Option<Account>,
    folder: PathBuf,
    port: u16,
    postmaster: Option<Child>,
    /// None once the cluster is kept.
    watchdog: Option<Watchdog>,
}

impl Cluster {
    /// Makes a cluster (UTF8, locale C, superuser `postgres`) and starts its server on a free port.
    ///
    /// # Errors
    /// What initdb or the server's log says where they fail; [`Error::NoAccount`], [`Error::Run`] or
    /// [`Error::File`] where they could not be run.
    pub fn start(installation: &Installation, options: &ClusterOptions) -> Result<Self, Error> {
        let mut cluster = Self::empty(installation, options)?;
        cluster.initdb()?;
        cluster.configure("")?;
        cluster.start_again()?;
        Ok(cluster)
    }

    /// A cluster without data: the folder, and the watchdog over it.
    pub(crate) fn empty(installation: &Installation, options: &ClusterOptions) -> Result<Self, Error> {
        let parent = match &installation.root {
            Some(root) => root.join("tmp"),
            None => env::temp_dir(),
        };
        let account = Account::for_servers(installation.root.as_deref().unwrap_or(Path::new("/")))?;
        let folder = tempfile::Builder::new()
            .prefix("reseq-")
            .tempdir_in(&parent)
            .map_err(Error::file("create", parent))?;
        let watchdog = Watchdog::over(folder.path())?;
        let cluster = Self {
            installation: installation.clone(),
            options: options.clone(),
            account,
            folder: folder.keep(),
            port: free_port()?,
            postmaster: None,
            watchdog: Some(watchdog),
        };
        cluster.give_away(&cluster.folder)?;
        Ok(cluster)
    }

    /// Starts the server again after [`stop`](Self::stop) or [`crash`](Self::crash): same data, same port unless
    /// somebody has taken it. Does nothing while it runs.
    ///
    /// # Errors
    /// [`Error::Start`] with what the log says.
    pub fn start_again(&mut self) -> Result<(), Error> {
        for _ in 0..PORTS_TRIED {
            if self.is_running() {
                return Ok(());
            }
            let before = self.log().len();
            let mut postmaster = self.spawn_postmaster()?;
            let came_up = self.wait_until_ready(&mut postmaster);
            self.postmaster = Some(postmaster);
            if came_up {
                return Ok(());
            }
            self.stop(StopMode::Immediate)?;
            let said = self.log().split_off(before);
            if !said.contains("could not bind") {
                return Err(Error::Start { version: self.installation.version.clone(), log: said });
            }
            self.port = free_port()?;
        }
        Err(Error::Start { version: self.installation.version.clone(), log: self.log() })
    }

    /// Stops the server and waits until it is gone. The data stay. Does nothing if it is not running.
    ///
    /// # Errors
    /// [`Error::Stop`] after a minute.
    pub fn stop(&mut self, mode: StopMode) -> Result<(), Error> {
        let Some(postmaster) = &mut self.postmaster else { return Ok(()) };
        let deadline = Instant::now() + PATIENCE;
        signal(postmaster, mode.signal());
        while ended(postmaster).is_none() {
            if Instant::now() > deadline {
                return Err(Error::Stop {
                    version: self.installation.version.clone(),
                    pid: postmaster.id(),
                    seconds: PATIENCE.as_secs(),
                });
            }
            thread::sleep(Duration::from_millis(5));
        }
        self.postmaster = None;
        self.guard(None)
    }

    /// Has the server crash. [`start_again`](Self::start_again) recovers it.
    ///
    /// # Errors
    /// As [`stop`](Self::stop).
    pub fn crash(&mut self) -> Result<(), Error> {
        self.stop(StopMode::Immediate)
    }

    /// Whether the server's main process is there.
    pub fn is_running(&mut self) -> bool {
        self.postmaster.as_mut().is_some_and(|postmaster| ended(postmaster).is_none())
    }

    /// Lets go of a running server: it and its folder, which is returned, outlive this process.
    #[must_use]
    pub fn keep(mut self) -> PathBuf {
        if let Some(watchdog) = self.watchdog.take() {
            watchdog.dismiss();
        }
        self.folder.clone()
    }

    /// Where the server is, for libpq: host, port, user and database.
    #[must_use]
    pub fn conninfo(&self) -> String {
        format!("host=127.0.0.1 port={} user=postgres dbname=postgres", self.port)
    }

    /// Port, on 127.0.0.1 and of the socket.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Folder of the Unix socket: a `host` for libpq.
    #[must_use]
    pub fn socket_dir(&self) -> &Path {
        &self.folder
    }

    /// The data directory.
    #[must_use]
    pub fn data_dir(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// The process id of the server's main process while it runs.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.postmaster.as_ref().map(Child::id)
    }

    /// What the server runs on.
    #[must_use]
    pub fn installation(&self) -> &Installation {
        &self.installation
    }

    /// What the server has logged so far.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read(self.log_file())
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .unwrap_or_default()
    }

    /// Writes the configuration files, with `more` at the end of postgresql.conf.
    pub(crate) fn configure(&self, more: &str) -> Result<(), Error> {
        let socket_dir = self.installation.inside(&self.folder);
        let conf = self.options.postgresql_conf(&socket_dir.display().to_string()) + more;
        for (name, contents) in [("postgresql.conf", conf), ("pg_hba.conf", self.options.pg_hba_conf())] {
            let path = self.data_dir().join(name);
            fs::write(&path, contents).map_err(Error::file("write", path))?;
        }
        Ok(())
    }

    /// Makes a file or folder the property of the user that the server runs as.
    pub(crate) fn give_away(&self, path: &Path) -> Result<(), Error> {
        match &self.account {
            Some(account) => chown(path, Some(account.uid), Some(account.gid))
                .map_err(Error::file("change the owner of", path)),
            None => Ok(()),
        }
    }

    fn initdb(&mut self) -> Result<(), Error> {
        let log = File::create(self.log_file()).map_err(Error::file("create", self.log_file()))?;
        let copy = log.try_clone().map_err(Error::file("open", self.log_file()))?;
        let mut command = self.installation.command("initdb", self.account.as_ref());
        command.arg("-D").arg(self.installation.inside(&self.data_dir()));
        command.args(["-U", "postgres", "-E", "UTF8", "--locale=C", "--auth=trust", "--no-sync"]);
        if let Some(password) = &self.options.password {
            let path = self.folder.join("password");
            fs::write(&path, password).map_err(Error::file("write", &path))?;
            self.give_away(&path)?;
            command.arg("--pwfile").arg(self.installation.inside(&path));
        }
        command.current_dir(&self.folder).stdout(log).stderr(copy).process_group(0);
        let mut initdb = command.spawn().map_err(Error::run(self.installation.bin_dir.join("initdb")))?;
        self.guard(Some(initdb.id()))?;
        let status = initdb.wait().map_err(Error::run(self.installation.bin_dir.join("initdb")))?;
        self.guard(None)?;
        if !status.success() {
            return Err(Error::Initdb { version: self.installation.version.clone(), output: self.log() });
        }
        if self.options.password.is_some() {
            let path = self.folder.join("password");
            fs::remove_file(&path).map_err(Error::file("remove", path))?;
        }
        Ok(())
    }

    fn spawn_postmaster(&mut self) -> Result<Child, Error> {
        let path = self.log_file();
        let log =
            File::options().create(true).append(true).open(&path).map_err(Error::file("open", &path))?;
        let copy = log.try_clone().map_err(Error::file("open", &path))?;
        let mut command = self.installation.command("postgres", self.account.as_ref());
        command.arg("-D").arg(self.installation.inside(&self.data_dir()));
        command.arg("-p").arg(self.port.to_string());
        command.current_dir(&self.folder).stdout(log).stderr(copy).process_group(0);
        let postmaster = command.spawn().map_err(Error::run(self.installation.bin_dir.join("postgres")))?;
        self.guard(Some(postmaster.id()))?;
        Ok(postmaster)
    }

    /// Waits until the server accepts connections; false if it ended or took too long.
    fn wait_until_ready(&self, postmaster: &mut Child) -> bool {
        let deadline = Instant::now() + PATIENCE;
        while ended(postmaster).is_none() && Instant::now() < deadline {
            if self.is_ready(postmaster.id()) {
                return true;
            }
            thread::sleep(Duration::from_millis(10));
        }
        false
    }

    /// As pg_ctl does it: the first line of postmaster.pid is the process, the eighth what it is doing.
    fn is_ready(&self, pid: u32) -> bool {
        let text = fs::read_to_string(self.data_dir().join("postmaster.pid")).unwrap_or_default();
        let lines: Vec<_> = text.lines().map(str::trim).collect();
        lines.first() == Some(&pid.to_string().as_str())
            && matches!(lines.get(7), Some(&("ready" | "standby")))
    }

    fn guard(&mut self, process: Option<u32>) -> Result<(), Error> {
        match &mut self.watchdog {
            Some(watchdog) => watchdog.guard(process).map_err(Error::run("sh")),
            None => Ok(()),
        }
    }

    fn log_file(&self) -> PathBuf {
        self.folder.join("log")
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let Some(mut watchdog) = self.watchdog.take() else { return };
        if let Some(mut postmaster) = self.postmaster.take() {
            signal(&postmaster, Signal::QUIT);
            let deadline = Instant::now() + PATIENCE;
            while ended(&mut postmaster).is_none() && Instant::now() < deadline {
                thread::sleep(Duration::from_millis(5));
            }
            // Both fail if the server has ended, as it should have.
            let _ = postmaster.kill();
            let _ = watchdog.guard(None);
        }
        watchdog.clean_up();
    }
}

fn signal(process: &Child, signal: Signal) {
    // A child that we have not waited for keeps its process id: this reaches it or nobody.
    if let Some(pid) = i32::try_from(process.id()).ok().and_then(Pid::from_raw) {
        let _ = kill_process(pid, signal);
    }
}

fn ended(process: &mut Child) -> Option<ExitStatus> {
    process.try_wait().ok().flatten()
}

pub(crate) fn free_port() -> Result<u16, Error> {
    let address = "127.0.0.1:0";
    let listener = TcpListener::bind(address).map_err(Error::file("listen on", address))?;
    Ok(listener.local_addr().map_err(Error::file("listen on", address))?.port())
}
