//! Turns results into text. Pure: what is written goes to a writer or a string, and nothing is printed.

pub mod json;
pub mod text;

use crate::catalog::Catalog;
use crate::diagnose::Report;
use crate::observe::Observations;
use crate::session::Server;

/// One database after it was checked: what every format is made from.
#[derive(Clone, Copy, Debug)]
pub struct Checked<'a> {
    /// Where.
    pub server: &'a Server,
    /// What there is.
    pub catalog: &'a Catalog,
    /// What was seen of it.
    pub observations: &'a Observations,
    /// What is wrong with it.
    pub report: &'a Report,
}
