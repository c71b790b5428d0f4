//! `dimse_op`: an operation in flight, returned by every `_async` function.

use std::sync::{Arc, Mutex};

use super::assoc::{self, dimse_assoc};
use super::boundary::{Answer, Out, boundary};
use super::delivery::{EventForC, dimse_event, failure_of};
use super::error::{DIMSE_OK, DIMSE_PENDING, Failure, dimse_error, dimse_result, number};
use super::flat::Room;
use super::handle::{self, Noun};
use super::number::wait_time;
use crate::error::Error;
use crate::net::association::Owned;
use crate::net::operation::{Operation, Outcome};
use crate::runtime::callback::refuse_to_block;
use crate::runtime::lock::lock;

/// An operation in flight, or over.
pub struct dimse_op {
    _private: [u8; 0],
}

/// What a `dimse_op` handle stands for.
#[derive(Debug)]
pub struct OpNoun {
    operation: Arc<Operation>,
    /// What the last dimse_op_next gave out points in here.
    last_event: Mutex<Option<EventForC>>,
}

/// Behind a dimse_op_next that still waits in another thread.
impl Drop for OpNoun {
    fn drop(&mut self) {
        self.operation.detach();
    }
}

impl Noun for OpNoun {
    type Handle = dimse_op;
    const TYPE: usize = 2;
    const NAME: &'static str = "dimse_op";
}

/// Makes the handle of an operation that is about to start; none where C wants none. Before the start, so that running
/// out of handles is a start that failed.
pub fn give(out: Option<Out<*mut dimse_op>>, operation: &Arc<Operation>) -> Answer<GivenOp> {
    let Some(out) = out else {
        operation.detach();
        return Ok(GivenOp(None));
    };
    let noun = OpNoun { operation: Arc::clone(operation), last_event: Mutex::new(None) };
    Ok(GivenOp(Some((handle::insert(noun)?, out))))
}

/// A handle that C does not know yet: dropped, it is freed.
pub struct GivenOp(Option<(*mut dimse_op, Out<*mut dimse_op>)>);

impl GivenOp {
    /// The operation started: the handle is C's.
    pub fn keep(mut self) {
        if let Some((op, out)) = self.0.take() {
            out.write(op);
        }
    }
}

impl Drop for GivenOp {
    fn drop(&mut self) {
        if let Some((op, _)) = self.0.take() {
            drop(handle::remove::<OpNoun>(op));
        }
    }
}

/// Says whether the operation is over: DIMSE_PENDING, or its outcome (DIMSE_OK or DIMSE_ERR_*).
///
/// Nothing on the wire. Does not block; allowed in callbacks. Its events, DONE too, may still be on their way:
/// user_data is yours again at release, not before. It may itself wait until you take them, see dimse_delivery.
/// DIMSE_ERR_INVALID_HANDLE where op is no operation. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn dimse_op_poll(op: *const dimse_op) -> dimse_result {
    boundary!({
        let op = handle::get::<OpNoun>("op", op)?;
        Ok(op.operation.outcome().map_or(DIMSE_PENDING, |outcome| code(&outcome)))
    })
}

/// Waits for the operation's outcome and returns it; DIMSE_PENDING where it did not come in time.
///
/// Nothing on the wire. Blocks up to timeout_ms: 0 does not wait, DIMSE_NO_LIMIT waits for ever. Not allowed in
/// callbacks (DIMSE_ERR_WOULD_DEADLOCK). Its events may still be on their way, see dimse_op_poll. *err, where err is
/// not NULL, is written on failure and is yours to free. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_op_wait(
    op: *mut dimse_op,
    timeout_ms: u32,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        refuse_to_block()?;
        let op = handle::get::<OpNoun>("op", op)?;
        let Some(outcome) = op.operation.wait(wait_time(timeout_ms)) else {
            return Ok(DIMSE_PENDING);
        };
        failure_of(&outcome).map_or(Ok(DIMSE_OK), Err)
    })
}

/// Reads the next event of an operation that was started with delivery NULL; DIMSE_PENDING where none came in time.
///
/// Nothing on the wire. Blocks up to timeout_ms: 0 does not wait, DIMSE_NO_LIMIT waits for ever. Not allowed in
/// callbacks (DIMSE_ERR_WOULD_DEADLOCK). Set out->struct_size to sizeof(dimse_event) before; out is written on DIMSE_OK
/// only. What it points to lives until the next dimse_op_next on, or dimse_op_free of, this op. DIMSE_ERR_STATE where
/// DONE was read before, or where the operation has a callback. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_op_next(
    op: *mut dimse_op,
    timeout_ms: u32,
    out: *mut dimse_event,
) -> dimse_result {
    boundary!({
        refuse_to_block()?;
        let op = handle::get::<OpNoun>("op", op)?;
        // SAFETY: NULL or an event of the caller's whose first field is set.
        let room = unsafe { Room::new("out", out) }?;
        let Some(event) = op.operation.next(wait_time(timeout_ms))? else {
            return Ok(DIMSE_PENDING);
        };
        let event = EventForC::new(&event);
        room.fill(*event.event());
        let old = lock(&op.last_event).replace(event);
        drop(old);
        Ok(DIMSE_OK)
    })
}

/// Cancels the operation. Its DONE still comes, with what it came to.
///
/// On the wire: what the operation's own words say (C-CANCEL and the wait for the final response, A-ABORT where a
/// message is half sent, nothing where it still waits its turn). Does not block; allowed in callbacks; a second call,
/// and one after the end, does nothing and is DIMSE_OK. Since 0.1.0. PS3.7 9.3.2.3.
#[unsafe(no_mangle)]
pub extern "C" fn dimse_op_cancel(op: *mut dimse_op) -> dimse_result {
    boundary!({
        handle::get::<OpNoun>("op", op)?.operation.cancel();
        Ok(())
    })
}

/// Takes the association that dimse_assoc_open_async has opened.
///
/// Nothing on the wire. Does not block; allowed in callbacks, in that of DONE too. *out is yours to free.
/// DIMSE_ERR_STATE where op has opened none, has not opened it yet, or it was taken before. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_op_take_assoc(
    op: *mut dimse_op,
    out: *mut *mut dimse_assoc,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        // SAFETY: the caller passes NULL or what can be written to.
        let out = unsafe { Out::new("out", out) }?;
        out.write(take_assoc(&handle::get::<OpNoun>("op", op)?.operation)?);
        Ok(())
    })
}

/// Frees the handle. The operation goes on, detached; its events still come, then release. Those that dimse_op_next
/// would have read are dropped.
///
/// Nothing on the wire. Does not block; allowed in callbacks, in any order, and with NULL. What the last dimse_op_next
/// gave out dies with it. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn dimse_op_free(op: *mut dimse_op) {
    boundary!(or () => {
        drop(handle::remove::<OpNoun>(op));
        Ok(())
    });
}

/// The outcome of an operation that a blocking call has driven, waited for where another thread does; its failure is
/// the call's.
pub fn outcome_of(operation: &Operation) -> Answer<Outcome> {
    let Some(outcome) = operation.wait(None) else {
        return Err(Failure::from(Error::state("the operation has no outcome")));
    };
    failure_of(&outcome).map_or(Ok(outcome), Err)
}

/// The handle of the association that an operation has opened.
pub fn take_assoc(operation: &Operation) -> Answer<*mut dimse_assoc> {
    let opened = operation.take_product().and_then(|product| product.downcast::<Owned>().ok());
    assoc::give(opened.ok_or_else(|| {
        Error::state("the operation holds no association: it opened none, not yet, or it was taken before")
    })?)
}

fn code(outcome: &Outcome) -> dimse_result {
    outcome.result.as_ref().err().map_or(DIMSE_OK, |error| number(error.cause()))
}
