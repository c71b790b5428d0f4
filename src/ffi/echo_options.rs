//! `dimse_echo_options`: what can be set for one C-ECHO.

use std::sync::Mutex;

use super::boundary::{Answer, Out, boundary};
use super::error::{dimse_error, dimse_result};
use super::handle::{self, Noun};
use super::number::{DIMSE_DEFAULT, wait_time};
use crate::runtime::lock::lock;
use crate::scu::echo::EchoOptions;

/// What can be set for one C-ECHO. For one thread at a time while being filled.
pub struct dimse_echo_options {
    _private: [u8; 0],
}

/// What a `dimse_echo_options` handle stands for.
#[derive(Debug)]
pub struct EchoOptionsNoun(Mutex<EchoOptions>);

impl Noun for EchoOptionsNoun {
    type Handle = dimse_echo_options;
    const TYPE: usize = 7;
    const NAME: &'static str = "dimse_echo_options";
}

/// The options of a handle; the defaults for NULL.
pub fn or_default(options: *const dimse_echo_options) -> Answer<EchoOptions> {
    if options.is_null() {
        return Ok(EchoOptions::default());
    }
    Ok(lock(&handle::get::<EchoOptionsNoun>("options", options)?.0).clone())
}

/// Makes options with every default.
///
/// Nothing on the wire. Does not block; allowed in callbacks. *out is yours to free. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_echo_options_new(
    out: *mut *mut dimse_echo_options,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        // SAFETY: the caller passes NULL or what can be written to.
        let out = unsafe { Out::new("out", out) }?;
        out.write(handle::insert(EchoOptionsNoun(Mutex::default()))?);
        Ok(())
    })
}

/// Frees options; operations that were started with them stay.
///
/// Nothing on the wire. Does not block; allowed in callbacks, in any order, and with NULL. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn dimse_echo_options_free(options: *mut dimse_echo_options) {
    boundary!(or () => {
        drop(handle::remove::<EchoOptionsNoun>(options));
        Ok(())
    });
}

/// Limits the wait for the response, from the last byte of the request; by default as the association's options say.
/// When it is over the association is aborted.
///
/// Nothing on the wire. Does not block; allowed in callbacks. DIMSE_DEFAULT is the default, DIMSE_NO_LIMIT none.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_echo_options_set_reply_timeout_ms(
    options: *mut dimse_echo_options,
    ms: u32,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        let options = handle::get::<EchoOptionsNoun>("options", options)?;
        lock(&options.0).reply = (ms != DIMSE_DEFAULT).then(|| wait_time(ms));
        Ok(())
    })
}
