//! One large instance in each direction with DCMTK 3.6.7: it passes through, and is never held. A test program of its
//! own, since what is measured is the memory of the process.
//!
//! 64 MiB; with `DIMSE_DEEP=1` in the environment (`make check-deep`) 1 GiB.

#![allow(clippy::unwrap_used, reason = "a test says what went wrong by panicking")]
#![cfg(target_os = "linux")]

mod peers;
mod storing;

use std::fs;

use peers::{Folder, dcmtk};
use storing::{Serving, files, send};

/// More than all buffers of an association, and far less than an instance.
const MOST_GROWTH_KIB: u64 = 8 * 1024;

#[test]
fn a_large_instance_passes_through_in_both_directions() {
    let is_deep = std::env::var_os("DIMSE_DEEP").is_some_and(|value| value != "0" && !value.is_empty());
    let folder = Folder::new("source");
    let sources = [files::large(folder.path(), if is_deep { 1024 } else { 64 })];

    let provider = dcmtk::storescp(&["--bit-preserving", "+xa"]);
    let before = reset_peak_kib();
    assert_eq!(send(&provider, &sources).successes(), sources);
    let grown = peak_kib() - before;
    assert!(grown < MOST_GROWTH_KIB, "sending took {grown} KiB more");
    let arrived = files::below(provider.folder());
    let arrived = arrived.iter().find(|file| !file.ends_with("output.log")).unwrap();
    assert!(files::same_data_set(&sources[0], arrived));
    drop(provider);

    let server = Serving::start();
    let before = reset_peak_kib();
    dcmtk::storescu(server.port(), "ANY-SCP", &["--required"], &sources).expect_success();
    let grown = peak_kib() - before;
    assert!(grown < MOST_GROWTH_KIB, "receiving took {grown} KiB more");
    let [arrived] = &server.files()[..] else { panic!("{:?}", server.files()) };
    assert!(files::same_data_set(&sources[0], arrived));
}

/// Makes what this process has now the most that it ever had.
fn reset_peak_kib() -> u64 {
    fs::write("/proc/self/clear_refs", "5").unwrap();
    peak_kib()
}

/// The most memory that this process ever had, in KiB.
fn peak_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}
