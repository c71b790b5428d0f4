//! The front of a data set that is coming in, taken to decide by it where the whole goes.

use std::io::IoSlice;
use std::ops::ControlFlow;

use super::refusals::refusal;
use crate::dataset::deflate::Inflater;
use crate::dataset::encoding::Encoding;
use crate::dataset::scan::{ElementHeader, End, Scanner, Visitor, Wish};
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

/// Takes the front and then stops: the bytes go on from [`Sink::head`] to where they are sent.
///
/// A data set that is not encoded as its transfer syntax says has as much of a front as can be understood.
pub(crate) struct HeadReader {
    arrived: Vec<u8>,
    inflating: Option<(Inflater, Vec<u8>)>,
    follower: Follower,
}

impl HeadReader {
    /// Of a data set in `transfer_syntax`.
    pub(crate) fn new(front: Front, transfer_syntax: &Uid) -> Self {
        let encoding = Encoding::of(transfer_syntax);
        Self {
            arrived: Vec::new(),
            inflating: encoding.deflated.then(|| (Inflater::default(), Vec::new())),
            follower: Follower {
                scanner: Scanner::new(encoding.elements),
                passed: 0,
                whole: Whole { front, last: None, end: None },
            },
        }
    }

    /// Told whether that is enough.
    fn push(&mut self, bytes: &[u8]) -> bool {
        self.arrived.extend_from_slice(bytes);
        let follower = &mut self.follower;
        match &mut self.inflating {
            None => follower.push(bytes),
            Some((stream, front)) => {
                let mut enough = false;
                let pushed = stream.push(bytes, |step| {
                    front.extend_from_slice(step);
                    enough = follower.push(step);
                    Ok(!enough)
                });
                // A stream that is broken or over has nothing more in front, and one that inflates to nothing is not
                // followed for ever.
                let is_too_long = self.arrived.len() > self.follower.whole.front.limit;
                enough || pushed.is_err() || stream.has_ended() || is_too_long
            }
        }
    }
}

impl Sink for HeadReader {
    fn write(&mut self, bytes: &[IoSlice<'_>]) -> Result<Taken, Refusal> {
        let mut enough = self.follower.is_enough();
        for slice in bytes {
            enough = if enough {
                self.arrived.extend_from_slice(slice);
                true
            } else {
                self.push(slice)
            };
        }
        Ok(if enough { Taken::Undecided } else { Taken::Ready })
    }

    fn finish(&mut self) -> Result<Taken, Refusal> {
        Ok(Taken::Undecided)
    }

    fn keep(self: Box<Self>) -> Result<(), Refusal> {
        // Nobody has decided: it is the driver that never comes here.
        Err(refusal(Status::PROCESSING_FAILURE, "nobody has decided"))
    }

    fn bytes(&self) -> u64 {
        u64::try_from(self.arrived.len()).unwrap_or(u64::MAX)
    }

    fn head(self: Box<Self>) -> Head {
        let (length, next) = self.follower.end();
        let inflated = self.inflating.map(|(_, inflated)| inflated);
        Head { arrived: self.arrived, inflated, length, next }
    }
}

/// Follows the elements as far as they are wanted.
struct Follower {
    scanner: Scanner,
    passed: usize,
    whole: Whole,
}

/// How far the front goes.
struct Whole {
    front: Front,
    /// The last element, and where it begins.
    last: Option<(Tag, u64)>,
    /// The first element that is not in front, and where it begins, once that is known.
    end: Option<(Tag, u64)>,
}

impl Follower {
    /// Told whether that is enough.
    fn push(&mut self, bytes: &[u8]) -> bool {
        self.scanner.push(bytes, &mut self.whole);
        self.passed = self.passed.saturating_add(bytes.len());
        self.is_enough()
    }

    fn is_enough(&self) -> bool {
        let limit = self.whole.front.limit;
        let is_beyond = match self.scanner.end() {
            // What follows the front must be known, and its header is soon there.
            End::InsideHeader { present } => self.passed.saturating_sub(present) > limit,
            _ => self.passed > limit,
        };
        self.scanner.is_done() || is_beyond
    }

    /// How long the elements in front are, and what element follows them, where that is known.
    fn end(&self) -> (usize, Option<Tag>) {
        let next = match (self.whole.end, self.scanner.end()) {
            (Some(end), _) => Some(end),
            (None, End::Whole) if self.passed <= self.whole.front.limit => return (self.passed, None),
            // The data set is cut off there.
            (None, End::InsideHeader { present })
                if self.passed.saturating_sub(present) <= self.whole.front.limit =>
            {
                return (self.passed.saturating_sub(present), None);
            }
            (None, _) => self.whole.last,
        };
        next.map_or((0, None), |(tag, offset)| (usize::try_from(offset).unwrap_or(usize::MAX), Some(tag)))
    }
}

impl Visitor for Whole {
    fn element(&mut self, header: &ElementHeader) -> Wish {
        let limit = u64::try_from(self.front.limit).unwrap_or(u64::MAX);
        if header.offset > limit {
            // A sequence of undefined length says where it ends only there.
            self.end = self.last;
            return Wish::Stop;
        }
        self.last = Some((header.tag, header.offset));
        let ends_at = header.offset.saturating_add(header.length.map_or(0, u64::from));
        if header.tag >= self.front.until || ends_at > limit {
            self.end = self.last;
            return Wish::Stop;
        }
        Wish::Skip
    }

    fn value(&mut self, _: &ElementHeader, _: &[u8]) -> ControlFlow<()> {
        ControlFlow::Continue(())
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
        let mut reader = HeadReader::new(front, syntax);
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
            assert_eq!(head.next, next, "{limit}");
        }
        let (all, _) = head(Front { until: PIXELS, limit: 1000 }, &syntax, FRONT, 1);
        assert_eq!(all.next, None);
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
}
