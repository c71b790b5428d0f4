//! Which code of the user's is running on this thread: what keeps a blocking call from waiting for itself.

use std::cell::Cell;
use std::marker::PhantomData;

use crate::error::{Cause, Error, Phase, Result};

thread_local! {
    // Constants without a destructor: nothing of ours stays registered in a thread of the host.
    static DEPTH: Cell<u32> = const { Cell::new(0) };
    static LIBRARY: Cell<bool> = const { Cell::new(false) };
}

/// Whether a callback of the user's is running on this thread.
#[must_use]
pub fn in_callback() -> bool {
    DEPTH.get() > 0
}

/// Lives as long as a callback of the user's runs: callback threads, queue dispatch, the events of a blocking call, hot
/// threads and the log all hold one around every call into user code, `release` included.
#[derive(Debug)]
pub struct CallbackScope(PhantomData<*const ()>); // stays on its thread

impl CallbackScope {
    /// From here to the drop, [`in_callback`] is true on this thread.
    #[must_use]
    pub fn enter() -> Self {
        DEPTH.set(DEPTH.get().saturating_add(1));
        Self(PhantomData)
    }
}

impl Drop for CallbackScope {
    fn drop(&mut self) {
        DEPTH.set(DEPTH.get().saturating_sub(1));
    }
}

/// Says that this thread belongs to the library for as long as it lives: workers, callback threads, hot threads.
pub fn mark_library_thread() {
    LIBRARY.set(true);
}

/// Refuses a call that would block, where blocking may wait for what this very thread must do: inside a callback
/// (abi.md rule 15) and on the library's own threads.
pub fn refuse_to_block() -> Result<()> {
    if in_callback() || LIBRARY.get() {
        return Err(Error::new(Phase::Queued, Cause::WouldDeadlock));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_nest_and_end() {
        assert!(!in_callback());
        let outer = CallbackScope::enter();
        drop(CallbackScope::enter());
        assert!(in_callback());
        assert_eq!(refuse_to_block().unwrap_err().cause(), &Cause::WouldDeadlock);
        drop(outer);
        assert!(!in_callback());
        assert!(refuse_to_block().is_ok());
    }

    #[test]
    fn other_threads_are_not_in_this_ones_callback() {
        let _scope = CallbackScope::enter();
        std::thread::spawn(|| assert!(!in_callback())).join().unwrap();
    }

    #[test]
    fn a_library_thread_never_blocks_on_the_library() {
        let refused = std::thread::spawn(|| {
            mark_library_thread();
            (in_callback(), refuse_to_block().is_err())
        });
        assert_eq!(refused.join().unwrap(), (false, true));
    }
}
