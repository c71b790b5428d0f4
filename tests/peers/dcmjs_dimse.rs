//! dcmjs-dimse, by small scripts beside this file.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::process::{Outcome, run};
use super::provider::Provider;
use super::{CALLING_AE_TITLE, LOOPBACK, installed, script, tool};

/// A provider of the Verification class. It answers an asynchronous operations window, as hardly anyone does.
pub(crate) fn scp() -> Provider {
    Provider::start("dcmjs-dimse", "DCMJS", |port, _| command(port))
}

/// The same, of storage besides: what arrives is written into the provider's folder byte for byte.
pub(crate) fn store_scp() -> Provider {
    Provider::start("dcmjs-dimse", "DCMJS", |port, folder: &Path| {
        let mut command = command(port);
        command.arg(folder);
        command
    })
}

fn command(port: u16) -> Command {
    let mut command = Command::new(tool("node"));
    command.arg(script("dcmjs_scp.js")).arg(installed(MODULE)).arg(port.to_string());
    command
}

/// Associates, stores files with as many open requests as are granted of `window`, releases. It writes data sets anew.
pub(crate) fn store(port: u16, called: &str, window: u16, files: &[PathBuf]) -> Outcome {
    let (script, module) = (script("dcmjs_store.js"), installed(MODULE));
    let paths = [&script, &module].map(|path| path.to_str().expect("the repository's path is text"));
    let (port, window) = (port.to_string(), window.to_string());
    let words = [LOOPBACK, &port, CALLING_AE_TITLE, called, &window];
    let files: Vec<&str> = files.iter().map(|file| file.to_str().expect("a path that is text")).collect();
    run(&tool("node"), &[paths.as_slice(), &words, &files].concat(), 60)
}

/// Associates, sends `count` C-ECHO requests, releases.
pub(crate) fn echo(port: u16, called: &str, count: u32) -> Outcome {
    let (script, module) = (script("dcmjs_echo.js"), installed(MODULE));
    let paths = [&script, &module].map(|path| path.to_str().expect("the repository's path is text"));
    let (port, count) = (port.to_string(), count.to_string());
    let words = [LOOPBACK, &port, CALLING_AE_TITLE, called, &count];
    run(&tool("node"), &[paths.as_slice(), &words].concat(), 60)
}

const MODULE: &str = "node/node_modules/dcmjs-dimse";
