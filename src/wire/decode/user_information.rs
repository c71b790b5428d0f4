//! The sub-items of the user information item (PS3.8 annex D, PS3.7 D.3.3).

use super::Malformed;
use super::fields::{Fields, items};
use crate::types::{MaxPduLength, Uid};
use crate::wire::item::{
    AsyncWindow, CommonExtendedNegotiation, ExtendedNegotiation, RoleSelection, UnknownItem, UserIdentity,
    UserInformation,
};

/// Adds what `value`, the value of an item 50H, says to `user`.
pub(super) fn add(user: &mut UserInformation, value: &[u8]) -> Result<(), Malformed> {
    for item in items("user information item 50H", value) {
        let item = item?;
        sub_item(user, item.item_type, item.value).ok_or_else(|| {
            Malformed::invalid(format!(
                "user information sub-item {:02X}H: its {} bytes do not hold what PS3.7 annex D says",
                item.item_type,
                item.value.len()
            ))
        })?;
    }
    Ok(())
}

/// `None` where the fields of the sub-item are not as long as they must be.
fn sub_item(user: &mut UserInformation, item_type: u8, value: &[u8]) -> Option<()> {
    match item_type {
        0x51 => {
            let length = MaxPduLength::from_wire(u32::from_be_bytes(value.try_into().ok()?));
            user.max_pdu_length.get_or_insert(length);
        }
        0x52 => {
            user.implementation_class = user.implementation_class.take().or_else(|| Uid::from_wire(value));
        }
        0x53 => async_window(user, value)?,
        0x54 => role(user, value)?,
        0x55 => {
            user.implementation_version.get_or_insert_with(|| value.to_vec());
        }
        0x56 => extended(user, value)?,
        0x57 => common_extended(user, value)?,
        0x58 => identity(user, value)?,
        0x59 => identity_response(user, value)?,
        _ => user.unknown.push(UnknownItem { item_type, value: value.to_vec() }),
    }
    Some(())
}

/// PS3.7 table D.3-7.
fn async_window(user: &mut UserInformation, value: &[u8]) -> Option<()> {
    let mut fields = Fields::new(value);
    let window = AsyncWindow { invoked: fields.u16()?, performed: fields.u16()? };
    fields.end()?;
    user.async_window.get_or_insert(window);
    Some(())
}

/// PS3.7 table D.3-9.
fn role(user: &mut UserInformation, value: &[u8]) -> Option<()> {
    let mut fields = Fields::new(value);
    let sop_class = Uid::from_wire(fields.counted()?);
    let [scu, scp] = fields.array()?;
    fields.end()?;
    let role = sop_class.map(|sop_class| RoleSelection { sop_class, scu: scu != 0, scp: scp != 0 });
    user.roles.extend(role);
    Some(())
}

/// PS3.7 table D.3-11.
fn extended(user: &mut UserInformation, value: &[u8]) -> Option<()> {
    let mut fields = Fields::new(value);
    let sop_class = Uid::from_wire(fields.counted()?);
    let information = fields.rest();
    let item =
        sop_class.map(|sop_class| ExtendedNegotiation { sop_class, information: information.to_vec() });
    user.extended.extend(item);
    Some(())
}

/// PS3.7 table D.3-12. What follows the related classes is reserved for later versions and not tested; neither is the
/// version, which stands where other items have a reserved byte.
fn common_extended(user: &mut UserInformation, value: &[u8]) -> Option<()> {
    let mut fields = Fields::new(value);
    let sop_class = Uid::from_wire(fields.counted()?);
    let service_class = Uid::from_wire(fields.counted()?);
    let mut related = Fields::new(fields.counted()?);
    let mut related_general_classes = Vec::new();
    while !related.is_empty() {
        related_general_classes.extend(Uid::from_wire(related.counted()?));
    }
    let item = sop_class.zip(service_class).map(|(sop_class, service_class)| CommonExtendedNegotiation {
        sop_class,
        service_class,
        related_general_classes,
    });
    user.common_extended.extend(item);
    Some(())
}

/// PS3.7 table D.3-14.
fn identity(user: &mut UserInformation, value: &[u8]) -> Option<()> {
    let mut fields = Fields::new(value);
    let [kind, positive_response] = fields.array()?;
    let primary = fields.counted()?;
    let secondary = fields.counted()?;
    fields.end()?;
    user.identity.get_or_insert_with(|| UserIdentity {
        kind,
        positive_response: positive_response != 0,
        primary: primary.to_vec(),
        secondary: secondary.to_vec(),
    });
    Some(())
}

/// PS3.7 table D.3-15.
fn identity_response(user: &mut UserInformation, value: &[u8]) -> Option<()> {
    let mut fields = Fields::new(value);
    let response = fields.counted()?;
    fields.end()?;
    user.identity_response.get_or_insert_with(|| response.to_vec());
    Some(())
}
