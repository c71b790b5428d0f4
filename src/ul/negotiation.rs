//! How an acceptor answers an A-ASSOCIATE-RQ (PS3.8 9.3.3, PS3.7 annex D.3). Pure functions.
//!
//! [`acceptable_by_provider`] is what action AE-6 tests, [`negotiate`] makes the answer from a policy, and a local
//! user may then narrow it: [`narrow`], [`choose_transfer_syntax`], [`confirm_identity`].

use std::collections::{HashMap, HashSet};

use crate::error::{Error, Result};
use crate::types::{AeTitle, MaxPduLength, PresentationContextId, Rejection, Uid};
use crate::wire::item::{
    APPLICATION_CONTEXT, AsyncWindow, ContextAnswer, ContextResult, ExtendedNegotiation, ProposedContext,
    RoleSelection, UserInformation,
};
use crate::wire::pdu::{AssociateAc, AssociateRq};
use crate::wire::uids::{IMPLICIT_VR_LITTLE_ENDIAN, may_be_stored};

/// What an acceptor takes. [`Self::new`] takes nothing yet, from anybody.
#[derive(Debug, Clone)]
pub struct AcceptorPolicy {
    /// For each abstract syntax the first entry counts.
    pub contexts: Vec<AcceptableContext>,
    /// `Some`: an abstract syntax that has no entry is accepted too where it may be one of storage, with one of these
    /// transfer syntaxes, or with the first proposed at all if the list is empty. A class of another service is of no
    /// use to a peer unless somebody provides it: that one needs an entry.
    pub promiscuous: Option<Vec<Uid>>,
    /// Whose order of transfer syntaxes decides.
    pub preference: Preference,
    /// The longest P-DATA-TF variable field that this side receives.
    pub max_pdu_length: MaxPduLength,
    /// PS3.7 D.3.3.2.
    pub implementation_class: Uid,
    /// PS3.7 D.3.3.2: 1 to 16 characters.
    pub implementation_version: Option<Vec<u8>>,
    /// The most that is granted to a requestor that asks for a window: `invoked` by it, `performed` by it.
    pub async_window: AsyncWindow,
    /// The AE titles that answer here; `None` for any.
    pub called: Option<Vec<AeTitle>>,
    /// The AE titles that may call; `None` for any.
    pub calling: Option<Vec<AeTitle>>,
    /// By SOP class: the answer to its extended negotiation. A class without one is not answered.
    pub extended: HashMap<Uid, Vec<u8>>,
}

/// An abstract syntax that an acceptor takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AcceptableContext {
    /// The SOP class.
    pub abstract_syntax: Uid,
    /// In the acceptor's order of preference.
    pub transfer_syntaxes: Vec<Uid>,
    /// What the requestor may be.
    pub requestor: Roles,
}

/// Whose order of transfer syntaxes decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Preference {
    /// The first of ours that was proposed.
    Acceptor,
    /// The first proposed that we have.
    Requestor,
}

/// The roles of one side in a presentation context (PS3.7 D.3.3.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Roles {
    /// May be service class user.
    pub scu: bool,
    /// May be service class provider.
    pub scp: bool,
}

impl Roles {
    /// The requestor's unless both sides agree on something else.
    pub const SCU: Self = Self { scu: true, scp: false };
    /// The acceptor's unless both sides agree on something else.
    pub const SCP: Self = Self { scu: false, scp: true };
    /// Both.
    pub const BOTH: Self = Self { scu: true, scp: true };

    /// The roles of the other side.
    #[must_use]
    pub const fn opposite(self) -> Self {
        Self { scu: self.scp, scp: self.scu }
    }

    /// The roles that are in both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self { scu: self.scu && other.scu, scp: self.scp && other.scp }
    }

    /// Neither role.
    #[must_use]
    pub const fn is_none(self) -> bool {
        !self.scu && !self.scp
    }

    /// What `items` say, by class; the first of several counts.
    pub(super) fn by_class(items: &[RoleSelection]) -> HashMap<&Uid, Self> {
        let mut roles = HashMap::new();
        for RoleSelection { sop_class, scu, scp } in items {
            roles.entry(sop_class).or_insert(Self { scu: *scu, scp: *scp });
        }
        roles
    }
}

impl AcceptorPolicy {
    /// No abstract syntax, any AE title, the acceptor's order, no asynchronous window, no extended negotiation.
    #[must_use]
    pub fn new(implementation_class: Uid) -> Self {
        Self {
            contexts: Vec::new(),
            promiscuous: None,
            preference: Preference::Acceptor,
            max_pdu_length: MaxPduLength::DEFAULT,
            implementation_class,
            implementation_version: None,
            async_window: AsyncWindow { invoked: 1, performed: 1 },
            called: None,
            calling: None,
            extended: HashMap::new(),
        }
    }
}

/// AE-6: what the service provider itself refuses, before any user is asked (PS3.8 9.3.2).
pub fn acceptable_by_provider(rq: &AssociateRq) -> std::result::Result<(), Rejection> {
    if rq.protocol_version & 1 == 0 {
        return Err(Rejection::PROTOCOL_VERSION);
    }
    if rq.application_context != Some(APPLICATION_CONTEXT) {
        return Err(Rejection::APPLICATION_CONTEXT);
    }
    Ok(())
}

/// The answer to `rq` under `policy`. An association without a single accepted context is still an association: to
/// reject it is the local user's decision.
///
/// The user identity is checked above this layer, which then calls [`confirm_identity`] or rejects.
pub fn negotiate(rq: &AssociateRq, policy: &AcceptorPolicy) -> std::result::Result<AssociateAc, Rejection> {
    let allows = |list: &Option<Vec<AeTitle>>, title| list.as_ref().is_none_or(|list| list.contains(title));
    if !allows(&policy.called, &rq.called) {
        return Err(Rejection::CALLED_AE_TITLE);
    }
    if !allows(&policy.calling, &rq.calling) {
        return Err(Rejection::CALLING_AE_TITLE);
    }
    let roles = Roles::by_class(&rq.user.roles);
    let contexts: Vec<_> = rq.contexts.iter().map(|proposed| answer(proposed, &roles, policy)).collect();
    // Most requests have neither item: then nobody asks which classes were accepted.
    let asks = !rq.user.roles.is_empty() || !rq.user.extended.is_empty();
    let accepted: HashSet<_> = rq
        .contexts
        .iter()
        .zip(&contexts)
        .filter(|(_, result)| asks && result.result == ContextAnswer::Acceptance)
        .filter_map(|(proposed, _)| proposed.abstract_syntax.as_ref())
        .collect();
    Ok(AssociateAc {
        protocol_version: 1,
        called: rq.called,
        calling: rq.calling,
        reserved: rq.reserved,
        application_context: Some(APPLICATION_CONTEXT),
        user: UserInformation {
            max_pdu_length: Some(policy.max_pdu_length),
            implementation_class: Some(policy.implementation_class.clone()),
            implementation_version: policy.implementation_version.clone(),
            // PS3.7 D.3.3.3: answered only when asked, and never with more than was asked.
            async_window: rq.user.async_window.map(|asked| smaller_window(asked, policy.async_window)),
            roles: answered_roles(rq, policy, accepted.clone()),
            extended: answered_extended(rq, policy, accepted),
            ..UserInformation::default()
        },
        contexts,
    })
}

/// Refuses a context that [`negotiate`] accepted.
pub fn narrow(ac: &mut AssociateAc, id: PresentationContextId, answer: ContextAnswer) -> Result<()> {
    if matches!(answer, ContextAnswer::Acceptance | ContextAnswer::Reserved(_)) {
        return Err(Error::invalid_argument(format!("{answer:?} is not a way to refuse context {id}")));
    }
    accepted_result(ac, id)?.result = answer;
    Ok(())
}

/// Takes another of the transfer syntaxes that `rq` proposed for a context that [`negotiate`] accepted.
pub fn choose_transfer_syntax(
    rq: &AssociateRq,
    ac: &mut AssociateAc,
    id: PresentationContextId,
    transfer_syntax: &Uid,
) -> Result<()> {
    let result = accepted_result(ac, id)?;
    let proposed = rq.contexts.iter().find(|proposed| proposed.id == id);
    if !proposed.is_some_and(|proposed| proposed.transfer_syntaxes.contains(transfer_syntax)) {
        return Err(Error::invalid_argument(format!(
            "the transfer syntax {transfer_syntax} was not proposed for context {id}"
        )));
    }
    result.transfer_syntax = Some(transfer_syntax.clone());
    Ok(())
}

/// The identity in `rq` was accepted: `response` goes out if the requestor asked for a positive response (PS3.7
/// D.3.3.7). It is empty for user names, the server's ticket for Kerberos, the response for SAML and JWT.
pub fn confirm_identity(rq: &AssociateRq, ac: &mut AssociateAc, response: Vec<u8>) {
    if rq.user.identity.as_ref().is_some_and(|identity| identity.positive_response) {
        ac.user.identity_response = Some(response);
    }
}

/// The window that holds both limits; 0 is no limit.
pub(super) fn smaller_window(a: AsyncWindow, b: AsyncWindow) -> AsyncWindow {
    let smaller = |a: u16, b: u16| match (a, b) {
        (0, limit) | (limit, 0) => limit,
        (a, b) => a.min(b),
    };
    AsyncWindow { invoked: smaller(a.invoked, b.invoked), performed: smaller(a.performed, b.performed) }
}

/// A refused context still carries a transfer syntax, which is not significant (PS3.8 9.3.3.2): the first proposed.
fn answer(
    proposed: &ProposedContext,
    roles: &HashMap<&Uid, Roles>,
    policy: &AcceptorPolicy,
) -> ContextResult {
    let (result, transfer_syntax) = match accepted_transfer_syntax(proposed, roles, policy) {
        Ok(transfer_syntax) => (ContextAnswer::Acceptance, Some(transfer_syntax)),
        Err(refusal) => (refusal, proposed.transfer_syntaxes.first()),
    };
    let transfer_syntax = transfer_syntax.cloned().unwrap_or(IMPLICIT_VR_LITTLE_ENDIAN);
    ContextResult { id: proposed.id, result, transfer_syntax: Some(transfer_syntax) }
}

fn accepted_transfer_syntax<'a>(
    proposed: &'a ProposedContext,
    roles: &HashMap<&Uid, Roles>,
    policy: &'a AcceptorPolicy,
) -> std::result::Result<&'a Uid, ContextAnswer> {
    let class = proposed.abstract_syntax.as_ref().ok_or(ContextAnswer::AbstractSyntaxNotSupported)?;
    let allowed = allowed_roles(class, policy).ok_or(ContextAnswer::AbstractSyntaxNotSupported)?;
    let wanted = roles.get(class).copied().unwrap_or(Roles::SCU);
    if wanted.and(allowed).is_none() {
        // The class is known, but with neither side in a role that it could play here.
        return Err(ContextAnswer::UserRejection);
    }
    let theirs = &proposed.transfer_syntaxes;
    let listed = entry(class, policy).map(|entry| &entry.transfer_syntaxes);
    let chosen = match (
        listed.or_else(|| policy.promiscuous.as_ref().filter(|any| !any.is_empty())),
        policy.preference,
    ) {
        (Some(ours), Preference::Acceptor) => ours.iter().find(|ours| theirs.contains(ours)),
        (Some(ours), Preference::Requestor) => theirs.iter().find(|their| ours.contains(their)),
        (None, _) => theirs.first(),
    };
    chosen.ok_or(ContextAnswer::TransferSyntaxesNotSupported)
}

fn entry<'a>(class: &Uid, policy: &'a AcceptorPolicy) -> Option<&'a AcceptableContext> {
    policy.contexts.iter().find(|context| context.abstract_syntax == *class)
}

/// What the requestor may be for `class`; `None` where the class is not taken at all.
fn allowed_roles(class: &Uid, policy: &AcceptorPolicy) -> Option<Roles> {
    match entry(class, policy) {
        Some(entry) => Some(entry.requestor),
        None => policy.promiscuous.as_ref().filter(|_| may_be_stored(class)).map(|_| Roles::SCU),
    }
}

/// PS3.7 D.3.3.4: an answer to the first item of each class that has an accepted context, never granting what was not
/// asked for.
fn answered_roles(
    rq: &AssociateRq,
    policy: &AcceptorPolicy,
    mut accepted: HashSet<&Uid>,
) -> Vec<RoleSelection> {
    let asked = rq.user.roles.iter().filter(|asked| accepted.remove(&asked.sop_class));
    let answer = |asked: &RoleSelection| {
        let allowed = allowed_roles(&asked.sop_class, policy)?;
        let Roles { scu, scp } = Roles { scu: asked.scu, scp: asked.scp }.and(allowed);
        Some(RoleSelection { sop_class: asked.sop_class.clone(), scu, scp })
    };
    asked.filter_map(answer).collect()
}

/// PS3.7 D.3.3.5: the policy's answer to the first item of each class that has an accepted context.
fn answered_extended(
    rq: &AssociateRq,
    policy: &AcceptorPolicy,
    mut accepted: HashSet<&Uid>,
) -> Vec<ExtendedNegotiation> {
    let asked = rq.user.extended.iter().filter(|asked| accepted.remove(&asked.sop_class));
    let answer = |asked: &ExtendedNegotiation| {
        let information = policy.extended.get(&asked.sop_class)?.clone();
        Some(ExtendedNegotiation { sop_class: asked.sop_class.clone(), information })
    };
    asked.filter_map(answer).collect()
}

fn accepted_result(ac: &mut AssociateAc, id: PresentationContextId) -> Result<&mut ContextResult> {
    ac.contexts
        .iter_mut()
        .find(|result| result.id == id && result.result == ContextAnswer::Acceptance)
        .ok_or_else(|| Error::invalid_argument(format!("context {id} is not an accepted one")))
}
