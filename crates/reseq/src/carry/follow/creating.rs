//! Makes what the target lacks while it is followed.
//!
//! Replication does not bring definitions along: who creates something on the source often creates it on the target a
//! moment later. So a sequence is made when it could have been made for some seconds and nobody has; one that belongs to a
//! column when that is there ([`Occasion::Following`]), one that was renamed when the target does not have it under the
//! name before.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::Running;
use super::ends::{Failed, is_the_end, on};
use super::known::Known;
use super::told::{Altered, Created, Event, Problem, Side};
use crate::apply::change_at_once;
use crate::carry::create::Lacking;
use crate::catalog::{Catalog, SequenceId};
use crate::model::{ObjectName, Oid, QuotedName};
use crate::plan::{Creations, Occasion, SchemaMapping, Stays, name_there};
use crate::session::Sessions;
use crate::{Error, Result};

/// For so long others may come first.
const OTHERS_FIRST: Duration = Duration::from_secs(5);

/// How often it is tried again where the catalogues of both ends stay the same.
const AGAIN_AFTER: Duration = Duration::from_secs(60);

/// What is known of those that the target lacks, from tick to tick.
#[derive(Debug)]
pub(super) struct Creating {
    receipts: PathBuf,
    /// Since when those of the source could have been made.
    ready: HashMap<Oid, Instant>,
    /// What those of the source were called before.
    former_names: HashMap<Oid, Vec<QuotedName>>,
    /// What could not be made at the last try.
    pub(super) problems: Vec<Problem>,
    next_try: Instant,
}

impl Creating {
    pub(super) fn new(receipts: &Path) -> Self {
        Self {
            receipts: receipts.to_owned(),
            ready: HashMap::new(),
            former_names: HashMap::new(),
            problems: Vec::new(),
            next_try: Instant::now(),
        }
    }

    /// Takes note of those that were renamed on the source, whose catalogue this is.
    pub(super) fn take_renamed(&mut self, altered: &Altered, source: &Catalog) {
        for (before, now) in &altered.renamed {
            let renamed = source.sequences.iter().find(|sequence| sequence.name == *now);
            let Some(renamed) = renamed else { continue };
            self.former_names.entry(renamed.oid).or_default().push(before.clone());
        }
    }

    /// The name before, as long as the target has that and the source does not.
    fn still_called(&self, known: &Known, id: SequenceId, schemas: &[SchemaMapping]) -> Option<QuotedName> {
        let names = self.former_names.get(&known.source.sequence(id).oid)?;
        let there: Vec<_> = names.iter().filter_map(|name| name_there(name, schemas)).collect();
        let of_former_name = known.target.sequences.iter().find(|sequence| {
            ObjectName::parse(sequence.name.as_str()).is_some_and(|name| there.contains(&name))
                && !known.targets.contains_key(&sequence.oid)
        });
        of_former_name.map(|sequence| sequence.name.clone())
    }

    /// Those of the source that could be made for long enough now, of all that could be.
    fn ripe(&mut self, source: &Catalog, made: &[(SequenceId, QuotedName)], now: Instant) -> Vec<SequenceId> {
        let oid = |id: SequenceId| source.sequence(id).oid;
        let since = made.iter().map(|(id, _)| (oid(*id), *self.ready.get(&oid(*id)).unwrap_or(&now)));
        self.ready = since.collect();
        let is_ripe = |since: &Instant| now.duration_since(*since) >= OTHERS_FIRST;
        let unripe = self.ready.values().filter(|since| !is_ripe(since));
        self.next_try = unripe.map(|since| *since + OTHERS_FIRST).min().unwrap_or(now + AGAIN_AFTER);
        made.iter().map(|(id, _)| *id).filter(|id| is_ripe(&self.ready[&oid(*id)])).collect()
    }

    /// Makes them, together if that can be done; says what was made.
    fn make(
        &mut self,
        target: &mut Sessions,
        lacking: &Lacking<'_>,
        ripe: &[SequenceId],
        tell: &mut dyn FnMut(&Event),
    ) -> Result<bool> {
        let together = lacking.plan(Occasion::Following, |id| ripe.contains(&id));
        match self.carry_out(target, together, tell) {
            Err(error) if ripe.len() > 1 && !is_the_end(&error) => {}
            Err(error) => return self.failed(lacking, ripe, error).map(|()| false),
            Ok(made) => return Ok(made),
        }
        let mut made_any = false;
        for id in ripe {
            let one = lacking.plan(Occasion::Following, |other| other == *id);
            match self.carry_out(target, one, tell) {
                Ok(made) => made_any |= made,
                Err(error) => self.failed(lacking, &[*id], error)?,
            }
        }
        Ok(made_any)
    }

    fn carry_out(
        &self,
        target: &mut Sessions,
        creations: Creations,
        tell: &mut dyn FnMut(&Event),
    ) -> Result<bool> {
        let Creations { change, made } = creations;
        // Where the end of it was not seen, the next look at the catalogue shows what became of it.
        let is_made = change_at_once(target, &change, &self.receipts)?.is_done();
        if is_made {
            let sequences = made.into_iter().map(|(_, name)| name).collect();
            tell(&Event::Created(Created { sequences, remarks: change.remarks }));
        }
        Ok(is_made)
    }

    /// # Errors
    /// The same one, where nothing more can be done on this end.
    fn failed(&mut self, lacking: &Lacking<'_>, ids: &[SequenceId], error: Error) -> Result<()> {
        if is_the_end(&error) {
            return Err(error);
        }
        let problems = ids.iter().map(|id| problem(lacking.name(*id).clone(), &error));
        self.problems.extend(problems);
        Ok(())
    }
}

impl Running<'_> {
    /// Makes what the target lacks, where that is wanted, and time for it: where a catalogue was read `anew`, and now and
    /// then. Returns whether anything was made.
    pub(super) fn create_missing(
        &mut self,
        anew: bool,
        tell: &mut dyn FnMut(&Event),
    ) -> Result<bool, Failed> {
        let Self { creating: Some(creating), known, ends, options, .. } = self else { return Ok(false) };
        let now = Instant::now();
        if !anew && now < creating.next_try {
            return Ok(false);
        }
        creating.problems.clear();
        creating.next_try = now + AGAIN_AFTER;
        let schemas = &options.carry.schemas;
        let mut missing = Vec::new();
        for id in &known.missing {
            match creating.still_called(known, *id, schemas) {
                Some(before) => creating.problems.push(renamed(&known.source.sequence(*id).name, &before)),
                None => missing.push(*id),
            }
        }
        if missing.is_empty() {
            creating.ready.clear();
            return Ok(false);
        }
        let catalogs = [&known.source, &known.target];
        let lacking = match Lacking::read([&mut ends.source, &mut ends.target], catalogs, &missing, schemas) {
            Ok(lacking) => lacking,
            Err(error) if is_the_end(&error) => return Err(on(ends.cut_off())(error)),
            Err(error) => {
                let names = missing.iter().map(|id| known.source.sequence(*id).name.clone());
                creating.problems.extend(names.map(|name| problem(name, &error)));
                return Ok(false);
            }
        };
        let Creations { change, made } = lacking.plan(Occasion::Following, |_| true);
        creating.problems.extend(change.remaining.into_iter().map(Problem::from));
        let ripe = creating.ripe(&known.source, &made, now);
        if ripe.is_empty() {
            return Ok(false);
        }
        creating.make(&mut ends.target, &lacking, &ripe, tell).map_err(on(Side::Target))
    }
}

impl From<Stays> for Problem {
    fn from(Stays { what, reason, hint, .. }: Stays) -> Self {
        Self { sequence: what, reason, hint: hint.unwrap_or_default() }
    }
}

fn problem(sequence: QuotedName, error: &Error) -> Problem {
    Problem { sequence, reason: error.to_string(), hint: error.hint().unwrap_or_default() }
}

fn renamed(sequence: &QuotedName, before: &QuotedName) -> Problem {
    Problem {
        sequence: sequence.clone(),
        reason: format!("it was renamed on the source, and is {before} on the target"),
        hint: "rename that too: it is followed from then on".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{database, sequence};

    #[test]
    fn others_come_first_and_it_is_tried_again_in_time() {
        let source = database(["public.a", "public.b"].map(|name| sequence(name).called(1))).catalog;
        let [a, b] = [0, 1].map(|place| (SequenceId(place), source.sequences[place].name.clone()));
        let mut creating = Creating::new(Path::new("receipts"));
        let began = Instant::now();
        let mut at = |seconds, made: &[_]| {
            let now = began + Duration::from_secs(seconds);
            let ripe = creating.ripe(&source, made, now);
            (ripe, creating.next_try.duration_since(now).as_secs())
        };
        assert_eq!(at(0, std::slice::from_ref(&a)), (vec![], 5));
        assert_eq!(at(3, &[a.clone(), b.clone()]), (vec![], 2));
        assert_eq!(at(5, &[a.clone(), b.clone()]), (vec![a.0], 3));
        assert_eq!(at(8, &[a.clone(), b.clone()]), (vec![a.0, b.0], 60), "what failed is tried again");
        // What somebody made and dropped again begins anew.
        assert_eq!(at(68, std::slice::from_ref(&b)), (vec![b.0], 60));
        assert_eq!(at(69, &[a, b]), (vec![SequenceId(1)], 5));
    }
}
