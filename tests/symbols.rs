//! What the built library exports is what `include/symbols.txt` and `include/dimse.h` say (abi.md rule 19).
//!
//! `DIMSE_BLESS=1 cargo test --test symbols` adds new names, with the version of this crate.

#![cfg(all(feature = "net", target_os = "linux"))]
#![allow(clippy::expect_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

#[test]
fn the_library_exports_what_symbols_txt_says() {
    let path = root().join("include/symbols.txt");
    let exported = exported();
    let mut listed = listed(&path);
    if std::env::var_os("DIMSE_BLESS").is_some() {
        for name in &exported {
            listed.entry(name.clone()).or_insert_with(|| env!("CARGO_PKG_VERSION").to_owned());
        }
        listed.retain(|name, _| exported.contains(name));
        let lines: Vec<String> = listed.iter().map(|(name, version)| format!("{name} {version}\n")).collect();
        fs::write(&path, lines.concat()).expect("include/symbols.txt");
    }
    let listed: BTreeSet<String> = listed.into_keys().collect();
    assert_eq!(exported, listed, "run: DIMSE_BLESS=1 cargo test --test symbols");
}

#[test]
fn the_header_declares_what_the_library_exports() {
    let header = fs::read_to_string(root().join("include/dimse.h")).expect("include/dimse.h");
    let declared: BTreeSet<String> = header
        .lines()
        .filter(|line| line.starts_with("DIMSE_API "))
        .filter_map(|line| line.split('(').next()?.rsplit([' ', '*']).next().map(str::to_owned))
        .collect();
    assert_eq!(declared, exported());
}

#[test]
fn symbols_txt_is_sorted() {
    let text = fs::read_to_string(root().join("include/symbols.txt")).expect("include/symbols.txt");
    assert!(text.lines().is_sorted());
}

#[test]
fn the_soname_bears_the_abi_version() {
    let dynamic = run(Command::new("readelf").arg("-d").arg(library()));
    assert!(dynamic.contains("soname: [libdimse.so.0]"), "{dynamic}");
    assert!(dynamic.contains("NODELETE"), "{dynamic}");
    assert_eq!(dimse::ffi::library::DIMSE_ABI_VERSION, 0);
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The shared library that cargo built for this test, beside it: one build makes all crate types.
fn library() -> PathBuf {
    let test = std::env::current_exe().expect("the path of this test");
    let library = test.with_file_name("libdimse.so");
    assert!(library.is_file(), "cargo builds {} together with this test", library.display());
    library
}

fn exported() -> BTreeSet<String> {
    run(Command::new("nm").args(["-D", "--defined-only"]).arg(library()))
        .lines()
        .filter_map(|line| line.split_whitespace().last().map(str::to_owned))
        .collect()
}

fn listed(path: &Path) -> BTreeMap<String, String> {
    let text = fs::read_to_string(path).unwrap_or_default();
    let pair = |line: &str| line.split_once(' ').map(|(name, version)| (name.to_owned(), version.to_owned()));
    text.lines().map(|line| pair(line).expect("`name version`")).collect()
}

fn run(command: &mut Command) -> String {
    let output = command.output().expect("binutils");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}
