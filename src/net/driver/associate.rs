//! From A-ASSOCIATE-RQ to an association, on both sides, and what the machine indicates.

use std::sync::Arc;
use std::time::Instant;

use super::{Driver, Effect, Opening, Setup};
use crate::error::{Cause, Error};
use crate::net::exchange::{Admission, Asked, Milestone};
use crate::net::facts::Facts;
use crate::net::io::Io;
use crate::net::operation::{Operation, Outcome};
use crate::net::timeouts::after;
use crate::types::{AbortReason, Rejection, Uid};
use crate::ul::machine::Indication;
use crate::ul::negotiated::{Negotiated, RefusedContext};
use crate::wire::pdu::{AssociateAc, AssociateRq};
use crate::wire::uids;

impl<I: Io> Driver<I> {
    /// The answer to an A-ASSOCIATE-RQ.
    pub(super) fn admit(&mut self, now: Instant, admission: Admission) {
        let Some(Opening::Deciding(request)) = self.opening.take() else {
            return; // decided too late: the peer has gone
        };
        match admission {
            Admission::Accept(acceptance) => match Negotiated::as_acceptor(&request, &acceptance) {
                Ok(negotiated) => {
                    if self.machine.accept(now, acceptance).is_ok() {
                        self.establish(now, negotiated, None);
                        self.effects.push_back(Effect::Reached(Milestone::Established));
                    }
                }
                Err(error) => self.abort_for(now, error.cause(), AbortReason::INVALID_PARAMETER),
            },
            Admission::Refuse(rejection, why) => {
                let from = format!("{} at {}", request.calling, self.setup.peer_name());
                self.refused(now, &from, rejection, why);
                // Refused in Sta3 only where the peer has gone meanwhile.
                let _gone = self.machine.reject(now, rejection);
            }
            Admission::Ask(proposal) => {
                let Setup { local, peer, .. } = self.setup;
                self.effects.push_back(Effect::Ask(Asked {
                    request: request.clone(),
                    proposal,
                    local,
                    peer,
                }));
                self.opening = Some(Opening::Deciding(request));
                self.clock.associate = after(now, self.setup.timeouts.associate);
            }
        }
        self.obey(now);
    }

    pub(super) fn refused(&mut self, now: Instant, from: &str, rejection: Rejection, why: &str) {
        let colon = if why.is_empty() { "" } else { "; " };
        self.note_phase(|_| format!("association from {from} refused: {rejection}{colon}{why}"));
        self.effects.push_back(Effect::Reached(Milestone::Refused));
        self.end(now, &Cause::Rejected(rejection));
    }

    fn establish(&mut self, now: Instant, negotiated: Negotiated, opened_by: Option<Arc<Operation>>) {
        let facts = Arc::new(Facts {
            local: self.setup.local,
            peer: self.setup.peer,
            requestor: self.machine.is_requestor(),
            negotiated,
        });
        self.clock.associate = None;
        self.clock.message(now);
        self.negotiated = Some(facts.clone());
        self.note_phase(|driver| {
            format!("associated with {}: {}", driver.setup.peer_name(), facts.summary())
        });
        self.effects.push_back(Effect::Established(facts, opened_by));
    }

    pub(super) fn indicated(&mut self, now: Instant, indication: Indication) {
        match indication {
            Indication::Associate(request) => {
                let admission = match &self.setup.provider {
                    Some(provider) => provider.associate(self.setup.association, self.setup.peer, &request),
                    None => Admission::Refuse(Rejection::NO_REASON, "nobody provides anything here"),
                };
                self.opening = Some(Opening::Deciding(request));
                self.admit(now, admission);
            }
            Indication::Confirmed(acceptance) => self.confirmed(now, &acceptance),
            Indication::Rejected(rejection) => self.end(now, &Cause::Rejected(rejection)),
            // What has begun would never be answered, and what waits for the rest of it would never end.
            Indication::Release if self.inbound.is_in_message() => {
                let words = "the peer wants to release in the middle of a message";
                self.abort(now, &Cause::Protocol(words.to_owned()));
            }
            Indication::Release => self.release_asked = true,
            Indication::ReleaseConfirmed => {
                self.releasing = false;
                self.clock.release = None;
                self.note_phase(|_| "released".to_owned());
                if let Some(operation) = self.release.take() {
                    self.effects.push_back(Effect::Complete(operation, Outcome::new(Ok(()))));
                }
                self.end_with(now, Error::state("the association is released; open a new one"));
            }
            Indication::Aborted(reason) => self.end(now, &Cause::Aborted(reason)),
            Indication::ProviderAbort(reason) => {
                let cause = self.fault.take().unwrap_or_else(|| Cause::Protocol(reason.to_string()));
                self.end(now, &cause);
            }
            Indication::Closed => self.end(now, &Cause::Closed),
        }
    }

    /// A-ASSOCIATE-AC.
    fn confirmed(&mut self, now: Instant, acceptance: &AssociateAc) {
        let Some(Opening::Asked(operation, request)) = self.opening.take() else {
            return; // cancelled while the answer was on its way: the abort is out
        };
        match Negotiated::as_requestor(&request, acceptance) {
            Ok(negotiated) if negotiated.accepted.is_empty() => {
                let refused = refusals(&request, &negotiated);
                let cause = Cause::NoContext(format!(
                    "the peer accepted none of the presentation contexts: {refused}"
                ));
                self.opening = Some(Opening::Asked(operation, request));
                self.end(now, &cause);
                // Both sides are in Sta6: it ends in order.
                if self.machine.release(now).is_ok() {
                    self.releasing = true;
                    self.clock.release = after(now, self.setup.timeouts.release);
                }
            }
            Ok(negotiated) => {
                for irregularity in &negotiated.irregularities {
                    self.note_fault(format!("in the answer of {}: {irregularity}", self.setup.peer_name()));
                }
                self.establish(now, negotiated, Some(operation.operation().clone()));
                self.effects.push_back(Effect::Complete(operation, Outcome::new(Ok(()))));
            }
            Err(error) => {
                self.opening = Some(Opening::Asked(operation, request));
                self.abort_for(now, error.cause(), AbortReason::INVALID_PARAMETER);
            }
        }
    }
}

/// Why each context was refused, for people.
fn refusals(request: &AssociateRq, negotiated: &Negotiated) -> String {
    let name = |uid: &Uid| uids::name(uid.as_str()).unwrap_or(uid.as_str()).to_owned();
    let words = |context: &RefusedContext| {
        let class = context.abstract_syntax.as_ref().map_or("no UID".to_owned(), name);
        let proposed = request.contexts.iter().filter(|proposed| proposed.id == context.id);
        let syntaxes: Vec<_> = proposed.flat_map(|proposed| &proposed.transfer_syntaxes).map(name).collect();
        let class = format!("{class} in {}", syntaxes.join(", "));
        match negotiated.irregularities.iter().find(|irregular| irregular.context() == context.id) {
            Some(irregularity) => format!("{class}: {irregularity}"),
            None => format!("{class}: {}", context.answer),
        }
    };
    negotiated.refused.iter().map(words).collect::<Vec<_>>().join("; ")
}
