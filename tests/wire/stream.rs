//! What a decoder makes of a stream, whatever the pieces it arrives in.

use dimse::wire::decode::{Decoder, Event, Malformed};
use dimse::wire::pdu::{Pdu, PduType};

/// An event without borrows, the slices of a PDV joined: the same for every way to cut the stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Came {
    Header(PduType, u32),
    Pdu(Pdu),
    Pdv { context: u8, command: bool, last: bool, data: Vec<u8>, complete: bool },
    PDataEnd,
}

/// Gives `pieces` to one decoder as a driver does; stops at the first error.
pub(crate) fn feed<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> (Vec<Came>, Result<(), Malformed>) {
    let mut decoder = Decoder::new();
    let mut came = Vec::new();
    for piece in pieces {
        let mut rest = piece;
        loop {
            let (consumed, outcome) = decoder.decode(rest);
            rest = &rest[consumed..];
            match outcome {
                Ok(Some(event)) => note(&mut came, event),
                Ok(None) => {
                    assert!(rest.is_empty(), "more is wanted while {} bytes are left", rest.len());
                    break;
                }
                Err(malformed) => {
                    assert!(rest.is_empty(), "an error leaves {} bytes", rest.len());
                    assert!(decoder.is_discarding());
                    assert_eq!(decoder.decode(&[1, 2, 3]), (3, Ok(None)), "after an error all is discarded");
                    return (came, Err(malformed));
                }
            }
        }
    }
    (came, Ok(()))
}

fn note(came: &mut Vec<Came>, event: Event<'_>) {
    match event {
        Event::Header { pdu_type, length } => came.push(Came::Header(pdu_type, length)),
        Event::Pdu(pdu) => came.push(Came::Pdu(pdu)),
        Event::PDataEnd => came.push(Came::PDataEnd),
        Event::Pdv { context, command, last, data, start, end } => {
            assert!(!data.is_empty() || (start && end), "an empty slice that is not an empty PDV");
            if start {
                let (context, data) = (context.get(), data.to_vec());
                came.push(Came::Pdv { context, command, last, data, complete: end });
                return;
            }
            let Some(Came::Pdv { context: c, command: m, last: l, data: whole, complete }) = came.last_mut()
            else {
                panic!("a PDV goes on that has not started");
            };
            assert_eq!((*c, *m, *l, *complete), (context.get(), command, last, false));
            whole.extend(data);
            *complete = end;
        }
    }
}

/// The one PDU that `bytes` hold.
pub(crate) fn decode_one(bytes: &[u8]) -> Pdu {
    match feed([bytes]) {
        (came, Ok(())) => match came.as_slice() {
            [Came::Header(pdu_type, length), Came::Pdu(pdu)] => {
                assert_eq!(*pdu_type, pdu.pdu_type());
                assert_eq!(usize::try_from(*length).unwrap() + 6, bytes.len());
                pdu.clone()
            }
            other => panic!("not one PDU: {other:?}"),
        },
        (came, Err(malformed)) => panic!("{malformed}, after {came:?}"),
    }
}
