//! What is going on, on standard error, and only where that is a terminal.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How often the sign of life moves.
const TICK: Duration = Duration::from_millis(120);

/// A line that says what is being done, and is gone when it is done. Hidden where standard error is not a terminal.
#[derive(Debug)]
pub(crate) struct Progress(ProgressBar);

impl Progress {
    /// Shows `doing`; nothing with `quiet`.
    pub(crate) fn new(quiet: bool, doing: &str) -> Self {
        let target = if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let bar = ProgressBar::with_draw_target(None, target)
            .with_style(ProgressStyle::default_spinner())
            .with_message(doing.to_owned());
        bar.enable_steady_tick(TICK);
        Self(bar)
    }

    /// Goes over to something else.
    pub(crate) fn doing(&self, doing: impl ToString) {
        self.0.set_message(doing.to_string());
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
