//! Clearing tables: look, and plan.

use std::collections::HashSet;
use std::path::PathBuf;

use crate::apply::{BackupWriter, receipt};
use crate::catalog::{self, Target};
use crate::config;
use crate::model::Oid;
use crate::observe::states;
use crate::plan::{self, Change, ClearFacts, ClearOptions};
use crate::session::{Server, Sessions};
use crate::{Error, Result};

/// Looks at tables that are to be started afresh, and plans it. Run it with [`crate::apply::change()`] and the writer of the
/// backup. Changes nothing; `declared` are links that the catalogue cannot tell.
///
/// # Errors
/// [`Error::Usage`] for what is no table; [`Error::Refused`] where tables refer to them and are not to be cleared too, and
/// where the start is no value of a sequence; [`Error::Unable`] where the role may not do it.
pub fn clear(
    sessions: &mut Sessions,
    targets: &[String],
    options: &ClearOptions,
    declared: &[config::Link],
) -> Result<(Change, BackupWriter)> {
    let mut options = options.clone();
    options.backup = options.backup.map(|folder| absolute(&folder)).transpose()?;
    let mut named: Vec<Oid> = Vec::new();
    for target in targets {
        let target = Target::look_up(sessions.first(), target)?;
        if target.is_sequence || target.column.is_some() {
            return Err(Error::Usage {
                message: format!("{} is no table", target.full_name()),
                hint: Some("name the table whose rows are to go".to_owned()),
            });
        }
        named.push(target.oid);
    }
    let catalog = catalog::read(sessions, declared)?;
    let tables = catalog::cleared(sessions.first(), &named)?;
    let fed = plan::fed(&catalog, &tables);
    let mut selected = vec![false; catalog.sequences.len()];
    let mut with_rows = HashSet::new();
    for (id, beside) in &fed {
        selected[id.0] = true;
        for table in beside {
            // Where nobody may look there may be rows.
            let rows = match catalog::has_rows(sessions.first(), &table.name) {
                Err(error) if error.sqlstate().is_none() => return Err(error),
                rows => rows.unwrap_or(true),
            };
            if rows {
                with_rows.insert(table.oid);
            }
        }
    }
    let states = states(sessions, &catalog, &selected)?;
    let oids: Vec<Oid> = tables.iter().map(|table| table.oid).collect();
    let references = catalog::immediate_references(sessions.first(), &oids)?;
    let facts = ClearFacts { catalog, tables, references, states, with_rows };
    let (change, files) = plan::clear(&facts, &options)?;
    let writer = BackupWriter::new(&options.backup.unwrap_or_default(), sessions.server(), files);
    Ok((change, writer))
}

fn absolute(folder: &std::path::Path) -> Result<PathBuf> {
    let failed = |source| Error::File { tried: "write the backup", path: folder.to_owned(), source };
    if folder.exists() {
        return Err(Error::Usage {
            message: format!("{} is there already, and is not written over", folder.display()),
            hint: Some("name a folder that is not there yet: the backup makes it; one without a manifest is left of a run that was killed".to_owned()),
        });
    }
    std::path::absolute(folder).map_err(failed)
}

/// The folder that a backup of this database goes to where no other is named, beside the receipts.
///
/// # Errors
/// As [`receipt::default_folder`].
pub fn default_backup(server: &Server) -> Result<PathBuf> {
    let receipts = receipt::default_folder()?;
    let name = receipt::name(server);
    Ok(receipts.with_file_name("backups").join(name))
}
