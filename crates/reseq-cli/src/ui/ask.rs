//! Questions, on the terminal only.

use std::io::{self, IsTerminal as _, Write as _};

use crate::failure::Failure;

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
    let mut answer = String::new();
    io::stdin().read_line(&mut answer).map_err(Failure::writing("a question"))?;
    Ok(Some(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes")))
}

/// Asks for a password, without showing it; `None` where there is no terminal.
pub(crate) fn ask_password(question: &str) -> Option<String> {
    rpassword::prompt_password(question).ok()
}
