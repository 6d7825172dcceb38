//! `reseq restart`

use reseq::apply::NoStreams;
use reseq::observe::FreeGap;
use reseq::plan::{Change, Destination, RestartOptions};
use reseq::report::{text, write_gaps_json};
use reseq::session::Sessions;

use crate::changing::ChangingOptions;
use crate::failure::Failure;
use crate::options::Settings;
use crate::ui::{Output, terminal_width};

/// How many free gaps are listed.
const GAPS: usize = 10;

/// Restart sequences: at a value, at their start, or after their rows
///
/// The next nextval() then returns just that value. Nothing is done where rows stand in the way, where the value is not
/// one that the sequence can come to, or where values would be handed out again; then it is said what would do. All
/// targets are restarted in one transaction, or none: exit status 1 where rows or the value stand in the way.
#[derive(Debug, clap::Args)]
pub(super) struct Restart {
    /// What to restart: a table (with one column that draws from a sequence), table.column, or a sequence
    #[arg(value_name = "TARGET", required = true)]
    targets: Vec<String>,

    #[command(flatten)]
    destination: DestinationOptions,

    #[command(flatten)]
    changing: ChangingOptions,
}

/// Where to, and what that may do.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Restart")]
struct DestinationOptions {
    /// So that the next value is N
    #[arg(
        long,
        value_name = "N",
        allow_negative_numbers = true,
        conflicts_with_all = ["at_start", "to_data"],
        required_unless_present_any = ["at_start", "to_data", "list_gaps"]
    )]
    with: Option<i64>,

    /// So that the next value is the START that the sequence was created with
    #[arg(long, conflicts_with = "to_data")]
    at_start: bool,

    /// So that the next value is the first one after the rows; START for an empty table
    #[arg(long)]
    to_data: bool,

    /// Also back to values that may have been handed out before
    #[arg(long)]
    allow_backward: bool,

    /// Although rows stand in the way, or although the value is not in the sequence's lane
    #[arg(long)]
    force: bool,

    /// Also list the largest runs of values that no row has; alone, nothing else is done (JSON: schema/gaps.schema.json)
    #[arg(long)]
    list_gaps: bool,
}

impl DestinationOptions {
    fn options(&self) -> Option<RestartOptions> {
        let destination = match self.with {
            Some(value) => Destination::With(value),
            None if self.at_start => Destination::AtStart,
            None if self.to_data => Destination::ToData,
            None => return None,
        };
        Some(RestartOptions { destination, allow_backward: self.allow_backward, force: self.force })
    }
}

impl Restart {
    pub(super) fn run(self) -> Result<u8, Failure> {
        let Self { targets, destination, changing } = self;
        let (json, script) = (changing.wants_json(), changing.wants_script());
        changing.run(|sessions, settings| plan(sessions, settings, &targets, &destination, json, script))
    }
}

/// Makes the plan; lists the gaps where that is asked for.
fn plan(
    sessions: &mut Sessions,
    settings: &Settings,
    targets: &[String],
    destination: &DestinationOptions,
    json: bool,
    script: bool,
) -> Result<Option<(Change, NoStreams)>, Failure> {
    let options = destination.options();
    let mut remarks = Vec::new();
    let links = &settings.config.links;
    let restart = reseq::Restart::look(
        sessions,
        targets,
        options,
        links,
        settings.scan_limit,
        settings.foreign_tables,
    )?;
    if destination.list_gaps {
        let gaps = restart.gaps(sessions, GAPS)?;
        let names = restart.sequences.iter().map(|id| restart.catalog.sequence(*id).name.as_str());
        let named: Vec<(&str, &[FreeGap])> = names.zip(gaps.iter().map(Vec::as_slice)).collect();
        match options {
            None if json => {
                write_gaps_json(Output, sessions.server(), named).map_err(Failure::writing("results"))?;
            }
            // One object a run, and nothing but a script in a script.
            Some(_) if json || script => remarks.extend(named.into_iter().flat_map(|(name, gaps)| {
                gaps.iter().map(move |gap| format!("{name}: {} to {} are free", gap.first, gap.last))
            })),
            _ => {
                for (name, gaps) in named {
                    Output.text(&text::gaps(name, gaps, terminal_width()))?;
                }
            }
        }
    }
    if options.is_none() {
        return Ok(None);
    }
    let mut change = restart.plan()?;
    change.remarks.append(&mut remarks);
    Ok(Some((change, NoStreams)))
}
