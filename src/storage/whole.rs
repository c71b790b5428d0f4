//! Is a data set whole, and can it be converted, before its first byte is sent? Its elements are walked by their
//! lengths; no value is read.

use std::io;
use std::ops::Range;

use super::read_at::ReadAt;
use crate::dataset::convert::{NotConvertible, Rehearsal};
use crate::dataset::encoding::Elements;
use crate::dataset::scan::{ElementHeader, End, Scanner, Visitor};

/// The first read behind a value that was passed over: a header, or many small elements. Reads that follow each other
/// without a gap double up to the last.
const FIRST_READ: usize = 1024;
const LARGEST_READ: usize = 16 * 1024;

/// Where the data set ends that is at `place` in `from`, and begins with `head`.
pub(super) fn walk<V: Visitor>(
    elements: Elements,
    head: &[u8],
    from: &dyn ReadAt,
    place: Range<u64>,
    visitor: &mut V,
) -> io::Result<End> {
    let mut scan = Scan { scanner: Scanner::new(elements), visitor };
    scan.push(head);
    follow(&mut scan, from, behind(head, place))?;
    Ok(scan.scanner.end())
}

/// Whether the data set at `place` in `from`, which begins with `head`, can be converted, and how long it becomes.
pub(super) fn rehearse(
    mut rehearsal: Rehearsal,
    head: &[u8],
    from: &dyn ReadAt,
    place: Range<u64>,
) -> io::Result<Result<u64, NotConvertible>> {
    rehearsal.push(head);
    follow(&mut rehearsal, from, behind(head, place))?;
    Ok(rehearsal.end())
}

/// Who follows the elements of a data set by their lengths.
trait Follower {
    fn push(&mut self, bytes: &[u8]);
    /// How many of the bytes that come next need not be pushed.
    fn skippable(&self) -> u64;
    fn skip(&mut self, count: u64);
}

struct Scan<'a, V> {
    scanner: Scanner,
    visitor: &'a mut V,
}

impl<V: Visitor> Follower for Scan<'_, V> {
    fn push(&mut self, bytes: &[u8]) {
        self.scanner.push(bytes, self.visitor);
    }

    fn skippable(&self) -> u64 {
        self.scanner.skippable()
    }

    fn skip(&mut self, count: u64) {
        self.scanner.skip(count);
    }
}

impl Follower for Rehearsal {
    fn push(&mut self, bytes: &[u8]) {
        Self::push(self, bytes);
    }

    fn skippable(&self) -> u64 {
        Self::skippable(self)
    }

    fn skip(&mut self, count: u64) {
        Self::skip(self, count);
    }
}

/// What is wrong with a data set that ended so, in words; `None` where nothing is, or nothing can be said.
///
/// A data set with something malformed in it is not refused: other readers may understand more of it than we do.
pub(super) fn words(end: End) -> Option<String> {
    match end {
        End::Whole | End::Unclear(_) | End::Stopped => None,
        End::Inside { header: ElementHeader { tag, length: Some(length), .. }, present } => Some(format!(
            "the data set ends in the middle of {tag}: {} of {} bytes are there",
            Thousands(present),
            Thousands(length.into())
        )),
        End::Inside { header: ElementHeader { tag, length: None, .. }, present } => Some(format!(
            "the data set ends in the middle of {tag}: {} bytes are there, without the delimiter at its end",
            Thousands(present)
        )),
        End::InsideHeader { present } => Some(format!(
            "the data set ends in the middle of an element: {present} bytes of its tag and length are there"
        )),
    }
}

/// What is behind `head`, with which the data set at `place` begins.
fn behind(head: &[u8], place: Range<u64>) -> Range<u64> {
    let passed = u64::try_from(head.len()).unwrap_or(u64::MAX);
    place.start.saturating_add(passed)..place.end
}

fn follow(follower: &mut impl Follower, from: &dyn ReadAt, mut left: Range<u64>) -> io::Result<()> {
    if left.is_empty() {
        return Ok(());
    }
    let mut buffer = [0; LARGEST_READ];
    let mut size = FIRST_READ;
    loop {
        let gap = follower.skippable();
        let there = left.end.saturating_sub(left.start);
        if gap >= there {
            follower.skip(there);
            return Ok(());
        }
        if gap > 0 {
            follower.skip(gap);
            left.start = left.start.saturating_add(gap);
            size = FIRST_READ;
        }
        let there = usize::try_from(there - gap).unwrap_or(usize::MAX);
        let (block, _) = buffer.split_at_mut(size.min(there));
        from.fill(block, left.start)?;
        follower.push(block);
        left.start = left.start.saturating_add(u64::try_from(block.len()).unwrap_or(u64::MAX));
        size = size.saturating_mul(2).min(LARGEST_READ);
    }
}

/// A number as people read it: `524,288`.
struct Thousands(u64);

impl std::fmt::Display for Thousands {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            small @ 0..1000 => write!(f, "{small}"),
            large => write!(f, "{},{:03}", Self(large / 1000), large % 1000),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    /// Counts what is read of it, and is as long as needed: zeros, but for fragments of 50,000 bytes.
    struct Fragments {
        reads: Cell<usize>,
        bytes: Cell<usize>,
    }

    const FRAGMENT: u64 = 50_008;
    const FRAGMENTS: u64 = 10_000;

    impl ReadAt for Fragments {
        fn read_at(&self, into: &mut [u8], offset: u64) -> io::Result<usize> {
            self.reads.set(self.reads.get() + 1);
            self.bytes.set(self.bytes.get() + into.len());
            for (at, byte) in (offset..).zip(into.iter_mut()) {
                let is_last = at / FRAGMENT == FRAGMENTS;
                let header =
                    if is_last { b"\xFE\xFF\xDD\xE0\0\0\0\0" } else { b"\xFE\xFF\x00\xE0\x50\xC3\0\0" };
                *byte =
                    usize::try_from(at % FRAGMENT).ok().and_then(|at| header.get(at)).copied().unwrap_or(0);
            }
            Ok(into.len())
        }
    }

    #[test]
    fn no_value_is_read() {
        let fragments = Fragments { reads: Cell::new(0), bytes: Cell::new(0) };
        let head = b"\xE0\x7F\x10\0OB\0\0\xFF\xFF\xFF\xFF";
        let mut scan = Scan { scanner: Scanner::new(Elements::ExplicitLittleEndian), visitor: &mut () };
        scan.push(head);
        follow(&mut scan, &fragments, 0..FRAGMENTS * FRAGMENT + 8).unwrap();
        assert_eq!(scan.scanner.end(), End::Whole);
        let count = usize::try_from(FRAGMENTS).unwrap() + 1;
        assert_eq!(fragments.reads.get(), count);
        assert!(fragments.bytes.get() <= count * FIRST_READ);
    }

    #[test]
    fn small_elements_are_read_in_large_blocks() {
        struct EmptyElements(Cell<usize>);
        impl ReadAt for EmptyElements {
            fn read_at(&self, into: &mut [u8], _: u64) -> io::Result<usize> {
                self.0.set(self.0.get() + 1);
                let empty_element = b"\x09\0\x01\x10\0\0\0\0".iter().cycle();
                into.iter_mut().zip(empty_element).for_each(|(to, from)| *to = *from);
                Ok(into.len())
            }
        }
        let elements = EmptyElements(Cell::new(0));
        let mut scan = Scan { scanner: Scanner::new(Elements::ImplicitLittleEndian), visitor: &mut () };
        follow(&mut scan, &elements, 0..1024 * 1024).unwrap();
        assert_eq!(scan.scanner.end(), End::Whole);
        assert!(elements.0.get() < 70, "{} reads", elements.0.get());
    }

    #[test]
    fn numbers_for_people() {
        let shown = [0, 999, 1000, 524_288, 1_000_001].map(|number| Thousands(number).to_string());
        assert_eq!(shown, ["0", "999", "1,000", "524,288", "1,000,001"]);
    }
}
