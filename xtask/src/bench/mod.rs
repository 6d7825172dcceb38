//! `cargo xtask bench`: reseq against what people run today, side by side in one run.
//!
//! All contenders get the same tables in the same state, every sequence behind its rows, on a server with default
//! settings, but for waiting for the disk; `reseq check` is measured on sequences that are right, too. The others' statements are sent by psql, which costs them less than
//! their own clients would.

mod carry;
mod contender;
mod follow;
mod load;
mod psql;
mod renumber;
mod report;

use std::env;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use clap::Args;
use reseq_scratch::{Cluster, ClusterOptions, Proxy, installations};

use crate::{programs, servers};
use contender::{Contender, Target};
use psql::Psql;
use report::{Column, Results};

/// What to measure.
#[derive(Args)]
pub(crate) struct Options {
    /// Numbers of tables
    #[arg(long, value_delimiter = ',', default_values_t = [1_000, 10_000])]
    tables: Vec<u32>,
    /// 100,000 tables too: takes half an hour and 4 GB of disk
    #[arg(long)]
    large: bool,
    /// Milliseconds added to each round trip
    #[arg(long, value_delimiter = ',', default_values_t = [0, 1])]
    latency: Vec<u32>,
    /// Instead of all this: give a table of so many rows, and two that refer to it, new ids
    #[arg(long, value_name = "ROWS", num_args = 0..=1, default_missing_value = "1000000")]
    renumber: Option<u32>,
    /// Runs of each contender; the fastest counts
    #[arg(long, default_value_t = 2)]
    runs: u32,
    /// Only these contenders: wiki, rails, django, check, check-behind, fix
    #[arg(long, value_delimiter = ',')]
    only: Vec<Contender>,
    /// Measure loading a file of so many rows instead, beside psql's \copy
    #[arg(long, value_name = "ROWS")]
    load: Option<u32>,
    /// Measure carrying so many sequences instead, beside pgcopydb's copy sequences where that is on the PATH
    #[arg(long, value_name = "SEQUENCES", value_delimiter = ',', num_args = 0..=1, default_missing_value = "2000")]
    carry: Vec<u32>,
    /// Measure what it costs to follow so many sequences instead, of which 100 draw
    #[arg(long, value_name = "SEQUENCES", num_args = 0..=1, default_missing_value = "10000")]
    follow: Option<u32>,
    /// Major version of the server
    #[arg(long, default_value_t = 18)]
    major: u32,
    /// A reseq to measure, instead of the release build
    #[arg(long)]
    binary: Option<PathBuf>,
}

/// The race course.
struct Course<'a> {
    options: &'a Options,
    psql: Psql,
    cluster: Cluster,
    binary: PathBuf,
}

/// Measures and prints the table. True if reseq is as good as it wants to be.
pub(crate) fn run(options: &Options) -> Result<bool> {
    let binary = options.binary.clone().map_or_else(release_binary, Ok)?;
    servers::install_any()?;
    let found = installations().into_iter().find(|installation| installation.major == options.major);
    let installation =
        found.with_context(|| format!("PostgreSQL {} is not on this machine", options.major))?;
    let settings = ClusterOptions::default().setting("autovacuum", "off").setting("max_wal_size", "4GB");
    let cluster = Cluster::start(&installation, &settings)?;
    if let Some(rows) = options.renumber {
        return renumber::run(&Psql::find()?, cluster.port(), &binary, rows, options.runs);
    }
    let course = Course { options, psql: Psql::find()?, cluster, binary };

    if let Some(rows) = options.load {
        return load::run(&course, rows);
    }
    if !options.carry.is_empty() {
        return carry::run(&course, &options.carry);
    }
    if let Some(number) = options.follow {
        return follow::run(&course, number);
    }
    let mut results = Results::new(installation.version);
    let large = options.large.then_some(100_000);
    for tables in options.tables.iter().copied().chain(large) {
        let database = format!("bench_{tables}");
        eprintln!("making {tables} tables");
        course.psql.make_database(course.cluster.port(), &database, tables)?;
        for &latency in &options.latency {
            course.measure(&database, Column { tables, latency }, &mut results)?;
        }
    }
    println!("{results}");
    Ok(results.goals().iter().all(|goal| goal.is_reached()))
}

impl Course<'_> {
    /// All contenders in turn, several times over, so that a disturbance of the machine meets all of them.
    fn measure(&self, database: &str, column: Column, results: &mut Results) -> Result<()> {
        let direct = self.cluster.port();
        let port = match column.latency {
            0 => direct,
            latency => Proxy::delaying(direct, Duration::from_millis(latency.into()) / 2)?.port(),
        };
        let target = Target { psql: &self.psql, binary: &self.binary, port, database, tables: column.tables };
        let at_once = Target { port: direct, ..target };
        let only = &self.options.only;
        for _ in 0..self.options.runs {
            for contender in Contender::ALL.into_iter().filter(|one| only.is_empty() || only.contains(one)) {
                contender.prepare(&at_once)?;
                let sample = contender.run(&target)?;
                let untouched = self.psql.count_untouched(direct, database)?;
                let expected = contender.leaves_untouched(column.tables);
                ensure!(untouched == expected, "{contender} left {untouched} sequences as they were");
                eprintln!("{column}: {contender}: {:.2} s", sample.seconds);
                results.add(column, contender, sample);
            }
        }
        Ok(())
    }
}

/// Builds reseq as it is released, and finds it beside our own folder.
fn release_binary() -> Result<PathBuf> {
    let mut command = programs::cargo();
    programs::run(command.args(["build", "--release", "--package", "reseq-cli"]))?;
    let ours = env::current_exe().context("could not find the target folder")?;
    let target = ours.ancestors().nth(2).context("could not find the target folder")?;
    Ok(target.join("release/reseq"))
}
