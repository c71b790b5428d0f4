//! Sending: messages -> P-DATA-TF PDUs, each with one PDV (PS3.8 9.3.5, annex E). Headers are written, the data set's
//! bytes never copied: the caller hands both to one gathered send.

use super::command::CommandSet;
use super::encode::encode;
use crate::types::{MaxPduLength, PresentationContextId};
use crate::wire::encode::{PDV_HEADER, pdv_header};

/// The part of it that counts against the peer's maximum length: item length, context id and message control header.
const ITEM_HEADER: usize = 6;

/// The longest fragment that is sent: even, at least 2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FragmentLimit(usize);

impl FragmentLimit {
    /// What a peer takes that announced this; `None` where nothing fits (wire.md: below 8, abort).
    #[must_use]
    pub fn for_peer(announced: MaxPduLength) -> Option<Self> {
        let variable_field = usize::try_from(announced.sendable()?).ok()?;
        Some(Self(even(variable_field.checked_sub(ITEM_HEADER)?)))
    }

    /// In bytes.
    #[must_use]
    pub const fn get(self) -> usize {
        self.0
    }
}

const fn even(length: usize) -> usize {
    length & !1
}

/// Appends a command as whole PDUs: the whole message, or all that comes before its data set. Returns how many.
pub fn encode_message(
    command: &CommandSet,
    context: PresentationContextId,
    limit: FragmentLimit,
    out: &mut Vec<u8>,
) -> usize {
    let start = out.len();
    out.extend_from_slice(&[0; PDV_HEADER]);
    encode(command, out);
    let length = out.len() - start - PDV_HEADER;
    let count = length.div_ceil(limit.0);
    out.resize(start + length + count * PDV_HEADER, 0);
    // Where one PDU is not enough, the command moves apart, from its end on, to make room for further headers.
    for index in (0..count).rev() {
        let offset = index * limit.0;
        let fragment = limit.0.min(length - offset);
        let from = start + PDV_HEADER + offset;
        let to = from + index * PDV_HEADER;
        out.copy_within(from..from + fragment, to);
        if let Some(header) = out.get_mut(to - PDV_HEADER..to) {
            header.copy_from_slice(&pdv_header(context, true, index + 1 == count, fragment));
        }
    }
    count
}

/// Cuts a data set into fragments, the last of which alone bears the last-fragment flag.
///
/// A data set of known length: `next(what is left, true)` until `None` gives all its headers, before the bytes are
/// there. A stream: `next(what is buffered, whether that is all)`; `None` means that more is needed first, so its
/// buffer holds at least [`FragmentLimit::get`] + 1 bytes. A stream that fails is never given its end: the message
/// stays incomplete, and the association has to be aborted.
#[derive(Debug, Clone)]
pub struct Fragmenter {
    context: PresentationContextId,
    limit: FragmentLimit,
    ended: bool,
}

/// A PDU of a data set: a header, so many of the caller's bytes, and the padding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    /// The headers of PDU and PDV.
    pub header: [u8; PDV_HEADER],
    /// How many of the bytes come next.
    pub payload: usize,
    /// What comes after them: empty, or a NUL that makes the last fragment even where the data set is not, as a
    /// deflated one may be (PS3.5 A.5).
    pub padding: &'static [u8],
}

impl Fragmenter {
    /// For a data set on the context of its command.
    #[must_use]
    pub const fn new(context: PresentationContextId, limit: FragmentLimit) -> Self {
        Self { context, limit, ended: false }
    }

    /// The next fragment of the `available` bytes; `is_end`: nothing comes after these.
    ///
    /// `None` where the bytes do not fill a fragment and more come, and after the last fragment. A full fragment waits
    /// until it is known whether it is the last, so that no data set but an empty one ends in an empty fragment.
    pub fn next(&mut self, available: usize, is_end: bool) -> Option<Piece> {
        let is_last = available <= self.limit.0;
        if self.ended || (is_last && !is_end) {
            return None;
        }
        self.ended = is_last;
        let payload = available.min(self.limit.0);
        let padding: &[u8] = if payload.is_multiple_of(2) { &[] } else { &[0] };
        let header = pdv_header(self.context, false, is_last, payload + padding.len());
        Some(Piece { header, payload, padding })
    }

    /// Whether the last fragment has been given out.
    #[must_use]
    pub const fn has_ended(&self) -> bool {
        self.ended
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(variable_field: u32) -> FragmentLimit {
        FragmentLimit::for_peer(MaxPduLength::from_wire(variable_field)).unwrap()
    }

    fn context() -> PresentationContextId {
        PresentationContextId::new(5).unwrap()
    }

    #[test]
    fn a_limit_is_even_and_leaves_room_for_the_item_header() {
        assert_eq!(FragmentLimit::for_peer(MaxPduLength::from_wire(7)), None);
        assert_eq!(limit(8).get(), 2);
        assert_eq!(limit(9).get(), 2);
        assert_eq!(limit(16384).get(), 16378);
        assert_eq!(limit(0).get(), 256 * 1024 - 6);
    }

    #[test]
    fn a_header_byte_by_byte() {
        assert_eq!(
            pdv_header(context(), true, true, 0x0102),
            [
                0x04, 0x00, // P-DATA-TF
                0x00, 0x00, 0x01, 0x08, // PDU length
                0x00, 0x00, 0x01, 0x04, // item length
                0x05, // presentation context id
                0x03, // command, last
            ]
        );
        assert_eq!(pdv_header(context(), false, false, 2)[11], 0x00);
        assert_eq!(pdv_header(context(), false, true, 2)[11], 0x02);
        assert_eq!(pdv_header(context(), true, false, 2)[11], 0x01);
    }

    #[test]
    fn a_known_length_is_planned_ahead() {
        let mut fragmenter = Fragmenter::new(context(), limit(16));
        let mut left = 24;
        let mut pieces = Vec::new();
        while let Some(piece) = fragmenter.next(left, true) {
            left -= piece.payload;
            pieces.push((piece.payload, piece.header[11]));
        }
        assert_eq!(pieces, [(10, 0x00), (10, 0x00), (4, 0x02)]);
        assert!(fragmenter.has_ended());
    }

    #[test]
    fn a_full_last_fragment_is_the_last() {
        let mut fragmenter = Fragmenter::new(context(), limit(16));
        assert_eq!(fragmenter.next(10, false), None, "it may be the last, or not");
        let piece = fragmenter.next(10, true).unwrap();
        assert_eq!((piece.payload, piece.header[11]), (10, 0x02));
        assert_eq!(fragmenter.next(0, true), None);
    }

    #[test]
    fn a_stream_gives_full_fragments_until_its_end() {
        let mut fragmenter = Fragmenter::new(context(), limit(16));
        assert_eq!(fragmenter.next(4, false), None);
        assert_eq!(fragmenter.next(11, false).unwrap().payload, 10);
        assert_eq!(fragmenter.next(1, false), None);
        let last = fragmenter.next(2, true).unwrap();
        assert_eq!((last.payload, last.header[11]), (2, 0x02));
    }

    #[test]
    fn an_empty_data_set_is_one_empty_last_fragment() {
        let mut fragmenter = Fragmenter::new(context(), limit(16));
        let piece = fragmenter.next(0, true).unwrap();
        assert_eq!(piece.header, [4, 0, 0, 0, 0, 6, 0, 0, 0, 2, 5, 2]);
        assert_eq!((piece.payload, piece.padding), (0, &[][..]));
        assert_eq!(fragmenter.next(0, true), None);
    }

    #[test]
    fn an_odd_data_set_is_padded_in_its_last_fragment_alone() {
        let mut fragmenter = Fragmenter::new(context(), limit(16));
        let first = fragmenter.next(13, true).unwrap();
        assert_eq!((first.payload, first.padding), (10, &[][..]));
        let last = fragmenter.next(3, true).unwrap();
        assert_eq!((last.payload, last.padding), (3, &[0][..]));
        assert_eq!(last.header[5], 6 + 4);
    }
}
