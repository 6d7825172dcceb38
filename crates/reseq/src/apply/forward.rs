//! Moves sequences forward for whoever looks at them all the time: no receipt, no waiting, no look afterwards.

use super::advance::{Placed, Sent, advance};
use super::receipt::Recorder;
use crate::catalog::SequenceId;
use crate::plan::Step;
use crate::session::Sessions;
use crate::{Error, Result};

/// Sends the steps; returns how many calls each sequence was moved by, 0 where it needed nothing any more.
pub(crate) fn forward(sessions: &mut Sessions, steps: &[Step]) -> Vec<(SequenceId, Result<u64>)> {
    let placed: Vec<_> = steps.iter().enumerate().map(|(place, step)| Placed { place, step }).collect();
    let recorder = Recorder::of_nothing(sessions.server());
    let sent = advance(sessions, &placed, &recorder);
    sent.map(|(placed, sent)| (placed.step.sequence, calls(sent))).collect()
}

fn calls(sent: Sent) -> Result<u64> {
    match sent {
        Sent::Done(made) => Ok(made.map_or(0, |made| made.calls)),
        Sent::Failed(error) => Err(*error),
        Sent::NotBegun | Sent::CutShort => {
            Err(Error::Lost { reason: "while sequences were moved".to_owned() })
        }
    }
}
