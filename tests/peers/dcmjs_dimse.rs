//! dcmjs-dimse, by two small scripts beside this file.

use std::process::Command;

use super::process::{Outcome, run};
use super::provider::Provider;
use super::{CALLING_AE_TITLE, LOOPBACK, installed, script, tool};

/// A provider of the Verification class. It answers an asynchronous operations window, as hardly anyone does.
pub(crate) fn scp() -> Provider {
    Provider::start("dcmjs-dimse", "DCMJS", |port, _| {
        let mut command = Command::new(tool("node"));
        command.arg(script("dcmjs_scp.js")).arg(installed(MODULE)).arg(port.to_string());
        command
    })
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
