//! The drawing of the layers is true: which module of the library may name which other one, sideways included; where
//! `unsafe` may stand; that the protocol layers know no clock and no operating system. The other half of the proof is
//! `cargo check --no-default-features`, which `make test` runs.
//!
//! Source files are read as tokens, so comments, strings and doc links do not count and macro arguments do.

#![allow(clippy::unwrap_used, reason = "a test says what went wrong by panicking")]

#[path = "layers/paths.rs"]
mod paths;

use std::fs;
use std::path::{Path, PathBuf};

use paths::{SourcePath, source_paths};

/// The arrows, as drawn. A layer may name itself, what its arrows reach, and what is reached from there.
const ARROWS: &[(&str, &[&str])] = &[
    ("ffi", &["transfer"]),
    ("transfer", &["scu", "scp"]),
    ("scu", &["storage"]),
    ("scp", &["storage"]),
    ("storage", &["net"]),
    ("net", &["runtime", "ul", "dimse", "dataset"]),
    ("ul", &["wire"]),
    ("dimse", &["wire"]),
    ("dataset", &["wire"]),
    ("runtime", &["error", "types"]),
    ("wire", &["error", "types"]),
    // The ground floor is one: an error says which value was bad, a value says why it is none.
    ("error", &["types"]),
    ("types", &["error"]),
];

/// Bytes and the time come in as arguments.
const SANS_IO: &[&str] = &["error", "types", "wire", "ul", "dimse", "dataset"];

/// `unsafe` is where C and the operating system are, and nowhere else.
const UNSAFE: &[&[&str]] = &[&["ffi"], &["net", "sys"]];

/// A file is about one idea.
const MAXIMUM_LINES: usize = 800;

#[test]
fn every_file_keeps_to_its_layer() {
    let sources = sources();
    assert!(sources.len() > 5, "only {} files found: is this the repository?", sources.len());
    let found: Vec<String> = sources.iter().flat_map(violations).collect();
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

// ---- the rules ------------------------------------------------------------------------------------------------------

/// One source file with the module that it is.
struct Source {
    name: String,
    module: Vec<String>,
    text: String,
}

fn violations(source: &Source) -> Vec<String> {
    let lines = source.text.lines().count();
    let mut found = Vec::new();
    if lines > MAXIMUM_LINES {
        found.push(format!("{}: {lines} lines, {MAXIMUM_LINES} at most", source.name));
    }
    // lib.rs declares the modules and is no layer.
    let Some(layer) = source.module.first() else { return found };
    if !is_layer(layer) {
        found.push(format!("{}: belongs to no layer", source.name));
        return found;
    }
    let paths = match source_paths(&source.text, &source.module) {
        Ok(paths) => paths,
        Err(error) => return vec![format!("{}: does not parse: {error}", source.name)],
    };
    let broken = paths.iter().filter_map(|path| {
        let rule = broken_rule(&source.module, layer, path)?;
        Some(format!("{}:{}: `{}`: {rule}", source.name, path.line, path.segments.join("::")))
    });
    found.extend(broken);
    found
}

fn broken_rule(module: &[String], layer: &str, path: &SourcePath) -> Option<String> {
    let segments: Vec<&str> = path.segments.iter().map(String::as_str).collect();
    match segments.as_slice() {
        ["crate", target, ..] if is_layer(target) => {
            (!may_name(layer, target)).then(|| format!("{layer} must not name {target}"))
        }
        ["crate", ..] => Some("name the module in which it is, not the root of the crate".to_owned()),
        ["macro_use" | "macro_export"] => Some("a macro is imported by its path, like everything".to_owned()),
        ["unsafe"]
            if !UNSAFE
                .iter()
                .any(|home| module.iter().map(String::as_str).take(home.len()).eq(home.iter().copied())) =>
        {
            Some("unsafe belongs in ffi and net::sys".to_owned())
        }
        _ if SANS_IO.contains(&layer) && !path.in_tests && is_input_output(&segments) => {
            Some(format!("{layer} knows no clock and no operating system"))
        }
        _ => None,
    }
}

fn is_input_output(segments: &[&str]) -> bool {
    const SYSTEM: &[&str] = &["env", "fs", "os", "process", "thread"];
    const TYPES: &[&str] = &["SystemTime", "TcpListener", "TcpStream", "UdpSocket", "ToSocketAddrs"];
    matches!(segments, ["std", module, ..] if SYSTEM.contains(module))
        || matches!(segments, ["tokio" | "libc" | "socket2" | "tracing", ..])
        || matches!(segments, [.., "Instant", "now"])
        || segments.iter().any(|segment| TYPES.contains(segment))
}

fn is_layer(name: &str) -> bool {
    ARROWS.iter().any(|(layer, _)| *layer == name)
}

fn may_name(from: &str, to: &str) -> bool {
    fn reaches(from: &str, to: &str, seen: &mut Vec<String>) -> bool {
        if from == to {
            return true;
        }
        if seen.iter().any(|layer| layer == from) {
            return false;
        }
        seen.push(from.to_owned());
        let arrows = ARROWS.iter().find(|(layer, _)| *layer == from).map_or(&[][..], |(_, below)| below);
        arrows.iter().any(|below| reaches(below, to, seen))
    }
    reaches(from, to, &mut Vec::new())
}

// ---- the files ------------------------------------------------------------------------------------------------------

fn sources() -> Vec<Source> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&root, &mut files);
    files.sort();
    files.iter().map(|file| read(&root, file)).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

fn read(root: &Path, file: &Path) -> Source {
    let relative = file.strip_prefix(root).unwrap();
    let mut module: Vec<String> =
        relative.with_extension("").iter().map(|part| part.to_str().unwrap().to_owned()).collect();
    if matches!(module.last().map(String::as_str), Some("mod" | "lib")) {
        module.pop();
    }
    Source { name: format!("src/{}", relative.display()), module, text: fs::read_to_string(file).unwrap() }
}

// ---- the test can fail ----------------------------------------------------------------------------------------------

fn check(module: &str, text: &str) -> Vec<String> {
    let module: Vec<String> = module.split("::").map(str::to_owned).collect();
    violations(&Source { name: "source.rs".to_owned(), module, text: text.to_owned() })
}

#[track_caller]
fn refuses(module: &str, text: &str, words: &str) {
    let found = check(module, text);
    assert!(found.len() == 1 && found.iter().all(|line| line.contains(words)), "{text}: {found:?}");
}

#[track_caller]
fn accepts(module: &str, text: &str) {
    assert_eq!(check(module, text), Vec::<String>::new(), "{text}");
}

#[test]
fn arrows_go_down_only() {
    refuses(
        "wire::pdu",
        "use crate::net::Driver;",
        "source.rs:1: `crate::net::Driver`: wire must not name net",
    );
    refuses("types", "\nuse crate::ffi;", "source.rs:2: `crate::ffi`: types must not name ffi");
    refuses("runtime", "use crate::wire::pdu::Pdu;", "runtime must not name wire");
    accepts(
        "ffi::assoc",
        "use crate::{net::Driver, runtime, scu::echo, ul::machine::{Event, Machine}, error::Error};",
    );
    accepts("net", "use crate::error::Error; use crate::wire::pdu::Pdu; use crate::ul; use crate::dimse;");
}

#[test]
fn nor_sideways() {
    refuses("ul::machine", "use crate::dimse::command::Command;", "ul must not name dimse");
    refuses("dimse", "use crate::ul::machine;", "dimse must not name ul");
    refuses("scu::get", "fn get() -> crate::scp::Server {}", "scu must not name scp");
    refuses("scp", "use crate::scu;", "scp must not name scu");
    refuses("dataset", "use crate::dimse;", "dataset must not name dimse");
}

#[test]
fn every_way_to_write_a_path_is_seen() {
    for text in [
        "use crate::{types::Uid, net::{driver::Driver}};",
        "use crate::net as below;",
        "pub use super::super::net::Io;",
        "use super::super::{net::Io};",
        "use super::{super::net::Io};",
        "mod inner { use super::super::super::net::Io; }",
        "fn f(io: &dyn crate::net::Io) {}",
        "fn f() { let x = vec![crate::net::sys::open()]; }",
        "macro_rules! m { () => { $crate::net::start() } }",
        "#[derive(crate::net::Derived)] struct S;",
        "fn f() { crate :: net :: f() }",
        "fn f() { if a as usize::<crate::net::T> {} }",
    ] {
        refuses("wire::pdu", text, "wire must not name net");
    }
}

#[test]
fn words_are_no_paths() {
    accepts(
        "wire::pdu",
        "//! As [`crate::net`] does.\n/* use crate::net; */ const A: &str = \"crate::net::X\";",
    );
    accepts("wire::pdu", "pub(crate) mod a { pub(super) struct B; pub(in crate::wire) struct C; }");
    accepts("wire::pdu", "use super::item::Item; mod tests { use super::*; use super::super::item::Item; }");
}

#[test]
fn the_root_of_the_crate_is_no_way_around() {
    for text in [
        "use crate::*;",
        "use super::super::*;",
        "use crate as root;",
        "use crate::{self as root};",
        "use crate::Uid;",
    ] {
        refuses("wire::pdu", text, "name the module");
    }
    refuses("wire", "use super::*;", "name the module");
    refuses("wire", "extern crate self as root;", "name the module");
    refuses("wire", "#[macro_use] mod bytes;", "by its path");
}

#[test]
fn every_file_belongs_to_a_layer_and_has_an_end() {
    refuses("utils", "", "belongs to no layer");
    refuses("wire::pdu", &"\n".repeat(MAXIMUM_LINES + 1), "801 lines");
    refuses("wire::pdu", "fn f( {", "does not parse");
}

#[test]
fn unsafe_stands_where_c_and_the_system_are() {
    refuses("net::driver", "fn f() { unsafe { g() } }", "unsafe belongs in");
    refuses("runtime", "#![allow(unsafe_code)] unsafe fn f() {}", "unsafe belongs in");
    accepts("ffi::assoc", "#[unsafe(no_mangle)] pub extern \"C\" fn dimse_f() { unsafe { g() } }");
    accepts("net::sys::linux", "fn f() { unsafe { g() } }");
}

#[test]
fn protocol_layers_know_no_clock_and_no_system() {
    for text in [
        "fn f() { let t = Instant::now(); }",
        "fn f() { let t = std::time::Instant::now(); }",
        "use std::{fmt, thread};",
        "use std::fs::File;",
        "use std::net::{IpAddr, TcpStream};",
        "fn f() { tokio::spawn(g()); }",
    ] {
        refuses("ul::machine", text, "knows no clock");
        accepts("net::driver", text);
    }
    accepts("ul::machine", "use std::time::{Duration, Instant}; use std::net::IpAddr;");
    accepts("ul::machine", "#[cfg(test)] mod tests { use std::fs; fn f() { std::time::Instant::now(); } }");
    refuses("ul::machine", "#[cfg(test)] mod tests { use crate::net::Io; }", "ul must not name net");
}
