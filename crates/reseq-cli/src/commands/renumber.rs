use std::path::PathBuf;

use reseq::apply::KeptFiles;
use reseq::catalog::renumber::Also;
use reseq::plan::{RenumberMethod, RenumberOptions};
use reseq::{RenumberRequest, plan_renumber};

use crate::changing::ChangingOptions;
use crate::failure::Failure;

/// Give the rows of a table new ids from a given start; everything that refers to them follows
///
/// The ids become N, N + increment, … in the order of the old ones or of --order-by. Foreign keys of any kind follow, at
/// first hand or further, also within the table itself; so do the columns that --also names. The sequence ends with the
/// last new id. All happens in one transaction, under locks that keep others out until its end: they see the old ids or
/// the new ones. Triggers do not fire.
#[derive(Debug, clap::Args)]
pub(super) struct Renumber {
    /// The table; or its column, or the sequence, where it has several
    #[arg(value_name = "TABLE")]
    target: String,

    #[command(flatten)]
    numbering: NumberingOptions,

    #[command(flatten)]
    changing: ChangingOptions,
}

/// Which ids, and how.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Renumber")]
struct NumberingOptions {
    /// The first new id
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    start: i64,

    /// Number the rows in the order of these columns ("created_at desc, name") instead of that of the old ids
    #[arg(long, value_name = "COLUMNS", default_value = "", hide_default_value = true)]
    order_by: String,

    /// How the rows are rewritten; the result is the same
    #[arg(long, value_name = "METHOD", default_value = "rebuild")]
    method: Method,

    /// The file that --method file puts the rows into, without their ids
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,

    /// A column that refers to the rows although no foreign key says so, as table.column or "table.column where
    /// condition"; may be given more than once
    #[arg(long, value_name = "COLUMN [where …]")]
    also: Vec<Also>,

    /// Write old and new ids to this file, as CSV
    #[arg(long, value_name = "FILE")]
    map: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Method {
    /// Copies with the new ids, TRUNCATE, INSERT, indexes made again
    Rebuild,
    /// UPDATE in place: for small tables, and where TRUNCATE is not wanted
    Update,
    /// Out to a file without the ids, DELETE, back in: for tables that nothing refers to
    File,
    /// Copies with the new ids, DELETE, INSERT
    TempTable,
}

impl Renumber {
    pub(super) fn run(self) -> Result<u8, Failure> {
        let NumberingOptions { start, order_by, method, file, also, map } = self.numbering;
        if (method == Method::File) != file.is_some() {
            return Err(Failure::usage(
                "--method file and --file belong together",
                "say both, as in: --method file --file people.dat",
            ));
        }
        for path in [&file, &map].into_iter().flatten() {
            if path.as_os_str() == "-" {
                return Err(Failure::usage(
                    "old and new ids, and rows, go to files, and - is none: they are written before COMMIT",
                    "name a file",
                ));
            }
            if path.exists() {
                return Err(Failure::usage(
                    format!("the file {} is there already", path.display()),
                    "name another, or move it away (a run that was killed leaves it behind)",
                ));
            }
        }
        if file.is_some() && file == map {
            return Err(Failure::usage("--file and --map name the same file", "name two"));
        }
        let method = match method {
            Method::Rebuild => RenumberMethod::Rebuild,
            Method::Update => RenumberMethod::Update,
            Method::File => RenumberMethod::File,
            Method::TempTable => RenumberMethod::TempTable,
        };
        let target = self.target;
        self.changing.run(|sessions, settings| {
            let request = RenumberRequest {
                target,
                order_by,
                also,
                declared: settings.config.links.clone(),
                scan_limit: settings.scan_limit,
                options: RenumberOptions { start, order_by: Vec::new(), method, map, file },
            };
            let change = plan_renumber(sessions, &request)?;
            let files = KeptFiles::of(&change);
            Ok(Some((change, files)))
        })
    }
}
