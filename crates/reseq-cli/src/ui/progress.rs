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
        let bar = ProgressBar::with_draw_target(None, target).with_message(doing.to_owned());
        bar.enable_steady_tick(TICK);
        Self(bar)
    }

    /// Goes over to something else.
    pub(crate) fn doing(&self, doing: impl Into<String>) {
        self.0.set_message(doing.into());
    }

    /// Says how much is done.
    pub(crate) fn at(&self, done: usize, total: usize) {
        // The template is a constant; were it wrong, the plain style would stay.
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {pos}/{len} {wide_bar}") {
            self.0.set_style(style);
        }
        self.0.set_length(total as u64);
        self.0.set_position(done as u64);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
