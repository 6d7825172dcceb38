//! Undoing: look, and plan the way back.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::apply::receipt::{Backup, Ended, Past, Place, Receipt, Record};
use crate::apply::{BackupReader, resolve};
use crate::catalog::{self, Catalog, EnabledTrigger, Refilled};
use crate::config;
use crate::diagnose::words;
use crate::model::{Oid, split_outside_quotes};
use crate::observe::{Ahead, Request, look_ahead};
use crate::plan::{self, Change};
use crate::session::{Server, Sessions};
use crate::{Error, Result};

/// What is to be undone, and what was seen of it.
#[derive(Clone, Debug)]
pub struct Undo {
    record: Record,
    past: Vec<Past>,
    catalog: Catalog,
    ahead: Ahead,
    rows: Option<Rows>,
}

/// Rows that go back into their tables.
#[derive(Clone, Debug)]
struct Rows {
    folder: PathBuf,
    backup: Backup,
    triggers: Vec<EnabledTrigger>,
}

impl Undo {
    /// Looks at the sequences of a receipt or of a save, and at what would stand in their way back. `declared` are links
    /// that the catalogue cannot tell, `scan_limit` is up to how many bytes a table is read that has no index to look
    /// into; `foreign_tables` reads those too. Changes nothing.
    ///
    /// # Errors
    /// [`Error::Refused`] where the record is of another database, or of what cannot be undone; else what ends the whole
    /// run.
    pub fn look(
        sessions: &mut Sessions,
        mut record: Record,
        declared: &[config::Link],
        scan_limit: u64,
        foreign_tables: bool,
    ) -> Result<Self> {
        make_sure_of_place(&record, sessions.server())?;
        if let Record::Receipt(receipt) = &mut record {
            make_sure_it_can_be_undone(receipt)?;
            resolve(sessions.first(), receipt)?;
        }
        let past = record.past();
        let catalog = catalog::read(sessions, declared)?;
        let selected = plan::known(&catalog, &past);
        let request = Request {
            selected: &selected,
            scan_limit,
            ignore_above: &[],
            detail: true,
            nearly_used_up: 100.0,
            foreign_tables,
        };
        let wanted: HashMap<Oid, &Past> = past.iter().map(|one| (one.oid, one)).collect();
        let ahead = look_ahead(sessions, &catalog, &request, |seen, id| {
            plan::elsewhere(&catalog, seen, wanted.get(&catalog.sequence(id).oid)?, id)
        })?;
        let rows = Rows::of(sessions, &record)?;
        Ok(Self { record, past, catalog, ahead, rows })
    }

    /// Plans the way back; run it with [`crate::apply::change()`]. What cannot go back is [`Change::remaining`].
    /// With `allow_backward` values may be handed out again, as long as no row has them.
    pub fn plan(&self, allow_backward: bool) -> (Change, BackupReader) {
        let mut change = plan::restore(&self.catalog, &self.ahead, &self.past, allow_backward);
        change.title = self.title(&change);
        if let Some(rows) = &self.rows {
            let tables = words::count(rows.backup.tables.len(), "table");
            let sequences = words::count(change.sequences.len(), "sequence");
            change.title = format!("Put the rows of {tables} back, and {sequences}");
            plan::refill(&mut change, &rows.folder, &rows.backup, &rows.triggers);
            return (change, BackupReader::new(&rows.folder, rows.backup.clone()));
        }
        if let (Record::Receipt(receipt), false) = (&self.record, change.acts.is_empty())
            && receipt.run.command == "load"
        {
            change.remarks.push("the rows that were loaded stay".to_owned());
        }
        if let Record::Receipt(receipt) = &self.record
            && receipt.run.command == "clear"
            && receipt.ended() != Ended::NothingChanged
        {
            change
                .remarks
                .push("the rows that were cleared are gone: they were not kept (--no-backup)".to_owned());
        }
        (change, BackupReader::default())
    }

    fn title(&self, change: &Change) -> String {
        let run = self.record.run();
        let then = match &self.record {
            Record::Receipt(_) => format!("before reseq {} of {:.0}", run.command, run.started),
            Record::Saved(_) => format!("when they were saved, {:.0}", run.started),
        };
        match (change.sequences.len(), self.past.is_empty(), change.remaining.len()) {
            (0, true, _) => format!(
                "there is nothing to undo: reseq {} of {:.0} changed no sequence",
                run.command, run.started
            ),
            (0, false, 0) => format!("all sequences stand where they stood {then}"),
            (0, false, _) => format!("no sequence can go back to where it stood {then}"),
            (1, ..) => format!("Put 1 sequence back to where it stood {then}"),
            (several, ..) => format!("Put {several} sequences back to where they stood {then}"),
        }
    }
}

impl Rows {
    /// The rows that the run of a receipt has kept, if it was done; their tables must be empty still.
    fn of(sessions: &mut Sessions, record: &Record) -> Result<Option<Self>> {
        let Record::Receipt(receipt) = record else { return Ok(None) };
        let Some(changed) = &receipt.change else { return Ok(None) };
        let Some(folder) = changed.backup.clone().filter(|_| receipt.ended() != Ended::NothingChanged) else {
            return Ok(None);
        };
        let mut backup = Backup::load(&folder)?;
        let oids: Vec<Oid> = backup.tables.iter().map(|table| table.oid).collect();
        make_sure_of_tables(&catalog::refilled(sessions.first(), &oids)?, &backup, &folder)?;
        for table in &backup.tables {
            if catalog::has_rows(sessions.first(), &table.table)? {
                return Err(Error::Refused {
                    message: format!(
                        "{} has rows again: its old ones cannot be put back beside them",
                        table.table
                    ),
                    hint: Some(format!(
                        "move these rows elsewhere, or load {} by hand (reseq load)",
                        folder.join(&table.file).display()
                    )),
                });
            }
        }
        let references = catalog::immediate_references(sessions.first(), &oids)?;
        let order = plan::fill_order(&oids, &references).map_err(|keys| Error::Refused {
            message: "the tables refer to each other in a circle: none can be filled before the others"
                .to_owned(),
            hint: Some(format!("{}; then run it again", plan::deferring(&keys))),
        })?;
        backup.tables = order.into_iter().map(|place| backup.tables[place].clone()).collect();
        let triggers = catalog::enabled_triggers(sessions.first(), &oids)?;
        Ok(Some(Self { folder, backup, triggers }))
    }
}

/// Rows go back into the tables that they are of, with all their columns.
fn make_sure_of_tables(there: &[Refilled], backup: &Backup, folder: &Path) -> Result<()> {
    for table in &backup.tables {
        let today = there.iter().find(|today| today.oid == table.oid);
        let column = |today: &Refilled| {
            let mut columns = split_outside_quotes(&table.columns, ',').into_iter().map(str::trim);
            columns
                .find(|column| !column.is_empty() && !today.columns.iter().any(|there| there == column))
                .map(str::to_owned)
        };
        let message = match today {
            None => format!("{} was dropped: its rows cannot be put back", table.table),
            Some(today) if today.name != table.table => {
                format!("{} is called {} now: its rows cannot be put back", table.table, today.name)
            }
            Some(today) => match column(today) {
                None => continue,
                Some(column) => {
                    format!("{} has no column {column} any more: its rows cannot be put back", table.table)
                }
            },
        };
        let file = folder.join(&table.file);
        let hint = format!(
            "make it as it was, and load its rows from {} (reseq load --file-format text)",
            file.display()
        );
        return Err(Error::Refused { message, hint: Some(hint) });
    }
    Ok(())
}

/// A receipt is good for its own database only.
fn make_sure_of_place(record: &Record, server: &Server) -> Result<()> {
    let place = record.run().last_server();
    if place.is(server) {
        return Ok(());
    }
    let Place { database, host, port, .. } = place;
    let (of, saved) = match record {
        Record::Receipt(_) => ("this is a receipt of", false),
        Record::Saved(_) => ("this was saved from", true),
    };
    let hint =
        if saved { "; a script of reseq save --format sql sets the sequences of any database" } else { "" };
    Err(Error::Refused {
        message: format!(
            "{of} {database} on {host}:{port}, and not of {} on {}:{}, nor is that the same under another name",
            server.database, server.host, server.port
        ),
        hint: Some(format!("connect to the database that it is of{hint}")),
    })
}

/// New ids are not taken back.
fn make_sure_it_can_be_undone(receipt: &Receipt) -> Result<()> {
    if receipt.run.command != "renumber" {
        return Ok(());
    }
    Err(Error::Refused {
        message: "new ids cannot be taken back: what refers to the old ones by now is not known".to_owned(),
        hint: Some("renumber --map writes a file of the old and the new ones".to_owned()),
    })
}
