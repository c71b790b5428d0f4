//! Values of a data set, got and set: as text, numbers and bytes, through sequences, in every character set.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use dimse::dataset::data_set::DataSet;
use dimse::dataset::encoding::{Elements, Encoding};
use dimse::dataset::limits::Limits;
use dimse::dataset::path::Path;
use dimse::dataset::read::read;
use dimse::dataset::value::At;
use dimse::dataset::vr::VR;
use dimse::dataset::write::write;
use dimse::types::Tag;
use dimse::wire::uids;

fn path(text: &str) -> Path {
    text.parse().unwrap()
}

fn string(set: &DataSet, at: &str) -> Option<String> {
    set.string(&path(at), At::All).unwrap()
}

fn value(set: &DataSet, at: &str, index: usize) -> Option<String> {
    set.string(&path(at), At::Value(index)).unwrap()
}

fn bytes(set: &DataSet, at: &str) -> Vec<u8> {
    set.bytes(&path(at)).unwrap().unwrap().to_vec()
}

#[track_caller]
fn set(set: &mut DataSet, at: &str, text: &str) {
    set.set_string(&path(at), At::All, text).unwrap();
}

#[track_caller]
fn refused<T: std::fmt::Debug>(result: dimse::error::Result<T>, words: &str) {
    assert_eq!(result.unwrap_err().to_string(), words);
}

#[test]
fn text_of_every_kind() {
    let mut it = DataSet::new();
    assert_eq!(string(&it, "SpecificCharacterSet").as_deref(), Some("ISO_IR 192"));
    for (at, text, expected, stored) in [
        ("PatientName", "Müller^Jörg", "Müller^Jörg", "Müller^Jörg ".as_bytes()),
        ("PatientID", " 4711 ", "4711", b" 4711 "),
        ("ImageType", "ORIGINAL\\PRIMARY", "ORIGINAL\\PRIMARY", b"ORIGINAL\\PRIMARY"),
        ("SOPInstanceUID", "1.2.3", "1.2.3", b"1.2.3\0"),
        ("PatientComments", "  a\\b\r\n", "  a\\b\r\n", b"  a\\b\r\n "),
        ("StudyDate", "20200101-20201231", "20200101-20201231", b"20200101-20201231 "),
        ("PatientWeight", "72.50", "72.50", b"72.50 "),
        ("SeriesNumber", "-7", "-7", b"-7"),
        ("Rows", "512", "512", b"\0\x02"),
        ("ReferencePixelX0", "-1", "-1", b"\xFF\xFF\xFF\xFF"),
        ("RecommendedDisplayFrameRateInFloat", "1.5", "1.5", b"\0\0\xC0\x3F"),
        (
            "FrameIncrementPointer",
            "(0018,1063)\\00181065",
            "(0018,1063)\\(0018,1065)",
            b"\x18\0\x63\x10\x18\0\x65\x10",
        ),
    ] {
        set(&mut it, at, text);
        assert_eq!(bytes(&it, at), stored, "{at}");
        assert_eq!(string(&it, at).as_deref(), Some(expected), "{at}");
    }
    assert_eq!(value(&it, "ImageType", 1).as_deref(), Some("PRIMARY"));
    assert_eq!(value(&it, "ImageType", 2), None);
    assert_eq!(value(&it, "FrameIncrementPointer", 0).as_deref(), Some("(0018,1063)"));
    assert_eq!(string(&it, "PatientSex"), None);
}

#[test]
fn numbers() {
    let mut it = DataSet::empty();
    for (at, number, text) in [
        ("Rows", 65_535, "65535"),
        ("SeriesNumber", -2_147_483_648, "-2147483648"),
        ("ReferencePixelX0", -2_147_483_648, "-2147483648"),
        ("SimpleFrameList", 4_294_967_295, "4294967295"),
        ("FileOffsetInContainer", 18_446_744_073_709_551_615, "18446744073709551615"),
        ("PatientWeight", 72, "72"),
        ("FrameIncrementPointer", 0x0018_1063, "(0018,1063)"),
    ] {
        it.set_integer(&path(at), At::All, number).unwrap();
        assert_eq!(it.integer(&path(at), 0).unwrap(), Some(number), "{at}");
        assert_eq!(string(&it, at).as_deref(), Some(text), "{at}");
        assert_eq!(it.integer(&path(at), 1).unwrap(), None, "{at}");
    }
    for (at, number, text) in [
        ("PatientWeight", 72.5, "72.5"),
        ("PatientSize", 1.0 / 3.0, "0.33333333333333"),
        ("SliceThickness", -1.0e-300 / 3.0, "-3.33333333e-301"),
        ("RepetitionTime", 123_456_789_012_345_680.0, "1.23456789012e17"),
        ("RecommendedDisplayFrameRateInFloat", 0.1, "0.1"),
        ("EventTimeOffset", 0.1, "0.1"),
        ("EventTimeOffset", f64::INFINITY, "inf"),
    ] {
        it.set_float(&path(at), At::All, number).unwrap();
        assert_eq!(string(&it, at).as_deref(), Some(text), "{at}");
        let back = it.float(&path(at), 0).unwrap().unwrap();
        assert!(back.total_cmp(&number).is_eq() || (back - number).abs() <= number.abs() * 1e-7, "{at}");
    }
    set(&mut it, "ContourData", "1\\ -2.5\\3e1");
    assert_eq!(it.floats(&path("ContourData")).unwrap().unwrap(), [1.0, -2.5, 30.0]);
    assert_eq!(it.floats(&path("Rows")).unwrap().unwrap(), [65_535.0]);
    assert_eq!(it.floats(&path("PixelSpacing")).unwrap(), None);
    refused(
        it.floats(&path("FrameIncrementPointer")),
        "FrameIncrementPointer (0028,0009): its VR is AT, which holds no numbers",
    );
    set(&mut it, "PatientWeight", " 72.0 ");
    assert_eq!(it.integer(&path("PatientWeight"), 0).unwrap(), Some(72));
    it.set_float(&path("EventTimeOffset"), At::All, 2.0).unwrap();
    assert_eq!(it.integer(&path("Rows"), 0).unwrap(), Some(65_535));
    assert_eq!(it.float(&path("Rows"), 0).unwrap(), Some(65_535.0));
}

#[test]
fn one_value_of_many() {
    let mut it = DataSet::new();
    let at = path("ImageType");
    it.set_string(&at, At::Value(0), "ORIGINAL").unwrap();
    it.set_string(&at, At::Value(1), "PRIMARY").unwrap();
    it.set_string(&at, At::Value(0), "DERIVED").unwrap();
    assert_eq!(string(&it, "ImageType").as_deref(), Some("DERIVED\\PRIMARY"));
    assert_eq!(it.count(&at).unwrap(), Some(2));
    refused(
        it.set_string(&at, At::Value(3), "AXIAL"),
        "ImageType (0008,0008): there are 2 values, so value 3 cannot be set",
    );
    refused(
        it.set_string(&at, At::Value(1), "A\\B"),
        "ImageType (0008,0008): \"A\\\\B\" has a backslash, which would make it two values",
    );
    let at = path("SimpleFrameList");
    it.set_integer(&at, At::Value(0), 1).unwrap();
    it.set_integer(&at, At::Value(1), 2).unwrap();
    it.set_integer(&at, At::Value(0), 3).unwrap();
    assert_eq!(string(&it, "SimpleFrameList").as_deref(), Some("3\\2"));
    it.set_integer(&path("PixelSpacing"), At::Value(0), 1).unwrap();
    it.set_float(&path("PixelSpacing"), At::Value(1), 0.5).unwrap();
    assert_eq!(string(&it, "PixelSpacing").as_deref(), Some("1\\0.5"));
    it.set_string(&path("PatientComments"), At::Value(0), "a\\b").unwrap();
    assert_eq!(it.count(&path("PatientComments")).unwrap(), Some(1));
    assert!(it.set_string(&path("PatientComments"), At::Value(1), "c").is_err());
}

/// One value is set at a time, and the first is empty.
#[test]
fn empty_values_in_front() {
    let at = path("ImageType");
    for begin in [None, Some("ORIGINAL"), Some("ORIGINAL\\SECONDARY\\AXIAL")] {
        let mut it = DataSet::new();
        if let Some(begin) = begin {
            it.set_string(&at, At::All, begin).unwrap();
        }
        for (index, text) in ["", "", "LOCALIZER"].into_iter().enumerate() {
            it.set_string(&at, At::Value(index), text).unwrap();
        }
        assert_eq!(string(&it, "ImageType").as_deref(), Some("\\\\LOCALIZER"));
        assert_eq!(it.count(&at).unwrap(), Some(3));
    }
    let mut it = DataSet::new();
    it.set_string(&at, At::Value(0), "").unwrap();
    assert!(it.set_string(&at, At::Value(2), "AXIAL").is_err());
    assert!(it.set_string(&path("FrameType"), At::Value(1), "AXIAL").is_err(), "which is not there");
}

/// What stands beside a value is not what is set.
#[test]
fn one_value_beside_what_is_none() {
    let mut it = DataSet::new();
    it.set_bytes(&path("ImageType"), b"original\\PRIMARY").unwrap();
    it.set_string(&path("ImageType"), At::Value(1), "SECONDARY").unwrap();
    assert_eq!(string(&it, "ImageType").as_deref(), Some("original\\SECONDARY"));
    assert!(it.set_string(&path("ImageType"), At::Value(1), "secondary").is_err());
}

#[test]
fn many_numbers_at_once() {
    let mut it = DataSet::new();
    for (at, bytes) in [
        ("ContourData", &b"1\\-0.5\\0.33333333333333 "[..]),
        ("EventTimeOffset", &[1.0, -0.5, 1.0 / 3.0].map(f64::to_le_bytes).concat()),
    ] {
        it.set_floats(&path(at), &[1.0, -0.5, 1.0 / 3.0]).unwrap();
        assert_eq!(self::bytes(&it, at), bytes, "{at}");
        it.set_floats(&path(at), &[]).unwrap();
        assert_eq!(it.count(&path(at)).unwrap(), Some(0), "{at}");
    }
    refused(
        it.set_floats(&path("PatientName"), &[]),
        "PatientName (0010,0010): its VR is PN, which holds no floating point numbers",
    );
    refused(
        it.set_floats(&path("ContourData"), &[1.0, f64::NAN]),
        "ContourData (3006,0050): NaN is no number that a value of VR DS can be",
    );
}

/// What cannot be made is there all the same, where others have made it.
#[test]
fn elements_that_must_not_be_can_be_taken_away() {
    let encoding =
        Encoding { elements: Elements::ExplicitLittleEndian, deflated: false, encapsulated: false };
    let bytes = [&b"\x03\0\x10\x10LO\x02\0AB"[..], b"\x09\0\x02\0LO\x02\0AB"].concat();
    let mut set = read(&bytes, encoding, Limits::IDENTIFIER).unwrap();
    set.set_string(&path("00031010"), At::All, "C").unwrap();
    for at in ["00031010", "00090002"] {
        assert!(set.remove(&path(at)).unwrap(), "{at}");
        assert!(!set.remove(&path(at)).unwrap(), "{at}");
        assert!(set.set_string(&path(at), At::All, "C").is_err(), "{at}");
    }
    assert_eq!(set, DataSet::empty());
}

#[test]
fn empty_is_not_missing() {
    let mut it = DataSet::empty();
    it.set_empty(&path("PatientName"), None).unwrap();
    it.set_empty(&path("ScheduledProcedureStepSequence"), None).unwrap();
    set(&mut it, "PatientID", "");
    for at in ["PatientName", "PatientID", "ScheduledProcedureStepSequence"] {
        assert_eq!(it.count(&path(at)).unwrap(), Some(0), "{at}");
        assert!(it.element(&path(at)).unwrap().is_some());
    }
    assert_eq!(it.count(&path("PatientSex")).unwrap(), None);
    assert_eq!(string(&it, "PatientName"), None);
    assert_eq!(it.bytes(&path("PatientName")).unwrap().unwrap().len(), 0);
    assert!(it.remove(&path("PatientName")).unwrap());
    assert!(!it.remove(&path("PatientName")).unwrap());
    assert_eq!(it.len(), 2);
}

#[test]
fn through_sequences_that_are_made_on_the_way() {
    let mut it = DataSet::new();
    let step = "ScheduledProcedureStepSequence[0].ScheduledProtocolCodeSequence[0].CodeValue";
    set(&mut it, step, "T-1");
    set(&mut it, "ScheduledProcedureStepSequence[1].Modality", "MR");
    assert_eq!(string(&it, step).as_deref(), Some("T-1"));
    assert_eq!(it.count(&path("ScheduledProcedureStepSequence")).unwrap(), Some(2));
    assert_eq!(it.count(&path("ScheduledProcedureStepSequence[2].Modality")).unwrap(), None);
    let before = it.clone();
    refused(
        it.set_string(&path("ScheduledProcedureStepSequence[3].Modality"), At::All, "CT"),
        "ScheduledProcedureStepSequence (0040,0100)[3].Modality (0008,0060): (0040,0100) has 2 items, \
         so item 3 cannot be made",
    );
    refused(
        it.set_string(&path("PatientName[0].Modality"), At::All, "CT"),
        "PatientName (0010,0010)[0].Modality (0008,0060): (0010,0010) has VR PN, not SQ (PS3.6)",
    );
    refused(
        it.set_string(&path("ScheduledProcedureStepSequence[1].Rows"), At::All, "x"),
        "ScheduledProcedureStepSequence (0040,0100)[1].Rows (0028,0010): \"x\" is no integer, as values of VR US are",
    );
    refused(
        it.string(&path("ScheduledProcedureStepSequence[0]"), At::All),
        "ScheduledProcedureStepSequence (0040,0100)[0] names an item; name an element, or one in it",
    );
    refused(
        it.string(&path("ScheduledProcedureStepSequence"), At::All),
        "ScheduledProcedureStepSequence (0040,0100): its VR is SQ, which holds no text",
    );
    assert_eq!(it, before);
    let item = it.item(&path("ScheduledProcedureStepSequence[1]")).unwrap().unwrap();
    assert_eq!(string(&item, "Modality").as_deref(), Some("MR"));
    assert_eq!(string(&item, "SpecificCharacterSet").as_deref(), Some("ISO_IR 192"), "it stands alone");
    assert_eq!(it.append_item(&path("ScheduledProcedureStepSequence"), &item).unwrap(), 2);
    assert_eq!(string(&it, "ScheduledProcedureStepSequence[2].Modality").as_deref(), Some("MR"));
    assert_eq!(string(&it, "ScheduledProcedureStepSequence[2].SpecificCharacterSet"), None, "as around it");
    assert!(it.remove(&path("ScheduledProcedureStepSequence[0]")).unwrap());
    assert_eq!(it.count(&path("ScheduledProcedureStepSequence")).unwrap(), Some(2));
    assert_eq!(string(&it, step), None);
    assert!(!it.remove(&path("ScheduledProcedureStepSequence[2]")).unwrap());
}

#[test]
fn private_elements_and_their_blocks() {
    let mut it = DataSet::new();
    let at = path("(0009,\"ACME 1.1\",10)");
    assert_eq!(it.count(&at).unwrap(), None);
    it.set_empty(&at, Some(VR::LO)).unwrap();
    it.set_string(&at, At::All, "x").unwrap();
    let other = path("(0009,\"OTHER\",FF)");
    it.set_bytes(&other, b"\x01\x02").unwrap();
    assert_eq!(string(&it, "(0009,0010)").as_deref(), Some("ACME 1.1"));
    assert_eq!(string(&it, "(0009,1010)").as_deref(), Some("x"));
    assert_eq!(string(&it, "(0009,0011)").as_deref(), Some("OTHER"));
    assert_eq!(it.element(&path("(0009,11FF)")).unwrap().unwrap().1.vr(), VR::UN);
    assert_eq!(it.string(&at, At::All).unwrap().as_deref(), Some("x"));
    assert_eq!(it.bytes(&other).unwrap().unwrap()[..], *b"\x01\x02");
    // In an item there are other blocks; one that somebody uses unreserved is left alone.
    it.set_bytes(&path("ScheduledProcedureStepSequence[0].(0009,1001)"), b"").unwrap();
    it.set_bytes(&path("ScheduledProcedureStepSequence[0].(0009,\"OTHER\",1)"), b"").unwrap();
    assert!(it.element(&path("ScheduledProcedureStepSequence[0].(0009,1101)")).unwrap().is_some());
    refused(
        it.set_string(&path("(0009,\"ACME 1.1\",20)"), At::All, "x"),
        "(0009,\"ACME 1.1\",20): its VR is UN, so how a value is written is not known; a program can make it \
         with another VR, LO for short text, or set its bytes",
    );
    assert!(it.remove(&at).unwrap());
    assert_eq!(it.element(&path("(0009,1010)")).unwrap(), None);
}

/// As implicit VRs leave them: whoever knows better says so.
#[test]
fn a_private_element_becomes_a_sequence() {
    let bytes = b"\x09\0\x10\0\x04\0\0\0ACME\x09\0\x01\x10\0\0\0\0\x09\0\x02\x10\x02\0\0\0AB";
    let implicit = Encoding::of(&uids::IMPLICIT_VR_LITTLE_ENDIAN);
    let read = read(bytes, implicit, Limits::IDENTIFIER).unwrap();
    for (at, is_empty) in [("(0009,1001)", true), ("(0009,1002)", false)] {
        let mut it = read.clone();
        it.set_empty(&path(at), Some(VR::SQ)).unwrap();
        assert_eq!(it.append_item(&path(at), &DataSet::empty()).unwrap(), 0);
        assert_eq!(it.element(&path(at)).unwrap().unwrap().1.items().unwrap().len(), 1);
        let inner = path(&format!("{at}[0].PatientID"));
        let mut it = read.clone();
        assert_eq!(it.append_item(&path(at), &DataSet::empty()).is_ok(), is_empty);
        assert_eq!(it.set_string(&inner, At::All, "1").is_ok(), is_empty);
        let mut it = read.clone();
        assert_eq!(it.set_string(&inner, At::All, "1").is_ok(), is_empty);
        assert_eq!(it == read, !is_empty);
    }
    // What PS3.6 knows as something else does not.
    let mut it = DataSet::new();
    it.set_empty(&path("PatientID"), Some(VR::UN)).unwrap();
    assert!(it.append_item(&path("PatientID"), &DataSet::empty()).is_err());
    assert!(it.set_empty(&path("PatientID"), Some(VR::SQ)).is_err());
}

#[test]
fn what_text_cannot_be() {
    let mut it = DataSet::new();
    for (at, text, words) in [
        (
            "PatientSex",
            "female",
            "PatientSex (0010,0040): \"female\" is not a code of at most 16 upper-case letters, digits, spaces and \
             underscores, as values of VR CS are",
        ),
        (
            "StudyDate",
            "yesterday",
            "StudyDate (0008,0020): \"yesterday\" is not a date, as 20260131, or a range of dates, as values of VR DA are",
        ),
        (
            "SOPClassesInStudy",
            "1.2\\1.",
            "SOPClassesInStudy (0008,0062): \"1.\" is not a UID of at most 64 digits and dots, as values of VR UI are",
        ),
        (
            "ReferencedStudySequence",
            "x",
            "ReferencedStudySequence (0008,1110): its VR is SQ, which has items and no values: append an item, or set an \
             element in one, [0].Element",
        ),
        (
            "SpecificCharacterSet",
            "GB18030\\ISO 2022 IR 87",
            "SpecificCharacterSet (0008,0005): Specific Character Set cannot have the value GB18030 beside others, since \
             it stands alone: set all values to it",
        ),
        (
            "SpecificCharacterSet",
            "ISO_IR 100\\ISO 2022 IR 87",
            "SpecificCharacterSet (0008,0005): Specific Character Set cannot have the value ISO_IR 100 beside others, \
             where it is ISO 2022 IR 100",
        ),
    ] {
        let before = it.clone();
        refused(it.set_string(&path(at), At::All, text), words);
        assert_eq!(it, before);
    }
}

#[test]
fn what_values_cannot_be() {
    let mut it = DataSet::new();
    for (at, text, words) in [
        (
            "SeriesNumber",
            "2147483648",
            "SeriesNumber (0020,0011): \"2147483648\" is not an integer of 32 bits, as values of VR IS are",
        ),
        (
            "PatientWeight",
            "1\\heavy",
            "PatientWeight (0010,1030): \"heavy\" is not a number of at most 16 characters, as values of VR DS are",
        ),
        (
            "PatientWeight",
            "1.2345678901234567",
            "PatientWeight (0010,1030): \"1.2345678901234567\" is not a number of at most 16 characters, as values of VR DS are",
        ),
        (
            "StudyInstanceUID",
            "1.2.x",
            "StudyInstanceUID (0020,000D): \"1.2.x\" is not a UID of at most 64 digits and dots, as values of VR UI are",
        ),
        (
            "RetrieveAETitle",
            "SEVENTEEN_LETTERS",
            "RetrieveAETitle (0008,0054): \"SEVENTEEN_LETTERS\" is not an AE title of at most 16 ASCII characters, as values of VR AE are",
        ),
        ("PatientName", "A\tB", "PatientName (0010,0010): '\\t' cannot be in a value of VR PN (PS3.5 6.1.3)"),
        (
            "PatientName",
            "A\u{1B}B",
            "PatientName (0010,0010): '\\u{1b}' cannot be in a value of VR PN (PS3.5 6.1.3)",
        ),
        ("Rows", "65536", "Rows (0028,0010): 65536 does not fit into a value of VR US"),
        (
            "FrameIncrementPointer",
            "Rows[0]",
            "FrameIncrementPointer (0028,0009): \"Rows[0]\" is no tag, as values of VR AT are",
        ),
        ("00100000", "1", "(0010,0000): group lengths are retired (PS3.5 7.2)"),
        (
            "00020010",
            "1.2",
            "TransferSyntaxUID (0002,0010): elements of group 0002 are in the header of a file only (PS3.10 7.1)",
        ),
        ("00030010", "1", "(0003,0010): no element has this group (PS3.5 7.8)"),
        ("00090001", "1", "(0009,0001): no private element has this number (PS3.5 7.8.1)"),
    ] {
        let before = it.clone();
        refused(it.set_string(&path(at), At::All, text), words);
        assert_eq!(it, before);
    }
    refused(
        it.set_integer(&path("PatientName"), At::All, 1),
        "PatientName (0010,0010): its VR is PN, which holds no integers",
    );
    refused(
        it.set_float(&path("PatientWeight"), At::All, f64::NAN),
        "PatientWeight (0010,1030): NaN is no number that a value of VR DS can be",
    );
    refused(
        it.set_bytes(&path("Rows"), b"123"),
        "Rows (0028,0010): 3 bytes, but values of VR US have 2 each",
    );
    refused(
        it.set_empty(&path("PatientName"), Some(VR::LO)),
        "PatientName (0010,0010): (0010,0010) has VR PN, not LO (PS3.6)",
    );
    it.set_bytes(&path("SeriesNumber"), b"abc").unwrap();
    refused(it.integer(&path("SeriesNumber"), 0), "SeriesNumber (0020,0011): \"abc\" is no integer");
    it.set_bytes(&path("PatientWeight"), b"1.5").unwrap();
    refused(it.integer(&path("PatientWeight"), 0), "PatientWeight (0010,1030): \"1.5\" is no integer");
    refused(
        it.integer(&path("PatientSex"), 0).and_then(|_| it.float(&path("SpecificCharacterSet"), 0)),
        "SpecificCharacterSet (0008,0005): its VR is CS, which holds no numbers",
    );
}

#[test]
fn character_sets() {
    let mut it = DataSet::empty();
    refused(
        it.set_string(&path("PatientName"), At::All, "Müller"),
        "PatientName (0010,0010): 'ü' (U+00FC) cannot be written in the character set ISO_IR 6; \
         set SpecificCharacterSet to one that has it first, to ISO_IR 192 for instance",
    );
    set(&mut it, "SpecificCharacterSet", "ISO_IR 100");
    set(&mut it, "PatientName", "Müller");
    set(&mut it, "ScheduledProcedureStepSequence[0].ScheduledProcedureStepDescription", "Schädel");
    assert_eq!(bytes(&it, "PatientName"), b"M\xFCller");
    // Another set keeps the text.
    set(&mut it, "SpecificCharacterSet", "ISO_IR 192");
    assert_eq!(bytes(&it, "PatientName"), "Müller ".as_bytes());
    let nested = "ScheduledProcedureStepSequence[0].ScheduledProcedureStepDescription";
    assert_eq!(bytes(&it, nested), "Schädel".as_bytes());
    assert_eq!(string(&it, nested).as_deref(), Some("Schädel"));
    let before = it.clone();
    refused(
        it.set_string(&path("SpecificCharacterSet"), At::All, "ISO_IR 13"),
        "the text of (0010,0010) cannot be kept in another character set: 'ü' (U+00FC) cannot be written in the \
         character set ISO_IR 13; set SpecificCharacterSet to one that has it first, to ISO_IR 192 for instance",
    );
    refused(
        it.set_string(&path("SpecificCharacterSet"), At::All, "LATIN"),
        "SpecificCharacterSet (0008,0005): Specific Character Set has the value \"LATIN\", which is no defined term",
    );
    assert!(it.remove(&path("SpecificCharacterSet")).is_err());
    assert_eq!(it, before);
    // As bytes it says what the text was all the time.
    let mut unlabelled = DataSet::empty();
    unlabelled.set_bytes(&path("PatientName"), b"M\xFCller").unwrap();
    refused(
        unlabelled.string(&path("PatientName"), At::All),
        "PatientName (0010,0010): byte 1: the character set has no character with a code that begins with FC",
    );
    unlabelled.set_bytes(&path("SpecificCharacterSet"), b"ISO_IR 100").unwrap();
    assert_eq!(string(&unlabelled, "PatientName").as_deref(), Some("Müller"));
    // The item brings its own, which the data set does not have.
    let mut latin = DataSet::empty();
    set(&mut latin, "SpecificCharacterSet", "ISO_IR 100");
    let mut greek = DataSet::new();
    set(&mut greek, "CodeMeaning", "κεφάλι");
    latin.append_item(&path("ProcedureCodeSequence"), &greek).unwrap();
    assert_eq!(
        string(&latin, "ProcedureCodeSequence[0].SpecificCharacterSet").as_deref(),
        Some("ISO_IR 192")
    );
    assert_eq!(string(&latin, "ProcedureCodeSequence[0].CodeMeaning").as_deref(), Some("κεφάλι"));
    set(&mut latin, "SpecificCharacterSet", "ISO_IR 192");
    assert_eq!(string(&latin, "ProcedureCodeSequence[0].CodeMeaning").as_deref(), Some("κεφάλι"));
}

#[test]
fn a_copy_is_a_copy() {
    let mut it = DataSet::new();
    set(&mut it, "ScheduledProcedureStepSequence[0].Modality", "MR");
    let copy = it.clone();
    set(&mut it, "ScheduledProcedureStepSequence[0].Modality", "CT");
    it.set_empty(&path("PatientName"), None).unwrap();
    assert_eq!(string(&copy, "ScheduledProcedureStepSequence[0].Modality").as_deref(), Some("MR"));
    assert_eq!(copy.len(), 2);
    let mut deep = it.clone();
    for level in 1..=64 {
        let mut outer = DataSet::new();
        let outcome = outer.append_item(&path("ContentSequence"), &deep);
        assert_eq!(outcome.is_ok(), level < 64, "{level}");
        deep = outer;
    }
}

#[test]
fn pixels_with_a_sign() {
    let mut it = DataSet::new();
    it.set_integer(&path("SmallestImagePixelValue"), At::All, 1).unwrap();
    assert_eq!(it.element(&path("SmallestImagePixelValue")).unwrap().unwrap().1.vr(), VR::US);
    it.set_integer(&path("PixelRepresentation"), At::All, 1).unwrap();
    it.set_integer(&path("LargestImagePixelValue"), At::All, -1).unwrap();
    assert_eq!(it.element(&path("LargestImagePixelValue")).unwrap().unwrap().1.vr(), VR::SS);
}

#[test]
fn elements_in_order() {
    let mut it = DataSet::new();
    set(&mut it, "PatientID", "1");
    set(&mut it, "Modality", "MR");
    let tags: Vec<Tag> = it.iter().map(|(tag, _)| *tag).collect();
    let expected = [Tag::new(0x0008, 0x0005), Tag::new(0x0008, 0x0060), Tag::new(0x0010, 0x0020)];
    assert_eq!(tags, expected);
    let mut walked = Vec::new();
    let mut next = it.next_after(Tag::new(0, 0));
    while let Some((tag, _)) = next {
        walked.push(tag);
        next = it.next_after(tag);
    }
    assert_eq!(walked, expected);
}

/// Pixel Representation says what has no VR of its own; what is written as US stays so, elsewhere in the same data set.
#[test]
fn pixels_with_a_sign_change_no_vr_that_is_written() {
    let unknown = b"\x09\0\x01\x10UN\0\0\xFF\xFF\xFF\xFF";
    let item = b"\xFE\xFF\0\xE0\x0A\0\0\0\x28\0\x06\x01\x02\0\0\0\xFF\xFF";
    let end = b"\xFE\xFF\xDD\xE0\0\0\0\0";
    let written = b"\x28\0\x03\x01US\x02\0\x01\0\x28\0\x06\x01US\x02\0\xFF\xFF";
    let bytes = [&unknown[..], item, item, end, written].concat();
    let encoding =
        Encoding { elements: Elements::ExplicitLittleEndian, deflated: false, encapsulated: false };
    let set = read(&bytes, encoding, Limits::IDENTIFIER).unwrap();
    assert_eq!(string(&set, "SmallestImagePixelValue").as_deref(), Some("65535"));
    for index in 0..2 {
        let at = format!("(0009,1001)[{index}].SmallestImagePixelValue");
        assert_eq!(string(&set, &at).as_deref(), Some("-1"));
    }
}

/// What is made can be read again: no deeper, and with a VR that the element may have.
#[test]
fn nothing_is_made_that_cannot_be_read() {
    let mut it = DataSet::empty();
    let steps = |sequences: usize| "ContentSequence[0].".repeat(sequences);
    it.set_string(&path(&format!("{}PatientName", steps(64))), At::All, "A").unwrap();
    it.set_empty(&path(&format!("{}ConceptCodeSequence", steps(63))), None).unwrap();
    let deep = path(&format!("{}ConceptCodeSequence", steps(64)));
    refused(it.set_empty(&deep, None), "more than 64 sequences would be in each other");
    let private = path(&format!("{}(0009,\"A\",1)", steps(64)));
    refused(it.set_empty(&private, Some(VR::SQ)), "more than 64 sequences would be in each other");
    for syntax in [Elements::ExplicitLittleEndian, Elements::ImplicitLittleEndian] {
        let encoding = Encoding { elements: syntax, deflated: false, encapsulated: false };
        let bytes = write(&it, encoding).unwrap();
        assert_eq!(read(&bytes, encoding, Limits::IDENTIFIER).unwrap(), it);
    }
    for (at, vrs, words) in [
        ("PixelData", [VR::OB, VR::OW], "OB or OW"),
        ("SmallestImagePixelValue", [VR::US, VR::SS], "US or SS"),
        ("LUTData", [VR::US, VR::OW], "US or OW"),
    ] {
        let error = it.set_empty(&path(at), Some(VR::PN)).unwrap_err().to_string();
        assert!(error.ends_with(&format!(" has VR {words}, not PN (PS3.6)")), "{error}");
        for vr in vrs.into_iter().chain([VR::UN]) {
            it.set_empty(&path(at), Some(vr)).unwrap();
        }
    }
}

/// Text has no order of bytes, so it may be in a UN, which has room for it.
#[test]
fn long_text_in_big_endian() {
    let mut it = DataSet::new();
    it.set_bytes(&path("PatientComments"), &vec![b'a'; 70_000]).unwrap();
    let big = Encoding { elements: Elements::ExplicitBigEndian, deflated: false, encapsulated: false };
    let bytes = write(&it, big).unwrap();
    assert_eq!(read(&bytes, big, Limits::IDENTIFIER).unwrap(), it);
    it.set_bytes(&path("PixelPaddingValue"), &vec![0; 70_000]).unwrap();
    let error = write(&it, big).unwrap_err().to_string();
    assert!(
        error.contains("(0028,0120) cannot be written: in big endian it is too long for its VR"),
        "{error}"
    );
    it.set_empty(&path("PixelPaddingValue"), None).unwrap();
    it.set_bytes(&path("00091001"), b"ab").unwrap();
    assert!(write(&it, big).is_err(), "a UN in big endian");
}

#[test]
fn ascii_under_a_character_set_that_nobody_knows() {
    let mut it = DataSet::empty();
    it.set_bytes(&path("SpecificCharacterSet"), b"KLINGON").unwrap();
    set(&mut it, "PatientName", "Worf^Son of Mogh");
    assert_eq!(string(&it, "PatientName").as_deref(), Some("Worf^Son of Mogh"));
    assert!(it.set_string(&path("PatientName"), At::All, "Müller").is_err());
}

/// What a value cannot be is refused, and not another number in its place.
#[test]
fn no_number_gets_lost() {
    let mut it = DataSet::new();
    let (fl, fd) = (path("RecommendedDisplayFrameRateInFloat"), path("EventTimeOffset"));
    let large = |error: dimse::error::Error| error.to_string().contains("larger than a value of VR F");
    for number in [1e300, -1e300, 3.5e38] {
        assert!(large(it.set_float(&fl, At::All, number).unwrap_err()), "{number}");
    }
    for text in ["1e300", "1e400", "-1e39"] {
        assert!(large(it.set_string(&fl, At::All, text).unwrap_err()), "{text}");
    }
    assert!(large(it.set_string(&fd, At::All, "1e400").unwrap_err()));
    let digits =
        |error: dimse::error::Error| error.to_string().contains("has more digits than a value of VR F");
    assert!(digits(it.set_integer(&fd, At::All, (1 << 53) + 1).unwrap_err()));
    assert!(digits(it.set_integer(&fd, At::All, u64::MAX.into()).unwrap_err()));
    assert!(digits(it.set_integer(&fl, At::All, -(1 << 24) - 1).unwrap_err()));
    assert_eq!((it.element(&fl).unwrap(), it.element(&fd).unwrap()), (None, None));
    for number in [f64::from(f32::MAX), f64::INFINITY, 1e-300, 0.1] {
        it.set_float(&fl, At::All, number).unwrap();
    }
    for (at, text) in [(&fl, "inf"), (&fl, "-inf"), (&fl, "NaN"), (&fd, "1e300"), (&fd, "inf")] {
        it.set_string(at, At::All, text).unwrap();
    }
    for (at, number) in
        [(&fd, -(1 << 53)), (&fd, 1 << 60), (&fd, 0), (&fl, 1 << 24), (&fl, i128::from(i64::MIN))]
    {
        it.set_integer(at, At::All, number).unwrap();
    }
    assert_eq!(string(&it, "EventTimeOffset").as_deref(), Some("0.0"));
}
