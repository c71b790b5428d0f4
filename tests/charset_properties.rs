//! Character sets, whatever the text and whatever the bytes: what is written is read as it was, nothing panics, and
//! time goes with length.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::time::{Duration, Instant};

use dimse::dataset::charset::{CharacterSet, VrClass};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

const CLASSES: [VrClass; 3] = [VrClass::Strings, VrClass::PersonNames, VrClass::Text];

/// (0008,0005), and characters of which some are in it.
const SETS: [&str; 24] = [
    "",
    "ISO_IR 100",
    "ISO_IR 109",
    "ISO_IR 127",
    "ISO_IR 13",
    "ISO_IR 166",
    "ISO_IR 203",
    "ISO_IR 192",
    "GB18030",
    "GBK",
    "ISO 2022 IR 100",
    "ISO 2022 IR 149",
    "ISO 2022 IR 87",
    "\\ISO 2022 IR 87",
    "\\ISO 2022 IR 149",
    "\\ISO 2022 IR 58",
    "\\ISO 2022 IR 100\\ISO 2022 IR 101\\ISO 2022 IR 126",
    "ISO 2022 IR 100\\ISO 2022 IR 126\\ISO 2022 IR 144",
    "ISO 2022 IR 13\\ISO 2022 IR 87",
    "ISO 2022 IR 13\\ISO 2022 IR 87\\ISO 2022 IR 159",
    "ISO 2022 IR 126\\ISO 2022 IR 87\\ISO 2022 IR 13",
    "ISO 2022 IR 100\\ISO 2022 IR 87\\ISO 2022 IR 149\\ISO 2022 IR 58",
    "\\ISO 2022 IR 149\\ISO 2022 IR 58\\ISO 2022 IR 87\\ISO 2022 IR 159",
    "ISO 2022 IR 203\\ISO 2022 IR 13\\ISO 2022 IR 58\\ISO 2022 IR 6",
];

const ALPHABET: &str = "abA ~\\^=\r\n\t\x0C\0\x7F¥‾\u{A0}éÄßþÞłŭāЛюقבΔιαάşğ€Œ\
    ｱﾔﾞนา山田本表日α한글홍길张东小誠吉洞龠齩鷗ゐぱ、。〜−①ⅰ𠮷\u{E5E5}\u{1F600}";

const ESCAPES: &[&[u8]] =
    &[b"\x1B$B", b"\x1B$(D", b"\x1B(B", b"\x1B(J", b"\x1B)I", b"\x1B-A", b"\x1B$)C", b"\x1B$)A", b"\x1B"];

fn set(terms: &str) -> CharacterSet {
    CharacterSet::parse(terms.as_bytes()).unwrap()
}

/// The text without what is not in the set.
fn in_repertoire(set: &CharacterSet, text: &str, class: VrClass) -> String {
    text.chars().filter(|character| set.encode(&character.to_string(), class).is_ok()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn what_is_written_is_read_as_it_was(
        terms in select(&SETS[..]),
        class in select(&CLASSES[..]),
        characters in vec(select(ALPHABET.chars().collect::<Vec<_>>()), 0..40),
        others in any::<String>(),
    ) {
        let set = set(terms);
        let text = in_repertoire(&set, &(characters.into_iter().collect::<String>() + &others), class);
        let bytes = set.encode(&text, class).unwrap();
        prop_assert_eq!(set.decode(&bytes, class), Ok(text.clone()), "{:02X?}", bytes);
        prop_assert_eq!(set.clone().reading_undeclared().decode(&bytes, class), Ok(text.clone()));
        let values = set.decode_values(&bytes, class).unwrap();
        prop_assert_eq!(values.join("\\"), text.as_str());
        // A line is read alone as it is read in the text: it needs nothing that was begun before it.
        let lines: Vec<_> = bytes.split(|byte| *byte == b'\n').map(|line| set.decode(line, class).unwrap()).collect();
        prop_assert_eq!(lines.join("\n"), text);
    }

    #[test]
    fn a_string_cut_anywhere_does_not_panic(
        terms in select(&SETS[..]),
        class in select(&CLASSES[..]),
        characters in vec(select(ALPHABET.chars().collect::<Vec<_>>()), 0..40),
    ) {
        let set = set(terms);
        let text = in_repertoire(&set, &characters.into_iter().collect::<String>(), class);
        let bytes = set.encode(&text, class).unwrap();
        for cut in 0..bytes.len() {
            match set.decode(&bytes[..cut], class) {
                Ok(front) => prop_assert!(text.starts_with(&front), "{front:?} {text:?}"),
                Err(error) => prop_assert!(error.offset < cut),
            }
            if let Err(error) = set.decode(&bytes[cut..], class) {
                prop_assert!(error.offset < bytes.len() - cut);
            }
        }
    }

    #[test]
    fn any_bytes_are_text_or_an_error_inside_of_them(
        terms in select(&SETS[..]),
        class in select(&CLASSES[..]),
        pieces in vec(prop_oneof![
            vec(any::<u8>(), 1..6),
            select(ESCAPES).prop_map(<[u8]>::to_vec),
            vec(0x21..0x7Fu8, 2),
            vec(0xA1..0xFFu8, 2),
        ], 0..12),
    ) {
        let bytes = pieces.concat();
        for set in [set(terms), set(terms).reading_undeclared()] {
            match set.decode(&bytes, class) {
                Ok(text) => {
                    let has_all = ["ISO_IR 192", "GB18030"].contains(&terms);
                    let is_replaced = text.contains(char::REPLACEMENT_CHARACTER) && !has_all;
                    prop_assert!(!is_replaced && !text.contains('\x1B'), "{text:?}");
                    // What is read can be written, but for what was read in sets that are not listed.
                    if set == self::set(terms) && !terms.contains("IR 13") {
                        prop_assert!(set.encode(&text, class).is_ok(), "{text:?}");
                    }
                }
                Err(error) => {
                    prop_assert!(error.offset < bytes.len());
                    // In front of the error all is well.
                    prop_assert!(set.decode(&bytes[..error.offset], class).is_ok(), "{:02X?} {}", bytes, error);
                }
            }
        }
    }

    #[test]
    fn any_value_of_specific_character_set_is_read_or_refused(
        value in vec(any::<u8>(), 0..40),
        terms in "(\\\\?(ISO_IR|ISO 2022 IR) (6|13|14|58|87|100|126|149|192)){0,4}",
    ) {
        let _ = CharacterSet::parse(&value);
        if let Ok(set) = CharacterSet::parse(terms.as_bytes()) {
            prop_assert_eq!(CharacterSet::parse(set.to_string().as_bytes()), Ok(set));
        }
    }
}

#[test]
fn all_of_unicode() {
    let has = |set: &CharacterSet, character: char| {
        set.encode(character.encode_utf8(&mut [0; 4]), VrClass::Text).is_ok()
    };
    for (terms, missing) in [("ISO_IR 192", 1), ("GB18030", 1 + 18)] {
        let set = set(terms);
        let (text, others): (String, String) =
            ('\0'..=char::MAX).partition(|character| has(&set, *character));
        let bytes = set.encode(&text, VrClass::Text).unwrap();
        assert!(set.decode(&bytes, VrClass::Text).unwrap() == text, "{terms}");
        // ESC, and characters for private use that GB 18030 does not have any more.
        assert_eq!(others.chars().count(), missing, "{terms}: {others:?}");
        assert!(others.chars().all(|character| matches!(character, '\x1B' | '\u{E000}'..='\u{F8FF}')));
    }
}

#[test]
fn every_character_of_every_set_both_ways() {
    for terms in SETS {
        let set = set(terms);
        let mut count = 0;
        for character in ('\0'..='\u{FFFF}').filter(|_| terms != "ISO_IR 192" && terms != "GB18030") {
            if let Ok(bytes) = set.encode(character.encode_utf8(&mut [0; 4]), VrClass::Text) {
                let text = set.decode(&bytes, VrClass::Text).unwrap();
                assert!(text.chars().eq([character]), "{terms}: {character} {bytes:02X?}");
                count += 1;
            }
        }
        assert!(count >= 127 || terms == "ISO_IR 192" || terms == "GB18030", "{terms}: {count}");
    }
}

/// A megabyte of what makes most work. Quadratic would be hours.
#[test]
fn time_goes_with_length() {
    let started = Instant::now();
    let many = set("ISO 2022 IR 100\\ISO 2022 IR 126\\ISO 2022 IR 87\\ISO 2022 IR 149\\ISO 2022 IR 58");
    for text in ["α山", "αé", "山é ", "山 αααα é", "α"] {
        let text = text.repeat((1 << 18) / text.len());
        let bytes = many.encode(&text, VrClass::Text).unwrap();
        assert!(many.decode(&bytes, VrClass::Text).unwrap() == text);
    }
    for terms in ["\\ISO 2022 IR 149", "GB18030", "ISO_IR 192", "GBK"] {
        for piece in [b"\x1B$)C".as_slice(), b"\xFE\xFE", b"\xC8\xAB\\", b"\x81\x30\x81\x30"] {
            let _ = set(terms).decode_values(&piece.repeat(1 << 18), VrClass::Strings);
        }
    }
    assert!(started.elapsed() < Duration::from_secs(60), "{:?}", started.elapsed());
}
