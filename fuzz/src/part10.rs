//! The header of a file through its reader. An input: how the file begins, then the rest of it.

use dimse::dataset::part10::{Header, MAXIMUM_LENGTH, NewHeader, NotPart10};
use dimse::types::{AeTitle, Uid};

use crate::script::Script;

/// The answer is the same as soon as there is one, however much more of the file is in memory.
pub fn run(input: &[u8]) {
    let mut script = Script::new(input);
    let file = file(&mut script);
    let whole = Header::read(&file, true);
    assert_ne!(whole, Ok(None), "there is nothing behind the whole file");
    let mut answer = Ok(None);
    for length in lengths(file.len()) {
        let came = Header::read(&file[..length], false);
        match (&answer, &came) {
            (Ok(None), _) => answer = came,
            _ => assert_eq!(came, answer, "at {length} of {}", file.len()),
        }
    }
    if !matches!(answer, Ok(None)) {
        assert_eq!(whole, answer, "when it is known that there is no more");
    }
    assert!(answer != Ok(None) || file.len() < MAXIMUM_LENGTH, "more is wanted than there may be");
    match whole {
        Ok(Some(header)) => {
            assert!(header.length <= file.len() && header.length <= MAXIMUM_LENGTH);
            written(&header, &file[header.length..]);
        }
        Ok(None) => {}
        Err(words) => {
            assert!(!words.to_string().is_empty());
            assert_eq!(words == NotPart10::Empty, file.is_empty());
        }
    }
}

/// Headers as they are written and as they are found, and what is none.
#[must_use]
pub fn seeds() -> Vec<Vec<u8>> {
    let (class, instance) =
        (Uid::from_static("1.2.840.10008.5.1.4.1.1.7"), Uid::from_static("1.2.3.4.5.6.7.8"));
    let source = AeTitle::new("SOURCE").unwrap();
    let mut seeds = Vec::new();
    for syntax in
        ["1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.2"]
    {
        let header = new_header(&class, &instance, &Uid::from_static(syntax), Some(&source));
        for data_set in DATA_SETS {
            let file = [&header[..], data_set].concat();
            seeds.push([&[PLAIN], &file[..]].concat());
            seeds.push([&[PREFIXED], &file[132..]].concat());
            // Without a group length, and cut off.
            seeds.push([&[PREFIXED], &file[144..]].concat());
            seeds.push([&[PLAIN], &file[..200]].concat());
        }
    }
    for data_set in DATA_SETS {
        seeds.push([&[PLAIN], *data_set].concat());
        seeds.push([&[PREFIXED], *data_set].concat());
        // A long private element first.
        seeds.push([&[LONG, 255], *data_set].concat());
    }
    seeds.extend(
        [&b"%PDF-1.4"[..], b"PK\x03\x04", b"\x1F\x8B\x08", &[0; 200]].map(|bytes| [&[PLAIN], bytes].concat()),
    );
    // Implicit VRs in the group.
    seeds.push([&[PREFIXED], &b"\x02\0\x10\0\x12\0\0\x001.2.840.10008.1.2\0"[..], DATA_SETS[0]].concat());
    seeds
}

const DATA_SETS: &[&[u8]] = &[
    b"\x08\0\x16\0\x04\0\0\x001.2\0",
    b"\x08\0\x16\0UI\x04\x001.2\0",
    b"\0\x08\0\x16UI\0\x041.2\0",
    b"\x02\0\0\0UL\x04\0\0\0\0\0",
    b"",
];

// ---- how a file begins --------------------------------------------------------------------------------------------------

/// As the input goes on.
const PLAIN: u8 = 0;
/// With a preamble and DICM.
const PREFIXED: u8 = 1;
/// The same, and an element that is nearly as long as a header may be.
const LONG: u8 = 2;

fn file(script: &mut Script<'_>) -> Vec<u8> {
    let mut file = Vec::new();
    let how = script.number() % 3;
    if how != PLAIN {
        file.resize(128, 0);
        file.extend(b"DICM");
    }
    if how == LONG {
        let length = 65_300 + u32::from(script.number());
        file.extend(b"\x02\0\x02\x01OB\0\0");
        file.extend(length.to_le_bytes());
        file.resize(file.len() + usize::try_from(length).unwrap(), b'P');
    }
    file.extend(script.rest());
    file
}

/// Every length of a short file, and those around the ends of a long one.
fn lengths(whole: usize) -> Vec<usize> {
    const NEAR: usize = 600;
    let is_near = |length: &usize| *length < NEAR || whole - *length < NEAR;
    (0..=whole).filter(is_near).collect()
}

/// What is read can be written, and is read again.
fn written(header: &Header, data_set: &[u8]) {
    let (Some(class), Some(instance)) = (&header.sop_class, &header.sop_instance) else { return };
    let bytes = new_header(class, instance, &header.transfer_syntax, header.source.as_ref());
    let file = [&bytes, data_set].concat();
    let again = Header::read(&file, true).map(|again| again.map(|again| (again.length, again)));
    let expected = Header { length: bytes.len(), ..header.clone() };
    // What looks like more of the group behind it is taken for that.
    if !data_set.starts_with(b"\x02\0") {
        assert_eq!(again, Ok(Some((bytes.len(), expected))));
    }
}

fn new_header(class: &Uid, instance: &Uid, transfer_syntax: &Uid, source: Option<&AeTitle>) -> Vec<u8> {
    let header = NewHeader {
        sop_class: class,
        sop_instance: instance,
        transfer_syntax,
        implementation_class: class,
        implementation_version: b"FUZZ",
        source,
    };
    header.encode()
}
