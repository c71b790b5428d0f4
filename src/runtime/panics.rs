//! Panics of tasks and callbacks: caught where they happen, counted, logged, and never silent.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};

/// How many panics were caught.
#[derive(Debug, Default)]
pub struct Panics(AtomicU64);

impl Panics {
    /// Runs `job`; a panic ends in the count and in the log. `what` names the place for people.
    pub fn guard<R>(&self, what: &str, job: impl FnOnce() -> R) -> Option<R> {
        match catch_unwind(AssertUnwindSafe(job)) {
            Ok(value) => Some(value),
            Err(payload) => {
                self.report(what, payload.as_ref());
                None
            }
        }
    }

    /// Counts and logs a panic that the caller caught.
    pub fn report(&self, what: &str, payload: &(dyn Any + Send)) {
        self.0.fetch_add(1, Ordering::Relaxed);
        tracing::error!(target: "dimse", "{what} panicked: {}", words(payload));
    }

    /// How many so far.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// The text that a panic was raised with.
#[must_use]
pub fn words(payload: &(dyn Any + Send)) -> &str {
    payload
        .downcast_ref::<&'static str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("(no words)")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_caught_and_counted() {
        let panics = Panics::default();
        assert_eq!(panics.guard("a test", || 7), Some(7));
        assert_eq!(panics.guard("a test", || -> u8 { panic!("on purpose") }), None);
        assert_eq!(panics.count(), 1);
    }

    #[test]
    fn the_words_of_both_kinds_of_payload() {
        assert_eq!(words(&"static"), "static");
        assert_eq!(words(&String::from("owned")), "owned");
        assert_eq!(words(&5_u8), "(no words)");
    }
}
