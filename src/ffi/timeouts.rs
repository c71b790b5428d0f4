//! The limits of the phases, as the options of both sides set them: one table instead of a function body for each.

use std::time::Duration;

use super::arguments::refused;
use super::boundary::Answer;
use super::number::phase_time;
use crate::net::timeouts::Timeouts;

/// A wait that has a limit of its own.
#[derive(Debug, Clone, Copy)]
pub enum Wait {
    /// Resolving and connecting.
    Connect,
    /// From the association request to its answer.
    Associate,
    /// ARTIM.
    Artim,
    /// A write without progress.
    Write,
    /// From a request to its response.
    Reply,
    /// Between messages.
    Idle,
    /// From A-RELEASE-RQ to its answer.
    Release,
    /// Flushing A-ABORT.
    Abort,
}

/// Sets one limit; `DIMSE_DEFAULT` is what `defaults` say, `DIMSE_NO_LIMIT` none.
pub fn set(timeouts: &mut Timeouts, defaults: &Timeouts, wait: Wait, ms: u32) -> Answer<()> {
    match wait {
        Wait::Connect => timeouts.connect = phase_time(ms, defaults.connect),
        Wait::Associate => timeouts.associate = phase_time(ms, defaults.associate),
        Wait::Artim => timeouts.artim = limited(ms, defaults.artim)?,
        Wait::Write => timeouts.write = phase_time(ms, defaults.write),
        Wait::Reply => timeouts.reply = phase_time(ms, defaults.reply),
        Wait::Idle => timeouts.idle = phase_time(ms, defaults.idle),
        Wait::Release => timeouts.release = phase_time(ms, defaults.release),
        Wait::Abort => timeouts.abort = limited(ms, defaults.abort)?,
    }
    Ok(())
}

/// What stands at the end of every association must itself end, or a silent peer could keep the connection.
fn limited(ms: u32, default: Duration) -> Answer<Duration> {
    phase_time(ms, Some(default)).ok_or_else(|| {
        refused("ms", &"DIMSE_NO_LIMIT; this phase closes the connection and must end by itself")
    })
}
