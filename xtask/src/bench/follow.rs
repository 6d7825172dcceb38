//! `cargo xtask bench --follow N`: what it costs to follow N sequences of which a hundred draw, looked at every second.
//!
//! Counted is the processor time of reseq and of the server processes that it has sessions with, from /proc (proc(5)).

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::Course;
use super::carry::{SOURCE, TARGET, conninfo};
use super::contender::{high_water_mark, temporary};

const DRAWING: u32 = 100;

/// One call of each of those that draw, ten times a second.
const DRAW: &str = include_str!("sql/draw.sql");

/// All sequences have their turn in a minute.
const LASTS: Duration = Duration::from_secs(60);

/// At most so many per cent of one core on each server, and so many bytes.
const MOST_CPU: f64 = 10.0;
const MOST_MEMORY: u64 = 100 << 20;

/// A process that ends with us.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Measures and prints. True if following is as cheap as it should be.
pub(super) fn run(course: &Course<'_>, number: u32) -> Result<bool> {
    eprintln!("making twice {number} tables");
    for database in [SOURCE, TARGET] {
        course.psql.make_database(course.cluster.port(), database, number)?;
    }
    let (state, script) = (temporary("state"), temporary("draw.sql"));
    fs::write(&script, DRAW.replace("{drawing}", &DRAWING.to_string()))?;
    let _drawing = Running(course.psql.start_file(course.cluster.port(), SOURCE, &script)?);
    let mut follower = Running(follow(course, &state)?);
    let output = follower.0.stdout.take().context("the follower has no output")?;
    let measured = measure(course, &follower, output);
    drop(follower);
    fs::remove_dir_all(state)?;
    fs::remove_file(script)?;
    measured
}

fn follow(course: &Course<'_>, state: &Path) -> Result<Child> {
    let mut command = Command::new(&course.binary);
    command.args(["carry", "--follow", "--yes", "--format", "json"]);
    command.args(["--from", &conninfo(course, SOURCE), "--to", &conninfo(course, TARGET)]);
    command.env("XDG_STATE_HOME", state).stdin(Stdio::null()).stdout(Stdio::piped());
    command.spawn().with_context(|| format!("could not run {}", course.binary.display()))
}

fn measure(course: &Course<'_>, follower: &Running, output: ChildStdout) -> Result<bool> {
    let mut ticks = BufReader::new(output).lines();
    let mut next_tick = || -> Result<Value> {
        loop {
            let line = ticks.next().context("the follower has ended")??;
            let event: Value = serde_json::from_str(&line)?;
            if event.get("followed").is_some() {
                return Ok(event);
            }
        }
    };
    // Until the server's processes know what they are asked for.
    for _ in 0..5 {
        next_tick()?;
    }
    let us = vec![follower.0.id()];
    let processes = [us, sessions(course, SOURCE)?, sessions(course, TARGET)?];
    let before = processes.each_ref().map(|processes| processor_seconds(processes));
    let (began, mut number, mut last) = (Instant::now(), 0, Value::Null);
    while began.elapsed() < LASTS {
        last = next_tick()?;
        number += 1;
    }
    let lasted = began.elapsed().as_secs_f64();
    let mut shares = Vec::new();
    for (processes, before) in processes.iter().zip(before) {
        shares.push(100.0 * (processor_seconds(processes)? - before?) / lasted);
    }
    let status = fs::read_to_string(format!("/proc/{}/status", follower.0.id()))?;
    let memory = high_water_mark(&status).context("the system does not tell of memory")?;
    println!("{number} ticks in {lasted:.0} s; the last one: {last}");
    for (whose, share) in
        ["reseq", "its sessions on the source", "its sessions on the target"].iter().zip(&shares)
    {
        println!("{whose:<28} {share:>6.2} % of one core");
    }
    println!("memory of reseq: {} MB", memory >> 20);
    println!("wanted: {MOST_CPU} % at most on each server, {} MB", MOST_MEMORY >> 20);
    Ok(shares[1..].iter().all(|share| *share <= MOST_CPU) && memory <= MOST_MEMORY)
}

/// The server's processes that reseq has sessions with.
fn sessions(course: &Course<'_>, database: &str) -> Result<Vec<u32>> {
    let sql = "SELECT pid FROM pg_catalog.pg_stat_activity
                WHERE application_name = 'reseq' AND datname = pg_catalog.current_database();";
    let pids = course.psql.run_script(course.cluster.port(), database, &[], sql)?;
    let pids: Vec<u32> = pids.lines().map(str::parse).collect::<Result<_, _>>()?;
    ensure!(!pids.is_empty(), "reseq has no session in {database}");
    Ok(pids)
}

/// What these processes have used so far.
fn processor_seconds(processes: &[u32]) -> Result<f64> {
    let ticks = processes.iter().map(|process| {
        let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
        ticks(&stat).with_context(|| format!("could not understand {stat}"))
    });
    let ticks: u64 = ticks.sum::<Result<u64>>()?;
    Ok(ticks as f64 / rustix::param::clock_ticks_per_second() as f64)
}

/// utime and stime from the text of /proc/PID/stat. The second field is a name in parentheses, whatever it holds.
fn ticks(stat: &str) -> Option<u64> {
    let (_, fields) = stat.rsplit_once(") ")?;
    let mut times = fields.split(' ').skip(11);
    Some(times.next()?.parse::<u64>().ok()? + times.next()?.parse::<u64>().ok()?)
}

#[cfg(test)]
mod tests {
    use super::ticks;

    #[test]
    fn user_and_system_time_are_added() {
        let stat = "4711 (postgres: a) b) S 1 2 3 4 5 6 7 8 9 10 300 20 5 6 20 0 1 0";
        assert_eq!(ticks(stat), Some(320));
        assert_eq!(ticks("nothing"), None);
    }
}
