//! Messages from fragments: however they are split they are whole, and what belongs to no message is a violation.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use dimse::dimse::assemble::{Assembler, Fragment, Part, Violation};
use dimse::dimse::command::{CommandSet, Priority};
use dimse::dimse::decode::{MAX_LENGTH, Malformed};
use dimse::dimse::element::Element;
use dimse::dimse::encode::encode;
use dimse::error::Cause;
use dimse::types::{PresentationContextId, Uid};

fn context(id: u8) -> PresentationContextId {
    PresentationContextId::new(id).unwrap()
}

fn store() -> CommandSet {
    CommandSet::c_store_rq(1, Uid::from_static("1.2.3"), Uid::from_static("1.2.3.4"), Priority::Medium)
}

fn bytes_of(command: &CommandSet) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode(command, &mut bytes);
    bytes
}

/// A whole PDV on context 1.
fn command(data: &[u8], last: bool) -> Fragment<'_> {
    Fragment { context: context(1), command: true, last, data, end: true }
}

fn data(data: &[u8], last: bool) -> Fragment<'_> {
    Fragment { context: context(1), command: false, last, data, end: true }
}

/// A slice of a PDV whose end is still to come.
fn unfinished(fragment: Fragment<'_>) -> Fragment<'_> {
    Fragment { end: false, ..fragment }
}

fn on(id: u8, fragment: Fragment<'_>) -> Fragment<'_> {
    Fragment { context: context(id), ..fragment }
}

fn whole(command: CommandSet) -> Part<'static> {
    Part::Command { command: Box::new(command), context: context(1) }
}

/// An assembler that waits for the data set of a C-STORE-RQ.
fn waiting_for_data() -> Assembler {
    let mut assembler = Assembler::new();
    assert_eq!(assembler.push(command(&bytes_of(&store()), true)), Ok(Some(whole(store()))));
    assembler
}

#[test]
fn a_command_without_a_data_set_is_a_message() {
    let mut assembler = Assembler::new();
    let echo = CommandSet::c_echo_rq(1);
    for _ in 0..3 {
        assert_eq!(assembler.push(command(&bytes_of(&echo), true)), Ok(Some(whole(echo.clone()))));
        assert!(assembler.is_between_messages());
    }
}

#[test]
fn a_data_set_passes_through_as_it_arrives() {
    let mut assembler = waiting_for_data();
    assert!(!assembler.is_between_messages());
    let slices: [(&[u8], bool, bool); 4] =
        [(b"ab", false, true), (b"cd", true, false), (b"e", true, false), (b"f", true, true)];
    for (slice, last, end) in slices {
        let part = assembler.push(Fragment { end, ..data(slice, last) }).unwrap();
        assert_eq!(part, Some(Part::Data { data: slice, last: last && end }));
    }
    assert!(assembler.is_between_messages());
}

#[test]
fn the_context_of_a_command_is_told() {
    let mut assembler = Assembler::new();
    let bytes = bytes_of(&CommandSet::c_echo_rq(1));
    let part = assembler.push(on(7, command(&bytes, true))).unwrap();
    let Some(Part::Command { context: told, .. }) = part else { panic!("{part:?}") };
    assert_eq!(told, context(7));
}

#[test]
fn a_command_split_at_every_byte_into_two_pdvs() {
    let bytes = bytes_of(&store());
    for at in 0..=bytes.len() {
        let mut assembler = Assembler::new();
        assert_eq!(assembler.push(command(&bytes[..at], false)), Ok(None), "{at}");
        assert!(!assembler.is_between_messages());
        assert_eq!(assembler.push(command(&bytes[at..], true)), Ok(Some(whole(store()))), "{at}");
    }
}

#[test]
fn a_command_split_at_every_byte_inside_its_pdv() {
    let bytes = bytes_of(&store());
    for at in 0..=bytes.len() {
        let mut assembler = Assembler::new();
        assert_eq!(assembler.push(unfinished(command(&bytes[..at], true))), Ok(None), "{at}");
        assert_eq!(assembler.push(command(&bytes[at..], true)), Ok(Some(whole(store()))), "{at}");
    }
}

#[test]
fn a_data_set_split_at_every_byte() {
    let bytes: Vec<u8> = (0..64).collect();
    for at in 0..=bytes.len() {
        let mut assembler = waiting_for_data();
        let mut received = Vec::new();
        for fragment in [data(&bytes[..at], false), data(&bytes[at..], true)] {
            if let Some(part) = assembler.push(fragment).unwrap() {
                let Part::Data { data, .. } = part else { panic!("{part:?}") };
                received.extend_from_slice(data);
            }
        }
        assert_eq!(received, bytes, "{at}");
        assert!(assembler.is_between_messages());
    }
}

#[test]
fn a_message_a_byte_at_a_time() {
    let bytes = bytes_of(&store());
    let mut assembler = Assembler::new();
    for (index, byte) in bytes.chunks(1).enumerate() {
        let last = index + 1 == bytes.len();
        let part = assembler.push(command(byte, last)).unwrap();
        assert_eq!(part, last.then(|| whole(store())));
    }
    for byte in b"ab".chunks(1) {
        assert_eq!(assembler.push(data(byte, false)), Ok(Some(Part::Data { data: byte, last: false })));
    }
    assert_eq!(assembler.push(data(b"c", true)), Ok(Some(Part::Data { data: b"c", last: true })));
}

#[test]
fn empty_fragments_that_are_not_the_last() {
    let bytes = bytes_of(&store());
    let mut assembler = Assembler::new();
    assert_eq!(assembler.push(command(b"", false)), Ok(None));
    assert_eq!(assembler.push(command(&bytes, false)), Ok(None));
    assert_eq!(assembler.push(command(b"", false)), Ok(None));
    assert_eq!(assembler.push(command(b"", true)), Ok(Some(whole(store()))), "an empty last one ends it");
    assert_eq!(assembler.push(data(b"", false)), Ok(None));
    assert_eq!(assembler.push(unfinished(data(b"", true))), Ok(None), "its PDV is not at its end");
    assert_eq!(assembler.push(data(b"", true)), Ok(Some(Part::Data { data: b"", last: true })));
    assert!(assembler.is_between_messages());
}

#[test]
fn the_next_message_in_the_same_pdu_is_taken() {
    let mut assembler = waiting_for_data();
    assert_eq!(assembler.push(data(b"ab", true)), Ok(Some(Part::Data { data: b"ab", last: true })));
    let echo = CommandSet::c_echo_rq(2);
    let bytes = bytes_of(&echo);
    let part = assembler.push(on(3, command(&bytes, true)));
    let expected = Part::Command { command: Box::new(echo), context: context(3) };
    assert_eq!(part, Ok(Some(expected)), "on a context of its own");
}

#[test]
fn the_data_set_of_an_unknown_command_is_taken_too() {
    let mut bytes = bytes_of(&store());
    let field = bytes.windows(4).position(|tag| tag == [0x00, 0x00, 0x00, 0x01]).unwrap();
    bytes[field + 8] = 0x42;
    let mut assembler = Assembler::new();
    assert!(matches!(assembler.push(command(&bytes, true)), Ok(Some(Part::Command { .. }))));
    assert_eq!(assembler.push(data(b"ab", true)), Ok(Some(Part::Data { data: b"ab", last: true })));
}

#[test]
fn violation_a_data_set_without_a_command() {
    let violation = Violation::DataWithoutCommand(context(1));
    assert_eq!(Assembler::new().push(data(b"ab", true)), Err(violation));
    let mut assembler = Assembler::new();
    assembler.push(command(&bytes_of(&CommandSet::c_echo_rq(1)), true)).unwrap();
    assert_eq!(assembler.push(data(b"ab", true)), Err(violation), "the command announced none");
    let mut assembler = waiting_for_data();
    assembler.push(data(b"ab", true)).unwrap();
    assert_eq!(assembler.push(data(b"cd", true)), Err(violation), "it has ended");
}

#[test]
fn violation_a_data_set_on_another_context_than_its_command() {
    let violation = Violation::ContextChanged { began: context(1), went_on: context(3) };
    assert_eq!(waiting_for_data().push(on(3, data(b"ab", true))), Err(violation));
    let mut assembler = waiting_for_data();
    assembler.push(data(b"ab", false)).unwrap();
    assert_eq!(assembler.push(on(3, data(b"cd", true))), Err(violation));
}

#[test]
fn violation_a_command_on_two_contexts() {
    let bytes = bytes_of(&store());
    let mut assembler = Assembler::new();
    assembler.push(command(&bytes[..10], false)).unwrap();
    let violation = Violation::ContextChanged { began: context(1), went_on: context(3) };
    assert_eq!(assembler.push(on(3, command(&bytes[10..], true))), Err(violation));
}

#[test]
fn violation_a_data_set_inside_a_command() {
    let mut assembler = Assembler::new();
    assembler.push(command(&bytes_of(&store())[..10], false)).unwrap();
    assert_eq!(assembler.push(data(b"ab", true)), Err(Violation::DataInsideCommand));
}

#[test]
fn violation_a_command_where_its_data_set_is_missing() {
    let echo = bytes_of(&CommandSet::c_echo_rq(2));
    assert_eq!(waiting_for_data().push(command(&echo, true)), Err(Violation::CommandInsideDataSet));
}

#[test]
fn violation_a_command_inside_a_data_set() {
    let mut assembler = waiting_for_data();
    assembler.push(data(b"ab", false)).unwrap();
    let cancel = bytes_of(&CommandSet::c_cancel_rq(1));
    assert_eq!(assembler.push(command(&cancel, true)), Err(Violation::CommandInsideDataSet));
}

#[test]
fn violation_a_command_set_over_64_kib_however_it_comes() {
    let too_long = Err(Violation::Malformed(Malformed::TooLong));
    let bytes = vec![0; MAX_LENGTH + 1];
    assert_eq!(Assembler::new().push(command(&bytes, true)), too_long);
    assert_eq!(Assembler::new().push(command(&bytes, false)), too_long, "before its end is known");
    let mut assembler = Assembler::new();
    for chunk in bytes[..MAX_LENGTH].chunks(4096) {
        assert_eq!(assembler.push(command(chunk, false)), Ok(None));
    }
    assert_eq!(assembler.push(command(b"x", false)), too_long);
}

#[test]
fn violation_bytes_that_are_no_command_set() {
    let missing = Violation::Malformed(Malformed::Missing(Element::CommandField));
    assert_eq!(Assembler::new().push(command(b"", true)), Err(missing));
    let mut assembler = Assembler::new();
    assembler.push(command(b"abc", false)).unwrap();
    let cut = Violation::Malformed(Malformed::Cut(6));
    assert_eq!(assembler.push(command(b"def", true)), Err(cut));
}

#[test]
fn violations_say_which_rule_is_broken() {
    let table = [
        (
            Violation::DataWithoutCommand(context(5)),
            "a data set came on presentation context 5 without a command before it",
        ),
        (Violation::DataInsideCommand, "a data set came before the last fragment of its command"),
        (
            Violation::CommandInsideDataSet,
            "a command came before the last fragment of the data set that the command before announced",
        ),
        (
            Violation::ContextChanged { began: context(1), went_on: context(3) },
            "a message began on presentation context 1 and went on, on 3",
        ),
        (Violation::Malformed(Malformed::TooLong), "a command set is longer than 65536 bytes"),
    ];
    for (violation, words) in table {
        assert_eq!(violation.to_string(), words);
        assert_eq!(Cause::from(violation), Cause::Protocol(words.to_owned()));
    }
}
