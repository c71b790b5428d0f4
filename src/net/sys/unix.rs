//! Waiting on Unix: `poll` for a plain thread, epoll or kqueue (by tokio) for a task, a socket pair as wake-up.
#![allow(unsafe_code)] // poll(2) has no safe form in std, nor has a shared descriptor's registration in tokio

use std::io::{self, Read as _, Write as _};
use std::os::fd::{AsRawFd, RawFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::Interest as TokioInterest;
use tokio::io::unix::AsyncFd;

use super::{Interest, Listener, Socket};

impl AsRawFd for Socket {
    fn as_raw_fd(&self) -> RawFd {
        self.0.as_raw_fd()
    }
}

impl AsRawFd for Listener {
    fn as_raw_fd(&self) -> RawFd {
        self.socket.as_raw_fd()
    }
}

impl Listener {
    /// Whether a connection waits; true where that cannot be told. An `accept` in vain costs Linux ten times as much:
    /// it makes a socket before it looks.
    pub(crate) fn has_waiting(&self) -> bool {
        let mut polled = libc::pollfd { fd: self.as_raw_fd(), events: libc::POLLIN, revents: 0 };
        // SAFETY: `polled` is one initialised pollfd that lives over the call, of a descriptor that `self` holds open.
        let count = unsafe { libc::poll(&raw mut polled, 1, 0) };
        count != 0
    }
}

/// Wakes a thread that waits in [`wait_listening`], from any thread. A wake-up before the wait is not lost.
#[derive(Debug)]
pub(crate) struct Waker {
    read: UnixStream,
    write: UnixStream,
}

impl Waker {
    pub(crate) fn new() -> io::Result<Self> {
        let (read, write) = UnixStream::pair()?;
        read.set_nonblocking(true)?;
        write.set_nonblocking(true)?;
        Ok(Self { read, write })
    }

    pub(crate) fn wake(&self) {
        // A full pair holds a wake-up already.
        let _full = (&self.write).write(&[1]);
    }

    /// Forgets the wake-ups so far.
    fn clear(&self) {
        let mut sink = [0; 64];
        while matches!((&self.read).read(&mut sink), Ok(length) if length == sink.len()) {}
    }
}

/// Waits until the socket is ready as asked, a connection waits at the listener, a wake-up came, or the time is over
/// (`None`: without end). Returns what the socket is ready for, and whether a connection waits. A signal ends the wait
/// too: the caller looks again.
pub(crate) fn wait_listening(
    listener: Option<&Listener>,
    socket: Option<(&Socket, Interest)>,
    waker: &Waker,
    timeout: Option<Duration>,
) -> io::Result<(Interest, bool)> {
    let mut events = 0;
    if let Some((_, interest)) = socket {
        if interest.read {
            events |= libc::POLLIN;
        }
        if interest.write {
            events |= libc::POLLOUT;
        }
    }
    // A negative descriptor is passed over by poll.
    let fd = socket.map_or(-1, |(socket, _)| socket.as_raw_fd());
    let listening = listener.map_or(-1, AsRawFd::as_raw_fd);
    let mut polled = [
        libc::pollfd { fd: waker.read.as_raw_fd(), events: libc::POLLIN, revents: 0 },
        libc::pollfd { fd, events, revents: 0 },
        libc::pollfd { fd: listening, events: libc::POLLIN, revents: 0 },
    ];
    // Rounded up, so that a deadline is over when the wait for it ends.
    let millis =
        timeout.map_or(-1, |time| i32::try_from(time.as_nanos().div_ceil(1_000_000)).unwrap_or(i32::MAX));
    // SAFETY: `polled` is an array of three initialised pollfd that lives over the call, and the descriptors are held
    // open by the references that this function was given.
    let count = unsafe { libc::poll(polled.as_mut_ptr(), 3, millis) };
    if count < 0 {
        let error = io::Error::last_os_error();
        let interrupted = error.kind() == io::ErrorKind::Interrupted;
        return if interrupted { Ok((Interest::default(), false)) } else { Err(error) };
    }
    let [wake, socket, listener] = polled;
    if wake.revents != 0 {
        waker.clear();
    }
    // An error or hang-up is told by the read or write that follows.
    let failed = socket.revents & (libc::POLLERR | libc::POLLHUP | libc::POLLNVAL) != 0;
    let ready = Interest {
        read: failed || socket.revents & libc::POLLIN != 0,
        write: failed || socket.revents & libc::POLLOUT != 0,
    };
    Ok((ready, listener.revents != 0))
}

impl Socket {
    /// Whether the peer has closed its side, though what it sent before lies there unread. False where that cannot be
    /// told.
    pub(crate) fn has_peer_closed(&self) -> bool {
        // Linux tells the end of the stream apart from bytes in front of it only where it is asked to; the others tell
        // it as a hang-up.
        #[cfg(any(target_os = "linux", target_os = "android"))]
        const END: libc::c_short = libc::POLLRDHUP;
        #[cfg(not(any(target_os = "linux", target_os = "android")))]
        const END: libc::c_short = libc::POLLIN;
        let mut polled = libc::pollfd { fd: self.as_raw_fd(), events: END, revents: 0 };
        // SAFETY: `polled` is one initialised pollfd that lives over the call, of a descriptor that `self` holds open.
        let count = unsafe { libc::poll(&raw mut polled, 1, 0) };
        count > 0 && polled.revents & ((END & !libc::POLLIN) | libc::POLLHUP | libc::POLLERR) != 0
    }
}

/// A socket's place in tokio's reactor. While it exists every arrival wakes the reactor: a thread that drives the
/// socket itself must not keep one.
#[derive(Debug)]
pub(crate) struct Readiness<T: AsRawFd>(AsyncFd<Arc<T>>);

impl<T: AsRawFd> Readiness<T> {
    /// Registers; must be called inside the runtime.
    pub(crate) fn new(of: Arc<T>) -> io::Result<Self> {
        let interest = TokioInterest::READABLE | TokioInterest::WRITABLE;
        // SAFETY: only this module's Socket and Listener come here: each owns one descriptor for as long as it lives,
        // and the Arc inside the registration keeps it alive longer than the registration.
        Ok(Self(unsafe { AsyncFd::register_with_interest(of, interest) }?))
    }

    /// Waits until the socket is ready as asked, hands what it is ready for to `act`, and forgets the readiness that
    /// `act` says it has used up.
    pub(crate) async fn ready<R>(
        &self,
        interest: Interest,
        act: impl FnOnce(Interest) -> (R, Interest),
    ) -> io::Result<R> {
        let asked = match (interest.read, interest.write) {
            (true, false) => TokioInterest::READABLE,
            (false, true) => TokioInterest::WRITABLE,
            (true, true) => TokioInterest::READABLE | TokioInterest::WRITABLE,
            (false, false) => nothing_but_errors(),
        };
        let mut guard = self.0.ready(asked).await?;
        let ready = guard.ready();
        let failed = ready.is_error();
        let (outcome, used_up) =
            act(Interest { read: failed || ready.is_readable(), write: failed || ready.is_writable() });
        if failed {
            guard.clear_ready_matching(tokio::io::Ready::ERROR);
        }
        if used_up.read {
            guard.clear_ready_matching(tokio::io::Ready::READABLE);
        }
        if used_up.write {
            guard.clear_ready_matching(tokio::io::Ready::WRITABLE);
        }
        Ok(outcome)
    }
}

/// A connection that is not read for now still tells when it breaks.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn nothing_but_errors() -> TokioInterest {
    TokioInterest::ERROR
}

/// Where errors cannot be waited for alone, room to write is waited for: it comes with every error, and else once.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn nothing_but_errors() -> TokioInterest {
    TokioInterest::WRITABLE
}

impl<T: AsRawFd> Readiness<T> {
    /// What is registered.
    pub(crate) fn get(&self) -> &T {
        self.0.get_ref()
    }
}
