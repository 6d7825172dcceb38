//! Restarting sequences: look, plan, and what is free.

use crate::Result;
use crate::catalog::{self, Catalog, SequenceId, Target};
use crate::config;
use crate::observe::{Ahead, FreeGap, Request, StateReading, gaps, look_ahead, whole_lane};
use crate::plan::{self, Change, RestartOptions, lane_of};
use crate::session::Sessions;

/// Sequences that are to be restarted, and what was seen of them.
#[derive(Clone, Debug)]
pub struct Restart {
    /// What there is.
    pub catalog: Catalog,
    /// The sequences, each once, in the order of the targets.
    pub sequences: Vec<SequenceId>,
    ahead: Ahead,
    options: Option<RestartOptions>,
}

impl Restart {
    /// Looks the targets up (a table, a column or a sequence each), and at what would stand in their way. Without
    /// `options` only where they stand. `declared` are links that the catalogue cannot tell, `scan_limit` is up to how
    /// many bytes a table is read that has no index to look into; `foreign_tables` reads those too. Changes nothing.
    ///
    /// # Errors
    /// [`crate::Error::Usage`] for a target that means nothing, or several sequences; else what ends the whole run.
    pub fn look(
        sessions: &mut Sessions,
        targets: &[String],
        options: Option<RestartOptions>,
        declared: &[config::Link],
        scan_limit: u64,
        foreign_tables: bool,
    ) -> Result<Self> {
        let catalog = catalog::read(sessions, declared)?;
        let mut sequences = Vec::new();
        for target in targets {
            let id = catalog.sequence_of(&Target::look_up(sessions.first(), target)?)?;
            if !sequences.contains(&id) {
                sequences.push(id);
            }
        }
        let mut selected = vec![false; catalog.sequences.len()];
        for id in &sequences {
            selected[id.0] = true;
        }
        let request = Request {
            selected: &selected,
            scan_limit,
            foreign_tables,
            ignore_above: &[],
            detail: true,
            nearly_used_up: 100.0,
        };
        let ahead = look_ahead(sessions, &catalog, &request, |seen, id| {
            plan::restarted(&catalog, seen, id, options?)
        })?;
        Ok(Self { catalog, sequences, ahead, options })
    }

    /// Plans it; run it with [`crate::apply::change()`]. Without options there is nothing to do.
    ///
    /// # Errors
    /// As [`plan::restart`].
    pub fn plan(&self) -> Result<Change> {
        match self.options {
            Some(options) => plan::restart(&self.catalog, &self.ahead, &self.sequences, options),
            None => Ok(Change { command: "restart", ..Change::default() }),
        }
    }

    /// The largest free gaps of each sequence, up to `limit`.
    ///
    /// # Errors
    /// As [`gaps`]; [`crate::Error::Unable`] where the state of a sequence could not be read.
    pub fn gaps(&self, sessions: &mut Sessions, limit: usize) -> Result<Vec<Vec<FreeGap>>> {
        let of = |id: &SequenceId| {
            let StateReading::Known(state) = *self.ahead.seen.state(*id) else {
                return Err(crate::Error::Unable {
                    message: format!("the state of {} is not known", self.catalog.sequence(*id).name),
                    hint: None,
                });
            };
            let lane = whole_lane(&self.catalog, *id, lane_of(&self.catalog, *id, state));
            gaps(sessions.first(), &self.catalog, *id, lane, limit)
        };
        self.sequences.iter().map(of).collect()
    }
}
