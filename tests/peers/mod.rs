//! Real DICOM peers for the interoperability tests: every `tests/interop_*.rs` says `mod peers;`.
//!
//! A peer is a program that somebody else wrote, running on loopback: DCMTK, pynetdicom, dcmjs-dimse, Orthanc. One that
//! is not installed fails the test and says how to get it; nothing is skipped. A provider listens when its `start`
//! returns and dies, children included, when it is dropped or when the test process ends in any way. Its output is
//! kept, and shown when the test fails.

#![allow(dead_code, unused_imports, reason = "each test takes the peers that it needs")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a harness says what went wrong by panicking")]

pub(crate) mod dcmjs_dimse;
pub(crate) mod dcmtk;
pub(crate) mod orthanc;
pub(crate) mod pydicom;
pub(crate) mod pynetdicom;

mod process;
mod provider;

use std::path::PathBuf;

pub(crate) use process::{Folder, Outcome};
pub(crate) use provider::Provider;

/// The AE title under which every peer calls, and the address where everybody listens.
pub(crate) const CALLING_AE_TITLE: &str = "INTEROP";
pub(crate) const LOOPBACK: &str = "127.0.0.1";

/// An installed program, or a failed test with the way to install it.
fn tool(name: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(["/usr/local/sbin", "/usr/sbin", "/sbin"].map(PathBuf::from)) // Orthanc's home on Debian
        .map(|folder| folder.join(name))
        .find(|candidate| candidate.is_file())
        .unwrap_or_else(|| panic!("{name} is not installed: run `cmake/setup.sh test`"))
}

/// A file below `build/peers`, where `cmake/setup.sh` puts the peers that have no package.
fn installed(relative: &str) -> PathBuf {
    let file = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/build/peers")).join(relative);
    assert!(file.exists(), "{} is missing: run `cmake/setup.sh test`", file.display());
    file
}

/// A script of this folder.
fn script(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers")).join(name)
}
