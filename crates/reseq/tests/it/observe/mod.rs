//! Looking at the columns: extremes, states, collisions, and what stands in the way of each.

mod collisions;
mod columns;
mod foreign;
mod many;
mod unreadable;
mod unsteady;

use reseq::catalog::{self, Catalog};
use reseq::model::State;
use reseq::observe::{Observation, Observations, Reading, Request, StateReading, observe};
use reseq::plan::IgnoreAbove;
use reseq::session::Sessions;

use crate::support::Database;

/// What was seen of a database, with its catalogue.
struct Seen {
    catalog: Catalog,
    observations: Observations,
}

/// How it is looked at.
struct Look {
    scan_limit: u64,
    foreign_tables: bool,
    ignore_above: Vec<IgnoreAbove>,
    detail: bool,
    nearly_used_up: f64,
}

impl Default for Look {
    fn default() -> Self {
        Self {
            scan_limit: 1 << 30,
            foreign_tables: false,
            ignore_above: Vec::new(),
            detail: true,
            nearly_used_up: 90.0,
        }
    }
}

impl Look {
    /// Looks at everything in a database.
    fn at(&self, database: &Database) -> Seen {
        let catalog = catalog::read(&mut database.sessions(), &[]).unwrap();
        self.at_catalog(&mut database.sessions(), catalog)
    }

    /// Looks at everything that is in a catalogue which may have been read before.
    fn at_catalog(&self, sessions: &mut Sessions, catalog: Catalog) -> Seen {
        let selected = vec![true; catalog.sequences.len()];
        let Self { scan_limit, foreign_tables, ref ignore_above, detail, nearly_used_up } = *self;
        let request =
            Request { selected: &selected, scan_limit, foreign_tables, ignore_above, detail, nearly_used_up };
        let observations = observe(sessions, &catalog, &request).unwrap();
        Seen { catalog, observations }
    }
}

/// Looks at everything, in detail.
fn look(database: &Database) -> Seen {
    Look::default().at(database)
}

impl Seen {
    /// What was seen of the only link of a sequence in the schema public.
    fn observation(&self, sequence: &str) -> &Observation {
        let place = self.place(sequence);
        &self.observations.links[self.catalog.sequences[place].links.start]
    }

    fn reading(&self, sequence: &str) -> &Reading {
        match self.observation(sequence) {
            Observation::Seen(reading) => reading,
            other => panic!("{sequence}: {other:?}"),
        }
    }

    fn extreme(&self, sequence: &str) -> Option<i128> {
        self.reading(sequence).extreme
    }

    /// First, last and run.
    fn collision(&self, sequence: &str) -> Option<(i128, i128, u64)> {
        self.reading(sequence).collision.as_deref().map(|met| (met.first, met.last, met.run))
    }

    fn state(&self, sequence: &str) -> &StateReading {
        &self.observations.states[self.place(sequence)]
    }

    /// Reason and hint of what could not be seen of a link.
    fn unreadable(&self, sequence: &str) -> (&str, &str) {
        match self.observation(sequence) {
            Observation::Unreadable { reason, hint } => (reason, hint),
            other => panic!("{sequence}: {other:?}"),
        }
    }

    fn place(&self, sequence: &str) -> usize {
        let name = format!("public.{sequence}");
        self.catalog.sequences.iter().position(|known| known.name.as_str() == name).unwrap()
    }
}

fn known(last_value: i64, is_called: bool) -> StateReading {
    StateReading::Known(State { last_value, is_called })
}
