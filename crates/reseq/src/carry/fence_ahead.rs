//! What a fence would do, and whether the role may.

use std::path::Path;

use jiff::Timestamp;
use serde::Serialize;

use super::fence::statement;
use super::fence_privileges::Privileges;
use super::fence_record::ToWrite;
use super::read_only::Settings;
use super::rehearsal::Hindrance;
use crate::array::array;
use crate::model::QuotedName;
use crate::session::Sessions;
use crate::{Error, Result};

/// A fence that is not raised yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FenceAhead {
    /// The database, quoted.
    pub database: QuotedName,
    /// What raises it.
    pub statement: String,
    /// As in [`super::Fenced::lift`]; `None` while another run fences the database: nobody else is to lift that.
    pub lift: Option<String>,
    /// As in [`super::Fenced::not_bound`].
    pub not_bound: Vec<String>,
    /// As in [`super::Fenced::switched`].
    pub switched: Option<Timestamp>,
    /// As in [`super::Fenced::was_on`].
    pub was_on: bool,
    /// The sessions of this moment, which would be ended, by what they call themselves; most first.
    pub sessions: Vec<SessionsOf>,
}

/// Sessions of one application and role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SessionsOf {
    /// What they call themselves (`application_name`); `None` where they say nothing, or the role may not know.
    pub application: Option<String>,
    /// Their role, quoted.
    pub role: String,
    /// Whether the role of the run may end them as far as theirs goes: nobody but a superuser ends those of superusers.
    pub may_be_ended: bool,
    /// How many.
    pub number: i64,
}

impl FenceAhead {
    /// How many sessions would be ended.
    pub fn number_of_sessions(&self) -> i64 {
        self.sessions.iter().map(|one| one.number).sum()
    }
}

/// What it would do, and why it would not stand. `is_held` says whether another run fences the database.
pub(super) fn look(
    source: &mut Sessions,
    receipts: &Path,
    is_held: bool,
) -> Result<(FenceAhead, Vec<Hindrance>)> {
    let own = source.backend_pids();
    let session = source.first();
    let privileges = Privileges::read(session)?;
    let lacking = privileges.refuse_lacking();
    let database = privileges.database;
    let settings = Settings::read(session)?;
    let not_bound = settings.refuse_roles_not_bound(&database);
    let record = ToWrite::of(receipts, session, &database, settings.database)?.record;
    let sessions = sessions(source, &own)?;
    let mut hindrances = Vec::new();
    for result in [lacking, not_bound] {
        hindrances.extend(Hindrance::of(result)?);
    }
    hindrances.extend(sessions.iter().filter(|one| !one.may_be_ended).map(SessionsOf::out_of_reach));
    let ahead = FenceAhead {
        statement: statement(&database),
        database,
        lift: (!is_held).then_some(record.lift),
        not_bound: settings.own_role.into_iter().collect(),
        switched: record.completed,
        was_on: record.was_on,
        sessions,
    };
    Ok((ahead, hindrances))
}

fn sessions(source: &mut Sessions, own: &[i32]) -> Result<Vec<SessionsOf>> {
    const TRIED: &str = "count the sessions of the database";
    let rows = source.first().read(TRIED, include_str!("sql/sessions.sql"), &[Some(&array(own))])?;
    rows.iter()
        .map(|row| {
            Ok(SessionsOf {
                application: row.get(0)?,
                role: row.get(1)?,
                may_be_ended: row.get(2)?,
                number: row.get(3)?,
            })
        })
        .collect::<Result<_, reseq_pq::Error>>()
        .map_err(Error::while_trying(TRIED))
}

impl SessionsOf {
    fn out_of_reach(&self) -> Hindrance {
        let Self { role, number, .. } = self;
        let sessions = if *number == 1 { "1 session is" } else { &format!("{number} sessions are") };
        Hindrance {
            message: format!("{sessions} of {role}, a superuser, which no other role may end"),
            hint: Some("end what connects so before, or connect as a superuser".to_owned()),
            incomplete: true,
        }
    }
}
