//! A data set in memory: elements by tag, and items of sequences, which are data sets again.

use std::collections::BTreeMap;
use std::collections::btree_map;
use std::sync::Arc;

use super::element::Element;
use super::path::{Name, Path};
use super::representation;
use super::scan::MAXIMUM_NESTING;
use super::tags;
use super::vr::VR;
use crate::error::{Error, Result};
use crate::types::Tag;

/// A data set, or an item. A clone costs nothing: what both hold is shared until one of them is changed.
///
/// Values are kept as bytes, as explicit VR little endian has them, and what they mean is found out when they are read:
/// so nothing is lost between reading and writing, whatever it is. Those of a UN from big endian, which cannot be turned
/// round, stay as they were, and are not written in another order.
#[derive(Debug, Clone, PartialEq)]
pub struct DataSet {
    elements: Arc<BTreeMap<Tag, Element>>,
}

impl DataSet {
    /// A new data set: it has Specific Character Set `ISO_IR 192`, so that every text can be put into it.
    #[must_use]
    pub fn new() -> Self {
        let mut set = Self::empty();
        set.put(tags::SPECIFIC_CHARACTER_SET, Element::bytes(VR::CS, *b"ISO_IR 192"));
        set
    }

    /// One without any element.
    #[must_use]
    pub fn empty() -> Self {
        Self { elements: Arc::default() }
    }

    /// How many elements it has, those in items not counted.
    #[must_use]
    pub fn len(&self) -> usize {
        self.elements.len()
    }

    /// Whether it has no element.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.elements.is_empty()
    }

    /// The element with this tag.
    #[must_use]
    pub fn get(&self, tag: Tag) -> Option<&Element> {
        self.elements.get(&tag)
    }

    /// The elements, ascending by tag.
    pub fn iter(&self) -> btree_map::Iter<'_, Tag, Element> {
        self.elements.iter()
    }

    /// The first element behind `tag`.
    #[must_use]
    pub fn next_after(&self, tag: Tag) -> Option<(Tag, &Element)> {
        use std::ops::Bound::{Excluded, Unbounded};
        self.elements.range((Excluded(tag), Unbounded)).next().map(|(tag, element)| (*tag, element))
    }

    /// The element at `path`, and its tag.
    pub fn element(&self, path: &Path) -> Result<Option<(Tag, &Element)>> {
        if path.is_item() {
            return Err(names_an_item(path));
        }
        Ok(self.find(path)?.map(|found| (found.tag, found.element)))
    }

    /// A copy of the item at `path`. It stands alone: where the item has no Specific Character Set of its own, it gets
    /// the one that it was under.
    pub fn item(&self, path: &Path) -> Result<Option<Self>> {
        let Some(index) = path.steps.last().and_then(|step| step.item) else {
            return Err(Error::invalid_argument(format!("{path} names an element; an item is {path}[0]")));
        };
        let Some(found) = self.find(path)? else { return Ok(None) };
        let Some(item) = items_of(path, found.element)?.get(index) else { return Ok(None) };
        let mut item = item.clone();
        if let (None, Some(outer)) = (item.get(tags::SPECIFIC_CHARACTER_SET), found.context.character_set) {
            item.put(tags::SPECIFIC_CHARACTER_SET, outer.clone());
        }
        Ok(Some(item))
    }

    /// How many sequences are in each other, at most.
    pub(super) fn depth(&self) -> u32 {
        let items = self.elements.values().filter_map(Element::items);
        items.map(|items| 1 + items.iter().map(Self::depth).max().unwrap_or(0)).max().unwrap_or(0)
    }

    pub(super) fn put(&mut self, tag: Tag, element: Element) {
        Arc::make_mut(&mut self.elements).insert(tag, element);
    }

    pub(super) fn entry(&mut self, tag: Tag) -> btree_map::Entry<'_, Tag, Element> {
        Arc::make_mut(&mut self.elements).entry(tag)
    }

    pub(super) fn take(&mut self, tag: Tag) {
        Arc::make_mut(&mut self.elements).remove(&tag);
    }

    /// Without the elements from `tag` on.
    pub(super) fn truncate(&mut self, tag: Tag) {
        if self.elements.range(tag..).next().is_some() {
            Arc::make_mut(&mut self.elements).split_off(&tag);
        }
    }

    pub(super) fn elements_mut(&mut self) -> btree_map::IterMut<'_, Tag, Element> {
        Arc::make_mut(&mut self.elements).iter_mut()
    }

    /// The element at `path`, or of the item at `path`, with what holds around it. `None` where it, or something in
    /// front of it, is not there.
    pub(super) fn find(&self, path: &Path) -> Result<Option<Found<'_>>> {
        let mut parent = self;
        let mut outer = Context::default();
        for (at, step) in path.steps.iter().enumerate() {
            let context = outer.within(parent);
            let Some(tag) = parent.tag_of(&step.name, context) else { return Ok(None) };
            let Some(element) = parent.get(tag) else { return Ok(None) };
            if at + 1 == path.steps.len() {
                return Ok(Some(Found { tag, element, context }));
            }
            let items = items_of(path, element)?;
            let Some(item) = step.item.and_then(|index| items.get(index)) else { return Ok(None) };
            parent = item;
            outer = context;
        }
        Ok(None)
    }

    /// The tag that `name` has in this data set; `None` where no block is reserved for the private creator.
    pub(super) fn tag_of(&self, name: &Name, context: Context) -> Option<Tag> {
        match name {
            Name::Tag(tag) => Some(*tag),
            Name::Private { group, creator, element } => {
                let block = self.private_block(*group, creator, context);
                block.map(|block| Tag::new(*group, u16::from_be_bytes([block, *element])))
            }
        }
    }

    /// The block that `creator` has reserved in `group` (PS3.5 7.8.1).
    fn private_block(&self, group: u16, creator: &str, context: Context) -> Option<u8> {
        (0x10..=0xFF).find(|block| {
            let reserved = self.get(Tag::new(group, u16::from(*block)));
            reserved.is_some_and(|reserved| context.text_is(reserved, creator))
        })
    }

    /// A block of `group` that nobody has reserved and nobody uses.
    pub(super) fn free_block(&self, group: u16) -> Option<u8> {
        (0x10..=0xFF).find(|block| {
            let first = Tag::new(group, u16::from_be_bytes([*block, 0]));
            let last = Tag::new(group, u16::from_be_bytes([*block, 0xFF]));
            self.get(Tag::new(group, u16::from(*block))).is_none()
                && self.elements.range(first..=last).next().is_none()
        })
    }
}

impl Default for DataSet {
    fn default() -> Self {
        Self::new()
    }
}

impl<'a> IntoIterator for &'a DataSet {
    type Item = (&'a Tag, &'a Element);
    type IntoIter = btree_map::Iter<'a, Tag, Element>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// An element with what is around it.
pub(super) struct Found<'a> {
    pub(super) tag: Tag,
    pub(super) element: &'a Element,
    /// What holds in `parent`.
    pub(super) context: Context<'a>,
}

/// What holds for the elements of a data set, said in it or around it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Context<'a> {
    /// Specific Character Set (0008,0005).
    pub(super) character_set: Option<&'a Element>,
    /// What the VRs of others depend on.
    pub(super) numbers: representation::Context,
}

impl<'a> Context<'a> {
    /// What holds in `set`, which is in what this holds for.
    pub(super) fn within(self, set: &'a DataSet) -> Self {
        Self {
            character_set: set.get(tags::SPECIFIC_CHARACTER_SET).or(self.character_set),
            numbers: self.numbers.within(set),
        }
    }
}

impl representation::Context {
    /// Likewise.
    pub(super) fn within(self, set: &DataSet) -> Self {
        let number = |tag| {
            let element = set.get(tag).filter(|element| element.vr == VR::US)?;
            element.as_bytes()?.as_ref().try_into().ok().map(u16::from_le_bytes)
        };
        Self {
            pixel_representation: number(tags::PIXEL_REPRESENTATION).or(self.pixel_representation),
            waveform_bits: number(tags::WAVEFORM_BITS_ALLOCATED).or(self.waveform_bits),
        }
    }
}

/// The items of `element`, which is on the way along `path`, or where it leads.
pub(super) fn items_of<'a>(path: &Path, element: &'a Element) -> Result<&'a [DataSet]> {
    element.items().ok_or_else(|| {
        let vr = element.vr().as_str();
        Error::invalid_argument(format!(
            "{path}: an element of VR {vr} is where a sequence must be, and only sequences have items"
        ))
    })
}

pub(super) fn names_an_item(path: &Path) -> Error {
    Error::invalid_argument(format!("{path} names an item; name an element, or one in it"))
}

pub(super) fn too_deep() -> Error {
    Error::invalid_argument(format!("more than {MAXIMUM_NESTING} sequences would be in each other"))
}
