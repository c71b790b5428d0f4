//! A hot thread that takes connections: while they come in quick succession, and none is lost when it comes or goes.

use super::*;

/// A [`Node`] that remembers which threads have seen an A-ASSOCIATE-RQ.
#[derive(Clone)]
struct Watched(Node, Arc<Mutex<Vec<String>>>);

impl Watched {
    fn node() -> (Runtime, Listening, Arc<Mutex<Vec<String>>>) {
        let runtime = Runtime::new(crate::runtime::RuntimeOptions::default()).unwrap();
        let seen = Arc::<Mutex<Vec<String>>>::default();
        let welcome = Arc::new(Self(Node(runtime.clone()), seen.clone()));
        let listening = Listening::start(&runtime, "127.0.0.1:0".parse().unwrap(), welcome).unwrap();
        (runtime, listening, seen)
    }
}

impl Welcome for Watched {
    fn connection(&self, accepted: Accepted) -> Option<Arc<Association>> {
        Some(Association::accept(&self.0.0, accepted, Timeouts::for_provider(), Arc::new(self.clone())))
    }
    fn exhausted(&self) -> bool {
        false
    }
}

impl Provider for Watched {
    fn associate(&self, id: u64, peer: SocketAddr, request: &AssociateRq) -> Admission {
        let thread = std::thread::current().name().unwrap_or_default().to_owned();
        self.1.lock().unwrap().push(thread);
        self.0.associate(id, peer, request)
    }
    fn ask(&self, _: AssociationRequest) {}
    fn request(&self, facts: &Facts, context: &AcceptedContext, command: &CommandSet) -> Reception {
        self.0.request(facts, context, command)
    }
    fn hand(&self, _: Request) {}
    fn reached(&self, _: u64, _: Milestone) {}
    fn ended(&self, _: u64) {}
}

/// Opens and releases associations until one is a hot thread's.
fn until_received(runtime: &Runtime, listening: &Listening, seen: &Mutex<Vec<String>>) {
    let begun = Instant::now();
    while seen.lock().unwrap().last().is_none_or(|thread| thread != "dimse-hot") {
        assert!(begun.elapsed() < Duration::from_secs(20), "no hot thread comes");
        let (association, opening) = opening_at(runtime, to(listening.address().port()));
        association.drive(&opening);
        let _owner = opening.take_product().unwrap();
        let release = association.operation(Delivery::Pull);
        association.run(&release, None, || association.release(&release));
        assert!(release.outcome().unwrap().result.is_ok());
    }
}

fn verify_all<T>(open: &[(Arc<Association>, T)]) {
    for (association, _) in open {
        verify(association);
    }
}

fn verify(association: &Arc<Association>) {
    let echo = association.operation(Delivery::Pull);
    association.run(&echo, None, || association.start(&echo, Box::new(Echo)));
    assert_eq!(echo.outcome().unwrap().status, Some(0));
}

#[test]
fn associations_that_stay_go_to_the_workers_and_are_served_on() {
    let (runtime, listening, seen) = Watched::node();
    until_received(&runtime, &listening, &seen);
    let mut open = Vec::new();
    for _ in 0..5 {
        let (association, opening) = opening_at(&runtime, to(listening.address().port()));
        association.drive(&opening);
        let owner = opening.take_product().unwrap();
        open.push((association, owner));
        verify_all(&open);
    }
    // The hot thread is not held by the one that was the last.
    std::thread::sleep(Duration::from_millis(100));
    verify_all(&open);
    until_received(&runtime, &listening, &seen);
    verify_all(&open);
    runtime.shutdown(Some(Duration::ZERO)).unwrap();
}

#[test]
fn a_listener_stops_while_a_hot_thread_has_it() {
    let (runtime, listening, seen) = Watched::node();
    until_received(&runtime, &listening, &seen);
    let (association, opening) = opening_at(&runtime, to(listening.address().port()));
    association.drive(&opening);
    let _owner = opening.take_product().unwrap();
    let (sender, stopped) = mpsc::channel();
    let address = listening.address();
    listening.stop();
    runtime.spawn(async move {
        listening.stopped().await;
        sender.send(()).unwrap();
    });
    stopped.recv_timeout(Duration::from_secs(10)).unwrap();
    assert!(TcpStream::connect(address).is_err());
    verify(&association);
    runtime.shutdown(Some(Duration::ZERO)).unwrap();
}
