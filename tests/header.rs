//! `include/dimse.h` is what src/ffi says, and every C and C++ compiler takes it (abi.md rule 20).
//!
//! `DIMSE_BLESS=1 cargo test --test header` writes it.

#![cfg(feature = "net")]
#![allow(clippy::expect_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The files of src/ffi in the order in which their functions stand in the header; the rest is plumbing.
const NOUNS: [&str; 30] = [
    "number",
    "text",
    "library",
    "error",
    "log",
    "runtime",
    "queue",
    "delivery",
    "op",
    "status",
    "facts",
    "tag",
    "buffer",
    "dataset",
    "dataset_edit",
    "dataset_codec",
    "assoc_options",
    "echo_options",
    "assoc",
    "store_options",
    "instance",
    "instance_dataset",
    "assoc_store",
    "server_options",
    "server_storage",
    "server",
    "assoc_request",
    "request",
    "request_accept",
    "sink",
];
/// Columns of the header.
const WIDTH: usize = 120;
const PLUMBING: [&str; 6] = ["mod", "arguments", "boundary", "flat", "handle", "timeouts"];

#[test]
fn every_file_of_the_border_is_in_the_header() {
    let found: BTreeSet<String> = fs::read_dir(root().join("src/ffi"))
        .expect("src/ffi")
        .filter_map(|entry| Some(entry.ok()?.path().file_stem()?.to_str()?.to_owned()))
        .collect();
    let known: BTreeSet<String> = NOUNS.iter().chain(&PLUMBING).map(ToString::to_string).collect();
    assert_eq!(found, known, "a file is missing in the list of this test");
}

#[test]
fn the_header_is_what_the_source_says() {
    let path = root().join("include/dimse.h");
    let wanted = generated();
    if std::env::var_os("DIMSE_BLESS").is_some() {
        fs::write(&path, &wanted).expect("include/dimse.h");
    }
    let committed = fs::read_to_string(&path).expect("include/dimse.h");
    assert!(
        committed == wanted,
        "include/dimse.h is not what src/ffi says; run: DIMSE_BLESS=1 cargo test --test header"
    );
}

#[test]
fn its_lines_fit_on_a_page() {
    let header = generated();
    let long: Vec<&str> = header.lines().filter(|line| line.chars().count() > WIDTH).collect();
    assert!(long.is_empty(), "break the words in src/ffi: {long:#?}");
}

/// What it does on the wire, whether it blocks, whether callbacks may call it, since when, and where the standard has it.
#[test]
fn the_words_above_every_function_have_their_order() {
    let header = generated();
    let mut functions = 0;
    for (before, prototype) in
        header.split("\n */\nDIMSE_API ").zip(header.split("\n */\nDIMSE_API ").skip(1))
    {
        let name = prototype.split('(').next().expect("a name");
        let (_, words) = before.rsplit_once("/*\n").expect("words above a function");
        let words = words.replace("\n *", "");
        let at = |any_of: &[&str]| {
            any_of
                .iter()
                .filter_map(|part| words.find(part))
                .min()
                .unwrap_or_else(|| panic!("{name}: none of {any_of:?}"))
        };
        let order = [
            at(&["Nothing on the wire", "On the wire:"]),
            at(&["Does not block", "Blocks ", "does not wait"]),
            at(&["llowed in callbacks"]),
            at(&["Since 0."]),
        ];
        assert!(order.is_sorted(), "{name}: {words}");
        let rest = words.split_once("Since ").map_or("", |(_, rest)| rest);
        let paragraph = rest.split_once(". ").map_or("", |(_, paragraph)| paragraph);
        assert!(
            paragraph.is_empty() || paragraph.starts_with("PS3."),
            "{name}: what comes after `Since` is a paragraph"
        );
        functions += 1;
    }
    assert!(functions > 80, "only {functions} functions were found; has the header's form changed?");
}

#[test]
fn it_compiles_in_every_standard_alone_and_twice() {
    let source = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("header.c");
    let text = "#include \"dimse.h\"\n#include \"dimse.h\"\n\
                int main(void) { return dimse_result_name(DIMSE_ERR_PANIC) == 0; }\n";
    fs::write(&source, text).expect("source");
    let dialects = [
        ("cc", "c", "c99"),
        ("cc", "c", "c11"),
        ("cc", "c", "c17"),
        ("c++", "c++", "c++11"),
        ("c++", "c++", "c++17"),
        ("c++", "c++", "c++20"),
    ];
    for (compiler, language, standard) in dialects {
        let output = Command::new(compiler)
            .args(["-x", language, &format!("-std={standard}"), "-fsyntax-only"])
            .args(["-Wall", "-Wextra", "-Wpedantic", "-Werror", "-I"])
            .arg(root().join("include"))
            .arg(&source)
            .output()
            .expect("a C and a C++ compiler");
        assert!(output.status.success(), "{standard}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn source_of(noun: &str) -> PathBuf {
    root().join(format!("src/ffi/{noun}.rs"))
}

fn generated() -> String {
    let config = cbindgen::Config::from_file(root().join("cbindgen.toml")).expect("cbindgen.toml");
    let builder = NOUNS.iter().fold(cbindgen::Builder::new().with_config(config), |builder, noun| {
        builder.with_src(source_of(noun))
    });
    let mut bytes = Vec::new();
    builder.generate().expect("src/ffi is what cbindgen can read").write(&mut bytes);
    let raw = String::from_utf8(bytes).expect("UTF-8");
    let (head, body) = raw.split_at(raw.find("#ifndef DIMSE_H").expect("an include guard"));
    format!("{}\n\n{}", head.trim_end(), finished(body))
}

/// What cbindgen cannot say: comments and prototypes that read well, constants with their type.
fn finished(raw: &str) -> String {
    let unsigned = unsigned_constants();
    let mut out = Vec::new();
    let mut lines = raw.lines().map(str::trim_end);
    while let Some(line) = lines.next() {
        let indent = " ".repeat(line.len() - line.trim_start().len());
        if line.trim_start() == "/*" {
            let words: Vec<&str> = lines.by_ref().map(str::trim).take_while(|line| *line != "*/").collect();
            out.push(comment(&indent, &words));
        } else if line.starts_with("DIMSE_API") {
            let mut prototype = line.to_owned();
            while !prototype.ends_with(';') {
                prototype = format!("{prototype} {}", lines.next().expect("the end of a prototype").trim());
            }
            out.push(prototype_of(&without_tags(&prototype)));
        } else if let Some((name, value)) = constant(line) {
            out.push(format!("#define {name} {}\n", typed(value, unsigned.contains(name))));
            if is_gap_in_family(name, lines.clone()) {
                lines.next();
            }
        } else {
            let line = line.replace("// __cplusplus", "").replace("// extern \"C\"", "");
            out.push(format!("{}\n", without_tags(line.trim_end())));
        }
    }
    out.concat()
}

/// Whether an empty line, a comment and another constant of the same family (`DIMSE_PHASE_*`) come next.
fn is_gap_in_family<'a>(name: &str, mut lines: impl Iterator<Item = &'a str>) -> bool {
    let family = |name: &str| name.split('_').nth(1).map(str::to_owned);
    lines.next() == Some("")
        && lines.next() == Some("/*")
        && lines
            .skip_while(|line| line.trim() != "*/")
            .nth(1)
            .and_then(constant)
            .is_some_and(|(next, _)| family(next) == family(name))
}

fn comment(indent: &str, words: &[&str]) -> String {
    match words {
        [one] if indent.len() + one.len() < 112 => format!("{indent}/* {one} */\n"),
        words => {
            let lines: String =
                words.iter().map(|line| format!("{indent} * {line}").trim_end().to_owned() + "\n").collect();
            format!("{indent}/*\n{lines}{indent} */\n")
        }
    }
}

/// On one line where it fits, else the arguments below, as many on a line as fit.
fn prototype_of(line: &str) -> String {
    if line.len() <= WIDTH {
        return format!("{line}\n");
    }
    let (name, arguments) = line.split_once('(').expect("a prototype has arguments");
    let mut lines = vec![format!("{name}(\n   ")];
    let mut used = 3;
    for argument in arguments.split_inclusive(',') {
        let argument = argument.trim();
        if used + 1 + argument.len() > WIDTH {
            lines.push("\n   ".to_owned());
            used = 3;
        }
        lines.push(format!(" {argument}"));
        used += 1 + argument.len();
    }
    lines.concat() + "\n"
}

/// A type's name is its typedef's.
fn without_tags(line: &str) -> String {
    if line.starts_with("typedef struct") { line.to_owned() } else { line.replace("struct dimse_", "dimse_") }
}

fn constant(line: &str) -> Option<(&str, &str)> {
    line.strip_prefix("#define DIMSE_")?;
    line.strip_prefix("#define ")?.split_once(' ').filter(|(name, _)| *name != "DIMSE_API")
}

fn typed(value: &str, is_unsigned: bool) -> String {
    match value {
        "4294967295" => "UINT32_MAX".to_owned(),
        "18446744073709551615" | "18446744073709551615ull" => "UINT64_MAX".to_owned(),
        value if is_unsigned => format!("{value}u"),
        value if value.starts_with('-') => format!("({value})"),
        value => value.to_owned(),
    }
}

fn unsigned_constants() -> BTreeSet<String> {
    let sources = NOUNS.map(|noun| fs::read_to_string(source_of(noun)).expect("a source of src/ffi"));
    sources
        .iter()
        .flat_map(|source| source.lines())
        .filter_map(|line| {
            line.strip_prefix("pub const ")?.split_once(": u32 =").map(|(name, _)| name.to_owned())
        })
        .collect()
}
