//! What becomes of a request: answered by the library, handed to the handler, or refused with the right status.

use std::sync::Arc;

use crate::dimse::command::CommandSet;
use crate::dimse::element::Element;
use crate::dimse::messages::Lack;
use crate::dimse::service::{CommandField, Service};
use crate::dimse::status::Status;
use crate::net::data::Sink;
use crate::net::exchange::{Reception, Rest};
use crate::net::facts::Facts;
use crate::storage::arrival::{About, Arrival, Destination};
use crate::storage::folder::Folder;
use crate::storage::head::{Front, Fronts, HeadReader};
use crate::storage::watch::Watcher;
use crate::ul::negotiated::AcceptedContext;
use crate::wire::uids;

/// What a server provides.
pub(super) struct Services<'a> {
    /// Where instances go; `None` where none are taken.
    pub(super) folder: Option<&'a Folder>,
    /// There is a handler that wants to have every request of a service that is provided.
    pub(super) handled: bool,
    /// There is a handler that decides by so much of an instance where it goes; all fronts count together.
    pub(super) front: Option<(Front, &'a Arc<Fronts>)>,
    /// Sees the elements of each instance.
    pub(super) watcher: Option<&'a Watcher>,
    /// What becomes of the rest of an instance that is refused.
    pub(super) rest: Rest,
}

/// Decides.
pub(super) fn dispatch(
    services: &Services<'_>,
    facts: &Facts,
    context: &AcceptedContext,
    command: &CommandSet,
) -> Reception {
    let answer = |response| Reception::Answer(Box::new(response));
    let CommandField::Request(service) = command.command_field else {
        return answer(CommandSet::response_to(command, Status::UNRECOGNIZED_OPERATION));
    };
    // PS3.7 9.1: the class of the message is that of its context.
    let same_class = command.sop_class().is_none_or(|class| *class == context.abstract_syntax);
    match service {
        _ if !context.local.scp || !same_class => {}
        Service::CEcho if context.abstract_syntax == uids::VERIFICATION => {
            return if services.handled {
                Reception::Hand
            } else {
                answer(CommandSet::response_to(command, Status::SUCCESS))
            };
        }
        Service::CStore if uids::may_be_stored(&context.abstract_syntax) => {
            let about = || About::new(facts, context, command);
            let sink: Option<Box<dyn Sink>> = match (services.front, services.folder) {
                (Some((front, fronts)), _) => {
                    Some(Box::new(HeadReader::new(front, &context.transfer_syntax, fronts)))
                }
                (None, Some(folder)) => Some(Box::new(Arrival::new(
                    about(),
                    Destination::Folder(folder.clone()),
                    services.watcher,
                ))),
                (None, None) => None,
            };
            if let Some(sink) = sink {
                return match command.lack() {
                    Some(lack) => {
                        let status = match lack {
                            // PS3.7 9.1.1.1.9: also where it is there, but is none.
                            Lack::Element(_, Element::AffectedSopInstanceUid) => Status::INVALID_SOP_INSTANCE,
                            _ => Status::UNABLE_TO_PROCESS,
                        };
                        answer(CommandSet::response_to(command, status).with_error_comment(lack.to_string()))
                    }
                    None => Reception::Take { sink, asked: services.handled, rest: services.rest },
                };
            }
        }
        _ => {}
    }
    answer(CommandSet::response_to(command, Status::SOP_CLASS_NOT_SUPPORTED))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{AeTitle, PresentationContextId, Uid};
    use crate::ul::negotiated::Negotiated;
    use crate::ul::negotiation::{AcceptorPolicy, Roles, negotiate};
    use crate::wire::item::UserInformation;
    use crate::wire::pdu::AssociateRq;

    fn context(abstract_syntax: &Uid, local: Roles) -> AcceptedContext {
        AcceptedContext {
            id: PresentationContextId::new(1).unwrap(),
            abstract_syntax: abstract_syntax.clone(),
            transfer_syntax: uids::IMPLICIT_VR_LITTLE_ENDIAN,
            local,
        }
    }

    fn dispatched(context: &AcceptedContext, command: &CommandSet, handled: bool) -> Reception {
        let title = AeTitle::new("ANY").unwrap();
        let rq = AssociateRq {
            protocol_version: 1,
            called: title,
            calling: title,
            reserved: [0; 32],
            application_context: None,
            contexts: Vec::new(),
            user: UserInformation::default(),
        };
        let ac = negotiate(&rq, &AcceptorPolicy::new(uids::VERIFICATION)).unwrap();
        let address = "192.0.2.1:104".parse().unwrap();
        let negotiated = Negotiated::as_acceptor(&rq, &ac).unwrap();
        let facts = Facts { local: address, peer: address, requestor: false, negotiated };
        let services = Services { folder: None, handled, front: None, watcher: None, rest: Rest::Discard };
        dispatch(&services, &facts, context, command)
    }

    fn status(context: &AcceptedContext, command: &CommandSet) -> Option<Status> {
        match dispatched(context, command, false) {
            Reception::Answer(response) => response.status,
            Reception::Hand | Reception::Take { .. } => None,
        }
    }

    #[test]
    fn an_echo_is_answered_where_verification_was_negotiated() {
        let verification = context(&uids::VERIFICATION, Roles::SCP);
        assert_eq!(status(&verification, &CommandSet::c_echo_rq(7)), Some(Status::SUCCESS));
        assert!(matches!(dispatched(&verification, &CommandSet::c_echo_rq(7), true), Reception::Hand));
    }

    #[test]
    fn a_request_on_a_context_of_another_class_is_answered_0122() {
        let find = context(&uids::STUDY_ROOT_FIND, Roles::SCP);
        assert_eq!(status(&find, &CommandSet::c_echo_rq(7)), Some(Status::SOP_CLASS_NOT_SUPPORTED));
        let no_role = context(&uids::VERIFICATION, Roles::SCU);
        assert_eq!(status(&no_role, &CommandSet::c_echo_rq(7)), Some(Status::SOP_CLASS_NOT_SUPPORTED));
    }

    #[test]
    fn an_unknown_command_is_answered_0211() {
        let verification = context(&uids::VERIFICATION, Roles::SCP);
        let unknown = CommandSet { command_field: CommandField::Unknown(2), ..CommandSet::c_echo_rq(7) };
        assert_eq!(status(&verification, &unknown), Some(Status::UNRECOGNIZED_OPERATION));
    }
}
