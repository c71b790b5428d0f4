//! A command set as a value (PS3.7 section 6.3.1, annex E), with a constructor for each request and one for every
//! response. `messages` says which elements each message has, `encode` and `decode` are its bytes.

use super::element::{Element, Value};
use super::service::{CommandField, Service};
use super::status::{Category, Status};
use crate::error::{Error, Result};
use crate::types::{AeTitle, Tag, Uid};
use crate::wire::uids;

/// The most tags in a list that is sent: with two of them a command set still is below [`MAX_LENGTH`].
///
/// [`MAX_LENGTH`]: super::decode::MAX_LENGTH
pub const MOST_TAGS: usize = 8_000;

/// A command set.
///
/// Elements that the standard does not define, or has retired, are not kept: nothing may depend on them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandSet {
    /// Which message it is.
    pub command_field: CommandField,
    /// Message ID; in responses and C-CANCEL-RQ the Message ID Being Responded To ([`CommandField::refers`]).
    pub message_id: u16,
    /// `None` where it is missing or not a UID, here and in the three below.
    pub affected_sop_class: Option<Uid>,
    /// Of N-GET, N-SET, N-ACTION and N-DELETE requests.
    pub requested_sop_class: Option<Uid>,
    /// The instance that the operation or notification is about.
    pub affected_sop_instance: Option<Uid>,
    /// Of N-GET, N-SET, N-ACTION and N-DELETE requests.
    pub requested_sop_instance: Option<Uid>,
    /// `None` where it is missing or a number that the standard does not define: then medium is meant.
    pub priority: Option<Priority>,
    /// Whether a data set follows: any Command Data Set Type but 0101.
    pub has_data_set: bool,
    /// Always there in a response that was received.
    pub status: Option<Status>,
    /// Elements in which an error was detected; the first [`MOST_TAGS`] are sent.
    pub offending_elements: Vec<Tag>,
    /// What the performer says of the status; sent as 64 characters of the default repertoire at most.
    pub error_comment: Option<String>,
    /// An error code of the performer's own.
    pub error_id: Option<u16>,
    /// Of C-GET and C-MOVE responses.
    pub sub_operations: SubOperations,
    /// `None` where it is missing, blank or longer than 16 characters: then there is no such destination.
    pub move_destination: Option<AeTitle>,
    /// In the C-STORE sub-operations of a C-MOVE: who asked for the C-MOVE.
    pub move_originator: Option<AeTitle>,
    /// In the C-STORE sub-operations of a C-MOVE: the Message ID of the C-MOVE-RQ.
    pub move_originator_message_id: Option<u16>,
    /// Of N-EVENT-REPORT.
    pub event_type_id: Option<u16>,
    /// Of N-ACTION.
    pub action_type_id: Option<u16>,
    /// In an N-GET-RQ what is asked for, empty for everything; in responses what the status is about.
    pub attribute_identifiers: Vec<Tag>,
}

/// Priority (0000,0700).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Priority {
    /// 0000
    #[default]
    Medium,
    /// 0001
    High,
    /// 0002
    Low,
}

impl Priority {
    /// `None` for a number that the standard does not define.
    #[must_use]
    pub const fn from_wire(number: u16) -> Option<Self> {
        match number {
            0 => Some(Self::Medium),
            1 => Some(Self::High),
            2 => Some(Self::Low),
            _ => None,
        }
    }

    /// The number on the wire.
    #[must_use]
    pub const fn get(self) -> u16 {
        match self {
            Self::Medium => 0,
            Self::High => 1,
            Self::Low => 2,
        }
    }
}

/// The four counts of C-GET and C-MOVE responses (PS3.7 9.1.3.1, 9.1.4.1); each may be missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SubOperations {
    /// Not begun; only while pending or cancelled.
    pub remaining: Option<u16>,
    /// Done successfully.
    pub completed: Option<u16>,
    /// Failed.
    pub failed: Option<u16>,
    /// Done with a warning.
    pub warning: Option<u16>,
}

/// Requests, one constructor each; responses are made by [`CommandSet::response_to`].
impl CommandSet {
    /// C-ECHO-RQ (PS3.7 table 9.3-12).
    #[must_use]
    pub fn c_echo_rq(message_id: u16) -> Self {
        Self {
            affected_sop_class: Some(uids::VERIFICATION),
            ..Self::blank(CommandField::Request(Service::CEcho), message_id)
        }
    }

    /// C-STORE-RQ (PS3.7 table 9.3-1).
    #[must_use]
    pub fn c_store_rq(message_id: u16, sop_class: Uid, sop_instance: Uid, priority: Priority) -> Self {
        Self {
            affected_sop_instance: Some(sop_instance),
            ..Self::composite_rq(Service::CStore, message_id, sop_class, priority)
        }
    }

    /// C-FIND-RQ (PS3.7 table 9.3-3).
    #[must_use]
    pub fn c_find_rq(message_id: u16, sop_class: Uid, priority: Priority) -> Self {
        Self::composite_rq(Service::CFind, message_id, sop_class, priority)
    }

    /// C-GET-RQ (PS3.7 table 9.3-6).
    #[must_use]
    pub fn c_get_rq(message_id: u16, sop_class: Uid, priority: Priority) -> Self {
        Self::composite_rq(Service::CGet, message_id, sop_class, priority)
    }

    /// C-MOVE-RQ (PS3.7 table 9.3-9).
    #[must_use]
    pub fn c_move_rq(message_id: u16, sop_class: Uid, destination: AeTitle, priority: Priority) -> Self {
        Self {
            move_destination: Some(destination),
            ..Self::composite_rq(Service::CMove, message_id, sop_class, priority)
        }
    }

    /// C-CANCEL-RQ of the request with this Message ID (PS3.7 tables 9.3-5, 9.3-8 and 9.3-11).
    #[must_use]
    pub fn c_cancel_rq(message_id_to_cancel: u16) -> Self {
        Self::blank(CommandField::CancelRq, message_id_to_cancel)
    }

    /// N-EVENT-REPORT-RQ (PS3.7 table 10.3-1); with a data set: [`CommandSet::with_data_set`].
    #[must_use]
    pub fn n_event_report_rq(message_id: u16, sop_class: Uid, sop_instance: Uid, event_type_id: u16) -> Self {
        Self {
            affected_sop_class: Some(sop_class),
            affected_sop_instance: Some(sop_instance),
            event_type_id: Some(event_type_id),
            ..Self::blank(CommandField::Request(Service::NEventReport), message_id)
        }
    }

    /// N-GET-RQ (PS3.7 table 10.3-3) for these attributes, or for all where the list is empty.
    pub fn n_get_rq(
        message_id: u16,
        sop_class: Uid,
        sop_instance: Uid,
        attributes: Vec<Tag>,
    ) -> Result<Self> {
        if attributes.len() > MOST_TAGS {
            return Err(Error::invalid_argument(format!(
                "an N-GET for {} attributes was asked for; {MOST_TAGS} are allowed",
                attributes.len()
            )));
        }
        Ok(Self {
            attribute_identifiers: attributes,
            ..Self::normalized_rq(Service::NGet, message_id, sop_class, sop_instance)
        })
    }

    /// N-SET-RQ (PS3.7 table 10.3-5); its data set is the modification list.
    #[must_use]
    pub fn n_set_rq(message_id: u16, sop_class: Uid, sop_instance: Uid) -> Self {
        Self::normalized_rq(Service::NSet, message_id, sop_class, sop_instance).with_data_set()
    }

    /// N-ACTION-RQ (PS3.7 table 10.3-7); with a data set: [`CommandSet::with_data_set`].
    #[must_use]
    pub fn n_action_rq(message_id: u16, sop_class: Uid, sop_instance: Uid, action_type_id: u16) -> Self {
        Self {
            action_type_id: Some(action_type_id),
            ..Self::normalized_rq(Service::NAction, message_id, sop_class, sop_instance)
        }
    }

    /// N-CREATE-RQ (PS3.7 table 10.3-9); without an instance the performer chooses its UID. With a data set:
    /// [`CommandSet::with_data_set`].
    #[must_use]
    pub fn n_create_rq(message_id: u16, sop_class: Uid, sop_instance: Option<Uid>) -> Self {
        Self {
            affected_sop_class: Some(sop_class),
            affected_sop_instance: sop_instance,
            ..Self::blank(CommandField::Request(Service::NCreate), message_id)
        }
    }

    /// N-DELETE-RQ (PS3.7 table 10.3-11).
    #[must_use]
    pub fn n_delete_rq(message_id: u16, sop_class: Uid, sop_instance: Uid) -> Self {
        Self::normalized_rq(Service::NDelete, message_id, sop_class, sop_instance)
    }

    /// The response to `request`, without a data set. The message id, the class, the instance, and the event or
    /// action type are the request's: what it requested is what the response says was affected.
    ///
    /// C-CANCEL-RQ and responses are never answered by a message of their own, so this is not asked of them.
    #[must_use]
    pub fn response_to(request: &Self, status: Status) -> Self {
        Self {
            status: Some(status),
            affected_sop_class: request.sop_class().cloned(),
            affected_sop_instance: request.sop_instance().cloned(),
            event_type_id: request.event_type_id,
            action_type_id: request.action_type_id,
            ..Self::blank(request.command_field.response(), request.message_id)
        }
    }

    /// What every C- request with a data set has.
    fn composite_rq(service: Service, message_id: u16, sop_class: Uid, priority: Priority) -> Self {
        Self {
            affected_sop_class: Some(sop_class),
            priority: Some(priority),
            has_data_set: true,
            ..Self::blank(CommandField::Request(service), message_id)
        }
    }

    /// What every request about an existing instance has.
    fn normalized_rq(service: Service, message_id: u16, sop_class: Uid, sop_instance: Uid) -> Self {
        Self {
            requested_sop_class: Some(sop_class),
            requested_sop_instance: Some(sop_instance),
            ..Self::blank(CommandField::Request(service), message_id)
        }
    }

    pub(super) fn blank(command_field: CommandField, message_id: u16) -> Self {
        Self {
            command_field,
            message_id,
            affected_sop_class: None,
            requested_sop_class: None,
            affected_sop_instance: None,
            requested_sop_instance: None,
            priority: None,
            has_data_set: false,
            status: None,
            offending_elements: Vec::new(),
            error_comment: None,
            error_id: None,
            sub_operations: SubOperations::default(),
            move_destination: None,
            move_originator: None,
            move_originator_message_id: None,
            event_type_id: None,
            action_type_id: None,
            attribute_identifiers: Vec::new(),
        }
    }
}

/// What a message may have beyond what its constructor gave it.
impl CommandSet {
    /// The same with a data set to follow.
    #[must_use]
    pub fn with_data_set(self) -> Self {
        Self { has_data_set: true, ..self }
    }

    /// The same with words about the status.
    #[must_use]
    pub fn with_error_comment(self, comment: impl Into<String>) -> Self {
        Self { error_comment: Some(comment.into()), ..self }
    }

    /// The same with the elements in which the error was detected.
    #[must_use]
    pub fn with_offending_elements(self, elements: Vec<Tag>) -> Self {
        Self { offending_elements: elements, ..self }
    }

    /// A response with its counts. What remains is said only while pending or cancelled (PS3.4 C.4.2.1.6, C.4.3.1.6).
    #[must_use]
    pub fn with_sub_operations(self, counts: SubOperations) -> Self {
        let unfinished = self
            .status
            .is_some_and(|status| matches!(status.category(), Category::Pending | Category::Cancel));
        let remaining = counts.remaining.filter(|_| unfinished);
        Self { sub_operations: SubOperations { remaining, ..counts }, ..self }
    }

    /// A C-STORE-RQ as a sub-operation of the C-MOVE that `originator` asked for.
    #[must_use]
    pub fn with_move_originator(self, originator: AeTitle, message_id: u16) -> Self {
        Self { move_originator: Some(originator), move_originator_message_id: Some(message_id), ..self }
    }

    /// An N-CREATE-RSP with the UID that the performer chose.
    #[must_use]
    pub fn with_affected_sop_instance(self, sop_instance: Uid) -> Self {
        Self { affected_sop_instance: Some(sop_instance), ..self }
    }

    /// The SOP class that the message is about: the requested one, else the affected one.
    #[must_use]
    pub fn sop_class(&self) -> Option<&Uid> {
        self.requested_sop_class.as_ref().or(self.affected_sop_class.as_ref())
    }

    /// The SOP instance that the message is about: the requested one, else the affected one.
    #[must_use]
    pub fn sop_instance(&self) -> Option<&Uid> {
        self.requested_sop_instance.as_ref().or(self.affected_sop_instance.as_ref())
    }

    /// The value of an element; `None` where it is absent.
    #[must_use]
    pub fn value(&self, element: Element) -> Option<Value<'_>> {
        let referring = self.command_field.refers();
        match element {
            Element::AffectedSopClassUid => self.affected_sop_class.as_ref().map(Value::Uid),
            Element::RequestedSopClassUid => self.requested_sop_class.as_ref().map(Value::Uid),
            Element::CommandField => Some(Value::Number(self.command_field.get())),
            Element::MessageId => (!referring).then_some(Value::Number(self.message_id)),
            Element::MessageIdBeingRespondedTo => referring.then_some(Value::Number(self.message_id)),
            Element::MoveDestination => self.move_destination.as_ref().map(Value::Title),
            Element::Priority => self.priority.map(|priority| Value::Number(priority.get())),
            Element::CommandDataSetType => {
                Some(Value::Number(if self.has_data_set { DATA_SET } else { NO_DATA_SET }))
            }
            Element::Status => self.status.map(|status| Value::Number(status.0)),
            Element::OffendingElement => tags(&self.offending_elements),
            Element::ErrorComment => self.error_comment.as_deref().map(Value::Text),
            Element::ErrorId => self.error_id.map(Value::Number),
            Element::AffectedSopInstanceUid => self.affected_sop_instance.as_ref().map(Value::Uid),
            Element::RequestedSopInstanceUid => self.requested_sop_instance.as_ref().map(Value::Uid),
            Element::EventTypeId => self.event_type_id.map(Value::Number),
            Element::AttributeIdentifierList => tags(&self.attribute_identifiers),
            Element::ActionTypeId => self.action_type_id.map(Value::Number),
            Element::NumberOfRemainingSuboperations => self.sub_operations.remaining.map(Value::Number),
            Element::NumberOfCompletedSuboperations => self.sub_operations.completed.map(Value::Number),
            Element::NumberOfFailedSuboperations => self.sub_operations.failed.map(Value::Number),
            Element::NumberOfWarningSuboperations => self.sub_operations.warning.map(Value::Number),
            Element::MoveOriginatorApplicationEntityTitle => self.move_originator.as_ref().map(Value::Title),
            Element::MoveOriginatorMessageId => self.move_originator_message_id.map(Value::Number),
        }
    }
}

/// Command Data Set Type (0000,0800) without a data set.
pub(super) const NO_DATA_SET: u16 = 0x0101;
/// Any other number means that there is one; this is what most implementations send.
const DATA_SET: u16 = 0x0001;

fn tags(tags: &[Tag]) -> Option<Value<'_>> {
    if tags.is_empty() { None } else { Some(Value::Tags(tags)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLASS: Uid = Uid::from_static("1.2.3");
    const INSTANCE: Uid = Uid::from_static("1.2.3.4");

    #[test]
    fn a_response_mirrors_what_was_affected() {
        let request = CommandSet::c_store_rq(7, CLASS, INSTANCE, Priority::High);
        let response = CommandSet::response_to(&request, Status::SUCCESS);
        assert_eq!(response.command_field, CommandField::Response(Service::CStore));
        assert_eq!(response.message_id, 7);
        assert_eq!(response.affected_sop_class, Some(CLASS));
        assert_eq!(response.affected_sop_instance, Some(INSTANCE));
        assert_eq!(response.status, Some(Status::SUCCESS));
        assert!(!response.has_data_set);
        assert_eq!(response.priority, None);
    }

    #[test]
    fn a_response_says_that_what_was_requested_was_affected() {
        let request = CommandSet::n_action_rq(9, CLASS, INSTANCE, 4).with_data_set();
        let response = CommandSet::response_to(&request, Status::PROCESSING_FAILURE);
        assert_eq!(response.affected_sop_class, Some(CLASS));
        assert_eq!(response.affected_sop_instance, Some(INSTANCE));
        assert_eq!(response.requested_sop_class, None);
        assert_eq!(response.requested_sop_instance, None);
        assert_eq!(response.action_type_id, Some(4));
    }

    #[test]
    fn an_unknown_request_is_answered_in_its_own_number() {
        let request = CommandSet::blank(CommandField::Unknown(0x0042), 3);
        let response = CommandSet::response_to(&request, Status::UNRECOGNIZED_OPERATION);
        assert_eq!(response.command_field, CommandField::Unknown(0x8042));
        assert_eq!(response.value(Element::MessageIdBeingRespondedTo), Some(Value::Number(3)));
    }

    #[test]
    fn what_remains_is_said_while_pending_or_cancelled_only() {
        let request = CommandSet::c_get_rq(1, CLASS, Priority::Medium);
        let counts =
            SubOperations { remaining: Some(1), completed: Some(2), failed: Some(3), warning: Some(4) };
        for (status, remaining) in [
            (Status::PENDING, Some(1)),
            (Status::CANCEL, Some(1)),
            (Status::SUCCESS, None),
            (Status::SUB_OPERATIONS_WARNING, None),
            (Status::UNABLE_TO_PERFORM_SUB_OPERATIONS, None),
        ] {
            let response = CommandSet::response_to(&request, status).with_sub_operations(counts);
            assert_eq!(response.sub_operations, SubOperations { remaining, ..counts }, "{status}");
        }
    }

    #[test]
    fn an_n_get_for_too_many_attributes_is_refused() {
        let tags = |count| vec![Tag::new(0x0010, 0x0010); count];
        assert!(CommandSet::n_get_rq(1, CLASS, INSTANCE, tags(MOST_TAGS)).is_ok());
        let error = CommandSet::n_get_rq(1, CLASS, INSTANCE, tags(MOST_TAGS + 1)).unwrap_err();
        assert_eq!(error.to_string(), "an N-GET for 8001 attributes was asked for; 8000 are allowed");
    }

    #[test]
    fn priorities() {
        for priority in [Priority::Medium, Priority::High, Priority::Low] {
            assert_eq!(Priority::from_wire(priority.get()), Some(priority));
        }
        assert_eq!(Priority::from_wire(3), None);
        assert_eq!(Priority::default(), Priority::Medium);
    }
}
