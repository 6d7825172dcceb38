//! What it takes to make a database read-only and to end the sessions in it.

use crate::model::QuotedName;
use crate::session::Session;
use crate::{Error, Result};

/// What the role may do of it.
pub(super) struct Privileges {
    /// The database, quoted.
    pub(super) database: QuotedName,
    user: String,
    /// The roles that it would have to be a member of, quoted.
    lacking: Vec<String>,
}

impl Privileges {
    pub(super) fn read(session: &mut Session) -> Result<Self> {
        const TRIED: &str = "ask what the role may do";
        let user = session.server().user.clone();
        let rows = session.read(TRIED, include_str!("sql/fence_privileges.sql"), &[])?;
        let read = || {
            let row = rows.row(0)?;
            let database: String = row.get(0)?;
            let may: [bool; 3] = [row.get(1)?, row.get(2)?, row.get(3)?];
            Ok((database, may, row.get::<String>(4)?))
        };
        let (database, may, owner) = read().map_err(Error::while_trying(TRIED))?;
        let needed = [owner, "pg_signal_backend".to_owned(), "pg_read_all_stats".to_owned()];
        let lacking = needed.into_iter().zip(may).filter(|(_, may)| !may).map(|(role, _)| role).collect();
        Ok(Self { database: QuotedName::from_server(database), user, lacking })
    }

    /// Refuses where it may not do all.
    pub(super) fn refuse_lacking(&self) -> Result<()> {
        let Self { database, user, lacking } = self;
        if lacking.is_empty() {
            return Ok(());
        }
        Err(Error::Unable {
            message: format!(
                "{user} may not fence the database {database}: it takes its owner, and who may see and end the sessions \
                 of others"
            ),
            hint: Some(format!(
                "GRANT {} TO {user}, or stop what writes yourself, without --fence",
                lacking.join(", ")
            )),
        })
    }
}
