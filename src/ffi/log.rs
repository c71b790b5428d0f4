//! The log: `tracing` events of this library, bridged to one C callback.

use std::cell::Cell;
use std::ffi::c_void;
use std::fmt::{self, Write};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use tracing_core::field::{Field, Visit};
use tracing_core::span::{Attributes, Id, Record};
use tracing_core::{Dispatch, Event, Level, LevelFilter, Metadata, Subscriber, callsite, dispatcher};

use super::boundary::{Answer, boundary};
use super::delivery::{UserData, dimse_release_cb};
use super::error::{Failure, dimse_error, dimse_result};
use super::flat::Flat;
use super::text::{Text, dimse_str};
use crate::error::Error;
use crate::runtime::callback::CallbackScope;
use crate::runtime::lock::lock;

/// Nothing is logged.
pub const DIMSE_LOG_OFF: u32 = 0;
/// Something failed that should not.
pub const DIMSE_LOG_ERROR: u32 = 1;
/// Something is wrong, and the library goes on.
pub const DIMSE_LOG_WARN: u32 = 2;
/// Associations and operations begin and end.
pub const DIMSE_LOG_INFO: u32 = 3;
/// PDUs and command sets, in words.
pub const DIMSE_LOG_DEBUG: u32 = 4;
/// What may name patients: nobody else should read it.
pub const DIMSE_LOG_TRACE: u32 = 5;

/// One line of the log; message may have more. The library fills it; later versions add fields at the end. It and what
/// it points to live until the callback returns.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct dimse_log_record {
    /// Bytes of this struct that are filled.
    pub struct_size: u32,
    /// DIMSE_LOG_ERROR to DIMSE_LOG_TRACE.
    pub level: u32,
    /// The association that it is about; 0 where it is about none.
    pub association: u64,
    /// Which part of the library speaks.
    pub target: dimse_str,
    /// The words, as they are: no line end is added or taken.
    pub message: dimse_str,
    /// (0000,0110) of the message that it is about; 0 where it is about none.
    pub message_id: u32,
    /// 0.
    pub reserved: u32,
}

// SAFETY: repr(C), numbers and pointers, struct_size first.
unsafe impl Flat for dimse_log_record {
    const NAME: &'static str = "dimse_log_record";
}

/// Takes one record. Called on any thread, also on several at once. Must not throw, unwind or longjmp; what the library
/// would log on this thread meanwhile is left out.
pub type dimse_log_cb = Option<unsafe extern "C" fn(record: *const dimse_log_record, user_data: *mut c_void)>;

/// Sets who takes the log, from level on upwards in importance: DIMSE_LOG_ERROR alone to DIMSE_LOG_TRACE, everything.
/// callback NULL, or DIMSE_LOG_OFF: nobody. One for the process; levels that nobody takes cost next to nothing.
///
/// Nothing on the wire. Does not block; allowed in callbacks. release, where not NULL, gives user_data back exactly
/// once, after the last call: when another callback is set, or this call fails. DIMSE_ERR_INVALID_ARGUMENT for another
/// level; DIMSE_ERR_STATE where this library is part of a Rust program that takes the log itself. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_log_set_callback(
    level: u32,
    callback: dimse_log_cb,
    user_data: *mut c_void,
    release: dimse_release_cb,
    err: *mut *mut dimse_error,
) -> dimse_result {
    // Before anything can fail, so that it is given back however this ends.
    let user_data = UserData::new(user_data, release);
    boundary!(err => {
        let level = level_filter(level)?;
        let mut is_installed = lock(&INSTALLED);
        if !*is_installed {
            install()?;
            *is_installed = true;
        }
        let taker = callback.map(|callback| Arc::new(Taker { callback, user_data }));
        let level = if taker.is_some() { level } else { LevelFilter::OFF };
        let old = std::mem::replace(&mut *TAKER.write().unwrap_or_else(PoisonError::into_inner), taker);
        LEVEL.store(number(level), Ordering::Release);
        callsite::rebuild_interest_cache();
        drop(is_installed);
        drop(old);
        Ok(())
    })
}

/// Who takes the log. Its last reference, the swap's or that of the last call, is what releases it.
static TAKER: RwLock<Option<Arc<Taker>>> = RwLock::new(None);
/// The level up to which it is taken, as C's number.
static LEVEL: AtomicU32 = AtomicU32::new(DIMSE_LOG_OFF);
/// Whether the bridge is tracing's global subscriber. It stays for good; without a taker it is interested in nothing.
/// Held while the taker and its level change, so that they change together.
static INSTALLED: Mutex<bool> = Mutex::new(false);

thread_local! {
    /// A record is being delivered on this thread: what comes of that is not logged.
    static BUSY: Cell<bool> = const { Cell::new(false) };
}

struct Taker {
    callback: unsafe extern "C" fn(*const dimse_log_record, *mut c_void),
    user_data: UserData,
}

fn install() -> Answer<()> {
    dispatcher::set_global_default(Dispatch::new(Bridge)).map_err(|_| {
        Failure::from(Error::state("another tracing subscriber of this process takes the log; use that one"))
    })
}

struct Bridge;

impl Subscriber for Bridge {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        !metadata.is_span() && number_of(*metadata.level()) <= LEVEL.load(Ordering::Acquire)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        level_filter(LEVEL.load(Ordering::Acquire)).ok()
    }

    fn event(&self, event: &Event<'_>) {
        let Some(_busy) = Busy::begin() else { return };
        let taker = TAKER.read().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(taker) = taker {
            taker.take(event);
        }
    }

    // Spans are not used by this library: they get a number and are forgotten.
    fn new_span(&self, _span: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _span: &Id, _values: &Record<'_>) {}

    fn record_follows_from(&self, _span: &Id, _follows: &Id) {}

    fn enter(&self, _span: &Id) {}

    fn exit(&self, _span: &Id) {}
}

/// Marks this thread as busy with a record.
struct Busy;

impl Busy {
    fn begin() -> Option<Self> {
        (!BUSY.replace(true)).then_some(Self)
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        BUSY.set(false);
    }
}

impl Taker {
    fn take(&self, event: &Event<'_>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let target = Text::new(event.metadata().target());
        let message = Text::new(&fields.text());
        let record = dimse_log_record {
            struct_size: dimse_log_record::SIZE,
            level: number_of(*event.metadata().level()),
            association: fields.association,
            target: target.view(),
            message: message.view(),
            message_id: fields.message_id,
            reserved: 0,
        };
        let _scope = CallbackScope::enter();
        // SAFETY: the function that C gave, with its own pointer and a record that outlives the call.
        unsafe { (self.callback)(&raw const record, self.user_data.pointer()) };
    }
}

/// What an event says.
#[derive(Default)]
struct Fields {
    message: String,
    /// ` name=value` for each field that is none of the others.
    rest: String,
    association: u64,
    message_id: u32,
}

impl Fields {
    fn text(&self) -> String {
        format!("{}{}", self.message, self.rest).trim_start().to_owned()
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // Writing to a string does not fail.
        let _ = match field.name() {
            "message" => write!(self.message, "{value:?}"),
            name => write!(self.rest, " {name}={value:?}"),
        };
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        match (field.name(), u32::try_from(value)) {
            ("association", _) => self.association = value,
            ("message_id", Ok(value)) => self.message_id = value,
            _ => self.record_debug(field, &value),
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" {
            self.message.push_str(value);
        } else {
            self.record_debug(field, &value);
        }
    }
}

fn level_filter(level: u32) -> Answer<LevelFilter> {
    match level {
        DIMSE_LOG_OFF => Ok(LevelFilter::OFF),
        DIMSE_LOG_ERROR => Ok(LevelFilter::ERROR),
        DIMSE_LOG_WARN => Ok(LevelFilter::WARN),
        DIMSE_LOG_INFO => Ok(LevelFilter::INFO),
        DIMSE_LOG_DEBUG => Ok(LevelFilter::DEBUG),
        DIMSE_LOG_TRACE => Ok(LevelFilter::TRACE),
        level => Err(Failure::from(Error::invalid_argument(format!(
            "level is {level}; DIMSE_LOG_OFF (0) to DIMSE_LOG_TRACE (5) are allowed"
        )))),
    }
}

fn number(level: LevelFilter) -> u32 {
    level.into_level().map_or(DIMSE_LOG_OFF, number_of)
}

fn number_of(level: Level) -> u32 {
    match level {
        Level::ERROR => DIMSE_LOG_ERROR,
        Level::WARN => DIMSE_LOG_WARN,
        Level::INFO => DIMSE_LOG_INFO,
        Level::DEBUG => DIMSE_LOG_DEBUG,
        Level::TRACE => DIMSE_LOG_TRACE,
    }
}

#[cfg(all(test, target_pointer_width = "64"))]
mod tests {
    use super::*;
    use std::mem::{offset_of, size_of};

    #[test]
    fn the_record_as_c_and_c_sharp_see_it() {
        let record = [
            offset_of!(dimse_log_record, struct_size),
            offset_of!(dimse_log_record, level),
            offset_of!(dimse_log_record, association),
            offset_of!(dimse_log_record, target),
            offset_of!(dimse_log_record, message),
            offset_of!(dimse_log_record, message_id),
            offset_of!(dimse_log_record, reserved),
            size_of::<dimse_log_record>(),
        ];
        assert_eq!(record, [0, 4, 8, 16, 32, 48, 52, 56]);
        assert_eq!(dimse_log_record::SIZE, 56);
    }
}
