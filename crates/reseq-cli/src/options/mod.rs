//! Options that several commands share, as typed on the command line, and what becomes of them.

mod connection;
mod limits;
mod output;
mod selection;
mod settings;
mod values;

pub(crate) use connection::{ConnectionOptions, ServerOptions};
pub(crate) use limits::LimitOptions;
pub(crate) use output::OutputOptions;
pub(crate) use selection::SelectionOptions;
pub(crate) use settings::Settings;
pub(crate) use values::{delimiter, ignore_rule, percent, schema_mapping};
