//! `dimse_request`: one request of a peer.

use std::ffi::c_char;
use std::path::Path;
use std::sync::OnceLock;

use super::arguments::{narrow, refused};
use super::assoc_request::answered;
use super::boundary::{Answer, boundary};
use super::error::{Failure, dimse_error, dimse_result};
use super::flat::{Flat, Room};
use super::handle::{self, Noun};
use super::text::{Text, dimse_str, optional_text};
use crate::dimse::status::{Category, Status};
use crate::error::{Error, Result};
use crate::net::data::{Attached, Paths};
use crate::net::request::Request;
use crate::scp::undecided::Undecided;
use crate::types::Uid;

/// C-STORE-RQ.
pub const DIMSE_COMMAND_C_STORE_RQ: u32 = 0x0001;
/// C-GET-RQ.
pub const DIMSE_COMMAND_C_GET_RQ: u32 = 0x0010;
/// C-FIND-RQ.
pub const DIMSE_COMMAND_C_FIND_RQ: u32 = 0x0020;
/// C-MOVE-RQ.
pub const DIMSE_COMMAND_C_MOVE_RQ: u32 = 0x0021;
/// C-ECHO-RQ.
pub const DIMSE_COMMAND_C_ECHO_RQ: u32 = 0x0030;
/// N-EVENT-REPORT-RQ.
pub const DIMSE_COMMAND_N_EVENT_REPORT_RQ: u32 = 0x0100;
/// N-GET-RQ.
pub const DIMSE_COMMAND_N_GET_RQ: u32 = 0x0110;
/// N-SET-RQ.
pub const DIMSE_COMMAND_N_SET_RQ: u32 = 0x0120;
/// N-ACTION-RQ.
pub const DIMSE_COMMAND_N_ACTION_RQ: u32 = 0x0130;
/// N-CREATE-RQ.
pub const DIMSE_COMMAND_N_CREATE_RQ: u32 = 0x0140;
/// N-DELETE-RQ.
pub const DIMSE_COMMAND_N_DELETE_RQ: u32 = 0x0150;

/// One request of a peer: owned by the one who answers, answered once, now or later, from any thread.
pub struct dimse_request {
    _private: [u8; 0],
}

/// What a `dimse_request` handle stands for: dropped unanswered, the request is answered as failed.
pub struct RequestNoun {
    came: Came,
    texts: OnceLock<Texts>,
    file_header: OnceLock<Option<Vec<u8>>>,
}

/// How much of a request has come.
enum Came {
    /// All of it.
    Whole(Request),
    /// The front of its data set.
    Front(Box<Undecided>),
}

impl RequestNoun {
    /// The request.
    #[must_use]
    pub fn request(&self) -> &Request {
        match &self.came {
            Came::Whole(request) => request,
            Came::Front(undecided) => undecided.request(),
        }
    }

    /// What stands before the data set in a file of its own.
    pub fn file_header(&self) -> Answer<&[u8]> {
        let undecided = self.undecided()?;
        let header = self.file_header.get_or_init(|| undecided.file_header());
        header.as_deref().ok_or_else(|| Failure::from(Error::state("the instance has no SOP Instance UID")))
    }

    /// What the one gave along who decides by the front of its data set.
    #[must_use]
    pub fn attached(&self) -> Option<Attached> {
        match &self.came {
            Came::Whole(request) => request.received()?.attached.clone(),
            Came::Front(undecided) => undecided.attached(),
        }
    }

    /// The request, where nobody has decided yet where its instance goes.
    pub fn undecided(&self) -> Answer<&Undecided> {
        match &self.came {
            Came::Front(undecided) => Ok(undecided),
            Came::Whole(_) => Err(Failure::from(Error::state(
                "there is nothing to decide before the instance comes; that is for the header handler of a server",
            ))),
        }
    }
}

impl Noun for RequestNoun {
    type Handle = dimse_request;
    const TYPE: usize = 12;
    const NAME: &'static str = "dimse_request";
}

/// What a request says. The library fills it; set struct_size to sizeof(dimse_message) before. Its texts live as long
/// as the request.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct dimse_message {
    /// Bytes of this struct that are filled.
    pub struct_size: u32,
    /// (0000,0100): DIMSE_COMMAND_*.
    pub command: u32,
    /// (0000,0110).
    pub message_id: u32,
    /// The presentation context that it came over.
    pub context_id: u32,
    /// 1 where a data set follows.
    pub has_data_set: u32,
    /// 0.
    pub reserved: u32,
    /// The association's number in this process, as the log has it.
    pub association: u64,
    /// (0000,0002) or (0000,0003); empty where there is none.
    pub sop_class: dimse_str,
    /// (0000,1000) or (0000,1001); empty where there is none.
    pub sop_instance: dimse_str,
    /// The transfer syntax of the presentation context.
    pub transfer_syntax: dimse_str,
    /// The AE title of the requestor of the association. Bytes that are not printable ASCII come as \xNN.
    pub calling: dimse_str,
    /// The AE title of the acceptor, as the requestor named it.
    pub called: dimse_str,
    /// The other end of the connection: "192.0.2.7:104"; an IPv6 address stands in square brackets.
    pub peer_address: dimse_str,
}

// SAFETY: repr(C), numbers and pointers, struct_size first.
unsafe impl Flat for dimse_message {
    const NAME: &'static str = "dimse_message";
}

/// The instance that came with a request. The library fills it; set struct_size to sizeof(dimse_received) before. Its
/// paths live as long as the request; on Unix they are any bytes but NUL.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct dimse_received {
    /// Bytes of this struct that are filled.
    pub struct_size: u32,
    /// 0.
    pub reserved: u32,
    /// The length of its data set, as it is stored.
    pub bytes: u64,
    /// Where it lies now: a complete DICOM file, but not under its name yet. Read it, do not move it.
    pub unfinished_path: dimse_str,
    /// The name that it gets where it is kept; with DIMSE_COLLISION_NUMBER it may
    /// come to have a number more.
    pub path: dimse_str,
}

// SAFETY: repr(C), numbers and pointers, struct_size first.
unsafe impl Flat for dimse_received {
    const NAME: &'static str = "dimse_received";
}

#[derive(Debug)]
struct Texts {
    sop_class: Text,
    sop_instance: Text,
    transfer_syntax: Text,
    calling: Text,
    called: Text,
    peer: Text,
    unfinished_path: Text,
    path: Text,
}

impl Texts {
    fn of(request: &Request) -> Self {
        let command = request.command();
        let instance = command.affected_sop_instance.as_ref().or(command.requested_sop_instance.as_ref());
        let uid = |uid: Option<&Uid>| Text::new(uid.map_or("", Uid::as_str));
        let facts = request.association().facts();
        let fact = |text: &dyn Fn(&crate::net::facts::Facts) -> String| {
            Text::new(&facts.map(|facts| text(facts)).unwrap_or_default())
        };
        let paths = request.received().and_then(|received| received.paths.as_ref());
        let path =
            |path: fn(&Paths) -> &Path| paths.map(|paths| Text::of_path(path(paths))).unwrap_or_default();
        Self {
            sop_class: uid(command.sop_class()),
            sop_instance: uid(instance),
            transfer_syntax: uid(Some(&request.context().transfer_syntax)),
            calling: fact(&|facts| facts.negotiated.calling.to_string()),
            called: fact(&|facts| facts.negotiated.called.to_string()),
            peer: fact(&|facts| facts.peer.to_string()),
            unfinished_path: path(|paths| &paths.unfinished),
            path: path(|paths| &paths.finished),
        }
    }
}

/// Makes the handle of a request. Where none is left, the request is answered as failed.
pub fn give(request: Request) -> Result<*mut dimse_request> {
    handle::insert(RequestNoun {
        came: Came::Whole(request),
        texts: OnceLock::new(),
        file_header: OnceLock::new(),
    })
}

/// The same, of a request that somebody decides about by the front of its data set.
pub fn give_undecided(undecided: Undecided) -> Result<*mut dimse_request> {
    handle::insert(RequestNoun {
        came: Came::Front(Box::new(undecided)),
        texts: OnceLock::new(),
        file_header: OnceLock::new(),
    })
}

/// What the request says.
///
/// Nothing on the wire. Does not block; allowed in callbacks. Set out->struct_size to sizeof(dimse_message) before; the
/// texts live as long as request. Since 0.1.0. PS3.7 9.3, 10.3, annex E.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_request_message(
    request: *const dimse_request,
    out: *mut dimse_message,
) -> dimse_result {
    boundary!({
        // SAFETY: NULL or a struct of the caller's whose first field is set.
        let out = unsafe { Room::new("out", out) }?;
        let noun = handle::get::<RequestNoun>("request", request)?;
        let texts = noun.texts.get_or_init(|| Texts::of(noun.request()));
        let command = noun.request().command();
        out.fill(dimse_message {
            struct_size: 0,
            command: command.command_field.get().into(),
            message_id: command.message_id.into(),
            context_id: noun.request().context().id.get().into(),
            has_data_set: command.has_data_set.into(),
            reserved: 0,
            association: noun.request().association().id(),
            sop_class: texts.sop_class.view(),
            sop_instance: texts.sop_instance.view(),
            transfer_syntax: texts.transfer_syntax.view(),
            calling: texts.calling.view(),
            called: texts.called.view(),
            peer_address: texts.peer.view(),
        });
        Ok(())
    })
}

/// The instance that came with the request: where the server has a folder, all of it is there before its handler is
/// called, but not under its name yet: the answer decides about it. Success and warnings keep it, under path, or under
/// another with DIMSE_COLLISION_NUMBER; with a failure it is deleted, as where the request is freed unanswered.
///
/// Nothing on the wire. Does not block; allowed in callbacks. Set out->struct_size to sizeof(dimse_received) before;
/// the paths live as long as request, and are empty where the instance went into memory or to a sink. DIMSE_ERR_STATE
/// where no instance came with it. Since 0.1.0. PS3.7 9.1.1, PS3.4 B.2.3.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_request_received(
    request: *const dimse_request,
    out: *mut dimse_received,
) -> dimse_result {
    boundary!({
        // SAFETY: NULL or a struct of the caller's whose first field is set.
        let out = unsafe { Room::new("out", out) }?;
        let noun = handle::get::<RequestNoun>("request", request)?;
        let whole = noun.request().received().filter(|received| received.head.is_none());
        let Some(received) = whole else {
            return Err(Failure::from(Error::state("no instance came with the request")));
        };
        let texts = noun.texts.get_or_init(|| Texts::of(noun.request()));
        out.fill(dimse_received {
            struct_size: 0,
            reserved: 0,
            bytes: received.bytes,
            unfinished_path: texts.unfinished_path.view(),
            path: texts.path.view(),
        });
        Ok(())
    })
}

/// 1 where nobody waits for the answer any more: a C-CANCEL-RQ came, or the association has ended; else 0, and where
/// request is no request.
///
/// Nothing on the wire. Does not block; allowed in callbacks. Since 0.1.0. PS3.7 9.3.2.3.
#[unsafe(no_mangle)]
pub extern "C" fn dimse_request_is_cancelled(request: *const dimse_request) -> i32 {
    boundary!(or 0 => { Ok(handle::get::<RequestNoun>("request", request)?.request().is_cancelled().into()) })
}

/// Answers the request with a final status: 0 is success. comment, which may be NULL, says more about a failure, to the
/// peer's log for instance. An instance that came with it is kept after success and warnings, and deleted after a
/// failure. To one of which a header handler has the front (dimse_server_options_set_header_handler) only a failure can
/// be answered: it refuses the instance.
///
/// On the wire: the response, sent by the library, where an instance is kept once that has its name; where it does not
/// get it, the peer is told so instead. Does not block; allowed in callbacks, from any thread. The handle stays yours
/// to free. The comment is UTF-8; 64 characters of ASCII are sent at most. DIMSE_OK is no receipt: an association that
/// ends before the response has left takes it along, and dimse_request_is_cancelled is 1 then. DIMSE_ANSWERED_ALREADY,
/// which is no failure, where it was answered before, or the association had ended; DIMSE_ERR_INVALID_ARGUMENT for a
/// status of more than 16 bits or a pending one; DIMSE_ERR_STATE for success or a warning to one of which a header
/// handler has the front. Since 0.1.0. PS3.7 9.1.5.1.4, annex C.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_request_respond(
    request: *mut dimse_request,
    status: u32,
    comment: *const c_char,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        let noun = handle::get::<RequestNoun>("request", request)?;
        let status = Status(narrow("status", status)?);
        if status.category() == Category::Pending {
            return Err(refused("status", &format!("{status}; the answer to a request is final")));
        }
        // SAFETY: the caller passes NULL or a text that ends with a NUL.
        let comment = unsafe { optional_text("comment", comment) }?;
        Ok(answered(match &noun.came {
            Came::Whole(request) => request.respond(status, comment),
            Came::Front(undecided) => undecided.refuse(status, comment)?,
        }))
    })
}

/// Frees the request and every text that came from it. One that was not answered is answered as failed, with words:
/// C001 for C-STORE, C-FIND, C-GET and C-MOVE, 0110 (processing failure) for the others. An instance that came with it
/// is deleted.
///
/// On the wire: the response where it was not answered, sent by the library. Does not block; allowed in callbacks, in
/// any order, and with NULL. Since 0.1.0. PS3.7 annex C.
#[unsafe(no_mangle)]
pub extern "C" fn dimse_request_free(request: *mut dimse_request) {
    boundary!(or () => {
        drop(handle::remove::<RequestNoun>(request));
        Ok(())
    });
}

#[cfg(all(test, target_pointer_width = "64"))]
mod tests {
    use super::*;
    use crate::dimse::service::{CommandField, Service};
    use std::mem::{offset_of, size_of};

    #[test]
    fn the_message_as_c_and_c_sharp_see_it() {
        let message = [
            offset_of!(dimse_message, struct_size),
            offset_of!(dimse_message, command),
            offset_of!(dimse_message, message_id),
            offset_of!(dimse_message, context_id),
            offset_of!(dimse_message, has_data_set),
            offset_of!(dimse_message, reserved),
            offset_of!(dimse_message, association),
            offset_of!(dimse_message, sop_class),
            offset_of!(dimse_message, sop_instance),
            offset_of!(dimse_message, transfer_syntax),
            offset_of!(dimse_message, calling),
            offset_of!(dimse_message, called),
            offset_of!(dimse_message, peer_address),
            size_of::<dimse_message>(),
        ];
        assert_eq!(message, [0, 4, 8, 12, 16, 20, 24, 32, 48, 64, 80, 96, 112, 128]);
    }

    #[test]
    fn what_was_received_as_c_and_c_sharp_see_it() {
        let received = [
            offset_of!(dimse_received, struct_size),
            offset_of!(dimse_received, reserved),
            offset_of!(dimse_received, bytes),
            offset_of!(dimse_received, unfinished_path),
            offset_of!(dimse_received, path),
            size_of::<dimse_received>(),
        ];
        assert_eq!(received, [0, 4, 8, 16, 32, 48]);
    }

    #[test]
    fn commands_have_the_numbers_of_the_standard() {
        let numbers = Service::ALL.map(|service| u32::from(CommandField::Request(service).get()));
        assert_eq!(
            numbers,
            [
                DIMSE_COMMAND_C_STORE_RQ,
                DIMSE_COMMAND_C_GET_RQ,
                DIMSE_COMMAND_C_FIND_RQ,
                DIMSE_COMMAND_C_MOVE_RQ,
                DIMSE_COMMAND_C_ECHO_RQ,
                DIMSE_COMMAND_N_EVENT_REPORT_RQ,
                DIMSE_COMMAND_N_GET_RQ,
                DIMSE_COMMAND_N_SET_RQ,
                DIMSE_COMMAND_N_ACTION_RQ,
                DIMSE_COMMAND_N_CREATE_RQ,
                DIMSE_COMMAND_N_DELETE_RQ,
            ]
        );
    }
}
