//! --help, --version, and what is wrong with a command line: nothing here opens a connection.

use std::fmt::Write;

use super::golden::{assert_fits_80_columns, assert_golden};
use super::program::{run, run_on_terminal};

#[test]
fn help_in_a_pipe() {
    for (name, arguments) in [
        ("help", "--help"),
        ("help_echo", "echo --help"),
        ("help_store", "store --help"),
        ("help_serve", "serve --help"),
        ("help_dump", "dump --help"),
    ] {
        let output = run(arguments);
        assert_eq!((output.code, output.err.as_str()), (0, ""));
        assert_fits_80_columns(&output.out);
        assert_golden(name, &output.out);
    }
}

#[test]
fn help_on_a_terminal() {
    for (name, arguments) in [
        ("help_terminal", "--help"),
        ("help_echo_terminal", "echo --help"),
        ("help_store_terminal", "store --help"),
        ("help_serve_terminal", "serve --help"),
        ("help_dump_terminal", "dump --help"),
    ] {
        let output = run_on_terminal(arguments, &[]);
        assert_eq!(output.code, 0);
        assert_fits_80_columns(&output.out);
        assert_golden(name, &output.out);
    }
}

#[test]
fn no_colour_where_it_is_not_wanted() {
    for environment in [("NO_COLOR", "1"), ("TERM", "dumb")] {
        let output = run_on_terminal("echo --help", &[environment]);
        assert!(!output.out.contains('\x1b'), "{environment:?}: {}", output.out);
    }
}

#[test]
fn help_is_asked_for_in_many_ways() {
    let help = run("--help").out;
    assert_eq!(run("-h").out, help);
    assert_eq!(run("help").out, help);
    assert_eq!(run("echo -h").out, run("echo --help").out);
    assert_eq!(run("help echo").out, run("echo --help").out);
    // Also in a line that is wrong otherwise.
    assert_eq!(run("echo --nonsense --help").out, run("echo --help").out);
}

#[test]
fn version() {
    let output = run("--version");
    assert_eq!((output.code, output.out.as_str(), output.err.as_str()), (0, "dimse 0.1.0\n", ""));
}

/// Every one is exit code 1, says what is wrong on stderr and prints nothing on stdout.
const WRONG: &[&str] = &[
    "",
    "ecko localhost 104",
    "frobnicate",
    "echo",
    "echo localhost",
    "echo localhost 104 again",
    "echo --repaet 3 localhost 104",
    "echo -aex PACS localhost 104",
    "echo --zzz localhost 104",
    "echo localhost 104 --repeat",
    "echo localhost 104 -n -1",
    "echo localhost 104 -n 3x",
    "echo localhost 104 -n 4294967296",
    "echo localhost 104 -i 1,5",
    "echo localhost 104 -i 0.0001",
    "echo localhost 104 -to 5s",
    "echo localhost 104 -ta 99999999",
    "echo localhost 104 -pdu 100",
    "echo localhost 104 --quiet=1",
    "echo localhost 104 --password-file secret",
    "echo localhost 104 --pos-response",
    "echo localhost 104 --user NAME --password-file /nonexistent/secret",
    "echo localhost 0",
    "echo localhost 70000",
    "echo localhost 1O4",
    "echo localhost 104 -aet SEVENTEEN_LETTERS",
    "echo localhost 104 -aec SEVENTEEN_LETTERS",
    "serve",
    "serve 70000",
    "serve -1",
    "serve 0 --bind 300.0.0.1",
    "serve 0 -aet SEVENTEEN_LETTERS",
    "serve 0 --allow SEVENTEEN_LETTERS",
    "serve 0 --max-associations 0",
    "serve 0 -aec PACS",
    "serve 0 --collision keep",
    "serve 0 -od x --collision kept",
    "serve 0 -od x --sync",
    "serve 0 -od x --min-free 5X",
    "serve 0 -od x --min-free -1",
    "serve 0 -od x --min-free 99999999999T",
    "serve 0 --refuse Modality=SR",
    "serve 0 -od x --refuse Modality",
    "serve 0 -od x --refuse =SR",
    "serve 0 -od x --refuse Modalty=SR",
    "serve 0 -od x --refuse RequestAttributesSequence=1",
    "serve 0 -od x --refuse PixelData=1",
    "serve 0 -od x --coerce Rows=many",
    "serve 0 -od x --coerce SOPInstanceUID=1.2",
    "serve 0 -od x --accept-syntax JPG2000Lossless",
    "serve 0 -od x --accept-syntax proprietary",
    "serve 0 -od x --accept-syntax 1..2",
    "serve 0 -od x --path-template {study}/x.dcm",
    "serve 0 -od x --path-template ../{instance}.dcm",
    "dump",
    "dump --limit 7 x.dcm",
    "dump --pixel x.dcm",
    "store",
    "store localhost",
    "store localhost 104",
    "store localhost 0 /etc/hostname",
    "store localhost 104 /nonexistent/a.dcm",
    "store localhost 104 /dev/null",
    "store localhost 104 /etc/hostname --priority urgent",
    "store localhost 104 /etc/hostname --retry -1",
    "store localhost 104 /etc/hostname --retry-delay soon",
    "store localhost 104 /etc/hostname -aet SEVENTEEN_LETTERS",
    "store localhost 104 /etc/hostname --repeat 3",
];

#[test]
fn wrong_command_lines_in_a_pipe() {
    let mut all = String::new();
    for arguments in WRONG {
        let output = run(arguments);
        assert_eq!((output.code, output.out.as_str()), (1, ""), "dimse {arguments}: {}", output.err);
        assert!(output.err.starts_with("dimse: "), "dimse {arguments}: {}", output.err);
        writeln!(all, "$ dimse {arguments}\n{}", output.err).unwrap();
    }
    assert_golden("wrong", &all);
}

#[test]
fn wrong_command_lines_on_a_terminal() {
    let mut all = String::new();
    for arguments in ["ecko", "echo localhost 104 -i 0.0001", "echo localhost 104 -aet SEVENTEEN_LETTERS"] {
        let output = run_on_terminal(arguments, &[]);
        assert_eq!(output.code, 1);
        assert_fits_80_columns(&output.out);
        writeln!(all, "$ dimse {arguments}\n{}", output.out).unwrap();
    }
    assert_golden("wrong_terminal", &all);
}

#[test]
fn every_form_of_an_option_is_understood() {
    let port = super::bad_input::port_where_nobody_listens();
    for options in
        ["-n 2 -i 0.5", "--repeat 2 --interval .5", "--repeat=2 --interval=0", "-n 0002", "-to 0 -ta 0 -td 0"]
    {
        let output = run(&format!("echo {options} localhost {port}"));
        let expected = if options.contains(" .5") { 1 } else { 2 };
        assert_eq!(output.code, expected, "{options}: {}", output.err);
    }
    // What stands behind "--" is no option.
    assert_eq!(run(&format!("echo -- localhost {port}")).code, 2);
}
