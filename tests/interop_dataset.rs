//! Data sets of others: every element of every file that pydicom reads is what pydicom says it is; and when we have
//! written it, in every transfer syntax and as JSON, it still is to both.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod peers;

use std::fs;
use std::path::{Path, PathBuf};

use dimse::dataset::data_set::DataSet;
use dimse::dataset::dictionary::{self, Entry};
use dimse::dataset::element::Element;
use dimse::dataset::encoding::Encoding;
use dimse::dataset::json::{from_json, to_json};
use dimse::dataset::limits::Limits;
use dimse::dataset::part10::{Header, NewHeader};
use dimse::dataset::path::Path as Place;
use dimse::dataset::read::read;
use dimse::dataset::tags;
use dimse::dataset::up_to::UpTo;
use dimse::dataset::value::At;
use dimse::dataset::vr::VR;
use dimse::dataset::write::write;
use dimse::net::implementation;
use dimse::types::{Tag, Uid};
use dimse::wire::uids;
use peers::{Folder, pydicom};
use serde_json::{Map, Value, json};

/// What pydicom reads without a word, and we with one.
const REFUSED: [(&str, &str); 4] = [
    ("MR_truncated.dcm", "at byte 1154, (7FE0,0010): its length is 8192, but 8130 bytes are left"),
    ("rtplan_truncated.dcm", "at byte 1110, (300A,00B0): its length is 976, but 711 bytes are left"),
    // An item that is longer than its sequence.
    ("DICOMDIR-nooffset", "at byte 10530, (FFFE,E000): its length is 248, but 224 bytes are left"),
    ("meta_missing_tsyntax.dcm", "its header has no Transfer Syntax UID (0002,0010)"),
];

/// What JSON has no place for: text that is none, and pixel data that are compressed.
const NO_JSON: [&str; 2] =
    ["the character set has no character with a code that", "encapsulated pixel data; remove it first"];

const SYNTAXES: [Uid; 4] = [
    uids::IMPLICIT_VR_LITTLE_ENDIAN,
    uids::EXPLICIT_VR_LITTLE_ENDIAN,
    uids::EXPLICIT_VR_BIG_ENDIAN,
    uids::DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
];

#[test]
fn the_files_of_pydicoms_tests() {
    let mut wrong = Vec::new();
    let mut refused = Vec::new();
    let files = readable(&pydicom::elements(None, &[]));
    for (path, theirs) in &files {
        let name = name(path);
        match data_set(path) {
            Ok((_, set)) => compare(name, &set, theirs, &mut wrong),
            Err(error) => refused.push((name.to_owned(), error)),
        }
    }
    for (name, error) in &refused {
        let words = REFUSED.iter().find(|(refused, _)| refused == name);
        if !words.is_some_and(|(_, words)| error.ends_with(words)) {
            wrong.push(format!("{name}: {error}"));
        }
    }
    assert!(wrong.is_empty(), "{}\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(refused.len(), REFUSED.len());
}

#[test]
fn up_to_a_tag() {
    let mut wrong = Vec::new();
    for (path, theirs) in &readable(&pydicom::elements(Some("00100020"), &[])) {
        let Ok((header, bytes)) = header(path) else { continue };
        let encoding = Encoding::of(&header.transfer_syntax);
        let mut part = UpTo::new(encoding, Some(Tag::new(0x0010, 0x0020)), Limits::FILE);
        let mut behind = bytes[header.length..].chunks(4096);
        while behind.next().is_some_and(|bytes| part.push(bytes).unwrap()) {}
        match part.finish() {
            Ok(set) => compare(name(path), &set, theirs, &mut wrong),
            Err(error) => assert!(REFUSED.iter().any(|(refused, _)| *refused == name(path)), "{error}"),
        }
    }
    assert!(wrong.is_empty(), "{}\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn what_we_write() {
    let folder = Folder::new("dataset");
    let (mut wrong, mut written) = (Vec::new(), Vec::new());
    for (number, (path, _)) in readable(&pydicom::elements(None, &[])).iter().enumerate() {
        let Ok((_, set)) = data_set(path) else { continue };
        let name = format!("{number:03}-{}", name(path));
        match to_json(&set) {
            Ok(json) => {
                let back = from_json(&json, Limits::FILE).unwrap();
                assert_eq!(to_json(&back).unwrap(), json, "{name}");
                let to = folder.path().join(format!("{name}.json"));
                fs::write(&to, json).unwrap();
                written.push((to, back));
            }
            Err(error) => {
                let error = error.to_string();
                let is_known = NO_JSON.iter().any(|words| error.contains(words));
                assert!(is_known && error.contains("cannot be written as JSON: "), "{name}: {error}");
            }
        }
        let encapsulated = set.get(tags::PIXEL_DATA).is_some_and(|pixels| pixels.fragments().is_some());
        let only = [uids::JPEG_BASELINE];
        for syntax in if encapsulated { &only[..] } else { &SYNTAXES } {
            let encoding = Encoding::of(syntax);
            let bytes = match write(&set, encoding) {
                Ok(bytes) => bytes,
                Err(error) => {
                    let words = ["UN", "encapsulated pixel data", "too long for its VR", "bytes each"];
                    assert!(words.iter().any(|words| error.to_string().contains(words)), "{name}: {error}");
                    continue;
                }
            };
            let back = read(&bytes, encoding, Limits::FILE).unwrap();
            assert_eq!(write(&back, encoding).unwrap(), bytes, "{name}, {syntax}");
            if bytes.len() < 300_000 {
                let to = folder.path().join(format!("{name}.{syntax}"));
                fs::write(&to, [new_header(syntax), bytes].concat()).unwrap();
                written.push((to, back));
            }
        }
    }
    let paths: Vec<&Path> = written.iter().map(|(path, _)| path.as_path()).collect();
    let theirs = pydicom::elements(None, &paths);
    for ((path, ours), theirs) in written.iter().zip(&theirs) {
        match theirs.get("elements") {
            Some(theirs) => compare(name(path), ours, theirs.as_object().unwrap(), &mut wrong),
            // An IS that is no number is a string to us.
            None if name(path).ends_with("badVR.dcm.json") => {}
            None => wrong.push(format!("{}: {theirs}", name(path))),
        }
    }
    assert!(wrong.is_empty(), "{}\n{}", wrong.len(), wrong.join("\n"));
    assert!(written.len() > 500, "only {} files written", written.len());
}

/// What ends the File Meta Information is found behind elements of every VR.
#[test]
fn headers_with_long_lengths() {
    let folder = Folder::new("long_lengths");
    pydicom::long_lengths(folder.path());
    for vr in ["OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"] {
        let path = folder.path().join(format!("{vr}.dcm"));
        let (header, set) = data_set(&path).unwrap();
        assert_eq!(header.transfer_syntax, uids::EXPLICIT_VR_LITTLE_ENDIAN, "{vr}");
        assert_eq!(
            (set.len(), set.string(&"PatientName".parse().unwrap(), At::All).unwrap().as_deref()),
            (3, Some("A^B")),
            "{vr}"
        );
    }
}

#[test]
fn the_data_dictionary() {
    let theirs = pydicom::dictionary();
    let mut wrong = Vec::new();
    let mut repeated = 0;
    for [tag, vr, keyword, name] in theirs.iter().filter(|[_, _, keyword, _]| !keyword.is_empty()) {
        let repeats = tag.contains('x');
        // Of those that repeat, some; groups with an odd number are private.
        let tags = ["0", "1", "2", "4", "A", "C"].iter().map(|x| tag.replace('x', x));
        for tag in tags.take(if repeats { 6 } else { 1 }) {
            let Some(ours) = dictionary::tag(keyword) else { continue };
            let tag = tag.parse::<Place>().unwrap().tag().unwrap();
            let is_other = if repeats { tag.group % 2 == 1 || tag.element == 0 } else { ours != tag };
            // Two with digits of their own are in between: Transform Label (0028,0400) and the like.
            if is_other || (repeats && (0x0400..=0x0404).contains(&tag.element) && tag.group == 0x0028) {
                continue;
            }
            repeated += usize::from(repeats);
            let ours =
                (dictionary::keyword(tag), dictionary::name(tag), dictionary::entry(tag).map(Entry::words));
            let is_vr =
                ours.2.is_some_and(|ours| vr == ours || (vr == "US or SS or OW" && ours.contains(" or ")));
            if ours.0 != Some(keyword) || ours.1.as_deref() != Some(name) || !is_vr {
                wrong.push(format!("{tag}: {ours:?}, theirs {keyword} {name} {vr}"));
            }
        }
    }
    assert!(repeated > 300, "only {repeated} that repeat");
    let known = theirs.iter().filter(|[_, _, keyword, _]| dictionary::tag(keyword).is_some()).count();
    assert!(known > 5000, "only {known} of {} are known", theirs.len());
    assert!(wrong.is_empty(), "{}\n{}", wrong.len(), wrong.join("\n"));
}

// ---- files ----------------------------------------------------------------------------------------------------------

/// The files that pydicom reads, and what is in them.
fn readable(files: &[Value]) -> Vec<(PathBuf, Map<String, Value>)> {
    let read = files.iter().filter_map(|file| {
        let path = PathBuf::from(file["path"].as_str()?);
        let elements = file.get("elements")?.as_object()?.clone();
        path.extension().is_none_or(|extension| extension != "json").then_some((path, elements))
    });
    let read: Vec<_> = read.collect();
    assert!(read.len() > 150, "only {} files found: where are they?", read.len());
    read
}

fn header(path: &Path) -> Result<(Header, Vec<u8>), String> {
    let bytes = fs::read(path).unwrap();
    let header = Header::read(&bytes, true).map_err(|error| error.to_string())?.unwrap();
    Ok((header, bytes))
}

fn data_set(path: &Path) -> Result<(Header, DataSet), String> {
    let (header, bytes) = header(path)?;
    let encoding = Encoding::of(&header.transfer_syntax);
    let set = read(&bytes[header.length..], encoding, Limits::FILE).map_err(|error| error.to_string())?;
    Ok((header, set))
}

fn new_header(syntax: &Uid) -> Vec<u8> {
    let header = NewHeader {
        sop_class: &Uid::from_static("1.2.840.10008.5.1.4.1.1.7"),
        sop_instance: &Uid::from_static("1.2.3"),
        transfer_syntax: syntax,
        implementation_class: &implementation::CLASS,
        implementation_version: implementation::VERSION,
        source: None,
    };
    header.encode()
}

fn name(path: &Path) -> &str {
    path.file_name().unwrap().to_str().unwrap()
}

// ---- element by element ---------------------------------------------------------------------------------------------

fn compare(name: &str, set: &DataSet, theirs: &Map<String, Value>, wrong: &mut Vec<String>) {
    let key = |tag: &Tag| format!("{:04X}{:04X}", tag.group, tag.element);
    for tag in theirs.keys().filter(|theirs| !set.iter().any(|(tag, _)| key(tag) == **theirs)) {
        wrong.push(format!("{name}: {tag} is missing"));
    }
    for (tag, element) in set {
        let Some(theirs) = theirs.get(&key(tag)) else {
            wrong.push(format!("{name}: {tag} is not there"));
            continue;
        };
        let (ours, vr) = (element.vr().as_str(), theirs["vr"].as_str().unwrap());
        if ours != vr {
            // pydicom knows the private elements of many.
            if !(tag.group % 2 == 1 && ours == "UN") {
                wrong.push(format!("{name}: {tag} has VR {ours}, theirs {vr}"));
            }
            continue;
        }
        if let Some(items) = element.items() {
            compare_items(&format!("{name} {tag}"), set, *tag, items, &theirs["values"], wrong);
            continue;
        }
        match values(set, *tag, element) {
            Ok(ours) if same(&ours, &theirs["values"]) => {}
            Ok(ours) => wrong.push(format!("{name}: {tag} {vr} {ours} theirs {}", theirs["values"])),
            Err(error) => wrong.push(format!("{name}: {error} theirs {}", theirs["values"])),
        }
    }
}

fn compare_items(
    name: &str,
    set: &DataSet,
    tag: Tag,
    items: &[DataSet],
    theirs: &Value,
    wrong: &mut Vec<String>,
) {
    let theirs = theirs.as_array().unwrap();
    if items.len() != theirs.len() {
        wrong.push(format!("{name} has {} items, theirs {}", items.len(), theirs.len()));
    }
    for (index, (theirs, within)) in theirs.iter().zip(items).enumerate() {
        let mut theirs = theirs.as_object().unwrap().clone();
        let item = set.item(&format!("{tag}[{index}]").parse().unwrap()).unwrap().unwrap();
        // It brings along the character set that it was under.
        if let (None, Some(brought)) =
            (within.get(tags::SPECIFIC_CHARACTER_SET), item.get(tags::SPECIFIC_CHARACTER_SET))
        {
            let values = values(&item, tags::SPECIFIC_CHARACTER_SET, brought).unwrap();
            theirs.insert("00080005".to_owned(), json!({"vr": "CS", "values": values}));
        }
        compare(&format!("{name}[{index}]"), &item, &theirs, wrong);
    }
}

fn values(set: &DataSet, tag: Tag, element: &Element) -> Result<Value, String> {
    let path = Place::from(tag);
    if let Some(fragments) = element.fragments() {
        return Ok(
            json!({"fragments": fragments.iter().map(|fragment| facts(fragment)).collect::<Vec<_>>()}),
        );
    }
    if matches!(element.vr(), VR::OB | VR::OD | VR::OF | VR::OL | VR::OV | VR::OW | VR::UN) {
        return Ok(facts(element.as_bytes().unwrap()));
    }
    let words = |error: dimse::error::Error| error.to_string();
    let one = |index: usize| -> Result<Value, String> {
        Ok(match element.vr() {
            VR::US | VR::SS | VR::UL | VR::SL | VR::UV | VR::SV | VR::AT => {
                json!(i64::try_from(set.integer(&path, index).map_err(words)?.unwrap()).unwrap())
            }
            VR::FL | VR::FD => json!(set.float(&path, index).map_err(words)?.unwrap().to_string()),
            _ => json!(set.string(&path, At::Value(index)).map_err(words)?.unwrap()),
        })
    };
    (0..set.count(&path).map_err(words)?.unwrap()).map(one).collect()
}

fn facts(bytes: &[u8]) -> Value {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    json!({"length": bytes.len(), "crc32": crc.sum()})
}

fn same(ours: &Value, theirs: &Value) -> bool {
    match (ours, theirs) {
        (Value::Array(ours), Value::Array(theirs)) => {
            ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(ours, theirs)| same(ours, theirs))
        }
        // What is at the ends of text may be padding to one and not to the other. In JSON an FL has the digits that it
        // needs, and an IS is a number.
        (Value::String(ours), theirs) => {
            let theirs = theirs.as_str().map_or_else(|| theirs.to_string(), str::to_owned);
            let number = |text: &str| text.trim().parse::<f32>().ok();
            ours.trim() == theirs.trim() || number(ours).is_some_and(|ours| number(&theirs) == Some(ours))
        }
        // What has no bytes has no value.
        (Value::Object(ours), Value::Array(theirs)) => ours["length"] == 0 && theirs.is_empty(),
        _ => ours == theirs,
    }
}
