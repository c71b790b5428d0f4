//! A peer that listens: a free port, and ready when `start` returns.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::LOOPBACK;
use super::process::{Background, Folder};

/// A running service class provider.
#[derive(Debug)]
pub(crate) struct Provider {
    pub(crate) name: &'static str,
    pub(crate) ae_title: &'static str,
    pub(crate) port: u16,
    process: Background,
}

impl Provider {
    /// Starts the program that `command` makes for a port and a folder of its own, and waits until it listens.
    ///
    /// Another program may take the port between our look at it and the peer's bind: then the next one is tried.
    pub(crate) fn start(
        name: &'static str,
        ae_title: &'static str,
        command: impl Fn(u16, &Path) -> Command,
    ) -> Self {
        let mut last_words = String::new();
        for _ in 0..3 {
            let port = free_port();
            let folder = Folder::new(name);
            let command = command(port, folder.path());
            let process = Background::start(&command, folder)
                .unwrap_or_else(|error| panic!("{name} does not start: {error}"));
            let provider = Self { name, ae_title, port, process };
            if provider.wait_for(READY, || is_listening(port)) {
                return provider;
            }
            last_words = provider.log();
        }
        panic!("{name} does not listen within {READY:?}; it said:\n{last_words}");
    }

    /// `host:port`, as most programs take it.
    pub(crate) fn address(&self) -> String {
        format!("{LOOPBACK}:{}", self.port)
    }

    /// All that the peer has written.
    pub(crate) fn log(&self) -> String {
        self.process.log()
    }

    /// Waits until the peer has written `words`; fails the test when it does not.
    #[track_caller]
    pub(crate) fn expect_log(&self, words: &str) {
        let found = self.wait_for(Duration::from_secs(10), || self.log().contains(words));
        assert!(found, "{} did not say {words:?}:\n{}", self.name, self.log());
    }

    /// Waits until the peer has ended by itself; fails the test when it does not.
    #[track_caller]
    pub(crate) fn expect_end(&self) {
        let ended = self.wait_for(Duration::from_secs(10), || self.process.has_ended());
        assert!(ended, "{} still runs:\n{}", self.name, self.log());
    }

    /// The folder in which the peer runs and stores.
    pub(crate) fn folder(&self) -> &Path {
        self.process.folder()
    }

    /// True when `condition` came true within `limit`; gives up early when the peer has ended.
    fn wait_for(&self, limit: Duration, condition: impl Fn() -> bool) -> bool {
        let deadline = Instant::now() + limit;
        loop {
            // In this order: what the peer did last counts, even though it has ended since.
            let ended = self.process.has_ended();
            if condition() {
                return true;
            }
            if ended || Instant::now() >= deadline {
                return false;
            }
            sleep(Duration::from_millis(20));
        }
    }
}

const READY: Duration = Duration::from_secs(30);

/// A port on which nobody listens, outside the range from which the kernel takes ports for outgoing connections
/// (32768 and up on Linux): nothing but another listener can take it before the peer does.
pub(crate) fn free_port() -> u16 {
    const FIRST: u32 = 20_000;
    const COUNT: u32 = 12_000;
    static TRIED: AtomicU32 = AtomicU32::new(0);
    let start = std::process::id().wrapping_mul(97); // test processes that run side by side start apart
    (0..COUNT)
        .map(|_| FIRST + start.wrapping_add(TRIED.fetch_add(1, Ordering::Relaxed)) % COUNT)
        .filter_map(|port| u16::try_from(port).ok())
        .find(|port| TcpListener::bind(("0.0.0.0", *port)).is_ok())
        .expect("no port between 20000 and 32000 is free")
}

/// Whether some process listens on a port, by the kernel's table: a trial connection would be in the peer's log, and a
/// peer that serves one association at a time would be busy with it.
pub(crate) fn is_listening(port: u16) -> bool {
    const LISTEN: &str = "0A";
    ["/proc/self/net/tcp", "/proc/self/net/tcp6"].iter().any(|table| {
        fs::read_to_string(table).unwrap_or_default().lines().any(|line| {
            // sl local_address rem_address st ...
            let mut fields = line.split_whitespace().skip(1);
            let local = fields.next().and_then(|address| address.rsplit(':').next());
            local.and_then(|digits| u16::from_str_radix(digits, 16).ok()) == Some(port)
                && fields.nth(1) == Some(LISTEN)
        })
    })
}
