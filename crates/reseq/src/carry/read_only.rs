//! Whether sessions begin read-only, by what was set for the database, the server and roles.

use std::collections::BTreeSet;

use reseq_pq as pq;

use crate::model::QuotedName;
use crate::session::{Session, Sessions};
use crate::{Error, Result};

/// Whether the source's database is read-only by default: by a fence, a run elsewhere or somebody's hand. What is set for
/// roles does not count.
///
/// # Errors
/// As [`Session::read`].
pub fn is_read_only_by_default(source: &mut Sessions) -> Result<bool> {
    is_read_only(source.first())
}

pub(super) fn is_read_only(session: &mut Session) -> Result<bool> {
    const TRIED: &str = "ask whether the database is read-only by default";
    let rows = session.read(TRIED, include_str!("sql/is_read_only.sql"), &[])?;
    rows.row(0).and_then(|row| row.get(0)).map_err(Error::while_trying(TRIED))
}

/// What was set before.
pub(super) struct Settings {
    /// The database's own.
    pub(super) database: Option<Setting>,
    /// Roles, quoted, whose own setting lets their sessions write.
    not_bound: BTreeSet<String>,
    /// That of the run, if it is such a one.
    pub(super) own_role: Option<String>,
}

/// As it was written, and what it means.
pub(super) struct Setting {
    pub(super) value: String,
    pub(super) is_on: bool,
}

impl Settings {
    pub(super) fn read(session: &mut Session) -> Result<Self> {
        const TRIED: &str = "read the settings of the database";
        let rows = session.read(TRIED, include_str!("sql/read_only_settings.sql"), &[])?;
        let (mut database, mut not_bound, mut own_role) = (None, BTreeSet::new(), None);
        let mut take = |row: pq::Row<'_>| {
            let (role, value, is_on): (Option<String>, String, bool) =
                (row.get(0)?, row.get(1)?, row.get(2)?);
            match role {
                None => database = Some(Setting { value, is_on }),
                Some(role) if row.get(3)? => own_role = (!is_on).then_some(role),
                // The role's setting in this database comes last, and outweighs the one it has everywhere.
                Some(role) if is_on => drop(not_bound.remove(&role)),
                Some(role) => drop(not_bound.insert(role)),
            }
            Ok::<_, pq::Error>(())
        };
        rows.iter().try_for_each(&mut take).map_err(Error::while_trying(TRIED))?;
        Ok(Self { database, not_bound, own_role })
    }

    /// A fence that lets roles write promises too much.
    pub(super) fn refuse_roles_not_bound(&self, database: &QuotedName) -> Result<()> {
        let Some(first) = self.not_bound.first() else { return Ok(()) };
        let more = match self.not_bound.len() - 1 {
            0 => String::new(),
            more => format!(", and {more} more like it"),
        };
        let bind = |role: &String| {
            format!("ALTER ROLE {role} IN DATABASE {database} SET default_transaction_read_only = on")
        };
        let statements: Vec<String> = self.not_bound.iter().map(bind).collect();
        Err(Error::Unable {
            message: format!(
                "a fence around {database} does not bind {first}, for whom default_transaction_read_only is set to \
                 off{more}"
            ),
            hint: Some(format!("run {}; and run it again", statements.join("; "))),
        })
    }
}
