//! The DICOM JSON model, in both directions.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use dimse::dataset::data_set::DataSet;
use dimse::dataset::encoding::Encoding;
use dimse::dataset::json::{from_json, to_json};
use dimse::dataset::limits::Limits;
use dimse::dataset::path::Path;
use dimse::dataset::read::read;
use dimse::dataset::value::At;
use dimse::wire::uids;

fn path(text: &str) -> Path {
    text.parse().unwrap()
}

fn data_set() -> DataSet {
    let mut set = DataSet::empty();
    set.set_string(&path("SpecificCharacterSet"), At::All, "ISO_IR 100").unwrap();
    for (at, text) in [
        ("ImageType", "ORIGINAL\\\\PRIMARY"),
        ("PatientName", "Müller^Jörg"),
        ("OtherPatientNames", "A^B=C=D\\E"),
        ("PatientComments", "a\\b \"c\"\r\n"),
        ("PatientWeight", "72.50"),
        ("PatientSize", "+1.75"),
        ("SeriesNumber", "-7"),
        ("InstanceNumber", "007"),
        ("Rows", "512"),
        ("EventTimeOffset", "1.5"),
        ("FrameIncrementPointer", "(0018,1063)"),
        ("RequestAttributesSequence[0].ScheduledProcedureStepID", "Ö"),
    ] {
        set.set_string(&path(at), At::All, text).unwrap();
    }
    set.set_float(&path("RecommendedDisplayFrameRateInFloat"), At::All, f64::NAN).unwrap();
    set.set_integer(&path("FileOffsetInContainer"), At::All, (1 << 53) + 1).unwrap();
    set.set_empty(&path("StudyDate"), None).unwrap();
    set.set_empty(&path("ReferencedStudySequence"), None).unwrap();
    set.set_bytes(&path("(0009,\"ACME\",1)"), b"\x01\x02\x03\x04").unwrap();
    set.append_item(&path("RequestAttributesSequence"), &DataSet::empty()).unwrap();
    set
}

const JSON: &str = concat!(
    r#"{"00080005":{"vr":"CS","Value":["ISO_IR 192"]},"#,
    r#""00080008":{"vr":"CS","Value":["ORIGINAL",null,"PRIMARY"]},"#,
    r#""00080020":{"vr":"DA"},"#,
    r#""00081110":{"vr":"SQ"},"#,
    r#""00082134":{"vr":"FD","Value":[1.5]},"#,
    r#""00090010":{"vr":"LO","Value":["ACME"]},"#,
    r#""00091001":{"vr":"UN","InlineBinary":"AQIDBA=="},"#,
    r#""00100010":{"vr":"PN","Value":[{"Alphabetic":"Müller^Jörg"}]},"#,
    r#""00101001":{"vr":"PN","Value":[{"Alphabetic":"A^B","Ideographic":"C","Phonetic":"D"},{"Alphabetic":"E"}]},"#,
    r#""00101020":{"vr":"DS","Value":["+1.75"]},"#,
    r#""00101030":{"vr":"DS","Value":[72.50]},"#,
    r#""00104000":{"vr":"LT","Value":["a\\b \"c\"\r\n"]},"#,
    r#""00200011":{"vr":"IS","Value":[-7]},"#,
    r#""00200013":{"vr":"IS","Value":["007"]},"#,
    r#""00280009":{"vr":"AT","Value":["00181063"]},"#,
    r#""00280010":{"vr":"US","Value":[512]},"#,
    r#""00400275":{"vr":"SQ","Value":[{"00400009":{"vr":"SH","Value":["Ö"]}},{}]}}"#,
);

#[test]
fn every_kind_of_value_in_both_directions() {
    let mut set = data_set();
    let rate = path("RecommendedDisplayFrameRateInFloat");
    let json = to_json(&set).unwrap();
    assert!(json.contains(r#""00089459":{"vr":"FL","Value":["NaN"]}"#), "{json}");
    assert!(json.contains(r#"{"vr":"UV","Value":["9007199254740993"]}"#), "{json}");
    let back = from_json(&json, Limits::IDENTIFIER).unwrap();
    assert!(back.float(&rate, 0).unwrap().unwrap().is_nan());
    assert_eq!(to_json(&back).unwrap(), json);
    set.set_string(&path("SpecificCharacterSet"), At::All, "ISO_IR 192").unwrap();
    assert_eq!(back, set, "the same in UTF-8");
    set.remove(&rate).unwrap();
    set.remove(&path("FileOffsetInContainer")).unwrap();
    assert_eq!(to_json(&set).unwrap(), JSON);
}

#[test]
fn what_others_write() {
    for (json, at, expected) in [
        (r#"{"00100010":{"vr":"PN","Value":[{"Ideographic":"山田"}]}}"#, "PatientName", "=山田"),
        (r#"{"00100010":{"vr":"PN","Value":["DOE^JANE"]}}"#, "PatientName", "DOE^JANE"),
        (r#"{"00100010":{"Value":[{"Alphabetic":"\u00e4"}],"vr":"PN"}}"#, "PatientName", "ä"),
        (r#"{ "00280010" : { "vr" : "US" , "Value" : [ 5.12e2 ] } }"#, "Rows", "512"),
        (r#"{"00101030":{"vr":"DS","Value":[72.12345678901231]}}"#, "PatientWeight", "72.1234567890123"),
        (r#"{"00101030":{"vr":"DS","Value":["72.5", null]}}"#, "PatientWeight", "72.5\\"),
        (r#"{"00080018":{"vr":"UI","Value":["1.2.3"]}}"#, "SOPInstanceUID", "1.2.3"),
        (r#"{"00082134":{"vr":"FD","Value":["-Infinity",-0.1]}}"#, "EventTimeOffset", "-inf\\-0.1"),
        (r#"{"00081140":{"vr":"SQ","Value":[null]}}"#, "ReferencedImageSequence[0].Rows", ""),
    ] {
        let set = from_json(json, Limits::IDENTIFIER).unwrap();
        assert_eq!(set.string(&path(at), At::All).unwrap().unwrap_or_default(), expected, "{json}");
    }
    assert_eq!(from_json("{}", Limits::IDENTIFIER).unwrap(), DataSet::empty());
    let ascii =
        from_json(r#"{"00100010":{"vr":"PN","Value":[{"Alphabetic":"A"}]}}"#, Limits::IDENTIFIER).unwrap();
    assert_eq!(ascii.len(), 1, "no character set is needed");
}

#[test]
fn what_json_cannot_hold() {
    let mut set = DataSet::empty();
    set.set_bytes(&path("PatientName"), b"M\xFCller").unwrap();
    assert_eq!(
        to_json(&set).unwrap_err().to_string(),
        "(0010,0010) cannot be written as JSON: byte 1: the character set has no character with a code that begins \
         with FC"
    );
}

/// What is read is UTF-8, so (0008,0005) says that in every form in which it may stand there.
#[test]
fn the_character_set_is_always_that_of_json() {
    let name = r#""00100010":{"vr":"PN","Value":[{"Alphabetic":"Müller"}]}"#;
    for said in
        [r#""vr":"CS""#, r#""vr":"CS","Value":[]"#, r#""vr":"CS","Value":["ISO_IR 100"]"#, r#""vr":"UN""#]
    {
        let set = from_json(&format!("{{\"00080005\":{{{said}}},{name}}}"), Limits::IDENTIFIER).unwrap();
        let text = |at: &str| set.string(&path(at), At::All).unwrap();
        assert_eq!(text("SpecificCharacterSet").as_deref(), Some("ISO_IR 192"), "{said}");
        assert_eq!(text("PatientName").as_deref(), Some("Müller"), "{said}");
        let mut empty = set.clone();
        empty.set_bytes(&path("SpecificCharacterSet"), b"").unwrap();
        empty.set_bytes(&path("PatientName"), b"A").unwrap();
        assert!(to_json(&empty).unwrap().contains("ISO_IR 192"));
        let item =
            format!("{{\"00400275\":{{\"vr\":\"SQ\",\"Value\":[{{\"00080005\":{{{said}}},{name}}}]}}}}");
        let set = from_json(&item, Limits::IDENTIFIER).unwrap();
        let name = set.string(&path("RequestAttributesSequence[0].PatientName"), At::All).unwrap();
        assert_eq!(name.as_deref(), Some("Müller"), "{said}");
    }
    for said in [r#""vr":"SQ""#, r#""vr":"SQ","Value":[{}]"#, r#""vr":"LO","Value":["x"]"#] {
        let json = format!("{{\"00080005\":{{{said}}},{name}}}");
        let error = from_json(&json, Limits::IDENTIFIER).unwrap_err().to_string();
        assert!(error.contains("(0008,0005) has VR"), "{error}");
    }
}

#[test]
fn numbers_and_names_that_others_write_otherwise() {
    let number = |vr: &str, value: &str| {
        from_json(&format!("{{\"00091001\":{{\"vr\":\"{vr}\",\"Value\":[{value}]}}}}"), Limits::IDENTIFIER)
            .map(|set| set.string(&path("00091001"), At::All).unwrap().unwrap())
            .map_err(|error| error.to_string())
    };
    for (vr, value, text) in [
        ("US", "5.0", "5"),
        ("IS", "5.0", "5"),
        ("IS", "5e2", "500"),
        ("IS", "-7", "-7"),
        ("PN", r#"{"Alphabetic":"a","Phonetic":"c=d"}"#, "a==c=d"),
        // PS3.5 6.2: a DS has at most 16 characters.
        ("DS", "0.12345678901234567", "0.12345678901235"),
        ("DS", "0.1234567890123400", "0.12345678901234"),
        ("FD", "0.12345678901234567", "0.12345678901234566"),
        ("FL", "\"Infinity\"", "inf"),
    ] {
        assert_eq!(number(vr, value).as_deref(), Ok(text), "{vr} {value}");
    }
    for (vr, value, words) in [
        ("IS", "5.5", "\"5.5\" is not an integer of 32 bits"),
        ("FL", "1e300", "is larger than a value of VR FL can be"),
        ("FD", "1e400", "has it: number out of range"),
        ("DS", "1e400", "has it: number out of range"),
        ("FD", "\"1e400\"", "\"1e400\" is larger than a value of VR FD can be"),
        ("US", "1, null", "null is among several values, of which none can be empty in VR US"),
        ("FL", "null, null", "null is among several values, of which none can be empty in VR FL"),
        ("OB", "1", "has a Value, but VR OB has an InlineBinary"),
        (
            "LO",
            r#""a\u001bb""#,
            "has an ESC in \"a\\u{1b}b\", which begins escape sequences, and JSON has none",
        ),
        ("IS", "5e20", "\"5e20\" is not an integer of 32 bits"),
        ("PN", r#"{"Alphabetic":"a=b"}"#, "has an = in \"a=b\", which would make it two component groups"),
        ("PN", r#"{"Alphabetic":"a","Ideographic":"="}"#, "has an = in \"=\""),
    ] {
        let error = number(vr, value).unwrap_err();
        assert!(error.contains(words), "{error}");
    }
}

/// What is written is read again, whatever it is, as the bytes that it was.
#[test]
fn every_number_comes_back_as_it_was() {
    for (at, text, json) in [
        ("SeriesNumber", "1.5", "\"1.5\""),
        ("SeriesNumber", "3000000000", "\"3000000000\""),
        ("SeriesNumber", "1E3", "\"1E3\""),
        ("SeriesNumber", "-0", "\"-0\""),
        ("SeriesNumber", "+5", "\"+5\""),
        ("SeriesNumber", "-2147483648", "-2147483648"),
        ("PatientWeight", "0.12345678901234567", "\"0.12345678901234567\""),
        ("PatientWeight", "123456789012345678901234567890", "\"123456789012345678901234567890\""),
        ("PatientWeight", "9007199254740993", "\"9007199254740993\""),
        ("PatientWeight", "1E400", "\"1E400\""),
        ("PatientWeight", "1.", "\"1.\""),
        ("PatientWeight", "-0.50", "-0.50"),
        ("PatientWeight", "1e-400", "1e-400"),
        ("PatientWeight", "0.12345678901234", "0.12345678901234"),
        ("PatientName", "A==B", r#"{"Alphabetic":"A","Phonetic":"B"}"#),
        ("PatientName", "A=B=C=D", r#"{"Alphabetic":"A","Ideographic":"B","Phonetic":"C=D"}"#),
        ("StudyInstanceUID", "1.2.x", "\"1.2.x\""),
        ("PatientComments", "a\0b", r#""a\u0000b""#),
    ] {
        let mut set = DataSet::empty();
        set.set_bytes(&path(at), text.as_bytes()).unwrap();
        let written = to_json(&set).unwrap();
        assert!(written.ends_with(&format!("\"Value\":[{json}]}}}}")), "{written}");
        assert_eq!(from_json(&written, Limits::IDENTIFIER).unwrap(), set, "{written}");
    }
    let mut set = DataSet::empty();
    set.set_bytes(&path("SpecificCharacterSet"), b"ISO_IR 192").unwrap();
    let other = b"\x08\0\x05\0LO\x0A\0ISO_IR 192";
    let other = read(other, Encoding::of(&uids::EXPLICIT_VR_LITTLE_ENDIAN), Limits::IDENTIFIER).unwrap();
    assert_eq!(from_json(&to_json(&other).unwrap(), Limits::IDENTIFIER).unwrap(), set);
    let other = b"\x08\0\x05\0SQ\0\0\0\0\0\0";
    let other = read(other, Encoding::of(&uids::EXPLICIT_VR_LITTLE_ENDIAN), Limits::IDENTIFIER).unwrap();
    assert!(to_json(&other).unwrap_err().to_string().contains("(0008,0005) cannot be written as JSON"));
}

#[test]
fn bytes_get_an_even_length() {
    let set =
        from_json("{\"00091001\":{\"vr\":\"UN\",\"InlineBinary\":\"QUJD\"}}", Limits::IDENTIFIER).unwrap();
    assert_eq!(*set.bytes(&path("(0009,1001)")).unwrap().unwrap(), *b"ABC\0");
    let explicit = Encoding::of(&uids::EXPLICIT_VR_LITTLE_ENDIAN);
    let odd = read(b"\xE0\x7F\x10\0OW\0\0\x03\0\0\0ABC", explicit, Limits::IDENTIFIER).unwrap();
    let json = to_json(&odd).unwrap();
    assert_eq!(json, "{\"7FE00010\":{\"vr\":\"OW\",\"InlineBinary\":\"QUJDAA==\"}}");
    assert_eq!(to_json(&from_json(&json, Limits::IDENTIFIER).unwrap()).unwrap(), json);
    let odd = from_json(&json.replace("QUJDAA==", "QUJD"), Limits::IDENTIFIER).unwrap();
    assert_eq!(to_json(&odd).unwrap(), json);
    let uneven = read(b"\xE0\x7F\x08\0OF\0\0\x06\0\0\0ABCDEF", explicit, Limits::IDENTIFIER).unwrap();
    assert!(to_json(&uneven).unwrap_err().to_string().contains("values of VR OF have 4 bytes each"));
}

/// PS3.18 F.2.5: null is an empty value.
#[test]
fn null_alone_is_no_value() {
    for vr in ["US", "FL", "AT", "UV", "LO", "DS", "PN", "LT"] {
        let json = format!("{{\"00091001\":{{\"vr\":\"{vr}\",\"Value\":[null]}}}}");
        let set = from_json(&json, Limits::IDENTIFIER).unwrap();
        assert_eq!(set.count(&path("00091001")).unwrap(), Some(0), "{vr}");
    }
}

/// The VR is behind the values where keys are sorted, and what is passed over has VRs too.
#[test]
fn members_in_every_order() {
    let sorted = r#"{"00400275":{"Value":[{"00080100":{"Value":["A"],"vr":"SH"},"00400275":{"Value":[{"00280010":
        {"Value":[1],"vr":"US"}}],"vr":"SQ"}},null,{"00101030":{"Value":[72.50],"vr":"DS"}}],"vr":"SQ"}}"#;
    let usual = r#"{"00400275":{"vr":"SQ","Value":[{"00080100":{"vr":"SH","Value":["A"]},"00400275":{"vr":"SQ",
        "Value":[{"00280010":{"vr":"US","Value":[1]}}]}},null,{"00101030":{"vr":"DS","Value":[72.50]}}]}}"#;
    let set = from_json(sorted, Limits::IDENTIFIER).unwrap();
    assert_eq!(set, from_json(usual, Limits::IDENTIFIER).unwrap());
    assert_eq!(set.string(&path("00400275[2].00101030"), At::All).unwrap().as_deref(), Some("72.50"));
    let passed_over = r#"{"00080005":{"Value":[{"00280010":{"vr":"US"}},{"00280010":{"vr":"OB"}}],"vr":"CS"},
        "00100020":{"vr":"LO","Value":["A"]}}"#;
    let set = from_json(passed_over, Limits::IDENTIFIER).unwrap();
    assert_eq!(set.string(&path("PatientID"), At::All).unwrap().as_deref(), Some("A"));
    for (json, words) in [
        (r#"{"00100020":{"Value":["A"]}}"#, "(0010,0020) has no vr"),
        (r#"{"00100020":{"Value":["A"],"vr":"ZZ"}}"#, "(0010,0020) has the VR \"ZZ\", which the standard"),
        (r#"{"00100020":{"Value":["A"],"vr":"LO","vr":"SH"}}"#, "has it: vr is there twice at line 1"),
        (
            r#"{"00100020":{"Value":"A","vr":"LO"}}"#,
            "has it: invalid type: string \"A\", expected an array of values",
        ),
        (r#"{"00100020":{"Value":[["A"]],"vr":"LO"}}"#, "has it: invalid type: sequence, expected a string"),
        (
            r#"{"00400275":{"Value":[1],"vr":"SQ"}}"#,
            "has it: invalid type: integer `1`, expected an object of elements",
        ),
        (
            r#"{"00100020":5}"#,
            "has it: invalid type: integer `5`, expected an object with vr, and Value or InlineBinary",
        ),
        ("{} {}", "has it: trailing characters at line 1 column 4"),
    ] {
        let error = from_json(json, Limits::IDENTIFIER).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }
}
