//! Bytes, or JSON, to a data set in memory. An input: how it is written, how it comes, the path and the text of a setter,
//! the data set.

use dimse::dataset::data_set::DataSet;
use dimse::dataset::encoding::{Elements, Encoding};
use dimse::dataset::json::{from_json, to_json};
use dimse::dataset::limits::Limits;
use dimse::dataset::path::Path;
use dimse::dataset::read::read;
use dimse::dataset::up_to::UpTo;
use dimse::dataset::value::At;
use dimse::dataset::write::write;
use dimse::types::Tag;

use crate::scan;
use crate::script::Script;

/// What is read can be written and read again; it is the same however it comes; every value can be asked for in every
/// way; and a setter that fails has changed nothing.
pub fn run(input: &[u8]) {
    let mut script = Script::new(input);
    let how = script.number();
    let lengths = script.counted();
    let path = script.counted();
    let text = String::from_utf8_lossy(script.counted()).into_owned();
    let path = std::str::from_utf8(path).ok().and_then(|path| path.parse::<Path>().ok());
    let rest = script.rest();
    let set = if how == JSON { of_json(rest) } else { of_bytes(encoding(how), lengths, rest) };
    let Some(set) = set else { return };
    look_at(&set);
    if let Some(path) = path {
        change(&set, &path, &text);
    }
    for how in 0..WAYS {
        let encoding = encoding(how);
        let Ok(written) = write(&set, encoding) else { continue };
        let again = read(&written, encoding, NO_LIMITS).expect("what was written can be read");
        assert_eq!(write(&again, encoding).expect("and written"), written);
    }
    if let Ok(json) = to_json(&set) {
        let again = from_json(&json, NO_LIMITS).expect("JSON of ours is read");
        let twice = to_json(&again).expect("what came of JSON is JSON");
        assert_eq!(from_json(&twice, NO_LIMITS).expect("and is read"), again);
    }
}

/// Every seed of the scanner, its data set in every encoding; paths and texts; JSON.
#[must_use]
pub fn seeds() -> Vec<Vec<u8>> {
    let script: &[u8] = b"\x02\x01\x09\x2DRequestAttributesSequence[0].(0040,\"A\",10)\x05M\xC3\xBCll";
    let json: &[u8] = br#"{"00080005":{"vr":"CS","Value":["ISO_IR 192"]},"00081140":{"vr":"SQ","Value":[{"00100010":
        {"vr":"PN","Value":[{"Alphabetic":"A","Phonetic":"B"},null]}}]},"00101030":{"vr":"DS","Value":[72.5,"1"]},
        "00280010":{"vr":"US","Value":[1]},"7FE00010":{"vr":"OW","InlineBinary":"AAEC"}}"#;
    let mut seeds: Vec<Vec<u8>> = scan::seeds()
        .into_iter()
        .map(|seed| {
            let mut of_scan = Script::new(&seed);
            let how = of_scan.number() % 3;
            of_scan.counted();
            of_scan.counted();
            [&[how], script, of_scan.rest()].concat()
        })
        .collect();
    seeds.push([&[JSON], script, json].concat());
    seeds
}

/// The first byte of an input that is JSON.
const JSON: u8 = 255;
/// As many encodings.
const WAYS: u8 = 12;
const NO_LIMITS: Limits = Limits { bytes: usize::MAX, elements: usize::MAX };
const LIMITS: Limits = Limits { bytes: 64 * 1024, elements: 1000 };

fn encoding(how: u8) -> Encoding {
    let elements = match how % 3 {
        0 => Elements::ImplicitLittleEndian,
        1 => Elements::ExplicitLittleEndian,
        _ => Elements::ExplicitBigEndian,
    };
    // As transfer syntaxes have it, pixel data is encapsulated where elements are explicit in little endian.
    let encapsulated = how / 6 % 2 == 1 && elements == Elements::ExplicitLittleEndian;
    Encoding { elements, deflated: how / 3 % 2 == 1, encapsulated }
}

fn of_json(bytes: &[u8]) -> Option<DataSet> {
    std::str::from_utf8(bytes).ok().and_then(|text| from_json(text, LIMITS).ok())
}

fn of_bytes(encoding: Encoding, lengths: &[u8], bytes: &[u8]) -> Option<DataSet> {
    let whole = read(bytes, encoding, LIMITS);
    let words = |read: &dimse::error::Result<DataSet>| read.as_ref().err().map(ToString::to_string);
    let in_pieces = piecewise(encoding, None, lengths, bytes);
    assert_eq!(words(&in_pieces), words(&whole), "in pieces");
    assert_eq!(in_pieces.ok(), whole.as_ref().ok().cloned());
    let before = Tag::new(0x0010, 0x0020);
    if let (Ok(front), Ok(whole)) = (piecewise(encoding, Some(before), lengths, bytes), &whole) {
        // Elements may be out of order: then there are more of them behind it.
        assert!(
            front
                .iter()
                .all(|(tag, element)| *tag < before
                    && whole.get(*tag).is_some_and(|it| it.vr() == element.vr()))
        );
    }
    whole.ok()
}

fn piecewise(
    encoding: Encoding,
    before: Option<Tag>,
    lengths: &[u8],
    bytes: &[u8],
) -> dimse::error::Result<DataSet> {
    let mut part = UpTo::new(encoding, before, LIMITS);
    // How it is really written is told by its first element, which the first piece must hold.
    let (first, mut rest) = bytes.split_at(bytes.len().min(4096));
    let mut wants_more = part.push(first)?;
    let mut lengths = lengths.iter().map(|length| usize::from(*length).max(1)).cycle();
    while wants_more && !rest.is_empty() {
        let (piece, behind) = rest.split_at(lengths.next().unwrap_or(rest.len()).min(rest.len()));
        wants_more = part.push(piece)?;
        rest = behind;
    }
    part.finish()
}

fn look_at(set: &DataSet) {
    for (tag, element) in set {
        let path = Path::from(*tag);
        let count = set.count(&path);
        for at in [At::All, At::Value(0), At::Value(usize::MAX)] {
            let _ = set.string(&path, at);
        }
        for index in [0, 1, usize::MAX] {
            let _ = (set.integer(&path, index), set.float(&path, index), set.fragment(&path, index));
        }
        let _ = set.bytes(&path);
        for index in 0..element.items().map_or(0, <[_]>::len) {
            assert!(matches!(count, Ok(Some(count)) if count > index));
            let item = set.item(&format!("{tag}[{index}]").parse().unwrap()).unwrap();
            look_at(&item.expect("an item that was counted"));
        }
    }
}

fn change(set: &DataSet, path: &Path, text: &str) {
    let mut changed = set.clone();
    for at in [At::All, At::Value(0), At::Value(1)] {
        let before = changed.clone();
        if changed.set_string(path, at, text).is_err() {
            assert_eq!(changed, before, "refused, and changed");
        }
        let before = changed.clone();
        if changed.set_integer(path, at, i128::MAX).is_err() {
            assert_eq!(changed, before, "refused, and changed");
        }
    }
    let before = changed.clone();
    if changed.append_item(path, set).is_err() {
        assert_eq!(changed, before, "refused, and changed");
    }
    if changed.set_bytes(path, text.as_bytes()).is_ok() {
        assert!(changed.bytes(path).unwrap().unwrap().starts_with(text.as_bytes()));
        assert!(
            changed.remove(path).is_ok_and(|was_there| was_there) || path.to_string().contains("(0008,0005)")
        );
    }
}
