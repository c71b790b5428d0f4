//! The character sets against Python's tables and pydicom's code: every code of every set, the files that pydicom has
//! about them, and text of ours read by pydicom and of pydicom read by us.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

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
    for (terms, theirs) in &theirs {
        let ours = our_table(terms);
        let codes: BTreeSet<&Vec<u8>> = theirs.keys().chain(ours.keys()).collect();
        let mut differences = Vec::new();
        for code in codes {
            let (ours, theirs) = (ours.get(code), theirs.get(code));
            if ours != theirs && !is_expected(terms, code, ours.copied(), theirs.copied()) {
                let name = |it: Option<&char>| it.map(|it| format!("{:04X}", u32::from(*it)));
                differences.push(format!("{code:02X?} ours {:?} theirs {:?}", name(ours), name(theirs)));
            }
        }
        assert!(differences.is_empty(), "{terms}: {}\n{}", differences.len(), differences.join("\n"));
        let characters: BTreeSet<&char> = ours.values().collect();
        assert_eq!(characters.len(), ours.len(), "{terms}: a character has two codes");
    }
}

fn is_expected(_terms: &str, _code: &[u8], _ours: Option<char>, _theirs: Option<char>) -> bool {
    false
}

/// Every code that may be one, and what we read in it.
fn our_table(terms: &str) -> BTreeMap<Vec<u8>, char> {
    let set = set(terms);
    let (escape, singles, rows): (&[u8], _, _) = match terms {
        "\\ISO 2022 IR 87" => (b"\x1B$B", false, 0x21..=0x7E),
        "\\ISO 2022 IR 159" => (b"\x1B$(D", false, 0x21..=0x7E),
        "\\ISO 2022 IR 149" => (b"\x1B$)C", false, 0xA1..=0xFE),
        "\\ISO 2022 IR 58" => (b"\x1B$)A", false, 0xA1..=0xFE),
        "GBK" => (b"", true, 0x80..=0xFF),
        _ => (b"", true, 1..=0),
    };
    let mut codes: Vec<Vec<u8>> = Vec::new();
    codes.extend((0..=0xFF).filter(|_| singles).map(|byte| vec![byte]));
    codes.extend(rows.flat_map(|row| (0..=0xFF).map(move |cell| [escape, &[row, cell]].concat())));
    let read = |code: Vec<u8>| {
        let text = set.decode(&code, VrClass::Text).ok()?;
        let mut characters = text.chars();
        let character = characters.next()?;
        assert_eq!(characters.next(), None, "{terms}: {code:02X?}");
        Some((code, character))
    };
    codes.into_iter().filter_map(read).collect()
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

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
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
