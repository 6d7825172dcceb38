//! What `reseq carry` carries, and how.

use reseq::IgnoreRule;
use reseq::catalog::Replication;
use reseq::plan::SchemaMapping;

use crate::options::{ignore_rule, schema_mapping};

/// What is carried, and how.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Carrying")]
pub(super) struct CarryingOptions {
    /// Only sequences of what this publication of the source publishes; may be given more than once
    #[arg(long, value_name = "NAME")]
    pub(super) publication: Vec<String>,

    /// Only sequences of what this subscription of the target follows; may be given more than once
    #[arg(long, value_name = "NAME")]
    pub(super) subscription: Vec<String>,

    /// Schema that has another name on the target; may be given more than once
    #[arg(long, value_name = "SOURCE=TARGET", value_parser = schema_mapping)]
    pub(super) map_schema: Vec<SchemaMapping>,

    /// So many calls of nextval() the target is to be ahead of the source, but no more than a tenth of what it has left
    /// [default: 0; with --follow 1000, or what is drawn in twice the interval, whichever is more]
    #[arg(long, value_name = "CALLS")]
    pub(super) margin: Option<u64>,

    /// Leave out rows of the target beyond this value, in all sequences or in one; may be given more than once. A few that lie
    /// far beyond the rest are left out without it
    #[arg(long, value_name = "[SEQUENCE=]N", value_parser = ignore_rule, allow_negative_numbers = true)]
    pub(super) ignore_above: Vec<IgnoreRule>,

    /// Change nothing: say whether the target would be safe if one switched now
    #[arg(long, conflicts_with_all = ["yes", "dry_run"])]
    pub(super) check: bool,

    /// Put the source ahead of the target instead, for going back
    #[arg(long)]
    pub(super) reverse_ready: bool,

    /// Do not ask
    #[arg(short, long)]
    pub(super) yes: bool,

    /// Show the plan and change nothing, even with --yes; with --final rehearse the switch: what it would wait for, do and
    /// fail at, as far as that is known now
    #[arg(long)]
    pub(super) dry_run: bool,

    /// How long to wait for transactions that have written to the target's tables, whose rows nobody sees yet
    #[arg(long, value_name = "SECONDS", default_value_t = 10)]
    pub(super) wait: u64,
}

impl CarryingOptions {
    /// What the publisher replicates, or the subscriber.
    pub(super) fn replication(&self, publisher: bool) -> Replication {
        if publisher {
            Replication { publications: self.publication.clone(), ..Replication::default() }
        } else {
            Replication { subscriptions: self.subscription.clone(), ..Replication::default() }
        }
    }

    /// The schemas, as the values go.
    pub(super) fn mapped(&self) -> Vec<SchemaMapping> {
        if !self.reverse_ready {
            return self.map_schema.clone();
        }
        let turned = |mapping: &SchemaMapping| SchemaMapping {
            source: mapping.target.clone(),
            target: mapping.source.clone(),
        };
        self.map_schema.iter().map(turned).collect()
    }
}
