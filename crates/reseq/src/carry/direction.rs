//! Which way sequences are carried between two databases, and who follows the other way at the same time.
//!
//! Two followers in opposite directions between the same two databases feed each other: each takes the moves of the other
//! for draws, and goes ahead of them. So a follower marks itself on both ends for as long as it runs, by advisory locks
//! (manual, section 13.3.5) that tell the direction, the database at the other end and since when it has been going on.
//! They are shared: several may go the same way.

use jiff::Timestamp;
use serde::Serialize;

use super::at_once;
use super::follow::Side;
use crate::plan::SchemaMapping;
use crate::session::{Server, Session, Sessions};
use crate::{Error, Result};

/// A follower that goes the other way between the same two databases.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OtherWay {
    /// The end where it was seen.
    pub side: Side,
    /// Its server process there.
    pub process: i32,
    /// Its role, unquoted.
    pub role: Option<String>,
    /// The address that it comes from; `None` where the role may not know.
    pub host: Option<String>,
    /// When it began, by a clock of the servers.
    pub since: Timestamp,
}

impl OtherWay {
    /// Who it is, as it stands in a sentence: `another follower goes the other way: process 7 on the source (as …)`.
    pub fn words(&self) -> String {
        let Self { side, process, role, host, since } = self;
        let role = role.as_ref().map(|role| format!("as {role}, ")).unwrap_or_default();
        let host = host.as_ref().map(|host| format!("from {host}, ")).unwrap_or_default();
        format!(
            "a follower goes the other way between these two databases: process {process} on the {} ({role}{host}since \
             {since:.0})",
            side.words()
        )
    }

    /// What to do about it.
    pub fn hint(&self) -> String {
        format!(
            "each would take the other's moves for draws and go ahead of them, until all values are used up: stop it where \
             it runs; where nothing runs any more, end its session on the {}: SELECT pg_terminate_backend({})",
            self.side.words(),
            self.process
        )
    }

    /// For what must not be done beside it.
    pub(super) fn refusal(&self) -> Error {
        Error::Unable { message: self.words(), hint: Some(self.hint()) }
    }
}

/// From one database to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Direction {
    source: Identity,
    target: Identity,
}

/// What tells a database from others, however it is reached: the same on a standby.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Identity(u64);

/// The part that a database has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Source,
    Target,
}

impl Direction {
    /// Between two databases, or the schemas of one.
    pub(super) fn between(source: &Server, target: &Server, schemas: &[SchemaMapping]) -> Self {
        let is_one = source.database_oid == target.database_oid
            && source.system_identifier == target.system_identifier
            && source.database == target.database;
        let renamed = schemas.iter().filter(|mapping| is_one && mapping.renames());
        let (there, here): (Vec<&str>, Vec<&str>) =
            renamed.map(|mapping| (mapping.source.as_str(), mapping.target.as_str())).unzip();
        Self { source: Identity::of(source, there), target: Identity::of(target, here) }
    }

    /// The second key of the lock that a follower takes at this end.
    pub(super) fn key(self, side: Side) -> u32 {
        match side {
            Side::Source => self.source.key(Part::Source, self.target),
            Side::Target => self.target.key(Part::Target, self.source),
        }
    }

    /// That of a follower that goes the other way.
    fn key_of_other_way(self, side: Side) -> u32 {
        match side {
            Side::Source => self.source.key(Part::Target, self.target),
            Side::Target => self.target.key(Part::Source, self.source),
        }
    }

    /// The end by whose clock it is told who began first: the same one for both directions.
    pub(super) fn clock(self) -> Side {
        if self.source <= self.target { Side::Source } else { Side::Target }
    }

    /// Of two that began in the same second, the one of this direction counts as the first.
    pub(super) fn comes_first(self) -> bool {
        self.clock() == Side::Source
    }

    /// Who goes the other way, as this end shows it: who began first, where there are several.
    ///
    /// # Errors
    /// As [`Session::read`].
    pub(super) fn other_way_at(self, side: Side, session: &mut Session) -> Result<Option<OtherWay>> {
        const TRIED: &str = "ask who follows the other way";
        let key = self.key_of_other_way(side).to_string();
        let rows = session.read(TRIED, include_str!("sql/other_way.sql"), &[Some(&key)])?;
        let read = |row: reseq_pq::Row<'_>| {
            let since = Timestamp::from_second(row.get(1)?).unwrap_or(Timestamp::UNIX_EPOCH);
            Ok(OtherWay { side, process: row.get(0)?, role: row.get(2)?, host: row.get(3)?, since })
        };
        rows.iter().next().map(read).transpose().map_err(Error::while_trying(TRIED))
    }

    /// Who goes the other way, as either end shows it.
    ///
    /// # Errors
    /// As [`Session::read`].
    pub(super) fn other_way(self, source: &mut Sessions, target: &mut Sessions) -> Result<Option<OtherWay>> {
        let (there, here) = at_once(
            || self.other_way_at(Side::Source, source.first()),
            || self.other_way_at(Side::Target, target.first()),
        )?;
        Ok(there.or(here))
    }
}

impl Identity {
    fn of(server: &Server, schemas: Vec<&str>) -> Self {
        let mut hash = Hash::default();
        hash.take(&server.system_identifier.unwrap_or(0).to_be_bytes());
        hash.take(&server.database_oid.to_be_bytes());
        hash.take(server.database.as_bytes());
        let mut schemas = schemas;
        schemas.sort_unstable();
        for schema in schemas {
            hash.take(&[0]);
            hash.take(schema.as_bytes());
        }
        Self(hash.0)
    }

    /// For a lock in this database, which has this part towards the other one; the last bit tells which.
    fn key(self, part: Part, other: Self) -> u32 {
        let mut hash = Hash::default();
        hash.take(&self.0.to_be_bytes());
        hash.take(&other.0.to_be_bytes());
        hash.folded() & !1 | u32::from(part == Part::Target)
    }
}

/// FNV-1a of 64 bits: the same in every version of reseq and on every machine.
struct Hash(u64);

impl Default for Hash {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Hash {
    fn take(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }

    fn folded(self) -> u32 {
        let [a, b, c, d, e, f, g, h] = self.0.to_be_bytes();
        u32::from_be_bytes([a, b, c, d]) ^ u32::from_be_bytes([e, f, g, h])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(system: i64, database: &str) -> Server {
        Server {
            system_identifier: Some(system),
            database: database.to_owned(),
            database_oid: 16_384,
            ..crate::fixture::server()
        }
    }

    fn mapping(source: &str, target: &str) -> SchemaMapping {
        SchemaMapping { source: source.to_owned(), target: target.to_owned() }
    }

    /// Whether two followers see each other at an end that is one's source, and the other's target.
    fn meet(one: Direction, other: Direction) -> bool {
        let sees = |one: Direction, other: Direction| {
            one.key_of_other_way(Side::Source) == other.key(Side::Target)
                && one.key_of_other_way(Side::Target) == other.key(Side::Source)
        };
        assert_eq!(sees(one, other), sees(other, one));
        sees(one, other)
    }

    #[test]
    fn followers_in_opposite_directions_meet_and_no_others() {
        let (old, new, third) = (server(1, "shop"), server(2, "shop"), server(3, "shop"));
        let direction = |source, target| Direction::between(source, target, &[]);
        let there = direction(&old, &new);
        assert!(meet(there, direction(&new, &old)));
        assert!(!meet(there, there));
        assert!(!meet(there, direction(&new, &third)) && !meet(there, direction(&third, &old)));
        assert_ne!(there.comes_first(), direction(&new, &old).comes_first());
    }

    #[test]
    fn a_standby_is_the_database_that_it_stands_by() {
        let (old, new) = (server(1, "shop"), server(2, "shop"));
        let standby = Server { in_recovery: true, port: "5499".to_owned(), ..old.clone() };
        assert!(meet(Direction::between(&standby, &new, &[]), Direction::between(&new, &old, &[])));
    }

    #[test]
    fn within_one_database_schemas_are_the_ends() {
        let shop = server(1, "shop");
        let between = |mappings: &[SchemaMapping]| Direction::between(&shop, &shop, mappings);
        let there = between(&[mapping("a", "b"), mapping("c", "d")]);
        assert!(meet(there, between(&[mapping("d", "c"), mapping("b", "a")])));
        // All locks are in one database.
        let locks = |direction: Direction| [Side::Source, Side::Target].map(|side| direction.key(side));
        let sought = [Side::Source, Side::Target].map(|side| there.key_of_other_way(side));
        for others in [there, between(&[mapping("b", "e")]), between(&[mapping("d", "a")])] {
            assert!(locks(others).iter().all(|lock| !sought.contains(lock)));
        }
    }

    #[test]
    fn keys_are_the_same_in_every_version_of_reseq() {
        let there = Direction::between(&server(1, "shop"), &server(2, "shop"), &[]);
        assert_eq!((there.key(Side::Source), there.key(Side::Target)), (3_493_150_520, 32_697_951));
    }
}
