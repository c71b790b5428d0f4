//! `dimse_instance`: what a C-STORE sends.

use std::ffi::{c_char, c_void};
use std::io::{self, Read};
use std::sync::{Arc, OnceLock};

use super::arguments::{path, refused};
use super::boundary::{Answer, Out, boundary};
use super::delivery::{UserData, dimse_release_cb};
use super::error::{Failure, dimse_error, dimse_result};
use super::handle::{self, Noun};
use super::number::DIMSE_UNKNOWN_LENGTH;
use super::text::{bytes, dimse_bytes};
use crate::error::Error;
use crate::runtime::Runtime;
use crate::runtime::callback::CallbackScope;
use crate::storage::instance::Instance;

/// An instance to be sent: a whole DICOM file (PS3.10) on disk, in memory, or from a reader. Any number of threads may
/// use it at once.
pub struct dimse_instance {
    _private: [u8; 0],
}

/// Gives the next bytes of an instance: writes up to size of them to into, and returns how many that were, 0 at the
/// end, less than 0 where it failed. Never called twice at once. Must not throw, unwind or longjmp; may call everything
/// but what blocks on the library.
pub type dimse_read_cb =
    Option<unsafe extern "C" fn(into: *mut u8, size: usize, user_data: *mut c_void) -> i64>;

/// What a `dimse_instance` handle stands for.
#[derive(Debug)]
pub struct InstanceNoun {
    instance: Instance,
    /// A reader's.
    place: Option<Place>,
}

impl Noun for InstanceNoun {
    type Handle = dimse_instance;
    const TYPE: usize = 13;
    const NAME: &'static str = "dimse_instance";
}

/// Where a reader's user data can be given back: its last read may be over while the association is locked. Empty
/// before it is sent.
pub type Place = Arc<OnceLock<Runtime>>;

impl InstanceNoun {
    /// An instance, and the place of its reader where it has one.
    pub fn new(instance: Instance, place: Option<Place>) -> Self {
        Self { instance, place }
    }

    /// The instance of the handle in the argument `name`.
    pub fn get(name: &str, handle: *const dimse_instance) -> Answer<Arc<Self>> {
        handle::get(name, handle)
    }

    /// The instance.
    #[must_use]
    pub fn instance(&self) -> &Instance {
        &self.instance
    }

    /// The instance, to be sent over an association of `runtime`.
    #[must_use]
    pub fn to_send(&self, runtime: &Runtime) -> Instance {
        if let Some(place) = &self.place {
            place.get_or_init(|| runtime.clone());
        }
        self.instance.clone()
    }
}

/// A reader of C's.
pub struct CReader {
    read: unsafe extern "C" fn(*mut u8, usize, *mut c_void) -> i64,
    /// Out only while this is dropped.
    user_data: Option<UserData>,
    place: Place,
}

impl CReader {
    /// The reader in the argument `read`.
    pub fn new(read: dimse_read_cb, user_data: UserData) -> Answer<(Self, Place)> {
        let Some(read) = read else {
            return Err(refused("read", &"NULL; a function that gives the bytes is needed"));
        };
        let place = Place::default();
        Ok((Self { read, user_data: Some(user_data), place: place.clone() }, place))
    }
}

impl Read for CReader {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let Some(user_data) = &self.user_data else { return Ok(0) };
        let told = {
            let _scope = CallbackScope::enter();
            // SAFETY: the function that C gave, with its own pointer and room of which all can be written to.
            unsafe { (self.read)(into.as_mut_ptr(), into.len(), user_data.pointer()) }
        };
        match usize::try_from(told) {
            Ok(length) if length <= into.len() => Ok(length),
            _ if told < 0 => Err(io::Error::other(format!("its reader failed and returned {told}"))),
            _ => {
                let words =
                    format!("its reader returned {told} where there was room for {} bytes", into.len());
                Err(io::Error::new(io::ErrorKind::InvalidData, words))
            }
        }
    }
}

impl Drop for CReader {
    fn drop(&mut self) {
        let user_data = self.user_data.take();
        match self.place.get() {
            Some(runtime) => runtime.let_go(user_data),
            None => drop(user_data),
        }
    }
}

/// Makes an instance of the DICOM file at path. It is opened when it is sent, each time; that it is there, and what it
/// is, is found out then.
///
/// Nothing on the wire. Does not block; allowed in callbacks. path is copied: on Unix any bytes but NUL, on Windows
/// UTF-8. *out is yours to free. DIMSE_ERR_INVALID_ARGUMENT where path is empty. Since 0.1.0. PS3.10 7.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_instance_from_file(
    path: *const c_char,
    out: *mut *mut dimse_instance,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        // SAFETY: the caller passes NULL or what can be written to.
        let out = unsafe { Out::new("out", out) }?;
        // SAFETY: the caller passes NULL or a text that ends with a NUL.
        let instance = Instance::from_file(unsafe { self::path("path", path) }?);
        out.write(handle::insert(InstanceNoun::new(instance, None))?);
        Ok(())
    })
}

/// Makes an instance of a whole DICOM file, header included, of length bytes in memory. What it is is found out when it
/// is sent.
///
/// Nothing on the wire. Does not block; allowed in callbacks. The bytes are copied. *out is yours to free.
/// DIMSE_ERR_INVALID_ARGUMENT where there are none. Since 0.1.0. PS3.10 7.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_instance_from_bytes(
    data: *const u8,
    length: usize,
    out: *mut *mut dimse_instance,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        // SAFETY: the caller passes NULL or what can be written to.
        let out = unsafe { Out::new("out", out) }?;
        if length == 0 {
            return Err(refused("length", &"0; an instance has bytes"));
        }
        if data.is_null() {
            return Err(Failure::from(Error::invalid_argument(format!("data is NULL, but {length} bytes long"))));
        }
        // SAFETY: the caller passes as many bytes.
        let copied = Arc::<[u8]>::from(unsafe { bytes("data", dimse_bytes { data, len: length }) }?);
        out.write(handle::insert(InstanceNoun::new(Instance::from_bytes(copied), None))?);
        Ok(())
    })
}

/// Makes an instance of a whole DICOM file, header included, that read gives, in order, when it is sent: length bytes,
/// or all until it ends where length is DIMSE_UNKNOWN_LENGTH. It can be sent once.
///
/// Nothing on the wire. Does not block; allowed in callbacks. read is called on the thread of the blocking call that
/// sends it, or on one of the library's, with no lock held; the association waits for it, the other ones do not. After
/// DONE of a cancelled operation it may still be called: user_data is yours again at release. That, where it is not
/// NULL, runs exactly once: after the last read, when the instance was sent or given up, or was freed unsent; also
/// where this call fails. *out is yours to free. A reader that fails, ends early, or gives more bytes than there is
/// room for ends what it was sent with: with DIMSE_ERR_IO, and where half a message has left with the association. So
/// does one of which the instance turns out to be damaged, with DIMSE_ERR_INSTANCE. Since 0.1.0. PS3.10 7.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_instance_from_reader(
    read: dimse_read_cb,
    user_data: *mut c_void,
    release: dimse_release_cb,
    length: u64,
    out: *mut *mut dimse_instance,
    err: *mut *mut dimse_error,
) -> dimse_result {
    // Before anything can fail, so that it is given back however this ends.
    let user_data = UserData::new(user_data, release);
    boundary!(err => {
        // SAFETY: the caller passes NULL or what can be written to.
        let out = unsafe { Out::new("out", out) }?;
        let (reader, place) = CReader::new(read, user_data)?;
        let length = (length != DIMSE_UNKNOWN_LENGTH).then_some(length);
        let instance = Instance::from_reader(Box::new(reader), length);
        out.write(handle::insert(InstanceNoun::new(instance, Some(place)))?);
        Ok(())
    })
}

/// Frees the instance. Operations that send it go on.
///
/// Nothing on the wire. Does not block; allowed in callbacks, in any order, and with NULL. The release of a reader that
/// was never sent runs here. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn dimse_instance_free(instance: *mut dimse_instance) {
    boundary!(or () => {
        drop(handle::remove::<InstanceNoun>(instance));
        Ok(())
    });
}
