//! pynetdicom, by small scripts beside this file.

use std::path::PathBuf;
use std::process::Command;

use super::process::{Outcome, run};
use super::provider::Provider;
use super::{CALLING_AE_TITLE, LOOPBACK, installed, script};

pub(super) const PYTHON: &str = "venv/bin/python";

/// A provider of the Verification class; `options` as `pynetdicom_scp.py --help` lists them.
pub(crate) fn scp(options: &[&str]) -> Provider {
    Provider::start("pynetdicom", "PYNETDICOM", |port, _| {
        let mut command = Command::new(installed(PYTHON));
        command.arg(script("pynetdicom_scp.py")).args(["--ae-title", "PYNETDICOM"]).args(options);
        command.arg(port.to_string());
        command
    })
}

/// The same, of storage besides: what arrives is written into the provider's folder byte for byte.
pub(crate) fn store_scp(options: &[&str]) -> Provider {
    scp(&[&["--folder", "."], options].concat())
}

/// Associates, stores the files byte for byte, releases; `options` as `pynetdicom_store.py --help` lists them.
pub(crate) fn store(port: u16, called: &str, options: &[&str], files: &[PathBuf]) -> Outcome {
    let script = script("pynetdicom_store.py");
    let port = port.to_string();
    let script = script.to_str().expect("the repository's path is text");
    let fixed = [script, "--calling", CALLING_AE_TITLE, "--called", called];
    let files: Vec<&str> = files.iter().map(|file| file.to_str().expect("a path that is text")).collect();
    run(&installed(PYTHON), &[&fixed, options, &[LOOPBACK, &port], &files].concat(), 60)
}

/// Associates, C-ECHO, releases; `options` as `pynetdicom_echo.py --help` lists them.
pub(crate) fn echo(port: u16, called: &str, options: &[&str]) -> Outcome {
    let script = script("pynetdicom_echo.py");
    let script = script.to_str().expect("the repository's path is text");
    let port = port.to_string();
    let fixed = [script, "--calling", CALLING_AE_TITLE, "--called", called];
    run(&installed(PYTHON), &[&fixed, options, &[LOOPBACK, &port]].concat(), 60)
}
