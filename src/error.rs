//! One error type for every layer: what happened, in which phase, with which peer, and what to do now.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::types::{AbortReason, Rejection};

/// The outcome of everything that can fail in this library.
pub type Result<T> = std::result::Result<T, Error>;

/// What happened, in which phase, and with which peer. Cheap to clone: an outcome may be read more than once.
#[derive(Debug, Clone)]
pub struct Error(Arc<Record>);

#[derive(Debug, Clone)]
struct Record {
    cause: Cause,
    phase: Phase,
    peer: Option<String>,
}

impl Error {
    /// An error of `cause` in `phase`, with no peer named yet.
    #[must_use]
    pub fn new(phase: Phase, cause: Cause) -> Self {
        Self(Arc::new(Record { cause, phase, peer: None }))
    }

    /// An argument that cannot be used; `what` names the argument, the value and the rule it breaks.
    #[must_use]
    pub fn invalid_argument(what: impl Into<String>) -> Self {
        Self::new(Phase::Queued, Cause::InvalidArgument(what.into()))
    }

    /// A call that the object's state does not allow; `what` says why and what to do.
    #[must_use]
    pub fn state(what: impl Into<String>) -> Self {
        Self::new(Phase::Queued, Cause::State(what.into()))
    }

    /// The same error with the peer named, as people name it: `PACS at 192.0.2.7:104`. The first name given stays.
    #[must_use]
    pub fn with_peer(self, peer: impl Into<String>) -> Self {
        if self.0.peer.is_some() {
            return self;
        }
        let mut record = Arc::unwrap_or_clone(self.0);
        record.peer = Some(peer.into());
        Self(Arc::new(record))
    }

    /// What happened.
    #[must_use]
    pub fn cause(&self) -> &Cause {
        &self.0.cause
    }

    /// When it happened.
    #[must_use]
    pub fn phase(&self) -> Phase {
        self.0.phase
    }

    /// The peer, where one was known.
    #[must_use]
    pub fn peer(&self) -> Option<&str> {
        self.0.peer.as_deref()
    }

    /// Whether the same call may succeed later or over a new association, without anybody changing a setting.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match &self.0.cause {
            // PS3.8 9.3.4: result 2 is rejected-transient.
            Cause::Rejected(rejection) => rejection.result == 2,
            Cause::Timeout { .. }
            | Cause::NotAsked { .. }
            | Cause::TotalTimeout { .. }
            | Cause::Connect { .. }
            | Cause::Resolve { .. }
            | Cause::Aborted(_)
            | Cause::Closed
            | Cause::Released
            | Cause::Resources(_) => true,
            // Before anything was sent it is a file of the caller's, and that is as it is.
            Cause::Io { .. } => self.0.phase != Phase::Queued,
            _ => false,
        }
    }

    /// What the reader may do about it, in one sentence; empty where the cause says it already.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match (&self.0.cause, self.0.phase) {
            (Cause::Connect { .. }, _) => {
                "check that the peer is running, the port, and any firewall between"
            }
            (Cause::Resolve { .. }, _) | (Cause::Timeout { .. }, Phase::Resolve) => {
                "check the host name and the name server"
            }
            (Cause::Timeout { .. }, Phase::Connect) => {
                "check the address, the port, and any firewall between"
            }
            (Cause::Timeout { .. }, Phase::Associate) => {
                "something listens there but does not answer as a DICOM node; check the port"
            }
            (Cause::Timeout { .. }, Phase::Reply) => {
                "the peer is alive but slow or stuck; try again, or allow more time"
            }
            (Cause::Timeout { .. }, Phase::Send | Phase::Receive) => {
                "the peer or the network between is stuck or very slow; try again, or allow more time"
            }
            (Cause::Timeout { .. }, Phase::Tls) => "check that the peer expects TLS at this port",
            (Cause::Timeout { .. }, Phase::Idle) => "associate again, or allow more idle time",
            (Cause::Timeout { .. }, Phase::Release | Phase::Abort) => {
                "the connection was closed; what was answered before is done"
            }
            (Cause::Timeout { .. }, Phase::Queued) => "associate again, and repeat it",
            (Cause::NotAsked { .. }, _) => {
                "what connected speaks no DICOM, or was held up; its log may say more"
            }
            (Cause::TotalTimeout { .. }, _) => "allow more time, or see what holds it up",
            (Cause::Rejected(rejection), _) => rejection.hint(),
            (Cause::NoContext(_), _) => "ask which SOP classes and transfer syntaxes the peer accepts",
            (Cause::NotProposed(_), _) => "propose it where the association is opened",
            (Cause::Closed | Cause::Aborted(_), Phase::Associate) => {
                "check the AE titles and whether the peer expects TLS; its log may say more"
            }
            (Cause::Closed | Cause::Aborted(_) | Cause::Released, _) => {
                "associate again; the peer's log may say why it ended"
            }
            (Cause::NotDicom(_), _) => "check the port number, and whether TLS is expected",
            (Cause::Panic(_), _) => "this is a defect of libdimse; please report it",
            _ => "",
        }
    }
}

/// What happened, in which phase, with which peer, and what to do now; `{:#}` leaves the last out.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Record { cause, phase, peer } = &*self.0;
        let cause = Happened { cause, phase: *phase };
        match (phase, peer) {
            (Phase::Queued, None) => write!(f, "{cause}")?,
            (Phase::Queued, Some(peer)) => write!(f, "{cause} ({peer})")?,
            (phase, None) => write!(f, "{cause} (while {})", phase.words())?,
            (phase, Some(peer)) => write!(f, "{cause} (while {}, {peer})", phase.words())?,
        }
        match self.hint() {
            _ if f.alternate() => Ok(()),
            "" => Ok(()),
            hint => write!(f, "; {hint}"),
        }
    }
}

/// What happened: of a deadline it depends on the phase what was missed.
struct Happened<'a> {
    cause: &'a Cause,
    phase: Phase,
}

impl fmt::Display for Happened<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Cause::Timeout { limit } = self.cause else { return write!(f, "{}", self.cause) };
        let limit = Seconds(*limit);
        match self.phase {
            Phase::Queued => write!(f, "the association gave up after {limit}, before its turn came"),
            Phase::Send => write!(f, "the peer took too little within {limit}"),
            Phase::Receive => write!(f, "too little came within {limit}"),
            Phase::Idle => write!(f, "no message within {limit}"),
            _ => write!(f, "{}", self.cause),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0.cause)
    }
}

/// What happened. One variant for each thing a caller can tell apart.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Cause {
    /// An argument that cannot be used.
    #[error("{0}")]
    InvalidArgument(String),
    /// A call that the object's state does not allow.
    #[error("{0}")]
    State(String),
    /// A blocking call inside a callback.
    #[error("a blocking call cannot be made inside a callback; use its _async twin")]
    WouldDeadlock,
    /// The caller cancelled.
    #[error("cancelled by the caller")]
    Cancelled,
    /// A phase's deadline passed.
    #[error("no answer within {}", Seconds(*.limit))]
    Timeout {
        /// The deadline that was set for the phase.
        limit: Duration,
    },
    /// ARTIM of PS3.8 9.1.5 in Sta2: a peer connected, and asked for nothing.
    #[error("no association request came within {}", Seconds(*.limit))]
    NotAsked {
        /// How long it had.
        limit: Duration,
    },
    /// The time for all of an operation, whatever its phases, is over.
    #[error("not done within {}", Seconds(*.limit))]
    TotalTimeout {
        /// The time that was given to it.
        limit: Duration,
    },
    /// A name without an address.
    #[error("the host name {host} does not resolve: {detail}")]
    Resolve {
        /// The name asked for.
        host: String,
        /// What the system's resolver said.
        detail: String,
    },
    /// No transport connection.
    #[error("no connection to {address}: {detail}")]
    Connect {
        /// The last address tried.
        address: String,
        /// The system's error number, 0 where there is none.
        os: i32,
        /// The system's words.
        detail: String,
    },
    /// A-ASSOCIATE-RJ, received or sent.
    #[error("association rejected: {0}")]
    Rejected(Rejection),
    /// A-ABORT received.
    #[error("association aborted: {0}")]
    Aborted(AbortReason),
    /// The peer closed or reset the transport connection without A-ABORT or A-RELEASE.
    #[error("the peer closed the connection")]
    Closed,
    /// A-RELEASE-RQ received: the peer wants the association to end, whatever this side still had to do over it.
    #[error("the peer released the association")]
    Released,
    /// No presentation context that would carry the message was accepted.
    #[error("{0}")]
    NoContext(String),
    /// No presentation context that would carry the message was proposed: the peer was not asked.
    #[error("{0}")]
    NotProposed(String),
    /// The peer broke the protocol; the words say which rule.
    #[error("the peer broke the DICOM protocol: {0}")]
    Protocol(String),
    /// What answers at this port, or calls at ours, speaks another protocol: its name.
    #[error("the other side speaks {0}, not DICOM")]
    NotDicom(&'static str),
    /// The system refused an input or output call.
    #[error("{detail}")]
    Io {
        /// The system's error number, 0 where there is none.
        os: i32,
        /// What was tried, and the system's words.
        detail: String,
    },
    /// What was to be sent is a DICOM object, but no instance, or not a whole one.
    #[error("{name} cannot be sent: {detail}")]
    Instance {
        /// Which: a path, or what people call what has none.
        name: String,
        /// What is wrong with it.
        detail: String,
    },
    /// What was to be sent is no DICOM object at all, but nothing, or something else.
    #[error("{name} cannot be sent: {detail}")]
    NoInstance {
        /// Which: a path, or what people call what has none.
        name: String,
        /// What it is instead, as far as that can be told.
        detail: String,
    },
    /// What is in a data set, or was to become one, is not as the standard has it, or more than was allowed.
    #[error("{0}")]
    DataSet(String),
    /// A limit of this library or of the system was reached.
    #[error("{0}")]
    Resources(String),
    /// A panic inside the library, caught at its border.
    #[error("internal error: {0}")]
    Panic(String),
}

/// When an error happened: the phases of wire.md's table of deadlines, in the order in which they come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Phase {
    /// Before anything was sent.
    Queued,
    /// Looking up the host name.
    Resolve,
    /// Making the transport connection.
    Connect,
    /// TLS handshake.
    Tls,
    /// From A-ASSOCIATE-RQ to its answer.
    Associate,
    /// Sending a message.
    Send,
    /// Waiting for a response.
    Reply,
    /// Receiving a message.
    Receive,
    /// Between messages.
    Idle,
    /// From A-RELEASE-RQ to its answer.
    Release,
    /// Sending A-ABORT.
    Abort,
}

impl Phase {
    /// The phase as the middle of a sentence: `while waiting for the reply`.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Queued => "waiting its turn",
            Self::Resolve => "resolving the host name",
            Self::Connect => "connecting",
            Self::Tls => "starting TLS",
            Self::Associate => "associating",
            Self::Send => "sending",
            Self::Reply => "waiting for the reply",
            Self::Receive => "receiving",
            Self::Idle => "idle",
            Self::Release => "releasing",
            Self::Abort => "aborting",
        }
    }
}

/// A duration for people: `10 s`, `1.5 s`, `250 ms`.
struct Seconds(Duration);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = self.0.as_millis();
        if millis < 1000 { write!(f, "{millis} ms") } else { write!(f, "{} s", self.0.as_secs_f64()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_name_cause_phase_peer_and_what_to_do() {
        let error = Error::new(Phase::Reply, Cause::Timeout { limit: Duration::from_secs(60) })
            .with_peer("PACS at 192.0.2.7:104");
        assert_eq!(
            error.to_string(),
            "no answer within 60 s (while waiting for the reply, PACS at 192.0.2.7:104); \
             the peer is alive but slow or stuck; try again, or allow more time"
        );
        assert!(error.is_retryable());
    }

    #[test]
    fn every_timeout_names_the_phase_the_peer_how_long_was_waited_and_what_to_do() {
        let limit = Duration::from_secs(30);
        for (phase, words) in [
            (
                Phase::Queued,
                "the association gave up after 30 s, before its turn came (PACS); associate again, and repeat it",
            ),
            (
                Phase::Resolve,
                "no answer within 30 s (while resolving the host name, PACS); check the host name and the name server",
            ),
            (
                Phase::Connect,
                "no answer within 30 s (while connecting, PACS); \
                 check the address, the port, and any firewall between",
            ),
            (
                Phase::Tls,
                "no answer within 30 s (while starting TLS, PACS); check that the peer expects TLS at this port",
            ),
            (
                Phase::Associate,
                "no answer within 30 s (while associating, PACS); \
                 something listens there but does not answer as a DICOM node; check the port",
            ),
            (
                Phase::Send,
                "the peer took too little within 30 s (while sending, PACS); \
                 the peer or the network between is stuck or very slow; try again, or allow more time",
            ),
            (
                Phase::Reply,
                "no answer within 30 s (while waiting for the reply, PACS); \
                 the peer is alive but slow or stuck; try again, or allow more time",
            ),
            (
                Phase::Receive,
                "too little came within 30 s (while receiving, PACS); \
                 the peer or the network between is stuck or very slow; try again, or allow more time",
            ),
            (
                Phase::Idle,
                "no message within 30 s (while idle, PACS); associate again, or allow more idle time",
            ),
            (
                Phase::Release,
                "no answer within 30 s (while releasing, PACS); \
                 the connection was closed; what was answered before is done",
            ),
        ] {
            let error = Error::new(phase, Cause::Timeout { limit }).with_peer("PACS");
            assert_eq!((error.to_string().as_str(), error.is_retryable()), (words, true));
        }
        let not_asked = Error::new(Phase::Associate, Cause::NotAsked { limit }).with_peer("192.0.2.7:104");
        assert_eq!(
            format!("{not_asked:#}"),
            "no association request came within 30 s (while associating, 192.0.2.7:104)"
        );
        let total = Error::new(Phase::Send, Cause::TotalTimeout { limit }).with_peer("PACS");
        assert_eq!(
            total.to_string(),
            "not done within 30 s (while sending, PACS); allow more time, or see what holds it up"
        );
    }

    #[test]
    fn who_did_not_want_a_context_is_who_is_to_be_asked() {
        for (cause, words) in [
            (
                Cause::NoContext("x".to_owned()),
                "x; ask which SOP classes and transfer syntaxes the peer accepts",
            ),
            (Cause::NotProposed("x".to_owned()), "x; propose it where the association is opened"),
        ] {
            assert_eq!(Error::new(Phase::Queued, cause).to_string(), words);
        }
    }

    #[test]
    fn first_peer_named_stays() {
        let error = Error::state("x").with_peer("first").with_peer("second");
        assert_eq!(error.peer(), Some("first"));
    }
}
