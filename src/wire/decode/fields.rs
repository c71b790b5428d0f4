//! Reading fields and items from a slice. Everything is big endian (PS3.8 9.3.1); a field beyond the end is `None`.

use super::Malformed;

/// What is left of a slice.
pub(super) struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(super) fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*taken)
    }

    pub(super) fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_be_bytes)
    }

    /// A length of 16 bits and as many bytes.
    pub(super) fn counted(&mut self) -> Option<&'a [u8]> {
        let length = self.u16()?;
        self.take(usize::from(length))
    }

    /// `Some` where nothing is left.
    pub(super) fn end(self) -> Option<()> {
        self.0.is_empty().then_some(())
    }

    /// What is left, whatever it is.
    pub(super) fn rest(self) -> &'a [u8] {
        self.0
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// An item: type, reserved, length of 16 bits, value (PS3.8 9.3.2.1 and all that follow).
pub(super) struct Item<'a> {
    pub(super) item_type: u8,
    pub(super) value: &'a [u8],
}

/// The items that `bytes` consists of; `parent` names what they are in.
pub(super) fn items<'a>(parent: &'static str, bytes: &'a [u8]) -> Items<'a> {
    Items { parent, rest: Fields::new(bytes) }
}

pub(super) struct Items<'a> {
    parent: &'static str,
    rest: Fields<'a>,
}

impl<'a> Iterator for Items<'a> {
    type Item = Result<Item<'a>, Malformed>;

    /// After an error there is no next item.
    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let left = std::mem::replace(&mut self.rest, Fields::new(&[]));
        Some(self.first_of(left))
    }
}

impl<'a> Items<'a> {
    fn first_of(&mut self, mut left: Fields<'a>) -> Result<Item<'a>, Malformed> {
        let parent = self.parent;
        let Some([item_type, _]) = left.array() else {
            return Err(Malformed::invalid(format!("{parent}: 1 byte is left over behind its last item")));
        };
        let Some(length) = left.u16() else {
            return Err(Malformed::invalid(format!("{parent}: an item {item_type:02X}H without a length")));
        };
        let Some(value) = left.take(usize::from(length)) else {
            return Err(Malformed::invalid(format!(
                "{parent}: an item {item_type:02X}H of {length} bytes runs over its end"
            )));
        };
        self.rest = left;
        Ok(Item { item_type, value })
    }
}
