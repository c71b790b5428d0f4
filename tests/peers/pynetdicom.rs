//! pynetdicom, by two small scripts beside this file.

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

/// Associates, C-ECHO, releases; `options` as `pynetdicom_echo.py --help` lists them.
pub(crate) fn echo(port: u16, called: &str, options: &[&str]) -> Outcome {
    let script = script("pynetdicom_echo.py");
    let script = script.to_str().expect("the repository's path is text");
    let port = port.to_string();
    let fixed = [script, "--calling", CALLING_AE_TITLE, "--called", called];
    run(&installed(PYTHON), &[&fixed, options, &[LOOPBACK, &port]].concat(), 60)
}
