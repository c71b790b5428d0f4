//! What holds for every command set, every split and every kind of garbage.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use dimse::dimse::assemble::{Assembler, Fragment, Part};
use dimse::dimse::command::{CommandSet, Priority, SubOperations};
use dimse::dimse::decode::{Malformed, decode};
use dimse::dimse::element::Element;
use dimse::dimse::encode::encode;
use dimse::dimse::fragment::{FragmentLimit, Fragmenter, encode_message};
use dimse::dimse::message_id::MessageIds;
use dimse::dimse::messages::MESSAGES;
use dimse::dimse::service::CommandField;
use dimse::dimse::status::Status;
use dimse::types::{AeTitle, MaxPduLength, PresentationContextId, Tag, Uid};
use dimse::wire::encode::PDV_HEADER;
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;

fn context() -> PresentationContextId {
    PresentationContextId::new(1).unwrap()
}

fn bytes_of(command: &CommandSet) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode(command, &mut bytes);
    bytes
}

fn uid() -> impl Strategy<Value = Uid> {
    "[0-9.]{1,64}".prop_map(|text| Uid::from_wire(text.as_bytes()).unwrap())
}

fn title() -> impl Strategy<Value = AeTitle> {
    "[!-~&&[^\\\\]]{1,16}".prop_map(|text| AeTitle::new(&text).unwrap())
}

fn tags() -> impl Strategy<Value = Vec<Tag>> {
    vec(any::<(u16, u16)>().prop_map(|(group, element)| Tag::new(group, element)), 0..20)
}

fn command_field() -> impl Strategy<Value = CommandField> {
    let known = (0..MESSAGES.len()).prop_map(|index| MESSAGES[index].command_field);
    prop_oneof![9 => known, 1 => any::<u16>().prop_map(CommandField::from_wire)]
}

prop_compose! {
    fn sub_operations()(counts in of(any::<(u16, u16, u16, u16)>())) -> SubOperations {
        counts.map_or_else(SubOperations::default, |(remaining, completed, failed, warning)| SubOperations {
            remaining: Some(remaining),
            completed: Some(completed),
            failed: Some(failed),
            warning: Some(warning),
        })
    }
}

prop_compose! {
    /// Any message with any elements, also those that it should not have.
    fn command()(
        command_field in command_field(),
        message_id in any::<u16>(),
        uids in (of(uid()), of(uid()), of(uid()), of(uid())),
        priority in of(prop_oneof![Just(Priority::Medium), Just(Priority::High), Just(Priority::Low)]),
        has_data_set in any::<bool>(),
        (status, a_status) in (of(any::<u16>()), any::<u16>()),
        (offending_elements, attribute_identifiers) in (tags(), tags()),
        error_comment in of("[!-~&&[^\\\\]]([ -~&&[^\\\\]]{0,62}[!-~&&[^\\\\]])?"),
        sub_operations in sub_operations(),
        titles in (of(title()), of(title())),
        numbers in (of(any::<u16>()), of(any::<u16>()), of(any::<u16>()), of(any::<u16>())),
    ) -> CommandSet {
        CommandSet {
            command_field,
            message_id,
            affected_sop_class: uids.0,
            requested_sop_class: uids.1,
            affected_sop_instance: uids.2,
            requested_sop_instance: uids.3,
            has_data_set,
            priority,
            status: if command_field.is_response() { Some(Status(a_status)) } else { status.map(Status) },
            offending_elements,
            error_comment,
            error_id: numbers.0,
            sub_operations,
            move_destination: titles.0,
            move_originator: titles.1,
            move_originator_message_id: numbers.1,
            event_type_id: numbers.2,
            action_type_id: numbers.3,
            attribute_identifiers,
        }
    }
}

/// Pushes whole PDVs, each cut into slices of `slice` bytes; collects what comes out.
fn assemble(
    assembler: &mut Assembler,
    is_command: bool,
    pdvs: &[&[u8]],
    slice: usize,
) -> (Vec<CommandSet>, Vec<u8>) {
    let (mut commands, mut data_set) = (Vec::new(), Vec::new());
    for (index, pdv) in pdvs.iter().enumerate() {
        let mut slices: Vec<&[u8]> = pdv.chunks(slice).collect();
        if slices.is_empty() {
            slices.push(b"");
        }
        for (place, data) in slices.iter().enumerate() {
            let end = place + 1 == slices.len();
            let last = index + 1 == pdvs.len();
            let fragment = Fragment { context: context(), command: is_command, last, data, end };
            match assembler.push(fragment).unwrap() {
                Some(Part::Command { command, .. }) => commands.push(*command),
                Some(Part::Data { data, .. }) => data_set.extend_from_slice(data),
                None => {}
            }
        }
    }
    (commands, data_set)
}

/// `bytes` cut at these places, in whatever order they are; equal ones make empty PDVs.
fn cut<'a>(bytes: &'a [u8], places: &[prop::sample::Index]) -> Vec<&'a [u8]> {
    let mut places: Vec<usize> = places.iter().map(|place| place.index(bytes.len() + 1)).collect();
    places.sort_unstable();
    let mut parts = Vec::new();
    let mut from = 0;
    for place in places {
        parts.push(&bytes[from..place]);
        from = place;
    }
    parts.push(&bytes[from..]);
    parts
}

proptest! {
    #[test]
    fn what_is_encoded_is_decoded(command in command()) {
        let bytes = bytes_of(&command);
        prop_assert_eq!(bytes.len() % 2, 0);
        let length = u32::from_le_bytes(bytes[8..12].try_into().unwrap());
        prop_assert_eq!(usize::try_from(length).unwrap(), bytes.len() - 12);
        prop_assert_eq!(decode(&bytes), Ok(command));
    }

    #[test]
    fn any_comment_is_sent_legally(comment in any::<String>()) {
        let command = CommandSet::response_to(&CommandSet::c_echo_rq(1), Status::PROCESSING_FAILURE)
            .with_error_comment(comment);
        let decoded = decode(&bytes_of(&command)).unwrap();
        if let Some(comment) = decoded.error_comment {
            prop_assert!(comment.len() <= 64);
            prop_assert!(comment.chars().all(|c| (' '..='~').contains(&c) && c != '\\'));
        }
    }

    #[test]
    fn any_split_of_a_message_is_accepted(
        command in command(),
        data in vec(any::<u8>(), 0..200),
        command_cuts in vec(any::<prop::sample::Index>(), 0..6),
        data_cuts in vec(any::<prop::sample::Index>(), 0..6),
        slice in 1_usize..40,
    ) {
        let bytes = bytes_of(&command);
        let mut assembler = Assembler::new();
        let (commands, _) = assemble(&mut assembler, true, &cut(&bytes, &command_cuts), slice);
        prop_assert_eq!(commands, std::slice::from_ref(&command));
        prop_assert_eq!(assembler.is_between_messages(), !command.has_data_set);
        if command.has_data_set {
            let (_, received) = assemble(&mut assembler, false, &cut(&data, &data_cuts), slice);
            prop_assert_eq!(received, data);
            prop_assert!(assembler.is_between_messages());
        }
    }

    #[test]
    fn fragments_fit_and_are_even(command in command(), most in 8_u32..600, length in 0_usize..3000) {
        let limit = FragmentLimit::for_peer(MaxPduLength::from_wire(most)).unwrap();
        let mut pdus = Vec::new();
        encode_message(&command, context(), limit, &mut pdus);
        let (mut rest, mut set) = (&pdus[..], Vec::new());
        while let Some((header, behind)) = rest.split_first_chunk::<PDV_HEADER>() {
            let pdu = u32::from_be_bytes(header[2..6].try_into().unwrap());
            prop_assert!(pdu <= most && pdu % 2 == 0);
            let (fragment, behind) = behind.split_at(usize::try_from(pdu).unwrap() - 6);
            set.extend_from_slice(fragment);
            prop_assert_eq!(header[11], if behind.is_empty() { 0x03 } else { 0x01 });
            rest = behind;
        }
        prop_assert_eq!(set, bytes_of(&command));

        let mut fragmenter = Fragmenter::new(context(), limit);
        let mut left = length;
        while let Some(piece) = fragmenter.next(left, true) {
            left -= piece.payload;
            let fragment = piece.payload + piece.padding.len();
            prop_assert!(fragment <= limit.get() && fragment % 2 == 0);
            prop_assert_eq!(piece.header[11] == 0x02, left == 0);
        }
        prop_assert_eq!(left, 0);
        prop_assert!(fragmenter.has_ended());
    }

    #[test]
    fn garbage_is_decoded_or_refused(garbage in vec(any::<u8>(), 0..400)) {
        if let Ok(command) = decode(&garbage) {
            prop_assert!(command.value(Element::CommandField).is_some());
        }
    }

    #[test]
    fn a_damaged_command_is_decoded_or_refused_and_described(
        command in command(),
        damage in vec((any::<prop::sample::Index>(), any::<u8>()), 1..5),
    ) {
        let mut bytes = bytes_of(&command);
        for (place, byte) in damage {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        if let Ok(command) = decode(&bytes) {
            let text = command.describe().to_string();
            prop_assert!(text.lines().all(|line| line.chars().count() <= 80), "{}", text);
            let response = CommandSet::response_to(&command, Status::PROCESSING_FAILURE);
            let answered = decode(&bytes_of(&response));
            prop_assert_eq!(answered.as_ref(), Ok(&response));
        }
    }

    #[test]
    fn garbage_from_a_peer_is_parts_or_a_violation(
        fragments in vec((any::<(u8, bool, bool, bool)>(), vec(any::<u8>(), 0..100)), 0..20),
    ) {
        let mut assembler = Assembler::new();
        let mut complete = 0;
        for ((id, command, last, end), data) in &fragments {
            let context = PresentationContextId::new(id | 1).unwrap();
            let fragment = Fragment { context, command: *command, last: *last, data, end: *end };
            match assembler.push(fragment) {
                Ok(Some(Part::Command { .. })) => complete += 1,
                Ok(Some(Part::Data { .. })) => prop_assert!(complete > 0, "data come after their command"),
                Ok(None) => {}
                Err(violation) => {
                    prop_assert!(!violation.to_string().is_empty());
                    break;
                }
            }
        }
    }

    #[test]
    fn lengths_are_never_believed(left in 0_usize..64, more in 1..u32::MAX - 64) {
        let length = u32::try_from(left).unwrap() + more;
        let set = [&[0, 0, 2, 0][..], &length.to_le_bytes(), &vec![b'1'; left]].concat();
        let tag = Tag::new(0x0000, 0x0002);
        prop_assert_eq!(decode(&set), Err(Malformed::LengthOverSet { tag, length, left }));
    }

    #[test]
    fn open_message_ids_are_all_different(releases in vec(any::<Option<prop::sample::Index>>(), 1..200)) {
        let mut ids = MessageIds::new();
        let mut open: Vec<u16> = Vec::new();
        for release in releases {
            match release {
                Some(place) if !open.is_empty() => {
                    let id = open.swap_remove(place.index(open.len()));
                    prop_assert!(ids.release(id));
                    prop_assert!(!ids.is_open(id));
                }
                _ => {
                    let id = ids.take().unwrap();
                    prop_assert!(id != 0 && !open.contains(&id) && ids.is_open(id));
                    open.push(id);
                }
            }
        }
    }
}
