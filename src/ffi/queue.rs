//! `dimse_queue`: callbacks on a thread of the caller's choice.

use std::ffi::c_void;
use std::sync::Arc;

use super::boundary::{Out, boundary};
use super::delivery::{UserData, dimse_release_cb};
use super::error::{dimse_error, dimse_result};
use super::handle::{self, Noun};
use super::number::wait_time;
use super::runtime::{dimse_runtime, runtime_or_default};
use crate::runtime::callback::CallbackScope;
use crate::runtime::queue::{Notify, Queue};

/// Events that wait until you dispatch them.
pub struct dimse_queue {
    _private: [u8; 0],
}

/// Says that a queue has become non-empty. Must not throw, unwind or longjmp; may call everything but what blocks.
pub type dimse_notify_cb = Option<unsafe extern "C" fn(user_data: *mut c_void)>;

/// What a `dimse_queue` handle stands for.
#[derive(Debug)]
pub struct QueueNoun(Arc<Queue>);

impl Noun for QueueNoun {
    type Handle = dimse_queue;
    const TYPE: usize = 3;
    const NAME: &'static str = "dimse_queue";
}

impl QueueNoun {
    /// The queue behind the handle.
    #[must_use]
    pub fn queue(&self) -> Arc<Queue> {
        Arc::clone(&self.0)
    }
}

/// Makes a queue.
///
/// Nothing on the wire. Does not block; allowed in callbacks. rt NULL is the default runtime; the queue may outlive the
/// handle, and its last events can be dispatched after dimse_runtime_shutdown. *out is yours to free. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_queue_new(
    rt: *mut dimse_runtime,
    out: *mut *mut dimse_queue,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        // SAFETY: the caller passes NULL or what can be written to.
        let out = unsafe { Out::new("out", out) }?;
        let runtime = runtime_or_default(rt)?;
        out.write(handle::insert(QueueNoun(Queue::new(&runtime)))?);
        Ok(())
    })
}

/// Sets what is called when the queue becomes non-empty, when a dispatch returns and leaves events, and now where there
/// are some already. notify NULL: nothing is called.
///
/// Nothing on the wire. Does not block; allowed in callbacks. notify runs on a thread of the library, never twice at
/// once, with no lock held; make it a posted message to your own loop. release, where not NULL, gives user_data back
/// exactly once: after the last call, when another notify is set, the queue is freed, or this call fails. It may still
/// be called once after another was set. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_queue_set_notify(
    queue: *mut dimse_queue,
    notify: dimse_notify_cb,
    user_data: *mut c_void,
    release: dimse_release_cb,
    err: *mut *mut dimse_error,
) -> dimse_result {
    // Before anything can fail, so that it is given back however this ends.
    let user_data = UserData::new(user_data, release);
    boundary!(err => {
        let queue = handle::get::<QueueNoun>("queue", queue)?;
        queue.0.set_notify(notify.map(|notify| -> Notify {
            Box::new(move || {
                let _scope = CallbackScope::enter();
                // SAFETY: the function that C gave, with its own pointer.
                unsafe { notify(user_data.pointer()) };
            })
        }));
        Ok(())
    })
}

/// A descriptor that is readable while the queue is not empty, for poll, epoll or kqueue. Level-triggered: never read
/// from it; it stops being readable when you have dispatched.
///
/// Nothing on the wire. Does not block; allowed in callbacks. The descriptor is the library's and lives until the queue
/// is freed. Unix only: DIMSE_ERR_STATE elsewhere; DIMSE_ERR_IO where the process has no descriptor left. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_queue_fd(
    queue: *mut dimse_queue,
    out: *mut i32,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        // SAFETY: the caller passes NULL or what can be written to.
        let out = unsafe { Out::new("out", out) }?;
        let queue = handle::get::<QueueNoun>("queue", queue)?;
        out.write(queue.0.fd()?);
        Ok(())
    })
}

/// Runs at most max callbacks on this thread and says in *ran, which may be NULL, how many.
///
/// Nothing on the wire. Blocks up to timeout_ms for the first event, never for another: 0 does not wait, DIMSE_NO_LIMIT
/// waits for ever. max is 1 or more; UINT32_MAX takes all there are. Any number of threads may dispatch one queue at
/// once: events of one association stay in order and never overlap. Not allowed in callbacks
/// (DIMSE_ERR_WOULD_DEADLOCK). DIMSE_OK also where nothing came. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_queue_dispatch(
    queue: *mut dimse_queue,
    timeout_ms: u32,
    max: u32,
    ran: *mut u32,
) -> dimse_result {
    boundary!({
        let queue = handle::get::<QueueNoun>("queue", queue)?.queue();
        let count = queue.dispatch(wait_time(timeout_ms), max)?;
        // SAFETY: the caller passes NULL or what can be written to.
        if let Some(ran) = unsafe { Out::optional(ran) } {
            ran.write(count);
        }
        Ok(())
    })
}

/// Makes every dispatch that waits return; where none does, the next that would wait returns at once. It is no event:
/// the descriptor of dimse_queue_fd and the notification stay as they are.
///
/// Nothing on the wire. Does not block; allowed in callbacks and from any thread. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn dimse_queue_wakeup(queue: *mut dimse_queue) -> dimse_result {
    boundary!({
        handle::get::<QueueNoun>("queue", queue)?.0.wakeup();
        Ok(())
    })
}

/// Frees the queue. A dispatch in another thread returns after the callback that it is in. Events that wait in it or
/// come later are not delivered any more; each release still runs once, on a thread of the library, or on this one
/// after dimse_runtime_shutdown. The operations themselves go on.
///
/// Nothing on the wire. Does not block; allowed in callbacks, in any order, and with NULL. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn dimse_queue_free(queue: *mut dimse_queue) {
    boundary!(or () => {
        if let Some(queue) = handle::remove::<QueueNoun>(queue) {
            queue.0.close();
        }
        Ok(())
    });
}
