//! Every message of PS3.7 as bytes, element by element: what is encoded, what is decoded, and what it may lack.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use dimse::dimse::command::{CommandSet, Priority, SubOperations};
use dimse::dimse::decode::{Malformed, decode};
use dimse::dimse::element::Element;
use dimse::dimse::encode::encode;
use dimse::dimse::messages::{Lack, Usage, message};
use dimse::dimse::service::{CommandField, Service};
use dimse::dimse::status::Status;
use dimse::types::{AeTitle, Tag, Uid};

const CT_IMAGE: Uid = Uid::from_static("1.2.840.10008.5.1.4.1.1.2");
const STUDY_ROOT_FIND: Uid = Uid::from_static("1.2.840.10008.5.1.4.1.2.2.1");
const STUDY_ROOT_MOVE: Uid = Uid::from_static("1.2.840.10008.5.1.4.1.2.2.2");
const STUDY_ROOT_GET: Uid = Uid::from_static("1.2.840.10008.5.1.4.1.2.2.3");
const STORAGE_COMMITMENT: Uid = Uid::from_static("1.2.840.10008.1.20.1");
const STORAGE_COMMITMENT_INSTANCE: Uid = Uid::from_static("1.2.840.10008.1.20.1.1");
const PERFORMED_PROCEDURE_STEP: Uid = Uid::from_static("1.2.840.10008.3.1.2.3.3");
const FILM_SESSION: Uid = Uid::from_static("1.2.840.10008.5.1.1.1");
const INSTANCE: Uid = Uid::from_static("1.2.3.4.5");

fn store_request(priority: Priority) -> CommandSet {
    CommandSet::c_store_rq(258, CT_IMAGE, INSTANCE, priority)
}

fn get_request() -> CommandSet {
    CommandSet::c_get_rq(3, STUDY_ROOT_GET, Priority::High)
}

fn move_request() -> CommandSet {
    CommandSet::c_move_rq(4, STUDY_ROOT_MOVE, AeTitle::new("STORE").unwrap(), Priority::Medium)
}

fn event_report_request() -> CommandSet {
    CommandSet::n_event_report_rq(5, STORAGE_COMMITMENT, STORAGE_COMMITMENT_INSTANCE, 2).with_data_set()
}

fn attributes_request() -> CommandSet {
    let attributes = vec![Tag::new(0x0040, 0x0252), Tag::new(0x0040, 0x0244)];
    CommandSet::n_get_rq(6, PERFORMED_PROCEDURE_STEP, INSTANCE, attributes).unwrap()
}

fn action_request() -> CommandSet {
    CommandSet::n_action_rq(8, STORAGE_COMMITMENT, STORAGE_COMMITMENT_INSTANCE, 1).with_data_set()
}

fn counts(remaining: u16, completed: u16, failed: u16) -> SubOperations {
    SubOperations {
        remaining: Some(remaining),
        completed: Some(completed),
        failed: Some(failed),
        warning: Some(0),
    }
}

/// `golden` has an element a line, the group length first.
fn check(command: &CommandSet, golden: &[&[u8]]) {
    let mut bytes = Vec::new();
    encode(command, &mut bytes);
    assert_eq!(bytes, golden.concat(), "encoded");
    assert_eq!(decode(&bytes).as_ref(), Ok(command), "decoded");
    assert_eq!(command.lack(), None);
    check_elements_of_the_message(command, golden);
}

/// No element is in the message that its table does not have, and only what the table calls mandatory is missed.
fn check_elements_of_the_message(command: &CommandSet, golden: &[&[u8]]) {
    let message = message(command.command_field).unwrap();
    assert!(!(command.has_data_set && message.data_set == Usage::Never));
    for line in 1..golden.len() {
        let number = u16::from_le_bytes([golden[line][2], golden[line][3]]);
        let element = Element::from_number(number).unwrap();
        let usage =
            message.elements.iter().find(|(of_message, _)| *of_message == element).map(|found| found.1);
        let without = [&golden[..line], &golden[line + 1..]].concat().concat();
        match (usage, decode(&without)) {
            (None, _) => panic!("{element} is not part of {}", command.command_field),
            (Some(Usage::Mandatory), Err(error)) => assert_eq!(error, Malformed::Missing(element)),
            (Some(Usage::Mandatory), Ok(decoded)) if element != Element::Priority => {
                assert_eq!(decoded.lack(), Some(Lack::Element(command.command_field, element)));
            }
            (Some(_), decoded) => assert_eq!(decoded.unwrap().lack(), None, "{element} may be missing"),
        }
    }
    for (element, usage) in message.elements {
        assert!(*usage != Usage::Mandatory || command.value(*element).is_some(), "{element} is mandatory");
    }
}

#[rustfmt::skip]
const C_ECHO_RQ: &[&[u8]] = &[
    b"\x00\x00\x00\x00\x04\x00\x00\x00\x38\x00\x00\x00", // UL CommandGroupLength 56
    b"\x00\x00\x02\x00\x12\x00\x00\x001.2.840.10008.1.1\0", // UI AffectedSOPClassUID
    b"\x00\x00\x00\x01\x02\x00\x00\x00\x30\x00", // US CommandField 0030
    b"\x00\x00\x10\x01\x02\x00\x00\x00\x01\x00", // US MessageID 1
    b"\x00\x00\x00\x08\x02\x00\x00\x00\x01\x01", // US CommandDataSetType 0101
];

#[test]
fn c_echo_rq() {
    let command = CommandSet::c_echo_rq(1);
    check(&command, C_ECHO_RQ);
}

#[rustfmt::skip]
const C_ECHO_RSP: &[&[u8]] = &[
    b"\x00\x00\x00\x00\x04\x00\x00\x00\x42\x00\x00\x00", // UL CommandGroupLength 66
    b"\x00\x00\x02\x00\x12\x00\x00\x001.2.840.10008.1.1\0", // UI AffectedSOPClassUID
    b"\x00\x00\x00\x01\x02\x00\x00\x00\x30\x80", // US CommandField 8030
    b"\x00\x00\x20\x01\x02\x00\x00\x00\x01\x00", // US MessageIDBeingRespondedTo 1
    b"\x00\x00\x00\x08\x02\x00\x00\x00\x01\x01", // US CommandDataSetType 0101
    b"\x00\x00\x00\x09\x02\x00\x00\x00\x00\x00", // US Status 0000
];

#[test]
fn c_echo_rsp() {
    let command = CommandSet::response_to(&CommandSet::c_echo_rq(1), Status::SUCCESS);
    check(&command, C_ECHO_RSP);
}

#[rustfmt::skip]
const C_STORE_RQ: &[&[u8]] = &[
    b"\x00\x00\x00\x00\x04\x00\x00\x00\x5c\x00\x00\x00", // UL CommandGroupLength 92
    b"\x00\x00\x02\x00\x1a\x00\x00\x001.2.840.10008.5.1.4.1.1.2\0", // UI AffectedSOPClassUID
    b"\x00\x00\x00\x01\x02\x00\x00\x00\x01\x00", // US CommandField 0001
    b"\x00\x00\x10\x01\x02\x00\x00\x00\x02\x01", // US MessageID 258
    b"\x00\x00\x00\x07\x02\x00\x00\x00\x00\x00", // US Priority 0000
    b"\x00\x00\x00\x08\x02\x00\x00\x00\x01\x00", // US CommandDataSetType 0001
    b"\x00\x00\x00\x10\x0a\x00\x00\x001.2.3.4.5\0", // UI AffectedSOPInstanceUID
];

#[test]
fn c_store_rq() {
    let command = store_request(Priority::Medium);
    check(&command, C_STORE_RQ);
}

#[rustfmt::skip]
const C_STORE_RQ_OF_A_MOVE: &[&[u8]] = &[
    b"\x00\x00\x00\x00\x04\x00\x00\x00\x7a\x00\x00\x00", // UL CommandGroupLength 122
    b"\x00\x00\x02\x00\x1a\x00\x00\x001.2.840.10008.5.1.4.1.1.2\0", // UI AffectedSOPClassUID
    b"\x00\x00\x00\x01\x02\x00\x00\x00\x01\x00", // US CommandField 0001
    b"\x00\x00\x10\x01\x02\x00\x00\x00\x02\x01", // US MessageID 258
    b"\x00\x00\x00\x07\x02\x00\x00\x00\x02\x00", // US Priority 0002
    b"\x00\x00\x00\x08\x02\x00\x00\x00\x01\x00", // US CommandDataSetType 0001
    b"\x00\x00\x00\x10\x0a\x00\x00\x001.2.3.4.5\0", // UI AffectedSOPInstanceUID
    b"\x00\x00\x30\x10\x0c\x00\x00\x00WORKSTATION ", // AE MoveOriginatorApplicationEntityTitle
    b"\x00\x00\x31\x10\x02\x00\x00\x00\x07\x00", // US MoveOriginatorMessageID 7
];

#[test]
fn c_store_rq_of_a_move() {
    let command = store_request(Priority::Low).with_move_originator(AeTitle::new("WORKSTATION").unwrap(), 7);
    check(&command, C_STORE_RQ_OF_A_MOVE);
}

#[rustfmt::skip]
const C_STORE_RSP: &[&[u8]] = &[
    b"\x00\x00\x00\x00\x04\x00\x00\x00\x5c\x00\x00\x00", // UL CommandGroupLength 92
    b"\x00\x00\x02\x00\x1a\x00\x00\x001.2.840.10008.5.1.4.1.1.2\0", // UI AffectedSOPClassUID
    b"\x00\x00\x00\x01\x02\x00\x00\x00\x01\x80", // US CommandField 8001
    b"\x00\x00\x20\x01\x02\x00\x00\x00\x02\x01", // US MessageIDBeingRespondedTo 258
    b"\x00\x00\x00\x08\x02\x00\x00\x00\x01\x01", // US CommandDataSetType 0101
    b"\x00\x00\x00\x09\x02\x00\x00\x00\x00\x00", // US Status 0000
    b"\x00\x00\x00\x10\x0a\x00\x00\x001.2.3.4.5\0", // UI AffectedSOPInstanceUID
];

#[test]
fn c_store_rsp() {
    let command = CommandSet::response_to(&store_request(Priority::Low), Status::SUCCESS);
    check(&command, C_STORE_RSP);
}

#[rustfmt::skip]
const C_STORE_RSP_WITH_FAILURE: &[&[u8]] = &[
    b"\x00\x00\x00\x00\x04\x00\x00\x00\x86\x00\x00\x00", // UL CommandGroupLength 134
    b"\x00\x00\x02\x00\x1a\x00\x00\x001.2.840.10008.5.1.4.1.1.2\0", // UI AffectedSOPClassUID
    b"\x00\x00\x00\x01\x02\x00\x00\x00\x01\x80", // US CommandField 8001
    b"\x00\x00\x20\x01\x02\x00\x00\x00\x02\x01", // US MessageIDBeingRespondedTo 258
    b"\x00\x00\x00\x08\x02\x00\x00\x00\x01\x01", // US CommandDataSetType 0101
    b"\x00\x00\x00\x09\x02\x00\x00\x00\x00\xa9", // US Status A900
    b"\x00\x00\x01\x09\x08\x00\x00\x00\x08\x00\x16\x00\xe0\x7f\x10\x00", // AT OffendingElement (2)
    b"\x00\x00\x02\x09\x08\x00\x00\x00not a CT", // LO ErrorComment
    b"\x00\x00\x03\x09\x02\x00\x00\x00\x4d\x00", // US ErrorID 77
    b"\x00\x00\x00\x10\x0a\x00\x00\x001.2.3.4.5\0", // UI AffectedSOPInstanceUID
];

#[test]
fn c_store_rsp_with_failure() {
    let command = CommandSet {
        error_id: Some(77),
        ..CommandSet::response_to(&store_request(Priority::Low), Status::DATA_SET_DOES_NOT_MATCH)
            .with_offending_elements(vec![Tag::new(0x0008, 0x0016), Tag::new(0x7FE0, 0x0010)])
            .with_error_comment("not a CT")
    };
    check(&command, C_STORE_RSP_WITH_FAILURE);
}

#[rustfmt::skip]
const C_FIND_RQ: &[&[u8]] = &[
    b"\x00\x00\x00\x00\x04\x00\x00\x00\x4c\x00\x00\x00", // UL CommandGroupLength 76
    b"\x00\x00\x02\x00\x1c\x00\x00\x001.2.840.10008.5.1.4.1.2.2.1\0", // UI AffectedSOPClassUID
    b"\x00\x00\x00\x01\x02\x00\x00\x00\x20\x00", // US CommandField 0020
    b"\x00\x00\x10\x01\x02\x00\x00\x00\x02\x00", // US MessageID 2
    b"\x00\x00\x00\x07\x02\x00\x00\x00\x00\x00", // US Priority 0000
    b"\x00\x00\x00\x08\x02\x00\x00\x00\x01\x00", // US CommandDataSetType 0001
];

#[test]
fn c_find_rq() {
    let command = CommandSet::c_find_rq(2, STUDY_ROOT_FIND, Priority::Medium);
    check(&command, C_FIND_RQ);
}

#[rustfmt::skip]
const C_FIND_RSP: &[&[u8]] = &[
    b"\x00\x00\x00\x00\x04\x00\x00\x00\x4c\x00\x00\x00", // UL CommandGroupLength 76
    b"\x00\x00\x02\x00\x1c\x00\x00\x001.2.840.10008.5.1.4.1.2.2.1\0", // UI AffectedSOPClassUID
    b"\x00\x00\x00\x01\x02\x00\x00\x00\x20\x80", // US CommandField 8020
    b"\x00\x00\x20\x01\x02\x00\x00\x00\x02\x00", // US MessageIDBeingRespondedTo 2
    b"\x00\x00\x00\x08\x02\x00\x00\x00\x01\x01", // US CommandDataSetType 0101
    b"\x00\x00\x00\x09\x02\x00\x00\x00\x00\x00", // US Status 0000
];

#[test]
fn c_find_rsp() {
    let command = CommandSet::response_to(
        &CommandSet::c_find_rq(2, STUDY_ROOT_FIND, Priority::Medium),
        Status::SUCCESS,
    );
    check(&command, C_FIND_RSP);
}

#[rustfmt::skip]
const C_FIND_RSP_PENDING: &[&[u8]] = &[
    b"\x00\x00\x00\x00\x04\x00\x00\x00\x4c\x00\x00\x00", // UL CommandGroupLength 76
    b"\x00\x00\x02\x00\x1c\x00\x00\x001.2.840.10008.5.1.4.1.2.2.1\0", // UI AffectedSOPClassUID
    b"\x00\x00\x00\x01\x02\x00\x00\x00\x20\x80", // US CommandField 8020
    b"\x00\x00\x20\x01\x02\x00\x00\x00\x02\x00", // US MessageIDBeingRespondedTo 2
    b"\x00\x00\x00\x08\x02\x00\x00\x00\x01\x00", // US CommandDataSetType 0001
    b"\x00\x00\x00\x09\x02\x00\x00\x00\x01\xff", // US Status FF01
];

#[test]
fn c_find_rsp_pending() {
    let command = CommandSet::response_to(
        &CommandSet::c_find_rq(2, STUDY_ROOT_FIND, Priority::Medium),
        Status::PENDING_WARNING,
    )
    .with_data_set();
    check(&command, C_FIND_RSP_PENDING);
}

#[rustfmt::skip]
const C_GET_RQ: &[&[u8]] = &[
    b"\x00\x00\x00\x00\x04\x00\x00\x00\x4c\x00\x00\x00", // UL CommandGroupLength 76
    b"\x00\x00\x02\x00\x1c\x00\x00\x001.2.840.10008.5.1.4.1.2.2.3\0", // UI AffectedSOPClassUID
    b"\x00\x00\x00\x01\x02\x00\x00\x00\x10\x00", // US CommandField 0010
    b"\x00\x00\x10\x01\x02\x00\x00\x00\x03\x00", // US MessageID 3
    b"\x00\x00\x00\x07\x02\x00\x00\x00\x01\x00", // US Priority 0001
    b"\x00\x00\x00\x08\x02\x00\x00\x00\x01\x00", // US CommandDataSetType 0001
];

#[test]
fn c_get_rq() {
    let command = get_request();
    check(&command, C_GET_RQ);
}

#[rustfmt::skip]
const C_GET_RSP: &[&[u8]] = &[
    b"\x00\x00\x00\x00\x04\x00\x00\x00\x6a\x00\x00\x00", // UL CommandGroupLength 106
    b"\x00\x00\x02\x00\x1c\x00\x00\x001.2.840.10008.5.1.4.1.2.2.3\0", // UI AffectedSOPClassUID
    b"\x00\x00\x00\x01\x02\x00\x00\x00\x10\x80", // US CommandField 8010
    b"\x00\x00\x20\x01\x02\x00\x00\x00\x03\x00", // US MessageIDBeingRespondedTo 3
    b"\x00\x00\x00\x08\x02\x00\x00\x00\x01\x00", // US CommandDataSetType 0001
    b"\x00\x00\x00\x09\x02\x00\x00\x00\x00\xb0", // US Status B000
    b"\x00\x00\x21\x10\x02\x00\x00\x00\x2c\x01", // US NumberOfCompletedSuboperations 300
    b"\x00\x00\x22\x10\x02\x00\x00\x00\x02\x00", // US NumberOfFailedSuboperations 2
    b"\x00\x00\x23\x10\x02\x00\x00\x00\x00\x00", // US NumberOfWarningSuboperations 0
];

#[test]
fn c_get_rsp() {
    let command = CommandSet::response_to(&get_request(), Status::SUB_OPERATIONS_WARNING)
        .with_sub_operations(counts(0, 300, 2))
        .with_data_set();
    check(&command, C_GET_RSP);
}

#[rustfmt::skip]
const C_GET_RSP_PENDING: &[&[u8]] = &[
    b"\x00\x00\x00\x00\x04\x00\x00\x00\x74\x00\x00\x00", // UL CommandGroupLength 116
    b"\x00\x00\x02\x00\x1c\x00\x00\x001.2.840.10008.5.1.4.1.2.2.3\0", // UI AffectedSOPClassUID
    b"\x00\x00\x00\x01\x02\x00\x00\x00\x10\x80", // US CommandField 8010
    b"\x00\x00\x20\x01\x02\x00\x00\x00\x03\x00", // US MessageIDBeingRespondedTo 3
    b"\x00\x00\x00\x08\x02\x00\x00\x00\x01\x01", // US CommandDataSetType 0101
    b"\x00\x00\x00\x09\x02\x00\x00\x00\x00\xff", // US Status FF00
    b"\x00\x00\x20\x10\x02\x00\x00\x00\x2e\x01", // US NumberOfRemainingSuboperations 302
    b"\x00\x00\x21\x10\x02\x00\x00\x00\x00\x00", // US NumberOfCompletedSuboperations 0
    b"\x00\x00\x22\x10\x02\x00\x00\x00\x00\x00", // US NumberOfFailedSuboperations 0
    b"\x00\x00\x23\x10\x02\x00\x00\x00\x00\x00", // US NumberOfWarningSuboperations 0
];

#[test]
fn c_get_rsp_pending() {
    let command =
        CommandSet::response_to(&get_request(), Status::PENDING).with_sub_operations(counts(302, 0, 0));
    check(&command, C_GET_RSP_PENDING);
}

#[rustfmt::skip]
const C_MOVE_RQ: &[&[u8]] = &[
    b"\x00\x00\x00\x00\x04\x00\x00\x00\x5a\x00\x00\x00", // UL CommandGroupLength 90
    b"\x00\x00\x02\x00\x1c\x00\x00\x001.2.840.10008.5.1.4.1.2.2.2\0", // UI AffectedSOPClassUID
    b"\x00\x00\x00\x01\x02\x00\x00\x00\x21\x00", // US CommandField 0021
    b"\x00\x00\x10\x01\x02\x00\x00\x00\x04\x00", // US MessageID 4
    b"\x00\x00\x00\x06\x06\x00\x00\x00STORE ", // AE MoveDestination
    b"\x00\x00\x00\x07\x02\x00\x00\x00\x00\x00", // US Priority 0000
    b"\x00\x00\x00\x08\x02\x00\x00\x00\x01\x00", // US CommandDataSetType 0001
];

#[test]
fn c_move_rq() {
    let command = move_request();
    check(&command, C_MOVE_RQ);
}

#[rustfmt::skip]
const C_MOVE_RSP: &[&[u8]] = &[
    b"\x00\x00\x00\x00\x04\x00\x00\x00\x4c\x00\x00\x00", // UL CommandGroupLength 76
    b"\x00\x00\x02\x00\x1c\x00\x00\x001.2.840.10008.5.1.4.1.2.2.2\0", // UI AffectedSOPClassUID
    b"\x00\x00\x00\x01\x02\x00\x00\x00\x21\x80", // US CommandField 8021
    b"\x00\x00\x20\x01\x02\x00\x00\x00\x04\x00", // US MessageIDBeingRespondedTo 4
    b"\x00\x00\x00\x08\x02\x00\x00\x00\x01\x01", // US CommandDataSetType 0101
    b"\x00\x00\x00\x09\x02\x00\x00\x00\x01\xa8", // US Status A801
];

#[test]
fn c_move_rsp() {
    let command = CommandSet::response_to(&move_request(), Status::MOVE_DESTINATION_UNKNOWN);
    check(&command, C_MOVE_RSP);
}

#[rustfmt::skip]
const C_CANCEL_RQ: &[&[u8]] = &[
    b"\x00\x00\x00\x00\x04\x00\x00\x00\x1e\x00\x00\x00", // UL CommandGroupLength 30
    b"\x00\x00\x00\x01\x02\x00\x00\x00\xff\x0f", // US CommandField 0FFF
    b"\x00\x00\x20\x01\x02\x00\x00\x00\x04\x00", // US MessageIDBeingRespondedTo 4
    b"\x00\x00\x00\x08\x02\x00\x00\x00\x01\x01", // US CommandDataSetType 0101
];

#[test]
fn c_cancel_rq() {
    let command = CommandSet::c_cancel_rq(4);
    check(&command, C_CANCEL_RQ);
}

#[rustfmt::skip]
const N_EVENT_REPORT_RQ: &[&[u8]] = &[
    b"\x00\x00\x00\x00\x04\x00\x00\x00\x62\x00\x00\x00", // UL CommandGroupLength 98
    b"\x00\x00\x02\x00\x14\x00\x00\x001.2.840.10008.1.20.1", // UI AffectedSOPClassUID
    b"\x00\x00\x00\x01\x02\x00\x00\x00\x00\x01", // US CommandField 0100
    b"\x00\x00\x10\x01\x02\x00\x00\x00\x05\x00", // US MessageID 5
    b"\x00\x00\x00\x08\x02\x00\x00\x00\x01\x00", // US CommandDataSetType 0001
    b"\x00\x00\x00\x10\x16\x00\x00\x001.2.840.10008.1.20.1.1", // UI AffectedSOPInstanceUID
    b"\x00\x00\x02\x10\x02\x00\x00\x00\x02\x00", // US EventTypeID 2
];

#[test]
fn n_event_report_rq() {
    let command = event_report_request();
    check(&command, N_EVENT_REPORT_RQ);
}

#[rustfmt::skip]
const N_EVENT_REPORT_RSP: &[&[u8]] = &[
    b"\x00\x00\x00\x00\x04\x00\x00\x00\x6c\x00\x00\x00", // UL CommandGroupLength 108
    b"\x00\x00\x02\x00\x14\x00\x00\x001.2.840.10008.1.20.1", // UI AffectedSOPClassUID
    b"\x00\x00\x00\x01\x02\x00\x00\x00\x00\x81", // US CommandField 8100
    b"\x00\x00\x20\x01\x02\x00\x00\x00\x05\x00", // US MessageIDBeingRespondedTo 5
    b"\x00\x00\x00\x08\x02\x00\x00\x00\x01\x01", // US CommandDataSetType 0101
    b"\x00\x00\x00\x09\x02\x00\x00\x00\x00\x00", // US Status 0000
    b"\x00\x00\x00\x10\x16\x00\x00\x001.2.840.10008.1.20.1.1", // UI AffectedSOPInstanceUID
    b"\x00\x00\x02\x10\x02\x00\x00\x00\x02\x00", // US EventTypeID 2
];

#[test]
fn n_event_report_rsp() {
    let command = CommandSet::response_to(&event_report_request(), Status::SUCCESS);
    check(&command, N_EVENT_REPORT_RSP);
}

#[rustfmt::skip]
const N_GET_RQ: &[&[u8]] = &[
    b"\x00\x00\x00\x00\x04\x00\x00\x00\x60\x00\x00\x00", // UL CommandGroupLength 96
    b"\x00\x00\x03\x00\x18\x00\x00\x001.2.840.10008.3.1.2.3.3\0", // UI RequestedSOPClassUID
    b"\x00\x00\x00\x01\x02\x00\x00\x00\x10\x01", // US CommandField 0110
    b"\x00\x00\x10\x01\x02\x00\x00\x00\x06\x00", // US MessageID 6
    b"\x00\x00\x00\x08\x02\x00\x00\x00\x01\x01", // US CommandDataSetType 0101
    b"\x00\x00\x01\x10\x0a\x00\x00\x001.2.3.4.5\0", // UI RequestedSOPInstanceUID
    b"\x00\x00\x05\x10\x08\x00\x00\x00\x40\x00\x52\x02\x40\x00\x44\x02", // AT AttributeIdentifierList (2)
];

#[test]
fn n_get_rq() {
    let command = attributes_request();
    check(&command, N_GET_RQ);
}

#[rustfmt::skip]
const N_GET_RSP: &[&[u8]] = &[
    b"\x00\x00\x00\x00\x04\x00\x00\x00\x5a\x00\x00\x00", // UL CommandGroupLength 90
    b"\x00\x00\x02\x00\x18\x00\x00\x001.2.840.10008.3.1.2.3.3\0", // UI AffectedSOPClassUID
    b"\x00\x00\x00\x01\x02\x00\x00\x00\x10\x81", // US CommandField 8110
    b"\x00\x00\x20\x01\x02\x00\x00\x00\x06\x00", // US MessageIDBeingRespondedTo 6
    b"\x00\x00\x00\x08\x02\x00\x00\x00\x01\x00", // US CommandDataSetType 0001
    b"\x00\x00\x00\x09\x02\x00\x00\x00\x00\x00", // US Status 0000
    b"\x00\x00\x00\x10\x0a\x00\x00\x001.2.3.4.5\0", // UI AffectedSOPInstanceUID
];

#[test]
fn n_get_rsp() {
    let command = CommandSet::response_to(&attributes_request(), Status::SUCCESS).with_data_set();
    check(&command, N_GET_RSP);
}

#[rustfmt::skip]
const N_SET_RQ: &[&[u8]] = &[
    b"\x00\x00\x00\x00\x04\x00\x00\x00\x50\x00\x00\x00", // UL CommandGroupLength 80
    b"\x00\x00\x03\x00\x18\x00\x00\x001.2.840.10008.3.1.2.3.3\0", // UI RequestedSOPClassUID
    b"\x00\x00\x00\x01\x02\x00\x00\x00\x20\x01", // US CommandField 0120
    b"\x00\x00\x10\x01\x02\x00\x00\x00\x07\x00", // US MessageID 7
    b"\x00\x00\x00\x08\x02\x00\x00\x00\x01\x00", // US CommandDataSetType 0001
    b"\x00\x00\x01\x10\x0a\x00\x00\x001.2.3.4.5\0", // UI RequestedSOPInstanceUID
];

#[test]
fn n_set_rq() {
    let command = CommandSet::n_set_rq(7, PERFORMED_PROCEDURE_STEP, INSTANCE);
    check(&command, N_SET_RQ);
}

#[rustfmt::skip]
const N_SET_RSP: &[&[u8]] = &[
    b"\x00\x00\x00\x00\x04\x00\x00\x00\x66\x00\x00\x00", // UL CommandGroupLength 102
    b"\x00\x00\x02\x00\x18\x00\x00\x001.2.840.10008.3.1.2.3.3\0", // UI AffectedSOPClassUID
    b"\x00\x00\x00\x01\x02\x00\x00\x00\x20\x81", // US CommandField 8120
    b"\x00\x00\x20\x01\x02\x00\x00\x00\x07\x00", // US MessageIDBeingRespondedTo 7
    b"\x00\x00\x00\x08\x02\x00\x00\x00\x01\x01", // US CommandDataSetType 0101
    b"\x00\x00\x00\x09\x02\x00\x00\x00\x07\x01", // US Status 0107
    b"\x00\x00\x00\x10\x0a\x00\x00\x001.2.3.4.5\0", // UI AffectedSOPInstanceUID
    b"\x00\x00\x05\x10\x04\x00\x00\x00\x40\x00\x52\x02", // AT AttributeIdentifierList (1)
];

#[test]
fn n_set_rsp() {
    let command = CommandSet {
        attribute_identifiers: vec![Tag::new(0x0040, 0x0252)],
        ..CommandSet::response_to(
            &CommandSet::n_set_rq(7, PERFORMED_PROCEDURE_STEP, INSTANCE),
            Status::ATTRIBUTE_LIST_ERROR,
        )
    };
    check(&command, N_SET_RSP);
}

#[rustfmt::skip]
const N_ACTION_RQ: &[&[u8]] = &[
    b"\x00\x00\x00\x00\x04\x00\x00\x00\x62\x00\x00\x00", // UL CommandGroupLength 98
    b"\x00\x00\x03\x00\x14\x00\x00\x001.2.840.10008.1.20.1", // UI RequestedSOPClassUID
    b"\x00\x00\x00\x01\x02\x00\x00\x00\x30\x01", // US CommandField 0130
    b"\x00\x00\x10\x01\x02\x00\x00\x00\x08\x00", // US MessageID 8
    b"\x00\x00\x00\x08\x02\x00\x00\x00\x01\x00", // US CommandDataSetType 0001
    b"\x00\x00\x01\x10\x16\x00\x00\x001.2.840.10008.1.20.1.1", // UI RequestedSOPInstanceUID
    b"\x00\x00\x08\x10\x02\x00\x00\x00\x01\x00", // US ActionTypeID 1
];

#[test]
fn n_action_rq() {
    let command = action_request();
    check(&command, N_ACTION_RQ);
}

#[rustfmt::skip]
const N_ACTION_RSP: &[&[u8]] = &[
    b"\x00\x00\x00\x00\x04\x00\x00\x00\x6c\x00\x00\x00", // UL CommandGroupLength 108
    b"\x00\x00\x02\x00\x14\x00\x00\x001.2.840.10008.1.20.1", // UI AffectedSOPClassUID
    b"\x00\x00\x00\x01\x02\x00\x00\x00\x30\x81", // US CommandField 8130
    b"\x00\x00\x20\x01\x02\x00\x00\x00\x08\x00", // US MessageIDBeingRespondedTo 8
    b"\x00\x00\x00\x08\x02\x00\x00\x00\x01\x01", // US CommandDataSetType 0101
    b"\x00\x00\x00\x09\x02\x00\x00\x00\x00\x00", // US Status 0000
    b"\x00\x00\x00\x10\x16\x00\x00\x001.2.840.10008.1.20.1.1", // UI AffectedSOPInstanceUID
    b"\x00\x00\x08\x10\x02\x00\x00\x00\x01\x00", // US ActionTypeID 1
];

#[test]
fn n_action_rsp() {
    let command = CommandSet::response_to(&action_request(), Status::SUCCESS);
    check(&command, N_ACTION_RSP);
}

#[rustfmt::skip]
const N_CREATE_RQ: &[&[u8]] = &[
    b"\x00\x00\x00\x00\x04\x00\x00\x00\x50\x00\x00\x00", // UL CommandGroupLength 80
    b"\x00\x00\x02\x00\x18\x00\x00\x001.2.840.10008.3.1.2.3.3\0", // UI AffectedSOPClassUID
    b"\x00\x00\x00\x01\x02\x00\x00\x00\x40\x01", // US CommandField 0140
    b"\x00\x00\x10\x01\x02\x00\x00\x00\x09\x00", // US MessageID 9
    b"\x00\x00\x00\x08\x02\x00\x00\x00\x01\x00", // US CommandDataSetType 0001
    b"\x00\x00\x00\x10\x0a\x00\x00\x001.2.3.4.5\0", // UI AffectedSOPInstanceUID
];

#[test]
fn n_create_rq() {
    let command = CommandSet::n_create_rq(9, PERFORMED_PROCEDURE_STEP, Some(INSTANCE)).with_data_set();
    check(&command, N_CREATE_RQ);
}

#[rustfmt::skip]
const N_CREATE_RSP: &[&[u8]] = &[
    b"\x00\x00\x00\x00\x04\x00\x00\x00\x5a\x00\x00\x00", // UL CommandGroupLength 90
    b"\x00\x00\x02\x00\x18\x00\x00\x001.2.840.10008.3.1.2.3.3\0", // UI AffectedSOPClassUID
    b"\x00\x00\x00\x01\x02\x00\x00\x00\x40\x81", // US CommandField 8140
    b"\x00\x00\x20\x01\x02\x00\x00\x00\x09\x00", // US MessageIDBeingRespondedTo 9
    b"\x00\x00\x00\x08\x02\x00\x00\x00\x01\x00", // US CommandDataSetType 0001
    b"\x00\x00\x00\x09\x02\x00\x00\x00\x00\x00", // US Status 0000
    b"\x00\x00\x00\x10\x0a\x00\x00\x001.2.3.4.5\0", // UI AffectedSOPInstanceUID
];

#[test]
fn n_create_rsp() {
    let command =
        CommandSet::response_to(&CommandSet::n_create_rq(9, PERFORMED_PROCEDURE_STEP, None), Status::SUCCESS)
            .with_affected_sop_instance(INSTANCE)
            .with_data_set();
    check(&command, N_CREATE_RSP);
}

#[rustfmt::skip]
const N_DELETE_RQ: &[&[u8]] = &[
    b"\x00\x00\x00\x00\x04\x00\x00\x00\x4e\x00\x00\x00", // UL CommandGroupLength 78
    b"\x00\x00\x03\x00\x16\x00\x00\x001.2.840.10008.5.1.1.1\0", // UI RequestedSOPClassUID
    b"\x00\x00\x00\x01\x02\x00\x00\x00\x50\x01", // US CommandField 0150
    b"\x00\x00\x10\x01\x02\x00\x00\x00\x0a\x00", // US MessageID 10
    b"\x00\x00\x00\x08\x02\x00\x00\x00\x01\x01", // US CommandDataSetType 0101
    b"\x00\x00\x01\x10\x0a\x00\x00\x001.2.3.4.5\0", // UI RequestedSOPInstanceUID
];

#[test]
fn n_delete_rq() {
    let command = CommandSet::n_delete_rq(10, FILM_SESSION, INSTANCE);
    check(&command, N_DELETE_RQ);
}

#[rustfmt::skip]
const N_DELETE_RSP: &[&[u8]] = &[
    b"\x00\x00\x00\x00\x04\x00\x00\x00\x58\x00\x00\x00", // UL CommandGroupLength 88
    b"\x00\x00\x02\x00\x16\x00\x00\x001.2.840.10008.5.1.1.1\0", // UI AffectedSOPClassUID
    b"\x00\x00\x00\x01\x02\x00\x00\x00\x50\x81", // US CommandField 8150
    b"\x00\x00\x20\x01\x02\x00\x00\x00\x0a\x00", // US MessageIDBeingRespondedTo 10
    b"\x00\x00\x00\x08\x02\x00\x00\x00\x01\x01", // US CommandDataSetType 0101
    b"\x00\x00\x00\x09\x02\x00\x00\x00\x12\x01", // US Status 0112
    b"\x00\x00\x00\x10\x0a\x00\x00\x001.2.3.4.5\0", // UI AffectedSOPInstanceUID
];

#[test]
fn n_delete_rsp() {
    let command = CommandSet::response_to(
        &CommandSet::n_delete_rq(10, FILM_SESSION, INSTANCE),
        Status::NO_SUCH_SOP_INSTANCE,
    );
    check(&command, N_DELETE_RSP);
}

/// The rows Data Set, Identifier, Event Information and Reply, Attribute List, Modification List, Action Information and
/// Reply of tables 9.1-1 to 9.1-5 and 10.1-1 to 10.1-6: of the request and of the response.
#[test]
fn data_sets_are_used_as_the_service_tables_say() {
    let printed = [
        (Service::CStore, "M-"),
        (Service::CFind, "MC"),
        (Service::CGet, "MU"),
        (Service::CMove, "MU"),
        (Service::CEcho, "--"),
        (Service::NEventReport, "UC"),
        (Service::NGet, "-C"),
        (Service::NSet, "MU"),
        (Service::NAction, "UC"),
        (Service::NCreate, "UU"),
        (Service::NDelete, "--"),
    ];
    for (service, printed) in printed {
        let letter = |command_field| match message(command_field).unwrap().data_set {
            Usage::Mandatory => 'M',
            Usage::Conditional => 'C',
            Usage::Optional => 'U',
            Usage::Never => '-',
        };
        let ours: String = [CommandField::Request(service), CommandField::Response(service)]
            .map(letter)
            .into_iter()
            .collect();
        assert_eq!(ours, printed, "{service}");
    }
}

/// Annex C: Attribute Identifier List belongs to 0105, 0107 and 0120, which these three services alone can answer.
#[test]
fn attribute_identifiers_are_in_the_responses_whose_statuses_have_them() {
    for service in Service::ALL {
        let response = message(CommandField::Response(service)).unwrap();
        let has_them =
            response.elements.iter().any(|(element, _)| *element == Element::AttributeIdentifierList);
        assert_eq!(
            has_them,
            matches!(service, Service::NGet | Service::NSet | Service::NCreate),
            "{service}"
        );
    }
}

#[test]
fn a_mandatory_data_set_is_missed() {
    let command = CommandSet { has_data_set: false, ..CommandSet::n_set_rq(1, FILM_SESSION, INSTANCE) };
    assert_eq!(command.lack(), Some(Lack::DataSet(command.command_field)));
}

#[test]
fn an_n_create_without_an_instance_lacks_nothing() {
    assert_eq!(CommandSet::n_create_rq(1, PERFORMED_PROCEDURE_STEP, None).lack(), None);
}
