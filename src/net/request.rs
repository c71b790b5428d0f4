//! One request of the peer as a token: owned by the one who answers, answered once, now or later, from any thread.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::association::Association;
use super::association_request::Answered;
use super::data::Sink;
use super::driver::Order;
use super::exchange::{Handed, Received};
use crate::dimse::command::CommandSet;
use crate::dimse::service::{CommandField, Service};
use crate::dimse::status::Status;
use crate::runtime::strand::Strand;
use crate::ul::negotiated::AcceptedContext;

/// A request. Dropped unanswered it is answered as failed, with words: the peer never waits for nothing.
pub struct Request {
    association: Arc<Association>,
    handed: Handed,
    context: Box<AcceptedContext>,
    command: Box<CommandSet>,
    received: Option<Received>,
    answered: AtomicBool,
}

impl Request {
    pub(super) fn new(
        association: Arc<Association>,
        handed: Handed,
        context: Box<AcceptedContext>,
        command: Box<CommandSet>,
        received: Option<Received>,
    ) -> Self {
        Self { association, handed, context, command, received, answered: AtomicBool::new(false) }
    }

    /// The association that it came over.
    #[must_use]
    pub fn association(&self) -> &Arc<Association> {
        &self.association
    }

    /// The presentation context that it came over.
    #[must_use]
    pub fn context(&self) -> &AcceptedContext {
        &self.context
    }

    /// The command set.
    #[must_use]
    pub fn command(&self) -> &CommandSet {
        &self.command
    }

    /// The instance that came with a C-STORE-RQ: complete, and kept or let go as this is answered; or its front, and this
    /// is answered by saying where the whole goes. `None` where no data set was taken.
    #[must_use]
    pub fn received(&self) -> Option<&Received> {
        self.received.as_ref()
    }

    /// Whether nobody waits for the answer any more: a C-CANCEL-RQ came, or the association has ended.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.handed.standing.is_cancelled()
    }

    /// Answers. A second or late answer is harmless.
    pub fn respond(&self, status: Status, comment: Option<&str>) -> Answered {
        match self.answer(status, comment) {
            Some(order) => {
                self.association.order(order);
                Answered::Now
            }
            None => Answered::Already,
        }
    }

    /// Says where the data set goes of which [`Request::received`] has the front, which the sink gets first. This is the
    /// answer of this token: whoever is asked about the instance once all of it is there has another one.
    pub(crate) fn accept(&self, sink: Box<dyn Sink>) -> Answered {
        if self.answered.swap(true, Ordering::AcqRel) || self.handed.standing.has_ended() {
            // It may be code of the caller's, who may hold a lock here.
            self.association.runtime().let_go(sink);
            return Answered::Already;
        }
        self.association.order(Order::Route(self.handed.ticket, sink));
        Answered::Now
    }

    fn answer(&self, status: Status, comment: Option<&str>) -> Option<Order> {
        if self.answered.swap(true, Ordering::AcqRel) || self.handed.standing.has_ended() {
            return None;
        }
        let mut response = CommandSet::response_to(&self.command, status);
        if let Some(comment) = comment {
            response = response.with_error_comment(comment);
        }
        Some(Order::Respond(self.handed.ticket, Box::new(response)))
    }

    /// The strand on which this association's callbacks run.
    pub(crate) fn strand(&self) -> &Arc<Strand> {
        self.association.strand()
    }
}

impl Drop for Request {
    fn drop(&mut self) {
        let status = unanswered(self.command.command_field);
        if let Some(order) = self.answer(status, Some("the request was not answered")) {
            self.association.order_later(order);
        }
    }
}

/// What a request is answered with that nobody has answered: a failure that its service has (PS3.4 B.2.3, C.4; PS3.7
/// annex C).
fn unanswered(command: CommandField) -> Status {
    match command {
        CommandField::Request(Service::CStore | Service::CFind | Service::CGet | Service::CMove) => {
            Status::NOT_ANSWERED
        }
        _ => Status::PROCESSING_FAILURE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_answers_fails_with_a_status_of_its_service() {
        let status = |service| unanswered(CommandField::Request(service)).0;
        let services = [Service::CStore, Service::CFind, Service::CGet, Service::CMove];
        assert_eq!(services.map(status), [0xC001; 4]);
        assert_eq!([Service::CEcho, Service::NAction, Service::NCreate].map(status), [0x0110; 3]);
    }
}
