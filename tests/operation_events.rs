//! The events of an operation that nobody has taken yet: the same ones, in the same order, wherever they go, each with its
//! place until it is taken or dropped.

#![cfg(feature = "net")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use dimse::error::Phase;
use dimse::net::operation::{
    Counts, Delivery, Event, Flow, InstanceReport, Listener, Operation, Outcome, Progress,
};
use dimse::runtime::backlog::{MOST_EVENTS, Producer};
use dimse::runtime::lock::lock;
use dimse::runtime::queue::Queue;
use dimse::runtime::strand::Strand;
use dimse::runtime::{Runtime, RuntimeOptions};

const LONG: Duration = Duration::from_secs(20);
const NOW: Option<Duration> = Some(Duration::ZERO);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Heard {
    Progress(u64),
    Instance(u64),
    Done,
    Released,
}

fn heard(event: &Event) -> Heard {
    match event {
        Event::Progress(progress) => Heard::Progress(progress.bytes),
        Event::Instance(report) => Heard::Instance(report.bytes),
        Event::Done(_) => Heard::Done,
        _ => panic!("an event of a new kind"),
    }
}

fn progress(bytes: u64) -> Event {
    Event::Progress(Progress {
        bytes,
        bytes_total: None,
        counts: Counts::default(),
        bytes_per_second: 0,
        time_left: None,
        phase: Phase::Send,
    })
}

fn instance(bytes: u64) -> Event {
    Event::Instance(Box::new(InstanceReport {
        result: Ok(()),
        status: Some(0),
        comment: Some("as it should be".to_owned()),
        offending: Vec::new(),
        sop_class: None,
        sop_instance: None,
        transfer_syntax: None,
        path: Some("a/file".into()),
        message_id: Some(1),
        bytes,
        duration: Duration::ZERO,
        attempts: 1,
    }))
}

fn done() -> Outcome {
    Outcome::new(Ok(()))
}

/// Tells what it hears. The first event is held back until the test lets it go on.
struct Ear {
    to: Sender<Heard>,
    gate: Option<Receiver<()>>,
    panics: bool,
}

impl Listener for Ear {
    fn event(&mut self, event: &Event) -> Flow {
        if let Some(gate) = self.gate.take() {
            gate.recv_timeout(LONG).unwrap();
        }
        self.to.send(heard(event)).unwrap();
        assert!(!self.panics, "on purpose");
        Flow::Continue
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        let _ = self.to.send(Heard::Released);
    }
}

/// One way by which events come.
struct Way {
    runtime: Runtime,
    strand: Arc<Strand>,
    operation: Arc<Operation>,
    queue: Arc<Queue>,
    heard: Receiver<Heard>,
    gate: Option<Sender<()>>,
    form: Form,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Form {
    Library,
    Queue,
    Pull,
}

const FORMS: [Form; 3] = [Form::Library, Form::Queue, Form::Pull];

impl Way {
    /// On a thread of the library the first event is being taken, for as long as the test does not take any.
    fn new(form: Form) -> Self {
        let runtime = Runtime::new(RuntimeOptions::default()).unwrap();
        let (strand, queue) = (Strand::new(&runtime), Queue::new(&runtime));
        let (to, heard) = mpsc::channel();
        let (gate, opens) = mpsc::channel();
        let is_library = form == Form::Library;
        let ear = Box::new(Ear { to, gate: is_library.then_some(opens), panics: false });
        let delivery = match form {
            Form::Library => Delivery::Library(ear),
            Form::Queue => Delivery::Queue(Arc::clone(&queue), ear),
            Form::Pull => Delivery::Pull,
        };
        let operation = Operation::new(&runtime, Arc::clone(&strand), delivery);
        Self { runtime, strand, operation, queue, heard, gate: Some(gate), form }
    }

    /// All that there is, once DONE is among it; the calls are counted where that can be.
    fn take_all(&mut self) -> Vec<Heard> {
        if let Some(gate) = self.gate.take() {
            let _nobody_waits = gate.send(());
        }
        let mut all = Vec::new();
        match self.form {
            Form::Pull => {
                while let Ok(Some(event)) = self.operation.next(NOW) {
                    all.push(heard(&event));
                }
                return all;
            }
            Form::Queue => {
                let ran = self.queue.dispatch(NOW, u32::MAX).unwrap();
                all.extend(self.heard.try_iter());
                assert_eq!(
                    usize::try_from(ran).unwrap() + 1,
                    all.len(),
                    "a callback for each, and the release"
                );
            }
            Form::Library => all.extend(std::iter::from_fn(|| self.heard.recv_timeout(LONG).ok())),
        }
        assert_eq!(all.pop(), Some(Heard::Released));
        all
    }

    fn untaken(&self) -> usize {
        self.strand.backlog().events()
    }
}

#[test]
fn of_how_far_it_is_the_newest_word_is_kept_where_it_was_said() {
    for form in FORMS {
        let mut way = Way::new(form);
        way.operation.emit(instance(0));
        for event in
            [progress(1), instance(2), progress(3), progress(4), instance(5), progress(6), progress(7)]
        {
            way.operation.emit(event);
        }
        way.operation.complete(done());
        let all =
            [Heard::Instance(0), Heard::Instance(2), Heard::Instance(5), Heard::Progress(7), Heard::Done];
        assert_eq!(way.take_all(), all, "{form:?}");
        way.runtime.shutdown(NOW).unwrap();
    }
}

#[test]
fn a_word_that_was_taken_stays_and_the_next_one_comes_too() {
    let way = Way::new(Form::Pull);
    for bytes in 1..=3 {
        way.operation.emit(progress(bytes));
        assert_eq!(heard(&way.operation.next(NOW).unwrap().unwrap()), Heard::Progress(bytes));
    }
    let way = Way::new(Form::Queue);
    for bytes in 1..=3 {
        way.operation.emit(progress(bytes));
        assert_eq!(way.queue.dispatch(NOW, u32::MAX).unwrap(), 1);
        assert_eq!(way.heard.try_recv().unwrap(), Heard::Progress(bytes));
    }
}

#[test]
fn each_instance_has_its_place_until_it_is_taken_and_comes_once_and_in_order() {
    let many = u64::try_from(3 * MOST_EVENTS).unwrap();
    for form in FORMS {
        let mut way = Way::new(form);
        for bytes in 0..many {
            way.operation.emit(instance(bytes));
            way.operation.emit(progress(bytes));
            let is_full = way.untaken() >= MOST_EVENTS;
            assert_eq!(way.strand.backlog().is_full(), is_full, "{form:?}");
        }
        assert_eq!(
            way.untaken(),
            3 * MOST_EVENTS,
            "{form:?}: the producer asks; what it makes is not refused"
        );
        way.operation.complete(done());
        let mut all = way.take_all();
        assert_eq!(all.pop(), Some(Heard::Done));
        all.retain(|heard| matches!(heard, Heard::Instance(_)));
        assert!(all.into_iter().eq((0..many).map(Heard::Instance)), "{form:?}");
        eventually(|| way.untaken() == 0);
        assert!(!way.strand.backlog().is_full(), "{form:?}");
        way.runtime.shutdown(NOW).unwrap();
    }
}

#[test]
fn the_producer_is_told_once_half_of_it_was_taken() {
    struct Told(AtomicUsize);
    impl Producer for Told {
        fn there_is_room(&self) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
    let (way, told) = (Way::new(Form::Pull), Arc::new(Told(AtomicUsize::new(0))));
    let producer: Arc<dyn Producer> = told.clone();
    way.strand.backlog().set_producer(Arc::downgrade(&producer));
    (0..MOST_EVENTS).for_each(|_| way.operation.emit(instance(1)));
    assert!(way.strand.backlog().is_full());
    for taken in 1..=MOST_EVENTS {
        way.operation.next(NOW).unwrap().unwrap();
        assert_eq!(told.0.load(Ordering::SeqCst), usize::from(taken >= MOST_EVENTS / 2), "{taken}");
    }
}

#[test]
fn a_queue_that_is_gone_a_listener_that_panics_and_a_reader_that_is_gone_leave_no_place_taken() {
    let way = Way::new(Form::Queue);
    (0..MOST_EVENTS).for_each(|_| way.operation.emit(instance(1)));
    way.queue.close();
    eventually(|| way.untaken() == 0);
    way.operation.emit(instance(1));
    eventually(|| way.untaken() == 0);
    way.operation.complete(done());
    assert_eq!(way.heard.recv_timeout(LONG).unwrap(), Heard::Released);
    way.runtime.shutdown(NOW).unwrap();

    let runtime = Runtime::new(RuntimeOptions::default()).unwrap();
    let (to, heard) = mpsc::channel();
    let ear = Box::new(Ear { to, gate: None, panics: true });
    let strand = Strand::new(&runtime);
    let operation = Operation::new(&runtime, Arc::clone(&strand), Delivery::Library(ear));
    (0..MOST_EVENTS).for_each(|_| operation.emit(instance(1)));
    assert_eq!(heard.recv_timeout(LONG).unwrap(), Heard::Instance(1));
    assert_eq!(heard.recv_timeout(LONG).unwrap(), Heard::Released);
    eventually(|| operation.is_cancelled() && strand.backlog().events() == 0);
    runtime.shutdown(NOW).unwrap();

    let way = Way::new(Form::Pull);
    (0..MOST_EVENTS).for_each(|_| way.operation.emit(instance(1)));
    way.operation.detach();
    assert_eq!(way.untaken(), 0);
    way.operation.emit(instance(1));
    assert_eq!(way.untaken(), 0);
    way.operation.complete(done());
    assert!(way.operation.wait(NOW).unwrap().result.is_ok());
}

#[test]
fn nobody_waits_for_a_thread_that_waits_for_what_stands_behind() {
    let way = Way::new(Form::Queue);
    let behind = Operation::new(&way.runtime, Arc::clone(&way.strand), Delivery::Pull);
    (0..MOST_EVENTS).for_each(|_| way.operation.emit(instance(1)));
    let backlog = way.strand.backlog();
    assert!(behind.next(NOW).unwrap().is_none() && behind.wait(NOW).is_none());
    assert!(backlog.is_full(), "who only looks does not wait");
    std::thread::scope(|scope| {
        for waits in [
            |operation: &Operation| drop(operation.next(Some(LONG)).unwrap().unwrap()),
            |operation: &Operation| drop(operation.wait(Some(LONG)).unwrap()),
        ] {
            let behind = Operation::new(&way.runtime, Arc::clone(&way.strand), Delivery::Pull);
            let waiter = scope.spawn({
                let behind = Arc::clone(&behind);
                move || waits(&behind)
            });
            eventually(|| !backlog.is_full());
            behind.complete(done());
            waiter.join().unwrap();
            assert!(backlog.is_full());
        }
    });
    way.runtime.shutdown(NOW).unwrap();
}

#[test]
fn done_is_the_last_one_whoever_ends_it_beside_the_others() {
    for round in 0..600 {
        let mut way = Way::new(FORMS[round % 3]);
        let sent = Mutex::new(0);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for bytes in 0..20 {
                    way.operation.emit(instance(bytes));
                    way.operation.emit(progress(bytes));
                    *lock(&sent) = bytes;
                }
            });
            scope.spawn(|| {
                while *lock(&sent) < 3 {
                    std::thread::yield_now();
                }
                assert!(way.operation.complete(done()));
            });
        });
        let mut all = way.take_all();
        assert_eq!(all.pop(), Some(Heard::Done), "{round}");
        all.retain(|heard| matches!(heard, Heard::Instance(_)));
        assert!(all.len() >= 4 && all.iter().copied().eq((0..20).map(Heard::Instance).take(all.len())));
        eventually(|| way.untaken() == 0);
        way.runtime.shutdown(NOW).unwrap();
    }
}

fn eventually(what: impl Fn() -> bool) {
    let end = Instant::now() + LONG;
    while !what() {
        assert!(Instant::now() < end, "in vain");
        std::thread::sleep(Duration::from_millis(1));
    }
}
