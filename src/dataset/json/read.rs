//! DICOM JSON to a data set (PS3.18 F.2).
//!
//! The text is gone through twice, however deep it is: for the VRs, and then for the values, each of which is read as its
//! VR has it. How deep that goes is counted here: it is a data set's depth, whatever the text is.

use std::borrow::Cow;
use std::collections::btree_map;
use std::fmt;
use std::result::Result as Outcome;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::super::charset::VrClass;
use super::super::data_set::{Context, DataSet};
use super::super::element::{Element, Value};
use super::super::limits::Limits;
use super::super::repertoire::not_a_value;
use super::super::scan::MAXIMUM_NESTING;
use super::super::set::{of_bytes, padded};
use super::super::tags;
use super::super::text::{shortened, shown_text};
use super::super::value::{self, Unfit};
use super::super::vr::{self, Kind, VR};
use super::shape::{Shape, Shapes};
use crate::error::{Cause, Error, Phase, Result};
use crate::types::Tag;

/// Reads one JSON object. The data set gets Specific Character Set `ISO_IR 192` where it has one, or needs it.
pub fn from_json(text: &str, limits: Limits) -> Result<DataSet> {
    if text.len() > limits.bytes {
        return Err(fault(format!("the JSON text is longer than the limit of {} bytes", limits.bytes)));
    }
    let mut set =
        Reader { shapes: shapes(text, limits)?, next: 0, refusal: None, stopped_in: None }.whole(text)?;
    if needs_character_set(&set) {
        set.put(tags::SPECIFIC_CHARACTER_SET, utf8());
    }
    Ok(set)
}

/// The elements in the text, which is JSON and has no more of anything than is allowed.
fn shapes(text: &str, limits: Limits) -> Result<Vec<Shape>> {
    let mut shapes = Shapes::new(limits.elements);
    let mut json = unbounded(text);
    let listed = shapes.list(&mut json).and_then(|()| json.end());
    if shapes.is_too_much {
        let limit = limits.elements;
        return Err(fault(format!("the data set has more than the limit of {limit} elements and items")));
    }
    listed.map_err(|error| not_as_modelled("a data set", &error, Place::Told))?;
    Ok(shapes.listed)
}

/// Without the parser's own limit of depth, which is below that of a data set: every element has three levels in JSON.
fn unbounded(text: &str) -> serde_json::Deserializer<serde_json::de::StrRead<'_>> {
    let mut json = serde_json::Deserializer::from_str(text);
    json.disable_recursion_limit();
    json
}

/// Whether there is text that is not ASCII, and nothing says what it is.
fn needs_character_set(set: &DataSet) -> bool {
    let needs = |element: &Element| match &element.value {
        Value::Items(items) => items.iter().any(needs_character_set),
        Value::Bytes(bytes) => VrClass::of(element.vr.letters()).is_some() && !bytes.is_ascii(),
        Value::Fragments(_) => false,
    };
    set.get(tags::SPECIFIC_CHARACTER_SET).is_none() && set.iter().any(|(_, element)| needs(element))
}

/// Text is put in as UTF-8.
fn utf8() -> Element {
    Element::bytes(VR::CS, *b"ISO_IR 192")
}

/// Reads the values.
struct Reader {
    shapes: Vec<Shape>,
    /// The element that comes next.
    next: usize,
    /// Why it could not go on, where it was not for the parser.
    refusal: Option<Error>,
    /// The element in which it, or the parser, could not go on.
    stopped_in: Option<Tag>,
}

impl Reader {
    fn whole(mut self, text: &str) -> Result<DataSet> {
        let read = Elements { reader: &mut self, depth: 0 }.deserialize(&mut unbounded(text));
        read.map_err(|error| {
            let what = || self.stopped_in.map_or("a data set".to_owned(), |tag| tag.to_string());
            self.refusal.unwrap_or_else(|| not_as_modelled(&what(), &error, Place::Told))
        })
    }

    /// Stops the parser.
    fn refuse<E: serde::de::Error>(&mut self, why: Error) -> E {
        self.refusal.get_or_insert(why);
        E::custom("refused")
    }

    /// The VR of the element that comes next, and where that ends.
    fn shape(&self) -> Shape {
        self.shapes.get(self.next).copied().unwrap_or(Shape { vr: None, end: self.next })
    }
}

/// A data set: an object of elements.
struct Elements<'a> {
    reader: &'a mut Reader,
    /// Sequences around it.
    depth: u32,
}

impl<'de> DeserializeSeed<'de> for Elements<'_> {
    type Value = DataSet;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Outcome<DataSet, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Elements<'_> {
    type Value = DataSet;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an object of elements")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Outcome<DataSet, A::Error> {
        let Self { reader, depth } = self;
        let mut set = DataSet::empty();
        while let Some(Text(key)) = map.next_key()? {
            let tag = tag_of(&key).map_err(|why| reader.refuse(why))?;
            if let Some(words) = tags::belongs_elsewhere(tag) {
                return Err(reader.refuse(fault(format!("{tag} in JSON: {words}"))));
            }
            let element = map.next_value_seed(One { reader, tag, depth }).inspect_err(|_| {
                reader.stopped_in.get_or_insert(tag);
            })?;
            if tag.element == 0 {
                continue;
            }
            match set.entry(tag) {
                btree_map::Entry::Vacant(vacant) => vacant.insert(element),
                btree_map::Entry::Occupied(_) => {
                    return Err(reader.refuse(fault(format!("{tag} is there twice"))));
                }
            };
        }
        Ok(set)
    }
}

/// An element.
struct One<'a> {
    reader: &'a mut Reader,
    tag: Tag,
    /// Sequences around it.
    depth: u32,
}

impl<'de> DeserializeSeed<'de> for One<'_> {
    type Value = Element;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Outcome<Element, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for One<'_> {
    type Value = Element;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an object with vr, and Value or InlineBinary")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Outcome<Element, A::Error> {
        const KEYS: &[&str] = &["vr", "Value", "InlineBinary", "BulkDataURI"];
        let Self { reader, tag, depth } = self;
        let Shape { vr, end } = reader.shape();
        reader.next = reader.next.saturating_add(1);
        if vr == Some(VR::SQ) && depth >= MAXIMUM_NESTING {
            let words = format!("{tag} in JSON: more than {MAXIMUM_NESTING} sequences are in each other");
            return Err(reader.refuse(fault(words)));
        }
        let mut member = Member::default();
        let mut seen = 0_u8;
        while let Some(Text(key)) = map.next_key()? {
            let Some(place) = KEYS.iter().position(|known| *known == key) else {
                return Err(A::Error::unknown_field(&key, KEYS));
            };
            if seen & (1 << place) != 0 {
                return Err(A::Error::custom(format_args!("{key} is there twice")));
            }
            seen |= 1 << place;
            match &*key {
                "vr" => member.vr = Some(map.next_value::<Text>()?.0),
                "Value" => {
                    // Whatever that one says: JSON is UTF-8, and so is text from here on.
                    let vr = vr.filter(|_| tag != tags::SPECIFIC_CHARACTER_SET);
                    member.value = map.next_value_seed(Values { reader: &mut *reader, tag, vr, depth })?;
                }
                "InlineBinary" => member.inline_binary = map.next_value::<Option<Text>>()?.map(|text| text.0),
                _ => member.has_bulk_data = map.next_value::<Option<IgnoredAny>>()?.is_some(),
            }
        }
        // What was passed over is passed over.
        reader.next = end;
        member.element(tag, vr).map_err(|why| reader.refuse(why))
    }
}

/// A string, borrowed where it has no escapes.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// An element as it stands there, its value read.
#[derive(Default)]
struct Member<'a> {
    vr: Option<Cow<'a, str>>,
    value: Option<Value>,
    inline_binary: Option<Cow<'a, str>>,
    has_bulk_data: bool,
}

impl Member<'_> {
    fn element(self, tag: Tag, vr: Option<VR>) -> Result<Element> {
        let Some(vr) = vr else {
            return Err(fault(match self.vr {
                Some(letters) => {
                    format!("{tag} has the VR {}, which the standard does not have", shown_text(&letters))
                }
                None => format!("{tag} has no vr"),
            }));
        };
        if self.has_bulk_data {
            return Err(fault(format!(
                "{tag} has a BulkDataURI: retrieve its value and put it in as InlineBinary, or leave it out"
            )));
        }
        let value = match (self.value, self.inline_binary) {
            (Some(_), Some(_)) => return Err(fault(format!("{tag} has both Value and InlineBinary"))),
            _ if tag == tags::SPECIFIC_CHARACTER_SET && matches!(vr, VR::CS | VR::UN) => return Ok(utf8()),
            _ if tag == tags::SPECIFIC_CHARACTER_SET => {
                return Err(fault(format!("{tag} has VR {}, not CS (PS3.6)", vr.as_str())));
            }
            (None, Some(binary)) if vr::kind(vr) == Kind::Bytes => {
                let wrong = |error| fault(format!("{tag} has an InlineBinary that is no base64: {error}"));
                let bytes = STANDARD.decode(binary.as_bytes()).map_err(wrong)?;
                // Odd lengths of OW are found in files, and so in what others make of these.
                return of_bytes(vr, padded(vr, bytes))
                    .map_err(|words| fault(format!("{tag} has an InlineBinary of {words}")));
            }
            (None, Some(_)) => {
                return Err(fault(format!("{tag} has an InlineBinary, which VR {} has not", vr.as_str())));
            }
            (Some(value), None) => value,
            (None, None) if vr == VR::SQ => Value::Items(Vec::new()),
            (None, None) => return Ok(Element::bytes(vr, [])),
        };
        Ok(Element { vr, value, is_big_endian: false })
    }
}

/// The member Value: items of a sequence, and else values.
struct Values<'a> {
    reader: &'a mut Reader,
    tag: Tag,
    /// `None` where it does not matter what they are.
    vr: Option<VR>,
    /// Sequences around the element.
    depth: u32,
}

impl<'de> DeserializeSeed<'de> for Values<'_> {
    type Value = Option<Value>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Outcome<Option<Value>, D::Error> {
        deserializer.deserialize_option(self)
    }
}

impl<'de> Visitor<'de> for Values<'_> {
    type Value = Option<Value>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an array of values")
    }

    fn visit_none<E>(self) -> Outcome<Option<Value>, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Outcome<Option<Value>, D::Error> {
        deserializer.deserialize_seq(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Outcome<Option<Value>, A::Error> {
        let Self { reader, tag, vr, depth } = self;
        let depth = depth.saturating_add(1);
        Ok(Some(match vr {
            None => {
                while values.next_element::<IgnoredAny>()?.is_some() {}
                Value::Items(Vec::new())
            }
            Some(VR::SQ) => {
                let mut items = Vec::new();
                while let Some(item) = values.next_element_seed(Item(Elements { reader, depth }))? {
                    items.push(item);
                }
                Value::Items(items)
            }
            Some(vr) => {
                let mut bytes = Encoded::new(tag, vr);
                while let Some(value) = values.next_element::<&RawValue>()? {
                    bytes.put(value.get()).map_err(|why| reader.refuse(why))?;
                }
                Value::Bytes(padded(vr, bytes.bytes).into())
            }
        }))
    }
}

/// An item; an empty one may be null.
struct Item<'a>(Elements<'a>);

impl<'de> DeserializeSeed<'de> for Item<'_> {
    type Value = DataSet;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Outcome<DataSet, D::Error> {
        deserializer.deserialize_option(self)
    }
}

impl<'de> Visitor<'de> for Item<'_> {
    type Value = DataSet;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        self.0.expecting(f)
    }

    fn visit_none<E>(self) -> Outcome<DataSet, E> {
        Ok(DataSet::empty())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Outcome<DataSet, D::Error> {
        self.0.deserialize(deserializer)
    }
}

/// Values as their bytes.
struct Encoded {
    tag: Tag,
    vr: VR,
    values: usize,
    nulls: usize,
    bytes: Vec<u8>,
    character_set: Element,
}

impl Encoded {
    fn new(tag: Tag, vr: VR) -> Self {
        Self { tag, vr, values: 0, nulls: 0, bytes: Vec::new(), character_set: utf8() }
    }

    /// Adds a value.
    fn put(&mut self, value: &str) -> Result<()> {
        let Self { tag, vr, .. } = *self;
        self.values = self.values.saturating_add(1);
        let wrong = |words: &str| fault(format!("{tag} in JSON: {words}"));
        let of_unfit = |unfit: Unfit| {
            let (Unfit::Vr(words) | Unfit::Value(words)) = unfit;
            wrong(&words)
        };
        if let Kind::Texts | Kind::Text = vr::kind(vr) {
            if vr::kind(vr) == Kind::Text && self.values > 1 {
                return Err(fault(format!("{tag} has several values, but VR {vr} has one")));
            }
            if self.values > 1 {
                self.bytes.push(b'\\');
            }
            let text = text_of(tag, vr, value)?;
            let context = Context { character_set: Some(&self.character_set), ..Context::default() };
            self.bytes.extend_from_slice(&context.encoded(vr, &text).map_err(|words| wrong(&words))?);
            return Ok(());
        }
        if vr::kind(vr) == Kind::Bytes {
            return Err(fault(format!("{tag} has a Value, but VR {vr} has an InlineBinary")));
        }
        if value == "null" {
            self.nulls = self.nulls.saturating_add(1);
        } else {
            self.bytes.extend_from_slice(&number_bytes(vr, value).map_err(of_unfit)?);
        }
        // No value at all (PS3.18 F.2.5) is fine, but binary values have no way to be empty among others.
        if self.nulls > 0 && self.values > 1 {
            return Err(wrong(&format!(
                "null is among several values, of which none can be empty in VR {vr}"
            )));
        }
        Ok(())
    }
}

/// One value of text: a string, a number where the VR is one, an object where it is a name, or null.
fn text_of(tag: Tag, vr: VR, text: &str) -> Result<String> {
    #[derive(Deserialize, Default)]
    #[serde(default, rename_all = "PascalCase", deny_unknown_fields)]
    struct PersonName {
        alphabetic: Option<String>,
        ideographic: Option<String>,
        phonetic: Option<String>,
    }
    let is_number = matches!(vr, VR::IS | VR::DS) && !text.starts_with(['"', 'n']);
    let value = if text == "null" {
        String::new()
    } else if is_number {
        decimal(vr, text).unwrap_or_else(|| text.to_owned())
    } else if vr == VR::PN && text.starts_with('{') {
        let name: PersonName = parsed(text, tag)?;
        let groups = [name.alphabetic, name.ideographic, name.phonetic].map(Option::unwrap_or_default);
        // The last has what is behind it too, as this library writes names that have more than three.
        if let Some(group) = groups.iter().take(2).find(|group| group.contains('=')) {
            return Err(fault(format!(
                "{tag} has an = in {}, which would make it two component groups",
                shown_text(group)
            )));
        }
        groups.join("=").trim_end_matches('=').to_owned()
    } else {
        parsed::<Text>(text, tag)?.0.into_owned()
    };
    if value.contains('\x1B') {
        return Err(fault(format!(
            "{tag} has an ESC in {}, which begins escape sequences, and JSON has none: leave it out",
            shown_text(&value)
        )));
    }
    if vr::kind(vr) == Kind::Texts && value.contains('\\') {
        let value = shown_text(&value);
        return Err(fault(format!("{tag} has a backslash in {value}, which would make it two values")));
    }
    match not_a_value(vr, &value) {
        // A string is what somebody else had, whatever that was.
        Some(words) if is_number => Err(fault(format!("{tag} in JSON: {words}"))),
        _ => Ok(value),
    }
}

/// A number that does not stand as it is: an integer that somebody wrote as a floating point number, and one with more
/// digits than a DS holds, as many as there is room for.
fn decimal(vr: VR, text: &str) -> Option<String> {
    if vr == VR::IS {
        return value::integer_of(text).map(|integer| integer.to_string());
    }
    let bytes = (text.len() > 16).then(|| value::float_of(text)).flatten();
    let bytes = value::float_bytes(VR::DS, bytes?).ok()?;
    String::from_utf8(bytes).ok()
}

/// The bytes of a number, or a tag.
fn number_bytes(vr: VR, text: &str) -> std::result::Result<Vec<u8>, Unfit> {
    let string: Option<String> = serde_json::from_str(text).ok();
    let text = string.as_deref().unwrap_or(text);
    match vr::kind(vr) {
        Kind::Floats { .. } => match text {
            "NaN" => value::float_bytes(vr, f64::NAN),
            "Infinity" | "inf" => value::float_bytes(vr, f64::INFINITY),
            "-Infinity" | "-inf" => value::float_bytes(vr, f64::NEG_INFINITY),
            _ => value::binary_of_text(vr, text),
        },
        // Some write every number as a floating point number.
        Kind::Integers { .. } => match value::integer_of(text) {
            Some(integer) => value::integer_bytes(vr, integer),
            None => value::binary_of_text(vr, text),
        },
        _ => value::binary_of_text(vr, text),
    }
}

fn tag_of(key: &str) -> Result<Tag> {
    let is_tag = key.len() == 8 && key.bytes().all(|byte| byte.is_ascii_hexdigit());
    let number = u32::from_str_radix(key, 16).ok().filter(|_| is_tag).map(u32::to_be_bytes);
    let Some([a, b, c, d]) = number else {
        let key = shown_text(key);
        return Err(fault(format!("{key} in JSON is no tag; it must be eight hexadecimal digits")));
    };
    Ok(Tag::new(u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d])))
}

/// A value of an element: the parser knows no other place than the one in it.
fn parsed<'a, T: Deserialize<'a>>(text: &'a str, tag: Tag) -> Result<T> {
    serde_json::from_str(text).map_err(|error| not_as_modelled(&tag.to_string(), &error, Place::LeftOut))
}

/// Where in the text it is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Told,
    LeftOut,
}

fn not_as_modelled(what: &str, error: &serde_json::Error, place: Place) -> Error {
    let (words, at) = (error.to_string(), format!(" at line {} column {}", error.line(), error.column()));
    let (words, at) = words.strip_suffix(&at).map_or((&*words, ""), |words| (words, &at));
    let (words, at) = (shortened(words), if place == Place::Told { at } else { "" });
    fault(format!("{what} is not as the DICOM JSON model has it: {words}{at}"))
}

fn fault(words: String) -> Error {
    Error::new(Phase::Queued, Cause::DataSet(words))
}
