//! `reseq load`

use std::ffi::OsString;
use std::path::PathBuf;

use reseq::file::{Kind, Said, Source};
use reseq::model::{ObjectName, split_outside_quotes};
use reseq::plan::{Ids, LoadOptions, OnConflict};
use reseq::{IgnoreRule, LoadRequest, prepare_load};

use crate::changing::ChangingOptions;
use crate::failure::Failure;
use crate::options::{delimiter, ignore_rule};
use crate::ui::Meter;

/// Load files into a table, with its sequences right in the very transaction in which the rows appear
///
/// COPY in one transaction: csv, text or binary, gzip and zstd by content, several files at once. Then every sequence
/// that the table takes values from moves past the rows, forward only, while others go on working; nobody ever sees the
/// rows without that. A line that the server does not take is named, and nothing is loaded; with --reject the others are
/// loaded, the bad lines kept in a file, and the exit status is 1. Where the server does not say which line it is (foreign
/// keys, --on-conflict), the files are read once more to find it.
#[derive(Debug, clap::Args)]
pub(super) struct Load {
    /// Table that the rows go into
    #[arg(value_name = "TABLE")]
    table: String,

    /// Files in one of COPY's formats; - is standard input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<OsString>,

    #[command(flatten)]
    file: FileOptions,

    #[command(flatten)]
    rows: RowOptions,

    #[command(flatten)]
    changing: ChangingOptions,
}

/// What the files are.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Files")]
struct FileOptions {
    /// Format of the files [default: binary by content, text by names like .txt .tsv .dat, else csv]
    #[arg(long, value_name = "FORMAT")]
    file_format: Option<FileFormat>,

    /// Columns that the files hold, in order [default: as the header says, else all of the table]
    #[arg(long, value_name = "COLUMN,…")]
    columns: Option<String>,

    /// Encoding of the texts in csv and text files, as the server names it: LATIN1, WIN1252 [default: $PGCLIENTENCODING,
    /// else UTF8]
    #[arg(long, value_name = "ENCODING")]
    encoding: Option<String>,

    /// The first line is a header, also in the text format
    #[arg(long, conflicts_with = "no_header")]
    header: bool,

    /// The first line is a row, also in csv
    #[arg(long)]
    no_header: bool,

    /// What stands between two fields [default: a comma in csv, a tab in text]
    #[arg(long, value_name = "CHARACTER", value_parser = delimiter)]
    delimiter: Option<u8>,

    /// What stands for NULL [default: nothing, without quotes, in csv; \N in text]
    #[arg(long, value_name = "TEXT")]
    null: Option<String>,
}

/// What becomes of the rows.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Rows")]
struct RowOptions {
    /// Load the ids of the files; the default where they hold any
    #[arg(long, conflicts_with = "new_ids")]
    keep_ids: bool,

    /// Leave the ids of the files out: the sequence numbers the rows, in their order
    #[arg(long)]
    new_ids: bool,

    /// What becomes of a row whose primary key is there already
    #[arg(long, value_name = "WHAT", default_value = "error")]
    on_conflict: Conflict,

    /// Load what can be loaded, and keep the lines that the server does not take in this new file
    #[arg(long, value_name = "FILE")]
    reject: Option<PathBuf>,

    /// Rows beyond this value need not be passed, by all sequences or by one; may be given more than once
    #[arg(long, value_name = "[SEQUENCE=]N", value_parser = ignore_rule, allow_negative_numbers = true)]
    ignore_above: Vec<IgnoreRule>,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum FileFormat {
    /// Comma-separated values, with a header
    Csv,
    /// As \copy and pg_dump write it: tabs, backslashes, \N
    Text,
    /// As COPY … (FORMAT binary) writes it
    Binary,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Conflict {
    /// Nothing is loaded
    Error,
    /// The row that is there stays
    Skip,
    /// The row that is there gets the values of the file
    Update,
}

impl Load {
    pub(super) fn run(self) -> Result<u8, Failure> {
        let mut request = LoadRequest {
            table: self.table,
            files: self.files.iter().map(|file| Source::parse(file)).collect(),
            said: self.file.said(),
            options: LoadOptions {
                columns: self.file.columns()?,
                ids: self.rows.ids(),
                on_conflict: self.rows.on_conflict.into(),
                ..LoadOptions::default()
            },
            reject: self.rows.reject,
            ignore_above: self.rows.ignore_above,
            declared: Vec::new(),
        };
        let quiet = self.changing.output.quiet;
        self.changing.run(|sessions, settings| {
            request.declared.clone_from(&settings.config.links);
            let prepared = prepare_load(sessions, &request)?;
            let meter = Meter::new(quiet, prepared.size());
            Ok(Some(prepared.begin(sessions, move |loaded| meter.at(loaded.bytes, loaded.rows))?))
        })
    }
}

impl FileOptions {
    fn said(&self) -> Said {
        Said {
            kind: self.file_format.map(Kind::from),
            delimiter: self.delimiter,
            null: self.null.clone(),
            header: (self.header || self.no_header).then_some(self.header),
            encoding: self.encoding.clone().or_else(client_encoding),
        }
    }

    /// The columns, read as SQL reads names.
    fn columns(&self) -> Result<Option<Vec<String>>, Failure> {
        let name = |text: &str| match ObjectName::parse(text) {
            Some(ObjectName { schema: None, name }) => Ok(name),
            _ => Err(Failure::usage(
                format!("{text:?} is not the name of a column"),
                "write --columns id,name; capitals and special characters need double quotes, as in SQL",
            )),
        };
        let names = |columns: &String| split_outside_quotes(columns, ',').into_iter().map(name).collect();
        self.columns.as_ref().map(names).transpose()
    }
}

/// PGCLIENTENCODING, as psql's `\copy` heeds it; `auto` would be that of the terminal.
fn client_encoding() -> Option<String> {
    std::env::var("PGCLIENTENCODING").ok().filter(|encoding| !matches!(encoding.as_str(), "" | "auto"))
}

impl RowOptions {
    fn ids(&self) -> Option<Ids> {
        match (self.keep_ids, self.new_ids) {
            (true, _) => Some(Ids::Keep),
            (_, true) => Some(Ids::New),
            _ => None,
        }
    }
}

impl From<FileFormat> for Kind {
    fn from(format: FileFormat) -> Self {
        match format {
            FileFormat::Csv => Self::Csv,
            FileFormat::Text => Self::Text,
            FileFormat::Binary => Self::Binary,
        }
    }
}

impl From<Conflict> for OnConflict {
    fn from(conflict: Conflict) -> Self {
        match conflict {
            Conflict::Error => Self::Error,
            Conflict::Skip => Self::Skip,
            Conflict::Update => Self::Update,
        }
    }
}
