//! Numbers from C: ranges, and times in milliseconds (abi.md rule 6).

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::time::Duration;

use super::boundary::Answer;
use super::error::Failure;
use crate::error::Error;

/// A time, for the setters of options: the default that their words name. Elsewhere (wait, next, dispatch, stop,
/// shutdown) 0 is no time at all.
pub const DIMSE_DEFAULT: u32 = 0;
/// A time: no limit.
pub const DIMSE_NO_LIMIT: u32 = 0xFFFF_FFFF;

/// A number of bytes: it is not known.
pub const DIMSE_UNKNOWN_LENGTH: u64 = 0xFFFF_FFFF_FFFF_FFFF;
/// A time that is left: it cannot be told.
pub const DIMSE_UNKNOWN_TIME: u32 = 0xFFFF_FFFF;

/// How long to wait: 0 not at all, `DIMSE_NO_LIMIT` for ever.
pub fn wait_time(ms: u32) -> Option<Duration> {
    (ms != DIMSE_NO_LIMIT).then(|| Duration::from_millis(ms.into()))
}

/// The deadline of a phase: `DIMSE_DEFAULT` is its default, `DIMSE_NO_LIMIT` none.
pub fn phase_time(ms: u32, default: Option<Duration>) -> Option<Duration> {
    if ms == DIMSE_DEFAULT { default } else { wait_time(ms) }
}

/// `value`, where it is in `range`; an error by the argument's name where it is not.
pub fn in_range<T: PartialOrd + Display>(name: &str, value: T, range: &RangeInclusive<T>) -> Answer<T> {
    if range.contains(&value) {
        return Ok(value);
    }
    let (least, most) = (range.start(), range.end());
    Err(Failure::from(Error::invalid_argument(format!("{name} is {value}; {least} to {most} are allowed"))))
}
