//! Sinks and sources that take long: nobody else waits for them (wire.md, "Files").
//!
//! With `DIMSE_DEEP=1` in the environment (`make check-deep`) they run alone, and so with the times that are promised;
//! beside all other tests of the library a moment's delay may be another test's.

use std::io::IoSlice;

use super::*;
use crate::dimse::command::Priority;
use crate::net::buffers::{Buffer, Chunk};
use crate::net::data::{Fed, Outgoing, Refusal, Shortfall, Sink, Source, Taken};
use crate::net::exchange::Rest;
use crate::runtime::RuntimeOptions;
use crate::types::Uid;

/// Enough hot threads for everybody, or only one: then files are written on the workers.
const HOT_THREADS: [usize; 2] = [64, 1];

#[test]
fn many_sinks_of_which_every_write_takes_5_ms_hold_up_nobody_else() {
    for hot_threads in HOT_THREADS {
        let (runtime, listening) = node_with_sinks(hot_threads, Duration::from_millis(5));
        let stores: Vec<_> =
            (0..8).map(|_| storing(&runtime, &listening, 8_000_000, Duration::ZERO)).collect();
        let (association, _owner) = opened(&runtime, &listening);
        for _ in 0..20 {
            let longest = verified(&association);
            assert!(longest < a_moment(), "{longest:?} with {hot_threads} hot threads");
        }
        for (store, _owner) in stores {
            let outcome = store.wait(Some(Duration::from_secs(30))).expect("it has an end");
            assert_eq!((outcome.result.is_ok(), outcome.status), (true, Some(0)));
        }
        runtime.shutdown(Some(Duration::ZERO)).unwrap();
    }
}

#[test]
fn a_sink_of_which_one_write_takes_very_long_holds_up_nobody_else() {
    for hot_threads in HOT_THREADS {
        let stall = Duration::from_secs(if is_deep() { 10 } else { 2 });
        let (runtime, listening) = node_with_sinks(hot_threads, stall);
        // More than there are workers.
        let stores: Vec<_> = (0..3).map(|_| storing(&runtime, &listening, 1_000, Duration::ZERO)).collect();
        std::thread::sleep(Duration::from_millis(100));
        let (association, _owner) = opened(&runtime, &listening);
        for _ in 0..10 {
            let longest = verified(&association);
            assert!(longest < Duration::from_secs(1), "{longest:?} with {hot_threads} hot threads");
        }
        assert!(stores.iter().all(|(store, _)| store.outcome().is_none()), "their sinks are at work");
        for (store, _owner) in stores {
            let outcome = store.wait(Some(Duration::from_secs(60))).expect("it has an end");
            assert_eq!(outcome.status, Some(0));
        }
        runtime.shutdown(Some(Duration::ZERO)).unwrap();
    }
}

#[test]
fn sources_that_take_long_hold_up_nobody_else() {
    for hot_threads in HOT_THREADS {
        let (runtime, listening) = node_with_sinks(hot_threads, Duration::ZERO);
        let slow = Duration::from_millis(300);
        let stores: Vec<_> = (0..4).map(|_| storing(&runtime, &listening, 1_500_000, slow)).collect();
        let (association, _owner) = opened(&runtime, &listening);
        for _ in 0..10 {
            let longest = verified(&association);
            assert!(longest < a_moment(), "{longest:?} with {hot_threads} hot threads");
        }
        for (store, _owner) in stores {
            let outcome = store.wait(Some(Duration::from_secs(30))).expect("it has an end");
            assert_eq!(outcome.status, Some(0));
        }
        runtime.shutdown(Some(Duration::ZERO)).unwrap();
    }
}

fn is_deep() -> bool {
    std::env::var_os("DIMSE_DEEP").is_some_and(|value| value != "0" && !value.is_empty())
}

/// In which a C-ECHO is answered while others' sinks and sources take short times, many of them.
fn a_moment() -> Duration {
    Duration::from_millis(if is_deep() { 100 } else { 500 })
}

// ---- both sides -----------------------------------------------------------------------------------------------------

type Owner = Arc<dyn std::any::Any + Send + Sync>;

fn node_with_sinks(hot_threads: usize, stall: Duration) -> (Runtime, Listening) {
    let mut options = RuntimeOptions::default();
    options.set_workers(2).unwrap();
    options.set_hot_threads(hot_threads).unwrap();
    let runtime = Runtime::new(options).unwrap();
    let sinks = Arc::new(Sinks(Node(runtime.clone()), stall));
    let listening = Listening::start(&runtime, "127.0.0.1:0".parse().unwrap(), sinks).unwrap();
    (runtime, listening)
}

fn opened(runtime: &Runtime, listening: &Listening) -> (Arc<Association>, Owner) {
    let (association, opening) = opening_at(runtime, to(listening.address().port()));
    association.drive(&opening);
    let owner = opening.take_product().expect("an association");
    (association, owner)
}

/// How long a C-ECHO takes.
fn verified(association: &Association) -> Duration {
    let begun = Instant::now();
    let echo = association.operation(Delivery::Pull);
    association.run(&echo, None, || association.start(&echo, Box::new(Echo)));
    assert_eq!(echo.outcome().unwrap().status, Some(0));
    begun.elapsed()
}

/// A C-STORE of so many bytes, each read of which takes so long, on an association of its own.
fn storing(
    runtime: &Runtime,
    listening: &Listening,
    length: usize,
    stall: Duration,
) -> (Arc<Operation>, (Arc<Association>, Owner)) {
    let (association, owner) = opened(runtime, listening);
    let store = association.operation(Delivery::Pull);
    association.start(&store, Box::new(Store(Some(Zeros { left: length, stall }))));
    (store, (association, owner))
}

struct Store(Option<Zeros>);

impl Exchange for Store {
    fn request(&mut self, negotiated: &Negotiated, id: u16) -> Result<(PresentationContextId, CommandSet)> {
        let uid = || Uid::from_static("1.2.3");
        Ok((negotiated.accepted[0].id, CommandSet::c_store_rq(id, uid(), uid(), Priority::Medium)))
    }
    fn data_set(&mut self) -> Option<Outgoing> {
        let source = self.0.take().map(|zeros| Box::new(zeros) as Box<dyn Source>);
        Some(Outgoing {
            name: "zeros".to_owned(),
            chunk: Chunk::new(Buffer::take(), 0, 0),
            end: false,
            source,
        })
    }
    fn reply(&self) -> Option<Limit> {
        None
    }
    fn response(
        &mut self,
        now: Instant,
        response: &CommandSet,
        tell: &mut dyn FnMut(Event),
    ) -> std::result::Result<Next, Cause> {
        Echo.response(now, response, tell)
    }
}

struct Zeros {
    left: usize,
    stall: Duration,
}

impl Source for Zeros {
    fn read(&mut self, into: &mut [u8]) -> std::result::Result<Fed, Shortfall> {
        std::thread::sleep(self.stall);
        let length = into.len().min(self.left);
        self.left -= length;
        Ok(Fed { length, end: self.left == 0 })
    }
}

/// Takes every instance into a sink of which each write takes so long.
#[derive(Clone)]
struct Sinks(Node, Duration);

impl Welcome for Sinks {
    fn connection(&self, accepted: Accepted) -> Option<Arc<Association>> {
        let provider = Arc::new(self.clone());
        Some(Association::accept(&self.0.0, accepted, Timeouts::for_provider(), provider))
    }
    fn exhausted(&self) -> bool {
        false
    }
}

impl Provider for Sinks {
    fn associate(&self, association: u64, peer: SocketAddr, request: &AssociateRq) -> Admission {
        self.0.associate(association, peer, request)
    }
    fn ask(&self, _: AssociationRequest) {}
    fn request(&self, facts: &Facts, context: &AcceptedContext, command: &CommandSet) -> Reception {
        if command.has_data_set {
            Reception::Take { sink: Box::new(Stall(self.1)), asked: false, rest: Rest::Discard }
        } else {
            self.0.request(facts, context, command)
        }
    }
    fn hand(&self, _: Request) {}
    fn reached(&self, _: u64, _: Milestone) {}
    fn ended(&self, _: u64) {}
}

struct Stall(Duration);

impl Sink for Stall {
    fn write(&mut self, _: &[IoSlice<'_>]) -> std::result::Result<Taken, Refusal> {
        std::thread::sleep(self.0);
        Ok(Taken::Ready)
    }
    fn finish(&mut self) -> std::result::Result<Taken, Refusal> {
        Ok(Taken::Ready)
    }
    fn keep(self: Box<Self>) -> std::result::Result<(), Refusal> {
        Ok(())
    }
    fn bytes(&self) -> u64 {
        0
    }
}
