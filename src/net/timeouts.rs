//! Every phase's deadline (wire.md: every wait ends by itself, and the error names the phase).

use std::time::{Duration, Instant};

/// How long a phase may take; `None` is no limit.
pub type Limit = Option<Duration>;

/// One limit for each phase. The defaults are those of wire.md.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timeouts {
    /// Resolving the name and connecting, all addresses together.
    pub connect: Limit,
    /// From the request to the association's answer; for an acceptor also its own decision.
    pub associate: Limit,
    /// ARTIM of PS3.8 9.1.5: waiting for the first PDU, and for the peer to close.
    pub artim: Duration,
    /// One write without any progress.
    pub write: Limit,
    /// From the last byte of a request to its response, and between responses.
    pub reply: Limit,
    /// Between messages, while no operation is open.
    pub idle: Limit,
    /// From A-RELEASE-RQ to its answer.
    pub release: Limit,
    /// Flushing A-ABORT before the connection is closed.
    pub abort: Duration,
    /// A message that is coming in must bring this much, measured over [`Self::rate_window`], and a peer must take as
    /// much of what waits to be sent, measured over twice that.
    pub least_bytes_per_second: u32,
    /// The span over which progress is measured.
    pub rate_window: Duration,
}

impl Timeouts {
    /// The defaults of a user; a provider's differ in `idle` alone.
    #[must_use]
    pub fn for_user() -> Self {
        Self {
            connect: Some(Duration::from_secs(10)),
            associate: Some(Duration::from_secs(30)),
            artim: Duration::from_secs(30),
            write: Some(Duration::from_secs(60)),
            reply: Some(Duration::from_secs(60)),
            idle: None,
            release: Some(Duration::from_secs(10)),
            abort: Duration::from_secs(2),
            least_bytes_per_second: 1024,
            rate_window: Duration::from_secs(30),
        }
    }

    /// The defaults of a provider.
    #[must_use]
    pub fn for_provider() -> Self {
        Self { idle: Some(Duration::from_secs(300)), ..Self::for_user() }
    }
}

/// When a limit that starts now is over.
pub(crate) fn after(now: Instant, limit: Limit) -> Option<Instant> {
    limit.and_then(|limit| now.checked_add(limit))
}

/// The earlier of two deadlines, either of which may be none.
pub(crate) fn earlier(one: Option<Instant>, other: Option<Instant>) -> Option<Instant> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}
