//! The floor of free space: storing stops before the disk is full.

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::net::sys::files::free_space;

/// Watches the free space of one folder, and asks the system for it as seldom as does no harm.
#[derive(Debug)]
pub(super) struct FreeSpace {
    /// 0: none is kept, and nothing is asked.
    floor: u64,
    begun: Instant,
    /// In milliseconds since `begun`: what is known is too old from then on.
    old_from: AtomicU64,
    /// What may be written before it is asked again.
    allowance: AtomicI64,
    short: AtomicBool,
}

/// What is known is old after this: others write to the disk too.
const FRESH: Duration = Duration::from_millis(100);

/// The most that is written before it is asked again.
const LARGEST_ALLOWANCE: u64 = 64 * 1024 * 1024;

impl FreeSpace {
    pub(super) fn new(floor: u64) -> Self {
        Self {
            floor,
            begun: Instant::now(),
            old_from: AtomicU64::new(0),
            allowance: AtomicI64::new(0),
            short: AtomicBool::new(false),
        }
    }

    /// Whether an instance may begin.
    pub(super) fn may_begin(&self, folder: &Path) -> io::Result<bool> {
        if self.floor == 0 {
            return Ok(true);
        }
        if self.millis(Duration::ZERO) >= self.old_from.load(Ordering::Relaxed) {
            return self.measure(folder);
        }
        Ok(!self.short.load(Ordering::Relaxed))
    }

    /// Whether so many bytes more may be written.
    pub(super) fn may_write(&self, folder: &Path, bytes: usize) -> io::Result<bool> {
        if self.floor == 0 {
            return Ok(true);
        }
        let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
        if self.allowance.fetch_sub(bytes, Ordering::Relaxed) < bytes {
            return self.measure(folder);
        }
        Ok(true)
    }

    fn measure(&self, folder: &Path) -> io::Result<bool> {
        let above = free_space(folder)?.checked_sub(self.floor);
        let allowance = above.unwrap_or(0).min(LARGEST_ALLOWANCE);
        self.allowance.store(i64::try_from(allowance).unwrap_or(0), Ordering::Relaxed);
        self.short.store(above.is_none(), Ordering::Relaxed);
        self.old_from.store(self.millis(FRESH), Ordering::Relaxed);
        Ok(above.is_some())
    }

    /// Now, and so much later.
    fn millis(&self, later: Duration) -> u64 {
        u64::try_from((self.begun.elapsed() + later).as_millis()).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_floor_asks_nothing() {
        let space = FreeSpace::new(0);
        let missing = Path::new("/no such folder of libdimse");
        assert!(space.may_begin(missing).unwrap());
        assert!(space.may_write(missing, usize::MAX).unwrap());
    }

    #[test]
    fn above_the_floor_and_below() {
        let folder = std::env::temp_dir();
        let low = FreeSpace::new(1);
        assert!(low.may_begin(&folder).unwrap());
        assert!(low.may_write(&folder, 1 << 20).unwrap());
        let high = FreeSpace::new(u64::MAX);
        assert!(!high.may_begin(&folder).unwrap());
        assert!(!high.may_begin(&folder).unwrap());
        assert!(!high.may_write(&folder, 1).unwrap());
    }

    #[test]
    fn what_is_known_serves_until_it_is_old_or_used_up() {
        let space = FreeSpace::new(1);
        assert!(space.may_begin(&std::env::temp_dir()).unwrap());
        // Not asked again: nobody sees that this is no folder.
        let missing = Path::new("/no such folder of libdimse");
        assert!(space.may_write(missing, 1).unwrap());
        let largest = usize::try_from(LARGEST_ALLOWANCE).unwrap();
        assert!(space.may_write(missing, largest).is_err());
        std::thread::sleep(FRESH + Duration::from_millis(5));
        assert!(space.may_begin(missing).is_err());
    }
}
