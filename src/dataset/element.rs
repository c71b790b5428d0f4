//! An element of a data set, and its value.

use std::sync::Arc;

use super::data_set::DataSet;
use super::encoding::Elements;
use super::vr::VR;

/// An element: its VR and its value. The tag is with the data set.
#[derive(Debug, Clone, PartialEq)]
pub struct Element {
    pub(super) vr: VR,
    pub(super) value: Value,
    /// Its bytes are as big endian has them, and which of them belong together nobody knows.
    pub(super) is_big_endian: bool,
}

/// What is in an element. Cheap to clone: bytes are shared.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    /// As in explicit VR little endian, padding included. Text is as Specific Character Set has it.
    Bytes(Arc<[u8]>),
    /// Of a sequence.
    Items(Vec<DataSet>),
    /// Encapsulated pixel data; the first is the basic offset table (PS3.5 A.4).
    Fragments(Vec<Arc<[u8]>>),
}

impl Element {
    pub(super) fn bytes(vr: VR, bytes: impl Into<Arc<[u8]>>) -> Self {
        Self { vr, value: Value::Bytes(bytes.into()), is_big_endian: false }
    }

    pub(super) fn sequence(items: Vec<DataSet>) -> Self {
        Self { vr: VR::SQ, value: Value::Items(items), is_big_endian: false }
    }

    pub(super) fn fragmented(vr: VR, fragments: Vec<Arc<[u8]>>) -> Self {
        Self { vr, value: Value::Fragments(fragments), is_big_endian: false }
    }

    /// Of bytes that big endian has in this order, and that cannot be put into the other one.
    pub(super) fn in_big_endian(bytes: &[u8]) -> Self {
        Self { is_big_endian: true, ..Self::bytes(VR::UN, bytes) }
    }

    /// How its bytes are written.
    pub(super) fn elements(&self) -> Elements {
        if self.is_big_endian { Elements::ExplicitBigEndian } else { Elements::ExplicitLittleEndian }
    }

    /// The VR.
    #[must_use]
    pub fn vr(&self) -> VR {
        self.vr
    }

    /// The bytes as explicit VR little endian has them; `None` of a sequence and of encapsulated pixel data. Those of a
    /// UN that was read in big endian are as they were there.
    #[must_use]
    pub fn as_bytes(&self) -> Option<&Arc<[u8]>> {
        match &self.value {
            Value::Bytes(bytes) => Some(bytes),
            Value::Items(_) | Value::Fragments(_) => None,
        }
    }

    /// The items of a sequence; `None` of everything else.
    #[must_use]
    pub fn items(&self) -> Option<&[DataSet]> {
        match &self.value {
            Value::Items(items) => Some(items),
            Value::Bytes(_) | Value::Fragments(_) => None,
        }
    }

    /// The fragments of encapsulated pixel data, the basic offset table first; `None` of everything else.
    #[must_use]
    pub fn fragments(&self) -> Option<&[Arc<[u8]>]> {
        match &self.value {
            Value::Fragments(fragments) => Some(fragments),
            Value::Bytes(_) | Value::Items(_) => None,
        }
    }
}
