//! Which sequences: by schema, table and name, with pg_dump's patterns.

use reseq::catalog::Selection;
use reseq::config::Config;
use reseq::report::text::shell_word;

/// Without any of these options every sequence of the database is looked at. Patterns are those of psql's \d
/// and pg_dump: `*`, `?`, `[a-z]`, `schema.name`, and double quotes around what is meant literally.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Selection, by pg_dump's patterns; each may be given more than once")]
pub(crate) struct SelectionOptions {
    /// Only sequences of tables in these schemas
    #[arg(short = 'n', long = "schema", value_name = "PATTERN")]
    schemas: Vec<String>,

    /// No sequences of tables in these schemas
    #[arg(short = 'N', long = "exclude-schema", value_name = "PATTERN")]
    exclude_schemas: Vec<String>,

    /// Only sequences of these tables
    #[arg(short = 't', long = "table", value_name = "PATTERN")]
    tables: Vec<String>,

    /// No sequences of these tables
    #[arg(short = 'T', long = "exclude-table", value_name = "PATTERN")]
    exclude_tables: Vec<String>,

    /// Only these sequences
    #[arg(short = 's', long = "sequence", value_name = "PATTERN")]
    sequences: Vec<String>,
}

impl SelectionOptions {
    /// What is selected, but for what reseq.toml leaves alone.
    pub(crate) fn selection(&self, config: &Config) -> Selection {
        let Self { schemas, exclude_schemas, tables, exclude_tables, sequences } = self.clone();
        let ignore = config.ignore.iter().map(|ignore| ignore.pattern.clone()).collect();
        Selection { schemas, exclude_schemas, tables, exclude_tables, sequences, ignore }
    }

    /// The options that select the same again, quoted for a shell.
    pub(crate) fn to_repeat(&self) -> String {
        let options = [
            ("-n", &self.schemas),
            ("-N", &self.exclude_schemas),
            ("-t", &self.tables),
            ("-T", &self.exclude_tables),
            ("-s", &self.sequences),
        ];
        let words = options.into_iter().flat_map(|(option, patterns)| {
            patterns.iter().map(move |pattern| format!("{option} {}", shell_word(pattern)))
        });
        words.collect::<Vec<_>>().join(" ")
    }
}
