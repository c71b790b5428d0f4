//! Events and how they reach C: `dimse_delivery` in, `dimse_event` out (abi.md rules 13 and 14).

use std::ffi::c_void;

use super::boundary::Answer;
use super::error::{
    DIMSE_NO_STATUS, DIMSE_OK, DIMSE_PHASE_NONE, Failure, Told, dimse_error, dimse_result, number,
    phase_number,
};
use super::flat::Flat;
use super::handle;
use super::queue::QueueNoun;
use super::text::{Text, dimse_str};
use crate::error::Error;
use crate::net::operation::{Delivery, Event, Flow, Listener, Outcome};
use crate::runtime::callback::CallbackScope;

use super::queue::dimse_queue;

/// The outcome: exactly one for each operation that was started, always the last.
pub const DIMSE_EVENT_DONE: u32 = 4;

/// One event of an operation. The library fills it; later versions add fields at the end, and struct_size says how many
/// bytes are there. Kinds that you do not know are to be ignored. Everything that it points to lives until the callback
/// returns, or until the next dimse_op_next on, or dimse_op_free of, the operation that it was read from.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct dimse_event {
    /// Bytes of this struct that are filled.
    pub struct_size: u32,
    /// DIMSE_EVENT_*.
    pub kind: u32,
    /// DONE: DIMSE_OK or DIMSE_ERR_*. A failure status of the peer is DIMSE_OK: the call worked.
    pub result: dimse_result,
    /// The peer's (0000,0900), or DIMSE_NO_STATUS.
    pub status: u32,
    /// DONE: DIMSE_PHASE_* in which it failed; DIMSE_PHASE_NONE where it did not.
    pub phase: u32,
    /// (0000,0110) of the request; 0 where none was sent.
    pub message_id: u32,
    /// From the first byte, or the start of connecting, to now.
    pub duration_us: u64,
    /// Bytes of data sets sent and received.
    pub bytes_done: u64,
    /// (0000,0902): the peer's words; empty where there are none.
    pub comment: dimse_str,
    /// DONE: the whole story of a failure, NULL where there is none.
    pub error: *const dimse_error,
    /// How many times it was tried.
    pub attempts: u32,
    /// 0.
    pub reserved: u32,
}

/// Takes one event. Return 0 to go on, anything else to cancel the operation: its DONE still comes. Must not throw,
/// unwind or longjmp; may call everything but what blocks.
pub type dimse_event_cb =
    Option<unsafe extern "C" fn(event: *const dimse_event, user_data: *mut c_void) -> i32>;

/// Gives user_data back: once, after the last call of the callback beside it has returned, also where starting failed.
/// Must not throw, unwind or longjmp.
pub type dimse_release_cb = Option<unsafe extern "C" fn(user_data: *mut c_void)>;

// SAFETY: repr(C), numbers and pointers, struct_size first.
unsafe impl Flat for dimse_event {
    const NAME: &'static str = "dimse_event";
}

/// Where the events of an operation go. Copied before the call returns; a delivery that is NULL means that you read the
/// events with dimse_op_next.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct dimse_delivery {
    /// NULL: on a thread of the library. A queue: inside dimse_queue_dispatch, on the thread that calls it.
    pub queue: *mut dimse_queue,
    /// Takes the events; not NULL.
    pub on_event: dimse_event_cb,
    /// Comes back in every call.
    pub user_data: *mut c_void,
    /// May be NULL.
    pub release: dimse_release_cb,
}

/// Takes a delivery over from C. From here on its `release` runs exactly once, whatever fails.
///
/// # Safety
/// `delivery` is NULL or points to one whose functions may be called from any thread.
pub unsafe fn take(delivery: *const dimse_delivery) -> Answer<Delivery> {
    if delivery.is_null() {
        return Ok(Delivery::Pull);
    }
    // SAFETY: not NULL, and this function's contract; unaligned, since C may hand in any address.
    let dimse_delivery { queue, on_event, user_data, release } = unsafe { delivery.read_unaligned() };
    let user_data = UserData { user_data, release };
    let Some(on_event) = on_event else {
        return Err(Failure::from(Error::invalid_argument(
            "delivery->on_event is NULL; to read events with dimse_op_next, pass NULL as delivery",
        )));
    };
    let listener = Box::new(CListener { on_event, user_data });
    if queue.is_null() {
        return Ok(Delivery::Library(listener));
    }
    let queue = handle::get::<QueueNoun>("delivery->queue", queue)?;
    Ok(Delivery::Queue(queue.queue(), listener))
}

/// The caller of a blocking call, which gets the events of its own operation on its own thread; `None` where it wants
/// none.
pub fn caller(on_event: dimse_event_cb, user_data: *mut c_void) -> Option<impl Listener> {
    Some(CListener { on_event: on_event?, user_data: UserData::new(user_data, None) })
}

/// A pointer of the user's that is given back exactly once: when this is dropped.
#[derive(Debug)]
pub struct UserData {
    user_data: *mut c_void,
    release: dimse_release_cb,
}

// SAFETY: C's side of the contract (abi.md rule 14): a callback may run on any thread of the library; calls that share
// one user_data do not overlap unless the words above the function say so.
unsafe impl Send for UserData {}
// SAFETY: as above; a shared reference only reads the pointer.
unsafe impl Sync for UserData {}

impl UserData {
    /// What C gave.
    #[must_use]
    pub fn new(user_data: *mut c_void, release: dimse_release_cb) -> Self {
        Self { user_data, release }
    }

    /// What C gets back in every call.
    #[must_use]
    pub fn pointer(&self) -> *mut c_void {
        self.user_data
    }
}

impl Drop for UserData {
    fn drop(&mut self) {
        if let Some(release) = self.release {
            let _scope = CallbackScope::enter();
            // SAFETY: the one call that the contract promises, with the pointer that came with it.
            unsafe { release(self.user_data) };
        }
    }
}

struct CListener {
    on_event: unsafe extern "C" fn(*const dimse_event, *mut c_void) -> i32,
    user_data: UserData,
}

impl Listener for CListener {
    fn event(&mut self, event: &Event) -> Flow {
        let event = EventForC::new(event);
        let _scope = CallbackScope::enter();
        // SAFETY: the function that C gave, with its own pointer and an event that outlives the call.
        match unsafe { (self.on_event)(&raw const event.event, self.user_data.pointer()) } {
            0 => Flow::Continue,
            _ => Flow::Cancel,
        }
    }
}

/// An event as C sees it, and what it points to.
#[derive(Debug)]
pub struct EventForC {
    event: dimse_event,
    _comment: Text,
}

// SAFETY: its pointers lead to what it owns itself: a heap text, and a handle that is no address.
unsafe impl Send for EventForC {}

impl EventForC {
    /// `event`, for as long as this lives.
    #[must_use]
    pub fn new(event: &Event) -> Self {
        match event {
            Event::Done(outcome) => Self::done(outcome),
        }
    }

    fn done(outcome: &Outcome) -> Self {
        let comment = Text::new(outcome.comment.as_deref().unwrap_or_default());
        let failed = outcome.result.as_ref().err();
        let event = dimse_event {
            struct_size: dimse_event::SIZE,
            kind: DIMSE_EVENT_DONE,
            result: failed.map_or(DIMSE_OK, |error| number(error.cause())),
            status: outcome.status.map_or(DIMSE_NO_STATUS, u32::from),
            phase: failed.map_or(DIMSE_PHASE_NONE, |error| phase_number(error.phase())),
            message_id: outcome.message_id.map_or(0, u32::from),
            attempts: outcome.attempts,
            duration_us: u64::try_from(outcome.duration.as_micros()).unwrap_or(u64::MAX),
            bytes_done: outcome.bytes,
            comment: comment.view(),
            error: error_of(outcome).unwrap_or(std::ptr::null_mut()),
            reserved: 0,
        };
        Self { event, _comment: comment }
    }

    /// What C gets; its pointers live as long as this.
    #[must_use]
    pub fn event(&self) -> &dimse_event {
        &self.event
    }
}

impl Drop for EventForC {
    fn drop(&mut self) {
        drop(handle::remove::<Told>(self.event.error));
    }
}

/// The story of a failed outcome, as a handle.
fn error_of(outcome: &Outcome) -> Option<*mut dimse_error> {
    let failure = failure_of(outcome)?;
    handle::insert(Told::from(failure)).ok()
}

/// The failure of an outcome, with what the peer said before; `None` where it did not fail.
#[must_use]
pub fn failure_of(outcome: &Outcome) -> Option<Failure> {
    let error = outcome.result.as_ref().err()?.clone();
    Some(Failure::with_response(error, outcome.status, outcome.comment.clone()))
}

#[cfg(all(test, target_pointer_width = "64"))]
mod tests {
    use super::*;
    use std::mem::{offset_of, size_of};

    #[test]
    fn structs_as_c_and_c_sharp_see_them() {
        let event = [
            offset_of!(dimse_event, struct_size),
            offset_of!(dimse_event, kind),
            offset_of!(dimse_event, result),
            offset_of!(dimse_event, status),
            offset_of!(dimse_event, phase),
            offset_of!(dimse_event, message_id),
            offset_of!(dimse_event, duration_us),
            offset_of!(dimse_event, bytes_done),
            offset_of!(dimse_event, comment),
            offset_of!(dimse_event, error),
            offset_of!(dimse_event, attempts),
            offset_of!(dimse_event, reserved),
            size_of::<dimse_event>(),
        ];
        assert_eq!(event, [0, 4, 8, 12, 16, 20, 24, 32, 40, 56, 64, 68, 72]);
        assert_eq!(dimse_event::SIZE, 72);
        assert_eq!((size_of::<dimse_delivery>(), size_of::<dimse_str>()), (32, 16));
    }
}
