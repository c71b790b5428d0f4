//! What is open while a data set passes: the data set itself, and the sequences and items in each other.

use super::NotConvertible;
use crate::dataset::encoding::Elements;
use crate::dataset::header::ITEM;
use crate::dataset::representation::Context;
use crate::dataset::scan::{MAXIMUM_NESTING, Malformed};
use crate::types::Tag;

/// The innermost is the last. The data set itself is always there.
pub(super) struct Levels {
    outermost: Level,
    /// Sequences and items, which take turns.
    inner: Vec<Level>,
}

/// A data set, a sequence or an item.
#[derive(Debug, Clone, Copy)]
pub(super) struct Level {
    pub(super) kind: Kind,
    /// Of the sequence, or of that in which the item is.
    pub(super) tag: Tag,
    /// Where it ends, if it has said so.
    pub(super) end: Option<u64>,
    /// How its elements are written.
    pub(super) elements: Elements,
    /// What its elements, or those around it, have said about others.
    pub(super) context: Context,
    /// Where it or what is around it ends, and which it is.
    limit: Option<(u64, Tag)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    DataSet,
    Sequence,
    Item,
}

impl Levels {
    pub(super) fn new(elements: Elements) -> Self {
        let tag = Tag::new(0, 0);
        let context = Context::default();
        Self {
            outermost: Level { kind: Kind::DataSet, tag, end: None, elements, context, limit: None },
            inner: Vec::new(),
        }
    }

    pub(super) fn innermost(&self) -> &Level {
        self.inner.last().unwrap_or(&self.outermost)
    }

    pub(super) fn innermost_mut(&mut self) -> &mut Level {
        self.inner.last_mut().unwrap_or(&mut self.outermost)
    }

    /// Opens a sequence whose value begins at `position`; what is in it is written as `elements`.
    pub(super) fn open_sequence(
        &mut self,
        tag: Tag,
        length: Option<u32>,
        position: u64,
        elements: Elements,
    ) -> Result<(), NotConvertible> {
        let open = self.inner.iter().filter(|level| level.kind == Kind::Sequence).count();
        if u32::try_from(open).is_ok_and(|open| open >= MAXIMUM_NESTING) {
            return Err(NotConvertible::Malformed(Malformed::Nesting));
        }
        let end = self.end(tag, length, position)?;
        self.push(Level { kind: Kind::Sequence, tag, end, elements, ..*self.innermost() });
        Ok(())
    }

    /// Opens an item of the innermost sequence.
    pub(super) fn open_item(&mut self, length: Option<u32>, position: u64) -> Result<(), NotConvertible> {
        let end = self.end(ITEM, length, position)?;
        self.push(Level { kind: Kind::Item, end, ..*self.innermost() });
        Ok(())
    }

    /// Closes the innermost.
    pub(super) fn close(&mut self) {
        self.inner.pop();
    }

    /// Where a value of `length` bytes ends that begins at `position`: in what it is in.
    pub(super) fn end(
        &self,
        tag: Tag,
        length: Option<u32>,
        position: u64,
    ) -> Result<Option<u64>, NotConvertible> {
        let end = length.map(|length| position.saturating_add(length.into()));
        match self.innermost().limit {
            Some((limit, parent)) if end.unwrap_or(position) > limit => {
                Err(NotConvertible::TooLong { tag, parent })
            }
            _ => Ok(end),
        }
    }

    fn push(&mut self, level: Level) {
        let limit = level.end.map_or(level.limit, |end| Some((end, level.tag)));
        self.inner.push(Level { limit, ..level });
    }
}
