//! What the library says in its log, for tests that must find something there.

use std::fmt::{self, Write};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

static LINES: Mutex<Vec<String>> = Mutex::new(Vec::new());
static LISTEN: Once = Once::new();

/// Keeps the warnings and errors of the library from now on, for the whole process.
pub(crate) fn listen() {
    LISTEN.call_once(|| tracing::subscriber::set_global_default(Keep).unwrap());
}

/// Waits for a line that contains every one of `words`. A port or a name among them tells tests apart.
#[track_caller]
pub(crate) fn expect(words: &[&str]) {
    let found = || lines().iter().any(|line| words.iter().all(|word| line.contains(word)));
    let until = std::time::Instant::now() + super::PATIENCE;
    while !found() {
        assert!(std::time::Instant::now() < until, "the log has no {words:?}:\n{}", lines().join("\n"));
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
}

fn lines() -> MutexGuard<'static, Vec<String>> {
    LINES.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Keep;

impl Subscriber for Keep {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("dimse") && *metadata.level() <= Level::WARN
    }

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(format!("{} {}", event.metadata().level(), event.metadata().target()));
        event.record(&mut line);
        lines().push(line.0);
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let _infallible = write!(self.0, " {}={value:?}", field.name());
    }
}
