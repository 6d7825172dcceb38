//! Passwords, asked for on the terminal, where what is typed is not shown.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

/// The terminal that waits for a password, and how it was before.
static WAITING: Mutex<Option<(File, Termios)>> = Mutex::new(None);

/// Asks for a password, without showing it; `None` where there is no terminal.
///
/// The terminal is the one that controls this process: standard input and output may be files, as in psql.
pub(crate) fn ask_password(question: &str) -> Option<String> {
    let mut terminal = File::options().read(true).write(true).open("/dev/tty").ok()?;
    // Before anybody sees that it is time to type.
    hide_typing(&terminal).ok()?;
    let mut line = String::new();
    let asked = write!(terminal, "{question}");
    let read = asked.and_then(|()| BufReader::new(&terminal).read_line(&mut line));
    show_typing();
    read.ok()?;
    Some(line.trim_end_matches(['\r', '\n']).to_owned())
}

/// Whether a password is waited for.
pub(super) fn is_waiting() -> bool {
    waiting().is_some()
}

/// The terminal shows again what is typed; does nothing unless a password is waited for. To be called before the
/// process ends in the middle of it.
pub(super) fn show_typing() {
    if let Some((mut terminal, before)) = waiting().take() {
        // Neither failure can be told anybody: the terminal is gone.
        let _ = tcsetattr(&terminal, OptionalActions::Now, &before);
        // The end of the line was not shown either.
        let _ = writeln!(terminal);
    }
}

fn hide_typing(terminal: &File) -> io::Result<()> {
    let before = tcgetattr(terminal)?;
    let mut hiding = before.clone();
    hiding.local_modes.remove(LocalModes::ECHO);
    *waiting() = Some((terminal.try_clone()?, before));
    Ok(tcsetattr(terminal, OptionalActions::Now, &hiding)?)
}

fn waiting() -> MutexGuard<'static, Option<(File, Termios)>> {
    WAITING.lock().unwrap_or_else(PoisonError::into_inner)
}
