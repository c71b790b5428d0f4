//! `dimse_assoc` stores: one instance, files, or instances of any kind.

use std::ffi::{c_char, c_void};

use super::arguments::{array, paths as paths_of};
use super::assoc::{association, begin, dimse_assoc, run, tell_status};
use super::boundary::{Answer, boundary};
use super::delivery::{self, dimse_delivery, dimse_event_cb};
use super::error::{dimse_error, dimse_result};
use super::instance::{InstanceNoun, dimse_instance};
use super::op::dimse_op;
use super::store_options::{self, dimse_store_options};
use crate::net::association::Association;
use crate::net::operation::{Delivery, Listener};
use crate::runtime::callback::refuse_to_block;
use crate::scu::store::{store, store_all};
use crate::storage::instance::Instance;

/// The instances of the argument `instances`.
///
/// # Safety
/// As [`array`].
unsafe fn instances_of(
    association: &Association,
    instances: *const *const dimse_instance,
    count: usize,
) -> Answer<Vec<Instance>> {
    let one = |name: &str, handle| Ok(InstanceNoun::get(name, handle)?.to_send(association.runtime()));
    // SAFETY: as this function's.
    unsafe { array("instances", instances, count, one) }
}

/// The instances of the argument `paths`.
///
/// # Safety
/// As [`paths_of`].
unsafe fn files_of(paths: *const *const c_char, count: usize) -> Answer<Vec<Instance>> {
    // SAFETY: as this function's.
    Ok(unsafe { paths_of("paths", paths, count) }?.into_iter().map(Instance::from_file).collect())
}

/// Stores a list, and blocks until that is done.
fn store_now(
    association: &Association,
    instances: Vec<Instance>,
    options: *const dimse_store_options,
    caller: Option<Box<dyn Listener>>,
) -> Answer<()> {
    let options = store_options::or_default(options)?;
    run(association, caller, |operation| store_all(association, instances, options, operation))?;
    Ok(())
}

/// Starts to store a list.
///
/// # Safety
/// As [`begin`].
unsafe fn store_later(
    association: &Association,
    instances: Vec<Instance>,
    options: *const dimse_store_options,
    delivery: Delivery,
    out_op: *mut *mut dimse_op,
) -> Answer<()> {
    let options = store_options::or_default(options)?;
    let start = |operation: &_| store_all(association, instances, options, operation);
    // SAFETY: as this function's.
    unsafe { begin(association, delivery, out_op, start) }
}

/// Stores an instance at the peer: C-STORE.
///
/// On the wire: C-STORE-RQ with the data set, and its response, after the operations that were started before; again
/// where options say so. The data set goes as it is, but for elements that options set; where its transfer syntax was
/// not accepted, but another uncompressed one for its SOP class, it is converted as it goes, if it is uncompressed
/// itself, and INSTANCE names the one that it went in. Blocks until the response has come; the association is driven by
/// this thread meanwhile. Not allowed in callbacks (DIMSE_ERR_WOULD_DEADLOCK). options NULL: the defaults. on_event,
/// which may be NULL, is called on this thread: PROGRESS, INSTANCE and DONE; where it is NULL nothing is worked out for
/// it. *status, which may be NULL, is the peer's: 0 is success, Bxxx are warnings (stored), and a failure status is a
/// call that worked. What is wrong with the instance is the call's failure, and the association stays open:
/// DIMSE_ERR_IO where it cannot be read, DIMSE_ERR_NO_INSTANCE where it is no DICOM file, DIMSE_ERR_INSTANCE where it
/// is damaged or cannot be converted, DIMSE_ERR_NO_CONTEXT where its SOP class was accepted in no transfer syntax that
/// fits, DIMSE_ERR_STATE where it comes from a reader and was sent before. Where
/// DIMSE_ERR_IO or DIMSE_ERR_INSTANCE is found out in the middle of the data set only, the association is aborted.
/// DIMSE_ERR_TIMEOUT, DIMSE_ERR_ABORTED,
/// DIMSE_ERR_CLOSED and DIMSE_ERR_RELEASED where the association has ended, also before this call. Since 0.1.0. PS3.7
/// 9.1.1, PS3.4 annex B.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_assoc_store(
    assoc: *mut dimse_assoc,
    instance: *const dimse_instance,
    options: *const dimse_store_options,
    on_event: dimse_event_cb,
    user_data: *mut c_void,
    status: *mut u16,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        refuse_to_block()?;
        let association = association(assoc)?;
        let instance = InstanceNoun::get("instance", instance)?.to_send(association.runtime());
        let options = store_options::or_default(options)?;
        let caller = delivery::caller(on_event, user_data);
        let start = |operation: &_| store(&association, instance, options, operation);
        let outcome = run(&association, caller, start)?;
        // SAFETY: the caller passes NULL or what can be written to.
        unsafe { tell_status(&outcome, status) };
        Ok(())
    })
}

/// Starts a C-STORE, as dimse_assoc_store, and returns at once. Its DONE has the status.
///
/// On the wire: as dimse_assoc_store. Cancelling it before it has begun, or while the response is awaited, sends
/// nothing; in the middle of the data set it aborts the association, since half a message cannot be taken back. Does
/// not block; allowed in callbacks. options NULL: the defaults; they and delivery are copied; instance may be freed at
/// once. *out_op, where out_op is not NULL, is yours to free, and is written before the first event comes. What is
/// wrong with the instance or the association is told by DONE. Since 0.1.0. PS3.7 9.1.1, PS3.4 annex B.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_assoc_store_async(
    assoc: *mut dimse_assoc,
    instance: *const dimse_instance,
    options: *const dimse_store_options,
    delivery: *const dimse_delivery,
    out_op: *mut *mut dimse_op,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err, delivery => |delivery| {
        let association = association(assoc)?;
        let instance = InstanceNoun::get("instance", instance)?.to_send(association.runtime());
        let options = store_options::or_default(options)?;
        let start = |operation: &_| store(&association, instance, options, operation);
        // SAFETY: the caller passes NULL or what can be written to.
        unsafe { begin(&association, delivery, out_op, start) }
    })
}

/// Stores count DICOM files at the peer, one after the other, as one operation.
///
/// On the wire: a C-STORE-RQ for each that can be sent, and its response, after the operations that were started
/// before. Blocks until the last is answered; the association is driven by this thread meanwhile. Not allowed in
/// callbacks (DIMSE_ERR_WOULD_DEADLOCK). paths are copied: on Unix any bytes but NUL, on Windows UTF-8; each file is
/// opened when it is its turn. options NULL: the defaults. on_event, which may be NULL, is called on this thread: an
/// INSTANCE for each file with its path, PROGRESS, and DONE with the counts. DIMSE_OK says that all were tried, not
/// that all are stored: what the peer has refused, and what could not be sent because it is no DICOM file, cut off, not
/// to be read, or without a presentation context, is told by INSTANCE and counted in DONE (instances_failed), and the
/// others are sent. It fails where the association ends before the last: DIMSE_ERR_TIMEOUT, DIMSE_ERR_ABORTED,
/// DIMSE_ERR_CLOSED, DIMSE_ERR_RELEASED; or DIMSE_ERR_CANCELLED, by on_event. Since 0.1.0. PS3.7 9.1.1, PS3.4 annex B.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_assoc_store_files(
    assoc: *mut dimse_assoc,
    paths: *const *const c_char,
    count: usize,
    options: *const dimse_store_options,
    on_event: dimse_event_cb,
    user_data: *mut c_void,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        refuse_to_block()?;
        let association = association(assoc)?;
        // SAFETY: the caller passes as many texts.
        let files = unsafe { files_of(paths, count) }?;
        store_now(&association, files, options, delivery::caller(on_event, user_data))
    })
}

/// Starts to store count DICOM files, as dimse_assoc_store_files, and returns at once.
///
/// On the wire: as dimse_assoc_store_files; cancelling it as dimse_assoc_store_async. Does not block; allowed in
/// callbacks. options NULL: the defaults; they, paths and delivery are copied. *out_op, where out_op is not NULL, is
/// yours to free, and is written before the first event comes. DONE with DIMSE_OK says that all were tried: its counts
/// say how many are stored. Since 0.1.0. PS3.7 9.1.1, PS3.4 annex B.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_assoc_store_files_async(
    assoc: *mut dimse_assoc,
    paths: *const *const c_char,
    count: usize,
    options: *const dimse_store_options,
    delivery: *const dimse_delivery,
    out_op: *mut *mut dimse_op,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err, delivery => |delivery| {
        let association = association(assoc)?;
        // SAFETY: the caller passes as many texts.
        let files = unsafe { files_of(paths, count) }?;
        // SAFETY: the caller passes NULL or what can be written to.
        unsafe { store_later(&association, files, options, delivery, out_op) }
    })
}

/// Stores count instances of any kind at the peer, one after the other, as one operation.
///
/// On the wire: as dimse_assoc_store_files. Blocks until the last is answered; the association is driven by this thread
/// meanwhile. Not allowed in callbacks (DIMSE_ERR_WOULD_DEADLOCK). All else is as in dimse_assoc_store_files: DIMSE_OK
/// says that all were tried, INSTANCE and the counts of DONE say what became of them. The INSTANCE events come in the
/// order of instances. DIMSE_ERR_INVALID_HANDLE where one of them is none, and nothing is sent. Since 0.1.0. PS3.7
/// 9.1.1, PS3.4 annex B.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_assoc_store_instances(
    assoc: *mut dimse_assoc,
    instances: *const *const dimse_instance,
    count: usize,
    options: *const dimse_store_options,
    on_event: dimse_event_cb,
    user_data: *mut c_void,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        refuse_to_block()?;
        let association = association(assoc)?;
        // SAFETY: the caller passes as many handles.
        let instances = unsafe { instances_of(&association, instances, count) }?;
        store_now(&association, instances, options, delivery::caller(on_event, user_data))
    })
}

/// Starts to store count instances of any kind, as dimse_assoc_store_instances, and returns at once.
///
/// On the wire: as dimse_assoc_store_files; cancelling it as dimse_assoc_store_async. Does not block; allowed in
/// callbacks. options NULL: the defaults; they and delivery are copied, and the instances may be freed at once.
/// *out_op, where out_op is not NULL, is yours to free, and is written before the first event comes. DONE with DIMSE_OK
/// says that all were tried: its counts say how many are stored. Since 0.1.0. PS3.7 9.1.1, PS3.4 annex B.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_assoc_store_instances_async(
    assoc: *mut dimse_assoc,
    instances: *const *const dimse_instance,
    count: usize,
    options: *const dimse_store_options,
    delivery: *const dimse_delivery,
    out_op: *mut *mut dimse_op,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err, delivery => |delivery| {
        let association = association(assoc)?;
        // SAFETY: the caller passes as many handles.
        let instances = unsafe { instances_of(&association, instances, count) }?;
        // SAFETY: the caller passes NULL or what can be written to.
        unsafe { store_later(&association, instances, options, delivery, out_op) }
    })
}
