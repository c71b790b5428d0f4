//! What received values may become in a file name: nothing else of the peer's gets there.

use crate::types::Uid;

/// Stands where a data set or an association has no such value.
const ABSENT: &str = "unknown";

/// Application Entity titles (PS3.8 9.3.2) and code strings (PS3.5 6.2) have 16 characters at most.
pub(super) const LONGEST_WORD: usize = 16;

/// Whether `received` is a UID that can be a file name: 1 to 64 characters, digits in groups between single dots.
///
/// A dot at either end or beside another one would make `.`, `..`, a hidden file, or a name that Windows shortens.
/// Leading zeros are let through, as in [`Uid`]: only identity matters here.
pub(super) fn is_uid(received: &[u8]) -> bool {
    Uid::has_form(received)
}

/// Appends `received` where it [is a UID](is_uid). Otherwise nothing is appended and the answer is no.
#[must_use]
pub(super) fn push_uid(name: &mut String, received: &[u8]) -> bool {
    let valid = is_uid(received);
    if valid {
        name.extend(received.iter().copied().map(char::from));
    }
    valid
}

/// Appends `received` with everything but ASCII letters, digits, `.`, `_` and `-` replaced by `_`, a dot at either end
/// too, and cut to 16 characters. Blanks and NULs around it are padding; where nothing else is left, `unknown`.
pub(super) fn push_word(name: &mut String, received: &[u8]) {
    let is_padding = |byte: &u8| matches!(byte, b' ' | 0);
    let first = received.iter().position(|byte| !is_padding(byte)).unwrap_or(received.len());
    let end = received.iter().rposition(|byte| !is_padding(byte)).map_or(0, |last| last + 1);
    let word = received.get(first..end.min(first + LONGEST_WORD)).unwrap_or_default();
    if word.is_empty() {
        return push_absent(name);
    }
    for (index, byte) in word.iter().enumerate() {
        let inside = index != 0 && index + 1 != word.len();
        name.push(match byte {
            b'.' if inside => '.',
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' => char::from(*byte),
            _ => '_',
        });
    }
}

/// Appends what stands for a value that is not there.
pub(super) fn push_absent(name: &mut String) {
    name.push_str(ABSENT);
}

/// Whether Windows takes a file of this name for a device, whatever its extension. A folder may be copied there, so
/// such names are made nowhere.
pub(super) fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_ascii_uppercase();
    match stem.as_str() {
        "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$" => true,
        _ => {
            let number = stem.strip_prefix("COM").or_else(|| stem.strip_prefix("LPT")).unwrap_or_default();
            let mut characters = number.chars();
            matches!(
                (characters.next(), characters.next()),
                (Some('0'..='9' | '\u{b9}' | '\u{b2}' | '\u{b3}'), None)
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(received: &[u8]) -> String {
        let mut name = String::new();
        push_word(&mut name, received);
        name
    }

    #[test]
    fn uids_are_digits_between_single_dots() {
        let longest = "1".repeat(64);
        for valid in ["1", "1.2.840.10008.1.1", "0.1", "1.02.3", longest.as_str()] {
            let mut name = String::new();
            assert!(push_uid(&mut name, valid.as_bytes()), "{valid}");
            assert_eq!(name, valid);
        }
        let too_long = "1".repeat(65);
        for bad in [
            "",
            ".",
            "..",
            "...",
            ".1",
            "1.",
            "1..2",
            "../1",
            "1/2",
            "/1",
            "1\\2",
            "1\0",
            "1 ",
            " 1",
            "1\n",
            "1;2",
            "$1",
            "1.a",
            "\u{661}",
            "1.2~",
            "C:1",
            too_long.as_str(),
        ] {
            let mut name = String::new();
            assert!(!push_uid(&mut name, bad.as_bytes()), "{bad:?}");
            assert_eq!(name, "", "{bad:?}");
        }
    }

    #[test]
    fn words_keep_letters_digits_and_three_marks() {
        for (received, made) in [
            (&b"PACS"[..], "PACS"),
            (b"  PACS  ", "PACS"),
            (b"PACS\0\0", "PACS"),
            (b"A.b_c-9", "A.b_c-9"),
            (b"", "unknown"),
            (b" \0 ", "unknown"),
            (b".", "_"),
            (b"..", "__"),
            (b"...", "_._"),
            (b".ssh", "_ssh"),
            (b"CT.", "CT_"),
            (b"../../etc/passwd", "_._.._etc_passwd"),
            (b"/etc", "_etc"),
            (b"C:\\x", "C__x"),
            (b"a b", "a_b"),
            (b"$(reboot)", "__reboot_"),
            (b"`x`;|&", "_x____"),
            (b"a\nb\x1b\x7f", "a_b__"),
            (b"\xe9t\xe9", "_t_"),
            (b"0123456789abcdefgh", "0123456789abcdef"),
            (b"MR\\CT", "MR_CT"),
        ] {
            assert_eq!(word(received), made, "{received:?}");
        }
    }

    #[test]
    fn a_word_is_never_empty_nor_a_way_up_whatever_came() {
        for first in 0..=u8::MAX {
            for second in 0..=u8::MAX {
                let made = word(&[first, second]);
                assert!(!made.is_empty() && made != "." && made != ".." && !made.starts_with('.'));
                assert!(!made.ends_with('.'));
                assert!(made.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte)));
            }
        }
    }

    #[test]
    fn devices_of_windows() {
        for device in ["NUL", "nul", "Con.dcm", "aux.tar.gz", "COM1", "lpt9.dcm", "PRN ", "com\u{b2}"] {
            assert!(is_device(device), "{device}");
        }
        for name in ["NULL", "COM", "COM10", "CONSOLE", "1.2.3.dcm", "_NUL", "LPTX", ""] {
            assert!(!is_device(name), "{name}");
        }
    }
}
