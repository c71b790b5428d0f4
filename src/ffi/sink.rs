//! `dimse_sink`: an instance on its way into the caller's code.

use std::ffi::c_void;
use std::io::IoSlice;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};

use super::boundary::boundary;
use super::delivery::UserData;
use super::error::dimse_result;
use super::handle::{self, Noun};
use crate::dimse::status::{Category, Status};
use crate::net::association::Association;
use crate::net::data::{Refusal, Sink, Taken};
use crate::runtime::Runtime;
use crate::runtime::callback::CallbackScope;
use crate::storage::refusals::refusal;

/// What a write callback returns that has taken the bytes and wants no more before dimse_sink_resume. The peer waits
/// for as long as that takes: no time limit ends it, only the end of the association does. Where there is no dimse_sink
/// to go on by, because none was asked for or it was freed, the program is at fault: it refuses the instance with C000
/// (dimse_server_options_set_refused).
pub const DIMSE_SINK_HOLD: u32 = 1;

/// An instance on its way into the caller's code. Any number of threads may use it at once.
pub struct dimse_sink {
    _private: [u8; 0],
}

/// Takes the next bytes of a data set, in order; they are the library's again when it returns. Returns 0 for more,
/// DIMSE_SINK_HOLD to get none before dimse_sink_resume, or a failure status, A700 say, to refuse the rest. Never
/// called twice at once for one instance. Must not throw, unwind or longjmp; may call everything but what blocks on
/// the library.
pub type dimse_sink_write_cb =
    Option<unsafe extern "C" fn(data: *const u8, length: usize, user_data: *mut c_void) -> u32>;

/// The data set has come to its end, where is_complete is 1: returns 0 where it is stored, or a failure status. Where
/// is_complete is 0 it was refused, or broke off, and what is returned says nothing. Called once. Must not throw,
/// unwind or longjmp; may call everything but what blocks on the library.
pub type dimse_sink_end_cb = Option<unsafe extern "C" fn(is_complete: u32, user_data: *mut c_void) -> u32>;

/// What a `dimse_sink` handle stands for.
pub struct SinkNoun(Arc<Gate>);

impl Drop for SinkNoun {
    fn drop(&mut self) {
        self.0.can_be_called_on.store(false, Ordering::Release);
        if let Some(association) = self.0.association.upgrade() {
            association.call_on_sink_later();
        }
    }
}

impl Noun for SinkNoun {
    type Handle = dimse_sink;
    const TYPE: usize = 17;
    const NAME: &'static str = "dimse_sink";
}

impl SinkNoun {
    /// The handle of a sink.
    #[must_use]
    pub fn new(gate: &Arc<Gate>) -> Self {
        gate.can_be_called_on.store(true, Ordering::Release);
        Self(gate.clone())
    }
}

/// Whether a sink that holds may go on.
pub struct Gate {
    association: Weak<Association>,
    /// Called on since it was last asked.
    called_on: AtomicBool,
    /// There is a handle to call on it by.
    can_be_called_on: AtomicBool,
}

impl Gate {
    /// Of a sink of an instance that comes over `association`.
    #[must_use]
    pub fn new(association: &Arc<Association>) -> Arc<Self> {
        Arc::new(Self {
            association: Arc::downgrade(association),
            called_on: AtomicBool::new(false),
            can_be_called_on: AtomicBool::new(false),
        })
    }
}

/// The caller's code as a sink.
pub struct CSink {
    write: unsafe extern "C" fn(*const u8, usize, *mut c_void) -> u32,
    end: unsafe extern "C" fn(u32, *mut c_void) -> u32,
    /// Out only while this is dropped.
    user_data: Option<UserData>,
    /// Where the user data can be given back.
    runtime: Runtime,
    gate: Arc<Gate>,
    /// What it has still to get once it is called on, since it holds.
    held: Option<Vec<u8>>,
    has_ended: bool,
    bytes: u64,
}

impl CSink {
    /// The sink; `runtime` is where the user data can be given back.
    #[must_use]
    pub fn new(
        write: unsafe extern "C" fn(*const u8, usize, *mut c_void) -> u32,
        end: unsafe extern "C" fn(u32, *mut c_void) -> u32,
        user_data: UserData,
        runtime: &Runtime,
        gate: Arc<Gate>,
    ) -> Self {
        let runtime = runtime.clone();
        Self { write, end, user_data: Some(user_data), runtime, gate, held: None, has_ended: false, bytes: 0 }
    }

    fn pointer(&self) -> *mut c_void {
        self.user_data.as_ref().map_or(std::ptr::null_mut(), UserData::pointer)
    }

    /// One call of the caller's.
    fn give(&mut self, bytes: &[u8]) -> Result<(), Refusal> {
        let told = {
            let _scope = CallbackScope::enter();
            // SAFETY: the function that C gave, with its own pointer and bytes that live over the call.
            unsafe { (self.write)(bytes.as_ptr(), bytes.len(), self.pointer()) }
        };
        match told {
            0 => Ok(()),
            DIMSE_SINK_HOLD => {
                self.held = Some(Vec::new());
                Ok(())
            }
            status => Err(refused(status)),
        }
    }

    /// What was held back, once it was called on; a refusal where nobody ever can.
    fn go_on(&mut self) -> Result<(), Refusal> {
        while self.held.is_some() {
            // In this order: the last call comes before the handle goes.
            let can_be_called_on = self.gate.can_be_called_on.load(Ordering::Acquire);
            if !self.gate.called_on.swap(false, Ordering::AcqRel) {
                return if can_be_called_on { Ok(()) } else { Err(held_for_ever()) };
            }
            let rest = self.held.take().unwrap_or_default();
            if !rest.is_empty() {
                self.give(&rest)?;
            }
        }
        Ok(())
    }

    fn state(&self) -> Taken {
        if self.held.is_some() { Taken::Full } else { Taken::Ready }
    }
}

impl Sink for CSink {
    fn write(&mut self, bytes: &[IoSlice<'_>]) -> Result<Taken, Refusal> {
        self.go_on()?;
        for slice in bytes {
            self.bytes = self.bytes.saturating_add(u64::try_from(slice.len()).unwrap_or(u64::MAX));
            match &mut self.held {
                Some(rest) => rest.extend_from_slice(slice),
                None => self.give(slice)?,
            }
        }
        self.go_on()?;
        Ok(self.state())
    }

    fn finish(&mut self) -> Result<Taken, Refusal> {
        self.go_on()?;
        if self.held.is_some() {
            return Ok(Taken::Full);
        }
        self.has_ended = true;
        let told = {
            let _scope = CallbackScope::enter();
            // SAFETY: the function that C gave, with its own pointer.
            unsafe { (self.end)(1, self.pointer()) }
        };
        if told == 0 { Ok(Taken::Ready) } else { Err(refused(told)) }
    }

    fn keep(self: Box<Self>) -> Result<(), Refusal> {
        Ok(())
    }

    fn bytes(&self) -> u64 {
        self.bytes
    }
}

impl Drop for CSink {
    fn drop(&mut self) {
        if !self.has_ended {
            let _scope = CallbackScope::enter();
            // SAFETY: the function that C gave, with its own pointer.
            let _says_nothing = unsafe { (self.end)(0, self.pointer()) };
        }
        self.runtime.let_go(self.user_data.take());
    }
}

/// The caller's number as a refusal: what is no failure is one of ours.
fn refused(told: u32) -> Refusal {
    let status = u16::try_from(told).ok().map(Status);
    if let Some(status) = status.filter(|status| status.category() == Category::Failure) {
        return Refusal { by_caller: true, ..refusal(status, "refused by the receiving program") };
    }
    tracing::warn!(target: "dimse::server", "a sink returned {told}, which is neither 0 nor DIMSE_SINK_HOLD nor a failure status");
    at_fault()
}

/// A sink that holds, without a handle to go on by.
fn held_for_ever() -> Refusal {
    tracing::warn!(target: "dimse::server", "a sink returned DIMSE_SINK_HOLD, and there is no dimse_sink to go on by: ask dimse_request_accept_to_sink for one, and keep it");
    at_fault()
}

fn at_fault() -> Refusal {
    Refusal { by_caller: true, ..refusal(Status::UNABLE_TO_PROCESS, "the receiving program is at fault") }
}

/// Goes on with a sink that holds: it gets the next bytes. Before its write callback has returned DIMSE_SINK_HOLD it
/// counts for that; several count as one.
///
/// Nothing on the wire, but that more is read. Does not block; allowed in callbacks, from any thread. Harmless where
/// the instance has ended. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn dimse_sink_resume(sink: *mut dimse_sink) -> dimse_result {
    boundary!({
        let noun = handle::get::<SinkNoun>("sink", sink)?;
        noun.0.called_on.store(true, Ordering::Release);
        if let Some(association) = noun.0.association.upgrade() {
            association.call_on_sink();
        }
        Ok(())
    })
}

/// Frees the handle; an instance that is not held goes on its way.
///
/// On the wire: C000 or A-ABORT, as dimse_server_options_set_refused says, where the sink holds, since nothing can go on
/// with it any more. Does not block; allowed in callbacks, in any order, and with NULL. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn dimse_sink_free(sink: *mut dimse_sink) {
    boundary!(or () => {
        drop(handle::remove::<SinkNoun>(sink));
        Ok(())
    });
}
