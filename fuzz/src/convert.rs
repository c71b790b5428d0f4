//! A data set through the converter. An input: from what and to what, how it comes and what room there is, the data set.

use dimse::dataset::convert::{Converter, NotConvertible};
use dimse::dataset::encoding::Encoding;
use dimse::dataset::scan::{End, Scanner};
use dimse::types::Uid;

use crate::script::Script;

const IMPLICIT: Uid = Uid::from_static("1.2.840.10008.1.2");
const EXPLICIT: Uid = Uid::from_static("1.2.840.10008.1.2.1");
const DEFLATED: Uid = Uid::from_static("1.2.840.10008.1.2.1.99");
const BIG_ENDIAN: Uid = Uid::from_static("1.2.840.10008.1.2.2");
const ALL: [Uid; 4] = [IMPLICIT, EXPLICIT, DEFLATED, BIG_ENDIAN];

/// However it comes, the same comes out, or the same words; and what came out is whole, and stays as it is.
pub fn run(input: &[u8]) {
    let mut script = Script::new(input);
    let how = usize::from(script.number());
    let (from, to) = (&ALL[how % 4], &ALL[how / 4 % 4]);
    let steps = script.counted();
    let rooms = script.counted();
    let bytes = script.rest();
    let converted = convert(from, to, bytes, &[], &[]);
    assert_eq!(convert(from, to, bytes, &[1], &[1]), converted, "a byte at a time");
    assert_eq!(convert(from, to, bytes, steps, rooms), converted, "in the pieces of the input");
    let Ok(mut converted) = converted else {
        return;
    };
    if *from != DEFLATED {
        assert!(converted.len() <= 3 * bytes.len() + 8, "{} of {} bytes", converted.len(), bytes.len());
    }
    let mut scanner = Scanner::new(Encoding::of(to).elements);
    if *to == DEFLATED {
        scanner.push(&convert(&DEFLATED, &EXPLICIT, &converted, &[], &[]).unwrap(), &mut ());
    } else {
        scanner.push(&converted, &mut ());
    }
    assert_eq!(scanner.end(), End::Whole);
    // Where VRs are lost the dictionary has the word from here on, and that may not fit, or find a sequence in what was
    // unknown.
    if *to == IMPLICIT && *from != IMPLICIT {
        let Ok(again) = convert(to, to, &converted, &[], &[]) else {
            return;
        };
        converted = again;
    }
    assert_eq!(convert(to, to, &converted, &[], &[]).as_ref(), Ok(&converted), "converted again");
    for by in ALL {
        match convert(to, &by, &converted, &[], &[]) {
            Ok(there) if by != IMPLICIT || *to == IMPLICIT => {
                assert_eq!(convert(&by, to, &there, &[], &[]).as_ref(), Ok(&converted), "and back, by {by}");
            }
            // VRs that are lost do not come back, and those of the dictionary may not fit.
            Ok(_) => {}
            Err(NotConvertible::Unknown(_) | NotConvertible::Uneven { .. }) => {
                assert_ne!(by == BIG_ENDIAN, *to == BIG_ENDIAN, "the order of bytes stays the same");
            }
            Err(error) => panic!("by {by}: {error}"),
        }
    }
}

/// Data sets in each transfer syntax, from the seeds of the scanner.
#[must_use]
pub fn seeds() -> Vec<Vec<u8>> {
    let parts: [&[&[u8]]; 3] = [
        &[
            b"\x08\0\x16\0\x04\0\0\x001.2\0\x28\0\x03\x01\x02\0\0\0\x01\0\x28\0\x06\x01\x02\0\0\0\xFF\xFF",
            b"\x40\0\x75\x02\xFF\xFF\xFF\xFF\xFE\xFF\0\xE0\xFF\xFF\xFF\xFF\x08\0\0\x01\x02\0\0\0AB\xFE\xFF\x0D\xE0\0\0\0\0",
            b"\xFE\xFF\xDD\xE0\0\0\0\0\0\x54\x04\x10\x02\0\0\0\x08\0\0\x54\x10\x10\x04\0\0\0abcd",
            b"\x09\0\x10\0\x02\0\0\0AB\x09\0\x01\x10\x02\0\0\0AB\xE0\x7F\x10\0\x04\0\0\0abcd",
        ],
        &[
            b"\x08\0\0\0UL\x04\0\x0C\0\0\0\x08\0\x16\0UI\x04\x001.2\0\x09\0\x01\x10OV\0\0\x08\0\0\x0012345678",
            b"\x40\0\x75\x02SQ\0\0\x1C\0\0\0\xFE\xFF\0\xE0\x0C\0\0\0\x08\0\0\x01SH\x04\0ABCD\xFE\xFF\0\xE0\0\0\0\0",
            b"\x09\0\x02\x10UN\0\0\xFF\xFF\xFF\xFF\xFE\xFF\0\xE0\xFF\xFF\xFF\xFF\x08\0\0\x01\x02\0\0\0AB\xFE\xFF\x0D\xE0\0\0\0\0",
            b"\xFE\xFF\xDD\xE0\0\0\0\0\xE0\x7F\x10\0OW\0\0\x04\0\0\0abcd\xFC\xFF\xFC\xFFOB\0\0\x02\0\0\0\0\0\0\0",
        ],
        &[
            b"\0\x08\0\x16UI\0\x041.2\0\0\x40\x02\x75SQ\0\0\xFF\xFF\xFF\xFF\xFF\xFE\xE0\0\xFF\xFF\xFF\xFF\0\x28\0\x10US\0\x02\0\x01",
            b"\xFF\xFE\xE0\x0D\0\0\0\0\xFF\xFE\xE0\xDD\0\0\0\0\x7F\xE0\0\x10OW\0\0\0\0\0\x02\x01\x02\0\0\0\0",
        ],
    ];
    let mut seeds = Vec::new();
    for (from, parts) in [(0, parts[0]), (1, parts[1]), (3, parts[2]), (2, parts[1])] {
        let mut bytes = parts.concat();
        if from == 2 {
            bytes = convert(&EXPLICIT, &DEFLATED, &bytes, &[], &[]).unwrap();
        }
        for to in 0..4_u8 {
            for end in [bytes.len(), bytes.len() - 3, bytes.len() / 2] {
                seeds.push([&[from + 4 * to, 3, 1, 9, 30, 2, 2, 7], &bytes[..end]].concat());
            }
        }
    }
    seeds
}

/// In pieces of these lengths, into room of these lengths, again and again; where there are none, all at once.
fn convert(
    from: &Uid,
    to: &Uid,
    bytes: &[u8],
    steps: &[u8],
    rooms: &[u8],
) -> Result<Vec<u8>, NotConvertible> {
    let mut converter = Converter::new(from, to).unwrap();
    let mut steps = steps.iter().map(|step| usize::from(*step).max(1)).cycle();
    let mut rooms = rooms.iter().map(|room| usize::from(*room).max(1)).cycle();
    let mut output = vec![0; 64 * 1024];
    let mut converted = Vec::new();
    let (mut at, mut given) = (0, steps.next().unwrap_or(bytes.len()).min(bytes.len()));
    loop {
        let room = rooms.next().unwrap_or(output.len());
        let done = converter.convert(&bytes[at..given], given == bytes.len(), &mut output[..room])?;
        at += done.read;
        converted.extend_from_slice(&output[..done.written]);
        assert!(converted.len() < 16 * 1024 * 1024, "4 KiB of input, inflated");
        if done.end {
            assert_eq!(at, bytes.len(), "an end in front of the end");
            return Ok(converted);
        }
        let is_stuck = done.read == 0 && done.written == 0;
        assert!(!is_stuck || given < bytes.len(), "all is there, and there is room");
        if is_stuck || at == given {
            given = given.saturating_add(steps.next().unwrap_or(bytes.len())).min(bytes.len());
        }
    }
}
