//! The hot way: the thread of a blocking call waits for the association and takes its turns.

use std::sync::{Arc, Mutex};
use std::time::Instant;

use super::association::Association;
use super::operation::Operation;
use super::sys::{Interest, Waker, wait};
use crate::runtime::lock::lock;

/// Wake-ups that no thread needs now: two descriptors each, so they are kept for the next blocking call.
static WAKERS: Mutex<Vec<Arc<Waker>>> = Mutex::new(Vec::new());
const KEPT: usize = 64;

/// Sits down, lets `start` begin, and drives the association on this thread until `operation` is done.
pub(super) fn run(association: &Arc<Association>, operation: &Operation, start: impl FnOnce()) {
    let pooled = lock(&WAKERS).pop();
    let Some(waker) = pooled.or_else(|| Waker::new().ok().map(Arc::new)) else {
        // Out of descriptors: the task can still do it.
        start();
        association.go_cold();
        let _outcome = operation.wait(None);
        return;
    };
    let seated = association.seat().sit_thread(&waker);
    start();
    if seated {
        drive(association, operation, &waker);
        association.stand();
    } else {
        let _outcome = operation.wait(None);
        association.seat().queue_left();
    }
    let mut wakers = lock(&WAKERS);
    if wakers.len() < KEPT {
        // A wake-up that came too late makes its next user look once more.
        wakers.push(waker);
    }
}

fn drive(association: &Arc<Association>, operation: &Operation, waker: &Waker) {
    association.turn(Interest::default());
    loop {
        let want = association.seat().sleep_thread();
        // Looked at once this thread counts as asleep: whoever completes the operation from now on wakes it.
        if operation.is_complete() {
            break;
        }
        if want.over {
            // Another thread lets the outcome happen just now.
            let _outcome = operation.wait(None);
            break;
        }
        let timeout = want.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        let socket = want.socket.as_deref().map(|socket| (socket, want.interest));
        // A poll that fails has no memory: look again.
        let ready = wait(socket, waker, timeout).unwrap_or_default();
        association.seat().awake();
        association.turn(ready);
    }
    association.seat().awake();
}
