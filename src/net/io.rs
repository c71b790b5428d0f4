//! What the driver needs of a transport connection: two calls that never block, and one before it waits.

use std::io::{self, IoSlice};
use std::sync::Arc;

use super::sys::Socket;

/// A transport connection as the driver sees it. No call blocks: `WouldBlock` says to wait for the socket, and for
/// nothing else. Whoever waits knows only the socket, so nothing that has arrived stays behind inside a connection
/// that decodes what it reads, and nothing counts as written before the socket has taken what became of it.
pub(crate) trait Io {
    /// Bytes that have arrived.
    fn read(&mut self, into: &mut [u8]) -> io::Result<Received>;
    /// Sends what can be sent of the slices at once. What is not taken comes again, first and unchanged.
    fn write(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize>;
    /// Called when the driver has nothing left to do but wait.
    fn before_wait(&mut self);
    /// What has broken the connection, where something has; takes no data.
    fn failure(&mut self) -> Option<io::Error>;
    /// Whether the peer has closed its side, though what it sent before lies there unread.
    fn has_peer_closed(&mut self) -> bool;
    /// Closes the connection in both directions.
    fn close(&mut self);
}

/// What a read brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Received {
    /// How many bytes; 0 is the end of the stream.
    pub(crate) length: usize,
    /// The socket may have more at once; how much the read brought does not tell.
    pub(crate) more: bool,
}

/// The plain TCP connection.
#[derive(Debug)]
pub(crate) struct SocketIo {
    socket: Arc<Socket>,
    /// Something has arrived since our last send, and its acknowledgement may be delayed.
    unacknowledged: bool,
    /// The peer has closed its side.
    ended: bool,
}

impl SocketIo {
    pub(crate) fn new(socket: Arc<Socket>) -> Self {
        Self { socket, unacknowledged: false, ended: false }
    }
}

impl Io for SocketIo {
    fn read(&mut self, into: &mut [u8]) -> io::Result<Received> {
        let length = self.socket.read(into)?;
        self.unacknowledged = length > 0;
        self.ended = length == 0;
        Ok(Received { length, more: length == into.len() })
    }

    fn write(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        let length = self.socket.write(slices)?;
        // The acknowledgement rode on what was sent.
        self.unacknowledged = false;
        Ok(length)
    }

    /// A peer that leaves Nagle's algorithm on sends the second half of a PDU only when the first is acknowledged,
    /// which the system delays by 40 ms: storescu as shipped stores 22 instances a second on loopback for that alone.
    /// Acknowledging at once, where something has arrived since our last send, ends the stall and costs nothing
    /// where requests and responses alternate.
    fn before_wait(&mut self) {
        if self.unacknowledged {
            self.unacknowledged = false;
            self.socket.acknowledge_now();
        }
    }

    fn failure(&mut self) -> Option<io::Error> {
        self.socket.failure().err()
    }

    fn has_peer_closed(&mut self) -> bool {
        self.socket.has_peer_closed()
    }

    fn close(&mut self) {
        // Whoever else waits at this socket has heard of the peer's end too.
        if !self.ended {
            self.socket.shutdown();
        }
    }
}
