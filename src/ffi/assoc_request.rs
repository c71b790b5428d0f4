//! `dimse_assoc_request`: an association request that the association handler decides about.

use std::ffi::c_char;
use std::sync::OnceLock;

use super::arguments::{byte, context_id, octets, refused, uid};
use super::boundary::{Answer, Out, boundary};
use super::error::{DIMSE_ANSWERED_ALREADY, DIMSE_OK, dimse_error, dimse_result};
use super::facts::{Texts, dimse_context, dimse_facts, view};
use super::flat::Room;
use super::handle::{self, Noun};
use super::text::{dimse_bytes, dimse_str};
use crate::error::Result;
use crate::net::association_request::{Answered, AssociationRequest};
use crate::net::facts::Facts;
use crate::types::Rejection;
use crate::wire::item::ContextAnswer;

/// An association request: owned by the one who decides, answered once, now or later, from any thread.
pub struct dimse_assoc_request {
    _private: [u8; 0],
}

/// What a `dimse_assoc_request` handle stands for: dropped undecided, the request is refused.
pub struct AssocRequestNoun {
    request: AssociationRequest,
    texts: OnceLock<Texts>,
}

impl Noun for AssocRequestNoun {
    type Handle = dimse_assoc_request;
    const TYPE: usize = 11;
    const NAME: &'static str = "dimse_assoc_request";
}

impl AssocRequestNoun {
    fn texts(&self, facts: &Facts) -> &Texts {
        self.texts.get_or_init(|| Texts::of_acceptor(facts, &self.request.request().contexts))
    }
}

/// Makes the handle of a request. Where none is left, the request is refused.
pub fn give(request: AssociationRequest) -> Result<*mut dimse_assoc_request> {
    handle::insert(AssocRequestNoun { request, texts: OnceLock::new() })
}

/// The result of an answer.
pub fn answered(answered: Answered) -> dimse_result {
    match answered {
        Answered::Now => DIMSE_OK,
        Answered::Already => DIMSE_ANSWERED_ALREADY,
    }
}

/// Who asks, over which addresses, and what the association would be if it were accepted as it stands.
///
/// Nothing on the wire. Does not block; allowed in callbacks. Set out->struct_size to sizeof(dimse_facts) before; the
/// texts live as long as request. DIMSE_ERR_PROTOCOL where nothing could ever be sent to the peer, whose maximum length
/// is below 8. Since 0.1.0. PS3.8 9.3.2.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_assoc_request_facts(
    request: *const dimse_assoc_request,
    out: *mut dimse_facts,
) -> dimse_result {
    boundary!({
        // SAFETY: NULL or a struct of the caller's whose first field is set.
        let out = unsafe { Room::new("out", out) }?;
        let noun = handle::get::<AssocRequestNoun>("request", request)?;
        let facts = noun.request.facts()?;
        out.fill(noun.texts(&facts).facts(noun.request.association().id(), &facts));
        Ok(())
    })
}

/// The presentation context that was proposed as number index, counted from 0, as the answer stands now.
///
/// Nothing on the wire. Does not block; allowed in callbacks. Set out->struct_size to sizeof(dimse_context) before; the
/// texts live as long as request. DIMSE_ERR_INVALID_ARGUMENT where index is dimse_facts.context_count or more.
/// Since 0.1.0. PS3.8 9.3.2.2.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_assoc_request_context(
    request: *const dimse_assoc_request,
    index: usize,
    out: *mut dimse_context,
) -> dimse_result {
    boundary!({
        // SAFETY: NULL or a struct of the caller's whose first field is set.
        let out = unsafe { Room::new("out", out) }?;
        let noun = handle::get::<AssocRequestNoun>("request", request)?;
        let facts = noun.request.facts()?;
        out.fill(noun.texts(&facts).context(index, &facts)?);
        Ok(())
    })
}

/// The transfer syntax that was proposed as number index, for the context that was proposed as number context_index,
/// both counted from 0.
///
/// Nothing on the wire. Does not block; allowed in callbacks. The text lives as long as request.
/// DIMSE_ERR_INVALID_ARGUMENT past the end. Since 0.1.0. PS3.8 9.3.2.2.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_assoc_request_transfer_syntax(
    request: *const dimse_assoc_request,
    context_index: usize,
    index: usize,
    out: *mut dimse_str,
) -> dimse_result {
    boundary!({
        // SAFETY: the caller passes NULL or what can be written to.
        let out = unsafe { Out::new("out", out) }?;
        let noun = handle::get::<AssocRequestNoun>("request", request)?;
        let facts = noun.request.facts()?;
        out.write(noun.texts(&facts).transfer_syntax(context_index, index)?);
        Ok(())
    })
}

/// The user identity that the peer sent: kind is DIMSE_IDENTITY_* or another number that the peer chose, 0 where it
/// sent none; positive_response is 1 where it wants an answer. Whom to trust is yours to decide: the library checks
/// nothing.
///
/// Nothing on the wire. Does not block; allowed in callbacks. Each output may be NULL; the bytes live as long as
/// request. Since 0.1.0. PS3.7 D.3.3.7.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_assoc_request_identity(
    request: *const dimse_assoc_request,
    kind: *mut u32,
    primary: *mut dimse_bytes,
    secondary: *mut dimse_bytes,
    positive_response: *mut u32,
) -> dimse_result {
    boundary!({
        let noun = handle::get::<AssocRequestNoun>("request", request)?;
        let identity = noun.request.request().user.identity.as_ref();
        // SAFETY: the caller passes NULL or what can be written to.
        let outs = unsafe {
            (
                Out::optional(kind),
                Out::optional(primary),
                Out::optional(secondary),
                Out::optional(positive_response),
            )
        };
        write_to(outs.0, identity.map_or(0, |identity| identity.kind.into()));
        write_to(outs.1, view(identity.map(|identity| identity.primary.as_slice())));
        write_to(outs.2, view(identity.map(|identity| identity.secondary.as_slice())));
        write_to(outs.3, identity.map_or(0, |identity| identity.positive_response.into()));
        Ok(())
    })
}

fn write_to<T>(out: Option<Out<T>>, value: T) {
    if let Some(out) = out {
        out.write(value);
    }
}

/// Refuses one presentation context: result is one of DIMSE_CONTEXT_*, but not DIMSE_CONTEXT_ACCEPTED.
///
/// On the wire: with the acceptance. Does not block; allowed in callbacks. DIMSE_ERR_INVALID_ARGUMENT where id is not
/// that of a context that is accepted so far; DIMSE_ERR_STATE after the answer. Since 0.1.0. PS3.8 table 9-18.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_assoc_request_refuse_context(
    request: *mut dimse_assoc_request,
    id: u32,
    result: u32,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        let noun = handle::get::<AssocRequestNoun>("request", request)?;
        let answer = ContextAnswer::from_wire(byte("result", result)?);
        noun.request.refuse_context(context_id(id)?, answer)?;
        Ok(())
    })
}

/// Takes another of the transfer syntaxes that the peer proposed for a context.
///
/// On the wire: with the acceptance. Does not block; allowed in callbacks. DIMSE_ERR_INVALID_ARGUMENT where id is not
/// that of a context that is accepted so far, or the transfer syntax was not proposed for it; DIMSE_ERR_STATE after the
/// answer. Since 0.1.0. PS3.8 9.3.3.2.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_assoc_request_choose_transfer_syntax(
    request: *mut dimse_assoc_request,
    id: u32,
    transfer_syntax: *const c_char,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        let noun = handle::get::<AssocRequestNoun>("request", request)?;
        // SAFETY: the caller passes NULL or a text that ends with a NUL.
        let transfer_syntax = unsafe { uid("transfer_syntax", transfer_syntax) }?;
        noun.request.choose_transfer_syntax(context_id(id)?, &transfer_syntax)?;
        Ok(())
    })
}

/// Sets the answer to the peer's user identity: empty for a user name, the server's ticket for Kerberos, the response
/// for SAML and JWT. It is sent only where the peer asked for one; without this call none is sent.
///
/// On the wire: with the acceptance. Does not block; allowed in callbacks. The bytes are copied and never logged.
/// DIMSE_ERR_INVALID_ARGUMENT where they do not fit into the answer, some 65000; DIMSE_ERR_STATE after the answer.
/// Since 0.1.0. PS3.7 D.3.3.7.2.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_assoc_request_set_identity_response(
    request: *mut dimse_assoc_request,
    response: *const u8,
    length: usize,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        let noun = handle::get::<AssocRequestNoun>("request", request)?;
        // SAFETY: the caller passes as many bytes.
        let response = unsafe { octets("response", response, length) }?;
        noun.request.set_identity_response(response)?;
        Ok(())
    })
}

/// Accepts the association as it stands.
///
/// On the wire: A-ASSOCIATE-AC, sent by the library. Does not block; allowed in callbacks, from any thread. The handle
/// stays yours to free. DIMSE_OK is no receipt: a peer that goes before the answer has left does not get it.
/// DIMSE_ANSWERED_ALREADY, which is no failure, where it was answered before, or the peer had gone. Since 0.1.0.
/// PS3.8 9.3.3.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_assoc_request_accept(
    request: *mut dimse_assoc_request,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        let noun = handle::get::<AssocRequestNoun>("request", request)?;
        Ok(answered(noun.request.accept()))
    })
}

/// Refuses the association: result 1 (permanent) or 2 (transient), source 1 (service user: reason 1, 2, 3 or 7), 2
/// (ACSE: 1 or 2) or 3 (presentation: 1 or 2). All three 0: permanent, by the service user, no reason given (1,1,1).
///
/// On the wire: A-ASSOCIATE-RJ, sent by the library. Does not block; allowed in callbacks, from any thread. The handle
/// stays yours to free. DIMSE_ANSWERED_ALREADY, which is no failure, where it was answered before, or the peer has
/// gone; DIMSE_ERR_INVALID_ARGUMENT for numbers that the standard reserves. Since 0.1.0. PS3.8 9.3.4, table 9-21.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_assoc_request_refuse(
    request: *mut dimse_assoc_request,
    result: u32,
    source: u32,
    reason: u32,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        let noun = handle::get::<AssocRequestNoun>("request", request)?;
        Ok(answered(noun.request.refuse(rejection(result, source, reason)?)))
    })
}

fn rejection(result: u32, source: u32, reason: u32) -> Answer<Rejection> {
    match (result, source, reason) {
        (0, 0, 0) => Ok(Rejection::NO_REASON),
        (1 | 2, 1, 1 | 2 | 3 | 7) | (1 | 2, 2 | 3, 1 | 2) => Ok(Rejection {
            result: byte("result", result)?,
            source: byte("source", source)?,
            reason: byte("reason", reason)?,
        }),
        _ => Err(refused(
            "result, source, reason",
            &format!("{result},{source},{reason} is not in PS3.8 table 9-21"),
        )),
    }
}

/// Frees the request and every text that came from it. One that was not answered is refused (1,1,1).
///
/// On the wire: A-ASSOCIATE-RJ where it was not answered, sent by the library. Does not block; allowed in callbacks, in
/// any order, and with NULL. Since 0.1.0. PS3.8 9.3.4.
#[unsafe(no_mangle)]
pub extern "C" fn dimse_assoc_request_free(request: *mut dimse_assoc_request) {
    boundary!(or () => {
        drop(handle::remove::<AssocRequestNoun>(request));
        Ok(())
    });
}
