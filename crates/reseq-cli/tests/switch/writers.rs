//! Applications at work, all on the side that they are told to, and what they work on.

use std::sync::RwLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use reseq::pq::Error;

use crate::ledger::{Drawn, Ledger};
use crate::pair::{Pair, wait_until};
use crate::random::Random;
use crate::writer::Writer;

const WRITERS: usize = 4;

/// Statements that can be run one by one.
pub(crate) const SCHEMA: &str = r#"
    CREATE TABLE orders (id bigserial PRIMARY KEY, note text);
    CREATE TABLE customers (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, note text);
    CREATE TABLE lines (id serial PRIMARY KEY, note text);
    ALTER SEQUENCE lines_id_seq CACHE 20;
    CREATE SEQUENCE ticket_no INCREMENT 2;
    CREATE TABLE tickets (no bigint PRIMARY KEY DEFAULT nextval('ticket_no'), note text);
    CREATE SEQUENCE debt_no INCREMENT -1;
    CREATE TABLE debts (no bigint PRIMARY KEY DEFAULT nextval('debt_no'), note text);
    CREATE SEQUENCE invoice_no;
    CREATE TABLE invoices (no text PRIMARY KEY DEFAULT 'INV-' || nextval('invoice_no'), note text);
    CREATE SCHEMA "Größe";
    CREATE TABLE "Größe"."Bestellung" ("Nr" serial PRIMARY KEY, note text);
    CREATE SEQUENCE loose_no
"#;

/// A sequence, and how values are had of it.
#[derive(Debug)]
pub(crate) struct Draw {
    pub(crate) sequence: &'static str,
    /// Distance of two values.
    pub(crate) step: u64,
    pub(crate) sql: &'static str,
}

const fn draw(sequence: &'static str, step: u64, sql: &'static str) -> Draw {
    Draw { sequence, step, sql }
}

pub(crate) const DRAWS: [Draw; 8] = [
    draw("orders_id_seq", 1, "INSERT INTO orders (note) VALUES ('a'), ('b') RETURNING id"),
    draw("customers_id_seq", 1, "INSERT INTO customers (note) VALUES ('a') RETURNING id"),
    draw("lines_id_seq", 1, "INSERT INTO lines (note) VALUES ('a'), ('b'), ('c') RETURNING id"),
    draw("ticket_no", 2, "INSERT INTO tickets (note) VALUES ('a') RETURNING no"),
    draw("debt_no", 1, "INSERT INTO debts (note) VALUES ('a') RETURNING no"),
    draw("invoice_no", 1, "INSERT INTO invoices (note) VALUES ('a') RETURNING substr(no, 5)::bigint"),
    draw("Bestellung_Nr_seq", 1, r#"INSERT INTO "Größe"."Bestellung" (note) VALUES ('a') RETURNING "Nr""#),
    // No column has its values: that it is behind shows nowhere.
    draw("loose_no", 1, "SELECT nextval('loose_no')"),
];

/// The columns that hold what was drawn.
pub(crate) const COLUMNS: [(&str, &str); 7] = [
    ("orders", "id"),
    ("customers", "id"),
    ("lines", "id"),
    ("tickets", "no"),
    ("debts", "no"),
    ("invoices", "no"),
    (r#""Größe"."Bestellung""#, r#""Nr""#),
];

/// Where applications are to write. Whoever holds it for writing keeps them out, between two transactions.
pub(crate) type Address = RwLock<usize>;

/// When a value counts as handed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counts {
    /// At once, whatever becomes of the transaction.
    AtOnce,
    /// When it was committed: after a crash PostgreSQL itself may hand out again what was not.
    WhenCommitted,
}

/// Applications at work.
pub(crate) struct Writers<'a> {
    pair: &'a Pair,
    pub(crate) address: Address,
    counts: Counts,
    stop: AtomicBool,
    /// Transactions that came to their end, of all.
    done: AtomicUsize,
}

/// Has applications write, to the first side to begin with, as long as `meanwhile` takes; gives what they were handed.
pub(crate) fn under_load(pair: &Pair, counts: Counts, meanwhile: impl FnOnce(&Writers<'_>)) -> Ledger {
    let writers = Writers {
        pair,
        address: Address::new(0),
        counts,
        stop: AtomicBool::new(false),
        done: AtomicUsize::new(0),
    };
    let drawn: Vec<Drawn> = thread::scope(|scope| {
        let stop = SetOnDrop(&writers.stop);
        let start = |_| scope.spawn(|| writers.write());
        let writing: Vec<_> = (0..WRITERS).map(start).collect();
        meanwhile(&writers);
        drop(stop);
        writing.into_iter().flat_map(|writer| writer.join().unwrap()).collect()
    });
    Ledger::of(drawn)
}

impl Writers<'_> {
    /// Waits until something was written, wherever.
    pub(crate) fn wait_for_some(&self) {
        let before = self.done.load(Ordering::Relaxed);
        wait_until("the applications write", || self.done.load(Ordering::Relaxed) > before + 20);
    }

    /// Writes until told to stop.
    fn write(&self) -> Vec<Drawn> {
        let (mut writer, mut random) = (Writer::new(self.pair, self.counts), Random::by_the_clock());
        while !self.stop.load(Ordering::Relaxed) {
            // Whoever moved the applications has failed.
            let Ok(side) = self.address.read() else { break };
            match writer.go_on(*side) {
                Ok(()) => drop(self.done.fetch_add(1, Ordering::Relaxed)),
                Err(error) => assert!(is_switched_off(&error), "side {side}: {error}"),
            }
            drop(side);
            thread::sleep(Duration::from_micros(random.below(3000)));
        }
        writer.drawn()
    }
}

/// Whether this is how a side that is switched off, or crashed, answers. Anything else must not be, a duplicate key least
/// of all.
fn is_switched_off(error: &Error) -> bool {
    const READ_ONLY: &str = "25006";
    const SHUT_DOWN: [&str; 3] = ["57P01", "57P02", "57P03"];
    error.is_connection_lost()
        || error.sqlstate().is_some_and(|state| state == READ_ONLY || SHUT_DOWN.contains(&state))
}

/// Ends the writers, also where this thread panics: a scope waits for all its threads.
pub(crate) struct SetOnDrop<'a>(pub(crate) &'a AtomicBool);

impl Drop for SetOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
