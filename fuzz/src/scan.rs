//! A data set through the scanner. An input: how it is written, what the visitor wishes, how it comes, the data set.

use std::ops::ControlFlow;

use dimse::dataset::encoding::Elements;
use dimse::dataset::scan::{ElementHeader, End, MAXIMUM_NESTING, Scanner, Visitor, Wish};

use crate::script::Script;

/// However the data set comes, the same is told of it, and it ends the same; what is skipped need not have been pushed.
pub fn run(input: &[u8]) {
    let mut script = Script::new(input);
    let how = script.number();
    let elements = match how % 3 {
        0 => Elements::ImplicitLittleEndian,
        1 => Elements::ExplicitLittleEndian,
        _ => Elements::ExplicitBigEndian,
    };
    let wishes = script.counted();
    let lengths = script.counted();
    let bytes = data_set(how, script.rest());
    let whole = scan(elements, wishes, &bytes, [bytes.len()], false);
    assert_eq!(scan(elements, wishes, &bytes, [1], false), whole, "a byte at a time");
    let pieces = || lengths.iter().map(|length| usize::from(*length).max(1));
    assert_eq!(scan(elements, wishes, &bytes, pieces(), false), whole, "in the pieces of the input");
    assert_eq!(
        scan(elements, wishes, &bytes, [bytes.len()], true),
        whole,
        "with what nobody looks at left out"
    );
    assert_eq!(scan(elements, wishes, &bytes, pieces(), true), whole, "in pieces, with gaps");
    check(&whole, wide(bytes.len()), elements);
}

/// Elements in each encoding, nested and not, whole and cut off.
#[must_use]
pub fn seeds() -> Vec<Vec<u8>> {
    let implicit: &[&[u8]] = &[
        b"\x08\0\x05\0\x0A\0\0\0ISO_IR 100",
        b"\x08\0\x16\0\x04\0\0\x001.2\0",
        b"\x40\0\x75\x02\xFF\xFF\xFF\xFF\xFE\xFF\0\xE0\xFF\xFF\xFF\xFF\x08\0\0\x01\x02\0\0\0AB\xFE\xFF\x0D\xE0\0\0\0\0",
        b"\xFE\xFF\xDD\xE0\0\0\0\0",
        b"\xE0\x7F\x10\0\x04\0\0\0abcd",
    ];
    let explicit: &[&[u8]] = &[
        b"\x08\0\x16\0UI\x04\x001.2\0",
        b"\x08\0\x40\x11SQ\0\0\xFF\xFF\xFF\xFF\xFE\xFF\0\xE0\x0C\0\0\0\x08\0\0\x01SH\x04\0ABCD\xFE\xFF\xDD\xE0\0\0\0\0",
        b"\x09\0\x10\0UN\0\0\xFF\xFF\xFF\xFF\xFE\xFF\0\xE0\xFF\xFF\xFF\xFF\x08\0\0\x01\x02\0\0\0AB\xFE\xFF\x0D\xE0\0\0\0\0",
        b"\xFE\xFF\xDD\xE0\0\0\0\0",
        b"\xE0\x7F\x10\0OB\0\0\xFF\xFF\xFF\xFF\xFE\xFF\0\xE0\0\0\0\0\xFE\xFF\0\xE0\x04\0\0\0abcd\xFE\xFF\xDD\xE0\0\0\0\0",
        b"\xFC\xFF\xFC\xFFOB\0\0\x02\0\0\0\0\0",
        &[0; 12],
    ];
    let big: &[&[u8]] =
        &[b"\0\x08\0\x16UI\0\x041.2\0", b"\x7F\xE0\0\x10OW\0\0\0\0\0\x02\x01\x02", b"\0\x10\0\x10??\0\x02AB"];
    let mut seeds = Vec::new();
    for (how, parts) in [(0, implicit), (1, explicit), (2, big)] {
        let bytes = parts.concat();
        for wishes in [&[][..], &[SKIP], &[COLLECT + 2, SKIP], &[COLLECT + 63, SKIP, SKIP, STOP]] {
            for end in [bytes.len(), bytes.len() - 3, bytes.len() / 2] {
                let counts = [u8::try_from(wishes.len()).unwrap()];
                seeds.push([&[how], &counts, wishes, &[3, 1, 9, 30], &bytes[..end]].concat());
            }
        }
        // Deep in the same thing again and again.
        for (part, bytes) in parts.iter().enumerate() {
            let part = u8::try_from(part).unwrap();
            seeds.push(
                [&[how + REPEATED, 1, COLLECT + part, 2, 200, 3], &bytes[..bytes.len().min(24)]].concat(),
            );
        }
    }
    seeds
}

/// From here on in the first byte: the rest of the input comes so many times.
const REPEATED: u8 = 240;

fn data_set(how: u8, rest: &[u8]) -> Vec<u8> {
    if how < REPEATED { rest.to_vec() } else { rest.repeat(200) }
}

// ---- what a visitor wishes ----------------------------------------------------------------------------------------------

const SKIP: u8 = 0;
const STOP: u8 = 1;
/// So many bytes more than this one says.
const COLLECT: u8 = 2;

/// What was told, and where it ended.
#[derive(Debug, Default, PartialEq, Eq)]
struct Told {
    elements: Vec<ElementHeader>,
    /// By the element's number.
    values: Vec<(usize, Vec<u8>)>,
    has_stopped: bool,
    end: Option<End>,
}

struct Wishes<'a> {
    /// The last one is for all behind it, too, and where there is none nothing is wanted.
    wishes: &'a [u8],
    told: Told,
}

impl Wishes<'_> {
    fn wish(&self, element: usize) -> u8 {
        self.wishes.get(element).or(self.wishes.last()).copied().unwrap_or(SKIP)
    }
}

impl Visitor for Wishes<'_> {
    fn element(&mut self, header: &ElementHeader) -> Wish {
        assert!(!self.told.has_stopped, "told behind the end");
        let wish = self.wish(self.told.elements.len());
        self.told.elements.push(*header);
        match wish {
            SKIP => Wish::Skip,
            STOP => {
                self.told.has_stopped = true;
                Wish::Stop
            }
            255 => Wish::Collect(usize::MAX),
            wish => Wish::Collect(usize::from(wish - COLLECT)),
        }
    }

    fn value(&mut self, header: &ElementHeader, value: &[u8]) -> ControlFlow<()> {
        assert!(!self.told.has_stopped, "told behind the end");
        assert_eq!(self.told.elements.last(), Some(header), "a value of another element");
        let number = self.told.elements.len() - 1;
        let wish = self.wish(number);
        assert!(wish >= COLLECT, "nobody wished for it");
        let most = if wish == 255 { usize::MAX } else { usize::from(wish - COLLECT) };
        let length = usize::try_from(header.length.expect("a value without a length")).unwrap();
        assert_eq!(value.len(), length.min(most));
        assert!(self.told.values.last().is_none_or(|(last, _)| *last < number), "the same value again");
        self.told.values.push((number, value.to_vec()));
        if value.starts_with(b"AB") && number % 4 == 3 {
            self.told.has_stopped = true;
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }
}

/// Scans it in pieces of these lengths, again and again.
fn scan(
    elements: Elements,
    wishes: &[u8],
    bytes: &[u8],
    lengths: impl IntoIterator<Item = usize, IntoIter: Clone>,
    skips: bool,
) -> Told {
    let mut scanner = Scanner::new(elements);
    let mut visitor = Wishes { wishes, told: Told::default() };
    let mut lengths = lengths.into_iter().cycle();
    let mut rest = bytes;
    while !rest.is_empty() {
        if skips {
            let count = usize::try_from(scanner.skippable()).unwrap_or(usize::MAX).min(rest.len());
            scanner.skip(wide(count));
            rest = &rest[count..];
        }
        let (piece, behind) = rest.split_at(lengths.next().unwrap_or(rest.len()).min(rest.len()));
        scanner.push(piece, &mut visitor);
        rest = behind;
        if scanner.is_done() {
            assert_eq!(scanner.skippable(), u64::MAX, "done, and something is looked at");
        }
    }
    visitor.told.end = Some(scanner.end());
    visitor.told
}

/// The elements stand one behind the other, and the end is where the last one is.
fn check(told: &Told, length: u64, elements: Elements) {
    for pair in told.elements.windows(2) {
        let begin = |header: &ElementHeader| header.offset + 8;
        let least = pair[0].length.map_or(begin(&pair[0]), |length| begin(&pair[0]) + u64::from(length));
        assert!(pair[1].offset >= least, "{:?} in {:?}", pair[1], pair[0]);
    }
    for header in &told.elements {
        assert!(header.offset + 8 <= length);
        assert_eq!(header.vr.is_none(), elements == Elements::ImplicitLittleEndian);
    }
    match told.end.unwrap() {
        End::Inside { header, present } => {
            assert_eq!(told.elements.last(), Some(&header));
            assert!(header.length.is_none_or(|length| present < length.into()));
            assert!(header.offset + 8 + present <= length);
        }
        End::InsideHeader { present } => assert!(present > 0 && present < 12),
        End::Stopped => assert!(told.has_stopped),
        End::Whole => assert!(!told.has_stopped),
        End::Unclear(why) => assert!(!why.to_string().is_empty()),
    }
    // The scanner is of a fixed size, and what it collects is at most what has come.
    const { assert!(size_of::<Scanner>() < 256 && MAXIMUM_NESTING == 64) };
}

fn wide(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
