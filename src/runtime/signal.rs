//! A level-triggered descriptor: readable while it is set.

#[cfg(unix)]
pub(super) use unix::Signal;

#[cfg(not(unix))]
pub(super) use other::Signal;

#[cfg(unix)]
mod unix {
    use std::io::{ErrorKind, Read, Write};
    use std::os::fd::AsRawFd;
    use std::os::unix::net::UnixStream;

    use crate::error::{Cause, Error, Phase, Result};

    /// One byte in a socket pair while the signal is set, none while it is not.
    #[derive(Debug)]
    pub(in super::super) struct Signal {
        reader: UnixStream,
        writer: UnixStream,
        is_set: bool,
    }

    impl Signal {
        /// A signal that is not set.
        pub(in super::super) fn new() -> Result<Self> {
            let pair = || {
                let (reader, writer) = UnixStream::pair()?;
                reader.set_nonblocking(true)?;
                writer.set_nonblocking(true)?;
                Ok(Self { reader, writer, is_set: false })
            };
            pair().map_err(|error: std::io::Error| {
                let os = error.raw_os_error().unwrap_or(0);
                let detail = format!("no descriptor for the queue: {error}");
                Error::new(Phase::Queued, Cause::Io { os, detail })
            })
        }

        /// The descriptor to poll.
        pub(in super::super) fn fd(&self) -> i32 {
            self.reader.as_raw_fd()
        }

        /// Sets or clears it. Costs nothing where that changes nothing.
        pub(in super::super) fn set(&mut self, on: bool) {
            if self.is_set == on {
                return;
            }
            // One byte at most is ever on its way, so that neither call can block or fail for want of room.
            let done = loop {
                let result = if on { self.writer.write(&[1]) } else { self.reader.read(&mut [0]) };
                match result {
                    Err(error) if error.kind() == ErrorKind::Interrupted => {}
                    result => break result.is_ok(),
                }
            };
            if done {
                self.is_set = on;
            }
        }
    }
}

#[cfg(not(unix))]
mod other {
    use crate::error::{Error, Result};

    /// There is none on this system.
    #[derive(Debug)]
    pub(in super::super) enum Signal {}

    impl Signal {
        pub(in super::super) fn new() -> Result<Self> {
            Err(Error::state("a queue has a descriptor on Unix only; use dimse_queue_set_notify"))
        }

        pub(in super::super) fn fd(&self) -> i32 {
            match *self {}
        }

        pub(in super::super) fn set(&mut self, _on: bool) {
            match *self {}
        }
    }
}
