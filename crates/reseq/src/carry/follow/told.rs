//! What a follower tells of itself while it goes on.

use std::time::Duration;

use serde::Serialize;

use crate::carry::direction::OtherWay;
use crate::model::QuotedName;
use crate::session::Server;

/// One of both ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// Where the values come from.
    Source,
    /// Where they go to.
    Target,
}

impl Side {
    /// As it stands in a sentence.
    pub fn words(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Target => "target",
        }
    }
}

/// What has happened.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// It goes on from here.
    Began(Box<Began>),
    /// It looked, and moved what needed it.
    Tick(Status),
    /// An end is away, or cannot be worked with; it is tried again after the pause.
    Lost {
        /// Which.
        side: Side,
        /// What was said.
        error: String,
        /// In seconds.
        #[serde(rename = "pause_seconds", serialize_with = "seconds")]
        pause: Duration,
    },
    /// An end that was away is back.
    Back {
        /// Which.
        side: Side,
        /// After so many seconds.
        #[serde(rename = "after_seconds", serialize_with = "seconds")]
        after: Duration,
    },
    /// Sequences of the source are not what they were: the catalogues of both ends have been read anew.
    Altered(Altered),
    /// What the target lacked was made there.
    Created(Created),
    /// A sequence of the target was set back, as a replicated TRUNCATE … RESTART IDENTITY does it; it is moved ahead again.
    SetBack(SetBack),
    /// It was told to end, and has ended in order.
    Ended {
        /// How many ticks there were.
        ticks: u64,
        /// How many moves there were.
        moved: u64,
    },
}

/// Both ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Began {
    /// Where the values come from.
    #[serde(skip)]
    pub source: Server,
    /// Where they go to.
    #[serde(skip)]
    pub target: Server,
}

/// What one tick saw and did.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Status {
    /// How many sequences are followed.
    pub followed: usize,
    /// How many of them were looked at.
    pub looked_at: usize,
    /// How many of them drew on the source since they were looked at last.
    pub drawing: usize,
    /// By so many calls the source was ahead of what the target could hand out; 0 is good.
    pub lag: u64,
    /// The sequence that was furthest behind, on the target.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub behind: Option<QuotedName>,
    /// The least margin of those that draw, in calls of the source, after the moves.
    pub margin_left: Option<u64>,
    /// How many sequences were moved.
    pub moved: usize,
    /// The sequences that draw fastest, on the source, the fastest first.
    pub fastest: Vec<Drawing>,
    /// How many sequences cannot be followed.
    pub problems: usize,
    /// Why the first of them cannot.
    pub first_problems: Vec<Problem>,
    /// A follower that goes the other way and began before: nothing was looked at or moved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other_way: Option<OtherWay>,
    /// How long it took, in seconds.
    #[serde(rename = "took_seconds", serialize_with = "seconds")]
    pub took: Duration,
}

/// What has become of the source's sequences, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Altered {
    /// New ones.
    pub created: Vec<QuotedName>,
    /// Those that are gone.
    pub dropped: Vec<QuotedName>,
    /// Old name and new one.
    pub renamed: Vec<(QuotedName, QuotedName)>,
    /// Those that are defined differently.
    pub altered: Vec<QuotedName>,
}

/// What the target lacked and has now.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Created {
    /// Their names on the target.
    pub sequences: Vec<QuotedName>,
    /// What of them is not as on the source.
    pub remarks: Vec<String>,
}

/// A sequence of the target that was set back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SetBack {
    /// Its name, quoted.
    pub sequence: QuotedName,
    /// Its next value before.
    pub from: i64,
    /// Its next value after.
    pub to: i64,
}

/// How fast a sequence draws.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Drawing {
    /// Its name on the source, quoted.
    pub sequence: QuotedName,
    /// Calls of nextval() a second.
    pub calls_per_second: f64,
}

/// Why a sequence is not kept ahead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Its name, quoted.
    pub sequence: QuotedName,
    /// Why.
    pub reason: String,
    /// What helps.
    pub hint: String,
}

fn seconds<S: serde::Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(duration.as_secs_f64())
}
