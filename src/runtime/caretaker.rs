//! Looks after things that may be left alone for a few milliseconds: one task for all of them, asleep while there are
//! none.

use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use super::lock::lock;
use super::threads::CallbackThreads;

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

    /// The rounds, without end. A panic in one who is tended ends the care for that one alone.
    pub(super) async fn run(self: Arc<Self>, threads: Arc<CallbackThreads>) {
        loop {
            self.first.notified().await;
            loop {
                tokio::time::sleep(ROUND).await;
                let round = std::mem::take(&mut *lock(&self.tended));
                let now = Instant::now();
                let mut kept: Vec<_> = round
                    .into_iter()
                    .filter(|what| {
                        let look = |what: Arc<dyn Tended>| {
                            threads.panics().guard("the caretaker", || what.tend(now))
                        };
                        what.upgrade().and_then(look).unwrap_or(false)
                    })
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
