//! Receive buffers: large, because one large receive is what copying costs least in, and so taken only while there
//! is something to read. An idle association has none.

use std::ops::{Deref, DerefMut};
use std::sync::Mutex;

use crate::runtime::lock::lock;

/// One read takes at most this.
const LENGTH: usize = 256 * 1024;

/// Buffers kept for the next read: as many as threads read at once on a usual machine.
const KEPT: usize = 8;

static POOL: Mutex<Vec<Vec<u8>>> = Mutex::new(Vec::new());

/// A buffer that goes back into the pool.
pub(super) struct Buffer(Vec<u8>);

impl Buffer {
    pub(super) fn take() -> Self {
        let pooled = lock(&POOL).pop();
        Self(pooled.unwrap_or_else(|| vec![0; LENGTH]))
    }
}

impl Deref for Buffer {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.0
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let mut pool = lock(&POOL);
        if pool.len() < KEPT {
            pool.push(std::mem::take(&mut self.0));
        }
    }
}
