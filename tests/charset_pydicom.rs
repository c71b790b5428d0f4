//! The character sets against Python's tables and pydicom's code: every code of every set, the files that pydicom has
//! about them, and text of ours read by pydicom and of pydicom read by us.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use dimse::dataset::charset::{CharacterSet, VrClass};

/// Bytes and character, by (0008,0005).
type Tables = BTreeMap<String, BTreeMap<Vec<u8>, char>>;

#[test]
fn every_code_of_every_set() {
    let theirs = their_tables();
    assert_eq!(theirs.len(), 18);
    let mut differences = Vec::new();
    for (terms, theirs) in &theirs {
        let ours = our_table(terms);
        let codes: BTreeSet<&Vec<u8>> = theirs.keys().chain(ours.keys()).collect();
        for code in codes {
            let (ours, theirs) = (ours.get(code), theirs.get(code));
            if ours != theirs && !is_expected(terms, code, ours.copied(), theirs.copied()) {
                let name = |it: Option<&char>| it.map(|it| format!("{:04X}", u32::from(*it)));
                differences.push(format!(
                    "{terms} {code:02X?} ours {:?} theirs {:?}",
                    name(ours),
                    name(theirs)
                ));
            }
        }
        let characters: BTreeSet<&char> = ours.values().collect();
        assert_eq!(characters.len(), ours.len(), "{terms}: a character has two codes");
    }
    assert!(differences.is_empty(), "{}\n{}", differences.len(), differences.join("\n"));
}

/// Where Python's tables are not what we want.
fn is_expected(terms: &str, code: &[u8], ours: Option<char>, theirs: Option<char>) -> bool {
    match (terms, code) {
        // ESC begins escape sequences, and a code of C1 is nothing.
        (_, [0x1B]) => ours.is_none(),
        (terms, [0x80..=0x9F]) if terms.starts_with("ISO_IR") => {
            ours.is_none() && theirs == Some(code[0].into())
        }
        // To Python it is the beginning of a syllable in four characters.
        ("\\ISO 2022 IR 149", [.., 0xA4, 0xD4]) => (ours, theirs) == (Some('\u{3164}'), None),
        // Python's GB 2312 has them as an old table of Unicode's has, its GBK as we have.
        ("\\ISO 2022 IR 58", [.., 0xA1, 0xA4]) => (ours, theirs) == (Some('·'), Some('\u{30FB}')),
        ("\\ISO 2022 IR 58", [.., 0xA1, 0xAA]) => (ours, theirs) == (Some('—'), Some('\u{2015}')),
        // Those of GBK that were not in Unicode then.
        ("GBK", [0xFE, 0x50..=0xA0] | [0xA9, 0x89..=0x95] | [0xA8, 0xBC | 0xBF]) => {
            ours.is_some() && theirs.is_none()
        }
        _ => false,
    }
}

/// As the standards count them, with space, DEL, and the controls but ESC.
#[test]
fn every_set_has_as_many_characters_as_its_standard() {
    for (terms, count) in [
        ("\\ISO 2022 IR 87", 6_879),
        ("\\ISO 2022 IR 159", 6_067),
        ("\\ISO 2022 IR 149", 8_224 + 2),
        // Without six that have a private code in Unicode.
        ("GBK", 21_886 - 6 + 127),
        ("ISO_IR 13", 94 + 63 + 33),
        ("ISO_IR 166", 94 + 88 + 33),
    ] {
        assert_eq!(our_table(terms).len(), count, "{terms}");
    }
}

#[test]
fn the_files_about_character_sets() {
    let lines = python("files", "");
    let mut names = BTreeSet::new();
    for line in &lines {
        let [name, terms, vr, encoded, theirs] = &fields(line)[..] else { panic!("{line}") };
        let vr = <[u8; 2]>::try_from(vr.as_bytes()).unwrap();
        let class = VrClass::of(vr).unwrap();
        let ours = set(terms).decode(&bytes(encoded), class).unwrap();
        // pydicom leaves empty groups at the end out.
        assert_eq!(ours.trim_end_matches('='), text(theirs), "{line}");
        // What is there is how we would write it, where it keeps to the standard.
        let written = set(terms).encode(&ours, class).unwrap();
        let differs = DIFFERENTLY_WRITTEN.contains(&name.as_str()) && written.contains(&0x1B);
        assert_eq!(hexadecimal(&written) != *encoded, differs, "{line}");
        names.insert(name.clone());
    }
    assert_eq!(names.len(), 17, "{names:?}");
}

/// They return to the default repertoire where it is not the initial one, or before a space that has no set.
const DIFFERENTLY_WRITTEN: [&str; 3] = ["chrSQEncoding.dcm", "chrSQEncoding1.dcm", "chrKoreanMulti.dcm"];

/// (0008,0005), VR, and text in that repertoire. Not in GB 2312, of which pydicom neither writes nor reads the escape
/// sequence.
const TEXTS: [(&str, &str, &str); 21] = [
    ("ISO_IR 6", "PN", "Yamada^Tarou"),
    ("ISO_IR 100", "PN", "Buc^Jérôme\\Äneas^Rüdiger"),
    ("ISO_IR 13", "PN", "ﾔﾏﾀﾞ^ﾀﾛｳ"),
    ("ISO_IR 166", "LO", "นามสกุล"),
    ("ISO_IR 192", "PN", "Wang^XiaoDong=王^小東"),
    ("GB18030", "PN", "Wang^XiaoDong=王^小东"),
    ("GB18030", "LT", "誠\\誠 𠮷"),
    ("GBK", "PN", "Wang^XiaoDong=王^小東"),
    ("ISO 2022 IR 100\\ISO 2022 IR 126", "PN", "Dionysios=Διονυσιος"),
    ("ISO 2022 IR 100\\ISO 2022 IR 126", "LO", "é Διονυσιος é"),
    ("ISO 2022 IR 100\\ISO 2022 IR 144\\ISO 2022 IR 126", "LO", "é, Люкceмбypг, Διονυσιος\\é"),
    ("\\ISO 2022 IR 138", "PN", "שרון^דבורה"),
    ("\\ISO 2022 IR 87", "PN", "Yamada^Tarou=山田^太郎=やまだ^たろう"),
    ("\\ISO 2022 IR 87", "LO", "病院 abc\\日本"),
    ("\\ISO 2022 IR 87\\ISO 2022 IR 159", "PN", "あ齩^齩 い"),
    ("ISO 2022 IR 13\\ISO 2022 IR 87", "PN", "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう"),
    ("ISO 2022 IR 13\\ISO 2022 IR 87", "LO", "ﾔﾏ山田ﾔﾏ a 田"),
    ("ISO 2022 IR 126\\ISO 2022 IR 87", "LO", "Δ山田 Δ山Δ"),
    ("\\ISO 2022 IR 149", "PN", "Hong^Gildong=洪^吉洞=홍^길동"),
    ("\\ISO 2022 IR 149", "LT", "The first line includes 한글.\r\nThe second line includes 한글, too.\r\n"),
    ("\\ISO 2022 IR 149\\ISO 2022 IR 87", "LO", "한글 日本 한글"),
];

#[test]
fn pydicom_reads_what_we_write() {
    let line = |(terms, vr, text): &(&str, &str, &str)| {
        let class = VrClass::of(vr.as_bytes().try_into().unwrap()).unwrap();
        format!("{terms}\t{vr}\t{}\n", hexadecimal(&set(terms).encode(text, class).unwrap()))
    };
    let input: String = TEXTS.iter().map(line).collect();
    let theirs = python("decode", &input);
    assert_eq!(theirs.len(), TEXTS.len());
    for ((case, written), theirs) in TEXTS.iter().zip(input.lines()).zip(&theirs) {
        assert!(!theirs.starts_with('!'), "{case:?}: {theirs}: {written}");
        assert_eq!(text(theirs), case.2, "{case:?}: {written}");
    }
}

#[test]
fn we_read_what_pydicom_writes() {
    let line =
        |(terms, vr, text): &(&str, &str, &str)| format!("{terms}\t{vr}\t{}\n", hexadecimal(text.as_bytes()));
    let theirs = python("encode", &TEXTS.iter().map(line).collect::<String>());
    assert_eq!(theirs.len(), TEXTS.len());
    for ((terms, vr, text), theirs) in TEXTS.iter().zip(&theirs) {
        assert!(!theirs.starts_with('!'), "{text}: {theirs}");
        let class = VrClass::of(vr.as_bytes().try_into().unwrap()).unwrap();
        let ours = set(terms).decode(&bytes(theirs), class).map_err(|error| error.to_string());
        assert_eq!(ours.as_deref(), Ok(*text), "{terms}: {theirs}");
    }
}

/// Every code that may be one, and what we read in it.
fn our_table(terms: &str) -> BTreeMap<Vec<u8>, char> {
    let set = set(terms);
    let (escape, rows): (&[u8], _) = match terms {
        "\\ISO 2022 IR 87" => (b"\x1B$B", Some(0x21..=0x7E)),
        "\\ISO 2022 IR 159" => (b"\x1B$(D", Some(0x21..=0x7E)),
        "\\ISO 2022 IR 149" => (b"\x1B$)C", Some(0xA1..=0xFE)),
        "\\ISO 2022 IR 58" => (b"\x1B$)A", Some(0xA1..=0xFE)),
        "GBK" => (b"", Some(0x80..=0xFF)),
        _ => (b"", None),
    };
    let singles = (0..=0xFF).filter(|_| escape.is_empty()).map(|byte| vec![byte]);
    let doubles = rows.into_iter().flatten();
    let doubles = doubles.flat_map(|row| (0..=0xFF).map(move |cell| [escape, &[row, cell]].concat()));
    let read = |code: Vec<u8>| {
        let text = set.decode(&code, VrClass::Text).ok()?;
        let mut characters = text.chars();
        let character = characters.next()?;
        assert_eq!(characters.next(), None, "{terms}: {code:02X?}");
        Some((code, character))
    };
    singles.chain(doubles).filter_map(read).collect()
}

fn their_tables() -> Tables {
    let mut tables = Tables::new();
    for line in python("tables", "") {
        let [terms, code, text] = &fields(&line)[..] else { panic!("{line}") };
        let character = String::from_utf8(bytes(text)).unwrap().chars().next().unwrap();
        tables.entry(terms.clone()).or_default().insert(bytes(code), character);
    }
    tables
}

// ---- pydicom --------------------------------------------------------------------------------------------------------

fn set(terms: &str) -> CharacterSet {
    CharacterSet::parse(terms.as_bytes()).unwrap()
}

fn fields(line: &str) -> Vec<String> {
    line.split('\t').map(str::to_owned).collect()
}

fn bytes(hexadecimal: &str) -> Vec<u8> {
    let digits = hexadecimal.as_bytes().chunks(2);
    digits.map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

fn text(hexadecimal: &str) -> String {
    String::from_utf8(bytes(hexadecimal)).unwrap_or_else(|_| panic!("{hexadecimal}"))
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

/// Runs the script, and returns the lines that it wrote.
fn python(what: &str, input: &str) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let python = root.join("build/peers/venv/bin/python");
    assert!(python.exists(), "{} is missing: run `cmake/setup.sh test`", python.display());
    let mut child = Command::new(python)
        .arg(root.join("tests/peers/pydicom_charset.py"))
        .arg(what)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    // The script reads all of its input before the pipe that it writes to can be full.
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}
