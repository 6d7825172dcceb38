//! `cargo xtask bench --carry N`: reseq carry beside pgcopydb's `copy sequences`, and beside its statements by hand.
//!
//! Two databases of one server, with a table a sequence. The others read each sequence and set it, all in one
//! transaction, and look at nothing else; reseq reads the rows too, goes forward only, and looks again afterwards.

use std::fmt;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Result, ensure};

use super::Course;
use super::contender::{Sample, run_reseq, temporary};
use crate::programs;

const STAND: &str = include_str!("sql/stand.sql");
const CARRIED: &str = include_str!("sql/carried.sql");
const READ: &str = include_str!("sql/copy_read.sql");

pub(super) const SOURCE: &str = "bench_source";
pub(super) const TARGET: &str = "bench_target";

/// Where the source's sequences stand: such that the target's are drawn forward, or are set.
const GAPS: [u64; 2] = [100, 1_000_000];

/// reseq's time as a share of pgcopydb's, at so many sequences at most.
const GOAL: f64 = 0.5;
const GOAL_UP_TO: u32 = 2_000;

/// In bytes.
const MOST_MEMORY: u64 = 100 << 20;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Contender {
    ByHand,
    Pgcopydb,
    Carry,
}

impl fmt::Display for Contender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::ByHand => "pgcopydb's statements by hand",
            Self::Pgcopydb => "pgcopydb copy sequences",
            Self::Carry => "reseq carry",
        })
    }
}

/// Measures and prints. True if reseq is as good as it wants to be.
pub(super) fn run(course: &Course<'_>, numbers: &[u32]) -> Result<bool> {
    let pgcopydb = programs::is_there("pgcopydb").then_some(Contender::Pgcopydb);
    let contenders: Vec<Contender> =
        [Contender::ByHand].into_iter().chain(pgcopydb).chain([Contender::Carry]).collect();
    let mut good = true;
    for &number in numbers {
        eprintln!("making twice {number} tables");
        for database in [SOURCE, TARGET] {
            course.psql.make_database(course.cluster.port(), database, number)?;
        }
        for gap in GAPS {
            good &= race(course, &contenders, number, gap)?;
        }
        for database in [SOURCE, TARGET] {
            course.psql.run(course.cluster.port(), "postgres", &format!("DROP DATABASE {database}"))?;
        }
    }
    Ok(good)
}

/// All contenders in turn, several times over; the fastest run of each counts.
fn race(course: &Course<'_>, contenders: &[Contender], number: u32, gap: u64) -> Result<bool> {
    stand(course, SOURCE, gap, true)?;
    let mut best: Vec<Option<Sample>> = vec![None; contenders.len()];
    for _ in 0..course.options.runs {
        for (place, contender) in contenders.iter().enumerate() {
            stand(course, TARGET, 1, false)?;
            let sample = contender.run(course);
            let carried = carried(course, gap)?;
            eprintln!("{number} sequences, {gap} calls: {contender}: {sample:?}");
            match sample {
                Ok(sample) => {
                    ensure!(carried == number, "{contender} carried {carried} of {number}");
                    let seconds = best[place].map_or(f64::MAX, |best| best.seconds);
                    best[place] = Some(Sample { seconds: seconds.min(sample.seconds), ..sample });
                }
                Err(error) => ensure!(*contender != Contender::Carry, error),
            }
        }
    }
    Ok(show(contenders, number, gap, &best))
}

/// Prints the times; true if reseq reached its goals.
fn show(contenders: &[Contender], number: u32, gap: u64, best: &[Option<Sample>]) -> bool {
    println!("{number} sequences, {gap} calls behind:");
    for (contender, best) in contenders.iter().zip(best) {
        match best {
            Some(Sample { seconds, memory: Some(memory) }) => {
                println!("  {contender:<30} {seconds:>7.2} s  {} MB", memory >> 20);
            }
            Some(Sample { seconds, memory: None }) => println!("  {contender:<30} {seconds:>7.2} s"),
            None => println!("  {contender:<30} failed"),
        }
    }
    let [others @ .., ours] = best else { return false };
    let (Some(theirs), Some(ours)) = (others.last().copied().flatten(), ours) else { return true };
    let (share, memory) = (ours.seconds / theirs.seconds, ours.memory.unwrap_or(0));
    let is_reached = (number > GOAL_UP_TO || share <= GOAL) && memory <= MOST_MEMORY;
    println!("  {share:.2} of their time (wanted: {GOAL} at most up to {GOAL_UP_TO} sequences)");
    is_reached
}

impl Contender {
    fn run(self, course: &Course<'_>) -> Result<Sample> {
        match self {
            Self::ByHand => by_hand(course),
            Self::Pgcopydb => pgcopydb(course),
            Self::Carry => run_reseq(
                &course.binary,
                &["carry", "--yes", "--from", &conninfo(course, SOURCE), "--to", &conninfo(course, TARGET)],
                0,
            ),
        }
    }
}

fn by_hand(course: &Course<'_>) -> Result<Sample> {
    let (read, write) = (temporary("read.sql"), temporary("write.sql"));
    fs::write(&read, READ)?;
    let port = course.cluster.port();
    let began = Instant::now();
    course.psql.run_file(port, SOURCE, &read, Some(&write))?;
    fs::write(&write, format!("BEGIN;\n{}COMMIT;\n", fs::read_to_string(&write)?))?;
    let set = course.psql.run_file(port, TARGET, &write, None);
    let seconds = began.elapsed().as_secs_f64();
    fs::remove_file(read)?;
    fs::remove_file(write)?;
    set.map(|()| Sample { seconds, memory: None })
}

fn pgcopydb(course: &Course<'_>) -> Result<Sample> {
    let folder = temporary("pgcopydb");
    let mut command = Command::new("pgcopydb");
    command.args(["copy", "sequences", "--source", &conninfo(course, SOURCE)]);
    command.args(["--target", &conninfo(course, TARGET), "--not-consistent", "--dir"]).arg(&folder);
    let began = Instant::now();
    let copied = programs::run(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()));
    let seconds = began.elapsed().as_secs_f64();
    remove_folder(&folder)?;
    copied.map(|()| Sample { seconds, memory: None })
}

fn remove_folder(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    Ok(())
}

pub(super) fn conninfo(course: &Course<'_>, database: &str) -> String {
    format!("host=127.0.0.1 port={} user=postgres dbname={database}", course.cluster.port())
}

fn stand(course: &Course<'_>, database: &str, last_value: u64, is_called: bool) -> Result<()> {
    let variables = [format!("last_value={last_value}"), format!("is_called={is_called}")];
    course.psql.run_script(course.cluster.port(), database, &variables, STAND).map(drop)
}

fn carried(course: &Course<'_>, last_value: u64) -> Result<u32> {
    let variables = [format!("last_value={last_value}")];
    let counts = course.psql.run_script(course.cluster.port(), TARGET, &variables, CARRIED)?;
    counts.lines().map(|line| line.parse::<u32>().map_err(Into::into)).sum()
}
