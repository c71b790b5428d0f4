//! C-ECHO as user (PS3.7 9.1.5, PS3.4 annex A).

use std::sync::Arc;
use std::time::Instant;

use crate::dimse::command::CommandSet;
use crate::dimse::service::{CommandField, Service};
use crate::dimse::status::Category;
use crate::error::{Cause, Error, Phase, Result};
use crate::net::association::Association;
use crate::net::exchange::{Exchange, Next};
use crate::net::operation::{Event, Operation, Outcome};
use crate::net::timeouts::Limit;
use crate::types::PresentationContextId;
use crate::ul::negotiated::{Negotiated, Role};
use crate::wire::uids;

/// What can be set for one C-ECHO.
#[derive(Debug, Clone, Default)]
pub struct EchoOptions {
    /// How long the response may take; `None` takes the association's limit.
    pub reply: Option<Limit>,
}

/// Starts a C-ECHO; `operation` is done when it is answered.
pub fn echo(association: &Association, options: &EchoOptions, operation: &Arc<Operation>) {
    association.start(operation, Box::new(Echo { reply: options.reply }));
}

struct Echo {
    reply: Option<Limit>,
}

impl Exchange for Echo {
    fn request(
        &mut self,
        negotiated: &Negotiated,
        message_id: u16,
    ) -> Result<(PresentationContextId, CommandSet)> {
        match negotiated.find(&uids::VERIFICATION, Role::Scu).next() {
            Some(context) => Ok((context.id, CommandSet::c_echo_rq(message_id))),
            None => Err(Error::new(
                Phase::Queued,
                if negotiated.is_proposed(&uids::VERIFICATION) {
                    Cause::NoContext(
                        "no presentation context for Verification was accepted on this association"
                            .to_owned(),
                    )
                } else {
                    Cause::NotProposed(
                        "no presentation context for Verification was proposed on this association"
                            .to_owned(),
                    )
                },
            )),
        }
    }

    fn reply(&self) -> Option<Limit> {
        self.reply
    }

    fn response(
        &mut self,
        _now: Instant,
        response: &CommandSet,
        _tell: &mut dyn FnMut(Event),
    ) -> std::result::Result<Next, Cause> {
        if response.command_field != CommandField::Response(Service::CEcho) {
            let words = format!("{} in answer to a C-ECHO-RQ", response.command_field);
            return Err(Cause::Protocol(words));
        }
        let Some(status) = response.status else {
            return Err(Cause::Protocol("a C-ECHO-RSP without a status".to_owned()));
        };
        if status.category() == Category::Pending {
            return Err(Cause::Protocol(format!("a C-ECHO-RSP with the pending status {status}")));
        }
        let mut outcome = Outcome::new(Ok(()));
        outcome.status = Some(status.0);
        outcome.comment.clone_from(&response.error_comment);
        Ok(Next::Done(outcome))
    }
}
