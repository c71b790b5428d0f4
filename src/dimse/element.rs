//! The command elements of PS3.7 table E.1-1: tags and keywords.

use std::fmt;

use crate::types::{AeTitle, Tag, Uid};

/// A command element. Command Group Length (0000,0000) is not among them: it belongs to the encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Element {
    /// (0000,0002) UI
    AffectedSopClassUid,
    /// (0000,0003) UI
    RequestedSopClassUid,
    /// (0000,0100) US
    CommandField,
    /// (0000,0110) US
    MessageId,
    /// (0000,0120) US
    MessageIdBeingRespondedTo,
    /// (0000,0600) AE
    MoveDestination,
    /// (0000,0700) US
    Priority,
    /// (0000,0800) US
    CommandDataSetType,
    /// (0000,0900) US
    Status,
    /// (0000,0901) AT, 1 to n
    OffendingElement,
    /// (0000,0902) LO
    ErrorComment,
    /// (0000,0903) US
    ErrorId,
    /// (0000,1000) UI
    AffectedSopInstanceUid,
    /// (0000,1001) UI
    RequestedSopInstanceUid,
    /// (0000,1002) US
    EventTypeId,
    /// (0000,1005) AT, 1 to n
    AttributeIdentifierList,
    /// (0000,1008) US
    ActionTypeId,
    /// (0000,1020) US
    NumberOfRemainingSuboperations,
    /// (0000,1021) US
    NumberOfCompletedSuboperations,
    /// (0000,1022) US
    NumberOfFailedSuboperations,
    /// (0000,1023) US
    NumberOfWarningSuboperations,
    /// (0000,1030) AE
    MoveOriginatorApplicationEntityTitle,
    /// (0000,1031) US
    MoveOriginatorMessageId,
}

impl Element {
    /// Every element by ascending tag, the order in which a command set has them (PS3.7 6.3).
    pub const ALL: [Self; 23] = [
        Self::AffectedSopClassUid,
        Self::RequestedSopClassUid,
        Self::CommandField,
        Self::MessageId,
        Self::MessageIdBeingRespondedTo,
        Self::MoveDestination,
        Self::Priority,
        Self::CommandDataSetType,
        Self::Status,
        Self::OffendingElement,
        Self::ErrorComment,
        Self::ErrorId,
        Self::AffectedSopInstanceUid,
        Self::RequestedSopInstanceUid,
        Self::EventTypeId,
        Self::AttributeIdentifierList,
        Self::ActionTypeId,
        Self::NumberOfRemainingSuboperations,
        Self::NumberOfCompletedSuboperations,
        Self::NumberOfFailedSuboperations,
        Self::NumberOfWarningSuboperations,
        Self::MoveOriginatorApplicationEntityTitle,
        Self::MoveOriginatorMessageId,
    ];

    /// The element with this element number in group 0000; `None` where table E.1-1 has none.
    #[must_use]
    pub fn from_number(number: u16) -> Option<Self> {
        let index = Self::ALL.binary_search_by_key(&number, |element| element.number()).ok()?;
        Self::ALL.get(index).copied()
    }

    /// The tag.
    #[must_use]
    pub const fn tag(self) -> Tag {
        Tag::new(0x0000, self.number())
    }

    /// The keyword of the standard: `AffectedSOPClassUID`.
    #[must_use]
    pub const fn keyword(self) -> &'static str {
        self.row().1
    }

    const fn number(self) -> u16 {
        self.row().0
    }

    const fn row(self) -> (u16, &'static str) {
        match self {
            Self::AffectedSopClassUid => (0x0002, "AffectedSOPClassUID"),
            Self::RequestedSopClassUid => (0x0003, "RequestedSOPClassUID"),
            Self::CommandField => (0x0100, "CommandField"),
            Self::MessageId => (0x0110, "MessageID"),
            Self::MessageIdBeingRespondedTo => (0x0120, "MessageIDBeingRespondedTo"),
            Self::MoveDestination => (0x0600, "MoveDestination"),
            Self::Priority => (0x0700, "Priority"),
            Self::CommandDataSetType => (0x0800, "CommandDataSetType"),
            Self::Status => (0x0900, "Status"),
            Self::OffendingElement => (0x0901, "OffendingElement"),
            Self::ErrorComment => (0x0902, "ErrorComment"),
            Self::ErrorId => (0x0903, "ErrorID"),
            Self::AffectedSopInstanceUid => (0x1000, "AffectedSOPInstanceUID"),
            Self::RequestedSopInstanceUid => (0x1001, "RequestedSOPInstanceUID"),
            Self::EventTypeId => (0x1002, "EventTypeID"),
            Self::AttributeIdentifierList => (0x1005, "AttributeIdentifierList"),
            Self::ActionTypeId => (0x1008, "ActionTypeID"),
            Self::NumberOfRemainingSuboperations => (0x1020, "NumberOfRemainingSuboperations"),
            Self::NumberOfCompletedSuboperations => (0x1021, "NumberOfCompletedSuboperations"),
            Self::NumberOfFailedSuboperations => (0x1022, "NumberOfFailedSuboperations"),
            Self::NumberOfWarningSuboperations => (0x1023, "NumberOfWarningSuboperations"),
            Self::MoveOriginatorApplicationEntityTitle => (0x1030, "MoveOriginatorApplicationEntityTitle"),
            Self::MoveOriginatorMessageId => (0x1031, "MoveOriginatorMessageID"),
        }
    }
}

impl fmt::Display for Element {
    /// `Status (0000,0900)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.keyword(), self.tag())
    }
}

/// The value of a command element, borrowed from its command set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value<'a> {
    /// UI
    Uid(&'a Uid),
    /// US
    Number(u16),
    /// AE
    Title(&'a AeTitle),
    /// AT, never empty
    Tags(&'a [Tag]),
    /// LO
    Text(&'a str),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_ascend() {
        assert!(Element::ALL.windows(2).all(|pair| pair[0].tag() < pair[1].tag()));
    }

    #[test]
    fn elements_are_found_by_number() {
        for element in Element::ALL {
            assert_eq!(Element::from_number(element.tag().element), Some(element));
        }
        assert_eq!(Element::from_number(0x0000), None, "Command Group Length");
        assert_eq!(Element::from_number(0x0010), None, "retired");
    }

    #[test]
    fn an_element_in_words() {
        assert_eq!(Element::Status.to_string(), "Status (0000,0900)");
    }
}
