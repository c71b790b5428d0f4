//! The hot way: a plain thread waits for the association, takes its turns, and does what may block. It is the thread of
//! a blocking call until that is done, or a hot thread while instances move and no caller is blocked.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::association::{Association, Turned};
use super::operation::{Flow, Listener, Operation};
use super::seat::Wanted;
use super::sys::{Interest, Waker, wait};
use super::timeouts::earlier;
use crate::runtime::Runtime;
use crate::runtime::backlog::Wait;
use crate::runtime::lock::lock;

/// Wake-ups that no thread needs now: two descriptors each, so they are kept for the next one.
static WAKERS: Mutex<Vec<Arc<Waker>>> = Mutex::new(Vec::new());
const KEPT: usize = 64;

/// How long a hot thread stays where nothing moves.
pub(super) const SILENCE: Duration = Duration::from_millis(20);

/// Sits down, lets `start` begin, and drives the association on this thread until `operation` is done.
pub(super) fn run(
    association: &Arc<Association>,
    operation: &Operation,
    listener: Option<Box<dyn Listener>>,
    start: impl FnOnce(),
) {
    let mut call = BlockingCall { operation, listener, waits: None };
    call.waits = Some(call.begin_wait());
    let Some(waker) = take_waker() else {
        // Out of descriptors: the task can still do it.
        start();
        association.go_cold();
        call.wait();
        return;
    };
    let seated = association.seat().sit_thread(&waker);
    start();
    if seated {
        drive(association, &waker, &mut Until::Done(&mut call));
        association.stand();
        call.wait();
    } else {
        call.wait();
        association.seat().queue_left();
    }
    give_back(waker);
}

/// Calls a hot thread of `runtime` to the seat, unless one is on its way; false where none is free or the seat is another
/// thread's.
pub(super) fn call(association: &Arc<Association>, runtime: &Runtime) -> bool {
    let wanted = association.seat().want_hot();
    if wanted != Wanted::Now {
        return wanted == Wanted::Called;
    }
    let hot = association.clone();
    let is_taken = runtime.run_hot(Box::new(move || serve(&hot))).is_ok();
    if !is_taken {
        association.seat().hot_missed();
    }
    is_taken
}

/// Drives the association on this hot thread for as long as something moves.
fn serve(association: &Arc<Association>) {
    let Some(waker) = take_waker() else {
        // Out of descriptors: what was to be done is done, and a task waits for what comes.
        association.seat().hot_missed();
        while let Some(work) = association.take_work() {
            association.worked(work.run(), false);
        }
        association.attend();
        return;
    };
    if association.seat().sit_hot(&waker) {
        drive(association, &waker, &mut Until::Silence);
        association.stand_up();
    }
    give_back(waker);
}

/// Why a thread gets up.
enum Until<'a, 'b> {
    /// Its own operation is done.
    Done(&'a mut BlockingCall<'b>),
    /// Nothing has moved for a while.
    Silence,
}

impl Until<'_, '_> {
    fn is_done(&self) -> bool {
        matches!(self, Self::Done(call) if call.operation.is_complete())
    }

    /// Takes a turn. The callbacks that come of it run here, on a hot thread: handing them to another costs more than
    /// most of them do.
    fn turn(
        &self,
        association: &Association,
        waker: &Arc<Waker>,
        take: impl FnOnce(&Association) -> Turned,
    ) -> Turned {
        if matches!(self, Self::Done(_)) {
            return take(association);
        }
        association.strand().host();
        let turned = take(association);
        if association.strand().leave_host() {
            put_down(association, waker, || association.strand().run_turn());
        }
        turned
    }
}

fn drive(association: &Arc<Association>, waker: &Arc<Waker>, until: &mut Until<'_, '_>) {
    let mut turned = until.turn(association, waker, |association| association.turn(Interest::default()));
    let mut moved = Instant::now();
    loop {
        // Between two pieces of work, too: a connection that takes all at once leaves no other time to say how far it is.
        if let Until::Done(call) = until
            && call.has_news()
        {
            put_down(association, waker, || call.tell());
        }
        if turned.work
            && !until.is_done()
            && let Some(work) = association.take_work()
        {
            let more = work.leaves_more();
            let worked = put_down(association, waker, || work.run());
            turned = until.turn(association, waker, |association| association.worked(worked, more));
            moved = Instant::now();
            continue;
        }
        let want = association.seat().sleep_thread();
        // Looked at once this thread counts as asleep: whoever completes the operation from now on wakes it.
        if until.is_done() || want.over {
            break;
        }
        let silent_at = match until {
            Until::Done(_) => None,
            Until::Silence => moved.checked_add(SILENCE),
        };
        let now = Instant::now();
        if silent_at.is_some_and(|silent_at| silent_at <= now) {
            break;
        }
        let deadline = earlier(want.deadline, silent_at);
        let timeout = deadline.map(|deadline| deadline.saturating_duration_since(now));
        let socket = want.socket.as_deref().map(|socket| (socket, want.interest));
        // A poll that fails has no memory: look again.
        let ready =
            if want.work { Interest::default() } else { wait(socket, waker, timeout).unwrap_or_default() };
        association.seat().awake();
        if ready != Interest::default() {
            moved = Instant::now();
        }
        turned = until.turn(association, waker, |association| association.turn(ready));
    }
    association.seat().awake();
}

/// Does what may block with the seat put down: where it takes long, a task stands in.
fn put_down<T>(association: &Association, waker: &Arc<Waker>, act: impl FnOnce() -> T) -> T {
    association.leave_for_work();
    let done = act();
    association.seat().come_back(waker);
    done
}

/// A blocking call: its operation's events are its own thread's.
struct BlockingCall<'a> {
    operation: &'a Operation,
    listener: Option<Box<dyn Listener>>,
    /// While its thread waits, and is not with the caller: it may stand behind operations whose events this very thread
    /// would take, were it not here.
    waits: Option<Wait>,
}

impl BlockingCall<'_> {
    fn begin_wait(&self) -> Wait {
        self.operation.strand().backlog().wait()
    }

    fn has_news(&self) -> bool {
        self.listener.is_some() && self.operation.has_unread()
    }

    /// Tells the caller what there is to tell.
    fn tell(&mut self) {
        let Some(listener) = &mut self.listener else { return };
        self.waits = None;
        while let Ok(Some(event)) = self.operation.next(Some(Duration::ZERO)) {
            if listener.event(&event) == Flow::Cancel {
                self.operation.cancel();
            }
        }
        self.waits = Some(self.begin_wait());
    }

    /// Waits for the end, whoever drives the association.
    fn wait(&mut self) {
        // From here on each wait says so itself.
        self.waits = None;
        let Some(listener) = &mut self.listener else {
            let _outcome = self.operation.wait(None);
            return;
        };
        // Until DONE was read, behind which there is nothing.
        while let Ok(Some(event)) = self.operation.next(None) {
            if listener.event(&event) == Flow::Cancel {
                self.operation.cancel();
            }
        }
    }
}

fn take_waker() -> Option<Arc<Waker>> {
    let pooled = lock(&WAKERS).pop();
    pooled.or_else(|| Waker::new().ok().map(Arc::new))
}

fn give_back(waker: Arc<Waker>) {
    let mut wakers = lock(&WAKERS);
    if wakers.len() < KEPT {
        // A wake-up that came too late makes its next user look once more.
        wakers.push(waker);
    }
}
