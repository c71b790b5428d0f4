//! The cold way: a tokio task waits for the association and takes its turns.

use std::future::poll_fn;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::time::sleep_until;

use super::association::{Association, Turned};
use super::sys::{Interest, Readiness, Socket};

/// A deadline that never comes: a timer needs one.
const NEVER: Duration = Duration::from_secs(365 * 24 * 3600);

/// When the timer rings first, whatever the deadlines are: an association that is over by then, as most are, has set it
/// once. Setting it nearer wakes the reactor.
const FIRST_LOOK: Duration = Duration::from_secs(30);

/// Waits for the association until it is over or the seat is somebody else's.
pub(super) async fn run(association: Arc<Association>) {
    let mut registered: Option<(Arc<Socket>, Readiness<Socket>)> = None;
    let timer = sleep_until((Instant::now() + FIRST_LOOK).into());
    tokio::pin!(timer);
    // What a new connection brings with it is read before the reactor is asked to wait for it.
    let mut turned = association.turn(Interest { read: true, write: false });
    while !turned.over {
        // A worker must not wait for files: a hot thread takes the seat, or else the other tasks move on. A thread that
        // has come back to its seat does the work itself.
        if turned.work && association.seat().is_tasks() && !association.go_hot() {
            turned = work(&association);
            continue;
        }
        // A timer that was set for an earlier message still rings before any later deadline.
        let rings_at = (!timer.is_elapsed()).then(|| timer.deadline().into_std());
        let Some(want) = association.seat().sleep_task(rings_at) else {
            registered = None;
            association.attend();
            if association.seat().leave() {
                return;
            }
            turned = association.turn(Interest::default());
            continue;
        };
        if want.over {
            return;
        }
        match &want.socket {
            Some(socket) if !registered.as_ref().is_some_and(|(known, _)| Arc::ptr_eq(known, socket)) => {
                registered = None; // the place in the reactor is given back before another is taken
                match Readiness::new(socket.clone()) {
                    Ok(readiness) => registered = Some((socket.clone(), readiness)),
                    Err(error) => {
                        tracing::warn!(target: "dimse::association", association = association.id(), "the system has no place for one more connection: {error}");
                        association.abort();
                    }
                }
            }
            None => registered = None,
            Some(_) => {}
        }
        // A timer that rings too early costs one look; setting it anew for every message costs more.
        let too_late = want.deadline.is_some_and(|deadline| deadline < timer.deadline().into_std());
        if too_late || timer.is_elapsed() {
            let deadline = want.deadline.unwrap_or_else(|| Instant::now() + NEVER);
            timer.as_mut().reset(deadline.into());
        }
        let ready = async {
            match &registered {
                Some((_, readiness)) => {
                    readiness
                        .ready(want.interest, |ready| {
                            let turned = association.turn(ready);
                            let used_up = Interest { read: ready.read && turned.drained, write: ready.write };
                            (turned, used_up)
                        })
                        .await
                }
                None => std::future::pending().await,
            }
        };
        let called = poll_fn(|context| association.seat().poll_called(context.waker()));
        turned = tokio::select! {
            biased;
            () = called => association.turn(Interest::default()),
            result = ready => match result {
                Ok(turned) => turned,
                // The reactor is gone: the runtime is shutting down, and this task with it.
                Err(_) => return,
            },
            () = &mut timer => association.turn(Interest::default()),
        };
    }
}

/// Does what may block where no hot thread is free for it.
fn work(association: &Association) -> Turned {
    match association.take_work() {
        Some(work) => {
            let more = work.leaves_more();
            let worked = tokio::task::block_in_place(|| work.run());
            association.worked(worked, more)
        }
        None => association.turn(Interest::default()),
    }
}
