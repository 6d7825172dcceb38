//! Gives the rows of files to a load: passed on as they are, without some of their fields, or in portions that the server
//! may refuse.

mod portions;
mod position;
mod search;

use reseq_pq as pq;

use super::change::{Portions, Rejected, Streams};
use crate::catalog::Table;
use crate::file::{BadRow, Input, Kind, Rejects, Trim};
use crate::plan::{Feed, Load};
use crate::session::{Interrupt, Sessions};
use crate::{Error, Result};
use position::Position;
pub use search::Search;

/// How many rejected rows are told of one by one.
const TOLD: usize = 20;

/// How much of a file is trimmed before it is sent.
const TRIMMED_AT_ONCE: usize = 1 << 18;

/// How far a load has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Loaded {
    /// How many bytes were read, of all files, compressed as they are.
    pub bytes: u64,
    /// How many rows were given to the server; while rows are passed on as they are, how many lines.
    pub rows: u64,
}

/// Gives the rows of a [`Load`].
pub struct Loader<'a> {
    feeds: Vec<Feed>,
    inputs: Vec<Input>,
    columns: Vec<String>,
    own_references: Vec<String>,
    rejects: Option<Rejects>,
    told: Vec<String>,
    /// How a row is looked for that the server does not name.
    search: Option<Search>,
    /// The first row that is not taken ends it.
    only_looks: bool,
    interrupt: Interrupt,
    loaded: Loaded,
    progress: Box<dyn FnMut(Loaded) + 'a>,
}

impl<'a> Loader<'a> {
    /// For the inputs that the load was planned with. `progress` is told how far it is, often.
    pub fn new(
        load: &Load,
        table: &Table,
        inputs: Vec<Input>,
        interrupt: Interrupt,
        progress: impl FnMut(Loaded) + 'a,
    ) -> Self {
        Self {
            feeds: load.feeds.clone(),
            inputs,
            columns: table.columns.iter().map(|column| column.name.clone()).collect(),
            own_references: table.own_references.clone(),
            rejects: None,
            told: Vec::new(),
            search: None,
            only_looks: false,
            interrupt,
            loaded: Loaded::default(),
            progress: Box::new(progress),
        }
    }

    /// What the server does not take goes into `rejects`.
    pub fn rejecting(self, rejects: Option<Rejects>) -> Self {
        Self { rejects, ..self }
    }

    /// Where the server does not say which row it does not take, it is looked for so.
    pub fn searching(self, search: Option<Search>) -> Self {
        Self { search, ..self }
    }

    /// The place of the file that an act copies.
    fn file_of(&self, act: usize) -> Option<usize> {
        self.feeds.iter().position(|feed| feed.act == act)
    }

    fn trim(&self, file: usize) -> Option<Trim> {
        let feed = &self.feeds[file];
        let trim = || Trim::new(&self.inputs[file], feed.width, &feed.leave_out);
        (!feed.leave_out.is_empty()).then(trim)
    }

    /// What stands before the rows in each COPY: the header of csv, or of the binary format; and how many lines it is.
    fn head(&self, file: usize, trim: Option<&mut Trim>) -> Result<(Vec<u8>, u64)> {
        let input = &self.inputs[file];
        match (input.format().kind, trim) {
            (Kind::Text, _) => Ok((Vec::new(), 0)),
            (Kind::Csv, Some(trim)) if !input.head().is_empty() => {
                let mut head = Vec::new();
                trim.record(input.head(), &mut head)
                    .map_err(|wrong| self.bad_row(file, 1, &wrong.to_string(), &[]))?;
                let lines = input.splitter().lines(&head);
                Ok((head, lines))
            }
            (Kind::Csv, _) => Ok((input.head().to_vec(), input.head_lines())),
            (Kind::Binary, _) => Ok((input.head().to_vec(), 0)),
        }
    }

    fn tell_progress(&mut self) {
        self.loaded.bytes = self.inputs.iter().map(Input::bytes_read).sum();
        (self.progress)(self.loaded);
    }

    /// A row that is known to be wrong before it is sent.
    fn bad_row(&self, file: usize, line: u64, message: &str, record: &[u8]) -> Error {
        let input = &self.inputs[file];
        Error::BadRow(Box::new(BadRow {
            file: input.source().to_string(),
            line: Some(line),
            binary: input.format().kind == Kind::Binary,
            message: message.to_owned(),
            found: (!record.is_empty()).then(|| excerpt(record)),
            ..BadRow::default()
        }))
    }

    /// Which row of a file the server speaks of.
    fn position(&self, file: usize, error: &pq::Error) -> Option<Position> {
        Position::of(error.context()?, &self.feeds[file].relation, &self.columns)
    }

    /// What the server says of a row, with the line of the file that it begins in, where that is known.
    fn refusal(&self, file: usize, line: Option<u64>, error: &Error) -> Option<BadRow> {
        let Error::Database { source, .. } = error else { return None };
        let position = self.position(file, source);
        let input = &self.inputs[file];
        let (column, found) =
            position.clone().map_or((None, None), |position| (position.column, position.found));
        Some(BadRow {
            file: input.source().to_string(),
            line: line.or_else(|| position.map(|position| position.line)),
            binary: input.format().kind == Kind::Binary,
            column: column.or_else(|| source.column().map(str::to_owned)),
            found,
            message: source.message().to_owned(),
            detail: source.detail().map(str::to_owned),
            sqlstate: source.sqlstate().map(str::to_owned),
        })
    }

    /// Passes a file on as it is.
    fn pass_on(&mut self, file: usize, copy: &mut pq::CopyIn<'_>) -> Result<()> {
        let (head, _) = self.head(file, None)?;
        put(copy, &head)?;
        loop {
            self.interrupt.check()?;
            let Some(piece) = self.inputs[file].piece()? else { return Ok(()) };
            put(copy, piece)?;
            self.loaded.rows += memchr::memchr_iter(b'\n', piece).count() as u64;
            self.tell_progress();
        }
    }

    /// Passes a file on without some of its fields.
    fn pass_on_trimmed(&mut self, file: usize, mut trim: Trim, copy: &mut pq::CopyIn<'_>) -> Result<()> {
        let (mut sent, _) = self.head(file, Some(&mut trim))?;
        let splitter = self.inputs[file].splitter();
        while let Some(batch) = self.inputs[file].batch(TRIMMED_AT_ONCE)? {
            self.interrupt.check()?;
            let mut line = batch.lines_before() + 1;
            for place in 0..batch.count() {
                let record = batch.record(place);
                if splitter.ends_data(record) {
                    return Err(self.bad_row(file, line, splitter.why_it_ends(), record));
                }
                trim.record(record, &mut sent)
                    .map_err(|wrong| self.bad_row(file, line, &wrong.to_string(), record))?;
                line += splitter.lines(record);
            }
            put(copy, &sent)?;
            sent.clear();
            self.loaded.rows += batch.count() as u64;
            self.tell_progress();
        }
        put(copy, &sent)?;
        put(copy, self.inputs[file].format().end_of_data())
    }
}

impl Streams for Loader<'_> {
    fn give(&mut self, act: usize, copy: &mut pq::CopyIn<'_>) -> Result<()> {
        let Some(file) = self.file_of(act) else { return Ok(()) };
        match self.trim(file) {
            None => self.pass_on(file, copy),
            Some(trim) => self.pass_on_trimmed(file, trim, copy),
        }
    }

    fn take(&mut self, _: usize, _: &mut pq::CopyOut<'_>) -> Result<()> {
        Ok(())
    }

    fn give_portions(&mut self, portions: &mut Portions<'_, '_>) -> Result<u64> {
        let Some(file) = self.file_of(portions.act) else { return Ok(0) };
        portions::give(self, file, portions)
    }

    fn explain(&self, act: usize, error: Error) -> Error {
        let file = self.file_of(act).filter(|_| portions::is_about_rows(&error));
        let bad = file.and_then(|file| Some((file, self.refusal(file, None, &error)?)));
        bad.map_or(error, |(file, mut bad)| {
            // The server does not see the header of a file in the text format.
            bad.line = bad.line.map(|line| line + self.inputs[file].lines_unseen());
            Error::BadRow(Box::new(bad))
        })
    }

    fn look_into(&mut self, sessions: &mut Sessions, error: Error) -> Error {
        search::look_into(self, sessions, error)
    }

    fn rejected(&self) -> Option<Rejected> {
        let rejects = self.rejects.as_ref().filter(|rejects| rejects.count() > 0)?;
        Some(Rejected { file: rejects.path().to_owned(), rows: rejects.count(), first: self.told.clone() })
    }

    fn done(&mut self) {
        if let Some(rejects) = &mut self.rejects {
            rejects.keep();
        }
    }
}

fn put(copy: &mut pq::CopyIn<'_>, data: &[u8]) -> Result<()> {
    if data.is_empty() { Ok(()) } else { copy.put(data).map_err(Error::while_trying("send rows")) }
}

/// The beginning of a record, for people.
fn excerpt(record: &[u8]) -> String {
    const LONGEST: usize = 100;
    let text = String::from_utf8_lossy(record);
    let text = text.trim_end_matches(['\n', '\r']);
    if text.chars().count() <= LONGEST {
        text.to_owned()
    } else {
        text.chars().take(LONGEST).chain(['…']).collect()
    }
}
