//! The way in: bytes to PDUs to messages to requests and responses.

use std::io;
use std::ops::Range;
use std::sync::atomic::Ordering;
use std::time::Instant;

use super::clock::Hold;
use super::receiving::Receiving;
use super::working::Decided;
use super::{Caller, Driver, Effect, NoteKind, Waiting, count};
use crate::dimse::assemble::{Assembler, Fragment, Part};
use crate::dimse::command::CommandSet;
use crate::dimse::service::CommandField;
use crate::error::Cause;
use crate::net::buffers::Buffer;
use crate::net::data::Sink;
use crate::net::io::{Io, Received as Read};
use crate::net::work::{Scattered, Work};
use crate::types::PresentationContextId;
use crate::ul::machine::DataIn;
use crate::ul::table::State;
use crate::wire::decode::{Decoder, Event, Malformed};
use crate::wire::describe::describe;
use crate::wire::pdu::PduType;

/// What has been read but is not a whole message yet.
#[derive(Default)]
pub(super) struct Inbound {
    decoder: Decoder,
    assembler: Assembler,
    /// What was read when the peer had asked for more than it may.
    held: Option<Held>,
    /// The P-DATA-TF PDU that is coming in belongs to the association; otherwise it is discarded (AA-6).
    taken: bool,
    /// The length that the PDU's header announced, for the log.
    pdu_length: u32,
    /// The request of which the data set is coming in.
    pub(super) receiving: Option<Receiving>,
    /// Where bytes of it lie in what is being looked at.
    pub(super) ranges: Vec<Range<usize>>,
    /// They are to be taken to its sink.
    pub(super) scattered: Option<Scattered>,
}

/// Bytes that were read, but are not looked at before there is room for what they ask.
struct Held {
    bytes: Vec<u8>,
    looked_at: usize,
}

impl Inbound {
    /// Whether a PDU or a message has begun and not ended.
    pub(super) fn is_midway(&self) -> bool {
        !self.decoder.is_between_pdus() || !self.assembler.is_between_messages()
    }

    /// Whether a message has begun and not ended.
    pub(super) fn is_in_message(&self) -> bool {
        !self.assembler.is_between_messages()
    }

    /// Whether a request's data set is not all with its sink.
    pub(super) fn is_receiving(&self) -> bool {
        self.receiving.is_some()
    }

    /// Nobody asks for anything any more. Returns the sink of what was coming in.
    pub(super) fn forget(&mut self) -> Option<Box<dyn Sink>> {
        self.held = None;
        self.scattered = None;
        self.ranges = Vec::new();
        self.receiving.take()?.into_sink()
    }

    /// Whether nothing more can be looked at before a sink has done its work, or somebody has decided.
    fn is_at_work(&self) -> bool {
        self.scattered.is_some() || self.receiving.as_ref().is_some_and(Receiving::holds_reading)
    }

    /// Whether that is for the program to bring about.
    fn waits_for_program(&self) -> bool {
        self.receiving.as_ref().is_some_and(Receiving::waits_for_program)
    }

    /// Whether a sink has something to do.
    pub(super) fn has_work(&self) -> bool {
        self.receiving.as_ref().is_some_and(|receiving| receiving.has_work(self.scattered.is_some()))
    }

    /// What the sink has to do.
    pub(super) fn work(&mut self) -> Option<Work> {
        let receiving = self.receiving.as_mut()?;
        if !receiving.has_work(self.scattered.is_some()) {
            return None;
        }
        let (sink, then) = receiving.begin_work()?;
        let none = || Scattered { buffer: Buffer::from(Vec::new()), ranges: Vec::new(), more: false };
        let bytes = self.scattered.take().unwrap_or_else(none);
        Some(Work::Take { sink, bytes, then })
    }

    /// What was looked at in `buffer` is not needed any more but for the bytes of the data set.
    fn scatter(&mut self, buffer: Buffer, more: bool) {
        if !self.ranges.is_empty() {
            self.scattered = Some(Scattered { buffer, ranges: std::mem::take(&mut self.ranges), more });
        }
    }
}

/// The most reads in one step: others have their turn too.
const READS_A_STEP: usize = 16;

/// Answers that the peer does not take are not piled up: above this nothing more is read of it.
const UNSENT_AT_MOST: usize = 256 * 1024;

impl<I: Io> Driver<I> {
    /// Reads what is there. Returns whether that was all.
    pub(super) fn read(&mut self, now: Instant, mut buffer: Buffer) -> bool {
        for _ in 0..READS_A_STEP {
            if self.closed {
                return true;
            }
            if self.is_reading_held() {
                // Woken all the same: the connection may be broken, which needs no reading to be seen.
                if let Some(error) = self.io.failure() {
                    self.lost(now, &error);
                }
                return false;
            }
            match self.io.read(&mut buffer) {
                Ok(Read { length: 0, .. }) => {
                    self.end_of_stream(now);
                    return true;
                }
                Ok(Read { length, more }) => {
                    self.setup.counters.bytes_received.fetch_add(count(length), Ordering::Relaxed);
                    let bytes = buffer.get(..length).unwrap_or_default();
                    if let Some(looked_at) = self.take(now, bytes, 0) {
                        let rest = bytes.get(looked_at..).unwrap_or_default();
                        self.inbound.held = Some(Held { bytes: rest.to_vec(), looked_at: 0 });
                    }
                    if !self.inbound.ranges.is_empty() {
                        self.inbound.scatter(buffer, more);
                        return !more;
                    }
                    if !more {
                        return true;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return true,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.lost(now, &error);
                    return true;
                }
            }
        }
        false
    }

    /// Goes on with what was held back, once there is room for it.
    pub(super) fn resume(&mut self, now: Instant) {
        while let Some(facts) = &self.negotiated {
            if !has_room(facts.negotiated.window.performed, self.handed.len())
                || self.requests.front().is_some_and(|first| first.repeats && self.has_handed(first))
            {
                break;
            }
            let Some(waiting) = self.requests.pop_front() else { break };
            self.dispatch(now, waiting);
        }
        if self.may_resume()
            && let Some(held) = self.inbound.held.take()
        {
            let looked_at = self.take(now, &held.bytes, held.looked_at);
            if self.inbound.ranges.is_empty() {
                self.inbound.held = looked_at.map(|looked_at| Held { looked_at, ..held });
            } else {
                if let Some(rest) = looked_at.and_then(|looked_at| held.bytes.get(looked_at..)) {
                    self.inbound.held = Some(Held { bytes: rest.to_vec(), looked_at: 0 });
                }
                self.inbound.scatter(Buffer::from(held.bytes), false);
            }
        }
    }

    /// Whether what was held back can be looked at now.
    pub(super) fn may_resume(&self) -> bool {
        self.inbound.held.is_some() && !self.is_reading_held()
    }

    /// Why nothing more is read, where nothing is: a sink is at work, the peer has sent requests beyond the window, nobody
    /// takes our events while data come, or the peer does not take our answers.
    ///
    /// One request beyond the window waits, its data set unread behind it; where it has none, the command behind it is
    /// read to see whether it is a C-CANCEL-RQ, and then waits too.
    pub(super) fn reading_hold(&self) -> Option<Hold> {
        let is_programs = self.requests.len() > 1
            || self.requests.back().is_some_and(|waiting| waiting.command.has_data_set)
            || self.inbound.waits_for_program()
            || (self.caller == Caller::IsBehind
                && self.ended.is_none()
                && self.inbound.assembler.is_in_data_set());
        if is_programs {
            Some(Hold::Programs)
        } else if self.inbound.is_at_work() {
            Some(Hold::Ours)
        } else if self.outbox.unsent() > UNSENT_AT_MOST {
            Some(Hold::Peers)
        } else {
            None
        }
    }

    /// Whether nothing more is read.
    pub(super) fn is_reading_held(&self) -> bool {
        self.reading_hold().is_some()
    }

    /// Looks at what was read, behind what has been looked at. Returns how far it came where the rest must be held back:
    /// there may be no rest, and it is to be looked at all the same, because the end of a PDU needs no further byte.
    fn take(&mut self, now: Instant, bytes: &[u8], looked_at: usize) -> Option<usize> {
        let mut rest = bytes.get(looked_at..).unwrap_or_default();
        loop {
            if self.is_reading_held() {
                let came_to = bytes.len() - rest.len();
                self.clock.read(now, count(came_to - looked_at), self.inbound.is_midway());
                return Some(came_to);
            }
            let (used, event) = self.inbound.decoder.decode(rest);
            rest = rest.get(used..).unwrap_or_default();
            match event {
                Ok(Some(event)) => self.event(now, event, bytes),
                Ok(None) => break,
                Err(malformed) => {
                    self.malformed(now, &malformed);
                    return None;
                }
            }
        }
        self.clock.read(now, count(bytes.len() - looked_at), self.inbound.is_midway());
        None
    }

    /// One event of `bytes`.
    fn event(&mut self, now: Instant, event: Event<'_>, bytes: &[u8]) {
        match event {
            Event::Header { pdu_type, length } => {
                self.setup.counters.pdus_received.fetch_add(1, Ordering::Relaxed);
                self.inbound.pdu_length = length;
                if pdu_type == PduType::PData {
                    if self.verbosity.wire {
                        self.note(NoteKind::Wire, None, format!("received {pdu_type}, {length} bytes"));
                    }
                    self.inbound.taken = self.machine.received_data(now) == DataIn::Take;
                    self.obey_peer(now);
                }
            }
            Event::Pdu(pdu) => {
                if self.verbosity.wire {
                    let text = with_length(&describe(&pdu), self.inbound.pdu_length);
                    self.note(NoteKind::Wire, None, format!("received {text}"));
                }
                self.machine.received(now, pdu);
                self.obey_peer(now);
            }
            // What stands behind the offence that ended the association is not looked at, in the same PDU neither.
            Event::Pdv { context, command, last, data, end, .. }
                if self.inbound.taken && self.ended.is_none() =>
            {
                let fragment = Fragment { context, command, last, data, end };
                match self.inbound.assembler.push(fragment) {
                    Ok(Some(Part::Command { command, context })) => self.command(now, context, command),
                    Ok(Some(Part::Data { data, last })) => self.data(now, range_of(data, bytes), last),
                    Ok(None) => {}
                    Err(violation) => self.abort(now, &violation.into()),
                }
            }
            // Of an association that has ended: discarded.
            Event::Pdv { .. } | Event::PDataEnd => {}
        }
    }

    /// A complete command set.
    fn command(&mut self, now: Instant, context: PresentationContextId, command: Box<CommandSet>) {
        self.setup.counters.messages_received.fetch_add(1, Ordering::Relaxed);
        self.clock.message(now);
        if self.verbosity.wire {
            let text = format!("received on context {context}: {}", command.describe());
            self.note(NoteKind::Wire, Some(command.message_id), text);
        }
        if self.negotiated.as_ref().is_some_and(|facts| facts.negotiated.context(context).is_none()) {
            let words = format!("a message on context {context}, which was not accepted");
            self.abort(now, &Cause::Protocol(words));
        } else if command.command_field.is_response() {
            self.response(now, context, &command);
        } else if command.command_field == CommandField::CancelRq {
            // Unknown, late or on another context: ignored (PS3.7 9.3.2.3).
            let id = command.message_id;
            for Decided { handed, .. } in &self.handed {
                if handed.message_id == id && handed.context == context {
                    handed.standing.cancel();
                }
            }
            for waiting in &mut self.requests {
                waiting.cancelled |= waiting.command.message_id == id && waiting.context == context;
            }
        } else {
            self.request(now, context, command);
        }
    }

    pub(super) fn response(&mut self, now: Instant, context: PresentationContextId, response: &CommandSet) {
        let effects = &mut self.effects;
        let tell = |operation, event| effects.push_back(Effect::Tell(operation, event));
        match self.calls.response(now, context, response, self.setup.timeouts.reply, tell) {
            Ok(Some((operation, outcome))) => self.complete(operation, outcome),
            Ok(None) => {}
            Err(cause) => self.abort(now, &cause),
        }
    }

    /// A request: it is dispatched, or waits behind those that are performed. So does one with the message id of another
    /// that is open, whatever the window: the first answer under an id is that to the first request, and the peer cannot
    /// take one for the other.
    fn request(&mut self, now: Instant, context: PresentationContextId, command: Box<CommandSet>) {
        let Some(facts) = &self.negotiated else { return };
        let has_room = has_room(facts.negotiated.window.performed, self.handed.len());
        let id = command.message_id;
        let mut waiting = Waiting { context, command, cancelled: false, repeats: false };
        waiting.repeats =
            self.has_handed(&waiting) || self.requests.iter().any(|before| before.command.message_id == id);
        if self.requests.is_empty() && has_room && !waiting.repeats {
            self.dispatch(now, waiting);
        } else {
            self.requests.push_back(waiting);
        }
    }

    /// Whether a handler has a request with the same message id.
    fn has_handed(&self, request: &Waiting) -> bool {
        self.handed.iter().any(|decided| decided.handed.message_id == request.command.message_id)
    }

    /// The machine has taken something of the peer's: does what it says, and ends what it ended without a word.
    fn obey_peer(&mut self, now: Instant) {
        self.obey(now);
        if self.ended.is_none() && self.machine.state() == State::Sta13 {
            let words = "a PDU that is not allowed at this point of the association";
            let cause = self.fault.take().unwrap_or_else(|| Cause::Protocol(words.to_owned()));
            self.end(now, &cause);
        }
    }

    fn malformed(&mut self, now: Instant, malformed: &Malformed) {
        self.fault = Some(malformed.cause());
        self.machine.malformed(now, malformed.reason);
        self.obey_peer(now);
    }

    /// Looks whether the peer is still there, where the program keeps us from reading: nobody else would notice, and the
    /// place would be taken until the server stops. A connection that is broken is lost. One whose peer has closed is
    /// over an abort limit later, whatever lies unread in front of that: no association goes on after it (PS3.8 9.1.4),
    /// so what lies there is an abort, or an instance whose sender never hears that it is stored, and counts it as not
    /// sent. The abort limit is what a program that is only slow has to go on, and to get the instance all the same.
    pub(super) fn watch(&mut self, now: Instant) {
        // In this very step the program may have gone on.
        if !self.clock.is_watch_over(now) || self.reading_hold() != Some(Hold::Programs) {
            return;
        }
        if let Some(error) = self.io.failure() {
            return self.lost(now, &error);
        }
        let has_closed = self.io.has_peer_closed();
        if self.clock.looked(now, has_closed, self.setup.timeouts.abort) {
            self.end_of_stream(now);
        }
    }

    fn end_of_stream(&mut self, now: Instant) {
        self.machine.closed(now);
        self.obey(now);
        self.end(now, &Cause::Closed);
        self.close();
    }
}

/// A PDU in words with its length behind its name, which is the first line.
pub(super) fn with_length(words: &str, length: u32) -> String {
    match words.split_once('\n') {
        Some((name, rest)) => format!("{name}, {length} bytes\n{rest}"),
        None => format!("{words}, {length} bytes"),
    }
}

/// Where a slice of `bytes` lies in it.
fn range_of(slice: &[u8], bytes: &[u8]) -> Range<usize> {
    let from = slice.as_ptr().addr().saturating_sub(bytes.as_ptr().addr());
    from..from.saturating_add(slice.len())
}

/// Whether a window (0: no limit) lets one more be performed. There are no more message ids than 65535, so no peer has
/// more open, and one that sends more all the same does not fill our memory.
fn has_room(window: u16, open: usize) -> bool {
    let most = if window == 0 { u16::MAX } else { window };
    open < usize::from(most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_window_has_room_for_more_than_there_are_message_ids() {
        assert!(has_room(1, 0) && !has_room(1, 1));
        assert!(has_room(0, 65_534) && !has_room(0, 65_535));
    }
}
