//! Bytes of a peer as a command set.

use dimse::dimse::command::{CommandSet, MOST_TAGS};
use dimse::dimse::decode::{MAX_LENGTH, decode};
use dimse::dimse::encode::encode;
use dimse::dimse::messages::MESSAGES;
use dimse::dimse::service::CommandField;
use dimse::dimse::status::Status;
use dimse::wire::uids;

/// What can be read can be written, legally, and means the same then.
pub fn run(input: &[u8]) {
    let Ok(command) = decode(input) else { return };
    assert!(!command.describe().to_string().is_empty());
    let _whatever_is_missing = command.lack();
    let written = bytes_of(&command);
    assert!(written.len().is_multiple_of(2) && written.len() < MAX_LENGTH);
    let read = decode(&written).unwrap();
    assert_eq!(bytes_of(&read), written);
    assert_eq!(as_sent(read), as_sent(command));
}

/// Each message of PS3.7 with all that it may have.
#[must_use]
pub fn seeds() -> Vec<Vec<u8>> {
    let fields = MESSAGES.iter().map(|message| message.command_field);
    fields.chain([CommandField::Unknown(0x7777)]).map(|field| bytes_of(&full(field))).collect()
}

pub(crate) fn full(command_field: CommandField) -> CommandSet {
    let uid = |text| crate::golden::uid(text);
    let title = |text| crate::golden::ae(text);
    let tags = vec![dimse::types::Tag::new(0x0008, 0x0018), dimse::types::Tag::new(0x0010, 0x0020)];
    let sub_operations = dimse::dimse::command::SubOperations {
        remaining: Some(1),
        completed: Some(2),
        failed: Some(3),
        warning: Some(4),
    };
    CommandSet {
        command_field,
        affected_sop_class: Some(uids::VERIFICATION),
        requested_sop_class: Some(uids::VERIFICATION),
        affected_sop_instance: Some(uid("1.2.3")),
        requested_sop_instance: Some(uid("1.2.3.4")),
        priority: Some(dimse::dimse::command::Priority::High),
        status: Some(Status::SUCCESS),
        offending_elements: tags.clone(),
        error_comment: Some("disk full".to_owned()),
        error_id: Some(5),
        sub_operations,
        move_destination: Some(title("ARCHIVE")),
        move_originator: Some(title("MOVER")),
        move_originator_message_id: Some(6),
        event_type_id: Some(7),
        action_type_id: Some(8),
        attribute_identifiers: tags,
        ..CommandSet::c_echo_rq(9)
    }
}

pub(crate) fn bytes_of(command: &CommandSet) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode(command, &mut bytes);
    bytes
}

/// Without what the encoder makes legal: comments of other characters, lists that no command set has room for.
fn as_sent(mut command: CommandSet) -> CommandSet {
    command.error_comment = None;
    command.offending_elements.truncate(MOST_TAGS);
    command.attribute_identifiers.truncate(MOST_TAGS);
    command
}
