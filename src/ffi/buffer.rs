//! `dimse_buffer`: bytes that were made for C, and belong to it.

use std::sync::Arc;

use super::boundary::{Answer, boundary};
use super::handle::{self, Noun};
use super::text::dimse_bytes;

/// Bytes that are yours: an encoded data set, or its JSON. Any number of threads may read it at once.
pub struct dimse_buffer {
    _private: [u8; 0],
}

/// What a `dimse_buffer` handle stands for.
#[derive(Debug)]
pub struct BufferNoun {
    /// With a NUL behind them.
    bytes: Vec<u8>,
}

impl Noun for BufferNoun {
    type Handle = dimse_buffer;
    const TYPE: usize = 16;
    const NAME: &'static str = "dimse_buffer";
}

impl BufferNoun {
    /// A handle of these bytes.
    pub fn give(mut bytes: Vec<u8>) -> Answer<*mut dimse_buffer> {
        bytes.push(0);
        Ok(handle::insert(Self { bytes })?)
    }
}

/// The bytes in a buffer. A NUL stands behind the last and is not counted: JSON can be read as a C string.
///
/// Nothing on the wire. Does not block; allowed in callbacks. They live as long as buffer; data is NULL and len 0 where
/// buffer is none. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn dimse_buffer_bytes(buffer: *const dimse_buffer) -> dimse_bytes {
    boundary!(or dimse_bytes::EMPTY => {
        let buffer: Arc<BufferNoun> = handle::get("buffer", buffer)?;
        Ok(dimse_bytes { data: buffer.bytes.as_ptr(), len: buffer.bytes.len().saturating_sub(1) })
    })
}

/// Frees a buffer and its bytes.
///
/// Nothing on the wire. Does not block; allowed in callbacks, in any order, and with NULL. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn dimse_buffer_free(buffer: *mut dimse_buffer) {
    boundary!(or () => {
        drop(handle::remove::<BufferNoun>(buffer));
        Ok(())
    });
}
