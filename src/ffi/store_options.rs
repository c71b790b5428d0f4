//! `dimse_store_options`: what can be set for one C-STORE, or for a list of them.

use std::ffi::c_char;
use std::sync::Mutex;
use std::time::Duration;

use super::arguments::{ae_title, narrow, refused};
use super::boundary::{Answer, Out, boundary};
use super::dataset;
use super::error::{dimse_error, dimse_result};
use super::handle::{self, Noun};
use super::number::{DIMSE_DEFAULT, DIMSE_NO_LIMIT, in_range, wait_time};
use super::text::optional_text;
use crate::dimse::command::Priority;
use crate::dimse::status::{Category, Status};
use crate::runtime::lock::lock;
use crate::scu::store::{Retries, StoreOptions};
use crate::storage::edit::Edits;

/// (0000,0700): the default.
pub const DIMSE_PRIORITY_MEDIUM: u32 = 0;
/// (0000,0700): before others.
pub const DIMSE_PRIORITY_HIGH: u32 = 1;
/// (0000,0700): after others.
pub const DIMSE_PRIORITY_LOW: u32 = 2;

/// What can be set for one C-STORE, or for a list of them. For one thread at a time while being filled.
pub struct dimse_store_options {
    _private: [u8; 0],
}

/// What a `dimse_store_options` handle stands for.
#[derive(Debug)]
pub struct StoreOptionsNoun(Mutex<Settings>);

#[derive(Debug, Default)]
struct Settings {
    options: StoreOptions,
    /// The statuses that are tried again are the caller's, no longer the default ones.
    statuses_are_set: bool,
}

impl Noun for StoreOptionsNoun {
    type Handle = dimse_store_options;
    const TYPE: usize = 14;
    const NAME: &'static str = "dimse_store_options";
}

/// The options of a handle; the defaults for NULL.
pub fn or_default(options: *const dimse_store_options) -> Answer<StoreOptions> {
    named("options", options)
}

/// What the argument `store_options` changes in each instance; nothing for NULL.
pub fn edits(store_options: *const dimse_store_options) -> Answer<Edits> {
    Ok(named("store_options", store_options)?.edits)
}

fn named(name: &str, options: *const dimse_store_options) -> Answer<StoreOptions> {
    if options.is_null() {
        return Ok(StoreOptions::default());
    }
    Ok(lock(&handle::get::<StoreOptionsNoun>(name, options)?.0).options.clone())
}

fn change<T>(options: *mut dimse_store_options, change: impl FnOnce(&mut Settings) -> T) -> Answer<T> {
    Ok(change(&mut lock(&handle::get::<StoreOptionsNoun>("options", options)?.0)))
}

/// Makes options with every default.
///
/// Nothing on the wire. Does not block; allowed in callbacks. *out is yours to free. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_store_options_new(
    out: *mut *mut dimse_store_options,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        // SAFETY: the caller passes NULL or what can be written to.
        let out = unsafe { Out::new("out", out) }?;
        out.write(handle::insert(StoreOptionsNoun(Mutex::default()))?);
        Ok(())
    })
}

/// Frees options; operations that were started with them stay.
///
/// Nothing on the wire. Does not block; allowed in callbacks, in any order, and with NULL. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn dimse_store_options_free(options: *mut dimse_store_options) {
    boundary!(or () => {
        drop(handle::remove::<StoreOptionsNoun>(options));
        Ok(())
    });
}

/// Limits the wait for each response, from the last byte of its request; by default as the association's options say.
/// When it is over the association is aborted.
///
/// Nothing on the wire. Does not block; allowed in callbacks. DIMSE_DEFAULT is the default, DIMSE_NO_LIMIT none.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_store_options_set_reply_timeout_ms(
    options: *mut dimse_store_options,
    ms: u32,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        change(options, |settings| settings.options.reply = (ms != DIMSE_DEFAULT).then(|| wait_time(ms)))
    })
}

/// Limits how long all of it may take, from the first byte of the first request, retries included; by default there is
/// no such limit. When it is over the operation ends with DIMSE_ERR_TIMEOUT, and the association with it where half a
/// message has left.
///
/// Nothing on the wire. Does not block; allowed in callbacks. DIMSE_DEFAULT and DIMSE_NO_LIMIT are no limit.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_store_options_set_total_timeout_ms(
    options: *mut dimse_store_options,
    ms: u32,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        let limit = if ms == DIMSE_DEFAULT { None } else { wait_time(ms) };
        change(options, |settings| settings.options.total = limit)
    })
}

/// Sets the priority that the requests bear: DIMSE_PRIORITY_*; few peers look at it.
///
/// Nothing on the wire. Does not block; allowed in callbacks. DIMSE_ERR_INVALID_ARGUMENT for another number.
/// Since 0.1.0. PS3.7 9.1.1.1.6.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_store_options_set_priority(
    options: *mut dimse_store_options,
    priority: u32,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        let known = u16::try_from(priority).ok().and_then(Priority::from_wire);
        let priority = known.ok_or_else(|| refused("priority", &format!("{priority}; DIMSE_PRIORITY_* are allowed")))?;
        change(options, |settings| settings.options.priority = priority)
    })
}

/// Says that the instances are stored on behalf of a C-MOVE: the AE title of who asked for that, and the message id of
/// its request.
///
/// Nothing on the wire. Does not block; allowed in callbacks. ae_title is 1 to 16 characters of printable ASCII without
/// a backslash, message_id 0 to 65535: DIMSE_ERR_INVALID_ARGUMENT otherwise. Since 0.1.0. PS3.7 9.1.1.1.7.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_store_options_set_move_originator(
    options: *mut dimse_store_options,
    ae_title: *const c_char,
    message_id: u32,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        // SAFETY: the caller passes NULL or a text that ends with a NUL.
        let title = unsafe { self::ae_title("ae_title", ae_title) }?;
        let message_id = narrow("message_id", message_id)?;
        change(options, |settings| settings.options.originator = Some((title, message_id)))
    })
}

/// Sets how many times an instance is sent again, over the same association, that was answered with a status which is
/// worth it (see dimse_store_options_add_retry_status), by default 0; and the wait before the first time, by default 1
/// second. The wait doubles with each time, up to 60 seconds, and half of it is left to chance. What comes from a
/// reader is not sent again.
///
/// Nothing on the wire. Does not block; allowed in callbacks. DIMSE_DEFAULT as first_delay_ms is the default;
/// DIMSE_NO_LIMIT is DIMSE_ERR_INVALID_ARGUMENT. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_store_options_set_retries(
    options: *mut dimse_store_options,
    maximum: u32,
    first_delay_ms: u32,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        let first_delay = match first_delay_ms {
            DIMSE_DEFAULT => Retries::default().first_delay,
            DIMSE_NO_LIMIT => {
                return Err(refused("first_delay_ms", &"DIMSE_NO_LIMIT; what is never tried again needs 0 retries"));
            }
            ms => Duration::from_millis(ms.into()),
        };
        change(options, |settings| {
            settings.options.retries.maximum = maximum;
            settings.options.retries.first_delay = first_delay;
        })
    })
}

/// Sets an element in every instance that is sent: path is as in dimse_dataset, and text all of its values, as in
/// dimse_dataset_set_string; "" is no value, NULL takes the element away. Elements are set in the order in which their
/// paths came first; the last text for a path holds. What is in front of the pixel data, elements below group 7FE0, is
/// read, at most 16 MiB of it, changed, and written anew in the transfer syntax of the instance: lengths of sequences
/// become undefined, group lengths go. What is behind streams on as it is: elements that stand there out of their order
/// too, and text there keeps its bytes whatever SpecificCharacterSet is set to.
///
/// The request says the SOP Class UID and SOP Instance UID that are set; a SOP class needs its presentation context, so
/// dimse_assoc_options_add_contexts_for_files takes these options too. An instance that cannot be changed so fails
/// before anything of it is sent, with DIMSE_ERR_INSTANCE, which names the element; with DIMSE_ERR_NO_CONTEXT where its
/// new SOP class has no presentation context.
///
/// Nothing on the wire. Does not block; allowed in callbacks. path and text are copied. DIMSE_ERR_INVALID_ARGUMENT for a
/// path that is none, or is not below group 7FE0, and a text that is no value of an element of PS3.6, or no UID for the
/// two of the request. Whether there are such items, and what a private element takes, each instance says. Since 0.1.0.
/// PS3.5 7, PS3.7 9.1.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_store_options_set_element(
    options: *mut dimse_store_options,
    path: *const c_char,
    text: *const c_char,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        // SAFETY: the caller passes NULL or texts that end with a NUL.
        let (path, text) = unsafe { (dataset::path("path", path)?, optional_text("text", text)?) };
        Ok(change(options, |settings| settings.options.edits.set(path, text))??)
    })
}

/// Adds the failure statuses from first to last to those that are worth a retry. The first call replaces the default,
/// A700 to A7FF (out of resources).
///
/// Nothing on the wire. Does not block; allowed in callbacks. 0 to 65535, first not above last, both of them failures:
/// DIMSE_ERR_INVALID_ARGUMENT otherwise. Since 0.1.0. PS3.4 B.2.3.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_store_options_add_retry_status(
    options: *mut dimse_store_options,
    first: u32,
    last: u32,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        let first = failure("first", first)?;
        let last = in_range("last", failure("last", last)?, &(first..=u16::MAX))?;
        change(options, |settings| {
            let statuses = &mut settings.options.retries.statuses;
            if !std::mem::replace(&mut settings.statuses_are_set, true) {
                statuses.clear();
            }
            statuses.push(first..=last);
        })
    })
}

/// A status that is a failure: what was stored is not to be stored again.
fn failure(name: &str, status: u32) -> Answer<u16> {
    let status = Status(narrow(name, status)?);
    match status.category() {
        Category::Failure => Ok(status.0),
        _ => Err(refused(name, &format!("{status} is no failure"))),
    }
}
