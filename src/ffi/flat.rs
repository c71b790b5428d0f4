//! Structs that the library fills: the caller says in `struct_size` how many bytes it knows, and gets no more (abi.md
//! rules 6 and 19).

use std::mem::size_of;
use std::ptr::NonNull;

use super::boundary::Answer;
use super::error::Failure;
use crate::error::Error;

/// A struct of the header that the library fills.
///
/// `struct_size` is its `sizeof`. A field that is appended later must not lie in bytes that an older library counted as
/// filled: with 64 bits no struct ends in padding, a `reserved` field stands there instead.
///
/// # Safety
/// It is `repr(C)`, plain data, and its first field is `struct_size: u32`.
pub unsafe trait Flat: Copy {
    /// Its name in C.
    const NAME: &'static str;
    /// All its bytes.
    const SIZE: u32 = {
        assert!(size_of::<Self>() < 1 << 16);
        let [low, high, ..] = size_of::<Self>().to_le_bytes();
        u32::from_le_bytes([low, high, 0, 0])
    };
}

/// The caller's struct, checked before the work begins, filled when it is done.
pub struct Room<T> {
    to: NonNull<T>,
    size: u32,
}

/// The first two fields: every caller knows them.
const LEAST: u32 = 8;

impl<T: Flat> Room<T> {
    /// Refuses NULL, by the argument's name, and a struct whose size was not set.
    ///
    /// # Safety
    /// `pointer` is NULL, or points to a `struct_size` and as many bytes that can be written to.
    pub unsafe fn new(name: &str, pointer: *mut T) -> Answer<Self> {
        let Some(to) = NonNull::new(pointer) else {
            return Err(Failure::from(Error::invalid_argument(format!("{name} is NULL"))));
        };
        // SAFETY: this function's contract; unaligned, since C may hand in any address.
        let size = unsafe { to.cast::<u32>().read_unaligned() };
        if size < LEAST {
            let words = format!("{name}->struct_size is {size}; set it to sizeof({})", T::NAME);
            return Err(Failure::from(Error::invalid_argument(words)));
        }
        Ok(Self { to, size: size.min(T::SIZE) })
    }

    /// Writes as much of `value` as the caller knows, and how much that was.
    pub fn fill(self, value: T) {
        let bytes = usize::try_from(self.size).unwrap_or_default();
        // SAFETY: the contract of `new`, and never more than `value` has.
        unsafe { (&raw const value).cast::<u8>().copy_to_nonoverlapping(self.to.cast().as_ptr(), bytes) };
        // SAFETY: the contract of `new`: at least two u32 are there.
        unsafe { self.to.cast().write_unaligned(self.size) };
    }
}
