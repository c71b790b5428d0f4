//! Listening: takes connections as they come and survives what the system says when it has no more to give.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{Notify, oneshot, watch};

use super::association::Association;
use super::hot::SILENCE;
use super::reception::{Left, Reception};
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

/// So many connections, each soon after the one before, are worth a hot thread.
const IN_A_ROW: u32 = 4;

/// However often a hot thread was of no use, after so many it is tried again.
const MOST_IN_A_ROW: u32 = 16 * 1024;

/// Takes what comes over a listening socket.
pub(crate) trait Welcome: Send + Sync {
    /// A connection came. Returns its association, for which nobody waits yet.
    fn connection(&self, accepted: Accepted) -> Option<Arc<Association>>;
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
        let listener = Arc::new(listener);
        let readiness = {
            let _inside = runtime.handle().enter();
            Readiness::new(listener.clone()).map_err(|error| failed(&error))?
        };
        let stop = Arc::<Notify>::default();
        let (lives, task) = watch::channel(());
        let accept = accept(runtime.clone(), listener, readiness, welcome, stop.clone());
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

/// In turns: this task, and a hot thread while connections come in quick succession.
async fn accept(
    runtime: Runtime,
    listener: Arc<Listener>,
    readiness: Readiness<Listener>,
    welcome: Arc<dyn Welcome>,
    stop: Arc<Notify>,
) {
    let mut registered = Ok(readiness);
    let mut rhythm = Rhythm::new();
    loop {
        match registered {
            Ok(readiness) => {
                if take_turns(&runtime, &readiness, welcome.as_ref(), &stop, &mut rhythm).await.is_none() {
                    return;
                }
            }
            // The system has no place for it, or the runtime is shutting down, and this task ends here.
            Err(_) => tokio::time::sleep(RESPITE).await,
        }
        // The place in the reactor is given back: each connection would wake a worker for nothing.
        match receive(&runtime, &listener, &welcome, &stop).await {
            Some(Left::Quiet) => {}
            Some(Left::Crowded) => rhythm.slow_down(),
            Some(Left::Exhausted) => make_room(&runtime, welcome.as_ref()).await,
            None => return,
        }
        registered = Readiness::new(listener.clone());
    }
}

/// Takes connections for tasks to drive, until they come in quick succession. `None` where the listening is to stop.
async fn take_turns(
    runtime: &Runtime,
    listener: &Readiness<Listener>,
    welcome: &dyn Welcome,
    stop: &Notify,
    rhythm: &mut Rhythm,
) -> Option<()> {
    let waiting = Interest { read: true, write: false };
    loop {
        let taken = listener.ready(waiting, |_| {
            let outcome =
                take_waiting(runtime, || listener.get().accept(), || listener.get().has_waiting(), welcome);
            let used_up = Interest { read: matches!(outcome, Taken::All), write: false };
            (outcome, used_up)
        });
        let taken = tokio::select! {
            biased;
            () = stop.notified() => return None,
            taken = taken => taken,
        };
        match taken {
            Ok(Taken::All) if rhythm.is_quick(Instant::now()) => return Some(()),
            Ok(Taken::All) => {}
            Ok(Taken::More) => tokio::task::yield_now().await,
            Ok(Taken::Exhausted) => make_room(runtime, welcome).await,
            Ok(Taken::Failing) => tokio::time::sleep(RESPITE).await,
            Err(_) => return None, // the reactor is gone: the runtime is shutting down
        }
    }
}

/// Lets a hot thread take connections, where one is free, for as long as it will. `None` where the listening is to stop.
async fn receive(
    runtime: &Runtime,
    listener: &Arc<Listener>,
    welcome: &Arc<dyn Welcome>,
    stop: &Notify,
) -> Option<Left> {
    let (sender, mut left) = oneshot::channel();
    let tell = move |why| {
        let _task_is_gone = sender.send(why);
    };
    let Some(reception) = Reception::open(runtime, listener.clone(), welcome.clone(), tell) else {
        return Some(Left::Crowded);
    };
    tokio::select! {
        biased;
        () = stop.notified() => {}
        // It tells nothing only where it panicked, which has been counted.
        why = &mut left => return Some(why.unwrap_or(Left::Crowded)),
    }
    drop(reception);
    let _listens_no_more = left.await;
    None
}

async fn make_room(runtime: &Runtime, welcome: &dyn Welcome) {
    let let_go = runtime.guard("making room for connections", || welcome.exhausted());
    tokio::time::sleep(if let_go == Some(true) { LETTING_GO } else { RESPITE }).await;
}

/// Whether connections come in quick succession.
struct Rhythm {
    last: Option<Instant>,
    in_a_row: u32,
    /// So many are worth a hot thread.
    needed: u32,
}

impl Rhythm {
    fn new() -> Self {
        Self { last: None, in_a_row: 0, needed: IN_A_ROW }
    }

    /// A connection has come at `now`, or several.
    fn is_quick(&mut self, now: Instant) -> bool {
        let is_soon = self.last.is_some_and(|last| now.saturating_duration_since(last) < SILENCE);
        if !is_soon {
            *self = Self::new();
        }
        self.last = Some(now);
        self.in_a_row += 1;
        let is_quick = self.in_a_row >= self.needed;
        if is_quick {
            self.in_a_row = 0;
        }
        is_quick
    }

    /// A hot thread is of no use, and of the less the longer connections overlap.
    fn slow_down(&mut self) {
        self.needed = self.needed.saturating_mul(16).min(MOST_IN_A_ROW);
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
        match take_one(runtime, next(), welcome) {
            One::Taken(association) => {
                taken = Taken::More;
                if let Some(association) = association {
                    association.go_cold();
                }
            }
            One::Broken => {}
            One::None => return Taken::All,
            One::Exhausted => return Taken::Exhausted,
            One::Failing => return Taken::Failing,
        }
        // One that comes from now on wakes the task again.
        if !has_waiting() {
            return Taken::All;
        }
    }
    taken
}

/// What came of taking one connection.
pub(super) enum One {
    /// It was taken; `None` where nobody is there to have it.
    Taken(Option<Arc<Association>>),
    /// It was broken already. The next one is not.
    Broken,
    /// None waits.
    None,
    /// The system has nothing left to take one with.
    Exhausted,
    /// The system says no for another reason.
    Failing,
}

/// A panic over one connection costs that one.
pub(super) fn take_one(runtime: &Runtime, next: io::Result<Accepted>, welcome: &dyn Welcome) -> One {
    match next {
        Ok(accepted) => {
            One::Taken(runtime.guard("taking a connection", || welcome.connection(accepted)).flatten())
        }
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => One::None,
        Err(error) if is_of_one_connection(&error) => One::Broken,
        Err(error) => {
            tracing::warn!(target: "dimse::server", "no connection can be taken for now: {}", words(&error));
            if is_exhaustion(&error) { One::Exhausted } else { One::Failing }
        }
    }
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
        fn connection(&self, accepted: Accepted) -> Option<Arc<Association>> {
            assert_eq!(self.1.fetch_add(1, Ordering::SeqCst) % 2, 1, "on purpose");
            self.0.send(accepted.peer).unwrap();
            None
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
        fn connection(&self, _: Accepted) -> Option<Arc<Association>> {
            self.0.fetch_add(1, Ordering::SeqCst);
            None
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
    fn a_hot_thread_is_tried_less_often_while_connections_overlap_and_as_before_after_a_pause() {
        let mut rhythm = Rhythm::new();
        let mut now = Instant::now();
        let mut until_quick = |rhythm: &mut Rhythm, gap: Duration| {
            (1..=100_000).find(|_| {
                now += gap;
                rhythm.is_quick(now)
            })
        };
        let soon = Duration::from_millis(1);
        assert_eq!(until_quick(&mut rhythm, soon), Some(4));
        assert_eq!(until_quick(&mut rhythm, soon), Some(4));
        for needed in [64, 1024, 16_384, 16_384] {
            rhythm.slow_down();
            assert_eq!(until_quick(&mut rhythm, soon), Some(needed));
        }
        assert_eq!(until_quick(&mut rhythm, SILENCE), None);
        assert_eq!(until_quick(&mut rhythm, soon), Some(3));
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
