//! The variable fields of A-ASSOCIATE-RQ and -AC (PS3.8 9.3.2, 9.3.3). Unknown items are skipped.

use super::Malformed;
use super::fields::{Fields, items};
use super::user_information;
use crate::types::{AeTitle, PresentationContextId, Uid};
use crate::wire::item::{ContextAnswer, ContextResult, ProposedContext, UserInformation};
use crate::wire::pdu::{AssociateAc, AssociateRq};

/// Protocol version, reserved, called and calling AE title, reserved.
pub(super) const FIXED: usize = 2 + 2 + 16 + 16 + 32;

pub(super) fn request(body: &[u8]) -> Result<AssociateRq, Malformed> {
    const NAME: &str = "A-ASSOCIATE-RQ";
    let (mut rq, variable) = fixed(body).ok_or_else(|| too_short(NAME))?;
    for item in items(NAME, variable) {
        let item = item?;
        match item.item_type {
            0x20 => {
                let context = proposed_context(item.value)?;
                check_unique(NAME, context.id, rq.contexts.iter().map(|known: &ProposedContext| known.id))?;
                rq.contexts.push(context);
            }
            item_type => either(item_type, item.value, &mut rq.application_context, &mut rq.user)?,
        }
    }
    let Associate { protocol_version, called, calling, reserved, application_context, contexts, user } = rq;
    Ok(AssociateRq { protocol_version, called, calling, reserved, application_context, contexts, user })
}

pub(super) fn accept(body: &[u8]) -> Result<AssociateAc, Malformed> {
    const NAME: &str = "A-ASSOCIATE-AC";
    let (mut ac, variable) = fixed(body).ok_or_else(|| too_short(NAME))?;
    for item in items(NAME, variable) {
        let item = item?;
        match item.item_type {
            0x21 => {
                let context = context_result(item.value)?;
                check_unique(NAME, context.id, ac.contexts.iter().map(|known: &ContextResult| known.id))?;
                ac.contexts.push(context);
            }
            item_type => either(item_type, item.value, &mut ac.application_context, &mut ac.user)?,
        }
    }
    let Associate { protocol_version, called, calling, reserved, application_context, contexts, user } = ac;
    Ok(AssociateAc { protocol_version, called, calling, reserved, application_context, contexts, user })
}

/// Both PDUs have the same fields; only their presentation contexts differ.
struct Associate<C> {
    protocol_version: u16,
    called: AeTitle,
    calling: AeTitle,
    reserved: [u8; 32],
    application_context: Option<Uid>,
    contexts: Vec<C>,
    user: UserInformation,
}

fn fixed<C>(body: &[u8]) -> Option<(Associate<C>, &[u8])> {
    let mut fields = Fields::new(body);
    let protocol_version = fields.u16()?;
    fields.array::<2>()?;
    let called = AeTitle::from_wire(&fields.array::<16>()?);
    let calling = AeTitle::from_wire(&fields.array::<16>()?);
    let reserved = fields.array::<32>()?;
    let associate = Associate {
        protocol_version,
        called,
        calling,
        reserved,
        application_context: None,
        contexts: Vec::new(),
        user: UserInformation::default(),
    };
    Some((associate, fields.rest()))
}

fn too_short(parent: &str) -> Malformed {
    Malformed::invalid(format!("{parent}: less than its fixed fields of {FIXED} bytes"))
}

/// The items that requests and answers share. A second user information item adds to the first.
fn either(
    item_type: u8,
    value: &[u8],
    application_context: &mut Option<Uid>,
    user: &mut UserInformation,
) -> Result<(), Malformed> {
    match item_type {
        0x10 => *application_context = application_context.take().or_else(|| Uid::from_wire(value)),
        0x50 => user_information::add(user, value)?,
        _ => {}
    }
    Ok(())
}

/// PS3.8 9.3.2.2.
fn proposed_context(value: &[u8]) -> Result<ProposedContext, Malformed> {
    const NAME: &str = "presentation context item 20H";
    let mut fields = Fields::new(value);
    let Some([id, _, _, _]) = fields.array() else { return Err(no_room(NAME, value)) };
    let mut context =
        ProposedContext { id: context_id(NAME, id)?, abstract_syntax: None, transfer_syntaxes: Vec::new() };
    for item in items(NAME, fields.rest()) {
        let item = item?;
        match item.item_type {
            0x30 => context.abstract_syntax = context.abstract_syntax.or_else(|| Uid::from_wire(item.value)),
            0x40 => context.transfer_syntaxes.extend(Uid::from_wire(item.value)),
            _ => {}
        }
    }
    Ok(context)
}

/// PS3.8 9.3.3.2: what follows the result of a refused context is not significant, so it is not even taken apart.
fn context_result(value: &[u8]) -> Result<ContextResult, Malformed> {
    const NAME: &str = "presentation context item 21H";
    let mut fields = Fields::new(value);
    let Some([id, _, result, _]) = fields.array() else { return Err(no_room(NAME, value)) };
    let id = context_id(NAME, id)?;
    let result = ContextAnswer::from_wire(result);
    let mut transfer_syntax = None;
    if result == ContextAnswer::Acceptance {
        for item in items(NAME, fields.rest()) {
            let item = item?;
            if item.item_type == 0x40 {
                transfer_syntax = transfer_syntax.or_else(|| Uid::from_wire(item.value));
            }
        }
    }
    Ok(ContextResult { id, result, transfer_syntax })
}

fn no_room(name: &str, value: &[u8]) -> Malformed {
    Malformed::invalid(format!("{name}: a length of {} is less than its fixed fields of 4", value.len()))
}

fn context_id(name: &str, id: u8) -> Result<PresentationContextId, Malformed> {
    PresentationContextId::new(id)
        .ok_or_else(|| Malformed::invalid(format!("{name}: the id {id}; only odd ones exist")))
}

/// Ids are odd and unique, so there are never more than 128.
fn check_unique(
    name: &str,
    id: PresentationContextId,
    mut known: impl Iterator<Item = PresentationContextId>,
) -> Result<(), Malformed> {
    if known.any(|known| known == id) {
        return Err(Malformed::invalid(format!(
            "{name}: the presentation context id {id} stands there twice"
        )));
    }
    Ok(())
}
