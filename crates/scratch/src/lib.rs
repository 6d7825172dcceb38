//! Finds PostgreSQL on the machine and starts throw-away servers.
//!
//! `reseq demo` and all tests run on these servers. A [`Cluster`] lives in a temporary folder of its own, listens
//! on 127.0.0.1 and on a Unix socket in that folder, and is gone with everything it wrote when its `Cluster` is
//! dropped or when the process that started it ends, however it ends.
//!
//! ```no_run
//! use reseq_scratch::{Cluster, ClusterOptions, installations};
//!
//! # fn main() -> Result<(), reseq_scratch::Error> {
//! for installation in installations() {
//!     let cluster = Cluster::start(&installation, &ClusterOptions::default().setting("wal_level", "logical"))?;
//!     println!("PostgreSQL {}: {}", installation.version, cluster.conninfo());
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Speaks no SQL and links no libpq, so that the crates which do can use it in their tests.

mod account;
mod cluster;
mod error;
mod installation;
mod options;
mod pgbouncer;
mod proxy;
mod standby;
pub mod testing;
mod watchdog;

pub use cluster::{Cluster, StopMode};
pub use error::Error;
pub use installation::{Installation, cache_folder, installations, newest_installation};
pub use options::ClusterOptions;
pub use pgbouncer::{PgBouncer, PoolMode, pgbouncer_program};
pub use proxy::Proxy;
