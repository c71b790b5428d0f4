//! Which VR each element of a JSON text has, before any value is read: `vr` may stand behind `Value`, and does where
//! keys are sorted. So the text is gone through once for this, and once for the values, however deep it is.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::super::scan::MAXIMUM_NESTING;
use super::super::vr::VR;

/// An element. They are listed in the order in which they begin: behind it, those in its items.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    /// `None` where there is no VR, or none that the standard has.
    pub(super) vr: Option<VR>,
    /// Where the first stands that is not in it.
    pub(super) end: usize,
}

/// Lists the elements. What is not as it must be is passed over here: reading the values finds it.
#[derive(Debug)]
pub(super) struct Shapes {
    pub(super) listed: Vec<Shape>,
    /// How many more elements, items and values there may be.
    left: usize,
    /// There were more.
    pub(super) is_too_much: bool,
}

impl Shapes {
    pub(super) fn new(most: usize) -> Self {
        Self { listed: Vec::new(), left: most, is_too_much: false }
    }

    /// Goes through a data set; an error where it is no JSON, or where there is too much in it.
    pub(super) fn list<'de, D: Deserializer<'de>>(&mut self, text: D) -> Result<(), D::Error> {
        Part { of: Of::DataSet, depth: 0, shapes: self }.deserialize(text)
    }

    fn count<E: serde::de::Error>(&mut self) -> Result<(), E> {
        self.is_too_much = self.left == 0;
        self.left = self.left.checked_sub(1).ok_or_else(|| E::custom("too much"))?;
        Ok(())
    }
}

/// A part of the text.
struct Part<'a> {
    of: Of,
    /// Sequences around it.
    depth: u32,
    shapes: &'a mut Shapes,
}

#[derive(Clone, Copy)]
enum Of {
    DataSet,
    Element,
    Values,
    /// Of the element with this number.
    Vr(usize),
}

impl Part<'_> {
    fn inner(&mut self, of: Of) -> Part<'_> {
        Part { of, depth: self.depth, shapes: self.shapes }
    }
}

impl<'de> DeserializeSeed<'de> for Part<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Part<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        match self.of {
            // The names of a person stand where an item may: no deeper than items are.
            Of::DataSet if self.depth <= MAXIMUM_NESTING => {
                while map.next_key::<IgnoredAny>()?.is_some() {
                    map.next_value_seed(self.inner(Of::Element))?;
                }
            }
            Of::Element => {
                self.shapes.count()?;
                let number = self.shapes.listed.len();
                self.shapes.listed.push(Shape { vr: None, end: number });
                while let Some(key) = map.next_key_seed(KeyOf)? {
                    match key {
                        Key::Vr => map.next_value_seed(self.inner(Of::Vr(number)))?,
                        Key::Value => map.next_value_seed(self.inner(Of::Values))?,
                        Key::Other => _ = map.next_value::<IgnoredAny>()?,
                    }
                }
                let end = self.shapes.listed.len();
                if let Some(shape) = self.shapes.listed.get_mut(number) {
                    shape.end = end;
                }
            }
            Of::DataSet | Of::Values | Of::Vr(_) => {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<(), A::Error> {
        let Of::Values = self.of else {
            while values.next_element::<IgnoredAny>()?.is_some() {}
            return Ok(());
        };
        let depth = self.depth.saturating_add(1);
        while values.next_element_seed(Part { of: Of::DataSet, depth, shapes: self.shapes })?.is_some() {
            self.shapes.count()?;
        }
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        if let Of::Vr(number) = self.of
            && let Some(shape) = self.shapes.listed.get_mut(number)
        {
            shape.vr = text.as_bytes().try_into().ok().and_then(VR::from_letters);
        }
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }
}

/// A member of an element.
enum Key {
    Vr,
    Value,
    Other,
}

struct KeyOf;

impl<'de> DeserializeSeed<'de> for KeyOf {
    type Value = Key;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Key, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for KeyOf {
    type Value = Key;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<Key, E> {
        Ok(match key {
            "vr" => Key::Vr,
            "Value" => Key::Value,
            _ => Key::Other,
        })
    }
}
