//! How fast rows go, and how long it will take, on standard error where that is a terminal.

use std::cell::{Cell, RefCell};
use std::time::Instant;

use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar of bytes, with rows per second and the time left. It is there from the first row on, and gone in the end.
#[derive(Debug)]
pub(crate) struct Meter {
    quiet: bool,
    size: Option<u64>,
    bar: RefCell<Option<ProgressBar>>,
    began: Cell<Option<Instant>>,
}

impl Meter {
    /// For so many bytes, if that is known; shows nothing with `quiet`.
    pub(crate) fn new(quiet: bool, size: Option<u64>) -> Self {
        Self { quiet, size, bar: RefCell::new(None), began: Cell::new(None) }
    }

    /// So much has been read and given away.
    pub(crate) fn at(&self, bytes: u64, rows: u64) {
        let mut bar = self.bar.borrow_mut();
        let bar = bar.get_or_insert_with(|| self.bar());
        let began = self.began.get().unwrap_or_else(Instant::now);
        self.began.set(Some(began));
        let seconds = began.elapsed().as_secs_f64().max(0.001);
        bar.set_position(bytes);
        bar.set_message(format!(
            "{} rows, {}/s",
            HumanCount(rows),
            HumanCount((rows as f64 / seconds) as u64)
        ));
    }

    fn bar(&self) -> ProgressBar {
        let target = if self.quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let (template, usual) = match self.size {
            Some(_) => ("{wide_bar} {percent}%  {msg}  {eta} left", ProgressStyle::default_bar()),
            None => ("{spinner} {bytes}  {msg}", ProgressStyle::default_spinner()),
        };
        let style = usual.clone().template(template).unwrap_or(usual);
        ProgressBar::with_draw_target(self.size, target).with_style(style)
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        if let Some(bar) = self.bar.get_mut() {
            bar.finish_and_clear();
        }
    }
}
