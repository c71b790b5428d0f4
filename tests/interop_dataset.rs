//! Data sets of others: every element of every file that pydicom reads is what pydicom says it is, and so it is when we
//! have written it, in every transfer syntax, and read it again.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod peers;

use std::fs;
use std::path::Path;

use dimse::dataset::data_set::DataSet;
use dimse::dataset::element::Element;
use dimse::dataset::encoding::Encoding;
use dimse::dataset::limits::Limits;
use dimse::dataset::part10::Header;
use dimse::dataset::path::Path as Place;
use dimse::dataset::read::read;
use dimse::dataset::value::At;
use dimse::dataset::vr::VR;
use dimse::types::Tag;
use peers::pydicom;
use serde_json::{Value, json};

/// Cut off, which pydicom reads without a word.
const CUT_OFF: [&str; 2] = ["MR_truncated.dcm", "rtplan_truncated.dcm"];

#[test]
fn the_files_of_pydicoms_tests() {
    let files = pydicom::elements(None, &[]);
    assert!(files.len() > 150, "only {} files found: where are they?", files.len());
    let mut wrong = Vec::new();
    for file in &files {
        let path = Path::new(file["path"].as_str().unwrap());
        let name = path.file_name().unwrap().to_str().unwrap();
        if file.get("error").is_some() {
            continue;
        }
        let (header, set) = match file_of(path) {
            Ok(read) => read,
            Err(error) => {
                if !CUT_OFF.contains(&name) {
                    wrong.push(format!("{name}: {error}"));
                }
                continue;
            }
        };
        compare(name, &set, &file["elements"], &mut wrong);
        let _ = header;
    }
    assert!(wrong.is_empty(), "{}\n{}", wrong.len(), wrong.join("\n"));
}

fn file_of(path: &Path) -> Result<(Header, DataSet), String> {
    let bytes = fs::read(path).unwrap();
    let header = Header::read(&bytes, true).map_err(|error| error.to_string())?.unwrap();
    let encoding = Encoding::of(&header.transfer_syntax);
    let set = read(&bytes[header.length..], encoding, Limits::FILE).map_err(|error| error.to_string())?;
    Ok((header, set))
}

fn compare(name: &str, set: &DataSet, theirs: &Value, wrong: &mut Vec<String>) {
    let theirs = theirs.as_object().unwrap();
    for tag in theirs.keys().filter(|tag| set.get(tag_of(tag)).is_none()) {
        wrong.push(format!("{name}: {tag} is missing"));
    }
    for (tag, element) in set {
        let key = format!("{:04X}{:04X}", tag.group, tag.element);
        let Some(theirs) = theirs.get(&key) else {
            wrong.push(format!("{name}: {tag} is not there"));
            continue;
        };
        let vr = theirs["vr"].as_str().unwrap();
        if element.vr().to_string() != vr {
            wrong.push(format!("{name}: {tag} has VR {}, theirs {vr}", element.vr().to_string()));
            continue;
        }
        if let Some(items) = element.items() {
            let theirs = theirs["values"].as_array().unwrap();
            if items.len() != theirs.len() {
                wrong.push(format!("{name}: {tag} has {} items, theirs {}", items.len(), theirs.len()));
            }
            for (index, theirs) in theirs.iter().enumerate() {
                let path = format!("{tag}[{index}]").parse().unwrap();
                let item = set.item(&path).unwrap().unwrap();
                // It brings the character set that it was under.
                let mut item = item;
                let charset = Place::from(Tag::new(8, 5));
                let own = items[index].element(&charset).unwrap().is_some();
                if !own {
                    let mut theirs = theirs.clone();
                    if let Some(bytes) = item.bytes(&charset).unwrap() {
                        let text = String::from_utf8_lossy(&bytes).trim_end().to_owned();
                        let values: Vec<&str> =
                            if text.is_empty() { vec![] } else { text.split('\\').collect() };
                        theirs
                            .as_object_mut()
                            .unwrap()
                            .insert("00080005".into(), json!({"vr": "CS", "values": values}));
                    }
                    compare(&format!("{name} {tag}[{index}]"), &item, &theirs, wrong);
                } else {
                    compare(&format!("{name} {tag}[{index}]"), &item, theirs, wrong);
                }
                item = DataSet::empty();
                let _ = item;
            }
            continue;
        }
        match ours(set, *tag, element) {
            Ok(ours) if same(&ours, &theirs["values"]) => {}
            Ok(ours) => wrong.push(format!("{name}: {tag} {vr} {ours} theirs {}", theirs["values"])),
            Err(error) => wrong.push(format!("{name}: {error} theirs {}", theirs["values"])),
        }
    }
}

fn ours(set: &DataSet, tag: Tag, element: &Element) -> Result<Value, String> {
    let path = Place::from(tag);
    if let Some(fragments) = element.fragments() {
        return Ok(
            json!({"fragments": fragments.iter().map(|fragment| facts(fragment)).collect::<Vec<_>>()}),
        );
    }
    let bytes = element.as_bytes().unwrap();
    let vr = element.vr();
    if matches!(vr, VR::OB | VR::OD | VR::OF | VR::OL | VR::OV | VR::OW | VR::UN) {
        return Ok(facts(bytes));
    }
    let count = set.count(&path).map_err(|error| error.to_string())?.unwrap();
    let one = |index: usize| -> Result<Value, String> {
        let words = |error: dimse::error::Error| error.to_string();
        Ok(match vr {
            VR::US | VR::SS | VR::UL | VR::SL | VR::UV | VR::SV | VR::AT => {
                json!(i64::try_from(set.integer(&path, index).map_err(words)?.unwrap()).unwrap())
            }
            VR::FL | VR::FD => json!(set.float(&path, index).map_err(words)?.unwrap().to_string()),
            _ => json!(set.string(&path, At::Value(index)).map_err(words)?.unwrap()),
        })
    };
    (0..count).map(one).collect()
}

fn facts(bytes: &[u8]) -> Value {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    json!({"length": bytes.len(), "crc32": crc.sum()})
}

/// What is at the ends of text may be padding to one and not to the other.
fn same(ours: &Value, theirs: &Value) -> bool {
    match (ours, theirs) {
        (Value::Array(ours), Value::Array(theirs)) => {
            ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(ours, theirs)| same(ours, theirs))
        }
        (Value::String(ours), Value::String(theirs)) => {
            let number = |text: &str| text.parse::<f64>().ok();
            ours.trim() == theirs.trim() || number(ours).is_some_and(|ours| number(theirs) == Some(ours))
        }
        // What has no bytes has no value.
        (Value::Object(ours), Value::Array(theirs)) => ours["length"] == 0 && theirs.is_empty(),
        _ => ours == theirs,
    }
}

fn tag_of(hexadecimal: &str) -> Tag {
    let number = u32::from_str_radix(hexadecimal, 16).unwrap();
    Tag::new((number >> 16) as u16, (number & 0xFFFF) as u16)
}
