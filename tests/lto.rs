//! The product is built with link-time optimisation. cargo leaves it out without a word when an rlib is among the crate
//! types, so this reads the very command line that cargo hands to rustc.

#![allow(clippy::unwrap_used, reason = "a test says what went wrong by panicking")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

#[test]
fn the_product_is_built_with_lto() {
    let line = rustc_command_line();
    assert!(
        is_optimised_at_link_time(&line),
        "no `-C lto` among the arguments of rustc:\n{}",
        line.join(" ")
    );
}

#[test]
fn the_check_sees_its_absence() {
    let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
    assert!(is_optimised_at_link_time(&words("--crate-type cdylib -C opt-level=3 -C lto")));
    assert!(is_optimised_at_link_time(&words("-C lto=fat --crate-type cdylib")));
    for without in [
        "--crate-type cdylib -C opt-level=3",
        "-C lto=off",
        "-C embed-bitcode=no lto",
        "-C linker-plugin-lto",
    ] {
        assert!(!is_optimised_at_link_time(&words(without)), "{without}");
    }
}

fn is_optimised_at_link_time(arguments: &[String]) -> bool {
    arguments.windows(2).any(|pair| pair == ["-C", "lto"] || pair == ["-C", "lto=fat"])
}

/// Runs the build command of the product up to the point where cargo calls rustc for this crate.
///
/// A wrapper stands before rustc for this crate only; it writes its arguments down and stops the build there. What the
/// crate depends on is taken from, or put into, the same target folder as in `make`: nothing is built twice.
fn rustc_command_line() -> Vec<String> {
    let scratch = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("lto-{}", std::process::id()));
    fs::create_dir_all(&scratch).unwrap();
    let (wrapper, record) = (scratch.join("rustc"), scratch.join("arguments"));
    fs::write(&wrapper, WRAPPER).unwrap();
    fs::set_permissions(&wrapper, fs::Permissions::from_mode(0o755)).unwrap();

    let output = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/cmake/library.sh"))
        .arg(&scratch)
        .env("RUSTC_WORKSPACE_WRAPPER", &wrapper)
        .env("DIMSE_RECORD", &record)
        .output()
        .unwrap();
    let arguments = fs::read_to_string(&record);
    fs::remove_dir_all(&scratch).unwrap();
    let arguments = arguments
        .unwrap_or_else(|_| panic!("rustc was not called:\n{}", String::from_utf8_lossy(&output.stderr)));
    arguments.lines().map(str::to_owned).collect()
}

/// The first argument is rustc itself.
const WRAPPER: &str = r#"#!/bin/sh
case " $* " in
*" --crate-name dimse "*" --crate-type cdylib "*)
    printf '%s\n' "$@" >"$DIMSE_RECORD"
    exit 1
    ;;
esac
exec "$@"
"#;
