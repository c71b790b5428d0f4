//! The connection, and the two who listen on it: what we say must be legal, and what the peer has said is what we may do
//! something with.

use std::cell::RefCell;
use std::collections::{BTreeSet, VecDeque};
use std::io::{self, IoSlice};
use std::rc::Rc;
use std::sync::Arc;

use super::exchanges::Ledger;
use crate::dimse::assemble::{Assembler, Fragment, Part};
use crate::dimse::command::CommandSet;
use crate::dimse::service::CommandField;
use crate::dimse::status::{Category, Status};
use crate::net::io::{Io, Received};
use crate::wire::decode::{Decoder, Event};
use crate::wire::pdu::PduType;

/// What lies between the driver and the peer.
pub(super) struct Line {
    pub(super) arrived: VecDeque<u8>,
    /// The most that one read gives; 0 is no limit.
    pub(super) chunk: usize,
    /// What can still be sent; `None` is no limit.
    pub(super) room: Option<usize>,
    pub(super) peer_closed: bool,
    pub(super) broken: Option<io::ErrorKind>,
    pub(super) closed: bool,
    pub(super) said: Said,
    pub(super) heard: Heard,
    /// How many bytes have moved.
    pub(super) moved: usize,
}

impl Line {
    pub(super) fn new(ledger: Arc<Ledger>) -> Self {
        Self {
            arrived: VecDeque::new(),
            chunk: 0,
            room: None,
            peer_closed: false,
            broken: None,
            closed: false,
            said: Said::new(ledger),
            heard: Heard::default(),
            moved: 0,
        }
    }

    pub(super) fn arrives(&mut self, bytes: &[u8]) {
        if !self.peer_closed {
            self.arrived.extend(bytes);
        }
    }
}

/// The driver's end of it.
pub(super) struct End(pub(super) Rc<RefCell<Line>>);

impl Io for End {
    fn read(&mut self, into: &mut [u8]) -> io::Result<Received> {
        let line = &mut *self.0.borrow_mut();
        assert!(!line.closed, "it reads of a connection that it has closed");
        if let Some(kind) = line.broken {
            return Err(kind.into());
        }
        let most = if line.chunk == 0 { into.len() } else { line.chunk.min(into.len()) };
        let length = line.arrived.len().min(most);
        if length == 0 {
            let end = Received { length: 0, more: false };
            return if line.peer_closed { Ok(end) } else { Err(io::ErrorKind::WouldBlock.into()) };
        }
        for (to, byte) in into.iter_mut().zip(line.arrived.drain(..length)) {
            *to = byte;
        }
        line.moved += length;
        line.heard.hear(&into[..length], &mut line.said.open);
        Ok(Received { length, more: !line.arrived.is_empty() })
    }

    fn write(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        let line = &mut *self.0.borrow_mut();
        assert!(!line.closed, "it writes to a connection that it has closed");
        if line.broken.is_some() {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let bytes: Vec<u8> = slices.iter().flat_map(|slice| slice.iter().copied()).collect();
        assert!(!bytes.is_empty(), "it writes nothing");
        let length = bytes.len().min(line.room.unwrap_or(usize::MAX));
        if length == 0 {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        line.room = line.room.map(|room| room - length);
        line.moved += length;
        line.said.hear(&bytes[..length]);
        Ok(length)
    }

    fn before_wait(&mut self) {}

    fn failure(&mut self) -> Option<io::Error> {
        self.0.borrow().broken.map(Into::into)
    }

    fn has_peer_closed(&mut self) -> bool {
        let line = self.0.borrow();
        line.peer_closed || line.broken.is_some()
    }

    fn close(&mut self) {
        let mut line = self.0.borrow_mut();
        assert!(!line.closed, "it closes twice");
        line.closed = true;
    }
}

// ---- what the peer hears of us ----------------------------------------------------------------------------------------

pub(super) struct Said {
    decoder: Decoder,
    assembler: Assembler,
    ledger: Arc<Ledger>,
    /// The first of each type.
    pdus: Vec<PduType>,
    /// Whose data set goes out, and how much of it has.
    data_set: Option<(String, usize)>,
    /// Message ids of ours that are not answered.
    open: BTreeSet<u16>,
    /// The most that ever were.
    pub(super) most_open: usize,
    /// The longest variable field of a P-DATA-TF PDU.
    pub(super) longest: u32,
    /// Our responses that nobody has looked at.
    pub(super) responses: Vec<CommandSet>,
}

impl Said {
    fn new(ledger: Arc<Ledger>) -> Self {
        Self {
            decoder: Decoder::new(),
            assembler: Assembler::new(),
            ledger,
            pdus: Vec::new(),
            data_set: None,
            open: BTreeSet::new(),
            most_open: 0,
            longest: 0,
            responses: Vec::new(),
        }
    }

    fn hear(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        loop {
            let (used, event) = self.decoder.decode(rest);
            rest = &rest[used..];
            match event.expect("we say what is no PDU") {
                Some(Event::Header { pdu_type, length }) => self.begins(pdu_type, length),
                Some(Event::Pdv { context, command, last, data, end, .. }) => {
                    let fragment = Fragment { context, command, last, data, end };
                    match self.assembler.push(fragment).expect("we send what is no message") {
                        Some(Part::Command { command, .. }) => self.command(*command),
                        Some(Part::Data { data, last }) => self.data(data, last),
                        None => {}
                    }
                }
                Some(Event::Pdu(_) | Event::PDataEnd) => {}
                None => return,
            }
        }
    }

    fn begins(&mut self, pdu_type: PduType, length: u32) {
        let has = |of: PduType| self.pdus.contains(&of);
        let aborts = self.pdus.iter().filter(|pdu| **pdu == PduType::Abort).count();
        let is_over = has(PduType::AssociateRj) || has(PduType::ReleaseRp) || has(PduType::Abort);
        let has_begun = has(PduType::AssociateRq) || has(PduType::AssociateAc);
        let is_between = self.assembler.is_between_messages();
        let may = match pdu_type {
            PduType::AssociateRq | PduType::AssociateAc | PduType::AssociateRj => self.pdus.is_empty(),
            PduType::PData => has_begun && !is_over && !has(PduType::ReleaseRq),
            PduType::ReleaseRq => has_begun && !is_over && !has(PduType::ReleaseRq) && is_between,
            PduType::ReleaseRp => has_begun && !is_over && is_between,
            PduType::Abort => aborts < 2,
        };
        assert!(may, "{pdu_type} behind {:?}, between messages: {is_between}", self.pdus);
        if pdu_type == PduType::PData {
            self.longest = self.longest.max(length);
        }
        if pdu_type != PduType::PData || !has(PduType::PData) {
            self.pdus.push(pdu_type);
        }
    }

    fn command(&mut self, command: CommandSet) {
        let id = command.message_id;
        match command.command_field {
            CommandField::Request(_) => {
                assert!(self.open.insert(id), "message {id} is open already");
                self.most_open = self.most_open.max(self.open.len());
                let instance = command.affected_sop_instance.filter(|_| command.has_data_set);
                self.data_set = instance.map(|uid| (uid.as_str().to_owned(), 0));
            }
            CommandField::Response(_) => {
                assert!(!command.has_data_set, "a response to an instance has none");
                self.responses.push(command);
            }
            other => panic!("nobody has asked for {other}"),
        }
    }

    fn data(&mut self, data: &[u8], last: bool) {
        let (uid, at) = self.data_set.as_mut().expect("a data set of nobody");
        let expected = self.ledger.expected(uid);
        for byte in data {
            assert_eq!(*byte, expected.byte(*at), "byte {at} of {uid}, which has {}", expected.length);
            *at += 1;
        }
        let padded = expected.length.next_multiple_of(2);
        assert!(*at <= padded, "{at} bytes of {uid}, which has {}", expected.length);
        if last {
            assert!(*at == padded && !expected.is_broken(), "{uid} ends at {at} of {}", expected.length);
            self.ledger.is_whole(uid);
            self.data_set = None;
        }
    }
}

// ---- what we hear of the peer -----------------------------------------------------------------------------------------

/// The messages in what the driver has read, as an understanding of its own.
#[derive(Default)]
pub(super) struct Heard {
    decoder: Decoder,
    assembler: Assembler,
    /// Requests in their order.
    pub(super) requests: Vec<Incoming>,
    /// Nothing behind that means anything.
    is_broken: bool,
}

/// A request of the peer's.
#[derive(Default)]
pub(super) struct Incoming {
    pub(super) data_set: Vec<u8>,
    pub(super) is_complete: bool,
}

impl Heard {
    fn hear(&mut self, bytes: &[u8], open: &mut BTreeSet<u16>) {
        let mut rest = bytes;
        while !self.is_broken {
            let (used, event) = self.decoder.decode(rest);
            rest = &rest[used..];
            match event {
                Ok(Some(Event::Pdv { context, command, last, data, end, .. })) => {
                    let fragment = Fragment { context, command, last, data, end };
                    match self.assembler.push(fragment) {
                        Ok(Some(Part::Command { command, .. })) => {
                            let is_complete = !command.has_data_set;
                            match command.command_field {
                                CommandField::Request(_) => {
                                    self.requests.push(Incoming { is_complete, ..Incoming::default() });
                                }
                                CommandField::Response(_) => {
                                    let category = command.status.map(Status::category);
                                    if category != Some(Category::Pending) {
                                        open.remove(&command.message_id);
                                    }
                                }
                                _ => {}
                            }
                        }
                        Ok(Some(Part::Data { data, last })) => {
                            if let Some(request) = self.requests.last_mut().filter(|it| !it.is_complete) {
                                request.data_set.extend(data);
                                request.is_complete = last;
                            }
                        }
                        Ok(None) => {}
                        Err(_) => self.is_broken = true,
                    }
                }
                Ok(Some(_)) => {}
                Ok(None) => return,
                Err(_) => self.is_broken = true,
            }
        }
    }
}
