//! Listening: takes connections as they come and survives what the system says when it has no more to give.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, watch};

use super::sys::{Accepted, Interest, Listener, Readiness, is_exhaustion, is_of_one_connection};
use crate::error::{Cause, Error, Phase, Result};
use crate::runtime::Runtime;

use super::connect::words;

/// Connections that the system keeps for us until we take them.
const BACKLOG: i32 = 1024;

/// How long the system has to find descriptors or memory again, where nothing of ours could be let go, or whatever else
/// it lacks.
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
        let accept = accept(runtime.clone(), readiness, welcome, stop.clone());
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

async fn accept(
    runtime: Runtime,
    listener: Readiness<Listener>,
    welcome: Arc<dyn Welcome>,
    stop: Arc<Notify>,
) {
    let waiting = Interest { read: true, write: false };
    loop {
        let taken = listener.ready(waiting, |_| {
            let outcome = take_waiting(
                &runtime,
                || listener.get().accept(),
                || listener.get().has_waiting(),
                welcome.as_ref(),
            );
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
                let let_go = runtime.guard("making room for connections", || welcome.exhausted());
                tokio::time::sleep(if let_go == Some(true) { LETTING_GO } else { RESPITE }).await;
            }
            Ok(Taken::Failing) => tokio::time::sleep(RESPITE).await,
            Err(_) => break, // the reactor is gone: the runtime is shutting down
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Taken {
    All,
    More,
    /// The system has no descriptors or memory left: something of ours could be let go.
    Exhausted,
    /// It says no for another reason, which no connection of ours is the cause of.
    Failing,
}

/// A panic over one connection costs that one: the next one is taken.
fn take_waiting(
    runtime: &Runtime,
    mut next: impl FnMut() -> io::Result<Accepted>,
    has_waiting: impl Fn() -> bool,
    welcome: &dyn Welcome,
) -> Taken {
    let mut taken = Taken::Failing;
    for _ in 0..TAKEN_IN_A_ROW {
        match next() {
            Ok(accepted) => {
                taken = Taken::More;
                runtime.guard("taking a connection", || welcome.connection(accepted));
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Taken::All,
            Err(error) if is_exhaustion(&error) => {
                tracing::warn!(target: "dimse::server", "no connection can be taken for now: {}", words(&error));
                return Taken::Exhausted;
            }
            // The connection that was waiting has broken: the next one has not.
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                tracing::warn!(target: "dimse::server", "no connection can be taken for now: {}", words(&error));
                return Taken::Failing;
            }
        }
        // One that comes from now on wakes the task again.
        if !has_waiting() {
            return Taken::All;
        }
    }
    taken
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;
    use std::net::TcpStream;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc::{Receiver, Sender, channel};

    use super::*;
    use crate::runtime::RuntimeOptions;

    const LONG: Duration = Duration::from_secs(10);

    /// Panics over every other connection, the first one too, and when it is to make room.
    struct Panics(Sender<SocketAddr>, AtomicUsize);

    impl Welcome for Panics {
        fn connection(&self, accepted: Accepted) {
            assert_eq!(self.1.fetch_add(1, Ordering::SeqCst) % 2, 1, "on purpose");
            self.0.send(accepted.peer).unwrap();
        }
        fn exhausted(&self) -> bool {
            panic!("on purpose")
        }
    }

    fn panicking() -> (Runtime, Arc<Listening>, Receiver<SocketAddr>) {
        let runtime = Runtime::new(RuntimeOptions::default()).unwrap();
        let (taken, who) = channel();
        let welcome = Arc::new(Panics(taken, AtomicUsize::new(0)));
        let listening = Listening::start(&runtime, "127.0.0.1:0".parse().unwrap(), welcome).unwrap();
        (runtime, Arc::new(listening), who)
    }

    #[test]
    fn a_panic_over_a_connection_costs_that_one_and_is_counted() {
        let (runtime, listening, who) = panicking();
        for round in 1..=3 {
            let mut lost = TcpStream::connect(listening.address()).unwrap();
            lost.set_read_timeout(Some(LONG)).unwrap();
            assert_eq!(lost.read(&mut [0]).unwrap(), 0, "it is closed");
            let peer = TcpStream::connect(listening.address()).unwrap();
            assert_eq!(who.recv_timeout(LONG).unwrap(), peer.local_addr().unwrap());
            assert_eq!(runtime.panics(), round);
        }
        runtime.shutdown(Some(Duration::ZERO)).unwrap();
    }

    /// Counts.
    #[derive(Default)]
    struct Counts(AtomicUsize);

    impl Welcome for Counts {
        fn connection(&self, _: Accepted) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
        fn exhausted(&self) -> bool {
            false
        }
    }

    #[test]
    fn a_connection_that_broke_while_it_waited_does_not_keep_the_next_one_from_being_taken() {
        let runtime = Runtime::new(RuntimeOptions::default()).unwrap();
        let listener = Listener::bind("127.0.0.1:0".parse().unwrap(), BACKLOG).unwrap();
        let _peer = TcpStream::connect(listener.address()).unwrap();
        let (accepted, counts) = (listener.accept().unwrap(), Counts::default());
        let broken = |kind: io::ErrorKind| Err(io::Error::from(kind));
        let mut waiting = [
            broken(io::ErrorKind::ConnectionAborted),
            broken(io::ErrorKind::ConnectionReset),
            broken(io::ErrorKind::HostUnreachable),
            Ok(accepted),
            broken(io::ErrorKind::ConnectionAborted),
            broken(io::ErrorKind::WouldBlock),
        ]
        .into_iter();
        assert_eq!(take_waiting(&runtime, || waiting.next().unwrap(), || true, &counts), Taken::All);
        assert_eq!((counts.0.load(Ordering::SeqCst), waiting.len()), (1, 0));
        // What is no connection's fault is not met again and again without a pause, nor is what never ends. Letting go of
        // a connection of ours would not help.
        for kind in [io::ErrorKind::InvalidInput, io::ErrorKind::ConnectionAborted] {
            assert_eq!(take_waiting(&runtime, || broken(kind), || true, &counts), Taken::Failing, "{kind}");
        }
        runtime.shutdown(Some(Duration::ZERO)).unwrap();
    }

    #[test]
    fn a_listener_that_stops_has_stopped_for_everybody_who_waits() {
        let (runtime, listening, _) = panicking();
        let (sender, stopped) = channel();
        for _ in 0..2 {
            let (sender, listening) = (sender.clone(), listening.clone());
            runtime.spawn(async move {
                listening.stopped().await;
                sender.send(()).unwrap();
            });
        }
        listening.stop();
        for _ in 0..2 {
            stopped.recv_timeout(LONG).unwrap();
        }
        assert!(TcpStream::connect(listening.address()).is_err());
        runtime.shutdown(Some(Duration::ZERO)).unwrap();
    }
}
