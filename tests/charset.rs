//! Character sets: the examples of PS3.5 annexes H to K in both directions, the terms of (0008,0005) and how they are
//! misspelled, what resets the state of code extension, what is refused, and where escape sequences are written.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use dimse::dataset::charset::{CharacterSet, DecodeError, InvalidTerm, Undecodable, VrClass};

use VrClass::{PersonNames, Strings, Text};

fn set(terms: &str) -> CharacterSet {
    CharacterSet::parse(terms.as_bytes()).unwrap()
}

#[track_caller]
fn reads(terms: &str, class: VrClass, bytes: &[u8], text: &str) {
    assert_eq!(set(terms).decode(bytes, class).as_deref(), Ok(text), "{terms}");
}

#[track_caller]
fn both_ways(terms: &str, class: VrClass, bytes: &[u8], text: &str) {
    reads(terms, class, bytes, text);
    let written = set(terms).encode(text, class).unwrap();
    assert_eq!(written.escape_ascii().to_string(), bytes.escape_ascii().to_string(), "{terms}: {text}");
}

#[track_caller]
fn refuses(terms: &str, class: VrClass, bytes: &[u8], offset: usize, reason: Undecodable) {
    assert_eq!(set(terms).decode(bytes, class), Err(DecodeError { offset, reason }), "{terms}");
}

#[track_caller]
fn cannot_write(terms: &str, class: VrClass, text: &str, character: char) {
    let error = set(terms).encode(text, class).unwrap_err();
    assert_eq!((error.character, Some(error.offset)), (character, text.find(character)), "{error}");
}

// ---- the standard's examples ----------------------------------------------------------------------------------------

#[test]
fn japanese_with_the_default_repertoire_initially() {
    // PS3.5 H.3.1.
    both_ways(
        "\\ISO 2022 IR 87",
        PersonNames,
        b"Yamada^Tarou=\x1B$B;3ED\x1B(B^\x1B$BB@O:\x1B(B=\x1B$B$d$^$@\x1B(B^\x1B$B$?$m$&\x1B(B",
        "Yamada^Tarou=山田^太郎=やまだ^たろう",
    );
}

#[test]
fn japanese_with_jis_x_0201_initially() {
    // PS3.5 H.3.2.
    both_ways(
        "ISO 2022 IR 13\\ISO 2022 IR 87",
        PersonNames,
        b"\xD4\xCF\xC0\xDE^\xC0\xDB\xB3=\x1B$B;3ED\x1B(J^\x1B$BB@O:\x1B(J=\x1B$B$d$^$@\x1B(J^\x1B$B$?$m$&\x1B(J",
        "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう",
    );
}

#[test]
fn korean() {
    // PS3.5 I.2.
    both_ways(
        "\\ISO 2022 IR 149",
        PersonNames,
        b"Hong^Gildong=\x1B$)C\xFB\xF3^\x1B$)C\xD1\xCE\xD4\xD7=\x1B$)C\xC8\xAB^\x1B$)C\xB1\xE6\xB5\xBF",
        "Hong^Gildong=洪^吉洞=홍^길동",
    );
    // PS3.5 I.3, where the escape sequences are at the beginnings of lines; ours are where they are needed.
    let text = "The first line includes 한글.\r\nThe second line includes 한글, too.\r\nThe third line";
    reads(
        "\\ISO 2022 IR 149",
        Text,
        b"\x1B$)CThe first line includes \xC7\xD1\xB1\xDB.\r\n\
          \x1B$)CThe second line includes \xC7\xD1\xB1\xDB, too.\r\nThe third line",
        text,
    );
    both_ways(
        "\\ISO 2022 IR 149",
        Text,
        b"The first line includes \x1B$)C\xC7\xD1\xB1\xDB.\r\n\
          The second line includes \x1B$)C\xC7\xD1\xB1\xDB, too.\r\nThe third line",
        text,
    );
}

#[test]
fn chinese_in_utf_8() {
    // PS3.5 J.1, J.2.
    both_ways(
        "ISO_IR 192",
        PersonNames,
        b"Wang^XiaoDong=\xE7\x8E\x8B^\xE5\xB0\x8F\xE6\x9D\xB1=",
        "Wang^XiaoDong=王^小東=",
    );
    both_ways(
        "ISO_IR 192",
        Text,
        b"The first line includes\xE4\xB8\xAD\xE6\x96\x87.\r\n\
          The second line includes\xE4\xB8\xAD\xE6\x96\x87, too.\r\nThe third line.\r\n",
        "The first line includes中文.\r\nThe second line includes中文, too.\r\nThe third line.\r\n",
    );
}

#[test]
fn chinese_in_gb_18030_and_gbk() {
    for terms in ["GB18030", "GBK"] {
        // PS3.5 J.3, J.4.
        both_ways(terms, PersonNames, b"Wang^XiaoDong=\xCD\xF5^\xD0\xA1\xB6\xAB=", "Wang^XiaoDong=王^小东=");
        both_ways(
            terms,
            Text,
            b"The first line includes\xD6\xD0\xCE\xC4.\r\n\
              The second line includes\xD6\xD0\xCE\xC4, too.\r\nThe third line.\r\n",
            "The first line includes中文.\r\nThe second line includes中文, too.\r\nThe third line.\r\n",
        );
    }
}

#[test]
fn chinese_in_gb_2312() {
    // PS3.5 K.2, K.3.
    both_ways(
        "\\ISO 2022 IR 58",
        PersonNames,
        b"Zhang^XiaoDong=\x1B$)A\xD5\xC5^\x1B$)A\xD0\xA1\xB6\xAB= ",
        "Zhang^XiaoDong=张^小东= ",
    );
    both_ways(
        "\\ISO 2022 IR 58",
        Text,
        b"1.\x1B$)A\xB5\xDA\xD2\xBB\xD0\xD0\xCE\xC4\xD7\xD6\xA1\xA3\r\n\
          2.\x1B$)A\xB5\xDA\xB6\xFE\xD0\xD0\xCE\xC4\xD7\xD6\xA1\xA3\r\n\
          3.\x1B$)A\xB5\xDA\xC8\xFD\xD0\xD0\xCE\xC4\xD7\xD6\xA1\xA3\r\n",
        "1.第一行文字。\r\n2.第二行文字。\r\n3.第三行文字。\r\n",
    );
}

#[test]
fn every_set_of_one_byte_by_its_escape_sequence() {
    for (term, escape, encoded, text) in [
        ("ISO 2022 IR 100", "-A", b"\xE9\xF4", "éô"),
        ("ISO 2022 IR 101", "-B", b"\xB3\xEA", "łę"),
        ("ISO 2022 IR 109", "-C", b"\xFD\xE9", "ŭé"),
        ("ISO 2022 IR 110", "-D", b"\xE0\xE9", "āé"),
        ("ISO 2022 IR 144", "-L", b"\xBB\xEE", "Лю"),
        ("ISO 2022 IR 127", "-G", b"\xE2\xC8", "قب"),
        ("ISO 2022 IR 126", "-F", b"\xC4\xE9", "Δι"),
        ("ISO 2022 IR 138", "-H", b"\xF9\xF8", "שר"),
        ("ISO 2022 IR 148", "-M", b"\xFE\xF0", "şğ"),
        ("ISO 2022 IR 203", "-b", b"\xA4\xBC", "€Œ"),
        ("ISO 2022 IR 13", ")I", b"\xD4\xCF", "ﾔﾏ"),
        ("ISO 2022 IR 166", "-T", b"\xB9\xD2", "นา"),
    ] {
        let escaped = [b"a\x1B", escape.as_bytes(), encoded].concat();
        both_ways(&format!("\\{term}"), Strings, &escaped, &format!("a{text}"));
        both_ways(term, Strings, encoded, text);
        both_ways(&term.replace("ISO 2022 ", "ISO_"), Strings, encoded, text);
    }
}

// ---- terms ----------------------------------------------------------------------------------------------------------

#[test]
fn defined_terms_are_written_as_they_are() {
    for terms in [
        "ISO_IR 6",
        "ISO_IR 100",
        "ISO_IR 13",
        "ISO_IR 166",
        "ISO_IR 192",
        "GB18030",
        "GBK",
        "ISO 2022 IR 6\\ISO 2022 IR 87",
        "ISO 2022 IR 13\\ISO 2022 IR 87\\ISO 2022 IR 159",
        "ISO 2022 IR 203\\ISO 2022 IR 149\\ISO 2022 IR 58",
    ] {
        assert_eq!(set(terms).to_string(), terms);
        assert_eq!(set(terms).terms(), terms.split('\\').collect::<Vec<_>>());
    }
}

#[test]
fn nothing_is_the_default_repertoire() {
    for nothing in ["", " ", "\0", "ISO_IR 6", "ISO_IR 6 ", "ISO IR 6"] {
        assert_eq!(set(nothing), CharacterSet::default(), "{nothing:?}");
    }
    refuses("", Text, b"a\xE9", 1, Undecodable::NoCharacter(0xE9));
}

#[test]
fn misspelled_terms_are_what_they_can_only_be() {
    for (misspelled, terms) in [
        ("ISO IR 100", "ISO_IR 100"),
        ("ISO-IR 192", "ISO_IR 192"),
        ("ISO_IR_100", "ISO_IR 100"),
        ("iso_ir 100", "ISO_IR 100"),
        ("ISO_IR100", "ISO_IR 100"),
        (" ISO_IR 144\0", "ISO_IR 144"),
        ("IR 100", "ISO_IR 100"),
        ("ISO 2022 IR 192", "ISO_IR 192"),
        ("ISO 2022 GBK", "GBK"),
        ("GB 18030", "GB18030"),
        ("\\ISO_2022_IR_87", "ISO 2022 IR 6\\ISO 2022 IR 87"),
        ("\\ISO 2022 IR87 \\", "ISO 2022 IR 6\\ISO 2022 IR 87"),
        ("\\ISO 2022 58", "ISO 2022 IR 6\\ISO 2022 IR 58"),
        ("ISO_IR 13\\ISO_2022_IR+87", "ISO 2022 IR 13\\ISO 2022 IR 87"),
        ("ISO 2022 IR 100\\ISO 2022 IR 100", "ISO 2022 IR 100"),
    ] {
        assert_eq!(set(misspelled).to_string(), terms, "{misspelled}");
    }
}

#[test]
fn what_is_no_term_is_named() {
    for unknown in ["ISO_IR 99", "ISO_IR 14", "ISO_IR", "100", "ISO 8859-1", "UTF-8", "ISO_IR 1000", "\u{e4}"]
    {
        let error = CharacterSet::parse(unknown.as_bytes()).unwrap_err();
        let named = unknown.as_bytes().escape_ascii().to_string();
        assert_eq!(error, InvalidTerm::Unknown(named), "{unknown}");
    }
    let error = CharacterSet::parse(b"ISO 2022 IR 100\\ISO 2022 IR 999").unwrap_err();
    assert_eq!(
        error.to_string(),
        "Specific Character Set has the value \"ISO 2022 IR 999\", which is no defined term"
    );
}

#[test]
fn sets_that_stand_alone() {
    for (terms, alone) in [
        ("ISO_IR 192\\ISO 2022 IR 87", "ISO_IR 192"),
        ("GB18030\\ISO 2022 IR 58", "GB18030"),
        ("GBK\\GB18030", "GBK"),
        ("\\ISO_IR 192", "ISO_IR 192"),
        ("ISO_IR 6\\ISO_IR 192", "ISO_IR 192"),
        ("\\ISO 2022 GBK", "GBK"),
    ] {
        assert_eq!(set(terms).to_string(), alone, "{terms}");
    }
    for (terms, alone) in [
        ("ISO_IR 100\\ISO_IR 192", "ISO_IR 192"),
        ("\\ISO 2022 IR 58\\GBK", "GBK"),
        ("ISO 2022 IR 13\\GB18030", "GB18030"),
    ] {
        assert_eq!(CharacterSet::parse(terms.as_bytes()), Err(InvalidTerm::NotAlone(alone)), "{terms}");
    }
}

#[test]
fn two_bytes_as_value_1() {
    // What others write so: EUC-KR, and the escape sequences of ISO-2022-JP. We write what everybody reads.
    reads("ISO 2022 IR 149", PersonNames, b"\xC8\xAB^\xB1\xE6", "홍^길");
    both_ways("ISO 2022 IR 149", PersonNames, b"\x1B$)C\xC8\xAB^\x1B$)C\xB1\xE6", "홍^길");
    both_ways("ISO 2022 IR 87", PersonNames, b"a^\x1B$B;3\x1B(B", "a^山");
    both_ways("ISO_IR 87", PersonNames, b"a^\x1B$B;3\x1B(B", "a^山");
}

#[test]
fn vrs() {
    for (vrs, class) in [
        ("SH LO UC", Some(Strings)),
        ("PN", Some(PersonNames)),
        ("ST LT UT", Some(Text)),
        ("AE CS UI UR UN DS IS", None),
    ] {
        for vr in vrs.split(' ') {
            assert_eq!(VrClass::of(vr.as_bytes().try_into().unwrap()), class, "{vr}");
        }
    }
}

// ---- delimiters -----------------------------------------------------------------------------------------------------

const GREEK: &str = "ISO 2022 IR 100\\ISO 2022 IR 126";

#[test]
fn what_makes_the_initial_set_active_again() {
    for control in ["\r", "\n", "\t", "\x0C", "\0"] {
        let bytes = [b"\x1B-F\xC4", control.as_bytes(), b"\xC4"].concat();
        reads(GREEK, Text, &bytes, &format!("Δ{control}Ä"));
        reads(GREEK, PersonNames, &bytes, &format!("Δ{control}Ä"));
    }
    for (delimiter, text, strings, names) in
        [("\\", "Δ\\Δ", "Δ\\Ä", "Δ\\Ä"), ("^", "Δ^Δ", "Δ^Δ", "Δ^Ä"), ("=", "Δ=Δ", "Δ=Δ", "Δ=Ä")]
    {
        let bytes = [b"\x1B-F\xC4", delimiter.as_bytes(), b"\xC4"].concat();
        reads(GREEK, Text, &bytes, text);
        reads(GREEK, Strings, &bytes, strings);
        reads(GREEK, PersonNames, &bytes, names);
    }
    reads(GREEK, PersonNames, b"\x1B-F\xC4 \x7F.\xC4", "Δ \x7F.Δ");
}

#[test]
fn the_initial_set_is_active_before_delimiters_and_at_the_end() {
    both_ways(GREEK, PersonNames, b"\xC4^\x1B-F\xE1\x1B-A=\x1B-F\xE1\x1B-A\\\xC4", "Ä^α=α\\Ä");
    both_ways(GREEK, Strings, b"\xC4^\x1B-F\xE1=\xE1\x1B-A\\\xC4", "Ä^α=α\\Ä");
    both_ways(GREEK, Text, b"\xC4^\x1B-F\xE1=\xE1\\\x1B-A\xC4", "Ä^α=α\\Ä");
    both_ways(GREEK, Text, b"\x1B-F\xE1\x1B-A\r\n\x1B-F\xE1\x1B-A\t", "α\r\nα\t");
}

#[test]
fn text_that_omits_to_repeat_an_escape_sequence() {
    // Nothing else can be meant where G1 is undefined initially.
    reads("\\ISO 2022 IR 149", PersonNames, b"\x1B$)C\xC8\xAB^\xB1\xE6", "홍^길");
    refuses("\\ISO 2022 IR 149", PersonNames, b"\xC8\xAB^\x1B$)C\xB1\xE6", 0, Undecodable::NoCharacter(0xC8));
}

#[test]
fn a_backslash_in_a_character_is_no_delimiter() {
    // 本 is 4B5C in JIS X 0208, 誠 is D55C in GBK, 𠮷 is 9534B235 in GB 18030.
    for (terms, bytes, values) in [
        ("\\ISO 2022 IR 87", b"\x1B$BF|K\\\x1B(B\\a".as_slice(), ["日本", "a"]),
        ("GBK", b"\xD5\\\\\xD5\\", ["誠", "誠"]),
        ("GB18030", b"\xD5\\\\\x95\x34\xB2\x35", ["誠", "𠮷"]),
        ("ISO_IR 13", b"\xD4\\\xCF", ["ﾔ", "ﾏ"]),
        ("ISO_IR 192", b"\xC3\xA9\\a", ["é", "a"]),
    ] {
        let set = set(terms);
        assert_eq!(set.decode_values(bytes, Strings).unwrap(), values, "{terms}");
        assert_eq!(set.decode_values(bytes, PersonNames).unwrap(), values, "{terms}");
        assert_eq!(set.encode(&values.join("\\"), Strings).unwrap(), bytes, "{terms}");
    }
    assert_eq!(set("GBK").decode_values(b"\xD5\\\\a", Text).unwrap(), ["誠\\a"]);
    assert_eq!(set("").decode_values(b"", Strings).unwrap(), [""]);
    assert_eq!(set("").decode_values(b"a\\\\", Strings).unwrap(), ["a", "", ""]);
}

#[test]
fn romaji_has_a_yen_sign_unless_it_is_a_delimiter() {
    both_ways("ISO_IR 13", Text, b"C:\\~\xB1", "C:¥\u{203E}ｱ");
    both_ways("ISO_IR 13", Strings, b"C:\\~\xB1", "C:\\\u{203E}ｱ");
    cannot_write("ISO_IR 13", Text, "C:\\temp", '\\');
    cannot_write("ISO_IR 13", Strings, "5 ¥", '¥');
    cannot_write("ISO_IR 13", Text, "a~", '~');
    // With the default repertoire listed, there is a way.
    both_ways("ISO 2022 IR 13\\ISO 2022 IR 6", Text, b"\xB1\x1B(B~\x1B(J", "ｱ~");
}

// ---- what is refused ------------------------------------------------------------------------------------------------

#[test]
fn a_byte_that_is_no_character() {
    use Undecodable::{CutOff, NoCharacter};
    refuses("ISO_IR 100", Text, b"a\x80", 1, NoCharacter(0x80));
    refuses("ISO_IR 100", Text, b"\x9F", 0, NoCharacter(0x9F));
    refuses("ISO_IR 127", Text, b"\xA0\xA1", 1, NoCharacter(0xA1));
    refuses("ISO_IR 13", Text, b"a\xA0", 1, NoCharacter(0xA0));
    refuses("ISO_IR 192", Text, b"ab\xE9t\xE9", 2, NoCharacter(0xE9));
    refuses("ISO_IR 192", Text, b"ab\xE4\xB8", 2, CutOff);
    refuses("GBK", Text, b"a\x80", 1, NoCharacter(0x80));
    refuses("GBK", Text, b"\xD5\xC5\xFF\xC5", 2, NoCharacter(0xFF));
    refuses("GBK", Text, b"\x95\x34\xB2\x35", 0, NoCharacter(0x95));
    refuses("GBK", Text, b"\xD5", 0, CutOff);
    refuses("GBK", Text, b"\xA2\xE3", 0, NoCharacter(0xA2));
    refuses("GB18030", Text, b"a\x95\x34\x9E", 1, CutOff);
    refuses("GB18030", Text, b"\xFE\x39\xFE\x39", 0, NoCharacter(0xFE));
    refuses("\\ISO 2022 IR 149", Text, b"\x1B$)C\xC8\xABa\xC8", 7, CutOff);
    refuses("\\ISO 2022 IR 149", Text, b"\x1B$)C\xC8a", 4, NoCharacter(0xC8));
    // One of the syllables that Windows has there and KS X 1001 has not.
    refuses("\\ISO 2022 IR 149", Text, b"\x1B$)C\x81\xC8", 4, NoCharacter(0x81));
    // NEC's and IBM's additions to JIS X 0208.
    refuses("\\ISO 2022 IR 87", Text, b"\x1B$B-!", 3, NoCharacter(b'-'));
    refuses("\\ISO 2022 IR 87", Text, b"\x1B$By!", 3, NoCharacter(b'y'));
    refuses("\\ISO 2022 IR 87", Text, b"\x1B$B;3;", 5, CutOff);
    refuses("\\ISO 2022 IR 87", Text, b"\x1B$B;\r\n", 3, NoCharacter(b';'));
    refuses("\\ISO 2022 IR 58", Text, b"\x1B$)A\xA2\xA1", 4, NoCharacter(0xA2));
}

#[test]
fn an_escape_sequence_that_is_not_listed() {
    use Undecodable::{CutOff, Undeclared, UnknownEscape};
    let kanji = b"a\x1B$B;3\x1B(B";
    for terms in ["", "ISO_IR 100", "ISO_IR 192", "GB18030", "\\ISO 2022 IR 149"] {
        refuses(terms, Text, kanji, 1, Undeclared("ISO 2022 IR 87"));
    }
    refuses("\\ISO 2022 IR 87", Text, b"\x1B(Ja", 0, Undeclared("ISO 2022 IR 13"));
    refuses("ISO_IR 100", Text, b"\x1B(Ba", 0, Undeclared("ISO 2022 IR 6"));
    // The default repertoire is there with all sets.
    reads("ISO 2022 IR 13\\ISO 2022 IR 87", Text, b"\x1B$B;3\x1B(B~", "山~");
    refuses("\\ISO 2022 IR 87", Text, b"a\x1B$@;3", 1, UnknownEscape);
    refuses("\\ISO 2022 IR 87", Text, b"a\x1B[1m", 1, UnknownEscape);
    refuses("\\ISO 2022 IR 87", Text, b"a\x1B", 1, CutOff);
    refuses("\\ISO 2022 IR 87", Text, b"a\x1B$(", 1, CutOff);
    refuses("ISO_IR 192", Text, b"a\x1B", 1, CutOff);
    refuses("ISO_IR 192", Text, b"a\x1B\xFF", 1, UnknownEscape);
}

#[test]
fn undeclared_sets_are_read_where_that_is_wanted() {
    for terms in ["", "ISO_IR 100", "\\ISO 2022 IR 149"] {
        let set = set(terms).reading_undeclared();
        assert_eq!(set.decode(b"a\x1B$B;3\x1B(B\x1B-F\xE1", Text).as_deref(), Ok("a山α"));
        assert!(set.encode("a山", Text).is_err() || terms.contains("149"), "{terms}");
        assert_eq!(set.to_string(), self::set(terms).to_string());
    }
    assert!(set("ISO_IR 192").reading_undeclared().decode(b"a\x1B$B;3\x1B(B", Text).is_err());
}

#[test]
fn a_character_that_is_not_in_the_set() {
    cannot_write("", Text, "Jérôme", 'é');
    cannot_write("ISO_IR 100", Text, "5 €", '€');
    cannot_write("ISO_IR 100", Text, "a\u{80}", '\u{80}');
    cannot_write("ISO_IR 100", Text, "a\u{1B}(B", '\u{1B}');
    cannot_write("ISO_IR 192", Text, "a\u{1B}(B", '\u{1B}');
    cannot_write("GB18030", Text, "a\u{1B}(B", '\u{1B}');
    cannot_write("GBK", Text, "王𠮷", '𠮷');
    cannot_write("GBK", Text, "王€", '€');
    cannot_write("\\ISO 2022 IR 87", Text, "山①", '①');
    cannot_write("\\ISO 2022 IR 87", Text, "山 ｱ", 'ｱ');
    // The set is listed, but there is no escape sequence without code extension.
    cannot_write("ISO_IR 13", Text, "ｱ山", '山');
    let error = set("ISO_IR 100").encode("5 €", Text).unwrap_err();
    assert_eq!(error.to_string(), "'€' (U+20AC) cannot be written in the character set ISO_IR 100");
}

#[test]
fn errors_say_where_and_why() {
    let words = |terms, bytes| set(terms).decode(bytes, Text).unwrap_err().to_string();
    assert_eq!(
        words("", b"a\xE9"),
        "byte 1: the character set has no character with a code that begins with E9"
    );
    assert_eq!(
        words("", b"\x1B$B;3"),
        "byte 0: an escape sequence to ISO 2022 IR 87, which Specific Character Set does not list"
    );
}

// ---- which escape sequences are written -----------------------------------------------------------------------------

#[test]
fn the_set_that_goes_furthest() {
    // Greek is in all three of them; what follows decides.
    let terms = "\\ISO 2022 IR 126\\ISO 2022 IR 87\\ISO 2022 IR 149";
    both_ways(terms, Strings, b"\x1B-F\xE1", "α");
    both_ways(terms, Strings, b"\x1B$B&A;3\x1B(B", "α山");
    both_ways(terms, Strings, b"\x1B$)C\xA5\xE1 \xC8\xAB", "α 홍");
    both_ways(terms, Strings, b"\x1B-F\xE1\\\x1B$)C\xC8\xAB", "α\\홍");
}

#[test]
fn behind_two_bytes_in_g0_all_else_has_an_escape_sequence() {
    both_ways("\\ISO 2022 IR 87", Strings, b"\x1B$B;3\x1B(B \x1B$B;3\x1B(B", "山 山");
    both_ways("\\ISO 2022 IR 87", Strings, b"\x1B$B;3\x1B(B\x7F\x1B$B;3\x1B(B", "山\x7F山");
    // By ISO 2022 alone it could do without.
    reads("\\ISO 2022 IR 87", Strings, b"\x1B$B;3 ;3\x1B(B", "山 山");
    both_ways("ISO 2022 IR 126\\ISO 2022 IR 87", Strings, b"\xE1\x1B$B;3\x1B(B\x1B-F\xDC\xE1", "α山άα");
    both_ways("ISO 2022 IR 126\\ISO 2022 IR 87", Strings, b"\x1B$B;3\x1B(B a\\\xE1", "山 a\\α");
    reads("ISO 2022 IR 126\\ISO 2022 IR 87", Strings, b"\x1B$B;3\xDC;3\x1B(B", "山ά山");
}
