//! `cargo xtask bench --load ROWS`: reseq load beside psql's `\copy` of the same file into the same empty table.

use std::path::Path;
use std::time::Instant;

use anyhow::Result;

use super::Course;
use super::contender::{Sample, Target, reseq, temporary};

const TABLE: &str = include_str!("sql/load.sql");
const DATABASE: &str = "bench_load";

/// At least so fast is reseq: psql's time as a share of reseq's. psql does not touch the sequence.
const GOAL: f64 = 0.95;

/// Memory may grow by so much from a tenth of the rows to all of them: what the allocator leaves behind.
const GROWTH: u64 = 4 << 20;

/// Measures and prints. True if reseq is as good as it wants to be.
pub(super) fn run(course: &Course<'_>, rows: u32) -> Result<bool> {
    let port = course.cluster.port();
    course.psql.make_empty_database(port, DATABASE)?;
    course.psql.run(port, DATABASE, TABLE)?;
    let target = Target { psql: &course.psql, binary: &course.binary, port, database: DATABASE, tables: 1 };

    let tenth = temporary("tenth.csv");
    write_file(&target, rows / 10, &tenth)?;
    let small = load(&target, &tenth)?.memory;
    std::fs::remove_file(tenth)?;

    let file = temporary("rows.csv");
    write_file(&target, rows, &file)?;
    let (mut by_psql, mut by_reseq, mut large) = (f64::MAX, f64::MAX, None);
    for _ in 0..course.options.runs {
        by_psql = by_psql.min(copy(&target, &file)?);
        let sample = load(&target, &file)?;
        by_reseq = by_reseq.min(sample.seconds);
        large = large.max(sample.memory);
        eprintln!("so far: \\copy {by_psql:.2} s, reseq load {by_reseq:.2} s");
    }
    std::fs::remove_file(file)?;

    let (share, megabytes) = (by_psql / by_reseq, |memory: Option<u64>| memory.unwrap_or(0) >> 20);
    let constant = large.unwrap_or(0) <= small.unwrap_or(0) + GROWTH;
    println!("{rows} rows of csv: \\copy {by_psql:.2} s, reseq load {by_reseq:.2} s");
    println!("reseq is {share:.2} as fast as \\copy (goal: at least {GOAL})");
    println!("memory: {} MB for a tenth of the rows, {} MB for all", megabytes(small), megabytes(large));
    Ok(share >= GOAL && constant)
}

fn write_file(target: &Target<'_>, rows: u32, file: &Path) -> Result<()> {
    let select = format!(
        "SELECT n AS id, 'name ' || n AS name, 'user' || n || '@example.org' AS email, n * 1.5 AS amount, \
         now() AS created FROM generate_series(1, {rows}) n"
    );
    let copy = format!("\\copy ({select}) TO '{}' WITH (FORMAT csv, HEADER)", file.display());
    target.psql.run(target.port, target.database, &copy)
}

/// As people load: the rows, and nothing for the sequence.
fn copy(target: &Target<'_>, file: &Path) -> Result<f64> {
    empty(target)?;
    let began = Instant::now();
    let copy = format!("\\copy people FROM '{}' WITH (FORMAT csv, HEADER)", file.display());
    target.psql.run(target.port, target.database, &copy)?;
    Ok(began.elapsed().as_secs_f64())
}

fn load(target: &Target<'_>, file: &Path) -> Result<Sample> {
    empty(target)?;
    reseq(target, &["load", "people", &file.to_string_lossy(), "--yes", "--quiet"], 0)
}

fn empty(target: &Target<'_>) -> Result<()> {
    target.psql.run(target.port, target.database, "TRUNCATE people RESTART IDENTITY; CHECKPOINT")
}
