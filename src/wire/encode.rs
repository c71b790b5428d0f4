//! PDUs to bytes (PS3.8 9.3, PS3.7 annex D): reserved fields 0 but for those that an A-ASSOCIATE-AC repeats, AE titles padded, UIDs not (PS3.8 annex F).

use super::item::{
    APPLICATION_CONTEXT, AsyncWindow, CommonExtendedNegotiation, ContextAnswer, ContextResult,
    ExtendedNegotiation, ProposedContext, RoleSelection, UserIdentity, UserInformation,
};
use super::pdu::{AssociateAc, AssociateRq, Pdu, PduType};
use super::uids::IMPLICIT_VR_LITTLE_ENDIAN;
use crate::error::{Error, Result};
use crate::types::{AeTitle, PresentationContextId, Uid};

/// Appends `pdu` to `out`.
///
/// Refused, and nothing appended: what the standard does not let anybody send (an application context or abstract
/// syntax that is missing, ids that are not unique, a reserved result, no AE title in a request), and an item that is
/// longer than its length field of 16 bits can say.
pub fn encode(pdu: &Pdu, out: &mut Vec<u8>) -> Result<()> {
    let start = out.len();
    if matches!(pdu, Pdu::AssociateRq(_) | Pdu::AssociateAc(_)) {
        out.reserve(USUAL_ASSOCIATE);
    }
    let outcome = append(pdu, out);
    if outcome.is_err() {
        out.truncate(start);
    }
    outcome
}

/// What stands before a fragment that goes out as the only PDV of its P-DATA-TF PDU: the PDU's header (PS3.8 9.3.5),
/// the PDV's item header (9.3.5.1) and the message control header (E.2).
///
/// `fragment_len` is at most [`MaxPduLength::sendable`](crate::types::MaxPduLength::sendable) less 6, far below where
/// its length fields would end.
#[must_use]
pub fn pdv_header(
    context: PresentationContextId,
    command: bool,
    last: bool,
    fragment_len: usize,
) -> [u8; PDV_HEADER] {
    debug_assert!(fragment_len < 1 << 31, "a fragment of {fragment_len} bytes");
    let fragment = u32::try_from(fragment_len).unwrap_or(u32::MAX);
    let [p0, p1, p2, p3] = fragment.saturating_add(6).to_be_bytes();
    let [v0, v1, v2, v3] = fragment.saturating_add(2).to_be_bytes();
    let control = u8::from(command) | u8::from(last) << 1;
    [PduType::PData.number(), 0, p0, p1, p2, p3, v0, v1, v2, v3, context.get(), control]
}

/// The length of what [`pdv_header`] makes.
pub const PDV_HEADER: usize = 12;

/// PDU type, a reserved byte, PDU length.
pub const PDU_HEADER: usize = 6;

/// An A-ASSOCIATE PDU with few presentation contexts is not longer: its memory is taken at once.
const USUAL_ASSOCIATE: usize = 256;

fn append(pdu: &Pdu, out: &mut Vec<u8>) -> Result<()> {
    out.extend([pdu.pdu_type().number(), 0]);
    match pdu {
        Pdu::AssociateRq(rq) => counted_u32(out, |out| associate_rq(rq, out)),
        Pdu::AssociateAc(ac) => counted_u32(out, |out| associate_ac(ac, out)),
        Pdu::AssociateRj(rejection) => {
            out.extend([0, 0, 0, 4, 0, rejection.result, rejection.source, rejection.reason]);
            Ok(())
        }
        Pdu::ReleaseRq | Pdu::ReleaseRp => {
            out.extend([0, 0, 0, 4, 0, 0, 0, 0]);
            Ok(())
        }
        Pdu::Abort(abort) => {
            out.extend([0, 0, 0, 4, 0, 0, abort.source, abort.reason]);
            Ok(())
        }
    }
}

fn associate_rq(rq: &AssociateRq, out: &mut Vec<u8>) -> Result<()> {
    if rq.called.is_none() || rq.calling.is_none() {
        return Err(Error::invalid_argument("an association request needs a called and a calling AE title"));
    }
    if rq.contexts.is_empty() {
        return Err(Error::invalid_argument(
            "an association request needs at least one presentation context",
        ));
    }
    check_unique(rq.contexts.iter().map(|context| context.id))?;
    fixed_fields(rq.protocol_version, &rq.called, &rq.calling, &rq.reserved, out);
    application_context(rq.application_context.as_ref(), out)?;
    for context in &rq.contexts {
        proposed_context(context, out)?;
    }
    user_information(&rq.user, out)
}

fn associate_ac(ac: &AssociateAc, out: &mut Vec<u8>) -> Result<()> {
    check_unique(ac.contexts.iter().map(|context| context.id))?;
    fixed_fields(ac.protocol_version, &ac.called, &ac.calling, &ac.reserved, out);
    application_context(ac.application_context.as_ref(), out)?;
    for context in &ac.contexts {
        context_result(context, out)?;
    }
    user_information(&ac.user, out)
}

/// Ids are odd by their type; unique ones are 128 at most (PS3.8 9.3.2.2).
fn check_unique(ids: impl Iterator<Item = PresentationContextId>) -> Result<()> {
    let mut seen = [false; 256];
    for id in ids {
        if let Some(seen) = seen.get_mut(usize::from(id.get()))
            && std::mem::replace(seen, true)
        {
            return Err(Error::invalid_argument(format!("the presentation context id {id} is used twice")));
        }
    }
    Ok(())
}

fn fixed_fields(
    protocol_version: u16,
    called: &AeTitle,
    calling: &AeTitle,
    reserved: &[u8; 32],
    out: &mut Vec<u8>,
) {
    out.extend(protocol_version.to_be_bytes());
    out.extend([0; 2]);
    out.extend(called.padded());
    out.extend(calling.padded());
    out.extend(reserved);
}

/// PS3.8 9.3.2.1.
fn application_context(name: Option<&Uid>, out: &mut Vec<u8>) -> Result<()> {
    let Some(name) = name else {
        return Err(Error::invalid_argument(format!(
            "an application context is needed: {APPLICATION_CONTEXT}"
        )));
    };
    uid_item(0x10, name, out)
}

/// PS3.8 9.3.2.2.
fn proposed_context(context: &ProposedContext, out: &mut Vec<u8>) -> Result<()> {
    let id = context.id;
    let Some(abstract_syntax) = &context.abstract_syntax else {
        return Err(Error::invalid_argument(format!("the presentation context {id} has no abstract syntax")));
    };
    if context.transfer_syntaxes.is_empty() {
        return Err(Error::invalid_argument(format!("the presentation context {id} has no transfer syntax")));
    }
    item(0x20, "a presentation context", out, |out| {
        out.extend([id.get(), 0, 0, 0]);
        uid_item(0x30, abstract_syntax, out)?;
        context.transfer_syntaxes.iter().try_for_each(|syntax| uid_item(0x40, syntax, out))
    })
}

/// PS3.8 9.3.3.2. A refused context gets a transfer syntax too, the default one where none is given: the item must be
/// there although nobody may read it, and some peers take a missing one for an error.
fn context_result(context: &ContextResult, out: &mut Vec<u8>) -> Result<()> {
    let id = context.id;
    let transfer_syntax = match (context.result, &context.transfer_syntax) {
        (ContextAnswer::Reserved(number), _) => {
            return Err(Error::invalid_argument(format!(
                "the presentation context {id} has the result {number}, which is reserved"
            )));
        }
        (_, Some(syntax)) => syntax,
        (ContextAnswer::Acceptance, None) => {
            return Err(Error::invalid_argument(format!(
                "the presentation context {id} is accepted without a transfer syntax"
            )));
        }
        (_, None) => &IMPLICIT_VR_LITTLE_ENDIAN,
    };
    item(0x21, "a presentation context", out, |out| {
        out.extend([id.get(), 0, context.result.number(), 0]);
        uid_item(0x40, transfer_syntax, out)
    })
}

/// PS3.8 9.3.2.3, its sub-items in the order of their types.
fn user_information(user: &UserInformation, out: &mut Vec<u8>) -> Result<()> {
    item(0x50, "the user information", out, |out| {
        if let Some(length) = user.max_pdu_length {
            out.extend([0x51, 0, 0, 4]);
            out.extend(length.get().to_be_bytes());
        }
        if let Some(class) = &user.implementation_class {
            uid_item(0x52, class, out)?;
        }
        if let Some(AsyncWindow { invoked, performed }) = user.async_window {
            out.extend([0x53, 0, 0, 4]);
            out.extend(invoked.to_be_bytes());
            out.extend(performed.to_be_bytes());
        }
        user.roles.iter().try_for_each(|role| role_selection(role, out))?;
        if let Some(version) = &user.implementation_version {
            bytes_item(0x55, "the implementation version name", version, out)?;
        }
        user.extended.iter().try_for_each(|negotiation| extended(negotiation, out))?;
        user.common_extended.iter().try_for_each(|negotiation| common_extended(negotiation, out))?;
        if let Some(identity) = &user.identity {
            user_identity(identity, out)?;
        }
        if let Some(response) = &user.identity_response {
            const WHAT: &str = "the user identity response";
            item(0x59, WHAT, out, |out| counted_bytes(WHAT, response, out))?;
        }
        user.unknown
            .iter()
            .try_for_each(|unknown| bytes_item(unknown.item_type, "a sub-item", &unknown.value, out))
    })
}

/// PS3.7 table D.3-9.
fn role_selection(role: &RoleSelection, out: &mut Vec<u8>) -> Result<()> {
    const WHAT: &str = "a role selection";
    item(0x54, WHAT, out, |out| {
        counted_bytes(WHAT, role.sop_class.as_bytes(), out)?;
        out.extend([u8::from(role.scu), u8::from(role.scp)]);
        Ok(())
    })
}

/// PS3.7 table D.3-11.
fn extended(negotiation: &ExtendedNegotiation, out: &mut Vec<u8>) -> Result<()> {
    const WHAT: &str = "an extended negotiation";
    item(0x56, WHAT, out, |out| {
        counted_bytes(WHAT, negotiation.sop_class.as_bytes(), out)?;
        out.extend(&negotiation.information);
        Ok(())
    })
}

/// PS3.7 table D.3-12; the version, in the place of the reserved byte, is 0.
fn common_extended(negotiation: &CommonExtendedNegotiation, out: &mut Vec<u8>) -> Result<()> {
    const WHAT: &str = "a common extended negotiation";
    item(0x57, WHAT, out, |out| {
        counted_bytes(WHAT, negotiation.sop_class.as_bytes(), out)?;
        counted_bytes(WHAT, negotiation.service_class.as_bytes(), out)?;
        counted_u16(WHAT, out, |out| {
            let related = &negotiation.related_general_classes;
            related.iter().try_for_each(|class| counted_bytes(WHAT, class.as_bytes(), out))
        })
    })
}

/// PS3.7 table D.3-14.
fn user_identity(identity: &UserIdentity, out: &mut Vec<u8>) -> Result<()> {
    const WHAT: &str = "the user identity";
    item(0x58, WHAT, out, |out| {
        out.extend([identity.kind, u8::from(identity.positive_response)]);
        counted_bytes(WHAT, &identity.primary, out)?;
        counted_bytes(WHAT, &identity.secondary, out)
    })
}

fn uid_item(item_type: u8, uid: &Uid, out: &mut Vec<u8>) -> Result<()> {
    bytes_item(item_type, "a UID", uid.as_bytes(), out)
}

fn bytes_item(item_type: u8, what: &str, value: &[u8], out: &mut Vec<u8>) -> Result<()> {
    item(item_type, what, out, |out| {
        out.extend(value);
        Ok(())
    })
}

/// An item: type, reserved, length of 16 bits, and what `value` appends.
fn item(
    item_type: u8,
    what: &str,
    out: &mut Vec<u8>,
    value: impl FnOnce(&mut Vec<u8>) -> Result<()>,
) -> Result<()> {
    out.extend([item_type, 0]);
    counted_u16(what, out, value)
}

fn counted_bytes(what: &str, bytes: &[u8], out: &mut Vec<u8>) -> Result<()> {
    counted_u16(what, out, |out| {
        out.extend(bytes);
        Ok(())
    })
}

/// A length of 16 bits and what `value` appends.
fn counted_u16(what: &str, out: &mut Vec<u8>, value: impl FnOnce(&mut Vec<u8>) -> Result<()>) -> Result<()> {
    let field = out.len();
    out.extend([0; 2]);
    let start = out.len();
    value(out)?;
    let length = out.len() - start;
    let Ok(length) = u16::try_from(length) else {
        return Err(Error::invalid_argument(format!(
            "{what} takes {length} bytes; an association request or answer has room for 65535"
        )));
    };
    set(out, field, length.to_be_bytes());
    Ok(())
}

/// A length of 32 bits and what `value` appends. Nothing that fits into memory as items of 64 KiB, at most 128 of them
/// contexts, comes near its end.
fn counted_u32(out: &mut Vec<u8>, value: impl FnOnce(&mut Vec<u8>) -> Result<()>) -> Result<()> {
    let field = out.len();
    out.extend([0; 4]);
    let start = out.len();
    value(out)?;
    let length = u32::try_from(out.len() - start)
        .map_err(|_| Error::invalid_argument("an association request or answer takes more than 4 GiB"))?;
    set(out, field, length.to_be_bytes());
    Ok(())
}

/// Fills in a length field that was left open.
fn set<const N: usize>(out: &mut [u8], field: usize, length: [u8; N]) {
    for (to, from) in out.iter_mut().skip(field).zip(length) {
        *to = from;
    }
}
