//! A data set to bytes (PS3.5 section 7). Sequences and items are written with undefined length; odd lengths become
//! even ones.

use super::data_set::DataSet;
use super::deflate::deflate;
use super::element::{Element, Value};
use super::encoding::{Elements, Encoding};
use super::header::{Header, ITEM, ITEM_DELIMITATION, SEQUENCE_DELIMITATION};
use super::representation::{self, Unwritable, Written};
use super::swap;
use super::tags;
use super::vr::{self, VR};
use crate::error::{Cause, Error, Phase, Result};
use crate::types::Tag;

/// Writes a whole data set, encoded so. Refused by name is what cannot be: encapsulated pixel data where it must be
/// native and the other way round, values of VR UN in another order of bytes than they have, and values that are too long.
pub fn write(set: &DataSet, encoding: Encoding) -> Result<Vec<u8>> {
    let has_native = set.get(tags::PIXEL_DATA).is_some_and(|pixels| pixels.as_bytes().is_some());
    if encoding.encapsulated && has_native {
        return Err(refused(
            tags::PIXEL_DATA,
            "it is native pixel data, but the transfer syntax is for encapsulated",
        ));
    }
    let mut writer =
        Writer { elements: encoding.elements, encapsulated: encoding.encapsulated, out: Vec::new() };
    writer.data_set(set)?;
    Ok(if encoding.deflated { deflate(&writer.out) } else { writer.out })
}

struct Writer {
    elements: Elements,
    encapsulated: bool,
    out: Vec<u8>,
}

impl Writer {
    fn data_set(&mut self, set: &DataSet) -> Result<()> {
        set.iter().try_for_each(|(tag, element)| self.element(*tag, element))
    }

    fn element(&mut self, tag: Tag, element: &Element) -> Result<()> {
        match &element.value {
            Value::Bytes(bytes) => self.value(tag, element, bytes),
            Value::Items(items) => {
                self.header(tag, Some(VR::SQ), None);
                for item in items {
                    self.header(ITEM, None, None);
                    self.data_set(item)?;
                    self.header(ITEM_DELIMITATION, None, Some(0));
                }
                self.header(SEQUENCE_DELIMITATION, None, Some(0));
                Ok(())
            }
            Value::Fragments(fragments) => {
                if !self.encapsulated {
                    let words = "it is encapsulated pixel data, which this transfer syntax has no place for";
                    return Err(refused(tag, words));
                }
                self.header(tag, Some(VR::OB), None);
                for fragment in fragments {
                    let length = even_length(tag, fragment)?;
                    self.header(ITEM, None, Some(length));
                    self.padded(fragment, 0);
                }
                self.header(SEQUENCE_DELIMITATION, None, Some(0));
                Ok(())
            }
        }
    }

    fn value(&mut self, tag: Tag, element: &Element, bytes: &[u8]) -> Result<()> {
        let (vr, length) = (element.vr, even_length(tag, bytes)?);
        let present = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let written = representation::written(tag, vr, present, element.elements(), self.elements);
        let Written { vr: written, unit } = written.map_err(|unwritable| match unwritable {
            Unwritable::OrderUnknown if vr == VR::UN => {
                refused(tag, "it is of VR UN, and its bytes cannot be put into another order")
            }
            Unwritable::OrderUnknown => refused(
                tag,
                "in big endian it is too long for its VR, and UN would lose the order of its bytes",
            ),
            Unwritable::Uneven(unit) => refused(tag, &uneven(vr, bytes, unit)),
        })?;
        self.header(tag, Some(written), Some(length));
        if unit > 1 {
            self.out.extend_from_slice(&swap::swapped(bytes, unit));
        } else {
            self.padded(bytes, vr::padding(vr));
        }
        Ok(())
    }

    fn header(&mut self, tag: Tag, vr: Option<VR>, length: Option<u32>) {
        let vr = vr.filter(|_| self.elements.is_explicit()).map(VR::letters);
        Header { tag, vr, length }.write(self.elements, &mut self.out);
    }

    fn padded(&mut self, bytes: &[u8], padding: u8) {
        self.out.extend_from_slice(bytes);
        if bytes.len() % 2 == 1 {
            self.out.push(padding);
        }
    }
}

/// How long a value will be.
fn even_length(tag: Tag, bytes: &[u8]) -> Result<u32> {
    let length = bytes.len().checked_next_multiple_of(2).and_then(|length| u32::try_from(length).ok());
    length.filter(|length| *length < u32::MAX).ok_or_else(|| refused(tag, "it is longer than a value can be"))
}

/// What is wrong with values that are not whole.
pub(super) fn uneven(vr: VR, bytes: &[u8], unit: usize) -> String {
    format!("its length is {}, but values of VR {} have {unit} bytes each", bytes.len(), vr.as_str())
}

fn refused(tag: Tag, words: &str) -> Error {
    Error::new(Phase::Queued, Cause::DataSet(format!("{tag} cannot be written: {words}")))
}
