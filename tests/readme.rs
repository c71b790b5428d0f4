//! The C programs of README.md compile as they stand there, without a warning, and find all they call in the library; the
//! pages that sources refer to are there.

#![cfg(all(feature = "net", target_os = "linux"))]
#![allow(clippy::expect_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

#[test]
fn its_programs_compile_and_link() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = fs::read_to_string(root.join("README.md")).expect("README.md");
    let programs = programs(&readme);
    assert!(programs.len() >= 3, "only {} programs were found; has their form changed?", programs.len());
    // One build makes all crate types: the shared library lies beside this test.
    let library = std::env::current_exe().expect("the path of this test").with_file_name("libdimse.so");
    for (number, program) in programs.iter().enumerate() {
        let source = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("readme_{number}.c"));
        fs::write(&source, program).expect("source");
        let output = Command::new("cc")
            .args(["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-I"])
            .arg(root.join("include"))
            .arg(&source)
            .arg(&library)
            .arg("-o")
            .arg(source.with_extension(""))
            .output()
            .expect("a C compiler");
        assert!(output.status.success(), "{program}\n{}", String::from_utf8_lossy(&output.stderr));
    }
}

/// What stands between "```c" and "```".
fn programs(readme: &str) -> Vec<&str> {
    readme.split("\n```c\n").skip(1).filter_map(|rest| rest.split("\n```").next()).collect()
}

/// `abi.md` in a comment is `docs/abi.md`.
#[test]
fn the_pages_that_sources_refer_to_are_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut referred = 0;
    for folder in
        ["src", "include", "tools", "c-tests", "tests", "benches", "cmake", "fuzz/src", "fuzz/fuzz_targets"]
    {
        for file in below(&root.join(folder)) {
            let Ok(text) = fs::read_to_string(&file) else { continue };
            for page in pages(&text) {
                referred += 1;
                let is_there =
                    [root.join(page), root.join("docs").join(page)].iter().any(|path| path.is_file());
                assert!(is_there, "{} refers to {page}", file.display());
            }
        }
    }
    assert!(referred > 20, "only {referred} were found; has their form changed?");
}

fn below(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    entries.flat_map(|path| if path.is_dir() { below(&path) } else { vec![path] }).collect()
}

/// Words that are names of pages.
fn pages(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !(letter.is_ascii_alphanumeric() || "/._-".contains(letter)))
        .map(|word| word.trim_end_matches('.'))
        .filter(|word| {
            word.len() > 3 && Path::new(word).extension().is_some_and(|extension| extension == "md")
        })
}
