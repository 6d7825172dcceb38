//! Connections with time-outs, several at once; what the server is and can.
//!
//! Nothing here depends on the state of a server session: every setting travels inside the transaction that
//! needs it, so that a pooler in transaction mode may stand between.
//!
//! A connection that is lost is made again for a while ([`Connector::retry`]). What only reads is then done again; what
//! writes is for whoever sent it to look at first.

mod connector;
mod interrupt;
mod loss;
mod primary;
mod reading;
mod same;
mod server;
mod several;
mod single;

pub use connector::{Connector, Limits, RETRY};
pub use interrupt::Interrupt;
pub(crate) use loss::is_loss;
pub(crate) use reading::Query;
pub(crate) use same::is_same;
pub use server::Server;
pub use several::Sessions;
pub use single::{Session, Transaction};
