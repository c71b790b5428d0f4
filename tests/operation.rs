//! Exactly one outcome, one DONE and one release for each operation, whoever ends it and wherever its events go.

#![cfg(feature = "net")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use dimse::error::{Cause, Error, Phase};
use dimse::net::operation::{Delivery, Event, Flow, Listener, Operation, Outcome, Promise};
use dimse::runtime::callback::in_callback;
use dimse::runtime::lock::lock;
use dimse::runtime::queue::Queue;
use dimse::runtime::strand::Strand;
use dimse::runtime::{Ends, Runtime, RuntimeOptions};

const LONG: Duration = Duration::from_secs(20);
const NOW: Option<Duration> = Some(Duration::ZERO);

#[derive(Debug, PartialEq, Eq)]
enum Heard {
    Done(bool),
    Released,
}

/// Tells what it hears, and when it goes.
struct Ear {
    to: Sender<Heard>,
    does: fn() -> Flow,
}

impl Listener for Ear {
    fn event(&mut self, event: &Event) -> Flow {
        assert!(in_callback());
        let Event::Done(outcome) = event else { panic!("only DONE was sent") };
        self.to.send(Heard::Done(outcome.result.is_ok())).unwrap();
        (self.does)()
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        let _ = self.to.send(Heard::Released);
    }
}

fn ear() -> (Box<dyn Listener>, Receiver<Heard>) {
    let (to, heard) = mpsc::channel();
    (Box::new(Ear { to, does: || Flow::Continue }), heard)
}

fn runtime() -> Runtime {
    Runtime::new(RuntimeOptions::default()).unwrap()
}

fn operation(runtime: &Runtime, delivery: Delivery) -> Arc<Operation> {
    Operation::new(runtime, Strand::new(runtime), delivery)
}

fn done() -> Outcome {
    Outcome::new(Ok(()))
}

fn cancelled() -> Outcome {
    Outcome::new(Err(Error::new(Phase::Reply, Cause::Cancelled)))
}

/// Everything that is ever heard: it ends with the listener.
fn all(heard: &Receiver<Heard>) -> Vec<Heard> {
    std::iter::from_fn(|| heard.recv_timeout(LONG).ok()).collect()
}

#[test]
fn done_once_then_release_once_by_every_way() {
    let runtime = runtime();
    let queue = Queue::new(&runtime);
    for in_queue in [false, true] {
        let (listener, heard) = ear();
        let delivery = if in_queue {
            Delivery::Queue(Arc::clone(&queue), listener)
        } else {
            Delivery::Library(listener)
        };
        let operation = operation(&runtime, delivery);
        assert!(operation.complete(done()));
        assert!(!operation.complete(cancelled()));
        if in_queue {
            assert!(heard.try_recv().is_err(), "not before the dispatch");
            assert_eq!(queue.dispatch(NOW, 1).unwrap(), 1);
        }
        assert_eq!(all(&heard), [Heard::Done(true), Heard::Released]);
        assert!(operation.outcome().unwrap().result.is_ok());
    }
    runtime.shutdown(NOW).unwrap();
}

#[test]
fn of_all_who_complete_one_wins() {
    let runtime = runtime();
    for _ in 0..200 {
        let (listener, heard) = ear();
        let operation = operation(&runtime, Delivery::Library(listener));
        let promise = operation.promise();
        let wins = AtomicUsize::new(0);
        let in_time = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| wins.fetch_add(usize::from(operation.complete(done())), Ordering::SeqCst));
            }
            scope.spawn(|| wins.fetch_add(usize::from(operation.complete(cancelled())), Ordering::SeqCst));
            scope.spawn(move || drop(promise));
            scope.spawn(|| operation.cancel());
            scope.spawn(|| {
                in_time.fetch_add(usize::from(operation.wait(Some(LONG)).is_some()), Ordering::SeqCst)
            });
        });
        assert!(wins.load(Ordering::SeqCst) <= 1);
        assert_eq!(in_time.load(Ordering::SeqCst), 1);
        let heard = all(&heard);
        assert!(matches!(heard[..], [Heard::Done(_), Heard::Released]), "{heard:?}");
    }
    runtime.shutdown(NOW).unwrap();
}

#[test]
fn a_start_that_is_refused_is_released_without_an_event() {
    let runtime = runtime();
    let (listener, heard) = ear();
    drop(operation(&runtime, Delivery::Library(listener)));
    assert_eq!(all(&heard), [Heard::Released]);
    runtime.shutdown(NOW).unwrap();
}

#[test]
fn a_promise_that_is_broken_is_an_internal_error() {
    let runtime = runtime();
    let (listener, heard) = ear();
    let operation = operation(&runtime, Delivery::Library(listener));
    drop(operation.promise());
    assert_eq!(all(&heard), [Heard::Done(false), Heard::Released]);
    let error = operation.outcome().unwrap().result.unwrap_err();
    assert!(matches!(error.cause(), Cause::Panic(_)));
    runtime.shutdown(NOW).unwrap();
}

#[test]
fn a_task_that_panics_pays_its_promise() {
    let runtime = runtime();
    let operation = operation(&runtime, Delivery::Pull);
    let promise = operation.promise();
    runtime.spawn(async move {
        let _kept = promise;
        tokio::task::yield_now().await;
        panic!("on purpose");
    });
    let outcome = operation.wait(Some(LONG)).unwrap();
    assert!(outcome.result.unwrap_err().to_string().contains("panicked"));
    runtime.shutdown(NOW).unwrap();
    assert_eq!(runtime.panics(), 1);
}

#[test]
fn shutdown_ends_operations_in_flight_and_delivers_every_outcome() {
    /// Drives many operations and never gets anywhere.
    struct Driver(Mutex<Vec<Promise>>);
    impl Ends for Driver {
        fn end(&self, graceful_until: Option<Instant>) {
            if graceful_until.is_none() {
                let promises = std::mem::take(&mut *lock(&self.0));
                for promise in promises {
                    promise.complete(cancelled());
                }
            }
        }
        fn is_ended(&self) -> bool {
            lock(&self.0).is_empty()
        }
    }

    let runtime = runtime();
    let (mut ears, mut registered) = (Vec::new(), Vec::new());
    let mut start = || {
        let (listener, heard) = ear();
        ears.push(heard);
        operation(&runtime, Delivery::Library(listener)).promise()
    };
    for _ in 0..50 {
        registered.push(start());
    }
    for _ in 0..50 {
        let promise = start();
        runtime.spawn(async move {
            let _kept = promise;
            std::future::pending::<()>().await;
        });
    }
    let driver = Arc::new(Driver(Mutex::new(registered)));
    let weak: std::sync::Weak<Driver> = Arc::downgrade(&driver);
    runtime.register(weak).unwrap();
    runtime.shutdown(Some(Duration::from_millis(20))).unwrap();
    for heard in ears {
        let heard: Vec<Heard> = heard.try_iter().collect();
        assert_eq!(heard, [Heard::Done(false), Heard::Released], "all of it before shutdown returns");
    }
}

#[test]
fn what_waits_in_a_queue_at_shutdown_is_dispatched_after_it() {
    let runtime = runtime();
    let queue = Queue::new(&runtime);
    let (listener, heard) = ear();
    let (other, dropped) = ear();
    operation(&runtime, Delivery::Queue(Arc::clone(&queue), listener)).complete(done());
    operation(&runtime, Delivery::Queue(Arc::clone(&queue), other)).complete(done());
    runtime.shutdown(NOW).unwrap();
    assert_eq!(queue.dispatch(NOW, 1).unwrap(), 1);
    assert_eq!(all(&heard), [Heard::Done(true), Heard::Released]);
    queue.close();
    assert_eq!(dropped.try_iter().collect::<Vec<_>>(), [Heard::Released]);
}

#[test]
fn a_queue_that_is_gone_releases_and_delivers_no_more() {
    let runtime = runtime();
    let queue = Queue::new(&runtime);
    let (early, early_heard) = ear();
    let (late, late_heard) = ear();
    let first = operation(&runtime, Delivery::Queue(Arc::clone(&queue), early));
    let second = operation(&runtime, Delivery::Queue(Arc::clone(&queue), late));
    first.complete(done());
    queue.close();
    second.complete(done());
    assert_eq!(all(&early_heard), [Heard::Released]);
    assert_eq!(all(&late_heard), [Heard::Released]);
    runtime.shutdown(NOW).unwrap();
}

#[test]
fn a_listener_that_panics_is_released_once_and_cancels() {
    let runtime = runtime();
    let (to, heard) = mpsc::channel();
    let listener = Ear { to, does: || panic!("on purpose") };
    let operation = operation(&runtime, Delivery::Library(Box::new(listener)));
    operation.complete(done());
    assert_eq!(all(&heard), [Heard::Done(true), Heard::Released]);
    runtime.shutdown(NOW).unwrap();
    assert_eq!(runtime.panics(), 1);
}

#[test]
fn the_canceller_is_called_once_whichever_comes_first() {
    let runtime = runtime();
    for cancel_first in [false, true] {
        let operation = operation(&runtime, Delivery::Pull);
        let calls = Arc::new(AtomicUsize::new(0));
        let inner = Arc::clone(&calls);
        let canceller = Box::new(move || {
            inner.fetch_add(1, Ordering::SeqCst);
        });
        if cancel_first {
            operation.cancel();
            operation.set_canceller(canceller);
        } else {
            operation.set_canceller(canceller);
            assert!(!operation.is_cancelled());
            operation.cancel();
        }
        operation.cancel();
        assert!(operation.is_cancelled());
        assert_eq!(calls.load(Ordering::SeqCst), 1);
        assert!(operation.outcome().is_none(), "the driver ends it");
        assert_eq!(Arc::strong_count(&calls), 1, "and is gone");
    }
    let over = operation(&runtime, Delivery::Pull);
    over.complete(done());
    over.cancel();
    over.set_canceller(Box::new(|| panic!("never called")));
    assert!(!over.is_cancelled());
    runtime.shutdown(NOW).unwrap();
}

#[test]
fn cancel_and_set_canceller_race_to_one_call() {
    let runtime = runtime();
    for _ in 0..500 {
        let operation = operation(&runtime, Delivery::Pull);
        let calls = Arc::new(AtomicUsize::new(0));
        let inner = Arc::clone(&calls);
        std::thread::scope(|scope| {
            scope.spawn(|| operation.cancel());
            scope.spawn(|| {
                operation.set_canceller(Box::new(move || {
                    inner.fetch_add(1, Ordering::SeqCst);
                }));
            });
        });
        assert_eq!(calls.load(Ordering::SeqCst), 1);
    }
    runtime.shutdown(NOW).unwrap();
}

#[test]
fn pulled_events_end_with_done() {
    let runtime = runtime();
    let operation = operation(&runtime, Delivery::Pull);
    assert!(operation.next(NOW).unwrap().is_none());
    assert!(operation.wait(NOW).is_none());
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| operation.next(Some(LONG)));
        operation.complete(done());
        assert!(matches!(reader.join().unwrap(), Ok(Some(Event::Done(_)))));
    });
    assert!(operation.next(None).is_err(), "DONE was read");
    let (listener, heard) = ear();
    let pushed = self::operation(&runtime, Delivery::Library(listener));
    assert!(pushed.next(NOW).is_err());
    drop(pushed);
    assert_eq!(all(&heard), [Heard::Released]);
    runtime.shutdown(NOW).unwrap();
}

#[test]
fn the_product_is_taken_once() {
    let runtime = runtime();
    let operation = operation(&runtime, Delivery::Pull);
    operation.set_product(Arc::new(5_u8));
    operation.complete(done());
    let product = operation.take_product().unwrap();
    assert_eq!(*product.downcast::<u8>().unwrap(), 5);
    assert!(operation.take_product().is_none());
    runtime.shutdown(NOW).unwrap();
}
