//! What is known of an association: who, over which addresses, what was agreed, and how much went over it.

use std::net::SocketAddr;
use std::sync::atomic::AtomicU64;

use crate::ul::negotiated::Negotiated;

/// The facts of an established association. They do not change any more.
#[derive(Debug)]
pub struct Facts {
    /// Our end of the connection.
    pub local: SocketAddr,
    /// The other end.
    pub peer: SocketAddr,
    /// Whether this side asked for the association.
    pub requestor: bool,
    /// Contexts, roles, window, maximum lengths, and who the peer says that it is.
    pub negotiated: Negotiated,
}

impl Facts {
    /// One line for people.
    pub(crate) fn summary(&self) -> String {
        let contexts = self.negotiated.accepted.len();
        let proposed = contexts + self.negotiated.refused.len();
        format!(
            "{} -> {}, {contexts} of {proposed} presentation contexts accepted",
            self.negotiated.calling, self.negotiated.called
        )
    }
}

/// How much went over an association. Counted by the driver, read by anybody.
#[derive(Debug, Default)]
pub struct Counters {
    /// Bytes given to the system, headers included.
    pub bytes_sent: AtomicU64,
    /// Bytes read, headers included.
    pub bytes_received: AtomicU64,
    /// PDUs sent.
    pub pdus_sent: AtomicU64,
    /// PDUs whose header has come.
    pub pdus_received: AtomicU64,
    /// Command sets sent.
    pub messages_sent: AtomicU64,
    /// Complete command sets received.
    pub messages_received: AtomicU64,
}
