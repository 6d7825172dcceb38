//! COPY FROM STDIN and COPY TO STDOUT (manual, 32.10).

use std::io;

use crate::c_text::to_c;
use crate::handle::{CopyBuffer, CopyData};
use crate::{Connection, Error};

impl Connection {
    /// Begins a `COPY … FROM STDIN`, and takes its data by [`io::Write`].
    ///
    /// ```no_run
    /// # use std::io::Write;
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let mut connection = reseq_pq::Connection::connect(&[])?;
    /// let mut copy = connection.copy_in("copy item (id, name) from stdin")?;
    /// writeln!(copy, "1\tchair")?;
    /// writeln!(copy, "2\ttable")?;
    /// assert_eq!(copy.finish()?, 2);
    /// # Ok(()) }
    /// ```
    pub fn copy_in(&mut self, sql: &str) -> Result<CopyIn<'_>, Error> {
        self.begin_copy(sql, pq_sys::ExecStatusType::PGRES_COPY_IN)?;
        Ok(CopyIn { connection: self, open: true })
    }

    /// Begins a `COPY … TO STDOUT`, and gives its data by [`io::Read`] or [row by row](CopyOut::next_row).
    pub fn copy_out(&mut self, sql: &str) -> Result<CopyOut<'_>, Error> {
        self.begin_copy(sql, pq_sys::ExecStatusType::PGRES_COPY_OUT)?;
        Ok(CopyOut { connection: self, row: None, given: 0, state: State::Running })
    }

    /// By the simple protocol, which takes no parameters: neither does COPY.
    fn begin_copy(&mut self, sql: &str, direction: pq_sys::ExecStatusType) -> Result<(), Error> {
        let sql = to_c("the statement", sql)?;
        if !self.handle.send_query(&sql) {
            return Err(Error::of_connection(&self.handle));
        }
        let first = self.handle.get_result();
        if first.as_ref().is_some_and(|result| result.status() == direction) {
            return Ok(());
        }
        // Whatever else the statement does is fetched and forgotten.
        self.fetch_from(first)?;
        Err(Error::local("the statement is not a COPY in this direction".to_owned()))
    }
}

/// A COPY FROM STDIN under way. Dropped without [`finish`](Self::finish), it is aborted: no row stays.
#[derive(Debug)]
pub struct CopyIn<'a> {
    connection: &'a mut Connection,
    /// Neither finished nor aborted.
    open: bool,
}

impl CopyIn<'_> {
    /// Sends data: any piece of it, rows need not be whole. The server's opinion of them comes with
    /// [`finish`](Self::finish).
    pub fn put(&mut self, data: &[u8]) -> Result<(), Error> {
        if self.connection.handle.put_copy_data(data) {
            Ok(())
        } else {
            Err(Error::of_connection(&self.connection.handle))
        }
    }

    /// Ends the data; how many rows the server took.
    pub fn finish(mut self) -> Result<u64, Error> {
        self.open = false;
        if !self.connection.handle.put_copy_end(None) {
            return Err(Error::of_connection(&self.connection.handle));
        }
        copied(self.connection)
    }

    /// Gives up with a message, which the server's log shows; no row stays.
    pub fn abort(mut self, message: &str) -> Result<(), Error> {
        let message = to_c("the message", message)?;
        self.open = false;
        if !self.connection.handle.put_copy_end(Some(&message)) {
            return Err(Error::of_connection(&self.connection.handle));
        }
        match copied(self.connection) {
            // That is how the server says that it was aborted.
            Err(error) if error.sqlstate() == Some("57014") => Ok(()),
            Err(error) => Err(error),
            Ok(_) => Err(Error::local("the COPY was to be aborted, but has ended well".to_owned())),
        }
    }
}

impl io::Write for CopyIn<'_> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.put(data).map_err(io::Error::other)?;
        Ok(data.len())
    }

    /// Nothing to do: libpq sends as its buffer fills, and at the end.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for CopyIn<'_> {
    fn drop(&mut self) {
        if self.open {
            self.connection.handle.put_copy_end(Some(c"the client gave up"));
            // The error is the one that was asked for, or a lost connection, which the next statement tells.
            drop(copied(self.connection));
        }
    }
}

/// A COPY TO STDOUT under way. Dropped early, the rest is fetched and forgotten.
pub struct CopyOut<'a> {
    connection: &'a mut Connection,
    /// The row last fetched, and how many of its bytes `read` has given.
    row: Option<CopyBuffer>,
    given: usize,
    state: State,
}

/// Where a COPY TO STDOUT stands.
#[derive(Clone, Copy)]
enum State {
    Running,
    /// All rows came; so many.
    Ended(u64),
    /// The error was told.
    Failed,
}

impl CopyOut<'_> {
    /// The next row with its line end (in binary: the next piece); `None` at the end.
    pub fn next_row(&mut self) -> Result<Option<&[u8]>, Error> {
        self.fetch()?;
        Ok(self.row.as_ref().map(CopyBuffer::bytes))
    }

    /// Fetches and forgets what was not read; how many rows the server sent.
    pub fn finish(mut self) -> Result<u64, Error> {
        loop {
            self.fetch()?;
            if let State::Ended(rows) = self.state {
                return Ok(rows);
            }
        }
    }

    /// Sets `row` to the next one; to none at the end.
    fn fetch(&mut self) -> Result<(), Error> {
        self.row = None;
        self.given = 0;
        match self.state {
            State::Ended(_) => return Ok(()),
            State::Failed => return Err(Error::local("the COPY has failed before".to_owned())),
            State::Running => {}
        }
        if let CopyData::Row(row) = self.connection.handle.get_copy_data() {
            self.row = Some(row);
            return Ok(());
        }
        let ended = copied(self.connection);
        self.state = ended.as_ref().map_or(State::Failed, |&rows| State::Ended(rows));
        ended.map(|_| ())
    }
}

impl io::Read for CopyOut<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.row.as_ref().is_none_or(|row| self.given == row.bytes().len()) {
            self.fetch().map_err(io::Error::other)?;
        }
        let Some(row) = &self.row else { return Ok(0) };
        let rest = &row.bytes()[self.given..];
        let length = rest.len().min(into.len());
        into[..length].copy_from_slice(&rest[..length]);
        self.given += length;
        Ok(length)
    }
}

impl Drop for CopyOut<'_> {
    fn drop(&mut self) {
        // An error that nobody waits for; a lost connection is told by the next statement.
        while matches!(self.state, State::Running) && self.fetch().is_ok() {}
    }
}

/// The number of rows, when the data has ended.
fn copied(connection: &mut Connection) -> Result<u64, Error> {
    let results = connection.fetch_all()?;
    let rows = results.into_iter().next().and_then(|result| result.affected_rows());
    rows.ok_or_else(|| Error::of_connection(&connection.handle))
}
