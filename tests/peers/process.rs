//! Child processes of a test: run to their end within a time, or supervised until they are dropped.

use std::fs::{self, File};
use std::io;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use super::tool;

/// How a program that ran to its end ended, and all that it wrote.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) program: String,
    /// The exit code; 128 and the signal's number when a signal ended it, as a shell says it.
    pub(crate) code: i32,
    /// Standard output, then standard error.
    pub(crate) text: String,
}

impl Outcome {
    /// Fails the test, with everything that the program said, unless it exited with 0.
    #[track_caller]
    pub(crate) fn expect_success(self) -> Self {
        assert_eq!(self.code, 0, "{} failed:\n{}", self.program, self.text);
        self
    }

    /// Fails the test unless the program wrote `words`.
    #[track_caller]
    pub(crate) fn expect_text(self, words: &str) -> Self {
        assert!(self.text.contains(words), "{} did not say {words:?}:\n{}", self.program, self.text);
        self
    }
}

/// Runs a program to its end; one that takes longer than `seconds` is killed and fails the test.
pub(crate) fn run(program: &Path, arguments: &[&str], seconds: u32) -> Outcome {
    let output = Command::new(tool("timeout"))
        .args(["--kill-after=2", &seconds.to_string()])
        .arg(program)
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|error| panic!("{} does not start: {error}", program.display()));
    let text = [output.stdout, output.stderr].concat();
    let outcome = Outcome {
        program: format!("{} {}", program.display(), arguments.join(" ")),
        code: output.status.code().or(output.status.signal().map(|number| 128 + number)).unwrap(),
        text: String::from_utf8_lossy(&text).into_owned(),
    };
    assert_ne!(outcome.code, 124, "{} took longer than {seconds} s:\n{}", outcome.program, outcome.text);
    outcome
}

/// A background process with the folder it works in. Dropping it kills it and all that it started.
#[derive(Debug)]
pub(crate) struct Background {
    supervisor: Child,
    folder: Folder,
}

impl Background {
    pub(crate) fn start(command: &Command, folder: Folder) -> io::Result<Self> {
        let log = File::create(folder.path().join(LOG))?;
        let supervisor = Command::new(tool("sh"))
            .args(["-c", SUPERVISE, "supervisor"])
            .arg(command.get_program())
            .args(command.get_args())
            .current_dir(folder.path())
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()?;
        Ok(Self { supervisor, folder })
    }

    /// Standard output and standard error so far.
    pub(crate) fn log(&self) -> String {
        let bytes = fs::read(self.folder.path().join(LOG)).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// True once the program has ended by itself.
    pub(crate) fn has_ended(&self) -> bool {
        self.log().contains(ENDED)
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        drop(self.supervisor.stdin.take());
        let _ = self.supervisor.wait();
        if std::thread::panicking() {
            eprintln!("---- {}\n{}----", self.folder.path().display(), self.log());
        }
    }
}

/// The shell leads a process group of its own and waits until the other end of its standard input is closed, by `drop`
/// or because the test process is gone, however it went. Then it kills the group: the peer, its children, itself.
const SUPERVISE: &str = r#"{ "$@"; echo "[ended with exit code $?]"; } & read -r _; kill -KILL 0"#;
const ENDED: &str = "[ended with exit code";
const LOG: &str = "output.log";

/// A fresh folder below cargo's scratch space for tests, removed when dropped.
#[derive(Debug)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
            .join(format!("{name}-{}-{number}", std::process::id()));
        fs::create_dir_all(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
