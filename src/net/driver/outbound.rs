//! The way out: PDUs and messages into the outbox, the outbox into the connection, and the words about them.

use std::sync::atomic::Ordering;
use std::time::Instant;

use super::calls::Request;
use super::inbound::with_length;
use super::outbox::Flushed;
use super::sending::Sending;
use super::{Driver, Effect, Note, NoteKind, count};
use crate::dimse::command::CommandSet;
use crate::dimse::fragment::{FragmentLimit, Fragmenter, encode_message};
use crate::error::Result;
use crate::net::io::Io;
use crate::types::PresentationContextId;
use crate::wire::describe::describe;
use crate::wire::encode::{PDU_HEADER, encode};
use crate::wire::pdu::{Pdu, PduType};

impl<I: Io> Driver<I> {
    pub(super) fn flush(&mut self, now: Instant) {
        if !self.outbox.is_ready() || self.closed {
            return;
        }
        match self.outbox.flush(&mut self.io) {
            Ok(Flushed { sent, data }) => {
                self.setup.counters.bytes_sent.fetch_add(count(sent), Ordering::Relaxed);
                self.clock.written(now, sent, !self.outbox.is_ready(), &self.setup.timeouts);
                let reply = self.setup.timeouts.reply;
                self.calls.flushed(now, &self.outbox, reply);
                let so_far = data.as_deref().or(self.outbox.data()).map(|data| data.bytes);
                if let Some(told) = so_far.and_then(|bytes| self.calls.progress(now, bytes)) {
                    self.effects.push_back(told);
                }
                if let Some(data) = data {
                    self.data_set_sent(now, &data);
                }
            }
            Err(error) => self.cannot_write(now, &error),
        }
    }

    /// The last fragment of a data set has left.
    fn data_set_sent(&mut self, now: Instant, data: &Sending) {
        self.setup.counters.pdus_sent.fetch_add(data.pdus, Ordering::Relaxed);
        if self.verbosity.wire {
            let text = format!("sent a data set of {} bytes in {} {}", data.bytes, data.pdus, PduType::PData);
            self.note(NoteKind::Wire, None, text);
        }
        if let Some((context, early)) = self.calls.data_set_sent(now, self.setup.timeouts.reply) {
            self.response(now, context, &early);
        }
        // What waited for the connection, not for the response: a further request within the window, the answer to the
        // peer's release.
        self.advance(now);
        self.flush(now);
    }

    /// A request of an operation, and its data set behind it.
    pub(super) fn send_request(&mut self, request: Request, message_id: u16) {
        let Request { context, command, data_set } = request;
        let mark = self.send_command(context, &command);
        match (data_set, self.fragment_limit()) {
            (Some(outgoing), Some(limit)) => {
                self.outbox.follow(Sending::new(Fragmenter::new(context, limit), outgoing));
            }
            _ => self.calls.sent_at(message_id, mark),
        }
    }

    fn fragment_limit(&self) -> Option<FragmentLimit> {
        FragmentLimit::for_peer(self.negotiated.as_ref()?.negotiated.peer_max_pdu_length)
    }

    /// Puts a message into the outbox; returns the mark at which it is sent.
    pub(super) fn send_command(&mut self, context: PresentationContextId, command: &CommandSet) -> u64 {
        if !self.machine.may_send_data() {
            return 0;
        }
        let Some(limit) = self.fragment_limit() else { return 0 };
        if self.verbosity.wire {
            let text = format!("sending on context {context}: {}", command.describe());
            self.note(NoteKind::Wire, Some(command.message_id), text);
        }
        let before = self.outbox.unsent();
        let mut pdus = 0;
        let mark = self.outbox.push(|out| pdus = encode_message(command, context, limit, out));
        self.setup.counters.messages_sent.fetch_add(1, Ordering::Relaxed);
        self.setup.counters.pdus_sent.fetch_add(count(pdus), Ordering::Relaxed);
        if self.verbosity.wire {
            let bytes = (self.outbox.unsent() - before).saturating_sub(pdus.saturating_mul(PDU_HEADER));
            let text = match pdus {
                1 => format!("sent {}, {bytes} bytes", PduType::PData),
                _ => format!("sent {pdus} {}, {bytes} bytes in all", PduType::PData),
            };
            self.note(NoteKind::Wire, None, text);
        }
        mark
    }

    /// Puts a PDU into the outbox. An error where it cannot be encoded: an A-ASSOCIATE-AC with more in it than its length
    /// fields can say, as requests are checked when they are made and the others always fit.
    pub(super) fn send(&mut self, pdu: &Pdu) -> Result<()> {
        if matches!(pdu, Pdu::Abort(_)) {
            let data = self.outbox.cut();
            self.let_go(data);
        }
        let before = self.outbox.unsent();
        let mut encoded = Ok(());
        self.outbox.push(|out| encoded = encode(pdu, out));
        encoded?;
        self.setup.counters.pdus_sent.fetch_add(1, Ordering::Relaxed);
        if self.verbosity.wire {
            let length = (self.outbox.unsent() - before).saturating_sub(PDU_HEADER);
            let text = with_length(&describe(pdu), u32::try_from(length).unwrap_or(u32::MAX));
            self.note(NoteKind::Wire, None, format!("sent {text}"));
        }
        Ok(())
    }

    pub(super) fn note_phase(&mut self, text: impl FnOnce(&Self) -> String) {
        if self.verbosity.phases {
            let text = text(self);
            self.note(NoteKind::Phase, None, text);
        }
    }

    pub(super) fn note_fault(&mut self, text: impl Into<String>) {
        self.note(NoteKind::Fault, None, text.into());
    }

    pub(super) fn note(&mut self, kind: NoteKind, message_id: Option<u16>, text: String) {
        self.effects.push_back(Effect::Note(Note { kind, message_id, text }));
    }
}
