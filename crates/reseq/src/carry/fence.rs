//! Makes the source's database read-only and ends the sessions in it, so that nobody draws or writes any more; and puts
//! that back.
//!
//! `ALTER DATABASE … SET default_transaction_read_only` holds for sessions that begin afterwards: those that began before
//! are ended, and where the fence is lifted, those that began under it. A session may still ask for READ WRITE, and a
//! role may have a setting of its own: who writes nevertheless is seen when it is waited for quiet, and by the proof. In the
//! end it is looked whether the fence has stood all the time.
//!
//! A database that was read-only by default before, and by no fence that is known here, remains so.
//!
//! A fence that stood because a switch was completed is never lifted: the applications have moved over.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use reseq_pq as pq;
use serde::Serialize;

use super::claim::Claim;
use super::fence_privileges::Privileges;
use super::fence_record::{self, FenceRecord, ToWrite};
use super::read_only::{Settings, is_read_only};
use crate::array::array;
use crate::model::QuotedName;
use crate::session::{Interrupt, Session, Sessions};
use crate::template::fill;
use crate::{Error, Result};

/// How often it is looked whether the sessions have ended.
const PAUSE: Duration = Duration::from_millis(100);

/// So often in a row no session may be found that began before: one that is just beginning shows itself late.
const ROUNDS: usize = 2;

const RAISE: &str = "make the database read-only";
const VERSION: &str = include_str!("sql/fence_version.sql");

/// How often it is tried to lift a fence over connections that are lost.
const TRIES: usize = 5;

/// What is told of a fence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fenced {
    /// The database, quoted.
    pub database: QuotedName,
    /// How many sessions were ended.
    pub ended_sessions: usize,
    /// Roles, quoted, whose own setting outweighs the fence: their sessions may write. No other than that of the run,
    /// else it is refused.
    pub not_bound: Vec<String>,
    /// What lifts the fence; sessions that began under it remain read-only until they connect anew.
    pub lift: String,
    /// The file that says so, as long as the fence stands.
    pub record: PathBuf,
    /// Whether it was lifted again, because the source goes on.
    pub lifted: bool,
    /// When an earlier run completed the switch that this fence belongs to: it stands, whatever comes of this run.
    pub switched: Option<Timestamp>,
    /// Whether the database was read-only by default before, and by no fence that is known here: it stays so, whatever
    /// comes of this run, and `lift` is what would let it take writes.
    pub was_on: bool,
    /// Why it was no fence all the time: somebody has lifted it meanwhile, or is not bound by it.
    pub broken: Option<String>,
}

/// A fence that stands, and is lifted unless the switch is safe.
pub(super) struct Fence {
    claim: Claim,
    record: FenceRecord,
    told: Fenced,
    /// When it was raised, by the server's clock.
    raised: String,
    /// Which transaction has raised it.
    version: Option<String>,
}

impl Fence {
    /// Gets ready and writes down what the setting is; nothing is changed yet.
    pub(super) fn prepare(mut claim: Claim, folder: &Path) -> Result<Self> {
        let session = &mut claim.session;
        let privileges = Privileges::read(session)?;
        privileges.refuse_lacking()?;
        let database = privileges.database;
        let settings = Settings::read(session)?;
        settings.refuse_roles_not_bound(&database)?;
        let ToWrite { record, stale } = ToWrite::of(folder, session, &database, settings.database)?;
        stale.map_or(Ok(()), |stale| stale.remove())?;
        record.write()?;
        let told = Fenced {
            database,
            ended_sessions: 0,
            not_bound: settings.own_role.into_iter().collect(),
            lift: record.lift.clone(),
            record: record.path.clone(),
            lifted: false,
            switched: record.completed,
            was_on: record.was_on,
            broken: None,
        };
        Ok(Self { claim, record, told, raised: String::new(), version: None })
    }

    /// Raises it, and waits until all sessions have ended that began before; at most for `limit`.
    pub(super) fn raise(&mut self, source: &Sessions, limit: Duration) -> Result<()> {
        source.interrupt().check()?;
        if !self.was_on() {
            source.interrupt().set_leaves_behind(Some(self.still_stands()));
        }
        let sql = statement(&self.told.database);
        let statements = [sql.as_str(), VERSION].map(|sql| pq::Statement { sql, params: &[] });
        let rows = self.claim.session.transaction().commit(RAISE, &statements)?;
        self.version = version(&rows[1], RAISE)?;
        self.raised = now(&mut self.claim.session)?;
        self.end_all_from_before(&self.claim.pids_with(source), source.interrupt(), limit)
    }

    fn end_all_from_before(&mut self, spared: &[i32], interrupt: &Interrupt, limit: Duration) -> Result<()> {
        let end = Instant::now() + limit;
        let (mut ended, mut rounds) = (BTreeSet::new(), 0);
        while rounds < ROUNDS {
            let left = end_sessions(&mut self.claim.session, &self.raised, None, spared)?;
            rounds = if left.is_empty() { rounds + 1 } else { 0 };
            if let Some(one) = left.iter().find(|one| !one.may_be_ended) {
                return Err(one.out_of_reach());
            }
            if let Some(one) = left.first()
                && Instant::now() >= end
            {
                return Err(one.does_not_end(limit));
            }
            ended.extend(left.iter().map(|one| one.pid));
            interrupt.pause(PAUSE)?;
        }
        self.told.ended_sessions = ended.len();
        Ok(())
    }

    /// Whether it has stood since it was raised, and all that time bound everybody; if not, it is told why.
    pub(super) fn has_stood(&mut self, source: &Sessions) -> Result<bool> {
        self.told.broken = self.what_broke_it(source)?;
        Ok(self.told.broken.is_none())
    }

    fn what_broke_it(&mut self, source: &Sessions) -> Result<Option<String>> {
        const TRIED: &str = "look whether the fence stands";
        // Whoever else has the right to fence may lift what stands, and will.
        if let Some(reason) = unable(self.claim.renew(source))? {
            return Ok(Some(reason));
        }
        let spared = self.claim.pids_with(source);
        let session = &mut self.claim.session;
        if version(&session.read(TRIED, VERSION, &[])?, TRIED)? != self.version {
            let reason = if is_read_only(session)? {
                "the settings of the database were changed meanwhile"
            } else {
                "it was lifted meanwhile"
            };
            return Ok(Some(reason.to_owned()));
        }
        if let Some(reason) = unable(Settings::read(session)?.refuse_roles_not_bound(&self.told.database))? {
            return Ok(Some(reason));
        }
        let left = end_sessions(session, &self.raised, None, &spared)?;
        Ok(left.first().map(|one| format!("process {}, a session of {}, began before it", one.pid, one.role)))
    }

    /// Writes down that the switch is completed: from now on no run lifts it.
    pub(super) fn complete(&mut self) -> Result<()> {
        self.record.completed.get_or_insert_with(Timestamp::now);
        self.record.write()
    }

    /// It stands for good.
    pub(super) fn leave_standing(self) -> Fenced {
        self.told
    }

    /// Whether it stands, whatever comes of this run.
    pub(super) fn stands_for_good(&self) -> bool {
        self.told.switched.is_some()
    }

    /// Whether the database was read-only by default before it, and remains so.
    pub(super) fn was_on(&self) -> bool {
        self.told.was_on
    }

    /// Puts the setting back, and ends the sessions that began under the fence: they would remain read-only. A fence
    /// that stands for good is left standing.
    ///
    /// # Errors
    /// [`Error::Unable`] where the fence still stands: it says how to lift it by hand. Else what went wrong after it was
    /// lifted.
    pub(super) fn lift(mut self, source: &Sessions) -> Result<Fenced> {
        if self.stands_for_good() {
            return Ok(self.told);
        }
        self.open(source)?;
        Ok(Fenced { lifted: !self.told.was_on, ..self.told })
    }

    /// Lifts it because of an error, which is given back.
    ///
    /// # Errors
    /// As [`Fence::lift`], with that error's words before.
    pub(super) fn lift_after(self, error: Error, source: &Sessions) -> Result<Error> {
        match self.lift(source) {
            Ok(_) => Ok(error),
            Err(second) => {
                Err(Error::Unable { message: format!("{error}; then {second}"), hint: second.hint() })
            }
        }
    }

    fn open(&mut self, source: &Sessions) -> Result<()> {
        let sql = fence_record::statement(&self.told.database, self.record.before.as_deref());
        self.persist(|fence| {
            // Else another run has taken it over.
            fence.claim.renew(source)?;
            fence.refuse_if_set_by_others()?;
            let statement = pq::Statement { sql: &sql, params: &[] };
            fence.claim.session.transaction().commit("lift the fence", &[statement]).map(drop)
        })
        .map_err(|error| self.stands(&error))?;
        source.interrupt().set_leaves_behind(None);
        self.record.remove()?;
        if self.raised.is_empty() || self.was_on() {
            return Ok(());
        }
        let spared = self.claim.pids_with(source);
        self.persist(|fence| {
            let session = &mut fence.claim.session;
            let lifted = now(session)?;
            end_sessions(session, &lifted, Some(&fence.raised), &spared).map(drop)
        })
    }

    /// Whoever has raised it anew counts on it: a run from elsewhere, which came to its end while this one had lost its
    /// claim.
    fn refuse_if_set_by_others(&mut self) -> Result<()> {
        const TRIED: &str = "look who has raised the fence";
        if self.raised.is_empty() || self.was_on() {
            return Ok(());
        }
        let session = &mut self.claim.session;
        let is_on = Settings::read(session)?.database.is_some_and(|setting| setting.is_on);
        if !is_on || version(&session.read(TRIED, VERSION, &[])?, TRIED)? == self.version {
            return Ok(());
        }
        Err(Error::Unable {
            message:
                "the settings of the database were changed meanwhile by somebody else, who may count on it"
                    .to_owned(),
            hint: None,
        })
    }

    /// Does what may be done twice, and again where the connection is lost.
    fn persist(&mut self, work: impl Fn(&mut Self) -> Result<()>) -> Result<()> {
        for _ in 1..TRIES {
            match work(self) {
                Err(error) if error.is_loss() => {}
                done => return done,
            }
        }
        work(self)
    }

    fn stands(&self, why: &Error) -> Error {
        Error::Unable {
            message: format!("the database {} is still fenced: {why}", self.told.database),
            hint: Some(self.by_hand()),
        }
    }

    /// What whoever ends the process at once has to know.
    fn still_stands(&self) -> String {
        format!("the database {} is still fenced: {}", self.told.database, self.by_hand())
    }

    fn by_hand(&self) -> String {
        format!("run {}; and let its sessions connect anew", self.record.lift)
    }
}

/// The fence of an earlier run that still stands in the source's database; `folder` is that of the receipts.
///
/// # Errors
/// [`Error::File`] where a record cannot be read; as [`Session::read`].
pub fn standing_fence(source: &mut Sessions, folder: &Path) -> Result<Option<FenceRecord>> {
    let Some(record) = FenceRecord::find(folder, source.server())? else { return Ok(None) };
    let is_set = Settings::read(source.first())?.database.is_some_and(|setting| setting.is_on);
    Ok(is_set.then_some(record))
}

/// What raises it.
pub(super) fn statement(database: &QuotedName) -> String {
    fill(include_str!("sql/fence.sql"), &[("database", database.as_str())])
}

/// Which transaction has set the settings of the database; `None` where it has none.
fn version(rows: &pq::Rows, tried: &str) -> Result<Option<String>> {
    rows.iter().next().map(|row| row.get(0)).transpose().map_err(Error::while_trying(tried))
}

/// What keeps from it, in words.
fn unable(result: Result<()>) -> Result<Option<String>> {
    match result {
        Err(Error::Unable { message, .. }) => Ok(Some(message)),
        other => other.map(|()| None),
    }
}

/// A session that was to be ended.
struct Ending {
    pid: i32,
    role: String,
    may_be_ended: bool,
}

impl Ending {
    fn out_of_reach(&self) -> Error {
        Error::Unable {
            message: format!(
                "process {} is a session of {}, a superuser, which no other role may end",
                self.pid, self.role
            ),
            hint: Some("end it yourself, or connect as a superuser".to_owned()),
        }
    }

    fn does_not_end(&self, limit: Duration) -> Error {
        Error::Unable {
            message: format!(
                "process {}, a session of {}, did not end within {} s",
                self.pid,
                self.role,
                limit.as_secs()
            ),
            hint: Some("look what it does in pg_stat_activity, and run it again".to_owned()),
        }
    }
}

/// Ends sessions that began before one time, and not before another; those that are found.
fn end_sessions(
    session: &mut Session,
    before: &str,
    since: Option<&str>,
    spared: &[i32],
) -> Result<Vec<Ending>> {
    const TRIED: &str = "end the sessions of the database";
    let spared = array(spared);
    let rows =
        session.read(TRIED, include_str!("sql/end_sessions.sql"), &[Some(before), since, Some(&spared)])?;
    rows.iter()
        .map(|row| Ok(Ending { pid: row.get(0)?, role: row.get(1)?, may_be_ended: row.get(2)? }))
        .collect::<Result<_, pq::Error>>()
        .map_err(Error::while_trying(TRIED))
}

fn now(session: &mut Session) -> Result<String> {
    const TRIED: &str = "ask for the time";
    let rows = session.read(TRIED, include_str!("sql/now.sql"), &[])?;
    rows.row(0).and_then(|row| row.get(0)).map_err(Error::while_trying(TRIED))
}
