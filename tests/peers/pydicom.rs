//! pydicom, by a small script beside this file.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::process::{Outcome, run};
use super::pynetdicom::PYTHON;
use super::{installed, script};

/// One file, and what pydicom made of it.
#[derive(Debug)]
pub(crate) struct Read {
    pub(crate) path: PathBuf,
    /// Of its header: SOP class, SOP instance, transfer syntax, implementation class, implementation version, source;
    /// `-` for what is missing. `None` where it cannot be read.
    pub(crate) header: Option<Vec<String>>,
}

/// Reads these files, or, where there are none, those of pydicom's own tests.
pub(crate) fn read(files: &[&Path]) -> Vec<Read> {
    let script = script("pydicom_read.py");
    let arguments: Vec<&str> = std::iter::once(script.as_path())
        .chain(files.iter().copied())
        .map(|path| path.to_str().expect("the repository's path is text"))
        .collect();
    let outcome = run(&installed(PYTHON), &arguments, 120).expect_success();
    outcome.text.lines().map(line).collect()
}

/// The files of pydicom's own tests.
pub(crate) fn files() -> Vec<PathBuf> {
    static FILES: OnceLock<Vec<PathBuf>> = OnceLock::new();
    FILES.get_or_init(|| read(&[]).into_iter().map(|read| read.path).collect()).clone()
}

/// Those of them with these names.
pub(crate) fn files_named(names: &[&str]) -> Vec<PathBuf> {
    let files = files();
    let find = |name: &&str| files.iter().find(|file| file.ends_with(name)).cloned();
    names.iter().map(|name| find(name).unwrap_or_else(|| panic!("{name} is missing"))).collect()
}

/// Compares files in pairs, element by element; `options` as `pydicom_compare.py --help` lists them. Exit code 0 only
/// when all are the same.
pub(crate) fn compare(pairs: &[(PathBuf, PathBuf)], options: &[&str]) -> Outcome {
    let script = script("pydicom_compare.py");
    let text = |path: &PathBuf| path.to_str().expect("a path that is text").to_owned();
    let script = text(&script);
    let files: Vec<String> = pairs.iter().flat_map(|(one, other)| [text(one), text(other)]).collect();
    let files = files.iter().map(String::as_str);
    let arguments: Vec<&str> =
        [script.as_str()].into_iter().chain(options.iter().copied()).chain(files).collect();
    run(&installed(PYTHON), &arguments, 120)
}

fn line(line: &str) -> Read {
    let mut fields = line.split('\t');
    let path = PathBuf::from(fields.next().unwrap_or_default());
    let header: Vec<String> = fields.map(str::to_owned).collect();
    let is_read = header.len() == 6;
    assert!(is_read || header.iter().all(|why| why.starts_with('!')), "{line}");
    Read { path, header: is_read.then_some(header) }
}

/// All elements of the files of pydicom's own tests, a line of JSON each, as `pydicom_elements.py` says; with `until`,
/// those in front of that tag.
pub(crate) fn elements(until: Option<&str>, files: &[&Path]) -> Vec<serde_json::Value> {
    let script = script("pydicom_elements.py");
    let mut arguments = vec![script.to_str().expect("the repository's path is text")];
    arguments.extend(until.iter().flat_map(|tag| ["--until", tag]));
    arguments.extend(files.iter().map(|file| file.to_str().expect("a path that is text")));
    let outcome = run(&installed(PYTHON), &arguments, 120).expect_success();
    outcome.text.lines().map(|line| serde_json::from_str(line).expect("lines of JSON")).collect()
}

/// The data dictionary: tag, VR, keyword and name of each element.
pub(crate) fn dictionary() -> Vec<[String; 4]> {
    let script = script("pydicom_elements.py");
    let script = script.to_str().expect("the repository's path is text");
    let outcome = run(&installed(PYTHON), &[script, "--dictionary"], 120).expect_success();
    serde_json::from_str(&outcome.text).expect("a list in JSON")
}

/// Writes files into `folder`, as `pydicom_long_lengths.py` says.
pub(crate) fn long_lengths(folder: &Path) {
    let script = script("pydicom_long_lengths.py");
    let arguments = [script.as_path(), folder].map(|path| path.to_str().expect("a path that is text"));
    run(&installed(PYTHON), &arguments, 120).expect_success();
}

/// The pixel data of files, a line of JSON each, as `pydicom_frames.py` says.
pub(crate) fn frames(files: &[&Path]) -> Vec<serde_json::Value> {
    let script = script("pydicom_frames.py");
    let arguments = [script.as_path()].into_iter().chain(files.iter().copied());
    let arguments: Vec<&str> = arguments.map(|path| path.to_str().expect("a path that is text")).collect();
    let outcome = run(&installed(PYTHON), &arguments, 120).expect_success();
    outcome.text.lines().map(|line| serde_json::from_str(line).expect("lines of JSON")).collect()
}
