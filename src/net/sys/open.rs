//! New sockets: non-blocking, close-on-exec and `TCP_NODELAY` in as few calls as the system allows.

#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) use linux::{accept, listener, stream};
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(super) use portable::{accept, listener, stream};

use std::time::Duration;

use socket2::TcpKeepalive;

/// A peer that has vanished, or whose last words do not fit behind what is not read, is noticed while nothing is read
/// and nothing sent: by probes, the first after a minute of silence, that nobody answers or the system refuses.
const KEEPALIVE: TcpKeepalive =
    TcpKeepalive::new().with_time(Duration::from_secs(60)).with_interval(Duration::from_secs(10));

#[cfg(any(target_os = "linux", target_os = "android"))]
#[allow(unsafe_code)] // accept4(2) with SOCK_NONBLOCK has no safe form in std or socket2
mod linux {
    use std::io;
    use std::os::fd::{AsRawFd as _, FromRawFd as _};

    use socket2::{Domain, Protocol, SockAddr, Socket, Type};

    /// A socket to connect with.
    pub(in super::super) fn stream(domain: Domain) -> io::Result<Socket> {
        let socket = Socket::new(domain, Type::STREAM.nonblocking(), Some(Protocol::TCP))?;
        socket.set_tcp_nodelay(true)?;
        Ok(socket)
    }

    /// A socket to listen with. What it accepts inherits its options.
    pub(in super::super) fn listener(domain: Domain) -> io::Result<Socket> {
        let socket = stream(domain)?;
        socket.set_tcp_keepalive(&super::KEEPALIVE)?;
        Ok(socket)
    }

    /// The next connection that waits at `listener`.
    pub(in super::super) fn accept(listener: &Socket) -> io::Result<(Socket, SockAddr)> {
        let flags = libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK;
        // SAFETY: accept4 gets the storage for an address and its length from try_init, fills both in where it
        // succeeds, and then returns a descriptor that is nobody else's.
        unsafe {
            SockAddr::try_init(|address, length| {
                match libc::accept4(listener.as_raw_fd(), address.cast(), length, flags) {
                    descriptor @ 0.. => Ok(Socket::from_raw_fd(descriptor)),
                    _ => Err(io::Error::last_os_error()),
                }
            })
        }
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod portable {
    use std::io;

    use socket2::{Domain, Protocol, SockAddr, Socket, Type};

    /// A socket to connect with.
    pub(in super::super) fn stream(domain: Domain) -> io::Result<Socket> {
        prepared(Socket::new(domain, Type::STREAM, Some(Protocol::TCP))?)
    }

    /// A socket to listen with.
    pub(in super::super) fn listener(domain: Domain) -> io::Result<Socket> {
        let socket = Socket::new(domain, Type::STREAM, Some(Protocol::TCP))?;
        socket.set_nonblocking(true)?;
        Ok(socket)
    }

    /// The next connection that waits at `listener`.
    pub(in super::super) fn accept(listener: &Socket) -> io::Result<(Socket, SockAddr)> {
        let (socket, peer) = listener.accept()?;
        // One that was reset before it is taken has no options any more: that is its own error, not the listener's.
        let socket = prepared(socket).map_err(|_| io::ErrorKind::ConnectionAborted)?;
        socket.set_tcp_keepalive(&super::KEEPALIVE).map_err(|_| io::ErrorKind::ConnectionAborted)?;
        Ok((socket, peer))
    }

    fn prepared(socket: Socket) -> io::Result<Socket> {
        socket.set_nonblocking(true)?;
        socket.set_tcp_nodelay(true)?;
        #[cfg(target_vendor = "apple")]
        socket.set_nosigpipe(true)?;
        Ok(socket)
    }
}
