//! Errors and their C numbers: the one place where a cause becomes a `dimse_result`.

use std::ffi::{CStr, c_char};
use std::fmt;
use std::sync::Arc;

use super::boundary::{Answer, Out, boundary};
use super::handle::{self, Noun};
use super::text::{Text, dimse_str};
use crate::error::{Cause, Error, Phase};

/// The local outcome of a call: 0 done, above 0 not a failure, below 0 failed. Never the peer's status.
pub type dimse_result = i32;

/// Done.
pub const DIMSE_OK: dimse_result = 0;
/// Not over yet.
pub const DIMSE_PENDING: dimse_result = 1;
/// An answer was given before, or the peer has gone: this one does nothing, and no harm.
pub const DIMSE_ANSWERED_ALREADY: dimse_result = 2;
/// What was asked for is not there: an element of a data set, an item, or a value.
pub const DIMSE_ABSENT: dimse_result = 3;
/// An argument that cannot be used.
pub const DIMSE_ERR_INVALID_ARGUMENT: dimse_result = -1;
/// A handle that is NULL, freed, or of something else.
pub const DIMSE_ERR_INVALID_HANDLE: dimse_result = -2;
/// A call that the object's state does not allow.
pub const DIMSE_ERR_STATE: dimse_result = -3;
/// A blocking call inside a callback.
pub const DIMSE_ERR_WOULD_DEADLOCK: dimse_result = -4;
/// Cancelled by the caller.
pub const DIMSE_ERR_CANCELLED: dimse_result = -5;
/// A phase's deadline passed.
pub const DIMSE_ERR_TIMEOUT: dimse_result = -6;
/// No transport connection.
pub const DIMSE_ERR_CONNECT: dimse_result = -7;
/// TLS failed.
pub const DIMSE_ERR_TLS: dimse_result = -8;
/// The association was rejected: see dimse_error_reject.
pub const DIMSE_ERR_REJECTED: dimse_result = -9;
/// The peer aborted: see dimse_error_abort.
pub const DIMSE_ERR_ABORTED: dimse_result = -10;
/// No presentation context that would carry the message was accepted.
pub const DIMSE_ERR_NO_CONTEXT: dimse_result = -11;
/// The peer broke the protocol.
pub const DIMSE_ERR_PROTOCOL: dimse_result = -12;
/// The system refused an input or output call: see dimse_error_os_error.
pub const DIMSE_ERR_IO: dimse_result = -13;
/// The host name does not resolve.
pub const DIMSE_ERR_RESOLVE: dimse_result = -14;
/// The peer closed the connection without a word.
pub const DIMSE_ERR_CLOSED: dimse_result = -15;
/// The other side speaks another protocol than DICOM.
pub const DIMSE_ERR_NOT_DICOM: dimse_result = -16;
/// A limit of the library or of the system was reached.
pub const DIMSE_ERR_RESOURCES: dimse_result = -17;
/// The peer released the association: associate again.
pub const DIMSE_ERR_RELEASED: dimse_result = -18;
/// What was to be sent is a DICOM object, but cut off, or does not say what it is; what cannot be read is DIMSE_ERR_IO.
pub const DIMSE_ERR_INSTANCE: dimse_result = -19;
/// What was to be sent is no DICOM object at all, with a header (PS3.10 7.1) or without, but empty or something else.
pub const DIMSE_ERR_NO_INSTANCE: dimse_result = -20;
/// What is in a data set, or was to become one, is not as the standard has it, or more than was allowed.
pub const DIMSE_ERR_DATASET: dimse_result = -21;
/// A defect of the library, caught.
pub const DIMSE_ERR_PANIC: dimse_result = -99;

/// No phase: nothing failed.
pub const DIMSE_PHASE_NONE: u32 = 0;
/// Before anything was sent.
pub const DIMSE_PHASE_QUEUED: u32 = 1;
/// Looking up the host name.
pub const DIMSE_PHASE_RESOLVE: u32 = 2;
/// Making the transport connection.
pub const DIMSE_PHASE_CONNECT: u32 = 3;
/// TLS handshake.
pub const DIMSE_PHASE_TLS: u32 = 4;
/// From A-ASSOCIATE-RQ to its answer.
pub const DIMSE_PHASE_ASSOCIATE: u32 = 5;
/// Sending a message.
pub const DIMSE_PHASE_SEND: u32 = 6;
/// Waiting for a response.
pub const DIMSE_PHASE_REPLY: u32 = 7;
/// Receiving a message.
pub const DIMSE_PHASE_RECEIVE: u32 = 8;
/// Between messages.
pub const DIMSE_PHASE_IDLE: u32 = 9;
/// From A-RELEASE-RQ to its answer.
pub const DIMSE_PHASE_RELEASE: u32 = 10;
/// Sending A-ABORT.
pub const DIMSE_PHASE_ABORT: u32 = 11;

/// A status: the peer gave none.
pub const DIMSE_NO_STATUS: u32 = 0xFFFF_FFFF;

/// The whole story of a failure, in one record.
pub struct dimse_error {
    _private: [u8; 0],
}

/// A failure on its way out.
#[derive(Debug)]
pub struct Failure {
    code: dimse_result,
    error: Error,
    status: Option<u16>,
    comment: Option<String>,
}

impl Failure {
    /// A handle that stands for nothing.
    pub fn invalid_handle(argument: &str, noun: &str, is_null: bool) -> Self {
        let error = Error::invalid_argument(if is_null {
            format!("{argument} is NULL; a {noun} is needed")
        } else {
            format!("{argument} is not the handle of a {noun}, or it was freed")
        });
        Self { code: DIMSE_ERR_INVALID_HANDLE, error, status: None, comment: None }
    }

    /// What the peer said before `error` happened.
    pub fn with_response(error: Error, status: Option<u16>, comment: Option<String>) -> Self {
        Self { status, comment, ..Self::from(error) }
    }

    /// The number of the failure.
    pub fn code(&self) -> dimse_result {
        self.code
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self { code: number(error.cause()), error, status: None, comment: None }
    }
}

/// The number of a cause.
pub fn number(cause: &Cause) -> dimse_result {
    match cause {
        Cause::InvalidArgument(_) => DIMSE_ERR_INVALID_ARGUMENT,
        Cause::State(_) => DIMSE_ERR_STATE,
        Cause::WouldDeadlock => DIMSE_ERR_WOULD_DEADLOCK,
        Cause::Cancelled => DIMSE_ERR_CANCELLED,
        Cause::Timeout { .. } | Cause::NotAsked { .. } | Cause::TotalTimeout { .. } => DIMSE_ERR_TIMEOUT,
        Cause::Resolve { .. } => DIMSE_ERR_RESOLVE,
        Cause::Connect { .. } => DIMSE_ERR_CONNECT,
        Cause::Rejected(_) => DIMSE_ERR_REJECTED,
        Cause::Aborted(_) => DIMSE_ERR_ABORTED,
        Cause::Closed => DIMSE_ERR_CLOSED,
        Cause::Released => DIMSE_ERR_RELEASED,
        Cause::NoContext(_) | Cause::NotProposed(_) => DIMSE_ERR_NO_CONTEXT,
        Cause::Protocol(_) => DIMSE_ERR_PROTOCOL,
        Cause::NotDicom(_) => DIMSE_ERR_NOT_DICOM,
        Cause::Io { .. } => DIMSE_ERR_IO,
        Cause::Resources(_) => DIMSE_ERR_RESOURCES,
        Cause::Instance { .. } => DIMSE_ERR_INSTANCE,
        Cause::NoInstance { .. } => DIMSE_ERR_NO_INSTANCE,
        Cause::DataSet(_) => DIMSE_ERR_DATASET,
        Cause::Panic(_) => DIMSE_ERR_PANIC,
    }
}

/// The number of a phase.
pub fn phase_number(phase: Phase) -> u32 {
    match phase {
        Phase::Queued => DIMSE_PHASE_QUEUED,
        Phase::Resolve => DIMSE_PHASE_RESOLVE,
        Phase::Connect => DIMSE_PHASE_CONNECT,
        Phase::Tls => DIMSE_PHASE_TLS,
        Phase::Associate => DIMSE_PHASE_ASSOCIATE,
        Phase::Send => DIMSE_PHASE_SEND,
        Phase::Reply => DIMSE_PHASE_REPLY,
        Phase::Receive => DIMSE_PHASE_RECEIVE,
        Phase::Idle => DIMSE_PHASE_IDLE,
        Phase::Release => DIMSE_PHASE_RELEASE,
        Phase::Abort => DIMSE_PHASE_ABORT,
    }
}

/// What a `dimse_error` handle stands for.
#[derive(Debug)]
pub struct Told {
    failure: Failure,
    message: Text,
    peer: Text,
    comment: Text,
}

impl Noun for Told {
    type Handle = dimse_error;
    const TYPE: usize = 1;
    const NAME: &'static str = "dimse_error";
}

impl From<Failure> for Told {
    fn from(failure: Failure) -> Self {
        Self {
            message: Text::new(&failure.error.to_string()),
            peer: Text::new(failure.error.peer().unwrap_or_default()),
            comment: Text::new(failure.comment.as_deref().unwrap_or_default()),
            failure,
        }
    }
}

/// The name of a result, "DIMSE_ERR_TIMEOUT"; "DIMSE_ERR_?" where the number is none.
///
/// Nothing on the wire. Does not block; allowed in callbacks. The text is static and never NULL. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn dimse_result_name(result: dimse_result) -> *const c_char {
    boundary!(any process, or c"DIMSE_ERR_?".as_ptr() => { Ok(name(result).as_ptr()) })
}

fn name(result: dimse_result) -> &'static CStr {
    match result {
        DIMSE_OK => c"DIMSE_OK",
        DIMSE_PENDING => c"DIMSE_PENDING",
        DIMSE_ANSWERED_ALREADY => c"DIMSE_ANSWERED_ALREADY",
        DIMSE_ABSENT => c"DIMSE_ABSENT",
        DIMSE_ERR_INVALID_ARGUMENT => c"DIMSE_ERR_INVALID_ARGUMENT",
        DIMSE_ERR_INVALID_HANDLE => c"DIMSE_ERR_INVALID_HANDLE",
        DIMSE_ERR_STATE => c"DIMSE_ERR_STATE",
        DIMSE_ERR_WOULD_DEADLOCK => c"DIMSE_ERR_WOULD_DEADLOCK",
        DIMSE_ERR_CANCELLED => c"DIMSE_ERR_CANCELLED",
        DIMSE_ERR_TIMEOUT => c"DIMSE_ERR_TIMEOUT",
        DIMSE_ERR_CONNECT => c"DIMSE_ERR_CONNECT",
        DIMSE_ERR_TLS => c"DIMSE_ERR_TLS",
        DIMSE_ERR_REJECTED => c"DIMSE_ERR_REJECTED",
        DIMSE_ERR_ABORTED => c"DIMSE_ERR_ABORTED",
        DIMSE_ERR_NO_CONTEXT => c"DIMSE_ERR_NO_CONTEXT",
        DIMSE_ERR_PROTOCOL => c"DIMSE_ERR_PROTOCOL",
        DIMSE_ERR_IO => c"DIMSE_ERR_IO",
        DIMSE_ERR_RESOLVE => c"DIMSE_ERR_RESOLVE",
        DIMSE_ERR_CLOSED => c"DIMSE_ERR_CLOSED",
        DIMSE_ERR_NOT_DICOM => c"DIMSE_ERR_NOT_DICOM",
        DIMSE_ERR_RESOURCES => c"DIMSE_ERR_RESOURCES",
        DIMSE_ERR_RELEASED => c"DIMSE_ERR_RELEASED",
        DIMSE_ERR_INSTANCE => c"DIMSE_ERR_INSTANCE",
        DIMSE_ERR_NO_INSTANCE => c"DIMSE_ERR_NO_INSTANCE",
        DIMSE_ERR_DATASET => c"DIMSE_ERR_DATASET",
        DIMSE_ERR_PANIC => c"DIMSE_ERR_PANIC",
        _ => c"DIMSE_ERR_?",
    }
}

/// The result that the failed call returned.
///
/// Nothing on the wire. Does not block; allowed in callbacks. DIMSE_ERR_INVALID_HANDLE where err is no error.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn dimse_error_result(err: *const dimse_error) -> dimse_result {
    boundary!(any process, or DIMSE_ERR_INVALID_HANDLE => { Ok(told(err)?.failure.code) })
}

/// When it failed: DIMSE_PHASE_*.
///
/// Nothing on the wire. Does not block; allowed in callbacks. DIMSE_PHASE_NONE where err is no error. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn dimse_error_phase(err: *const dimse_error) -> u32 {
    boundary!(any process, or DIMSE_PHASE_NONE => { Ok(phase_number(told(err)?.failure.error.phase())) })
}

/// What happened, with which peer, and what to do about it, in one sentence for people.
///
/// Nothing on the wire. Does not block; allowed in callbacks. The text lives as long as err; it is empty where err is
/// no error. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn dimse_error_message(err: *const dimse_error) -> dimse_str {
    boundary!(any process, or dimse_str::EMPTY => { Ok(told(err)?.message.view()) })
}

/// The peer, as people name it: "PACS at 192.0.2.7:104".
///
/// Nothing on the wire. Does not block; allowed in callbacks. The text lives as long as err; it is empty where no peer
/// was known. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn dimse_error_peer(err: *const dimse_error) -> dimse_str {
    boundary!(any process, or dimse_str::EMPTY => { Ok(told(err)?.peer.view()) })
}

/// The status (0000,0900) that the peer gave before the failure, or DIMSE_NO_STATUS.
///
/// Nothing on the wire. Does not block; allowed in callbacks. Since 0.1.0. PS3.7 annex C.
#[unsafe(no_mangle)]
pub extern "C" fn dimse_error_status(err: *const dimse_error) -> u32 {
    boundary!(any process, or DIMSE_NO_STATUS => { Ok(told(err)?.failure.status.map_or(DIMSE_NO_STATUS, u32::from)) })
}

/// The Error Comment (0000,0902) that the peer gave before the failure.
///
/// Nothing on the wire. Does not block; allowed in callbacks. The text lives as long as err; it is empty where there is
/// none. Since 0.1.0. PS3.7 annex C.
#[unsafe(no_mangle)]
pub extern "C" fn dimse_error_comment(err: *const dimse_error) -> dimse_str {
    boundary!(any process, or dimse_str::EMPTY => { Ok(told(err)?.comment.view()) })
}

/// Result, source and reason of the A-ASSOCIATE-RJ that was received.
///
/// Nothing on the wire. Does not block; allowed in callbacks. Each of the three may be NULL; they are written on
/// success only. DIMSE_ERR_STATE where err is no rejection. Since 0.1.0. PS3.8 9.3.4, table 9-21.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_error_reject(
    err: *const dimse_error,
    result: *mut u8,
    source: *mut u8,
    reason: *mut u8,
) -> dimse_result {
    boundary!({
        let told = told(err)?;
        let Cause::Rejected(rejection) = told.failure.error.cause() else {
            return Err(Failure::from(Error::state("err is no rejection")));
        };
        // SAFETY: the caller passes NULL or what can be written to.
        let outs = unsafe { [Out::optional(result), Out::optional(source), Out::optional(reason)] };
        write_all(outs, [rejection.result, rejection.source, rejection.reason]);
        Ok(())
    })
}

/// Source and reason of the A-ABORT that was received.
///
/// Nothing on the wire. Does not block; allowed in callbacks. Both may be NULL; they are written on success only.
/// DIMSE_ERR_STATE where err is no abort. Since 0.1.0. PS3.8 9.3.8, table 9-26.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_error_abort(
    err: *const dimse_error,
    source: *mut u8,
    reason: *mut u8,
) -> dimse_result {
    boundary!({
        let told = told(err)?;
        let Cause::Aborted(abort) = told.failure.error.cause() else {
            return Err(Failure::from(Error::state("err is no abort")));
        };
        // SAFETY: the caller passes NULL or what can be written to.
        let outs = unsafe { [Out::optional(source), Out::optional(reason)] };
        write_all(outs, [abort.source, abort.reason]);
        Ok(())
    })
}

/// The system's own error number: errno on Unix, GetLastError or WSAGetLastError on Windows; 0 where there is none.
///
/// Nothing on the wire. Does not block; allowed in callbacks. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn dimse_error_os_error(err: *const dimse_error) -> i32 {
    boundary!(any process, or 0 => {
        Ok(match told(err)?.failure.error.cause() {
            Cause::Connect { os, .. } | Cause::Io { os, .. } => *os,
            _ => 0,
        })
    })
}

/// 1 where the same call may succeed later or over a new association, without anybody changing a setting; else 0.
///
/// Nothing on the wire. Does not block; allowed in callbacks. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn dimse_error_is_retryable(err: *const dimse_error) -> i32 {
    boundary!(any process, or 0 => { Ok(told(err)?.failure.error.is_retryable().into()) })
}

/// Frees err and every text that came from it.
///
/// Nothing on the wire. Does not block; allowed in callbacks, in any order, and with NULL. The error of an event
/// belongs to the event and is not freed by you. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn dimse_error_free(err: *mut dimse_error) {
    boundary!(any process, or () => {
        drop(handle::remove::<Told>(err));
        Ok(())
    });
}

fn told(err: *const dimse_error) -> Answer<Arc<Told>> {
    handle::get("err", err)
}

fn write_all<const N: usize>(outs: [Option<Out<u8>>; N], values: [u8; N]) {
    for (out, value) in outs.into_iter().zip(values) {
        if let Some(out) = out {
            out.write(value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_has_its_own_name() {
        let named: Vec<_> = (-200..200).map(name).filter(|name| *name != c"DIMSE_ERR_?").collect();
        let mut once = named.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!(once.len(), named.len());
        assert_eq!(named.len(), 26);
    }
}
