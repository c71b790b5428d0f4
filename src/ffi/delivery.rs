//! Events and how they reach C: `dimse_delivery` in, `dimse_event` out (abi.md rules 13 and 14).

use std::ffi::c_void;
use std::ptr;
use std::time::Duration;

use super::boundary::Answer;
use super::error::{
    DIMSE_NO_STATUS, DIMSE_OK, DIMSE_PHASE_NONE, Failure, Told, dimse_error, dimse_result, number,
    phase_number,
};
use super::flat::Flat;
use super::handle;
use super::number::{DIMSE_UNKNOWN_LENGTH, DIMSE_UNKNOWN_TIME};
use super::queue::QueueNoun;
use super::text::{Text, dimse_str};
use crate::error::{Error, Result};
use crate::net::operation::{Counts, Delivery, Event, Flow, InstanceReport, Listener, Outcome, Progress};
use crate::runtime::callback::CallbackScope;
use crate::types::{Tag, Uid};

use super::queue::dimse_queue;

// 1 is RESPONSE's: a match of a query, or counts while a retrieval is pending.

/// One instance is done with: answered, whatever the status, or given up.
pub const DIMSE_EVENT_INSTANCE: u32 = 2;
/// How far the operation is: at most 20 a second, the first at once, the last when all is done.
pub const DIMSE_EVENT_PROGRESS: u32 = 3;
/// The outcome: exactly one for each operation that was started, always the last.
pub const DIMSE_EVENT_DONE: u32 = 4;

/// One event of an operation. The library fills it; later versions add fields at the end, and struct_size says how many
/// bytes are there. Kinds that you do not know are to be ignored. Everything that it points to lives until the callback
/// returns, or until the next dimse_op_next on, or dimse_op_free of, the operation that it was read from. A field says
/// something in the kinds that are named with it, and in all where none is; elsewhere it is 0, empty or NULL, but for
/// status, time_left_ms and bytes_total, which have a value for what is not known.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct dimse_event {
    /// Bytes of this struct that are filled.
    pub struct_size: u32,
    /// DIMSE_EVENT_*.
    pub kind: u32,
    /// INSTANCE, DONE: DIMSE_OK or DIMSE_ERR_*. A failure status of the peer is DIMSE_OK: the call worked.
    pub result: dimse_result,
    /// INSTANCE, DONE: the peer's (0000,0900), or DIMSE_NO_STATUS. DONE has one where the operation is one request.
    pub status: u32,
    /// PROGRESS: DIMSE_PHASE_* that it is in. INSTANCE, DONE: that in which it failed, or DIMSE_PHASE_NONE.
    pub phase: u32,
    /// INSTANCE, DONE: (0000,0110) of the last request; 0 where none was sent. An INSTANCE that failed has 0 where the
    /// instance itself cannot be sent, and the others follow. Else its request was under way when the operation ended,
    /// with the association for instance: whether the peer has stored it is not known.
    pub message_id: u32,
    /// INSTANCE, DONE: how many times it was tried.
    pub attempts: u32,
    /// PROGRESS, DONE: instances answered with success or a warning.
    pub instances_done: u32,
    /// PROGRESS, DONE: instances that the operation is about.
    pub instances_total: u32,
    /// PROGRESS, DONE: instances answered with a failure, or not sent because something is wrong with them. What is
    /// neither done nor failed was not come to, or was cut off.
    pub instances_failed: u32,
    /// PROGRESS, DONE: of those in instances_done, answered with a warning.
    pub instances_warned: u32,
    /// PROGRESS: how long it may still take, or DIMSE_UNKNOWN_TIME.
    pub time_left_ms: u32,
    /// INSTANCE, DONE: from the first byte, or the start of connecting, to the end.
    pub duration_us: u64,
    /// Bytes of data sets sent and received: of the instance in INSTANCE, of the whole operation elsewhere.
    pub bytes_done: u64,
    /// PROGRESS: all there are to send or to receive, or DIMSE_UNKNOWN_LENGTH. Files count with their headers until it
    /// is their turn.
    pub bytes_total: u64,
    /// PROGRESS: over the whole operation so far.
    pub bytes_per_second: u64,
    /// INSTANCE, DONE: (0000,0902), the peer's words; empty where there are none.
    pub comment: dimse_str,
    /// INSTANCE: SOP Class UID, as far as it is known.
    pub sop_class: dimse_str,
    /// INSTANCE: SOP Instance UID, as far as it is known.
    pub sop_instance: dimse_str,
    /// INSTANCE: how its data set is encoded, as far as that is known.
    pub transfer_syntax: dimse_str,
    /// INSTANCE: the file that it comes from, as you named it; empty where it is none.
    pub path: dimse_str,
    /// INSTANCE: (0000,0901), the elements that the peer did not like, each as 0xGGGGEEEE; NULL where there are none.
    pub offending: *const u32,
    /// INSTANCE: how many these are.
    pub offending_count: usize,
    /// INSTANCE, DONE: the whole story of a failure, NULL where there is none.
    pub error: *const dimse_error,
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
///
/// Events that you do not take are bounded: while 1,024 INSTANCE events of an association wait, or a MiB of them, none
/// of its operations begins a further instance, and no data are read from its peer, until half of them are taken. A
/// PROGRESS gives way to the next; DONE, cancelling and aborting need no room. A thread that waits in a blocking call,
/// dimse_op_wait or dimse_op_next is not waited for: as long as it does, events that a dispatch or dimse_op_next must
/// take keep nothing waiting.
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
pub fn caller(on_event: dimse_event_cb, user_data: *mut c_void) -> Option<Box<dyn Listener>> {
    Some(Box::new(CListener { on_event: on_event?, user_data: UserData::new(user_data, None) }))
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
    /// What the views in `event` lead to.
    _texts: Vec<Text>,
    _offending: Vec<u32>,
}

// SAFETY: its pointers lead to what it owns itself: texts and numbers on the heap, and a handle that is no address.
unsafe impl Send for EventForC {}

/// An event that says nothing.
const NOTHING: dimse_event = dimse_event {
    struct_size: dimse_event::SIZE,
    kind: 0,
    result: DIMSE_OK,
    status: DIMSE_NO_STATUS,
    phase: DIMSE_PHASE_NONE,
    message_id: 0,
    attempts: 0,
    instances_done: 0,
    instances_total: 0,
    instances_failed: 0,
    instances_warned: 0,
    time_left_ms: DIMSE_UNKNOWN_TIME,
    duration_us: 0,
    bytes_done: 0,
    bytes_total: DIMSE_UNKNOWN_LENGTH,
    bytes_per_second: 0,
    comment: dimse_str::EMPTY,
    sop_class: dimse_str::EMPTY,
    sop_instance: dimse_str::EMPTY,
    transfer_syntax: dimse_str::EMPTY,
    path: dimse_str::EMPTY,
    offending: ptr::null(),
    offending_count: 0,
    error: ptr::null(),
};

impl EventForC {
    /// `event`, for as long as this lives.
    #[must_use]
    pub fn new(event: &Event) -> Self {
        match event {
            Event::Progress(progress) => Self::progress(progress),
            Event::Instance(report) => Self::instance(report),
            Event::Done(outcome) => Self::done(outcome),
        }
    }

    fn progress(progress: &Progress) -> Self {
        let event = dimse_event {
            kind: DIMSE_EVENT_PROGRESS,
            phase: phase_number(progress.phase),
            time_left_ms: progress.time_left.map_or(DIMSE_UNKNOWN_TIME, milliseconds),
            bytes_done: progress.bytes,
            bytes_total: progress.bytes_total.unwrap_or(DIMSE_UNKNOWN_LENGTH),
            bytes_per_second: progress.bytes_per_second,
            ..counted(progress.counts)
        };
        Self { event, _texts: Vec::new(), _offending: Vec::new() }
    }

    fn instance(report: &InstanceReport) -> Self {
        let mut texts = Vec::new();
        let uid = |uid: Option<&Uid>| uid.map(|uid| Text::new(uid.as_str()));
        let offending: Vec<u32> = report.offending.iter().map(|tag| number_of(*tag)).collect();
        let event = dimse_event {
            kind: DIMSE_EVENT_INSTANCE,
            message_id: report.message_id.map_or(0, u32::from),
            attempts: report.attempts,
            duration_us: microseconds(report.duration),
            bytes_done: report.bytes,
            comment: kept(&mut texts, report.comment.as_deref().map(Text::new)),
            sop_class: kept(&mut texts, uid(report.sop_class.as_ref())),
            sop_instance: kept(&mut texts, uid(report.sop_instance.as_ref())),
            transfer_syntax: kept(&mut texts, uid(report.transfer_syntax.as_ref())),
            path: kept(&mut texts, report.path.as_deref().map(Text::of_path)),
            offending: if offending.is_empty() { ptr::null() } else { offending.as_ptr() },
            offending_count: offending.len(),
            ..ended(&report.result, report.status, report.comment.as_deref(), NOTHING)
        };
        Self { event, _texts: texts, _offending: offending }
    }

    fn done(outcome: &Outcome) -> Self {
        let mut texts = Vec::new();
        let event = dimse_event {
            kind: DIMSE_EVENT_DONE,
            message_id: outcome.message_id.map_or(0, u32::from),
            attempts: outcome.attempts,
            duration_us: microseconds(outcome.duration),
            bytes_done: outcome.bytes,
            comment: kept(&mut texts, outcome.comment.as_deref().map(Text::new)),
            ..ended(&outcome.result, outcome.status, outcome.comment.as_deref(), counted(outcome.counts))
        };
        Self { event, _texts: texts, _offending: Vec::new() }
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

/// An event that has counts.
fn counted(counts: Counts) -> dimse_event {
    dimse_event {
        instances_done: counts.done,
        instances_total: counts.total,
        instances_failed: counts.failed,
        instances_warned: counts.warned,
        ..NOTHING
    }
}

/// `event`, of something that ended so.
fn ended(result: &Result<()>, status: Option<u16>, comment: Option<&str>, event: dimse_event) -> dimse_event {
    let event = dimse_event { status: status.map_or(DIMSE_NO_STATUS, u32::from), ..event };
    let Err(error) = result else { return event };
    let failure = Failure::with_response(error.clone(), status, comment.map(str::to_owned));
    dimse_event {
        result: number(error.cause()),
        phase: phase_number(error.phase()),
        error: handle::insert(Told::from(failure)).unwrap_or(ptr::null_mut()),
        ..event
    }
}

/// Keeps a text and gives out its view; a text does not move with the list that it is in.
fn kept(texts: &mut Vec<Text>, text: Option<Text>) -> dimse_str {
    let Some(text) = text else { return dimse_str::EMPTY };
    let view = text.view();
    texts.push(text);
    view
}

/// A tag as C sees it: 0xGGGGEEEE.
fn number_of(tag: Tag) -> u32 {
    u32::from(tag.group) << 16 | u32::from(tag.element)
}

fn microseconds(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

/// What cannot be told has the last number.
fn milliseconds(time: Duration) -> u32 {
    u32::try_from(time.as_millis()).unwrap_or(DIMSE_UNKNOWN_TIME - 1)
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
            offset_of!(dimse_event, attempts),
            offset_of!(dimse_event, instances_done),
            offset_of!(dimse_event, instances_total),
            offset_of!(dimse_event, instances_failed),
            offset_of!(dimse_event, instances_warned),
            offset_of!(dimse_event, time_left_ms),
            offset_of!(dimse_event, duration_us),
            offset_of!(dimse_event, bytes_done),
            offset_of!(dimse_event, bytes_total),
            offset_of!(dimse_event, bytes_per_second),
            offset_of!(dimse_event, comment),
            offset_of!(dimse_event, sop_class),
            offset_of!(dimse_event, sop_instance),
            offset_of!(dimse_event, transfer_syntax),
            offset_of!(dimse_event, path),
            offset_of!(dimse_event, offending),
            offset_of!(dimse_event, offending_count),
            offset_of!(dimse_event, error),
            size_of::<dimse_event>(),
        ];
        let (words, numbers) = event.split_at(12);
        assert!(words.iter().copied().eq((0..12).map(|index| 4 * index)));
        assert_eq!(numbers, [48, 56, 64, 72, 80, 96, 112, 128, 144, 160, 168, 176, 184]);
        assert_eq!(dimse_event::SIZE, 184);
        assert_eq!((size_of::<dimse_delivery>(), size_of::<dimse_str>()), (32, 16));
    }
}
