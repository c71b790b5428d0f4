//! How far an operation on many instances is, and how fast.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::dimse::status::Category;
use crate::error::Phase;
use crate::net::operation::{Counts, Progress};
use crate::storage::instance::Instance;

/// The least time between two words: at most 20 a second.
const INTERVAL: Duration = Duration::from_millis(50);

/// The counts of an operation, and when it has last said how far it is.
pub(super) struct Pace {
    counts: Counts,
    /// Bytes of data sets of instances that are done with.
    bytes: u64,
    /// Bytes of the present one.
    sent: u64,
    /// How many there are in all, as far as that is known: files count with their headers until they are opened.
    total: Option<u64>,
    /// The sizes of those that are not opened yet; `None` before somebody has looked.
    sizes: Option<VecDeque<Option<u64>>>,
    since: Option<Instant>,
    said: Option<Instant>,
}

impl Pace {
    pub(super) fn new(instances: u32) -> Self {
        Self {
            counts: Counts { total: instances, ..Counts::default() },
            bytes: 0,
            sent: 0,
            total: None,
            sizes: None,
            since: None,
            said: None,
        }
    }

    pub(super) fn counts(&self) -> Counts {
        self.counts
    }

    /// Bytes of data sets that have left.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes.saturating_add(self.sent)
    }

    /// Adds up how much there is to send, where that was not done before. May block on files.
    pub(super) fn begin(&mut self, instances: &VecDeque<Instance>) {
        if self.sizes.is_none() {
            let sizes: VecDeque<_> = instances.iter().map(Instance::size).collect();
            self.total = sizes.iter().try_fold(0_u64, |sum, size| size.map(|size| sum.saturating_add(size)));
            self.sizes = Some(sizes);
        }
    }

    /// The next instance is opened, and its data set is this long.
    pub(super) fn opened(&mut self, length: Option<u64>) {
        let guessed = self.sizes.as_mut().and_then(|sizes| sizes.front_mut());
        if let (Some(total), Some(guessed)) = (self.total, guessed) {
            self.total =
                length.map(|length| total.saturating_sub(guessed.unwrap_or(0)).saturating_add(length));
            *guessed = length;
        }
    }

    /// The present instance is sent again.
    pub(super) fn again(&mut self) {
        self.sent = 0;
    }

    /// The present instance is done with, `sent` bytes of it: answered with a status of this category, or not at all.
    pub(super) fn finished(&mut self, answered: Option<Category>, sent: u64) {
        match answered {
            Some(Category::Success) => self.counts.done += 1,
            Some(Category::Warning) => {
                self.counts.done += 1;
                self.counts.warned += 1;
            }
            _ => self.counts.failed += 1,
        }
        self.bytes = self.bytes.saturating_add(sent);
        self.sent = 0;
        // What was not sent wholly is not waited for any more.
        let guessed = self.sizes.as_mut().and_then(VecDeque::pop_front).flatten().unwrap_or(sent);
        self.total = self.total.map(|total| total.saturating_sub(guessed.saturating_sub(sent)));
    }

    /// How far it is with `sent` bytes of the present instance, where it is time to say so.
    pub(super) fn word(&mut self, now: Instant, sent: u64) -> Option<Progress> {
        self.sent = sent;
        let too_early = self.said.is_some_and(|said| now.saturating_duration_since(said) < INTERVAL);
        if too_early { None } else { Some(self.say(now)) }
    }

    /// How far it is between two instances; `end`: behind the last one, where it is always said.
    pub(super) fn last_word(&mut self, now: Instant, end: bool) -> Option<Progress> {
        if end { Some(self.say(now)) } else { self.word(now, 0) }
    }

    fn say(&mut self, now: Instant) -> Progress {
        self.said = Some(now);
        let since = *self.since.get_or_insert(now);
        let micros = u64::try_from(now.saturating_duration_since(since).as_micros()).unwrap_or(u64::MAX);
        let bytes = self.bytes();
        let rate = bytes.saturating_mul(1_000_000).checked_div(micros).unwrap_or(0);
        let left = self.total.map(|total| total.saturating_sub(bytes));
        let time_left = left.and_then(|left| left.saturating_mul(1000).checked_div(rate));
        Progress {
            bytes,
            bytes_total: self.total,
            counts: self.counts,
            bytes_per_second: rate,
            time_left: time_left.map(Duration::from_millis),
            phase: Phase::Send,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_speaks_at_once_then_at_most_20_times_a_second_and_at_the_end() {
        let mut pace = Pace::new(1);
        pace.begin(&VecDeque::from([Instance::from_bytes(vec![0; 1000])]));
        pace.opened(Some(900));
        let now = Instant::now();
        let first = pace.word(now, 100).unwrap();
        assert_eq!((first.bytes, first.bytes_total, first.time_left), (100, Some(900), None));
        assert_eq!(pace.word(now + Duration::from_millis(49), 200), None);
        let second = pace.word(now + Duration::from_millis(100), 300).unwrap();
        assert_eq!((second.bytes_per_second, second.time_left), (3000, Some(Duration::from_millis(200))));
        pace.finished(Some(Category::Warning), 900);
        let last = pace.last_word(now + Duration::from_millis(101), true).unwrap();
        assert_eq!((last.bytes, last.bytes_total), (900, Some(900)));
        assert_eq!(last.counts, Counts { total: 1, done: 1, warned: 1, failed: 0 });
    }

    #[test]
    fn what_cannot_be_sent_is_not_waited_for() {
        let mut pace = Pace::new(2);
        let both = [Instance::from_bytes(vec![0; 1000]), Instance::from_bytes(vec![0; 500])];
        pace.begin(&VecDeque::from(both));
        pace.finished(None, 0);
        let word = pace.word(Instant::now(), 0).unwrap();
        assert_eq!((word.bytes_total, word.counts.failed), (Some(500), 1));
    }
}
