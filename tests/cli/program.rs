//! Running the command, bounded in time, in a pipe or on a terminal.

use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// No run of a test takes longer: what does is a hang.
const LONGEST: Duration = Duration::from_secs(20);

/// What came out of a run.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// The command with these arguments, words separated by blanks, its output in pipes.
pub(crate) fn run(arguments: &str) -> Output {
    Running::start(arguments).end()
}

/// The same with `input` as standard input.
pub(crate) fn run_with_input(arguments: &str, input: &str) -> Output {
    let mut command = command(arguments);
    let mut child = command.stdin(Stdio::piped()).spawn().expect("the command starts");
    std::io::Write::write_all(&mut child.stdin.take().expect("a pipe"), input.as_bytes()).expect("it reads");
    Running::watch(child).end()
}

/// The same by a shell, where `$DIMSE` is the command.
pub(crate) fn run_by_shell(script: &str) -> Output {
    let mut shell = Command::new("sh");
    shell.args(["-c", script]).env("DIMSE", program());
    shell.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    Running::watch(shell.spawn().expect("a shell")).end()
}

/// The same on a terminal of 80 columns: `script` makes one. Both outputs are in `out`, as a user sees them.
pub(crate) fn run_on_terminal(arguments: &str, environment: &[(&str, &str)]) -> Output {
    let line = format!("{} {arguments}", program().display());
    let mut command = Command::new("script");
    command.args(["-qec", &line, "/dev/null"]).env("TERM", "xterm").env_remove("NO_COLOR");
    command.envs(environment.iter().copied());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut output = Running::watch(command.spawn().expect("script (util-linux) is installed")).end();
    output.out = output.out.replace("\r\n", "\n");
    output
}

/// A run that goes on. Ended by force when the test fails before its end.
pub(crate) struct Running {
    child: Child,
    out: Option<JoinHandle<String>>,
    err: Option<JoinHandle<String>>,
    begun: Instant,
    first_lines: std::sync::mpsc::Receiver<String>,
}

impl Running {
    pub(crate) fn start(arguments: &str) -> Self {
        Self::watch(command(arguments).spawn().expect("the command starts"))
    }

    fn watch(mut child: Child) -> Self {
        let (lines, first_lines) = std::sync::mpsc::channel();
        let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut stderr = child.stderr.take().expect("a pipe");
        let out = thread::spawn(move || {
            let mut all = Vec::new();
            while let Ok(1..) = stdout.read_until(b'\n', &mut all) {
                // Nobody needs to listen.
                let _ =
                    lines.send(String::from_utf8_lossy(&all).lines().last().unwrap_or_default().to_owned());
            }
            String::from_utf8_lossy(&all).into_owned()
        });
        let err = thread::spawn(move || {
            let mut all = Vec::new();
            stderr.read_to_end(&mut all).expect("the pipe can be read");
            String::from_utf8_lossy(&all).into_owned()
        });
        Self { child, out: Some(out), err: Some(err), begun: Instant::now(), first_lines }
    }

    /// The next line of standard output.
    pub(crate) fn line(&self) -> String {
        self.first_lines.recv_timeout(LONGEST).expect("a line comes")
    }

    /// Sends a signal by name: "INT", "TERM".
    pub(crate) fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args(["-s", name, &id]).status().expect("kill is installed");
        assert!(sent.success(), "the command has ended before SIG{name}");
    }

    /// Waits for the end, and fails where it does not come.
    pub(crate) fn end(mut self) -> Output {
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("a child") {
                break status;
            }
            assert!(self.begun.elapsed() < LONGEST, "the command did not end within {LONGEST:?}");
            thread::sleep(Duration::from_millis(5));
        };
        Output {
            code: code(status),
            out: self.out.take().expect("once").join().expect("it was read"),
            err: self.err.take().expect("once").join().expect("it was read"),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Both fail where it has ended: as it should.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn code(status: ExitStatus) -> i32 {
    status.code().unwrap_or_else(|| panic!("the command did not exit: {status}"))
}

fn command(arguments: &str) -> Command {
    let mut command = Command::new(program());
    command.args(arguments.split_whitespace());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn program() -> PathBuf {
    let build = std::env::var_os("DIMSE_BUILD")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("build"), PathBuf::from);
    let program = build.join("bin").join("dimse");
    assert!(program.is_file(), "{} is missing: run make first, or set DIMSE_BUILD", program.display());
    program
}

/// `dimse serve` on a port that the system chose.
pub(crate) struct Server {
    pub(crate) running: Running,
    pub(crate) port: u16,
}

impl Server {
    pub(crate) fn start(options: &str) -> Self {
        let running = Running::start(&format!("serve --bind 127.0.0.1 {options} 0"));
        let line = running.line();
        let port = line
            .strip_prefix("listening on port ")
            .and_then(|rest| rest.split(' ').next())
            .and_then(|port| port.parse().ok())
            .unwrap_or_else(|| panic!("the first line is '{line}'"));
        Self { running, port }
    }

    /// Ctrl-C, and what came out until the end. What clients that have ended leave behind has a moment to go.
    pub(crate) fn stop(self) -> Output {
        thread::sleep(Duration::from_millis(200));
        self.running.signal("INT");
        self.running.end()
    }
}
