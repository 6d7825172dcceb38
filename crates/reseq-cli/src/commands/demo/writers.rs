//! The shop's customers: threads that insert all the time, as an application would, and count what fails.

use std::fmt::Display;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use reseq::pq;

/// Between two inserts of one writer.
const PAUSE: Duration = Duration::from_millis(8);

/// Where the shop's customers insert: the table as it is shown, and as it is written in SQL.
const TABLES: [(&str, &str); 10] = [
    ("customers", "public.customers"),
    ("orders", "public.orders"),
    ("order_items", "public.order_items"),
    ("parcels", "public.parcels"),
    ("invoices", "public.invoices"),
    ("refunds", "public.refunds"),
    ("tickets", "public.tickets"),
    ("messages", "public.messages"),
    ("Gift Cards; --'", r#"public."Gift Cards; --'""#),
    ("warehouse.bins", "warehouse.bins"),
];

/// What one writer has seen since the counting began.
#[derive(Debug, Default)]
pub(super) struct Counter {
    inserted: AtomicU64,
    failed: AtomicU64,
    said: Mutex<String>,
}

/// Writers, one a table, each over its own connection, until they are dropped.
#[derive(Debug)]
pub(super) struct Writers {
    counters: Vec<(&'static str, Arc<Counter>)>,
    over: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Writers {
    /// Opens the shop.
    pub(super) fn start(conninfo: &str) -> Result<Self, reseq::Error> {
        let over = Arc::new(AtomicBool::new(false));
        let mut writers = Self { counters: Vec::new(), over, threads: Vec::new() };
        for (name, table) in TABLES {
            let connection = pq::Connection::connect(&[("dbname", conninfo), ("application_name", "shop")])
                .map_err(reseq::Error::Connect)?;
            let counter = Arc::new(Counter::default());
            let (seen, over) = (Arc::clone(&counter), Arc::clone(&writers.over));
            let statement = format!("INSERT INTO {table} DEFAULT VALUES");
            writers.threads.push(thread::spawn(move || insert(connection, &statement, &seen, &over)));
            writers.counters.push((name, counter));
        }
        Ok(writers)
    }

    /// Counts from 0 again.
    pub(super) fn count_again(&self) {
        for (_, counter) in &self.counters {
            counter.inserted.store(0, Ordering::Relaxed);
            counter.failed.store(0, Ordering::Relaxed);
            counter.said.lock().unwrap_or_else(PoisonError::into_inner).clear();
        }
    }

    /// One line a writer, cut to `width`: inserted, failed, and the last error's words.
    pub(super) fn lines(&self, width: usize) -> Vec<String> {
        let line = |(name, counter): &(&str, Arc<Counter>)| {
            let inserted = counter.inserted.load(Ordering::Relaxed);
            let failed = counter.failed.load(Ordering::Relaxed);
            let said = counter.said.lock().unwrap_or_else(PoisonError::into_inner);
            row(name, &inserted, &failed, &said, width)
        };
        self.counters.iter().map(line).collect()
    }

    /// Inserted and failed, over all writers.
    pub(super) fn totals(&self) -> (u64, u64) {
        let sum = |number: fn(&Counter) -> &AtomicU64| {
            self.counters.iter().map(|(_, counter)| number(counter).load(Ordering::Relaxed)).sum()
        };
        (sum(|counter| &counter.inserted), sum(|counter| &counter.failed))
    }
}

impl Drop for Writers {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            // A writer that panicked has said so itself.
            let _ = thread.join();
        }
    }
}

/// A line of the table of counters, cut to `width`.
pub(super) fn row(
    name: &str,
    inserted: &dyn Display,
    failed: &dyn Display,
    said: &str,
    width: usize,
) -> String {
    let line = format!("  {name:<15} {inserted:>8} {failed:>7}  {said}");
    let line = line.trim_end();
    if line.chars().count() <= width {
        return line.to_owned();
    }
    line.chars().take(width.saturating_sub(1)).chain(['…']).collect()
}

fn insert(mut connection: pq::Connection, statement: &str, counter: &Counter, over: &AtomicBool) {
    while !over.load(Ordering::Relaxed) {
        match connection.query(statement, &[]) {
            Ok(_) => {
                counter.inserted.fetch_add(1, Ordering::Relaxed);
            }
            Err(error) if error.is_connection_lost() => return,
            Err(error) => {
                counter.failed.fetch_add(1, Ordering::Relaxed);
                let mut said = counter.said.lock().unwrap_or_else(PoisonError::into_inner);
                error.message().clone_into(&mut said);
            }
        }
        thread::sleep(PAUSE);
    }
}
