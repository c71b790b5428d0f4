//! Every export goes through the boundary (abi.md rule 12): its body is one `boundary!`, but for what takes user data
//! over before anything can fail.

#![allow(clippy::expect_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

#[test]
fn no_export_lacks_the_boundary() {
    let mut exports = 0;
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/ffi")).expect("src/ffi") {
        let path = entry.expect("a file of src/ffi").path();
        let source = fs::read_to_string(&path).expect("a source file");
        for (name, body) in exports_of(&source) {
            exports += 1;
            assert!(stands_at_the_border(body), "{}: {name} lacks boundary!", path.display());
        }
    }
    assert!(exports > 20, "only {exports} exports were found; has their form changed?");
}

#[test]
fn every_exported_name_is_an_export_that_was_checked() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let symbols = fs::read_to_string(folder.join("include/symbols.txt")).expect("include/symbols.txt");
    let sources: Vec<String> = fs::read_dir(folder.join("src/ffi"))
        .expect("src/ffi")
        .map(|entry| fs::read_to_string(entry.expect("a file").path()).expect("a source file"))
        .collect();
    for name in symbols.lines().filter_map(|line| line.split(' ').next()) {
        let found = sources.iter().flat_map(|source| exports_of(source)).any(|(export, _)| export == name);
        assert!(found, "{name} is exported from elsewhere than src/ffi");
    }
}

#[test]
fn every_noun_has_its_own_number_in_its_handles() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/ffi");
    let mut numbers = BTreeSet::new();
    for entry in fs::read_dir(folder).expect("src/ffi") {
        let source = fs::read_to_string(entry.expect("a file").path()).expect("a source file");
        let product = source.split("\nmod tests {").next().expect("code before tests");
        for rest in product.split("const TYPE: usize = ").skip(1) {
            let number =
                rest.split(';').next().and_then(|number| number.parse::<u8>().ok()).expect("a number");
            assert!((1..30).contains(&number), "{number}: 1 to 29; 30 and 31 are the tests'");
            assert!(numbers.insert(number), "{number} is the number of two nouns");
        }
    }
    assert!(!numbers.is_empty());
}

/// Name and body of every `extern "C" fn` that has a body.
fn exports_of(source: &str) -> Vec<(&str, &str)> {
    source
        .split("extern \"C\" fn ")
        .skip(1)
        .filter_map(|rest| {
            let (name, rest) = rest.split_once('(')?;
            // rustfmt puts the end of a function that starts a line at the start of a line.
            let body = rest.split_once("{\n")?.1.split("\n}\n").next()?;
            (!name.is_empty()).then_some((name, body))
        })
        .collect()
}

fn stands_at_the_border(body: &str) -> bool {
    let code: String = body
        .lines()
        .map(str::trim)
        .filter(|line| !line.starts_with("//") && !line.starts_with("let user_data = UserData::new("))
        .collect();
    let rest = code.trim_end_matches(';');
    rest.starts_with("boundary!(") && rest.ends_with(')') && rest.matches("boundary!(").count() == 1
}
