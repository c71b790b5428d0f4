//! Bytes of a peer through the decoder. An input: how many lengths, the lengths of the pieces in which the stream
//! arrives, the stream.

use dimse::wire::describe::describe;
use dimse::wire::encode::encode;
use dimse::wire::pdu::Pdu;

use crate::golden::{golden, golden_data};
use crate::script::Script;
use crate::stream::{Came, decode_one, feed};

/// In whatever pieces the stream comes, it is the same; a PDU that can be sent means the same to the one who gets it.
pub fn run(input: &[u8]) {
    let mut script = Script::new(input);
    let lengths = script.counted();
    let stream = script.rest();
    let whole = feed([stream]);
    assert_eq!(feed(pieces(stream, lengths)), whole, "in the pieces of the input");
    assert_eq!(feed(stream.chunks(1)), whole, "a byte at a time");
    for came in &whole.0 {
        if let Came::Pdu(pdu) = came {
            assert!(!describe(pdu).is_empty());
            survives(pdu);
        }
    }
}

/// What the golden tests decode, whole and in pieces.
#[must_use]
pub fn seeds() -> Vec<Vec<u8>> {
    let streams = golden().into_iter().map(|(_, bytes)| bytes).chain([golden_data().1]);
    streams.flat_map(|stream| [[&[0][..], &stream].concat(), [&[3, 1, 6, 7][..], &stream].concat()]).collect()
}

/// `stream` in pieces of these lengths, and what is left in one.
fn pieces<'a>(stream: &'a [u8], lengths: &[u8]) -> Vec<&'a [u8]> {
    let mut left = Script::new(stream);
    let mut pieces: Vec<_> = lengths.iter().map(|length| left.bytes(*length)).collect();
    pieces.push(left.rest());
    pieces
}

fn survives(pdu: &Pdu) {
    let mut bytes = vec![0xFF];
    match encode(pdu, &mut bytes) {
        Ok(()) => assert_eq!(&decode_one(&bytes[1..]), pdu),
        Err(_) => assert_eq!(bytes, [0xFF], "a PDU that is refused leaves nothing behind"),
    }
}
