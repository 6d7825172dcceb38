//! Builds what a server would have told, for the tests of the pure rooms.
//!
//! ```ignore
//! let shop = database([sequence("public.orders_id_seq").called(94).link(column("public.orders", "id").rows(1..=106))]);
//! let report = diagnose(&shop.catalog, &shop.observations, &Options::default());
//! ```

use std::ops::Range;
use std::sync::Arc;

use crate::catalog::{
    Catalog, ColumnType, ForeignKeyColumn, Link, Missing, Owner, Privileges, Sequence, SequenceId, Storage,
    Uniqueness, Unreadable, Unresolved, Via,
};
use crate::model::{Definition, IntegerType, Lane, Mapping, Oid, QuotedName, State, TextShape};
use crate::observe::{Collision, Gap, Observation, Observations, Probe, Reading, StateReading};
use crate::session::Server;

/// A database as it was read: the catalogue and what was seen.
pub(crate) struct Database {
    pub(crate) catalog: Catalog,
    pub(crate) observations: Observations,
}

/// Puts sequences and their links side by side, as the catalogue does. OIDs are handed out in order.
pub(crate) fn database(sequences: impl IntoIterator<Item = SequenceBuilder>) -> Database {
    let mut database = Database { catalog: Catalog::default(), observations: Observations::default() };
    for builder in sequences {
        database.push(builder);
    }
    database
}

impl Database {
    fn push(&mut self, builder: SequenceBuilder) {
        let Self { catalog, observations } = self;
        let id = SequenceId(catalog.sequences.len());
        let first_link = catalog.links.len();
        let mut sequence = builder.sequence;
        sequence.oid = Oid(20_000 + id.0 as u32);
        let lane = match builder.state {
            StateReading::Known(state) => sequence.definition.lane(state),
            _ => None,
        };
        for mut column in builder.columns {
            column.link.sequence = id;
            column.link.table_oid = Oid(10_000 + catalog.links.len() as u32);
            if matches!(column.link.via, Via::Serial | Via::Identity) && sequence.owner.is_none() {
                sequence.owner = Some(Arc::new(owner_of(&column.link)));
            }
            observations.links.push(column.observe(lane, sequence.definition.ascending()));
            catalog.links.push(column.link);
        }
        sequence.links = first_link..catalog.links.len();
        catalog.sequences.push(sequence);
        observations.states.push(builder.state);
    }

    /// The same with a column whose sequence cannot be told.
    pub(crate) fn unresolved(mut self, unresolved: Unresolved) -> Self {
        self.catalog.unresolved.push(unresolved);
        self
    }
}

fn owner_of(link: &Link) -> Owner {
    Owner {
        table_oid: link.table_oid,
        table: link.table.clone(),
        attnum: link.attnum,
        column: link.column.clone(),
        identity: link.via == Via::Identity,
        unused: None,
    }
}

/// A sequence in the making.
pub(crate) struct SequenceBuilder {
    sequence: Sequence,
    state: StateReading,
    columns: Vec<ColumnBuilder>,
}

/// A sequence as `CREATE SEQUENCE name` makes it, of which the role owns and may do everything.
pub(crate) fn sequence(name: &str) -> SequenceBuilder {
    let definition = Definition {
        data_type: IntegerType::BigInt,
        start: 1,
        min: 1,
        max: i64::MAX,
        increment: 1,
        cycle: false,
        cache: 1,
    };
    SequenceBuilder {
        sequence: Sequence {
            oid: Oid(0),
            name: QuotedName::from_server(name),
            definition: Arc::new(definition),
            privileges: Privileges { select: true, draw: true, update: true, alter: true },
            owner: None,
            links: Range::default(),
            missing_grants: Vec::new(),
            unlogged: false,
        },
        state: StateReading::Known(State { last_value: 1, is_called: false }),
        columns: Vec::new(),
    }
}

impl SequenceBuilder {
    fn definition(&mut self) -> &mut Definition {
        Arc::make_mut(&mut self.sequence.definition)
    }

    /// AS type, with the bounds that it brings; before other bounds are set.
    pub(crate) fn of_type(mut self, data_type: IntegerType) -> Self {
        let definition = self.definition();
        definition.data_type = data_type;
        if definition.ascending() {
            definition.max = data_type.max();
        } else {
            definition.min = data_type.min();
        }
        self
    }

    /// INCREMENT BY; a descending sequence counts from -1 down, as CREATE SEQUENCE does it.
    pub(crate) fn increment(mut self, increment: i64) -> Self {
        let definition = self.definition();
        definition.increment = increment;
        if increment < 0 {
            (definition.start, definition.min, definition.max) = (-1, definition.data_type.min(), -1);
            self.restarted(-1)
        } else {
            self
        }
    }

    /// MINVALUE and MAXVALUE.
    pub(crate) fn bounds(mut self, min: i64, max: i64) -> Self {
        let definition = self.definition();
        (definition.min, definition.max) = (min, max);
        self
    }

    /// START WITH, where it stands as well.
    pub(crate) fn start(mut self, start: i64) -> Self {
        self.definition().start = start;
        self.restarted(start)
    }

    /// CYCLE.
    pub(crate) fn cycle(mut self) -> Self {
        self.definition().cycle = true;
        self
    }

    /// CACHE.
    pub(crate) fn cache(mut self, cache: i64) -> Self {
        self.definition().cache = cache;
        self
    }

    /// `last_value` was handed out.
    pub(crate) fn called(mut self, last_value: i64) -> Self {
        self.state = StateReading::Known(State { last_value, is_called: true });
        self
    }

    /// RESTART WITH: the value is the next one.
    pub(crate) fn restarted(mut self, last_value: i64) -> Self {
        self.state = StateReading::Known(State { last_value, is_called: false });
        self
    }

    /// What was read of its state.
    pub(crate) fn state(mut self, state: StateReading) -> Self {
        self.state = state;
        self
    }

    /// Its state could not be read.
    pub(crate) fn unreadable(self, reason: &str, hint: &str) -> Self {
        let unreadable = Unreadable { reason: reason.to_owned(), hint: hint.to_owned() };
        self.state(StateReading::Unreadable(Box::new(unreadable)))
    }

    /// What the role may do with it.
    pub(crate) fn privileges(mut self, privileges: Privileges) -> Self {
        self.sequence.privileges = privileges;
        self
    }

    /// A role that may insert but not draw.
    pub(crate) fn missing_grant(mut self, role: &str, table: &str) -> Self {
        let (role, table) = (QuotedName::from_server(role), Arc::new(QuotedName::from_server(table)));
        self.sequence.missing_grants.push(Missing { role, table });
        self
    }

    /// OWNED BY a column that draws from these sequences instead.
    pub(crate) fn owned_by(mut self, table: &str, column_name: &str, draws_from: &[&str]) -> Self {
        let mut owner = owner_of(&column(table, column_name).link);
        owner.unused = Some(draws_from.iter().map(|name| QuotedName::from_server(*name)).collect());
        self.sequence.owner = Some(Arc::new(owner));
        self
    }

    /// A column that draws from it.
    pub(crate) fn link(mut self, column: ColumnBuilder) -> Self {
        self.columns.push(column);
        self
    }
}

/// A linked column in the making.
pub(crate) struct ColumnBuilder {
    link: Link,
    rows: Vec<i128>,
    observation: Option<Observation>,
}

/// A `bigserial PRIMARY KEY` without rows. An owner is set with it, unless another [`ColumnBuilder::via`] says
/// that there is none.
pub(crate) fn column(table: &str, name: &str) -> ColumnBuilder {
    let link = Link {
        sequence: SequenceId(0),
        via: Via::Serial,
        table_oid: Oid(0),
        table: Arc::new(QuotedName::from_server(table)),
        attnum: 1,
        column: QuotedName::from_server(name),
        column_type: integer_type(IntegerType::BigInt),
        mapping: Arc::new(Mapping::IDENTITY),
        unique: Uniqueness::Whole { index: QuotedName::from_server("t_pkey") },
        indexed: true,
        locks: 2,
        leaves: Arc::new([]),
        foreign_keys: Vec::new(),
        unreadable: None,
    };
    ColumnBuilder { link, rows: Vec::new(), observation: None }
}

fn integer_type(integer: IntegerType) -> Arc<ColumnType> {
    let storage = Storage::Integer(integer);
    Arc::new(ColumnType { name: integer.name().into(), storage, ignores_case: None })
}

impl ColumnBuilder {
    /// How it draws.
    pub(crate) fn via(mut self, via: Via) -> Self {
        self.link.via = via;
        self
    }

    /// An integer type.
    pub(crate) fn integer(mut self, integer: IntegerType) -> Self {
        self.link.column_type = integer_type(integer);
        self
    }

    /// Any type.
    pub(crate) fn of_type(mut self, name: &str, storage: Storage) -> Self {
        self.link.column_type = Arc::new(ColumnType { name: name.into(), storage, ignores_case: None });
        self
    }

    /// The default is `factor × nextval() + offset`.
    pub(crate) fn mapped(mut self, factor: i128, offset: i128) -> Self {
        let mapping = Arc::make_mut(&mut self.link.mapping);
        (mapping.factor, mapping.offset) = (factor, offset);
        self
    }

    /// The default is `'prefix' || lpad(nextval()::text, pad, '0')`, which cuts off beyond `pad` digits, or without
    /// `pad` `'prefix' || nextval()`.
    pub(crate) fn text(mut self, prefix: &str, pad: u32) -> Self {
        let (max_digits, max_negative_digits) = ((pad > 0).then_some(pad), (pad > 0).then_some(0));
        Arc::make_mut(&mut self.link.mapping).text = Some(Box::new(TextShape {
            prefix: prefix.into(),
            suffix: String::new(),
            pad,
            max_digits,
            max_negative_digits,
        }));
        self.of_type("text", Storage::Text(None))
    }

    /// No unique index.
    pub(crate) fn not_unique(mut self) -> Self {
        self.link.unique = Uniqueness::None;
        self
    }

    /// A unique index that guards only a part: `with tenant_id`.
    pub(crate) fn unique_partly(mut self, index: &str, how: &str) -> Self {
        self.link.unique = Uniqueness::Partly { index: QuotedName::from_server(index), how: how.into() };
        self
    }

    /// A column of another table that copies this one.
    pub(crate) fn copied_by(mut self, table: &str, column: &str, integer: IntegerType) -> Self {
        let (table, column) = (QuotedName::from_server(table), QuotedName::from_server(column));
        self.link.foreign_keys.push(ForeignKeyColumn { table, column, integer });
        self
    }

    /// The values in the column.
    pub(crate) fn rows(mut self, rows: impl IntoIterator<Item = i128>) -> Self {
        self.rows.extend(rows);
        self
    }

    /// What was seen, instead of rows.
    pub(crate) fn observation(mut self, observation: Observation) -> Self {
        self.observation = Some(observation);
        self
    }

    /// What looking at the rows gives, for a sequence that has `lane` before it.
    fn observe(&mut self, lane: Option<Lane>, ascending: bool) -> Observation {
        if let Some(observation) = self.observation.take() {
            return observation;
        }
        self.rows.sort_unstable();
        let grows = ascending == (self.link.mapping.factor > 0);
        if !grows {
            self.rows.reverse();
        }
        let collision = lane.and_then(|lane| self.collision(self.link.lane_in_column(lane))).map(Box::new);
        Observation::Seen(Reading {
            extreme: self.rows.last().copied(),
            probe: Probe::Index,
            collision,
            unread: None,
        })
    }

    /// The rows in the way, which are sorted in the lane's direction.
    fn collision(&self, lane: Lane) -> Option<Collision> {
        let ahead: Vec<_> = self.rows.iter().copied().filter(|row| lane.contains(*row)).collect();
        let (&first, &last) = (ahead.first()?, ahead.last()?);
        let in_a_row = (0..).zip(&ahead).take_while(|(call, row)| **row == first + call * lane.step());
        let run = in_a_row.count() as u64;
        Some(Collision { first, last, run, run_is_more: false, gap: self.gap(lane).map(Box::new) })
    }

    /// The widest gap, from the last row before it or from the lane's next value, to a row of the lane.
    fn gap(&self, lane: Lane) -> Option<Gap> {
        let width = |place: &usize| {
            let before = place.checked_sub(1).map_or(lane.next(), |before| self.rows[before]);
            (self.rows[*place] - before).abs()
        };
        let ahead = (0..self.rows.len()).filter(|place| lane.contains(self.rows[*place]));
        let widest = ahead.max_by_key(width)?;
        Some(Gap {
            before: widest.checked_sub(1).map(|before| self.rows[before]),
            after: self.rows[widest],
            rows_after: (self.rows.len() - widest) as u64,
        })
    }
}

/// The server that the fixtures stand on.
pub(crate) fn server() -> Server {
    Server {
        version_num: 180_004,
        version: "18.4".to_owned(),
        database: "shop".to_owned(),
        host: "localhost".to_owned(),
        port: "5432".to_owned(),
        user: "ci".to_owned(),
        search_path: Vec::new(),
        in_recovery: false,
        primary: None,
        is_superuser: false,
        database_oid: 16_384,
        system_identifier: None,
    }
}
