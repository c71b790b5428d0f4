//! Bytes -> command sets: lenient where a peer's slip harms nothing, strict where guessing would.
//!
//! Accepted: a missing or wrong group length (the last fragment says where the set ends), elements in any order,
//! blanks and NULs behind UIDs and AE titles, odd lengths of UIDs and text, elements that are not in PS3.7 table
//! E.1-1 (skipped), an unknown Command Field (kept as a number), a missing or undefined Priority. A UID or AE title
//! that is not one counts as missing: the message can then be answered with a status.
//!
//! Refused: what [`Malformed`] lists.

use super::command::{CommandSet, NO_DATA_SET, Priority};
use super::element::Element;
use super::service::CommandField;
use super::status::Status;
use crate::types::{AeTitle, Tag, Uid};

/// The longest command set that is taken.
pub const MAX_LENGTH: usize = 64 * 1024;

/// Why bytes are not a command set; the words say which rule is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Longer than [`MAX_LENGTH`].
    #[error("a command set is longer than {MAX_LENGTH} bytes")]
    TooLong,
    /// The set ends inside an element's tag or length.
    #[error("a command set ends {0} bytes into an element's tag and length, which have 8")]
    Cut(usize),
    /// A value ends behind the set.
    #[error("{tag} in a command set has a length of {length} bytes, but {left} are left")]
    LengthOverSet {
        /// Which element.
        tag: Tag,
        /// The length that it claims.
        length: u32,
        /// The bytes behind its length.
        left: usize,
    },
    /// An element that cannot be in a command set (PS3.7 6.3.1).
    #[error("{0} in a command set, where only group 0000 is allowed")]
    Group(Tag),
    /// An element occurs more than once (PS3.7 6.3.1).
    #[error("{0} is in a command set more than once")]
    Duplicate(Tag),
    /// A value of a length that its VR does not allow.
    #[error("{tag} in a command set has {length} bytes, where its VR has {allowed}")]
    WrongLength {
        /// Which element.
        tag: Tag,
        /// The length that it has.
        length: usize,
        /// What the VR allows.
        allowed: &'static str,
    },
    /// An element without which no message can be told or answered.
    #[error("a command set has no {0}")]
    Missing(Element),
}

/// Reads a whole command set.
pub fn decode(set: &[u8]) -> Result<CommandSet, Malformed> {
    if set.len() > MAX_LENGTH {
        return Err(Malformed::TooLong);
    }
    let mut found = Found::new();
    let mut ascending = true;
    let mut before: Option<Tag> = None;
    for element in Elements(set) {
        let (tag, value) = element?;
        if tag.group != 0 {
            return Err(Malformed::Group(tag));
        }
        ascending &= before.is_none_or(|before| before < tag);
        before = Some(tag);
        found.take(tag, value)?;
    }
    if !ascending {
        refuse_duplicates(set)?;
    }
    found.command()
}

/// Asked only where tags do not ascend: a set in order cannot have duplicates.
fn refuse_duplicates(set: &[u8]) -> Result<(), Malformed> {
    let mut tags = Vec::new();
    for element in Elements(set) {
        tags.push(element?.0);
    }
    tags.sort_unstable();
    let same = tags.iter().zip(tags.iter().skip(1)).find(|(tag, next)| tag == next);
    same.map_or(Ok(()), |(tag, _)| Err(Malformed::Duplicate(*tag)))
}

/// The elements of a set in the order in which they came; it ends after an error.
struct Elements<'a>(&'a [u8]);

impl<'a> Iterator for Elements<'a> {
    type Item = Result<(Tag, &'a [u8]), Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        let set = std::mem::take(&mut self.0);
        if set.is_empty() {
            return None;
        }
        let Some((&[g0, g1, e0, e1, l0, l1, l2, l3], rest)) = set.split_first_chunk() else {
            return Some(Err(Malformed::Cut(set.len())));
        };
        let tag = Tag::new(u16::from_le_bytes([g0, g1]), u16::from_le_bytes([e0, e1]));
        let length = u32::from_le_bytes([l0, l1, l2, l3]);
        let parts = usize::try_from(length).ok().and_then(|length| rest.split_at_checked(length));
        let Some((value, behind)) = parts else {
            return Some(Err(Malformed::LengthOverSet { tag, length, left: rest.len() }));
        };
        self.0 = behind;
        Some(Ok((tag, value)))
    }
}

/// What has been read so far.
struct Found {
    command: CommandSet,
    command_field: Option<CommandField>,
    message_id: Option<u16>,
    responded_to: Option<u16>,
    data_set_type: Option<u16>,
}

impl Found {
    fn new() -> Self {
        Self {
            command: CommandSet::blank(CommandField::Unknown(0), 0),
            command_field: None,
            message_id: None,
            responded_to: None,
            data_set_type: None,
        }
    }

    fn take(&mut self, tag: Tag, value: &[u8]) -> Result<(), Malformed> {
        const GROUP_LENGTH: u16 = 0x0000;
        let Some(element) = Element::from_number(tag.element) else {
            if tag.element == GROUP_LENGTH && value.len() != 4 {
                return Err(Malformed::WrongLength { tag, length: value.len(), allowed: "4" });
            }
            return Ok(());
        };
        let number = || match *value {
            [low, high] => Ok(u16::from_le_bytes([low, high])),
            _ => Err(Malformed::WrongLength { tag, length: value.len(), allowed: "2" }),
        };
        let command = &mut self.command;
        match element {
            Element::AffectedSopClassUid => command.affected_sop_class = Uid::from_wire(value),
            Element::RequestedSopClassUid => command.requested_sop_class = Uid::from_wire(value),
            Element::CommandField => self.command_field = Some(CommandField::from_wire(number()?)),
            Element::MessageId => self.message_id = Some(number()?),
            Element::MessageIdBeingRespondedTo => self.responded_to = Some(number()?),
            Element::MoveDestination => command.move_destination = title(value),
            Element::Priority => command.priority = Priority::from_wire(number()?),
            Element::CommandDataSetType => self.data_set_type = Some(number()?),
            Element::Status => command.status = Some(Status(number()?)),
            Element::OffendingElement => command.offending_elements = tags(tag, value)?,
            Element::ErrorComment => command.error_comment = text(value),
            Element::ErrorId => command.error_id = Some(number()?),
            Element::AffectedSopInstanceUid => command.affected_sop_instance = Uid::from_wire(value),
            Element::RequestedSopInstanceUid => command.requested_sop_instance = Uid::from_wire(value),
            Element::EventTypeId => command.event_type_id = Some(number()?),
            Element::AttributeIdentifierList => command.attribute_identifiers = tags(tag, value)?,
            Element::ActionTypeId => command.action_type_id = Some(number()?),
            Element::NumberOfRemainingSuboperations => command.sub_operations.remaining = Some(number()?),
            Element::NumberOfCompletedSuboperations => command.sub_operations.completed = Some(number()?),
            Element::NumberOfFailedSuboperations => command.sub_operations.failed = Some(number()?),
            Element::NumberOfWarningSuboperations => command.sub_operations.warning = Some(number()?),
            Element::MoveOriginatorApplicationEntityTitle => command.move_originator = title(value),
            Element::MoveOriginatorMessageId => command.move_originator_message_id = Some(number()?),
        }
        Ok(())
    }

    /// Without these four no message can be told, ended or answered. A response without a status would be none.
    fn command(self) -> Result<CommandSet, Malformed> {
        let missing = Malformed::Missing;
        let command_field = self.command_field.ok_or(missing(Element::CommandField))?;
        let message_id = if command_field.refers() {
            self.responded_to.ok_or(missing(Element::MessageIdBeingRespondedTo))?
        } else {
            self.message_id.ok_or(missing(Element::MessageId))?
        };
        let data_set_type = self.data_set_type.ok_or(missing(Element::CommandDataSetType))?;
        if command_field.is_response() && self.command.status.is_none() {
            return Err(missing(Element::Status));
        }
        Ok(CommandSet {
            command_field,
            message_id,
            has_data_set: data_set_type != NO_DATA_SET,
            ..self.command
        })
    }
}

/// `None` where it is blank, or longer than a title can be: cut off, it could be another's title.
fn title(value: &[u8]) -> Option<AeTitle> {
    let first = value.iter().position(|byte| *byte != b' ')?;
    let last = value.iter().rposition(|byte| !matches!(byte, b' ' | 0))?;
    (first..first + 16).contains(&last).then(|| AeTitle::from_wire(value))
}

/// UTF-8 where it is that, else every byte as a character of ISO 8859-1, so that nothing is lost.
fn text(value: &[u8]) -> Option<String> {
    let end = value.iter().rposition(|byte| !matches!(byte, b' ' | 0)).map_or(0, |last| last + 1);
    let value = value.get(..end)?.trim_ascii_start();
    if value.is_empty() {
        return None;
    }
    let text = std::str::from_utf8(value).map(str::to_owned);
    Some(text.unwrap_or_else(|_| value.iter().copied().map(char::from).collect()))
}

fn tags(tag: Tag, value: &[u8]) -> Result<Vec<Tag>, Malformed> {
    let (chunks, rest) = value.as_chunks();
    if !rest.is_empty() {
        return Err(Malformed::WrongLength { tag, length: value.len(), allowed: "a multiple of 4" });
    }
    let tags = chunks
        .iter()
        .map(|&[g0, g1, e0, e1]| Tag::new(u16::from_le_bytes([g0, g1]), u16::from_le_bytes([e0, e1])));
    Ok(tags.collect())
}
