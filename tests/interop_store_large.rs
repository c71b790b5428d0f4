//! One large instance in each direction with DCMTK 3.6.7: it passes through, and is never held, also where it is converted
//! on its way out, and where somebody decides about it by its front on its way in. A test program of its own, since what is
//! measured is the memory of the process.
//!
//! 64 MiB; with `DIMSE_DEEP=1` in the environment (`make check-deep`) 1 GiB.

#![allow(clippy::unwrap_used, reason = "a test says what went wrong by panicking")]
#![cfg(target_os = "linux")]

mod peers;
mod storing;

use std::fs;
use std::path::{Path, PathBuf};

use dimse::wire::uids;

use peers::{Folder, Provider, dcmtk};
use storing::{Serving, files, send};

/// More than all buffers of an association, and far less than an instance.
const MOST_GROWTH_KIB: u64 = 8 * 1024;

/// All in one test: beside another one the memory of the process would be that of both.
#[test]
fn a_large_instance_passes_through_in_both_directions() {
    let is_deep = std::env::var_os("DIMSE_DEEP").is_some_and(|value| value != "0" && !value.is_empty());
    let mebibytes = if is_deep { 1024 } else { 64 };
    let folder = Folder::new("source");
    let source = files::large(folder.path(), mebibytes);
    sent_as_it_is(&source);
    sent_converted(&source, u64::from(mebibytes) << 20);
    received(&source, &Serving::start());
    let by_its_front = Serving::deciding(1 << 20, |instance| {
        instance.into_folder(instance.front(None).unwrap()).unwrap();
    });
    received(&source, &by_its_front);
}

fn sent_as_it_is(source: &Path) {
    let (_provider, arrived) = sent_to(&["--bit-preserving", "+xa"], source);
    assert!(files::same_data_set(source, &arrived));
}

/// Its pixels are the only element of which implicit VRs have another length: the header is 4 bytes shorter.
fn sent_converted(source: &Path, pixels: u64) {
    let (_provider, arrived) = sent_to(&["--bit-preserving", "+xi"], source);
    let header = files::header_of_large(&arrived);
    assert_eq!(header.transfer_syntax, uids::IMPLICIT_VR_LITTLE_ENDIAN);
    let length = |file: &Path| {
        let header = files::header_of_large(file).length;
        fs::metadata(file).unwrap().len() - u64::try_from(header).unwrap()
    };
    assert_eq!(length(&arrived), length(source) - 4);
    assert!(files::same_end(source, &arrived, pixels));
}

/// What a storescp with these options has of it; gone with the provider.
fn sent_to(options: &[&str], source: &Path) -> (Provider, PathBuf) {
    let provider = dcmtk::storescp(options);
    let sources = [source.to_owned()];
    let before = reset_peak_kib();
    assert_eq!(send(&provider, &sources).successes(), sources);
    let grown = peak_kib() - before;
    assert!(grown < MOST_GROWTH_KIB, "sending with {options:?} took {grown} KiB more");
    let mut arrived = files::below(provider.folder());
    arrived.retain(|file| !file.ends_with("output.log"));
    (provider, arrived.remove(0))
}

fn received(source: &Path, server: &Serving) {
    let before = reset_peak_kib();
    dcmtk::storescu(server.port(), "ANY-SCP", &["--required"], &[source.to_owned()]).expect_success();
    let grown = peak_kib() - before;
    assert!(grown < MOST_GROWTH_KIB, "receiving took {grown} KiB more");
    let [arrived] = &server.files()[..] else { panic!("{:?}", server.files()) };
    assert!(files::same_data_set(source, arrived));
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
