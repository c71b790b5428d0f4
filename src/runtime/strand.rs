//! Serial, ordered execution across the callback threads and the caller's queues (abi.md rule 15).
//!
//! A strand is a list of jobs of which one at most runs at any time, in the order in which they were posted, each at
//! its own target. The strand itself is what waits at a target, never its jobs: it stands in at most one line.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex};

use super::Runtime;
use super::backlog::Backlog;
use super::callback::CallbackScope;
use super::lock::lock;
use super::queue::Queue;
use super::threads::CallbackThreads;

/// One call into user code, with all that it needs. A job that cannot be run any more is dropped instead.
pub type Job = Box<dyn FnOnce() + Send>;

/// Where a job runs.
#[derive(Debug, Clone)]
pub enum Target {
    /// On one of the library's callback threads.
    Library,
    /// Inside [`Queue::dispatch`], on the thread that calls it. Jobs for a closed queue are dropped on a callback thread.
    Queue(Arc<Queue>),
}

/// Jobs that never run at the same time: one strand for each association. Small, and without any thread, when idle.
pub struct Strand {
    threads: Arc<CallbackThreads>,
    backlog: Arc<Backlog>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    jobs: VecDeque<(Target, Job)>,
    /// A job runs, or the strand waits at the target of the first one.
    is_taken: bool,
    /// A thread on which callbacks may run looks for jobs in a moment: none is woken for them.
    is_hosted: bool,
}

/// What a step left behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// The next job runs here too; the strand still belongs to the caller.
    More,
    /// Nothing is left for the caller.
    Gone,
}

/// Jobs that one turn on a callback thread runs before the next strand has its turn.
const TURN: usize = 32;

impl Strand {
    /// An idle strand of `runtime`.
    #[must_use]
    pub fn new(runtime: &Runtime) -> Arc<Self> {
        Self::on(Arc::clone(runtime.threads()))
    }

    pub(super) fn on(threads: Arc<CallbackThreads>) -> Arc<Self> {
        Arc::new(Self { threads, backlog: Backlog::new(), state: Mutex::default() })
    }

    /// Adds `job` behind all others. Never runs user code, never waits.
    pub fn post(self: &Arc<Self>, target: &Target, job: Job) {
        let mut state = lock(&self.state);
        state.jobs.push_back((target.clone(), job));
        if state.is_taken || (state.is_hosted && matches!(state.jobs.front(), Some((Target::Library, _)))) {
            return;
        }
        state.is_taken = true;
        drop(state);
        Arc::clone(self).line_up(target);
    }

    /// From here to [`Self::leave_host`], jobs for the library's threads wait for this thread, which may run them.
    pub(crate) fn host(&self) {
        lock(&self.state).is_hosted = true;
    }

    /// Ends that; whether there are jobs, which are this thread's now: [`Self::run_turn`].
    pub(crate) fn leave_host(&self) -> bool {
        let mut state = lock(&self.state);
        state.is_hosted = false;
        let has_jobs = !state.is_taken && !state.jobs.is_empty();
        state.is_taken |= has_jobs;
        has_jobs
    }

    /// Runs `job` now on this thread where the strand is idle, else posts it for `target`; says whether it ran.
    ///
    /// For a thread on which the jobs of `target` may run, with no lock held.
    pub fn run_or_post(self: &Arc<Self>, target: &Target, job: Job) -> bool {
        let mut state = lock(&self.state);
        if state.is_taken || !state.jobs.is_empty() {
            state.jobs.push_back((target.clone(), job));
            return false;
        }
        state.is_taken = true;
        drop(state);
        self.run(job);
        if let Some(next) = self.next_target() {
            Arc::clone(self).line_up(&next);
        }
        true
    }

    /// The events of the association whose strand it is that nobody has taken yet, its jobs and those that are read.
    #[must_use]
    pub fn backlog(&self) -> &Arc<Backlog> {
        &self.backlog
    }

    /// How many jobs wait.
    pub(super) fn jobs(&self) -> usize {
        lock(&self.state).jobs.len()
    }

    /// Runs jobs on this thread, where callbacks may run: a turn's worth, then the strand goes to the end of the line.
    pub(crate) fn run_turn(self: &Arc<Self>) {
        for _ in 0..TURN {
            if self.step(None) == Step::Gone {
                return;
            }
        }
        self.threads.push(Arc::clone(self));
    }

    /// Runs jobs on this thread while there are any that no queue must run.
    pub(super) fn run_to_its_end(self: &Arc<Self>) {
        while self.step(None) == Step::More {}
    }

    /// Runs the first job, on a thread that dispatches `queue` or on one that stands for the callback threads, and
    /// takes the strand to where the next one belongs. The caller is the one who took it out of its line.
    pub(super) fn step(self: &Arc<Self>, queue: Option<&Arc<Queue>>) -> Step {
        let first = lock(&self.state).jobs.pop_front();
        match first {
            Some((Target::Queue(owner), job)) if owner.is_closed() => self.discard(job),
            Some((_, job)) => self.run(job),
            None => {}
        }
        match self.next_target() {
            None => Step::Gone,
            Some(next) if self.runs_here(&next, queue) => Step::More,
            Some(next) => {
                Arc::clone(self).line_up(&next);
                Step::Gone
            }
        }
    }

    /// Where the next job runs; where there is none, the strand is idle from now on.
    fn next_target(&self) -> Option<Target> {
        let mut state = lock(&self.state);
        let next = state.jobs.front().map(|(target, _)| target.clone());
        state.is_taken = next.is_some();
        next
    }

    fn runs_here(&self, target: &Target, queue: Option<&Arc<Queue>>) -> bool {
        match (target, queue) {
            (Target::Queue(wanted), Some(queue)) if Arc::ptr_eq(wanted, queue) && !queue.is_closed() => true,
            (Target::Queue(wanted), _) if !wanted.is_closed() => false,
            // A job for the callback threads. With these gone, the thread at hand does their work.
            (_, None) => true,
            (_, Some(_)) => self.threads.is_over(),
        }
    }

    /// Waits at `target`; where its queue is closed, at the callback threads, which drop the job.
    fn line_up(self: Arc<Self>, target: &Target) {
        let refused = match target {
            Target::Library => Some(self),
            Target::Queue(queue) => queue.push(self),
        };
        if let Some(strand) = refused {
            let threads = Arc::clone(&strand.threads);
            threads.push(strand);
        }
    }

    fn run(&self, job: Job) {
        let _scope = CallbackScope::enter();
        self.threads.panics().guard("a callback", job);
    }

    fn discard(&self, job: Job) {
        let _scope = CallbackScope::enter();
        self.threads.panics().guard("the end of a callback", move || drop(job));
    }
}

impl fmt::Debug for Strand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Strand").field("jobs", &self.jobs()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    use std::sync::{Barrier, mpsc};
    use std::time::Duration;

    use crate::runtime::RuntimeOptions;
    use crate::runtime::callback::in_callback;

    const LONG: Duration = Duration::from_secs(20);

    fn runtime() -> Runtime {
        Runtime::new(RuntimeOptions::default()).unwrap()
    }

    /// Runs `job` and waits for its end.
    fn flush(strand: &Arc<Strand>) {
        let (sender, receiver) = mpsc::channel();
        strand.post(&Target::Library, Box::new(move || sender.send(()).unwrap()));
        receiver.recv_timeout(LONG).unwrap();
    }

    #[test]
    fn jobs_of_one_strand_run_in_order_and_never_at_once() {
        const POSTERS: usize = 8;
        const EACH: usize = 2000;
        let runtime = runtime();
        let queue = Queue::new(&runtime);
        let strand = Strand::new(&runtime);
        let seen = Arc::new(Mutex::new(vec![Vec::new(); POSTERS]));
        let running = Arc::new(AtomicBool::new(false));
        let left = Arc::new(AtomicUsize::new(POSTERS * EACH));

        std::thread::scope(|scope| {
            for poster in 0..POSTERS {
                let (strand, seen, running, left) = (&strand, &seen, &running, &left);
                let targets = [Target::Library, Target::Queue(Arc::clone(&queue))];
                scope.spawn(move || {
                    for number in 0..EACH {
                        let (seen, running, left) = (Arc::clone(seen), Arc::clone(running), Arc::clone(left));
                        let job = move || {
                            assert!(!running.swap(true, Ordering::SeqCst), "two jobs at once");
                            assert!(in_callback());
                            lock(&seen)[poster].push(number);
                            running.store(false, Ordering::SeqCst);
                            left.fetch_sub(1, Ordering::SeqCst);
                        };
                        strand.post(&targets[(number / 3 + poster) % 2], Box::new(job));
                    }
                });
            }
            for _ in 0..2 {
                scope.spawn(|| {
                    while left.load(Ordering::SeqCst) > 0 {
                        queue.dispatch(Some(Duration::from_millis(5)), 7).unwrap();
                    }
                });
            }
        });

        assert_eq!(runtime.panics(), 0);
        let in_order: Vec<usize> = (0..EACH).collect();
        assert!(lock(&seen).iter().all(|numbers| *numbers == in_order));
        assert_eq!(strand.jobs(), 0);
        runtime.shutdown(None).unwrap();
    }

    #[test]
    fn strands_run_beside_each_other() {
        let mut options = RuntimeOptions::default();
        options.set_callback_threads(3).unwrap();
        let runtime = Runtime::new(options).unwrap();
        // Each of three jobs waits for the other two: with fewer threads this would never end.
        let together = Arc::new(Barrier::new(3));
        let (sender, receiver) = mpsc::channel();
        let strands: Vec<_> = (0..3).map(|_| Strand::new(&runtime)).collect();
        for strand in &strands {
            let (together, sender) = (Arc::clone(&together), sender.clone());
            let job = move || {
                together.wait();
                sender.send(()).unwrap();
            };
            strand.post(&Target::Library, Box::new(job));
        }
        for _ in 0..3 {
            receiver.recv_timeout(LONG).unwrap();
        }
        runtime.shutdown(None).unwrap();
    }

    #[test]
    fn many_strands_share_few_threads() {
        let mut options = RuntimeOptions::default();
        options.set_callback_threads(2).unwrap();
        let runtime = Runtime::new(options).unwrap();
        let ran = Arc::new(AtomicUsize::new(0));
        let strands: Vec<_> = (0..100).map(|_| Strand::new(&runtime)).collect();
        for _ in 0..=TURN {
            for strand in &strands {
                let ran = Arc::clone(&ran);
                let job = move || {
                    ran.fetch_add(1, Ordering::SeqCst);
                };
                strand.post(&Target::Library, Box::new(job));
            }
        }
        strands.iter().for_each(flush);
        assert_eq!(ran.load(Ordering::SeqCst), 100 * (TURN + 1));
        runtime.shutdown(None).unwrap();
    }

    #[test]
    fn a_panic_ends_its_job_alone() {
        let runtime = runtime();
        let strand = Strand::new(&runtime);
        strand.post(&Target::Library, Box::new(|| panic!("on purpose")));
        flush(&strand);
        assert_eq!(runtime.panics(), 1);
        runtime.shutdown(None).unwrap();
    }

    #[test]
    fn an_idle_strand_runs_a_job_on_the_spot() {
        let runtime = runtime();
        let strand = Strand::new(&runtime);
        let (sender, receiver) = mpsc::channel();
        let here = std::thread::current().id();
        let job = move || sender.send((std::thread::current().id(), in_callback())).unwrap();
        assert!(strand.run_or_post(&Target::Library, Box::new(job)));
        assert_eq!(receiver.try_recv().unwrap(), (here, true));
        assert!(!in_callback());
        runtime.shutdown(None).unwrap();
    }

    #[test]
    fn a_busy_strand_keeps_the_order_of_a_job_that_could_run_on_the_spot() {
        let runtime = runtime();
        let strand = Strand::new(&runtime);
        let queue = Queue::new(&runtime);
        let order = Arc::new(Mutex::new(Vec::new()));
        let note = |name: &'static str| -> Job {
            let order = Arc::clone(&order);
            Box::new(move || lock(&order).push(name))
        };
        strand.post(&Target::Queue(Arc::clone(&queue)), note("first"));
        assert!(!strand.run_or_post(&Target::Library, note("second")));
        assert_eq!(strand.jobs(), 2);
        assert_eq!(queue.dispatch(Some(Duration::ZERO), u32::MAX).unwrap(), 1);
        flush(&strand);
        assert_eq!(*lock(&order), ["first", "second"]);
        runtime.shutdown(None).unwrap();
    }

    #[test]
    fn a_hosted_strand_wakes_nobody_and_keeps_its_order() {
        let runtime = runtime();
        let strand = Strand::new(&runtime);
        let queue = Queue::new(&runtime);
        let order = Arc::new(Mutex::new(Vec::new()));
        let note = |name: &'static str| -> Job {
            let order = Arc::clone(&order);
            Box::new(move || lock(&order).push((name, std::thread::current().id())))
        };
        strand.host();
        strand.post(&Target::Library, note("first"));
        strand.post(&Target::Queue(Arc::clone(&queue)), note("second"));
        assert_eq!(queue.dispatch(Some(Duration::from_millis(20)), u32::MAX).unwrap(), 0);
        assert!(strand.leave_host());
        strand.post(&Target::Library, note("third"));
        strand.run_turn();
        let here = std::thread::current().id();
        assert_eq!(*lock(&order), [("first", here)]);
        assert_eq!(queue.dispatch(Some(LONG), 1).unwrap(), 1);
        flush(&strand);
        let names: Vec<_> = lock(&order).iter().map(|(name, _)| *name).collect();
        assert_eq!(names, ["first", "second", "third"]);
        assert_ne!(lock(&order)[2].1, here, "nobody hosts it any more");
        strand.host();
        strand.post(&Target::Queue(Arc::clone(&queue)), note("fourth"));
        assert!(!strand.leave_host(), "a queue's job waits for no host");
        assert_eq!(queue.dispatch(Some(LONG), 1).unwrap(), 1);
        runtime.shutdown(None).unwrap();
    }

    #[test]
    fn a_job_may_post_behind_itself() {
        let runtime = runtime();
        let strand = Strand::new(&runtime);
        let (sender, receiver) = mpsc::channel();
        let again = Arc::clone(&strand);
        let first = move || {
            let inner = sender.clone();
            again.post(&Target::Library, Box::new(move || inner.send("second").unwrap()));
            sender.send("first").unwrap();
        };
        strand.run_or_post(&Target::Library, Box::new(first));
        assert_eq!(receiver.recv_timeout(LONG).unwrap(), "first");
        assert_eq!(receiver.recv_timeout(LONG).unwrap(), "second");
        runtime.shutdown(None).unwrap();
    }
}
