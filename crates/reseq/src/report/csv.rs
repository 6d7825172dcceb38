//! `check --format csv`: for spreadsheets, a row for each sequence and finding, and one for each sequence
//! without any (RFC 4180).

use std::io::{self, Write};

use csv::Writer;
use serde::Serialize;

use super::standby::notice;
use crate::Checked;
use crate::catalog::Link;
use crate::diagnose::{Code, Diagnosis, Finding};

/// A table on its way to a writer, one database at a time.
#[derive(Debug)]
pub struct CsvTable<W: Write> {
    writer: Writer<W>,
}

impl<W: Write> CsvTable<W> {
    /// Writes the header.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn begin(writer: W) -> io::Result<Self> {
        let mut writer = csv::WriterBuilder::new().has_headers(false).from_writer(writer);
        writer.write_record(COLUMNS)?;
        Ok(Self { writer })
    }

    /// Writes the rows of a database.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn push(&mut self, checked: &Checked) -> io::Result<()> {
        let remark = Remark::of(checked);
        let diagnoser = checked.diagnoser();
        for verdict in &checked.report.sequences {
            write_sequence(&mut self.writer, checked, &diagnoser.diagnosis(verdict.sequence), &remark)?;
        }
        for finding in &checked.report.findings {
            self.writer.serialize((Place::of(checked), Row::of_finding(finding), &remark))?;
        }
        Ok(())
    }

    /// Writes what is still held back.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn end(mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

fn write_sequence(
    writer: &mut Writer<impl Write>,
    checked: &Checked,
    diagnosis: &Diagnosis,
    remark: &Remark,
) -> csv::Result<()> {
    let columns: Vec<_> = checked.catalog.links_of(diagnosis.sequence).iter().map(Link::full_name).collect();
    let columns = columns.join(" ");
    let row = Row {
        sequence: Some(checked.name(diagnosis.sequence)),
        columns: Some(&columns),
        next_value: diagnosis.next_value,
        ceiling: Some(diagnosis.ceiling),
        used_percent: diagnosis.used_percent.map(|percent| format!("{percent:.2}")),
        room: diagnosis.room,
        ..Row::default()
    };
    if diagnosis.findings.is_empty() {
        return writer.serialize((Place::of(checked), row, remark));
    }
    for finding in &diagnosis.findings {
        writer.serialize((Place::of(checked), row.clone().with_finding(finding), remark))?;
    }
    Ok(())
}

const COLUMNS: [&str; 17] = [
    "database",
    "host",
    "port",
    "sequence",
    "columns",
    "severity",
    "code",
    "message",
    "next_value",
    "ceiling",
    "used_percent",
    "room",
    "fix_next_value",
    "fix_sql",
    "only",
    "except",
    "standby",
];

#[derive(Serialize)]
struct Place<'a> {
    database: &'a str,
    host: &'a str,
    port: &'a str,
}

impl<'a> Place<'a> {
    fn of(checked: &'a Checked) -> Self {
        let server = &checked.server;
        Self { database: &server.database, host: &server.host, port: &server.port }
    }
}

/// What holds for the whole run: the codes that were looked for and left out, with blanks between, empty for everything
/// and for nothing; and what must be known of values that were read on a standby.
#[derive(Serialize)]
struct Remark {
    only: String,
    except: String,
    standby: Option<String>,
}

impl Remark {
    fn of(checked: &Checked) -> Self {
        let names = |codes: &[Code]| codes.iter().map(|code| code.name()).collect::<Vec<_>>().join(" ");
        Self {
            only: names(&checked.report.options.only),
            except: names(&checked.report.options.except),
            standby: notice(&checked.server),
        }
    }
}

#[derive(Clone, Default, Serialize)]
struct Row<'a> {
    sequence: Option<&'a str>,
    columns: Option<&'a str>,
    severity: Option<&'static str>,
    code: Option<&'static str>,
    message: Option<&'a str>,
    next_value: Option<i64>,
    ceiling: Option<i64>,
    used_percent: Option<String>,
    room: Option<u64>,
    fix_next_value: Option<i64>,
    fix_sql: Option<&'a str>,
}

impl<'a> Row<'a> {
    fn of_finding(finding: &'a Finding) -> Self {
        Self::default().with_finding(finding)
    }

    fn with_finding(self, finding: &'a Finding) -> Self {
        Self {
            severity: Some(finding.severity.name()),
            code: Some(finding.code.name()),
            message: Some(&finding.message),
            fix_next_value: finding.fix.as_ref().and_then(|fix| fix.next_value),
            fix_sql: finding.fix.as_ref().map(|fix| fix.sql.as_str()),
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::checked;
    use super::*;
    use crate::catalog::{Unresolved, Via};
    use crate::fixture::{column, database, sequence};

    fn written(case: &Checked) -> String {
        let mut text = Vec::new();
        let mut table = CsvTable::begin(&mut text).unwrap();
        table.push(case).unwrap();
        table.end().unwrap();
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn a_row_a_sequence_and_finding() {
        let case = checked(&database([
            sequence("public.right_id_seq").called(5).link(column("public.right", "id").rows(1..=5)),
            sequence("public.s")
                .called(2)
                .link(column("public.t", "id").via(Via::Default).rows([3]))
                .link(column("public.u", "id").via(Via::Default)),
        ]));
        assert_eq!(
            written(&case),
            "database,host,port,sequence,columns,severity,code,message,next_value,ceiling,used_percent,room,\
             fix_next_value,fix_sql,only,except,standby\n\
             shop,localhost,5432,public.right_id_seq,public.right.id,,,,6,9223372036854775807,0.00,\
             9223372036854775802,,,,,\n\
             shop,localhost,5432,public.s,public.t.id public.u.id,error,behind,\
             the next insert fails: 3 is already in public.t.id,3,9223372036854775807,0.00,9223372036854775805,4,\
             \"SELECT count(pg_catalog.nextval('public.s')) FROM pg_catalog.generate_series(1, 1)\",,,\n\
             shop,localhost,5432,public.s,public.t.id public.u.id,note,not-owned,\
             \"public.t.id and public.u.id draw from it, no column owns it: TRUNCATE … RESTART IDENTITY and \
             pg_dump -t pass it by\",3,9223372036854775807,0.00,9223372036854775805,,,,,\n"
        );
    }

    #[test]
    fn findings_of_no_sequence_have_a_row_too() {
        let case = checked(&database([]).unresolved(Unresolved {
            table: None,
            column: None,
            sequence: None,
            source: "next_code()".to_owned(),
            reason: "its name is built".to_owned(),
        }));
        let last = written(&case).lines().last().unwrap().to_owned();
        assert_eq!(
            last,
            "shop,localhost,5432,,,note,unresolved,its name is built: next_code(); declare the link in \
             reseq.toml,,,,,,,,,"
        );
    }

    #[test]
    fn what_was_looked_for_stands_in_every_row() {
        let mut case = checked(&database([sequence("public.s")]));
        let options = &mut case.report.options;
        (options.only, options.except) = (vec![Code::Behind, Code::Cached], vec![Code::Cycles]);
        assert!(written(&case).ends_with(",behind cached,cycles,\n"), "{}", written(&case));
    }

    #[test]
    fn hostile_names_come_back_as_they_are() {
        let name = "public.\"a,\"\"b\n\"";
        let case = checked(&database([sequence(name)]));
        let text = written(&case);
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let record = reader.records().next().unwrap().unwrap();
        assert_eq!(&record[3], name);
        assert_eq!(record.len(), COLUMNS.len());
    }

    #[test]
    fn a_standby_is_said_in_every_row() {
        let mut case = checked(&database([sequence("public.s"), sequence("public.cached").cache(5)]));
        case.server.in_recovery = true;
        let text = written(&case);
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        for record in reader.records() {
            assert!(record.unwrap()[16].starts_with("shop is a standby: its sequences run ahead"));
        }
    }

    #[test]
    fn without_a_sequence_there_is_only_the_header() {
        assert_eq!(written(&checked(&database([]))).lines().count(), 1);
    }
}
