//! What becomes of a request: answered by the library, handed to the handler, or refused with the right status.

use crate::dimse::command::CommandSet;
use crate::dimse::service::{CommandField, Service};
use crate::dimse::status::Status;
use crate::net::exchange::Reception;
use crate::ul::negotiated::AcceptedContext;
use crate::wire::uids;

/// Decides. `handled`: there is a handler that wants to have every request of a service that is provided.
pub(super) fn dispatch(context: &AcceptedContext, command: &CommandSet, handled: bool) -> Reception {
    let answer = |status| Reception::Answer(Box::new(CommandSet::response_to(command, status)));
    match refusal(context, command) {
        Some(status) => answer(status),
        None if handled => Reception::Hand,
        None => answer(Status::SUCCESS),
    }
}

fn refusal(context: &AcceptedContext, command: &CommandSet) -> Option<Status> {
    let CommandField::Request(service) = command.command_field else {
        return Some(Status::UNRECOGNIZED_OPERATION);
    };
    let provided = context.local.scp
        && match service {
            Service::CEcho => context.abstract_syntax == uids::VERIFICATION,
            _ => false,
        };
    // PS3.7 9.1: the class of the message is that of its context.
    let same_class = command.sop_class().is_none_or(|class| *class == context.abstract_syntax);
    if provided && same_class { None } else { Some(Status::SOP_CLASS_NOT_SUPPORTED) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{PresentationContextId, Uid};
    use crate::ul::negotiation::Roles;

    fn context(abstract_syntax: &Uid, local: Roles) -> AcceptedContext {
        AcceptedContext {
            id: PresentationContextId::new(1).unwrap(),
            abstract_syntax: abstract_syntax.clone(),
            transfer_syntax: uids::IMPLICIT_VR_LITTLE_ENDIAN,
            local,
        }
    }

    fn status(context: &AcceptedContext, command: &CommandSet) -> Option<Status> {
        match dispatch(context, command, false) {
            Reception::Answer(response) => response.status,
            Reception::Hand | Reception::Take { .. } => None,
        }
    }

    #[test]
    fn an_echo_is_answered_where_verification_was_negotiated() {
        let verification = context(&uids::VERIFICATION, Roles::SCP);
        assert_eq!(status(&verification, &CommandSet::c_echo_rq(7)), Some(Status::SUCCESS));
        assert!(matches!(dispatch(&verification, &CommandSet::c_echo_rq(7), true), Reception::Hand));
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
