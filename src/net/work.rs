//! What an association has to do that may block on files or on the caller's code: it is taken from the driver, done
//! with nothing held and where no other association waits for it (`net/hot.rs`, `net/cold.rs`), and brought back.

use std::io::IoSlice;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::buffers::Buffer;
use super::data::{Head, Outgoing, Refusal, Shortfall, Sink, Taken};
use super::exchange::Exchange;
use super::facts::Facts;
use super::operation::{Operation, Outcome};
use crate::runtime::panics::words;

/// Something to do.
pub(crate) enum Work {
    /// Ready the next request of an operation: open its file, say.
    Prepare { operation: Arc<Operation>, exchange: Box<dyn Exchange>, facts: Arc<Facts> },
    /// Read the next bytes of the data set that is going out.
    Feed(Outgoing),
    /// Give the next bytes of the data set that is coming in to its sink.
    Take { sink: Box<dyn Sink>, bytes: Scattered, then: Then },
    /// A handler has decided about an instance.
    Settle { ticket: u64, sink: Box<dyn Sink>, keep: bool },
}

/// What follows once the bytes are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Then {
    /// More bytes come.
    More,
    /// They were the last, and a handler decides what becomes of them.
    Finish,
    /// They were the last, and they are kept.
    Keep,
}

/// Bytes of a data set as they lie in what was read, between the headers of their fragments.
#[derive(Debug)]
pub(crate) struct Scattered {
    pub(crate) buffer: Buffer,
    pub(crate) ranges: Vec<Range<usize>>,
    /// The connection may have more behind what was read.
    pub(crate) more: bool,
}

/// What was done.
pub(crate) enum Worked {
    /// The exchange, and its outcome where it has nothing left to send.
    Prepared {
        operation: Arc<Operation>,
        exchange: Box<dyn Exchange>,
        outcome: Option<Outcome>,
    },
    Fed(Outgoing, Result<(), Shortfall>),
    /// How far the data set is; the ranges come back for the next read.
    Taken {
        stage: Result<Stage, Refusal>,
        ranges: Vec<Range<usize>>,
    },
    Settled {
        ticket: u64,
        result: Result<(), Refusal>,
    },
    /// It panicked: what it was about is lost.
    Broken(String),
}

/// How far a data set is on its way into its sink.
pub(crate) enum Stage {
    /// The sink takes more.
    Ready(Box<dyn Sink>),
    /// It takes no more before it is called on.
    Full(Box<dyn Sink>),
    /// Somebody decides where it goes.
    Undecided(Head),
    /// All of it is there, and a handler decides what becomes of it.
    Finished(Box<dyn Sink>),
    /// It was kept.
    Kept,
}

impl Work {
    /// Does it.
    pub(crate) fn run(self) -> Worked {
        catch_unwind(AssertUnwindSafe(|| self.attempt()))
            .unwrap_or_else(|payload| Worked::Broken(words(payload.as_ref()).to_owned()))
    }

    /// Whether the connection is to be looked at without waiting for it: there may be more on it, or a peer that takes
    /// all that it is fed would not be heard before the end.
    pub(crate) fn leaves_more(&self) -> bool {
        match self {
            Self::Take { bytes, .. } => bytes.more,
            Self::Feed(_) => true,
            Self::Prepare { .. } | Self::Settle { .. } => false,
        }
    }

    fn attempt(self) -> Worked {
        match self {
            Self::Prepare { operation, mut exchange, facts } => {
                let outcome = exchange.prepare(&facts, &mut |event| operation.emit(event));
                Worked::Prepared { operation, exchange, outcome }
            }
            Self::Feed(mut outgoing) => {
                let result = outgoing.feed();
                Worked::Fed(outgoing, result)
            }
            Self::Take { sink, bytes, then } => {
                let Scattered { buffer, mut ranges, .. } = bytes;
                let stage = take(sink, &buffer, &ranges, then);
                ranges.clear();
                Worked::Taken { stage, ranges }
            }
            Self::Settle { ticket, sink, keep } => {
                let result = if keep { sink.keep() } else { Ok(()) };
                Worked::Settled { ticket, result }
            }
        }
    }
}

/// As many slices as are handed to a sink at once.
const SLICES: usize = 64;

fn take(
    mut sink: Box<dyn Sink>,
    buffer: &[u8],
    ranges: &[Range<usize>],
    then: Then,
) -> Result<Stage, Refusal> {
    let mut taken = Taken::Ready;
    if ranges.is_empty() && then == Then::More {
        // A sink that was chosen just now has what came before to take.
        taken = sink.write(&[])?;
    }
    for ranges in ranges.chunks(SLICES) {
        let mut slices = [IoSlice::new(&[]); SLICES];
        for (slice, range) in slices.iter_mut().zip(ranges) {
            *slice = IoSlice::new(buffer.get(range.clone()).unwrap_or_default());
        }
        taken = sink.write(slices.get(..ranges.len()).unwrap_or_default())?;
    }
    if taken == Taken::Ready && then != Then::More {
        taken = sink.finish()?;
    }
    match (taken, then) {
        (Taken::Full, _) => Ok(Stage::Full(sink)),
        (Taken::Undecided, _) => Ok(Stage::Undecided(sink.head())),
        (Taken::Ready, Then::More) => Ok(Stage::Ready(sink)),
        (Taken::Ready, Then::Finish) => Ok(Stage::Finished(sink)),
        (Taken::Ready, Then::Keep) => {
            sink.keep()?;
            Ok(Stage::Kept)
        }
    }
}
