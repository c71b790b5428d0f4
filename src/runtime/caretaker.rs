//! Looks after things that may be left alone for a few milliseconds: one task for all of them, asleep while there are
//! none.

use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use super::lock::lock;

/// Something that is looked at again and again until it says that it need not be.
pub(crate) trait Tended: Send + Sync {
    /// Looks; returns whether it must be looked at again.
    fn tend(&self, now: Instant) -> bool;
}

/// How often each is looked at.
const ROUND: Duration = Duration::from_millis(5);

#[derive(Default)]
pub(super) struct Caretaker {
    tended: Mutex<Vec<Weak<dyn Tended>>>,
    first: Arc<Notify>,
}

impl Caretaker {
    /// Looks after `what` from now on.
    pub(super) fn tend(&self, what: Weak<dyn Tended>) {
        let mut tended = lock(&self.tended);
        tended.push(what);
        let was_none = tended.len() == 1;
        drop(tended);
        if was_none {
            self.first.notify_one();
        }
    }

    /// The rounds, without end.
    pub(super) async fn run(self: Arc<Self>) {
        loop {
            self.first.notified().await;
            loop {
                tokio::time::sleep(ROUND).await;
                let round = std::mem::take(&mut *lock(&self.tended));
                let now = Instant::now();
                let mut kept: Vec<_> = round
                    .into_iter()
                    .filter(|what| what.upgrade().is_some_and(|what| what.tend(now)))
                    .collect();
                let mut tended = lock(&self.tended);
                kept.append(&mut tended);
                let none = kept.is_empty();
                *tended = kept;
                if none {
                    break;
                }
            }
        }
    }
}
