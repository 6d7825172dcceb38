//! A follower marks itself on both ends, and gives way to one that goes the other way and began before.

use super::told::Side;
use crate::carry::CarryOptions;
use crate::carry::direction::{Direction, OtherWay};
use crate::session::{Session, Sessions};
use crate::{Error, Result};

/// The marks of a follower.
#[derive(Clone, Debug)]
pub struct Marked {
    pub(super) source: Mark,
    pub(super) target: Mark,
}

/// The mark at one end.
#[derive(Clone, Debug)]
pub(super) struct Mark {
    side: Side,
    direction: Direction,
    /// In seconds since 1970.
    since: i64,
    /// The server process that has it, as libpq knows that: another connection is to be marked anew.
    process: Option<i32>,
}

impl Marked {
    /// Marks both ends, before anything is read or moved there.
    ///
    /// # Errors
    /// [`Error::Unable`] where a follower goes the other way; as [`Session::read`].
    pub fn begin(source: &mut Sessions, target: &mut Sessions, options: &CarryOptions) -> Result<Self> {
        let direction = Direction::between(source.server(), target.server(), &options.schemas);
        let since = seconds(match direction.clock() {
            Side::Source => source.first(),
            Side::Target => target.first(),
        })?;
        let mark = |side| Mark { side, direction, since, process: None };
        let mut begun = Self { source: mark(Side::Source), target: mark(Side::Target) };
        begun.source.take(source.first())?;
        begun.target.take(target.first())?;
        // Of two that begin at one moment, each has marked itself before it looks. One that began later sees this one.
        let other = direction.other_way(source, target)?;
        let other = other.filter(|other| other.since.as_second() <= since);
        other.map_or(Ok(begun), |other| Err(other.refusal()))
    }
}

impl Mark {
    /// Marks this end anew where it has another connection; gives the follower to give way to, as this end shows it.
    pub(super) fn keep(&mut self, session: &mut Session) -> Result<Option<OtherWay>> {
        self.take(session)?;
        self.gives_way_to(session)
    }

    fn take(&mut self, session: &mut Session) -> Result<()> {
        const TRIED: &str = "mark that the sequences are followed";
        let process = session.backend_pid();
        if self.process == Some(process) {
            return Ok(());
        }
        let [key, since] = [i64::from(self.direction.key(self.side)), self.since].map(low_bits);
        let params = [process, key, since].map(|number| number.to_string());
        let params = params.each_ref().map(|number| Some(number.as_str()));
        session.read(TRIED, include_str!("../sql/mark_direction.sql"), &params)?;
        self.process = Some(process);
        Ok(())
    }

    fn gives_way_to(&self, session: &mut Session) -> Result<Option<OtherWay>> {
        let other = self.direction.other_way_at(self.side, session)?;
        Ok(other.filter(|other| {
            let (its, own) = (other.since.as_second(), self.since);
            its < own || its == own && !self.direction.comes_first()
        }))
    }
}

/// As many bits as a key of an advisory lock has; the server reads them without a sign.
fn low_bits(number: i64) -> i32 {
    let [.., a, b, c, d] = number.to_be_bytes();
    i32::from_be_bytes([a, b, c, d])
}

fn seconds(session: &mut Session) -> Result<i64> {
    const TRIED: &str = "ask for the time";
    let rows = session.read(TRIED, include_str!("../sql/epoch.sql"), &[])?;
    rows.row(0).and_then(|row| row.get(0)).map_err(Error::while_trying(TRIED))
}
