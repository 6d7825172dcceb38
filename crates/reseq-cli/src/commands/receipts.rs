//! `reseq receipts`

use std::path::{Path, PathBuf};

use reseq::apply::receipt::{self, Ended, Receipt};
use reseq::apply::resolve;
use reseq::report::{text, write_receipt_json, write_receipts_json};
use reseq::session::{Connector, Interrupt};

use crate::exit;
use crate::failure::Failure;
use crate::options::{ConnectionOptions, LimitOptions, OutputOptions, ServerOptions, Settings};
use crate::ui::{Output, end_on_signals, say, tell};

/// List what reseq has changed, when, where, and how it ended
///
/// The newest comes first. A run that was killed is told too: what it did, what it did not, and of what that is not
/// known. With a receipt's name all of it is shown; where its transaction was cut off at COMMIT, the server that the
/// receipt names is asked what became of it. -d, -h, -p and -U list those of that place only.
#[derive(Debug, clap::Args)]
pub(super) struct Receipts {
    /// The receipt to show: its file, or the beginning of its name
    #[arg(value_name = "RECEIPT")]
    receipt: Option<String>,

    #[command(flatten)]
    server: ServerOptions,

    #[command(flatten)]
    output: OutputOptions,

    /// How results are written
    #[arg(long, value_name = "FORMAT", default_value = "table", help_heading = "Output")]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people
    Table,
    /// As schema/receipts.schema.json describes it
    Json,
}

impl Receipts {
    pub(super) fn run(self) -> Result<u8, Failure> {
        let folder = receipt::default_folder()?;
        match &self.receipt {
            None => self.list(&folder),
            Some(name) => self.show(&receipt::find(&folder, name)?),
        }
    }

    fn list(&self, folder: &Path) -> Result<u8, Failure> {
        let style = self.output.plain_style();
        let mut status = exit::ALL_WELL;
        let mut receipts: Vec<(PathBuf, Receipt)> = Vec::new();
        for path in receipt::list(folder)?.into_iter().rev() {
            match Receipt::load(&path) {
                Ok(receipt) if !self.server.may_mean(receipt.run.last_server()) => {}
                Ok(receipt) => receipts.push((path, receipt)),
                Err(error) => {
                    tell(&error.into());
                    status = exit::INCOMPLETE;
                }
            }
        }
        match self.format {
            Format::Json => {
                let listed = receipts.iter().map(|(path, receipt)| (path.as_path(), receipt));
                write_receipts_json(Output, listed).map_err(Failure::writing("results"))?;
            }
            Format::Table if receipts.is_empty() && status == exit::ALL_WELL => {
                say(&format!("There are no receipts in {}.", folder.display()));
            }
            Format::Table => {
                for (path, receipt) in &receipts {
                    Output.text(&text::receipt_line(path, receipt, &style))?;
                }
            }
        }
        Ok(status)
    }

    fn show(&self, path: &Path) -> Result<u8, Failure> {
        let mut receipt = Receipt::load(path)?;
        if receipt.change.is_some() && receipt.ended() == Ended::Unknown {
            self.ask_the_server(&mut receipt)?;
        }
        match self.format {
            Format::Json => {
                write_receipt_json(Output, path, &receipt).map_err(Failure::writing("results"))?;
            }
            Format::Table => Output.text(&text::receipt(path, &receipt, &self.output.plain_style()))?,
        }
        Ok(if receipt.ended() == Ended::Unknown { exit::INCOMPLETE } else { exit::ALL_WELL })
    }

    /// Asks where the receipt says; the options say more. Where nobody can be asked, that is said.
    fn ask_the_server(&self, receipt: &mut Receipt) -> Result<(), Failure> {
        let interrupt = Interrupt::default();
        end_on_signals(interrupt.clone())?;
        let place = receipt.run.last_server();
        let receipt_says = [
            ("host", &place.host),
            ("port", &place.port),
            ("user", &place.user),
            ("dbname", &place.database),
        ];
        let mut keywords: Vec<(String, String)> =
            receipt_says.map(|(keyword, value)| (keyword.to_owned(), value.clone())).into();
        let connection = ConnectionOptions::from(self.server.clone());
        keywords.extend(connection.keywords(connection.database()));
        let limits = Settings::of(&LimitOptions::default())?.limits;
        let connector = Connector::new(keywords).limits(limits).interrupt(interrupt);
        let asked = connector.connect().and_then(|mut session| resolve(&mut session, receipt));
        if let Err(error) = asked {
            tell(&error.into());
        }
        Ok(())
    }
}
