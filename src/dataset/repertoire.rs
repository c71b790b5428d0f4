//! Which text can be a value: how long it may be, and of what it is made (PS3.5 table 6.2-1).
//!
//! A query has more: `*` and `?` where they match (PS3.4 C.2.2.2.4), a range of dates and times (C.2.2.2.5), and `""`,
//! which matches what is empty. Nobody knows here whether a data set is one, so these are values too.

use super::text::{shown_text, trimmed};
use super::value::float_of;
use super::vr::VR;
use crate::types::Uid;

/// What values of a VR are.
struct Rule {
    /// In words that follow "is not".
    what: &'static str,
    /// In characters.
    longest: usize,
    is_fine: fn(&str) -> bool,
}

/// Of the VRs that are text.
fn rule(vr: VR) -> Option<Rule> {
    const ANY: usize = usize::MAX;
    let (what, longest, is_fine): (_, _, fn(&str) -> bool) = match vr {
        VR::AE => ("an AE title of at most 16 ASCII characters", 16, str::is_ascii),
        VR::AS => ("an age of three digits and D, W, M or Y, as 045Y", 4, is_age),
        VR::CS => ("a code of at most 16 upper-case letters, digits, spaces and underscores", 16, is_code),
        VR::DA => ("a date, as 20260131, or a range of dates", 18, |text| is_or_spans(text, is_date)),
        VR::DS => ("a number of at most 16 characters", 16, |text| float_of(text).is_some()),
        VR::DT => ("a date and time, as 20260131120000.5+0100, or a range of them", 54, |text| {
            is_or_spans(text, is_date_time)
        }),
        VR::IS => ("an integer of 32 bits", 12, |text| text.parse::<i32>().is_ok()),
        VR::LO => ("text of at most 64 characters", 64, |_| true),
        VR::LT => ("text of at most 10240 characters", 10240, |_| true),
        VR::PN => ("a name of at most three component groups of 64 characters each", ANY, is_name),
        VR::SH => ("text of at most 16 characters", 16, |_| true),
        VR::ST => ("text of at most 1024 characters", 1024, |_| true),
        VR::TM => ("a time, as 120000.5, or a range of times", 28, |text| is_or_spans(text, is_time)),
        VR::UI => ("a UID of at most 64 digits and dots", 64, |text| Uid::new(text).is_ok()),
        VR::UR => ("a URI", ANY, is_uri),
        _ => return None,
    };
    Some(Rule { what, longest, is_fine })
}

/// Why this text cannot be one value of this VR; `None` where it can, as an empty one always can.
pub(super) fn not_a_value(vr: VR, value: &str) -> Option<String> {
    let value = trimmed(vr, value);
    let Rule { what, longest, is_fine } = rule(vr)?;
    let is_short = value.len() <= longest || value.chars().nth(longest).is_none();
    if value.is_empty() || value == "\"\"" || (is_short && is_fine(value)) {
        return None;
    }
    let (value, vr) = (shown_text(value), vr.as_str());
    Some(format!("{value} is not {what}, as values of VR {vr} are"))
}

fn is_code(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'A'..=b'Z' | b'0'..=b'9' | b' ' | b'_' | b'*' | b'?'))
}

fn is_age(text: &str) -> bool {
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit());
    text.len() == 4 && matches!(unit, "D" | "W" | "M" | "Y")
}

fn is_name(text: &str) -> bool {
    let groups = || text.split('=');
    groups().count() <= 3 && groups().all(|group| group.chars().nth(64).is_none())
}

/// RFC 3986, section 2.
fn is_uri(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(&byte))
}

/// One, or two with a hyphen between them of which one may be missing.
fn is_or_spans(text: &str, is_one: fn(&str) -> bool) -> bool {
    let is_end = |end: &str| end.is_empty() || is_one(end);
    // A DT may have a hyphen of its own.
    let mut hyphens = text.match_indices('-').filter_map(|(at, _)| text.split_at_checked(at));
    is_one(text)
        || (text != "-" && hyphens.any(|(from, to)| is_end(from) && is_end(to.get(1..).unwrap_or_default())))
}

fn is_date(text: &str) -> bool {
    text.len() == 8 && is_of_parts(text, DATE)
}

fn is_time(text: &str) -> bool {
    let (whole, fraction) = text.split_at_checked(6).unwrap_or((text, ""));
    text.len() >= 2 && is_of_parts(whole, TIME) && is_fraction(fraction)
}

/// As much of it as is known, from the year on (PS3.5 6.2).
fn is_date_time(text: &str) -> bool {
    let zone = text.rfind(['+', '-']).unwrap_or(text.len());
    let (text, zone) = text.split_at_checked(zone).unwrap_or((text, ""));
    let is_zone =
        zone.is_empty() || (zone.len() == 5 && is_of_parts(zone.get(1..).unwrap_or_default(), ZONE));
    let (date, time) = text.split_at_checked(8).unwrap_or((text, ""));
    date.len() >= 4 && is_of_parts(date, DATE) && (time.is_empty() || is_time(time)) && is_zone
}

fn is_fraction(text: &str) -> bool {
    match text.strip_prefix('.') {
        Some(digits) => matches!(digits.len(), 1..=6) && digits.bytes().all(|byte| byte.is_ascii_digit()),
        None => text.is_empty(),
    }
}

/// Digits of each part, and the least and the most that it may be.
type Parts = [(usize, u32, u32); 3];

const DATE: Parts = [(4, 0, 9999), (2, 1, 12), (2, 1, 31)];
/// A second may be a leap second.
const TIME: Parts = [(2, 0, 23), (2, 0, 59), (2, 0, 60)];
const ZONE: Parts = [(2, 0, 14), (2, 0, 59), (0, 0, 0)];

/// Whether these are the first of the parts, and all of `text`.
fn is_of_parts(text: &str, parts: Parts) -> bool {
    let mut rest = text;
    for (digits, least, most) in parts {
        if rest.is_empty() {
            return true;
        }
        let Some((part, behind)) = rest.split_at_checked(digits) else { return false };
        let is_number = part.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number || !part.parse().is_ok_and(|part: u32| (least..=most).contains(&part)) {
            return false;
        }
        rest = behind;
    }
    rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_each_vr() {
        let long = |length: usize| "a".repeat(length);
        let names = |length: usize| format!("{0}={0}={0}", "\u{E4}".repeat(length));
        for (vr, fine, wrong) in [
            (VR::AE, vec!["PACS", " a b ", "*", "ABCDEFGHIJKLMNOP"], vec!["ABCDEFGHIJKLMNOPQ", "\u{D6}"]),
            (VR::AS, vec!["045Y", "001D"], vec!["45 years", "45Y", "0450", "045y", "*"]),
            (VR::CS, vec!["F", "ISO_IR 192", "M*", "C?"], vec!["female", "A-B", "ABCDEFGHIJKLMNOPQ"]),
            (
                VR::DA,
                vec!["20260131", "20260131 ", "20260131-", "-20260131", "20200101-20201231"],
                vec![
                    "yesterday",
                    "2026",
                    "20261301",
                    "20260132",
                    "2026.01.31",
                    "-",
                    "--",
                    "1-2",
                    " 20260131",
                    "*",
                ],
            ),
            (
                VR::DT,
                vec![
                    "2026",
                    "202601",
                    "20260131",
                    "2026013112",
                    "202601311200",
                    "20260131120000",
                    "20260131120000.123456",
                    "20260131120000.5+0100",
                    "2026-0500",
                    "2026-2027",
                    "2026-0500-2027-0500",
                    "-2026",
                    "2026-",
                    "202601+1400",
                ],
                vec![
                    "26",
                    "20261301",
                    "20260131120000.",
                    "20260131120000.1234567",
                    "2026+1500",
                    "2026+01",
                    "-",
                ],
            ),
            (
                VR::TM,
                vec!["12", "1200", "120060", "120000.123456", "0800-1700", "-12"],
                vec!["24", "1", "12:00", "12.5"],
            ),
            (VR::DS, vec!["1.5", "-1e-3", "+1", " 1 "], vec!["1.2345678901234567", "x", "inf", "1\\2"]),
            (VR::IS, vec!["5", "-5", "+5", "2147483647"], vec!["1.5", "2147483648", "0000000000005"]),
            // Leading zeros are against the rule, and in use.
            (VR::UI, vec!["1.2.3", "1.02.3"], vec!["1..2", "1.2.", "1.x", "1.2*"]),
            (VR::UR, vec!["http://x/%20?a=b#c"], vec!["a b", "\u{E4}", "a\\b"]),
            (VR::UC, vec!["a"], vec![]),
            (VR::UT, vec!["a\\b"], vec![]),
        ] {
            for text in fine.into_iter().chain(["", " ", "\"\""]) {
                assert_eq!(not_a_value(vr, text), None, "{vr}");
            }
            for text in wrong {
                let words = not_a_value(vr, text).unwrap_or_else(|| panic!("{vr} {text:?}"));
                assert!(words.ends_with(&format!(", as values of VR {vr} are")), "{words}");
            }
        }
        for (vr, longest) in [(VR::SH, 16), (VR::LO, 64), (VR::ST, 1024), (VR::LT, 10240)] {
            assert_eq!(not_a_value(vr, &"\u{E4}".repeat(longest)), None, "{vr}");
            assert!(not_a_value(vr, &long(longest + 1)).is_some(), "{vr}");
        }
        assert_eq!(not_a_value(VR::PN, &names(64)), None);
        assert!(not_a_value(VR::PN, &names(65)).is_some());
        assert!(not_a_value(VR::PN, "a=b=c=d").is_some());
        let words = not_a_value(VR::LO, &long(101)).unwrap();
        assert_eq!(
            words,
            format!("\"{}\"... is not text of at most 64 characters, as values of VR LO are", long(100))
        );
    }
}
