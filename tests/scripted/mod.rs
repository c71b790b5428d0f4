//! A scripted peer: raw bytes over loopback against this library, as user against its provider and as provider against
//! its user. Every `tests/scripted_*.rs` says `mod scripted;`.
//!
//! | file        | what it has                                                                            |
//! |-------------|----------------------------------------------------------------------------------------|
//! | `peer`      | the peer: sends, drips, expects PDUs, silence and the end, resets                      |
//! | `bytes`     | PDUs as bytes, valid ones and others                                                   |
//! | `instances` | instances as messages and files, and the folder of a node that takes them              |
//! | `ours`      | the library's side: a node with a server, a user with its operations                   |
//! | `log`       | what the library said in its log                                                       |
//! | `process`   | descriptors and memory of this process                                                 |
//!
//! With `DIMSE_DEEP=1` in the environment (`make check-deep`) the same tests run with the full counts and at the pace
//! of real slow peers: a byte a second.

#![allow(dead_code, reason = "each test takes what it needs")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a harness says what went wrong by panicking"
)]

pub(crate) mod bytes;
pub(crate) mod instances;
pub(crate) mod log;
pub(crate) mod ours;
pub(crate) mod peer;
pub(crate) mod process;

use std::time::{Duration, Instant};

/// How long a test waits for what must happen at once.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// How much later than its deadline something may be seen to happen on a busy machine.
pub(crate) const LATE: Duration = Duration::from_secs(2);

/// Whether the full counts are asked for.
pub(crate) fn is_deep() -> bool {
    std::env::var_os("DIMSE_DEEP").is_some_and(|value| value != "0" && !value.is_empty())
}

/// How many times something is done.
pub(crate) fn count(usually: usize, deep: usize) -> usize {
    if is_deep() { deep } else { usually }
}

/// The deadline that a test is about.
pub(crate) fn limit() -> Duration {
    if is_deep() { Duration::from_secs(5) } else { Duration::from_millis(300) }
}

/// The time between two bytes of a slow peer.
pub(crate) fn pace() -> Duration {
    if is_deep() { Duration::from_secs(1) } else { Duration::from_millis(20) }
}

/// A span of time from now on that must be over by its deadline and not before.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Span(Instant);

impl Span {
    pub(crate) fn begin() -> Self {
        Self(Instant::now())
    }

    pub(crate) fn elapsed(self) -> Duration {
        self.0.elapsed()
    }

    /// It is over now: as long as `limit`, not shorter, not much longer.
    #[track_caller]
    pub(crate) fn expect(self, limit: Duration) {
        let elapsed = self.0.elapsed();
        // The library's clock began up to some milliseconds before or after ours.
        assert!(elapsed + Duration::from_millis(20) >= limit, "after {elapsed:?}, before its {limit:?}");
        assert!(elapsed <= limit + LATE, "after {elapsed:?}, long after its {limit:?}");
    }

    /// It is over by `limit`.
    #[track_caller]
    pub(crate) fn expect_at_most(self, limit: Duration) {
        let elapsed = self.0.elapsed();
        assert!(elapsed <= limit + LATE, "after {elapsed:?}, long after {limit:?}");
    }

    /// It is over at once.
    #[track_caller]
    pub(crate) fn expect_at_once(self) {
        let elapsed = self.0.elapsed();
        assert!(elapsed <= LATE, "after {elapsed:?}");
    }
}

/// Waits until `holds`, or says what did not come.
#[track_caller]
pub(crate) fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let until = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < until, "not in {PATIENCE:?}: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}
