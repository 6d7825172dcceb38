//! How much is said, and in which colours.

use anstream::ColorChoice;
use reseq::report::text::Style;
use reseq::session::Server;

use super::{ConnectionOptions, SelectionOptions};
use crate::ui::terminal_width;

/// What every command takes.
#[derive(Clone, Copy, Debug, clap::Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct OutputOptions {
    /// Say nothing where all is well
    #[arg(short, long, conflicts_with = "verbose")]
    pub(crate) quiet: bool,

    /// Also list notes and what is all right
    #[arg(short, long)]
    pub(crate) verbose: bool,

    /// Colour: on a terminal unless NO_COLOR is set, always, or never
    #[arg(long, value_name = "WHEN", default_value = "auto", hide_default_value = true)]
    color: Color,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Color {
    Auto,
    Always,
    Never,
}

impl OutputOptions {
    /// How results for people are laid out.
    pub(crate) fn style(
        self,
        connection: &ConnectionOptions,
        selection: &SelectionOptions,
        server: &Server,
    ) -> Style {
        Style {
            width: terminal_width(),
            color: self.color(),
            verbose: self.verbose,
            connection: connection.to_repeat(&server.database),
            selection: selection.to_repeat(),
        }
    }

    /// The same for results that belong to no database.
    pub(crate) fn plain_style(self) -> Style {
        Style { color: self.color(), verbose: self.verbose, ..Style::plain(terminal_width()) }
    }

    /// Whether standard output gets colour.
    fn color(self) -> bool {
        match self.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => anstream::AutoStream::choice(&std::io::stdout()) != ColorChoice::Never,
        }
    }
}
