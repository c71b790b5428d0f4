//! DCMTK's command line programs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::process::{Outcome, run};
use super::provider::Provider;
use super::{CALLING_AE_TITLE, LOOPBACK, tool};

/// `echoscu`: associates, C-ECHO, releases. Exit code 0 only when all of it worked.
pub(crate) fn echoscu(port: u16, called: &str, options: &[&str]) -> Outcome {
    scu("echoscu", port, called, options)
}

/// `termscu`: proposes DCMTK's private shutdown class, and nothing else.
pub(crate) fn termscu(port: u16, called: &str, options: &[&str]) -> Outcome {
    scu("termscu", port, called, options)
}

/// `dcmdump`: reads files to their ends and writes all of them as text. Exit code 0 only when that worked, else
/// `reading file: ` and its path for each that failed.
pub(crate) fn dcmdump(files: &[&Path], options: &[&str]) -> Outcome {
    let files = files.iter().map(|path| path.to_str().expect("the repository's path is text"));
    let arguments: Vec<&str> = options.iter().copied().chain(files).collect();
    run(&tool("dcmdump"), &arguments, 60)
}

fn scu(program: &str, port: u16, called: &str, options: &[&str]) -> Outcome {
    let port = port.to_string();
    let fixed = ["-v", "-aet", CALLING_AE_TITLE, "-aec", called];
    run(&tool(program), &[&fixed, options, &[LOOPBACK, &port]].concat(), 30)
}

/// `dcmsend`: stores files, each in its own transfer syntax.
pub(crate) fn dcmsend(port: u16, called: &str, options: &[&str], files: &[PathBuf]) -> Outcome {
    let port = port.to_string();
    let fixed = ["-v", "--decompress-never", "-aet", CALLING_AE_TITLE, "-aec", called];
    let files: Vec<&str> = files.iter().map(|file| file.to_str().expect("a path that is text")).collect();
    run(&tool("dcmsend"), &[&fixed, options, &[LOOPBACK, &port], &files].concat(), 120)
}

/// `storescu`: stores files in the transfer syntaxes that its options propose.
pub(crate) fn storescu(port: u16, called: &str, options: &[&str], files: &[PathBuf]) -> Outcome {
    let port = port.to_string();
    let fixed = ["-v", "-aet", CALLING_AE_TITLE, "-aec", called];
    let files: Vec<&str> = files.iter().map(|file| file.to_str().expect("a path that is text")).collect();
    run(&tool("storescu"), &[&fixed, options, &[LOOPBACK, &port], &files].concat(), 120)
}

/// `storescp`: answers C-ECHO and C-STORE, any AE title, one association at a time.
pub(crate) fn storescp(options: &[&str]) -> Provider {
    Provider::start("storescp", "STORESCP", |port, folder| {
        let mut command = Command::new(tool("storescp"));
        command.args(["-v", "-aet", "STORESCP", "-od"]).arg(folder).args(options).arg(port.to_string());
        command
    })
}

/// `dcmqrscp`: the archive of DCMTK, a process for each association.
pub(crate) fn dcmqrscp(options: &[&str]) -> Provider {
    Provider::start("dcmqrscp", "DCMQRSCP", |port, folder| {
        let config = folder.join("dcmqrscp.cfg");
        fs::write(&config, dcmqrscp_config(port, folder)).expect("the configuration can be written");
        let mut command = Command::new(tool("dcmqrscp"));
        command.arg("-v").args(options).arg("-c").arg(config);
        command
    })
}

fn dcmqrscp_config(port: u16, folder: &Path) -> String {
    let storage = folder.display();
    format!(
        "NetworkTCPPort = {port}\n\
         MaxPDUSize = 131072\n\
         MaxAssociations = 16\n\
         HostTable BEGIN\n\
         HostTable END\n\
         VendorTable BEGIN\n\
         VendorTable END\n\
         AETable BEGIN\n\
         DCMQRSCP \"{storage}\" RW (500, 1024mb) ANY\n\
         AETable END\n"
    )
}
