//! `cargo xtask bench --renumber`: a table and two that refer to it get new ids, by reseq and by hand.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, ensure};

use super::psql::Psql;
use crate::programs;

const DATABASE: &str = "bench_renumber";
const TABLES: &str = include_str!("sql/renumber_tables.sql");
const SWAP: &str = include_str!("sql/renumber_swap.sql");
const CLASSIC: &str = include_str!("sql/renumber_classic.sql");
const RIGHT: &str = include_str!("sql/renumber_right.sql");

/// What is measured, and how long each run took; the first is what the others are compared with.
const CONTENDERS: [&str; 5] = [
    "create-as, swap, rebuild by hand",
    "reseq renumber",
    "reseq renumber --method update",
    "reseq renumber --method temp-table",
    "the classic through files by hand",
];

/// Measures and prints the table. True if reseq is as good as it wants to be.
pub(super) fn run(psql: &Psql, port: u16, binary: &Path, rows: u32, runs: u32) -> Result<bool> {
    let folder = std::env::temp_dir().join(format!("reseq-bench-{}", std::process::id()));
    fs::create_dir_all(&folder).context("could not make a folder")?;
    psql.make_empty_database(port, DATABASE)?;
    let variables = [format!("rows={rows}"), format!("folder={}", folder.display())];
    let script = |sql: &str| psql.run_script(port, DATABASE, &variables, sql);
    let mut best = [f64::INFINITY; CONTENDERS.len()];
    for _ in 0..runs {
        for (place, name) in CONTENDERS.into_iter().enumerate() {
            script(TABLES)?;
            let began = Instant::now();
            match place {
                0 => drop(script(SWAP)?),
                4 => drop(script(CLASSIC)?),
                _ => reseq(binary, port, &folder, name)?,
            }
            let seconds = began.elapsed().as_secs_f64();
            ensure!(script(RIGHT)?.trim() == "t", "{name} left wrong rows");
            eprintln!("{name}: {seconds:.1} s");
            best[place] = best[place].min(seconds);
        }
    }
    fs::remove_dir_all(&folder).context("could not remove a folder")?;
    Ok(show(rows, best))
}

/// Runs reseq by the name under which it is shown.
fn reseq(binary: &Path, port: u16, folder: &Path, name: &str) -> Result<()> {
    let mut command = Command::new(binary);
    command.args(name.split(' ').skip(1)).args([
        "posts",
        "--start",
        "1000",
        "--yes",
        "-h",
        "127.0.0.1",
        "-U",
        "postgres",
    ]);
    command
        .args(["-p", &port.to_string(), "-d", DATABASE])
        .env("XDG_STATE_HOME", folder)
        .stdout(Stdio::null());
    programs::run(&mut command)
}

fn show(rows: u32, best: [f64; CONTENDERS.len()]) -> bool {
    println!("A table of {rows} rows and two of {rows} that refer to it, five indexes, two foreign keys.\n");
    for (name, seconds) in CONTENDERS.into_iter().zip(best) {
        println!("{name:<36} {seconds:>7.1} s  ×{:.2}", seconds / best[0]);
    }
    println!();
    let goals =
        [("swap by hand", best[1] / best[0], 1.5), ("classic through files", best[1] / best[4], 0.25)];
    for (than, reached, wanted) in goals {
        let verdict = if reached <= wanted { "reached" } else { "MISSED" };
        println!("{verdict}: reseq renumber: {than} × {reached:.2}, wanted {wanted:.2} at most");
    }
    goals.iter().all(|(_, reached, wanted)| reached <= wanted)
}
