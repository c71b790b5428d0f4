//! Fragments to messages. An input: what to do, then the fragments that a peer sends, or the messages that we send.

use dimse::dimse::assemble::{Assembler, Fragment, Part, Violation};
use dimse::dimse::command::CommandSet;
use dimse::dimse::decode::decode;
use dimse::dimse::fragment::{FragmentLimit, Fragmenter, encode_message};
use dimse::types::{MaxPduLength, PresentationContextId};

use crate::command;
use crate::script::Script;
use crate::stream::{Came, feed};

/// A message is the same however it was cut, and what we cut is what comes out of it.
pub fn run(input: &[u8]) {
    let mut script = Script::new(input);
    match script.number() % 2 {
        0 => received(script),
        _ => sent(script),
    }
}

/// Every message as a peer may cut it, and as we do.
#[must_use]
pub fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for set in command::seeds() {
        let mut cut = vec![0];
        let pieces: Vec<_> = set.chunks(120).collect();
        for (index, piece) in pieces.iter().enumerate() {
            let last = u8::from(index + 1 == pieces.len());
            cut.extend([COMMAND | (last * LAST), 7, u8::try_from(piece.len()).unwrap()]);
            cut.extend(*piece);
        }
        cut.extend([0, 100, 3, 1, 2, 3, LAST, 0, 0]);
        seeds.push(cut);
        for limit in [8, 40, 255] {
            seeds.push([&[1, limit, 5, 2, 3][..], &[1; 20], &set].concat());
        }
    }
    seeds
}

// ---- what a peer cut ------------------------------------------------------------------------------------------------

/// In the first byte of a PDV: what it is of; the rest is its context.
const COMMAND: u8 = 1;
const LAST: u8 = 2;

/// What came of a message so far, with the slices of its data set joined.
#[derive(Debug, PartialEq, Eq)]
enum Of {
    Command(Box<CommandSet>, PresentationContextId),
    Data(Vec<u8>, bool),
}

/// PDVs, each as flags, the length of its slices, and its counted bytes.
fn received(mut script: Script<'_>) {
    let (mut whole, mut sliced) = (Messages::default(), Messages::default());
    while let Some(flags) = script.byte() {
        let slice = usize::from(script.number()).max(1);
        let value = script.counted();
        let context = PresentationContextId::new(1 | (((flags >> 2) % 2) << 1)).unwrap();
        let (command, last) = (flags & COMMAND != 0, flags & LAST != 0);
        let fragment = |data, end| Fragment { context, command, last, data, end };
        let at_once = whole.push(fragment(value, true));
        let mut in_slices = Ok(());
        let mut rest = value;
        while in_slices.is_ok() {
            let (data, behind) = rest.split_at(slice.min(rest.len()));
            rest = behind;
            in_slices = sliced.push(fragment(data, rest.is_empty()));
            if rest.is_empty() {
                break;
            }
        }
        assert_eq!(in_slices, at_once);
        assert_eq!(sliced.came, whole.came);
        if at_once.is_err() {
            return;
        }
        assert_eq!(sliced.assembler.is_between_messages(), whole.assembler.is_between_messages());
    }
}

#[derive(Default)]
struct Messages {
    assembler: Assembler,
    came: Vec<Of>,
}

impl Messages {
    fn push(&mut self, fragment: Fragment<'_>) -> Result<(), Violation> {
        match self.assembler.push(fragment)? {
            Some(Part::Command { command, context }) => self.came.push(Of::Command(command, context)),
            Some(Part::Data { data, last }) => match self.came.last_mut() {
                Some(Of::Data(whole, ended)) if !*ended => {
                    whole.extend(data);
                    *ended = last;
                }
                Some(Of::Command(command, _)) if command.has_data_set => {
                    self.came.push(Of::Data(data.to_vec(), last))
                }
                other => panic!("a data set behind {other:?}"),
            },
            None => {}
        }
        Ok(())
    }
}

// ---- what we cut ----------------------------------------------------------------------------------------------------

/// The peer's limit, the lengths of the pieces in which the wire brings it, the data set, the command set.
fn sent(mut script: Script<'_>) {
    let announced = MaxPduLength::from_wire(u32::from(script.number()));
    let lengths = [script.number(), script.number(), script.number()];
    let data_set = script.bytes(20);
    let Some(limit) = FragmentLimit::for_peer(announced) else { return };
    let Ok(command) = decode(script.rest()) else { return };
    let context = PresentationContextId::new(5).unwrap();
    let mut stream = Vec::new();
    let mut pdus = encode_message(&command, context, limit, &mut stream);
    if command.has_data_set {
        let mut fragmenter = Fragmenter::new(context, limit);
        let mut rest = data_set;
        while let Some(piece) = fragmenter.next(rest.len(), true) {
            let (payload, behind) = rest.split_at(piece.payload);
            stream.extend([&piece.header[..], payload, piece.padding].concat());
            rest = behind;
            pdus += 1;
        }
        assert!(rest.is_empty() && fragmenter.has_ended());
    }
    let (came, outcome) = feed(cut(&stream, lengths));
    assert_eq!(outcome, Ok(()));
    let mut messages = Messages::default();
    for event in came {
        match event {
            Came::Header(_, length) => {
                assert!(announced.get() == 0 || length <= announced.get());
                pdus -= 1;
            }
            Came::Pdv { command, last, data, complete, .. } => {
                assert!(complete && data.len().is_multiple_of(2));
                messages.push(Fragment { context, command, last, data: &data, end: true }).unwrap();
            }
            Came::PDataEnd => {}
            Came::Pdu(pdu) => panic!("{pdu:?} among fragments"),
        }
    }
    assert_eq!(pdus, 0);
    assert!(messages.assembler.is_between_messages());
    let read = decode(&command::bytes_of(&command)).unwrap();
    let mut expected = vec![Of::Command(Box::new(read), context)];
    if command.has_data_set {
        let mut padded = data_set.to_vec();
        padded.resize(data_set.len().next_multiple_of(2), 0);
        expected.push(Of::Data(padded, true));
    }
    assert_eq!(messages.came, expected);
}

fn cut(stream: &[u8], lengths: [u8; 3]) -> Vec<&[u8]> {
    let mut left = Script::new(stream);
    let mut pieces: Vec<_> = lengths.into_iter().map(|length| left.bytes(length)).collect();
    pieces.push(left.rest());
    pieces
}
