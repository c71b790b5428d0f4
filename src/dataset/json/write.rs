//! A data set to DICOM JSON (PS3.18 F.2).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value as Json;

use super::super::data_set::{Context, DataSet};
use super::super::element::{Element, Value};
use super::super::tags;
use super::super::value::{self, Number, Unfit, float_of};
use super::super::vr::{self, Kind, VR};
use crate::error::{Cause, Error, Phase, Result};
use crate::types::Tag;

/// The data set as one JSON object. Refused by name is what it cannot hold: text that cannot be read, and encapsulated
/// pixel data.
pub fn to_json(set: &DataSet) -> Result<String> {
    let mut out = String::new();
    data_set(set, Context::default(), &mut out)?;
    Ok(out)
}

/// Sequences are in each other as far as a data set's may be, so it cannot go deeper than that.
fn data_set(set: &DataSet, outer: Context, out: &mut String) -> Result<()> {
    let context = outer.within(set);
    out.push('{');
    for (index, (tag, element)) in set.iter().enumerate() {
        let comma = if index == 0 { "" } else { "," };
        let vr = element.vr().as_str();
        let Tag { group, element: number } = tag;
        out.extend([format!("{comma}\"{group:04X}{number:04X}\":{{\"vr\":\"{vr}\"")]);
        self::element(*tag, element, context, out)?;
        out.push('}');
    }
    out.push('}');
    Ok(())
}

fn element(tag: Tag, element: &Element, context: Context, out: &mut String) -> Result<()> {
    match &element.value {
        Value::Fragments(_) => return Err(refused(tag, "encapsulated pixel data; remove it first")),
        Value::Items(items) => {
            if !items.is_empty() {
                out.push_str(",\"Value\":");
                list(items, out, |item, out| data_set(item, context, out))?;
            }
        }
        Value::Bytes(bytes) if bytes.is_empty() => {}
        Value::Bytes(_) if tag == tags::SPECIFIC_CHARACTER_SET => out.push_str(",\"Value\":[\"ISO_IR 192\"]"),
        Value::Bytes(bytes) if vr::kind(element.vr()) == Kind::Bytes => {
            out.push_str(",\"InlineBinary\":\"");
            STANDARD.encode_string(bytes, out);
            out.push('"');
        }
        Value::Bytes(bytes) => {
            let values = values(element, bytes, context).map_err(|unfit| {
                let (Unfit::Vr(words) | Unfit::Value(words)) = unfit;
                refused(tag, &words)
            })?;
            if !values.is_empty() {
                out.push_str(",\"Value\":");
                list(&values, out, |value, out| {
                    out.push_str(value);
                    Ok(())
                })?;
            }
        }
    }
    Ok(())
}

/// The values, each in JSON.
fn values(element: &Element, bytes: &[u8], context: Context) -> std::result::Result<Vec<String>, Unfit> {
    /// Up to there every integer is a number in every reader.
    const EXACT: u128 = 1 << 53;
    let vr = element.vr();
    if matches!(vr::kind(vr), Kind::Texts | Kind::Text) {
        let texts = context.texts(element, bytes).map_err(Unfit::Value)?;
        return Ok(texts.iter().map(|text| text_value(vr, text)).collect());
    }
    let numbers = (0..value::count(element, context)?).filter_map(|index| value::binary(vr, bytes, index));
    Ok(numbers
        .map(|number| match number {
            Number::Integer(integer) if integer.unsigned_abs() > EXACT => string(&integer.to_string()),
            Number::Integer(integer) => integer.to_string(),
            Number::Tag(Tag { group, element }) => format!("\"{group:04X}{element:04X}\""),
            Number::Float(float) if float.is_nan() => "\"NaN\"".to_owned(),
            Number::Float(float) if float.is_infinite() && float > 0.0 => "\"Infinity\"".to_owned(),
            Number::Float(float) if float.is_infinite() => "\"-Infinity\"".to_owned(),
            Number::Float(float) => value::float_text(vr, float),
        })
        .collect())
}

fn text_value(vr: VR, text: &str) -> String {
    match vr {
        _ if text.is_empty() => "null".to_owned(),
        VR::PN => person_name(text),
        VR::IS | VR::DS if is_json_number(text) => text.to_owned(),
        _ => string(text),
    }
}

/// Component groups (PS3.18 F.2.2); more than three are not defined, and stay with the last.
fn person_name(text: &str) -> String {
    let groups = ["Alphabetic", "Ideographic", "Phonetic"].into_iter().zip(text.splitn(3, '='));
    let members = groups.filter(|(_, group)| !group.is_empty());
    let members: Vec<String> = members.map(|(name, group)| format!("\"{name}\":{}", string(group))).collect();
    format!("{{{}}}", members.join(","))
}

/// Whether the text of a number is one in JSON, as it stands.
fn is_json_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text).as_bytes();
    let begins_well = matches!(digits, [b'0'] | [b'0', b'.' | b'e' | b'E', ..] | [b'1'..=b'9', ..]);
    begins_well && float_of(text).is_some() && serde_json::from_str::<serde_json::Number>(text).is_ok()
}

fn string(text: &str) -> String {
    Json::from(text).to_string()
}

fn list<T>(values: &[T], out: &mut String, one: impl Fn(&T, &mut String) -> Result<()>) -> Result<()> {
    for (index, value) in values.iter().enumerate() {
        out.push(if index == 0 { '[' } else { ',' });
        one(value, out)?;
    }
    out.push(']');
    Ok(())
}

fn refused(tag: Tag, words: &str) -> Error {
    Error::new(Phase::Queued, Cause::DataSet(format!("{tag} cannot be written as JSON: {words}")))
}
