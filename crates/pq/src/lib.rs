//! A small, safe face of libpq: connection, rows, errors, COPY, pipeline, cancel.
//!
//! libpq is PostgreSQL's own client library, so a [`Connection`] is made in every way that psql knows:
//! conninfo strings and URIs, `PG*` variables, service and password files, several hosts, TLS. Calls block;
//! a connection may move between threads and is used by one at a time. Values travel as text.
//!
//! ```no_run
//! use reseq_pq::{Connection, Statement};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut connection = Connection::connect(&[("dbname", "postgresql://localhost/shop")])?;
//!
//! let rows = connection.query("select relname, oid from pg_class where relkind = $1", &[Some("S")])?;
//! for row in rows.iter() {
//!     let (name, oid): (&str, u32) = (row.get(0)?, row.get(1)?);
//!     assert!(!name.is_empty() && oid > 0);
//! }
//!
//! // Several statements in one round trip; they are one transaction, unless they say otherwise.
//! let results = connection.pipeline(&[
//!     Statement { sql: "select 1", params: &[] },
//!     Statement { sql: "select $1::int + 1", params: &[Some("1")] },
//! ])?;
//! assert_eq!(results[1].row(0)?.get::<i32>(0)?, 2);
//! # Ok(()) }
//! ```
//!
//! The connection speaks UTF-8 (`client_encoding`), whatever the environment says.
//!
//! # Features
//! `bundled` (default) builds libpq and OpenSSL from source. `system-libpq` links the system's libpq, which
//! must be 14 or later (pipeline mode).

#![expect(unsafe_code, reason = "this crate is the project's only door to a C library")]
#![warn(clippy::undocumented_unsafe_blocks)]

mod array;
mod c_text;
mod cancel;
mod connection;
mod conninfo;
mod copy;
mod error;
mod execute;
mod handle;
mod hint;
mod notice;
mod password_source;
mod pipeline;
mod raw_result;
mod rows;
mod silence;
mod socket_directory;
mod system_paths;
mod value;

pub use cancel::CancelHandle;
pub use connection::{Connection, LIBPQ_IS_BUNDLED, TransactionStatus, libpq_version};
pub use conninfo::Conninfo;
pub use copy::{CopyIn, CopyOut};
pub use error::Error;
pub use notice::Notice;
pub use pipeline::{PipelineError, Statement};
pub use rows::{Row, Rows};
pub use system_paths::adopt_system_paths;
pub use value::FromText;
