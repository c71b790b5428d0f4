//! DCMTK's command line programs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::process::{Background, Folder, Outcome, run};
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

/// `dcmftest`: whether files are DICOM files. Exit code 0 only when all are.
pub(crate) fn dcmftest(files: &[&Path]) -> Outcome {
    let files: Vec<&str> = files.iter().map(|path| path.to_str().expect("a path that is text")).collect();
    run(&tool("dcmftest"), &files, 60)
}

/// `dcmdrle`: decodes RLE Lossless.
pub(crate) fn dcmdrle(from: &Path, to: &Path) -> Outcome {
    let files = [from, to].map(|path| path.to_str().expect("a path that is text"));
    run(&tool("dcmdrle"), &files, 60)
}

fn scu(program: &str, port: u16, called: &str, options: &[&str]) -> Outcome {
    let port = port.to_string();
    let fixed = ["-v", "-aet", CALLING_AE_TITLE, "-aec", called];
    run(&tool(program), &[&fixed, options, &[LOOPBACK, &port]].concat(), 30)
}

/// `dcmsend`: stores files, each in its own transfer syntax.
pub(crate) fn dcmsend(port: u16, called: &str, options: &[&str], files: &[PathBuf]) -> Outcome {
    dcmsend_by(&[], port, called, options, files)
}

/// A `storescp` to which `dcmsend` has sent files. Nagle's algorithm is off on both sides: it costs the two of them
/// 88 ms for each instance.
pub(crate) fn dcmsend_to_storescp(options: &[&str], files: &[PathBuf]) -> Provider {
    const AT_ONCE: &[&str] = &["TCP_NODELAY=1"];
    let provider = storescp_by(AT_ONCE, &["--bit-preserving", "+xa", "--unique-filenames"]);
    dcmsend_by(AT_ONCE, provider.port, provider.ae_title, options, files);
    provider
}

fn dcmsend_by(environment: &[&str], port: u16, called: &str, options: &[&str], files: &[PathBuf]) -> Outcome {
    let port = port.to_string();
    let program = tool("dcmsend");
    let program = [program.to_str().expect("a path that is text")];
    let fixed = ["-v", "--decompress-never", "-aet", CALLING_AE_TITLE, "-aec", called];
    let files: Vec<&str> = files.iter().map(|file| file.to_str().expect("a path that is text")).collect();
    let arguments = [environment, &program, &fixed, options, &[LOOPBACK, &port], &files].concat();
    run(&tool("env"), &arguments, 120)
}

/// `storescu`: stores files in the transfer syntaxes that its options propose.
pub(crate) fn storescu(port: u16, called: &str, options: &[&str], files: &[PathBuf]) -> Outcome {
    let port = port.to_string();
    let fixed = ["-v", "-aet", CALLING_AE_TITLE, "-aec", called];
    let files: Vec<&str> = files.iter().map(|file| file.to_str().expect("a path that is text")).collect();
    run(&tool("storescu"), &[&fixed, options, &[LOOPBACK, &port], &files].concat(), 120)
}

/// The same for one file, not waited for: dropped, it is killed.
pub(crate) fn storescu_in_background(port: u16, called: &str, file: &Path) -> Background {
    let mut command = Command::new(tool("storescu"));
    command
        .args(["-aet", CALLING_AE_TITLE, "-aec", called, "--required", LOOPBACK, &port.to_string()])
        .arg(file);
    Background::start(&command, Folder::new("storescu")).expect("storescu starts")
}

/// `dcmrecv`: answers C-ECHO and C-STORE, and takes what its configuration file lists: here every class that DCMTK knows,
/// in these transfer syntaxes.
pub(crate) fn dcmrecv(options: &[&str], classes: &[String], syntaxes: &[String]) -> Provider {
    Provider::start("dcmrecv", "DCMRECV", |port, folder| {
        let config = folder.join("dcmrecv.cfg");
        fs::write(&config, dcmrecv_config(classes, syntaxes)).expect("the configuration can be written");
        let mut command = Command::new(tool("dcmrecv"));
        command
            .args(["-v", "-aet", "DCMRECV", "-od"])
            .arg(folder)
            .arg("-xf")
            .arg(config)
            .arg("Any")
            .args(options);
        command.arg(port.to_string());
        command
    })
}

/// `storescp`: answers C-ECHO and C-STORE, any AE title, one association at a time.
pub(crate) fn storescp(options: &[&str]) -> Provider {
    storescp_by(&[], options)
}

fn storescp_by(environment: &[&str], options: &[&str]) -> Provider {
    Provider::start("storescp", "STORESCP", |port, folder| {
        let mut command = Command::new(tool("env"));
        command.args(environment).arg(tool("storescp"));
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

fn dcmrecv_config(classes: &[String], syntaxes: &[String]) -> String {
    let numbered = |name: &str, values: Vec<String>| {
        let lines = (1..).zip(values).map(|(number, value)| format!("{name}{number} = {value}"));
        lines.collect::<Vec<_>>().join("\n")
    };
    let syntaxes = numbered("TransferSyntax", syntaxes.to_vec());
    let contexts = classes.iter().map(|class| format!("{class}\\Any")).collect();
    let contexts = numbered("PresentationContext", contexts);
    format!(
        "[[TransferSyntaxes]]\n[Any]\n{syntaxes}\n\
         [[PresentationContexts]]\n[Any]\n{contexts}\n\
         [[Profiles]]\n[Any]\nPresentationContexts = Any\n"
    )
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

/// `dcmconv`: writes the data set of one file to another, without a header, in the transfer syntax that the options
/// name. With undefined lengths, without group lengths, and with values as they are: what it calls automatic correction
/// cuts padding. It knows the elements of PS3.6 only, not its collection of private ones.
pub(crate) fn dcmconv(from: &Path, to: &Path, options: &[&str]) -> Outcome {
    let text = |path: &Path| path.to_str().expect("a path that is text").to_owned();
    let dictionary = format!("DCMDICTPATH={}", text(&dictionary()));
    let (program, from, to) = (text(&tool("dcmconv")), text(from), text(to));
    let fixed =
        [&dictionary, &program, "--length-undefined", "--group-length-remove", "--disable-correction"];
    run(&tool("env"), &[&fixed, options, &[&from, &to]].concat(), 60)
}

/// The elements in DCMTK's own copy of PS3.6; of those that repeat, the first.
pub(crate) fn dictionary_tags() -> Vec<(u16, u16)> {
    let number = |digits: &str| u16::from_str_radix(digits.get(..4)?, 16).ok();
    let tag = |line: &str| {
        let (group, element) = line.strip_prefix('(')?.split_once(')')?.0.split_once(',')?;
        Some((number(group)?, number(element)?))
    };
    fs::read_to_string(dictionary()).expect("a dictionary").lines().filter_map(tag).collect()
}

/// DCMTK's own copy of PS3.6, in a folder with its version in the name.
fn dictionary() -> PathBuf {
    let folders = ["/usr/share", "/usr/local/share", "/opt/homebrew/share"];
    let below = |folder: &str| fs::read_dir(folder).into_iter().flatten().flatten();
    folders
        .into_iter()
        .flat_map(below)
        .filter(|entry| entry.file_name().to_string_lossy().contains("dcmtk"))
        .map(|entry| entry.path().join("dicom.dic"))
        .find(|path| path.is_file())
        .unwrap_or_else(|| panic!("dicom.dic of DCMTK is not installed: run `cmake/setup.sh test`"))
}
