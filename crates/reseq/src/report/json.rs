//! `--format json` of check and, with `fix`, of fix. The schemas are `schema/check.schema.json` and
//! `schema/fix.schema.json`; fields are added over time, never renamed.
//!
//! Objects are made while they are written, one sequence at a time: however many there are, they do not
//! stand in memory twice.

use std::io::{self, Write};

use serde::{Serialize, Serializer};

use super::fix::FixObject;
use super::standby::{notice, source_notice};
use crate::Checked;
use crate::apply::Outcome;
use crate::catalog::{Link, LinkId, Uniqueness};
use crate::diagnose::{Code, Diagnosis, Finding};
use crate::observe::{Observation, Probe, StateReading};
use crate::session::Server;

/// Writes one object a database: a single one, or several as an array (`-a`, several targets), each on a line of its own.
#[derive(Debug)]
pub struct JsonObjects<W: Write> {
    writer: io::BufWriter<W>,
    array: bool,
    separator: &'static str,
}

impl<W: Write> JsonObjects<W> {
    /// Begins; `several` writes an array.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn begin(writer: W, several: bool) -> io::Result<Self> {
        let mut writer = io::BufWriter::new(writer);
        writer.write_all(if several { b"[" } else { b"" })?;
        Ok(Self { writer, array: several, separator: if several { "\n" } else { "" } })
    }

    /// A database that was checked.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn push(&mut self, checked: &Checked) -> io::Result<()> {
        self.element(&Database::of(checked))
    }

    /// A database that could not be checked: an object that is not complete, with `error`.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn push_failed(&mut self, target: &FailedTarget<'_>) -> io::Result<()> {
        self.element(&Failed {
            reseq: VERSION,
            server: ServerObject {
                version: None,
                database: target.database,
                host: target.host,
                port: target.port.parse().ok(),
                standby: None,
            },
            complete: false,
            error: target.error,
            sequences: [],
            findings: [],
        })
    }

    /// What became of a plan or, with [`Outcome::planned`](crate::apply::Outcome::planned), the plan alone.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn push_fix(&mut self, server: &Server, outcome: &Outcome) -> io::Result<()> {
        self.element(&FixObject::of(server, outcome))
    }

    /// Ends.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn end(mut self) -> io::Result<()> {
        self.writer.write_all(if self.array { b"\n]\n" } else { b"" })?;
        self.writer.flush()
    }

    fn element(&mut self, object: &impl Serialize) -> io::Result<()> {
        self.writer.write_all(self.separator.as_bytes())?;
        serde_json::to_writer(&mut self.writer, object)?;
        if self.array {
            self.separator = ",\n";
        } else {
            self.writer.write_all(b"\n")?;
        }
        self.writer.flush()
    }
}

/// A database that could not be checked.
#[derive(Clone, Copy, Debug)]
pub struct FailedTarget<'a> {
    /// Its name, as far as it is known.
    pub database: Option<&'a str>,
    /// The host, as far as it is known.
    pub host: Option<&'a str>,
    /// The port; empty where it is not known.
    pub port: &'a str,
    /// Why, without secrets.
    pub error: &'a str,
}

pub(super) const VERSION: &str = env!("CARGO_PKG_VERSION");

#[derive(Serialize)]
struct Database<'a> {
    reseq: &'static str,
    server: ServerObject<'a>,
    complete: bool,
    #[serde(skip_serializing_if = "<[Code]>::is_empty")]
    only: &'a [Code],
    #[serde(skip_serializing_if = "<[Code]>::is_empty")]
    except: &'a [Code],
    sequences: Sequences<'a>,
    findings: &'a [Finding],
}

impl<'a> Database<'a> {
    fn of(checked: &'a Checked) -> Self {
        Self {
            reseq: VERSION,
            server: ServerObject::of(&checked.server),
            complete: checked.report.complete,
            only: &checked.report.options.only,
            except: &checked.report.options.except,
            sequences: Sequences(checked),
            findings: &checked.report.findings,
        }
    }
}

#[derive(Serialize)]
struct Failed<'a> {
    reseq: &'static str,
    server: ServerObject<'a>,
    complete: bool,
    error: &'a str,
    sequences: [(); 0],
    findings: [(); 0],
}

#[derive(Serialize)]
pub(super) struct ServerObject<'a> {
    version: Option<&'a str>,
    database: Option<&'a str>,
    host: Option<&'a str>,
    port: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    standby: Option<StandbyObject<'a>>,
}

/// What must be known of values that were read on a standby.
#[derive(Serialize)]
struct StandbyObject<'a> {
    primary: Option<&'a str>,
    note: String,
}

impl<'a> ServerObject<'a> {
    pub(super) fn of(server: &'a Server) -> Self {
        Self::with_notice(server, notice(server))
    }

    /// The server that values are carried from.
    pub(super) fn of_source(server: &'a Server) -> Self {
        Self::with_notice(server, source_notice(server))
    }

    fn with_notice(server: &'a Server, notice: Option<String>) -> Self {
        Self {
            version: Some(&server.version),
            database: Some(&server.database),
            host: Some(&server.host),
            port: server.port.parse().ok(),
            standby: notice.map(|note| StandbyObject { primary: server.primary.as_deref(), note }),
        }
    }
}

struct Sequences<'a>(&'a Checked);

impl Serialize for Sequences<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (checked, diagnoser) = (self.0, self.0.diagnoser());
        let objects = checked
            .report
            .sequences
            .iter()
            .map(|verdict| SequenceObject::of(checked, diagnoser.diagnosis(verdict.sequence)));
        serializer.collect_seq(objects)
    }
}

#[derive(Serialize)]
struct SequenceObject<'a> {
    sequence: &'a str,
    data_type: &'static str,
    start: i64,
    min: i64,
    max: i64,
    increment: i64,
    cycle: bool,
    cache: i64,
    last_value: Option<i64>,
    is_called: Option<bool>,
    next_value: Option<i64>,
    ceiling: i64,
    used_percent: Option<f64>,
    room: Option<u64>,
    links: Vec<LinkObject<'a>>,
    findings: Vec<Finding>,
}

impl<'a> SequenceObject<'a> {
    fn of(checked: &'a Checked, diagnosis: Diagnosis) -> Self {
        let sequence = checked.catalog.sequence(diagnosis.sequence);
        let definition = &sequence.definition;
        let state = match *checked.observations.state(diagnosis.sequence) {
            StateReading::Known(state) => Some(state),
            _ => None,
        };
        let links = sequence.links.clone().map(LinkId).map(|id| {
            let (link, observation) = (checked.catalog.link(id), checked.observations.link(id));
            LinkObject::of(link, observation, definition.increment)
        });
        Self {
            sequence: sequence.name.as_str(),
            data_type: definition.data_type.name(),
            start: definition.start,
            min: definition.min,
            max: definition.max,
            increment: definition.increment,
            cycle: definition.cycle,
            cache: definition.cache,
            last_value: state.map(|state| state.last_value),
            is_called: state.map(|state| state.is_called),
            next_value: diagnosis.next_value,
            ceiling: diagnosis.ceiling,
            used_percent: diagnosis.used_percent,
            room: diagnosis.room,
            links: links.collect(),
            findings: diagnosis.findings,
        }
    }
}

#[derive(Serialize)]
struct LinkObject<'a> {
    table: &'a str,
    column: &'a str,
    via: &'static str,
    column_type: &'a str,
    /// As a value of the sequence.
    extreme: Option<i128>,
    unique: bool,
    probe: Option<Probe>,
}

impl<'a> LinkObject<'a> {
    fn of(link: &'a Link, observation: &Observation, increment: i64) -> Self {
        let reading = match observation {
            Observation::Seen(reading) => Some(reading),
            _ => None,
        };
        let extreme = reading.and_then(|reading| reading.extreme);
        Self {
            table: link.table.as_str(),
            column: link.column.as_str(),
            via: link.via.name(),
            column_type: &link.column_type.name,
            extreme: extreme.map(|extreme| link.mapping.sequence_value(extreme, increment.into())),
            unique: link.unique != Uniqueness::None,
            probe: reading.map(|reading| reading.probe),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::fixture::{column, database, sequence};
    use crate::model::IntegerType;
    use crate::report::testing::checked;

    fn shop() -> crate::fixture::Database {
        database([
            sequence("public.orders_id_seq")
                .of_type(IntegerType::Integer)
                .called(94)
                .link(column("public.orders", "id").rows(1..=106)),
            sequence("public.inv")
                .called(8)
                .link(column("public.invoices", "code").text("INV-", 6).rows([8])),
            sequence("public.hidden")
                .unreadable("permission denied", "GRANT SELECT ON SEQUENCE public.hidden TO ci"),
        ])
    }

    fn written(database: &crate::fixture::Database) -> String {
        let mut text = Vec::new();
        let mut objects = JsonObjects::begin(&mut text, false).unwrap();
        objects.push(&checked(database)).unwrap();
        objects.end().unwrap();
        String::from_utf8(text).unwrap()
    }

    fn assert_valid(text: &str) {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../schema/check.schema.json");
        let schema: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let validator = jsonschema::draft202012::new(&schema).unwrap();
        let value: Value = serde_json::from_str(text).unwrap();
        let errors: Vec<_> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:#?}\n{text}");
    }

    #[test]
    fn the_fields_stand_in_the_order_of_the_contract() {
        let text = written(&shop());
        let expected = concat!(
            r#"{"reseq":""#,
            env!("CARGO_PKG_VERSION"),
            r#"","server":{"version":"18.4","database":"shop","host":"localhost","port":5432},"#,
            r#""complete":false,"sequences":[{"sequence":"public.orders_id_seq","data_type":"integer","start":1,"#,
            r#""min":1,"max":2147483647,"increment":1,"cycle":false,"cache":1,"last_value":94,"is_called":true,"#,
            r#""next_value":95,"ceiling":2147483647,"used_percent":4.377216102731049e-6,"room":2147483553,"#,
            r#""links":[{"table":"public.orders","column":"id","via":"serial","column_type":"bigint","#,
            r#""extreme":106,"unique":true,"probe":"index"}],"#,
            r#""findings":[{"code":"behind","severity":"error","#,
            r#""message":"the next 12 inserts fail: 95 is already in public.orders.id, whose rows go up to 106","#,
            r#""fix":{"next_value":107,"sql":"SELECT count(pg_catalog.nextval('public.orders_id_seq')) "#,
            r#"FROM pg_catalog.generate_series(1, 12)"}},{"code":"type-mismatch""#,
        );
        assert!(text.starts_with(expected), "{text}");
    }

    #[test]
    fn what_is_written_fits_the_schema() {
        assert_valid(&written(&shop()));
        assert_valid(&written(&database([])));
        let far = column("public.t", "id").rows([i128::from(u64::MAX) * 10]);
        assert_valid(&written(&database([sequence("public.s").increment(-1).link(far)])));
    }

    #[test]
    fn the_schema_refuses_what_is_not_the_contract() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../schema/check.schema.json");
        let schema: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let good: Value = serde_json::from_str(&written(&shop())).unwrap();
        for (pointer, wrong) in [
            ("/complete", Value::Null),
            ("/server/port", "5432".into()),
            ("/sequences/0/next_value", "95".into()),
            ("/sequences/0/used_percent", 101.into()),
            ("/sequences/0/links/0/probe", "guess".into()),
            ("/sequences/0/links/0/via", "magic".into()),
            ("/sequences/0/findings/0/code", "behnd".into()),
            ("/sequences/0/findings/0/severity", "fatal".into()),
            ("/sequences/0/findings/0/fix", Value::Array(Vec::new())),
        ] {
            let mut bad = good.clone();
            *bad.pointer_mut(pointer).unwrap() = wrong;
            assert!(!jsonschema::draft202012::is_valid(&schema, &bad), "{pointer}");
        }
    }

    #[test]
    fn the_extreme_is_a_value_of_the_sequence() {
        let value: Value = serde_json::from_str(&written(&shop())).unwrap();
        assert_eq!(value["sequences"][1]["links"][0]["extreme"], 8);
    }

    #[test]
    fn what_could_not_be_read_is_null_and_the_object_not_complete() {
        let value: Value = serde_json::from_str(&written(&shop())).unwrap();
        let hidden = &value["sequences"][2];
        for field in ["last_value", "is_called", "next_value", "used_percent", "room"] {
            assert_eq!(hidden[field], Value::Null, "{field}");
        }
        assert_eq!(value["complete"], false);
    }

    #[test]
    fn several_databases_are_an_array_with_those_that_failed() {
        let mut text = Vec::new();
        let mut array = JsonObjects::begin(&mut text, true).unwrap();
        array.push(&checked(&shop())).unwrap();
        let error = "could not connect";
        array.push_failed(&FailedTarget { database: Some("old"), host: None, port: "5432", error }).unwrap();
        array.end().unwrap();
        let text = String::from_utf8(text).unwrap();
        assert_valid(&text);
        let value: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value[0]["server"]["database"], "shop");
        assert_eq!((&value[1]["error"], &value[1]["complete"]), (&error.into(), &false.into()));
    }

    #[test]
    fn an_array_of_none_is_an_array_and_no_object_is_nothing() {
        let written = |several| {
            let mut text = Vec::new();
            JsonObjects::begin(&mut text, several).unwrap().end().unwrap();
            String::from_utf8(text).unwrap()
        };
        assert_valid(&written(true));
        assert_eq!(written(false), "");
    }
}
