//! Waiting on Windows: `select` for a plain thread, AFD (by tokio) for a task, a datagram to oneself as wake-up.
//!
//! `select` and not `WSAPoll`: before Windows 10 2004, and so on Server 2019, `WSAPoll` does not report a connection
//! attempt that failed.
#![allow(unsafe_code)] // select has no safe form in std

use std::io;
use std::net::{Ipv4Addr, TcpStream, UdpSocket};
use std::os::windows::io::{AsRawSocket, AsSocket, BorrowedSocket};
use std::ptr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::Interest as TokioInterest;
use windows_sys::Win32::Networking::WinSock::{
    FD_SET, POLLERR, POLLHUP, POLLRDNORM, SOCKET, TIMEVAL, WSAPOLLFD, WSAPoll, select,
};

use super::{Interest, Listener, Socket};

impl AsSocket for Socket {
    fn as_socket(&self) -> BorrowedSocket<'_> {
        self.0.as_socket()
    }
}

impl AsSocket for Listener {
    fn as_socket(&self) -> BorrowedSocket<'_> {
        self.socket.as_socket()
    }
}

impl Listener {
    /// Whether a connection waits; true where that cannot be told.
    #[expect(clippy::unused_self, reason = "accept tells it here")]
    pub(crate) fn has_waiting(&self) -> bool {
        true
    }
}

/// Wakes a thread that waits in [`wait_listening`], from any thread. A wake-up before the wait is not lost.
#[derive(Debug)]
pub(crate) struct Waker(UdpSocket);

impl Waker {
    pub(crate) fn new() -> io::Result<Self> {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        // Connected to itself it takes nothing from anybody else.
        socket.connect(socket.local_addr()?)?;
        socket.set_nonblocking(true)?;
        Ok(Self(socket))
    }

    pub(crate) fn wake(&self) {
        // A full buffer holds a wake-up already.
        let _full = self.0.send(&[1]);
    }

    /// Forgets the wake-ups so far.
    fn clear(&self) {
        while self.0.recv(&mut [0]).is_ok() {}
    }
}

/// Waits until the socket is ready as asked, a connection waits at the listener, a wake-up came, or the time is over
/// (`None`: without end). Returns what the socket is ready for, and whether a connection waits.
pub(crate) fn wait_listening(
    listener: Option<&Listener>,
    socket: Option<(&Socket, Interest)>,
    waker: &Waker,
    timeout: Option<Duration>,
) -> io::Result<(Interest, bool)> {
    let asked = socket.map_or(Interest::default(), |(_, interest)| interest);
    let socket = socket.map(|(socket, _)| handle(socket)).transpose()?;
    let wake = Some(handle(&waker.0)?);
    let listener = listener.map(handle).transpose()?;
    let mut readable = set([wake, socket.filter(|_| asked.read), listener]);
    let mut writable = set([None, socket.filter(|_| asked.write), None]);
    // A connection attempt that fails is told here, one that succeeds as room to write.
    let mut failed = set([None, socket.filter(|_| asked.write), None]);
    // Rounded up, so that a deadline is over when the wait for it ends; a day is more than any wait needs.
    let timeout = timeout.map(|time| {
        let micros = time.as_nanos().div_ceil(1000).min(24 * 3600 * 1_000_000);
        TIMEVAL {
            tv_sec: i32::try_from(micros / 1_000_000).unwrap_or(i32::MAX),
            tv_usec: i32::try_from(micros % 1_000_000).unwrap_or(0),
        }
    });
    let timeout = timeout.as_ref().map_or(ptr::null(), ptr::from_ref);
    // SAFETY: the sets and the time live over the call and name how many sockets they hold; every socket is held open
    // by the references that this function was given. The first argument means nothing here.
    let count = unsafe { select(0, &raw mut readable, &raw mut writable, &raw mut failed, timeout) };
    if count < 0 {
        return Err(io::Error::last_os_error());
    }
    if holds(&readable, wake) {
        waker.clear();
    }
    let failed = holds(&failed, socket);
    let ready =
        Interest { read: failed || holds(&readable, socket), write: failed || holds(&writable, socket) };
    Ok((ready, listener.is_some() && holds(&readable, listener)))
}

impl Socket {
    /// Whether the peer has closed its side, though what it sent before lies there unread, or the connection is broken.
    /// False where that cannot be told.
    ///
    /// `select` takes the end of the stream for bytes; `WSAPoll` tells the one from the other.
    pub(crate) fn has_peer_closed(&self) -> bool {
        let Ok(fd) = handle(self) else { return false };
        let mut polled = WSAPOLLFD { fd, events: POLLRDNORM, revents: 0 };
        // SAFETY: `polled` is one initialised WSAPOLLFD that lives over the call, of a socket that `self` holds open.
        let count = unsafe { WSAPoll(&raw mut polled, 1, 0) };
        count > 0 && polled.revents & (POLLHUP | POLLERR) != 0
    }
}

fn handle(socket: &impl AsSocket) -> io::Result<SOCKET> {
    SOCKET::try_from(socket.as_socket().as_raw_socket()).map_err(io::Error::other)
}

fn set(sockets: [Option<SOCKET>; 3]) -> FD_SET {
    let mut set = FD_SET::default();
    for (place, socket) in set.fd_array.iter_mut().zip(sockets.into_iter().flatten()) {
        *place = socket;
        set.fd_count += 1;
    }
    set
}

fn holds(set: &FD_SET, socket: Option<SOCKET>) -> bool {
    let count = usize::try_from(set.fd_count).unwrap_or(0);
    set.fd_array.iter().take(count).any(|held| Some(*held) == socket)
}

/// A socket's place in tokio's reactor. While it exists every arrival wakes the reactor: a thread that drives the
/// socket itself must not keep one.
///
/// tokio registers none but its own types: a stream of tokio's is the registration, over a duplicate of the socket,
/// whatever kind that is.
#[derive(Debug)]
pub(crate) struct Readiness<T: AsSocket> {
    registration: tokio::net::TcpStream,
    of: Arc<T>,
}

impl<T: AsSocket> Readiness<T> {
    /// Registers; must be called inside the runtime.
    pub(crate) fn new(of: Arc<T>) -> io::Result<Self> {
        let duplicate = TcpStream::from(of.as_socket().try_clone_to_owned()?);
        Ok(Self { registration: tokio::net::TcpStream::from_std(duplicate)?, of })
    }

    /// Waits until the socket is ready as asked, hands what it is ready for to `act`, and forgets the readiness that
    /// `act` says it has used up.
    ///
    /// A connection that is not read for now does not tell here when it breaks: the next read or write does.
    pub(crate) async fn ready<R>(
        &self,
        interest: Interest,
        act: impl FnOnce(Interest) -> (R, Interest),
    ) -> io::Result<R> {
        let asked = match (interest.read, interest.write) {
            (true, false) => TokioInterest::READABLE,
            (false, true) => TokioInterest::WRITABLE,
            (true, true) => TokioInterest::READABLE | TokioInterest::WRITABLE,
            (false, false) => return std::future::pending().await,
        };
        let ready = self.registration.ready(asked).await?;
        let failed = ready.is_error();
        let (outcome, used_up) =
            act(Interest { read: failed || ready.is_readable(), write: failed || ready.is_writable() });
        if used_up.read {
            self.forget(TokioInterest::READABLE);
        }
        if used_up.write {
            self.forget(TokioInterest::WRITABLE);
        }
        Ok(outcome)
    }

    /// What is registered.
    pub(crate) fn get(&self) -> &T {
        &self.of
    }

    /// The reactor asks the system again only after it has seen a call that would block. What came since ours did is
    /// told again then, so nothing is lost between.
    fn forget(&self, interest: TokioInterest) {
        let _would_block =
            self.registration.try_io(interest, || Err::<(), _>(io::ErrorKind::WouldBlock.into()));
    }
}
