//! The border itself: what every export does before and after its own work (abi.md rule 12).
//!
//! Each export's body is one `boundary!`, used inside the function so that cbindgen still sees it:
//!
//! ```text
//! boundary!(err => { .. })                          a dimse_result, the whole story in *err (which may be NULL)
//! boundary!({ .. })                                 a dimse_result alone
//! boundary!(err, delivery => |delivery| { .. })     starts something: the delivery is released where it fails
//! boundary!(or 0 => { .. })                         another type: what to answer where there is nothing to say
//! boundary!(any process, or 0 => { .. })            the same, allowed after fork(): reads what was told before
//! boundary!(constant VALUE)                         a constant: cannot fail
//! ```

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::NonNull;

use super::delivery::{self, dimse_delivery};
use super::error::{DIMSE_OK, Failure, Told, dimse_error, dimse_result};
use super::handle;
use crate::error::{Cause, Error, Phase};
use crate::net::operation::Delivery;
use crate::runtime::is_forked;
use crate::runtime::panics::words;

macro_rules! boundary {
    (constant $value:expr) => {
        const { $value }
    };
    (any process, or $fallback:expr => $body:block) => {
        $crate::ffi::boundary::value_in_any_process($fallback, || $body)
    };
    (or $fallback:expr => $body:block) => {
        $crate::ffi::boundary::value($fallback, || $body)
    };
    ($err:expr, $delivery:expr => $body:expr) => {{
        let body = $body;
        // SAFETY: both are what the caller of the export passed, whose contract is `start`'s.
        unsafe { $crate::ffi::boundary::start($err, $delivery, body) }
    }};
    ($err:expr => $body:block) => {{
        let body = || $body;
        // SAFETY: `err` is what the caller of the export passed, whose contract is `answer`'s.
        unsafe { $crate::ffi::boundary::answer($err, body) }
    }};
    ($body:block) => {{
        let body = || $body;
        // SAFETY: NULL is never written to.
        unsafe { $crate::ffi::boundary::answer(::std::ptr::null_mut(), body) }
    }};
}

pub(crate) use boundary;

/// What the body of an export comes back with.
pub type Answer<T> = std::result::Result<T, Failure>;

/// What a body that worked says in its `dimse_result`.
pub trait Success {
    /// 0, or a positive number that is not a failure.
    fn code(self) -> dimse_result;
}

impl Success for () {
    fn code(self) -> dimse_result {
        DIMSE_OK
    }
}

impl Success for dimse_result {
    fn code(self) -> dimse_result {
        self
    }
}

/// Runs the body of an export that answers with a `dimse_result`.
///
/// # Safety
/// `err` is NULL or can be written to.
pub unsafe fn answer<S: Success>(
    err: *mut *mut dimse_error,
    body: impl FnOnce() -> Answer<S>,
) -> dimse_result {
    // SAFETY: as this function's.
    unsafe { tell(err, guard(|| refuse_fork().and_then(|()| body()))) }
}

/// Runs the body of an export that starts something. The delivery is taken first of all, so that its `release` runs
/// however the start fails.
///
/// # Safety
/// `err` is NULL or can be written to; `delivery` is NULL or points to one.
pub unsafe fn start<S: Success>(
    err: *mut *mut dimse_error,
    delivery: *const dimse_delivery,
    body: impl FnOnce(Delivery) -> Answer<S>,
) -> dimse_result {
    let outcome = guard(|| {
        let may_go_on = refuse_fork();
        // SAFETY: as this function's.
        let delivery = unsafe { delivery::take(delivery) }?;
        may_go_on.and_then(|()| body(delivery))
    });
    // SAFETY: as this function's.
    unsafe { tell(err, outcome) }
}

/// Runs the body of an export that answers with something else than a `dimse_result`.
pub fn value<T>(fallback: T, body: impl FnOnce() -> Answer<T>) -> T {
    guard(|| refuse_fork().and_then(|()| body())).unwrap_or(fallback)
}

/// [`value`] in a forked child too, where locks are tried and never waited for.
pub fn value_in_any_process<T>(fallback: T, body: impl FnOnce() -> Answer<T>) -> T {
    guard(body).unwrap_or(fallback)
}

fn guard<T>(body: impl FnOnce() -> Answer<T>) -> Answer<T> {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|payload| {
        let cause = Cause::Panic(words(payload.as_ref()).to_owned());
        Err(Failure::from(Error::new(Phase::Queued, cause)))
    })
}

fn refuse_fork() -> Answer<()> {
    if !is_forked() {
        return Ok(());
    }
    handle::never_wait();
    Err(Failure::from(Error::state(
        "this process was forked from one that uses libdimse, and the library's threads did not come along; \
         call fork() before the first use, or exec() after it",
    )))
}

/// # Safety
/// `err` is NULL or can be written to.
unsafe fn tell<S: Success>(err: *mut *mut dimse_error, outcome: Answer<S>) -> dimse_result {
    match outcome {
        Ok(success) => success.code(),
        Err(failure) => {
            let code = failure.code();
            if let Some(err) = NonNull::new(err) {
                let story =
                    guard(|| Ok(handle::insert(Told::from(failure))?)).unwrap_or(std::ptr::null_mut());
                // SAFETY: not NULL, and this function's contract.
                unsafe { err.write_unaligned(story) };
            }
            code
        }
    }
}

/// Where a result goes, checked before the work begins, written when it is done.
pub struct Out<T>(NonNull<T>);

impl<T> Out<T> {
    /// Refuses NULL, by the argument's name.
    ///
    /// # Safety
    /// `pointer` is NULL or can be written to.
    pub unsafe fn new(name: &str, pointer: *mut T) -> Answer<Self> {
        match NonNull::new(pointer) {
            Some(pointer) => Ok(Self(pointer)),
            None => Err(Failure::from(Error::invalid_argument(format!("{name} is NULL")))),
        }
    }

    /// An output that the caller may leave out.
    ///
    /// # Safety
    /// `pointer` is NULL or can be written to.
    pub unsafe fn optional(pointer: *mut T) -> Option<Self> {
        NonNull::new(pointer).map(Self)
    }

    /// Writes the result.
    pub fn write(self, value: T) {
        // SAFETY: the contract of `new` and `optional`; unaligned, since C may hand in any address.
        unsafe { self.0.write_unaligned(value) };
    }
}
