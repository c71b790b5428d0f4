//! A deflated instance that gets another front while it comes in: it is inflated, and deflated again behind that.

use std::io::IoSlice;
use std::sync::Arc;

use super::refusals::refusal;
use crate::dataset::convert::{Converter, NotConvertible};
use crate::dimse::status::Status;
use crate::net::data::{Attached, Head, Paths, Refusal, Sink, Taken};

/// Whatever sink it goes to. It is inflated as far as the sink takes it: what is held is what came before somebody had
/// decided, and what of one read comes while the sink is full, both as they came.
pub(crate) struct Refronted {
    converter: Converter,
    output: Box<[u8]>,
    sink: Box<dyn Sink>,
    is_full: bool,
    /// What has come, and was not taken: from here on.
    left: Vec<u8>,
    left_from: usize,
    has_ended: bool,
}

/// How much is deflated before the sink gets it.
const STEP: usize = 64 * 1024;

impl Refronted {
    /// The instance of which `head` has come, with `front` in the place of the elements in that, on its way to `sink`.
    pub(crate) fn new(front: Vec<u8>, head: &Head, sink: Box<dyn Sink>) -> Self {
        let length = u64::try_from(head.length).unwrap_or(u64::MAX);
        Self {
            converter: Converter::with_other_front(front, length),
            output: vec![0; STEP].into(),
            sink,
            is_full: false,
            left: head.arrived.clone(),
            left_from: 0,
            has_ended: false,
        }
    }

    /// The sink goes on where it was called on.
    fn look_at_sink(&mut self) -> Result<(), Refusal> {
        if self.is_full {
            self.is_full = self.sink.write(&[])? == Taken::Full;
        }
        Ok(())
    }

    /// Passes on what was left and then `slices`, up to where the sink is full; `last` says that nothing comes behind.
    fn pass(&mut self, slices: &[IoSlice<'_>], last: bool) -> Result<Taken, Refusal> {
        let left = std::mem::take(&mut self.left);
        self.left_from += self.step(left.get(self.left_from..).unwrap_or_default(), last)?;
        if self.left_from < left.len() {
            self.left = left;
        } else {
            self.left_from = 0;
        }
        for bytes in slices {
            let read = if self.left.is_empty() { self.step(bytes, last)? } else { 0 };
            self.left.extend_from_slice(bytes.get(read..).unwrap_or_default());
        }
        Ok(if self.is_full { Taken::Full } else { Taken::Ready })
    }

    /// Told how much was read.
    fn step(&mut self, bytes: &[u8], last: bool) -> Result<usize, Refusal> {
        let mut read = 0;
        while !self.is_full && !self.has_ended {
            let rest = bytes.get(read..).unwrap_or_default();
            let step = self.converter.convert(rest, last, &mut self.output).map_err(|why| refused(&why))?;
            read += step.read;
            self.has_ended = step.end;
            if step.written > 0 {
                let deflated = self.output.get(..step.written).unwrap_or_default();
                self.is_full = self.sink.write(&[IoSlice::new(deflated)])? == Taken::Full;
            } else if step.read == 0 {
                break;
            }
        }
        Ok(read)
    }
}

impl Sink for Refronted {
    fn write(&mut self, bytes: &[IoSlice<'_>]) -> Result<Taken, Refusal> {
        self.look_at_sink()?;
        self.pass(bytes, false)
    }

    fn finish(&mut self) -> Result<Taken, Refusal> {
        self.look_at_sink()?;
        match self.pass(&[], true)? {
            Taken::Ready => self.sink.finish(),
            taken => Ok(taken),
        }
    }

    fn keep(self: Box<Self>) -> Result<(), Refusal> {
        self.sink.keep()
    }

    fn paths(&self) -> Option<Paths> {
        self.sink.paths()
    }

    fn data(&self) -> Option<Arc<Vec<u8>>> {
        self.sink.data()
    }

    fn attached(&self) -> Option<Attached> {
        self.sink.attached()
    }

    fn bytes(&self) -> u64 {
        self.sink.bytes()
    }
}

/// One that is passed on as it comes need not be a stream.
fn refused(why: &NotConvertible) -> Refusal {
    tracing::warn!(target: "dimse::storage", "refused an instance that gets another front: {why}");
    refusal(Status::UNABLE_TO_PROCESS, &why.to_string())
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::dataset::deflate::{deflate, inflate};
    use crate::net::data::Taken::{Full, Ready};
    use crate::runtime::lock::lock;

    const FRONT: &[u8] = b"\x10\0\x10\0PN\x04\0A^B ";
    const OTHER: &[u8] = b"\x08\0\x60\0CS\x02\0CT\x10\0\x10\0PN\x06\0C^DEF ";

    /// Says of every call what is next; keeps what it gets for the test.
    #[derive(Clone, Default)]
    struct Inner {
        bytes: Arc<Mutex<Vec<u8>>>,
        /// It is full behind every piece, and called on by the next call.
        holds: bool,
        is_full: bool,
    }

    impl Sink for Inner {
        fn write(&mut self, bytes: &[IoSlice<'_>]) -> Result<Taken, Refusal> {
            assert!(!self.is_full || bytes.is_empty(), "it is full");
            self.is_full = self.holds && !bytes.is_empty();
            for bytes in bytes {
                lock(&self.bytes).extend_from_slice(bytes);
            }
            Ok(if self.is_full { Full } else { Ready })
        }

        fn finish(&mut self) -> Result<Taken, Refusal> {
            assert!(!self.is_full);
            Ok(Ready)
        }

        fn bytes(&self) -> u64 {
            u64::try_from(lock(&self.bytes).len()).unwrap()
        }

        fn keep(self: Box<Self>) -> Result<(), Refusal> {
            Ok(())
        }
    }

    /// Of pixels of which deflate makes nothing shorter.
    fn data_set(front: &[u8], pixels: u32) -> Vec<u8> {
        let next = |state: &u32| Some(state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223));
        let noise = std::iter::successors(Some(1), next).map(|state| state.to_be_bytes()[0]);
        let length = usize::try_from(pixels).unwrap();
        let header = [front, b"\xE0\x7F\x10\0OW\0\0", &pixels.to_le_bytes()].concat();
        header.into_iter().chain(noise.take(length)).collect()
    }

    /// What of `deflated` comes out when its first `arrived` bytes had come, and the rest comes in pieces of `size`; how
    /// often the sink was full; and the most that was held.
    fn refronted(
        deflated: &[u8],
        arrived: usize,
        size: usize,
        holds: bool,
    ) -> Result<(Vec<u8>, usize, usize), Refusal> {
        let inner = Inner { holds, ..Inner::default() };
        let (arrived, rest) = deflated.split_at(arrived.min(deflated.len()));
        let front = Head { arrived: arrived.to_vec(), length: FRONT.len(), ..Head::default() };
        let mut sink = Refronted::new(OTHER.to_vec(), &front, Box::new(inner.clone()));
        let (mut full, mut held) = (0, 0);
        let mut taken = sink.write(&[])?;
        for bytes in rest.chunks(size) {
            while taken == Full {
                full += 1;
                held = held.max(sink.left.len());
                taken = sink.write(&[])?;
            }
            let (one, other) = bytes.split_at(bytes.len() / 2);
            taken = sink.write(&[IoSlice::new(one), IoSlice::new(other)])?;
        }
        while sink.finish()? == Full {
            full += 1;
            held = held.max(sink.left.len());
        }
        Box::new(sink).keep()?;
        let bytes = lock(&inner.bytes).clone();
        Ok((bytes, full, held))
    }

    #[test]
    fn the_rest_is_the_same_however_it_comes_and_however_it_is_taken() {
        for pixels in [0, 10, 300_000] {
            let deflated = deflate(&data_set(FRONT, pixels));
            let expected = data_set(OTHER, pixels);
            for (arrived, size) in [(0, 1 << 20), (10, 1000), (200, 70_000), (1 << 20, 1)] {
                for holds in [false, true] {
                    let (bytes, full, held) = refronted(&deflated, arrived, size, holds).unwrap();
                    assert_eq!(bytes.len() % 2, 0);
                    assert!(inflate(&bytes, 1 << 20).unwrap() == expected, "{pixels} {arrived} {size}");
                    assert_eq!(full > 0, holds);
                    assert!(held <= arrived.min(deflated.len()) + size, "{held}");
                }
            }
        }
    }

    /// 64 MiB of zeros are inflated as far as a full sink lets them, and nothing of them is held.
    #[test]
    fn a_bomb_waits_for_the_sink() {
        let zeros = 64 << 20;
        let bomb = deflate(&[data_set(FRONT, 0), vec![0; zeros]].concat());
        let (bytes, full, held) = refronted(&bomb, 0, bomb.len(), true).unwrap();
        assert!(full > 0 && held <= bomb.len(), "{full} {held}");
        assert!(inflate(&bytes, 65 << 20).unwrap().len() == data_set(OTHER, 0).len() + zeros);
    }

    #[test]
    fn what_is_no_stream_is_refused_with_the_reason() {
        let deflated = deflate(&data_set(FRONT, 1000));
        for (bytes, words) in [
            (&deflated[..500], "the deflate stream is cut off"),
            (&[0xFF; 50], "the deflate stream is broken"),
            (&[&deflated[..], &[7; 50]].concat(), "there are bytes behind the end of the deflate stream"),
        ] {
            for size in [7, 1000] {
                let refusal = refronted(bytes, 20, size, false).unwrap_err();
                assert_eq!((refusal.status, refusal.comment.as_str()), (Status::UNABLE_TO_PROCESS, words));
            }
        }
    }
}
