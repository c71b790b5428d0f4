//! The events of one association that its caller has not taken yet: how many there may be, and who goes on once there is
//! room (abi.md rule 17).

use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, Weak};

use super::lock::lock;

/// So many events may wait: one is made for each instance, some thousand a second, so that a caller may look away for a
/// good part of a second before anything stands still.
pub const MOST_EVENTS: usize = 1024;

/// So many bytes of them: a KiB for each of as many, which is more than an instance's event has. With 500 associations
/// whose callers take nothing, half a GiB.
pub const MOST_BYTES: usize = 1 << 20;

/// Whoever makes an association's events.
pub trait Producer: Send + Sync {
    /// There is room again, after it was told that there is none. Called with no lock held, on the thread of whoever took
    /// an event: it must neither wait nor touch a connection.
    fn there_is_room(&self);
}

/// What has not been taken, counted. Nobody is kept from adding to it: the producer asks before it begins what makes
/// more, so that what is under way, DONE and all that ends an operation always have room.
pub struct Backlog {
    state: Mutex<State>,
    producer: OnceLock<Weak<dyn Producer>>,
}

#[derive(Debug, Default)]
struct State {
    events: usize,
    bytes: usize,
    /// Those among them that one of the caller's own threads must take: in a dispatch, or with next.
    of_caller: usize,
    /// Threads of the caller's that wait for what comes of this association.
    waiting: usize,
    /// There were too many, and still are more than half as many: not every event that is taken sets the producer going.
    is_full: bool,
    /// The producer was told to wait.
    is_awaited: bool,
}

impl State {
    /// A thread of the caller's that waits may be the very one that is to take the events: then nobody waits for it.
    fn is_held(&self) -> bool {
        self.is_full && (self.waiting == 0 || self.of_caller == 0)
    }
}

impl Backlog {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self { state: Mutex::default(), producer: OnceLock::new() })
    }

    /// Sets who is told when there is room again. Once.
    pub fn set_producer(&self, producer: Weak<dyn Producer>) {
        let _set_once = self.producer.set(producer);
    }

    /// Whether the producer has to wait; where it has, it is told once there is room.
    #[must_use]
    pub fn is_full(&self) -> bool {
        let mut state = lock(&self.state);
        state.is_awaited = state.is_held();
        state.is_awaited
    }

    /// How many events have a place.
    #[must_use]
    pub fn events(&self) -> usize {
        lock(&self.state).events
    }

    /// A place for an event of about so many bytes, until that is dropped. `of_caller`: one of the caller's own threads
    /// must take it.
    #[must_use]
    pub fn place(self: &Arc<Self>, bytes: usize, of_caller: bool) -> Place {
        self.change(|state| {
            state.events += 1;
            state.bytes = state.bytes.saturating_add(bytes);
            state.of_caller += usize::from(of_caller);
            state.is_full |= state.events >= MOST_EVENTS || state.bytes >= MOST_BYTES;
        });
        Place { backlog: Arc::clone(self), bytes, of_caller }
    }

    /// A thread of the caller's waits for what comes of this association, until that is dropped.
    #[must_use]
    pub fn wait(self: &Arc<Self>) -> Wait {
        self.change(|state| state.waiting += 1);
        Wait(Arc::clone(self))
    }

    /// The producer that waits shall ask again.
    pub fn ask_again(&self) {
        let is_awaited = std::mem::take(&mut lock(&self.state).is_awaited);
        if is_awaited {
            self.tell();
        }
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        let mut state = lock(&self.state);
        change(&mut state);
        let has_waited = state.is_awaited && !state.is_held();
        state.is_awaited &= !has_waited;
        drop(state);
        if has_waited {
            self.tell();
        }
    }

    fn tell(&self) {
        if let Some(producer) = self.producer.get().and_then(Weak::upgrade) {
            producer.there_is_room();
        }
    }
}

impl fmt::Debug for Backlog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Backlog").field("state", &*lock(&self.state)).finish_non_exhaustive()
    }
}

/// The place of one event.
#[derive(Debug)]
pub struct Place {
    backlog: Arc<Backlog>,
    bytes: usize,
    of_caller: bool,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.backlog.change(|state| {
            state.events = state.events.saturating_sub(1);
            state.bytes = state.bytes.saturating_sub(self.bytes);
            state.of_caller = state.of_caller.saturating_sub(usize::from(self.of_caller));
            state.is_full &= state.events > MOST_EVENTS / 2 || state.bytes > MOST_BYTES / 2;
        });
    }
}

/// A thread that waits.
#[derive(Debug)]
pub struct Wait(Arc<Backlog>);

impl Drop for Wait {
    fn drop(&mut self) {
        self.0.change(|state| state.waiting = state.waiting.saturating_sub(1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[derive(Default)]
    struct Told(AtomicUsize);

    impl Producer for Told {
        fn there_is_room(&self) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    fn backlog() -> (Arc<Backlog>, Arc<Told>) {
        let (backlog, told) = (Backlog::new(), Arc::new(Told::default()));
        let producer: Arc<dyn Producer> = told.clone();
        backlog.set_producer(Arc::downgrade(&producer));
        (backlog, told)
    }

    fn times(told: &Told) -> usize {
        told.0.load(Ordering::SeqCst)
    }

    #[test]
    fn it_is_full_at_its_number_and_has_room_at_half_of_it() {
        let (backlog, told) = backlog();
        let mut places: Vec<_> = (1..MOST_EVENTS).map(|_| backlog.place(1, true)).collect();
        assert!(!backlog.is_full());
        places.push(backlog.place(1, true));
        assert!(backlog.is_full());
        places.truncate(MOST_EVENTS / 2 + 1);
        assert!(backlog.is_full() && times(&told) == 0);
        places.pop();
        assert!(!backlog.is_full() && times(&told) == 1);
        drop(places);
        assert_eq!((times(&told), backlog.events()), (1, 0), "it is told once");
    }

    #[test]
    fn it_is_full_at_its_bytes_and_takes_what_comes_all_the_same() {
        let (backlog, told) = backlog();
        let large = backlog.place(3 * MOST_BYTES, true);
        assert!(backlog.is_full());
        let small = backlog.place(1, true);
        assert_eq!(backlog.events(), 2);
        drop(large);
        assert!(!backlog.is_full() && times(&told) == 1);
        drop(small);
    }

    #[test]
    fn a_producer_that_has_not_asked_is_not_told() {
        let (backlog, told) = backlog();
        drop(backlog.place(MOST_BYTES, false));
        assert_eq!(times(&told), 0);
    }

    #[test]
    fn nothing_waits_for_a_thread_that_waits_itself() {
        let (backlog, told) = backlog();
        let place = backlog.place(MOST_BYTES, true);
        assert!(backlog.is_full());
        let waits = backlog.wait();
        assert!(!backlog.is_full() && times(&told) == 1);
        drop(waits);
        assert!(backlog.is_full());
        drop(place);
        assert_eq!(times(&told), 2);
    }

    #[test]
    fn what_our_own_threads_take_is_waited_for_whoever_waits() {
        let (backlog, told) = backlog();
        let place = backlog.place(MOST_BYTES, false);
        let waits = backlog.wait();
        assert!(backlog.is_full());
        // Behind this one the caller has to take something first.
        let behind = backlog.place(1, true);
        assert!(!backlog.is_full() && times(&told) == 1);
        drop((place, behind, waits));
    }

    #[test]
    fn who_is_told_to_ask_again_was_waiting() {
        let (backlog, told) = backlog();
        backlog.ask_again();
        let place = backlog.place(MOST_BYTES, false);
        assert!(backlog.is_full());
        backlog.ask_again();
        backlog.ask_again();
        assert_eq!(times(&told), 1);
        drop(place);
    }
}
