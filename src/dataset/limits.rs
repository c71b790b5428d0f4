//! How much of a data set is taken in: a peer's claims cost nothing, and what it really sends is bounded too.

/// Limits of a data set that is held in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes; of a deflated data set those that it is inflated to.
    pub bytes: usize,
    /// Elements, items and fragments together: each costs memory beside its bytes.
    pub elements: usize,
}

impl Limits {
    /// For identifiers and the like, which come from a peer.
    pub const IDENTIFIER: Self = Self { bytes: 16 * 1024 * 1024, elements: 1024 * 1024 };
    /// For a file that the caller names.
    pub const FILE: Self = Self { bytes: 1024 * 1024 * 1024, elements: 16 * 1024 * 1024 };
}
