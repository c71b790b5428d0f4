//! System calls: sockets that never raise SIGPIPE, waiting for them from a plain thread and from a task, wake-ups; and
//! what std does not tell about files.
//!
//! Everything above sees the same few types on every system; what differs stands in the file of the system.

pub(crate) mod files;
mod open;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(test)]
mod tests;

#[cfg(unix)]
pub(crate) use unix::{Readiness, Waker, wait_listening};
#[cfg(windows)]
pub(crate) use windows::{Readiness, Waker, wait_listening};

use std::io::{self, IoSlice, Read as _};
use std::net::{Ipv4Addr, Shutdown, SocketAddr};
use std::time::Duration;

use socket2::Domain;
#[cfg(windows)]
use windows_sys::Win32::Networking::WinSock::{WSAEMFILE, WSAENOBUFS};

/// What to wait for on a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Interest {
    /// Bytes or the end of the stream.
    pub(crate) read: bool,
    /// Room to write, or the end of a connection attempt.
    pub(crate) write: bool,
}

/// A TCP socket: non-blocking, close-on-exec, `TCP_NODELAY`, and without SIGPIPE.
#[derive(Debug)]
pub(crate) struct Socket(socket2::Socket);

/// Waits as [`wait_listening`] does, with no listener.
pub(crate) fn wait(
    socket: Option<(&Socket, Interest)>,
    waker: &Waker,
    timeout: Option<Duration>,
) -> io::Result<Interest> {
    wait_listening(None, socket, waker, timeout).map(|(ready, _)| ready)
}

/// How a connection attempt began.
#[derive(Debug)]
pub(crate) enum Attempt {
    /// Connected at once.
    Connected(Socket),
    /// Under way: [`Socket::failure`] tells once the socket is writable.
    UnderWay(Socket),
}

impl Socket {
    /// Begins to connect to `to`, from `source` where one is given. Never blocks.
    pub(crate) fn connect(to: SocketAddr, source: Option<SocketAddr>) -> io::Result<Attempt> {
        let socket = Self(open::stream(Domain::for_address(to))?);
        if let Some(source) = source {
            socket.0.bind(&source.into())?;
        }
        match socket.0.connect(&to.into()) {
            Ok(()) => Ok(Attempt::Connected(socket)),
            Err(error) if is_under_way(&error) => Ok(Attempt::UnderWay(socket)),
            Err(error) => Err(error),
        }
    }

    /// What has broken the connection, or ended the attempt to make it, since the last call.
    pub(crate) fn failure(&self) -> io::Result<()> {
        match self.0.take_error()? {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    /// Whether there is somebody at the other end.
    pub(crate) fn is_connected(&self) -> bool {
        self.0.peer_addr().is_ok()
    }

    /// Bytes that have arrived; 0 is the end of the stream, `WouldBlock` none yet.
    pub(crate) fn read(&self, into: &mut [u8]) -> io::Result<usize> {
        (&self.0).read(into)
    }

    /// One send, gathered where there is more than one slice, which costs more. A reset connection is an error, never
    /// a signal.
    pub(crate) fn write(&self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        #[cfg(all(unix, not(target_vendor = "apple")))]
        const FLAGS: i32 = libc::MSG_NOSIGNAL;
        #[cfg(not(all(unix, not(target_vendor = "apple"))))]
        const FLAGS: i32 = 0; // Apple: SO_NOSIGPIPE, set when the socket is made. Windows has no signals.
        match slices {
            [slice] => self.0.send_with_flags(slice, FLAGS),
            slices => self.0.send_vectored_with_flags(slices, FLAGS),
        }
    }

    /// Sends the acknowledgement of what has arrived now, not up to 44 ms later. Linux alone has this; it is not
    /// sticky. Where it fails nothing is lost but time.
    #[cfg_attr(
        not(any(target_os = "linux", target_os = "android")),
        expect(clippy::unused_self, reason = "there is nothing to do")
    )]
    pub(crate) fn acknowledge_now(&self) {
        #[cfg(any(target_os = "linux", target_os = "android"))]
        let _best_effort = self.0.set_tcp_quickack(true);
    }

    /// Ends the connection for every holder of this socket; a wait on it returns at once.
    pub(crate) fn shutdown(&self) {
        // Fails where the peer was faster: then there is nothing left to end.
        let _already_ended = self.0.shutdown(Shutdown::Both);
    }

    pub(crate) fn local_addr(&self) -> io::Result<SocketAddr> {
        internet_address(&self.0.local_addr()?)
    }
}

/// A listening socket: non-blocking, close-on-exec.
#[derive(Debug)]
pub(crate) struct Listener {
    socket: socket2::Socket,
    address: SocketAddr,
}

/// A connection that a listener has taken.
#[derive(Debug)]
pub(crate) struct Accepted {
    pub(crate) socket: Socket,
    pub(crate) local: SocketAddr,
    pub(crate) peer: SocketAddr,
}

impl Listener {
    /// Listens at `address`. An unspecified IPv6 address takes IPv4 too (dual stack), and alone where the system has no
    /// IPv6; port 0 lets the system choose.
    pub(crate) fn bind(address: SocketAddr, backlog: i32) -> io::Result<Self> {
        let new = |address| open::listener(Domain::for_address(address));
        let (socket, address) = match new(address) {
            Err(_) if address.is_ipv6() && address.ip().is_unspecified() => {
                let address = SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), address.port());
                (new(address)?, address)
            }
            socket => (socket?, address),
        };
        if address.is_ipv6() {
            socket.set_only_v6(!address.ip().is_unspecified())?;
        }
        // A restarted server must get its port back while old connections linger. On Windows the option means
        // something else: there it would let another program take the port.
        #[cfg(not(windows))]
        socket.set_reuse_address(true)?;
        socket.bind(&address.into())?;
        socket.listen(backlog)?;
        let address = internet_address(&socket.local_addr()?)?;
        Ok(Self { socket, address })
    }

    /// The next waiting connection; `WouldBlock` where none waits.
    pub(crate) fn accept(&self) -> io::Result<Accepted> {
        let (socket, peer) = open::accept(&self.socket)?;
        let socket = Socket(socket);
        // Who listens at one address need not ask the system. A connection that is broken already may have none.
        let at_all = self.address.ip().is_unspecified();
        let local = if at_all { socket.local_addr().unwrap_or(self.address) } else { self.address };
        Ok(Accepted { socket, local, peer: internet_address(&peer)? })
    }

    /// Where it listens; the port is the real one where 0 was asked for.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

/// An IPv4 peer of a dual stack listener comes as `::ffff:192.0.2.7`: people and allow lists know it as `192.0.2.7`.
fn internet_address(address: &socket2::SockAddr) -> io::Result<SocketAddr> {
    let address = address.as_socket().ok_or_else(|| io::Error::other("not an internet address"))?;
    Ok(SocketAddr::new(address.ip().to_canonical(), address.port()))
}

fn is_under_way(error: &io::Error) -> bool {
    #[cfg(unix)]
    if error.raw_os_error() == Some(libc::EINPROGRESS) {
        return true;
    }
    error.kind() == io::ErrorKind::WouldBlock
}

/// Whether an error of accept is that of the connection which was waiting, and the next one has none. Linux hands the
/// network's errors on, and that of a firewall (accept(2), "Error handling").
pub(crate) fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{
        ConnectionAborted, ConnectionReset, HostUnreachable, Interrupted, NetworkDown, NetworkUnreachable,
        TimedOut,
    };
    #[cfg(unix)]
    if let Some(libc::EPERM | libc::EPROTO | libc::ENOPROTOOPT | libc::EHOSTDOWN | libc::EOPNOTSUPP) =
        error.raw_os_error()
    {
        return true;
    }
    matches!(
        error.kind(),
        ConnectionAborted
            | ConnectionReset
            | HostUnreachable
            | Interrupted
            | NetworkDown
            | NetworkUnreachable
            | TimedOut
    )
}

/// Whether an error means that the system has no descriptors or memory left, which passes.
pub(crate) fn is_exhaustion(error: &io::Error) -> bool {
    #[cfg(unix)]
    return matches!(error.raw_os_error(), Some(libc::EMFILE | libc::ENFILE | libc::ENOBUFS | libc::ENOMEM));
    #[cfg(windows)]
    return matches!(error.raw_os_error(), Some(WSAEMFILE | WSAENOBUFS));
}
