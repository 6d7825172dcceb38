//! A file that is being read: what it is, its header, and then its rows, in pieces or record by record.

use std::fs::File;
use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::batch::Batch;
use super::compression::{Compression, decompress};
use super::format::SIGNATURE;
use super::header;
use super::splitter::{Found, Splitter};
use super::{BadRow, Format, Kind, Source};
use crate::plan::FileShape;
use crate::{Error, Result};

/// How much is read at once.
const PIECE: usize = 1 << 18;

/// A record that is longer than this is none: a quote is missing somewhere.
const LONGEST_RECORD: usize = 1 << 26;

/// What the header of a binary file takes: signature, flags, and the length of what follows.
const BINARY_HEAD: usize = SIGNATURE.len() + 8;

/// What some programs write before the first byte of a text in UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// What texts in UTF-16 begin with.
const UTF_16: [&[u8]; 2] = [b"\xff\xfe", b"\xfe\xff"];

/// What the user says of a file's format; what is not said is found out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// Which of COPY's formats.
    pub kind: Option<Kind>,
    /// What stands between two fields.
    pub delimiter: Option<u8>,
    /// What stands for NULL.
    pub null: Option<String>,
    /// Whether the first line names the columns.
    pub header: Option<bool>,
    /// The encoding of its texts, as the server names it.
    pub encoding: Option<String>,
}

impl Said {
    fn format(&self, kind: Kind) -> Format {
        let usual = Format::usual(kind);
        Format {
            kind,
            delimiter: self.delimiter.unwrap_or(usual.delimiter),
            null: self.null.clone(),
            header: self.header.unwrap_or(usual.header) && kind != Kind::Binary,
            encoding: self.encoding.clone().filter(|_| kind != Kind::Binary),
        }
    }
}

/// A file that is open for reading, at its first row.
pub struct Input {
    source: Source,
    reader: Box<dyn Read + Send>,
    /// What was read and not given away yet begins at `given`.
    buffer: Vec<u8>,
    given: usize,
    ended: bool,
    read: Arc<AtomicU64>,
    size: Option<u64>,
    compression: Compression,
    format: Format,
    splitter: Splitter,
    names: Option<Vec<String>>,
    head: Vec<u8>,
    head_lines: u64,
    /// How many lines were given away, those of the header too.
    lines: u64,
    /// Whether what was given away ended within quotes.
    quoted: bool,
    /// The major version of the server that it is for.
    major: u32,
}

impl Input {
    /// Opens a file for a server of this major version, finds out how it is compressed and what format it has, and reads
    /// its header.
    ///
    /// # Errors
    /// [`Error::File`]; [`Error::Usage`] where it is not what it is said to be.
    pub fn open(source: &Source, said: &Said, major: u32) -> Result<Self> {
        let failed = |error| failure(source, error);
        let (file, size): (Box<dyn Read + Send>, _) = match source {
            Source::Stdin => (Box::new(io::stdin()), None),
            Source::File(path) => {
                let file = File::open(path).map_err(failed)?;
                let metadata = file.metadata().map_err(failed)?;
                let size = metadata.is_file().then_some(metadata.len());
                (Box::new(file), size)
            }
        };
        let read = Arc::new(AtomicU64::new(0));
        let counted = Counted { file, read: Arc::clone(&read) };
        let (compression, reader) = decompress(counted).map_err(failed)?;
        let format = Format::usual(Kind::Csv);
        let splitter = Splitter::new(&format, &[]);
        let mut input = Self {
            source: source.clone(),
            reader,
            buffer: Vec::new(),
            given: 0,
            ended: false,
            read,
            size,
            compression,
            format,
            splitter,
            names: None,
            head: Vec::new(),
            head_lines: 0,
            lines: 0,
            quoted: false,
            major,
        };
        input.begin(said)?;
        Ok(input)
    }

    fn begin(&mut self, said: &Said) -> Result<()> {
        while self.rest().len() < BINARY_HEAD && self.fill()? {}
        let is_binary = self.rest().starts_with(SIGNATURE);
        match said.kind {
            Some(Kind::Binary) if !is_binary => {
                return Err(self.is_not("binary: it does not begin as COPY writes it"));
            }
            Some(kind) if is_binary && kind != Kind::Binary => {
                return Err(self.is_not(&format!("{}: it is in COPY's binary format", kind.name())));
            }
            _ => {}
        }
        let name = self.source.to_string();
        self.format = said.format(said.kind.unwrap_or_else(|| Kind::guess(&name, self.rest())));
        if is_binary {
            return self.take_binary_head();
        }
        let to_utf8 = |from: &str| Some(format!("convert it: iconv -f {from} -t UTF-8"));
        if UTF_16.iter().any(|mark| self.rest().starts_with(mark)) {
            let message = format!("{} is in UTF-16, which the server does not read", self.source);
            return Err(Error::Usage { message, hint: to_utf8("UTF-16") });
        }
        if self.format.hides_bytes() {
            let encoding = self.format.encoding.as_deref().unwrap_or_default();
            let message = format!(
                "{} cannot be read in {encoding}: what separates its fields may be half of a character there",
                self.source
            );
            return Err(Error::Usage { message, hint: to_utf8(encoding) });
        }
        if self.rest().starts_with(BYTE_ORDER_MARK) {
            self.given += BYTE_ORDER_MARK.len();
        }
        self.splitter = Splitter::new(&self.format, self.rest()).for_server(self.major);
        if self.format.header
            && let Some(length) = self.whole_record()?
        {
            let record = self.take(length);
            if self.splitter.ends_data(&record) {
                return Err(self.ends_early(1));
            }
            self.head_lines = self.splitter.lines(&record);
            self.lines = self.head_lines;
            self.names = Some(header::names(self.splitter, &record));
            self.head = record;
        }
        Ok(())
    }

    fn take_binary_head(&mut self) -> Result<()> {
        self.splitter = Splitter::new(&self.format, &[]);
        let length = self.rest().get(BINARY_HEAD - 4..BINARY_HEAD).and_then(|bytes| bytes.first_chunk::<4>());
        let Some(length) = length else { return Err(self.is_not("whole: it ends in its header")) };
        let length = BINARY_HEAD + usize::try_from(i32::from_be_bytes(*length)).unwrap_or(0);
        while self.rest().len() < length {
            if !self.fill()? {
                return Err(self.is_not("whole: it ends in its header"));
            }
        }
        self.head = self.take(length);
        Ok(())
    }

    fn is_not(&self, what: &str) -> Error {
        Error::Usage { message: format!("{} is not {what}", self.source), hint: None }
    }

    /// Where it comes from.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// How it is compressed.
    pub fn compression(&self) -> Compression {
        self.compression
    }

    /// How its rows are written.
    pub fn format(&self) -> &Format {
        &self.format
    }

    /// The names of its header.
    pub fn names(&self) -> Option<&[String]> {
        self.names.as_deref()
    }

    /// The header, as it is written: a line of names, or what a binary file begins with.
    pub fn head(&self) -> &[u8] {
        &self.head
    }

    /// How many lines the header takes.
    pub fn head_lines(&self) -> u64 {
        self.head_lines
    }

    /// How many lines of the header the server does not see: before PostgreSQL 15 only csv may have one.
    pub fn lines_unseen(&self) -> u64 {
        if self.format.kind == Kind::Text { self.head_lines } else { 0 }
    }

    /// What the plan of a load needs to know of it.
    pub fn shape(&self) -> FileShape {
        FileShape {
            source: self.source.clone(),
            compression: self.compression,
            format: self.format.clone(),
            names: self.names.clone(),
        }
    }

    /// How many bytes the file takes, compressed as it is; `None` for what is no regular file.
    pub fn size(&self) -> Option<u64> {
        self.size
    }

    /// How many bytes of it were read so far.
    pub fn bytes_read(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }

    pub(crate) fn splitter(&self) -> Splitter {
        self.splitter
    }

    /// The next piece, of whole lines; `None` at the end. Rows need not be whole.
    ///
    /// # Errors
    /// [`Error::File`]; [`Error::BadRow`] for a line that ends the data although more follows.
    pub fn piece(&mut self) -> Result<Option<&[u8]>> {
        let length = self.whole_lines()?;
        if length == 0 {
            return Ok(None);
        }
        while self.rest().len() == length && self.fill()? {}
        let piece = &self.rest()[..length];
        if let Some(place) = self.splitter.early_end(piece, self.quoted, self.rest().len() == length) {
            let line = self.lines + self.splitter.line_ends(&piece[..place]) + 1;
            return Err(self.ends_early(line));
        }
        let (quoted, lines) =
            (self.splitter.turns_quoting(piece, self.quoted), self.splitter.line_ends(piece));
        (self.quoted, self.lines) = (quoted, self.lines + lines);
        let from = self.given;
        self.given += length;
        Ok(Some(&self.buffer[from..self.given]))
    }

    /// How many bytes of whole lines are in the buffer; of a line that is too long to be held a part, of a binary file
    /// anything. 0 at the end.
    fn whole_lines(&mut self) -> Result<usize> {
        loop {
            let rest = self.rest();
            let any = self.format.kind == Kind::Binary && !rest.is_empty();
            if any || self.ended || rest.len() > LONGEST_RECORD {
                return Ok(rest.len());
            }
            match self.splitter.whole_lines(rest) {
                0 => self.fill()?,
                length => return Ok(length),
            };
        }
    }

    fn ends_early(&self, line: u64) -> Error {
        Error::BadRow(Box::new(BadRow {
            file: self.source.to_string(),
            line: Some(line),
            message: self.splitter.why_it_ends().to_owned(),
            ..BadRow::default()
        }))
    }

    /// The next whole records, of some `size` bytes together; `None` at the end of the rows.
    ///
    /// # Errors
    /// [`Error::File`]; [`Error::Usage`] for a record without an end.
    pub fn batch(&mut self, size: usize) -> Result<Option<Batch>> {
        let mut batch = Batch::new(self.lines);
        while batch.bytes().len() < size {
            let Some(length) = self.whole_record()? else { break };
            let record = &self.buffer[self.given..self.given + length];
            self.lines += self.splitter.lines(record);
            batch.push(record);
            self.given += length;
        }
        Ok((batch.count() > 0).then_some(batch))
    }

    /// How long the next record is, which is in the buffer then; `None` at the end of the rows.
    fn whole_record(&mut self) -> Result<Option<usize>> {
        loop {
            match self.splitter.first(self.rest(), self.ended) {
                Found::Record(length) => return Ok(Some(length)),
                Found::EndOfData(length) => return self.end_of_data(length),
                Found::Unfinished if self.rest().len() > LONGEST_RECORD => {
                    let line = self.lines + 1;
                    return Err(self.is_not(&format!(
                        "what it should be: the record that begins in line {line} has no end, a quote may be missing"
                    )));
                }
                Found::Unfinished if self.fill()? || !self.ended => {}
                Found::Unfinished if self.rest().is_empty() => return Ok(None),
                Found::Unfinished if self.format.kind != Kind::Binary => {}
                Found::Unfinished => return Err(self.is_not("whole: it ends in the middle of a row")),
            }
        }
    }

    /// At what ends the data: `None` where it is alone and nothing follows; else it is a record, of so many bytes, that
    /// [`Splitter::ends_data`] tells.
    fn end_of_data(&mut self, length: usize) -> Result<Option<usize>> {
        while self.rest().len() == length && self.fill()? {}
        let last = self.rest().len() == length;
        match self.format.kind {
            Kind::Binary if last => Ok(None),
            Kind::Binary => Err(self.is_not("what it should be: something follows the end of its rows")),
            _ => Ok(Some(length)
                .filter(|length| self.splitter.early_end(&self.rest()[..*length], false, last).is_some())),
        }
    }

    fn rest(&self) -> &[u8] {
        &self.buffer[self.given..]
    }

    fn take(&mut self, length: usize) -> Vec<u8> {
        let taken = self.rest()[..length].to_vec();
        self.given += length;
        taken
    }

    /// Reads more; false at the end.
    fn fill(&mut self) -> Result<bool> {
        if self.ended {
            return Ok(false);
        }
        self.buffer.drain(..self.given);
        self.given = 0;
        let before = self.buffer.len();
        // A long record is read in ever larger pieces, so that looking for its end does not begin too often.
        self.buffer.resize(before + PIECE.max(before), 0);
        let length = loop {
            match self.reader.read(&mut self.buffer[before..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other,
            }
        };
        self.buffer.truncate(before + length.as_ref().map_or(0, |length| *length));
        let length = length.map_err(|error| failure(&self.source, error))?;
        self.ended = length == 0;
        Ok(!self.ended)
    }
}

impl std::fmt::Debug for Input {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Input")
            .field("source", &self.source)
            .field("format", &self.format)
            .finish_non_exhaustive()
    }
}

fn failure(source: &Source, error: io::Error) -> Error {
    Error::File { tried: "read", path: source.path().to_owned(), source: error }
}

/// Counts what is read.
struct Counted<R> {
    file: R,
    read: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let length = self.file.read(into)?;
        self.read.fetch_add(length as u64, Ordering::Relaxed);
        Ok(length)
    }
}
