//! Listening: takes connections as they come and survives what the system says when it has no more to give.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, watch};

use super::sys::{Accepted, Interest, Listener, Readiness, is_exhaustion};
use crate::error::{Cause, Error, Phase, Result};
use crate::runtime::Runtime;

use super::connect::words;

/// Connections that the system keeps for us until we take them.
const BACKLOG: i32 = 1024;

/// How long the system has to find descriptors or memory again, where nothing of ours could be let go.
const RESPITE: Duration = Duration::from_millis(50);

/// How long a connection that was let go takes to give its descriptor back.
const LETTING_GO: Duration = Duration::from_millis(2);

/// Connections taken in a row before others have their turn.
const TAKEN_IN_A_ROW: usize = 64;

/// Takes what comes over a listening socket.
pub(crate) trait Welcome: Send + Sync {
    /// A connection came.
    fn connection(&self, accepted: Accepted);
    /// The system has no descriptors left: something should be let go. Returns whether something was.
    fn exhausted(&self) -> bool;
}

/// A listening socket that a task waits at.
#[derive(Debug)]
pub(crate) struct Listening {
    address: SocketAddr,
    stop: Arc<Notify>,
    /// Closes with the task, however that ends.
    task: watch::Receiver<()>,
}

impl Listening {
    /// Listens at `address` and hands every connection to `welcome`.
    pub(crate) fn start(runtime: &Runtime, address: SocketAddr, welcome: Arc<dyn Welcome>) -> Result<Self> {
        let failed = |error: &io::Error| {
            let what_to_do = match error.kind() {
                io::ErrorKind::AddrInUse => "; end the program that has this port, or choose another",
                io::ErrorKind::PermissionDenied => "; ports below 1024 need a privilege, choose a higher one",
                io::ErrorKind::AddrNotAvailable => "; this machine does not have that address",
                _ => "",
            };
            let detail = format!("cannot listen at {address}: {}{what_to_do}", words(error));
            Error::new(Phase::Queued, Cause::Io { os: error.raw_os_error().unwrap_or(0), detail })
        };
        let listener = Listener::bind(address, BACKLOG).map_err(|error| failed(&error))?;
        let address = listener.address();
        let readiness = {
            let _inside = runtime.handle().enter();
            Readiness::new(Arc::new(listener)).map_err(|error| failed(&error))?
        };
        let stop = Arc::<Notify>::default();
        let (lives, task) = watch::channel(());
        let accept = accept(readiness, welcome, stop.clone());
        runtime.spawn(async move {
            let _lives = lives;
            accept.await;
        });
        Ok(Self { address, stop, task })
    }

    /// Where it listens; the port is the real one where 0 was asked for.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Takes no connection any more. The port is free once [`Self::stopped`] is over.
    pub(crate) fn stop(&self) {
        self.stop.notify_one();
    }

    /// Waits until the listening socket is closed, which any number may do.
    pub(crate) async fn stopped(&self) {
        let _closed = self.task.clone().changed().await;
    }
}

async fn accept(listener: Readiness<Listener>, welcome: Arc<dyn Welcome>, stop: Arc<Notify>) {
    let waiting = Interest { read: true, write: false };
    loop {
        let taken = listener.ready(waiting, |_| {
            let outcome = take_waiting(&listener, welcome.as_ref());
            let used_up = Interest { read: matches!(outcome, Taken::All), write: false };
            (outcome, used_up)
        });
        let taken = tokio::select! {
            biased;
            () = stop.notified() => break,
            taken = taken => taken,
        };
        match taken {
            Ok(Taken::All) => {}
            Ok(Taken::More) => tokio::task::yield_now().await,
            Ok(Taken::Exhausted) => {
                let respite = if welcome.exhausted() { LETTING_GO } else { RESPITE };
                tokio::time::sleep(respite).await;
            }
            Err(_) => break, // the reactor is gone: the runtime is shutting down
        }
    }
}

enum Taken {
    All,
    More,
    Exhausted,
}

fn take_waiting(listener: &Readiness<Listener>, welcome: &dyn Welcome) -> Taken {
    for _ in 0..TAKEN_IN_A_ROW {
        match listener.get().accept() {
            Ok(accepted) => welcome.connection(accepted),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Taken::All,
            Err(error) if is_exhaustion(&error) => {
                tracing::warn!(target: "dimse::server", "no connection can be taken for now: {}", words(&error));
                return Taken::Exhausted;
            }
            // The connection that was waiting has broken: the next one has not.
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                tracing::warn!(target: "dimse::server", "connections cannot be taken: {}", words(&error));
                return Taken::Exhausted;
            }
        }
        // One that comes from now on wakes the task again.
        if !listener.get().has_waiting() {
            return Taken::All;
        }
    }
    Taken::More
}

/// Linux hands the network's errors of a waiting connection to accept (accept(2), "Error handling").
fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{
        ConnectionAborted, ConnectionReset, HostUnreachable, Interrupted, NetworkDown, NetworkUnreachable,
        TimedOut,
    };
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::RuntimeOptions;

    struct Panics;

    impl Welcome for Panics {
        fn connection(&self, _: Accepted) {
            panic!("on purpose")
        }
        fn exhausted(&self) -> bool {
            false
        }
    }

    #[test]
    fn a_listener_that_panicked_has_stopped_for_everybody_who_waits() {
        let runtime = Runtime::new(RuntimeOptions::default()).unwrap();
        let address = "127.0.0.1:0".parse().unwrap();
        let listening = Arc::new(Listening::start(&runtime, address, Arc::new(Panics)).unwrap());
        let _peer = std::net::TcpStream::connect(listening.address()).unwrap();
        let (sender, stopped) = std::sync::mpsc::channel();
        for _ in 0..2 {
            let (sender, listening) = (sender.clone(), listening.clone());
            runtime.spawn(async move {
                listening.stopped().await;
                sender.send(()).unwrap();
            });
        }
        for _ in 0..2 {
            stopped.recv_timeout(Duration::from_secs(10)).unwrap();
        }
        assert_eq!(runtime.panics(), 1);
        runtime.shutdown(Some(Duration::ZERO)).unwrap();
    }
}
