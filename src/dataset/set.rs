//! Changing the values of a data set. What is on the way and not there yet is made, as far as there is one way to make
//! it: sequences, the item behind the last, and the block of a private creator (PS3.5 7.8.1). Nothing is changed where
//! that, or the value, cannot be.

use super::charset::CharacterSet;
use super::data_set::{Context, DataSet, items_of, names_an_item, too_deep};
use super::dictionary;
use super::element::{Element, Value};
use super::path::{Name, Path};
use super::repertoire::not_a_value;
use super::representation;
use super::scan::MAXIMUM_NESTING;
use super::tags;
use super::text::{Texts, shown_text};
use super::value::{self, At, Unfit};
use super::vr::{self, Kind, VR};
use crate::error::{Error, Result};
use crate::types::Tag;

impl DataSet {
    /// Sets all values of an element, or one; the one behind the last is added. A backslash in all values separates two
    /// of them, unless the VR has one value only. What is set is checked, and not what stands beside it.
    ///
    /// Specific Character Set (0008,0005) is special: all text is kept, in the new one, which must have its characters.
    pub fn set_string(&mut self, path: &Path, at: At, text: &str) -> Result<()> {
        self.write(path, Wanted::What, |target, vr| {
            has_values(vr)?;
            let bytes = match (vr::kind(vr), at) {
                (Kind::Texts | Kind::Text, _) => {
                    let joined = target.joined_text(vr, at, text)?;
                    check_text(vr, text)?;
                    target.context.encoded(vr, &joined).map_err(Unfit::Value)?
                }
                (_, At::All) if text.is_empty() => Vec::new(),
                (_, At::All) => {
                    let values: std::result::Result<Vec<_>, _> =
                        text.split('\\').map(|text| value::binary_of_text(vr, text)).collect();
                    values?.concat()
                }
                (_, At::Value(_)) => target.joined_bytes(at, value::binary_of_text(vr, text)?)?,
            };
            Ok(Element::bytes(vr, padded(vr, bytes)))
        })
    }

    /// Sets a value of an element to an integer, likewise.
    pub fn set_integer(&mut self, path: &Path, at: At, number: i128) -> Result<()> {
        self.write(path, Wanted::What, |target, vr| {
            has_values(vr)?;
            target.number(vr, at, value::integer_bytes(vr, number)?)
        })
    }

    /// Sets a value of an element to a floating point number, likewise.
    pub fn set_float(&mut self, path: &Path, at: At, number: f64) -> Result<()> {
        self.write(path, Wanted::What, |target, vr| {
            has_values(vr)?;
            target.number(vr, at, value::float_bytes(vr, number)?)
        })
    }

    /// Sets all values of an element to floating point numbers, however many.
    pub fn set_floats(&mut self, path: &Path, numbers: &[f64]) -> Result<()> {
        self.write(path, Wanted::What, |_, vr| {
            has_values(vr)?;
            // Of a VR that holds no numbers there cannot be none either.
            value::float_bytes(vr, 0.0)?;
            let mut bytes = Vec::new();
            for (index, number) in numbers.iter().enumerate() {
                if index > 0 && vr::kind(vr) == Kind::Texts {
                    bytes.push(b'\\');
                }
                bytes.extend_from_slice(&value::float_bytes(vr, *number)?);
            }
            Ok(Element::bytes(vr, padded(vr, bytes)))
        })
    }

    /// Sets all of the value, as it is: numbers in little endian, text in the character set of the data set. Setting
    /// Specific Character Set so says how all text is to be understood, and leaves it as it is.
    pub fn set_bytes(&mut self, path: &Path, bytes: &[u8]) -> Result<()> {
        let target = self.target(path, Wanted::What)?;
        let vr = target.vr;
        if vr == VR::SQ {
            return Err(Error::invalid_argument(format!(
                "{path}: a sequence has items, and no bytes of its own; append an item"
            )));
        }
        let element = of_bytes(vr, bytes.to_vec())
            .map_err(|words| Error::invalid_argument(format!("{path}: {words}")))?;
        let steps = target.steps;
        self.place(&steps, element);
        Ok(())
    }

    /// Sets an element to no value at all, as in a query that wants it back; of this VR, or of the one that the
    /// dictionary says.
    pub fn set_empty(&mut self, path: &Path, vr: Option<VR>) -> Result<()> {
        self.write(path, vr.map_or(Wanted::What, Wanted::Vr), |_, vr| {
            Ok(if vr == VR::SQ { Element::sequence(Vec::new()) } else { Element::bytes(vr, []) })
        })
    }

    /// Adds an item behind the last of a sequence, which is made where it is not there; told its number.
    ///
    /// Its text comes into the character set of the data set; where that does not have all of its characters, the item
    /// keeps its own.
    pub fn append_item(&mut self, path: &Path, item: &Self) -> Result<usize> {
        let target = self.target(path, Wanted::Items)?;
        let nested = u32::try_from(path.steps.len()).unwrap_or(u32::MAX).saturating_add(item.depth());
        if nested > MAXIMUM_NESTING {
            return Err(too_deep());
        }
        let item = match item.get(tags::SPECIFIC_CHARACTER_SET) {
            None => item.clone(),
            Some(own) => match item.recoded(Some(own), target.context.character_set) {
                Ok(mut recoded) => {
                    recoded.take(tags::SPECIFIC_CHARACTER_SET);
                    recoded
                }
                Err(_) => item.clone(),
            },
        };
        let index = target.items(path)?.len();
        let steps = target.steps;
        self.change(&steps, |set, tag| {
            if let Some(items) = set.items_mut(tag) {
                items.push(item);
            }
        });
        Ok(index)
    }

    /// Takes the element or the item at `path` away; told whether it was there. Without Specific Character Set, text is
    /// in that around it, or in the default repertoire: it must then have all of the characters.
    pub fn remove(&mut self, path: &Path) -> Result<bool> {
        let Some(found) = self.find(path)? else { return Ok(false) };
        let mut whole = path.clone();
        let item = whole.steps.last_mut().and_then(|step| step.item.take());
        if item.is_some_and(|index| found.element.items().is_none_or(|items| index >= items.len())) {
            return items_of(path, found.element).map(|_| false);
        }
        let Target { steps, parent, outer, context, .. } = self.target(&whole, Wanted::What)?;
        let is_character_set = steps.last().is_some_and(|step| step.tag == tags::SPECIFIC_CHARACTER_SET);
        let recoded = match parent.filter(|_| is_character_set && item.is_none()) {
            Some(parent) => Some(parent.recoded(context.character_set, outer.character_set)?),
            None => None,
        };
        self.change(&steps, |set, tag| {
            if let Some(recoded) = recoded {
                *set = recoded;
            }
            let Some(index) = item else { return set.take(tag) };
            set.entry(tag).and_modify(|element| {
                if let Value::Items(items) = &mut element.value {
                    items.remove(index);
                }
            });
        });
        Ok(true)
    }

    fn write(
        &mut self,
        path: &Path,
        wanted: Wanted,
        make: impl FnOnce(&Target, VR) -> std::result::Result<Element, Unfit>,
    ) -> Result<()> {
        let target = self.target(path, wanted)?;
        let element = make(&target, target.vr).map_err(|unfit| {
            let (Unfit::Vr(words) | Unfit::Value(words)) = unfit;
            Error::invalid_argument(format!("{path}: {words}"))
        })?;
        let is_character_set =
            target.steps.last().is_some_and(|step| step.tag == tags::SPECIFIC_CHARACTER_SET);
        if let Some(terms) = element.as_bytes().filter(|_| is_character_set) {
            CharacterSet::to_write(terms)
                .map_err(|error| Error::invalid_argument(format!("{path}: {error}")))?;
        }
        let recoded = match target.parent.filter(|_| is_character_set) {
            Some(parent) => Some(parent.recoded(target.context.character_set, Some(&element))?),
            None => None,
        };
        let steps = target.steps;
        self.change(&steps, |set, tag| {
            if let Some(recoded) = recoded {
                *set = recoded;
            }
            set.put(tag, element);
        });
        Ok(())
    }

    /// Where `path` leads, and what is there now.
    fn target(&self, path: &Path, wanted: Wanted) -> Result<Target<'_>> {
        if path.is_item() {
            return Err(names_an_item(path));
        }
        let mut target = Target {
            steps: Vec::new(),
            parent: Some(self),
            element: None,
            outer: Context::default(),
            context: Context::default(),
            vr: VR::UN,
        };
        for (at, step) in path.steps.iter().enumerate() {
            target.outer = target.context;
            if let Some(parent) = target.parent {
                target.context = target.context.within(parent);
            }
            let (tag, creator) = target.named(path, &step.name)?;
            target.steps.push(Step { tag, item: step.item, creator });
            target.element = target.parent.and_then(|parent| parent.get(tag));
            // What others have made is there, and may be changed.
            if let (None, Some(words)) = (target.element, tags::not_allowed(tag)) {
                return Err(Error::invalid_argument(format!("{path}: {words}")));
            }
            let is_last = at + 1 == path.steps.len();
            target.vr = target.vr_of(path, tag, if is_last { wanted } else { Wanted::Items })?;
            if let Some(index) = step.item.filter(|_| !is_last) {
                let items = target.items(path)?;
                if index > items.len() {
                    return Err(Error::invalid_argument(format!(
                        "{path}: {tag} has {} items, so item {index} cannot be made",
                        items.len()
                    )));
                }
                target.parent = items.get(index);
            }
        }
        let sequences = path.steps.len().saturating_sub(usize::from(target.vr != VR::SQ));
        if u32::try_from(sequences).is_ok_and(|sequences| sequences <= MAXIMUM_NESTING) {
            return Ok(target);
        }
        Err(too_deep())
    }

    /// Changes the data set at the end of these steps, which is made where it is not there, with the blocks that they
    /// need. They are a target's, so nothing else is on the way.
    fn change(&mut self, steps: &[Step], change: impl FnOnce(&mut Self, Tag)) {
        let Some((step, rest)) = steps.split_first() else { return };
        if let Some((tag, creator)) = &step.creator {
            self.put(*tag, creator.clone());
        }
        let Some(index) = step.item else { return change(self, step.tag) };
        if let Some(items) = self.items_mut(step.tag) {
            if items.len() <= index {
                items.push(Self::empty());
            }
            if let Some(item) = items.get_mut(index) {
                item.change(rest, change);
            }
        }
    }

    /// The items of the sequence with this tag, which is made where it is not there; `None` where something else is.
    fn items_mut(&mut self, tag: Tag) -> Option<&mut Vec<Self>> {
        let element = self.entry(tag).or_insert_with(|| Element::sequence(Vec::new()));
        if may_become_sequence(element) {
            *element = Element::sequence(Vec::new());
        }
        match &mut element.value {
            Value::Items(items) => Some(items),
            Value::Bytes(_) | Value::Fragments(_) => None,
        }
    }

    fn place(&mut self, steps: &[Step], element: Element) {
        self.change(steps, |set, tag| set.put(tag, element));
    }
}

/// What the element is to be where a path leads.
#[derive(Clone, Copy)]
enum Wanted {
    /// What it is, or what the dictionary says.
    What,
    /// Of this VR, whatever it is now.
    Vr(VR),
    /// A sequence, whose items stay.
    Items,
}

/// An element of which nobody knows the VR, and no value says that it is another than SQ.
fn may_become_sequence(element: &Element) -> bool {
    element.vr == VR::UN && element.as_bytes().is_some_and(|bytes| bytes.is_empty())
}

/// Where a path leads.
struct Target<'a> {
    steps: Vec<Step>,
    /// The data set at its end; `None` where that is still to be made.
    parent: Option<&'a DataSet>,
    element: Option<&'a Element>,
    /// What holds around the data set, and in it.
    outer: Context<'a>,
    context: Context<'a>,
    /// What the element has, or will have.
    vr: VR,
}

/// A step of a path, its tag known.
struct Step {
    tag: Tag,
    item: Option<usize>,
    /// A private creator that is still to reserve its block.
    creator: Option<(Tag, Element)>,
}

impl<'a> Target<'a> {
    fn named(&self, path: &Path, name: &Name) -> Result<(Tag, Option<(Tag, Element)>)> {
        let Name::Private { group, creator, element } = name else {
            let Name::Tag(tag) = name else { return Err(names_an_item(path)) };
            return Ok((*tag, None));
        };
        if let Some(tag) = self.parent.and_then(|parent| parent.tag_of(name, self.context)) {
            return Ok((tag, None));
        }
        let block = self.parent.map_or(Some(0x10), |parent| parent.free_block(*group)).ok_or_else(|| {
            Error::invalid_argument(format!("{path}: all blocks of group {group:04X} are reserved"))
        })?;
        let bytes = self
            .context
            .encoded(VR::LO, creator)
            .map_err(|words| Error::invalid_argument(format!("{path}: {words}")))?;
        let reserved = Element::bytes(VR::LO, padded(VR::LO, bytes));
        let tag = Tag::new(*group, u16::from_be_bytes([block, *element]));
        Ok((tag, Some((Tag::new(*group, u16::from(block)), reserved))))
    }

    /// The items of the element; none where they can be made.
    fn items(&self, path: &Path) -> Result<&'a [DataSet]> {
        let element = self.element.filter(|element| !may_become_sequence(element));
        element.map_or(Ok(&[]), |element| items_of(path, element))
    }

    /// The VR of the element: `wanted`, or what it has, or what the dictionary says.
    fn vr_of(&self, path: &Path, tag: Tag, wanted: Wanted) -> Result<VR> {
        let entry = dictionary::entry(tag);
        let wanted = match (wanted, self.element) {
            (Wanted::What, Some(element)) => return Ok(element.vr),
            (Wanted::Items, Some(element)) if !may_become_sequence(element) => {
                return items_of(path, element).map(|_| VR::SQ);
            }
            (Wanted::What, None) => None,
            (Wanted::Vr(vr), _) => Some(vr),
            (Wanted::Items, _) => Some(VR::SQ),
        };
        match (wanted, entry) {
            (Some(wanted), Some(entry)) if !entry.allows(wanted) && wanted != VR::UN => {
                let (wanted, vr) = (wanted.as_str(), entry.words());
                Err(Error::invalid_argument(format!("{path}: {tag} has VR {vr}, not {wanted} (PS3.6)")))
            }
            (Some(wanted), _) => Ok(wanted),
            (None, _) => Ok(representation::vr_of(tag, self.context.numbers).unwrap_or(VR::UN)),
        }
    }

    /// All of the text, with `text` where `at` says.
    fn joined_text(&self, vr: VR, at: At, text: &str) -> std::result::Result<String, Unfit> {
        let At::Value(index) = at else { return Ok(text.to_owned()) };
        let has_many = vr::kind(vr) == Kind::Texts;
        if has_many && text.contains('\\') {
            return Err(Unfit::Value(format!(
                "{} has a backslash, which would make it two values",
                shown_text(text)
            )));
        }
        let there = match self.element {
            Some(element) => {
                let bytes = value::bytes_of(element, "text")?;
                Some(self.context.texts(element, bytes).map_err(Unfit::Value)?)
            }
            None => None,
        };
        // What is there and has no value has an empty one, as the first of several.
        let empty = there.as_ref().is_some_and(|there| there.count() == 0).then_some("");
        let count = there.as_ref().map_or(0, Texts::count).max(empty.iter().len());
        if index > count || (!has_many && index > 0) {
            return Err(no_such(index, count));
        }
        let values = there.iter().flat_map(Texts::iter).chain(empty).enumerate();
        let values = values.map(|(at, value)| if at == index { text } else { value });
        let added = (index == count).then_some(text);
        Ok(value::joined(values.chain(added), |value, out| out.push_str(value)).unwrap_or_default())
    }

    /// All of the bytes, with `bytes` where `at` says.
    fn joined_bytes(&self, at: At, bytes: Vec<u8>) -> std::result::Result<Vec<u8>, Unfit> {
        let At::Value(index) = at else { return Ok(bytes) };
        let Some(element) = self.element else {
            return if index == 0 { Ok(bytes) } else { Err(no_such(index, 0)) };
        };
        let count = value::count(element, self.context)?;
        let before = value::bytes_of(element, "values")?;
        if index > count {
            return Err(no_such(index, count));
        }
        let begin = index.saturating_mul(bytes.len());
        let behind = before.get(begin.saturating_add(bytes.len())..).unwrap_or_default();
        Ok([before.get(..begin).unwrap_or_default(), &bytes, behind].concat())
    }

    /// The element with this number, which is text in some VRs.
    fn number(&self, vr: VR, at: At, bytes: Vec<u8>) -> std::result::Result<Element, Unfit> {
        let bytes = match vr::kind(vr) {
            Kind::Texts => {
                let text = String::from_utf8_lossy(&bytes);
                self.joined_text(vr, at, &text)?.into_bytes()
            }
            _ => self.joined_bytes(at, bytes)?,
        };
        Ok(Element::bytes(vr, padded(vr, bytes)))
    }
}

/// Refuses text that cannot be in a value of this VR.
fn check_text(vr: VR, text: &str) -> std::result::Result<(), Unfit> {
    let has_many = vr::kind(vr) == Kind::Texts;
    // PS3.5 6.1.3: TAB, LF, FF and CR in text, none of them in strings. ESC belongs to the character sets.
    let control = |c: char| c.is_ascii_control() && (has_many || !matches!(c, '\t' | '\n' | '\x0C' | '\r'));
    if let Some(control) = text.chars().find(|c| control(*c)) {
        let vr = vr.as_str();
        return Err(Unfit::Value(format!("{control:?} cannot be in a value of VR {vr} (PS3.5 6.1.3)")));
    }
    let wrong = if has_many {
        text.split('\\').find_map(|value| not_a_value(vr, value))
    } else {
        not_a_value(vr, text)
    };
    wrong.map_or(Ok(()), |words| Err(Unfit::Value(words)))
}

/// Refuses VRs in which nothing can be set but what says how.
fn has_values(vr: VR) -> std::result::Result<(), Unfit> {
    match vr {
        VR::SQ => Err(Unfit::Vr(
            "its VR is SQ, which has items and no values: append an item, or set an element in one, [0].Element"
                .to_owned(),
        )),
        VR::UN => Err(Unfit::Vr(
            "its VR is UN, so how a value is written is not known; a program can make it with another VR, LO for \
             short text, or set its bytes"
                .to_owned(),
        )),
        _ => Ok(()),
    }
}

fn no_such(index: usize, count: usize) -> Unfit {
    Unfit::Value(format!("there are {count} values, so value {index} cannot be set"))
}

/// An element with these bytes, or why there are too many or too few of them.
pub(super) fn of_bytes(vr: VR, bytes: Vec<u8>) -> std::result::Result<Element, String> {
    let unit = if vr == VR::AT { 4 } else { vr::unit(vr) };
    if !bytes.len().is_multiple_of(unit) {
        return Err(format!("{} bytes, but values of VR {vr} have {unit} each", bytes.len()));
    }
    Ok(Element::bytes(vr, padded(vr, bytes)))
}

/// With an even length.
pub(super) fn padded(vr: VR, mut bytes: Vec<u8>) -> Vec<u8> {
    if bytes.len() % 2 == 1 {
        bytes.push(vr::padding(vr));
    }
    bytes
}
