//! A data set on its way out: fragments staged from what is in memory, headers and bytes in one gathered write.

use std::collections::VecDeque;
use std::io::IoSlice;

use crate::dimse::fragment::{Fragmenter, Piece};
use crate::net::data::Outgoing;

/// The most fragments in one write: with their headers and a byte of padding they stay far below what a system takes
/// at once (1,024 slices), and at 16 KiB a fragment this is more than a buffer holds.
const PIECES: usize = 64;

/// The most slices of one write: header, payload and padding of each piece, and the messages before them.
pub(super) const SLICES: usize = 3 * PIECES + 1;

/// One data set.
pub(super) struct Sending {
    fragmenter: Fragmenter,
    /// `None` while somebody reads the next bytes.
    outgoing: Option<Outgoing>,
    /// Fragments that lie in memory, in their order.
    pieces: VecDeque<Piece>,
    /// How many bytes of the chunk they cover.
    staged: usize,
    /// How much of the first one the system has taken, its header included.
    taken: usize,
    /// Fragments that have left.
    pub(super) pdus: u64,
    /// Bytes of the data set that have left.
    pub(super) bytes: u64,
}

impl Sending {
    pub(super) fn new(fragmenter: Fragmenter, outgoing: Outgoing) -> Self {
        let mut sending = Self {
            fragmenter,
            outgoing: Some(outgoing),
            pieces: VecDeque::new(),
            staged: 0,
            taken: 0,
            pdus: 0,
            bytes: 0,
        };
        sending.stage();
        sending
    }

    /// Cuts what is in memory into fragments.
    fn stage(&mut self) {
        let Some(outgoing) = &self.outgoing else { return };
        while self.pieces.len() < PIECES {
            let available = outgoing.chunk.bytes().len().saturating_sub(self.staged);
            let Some(piece) = self.fragmenter.next(available, outgoing.end) else { break };
            self.staged += piece.payload;
            self.pieces.push_back(piece);
        }
    }

    /// Whether a write has something to do.
    pub(super) fn is_staged(&self) -> bool {
        !self.pieces.is_empty()
    }

    /// Whether the last fragment has left.
    pub(super) fn is_over(&self) -> bool {
        self.fragmenter.has_ended() && self.pieces.is_empty()
    }

    /// Whether nothing can be done before more of the data set is in memory.
    pub(super) fn is_hungry(&self) -> bool {
        self.pieces.is_empty() && !self.fragmenter.has_ended() && self.outgoing.is_some()
    }

    /// The data set, for somebody who reads the next bytes of it.
    pub(super) fn take_out(&mut self) -> Option<Outgoing> {
        if self.is_hungry() { self.outgoing.take() } else { None }
    }

    /// Some more of it has been read.
    pub(super) fn put_back(&mut self, outgoing: Outgoing) {
        self.outgoing = Some(outgoing);
        self.stage();
    }

    /// What is to be written next, into the slices that are free; returns how many it needed.
    pub(super) fn slices<'a>(&'a self, free: &mut [IoSlice<'a>]) -> usize {
        let Some(outgoing) = &self.outgoing else { return 0 };
        let mut free = free.iter_mut();
        let (mut payload, mut skip, mut used) = (outgoing.chunk.bytes(), self.taken, 0);
        for piece in &self.pieces {
            let (own, rest) = payload.split_at_checked(piece.payload).unwrap_or((payload, &[]));
            payload = rest;
            for part in [&piece.header[..], own, piece.padding] {
                let skipped = skip.min(part.len());
                skip -= skipped;
                let part = part.get(skipped..).unwrap_or_default();
                if part.is_empty() {
                    continue;
                }
                let Some(slot) = free.next() else { return used };
                *slot = IoSlice::new(part);
                used += 1;
            }
        }
        used
    }

    /// The system has taken `length` bytes of it.
    pub(super) fn advance(&mut self, mut length: usize) {
        while let Some(piece) = self.pieces.front() {
            let payload = piece.payload;
            let left = piece_length(piece).saturating_sub(self.taken);
            if length < left {
                self.taken += length;
                break;
            }
            length -= left;
            self.taken = 0;
            self.pieces.pop_front();
            self.staged = self.staged.saturating_sub(payload);
            self.pdus += 1;
            self.bytes = self.bytes.saturating_add(u64::try_from(payload).unwrap_or(u64::MAX));
            if let Some(outgoing) = &mut self.outgoing {
                outgoing.chunk.advance(payload);
            }
        }
        self.stage();
    }

    /// What is left of a fragment that the system has taken in part: a PDU that has begun must be ended, whatever
    /// comes behind it.
    pub(super) fn rest_of_pdu(&self) -> Vec<u8> {
        let mut rest = Vec::new();
        if let (true, Some(piece), Some(outgoing)) = (self.taken > 0, self.pieces.front(), &self.outgoing) {
            let payload = outgoing.chunk.bytes().get(..piece.payload).unwrap_or_default();
            for part in [&piece.header[..], payload, piece.padding] {
                rest.extend_from_slice(part);
            }
            rest.drain(..self.taken.min(rest.len()));
        }
        rest
    }
}

fn piece_length(piece: &Piece) -> usize {
    piece.header.len() + piece.payload + piece.padding.len()
}
