//! The way in: bytes to PDUs to messages to requests and responses.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use super::{Driver, Effect, NoteKind, Waiting, count};
use crate::dimse::assemble::{Assembler, Fragment, Part};
use crate::dimse::command::CommandSet;
use crate::dimse::service::CommandField;
use crate::dimse::status::Status;
use crate::error::Cause;
use crate::net::exchange::{Handed, Reception};
use crate::net::io::{Io, Received};
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
    /// A request whose data set is coming.
    request: Option<(PresentationContextId, Box<CommandSet>)>,
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

    /// Nobody asks for anything any more.
    pub(super) fn forget(&mut self) {
        self.held = None;
        self.request = None;
    }
}

/// The most reads in one step: others have their turn too.
const READS_A_STEP: usize = 16;

/// Answers that the peer does not take are not piled up: above this nothing more is read of it.
const UNSENT_AT_MOST: usize = 256 * 1024;

impl<I: Io> Driver<I> {
    /// Reads what is there. Returns whether that was all.
    pub(super) fn read(&mut self, now: Instant, buffer: &mut [u8]) -> bool {
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
            match self.io.read(buffer) {
                Ok(Received { length: 0, .. }) => {
                    self.end_of_stream(now);
                    return true;
                }
                Ok(Received { length, more }) => {
                    self.setup.counters.bytes_received.fetch_add(count(length), Ordering::Relaxed);
                    let bytes = buffer.get(..length).unwrap_or_default();
                    if let Some(rest) = self.take(now, bytes) {
                        self.inbound.held = Some(Held { bytes: rest.to_vec(), looked_at: 0 });
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
            if !has_room(facts.negotiated.window.performed, self.handed.len()) {
                break;
            }
            let Some(waiting) = self.requests.pop_front() else { break };
            self.dispatch(now, waiting);
        }
        if self.may_resume()
            && let Some(mut held) = self.inbound.held.take()
            && let Some(rest) = self.take(now, held.bytes.get(held.looked_at..).unwrap_or_default())
        {
            held.looked_at = held.bytes.len() - rest.len();
            self.inbound.held = Some(held);
        }
    }

    /// Whether what was held back can be looked at now.
    pub(super) fn may_resume(&self) -> bool {
        self.inbound.held.is_some() && !self.is_reading_held()
    }

    /// Whether nothing more is read: the peer has sent requests beyond the window, or does not take our answers.
    ///
    /// One request beyond the window waits; the command behind it is read to see whether it is a C-CANCEL-RQ, and
    /// then waits too.
    pub(super) fn is_reading_held(&self) -> bool {
        self.requests.len() > 1 || self.outbox.unsent() > UNSENT_AT_MOST
    }

    /// Looks at what was read. Returns what must be held back, where something must: it may be nothing, and is to be
    /// looked at all the same, because the end of a PDU needs no further byte.
    fn take<'a>(&mut self, now: Instant, bytes: &'a [u8]) -> Option<&'a [u8]> {
        let mut rest = bytes;
        loop {
            if self.is_reading_held() {
                self.clock.reading_held();
                return Some(rest);
            }
            let (used, event) = self.inbound.decoder.decode(rest);
            rest = rest.get(used..).unwrap_or_default();
            match event {
                Ok(Some(event)) => self.event(now, event),
                Ok(None) => break,
                Err(malformed) => {
                    self.malformed(now, &malformed);
                    return None;
                }
            }
        }
        self.clock.read(now, count(bytes.len()), self.inbound.is_midway());
        None
    }

    fn event(&mut self, now: Instant, event: Event<'_>) {
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
                    Ok(Some(Part::Data { last: true, .. })) => {
                        self.clock.message(now);
                        if let Some((context, command)) = self.inbound.request.take() {
                            self.request(now, context, command);
                        }
                    }
                    Ok(_) => {}
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
            match self.calls.response(now, context, &command, self.setup.timeouts.reply) {
                Ok(Some((operation, outcome))) => {
                    self.effects.push_back(Effect::Complete(operation, outcome));
                }
                Ok(None) => {}
                Err(cause) => self.abort(now, &cause),
            }
        } else if command.command_field == CommandField::CancelRq {
            // Unknown, late or on another context: ignored (PS3.7 9.3.2.3).
            let id = command.message_id;
            for handed in &self.handed {
                if handed.message_id == id && handed.context == context {
                    handed.cancelled.store(true, Ordering::Release);
                }
            }
            for waiting in &mut self.requests {
                waiting.cancelled |= waiting.command.message_id == id && waiting.context == context;
            }
        } else if command.has_data_set {
            self.inbound.request = Some((context, command));
        } else {
            self.request(now, context, command);
        }
    }

    /// A complete request: it is dispatched, or waits behind those that a handler has.
    fn request(&mut self, now: Instant, context: PresentationContextId, command: Box<CommandSet>) {
        let Some(facts) = &self.negotiated else { return };
        let waiting = Waiting { context, command, cancelled: false };
        if self.requests.is_empty() && has_room(facts.negotiated.window.performed, self.handed.len()) {
            self.dispatch(now, waiting);
        } else {
            self.requests.push_back(waiting);
        }
    }

    fn dispatch(&mut self, now: Instant, request: Waiting) {
        let Waiting { context, command, cancelled } = request;
        let Some(facts) = self.negotiated.clone() else { return };
        let Some(accepted) = facts.negotiated.context(context) else { return };
        let reception = match &self.setup.provider {
            Some(provider) => provider.request(accepted, &command),
            None => {
                Reception::Answer(Box::new(CommandSet::response_to(&command, Status::UNRECOGNIZED_OPERATION)))
            }
        };
        match reception {
            Reception::Answer(answer) => {
                self.send_command(context, &answer);
                self.clock.message(now);
            }
            Reception::Hand => {
                self.tickets = self.tickets.wrapping_add(1);
                let cancelled = Arc::new(AtomicBool::new(cancelled));
                let message_id = command.message_id;
                let handed = Handed { ticket: self.tickets, context, message_id, cancelled };
                self.handed.push(handed.clone());
                self.effects.push_back(Effect::Hand(handed, accepted.clone(), command));
            }
        }
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
