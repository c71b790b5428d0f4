//! Values of elements as text and numbers, and the other way round (PS3.5 6.2).

use super::data_set::Context;
use super::element::{Element, Value};
use super::text::shown_text;
use super::vr::{self, Kind, VR};
use crate::types::Tag;

/// Which of the values of an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
    /// All of them; as text with a backslash between each two.
    All,
    /// One, counted from 0.
    Value(usize),
}

/// A binary value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Number {
    Integer(i128),
    Float(f64),
    Tag(Tag),
}

/// Why a value is not what it was asked for as.
pub(super) enum Unfit {
    /// Values of this VR never are.
    Vr(String),
    /// This one is not.
    Value(String),
}

/// How many values there are: items of a sequence, fragments of encapsulated pixel data.
pub(super) fn count(element: &Element, context: Context) -> Result<usize, Unfit> {
    let bytes = match &element.value {
        Value::Items(items) => return Ok(items.len()),
        Value::Fragments(fragments) => return Ok(fragments.len()),
        Value::Bytes(bytes) => bytes,
    };
    match vr::kind(element.vr) {
        Kind::Texts | Kind::Text => Ok(context.texts(element, bytes).map_err(Unfit::Value)?.count()),
        Kind::Bytes | Kind::Sequence => Ok(usize::from(!bytes.is_empty())),
        Kind::Integers { size, .. } | Kind::Floats { size } => whole(element.vr, bytes, size),
        Kind::Tags => whole(element.vr, bytes, 4),
    }
}

/// The values as text; `None` where there are not as many.
pub(super) fn text(element: &Element, context: Context, at: At) -> Result<Option<String>, Unfit> {
    let vr = element.vr;
    let bytes = bytes_of(element, "text")?;
    match vr::kind(vr) {
        Kind::Texts | Kind::Text => {
            let texts = context.texts(element, bytes).map_err(Unfit::Value)?;
            Ok(match at {
                At::All => joined(texts.iter(), |text, out| out.push_str(text)),
                At::Value(index) => texts.iter().nth(index).map(str::to_owned),
            })
        }
        Kind::Bytes | Kind::Sequence => Err(not(vr, "text; read its bytes")),
        Kind::Integers { .. } | Kind::Floats { .. } | Kind::Tags => {
            let numbers = (0..count(element, context)?).filter_map(|index| binary(vr, bytes, index));
            Ok(match at {
                At::All => joined(numbers, |number, out| out.push_str(&number.text(vr))),
                At::Value(index) => binary(vr, bytes, index).map(|number| number.text(vr)),
            })
        }
    }
}

/// Values with a backslash between each two; `None` of none.
pub(super) fn joined<T>(values: impl Iterator<Item = T>, push: impl Fn(T, &mut String)) -> Option<String> {
    let mut out = None;
    for value in values {
        match &mut out {
            None => push(value, out.insert(String::new())),
            Some(out) => {
                out.push('\\');
                push(value, out);
            }
        }
    }
    out
}

/// The value at `index` as an integer; `None` where there are not as many.
pub(super) fn integer(element: &Element, context: Context, index: usize) -> Result<Option<i128>, Unfit> {
    let vr = element.vr;
    match vr::kind(vr) {
        Kind::Integers { .. } | Kind::Tags => {
            let bytes = bytes_of(element, "integers")?;
            count(element, context)?;
            Ok(match binary(vr, bytes, index) {
                Some(Number::Integer(value)) => Some(value),
                Some(Number::Tag(Tag { group, element })) => {
                    Some(i128::from(group) * 0x1_0000 + i128::from(element))
                }
                _ => None,
            })
        }
        _ if vr == VR::IS || vr == VR::DS => {
            let Some(text) = text(element, context, At::Value(index))? else { return Ok(None) };
            integer_of(&text)
                .map(Some)
                .ok_or_else(|| Unfit::Value(format!("{} is no integer", shown_text(&text))))
        }
        _ => Err(not(vr, "integers")),
    }
}

/// The value at `index` as a floating point number; `None` where there are not as many.
pub(super) fn float(element: &Element, context: Context, index: usize) -> Result<Option<f64>, Unfit> {
    let vr = element.vr;
    match vr::kind(vr) {
        Kind::Integers { .. } | Kind::Floats { .. } => {
            let bytes = bytes_of(element, "numbers")?;
            count(element, context)?;
            Ok(binary(vr, bytes, index).and_then(Number::float))
        }
        _ if vr == VR::IS || vr == VR::DS => {
            let Some(text) = text(element, context, At::Value(index))? else { return Ok(None) };
            float_of(&text)
                .map(Some)
                .ok_or_else(|| Unfit::Value(format!("{} is no number", shown_text(&text))))
        }
        _ => Err(not(vr, "numbers")),
    }
}

/// All values as floating point numbers.
pub(super) fn floats(element: &Element, context: Context) -> Result<Vec<f64>, Unfit> {
    let vr = element.vr;
    if vr == VR::IS || vr == VR::DS {
        let number = |text: &str| {
            float_of(text).ok_or_else(|| Unfit::Value(format!("{} is no number", shown_text(text))))
        };
        let bytes = bytes_of(element, "numbers")?;
        return context.texts(element, bytes).map_err(Unfit::Value)?.iter().map(number).collect();
    }
    let count = count(element, context)?;
    (0..count).filter_map(|index| float(element, context, index).transpose()).collect()
}

/// The binary value at `index`, where it is there.
pub(super) fn binary(vr: VR, bytes: &[u8], index: usize) -> Option<Number> {
    let size = match vr::kind(vr) {
        Kind::Integers { size, .. } | Kind::Floats { size } => size,
        Kind::Tags => 4,
        _ => return None,
    };
    let begin = index.checked_mul(size)?;
    let value = bytes.get(begin..begin.checked_add(size)?)?;
    let two = || value.try_into().ok();
    let four = || value.try_into().ok();
    let eight = || value.try_into().ok();
    Some(match vr {
        VR::US => Number::Integer(u16::from_le_bytes(two()?).into()),
        VR::SS => Number::Integer(i16::from_le_bytes(two()?).into()),
        VR::UL => Number::Integer(u32::from_le_bytes(four()?).into()),
        VR::SL => Number::Integer(i32::from_le_bytes(four()?).into()),
        VR::UV => Number::Integer(u64::from_le_bytes(eight()?).into()),
        VR::SV => Number::Integer(i64::from_le_bytes(eight()?).into()),
        VR::FL => Number::Float(f32::from_le_bytes(four()?).into()),
        VR::FD => Number::Float(f64::from_le_bytes(eight()?)),
        _ => {
            let [a, b, c, d] = four()?;
            Number::Tag(Tag::new(u16::from_le_bytes([a, b]), u16::from_le_bytes([c, d])))
        }
    })
}

impl Number {
    fn text(self, vr: VR) -> String {
        match self {
            Self::Integer(value) => value.to_string(),
            Self::Float(value) => float_text(vr, value),
            Self::Tag(tag) => tag.to_string(),
        }
    }

    #[allow(
        clippy::as_conversions,
        clippy::cast_precision_loss,
        reason = "the nearest one is what is asked for"
    )]
    fn float(self) -> Option<f64> {
        match self {
            Self::Integer(value) => Some(value as f64),
            Self::Float(value) => Some(value),
            Self::Tag(_) => None,
        }
    }
}

/// The shortest text that reads as the same number of this VR.
pub(super) fn float_text(vr: VR, value: f64) -> String {
    if vr == VR::FL { format!("{:?}", narrow(value)) } else { format!("{value:?}") }
}

/// As an FL has it.
#[allow(clippy::as_conversions, clippy::cast_possible_truncation, reason = "the nearest one, or infinity")]
pub(super) fn narrow(value: f64) -> f32 {
    value as f32
}

/// The integer that a decimal or integer string is.
pub(super) fn integer_of(text: &str) -> Option<i128> {
    let text = text.trim_matches(' ');
    if let Ok(value) = text.parse() {
        return Some(value);
    }
    let value = float_of(text)?;
    // Beyond that not every integer is a floating point number.
    let is_integer = value.fract() == 0.0 && value.abs() <= 9_007_199_254_740_992.0;
    #[allow(clippy::as_conversions, clippy::cast_possible_truncation, reason = "it is an integer in range")]
    is_integer.then_some(value as i128)
}

/// The number that a decimal or integer string is.
pub(super) fn float_of(text: &str) -> Option<f64> {
    let text = text.trim_matches(' ');
    // What Rust reads besides, "inf" and the like, has other letters.
    let is_number = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'));
    text.parse().ok().filter(|value: &f64| is_number && value.is_finite())
}

/// The bytes of these binary integers or tags.
pub(super) fn integer_bytes(vr: VR, value: i128) -> Result<Vec<u8>, Unfit> {
    fn fitting<T: TryFrom<i128>>(vr: VR, value: i128) -> Result<T, Unfit> {
        let vr = vr.as_str();
        T::try_from(value).map_err(|_| Unfit::Value(format!("{value} does not fit into a value of VR {vr}")))
    }
    Ok(match vr {
        VR::US => fitting::<u16>(vr, value)?.to_le_bytes().to_vec(),
        VR::SS => fitting::<i16>(vr, value)?.to_le_bytes().to_vec(),
        VR::UL => fitting::<u32>(vr, value)?.to_le_bytes().to_vec(),
        VR::SL => fitting::<i32>(vr, value)?.to_le_bytes().to_vec(),
        VR::UV => fitting::<u64>(vr, value)?.to_le_bytes().to_vec(),
        VR::SV => fitting::<i64>(vr, value)?.to_le_bytes().to_vec(),
        VR::AT => {
            let [a, b, c, d] = fitting::<u32>(vr, value)?.to_be_bytes();
            vec![b, a, d, c]
        }
        VR::IS => fitting::<i32>(vr, value)?.to_string().into_bytes(),
        VR::DS if value.to_string().len() <= LONGEST_DS => value.to_string().into_bytes(),
        VR::DS => return Err(Unfit::Value(format!("{value} has more than {LONGEST_DS} characters"))),
        VR::FL | VR::FD => {
            let float = Number::Integer(value).float().unwrap_or_default();
            let stored = if vr == VR::FL { narrow(float).into() } else { float };
            if !is_exactly(stored, value) {
                let vr = vr.as_str();
                return Err(Unfit::Value(format!("{value} has more digits than a value of VR {vr} holds")));
            }
            return float_bytes(vr, float);
        }
        _ => return Err(not(vr, "integers")),
    })
}

/// The bytes of this floating point number, the nearest that there is of this VR; a decimal string has as many digits as
/// its 16 characters hold.
pub(super) fn float_bytes(vr: VR, value: f64) -> Result<Vec<u8>, Unfit> {
    match vr {
        VR::FL if value.is_finite() && narrow(value).is_infinite() => Err(too_large(vr, &value)),
        VR::FL => Ok(narrow(value).to_le_bytes().to_vec()),
        VR::FD => Ok(value.to_le_bytes().to_vec()),
        VR::DS if value.is_finite() => Ok(decimal_string(value).into_bytes()),
        VR::DS => Err(Unfit::Value(format!("{value} is no number that a value of VR DS can be"))),
        _ => Err(not(vr, "floating point numbers")),
    }
}

/// The bytes of a text in a binary VR: a number, or a tag.
pub(super) fn binary_of_text(vr: VR, text: &str) -> Result<Vec<u8>, Unfit> {
    let text = text.trim_matches(' ');
    let wrong = |what: &str| {
        let (text, vr) = (shown_text(text), vr.as_str());
        Unfit::Value(format!("{text} is no {what}, as values of VR {vr} are"))
    };
    match vr::kind(vr) {
        Kind::Integers { .. } => integer_bytes(vr, text.parse().map_err(|_| wrong("integer"))?),
        Kind::Floats { .. } => {
            let value: f64 = text.parse().map_err(|_| wrong("number"))?;
            // Infinity itself has no digits.
            if value.is_infinite() && text.bytes().any(|byte| byte.is_ascii_digit()) {
                return Err(too_large(vr, &shown_text(text)));
            }
            float_bytes(vr, value)
        }
        Kind::Tags => {
            let path = text.parse::<super::path::Path>().map_err(|_| wrong("tag"))?;
            let Tag { group, element } = path.tag().ok_or_else(|| wrong("tag"))?;
            integer_bytes(vr, i128::from(group) * 0x1_0000 + i128::from(element))
        }
        _ => Err(not(vr, "text; set its bytes")),
    }
}

/// With as many digits as there is room for: of all ways to write it the one that is nearest. No more of them are tried
/// than can be it, since there may be a million numbers.
fn decimal_string(value: f64) -> String {
    let scientific = format!("{value:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    // Beyond that there is no room for it without an exponent.
    let integer_digits = exponent.parse().ok().filter(|exponent: &i32| exponent.abs() < 16);
    let integer_digits = integer_digits.map(|exponent| usize::try_from(exponent).unwrap_or(0) + 1);
    if integer_digits.is_some() {
        let plain = value.to_string();
        if plain.len() <= LONGEST_DS {
            return plain;
        }
    }
    if scientific.len() <= LONGEST_DS {
        return scientific;
    }
    let sign = usize::from(digits.starts_with('-'));
    // What is left behind the point, which needs room itself.
    let behind = |taken: usize| LONGEST_DS.saturating_sub(sign + taken + 1);
    let precision = behind(1 + 1 + exponent.len());
    let rounded = (0..=precision).rev().find_map(|precision| {
        let rounded = format!("{value:.precision$e}");
        // The largest numbers, rounded up, are none: they need fewer digits.
        let is_finite = float_of(&rounded).is_some();
        let (digits, exponent) = rounded.split_once('e').filter(|_| is_finite)?;
        Some(format!("{}e{exponent}", short(digits)))
    });
    let plain = integer_digits.map(|digits| {
        let precision = behind(digits);
        short(&format!("{value:.precision$}")).to_owned()
    });
    let fitting = plain.into_iter().chain(rounded).filter(|text| text.len() <= LONGEST_DS);
    let distance = |text: &String| text.parse().map_or(f64::INFINITY, |read: f64| (read - value).abs());
    fitting.min_by(|one, other| distance(one).total_cmp(&distance(other))).unwrap_or_default()
}

/// Without zeros that say nothing, which rounding up makes too.
fn short(digits: &str) -> &str {
    if digits.contains('.') { digits.trim_end_matches('0').trim_end_matches('.') } else { digits }
}

/// Whether the number is this integer, and not the nearest to it.
#[allow(clippy::as_conversions, clippy::cast_possible_truncation, reason = "what is set has 64 bits")]
fn is_exactly(float: f64, integer: i128) -> bool {
    float as i128 == integer
}

fn too_large(vr: VR, value: &dyn std::fmt::Display) -> Unfit {
    Unfit::Value(format!("{value} is larger than a value of VR {} can be", vr.as_str()))
}

const LONGEST_DS: usize = 16;

fn whole(vr: VR, bytes: &[u8], size: usize) -> Result<usize, Unfit> {
    if bytes.len().is_multiple_of(size) {
        return Ok(bytes.len() / size);
    }
    let (vr, length) = (vr.as_str(), bytes.len());
    Err(Unfit::Value(format!("it has {length} bytes, but values of VR {vr} have {size} each")))
}

pub(super) fn bytes_of<'a>(element: &'a Element, what: &str) -> Result<&'a [u8], Unfit> {
    match &element.value {
        Value::Bytes(bytes) => Ok(bytes),
        Value::Items(_) => Err(not(VR::SQ, what)),
        Value::Fragments(_) => Err(Unfit::Vr(format!("it is encapsulated pixel data and holds no {what}"))),
    }
}

fn not(vr: VR, what: &str) -> Unfit {
    Unfit::Vr(format!("its VR is {}, which holds no {what}", vr.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Of every way to write it that fits, the nearest.
    fn nearest(value: f64) -> String {
        let plain = (0..16).map(|digits| format!("{value:.digits$}"));
        let scientific = (0..16).map(|digits| format!("{value:.digits$e}"));
        let shortest = [format!("{value}"), format!("{value:e}")];
        let fitting = shortest.into_iter().chain(plain).chain(scientific).filter(|text| text.len() <= 16);
        fitting.min_by(|one, other| distance(one, value).total_cmp(&distance(other, value))).unwrap()
    }

    fn distance(text: &str, value: f64) -> f64 {
        (text.parse::<f64>().unwrap() - value).abs()
    }

    fn is_nearest(value: f64) {
        let (text, nearest) = (decimal_string(value), nearest(value));
        assert!(text.len() <= 16, "{text}");
        // Which of two is nearer is itself known to the last bit only.
        let bit = value.abs() * f64::EPSILON;
        assert!(distance(&text, value) <= distance(&nearest, value) + bit, "{text}, {nearest} of {value:e}");
    }

    #[test]
    fn decimal_strings_at_the_borders() {
        for (value, expected) in [
            (0.0, "0"),
            (-0.0, "-0"),
            (0.300_000_000_000_000_04, "0.3"),
            (1e16, "1e16"),
            (1.234_567_890_123_456_7e300, "1.2345678901e300"),
            (-1.234_567_890_123_456_7e-300, "-1.23456789e-300"),
            (9.999_999_999_999_998, "10"),
            (9.999_999_999_999_999e99, "1e100"),
            (-999_999_999_999_999.9, "-1e15"),
            (f64::MAX, "1.79769313e308"),
            (f64::MIN_POSITIVE, "2.225073859e-308"),
        ] {
            assert_eq!(decimal_string(value), expected);
            is_nearest(value);
        }
        for exponent in -330..=307 {
            for digits in ["1", "-1", "9.999999999999999", "-9.999999999999999", "1.2345678901234567", "5.5"]
            {
                is_nearest(format!("{digits}e{exponent}").parse().unwrap());
            }
        }
    }

    proptest! {
        #[test]
        fn decimal_strings_are_the_nearest(any in any::<f64>(), usual in -1e6..1e6, digits in 0..20_i32) {
            for value in [any, usual, (usual * 10_f64.powi(digits)).round() / 10_f64.powi(digits)] {
                if value.is_finite() {
                    is_nearest(value);
                }
            }
        }
    }
}
