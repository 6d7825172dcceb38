use std::io;
use std::path::PathBuf;

/// Why a server could not be found, made, started or stopped.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No installation with both `initdb` and `postgres` was found.
    #[error(
        "no PostgreSQL server found on this machine\n\
         hint: install one with the system's package manager, run `cargo xtask servers`, or set RESEQ_SERVERS to a \
         folder that holds one"
    )]
    NoInstallation,

    /// A file or folder could not be made, read or removed.
    #[error("could not {tried} {}: {source}", path.display())]
    File {
        /// A verb: "create", "write".
        tried: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },

    /// A program of the installation, or `sh` or `chroot`, could not be run at all.
    #[error(
        "could not run {}: {source}\n\
         hint: as root, servers run as the user postgres or nobody, who must be able to read the installation",
        program.display()
    )]
    Run {
        /// The program.
        program: PathBuf,
        /// The system's answer.
        source: io::Error,
    },

    /// `initdb` ended with an error.
    #[error("initdb of PostgreSQL {version} failed:\n{output}")]
    Initdb {
        /// Version of the installation.
        version: String,
        /// What initdb wrote.
        output: String,
    },

    /// The server did not come up.
    #[error("PostgreSQL {version} did not start; its log says:\n{log}")]
    Start {
        /// Version of the installation.
        version: String,
        /// The server's log since it was created.
        log: String,
    },

    /// PgBouncer did not come up.
    #[error("PgBouncer did not start; it says:\n{log}")]
    Pooler {
        /// What it wrote.
        log: String,
    },

    /// The server did not stop in time.
    #[error("PostgreSQL {version} (process {pid}) did not stop within {seconds} seconds")]
    Stop {
        /// Version of the installation.
        version: String,
        /// The postmaster.
        pid: u32,
        /// How long was waited.
        seconds: u64,
    },

    /// Running as root, and no user is there who could run the server instead.
    #[error("PostgreSQL refuses to run as root, and {} has neither a user postgres nor a user nobody", passwd.display())]
    NoAccount {
        /// The file where they were looked for.
        passwd: PathBuf,
    },
}

impl Error {
    pub(crate) fn file(tried: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { tried, path, source }
    }

    pub(crate) fn run(program: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let program = program.into();
        move |source| Self::Run { program, source }
    }
}
