//! `dimse_server_options` of storage: where received instances go, and who decides that.

use std::ffi::{c_char, c_void};
use std::sync::Arc;

use super::arguments::{path, refused, to_usize, uids};
use super::boundary::{Answer, boundary};
use super::delivery::{UserData, dimse_release_cb};
use super::error::{dimse_error, dimse_result};
use super::flat::Flat;
use super::handle;
use super::number::DIMSE_UNKNOWN_LENGTH;
use super::queue::dimse_queue;
use super::server_options::{CHandler, ServerOptionsNoun, Share, dimse_request_cb, dimse_server_options};
use super::tag;
use super::text::{Text, dimse_bytes, dimse_str, optional_text};
use crate::dataset::dictionary;
use crate::dataset::scan::ElementHeader;
use crate::dataset::vr::VR;
use crate::runtime::Runtime;
use crate::runtime::callback::CallbackScope;
use crate::runtime::lock::lock;
use crate::scp::server::Rest;
use crate::storage::arrival::About;
use crate::storage::folder::template::PathTemplate;
use crate::storage::folder::{Collision, Durability, FolderOptions};
use crate::storage::head::Front;
use crate::storage::watch::{Sight, Watcher};
use crate::types::{Tag, Uid};

/// The new file takes the place of the old one.
pub const DIMSE_COLLISION_REPLACE: u32 = 0;
/// The old file stays, and the new one is dropped; the peer is told success, since the instance is there. Needs a file
/// system with hard links.
pub const DIMSE_COLLISION_KEEP: u32 = 1;
/// The new file gets a number: 1.2.3_1.dcm, up to 1000. Needs a file system with hard links.
pub const DIMSE_COLLISION_NUMBER: u32 = 2;

/// What the system has written by then: safe when the program is killed, not when the power fails.
pub const DIMSE_SYNC_NONE: u32 = 0;
/// The bytes of the file; its name may be lost when the power fails.
pub const DIMSE_SYNC_DATA: u32 = 1;
/// The file, its name, and the folders that were made for it.
pub const DIMSE_SYNC_FULL: u32 = 2;

/// The rest of a refused data set is received and discarded, and then answered: the association goes on.
pub const DIMSE_REFUSED_DISCARD: u32 = 0;
/// The rest of a data set that a header handler or a sink refuses is not waited for: the association is aborted.
pub const DIMSE_REFUSED_ABORT: u32 = 1;

/// An element of a data set that passes. The library fills it; all that it points to is gone after the call.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct dimse_passing_element {
    /// Bytes of this struct that are filled.
    pub struct_size: u32,
    /// Its group in the upper 16 bits.
    pub tag: u32,
    /// Of its value; DIMSE_UNKNOWN_LENGTH is undefined length.
    pub length: u64,
    /// Where in the data set it begins, before that was deflated.
    pub offset: u64,
    /// The first bytes of its value, as many as were wanted, in the byte order of the transfer syntax.
    pub value: dimse_bytes,
    /// Two letters; where they are not written, what the standard says, UN for what it does not know.
    pub vr: dimse_str,
    /// (0000,0002) of the C-STORE-RQ.
    pub sop_class: dimse_str,
    /// (0000,1000) of the C-STORE-RQ.
    pub sop_instance: dimse_str,
}

// SAFETY: repr(C), numbers and pointers, struct_size first.
unsafe impl Flat for dimse_passing_element {
    const NAME: &'static str = "dimse_passing_element";
}

/// Sees an element. Must not throw, unwind or longjmp; may call everything but what blocks.
pub type dimse_element_cb =
    Option<unsafe extern "C" fn(element: *const dimse_passing_element, user_data: *mut c_void)>;

/// How much of a data set is read at most before the header handler is called: 1 MiB.
const HEADER_BYTES: u32 = 1024 * 1024;
/// The most that it may be.
const HEADER_BYTES_AT_MOST: u32 = 64 * 1024 * 1024;

fn change_folder(options: *mut dimse_server_options, change: impl FnOnce(&mut FolderOptions)) -> Answer<()> {
    change(&mut lock(&handle::get::<ServerOptionsNoun>("options", options)?.0).folder);
    Ok(())
}

/// Stores the instances that peers send with C-STORE in a folder: one DICOM file for each, the bytes of the data set as
/// they came behind a new header. path_template says where in it: components between '/', of text and of keys in
/// braces, {instance} among them; the others are {study}, {series}, {class}, {modality}, {calling}, {called} and
/// {date}. NULL is "{study}/{series}/{instance}.dcm". A server with neither a folder nor a header handler
/// (dimse_server_options_set_header_handler) provides no C-STORE.
///
/// Nothing on the wire. Does not block; allowed in callbacks. The folder is looked at when the server is started, which
/// fails with DIMSE_ERR_IO where it cannot be used; only its last component is made where it is missing. A file gets
/// its name when it is complete; before, and after a crash, it ends in .dimse-part. A peer is told success after that;
/// A900 for an empty data set. DIMSE_ERR_INVALID_ARGUMENT for an empty folder, and a template that could lead out of it
/// or give two instances one name. folder is on Unix any bytes but NUL, on Windows UTF-8. Since 0.1.0. PS3.4 annex B,
/// PS3.10 7.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_server_options_set_folder(
    options: *mut dimse_server_options,
    folder: *const c_char,
    path_template: *const c_char,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        // SAFETY: the caller passes NULL or a text that ends with a NUL.
        let path = unsafe { path("folder", folder) }?;
        // SAFETY: as above.
        let text = unsafe { optional_text("path_template", path_template) }?;
        let template = text.map_or_else(|| Ok(PathTemplate::default()), PathTemplate::parse)?;
        change_folder(options, |folder| {
            folder.folder = path;
            folder.template = template;
        })
    })
}

/// Sets what happens where a file has the name of an instance that is received: DIMSE_COLLISION_*, by default
/// DIMSE_COLLISION_REPLACE.
///
/// Nothing on the wire. Does not block; allowed in callbacks. DIMSE_ERR_INVALID_ARGUMENT for another number.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_server_options_set_folder_collision(
    options: *mut dimse_server_options,
    collision: u32,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        let collision = match collision {
            DIMSE_COLLISION_REPLACE => Collision::Replace,
            DIMSE_COLLISION_KEEP => Collision::Keep,
            DIMSE_COLLISION_NUMBER => Collision::Number,
            other => return Err(refused("collision", &format!("{other}; DIMSE_COLLISION_* are allowed"))),
        };
        change_folder(options, |folder| folder.collision = collision)
    })
}

/// Sets what is on the disk before a peer is told that an instance is stored, in the folder of the server or by
/// dimse_request_accept_to_file: DIMSE_SYNC_*, by default DIMSE_SYNC_NONE.
///
/// Nothing on the wire. Does not block; allowed in callbacks. DIMSE_ERR_INVALID_ARGUMENT for another number.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_server_options_set_folder_sync(
    options: *mut dimse_server_options,
    sync: u32,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        let durability = match sync {
            DIMSE_SYNC_NONE => Durability::None,
            DIMSE_SYNC_DATA => Durability::Data,
            DIMSE_SYNC_FULL => Durability::Full,
            other => return Err(refused("sync", &format!("{other}; DIMSE_SYNC_* are allowed"))),
        };
        change_folder(options, |folder| folder.durability = durability)
    })
}

/// Sets how much space is left free on the disk of the folder, and of a path of dimse_request_accept_to_file: with less
/// nothing is stored, and peers are told A700. By default 64 MiB; 0 is no such floor.
///
/// Nothing on the wire. Does not block; allowed in callbacks. Since 0.1.0. PS3.4 B.2.3.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_server_options_set_folder_free_space_floor_bytes(
    options: *mut dimse_server_options,
    bytes: u64,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => { change_folder(options, |folder| folder.free_space_floor_bytes = bytes) })
}

/// Sets the transfer syntaxes in which instances are taken, count of them, the preferred one first, where the server
/// takes every SOP class of storage. With count 0, as without this call, any that the peer proposes. Changes nothing
/// where dimse_server_options_add_context says which classes of storage are taken, and so in which syntaxes each, or
/// where the server has neither a folder nor a header handler.
///
/// On the wire: the first of them that was proposed for a context, with its acceptance. Does not block; allowed in
/// callbacks. All UIDs are copied. DIMSE_ERR_INVALID_ARGUMENT where one of them is none. Since 0.1.0. PS3.8 9.3.3.2.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_server_options_set_storage_syntaxes(
    options: *mut dimse_server_options,
    transfer_syntaxes: *const *const c_char,
    count: usize,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        // SAFETY: the caller passes `count` texts that end with a NUL, or NULL and 0.
        let syntaxes = unsafe { uids("transfer_syntaxes", transfer_syntaxes, count) }?;
        lock(&handle::get::<ServerOptionsNoun>("options", options)?.0).storage_syntaxes = syntaxes;
        Ok(())
    })
}

/// Sets what becomes of the rest of a data set that a header handler or a sink of yours refuses before all of it has
/// come: DIMSE_REFUSED_*, by default DIMSE_REFUSED_DISCARD. Where the library cannot take one, as when the disk is full,
/// the rest is discarded in any case, and the peer is told the status.
///
/// On the wire: what the sender has still to send, or A-ABORT. Does not block; allowed in callbacks.
/// DIMSE_ERR_INVALID_ARGUMENT for another number. Since 0.1.0. PS3.7 9.1.1, PS3.8 7.3.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_server_options_set_refused(
    options: *mut dimse_server_options,
    refused: u32,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        let rest = match refused {
            DIMSE_REFUSED_DISCARD => Rest::Discard,
            DIMSE_REFUSED_ABORT => Rest::Abort,
            other => return Err(self::refused("refused", &format!("{other}; DIMSE_REFUSED_* are allowed"))),
        };
        lock(&handle::get::<ServerOptionsNoun>("options", options)?.0).options.rest = rest;
        Ok(())
    })
}

/// Sets who decides about each instance that a peer stores by the front of its data set, before the rest is taken from
/// the connection: where it goes, or that it is refused. callback NULL: nobody, and each goes into the folder. It gets
/// the request with the elements in front of the tag before, 0xggggeeee (0: Pixel Data), as far as these are max_bytes
/// long at most (DIMSE_DEFAULT: 1 MiB), inflated where they are deflated: see dimse_request_header. It answers with
/// one of dimse_request_accept*, or refuses with dimse_request_respond, now or later. Then the token is used up: where
/// the server has a handler too (dimse_server_options_set_handler), that gets another one when all has come.
///
/// Nothing on the wire. Does not block; allowed in callbacks. queue NULL: the callback runs on a thread of the library,
/// in order for each association, several at once for different ones; a queue: inside dimse_queue_dispatch. While it
/// decides nothing is read of that association, and that counts for none of the peer's deadlines; a peer that closes is
/// noticed some seconds later (dimse_request_is_cancelled). release, where not NULL, gives user_data back exactly once:
/// after the last call, when another callback is set or the options are freed, and every server that was started with
/// it has ended; also where this call fails. max_bytes is 64 MiB at most. Since 0.1.0. PS3.4 B.2.3, PS3.7 9.1.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_server_options_set_header_handler(
    options: *mut dimse_server_options,
    before: u32,
    max_bytes: u32,
    queue: *mut dimse_queue,
    callback: dimse_request_cb,
    user_data: *mut c_void,
    release: dimse_release_cb,
    err: *mut *mut dimse_error,
) -> dimse_result {
    // Before anything can fail, so that it is given back however this ends.
    let user_data = UserData::new(user_data, release);
    boundary!(err => {
        let until = if before == 0 { PIXEL_DATA } else { tag::of(before) };
        let limit = match max_bytes {
            0 => HEADER_BYTES,
            1..=HEADER_BYTES_AT_MOST => max_bytes,
            _ => return Err(refused("max_bytes", &format!("{max_bytes}; at most {HEADER_BYTES_AT_MOST} are allowed"))),
        };
        let front = Front { until, limit: to_usize(limit) };
        let handler = callback.map(|callback| CHandler::new(queue, callback, user_data)).transpose()?;
        let handler = handler.map(|handler| (front, handler));
        let noun = handle::get::<ServerOptionsNoun>("options", options)?;
        let old = std::mem::replace(&mut lock(&noun.0).header_handler, handler);
        drop(old);
        Ok(())
    })
}

/// Sets who sees the elements of each instance that is stored, while its bytes pass: those of the data set itself, in
/// their order, with the first max_value_bytes of each value (0: none). callback NULL: nobody. It stops nothing and
/// decides nothing. Of an instance that is refused it sees what was taken before, and so nothing where a header handler
/// refuses it, or it cannot be stored from the start.
///
/// Nothing on the wire. Does not block; allowed in callbacks. The callback runs on a thread of the library with no lock
/// held, in order for each instance, several at once for different associations; the association waits for it, the
/// other ones do not. release, where not NULL, gives user_data back exactly once: after the last call, when another
/// callback is set or the options are freed, and every server that was started with it has ended; also where this call
/// fails. max_value_bytes is 64 MiB at most. Since 0.1.0. PS3.5 7.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_server_options_set_element_callback(
    options: *mut dimse_server_options,
    max_value_bytes: u32,
    callback: dimse_element_cb,
    user_data: *mut c_void,
    release: dimse_release_cb,
    err: *mut *mut dimse_error,
) -> dimse_result {
    // Before anything can fail, so that it is given back however this ends.
    let user_data = UserData::new(user_data, release);
    boundary!(err => {
        if max_value_bytes > HEADER_BYTES_AT_MOST {
            let words = format!("{max_value_bytes}; at most {HEADER_BYTES_AT_MOST} are allowed");
            return Err(refused("max_value_bytes", &words));
        }
        let watcher = callback.map(|callback| {
            let watcher = CWatcher { callback, user_data };
            (to_usize(max_value_bytes), Arc::new(watcher))
        });
        let noun = handle::get::<ServerOptionsNoun>("options", options)?;
        let old = std::mem::replace(&mut lock(&noun.0).watcher, watcher);
        drop(old);
        Ok(())
    })
}

/// A callback of C's that sees elements.
pub(super) struct CWatcher {
    callback: unsafe extern "C" fn(*const dimse_passing_element, *mut c_void),
    user_data: UserData,
}

/// The callback as a server calls it.
pub(super) fn watcher_of(limit: usize, watcher: &Arc<CWatcher>, runtime: &Runtime) -> Watcher {
    let share = Arc::new(Share::new(watcher.clone(), runtime));
    let begin = move |about: &About| -> Sight {
        let share = share.clone();
        let sop_class = Text::new(about.sop_class().as_str());
        let sop_instance = Text::new(about.sop_instance().map_or("", Uid::as_str));
        Box::new(move |header, value| {
            let Some(watcher) = share.get() else { return };
            let vr = Text::new(&String::from_utf8_lossy(&vr_of(header)));
            let element = dimse_passing_element {
                struct_size: dimse_passing_element::SIZE,
                tag: u32::from(header.tag.group) << 16 | u32::from(header.tag.element),
                length: header.length.map_or(DIMSE_UNKNOWN_LENGTH, u64::from),
                offset: header.offset,
                value: dimse_bytes::of(value),
                vr: vr.view(),
                sop_class: sop_class.view(),
                sop_instance: sop_instance.view(),
            };
            let _scope = CallbackScope::enter();
            // SAFETY: the function that C gave, with its own pointer and a struct that lives over the call.
            unsafe { (watcher.callback)(&raw const element, watcher.user_data.pointer()) };
        })
    };
    Watcher { limit, begin: Arc::new(begin) }
}

/// Its two letters: as they are written, or else what the standard says.
fn vr_of(header: &ElementHeader) -> [u8; 2] {
    header.vr.unwrap_or_else(|| {
        let known = dictionary::entry(header.tag).map(|entry| entry.settled(false));
        known.map_or(*b"UN", VR::letters)
    })
}

const PIXEL_DATA: Tag = Tag::new(0x7FE0, 0x0010);

#[cfg(all(test, target_pointer_width = "64"))]
mod tests {
    use super::*;
    use std::mem::{offset_of, size_of};

    #[test]
    fn an_element_as_c_and_c_sharp_see_it() {
        let element = [
            offset_of!(dimse_passing_element, struct_size),
            offset_of!(dimse_passing_element, tag),
            offset_of!(dimse_passing_element, length),
            offset_of!(dimse_passing_element, offset),
            offset_of!(dimse_passing_element, value),
            offset_of!(dimse_passing_element, vr),
            offset_of!(dimse_passing_element, sop_class),
            offset_of!(dimse_passing_element, sop_instance),
            size_of::<dimse_passing_element>(),
        ];
        assert_eq!(element, [0, 4, 8, 16, 24, 40, 56, 72, 88]);
    }
}
