//! Batches of which one member fails: it must not take the others down.

use reseq_pq as pq;

use crate::session::Session;
use crate::{Error, Result};

/// Reads a batch in one statement. Where the server refuses it, the batch is read again in some √n pieces,
/// and those that fail in pieces of their own, until it is known which members are at fault; `alone` says
/// what becomes of them. So few statements are needed, and few time-outs are waited for.
///
/// `read` returns one answer for each member, in their order.
///
/// # Errors
/// Those that are about no member: a lost connection, an interrupt, and what `alone` returns.
pub(super) fn isolate<M, A>(
    session: &mut Session,
    batch: &[M],
    read: &impl Fn(&mut Session, &[M]) -> Result<Vec<A>>,
    alone: &impl Fn(&mut Session, &M, Error) -> Result<A>,
) -> Result<Vec<A>> {
    match (read(session, batch), batch) {
        (Ok(answers), _) => Ok(answers),
        (Err(error), _) if !is_refusal(&error) => Err(error),
        (Err(error), [member]) => Ok(vec![alone(session, member, error)?]),
        (Err(_), _) => {
            let mut answers = Vec::with_capacity(batch.len());
            for piece in batch.chunks(batch.len().isqrt()) {
                answers.extend(isolate(session, piece, read, alone)?);
            }
            Ok(answers)
        }
    }
}

/// Whether the server refused a statement, over a connection that still stands.
pub(super) fn is_refusal(error: &Error) -> bool {
    match error {
        Error::Database { source, .. } => source.sqlstate().is_some() && !error.is_loss(),
        _ => false,
    }
}

/// Runs the statement of a batch. One that is alone may wait for its lock as long as the user allows; several
/// hold locks that others wait for, and do not.
pub(super) fn read_batch<M>(
    session: &mut Session,
    batch: &[M],
    tried: &str,
    sql: &str,
    params: &[Option<&str>],
) -> Result<pq::Rows> {
    if batch.len() > 1 { session.read_many(tried, sql, params) } else { session.read(tried, sql, params) }
}
