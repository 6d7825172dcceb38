//! One application: inserts and draws, wherever it is told to, and notes what it was handed.

use std::thread;
use std::time::Duration;

use reseq::pq::{Connection, Error};

use crate::ledger::Drawn;
use crate::pair::Pair;
use crate::random::Random;
use crate::writers::{Counts, DRAWS, Draw};

/// Draws from it without a row, which may come later.
const IN_ADVANCE: &str = "orders_id_seq";

pub(crate) struct Writer<'a> {
    pair: &'a Pair,
    counts: Counts,
    random: Random,
    /// To which side.
    connected: Option<(usize, Connection)>,
    /// A value that was drawn for a row that is not there yet. The row may be written on the other side.
    in_advance: Option<i64>,
    drawn: Vec<Drawn>,
}

/// What becomes of a transaction.
#[derive(Clone, Copy, Debug)]
enum End {
    Commit,
    CommitLater(Duration),
    Rollback,
}

impl<'a> Writer<'a> {
    pub(crate) fn new(pair: &'a Pair, counts: Counts) -> Self {
        let random = Random::by_the_clock();
        Self { pair, counts, random, connected: None, in_advance: None, drawn: Vec::new() }
    }

    /// All that it was handed.
    pub(crate) fn drawn(self) -> Vec<Drawn> {
        self.drawn
    }

    /// Runs a transaction on a side.
    pub(crate) fn go_on(&mut self, side: usize) -> Result<(), Error> {
        // Some connect anew each time: also while a fence is raised.
        let keeps = self.random.below(4) > 0;
        let mut connection = match self.connected.take() {
            Some((connected, connection)) if connected == side && keeps => connection,
            _ => self.pair.connect(side)?,
        };
        let done = match self.random.below(10) {
            0 => self.draw_in_advance(&mut connection, side),
            1 => self.write_late(&mut connection),
            _ => self.transaction(&mut connection, side),
        };
        done.map(|()| self.connected = Some((side, connection)))
    }

    fn draw_in_advance(&mut self, connection: &mut Connection, side: usize) -> Result<(), Error> {
        let rows = connection.query("SELECT nextval($1::regclass)", &[Some(IN_ADVANCE)])?;
        let value = rows.row(0)?.get(0)?;
        self.drawn.push(Drawn { sequence: IN_ADVANCE, value, side });
        self.in_advance = Some(value);
        Ok(())
    }

    fn write_late(&mut self, connection: &mut Connection) -> Result<(), Error> {
        let Some(value) = self.in_advance.take() else { return Ok(()) };
        connection.query("INSERT INTO orders (id, note) VALUES ($1, 'late')", &[Some(&value.to_string())])?;
        Ok(())
    }

    /// Draws once or twice, and ends the transaction one way or another.
    fn transaction(&mut self, connection: &mut Connection, side: usize) -> Result<(), Error> {
        let end = match self.random.below(8) {
            0 => End::Rollback,
            1 => End::CommitLater(Duration::from_micros(self.random.below(30_000))),
            _ => End::Commit,
        };
        let before = self.drawn.len();
        let done = self.statements(connection, side, end);
        let lost = done.is_err() || matches!(end, End::Rollback);
        if lost && self.counts == Counts::WhenCommitted {
            self.drawn.truncate(before);
        }
        done
    }

    fn statements(&mut self, connection: &mut Connection, side: usize, end: End) -> Result<(), Error> {
        connection.simple("BEGIN")?;
        for _ in 0..=self.random.below(2) {
            let Draw { sequence, sql, .. } = &DRAWS[self.random.index(DRAWS.len())];
            let rows = connection.query(sql, &[])?;
            self.drawn.extend(rows.iter().map(|row| Drawn { sequence, value: row.get(0).unwrap(), side }));
        }
        match end {
            End::CommitLater(pause) => thread::sleep(pause),
            End::Rollback => return connection.simple("ROLLBACK").map(drop),
            End::Commit => {}
        }
        connection.simple("COMMIT").map(drop)
    }
}
