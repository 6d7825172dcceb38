//! Talking to people: results on standard output, everything else on standard error.

mod ask;
mod meter;
mod new_file;
mod output;
mod password;
mod progress;
mod service;
mod signals;

pub(crate) use ask::ask;
pub(crate) use meter::Meter;
pub(crate) use new_file::NewFile;
pub(crate) use output::{Output, say, tell, tell_of, terminal_width};
pub(crate) use password::ask_password;
pub(crate) use progress::Progress;
pub(crate) use service::ServiceManager;
pub(crate) use signals::{end_on_signals, end_when_begun_on_signals, interrupt_on_signals};
