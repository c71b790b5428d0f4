//! `dimse_assoc`: an association that this side opens.

use std::ffi::c_void;
use std::sync::{Arc, OnceLock};

use super::assoc_options::{self, dimse_assoc_options};
use super::boundary::{Answer, Out, boundary};
use super::delivery::{self, dimse_delivery, dimse_event_cb};
use super::echo_options::{self, dimse_echo_options};
use super::error::{Failure, dimse_error, dimse_result};
use super::facts::{Texts, counters, dimse_context, dimse_counters, dimse_facts};
use super::flat::Room;
use super::handle::{self, Noun};
use super::op::{self, dimse_op, outcome_of};
use super::runtime::{dimse_runtime, runtime_or_default};
use crate::error::Error;
use crate::net::association::{Association, Owned};
use crate::net::facts::Facts;
use crate::net::operation::{Delivery, Listener, Operation, Outcome};
use crate::runtime::callback::refuse_to_block;
use crate::runtime::strand::Strand;
use crate::scu::echo::echo;

/// An association that this side opened. Any number of threads may use it at once.
pub struct dimse_assoc {
    _private: [u8; 0],
}

/// What a `dimse_assoc` handle stands for: dropped, it aborts the association if that is still open.
pub struct AssocNoun {
    owned: Arc<Owned>,
    texts: OnceLock<Texts>,
}

impl Noun for AssocNoun {
    type Handle = dimse_assoc;
    const TYPE: usize = 8;
    const NAME: &'static str = "dimse_assoc";
}

impl AssocNoun {
    fn texts(&self) -> Answer<(&Texts, &Facts)> {
        let facts = self.owned.association().facts();
        let facts = facts.ok_or_else(|| Failure::from(Error::state("the association is not established")))?;
        Ok((self.texts.get_or_init(|| Texts::of_requestor(facts)), facts))
    }
}

/// Makes the handle of an association that was opened.
pub fn give(owned: Arc<Owned>) -> Answer<*mut dimse_assoc> {
    Ok(handle::insert(AssocNoun { owned, texts: OnceLock::new() })?)
}

/// The association of a handle, without a hold on the handle: a call that is under way does not keep it open.
pub fn association(handle: *const dimse_assoc) -> Answer<Arc<Association>> {
    Ok(handle::get::<AssocNoun>("assoc", handle)?.owned.association().clone())
}

/// What one blocking call does: starts the operation and drives the association on this thread until it is over.
/// `on_event` gets its events, on this thread.
pub fn run<T>(
    association: &Association,
    caller: Option<Box<dyn Listener>>,
    start: impl FnOnce(&Arc<Operation>) -> T,
) -> Answer<Outcome> {
    let delivery = if caller.is_some() { Delivery::Pull } else { Delivery::Unheard };
    let operation = association.operation(delivery);
    association.run(&operation, caller, || drop(start(&operation)));
    outcome_of(&operation)
}

/// What a call that returns at once does: `out_op` gets the operation, and then `start` starts it, since its events may
/// come before that returns.
///
/// # Safety
/// `out_op` is NULL or can be written to.
pub unsafe fn begin(
    association: &Association,
    delivery: Delivery,
    out_op: *mut *mut dimse_op,
    start: impl FnOnce(&Arc<Operation>),
) -> Answer<()> {
    let operation = association.operation(delivery);
    // SAFETY: as this function's.
    op::give(unsafe { Out::optional(out_op) }, &operation)?.keep();
    start(&operation);
    Ok(())
}

/// Writes the peer's status, where there is one and anybody wants to have it.
///
/// # Safety
/// `status` is NULL or can be written to.
pub unsafe fn tell_status(outcome: &Outcome, status: *mut u16) {
    // SAFETY: as this function's.
    if let (Some(status), Some(answered)) = (unsafe { Out::optional(status) }, outcome.status) {
        status.write(answered);
    }
}

/// Opens an association: resolves the host name, connects, and asks the peer.
///
/// On the wire: A-ASSOCIATE-RQ, and the peer's answer. Blocks until that has come, or the limit of a phase is over. Not
/// allowed in callbacks (DIMSE_ERR_WOULD_DEADLOCK): use dimse_assoc_open_async. rt NULL is the default runtime; options
/// are copied; *out is yours to free. DIMSE_ERR_RESOLVE, DIMSE_ERR_CONNECT and DIMSE_ERR_TIMEOUT where there is no
/// connection; DIMSE_ERR_REJECTED (dimse_error_reject says why), DIMSE_ERR_ABORTED, DIMSE_ERR_NO_CONTEXT where none of
/// the presentation contexts was accepted, DIMSE_ERR_NOT_DICOM where something else listens there. Since 0.1.0.
/// PS3.8 7.1, 9.3.2.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_assoc_open(
    rt: *mut dimse_runtime,
    options: *const dimse_assoc_options,
    out: *mut *mut dimse_assoc,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        refuse_to_block()?;
        // SAFETY: the caller passes NULL or what can be written to.
        let out = unsafe { Out::new("out", out) }?;
        let options = assoc_options::complete(options)?;
        let runtime = runtime_or_default(rt)?;
        let operation = Operation::new(&runtime, Strand::new(&runtime), Delivery::Unheard);
        let association = Association::open(options, &operation)?;
        association.drive(&operation);
        outcome_of(&operation)?;
        out.write(op::take_assoc(&operation)?);
        Ok(())
    })
}

/// Begins to open an association, as dimse_assoc_open does, and returns at once. After a DONE with DIMSE_OK,
/// dimse_op_take_assoc gives out the association; where nobody takes it, it is aborted when the operation is freed.
///
/// On the wire: as dimse_assoc_open; cancelling the operation aborts. Does not block; allowed in callbacks. rt NULL is
/// the default runtime; options and delivery are copied. *out_op is yours to free, and is written before the first
/// event comes; out_op NULL tells, by DONE, whether the association could be opened, and then aborts it. Since 0.1.0.
/// PS3.8 7.1, 9.3.2.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_assoc_open_async(
    rt: *mut dimse_runtime,
    options: *const dimse_assoc_options,
    delivery: *const dimse_delivery,
    out_op: *mut *mut dimse_op,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err, delivery => |delivery| {
        let options = assoc_options::complete(options)?;
        let runtime = runtime_or_default(rt)?;
        let operation = Operation::new(&runtime, Strand::new(&runtime), delivery);
        // SAFETY: the caller passes NULL or what can be written to.
        let given = op::give(unsafe { Out::optional(out_op) }, &operation)?;
        let association = Association::open(options, &operation)?;
        given.keep();
        association.go_cold();
        Ok(())
    })
}

/// Asks the peer whether it is there: C-ECHO.
///
/// On the wire: C-ECHO-RQ and its response, after the operations that were started before. Blocks until the response
/// has come; the association is driven by this thread meanwhile. Not allowed in callbacks (DIMSE_ERR_WOULD_DEADLOCK).
/// options NULL: the defaults. on_event, which may be NULL, is called with DONE on this thread before the call returns;
/// *status, which may be NULL, is the peer's: 0 is success, and a failure status is a call that worked.
/// DIMSE_ERR_NO_CONTEXT where Verification was not accepted; DIMSE_ERR_TIMEOUT, DIMSE_ERR_ABORTED, DIMSE_ERR_CLOSED
/// and DIMSE_ERR_RELEASED where the association has ended, also before this call; DIMSE_ERR_STATE where this side
/// released or aborted it. Since 0.1.0. PS3.7 9.1.5, PS3.4 annex A.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_assoc_echo(
    assoc: *mut dimse_assoc,
    options: *const dimse_echo_options,
    on_event: dimse_event_cb,
    user_data: *mut c_void,
    status: *mut u16,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        refuse_to_block()?;
        let association = association(assoc)?;
        let options = echo_options::or_default(options)?;
        let caller = delivery::caller(on_event, user_data);
        let outcome = run(&association, caller, |operation| echo(&association, &options, operation))?;
        // SAFETY: the caller passes NULL or what can be written to.
        unsafe { tell_status(&outcome, status) };
        Ok(())
    })
}

/// Starts a C-ECHO, as dimse_assoc_echo, and returns at once.
///
/// On the wire: as dimse_assoc_echo. Cancelling it sends nothing: DONE comes at once, and the response is dropped when
/// it comes. Does not block; allowed in callbacks. options NULL: the defaults; they and delivery are copied. *out_op,
/// where out_op is not NULL, is yours to free, and is written before the first event comes. An association that has
/// ended is told by DONE. Since 0.1.0. PS3.7 9.1.5, PS3.4 annex A.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_assoc_echo_async(
    assoc: *mut dimse_assoc,
    options: *const dimse_echo_options,
    delivery: *const dimse_delivery,
    out_op: *mut *mut dimse_op,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err, delivery => |delivery| {
        let association = association(assoc)?;
        let options = echo_options::or_default(options)?;
        // SAFETY: the caller passes NULL or what can be written to.
        unsafe { begin(&association, delivery, out_op, |operation| echo(&association, &options, operation)) }
    })
}

/// Releases the association, after the operations that were started before. The handle stays yours to free.
///
/// On the wire: A-RELEASE-RQ and its answer; A-ABORT where that does not come in time. Blocks until then. Not allowed
/// in callbacks (DIMSE_ERR_WOULD_DEADLOCK). DIMSE_ERR_TIMEOUT; DIMSE_ERR_STATE where it was released before, is being
/// released, or was aborted by this side; where the peer has ended it before, DIMSE_ERR_RELEASED, DIMSE_ERR_ABORTED,
/// DIMSE_ERR_CLOSED and others. Since 0.1.0. PS3.8 7.2.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_assoc_release(
    assoc: *mut dimse_assoc,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        refuse_to_block()?;
        let association = association(assoc)?;
        run(&association, None, |operation| association.release(operation))?;
        Ok(())
    })
}

/// Starts to release the association, as dimse_assoc_release, and returns at once. Free the handle after DONE: before,
/// that aborts.
///
/// On the wire: as dimse_assoc_release; cancelling the operation aborts. Does not block; allowed in callbacks. delivery
/// is copied. *out_op, where out_op is not NULL, is yours to free, and is written before the first event comes.
/// Since 0.1.0. PS3.8 7.2.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_assoc_release_async(
    assoc: *mut dimse_assoc,
    delivery: *const dimse_delivery,
    out_op: *mut *mut dimse_op,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err, delivery => |delivery| {
        let association = association(assoc)?;
        // SAFETY: the caller passes NULL or what can be written to.
        unsafe { begin(&association, delivery, out_op, |operation| association.release(operation)) }
    })
}

/// Aborts the association: every operation on it ends with DIMSE_ERR_CANCELLED. The handle stays yours to free.
///
/// On the wire: A-ABORT, sent by the library. Does not block; allowed in callbacks. DIMSE_OK also where the association
/// has ended before. Since 0.1.0. PS3.8 7.3.
#[unsafe(no_mangle)]
pub extern "C" fn dimse_assoc_abort(assoc: *mut dimse_assoc) -> dimse_result {
    boundary!({
        association(assoc)?.abort();
        Ok(())
    })
}

/// Frees the handle and every text that came from it. An association that is still open is aborted, as by
/// dimse_assoc_abort; operations keep their own handles and get their DONE.
///
/// On the wire: A-ABORT where the association is open, sent by the library. Does not block; allowed in callbacks, in
/// any order, and with NULL. Since 0.1.0. PS3.8 7.3.
#[unsafe(no_mangle)]
pub extern "C" fn dimse_assoc_free(assoc: *mut dimse_assoc) {
    boundary!(or () => {
        drop(handle::remove::<AssocNoun>(assoc));
        Ok(())
    });
}

/// What was agreed, with whom, over which addresses. It stays readable when the association has ended.
///
/// Nothing on the wire. Does not block; allowed in callbacks. Set out->struct_size to sizeof(dimse_facts) before; the
/// texts live as long as assoc. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_assoc_facts(assoc: *const dimse_assoc, out: *mut dimse_facts) -> dimse_result {
    boundary!({
        // SAFETY: NULL or a struct of the caller's whose first field is set.
        let out = unsafe { Room::new("out", out) }?;
        let noun = handle::get::<AssocNoun>("assoc", assoc)?;
        let (texts, facts) = noun.texts()?;
        out.fill(texts.facts(noun.owned.association().id(), facts));
        Ok(())
    })
}

/// What became of the presentation context that was proposed as number index, counted from 0; refused ones too.
///
/// Nothing on the wire. Does not block; allowed in callbacks. Set out->struct_size to sizeof(dimse_context) before; the
/// texts live as long as assoc. DIMSE_ERR_INVALID_ARGUMENT where index is dimse_facts.context_count or more.
/// Since 0.1.0. PS3.8 9.3.3.2.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_assoc_context(
    assoc: *const dimse_assoc,
    index: usize,
    out: *mut dimse_context,
) -> dimse_result {
    boundary!({
        // SAFETY: NULL or a struct of the caller's whose first field is set.
        let out = unsafe { Room::new("out", out) }?;
        let noun = handle::get::<AssocNoun>("assoc", assoc)?;
        let (texts, facts) = noun.texts()?;
        out.fill(texts.context(index, facts)?);
        Ok(())
    })
}

/// How much went over the association so far; the last numbers when it has ended.
///
/// Nothing on the wire. Does not block; allowed in callbacks. Set out->struct_size to sizeof(dimse_counters) before.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_assoc_counters(
    assoc: *const dimse_assoc,
    out: *mut dimse_counters,
) -> dimse_result {
    boundary!({
        // SAFETY: NULL or a struct of the caller's whose first field is set.
        let out = unsafe { Room::new("out", out) }?;
        out.fill(counters(association(assoc)?.counters()));
        Ok(())
    })
}
