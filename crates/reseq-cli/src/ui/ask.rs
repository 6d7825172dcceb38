//! Questions, on the terminal only.

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};

use crate::failure::Failure;

static ASKING: AtomicBool = AtomicBool::new(false);

/// Whether a question waits for its answer.
pub(super) fn is_asking() -> bool {
    ASKING.load(Ordering::Relaxed)
}

/// Asks a question that can be answered with yes or no; anything but a yes is no. `None` where there is nobody to
/// ask: standard input is not a terminal.
pub(crate) fn ask(question: &str) -> Result<Option<bool>, Failure> {
    if !io::stdin().is_terminal() {
        return Ok(None);
    }
    let mut stderr = io::stderr().lock();
    write!(stderr, "{question} [y/N] ")
        .and_then(|()| stderr.flush())
        .map_err(Failure::writing("a question"))?;
    ASKING.store(true, Ordering::Relaxed);
    let mut answer = String::new();
    let read = io::stdin().read_line(&mut answer);
    ASKING.store(false, Ordering::Relaxed);
    read.map_err(Failure::writing("a question"))?;
    Ok(Some(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes")))
}
