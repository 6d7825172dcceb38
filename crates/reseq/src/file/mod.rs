//! Files in the formats of COPY (manual, COPY, "File Formats"): found out, decompressed, split into records, relieved of
//! columns. Nothing here talks to the server; memory does not grow with the file.
//!
//! Whatever needs no looking into is passed on byte by byte. Records are told apart only where one must be left out or
//! changed, and then exactly where the server tells them apart: its reading of quotes and backslashes is repeated here
//! (`CopyReadLineText` and its neighbours in the server's source).

mod bad_row;
mod batch;
mod compression;
mod format;
mod header;
mod input;
mod rejects;
mod source;
mod splitter;
mod trim;

pub use bad_row::BadRow;
pub use batch::Batch;
pub use compression::Compression;
pub use format::{Format, Kind};
pub use input::{Input, Said};
pub use rejects::Rejects;
pub use source::Source;
pub use trim::{Trim, WrongFields};
