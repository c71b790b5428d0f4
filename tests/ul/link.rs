//! Two machines, a link between them that keeps order, and a clock that only the test moves.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use dimse::error::Result;
use dimse::types::{AeTitle, Uid};
use dimse::ul::machine::{DataIn, Indication, Machine, Output};
use dimse::ul::table::State;
use dimse::wire::item::{APPLICATION_CONTEXT, UserInformation};
use dimse::wire::pdu::{AssociateAc, AssociateRq, Pdu};

pub(crate) const ARTIM: Duration = Duration::from_secs(30);

/// What travels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Sent {
    Pdu(Pdu),
    Data,
    Fin,
}

/// One machine with its user's ears and what is on its way to it.
pub(crate) struct Side {
    pub(crate) machine: Machine,
    pub(crate) heard: Vec<Indication>,
    pub(crate) data: Vec<DataIn>,
    incoming: VecDeque<Sent>,
    open: bool,
}

/// The association requestor, the acceptor, the link and the clock.
pub(crate) struct Link {
    pub(crate) now: Instant,
    pub(crate) requestor: Side,
    pub(crate) acceptor: Side,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Requestor,
    Acceptor,
}

impl Side {
    fn new(machine: Machine) -> Self {
        Self { machine, heard: Vec::new(), data: Vec::new(), incoming: VecDeque::new(), open: true }
    }
}

impl Link {
    /// A transport connection is being opened: Sta4 and Sta2.
    pub(crate) fn connecting() -> Self {
        let now = Instant::now();
        let mut requestor = Machine::requestor(ARTIM);
        assert!(requestor.connect_requested(now).is_ok());
        let acceptor = Machine::acceptor(now, ARTIM);
        Self { now, requestor: Side::new(requestor), acceptor: Side::new(acceptor) }
    }

    /// The A-ASSOCIATE-RQ was indicated: Sta5 and Sta3.
    pub(crate) fn asking() -> Self {
        let mut link = Self::connecting();
        link.ask(End::Requestor, |machine, now| machine.connected(now, rq()));
        link.run();
        link
    }

    /// Sta6 and Sta6, nothing heard yet.
    pub(crate) fn associated() -> Self {
        let mut link = Self::asking();
        link.ask(End::Acceptor, |machine, now| machine.accept(now, ac()));
        link.run();
        assert_eq!(link.states(), (State::Sta6, State::Sta6));
        link.requestor.heard.clear();
        link.acceptor.heard.clear();
        link
    }

    pub(crate) fn side(&mut self, end: End) -> &mut Side {
        match end {
            End::Requestor => &mut self.requestor,
            End::Acceptor => &mut self.acceptor,
        }
    }

    /// A primitive of the local user, which must be allowed; what it sends is on its way, not yet delivered.
    pub(crate) fn ask(&mut self, end: End, primitive: impl FnOnce(&mut Machine, Instant) -> Result<()>) {
        let now = self.now;
        let outcome = primitive(&mut self.side(end).machine, now);
        assert!(outcome.is_ok(), "{end:?}: {outcome:?}");
        self.flush(end);
    }

    pub(crate) fn send_data(&mut self, end: End) {
        assert!(self.side(end).machine.may_send_data());
        self.side(end.other()).incoming.push_back(Sent::Data);
    }

    /// Delivers until nothing is on its way.
    pub(crate) fn run(&mut self) {
        while self.deliver(End::Requestor) || self.deliver(End::Acceptor) {}
    }

    /// The clock moves, and every ARTIM that is due expires.
    pub(crate) fn wait(&mut self, duration: Duration) {
        self.now += duration;
        for end in [End::Requestor, End::Acceptor] {
            let now = self.now;
            self.side(end).machine.timeout(now);
            self.flush(end);
        }
        self.run();
    }

    pub(crate) fn states(&self) -> (State, State) {
        (self.requestor.machine.state(), self.acceptor.machine.state())
    }

    /// Whether neither side has the transport connection open.
    pub(crate) fn is_closed(&self) -> bool {
        !self.requestor.open && !self.acceptor.open
    }

    fn deliver(&mut self, to: End) -> bool {
        let now = self.now;
        let side = self.side(to);
        let Some(sent) = side.incoming.pop_front() else { return false };
        if side.open {
            match sent {
                Sent::Pdu(pdu) => side.machine.received(now, pdu),
                Sent::Data => {
                    let taken = side.machine.received_data(now);
                    side.data.push(taken);
                }
                Sent::Fin => {
                    side.machine.closed(now);
                    side.open = false;
                    self.side(to.other()).incoming.push_back(Sent::Fin);
                }
            }
            self.flush(to);
        }
        true
    }

    /// Does what the machine wants done.
    fn flush(&mut self, end: End) {
        while let Some(output) = self.side(end).machine.take() {
            match output {
                Output::Send(pdu) => self.side(end.other()).incoming.push_back(Sent::Pdu(pdu)),
                Output::Indicate(indication) => self.side(end).heard.push(indication),
                Output::Close => {
                    self.side(end).open = false;
                    self.side(end.other()).incoming.push_back(Sent::Fin);
                }
            }
        }
    }
}

impl End {
    pub(crate) fn other(self) -> Self {
        match self {
            Self::Requestor => Self::Acceptor,
            Self::Acceptor => Self::Requestor,
        }
    }
}

/// All that comes of an input to a machine that stands alone.
pub(crate) fn outputs(machine: &mut Machine) -> Vec<Output> {
    std::iter::from_fn(|| machine.take()).collect()
}

/// An acceptable A-ASSOCIATE-RQ without contexts.
pub(crate) fn rq() -> Box<AssociateRq> {
    Box::new(AssociateRq {
        protocol_version: 1,
        called: AeTitle::from_wire(b"PACS"),
        calling: AeTitle::from_wire(b"MODALITY"),
        reserved: [0; 32],
        application_context: Some(APPLICATION_CONTEXT),
        contexts: Vec::new(),
        user: UserInformation::default(),
    })
}

/// Its A-ASSOCIATE-AC.
pub(crate) fn ac() -> Box<AssociateAc> {
    Box::new(AssociateAc {
        protocol_version: 1,
        called: AeTitle::from_wire(b"PACS"),
        calling: AeTitle::from_wire(b"MODALITY"),
        reserved: [0; 32],
        application_context: Some(APPLICATION_CONTEXT),
        contexts: Vec::new(),
        user: UserInformation { implementation_class: Some(Uid::from_static("1.2.3")), ..Default::default() },
    })
}
