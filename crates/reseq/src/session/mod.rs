//! Connections with time-outs, several at once; what the server is and can.
//!
//! Nothing here depends on the state of a server session: every setting travels inside the transaction that
//! needs it, so that a pooler in transaction mode may stand between.

mod connector;
mod interrupt;
mod server;
mod several;
mod single;

pub use connector::{Connector, Limits};
pub use interrupt::Interrupt;
pub use server::Server;
pub use several::Sessions;
pub use single::{Session, Transaction};
