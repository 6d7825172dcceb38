//! What a [`Change`] was to do and did: a part of its receipt, and its result.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::Progress;
use crate::model::{Oid, QuotedName, State};
use crate::plan::{Act, Change, SequenceChange};

/// What one transaction was to do and did, all of it or nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changed {
    /// How far it came. [`Progress::Unknown`]: COMMIT was about to be sent, and there is no word of its end.
    pub progress: Progress,
    /// The number of the transaction (`txid_current()`), by which the server tells what became of it
    /// (`txid_status()`; manual, section 9.27.8); it is there once COMMIT is about to be sent.
    #[serde(default)]
    pub transaction: Option<i64>,
    /// The sequences whose state it changes.
    pub sequences: Vec<ChangedSequence>,
    /// What it does, in order, the locks first.
    pub acts: Vec<ChangedAct>,
    /// The folder that keeps the rows which it removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backup: Option<PathBuf>,
    /// What went wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// A sequence of a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangedSequence {
    /// `schema.name`, quoted.
    pub sequence: QuotedName,
    /// Its OID.
    pub oid: Oid,
    /// Where it stood: as the plan found it and, once COMMIT is about to be sent, as it was under the lock.
    pub before: State,
    /// Where it stands after the change; `None` before COMMIT is about to be sent.
    #[serde(default)]
    pub after: Option<State>,
    /// The next value afterwards, where the plan knows it.
    #[serde(default)]
    pub next: Option<i64>,
    /// The statement that puts it back to where the plan found it.
    pub undo: String,
}

/// An act of a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangedAct {
    /// What it does, in words.
    pub what: String,
    /// Why so.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// The statement.
    pub statement: String,
    /// The lock that it takes, in words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub lock: String,
    /// The statement that would take it back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo: Option<String>,
    /// The file on this side that it reads or writes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// How many rows it touched, where it touches rows and was run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<u64>,
}

impl Changed {
    /// What a change is to do.
    pub fn planned(change: &Change) -> Self {
        let acts = change.locks.iter().chain(&change.acts);
        Self {
            progress: Progress::Planned,
            transaction: None,
            sequences: change.sequences.iter().map(ChangedSequence::planned).collect(),
            acts: acts.map(ChangedAct::planned).collect(),
            backup: change.backup.clone(),
            error: None,
        }
    }
}

impl ChangedSequence {
    fn planned(sequence: &SequenceChange) -> Self {
        Self {
            sequence: sequence.name.clone(),
            oid: sequence.oid,
            before: sequence.before,
            after: None,
            next: sequence.next,
            undo: sequence.undo(),
        }
    }
}

impl ChangedAct {
    fn planned(act: &Act) -> Self {
        Self {
            what: act.what.clone(),
            reason: act.reason.clone(),
            statement: act.statement(),
            lock: act.lock.clone(),
            undo: act.undo.clone(),
            file: act.file().map(|file| file.to_string_lossy().into_owned()),
            rows: None,
        }
    }
}
