//! Numbers that look random.

use std::time::SystemTime;

/// Others each time (xorshift64).
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn by_the_clock() -> Self {
        let nanoseconds = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_nanos();
        Self(u64::try_from(nanoseconds).unwrap().wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// From 0 to `end` - 1.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }

    pub(crate) fn index(&mut self, len: usize) -> usize {
        usize::try_from(self.below(len as u64)).unwrap()
    }
}
