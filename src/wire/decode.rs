//! Bytes to events, incrementally: whatever the transport delivers goes in, PDUs and slices of fragments come out.

mod associate;
mod fields;
mod foreign;
mod user_information;

use std::fmt;

use self::foreign::{Opening, opening};
use super::pdu::{Pdu, PduType};
use crate::error::Cause;
use crate::types::{AbortReason, PresentationContextId, Rejection};

/// The longest variable field of an A-ASSOCIATE-RQ or -AC that is taken in; a longer one is refused at its header.
pub const LONGEST_ASSOCIATE: usize = 1024 * 1024;

/// What came in. Slices point into the bytes that were given to [`Decoder::decode`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event<'a> {
    /// The first event of every PDU: its header is complete, its type known and its length possible.
    Header {
        /// Which PDU it is.
        pdu_type: PduType,
        /// What the peer claims to follow; nothing is allocated by it.
        length: u32,
    },
    /// A PDU other than P-DATA-TF, complete.
    Pdu(Pdu),
    /// A part of a presentation data value (PS3.8 9.3.5.1) as it arrived. An empty one comes as one empty slice.
    Pdv {
        /// The presentation context that it came on.
        context: PresentationContextId,
        /// Bit 0 of the message control header (PS3.8 E.2): part of a command, else of a data set.
        command: bool,
        /// Bit 1: the value is the last fragment of its command or data set.
        last: bool,
        /// The bytes that arrived.
        data: &'a [u8],
        /// This is the first slice of the value.
        start: bool,
        /// This is the last slice of the value.
        end: bool,
    },
    /// The P-DATA-TF PDU is complete.
    PDataEnd,
}

/// Bytes that break the protocol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Malformed {
    /// What an A-ABORT says about it (PS3.8 table 9-26).
    pub reason: AbortReason,
    /// The name of the protocol that the peer speaks instead, where its first bytes tell.
    pub not_dicom: Option<&'static str>,
    /// What is wrong, for people; holds numbers of the peer, never its text.
    pub words: String,
}

impl Malformed {
    fn invalid(words: impl Into<String>) -> Self {
        Self { reason: AbortReason::INVALID_PARAMETER, not_dicom: None, words: words.into() }
    }

    fn unknown_type(number: u8, not_dicom: Option<&'static str>) -> Self {
        let words = match not_dicom {
            Some(protocol) => format!("the connection begins with {protocol}"),
            None => format!("{number:02X}H is not the type of a PDU"),
        };
        Self { reason: AbortReason::UNRECOGNIZED_PDU, not_dicom, words }
    }

    /// The same as the cause of an [`Error`](crate::error::Error).
    #[must_use]
    pub fn cause(&self) -> Cause {
        match self.not_dicom {
            Some(protocol) => Cause::NotDicom(protocol),
            None => Cause::Protocol(self.words.clone()),
        }
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)
    }
}

impl std::error::Error for Malformed {}

/// Takes one direction of one transport connection apart.
///
/// It holds heap memory only while a PDU other than P-DATA-TF is incomplete, and then as much as the bytes that came
/// need, never as much as the peer claims.
///
/// After [`Malformed`] nobody knows where the next PDU begins: from then on the decoder **discards**, that is, it
/// consumes whatever it is given and reports nothing. So the error is reported once, and a machine in Sta13 may go on
/// feeding it until the connection closes.
pub struct Decoder {
    state: State,
    /// The part of a PDU or PDV header that came so far.
    header: PartialHeader,
    /// The part of a variable field that came so far.
    body: Vec<u8>,
    /// No PDU header has come yet: another protocol can be told from DICOM.
    opening: bool,
}

#[derive(Debug, Clone, Copy)]
enum State {
    /// At or inside a PDU header.
    PduHeader,
    /// Inside the variable field of a PDU other than P-DATA-TF.
    Body { pdu_type: PduType, left: usize },
    /// At or inside the header of a PDV, or at the end of its PDU; `left` counts from the header's first byte.
    PdvHeader { left: usize },
    /// Inside a PDV.
    Pdv(OpenPdv),
    /// After an error.
    Discarding,
}

#[derive(Debug, Clone, Copy)]
struct OpenPdv {
    context: PresentationContextId,
    command: bool,
    last: bool,
    start: bool,
    /// Bytes of the value still to come.
    left: usize,
    /// Bytes of the PDU behind the value.
    behind: usize,
}

/// Without what came so far: it may hold the passcode of a user identity.
impl fmt::Debug for Decoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decoder").field("state", &self.state).finish_non_exhaustive()
    }
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new()
    }
}

impl Decoder {
    /// A decoder at the beginning of a connection.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            state: State::PduHeader,
            header: PartialHeader { bytes: [0; HEADER], filled: 0 },
            body: Vec::new(),
            opening: true,
        }
    }

    /// Consumes as much of the front of `input` as one event needs and says how much that was.
    ///
    /// Call it again with the rest until it answers `Ok(None)`, an empty rest included: then everything is consumed
    /// and more bytes are needed. An error consumes everything.
    pub fn decode<'a>(&mut self, input: &'a [u8]) -> (usize, Result<Option<Event<'a>>, Malformed>) {
        let mut rest = input;
        match self.next(&mut rest) {
            Ok(event) => (input.len() - rest.len(), Ok(event)),
            Err(malformed) => {
                self.state = State::Discarding;
                self.body = Vec::new();
                (input.len(), Err(malformed))
            }
        }
    }

    /// Whether no PDU is under way; after an error there is none.
    #[must_use]
    pub fn is_between_pdus(&self) -> bool {
        match self.state {
            State::PduHeader => self.header.came().is_empty(),
            State::Discarding => true,
            State::Body { .. } | State::PdvHeader { .. } | State::Pdv(_) => false,
        }
    }

    /// Whether an error has ended the decoding: all further input is consumed without an event.
    #[must_use]
    pub fn is_discarding(&self) -> bool {
        matches!(self.state, State::Discarding)
    }

    fn next<'a>(&mut self, input: &mut &'a [u8]) -> Result<Option<Event<'a>>, Malformed> {
        match self.state {
            State::Pdv(pdv) => Ok(self.pdv(pdv, input)),
            State::PdvHeader { left } => self.pdv_header(left, input),
            State::PduHeader => self.pdu_header(input),
            State::Body { pdu_type, left } => self.body(pdu_type, left, input),
            State::Discarding => {
                *input = &[];
                Ok(None)
            }
        }
    }

    /// PDU type, reserved, length (PS3.8 9.3.1).
    fn pdu_header<'a>(&mut self, input: &mut &'a [u8]) -> Result<Option<Event<'a>>, Malformed> {
        let header = self.header.fill(input);
        let came = header.as_ref().map_or(self.header.came(), |header| header.as_slice());
        let Some(&first) = came.first() else { return Ok(None) };
        let Some(pdu_type) = PduType::from_wire(first) else {
            return match opening(came) {
                Opening::Incomplete if self.opening => Ok(None),
                Opening::Of(protocol) if self.opening => Err(Malformed::unknown_type(first, Some(protocol))),
                _ => Err(Malformed::unknown_type(first, None)),
            };
        };
        let Some([_, _, length @ ..]) = header else { return Ok(None) };
        self.opening = false;
        let length = u32::from_be_bytes(length);
        let left = size(length);
        check_length(pdu_type, left)?;
        self.state = match pdu_type {
            PduType::PData => State::PdvHeader { left },
            _ => State::Body { pdu_type, left },
        };
        Ok(Some(Event::Header { pdu_type, length }))
    }

    fn body<'a>(
        &mut self,
        pdu_type: PduType,
        left: usize,
        input: &mut &'a [u8],
    ) -> Result<Option<Event<'a>>, Malformed> {
        let Some((last, rest)) = input.split_at_checked(left) else {
            self.body.extend_from_slice(input);
            self.state = State::Body { pdu_type, left: left - input.len() };
            *input = &[];
            return Ok(None);
        };
        *input = rest;
        self.state = State::PduHeader;
        if self.body.is_empty() {
            // The usual case: the PDU came in one read and is parsed where it lies.
            return variable_field(pdu_type, last).map(|pdu| Some(Event::Pdu(pdu)));
        }
        let mut whole = std::mem::take(&mut self.body);
        whole.extend_from_slice(last);
        variable_field(pdu_type, &whole).map(|pdu| Some(Event::Pdu(pdu)))
    }

    /// Item length, presentation context id, message control header (PS3.8 9.3.5.1, E.2).
    fn pdv_header<'a>(&mut self, left: usize, input: &mut &'a [u8]) -> Result<Option<Event<'a>>, Malformed> {
        if left == 0 {
            self.state = State::PduHeader;
            return Ok(Some(Event::PDataEnd));
        }
        if left < HEADER {
            return Err(Malformed::invalid(format!(
                "P-DATA-TF: {left} bytes are left over behind its last PDV"
            )));
        }
        let Some([length @ .., id, control]) = self.header.fill(input) else { return Ok(None) };
        let length = u32::from_be_bytes(length);
        let Some(value) = size(length).checked_sub(2) else {
            return Err(Malformed::invalid(format!(
                "P-DATA-TF: a PDV has a length of {length}; 2 is the least"
            )));
        };
        let Some(behind) = (left - HEADER).checked_sub(value) else {
            return Err(Malformed::invalid(format!("P-DATA-TF: a PDV of {length} bytes runs over its PDU")));
        };
        let Some(context) = PresentationContextId::new(id) else {
            return Err(Malformed::invalid(format!(
                "P-DATA-TF: a PDV has the presentation context id {id}; only odd ones exist"
            )));
        };
        let pdv = OpenPdv {
            context,
            command: control & 1 != 0,
            last: control & 2 != 0,
            start: true,
            left: value,
            behind,
        };
        Ok(self.pdv(pdv, input))
    }

    fn pdv<'a>(&mut self, mut pdv: OpenPdv, input: &mut &'a [u8]) -> Option<Event<'a>> {
        let data = match input.split_at_checked(pdv.left) {
            Some((data, rest)) => {
                *input = rest;
                data
            }
            None => std::mem::take(input),
        };
        let OpenPdv { context, command, last, start, .. } = pdv;
        pdv.left -= data.len();
        let end = pdv.left == 0;
        if end {
            self.state = State::PdvHeader { left: pdv.behind };
        } else {
            pdv.start = start && data.is_empty();
            self.state = State::Pdv(pdv);
            if data.is_empty() {
                return None;
            }
        }
        Some(Event::Pdv { context, command, last, data, start, end })
    }
}

/// The length of a PDU header, and also of a PDV's with its message control header.
const HEADER: usize = 6;

struct PartialHeader {
    bytes: [u8; HEADER],
    filled: usize,
}

impl PartialHeader {
    /// Takes bytes from the front of `input` until the header is complete; then hands it out and is empty again.
    fn fill(&mut self, input: &mut &[u8]) -> Option<[u8; HEADER]> {
        if self.filled == 0
            && let Some((header, rest)) = input.split_first_chunk()
        {
            *input = rest;
            return Some(*header);
        }
        for byte in self.bytes.iter_mut().skip(self.filled) {
            let (first, rest) = input.split_first()?;
            *byte = *first;
            *input = rest;
            self.filled += 1;
        }
        self.filled = 0;
        Some(self.bytes)
    }

    fn came(&self) -> &[u8] {
        self.bytes.get(..self.filled).unwrap_or_default()
    }
}

/// A length on the wire as one in memory. No target has less than 32 bits; on one that had, everything would be too long.
fn size(length: u32) -> usize {
    usize::try_from(length).unwrap_or(usize::MAX)
}

/// What can be said of a PDU before its first byte has come. The short PDUs are four bytes, exactly, without
/// tolerance: another length most likely means that the two sides no longer agree where PDUs begin.
fn check_length(pdu_type: PduType, length: usize) -> Result<(), Malformed> {
    match pdu_type {
        PduType::AssociateRq | PduType::AssociateAc if length < associate::FIXED => Err(Malformed::invalid(
            format!("{pdu_type}: a length of {length} is less than its fixed fields of {}", associate::FIXED),
        )),
        PduType::AssociateRq | PduType::AssociateAc if length > LONGEST_ASSOCIATE => {
            Err(Malformed::invalid(format!(
                "{pdu_type}: a length of {length} is more than the {LONGEST_ASSOCIATE} that are taken in"
            )))
        }
        PduType::PData if length < HEADER => {
            Err(Malformed::invalid(format!("{pdu_type}: a length of {length} has no room for a PDV")))
        }
        PduType::AssociateRj | PduType::ReleaseRq | PduType::ReleaseRp | PduType::Abort if length != 4 => {
            Err(Malformed::invalid(format!("{pdu_type}: a length of {length}, where 4 is fixed")))
        }
        _ => Ok(()),
    }
}

fn variable_field(pdu_type: PduType, body: &[u8]) -> Result<Pdu, Malformed> {
    match (pdu_type, body) {
        (PduType::AssociateRq, _) => associate::request(body).map(|rq| Pdu::AssociateRq(Box::new(rq))),
        (PduType::AssociateAc, _) => associate::accept(body).map(|ac| Pdu::AssociateAc(Box::new(ac))),
        (PduType::AssociateRj, &[_, result, source, reason]) => {
            Ok(Pdu::AssociateRj(Rejection { result, source, reason }))
        }
        (PduType::ReleaseRq, _) => Ok(Pdu::ReleaseRq),
        (PduType::ReleaseRp, _) => Ok(Pdu::ReleaseRp),
        (PduType::Abort, &[_, _, source, reason]) => Ok(Pdu::Abort(AbortReason { source, reason })),
        // The lengths were checked at the header, and P-DATA-TF has no body that is held.
        (PduType::AssociateRj | PduType::Abort | PduType::PData, _) => {
            Err(Malformed::invalid(format!("{pdu_type}: {} bytes of variable field", body.len())))
        }
    }
}
