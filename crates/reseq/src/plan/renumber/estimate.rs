//! What a run needs: disk, and time.

use super::{RenumberFacts, RenumberMethod};
use crate::{Error, Result};

/// What a run will need, as far as the sizes of the tables tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Estimate {
    /// Bytes on the server's disk, until the end. What is written ahead (WAL) comes on top.
    pub bytes: u64,
    /// Seconds.
    pub seconds: u64,
}

impl Estimate {
    /// By the sizes of tables and indexes.
    pub(super) fn of(facts: &RenumberFacts<'_>, method: RenumberMethod) -> Self {
        let tables = &facts.renumbering.tables;
        let heap: u64 = tables.iter().map(|table| table.heap).sum();
        let indexes: u64 = tables.iter().map(|table| table.index_bytes).sum();
        let bytes = match method {
            // the copies, and the new files beside the old ones
            RenumberMethod::Rebuild | RenumberMethod::TempTable => 2 * heap + indexes,
            RenumberMethod::Update => 2 * (heap + indexes),
            RenumberMethod::File => heap + indexes,
        };
        Self { bytes, seconds: (heap + indexes) / bytes_a_second(method) }
    }

    /// Refuses where it is known that the disk is too small.
    pub(super) fn refuse_full_disk(self, free: Option<u64>) -> Result<()> {
        match free {
            Some(free) if free < self.bytes => Err(Error::Refused {
                message: format!(
                    "it needs about {} of disk, but the server has {} left",
                    megabytes(self.bytes),
                    megabytes(free)
                ),
                hint: Some("make room first; WAL comes on top".to_owned()),
            }),
            _ => Ok(()),
        }
    }

    pub(super) fn in_words(self, method: RenumberMethod, free: Option<u64>) -> String {
        let left = match free {
            Some(free) => format!("{} are free", megabytes(free)),
            None => "how much is free cannot be seen from here".to_owned(),
        };
        let time = match self.seconds {
            0 => "less than a second".to_owned(),
            1..120 => format!("about {} s", self.seconds),
            seconds => format!("about {} min", seconds.div_ceil(60)),
        };
        format!(
            "Needs about {} of disk until the end, and as much WAL ({left}). Takes {time}, at {} MB of tables and indexes \
             a second.",
            megabytes(self.bytes),
            bytes_a_second(method) / 1_000_000
        )
    }
}

/// What `cargo xtask bench --renumber` measured on two busy cores, rounded down.
fn bytes_a_second(method: RenumberMethod) -> u64 {
    match method {
        RenumberMethod::Rebuild => 15_000_000,
        RenumberMethod::Update => 5_000_000,
        RenumberMethod::File | RenumberMethod::TempTable => 7_000_000,
    }
}

fn megabytes(bytes: u64) -> String {
    match bytes.div_ceil(1_000_000) {
        megabytes @ 0..10_000 => format!("{megabytes} MB"),
        megabytes => format!("{} GB", megabytes / 1000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_that_is_known_to_be_too_small_is_refused() {
        let estimate = Estimate { bytes: 12_000_000_000, seconds: 800 };
        assert!(estimate.refuse_full_disk(None).is_ok());
        assert!(estimate.refuse_full_disk(Some(12_000_000_000)).is_ok());
        let refused = estimate.refuse_full_disk(Some(9_500_000)).map_err(|error| error.to_string());
        let expected = "it needs about 12 GB of disk, but the server has 10 MB left";
        assert_eq!(refused, Err(expected.to_owned()));
    }
}
