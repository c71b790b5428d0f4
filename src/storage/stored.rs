//! How much was stored.

use std::sync::atomic::{AtomicU64, Ordering};

/// What has been stored so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stored {
    /// Instances that were kept.
    pub instances: u64,
    /// Bytes of their data sets.
    pub bytes: u64,
}

/// Counts what is stored. An instance counts from where it is kept on: whether its association lives to tell the peer
/// makes no difference to what is there.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    instances: AtomicU64,
    bytes: AtomicU64,
}

impl Tally {
    /// One more, with a data set of so many bytes.
    pub(crate) fn kept(&self, bytes: u64) {
        self.instances.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// What was stored so far.
    pub(crate) fn so_far(&self) -> Stored {
        let (instances, bytes) = (&self.instances, &self.bytes);
        Stored { instances: instances.load(Ordering::Relaxed), bytes: bytes.load(Ordering::Relaxed) }
    }
}
