//! `dimse_runtime`: the threads that everything runs on.

use std::sync::Mutex;

use super::arguments::to_usize;
use super::boundary::{Answer, Out, boundary};
use super::error::{dimse_error, dimse_result};
use super::handle::{self, Noun};
use super::number::wait_time;
use crate::runtime::lock::lock;
use crate::runtime::{Runtime, RuntimeOptions};

/// The threads that everything runs on. NULL means the default one of the process, made on first use.
pub struct dimse_runtime {
    _private: [u8; 0],
}

/// How a runtime is to be made. For one thread at a time while being filled.
pub struct dimse_runtime_options {
    _private: [u8; 0],
}

/// What a `dimse_runtime` handle stands for.
#[derive(Debug)]
pub struct RuntimeNoun(Runtime);

impl Noun for RuntimeNoun {
    type Handle = dimse_runtime;
    const TYPE: usize = 4;
    const NAME: &'static str = "dimse_runtime";
}

/// What a `dimse_runtime_options` handle stands for.
#[derive(Debug)]
pub struct RuntimeOptionsNoun(Mutex<RuntimeOptions>);

impl Noun for RuntimeOptionsNoun {
    type Handle = dimse_runtime_options;
    const TYPE: usize = 5;
    const NAME: &'static str = "dimse_runtime_options";
}

/// The runtime of a handle; the default one for NULL.
pub fn runtime_or_default(rt: *const dimse_runtime) -> Answer<Runtime> {
    if rt.is_null() {
        return Ok(Runtime::default_runtime()?);
    }
    Ok(handle::get::<RuntimeNoun>("rt", rt)?.0.clone())
}

/// Makes options with every default.
///
/// Nothing on the wire. Does not block; allowed in callbacks. *out is yours to free. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_runtime_options_new(
    out: *mut *mut dimse_runtime_options,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        // SAFETY: the caller passes NULL or what can be written to.
        let out = unsafe { Out::new("out", out) }?;
        out.write(handle::insert(RuntimeOptionsNoun(Mutex::default()))?);
        Ok(())
    })
}

/// Frees options; a runtime that was made with them stays.
///
/// Nothing on the wire. Does not block; allowed in callbacks, in any order, and with NULL. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn dimse_runtime_options_free(options: *mut dimse_runtime_options) {
    boundary!(or () => {
        drop(handle::remove::<RuntimeOptionsNoun>(options));
        Ok(())
    });
}

/// Sets how many threads drive the associations that no call of yours drives: 1 to 1024; by default as many as there
/// are cores, at most 4.
///
/// Nothing on the wire. Does not block; allowed in callbacks. DIMSE_ERR_INVALID_ARGUMENT out of range. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_runtime_options_set_worker_threads(
    options: *mut dimse_runtime_options,
    count: u32,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        let options = handle::get::<RuntimeOptionsNoun>("options", options)?;
        lock(&options.0).set_workers(to_usize(count))?;
        Ok(())
    })
}

/// Sets how many callbacks without a queue may run at the same time: 1 to 1024; by default as many as there are cores,
/// at least 4. Threads start when they are needed.
///
/// Nothing on the wire. Does not block; allowed in callbacks. DIMSE_ERR_INVALID_ARGUMENT out of range. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_runtime_options_set_callback_threads(
    options: *mut dimse_runtime_options,
    count: u32,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        let options = handle::get::<RuntimeOptionsNoun>("options", options)?;
        lock(&options.0).set_callback_threads(to_usize(count))?;
        Ok(())
    })
}

/// Sets how many associations may move instances with a thread of their own, beside those that a blocking call of yours
/// drives: 1 to 1024; by default 64. The others share the worker threads. Threads start when they are needed, and end
/// when they are not.
///
/// Nothing on the wire. Does not block; allowed in callbacks. DIMSE_ERR_INVALID_ARGUMENT out of range. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_runtime_options_set_hot_threads(
    options: *mut dimse_runtime_options,
    count: u32,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        let options = handle::get::<RuntimeOptionsNoun>("options", options)?;
        lock(&options.0).set_hot_threads(to_usize(count))?;
        Ok(())
    })
}

/// Makes a runtime of its own: for programs that want to end a part of their associations, or set how many threads
/// there are. Everybody else passes NULL as runtime.
///
/// Nothing on the wire. Starts threads, and does not wait for them; allowed in callbacks. options NULL: the defaults;
/// they are copied. *out is yours to free. DIMSE_ERR_RESOURCES where no thread can be started. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_runtime_new(
    options: *const dimse_runtime_options,
    out: *mut *mut dimse_runtime,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        // SAFETY: the caller passes NULL or what can be written to.
        let out = unsafe { Out::new("out", out) }?;
        let options = if options.is_null() {
            RuntimeOptions::default()
        } else {
            *lock(&handle::get::<RuntimeOptionsNoun>("options", options)?.0)
        };
        out.write(handle::insert(RuntimeNoun(Runtime::new(options)?))?);
        Ok(())
    })
}

/// Ends everything that runs on rt (NULL: the default runtime) and joins its threads. New work is refused from here on
/// (DIMSE_ERR_STATE); the default runtime is made anew by the next call that needs it.
///
/// On the wire: A-RELEASE and the end of what is under way, up to timeout_ms (0: none of it; DIMSE_NO_LIMIT: for ever),
/// then A-ABORT. Blocks that long, and some seconds more at most. Not allowed in callbacks (DIMSE_ERR_WOULD_DEADLOCK):
/// call it from a thread of your own. Every operation gets its DONE; what waits in queues can still be dispatched. The
/// handle stays yours to free. DIMSE_ERR_TIMEOUT where a callback does not return: call again to wait again. A second
/// call is DIMSE_OK; one beside another waits for it. Since 0.1.0. PS3.8 7.2, 7.3.
#[unsafe(no_mangle)]
pub extern "C" fn dimse_runtime_shutdown(rt: *mut dimse_runtime, timeout_ms: u32) -> dimse_result {
    boundary!({
        if rt.is_null() {
            Runtime::shutdown_default(wait_time(timeout_ms))?;
        } else {
            handle::get::<RuntimeNoun>("rt", rt)?.0.shutdown(wait_time(timeout_ms))?;
        }
        Ok(())
    })
}

/// Frees the handle. The runtime's threads end, without anybody waiting for them, when nothing that was made on it is
/// left; to wait for that, call dimse_runtime_shutdown before.
///
/// Nothing on the wire. Does not block; allowed in callbacks, in any order, and with NULL. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn dimse_runtime_free(rt: *mut dimse_runtime) {
    boundary!(or () => {
        drop(handle::remove::<RuntimeNoun>(rt));
        Ok(())
    });
}
