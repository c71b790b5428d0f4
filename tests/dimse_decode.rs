//! What a command set may be and may not be (wire.md, Messages, first row; PS3.7 6.3.1): a test for each rule.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use dimse::dimse::command::{CommandSet, Priority};
use dimse::dimse::decode::{MAX_LENGTH, Malformed, decode};
use dimse::dimse::element::Element;
use dimse::dimse::service::{CommandField, Service};
use dimse::dimse::status::Status;
use dimse::types::{AeTitle, Tag, Uid};

/// Tag, length and value of an element of group 0000.
fn element(number: u16, value: &[u8]) -> Vec<u8> {
    let length = u32::try_from(value.len()).unwrap();
    [&[0, 0], &number.to_le_bytes()[..], &length.to_le_bytes(), value].concat()
}

fn us(number: u16, value: u16) -> Vec<u8> {
    element(number, &value.to_le_bytes())
}

/// A C-STORE-RQ with some elements in another form, or left out where that is empty.
fn store_with(changes: &[(u16, Vec<u8>)]) -> Vec<u8> {
    let elements = [
        (0x0002, element(0x0002, b"1.2.840.10008.5.1.4.1.1.2\0")),
        (0x0100, us(0x0100, 0x0001)),
        (0x0110, us(0x0110, 7)),
        (0x0700, us(0x0700, 2)),
        (0x0800, us(0x0800, 0x0000)),
        (0x1000, element(0x1000, b"1.2.3\0")),
    ];
    let mut set = Vec::new();
    for (number, bytes) in elements {
        let change = changes.iter().find(|(changed, _)| *changed == number);
        set.extend_from_slice(change.map_or(&bytes, |change| &change.1));
    }
    set
}

fn store() -> CommandSet {
    let class = Uid::from_static("1.2.840.10008.5.1.4.1.1.2");
    CommandSet::c_store_rq(7, class, Uid::from_static("1.2.3"), Priority::Low)
}

fn respond_with(changes: &[u8]) -> Vec<u8> {
    [&us(0x0100, 0x8001)[..], &us(0x0120, 7), &us(0x0800, 0x0101), changes].concat()
}

#[test]
fn accepted_a_missing_group_length() {
    assert_eq!(decode(&store_with(&[])), Ok(store()));
}

#[test]
fn accepted_a_wrong_group_length() {
    for length in [0_u32, 1, 0xFFFF_FFFF] {
        let set = [element(0x0000, &length.to_le_bytes()), store_with(&[])].concat();
        assert_eq!(decode(&set), Ok(store()), "{length}");
    }
}

#[test]
fn accepted_elements_in_any_order() {
    let set = [
        element(0x1000, b"1.2.3\0"),
        us(0x0800, 0x0000),
        us(0x0110, 7),
        us(0x0100, 0x0001),
        us(0x0700, 2),
        element(0x0002, b"1.2.840.10008.5.1.4.1.1.2\0"),
        element(0x0000, &[0; 4]),
    ];
    assert_eq!(decode(&set.concat()), Ok(store()));
}

#[test]
fn accepted_blanks_and_nuls_behind_uids() {
    for value in [&b"1.2.3 "[..], b"1.2.3\0\0\0", b"1.2.3 \0", b"1.2.3   "] {
        assert_eq!(decode(&store_with(&[(0x1000, element(0x1000, value))])), Ok(store()), "{value:?}");
    }
}

#[test]
fn accepted_odd_lengths_of_uids() {
    assert_eq!(decode(&store_with(&[(0x1000, element(0x1000, b"1.2.3"))])), Ok(store()));
    let first = element(0x0002, b"1.2.840.10008.5.1.4.1.1.2");
    assert_eq!(decode(&store_with(&[(0x0002, first)])), Ok(store()), "what follows is found");
}

#[test]
fn accepted_blanks_and_nuls_around_ae_titles() {
    for value in [&b"STORE "[..], b"STORE\0", b"STORE", b"  STORE         ", b"STORE\0\0\0\0\0\0\0\0\0\0\0"] {
        let set = [us(0x0100, 0x0021), us(0x0110, 7), element(0x0600, value), us(0x0800, 0)].concat();
        assert_eq!(decode(&set).unwrap().move_destination, AeTitle::new("STORE").ok(), "{value:?}");
    }
}

#[test]
fn accepted_a_missing_priority() {
    let command = decode(&store_with(&[(0x0700, Vec::new())])).unwrap();
    assert_eq!(command, CommandSet { priority: None, ..store() });
    assert_eq!(command.lack(), None);
}

#[test]
fn accepted_an_undefined_priority() {
    let command = decode(&store_with(&[(0x0700, us(0x0700, 3))])).unwrap();
    assert_eq!(command.priority, None);
}

#[test]
fn accepted_elements_that_are_retired_or_unknown_and_not_kept() {
    // Length to End and Recognition Code are retired; 0000,9999 never was.
    let set =
        [element(0x0001, &[0; 4]), element(0x0010, b"ACR-NEMA 2.0"), store_with(&[]), element(0x9999, b"?")];
    assert_eq!(decode(&set.concat()), Ok(store()));
}

#[test]
fn accepted_any_data_set_type_but_0101_as_a_data_set() {
    for number in [0x0000, 0x0001, 0x0100, 0x0102, 0xFFFF] {
        assert!(decode(&store_with(&[(0x0800, us(0x0800, number))])).unwrap().has_data_set);
    }
    assert!(!decode(&store_with(&[(0x0800, us(0x0800, 0x0101))])).unwrap().has_data_set);
}

#[test]
fn accepted_an_unknown_command_field_so_that_it_can_be_answered() {
    let request = decode(&store_with(&[(0x0100, us(0x0100, 0x0042))])).unwrap();
    assert_eq!(request.command_field, CommandField::Unknown(0x0042));
    assert_eq!(request.message_id, 7);
    let response = CommandSet::response_to(&request, Status::UNRECOGNIZED_OPERATION);
    assert_eq!(response.command_field.get(), 0x8042);
}

#[test]
fn accepted_a_value_that_is_no_uid_as_a_missing_one() {
    for value in [&b""[..], b"\0", b"1.2/3 ", b"../../etc/passwd", &[b'1'; 66]] {
        let command = decode(&store_with(&[(0x1000, element(0x1000, value))])).unwrap();
        assert_eq!(command.affected_sop_instance, None, "{value:?}");
        assert!(command.lack().is_some());
    }
}

#[test]
fn accepted_a_value_that_is_no_ae_title_as_a_missing_one() {
    // The longer one must not be cut to a title that may belong to somebody else.
    for value in [&b""[..], b"    ", b"\0\0", b"SEVENTEEN_LETTERS ", b" \0 "] {
        let set = [us(0x0100, 0x0021), us(0x0110, 7), element(0x0600, value), us(0x0800, 0)].concat();
        assert_eq!(decode(&set).unwrap().move_destination, None, "{value:?}");
    }
}

#[test]
fn accepted_error_comments_of_any_bytes_and_length() {
    let comment = |value: &[u8]| {
        let elements = [us(0x0900, 0x0110), element(0x0902, value)].concat();
        decode(&respond_with(&elements)).unwrap().error_comment
    };
    assert_eq!(comment(b" full \0").as_deref(), Some("full"));
    assert_eq!(comment("voll: \u{fc}ber".as_bytes()).as_deref(), Some("voll: \u{fc}ber"));
    assert_eq!(comment(b"voll: \xFCber").as_deref(), Some("voll: \u{fc}ber"), "ISO 8859-1");
    assert_eq!(comment(&[b'x'; 999]).unwrap().len(), 999);
    assert_eq!(comment(b"  ").as_deref(), None);
}

#[test]
fn accepted_a_message_id_in_a_response_beside_the_one_responded_to() {
    let elements = [us(0x0110, 99), us(0x0900, 0)].concat();
    let response = decode(&respond_with(&elements)).unwrap();
    assert_eq!(response.command_field, CommandField::Response(Service::CStore));
    assert_eq!(response.message_id, 7);
}

#[test]
fn accepted_lists_of_tags() {
    let elements = [us(0x0900, 0xA900), element(0x0901, b"\x10\x00\x20\x00\xE0\x7F\x10\x00")].concat();
    let response = decode(&respond_with(&elements)).unwrap();
    assert_eq!(response.offending_elements, [Tag::new(0x0010, 0x0020), Tag::new(0x7FE0, 0x0010)]);
}

#[test]
fn refused_duplicate_elements() {
    let twice = |bytes: Vec<u8>| [bytes.clone(), bytes].concat();
    let set = store_with(&[(0x0110, twice(us(0x0110, 7)))]);
    assert_eq!(decode(&set), Err(Malformed::Duplicate(Tag::new(0, 0x0110))));
    let apart = [us(0x0110, 8), store_with(&[])].concat();
    assert_eq!(decode(&apart), Err(Malformed::Duplicate(Tag::new(0, 0x0110))));
    let unknown = [element(0x9999, b""), store_with(&[]), element(0x9999, b"")].concat();
    assert_eq!(decode(&unknown), Err(Malformed::Duplicate(Tag::new(0, 0x9999))));
    let group_length = [twice(element(0x0000, &[0; 4])), store_with(&[])].concat();
    assert_eq!(decode(&group_length), Err(Malformed::Duplicate(Tag::new(0, 0x0000))));
}

#[test]
fn refused_a_group_other_than_0000() {
    let set = [store_with(&[]), b"\x08\x00\x18\x00\x00\x00\x00\x00".to_vec()].concat();
    assert_eq!(decode(&set), Err(Malformed::Group(Tag::new(0x0008, 0x0018))));
}

#[test]
fn refused_a_length_over_the_set() {
    for length in [7_u32, 0x7FFF_FFFF, 0xFFFF_FFFF] {
        let last = [b"\x00\x00\x00\x10", &length.to_le_bytes()[..], b"1.2.3\0"].concat();
        assert_eq!(
            decode(&store_with(&[(0x1000, last)])),
            Err(Malformed::LengthOverSet { tag: Tag::new(0, 0x1000), length, left: 6 })
        );
    }
}

#[test]
fn refused_a_set_that_is_cut_at_any_byte_inside_an_element() {
    let set = store_with(&[]);
    // Behind whole elements it is the missing element that counts; the last one alone may miss.
    let whole = [34, 44, 54, 64, 74];
    for cut in 0..set.len() {
        match decode(&set[..cut]) {
            Ok(command) => assert_eq!((cut, command.affected_sop_instance), (74, None)),
            Err(Malformed::Missing(_)) => assert!(cut == 0 || whole.contains(&cut), "{cut}"),
            Err(Malformed::Cut(left)) => assert!((1..8).contains(&left), "{cut}"),
            Err(Malformed::LengthOverSet { left, .. }) => assert!(left < 26, "{cut}"),
            Err(other) => panic!("{cut}: {other}"),
        }
    }
}

#[test]
fn refused_a_missing_command_field() {
    let set = store_with(&[(0x0100, Vec::new())]);
    assert_eq!(decode(&set), Err(Malformed::Missing(Element::CommandField)));
    assert_eq!(decode(b""), Err(Malformed::Missing(Element::CommandField)));
}

#[test]
fn refused_a_request_without_a_message_id() {
    let missing = Err(Malformed::Missing(Element::MessageId));
    assert_eq!(decode(&store_with(&[(0x0110, Vec::new())])), missing);
    assert_eq!(decode(&store_with(&[(0x0110, us(0x0120, 7))])), missing, "another message's id is none");
    assert_eq!(decode(&store_with(&[(0x0100, us(0x0100, 0x0042)), (0x0110, Vec::new())])), missing);
}

#[test]
fn refused_a_response_or_cancel_without_the_message_id_responded_to() {
    for command_field in [0x8001, 0x0FFF, 0x8042] {
        let set = [us(0x0100, command_field), us(0x0110, 7), us(0x0800, 0x0101), us(0x0900, 0)].concat();
        assert_eq!(decode(&set), Err(Malformed::Missing(Element::MessageIdBeingRespondedTo)));
    }
}

#[test]
fn refused_a_missing_data_set_type_because_nobody_knows_where_the_message_ends() {
    let set = store_with(&[(0x0800, Vec::new())]);
    assert_eq!(decode(&set), Err(Malformed::Missing(Element::CommandDataSetType)));
}

#[test]
fn refused_a_response_without_a_status() {
    assert_eq!(decode(&respond_with(b"")), Err(Malformed::Missing(Element::Status)));
}

#[test]
fn refused_numbers_that_are_not_two_bytes() {
    let every_us_of_table_e_1_1 = [
        0x0100, 0x0110, 0x0120, 0x0700, 0x0800, 0x0900, 0x0903, 0x1002, 0x1008, 0x1020, 0x1021, 0x1022,
        0x1023, 0x1031,
    ];
    for number in every_us_of_table_e_1_1 {
        for length in [0, 1, 3, 4] {
            let set = element(number, &vec![0; length]);
            let expected = Malformed::WrongLength { tag: Tag::new(0, number), length, allowed: "2" };
            assert_eq!(decode(&set), Err(expected), "{number:04X}");
        }
    }
}

#[test]
fn refused_a_group_length_that_is_not_four_bytes() {
    let set = [element(0x0000, &[0; 2]), store_with(&[])].concat();
    let expected = Malformed::WrongLength { tag: Tag::new(0, 0), length: 2, allowed: "4" };
    assert_eq!(decode(&set), Err(expected));
}

#[test]
fn refused_lists_of_tags_that_are_not_whole() {
    for (number, length) in [(0x0901, 2), (0x0901, 7), (0x1005, 5)] {
        let elements = [us(0x0900, 0xA900), element(number, &vec![0; length])].concat();
        let expected =
            Malformed::WrongLength { tag: Tag::new(0, number), length, allowed: "a multiple of 4" };
        assert_eq!(decode(&respond_with(&elements)), Err(expected));
    }
}

#[test]
fn refused_a_set_over_64_kib() {
    let rest = store_with(&[]);
    let fill = |length: usize| [&rest[..], &element(0x9999, &vec![0; length - rest.len() - 8])].concat();
    assert_eq!(decode(&fill(MAX_LENGTH)), Ok(store()));
    assert_eq!(decode(&fill(MAX_LENGTH + 1)), Err(Malformed::TooLong));
}

#[test]
fn refusals_say_which_rule_is_broken() {
    let words = |error: Malformed| error.to_string();
    assert_eq!(words(Malformed::TooLong), "a command set is longer than 65536 bytes");
    assert_eq!(
        words(Malformed::Duplicate(Tag::new(0, 0x0110))),
        "(0000,0110) is in a command set more than once"
    );
    assert_eq!(
        words(Malformed::WrongLength { tag: Tag::new(0, 0x0900), length: 4, allowed: "2" }),
        "(0000,0900) in a command set has 4 bytes, where its VR has 2"
    );
    assert_eq!(words(Malformed::Missing(Element::Status)), "a command set has no Status (0000,0900)");
    assert_eq!(
        words(Malformed::LengthOverSet { tag: Tag::new(0, 2), length: 99, left: 6 }),
        "(0000,0002) in a command set has a length of 99 bytes, but 6 are left"
    );
}
