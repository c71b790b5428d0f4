//! Which elements each message has (PS3.7 tables 9.3-1 to 9.3-13 and 10.3-1 to 10.3-12; usage from the service
//! tables 9.1-1 to 9.1-5 and 10.1-1 to 10.1-6, for responses also from annex C).

use std::fmt;

use super::command::CommandSet;
use super::element::Element;
use super::service::CommandField::{self, CancelRq, Request, Response};
use super::service::Service;

/// How a message uses an element or a data set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Usage {
    /// M
    Mandatory,
    /// C: there under a condition, such as a status
    Conditional,
    /// U: an option of the service user
    Optional,
    /// Not part of the message
    Never,
}

/// A message: its elements by ascending tag, and whether it has a data set.
#[derive(Debug, Clone, Copy)]
pub struct Message {
    /// Which message.
    pub command_field: CommandField,
    /// Its elements; any other is not part of it.
    pub elements: &'static [(Element, Usage)],
    /// Its data set.
    pub data_set: Usage,
}

/// The message of a command field; `None` for unknown ones.
#[must_use]
pub fn message(command_field: CommandField) -> Option<&'static Message> {
    MESSAGES.iter().find(|message| message.command_field == command_field)
}

/// What a received message lacks; the words say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lack {
    /// A mandatory element, or its value was not usable.
    Element(CommandField, Element),
    /// A mandatory data set.
    DataSet(CommandField),
}

impl fmt::Display for Lack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Element(command, element) => write!(f, "{command} without a valid {element}"),
            Self::DataSet(command) => write!(f, "{command} without a data set"),
        }
    }
}

impl CommandSet {
    /// The first thing that the message must have and has not, so that it cannot be performed but can be answered.
    ///
    /// Priority may be missing (wire.md, Messages). Unknown messages lack nothing.
    #[must_use]
    pub fn lack(&self) -> Option<Lack> {
        let message = message(self.command_field)?;
        let missing = message.elements.iter().find(|(element, usage)| {
            *usage == M && *element != E::Priority && self.value(*element).is_none()
        });
        match missing {
            Some((element, _)) => Some(Lack::Element(self.command_field, *element)),
            None if message.data_set == M && !self.has_data_set => Some(Lack::DataSet(self.command_field)),
            None => None,
        }
    }
}

type E = Element;
const M: Usage = Usage::Mandatory;
const C: Usage = Usage::Conditional;
const U: Usage = Usage::Optional;
const NEVER: Usage = Usage::Never;

/// Every message of PS3.7.
pub static MESSAGES: [Message; 23] = [
    Message {
        command_field: Request(Service::CStore),
        elements: &[
            (E::AffectedSopClassUid, M),
            (E::CommandField, M),
            (E::MessageId, M),
            (E::Priority, M),
            (E::CommandDataSetType, M),
            (E::AffectedSopInstanceUid, M),
            (E::MoveOriginatorApplicationEntityTitle, U),
            (E::MoveOriginatorMessageId, U),
        ],
        data_set: M,
    },
    Message {
        command_field: Response(Service::CStore),
        elements: &[
            (E::AffectedSopClassUid, U),
            (E::CommandField, M),
            (E::MessageIdBeingRespondedTo, M),
            (E::CommandDataSetType, M),
            (E::Status, M),
            (E::OffendingElement, C),
            (E::ErrorComment, C),
            (E::ErrorId, C),
            (E::AffectedSopInstanceUid, U),
        ],
        data_set: NEVER,
    },
    Message {
        command_field: Request(Service::CFind),
        elements: &[
            (E::AffectedSopClassUid, M),
            (E::CommandField, M),
            (E::MessageId, M),
            (E::Priority, M),
            (E::CommandDataSetType, M),
        ],
        data_set: M,
    },
    Message {
        command_field: Response(Service::CFind),
        elements: &[
            (E::AffectedSopClassUid, U),
            (E::CommandField, M),
            (E::MessageIdBeingRespondedTo, M),
            (E::CommandDataSetType, M),
            (E::Status, M),
            (E::OffendingElement, C),
            (E::ErrorComment, C),
            (E::ErrorId, C),
        ],
        data_set: C,
    },
    Message {
        command_field: Request(Service::CGet),
        elements: &[
            (E::AffectedSopClassUid, M),
            (E::CommandField, M),
            (E::MessageId, M),
            (E::Priority, M),
            (E::CommandDataSetType, M),
        ],
        data_set: M,
    },
    Message {
        command_field: Response(Service::CGet),
        elements: &[
            (E::AffectedSopClassUid, U),
            (E::CommandField, M),
            (E::MessageIdBeingRespondedTo, M),
            (E::CommandDataSetType, M),
            (E::Status, M),
            (E::OffendingElement, C),
            (E::ErrorComment, C),
            (E::ErrorId, C),
            (E::NumberOfRemainingSuboperations, C),
            (E::NumberOfCompletedSuboperations, C),
            (E::NumberOfFailedSuboperations, C),
            (E::NumberOfWarningSuboperations, C),
        ],
        data_set: U,
    },
    Message {
        command_field: Request(Service::CMove),
        elements: &[
            (E::AffectedSopClassUid, M),
            (E::CommandField, M),
            (E::MessageId, M),
            (E::MoveDestination, M),
            (E::Priority, M),
            (E::CommandDataSetType, M),
        ],
        data_set: M,
    },
    Message {
        command_field: Response(Service::CMove),
        elements: &[
            (E::AffectedSopClassUid, U),
            (E::CommandField, M),
            (E::MessageIdBeingRespondedTo, M),
            (E::CommandDataSetType, M),
            (E::Status, M),
            (E::OffendingElement, C),
            (E::ErrorComment, C),
            (E::ErrorId, C),
            (E::NumberOfRemainingSuboperations, C),
            (E::NumberOfCompletedSuboperations, C),
            (E::NumberOfFailedSuboperations, C),
            (E::NumberOfWarningSuboperations, C),
        ],
        data_set: U,
    },
    Message {
        command_field: Request(Service::CEcho),
        elements: &[
            (E::AffectedSopClassUid, M),
            (E::CommandField, M),
            (E::MessageId, M),
            (E::CommandDataSetType, M),
        ],
        data_set: NEVER,
    },
    Message {
        command_field: Response(Service::CEcho),
        elements: &[
            (E::AffectedSopClassUid, U),
            (E::CommandField, M),
            (E::MessageIdBeingRespondedTo, M),
            (E::CommandDataSetType, M),
            (E::Status, M),
            (E::ErrorComment, C),
            (E::ErrorId, C),
        ],
        data_set: NEVER,
    },
    Message {
        command_field: CancelRq,
        elements: &[(E::CommandField, M), (E::MessageIdBeingRespondedTo, M), (E::CommandDataSetType, M)],
        data_set: NEVER,
    },
    Message {
        command_field: Request(Service::NEventReport),
        elements: &[
            (E::AffectedSopClassUid, M),
            (E::CommandField, M),
            (E::MessageId, M),
            (E::CommandDataSetType, M),
            (E::AffectedSopInstanceUid, M),
            (E::EventTypeId, M),
        ],
        data_set: U,
    },
    Message {
        command_field: Response(Service::NEventReport),
        elements: &[
            (E::AffectedSopClassUid, U),
            (E::CommandField, M),
            (E::MessageIdBeingRespondedTo, M),
            (E::CommandDataSetType, M),
            (E::Status, M),
            (E::ErrorComment, C),
            (E::ErrorId, C),
            (E::AffectedSopInstanceUid, U),
            (E::EventTypeId, C),
        ],
        data_set: C,
    },
    Message {
        command_field: Request(Service::NGet),
        elements: &[
            (E::RequestedSopClassUid, M),
            (E::CommandField, M),
            (E::MessageId, M),
            (E::CommandDataSetType, M),
            (E::RequestedSopInstanceUid, M),
            (E::AttributeIdentifierList, U),
        ],
        data_set: NEVER,
    },
    Message {
        command_field: Response(Service::NGet),
        elements: &[
            (E::AffectedSopClassUid, U),
            (E::CommandField, M),
            (E::MessageIdBeingRespondedTo, M),
            (E::CommandDataSetType, M),
            (E::Status, M),
            (E::ErrorComment, C),
            (E::ErrorId, C),
            (E::AffectedSopInstanceUid, U),
            (E::AttributeIdentifierList, C),
        ],
        data_set: C,
    },
    Message {
        command_field: Request(Service::NSet),
        elements: &[
            (E::RequestedSopClassUid, M),
            (E::CommandField, M),
            (E::MessageId, M),
            (E::CommandDataSetType, M),
            (E::RequestedSopInstanceUid, M),
        ],
        data_set: M,
    },
    Message {
        command_field: Response(Service::NSet),
        elements: &[
            (E::AffectedSopClassUid, U),
            (E::CommandField, M),
            (E::MessageIdBeingRespondedTo, M),
            (E::CommandDataSetType, M),
            (E::Status, M),
            (E::ErrorComment, C),
            (E::ErrorId, C),
            (E::AffectedSopInstanceUid, U),
            (E::AttributeIdentifierList, C),
        ],
        data_set: U,
    },
    Message {
        command_field: Request(Service::NAction),
        elements: &[
            (E::RequestedSopClassUid, M),
            (E::CommandField, M),
            (E::MessageId, M),
            (E::CommandDataSetType, M),
            (E::RequestedSopInstanceUid, M),
            (E::ActionTypeId, M),
        ],
        data_set: U,
    },
    Message {
        command_field: Response(Service::NAction),
        elements: &[
            (E::AffectedSopClassUid, U),
            (E::CommandField, M),
            (E::MessageIdBeingRespondedTo, M),
            (E::CommandDataSetType, M),
            (E::Status, M),
            (E::ErrorComment, C),
            (E::ErrorId, C),
            (E::AffectedSopInstanceUid, U),
            (E::ActionTypeId, C),
        ],
        data_set: C,
    },
    Message {
        command_field: Request(Service::NCreate),
        elements: &[
            (E::AffectedSopClassUid, M),
            (E::CommandField, M),
            (E::MessageId, M),
            (E::CommandDataSetType, M),
            (E::AffectedSopInstanceUid, U),
        ],
        data_set: U,
    },
    Message {
        command_field: Response(Service::NCreate),
        elements: &[
            (E::AffectedSopClassUid, U),
            (E::CommandField, M),
            (E::MessageIdBeingRespondedTo, M),
            (E::CommandDataSetType, M),
            (E::Status, M),
            (E::ErrorComment, C),
            (E::ErrorId, C),
            (E::AffectedSopInstanceUid, C),
            (E::AttributeIdentifierList, C),
        ],
        data_set: U,
    },
    Message {
        command_field: Request(Service::NDelete),
        elements: &[
            (E::RequestedSopClassUid, M),
            (E::CommandField, M),
            (E::MessageId, M),
            (E::CommandDataSetType, M),
            (E::RequestedSopInstanceUid, M),
        ],
        data_set: NEVER,
    },
    Message {
        command_field: Response(Service::NDelete),
        elements: &[
            (E::AffectedSopClassUid, U),
            (E::CommandField, M),
            (E::MessageIdBeingRespondedTo, M),
            (E::CommandDataSetType, M),
            (E::Status, M),
            (E::ErrorComment, C),
            (E::ErrorId, C),
            (E::AffectedSopInstanceUid, U),
        ],
        data_set: NEVER,
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dimse::command::Priority;
    use crate::types::Uid;

    #[test]
    fn every_message_is_there_once_with_ascending_elements() {
        for message in &MESSAGES {
            assert_eq!(MESSAGES.iter().filter(|m| m.command_field == message.command_field).count(), 1);
            assert!(message.elements.windows(2).all(|pair| pair[0].0.tag() < pair[1].0.tag()));
            assert!(message.elements.iter().all(|(_, usage)| *usage != NEVER));
        }
        for service in Service::ALL {
            assert!(message(Request(service)).is_some() && message(Response(service)).is_some());
        }
    }

    #[test]
    fn every_message_bears_its_id_and_says_whether_data_follow() {
        for Message { command_field, elements, .. } in &MESSAGES {
            let id = if command_field.refers() { E::MessageIdBeingRespondedTo } else { E::MessageId };
            for element in [E::CommandField, id, E::CommandDataSetType] {
                assert!(elements.contains(&(element, M)), "{command_field} {element}");
            }
            assert_eq!(elements.contains(&(E::Status, M)), command_field.is_response(), "{command_field}");
        }
    }

    #[test]
    fn what_lacks_is_said_in_words() {
        let (class, instance) = (Uid::from_static("1.2"), Uid::from_static("1.2.3"));
        let store = CommandSet::c_store_rq(1, class, instance, Priority::Medium);
        assert_eq!(store.lack(), None);
        assert_eq!(CommandSet { priority: None, ..store.clone() }.lack(), None);
        assert_eq!(
            CommandSet { affected_sop_instance: None, ..store.clone() }.lack().unwrap().to_string(),
            "C-STORE-RQ without a valid AffectedSOPInstanceUID (0000,1000)"
        );
        assert_eq!(
            CommandSet { has_data_set: false, ..store }.lack().unwrap().to_string(),
            "C-STORE-RQ without a data set"
        );
    }
}
