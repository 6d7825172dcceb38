//! A file in portions: what the server does not take is left out, and kept.
//!
//! No row is left out that was not refused alone, after everything before it. A portion that is refused is tried again
//! up to the row that the server names, that row alone, and what comes after it; where the server names none, by halves.
//! After a row that was left out, portions begin as long as it was from the one before it, and double as they are taken:
//! what is sent in vain stays in proportion to what is taken, whether one row is bad or all of them are.

use super::Loader;
use crate::apply::change::Portions;
use crate::file::Trim;
use crate::{Error, Result};

/// How much is kept in memory for another try.
const PORTION: usize = 8 << 20;

/// Rows on their way.
#[derive(Default)]
struct Rows {
    /// As they are sent.
    sent: Vec<u8>,
    sent_ends: Vec<usize>,
    /// As they stand in the file.
    raw: Vec<u8>,
    raw_ends: Vec<usize>,
    /// The line that each begins in.
    lines: Vec<u64>,
}

impl Rows {
    fn push(&mut self, line: u64, raw: &[u8], write_sent: impl FnOnce(&mut Vec<u8>)) {
        write_sent(&mut self.sent);
        self.sent_ends.push(self.sent.len());
        self.raw.extend_from_slice(raw);
        self.raw_ends.push(self.raw.len());
        self.lines.push(line);
    }

    fn count(&self) -> usize {
        self.lines.len()
    }

    fn sent(&self, from: usize, to: usize) -> &[u8] {
        &self.sent[start(&self.sent_ends, from)..start(&self.sent_ends, to)]
    }

    fn raw(&self, place: usize) -> &[u8] {
        &self.raw[start(&self.raw_ends, place)..self.raw_ends[place]]
    }
}

/// Where the record at a place begins.
fn start(ends: &[usize], place: usize) -> usize {
    place.checked_sub(1).map_or(0, |before| ends[before])
}

/// Rows that were refused alone, because they refer to others of the table that were not there.
#[derive(Default)]
struct Orphans {
    rows: Rows,
    /// Why, one a row.
    errors: Vec<Error>,
    /// None is waited with any more.
    waited: bool,
}

/// Which key was missing, in the server's words.
fn detail(error: &Error) -> Option<&str> {
    let Error::Database { source, .. } = error else { return None };
    source.detail()
}

/// A file on its way.
struct Giving<'l, 'a, 'p, 't, 's> {
    loader: &'l mut Loader<'a>,
    file: usize,
    portions: &'p mut Portions<'t, 's>,
    head: Vec<u8>,
    head_lines: u64,
    end_of_data: &'static [u8],
    /// How many rows are given together, at most.
    stride: usize,
    /// How many were taken since one was left out.
    taken: usize,
    /// How many rows it was.
    rows: u64,
    /// Rows that refer to others of the table which may come later in the file.
    orphans: Orphans,
}

/// Gives a file; returns how many rows the server has.
pub(super) fn give(loader: &mut Loader<'_>, file: usize, portions: &mut Portions<'_, '_>) -> Result<u64> {
    let mut trim = loader.trim(file);
    let (head, head_lines) = loader.head(file, trim.as_mut())?;
    let input = &loader.inputs[file];
    let end_of_data = input.format().end_of_data();
    if let Some(rejects) = &mut loader.rejects {
        rejects.begin(input);
    }
    let mut giving = Giving {
        loader,
        file,
        portions,
        head,
        head_lines,
        end_of_data,
        stride: usize::MAX,
        taken: 0,
        rows: 0,
        orphans: Orphans::default(),
    };
    while let Some(rows) = giving.read(trim.as_mut())? {
        giving.give(&rows)?;
        giving.loader.loaded.rows += rows.count() as u64;
        giving.loader.tell_progress();
    }
    giving.give_orphans()?;
    let rows = giving.rows;
    if let Some(rejects) = &mut loader.rejects {
        rejects.sync()?;
    }
    Ok(rows)
}

impl Giving<'_, '_, '_, '_, '_> {
    /// Reads the next rows; those of another number of fields are left out at once.
    fn read(&mut self, mut trim: Option<&mut Trim>) -> Result<Option<Rows>> {
        self.loader.interrupt.check()?;
        let Some(batch) = self.loader.inputs[self.file].batch(PORTION)? else { return Ok(None) };
        let splitter = self.loader.inputs[self.file].splitter();
        let mut rows = Rows::default();
        let mut line = batch.lines_before() + 1;
        for place in 0..batch.count() {
            let record = batch.record(place);
            let mut wrong = splitter.ends_data(record).then(|| splitter.why_it_ends().to_owned());
            rows.push(line, record, |sent| match &mut trim {
                None => sent.extend_from_slice(record),
                Some(trim) => {
                    let misfit = trim.record(record, sent).err();
                    wrong = wrong.take().or(misfit.map(|misfit| misfit.to_string()));
                }
            });
            if let Some(wrong) = wrong {
                let error = self.loader.bad_row(self.file, line, &wrong, record);
                self.reject(record, error)?;
                rows = rows.without_last();
            }
            line += splitter.lines(record);
        }
        Ok(Some(rows))
    }

    fn give(&mut self, rows: &Rows) -> Result<()> {
        let mut from = 0;
        // Where the next portions end, the next one last.
        let mut ends: Vec<usize> = Vec::new();
        while from < rows.count() {
            let to = ends.pop().unwrap_or_else(|| from.saturating_add(self.stride).min(rows.count()));
            self.loader.interrupt.check()?;
            match self.portions.give(&[&self.head, rows.sent(from, to), self.end_of_data]) {
                Ok(taken) => {
                    self.rows += taken;
                    self.taken = self.taken.saturating_add(to - from);
                    self.stride = self.stride.saturating_mul(2);
                    from = to;
                }
                Err(error) if !is_about_rows(&error) => return Err(error),
                Err(error) if to - from == 1 => {
                    self.leave_out(rows, from, error)?;
                    self.stride = std::mem::take(&mut self.taken).saturating_mul(2).max(1);
                    from = to;
                }
                Err(error) => match self.place(rows, from, to, &error) {
                    Some(place) => {
                        ends = [place + 1, place]
                            .into_iter()
                            .filter(|end| (from + 1..to).contains(end))
                            .collect()
                    }
                    None => ends.extend([to, from + (to - from) / 2]),
                },
            }
        }
        Ok(())
    }

    /// Which of the rows the server names.
    fn place(&self, rows: &Rows, from: usize, to: usize, error: &Error) -> Option<usize> {
        let Error::Database { source, .. } = error else { return None };
        let wanted = self.loader.position(self.file, source)?.line.checked_sub(self.head_lines)?;
        let splitter = self.loader.inputs[self.file].splitter();
        let mut line = 0;
        (from..to).find(|place| {
            line += splitter.lines(rows.sent(*place, place + 1));
            line >= wanted
        })
    }

    /// A row was refused alone.
    fn leave_out(&mut self, rows: &Rows, place: usize, error: Error) -> Result<()> {
        let (line, raw) = (rows.lines[place], rows.raw(place));
        if self.may_wait(raw, &error) {
            self.orphans.rows.push(line, raw, |sent| sent.extend_from_slice(rows.sent(place, place + 1)));
            self.orphans.errors.push(error);
            return Ok(());
        }
        let error = self.told(line, error);
        self.reject(raw, error)
    }

    /// Whether a row was refused because of another one that may be still to come.
    fn may_wait(&self, raw: &[u8], error: &Error) -> bool {
        let Error::Database { source, .. } = error else { return false };
        !self.orphans.waited
            && source
                .constraint()
                .is_some_and(|name| self.loader.own_references.iter().any(|own| own == name))
            && self.orphans.rows.raw.len() + raw.len() <= PORTION
    }

    fn told(&self, line: u64, error: Error) -> Error {
        self.loader.refusal(self.file, Some(line), &error).map_or(error, |bad| Error::BadRow(Box::new(bad)))
    }

    /// Rows that referred to others which may have come meanwhile are given again, together: they may refer to each
    /// other. Where even all of them do not hold the row that one was refused for, that one is left out.
    fn give_orphans(&mut self) -> Result<()> {
        while self.orphans.rows.count() > 0 {
            let Orphans { rows, errors, .. } = std::mem::take(&mut self.orphans);
            let refused =
                match self.portions.give(&[&self.head, rows.sent(0, rows.count()), self.end_of_data]) {
                    Ok(taken) => {
                        self.rows += taken;
                        return Ok(());
                    }
                    Err(error) if !is_about_rows(&error) => return Err(error),
                    Err(error) => error,
                };
            let before = rows.count();
            for (place, error) in errors.into_iter().enumerate() {
                let (line, raw) = (rows.lines[place], rows.raw(place));
                if detail(&error) == detail(&refused) {
                    let error = self.told(line, error);
                    self.reject(raw, error)?;
                } else {
                    self.orphans
                        .rows
                        .push(line, raw, |sent| sent.extend_from_slice(rows.sent(place, place + 1)));
                    self.orphans.errors.push(error);
                }
            }
            if self.orphans.rows.count() == before {
                // Whatever it is, it is found row by row.
                let Orphans { rows, .. } = std::mem::take(&mut self.orphans);
                self.orphans.waited = true;
                return self.give(&rows);
            }
        }
        Ok(())
    }

    fn reject(&mut self, record: &[u8], error: Error) -> Result<()> {
        if self.loader.only_looks {
            return Err(error);
        }
        if self.loader.told.len() < super::TOLD {
            self.loader.told.push(error.to_string());
        }
        match &mut self.loader.rejects {
            Some(rejects) => rejects.add(record),
            None => Ok(()),
        }
    }
}

impl Rows {
    fn without_last(mut self) -> Self {
        self.lines.pop();
        self.sent_ends.pop();
        self.raw_ends.pop();
        self.sent.truncate(self.sent_ends.last().copied().unwrap_or(0));
        self.raw.truncate(self.raw_ends.last().copied().unwrap_or(0));
        self
    }
}

/// Whether the server refuses what rows hold: data exceptions, violated constraints, limits, and what triggers raise
/// (manual, appendix A). Everything else would meet every row.
pub(super) fn is_about_rows(error: &Error) -> bool {
    const SEQUENCE_GENERATOR_LIMIT_EXCEEDED: &str = "2200H";
    let about_rows = ["22", "23", "44", "54", "P0"];
    error.sqlstate().is_some_and(|state| {
        state != SEQUENCE_GENERATOR_LIMIT_EXCEEDED && about_rows.iter().any(|class| state.starts_with(class))
    })
}
