//! What must end when the runtime does: associations, servers, hot threads.

use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

use super::lock::{is_past, lock};
use crate::error::{Error, Result};

/// Something that holds a connection or a thread and can be told to give it up.
pub trait Ends: Send + Sync {
    /// Starts to end and returns at once: gracefully until then (release, drain), or hard now where it is `None`
    /// (abort). May come more than once, each time harder.
    fn end(&self, graceful_until: Option<Instant>);

    /// Whether nothing is left: the connection is closed and every operation has its outcome.
    fn is_ended(&self) -> bool;
}

#[derive(Default)]
pub(super) struct Registry(Mutex<State>);

#[derive(Default)]
struct State {
    entries: Vec<Weak<dyn Ends>>,
    /// The length at which dead entries are next looked for.
    sweep_at: usize,
    is_closed: bool,
}

impl Registry {
    /// Adds `what`, until it dies. Constant time, amortised: dead entries go when the list has grown by half.
    pub(super) fn register(&self, what: Weak<dyn Ends>) -> Result<()> {
        let mut state = lock(&self.0);
        if state.is_closed {
            return Err(refusal());
        }
        if state.entries.len() >= state.sweep_at {
            state.entries.retain(|entry| entry.strong_count() > 0);
            state.sweep_at = state.entries.len() + state.entries.len() / 2 + 64;
        }
        state.entries.push(what);
        Ok(())
    }

    pub(super) fn ensure_open(&self) -> Result<()> {
        if self.is_closed() { Err(refusal()) } else { Ok(()) }
    }

    pub(super) fn is_closed(&self) -> bool {
        lock(&self.0).is_closed
    }

    /// Takes nothing new from now on.
    pub(super) fn close(&self) {
        lock(&self.0).is_closed = true;
    }

    /// Tells everything that lives to end.
    pub(super) fn end_all(&self, graceful_until: Option<Instant>) {
        for entry in self.living() {
            entry.end(graceful_until);
        }
    }

    /// Waits until everything has ended or `deadline` is past; says whether everything has.
    pub(super) fn wait_until_ended(&self, deadline: Option<Instant>) -> bool {
        // Looking again is simpler than a signal that everything which may end would have to give, on every one of its
        // ways out, for the one moment in the life of a process when somebody waits for it.
        let mut pause = Duration::from_millis(1);
        loop {
            let mut living = self.living();
            living.retain(|entry| !entry.is_ended());
            if living.is_empty() {
                return true;
            }
            drop(living);
            if is_past(deadline) {
                return false;
            }
            std::thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(10));
        }
    }

    /// What lives, held outside the lock: the last reference may go with this list, and run any code.
    fn living(&self) -> Vec<Arc<dyn Ends>> {
        lock(&self.0).entries.iter().filter_map(Weak::upgrade).collect()
    }
}

fn refusal() -> Error {
    Error::state("the runtime is shut down or shutting down; make a new one")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicBool, Ordering};

    struct Lamp(AtomicBool);

    impl Ends for Lamp {
        fn end(&self, graceful_until: Option<Instant>) {
            self.0.store(graceful_until.is_none(), Ordering::SeqCst);
        }

        fn is_ended(&self) -> bool {
            self.0.load(Ordering::SeqCst)
        }
    }

    fn lamp() -> Arc<Lamp> {
        Arc::new(Lamp(AtomicBool::new(false)))
    }

    fn register(registry: &Registry, lamp: &Arc<Lamp>) -> Result<()> {
        let weak: Weak<Lamp> = Arc::downgrade(lamp);
        registry.register(weak)
    }

    #[test]
    fn dead_entries_do_not_pile_up() {
        let registry = Registry::default();
        let living: Vec<_> = (0..10).map(|_| lamp()).collect();
        for lamp in &living {
            register(&registry, lamp).unwrap();
        }
        for _ in 0..10_000 {
            register(&registry, &lamp()).unwrap();
        }
        assert!(lock(&registry.0).entries.len() <= 10 + 5 + 64);
        assert_eq!(registry.living().len(), 10);
    }

    #[test]
    fn everything_is_told_to_end_and_nothing_new_comes() {
        let registry = Registry::default();
        let lamps = [lamp(), lamp()];
        for lamp in &lamps {
            register(&registry, lamp).unwrap();
        }
        registry.close();
        assert!(register(&registry, &lamp()).is_err());
        registry.end_all(Some(Instant::now()));
        assert!(!registry.wait_until_ended(Some(Instant::now())));
        registry.end_all(None);
        assert!(registry.wait_until_ended(Some(Instant::now())));
    }
}
