//! Whole conversions, for the tests of `dataset::convert`.

#![allow(dead_code, reason = "each test takes what it needs")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use dimse::dataset::convert::{Converter, NotConvertible};
use dimse::types::Uid;

pub(crate) const IMPLICIT: Uid = Uid::from_static("1.2.840.10008.1.2");
pub(crate) const EXPLICIT: Uid = Uid::from_static("1.2.840.10008.1.2.1");
pub(crate) const DEFLATED: Uid = Uid::from_static("1.2.840.10008.1.2.1.99");
pub(crate) const BIG_ENDIAN: Uid = Uid::from_static("1.2.840.10008.1.2.2");
pub(crate) const ALL: [Uid; 4] = [IMPLICIT, EXPLICIT, DEFLATED, BIG_ENDIAN];

/// A data set, converted from one transfer syntax to another.
pub(crate) fn convert(from: &Uid, to: &Uid, data_set: &[u8]) -> Result<Vec<u8>, NotConvertible> {
    convert_cut(from, to, data_set, usize::MAX, 64 * 1024)
}

/// The same, `step` bytes at a time, into room for `room` bytes.
pub(crate) fn convert_cut(
    from: &Uid,
    to: &Uid,
    data_set: &[u8],
    step: usize,
    room: usize,
) -> Result<Vec<u8>, NotConvertible> {
    let mut conversion = Converter::new(from, to).unwrap();
    let mut converted = Vec::new();
    let mut output = vec![0xA5; room];
    let (mut at, mut given) = (0, step.min(data_set.len()));
    loop {
        let done = conversion.convert(&data_set[at..given], given == data_set.len(), &mut output)?;
        at += done.read;
        converted.extend_from_slice(&output[..done.written]);
        assert!(output[done.written..].iter().all(|byte| *byte == 0xA5), "it writes what it says");
        output.fill(0xA5);
        if done.end {
            assert_eq!(at, data_set.len(), "all was read");
            return Ok(converted);
        }
        if done.read == 0 && done.written == 0 {
            assert!(given < data_set.len(), "it goes on while there is room");
            given = given.saturating_add(step).min(data_set.len());
        } else if at == given {
            given = given.saturating_add(step).min(data_set.len());
        }
    }
}
