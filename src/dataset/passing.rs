//! A data set that passes by: its elements as its bytes come, inflated where they are deflated.

use super::deflate::Inflater;
use super::encoding::Encoding;
use super::scan::{Scanner, Visitor};
use crate::error::Result;

/// Follows one data set from its first byte.
#[derive(Debug)]
pub struct Passing {
    scanner: Scanner,
    inflater: Option<Inflater>,
    /// How much may still be inflated.
    left: usize,
    has_ended: bool,
}

impl Passing {
    /// Of a data set that is encoded so.
    #[must_use]
    pub fn new(encoding: Encoding) -> Self {
        Self {
            scanner: Scanner::new(encoding.elements),
            inflater: encoding.deflated.then(Inflater::default),
            left: usize::MAX,
            has_ended: false,
        }
    }

    /// The same, of which at most so many bytes are inflated, and some of one step.
    #[must_use]
    pub fn inflating_at_most(self, bytes: usize) -> Self {
        Self { left: bytes, ..self }
    }

    /// Shows `visitor` what comes next; told whether there may be more to see. A stream that is broken or over has
    /// nothing more.
    pub fn push<V: Visitor + ?Sized>(&mut self, bytes: &[u8], visitor: &mut V) -> bool {
        let (is_deflated, mut left) = (self.inflater.is_some(), self.left);
        let more = self.each(bytes, |scanner, shown| {
            scanner.push(shown, visitor);
            if is_deflated {
                left = left.saturating_sub(shown.len());
            }
            Ok(left > 0 && !scanner.is_done())
        });
        self.left = left;
        let is_over = self.inflater.as_ref().is_some_and(Inflater::has_ended);
        self.has_ended |= is_over || !more.unwrap_or(false);
        !self.has_ended
    }

    /// Gives `take` what comes next, inflated, at most 64 KiB at once where it was deflated; that says whether it wants
    /// more. Told so too.
    pub(super) fn each(
        &mut self,
        bytes: &[u8],
        mut take: impl FnMut(&mut Scanner, &[u8]) -> Result<bool>,
    ) -> Result<bool> {
        let Self { scanner, inflater, has_ended, .. } = self;
        match inflater {
            _ if *has_ended => Ok(false),
            None => take(scanner, bytes),
            Some(inflater) => inflater.push(bytes, |inflated| take(scanner, inflated)),
        }
    }

    /// How far it was followed.
    pub(super) fn scanner(&self) -> &Scanner {
        &self.scanner
    }

    /// To follow it in another way.
    pub(super) fn scanner_mut(&mut self) -> &mut Scanner {
        &mut self.scanner
    }

    /// The stream, where it is deflated.
    pub(super) fn inflater(&self) -> Option<&Inflater> {
        self.inflater.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use super::*;
    use crate::dataset::deflate::deflate;
    use crate::dataset::encoding::Elements;
    use crate::dataset::scan::{ElementHeader, Wish};
    use crate::types::Tag;

    struct Seen(Vec<Tag>, Tag);

    impl Visitor for Seen {
        fn element(&mut self, header: &ElementHeader) -> Wish {
            self.0.push(header.tag);
            if header.tag == self.1 { Wish::Stop } else { Wish::Skip }
        }

        fn value(&mut self, _: &ElementHeader, _: &[u8]) -> ControlFlow<()> {
            ControlFlow::Continue(())
        }
    }

    #[test]
    fn the_same_is_seen_deflated_or_not_and_nothing_behind_the_end() {
        let first = b"\x08\0\x60\0CS\x02\0CT";
        let second = b"\x10\0\x10\0PN\x04\0A^B ";
        let (modality, name) = (Tag::new(8, 0x60), Tag::new(0x10, 0x10));
        let plain = [&first[..], second, second].concat();
        for (stop, seen) in [(modality, &[modality][..]), (Tag::new(9, 9), &[modality, name, name])] {
            for deflated in [false, true] {
                let bytes = if deflated { deflate(&plain) } else { plain.clone() };
                for size in [1, 7, bytes.len()] {
                    let elements = Elements::ExplicitLittleEndian;
                    let mut passing = Passing::new(Encoding { elements, deflated, encapsulated: false });
                    let mut told = Seen(Vec::new(), stop);
                    let mut more = true;
                    for bytes in bytes.chunks(size) {
                        more = passing.push(bytes, &mut told);
                    }
                    assert_eq!(told.0, seen, "{deflated} {size}");
                    assert_eq!(more, !deflated && stop != modality, "{deflated} {size}");
                    passing.push(second, &mut told);
                    assert_eq!(told.0.len() > seen.len(), more);
                }
            }
        }
        let deflated =
            Encoding { elements: Elements::ExplicitLittleEndian, deflated: true, encapsulated: false };
        assert!(!Passing::new(deflated).push(&[0xFF; 9], &mut Seen(Vec::new(), name)));
        let mut bounded = Passing::new(deflated).inflating_at_most(first.len());
        assert!(!bounded.push(&deflate(&first.repeat(100_000)), &mut Seen(Vec::new(), name)));
    }
}
