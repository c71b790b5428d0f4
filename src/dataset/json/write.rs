//! A data set to DICOM JSON (PS3.18 F.2).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value as Json;

use super::super::data_set::{Context, DataSet};
use super::super::element::{Element, Value};
use super::super::repertoire::not_a_value;
use super::super::set::padded;
use super::super::tags;
use super::super::value::{self, Number, Unfit};
use super::super::vr::{self, Kind, VR};
use super::super::write::uneven;
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
        // Some write it as something else, but text is what it is.
        let is_set = *tag == tags::SPECIFIC_CHARACTER_SET && element.as_bytes().is_some();
        let vr = if is_set { VR::CS } else { element.vr() }.as_str();
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
        Value::Items(_) if tag == tags::SPECIFIC_CHARACTER_SET => {
            return Err(refused(tag, "it is a sequence, and not of VR CS; remove it first"));
        }
        Value::Items(items) => {
            list(items, out, |item, out| data_set(item, context, out))?;
        }
        Value::Bytes(_) if tag == tags::SPECIFIC_CHARACTER_SET => out.push_str(",\"Value\":[\"ISO_IR 192\"]"),
        Value::Bytes(bytes) if bytes.is_empty() => {}
        // InlineBinary is little endian (PS3.18 F.2.7).
        Value::Bytes(_) if element.is_big_endian => {
            return Err(refused(
                tag,
                "it is of VR UN and from big endian, and its order of bytes is not known",
            ));
        }
        Value::Bytes(bytes) if vr::kind(element.vr()) == Kind::Bytes => {
            let (vr, unit) = (element.vr(), vr::unit(element.vr()));
            let is_odd = bytes.len() % 2 == 1;
            if !bytes.len().next_multiple_of(2).is_multiple_of(unit) {
                return Err(refused(tag, &uneven(vr, bytes, unit)));
            }
            out.push_str(",\"InlineBinary\":\"");
            if is_odd {
                STANDARD.encode_string(padded(vr, bytes.to_vec()), out);
            } else {
                STANDARD.encode_string(bytes, out);
            }
            out.push('"');
        }
        Value::Bytes(bytes) => {
            values(element, bytes, context, out).map_err(|unfit| {
                let (Unfit::Vr(words) | Unfit::Value(words)) = unfit;
                refused(tag, &words)
            })?;
        }
    }
    Ok(())
}

/// The values. Each goes to `out` as it is found: there may be as many as there are bytes.
fn values(
    element: &Element,
    bytes: &[u8],
    context: Context,
    out: &mut String,
) -> std::result::Result<(), Unfit> {
    let vr = element.vr();
    if matches!(vr::kind(vr), Kind::Texts | Kind::Text) {
        let texts = context.texts(element, bytes).map_err(Unfit::Value)?;
        return list(texts.iter(), out, |text, out| {
            text_value(vr, text, out);
            Ok(())
        });
    }
    let numbers = (0..value::count(element, context)?).filter_map(|index| value::binary(vr, bytes, index));
    list(numbers, out, |number, out| {
        out.push_str(&number_value(vr, number));
        Ok(())
    })
}

fn number_value(vr: VR, number: Number) -> String {
    /// Up to there every integer is a number in every reader.
    const EXACT: u128 = 1 << 53;
    match number {
        Number::Integer(integer) if integer.unsigned_abs() > EXACT => string(&integer.to_string()),
        Number::Integer(integer) => integer.to_string(),
        Number::Tag(Tag { group, element }) => format!("\"{group:04X}{element:04X}\""),
        Number::Float(float) if float.is_nan() => "\"NaN\"".to_owned(),
        Number::Float(float) if float.is_infinite() && float > 0.0 => "\"Infinity\"".to_owned(),
        Number::Float(float) if float.is_infinite() => "\"-Infinity\"".to_owned(),
        Number::Float(float) => value::float_text(vr, float),
    }
}

fn text_value(vr: VR, text: &str, out: &mut String) {
    match vr {
        _ if text.is_empty() => out.push_str("null"),
        VR::PN => out.push_str(&person_name(text)),
        VR::IS | VR::DS if is_json_number(vr, text) => out.push_str(text),
        _ => out.push_str(&string(text)),
    }
}

/// Component groups (PS3.18 F.2.2); more than three are not defined, and stay with the last.
fn person_name(text: &str) -> String {
    let groups = ["Alphabetic", "Ideographic", "Phonetic"].into_iter().zip(text.splitn(3, '='));
    let members = groups.filter(|(_, group)| !group.is_empty());
    let members: Vec<String> = members.map(|(name, group)| format!("\"{name}\":{}", string(group))).collect();
    format!("{{{}}}", members.join(","))
}

/// Whether the text of a number is one in JSON too, which every reader reads as this one, and [`from_json`] as this text.
///
/// [`from_json`]: super::from_json
fn is_json_number(vr: VR, text: &str) -> bool {
    /// So many digits a floating point number of 64 bits always holds.
    const EXACT: usize = 15;
    if vr == VR::IS {
        return text.parse().is_ok_and(|number: i32| number.to_string() == text);
    }
    let digits = text.strip_prefix('-').unwrap_or(text).as_bytes();
    let begins_well = matches!(digits, [b'0'] | [b'0', b'.' | b'e' | b'E', ..] | [b'1'..=b'9', ..]);
    begins_well
        && not_a_value(vr, text).is_none()
        && digits.iter().filter(|byte| byte.is_ascii_digit()).count() <= EXACT
        && serde_json::from_str::<serde_json::Number>(text).is_ok()
}

fn string(text: &str) -> String {
    Json::from(text).to_string()
}

/// The member of these values, where there is one.
fn list<T, E>(
    values: impl IntoIterator<Item = T>,
    out: &mut String,
    one: impl Fn(T, &mut String) -> std::result::Result<(), E>,
) -> std::result::Result<(), E> {
    let mut is_empty = true;
    for value in values {
        out.push_str(if is_empty { ",\"Value\":[" } else { "," });
        is_empty = false;
        one(value, out)?;
    }
    if !is_empty {
        out.push(']');
    }
    Ok(())
}

fn refused(tag: Tag, words: &str) -> Error {
    Error::new(Phase::Queued, Cause::DataSet(format!("{tag} cannot be written as JSON: {words}")))
}
