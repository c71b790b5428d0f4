//! The C programs of README.md compile as they stand there, without a warning, and find all they call in the library.

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
