//! Standard output and standard error.

use std::io::{self, ErrorKind, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use crate::failure::Failure;

/// Where nothing says how wide the terminal is.
const USUAL_WIDTH: usize = 80;

static READER_GONE: AtomicBool = AtomicBool::new(false);

/// Standard output. Once the reader has gone (`reseq check | head -1`) nothing more is written, and that is no
/// failure.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Output;

impl Output {
    /// Writes results for people.
    pub(crate) fn text(mut self, text: &str) -> Result<(), Failure> {
        self.write_all(text.as_bytes()).and_then(|()| self.flush()).map_err(Failure::writing("results"))
    }

    /// Whether the reader has gone before everything was written.
    pub(crate) fn reader_gone(self) -> bool {
        READER_GONE.load(Ordering::Relaxed)
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.reader_gone() {
            Ok(bytes.len())
        } else {
            unless_gone(io::stdout().lock().write(bytes), bytes.len())
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.reader_gone() { Ok(()) } else { unless_gone(io::stdout().lock().flush(), ()) }
    }
}

/// What writing gave; of a reader that has gone, takes note and gives `instead`.
fn unless_gone<T>(written: io::Result<T>, instead: T) -> io::Result<T> {
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => {
            READER_GONE.store(true, Ordering::Relaxed);
            Ok(instead)
        }
        written => written,
    }
}

/// Writes a line to standard error. Where that is closed there is nobody to tell.
pub(crate) fn say(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// Says what went wrong, and what to do about it.
pub(crate) fn tell(failure: &Failure) {
    let message = failure.to_string();
    say(&format!("reseq: {message}"));
    // The server's own hint is already in its words.
    if let Some(hint) = failure.hint().filter(|hint| !message.contains(hint)) {
        say(&format!("hint: {hint}"));
    }
}

/// The same, of one database among several.
pub(crate) fn tell_of(database: &str, failure: &Failure) {
    say(&format!("reseq: database {database:?}:"));
    tell(failure);
}

/// The columns of the terminal: COLUMNS where it is set, else what the terminal says, else 80.
pub(crate) fn terminal_width() -> usize {
    let set = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let asked = || terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    set.or_else(asked).filter(|width| *width > 0).unwrap_or(USUAL_WIDTH)
}
