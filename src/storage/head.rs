//! The front of a data set that is coming in, taken to decide by it where the whole goes.

use std::io::IoSlice;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::refusals::refusal;
use crate::dataset::encoding::Encoding;
use crate::dataset::limits::Limits;
use crate::dataset::up_to::{PartEnd, UpTo};
use crate::dimse::status::Status;
use crate::net::data::{Head, Refusal, Sink, Taken};
use crate::types::{Tag, Uid};

/// How much of a data set is wanted before somebody decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Front {
    /// The elements in front of this one.
    pub until: Tag,
    /// At most so many bytes of them, inflated ones where the data set is deflated.
    pub limit: usize,
}

/// How many bytes all fronts of a server may hold together, from their first byte until somebody has decided.
#[derive(Debug)]
pub(crate) struct Fronts {
    limit: u64,
    held: AtomicU64,
}

impl Fronts {
    /// So many bytes.
    pub(crate) fn new(limit: u64) -> Self {
        Self { limit, held: AtomicU64::new(0) }
    }
}

/// What of it one front holds, until this is dropped.
#[derive(Debug)]
struct Held {
    of: Arc<Fronts>,
    bytes: u64,
}

impl Held {
    /// It is so long now; false where that is too much.
    fn grow(&mut self, length: usize) -> bool {
        let bytes = u64::try_from(length).unwrap_or(u64::MAX).max(self.bytes);
        let more = bytes.saturating_sub(self.bytes);
        self.bytes = bytes;
        let before = self.of.held.fetch_add(more, Ordering::Relaxed);
        before.saturating_add(more) <= self.of.limit
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.of.held.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// Takes the front and then stops: the bytes go on from [`Sink::head`] to where they are sent.
pub(crate) struct HeadReader {
    front: UpTo,
    limit: usize,
    /// All that has come, as it came, where that is deflated.
    deflated: Option<Vec<u8>>,
    /// What is wrong with the deflate stream.
    broken: Option<String>,
    is_enough: bool,
    held: Held,
}

impl HeadReader {
    /// Of a data set in `transfer_syntax`.
    pub(crate) fn new(front: Front, transfer_syntax: &Uid, fronts: &Arc<Fronts>) -> Self {
        let encoding = Encoding::of(transfer_syntax);
        let limits = Limits { bytes: front.limit, ..Limits::IDENTIFIER };
        Self {
            front: UpTo::new(encoding, Some(front.until), limits).leaving_out(),
            limit: front.limit,
            deflated: encoding.deflated.then(Vec::new),
            broken: None,
            is_enough: false,
            held: Held { of: fronts.clone(), bytes: 0 },
        }
    }

    fn push(&mut self, bytes: &[u8]) {
        let Some(arrived) = &mut self.deflated else {
            // What is behind the front is kept with it.
            self.is_enough |= !self.front.push(bytes).unwrap_or(false);
            return;
        };
        arrived.extend_from_slice(bytes);
        if self.is_enough {
            return;
        }
        let pushed = self.front.push(bytes);
        // A stream that is over has nothing more in front, and one that inflates to nothing is not followed for ever.
        let is_too_long = arrived.len() > self.limit;
        self.is_enough = is_too_long || self.front.has_ended() || !matches!(pushed, Ok(true));
        self.broken = match pushed {
            Err(broken) => Some(broken.to_string()),
            Ok(true) if is_too_long && !self.front.has_ended() => {
                Some(format!("{} bytes inflate to no more than {}", arrived.len(), self.front.length()))
            }
            Ok(_) => None,
        };
    }

    fn length(&self) -> usize {
        self.front.length().saturating_add(self.deflated.as_ref().map_or(0, Vec::len))
    }
}

impl Sink for HeadReader {
    fn write(&mut self, bytes: &[IoSlice<'_>]) -> Result<Taken, Refusal> {
        for slice in bytes {
            self.push(slice);
        }
        if !self.held.grow(self.length()) {
            let words = "too much of other instances is undecided about";
            tracing::warn!(target: "dimse::storage", "refused an instance: all fronts together would be longer than {} bytes", self.held.of.limit);
            return Err(refusal(Status::OUT_OF_RESOURCES, words));
        }
        Ok(if self.is_enough { Taken::Undecided } else { Taken::Ready })
    }

    fn finish(&mut self) -> Result<Taken, Refusal> {
        Ok(Taken::Undecided)
    }

    fn keep(self: Box<Self>) -> Result<(), Refusal> {
        // Nobody has decided: it is the driver that never comes here.
        Err(refusal(Status::PROCESSING_FAILURE, "nobody has decided"))
    }

    fn bytes(&self) -> u64 {
        let arrived = self.deflated.as_ref().map_or_else(|| self.front.length(), Vec::len);
        u64::try_from(arrived).unwrap_or(u64::MAX)
    }

    fn head(self: Box<Self>) -> Head {
        let (bytes, length, end) = self.front.into_bytes();
        let end = self.broken.map_or(end, |words| PartEnd::Lost(None, words));
        let (arrived, inflated) = match self.deflated {
            Some(arrived) => (arrived, Some(bytes)),
            None => (bytes, None),
        };
        Head { arrived, inflated, length, end, held: Some(Arc::new(self.held)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::deflate::deflate;
    use crate::wire::uids;

    const PIXELS: Tag = Tag::new(0x7FE0, 0x0010);
    const FRONT: &[u8] = b"\x08\0\x60\0CS\x02\0CT\x10\0\x10\0PN\x04\0A^B ";
    const SEQUENCE: &[u8] = b"\x08\0\x15\x11SQ\0\0\xFF\xFF\xFF\xFF\xFE\xFF\0\xE0\xFF\xFF\xFF\xFF\x08\0\x50\x11UI\x04\x001.2\0\xFE\xFF\x0D\xE0\0\0\0\0\xFE\xFF\xDD\xE0\0\0\0\0";
    const VALUE: &[u8] = b"\xE0\x7F\x10\0OW\0\0\x20\x00\0\0";

    /// The head, and what is behind it, of a data set that comes in pieces of `size` bytes.
    fn head(front: Front, syntax: &Uid, data_set: &[u8], size: usize) -> (Head, usize) {
        let mut reader = HeadReader::new(front, syntax, &Arc::new(Fronts::new(1 << 30)));
        let mut taken = 0;
        let mut state = Taken::Ready;
        for piece in data_set.chunks(size) {
            state = reader.write(&[IoSlice::new(piece)]).unwrap();
            taken += piece.len();
            if state == Taken::Undecided {
                break;
            }
        }
        if state == Taken::Ready {
            state = reader.finish().unwrap();
        }
        assert_eq!(state, Taken::Undecided);
        (Box::new(reader).head(), taken)
    }

    #[test]
    fn the_front_is_the_same_however_it_is_split_and_no_byte_is_lost() {
        let plain = [FRONT, SEQUENCE, VALUE, &[7; 32]].concat();
        // In the order of their tags.
        let plain = [&plain[..10], SEQUENCE, &FRONT[10..], &plain[plain.len() - 44..]].concat();
        let wanted = plain.len() - 44;
        for deflated in [false, true] {
            let (bytes, syntax) = if deflated {
                (deflate(&plain), uids::DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN)
            } else {
                (plain.clone(), uids::EXPLICIT_VR_LITTLE_ENDIAN)
            };
            for size in 1..=bytes.len() {
                let (head, taken) = head(Front { until: PIXELS, limit: 1000 }, &syntax, &bytes, size);
                assert_eq!(head.elements(), &plain[..wanted], "{deflated} {size}");
                assert_eq!(head.arrived, bytes[..taken], "{deflated} {size}");
            }
        }
    }

    #[test]
    fn elements_that_do_not_fit_into_the_limit_are_left_out_whole() {
        let syntax = uids::EXPLICIT_VR_LITTLE_ENDIAN;
        let data_set = [&FRONT[..10], SEQUENCE, &FRONT[10..], VALUE, &[7; 32]].concat();
        let ends = [0, 10, 10 + SEQUENCE.len(), 10 + SEQUENCE.len() + 12];
        for limit in 0..data_set.len() {
            for size in [1, 7, data_set.len()] {
                let (head, taken) = head(Front { until: PIXELS, limit }, &syntax, &data_set, size);
                assert!(ends.contains(&head.length), "{limit}: {}", head.length);
                assert!(
                    head.length <= limit && taken <= limit + 12 + size,
                    "{limit}: {} {taken}",
                    head.length
                );
            }
        }
        let (all, _) = head(Front { until: PIXELS, limit: 1000 }, &syntax, &data_set, 7);
        assert_eq!(all.length, ends[3]);
    }

    #[test]
    fn a_data_set_without_the_tag_is_in_front_whole() {
        let syntax = uids::EXPLICIT_VR_LITTLE_ENDIAN;
        for (data_set, length) in [
            (&b""[..], 0),
            (FRONT, FRONT.len()),
            (&FRONT[..20], 10),
            (&FRONT[..13], 10),
            (b"\xFE\xFF\0\xE0\0\0\0\0", 0),
        ] {
            let (head, taken) = head(Front { until: PIXELS, limit: 1000 }, &syntax, data_set, 3);
            assert_eq!((head.length, taken), (length, data_set.len()), "{data_set:?}");
        }
    }

    /// One that is over before it has brought the front, and empty blocks without end.
    #[test]
    fn a_stream_that_inflates_to_nothing_is_not_taken_for_ever() {
        let syntax = uids::DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN;
        let over = [deflate(&FRONT[..10]), vec![0xAA; 100_000]].concat();
        let (head, taken) = head(Front { until: PIXELS, limit: 1000 }, &syntax, &over, 10);
        assert!(taken <= 30 && head.length == 10, "{taken} {}", head.length);
        let empty = b"\0\0\0\xFF\xFF".repeat(100_000);
        let (head, taken) = super::tests::head(Front { until: PIXELS, limit: 1000 }, &syntax, &empty, 10);
        assert!(taken <= 1010 && head.length == 0, "{taken} {}", head.length);
    }

    #[test]
    fn what_follows_the_front_is_known() {
        let syntax = uids::EXPLICIT_VR_LITTLE_ENDIAN;
        let data_set = [FRONT, VALUE, &[7; 32]].concat();
        for (limit, next) in
            [(1000, Some(PIXELS)), (17, Some(Tag::new(0x0010, 0x0010))), (5, Some(Tag::new(0x0008, 0x0060)))]
        {
            let (head, _) = head(Front { until: PIXELS, limit }, &syntax, &data_set, 1);
            assert_eq!(head.end.next(), next, "{limit}");
        }
        let (all, _) = head(Front { until: PIXELS, limit: 1000 }, &syntax, FRONT, 1);
        assert_eq!(all.end, PartEnd::All);
    }

    #[test]
    fn a_deflate_bomb_is_inflated_to_the_limit_and_one_step() {
        let bomb = deflate(&[&FRONT[..10], b"\x10\0\x10\0UN\0\0\0\0\0\x10", &vec![0; 16 << 20]].concat());
        let syntax = uids::DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN;
        let (head, _) = head(Front { until: PIXELS, limit: 1 << 20 }, &syntax, &bomb, bomb.len());
        assert_eq!(head.length, 10);
        assert!(head.inflated.unwrap().len() <= (1 << 20) + (64 << 10));
        // A stream that is none.
        let (head, _) = super::tests::head(Front { until: PIXELS, limit: 100 }, &syntax, &[0xFF; 50], 50);
        assert_eq!((head.length, head.arrived.len()), (0, 50));
    }

    /// Nobody may take a front that is not understood for an empty one.
    #[test]
    fn what_cannot_be_understood_is_told_from_what_is_not_there() {
        let explicit = uids::EXPLICIT_VR_LITTLE_ENDIAN;
        let implicit = uids::IMPLICIT_VR_LITTLE_ENDIAN;
        let deflated = uids::DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN;
        let name = Tag::new(0x0010, 0x0010);
        let modality = Tag::new(0x0008, 0x0060);
        let long = [FRONT, &[0x41; 1000]].concat();
        let other = "the elements are not written as the transfer syntax says";
        let lost = |tag, words: &str| PartEnd::Lost(tag, words.to_owned());
        for (syntax, data_set, length, end) in [
            (&explicit, FRONT.to_vec(), 22, PartEnd::All),
            (&explicit, [FRONT, VALUE].concat(), 22, PartEnd::Reached(PIXELS)),
            (
                &explicit,
                [FRONT, b"\x20\0\x10\0SH\xF0\0"].concat(),
                22,
                PartEnd::TooLong(Tag::new(0x20, 0x10)),
            ),
            (&explicit, b"\x08\0\x60\0\x02\0\0\0CT".to_vec(), 0, lost(None, other)),
            (&implicit, [FRONT, VALUE, &[0; 32]].concat(), 0, lost(None, other)),
            (&deflated, FRONT.to_vec(), 0, lost(None, "the deflate stream is broken at byte 0")),
            (
                &deflated,
                deflate(FRONT)[..15].to_vec(),
                10,
                lost(None, "the data set ends in the middle of an element"),
            ),
            (&deflated, Vec::new(), 0, lost(None, "the deflate stream is cut off")),
            (
                &explicit,
                [&FRONT[..10], b"\x10\0\x10\0\x01\x02\x03\0ABC", VALUE].concat(),
                10,
                lost(Some(name), "the data set is malformed: (0010,0010) has a VR that does not exist"),
            ),
            (
                &explicit,
                [&FRONT[..10], b"\x10\0\x10\0\x01\x02\x03\x04ABC"].concat(),
                10,
                lost(Some(name), "the data set is malformed: (0010,0010) has a VR that does not exist"),
            ),
            (
                &explicit,
                FRONT[..20].to_vec(),
                10,
                lost(Some(name), "the data set ends in the middle of (0010,0010)"),
            ),
            (
                &explicit,
                FRONT[..13].to_vec(),
                10,
                lost(None, "the data set ends in the middle of an element"),
            ),
            (
                &explicit,
                [&FRONT[..10], b"\xFE\xFF\0\xE0\0\0\0\0", &FRONT[10..]].concat(),
                0,
                lost(Some(modality), "the data set is malformed: (FFFE,E000) outside of a sequence"),
            ),
            (
                &deflated,
                deflate(&long),
                22,
                lost(
                    Some(Tag::new(0x4141, 0x4141)),
                    "the data set is malformed: (4141,4141) has a VR that does not exist",
                ),
            ),
        ] {
            let (head, _) =
                head(Front { until: PIXELS, limit: 200 }, syntax, &data_set, data_set.len().max(1));
            assert_eq!((&head.end, head.length), (&end, length), "{}", data_set.escape_ascii());
        }
    }

    #[test]
    fn what_all_fronts_hold_together_is_bounded_until_they_are_decided_about() {
        let syntax = uids::EXPLICIT_VR_LITTLE_ENDIAN;
        let fronts = Arc::new(Fronts::new(100));
        let front = Front { until: PIXELS, limit: 1000 };
        let mut first = HeadReader::new(front, &syntax, &fronts);
        let mut second = HeadReader::new(front, &syntax, &fronts);
        for _ in 0..5 {
            let one = b"\x09\0\x10\x10SH\x02\0AB";
            assert_eq!(first.write(&[IoSlice::new(one)]).unwrap(), Taken::Ready);
            assert_eq!(second.write(&[IoSlice::new(one)]).unwrap(), Taken::Ready);
        }
        let refusal = first.write(&[IoSlice::new(b"\x10")]).unwrap_err();
        assert_eq!((refusal.status, refusal.by_caller), (Status::OUT_OF_RESOURCES, false));
        drop(first);
        assert_eq!(second.write(&[IoSlice::new(VALUE)]).unwrap(), Taken::Undecided);
        let head = Box::new(second).head();
        assert_eq!(fronts.held.load(Ordering::Relaxed), 62);
        drop(head);
        assert_eq!(fronts.held.load(Ordering::Relaxed), 0);
        // Inflated bytes count, and a bomb is let go of.
        let bomb = deflate(&[&FRONT[..10], b"\x10\0\x10\0UN\0\0\0\x02\0\0", &[0; 512]].concat());
        let mut bomb_reader = HeadReader::new(front, &uids::DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN, &fronts);
        assert_eq!(bomb_reader.write(&[IoSlice::new(&bomb)]).unwrap_err().status, Status::OUT_OF_RESOURCES);
        drop(bomb_reader);
        assert_eq!(fronts.held.load(Ordering::Relaxed), 0);
    }
}
