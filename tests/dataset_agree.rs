//! What a data set in memory and one that is converted on its way agree about: VRs that are not written, bytes whose
//! order nobody knows, and lengths that look like VRs.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod converting;

use converting::{BIG_ENDIAN, EXPLICIT, IMPLICIT, convert};
use dimse::dataset::data_set::DataSet;
use dimse::dataset::encoding::Encoding;
use dimse::dataset::json::to_json;
use dimse::dataset::limits::Limits;
use dimse::dataset::path::Path;
use dimse::dataset::read;
use dimse::dataset::scan::{End, Scanner};
use dimse::dataset::up_to::UpTo;
use dimse::dataset::value::At;
use dimse::dataset::vr::VR;
use dimse::dataset::write;
use dimse::types::{Tag, Uid};

fn read(bytes: &[u8], syntax: &Uid) -> DataSet {
    read::read(bytes, Encoding::of(syntax), Limits::FILE).unwrap()
}

fn write(set: &DataSet, syntax: &Uid) -> Result<Vec<u8>, String> {
    write::write(set, Encoding::of(syntax)).map_err(|error| error.to_string())
}

fn path(text: &str) -> Path {
    text.parse().unwrap()
}

#[track_caller]
fn same(one: &[u8], other: &[u8]) {
    assert_eq!(one.escape_ascii().to_string(), other.escape_ascii().to_string());
}

/// In implicit VR: Waveform Data and what is beside it by Waveform Bits Allocated, numbers by Pixel Representation.
#[test]
fn vrs_that_are_not_written() {
    for (bits, is_signed) in [(8, 0), (16, 1)] {
        let mut set = DataSet::empty();
        set.set_integer(&path("PixelRepresentation"), At::All, is_signed).unwrap();
        set.set_bytes(&path("SmallestImagePixelValue"), &[255, 255]).unwrap();
        set.set_bytes(&path("(5000,3000)"), &[1, 2]).unwrap();
        set.set_integer(&path("WaveformSequence[0].WaveformBitsAllocated"), At::All, bits).unwrap();
        set.set_bytes(&path("WaveformSequence[0].WaveformPaddingValue"), &[1, 2]).unwrap();
        set.set_bytes(&path("WaveformSequence[0].WaveformData"), &[1, 2, 3, 4]).unwrap();
        set.set_bytes(&path("PixelData"), &[1, 2]).unwrap();
        let implicit = write(&set, &IMPLICIT).unwrap();
        let in_memory = read(&implicit, &IMPLICIT);
        for syntax in [&EXPLICIT, &BIG_ENDIAN] {
            let converted = convert(&IMPLICIT, syntax, &implicit).unwrap();
            same(&write(&in_memory, syntax).unwrap(), &converted);
        }
        // And where it was set, not read.
        assert_eq!(in_memory, set, "{bits} bits");
        let vr = |at: &str| in_memory.element(&path(at)).unwrap().unwrap().1.vr();
        assert_eq!(
            vr("WaveformSequence[0].WaveformData"),
            if bits == 8 { VR::OB } else { VR::OW },
            "{bits} bits"
        );
        assert_eq!(vr("SmallestImagePixelValue"), if is_signed == 1 { VR::SS } else { VR::US });
    }
}

/// What comes behind is known in memory, and not on the way: the one difference there is.
#[test]
fn vrs_by_what_comes_behind() {
    let value = b"\x18\0\x10\x98\x02\0\0\0\xFF\xFF";
    let sign = b"\x28\0\x03\x01\x02\0\0\0\x01\0";
    let channel = b"\x3A\0\0\x02\x12\0\0\0\xFE\xFF\0\xE0\x0A\0\0\0\0\x54\x10\x01\x02\0\0\0\xFF\xFF";
    let bits = b"\0\x54\x04\x10\x02\0\0\0\x10\0";
    for (parts, at, known, guessed) in [
        ([&value[..], sign], "(0018,9810)", VR::SS, VR::US),
        ([&channel[..], bits], "ChannelDefinitionSequence[0].ChannelMinimumValue", VR::OW, VR::OB),
    ] {
        let implicit = parts.concat();
        let vr = |set: &DataSet| set.element(&path(at)).unwrap().unwrap().1.vr();
        assert_eq!(vr(&read(&implicit, &IMPLICIT)), known);
        assert_eq!(vr(&read(&convert(&IMPLICIT, &EXPLICIT, &implicit).unwrap(), &EXPLICIT)), guessed);
    }
}

/// A UN in big endian: its bytes are kept, and go nowhere where they would have another order.
#[test]
fn bytes_of_which_nobody_knows_the_order() {
    let rows = b"\0\x28\0\x10UN\0\0\0\0\0\x02\x01\x02";
    let private = b"\0\x29\x10\x01UN\0\0\0\0\0\x04ABCD";
    let sequence = b"\0\x40\x02\x75UN\0\0\0\0\0\x08\xFE\xFF\0\xE0\0\0\0\0";
    for (tag, bytes) in [("(0028,0010)", &rows[..]), ("(0029,1001)", private), ("(0040,0275)", sequence)] {
        let set = read(bytes, &BIG_ENDIAN);
        let (_, element) = set.element(&path(tag)).unwrap().unwrap();
        assert_eq!((element.vr(), &element.as_bytes().unwrap()[..]), (VR::UN, &bytes[12..]));
        same(&write(&set, &BIG_ENDIAN).unwrap(), bytes);
        for syntax in [&EXPLICIT, &IMPLICIT] {
            let words = write(&set, syntax).unwrap_err();
            let expected =
                "cannot be written: it is of VR UN, and its bytes cannot be put into another order";
            assert_eq!(words, format!("{tag} {expected}"));
            let words = convert(&BIG_ENDIAN, syntax, bytes).unwrap_err().to_string();
            assert!(words.starts_with(&format!("{tag} has bytes of unknown meaning (UN)")), "{words}");
        }
        // The other way round.
        let little = [&[bytes[1], bytes[0], bytes[3], bytes[2]], &b"UN\0\0"[..], &[bytes[11], 0, 0, 0]];
        let little = [&little.concat(), &bytes[12..]].concat();
        assert!(convert(&EXPLICIT, &BIG_ENDIAN, &little).is_err());
    }
    let words = to_json(&read(private, &BIG_ENDIAN)).unwrap_err().to_string();
    assert!(
        words.starts_with("(0029,1001) cannot be written as JSON: it is of VR UN and from big endian"),
        "{words}"
    );
    // An edit leaves it as it is, and new bytes are little endian, as all are.
    let mut set = read(private, &BIG_ENDIAN);
    set.set_string(&path("PatientID"), At::All, "1").unwrap();
    assert!(write(&set, &EXPLICIT).is_err());
    set.set_bytes(&path("(0029,1001)"), b"ABCD").unwrap();
    assert!(write(&set, &EXPLICIT).is_ok() && write(&set, &BIG_ENDIAN).is_err());
}

/// Bytes and text are the same in every order.
#[test]
fn unknown_bytes_that_have_no_order() {
    for big in [
        &b"\0\x42\0\x11UN\0\0\0\0\0\x04abcd"[..],
        b"\0\x10\0\x20UN\0\0\0\0\0\x04abcd",
        b"\0\x42\0\x11UN\0\0\0\0\0\0",
    ] {
        let set = read(big, &BIG_ENDIAN);
        let (tag, element) = set.iter().next().unwrap();
        assert_ne!(element.vr(), VR::UN);
        assert_eq!(element.as_bytes().unwrap()[..], big[12..]);
        for syntax in [&EXPLICIT, &IMPLICIT] {
            let converted = read(&convert(&BIG_ENDIAN, syntax, big).unwrap(), syntax);
            assert_eq!(converted, set, "{tag}");
            assert!(write(&set, syntax).is_ok());
        }
    }
}

/// Too long for the length of its VR, to the byte.
#[test]
fn too_long_becomes_unknown() {
    for length in [65_534, 65_536] {
        let header = [&b"\x10\0\0\x40"[..], &u32::to_le_bytes(length)].concat();
        let implicit = [header, vec![b'a'; usize::try_from(length).unwrap()]].concat();
        for syntax in [&EXPLICIT, &BIG_ENDIAN] {
            let converted = convert(&IMPLICIT, syntax, &implicit).unwrap();
            assert_eq!(&converted[4..6], if length == 65_534 { b"LT" } else { b"UN" });
            assert_eq!(write(&read(&implicit, &IMPLICIT), syntax).unwrap(), converted);
        }
    }
}

/// A first element of an item, in implicit VR: its length is what two letters and more are as a number.
#[test]
fn lengths_that_spell_a_vr() {
    let stop = Tag::new(0x7FE0, 0x0010);
    for letters in [b"DA", b"DS", b"DT", b"FD", b"FL", b"LO", b"LT", b"PN", b"TM"] {
        for high in [0, 1, 2] {
            let length = usize::from(u16::from_le_bytes(*letters)) + high * 0x1_0000;
            let mut set = DataSet::empty();
            set.set_bytes(&path("ContentSequence[0].(0042,0011)"), &vec![7; length]).unwrap();
            set.set_bytes(&path("PixelData"), &vec![1; 200_000]).unwrap();
            let implicit = write(&set, &IMPLICIT).unwrap();
            assert_eq!(read(&implicit, &IMPLICIT), set, "{length}");
            let explicit = convert(&IMPLICIT, &EXPLICIT, &implicit).unwrap();
            assert_eq!(read(&explicit, &EXPLICIT), set, "{length}");
            let mut scanner = Scanner::new(Encoding::of(&IMPLICIT).elements);
            scanner.push(&implicit, &mut ());
            assert_eq!(scanner.end(), End::Whole);
            let mut scanner = Scanner::new(Encoding::of(&IMPLICIT).elements);
            scanner.push(&implicit[..1000], &mut ());
            assert!(matches!(scanner.end(), End::Inside { .. }), "nothing is unclear: {:?}", scanner.end());
            let mut part = UpTo::new(Encoding::of(&IMPLICIT), Some(stop), Limits::FILE);
            assert!(implicit.chunks(8192).any(|bytes| !part.push(bytes).unwrap()), "{length}");
            set.remove(&path("PixelData")).unwrap();
            assert_eq!((part.is_as_said(), part.finish().unwrap()), (true, set));
            // The first of all.
            let first =
                [&b"\x42\0\x11\0"[..], &u32::try_from(length).unwrap().to_le_bytes(), &vec![7; length]];
            let first = first.concat();
            let read_back = read(&first, &IMPLICIT);
            assert_eq!(read_back.bytes(&path("(0042,0011)")).unwrap().unwrap().len(), length);
            let explicit = convert(&IMPLICIT, &EXPLICIT, &first).unwrap();
            assert_eq!(read(&explicit, &EXPLICIT), read_back, "{length}");
        }
    }
}
