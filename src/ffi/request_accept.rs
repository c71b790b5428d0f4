//! `dimse_request` of a header handler: the front of an instance, and where the whole goes.

use std::ffi::{c_char, c_void};
use std::ptr;
use std::sync::Arc;

use super::arguments::{path, refused};
use super::assoc_request::answered;
use super::boundary::{Answer, Out, boundary};
use super::dataset::{DataSetNoun, dimse_dataset};
use super::delivery::{UserData, dimse_release_cb};
use super::error::{Failure, dimse_error, dimse_result};
use super::handle;
use super::request::{RequestNoun, dimse_request};
use super::server_options::Share;
use super::sink::{CSink, Gate, SinkNoun, dimse_sink, dimse_sink_end_cb, dimse_sink_write_cb};
use super::tag;
use super::text::dimse_bytes;
use crate::dataset::data_set::DataSet;
use crate::dataset::up_to::PartEnd;
use crate::error::Error;

/// It is the whole data set: nothing comes behind it.
pub const DIMSE_HEADER_ALL: u32 = 0;
/// The tag that was asked for follows, or the first one behind it.
pub const DIMSE_HEADER_BEFORE: u32 = 1;
/// With the element that follows it would be longer than max_bytes.
pub const DIMSE_HEADER_MAX_BYTES: u32 = 2;
/// What follows cannot be understood.
pub const DIMSE_HEADER_UNREADABLE: u32 = 3;

/// The front of the data set, which the rest is not taken before: the elements in front of the tag that was given to
/// dimse_server_options_set_header_handler, each whole. One that is not in it is absent only if
/// dimse_request_header_end says that the front goes beyond its place.
///
/// Nothing on the wire. Does not block; allowed in callbacks. *out is yours to free. DIMSE_ERR_STATE where request is
/// not a header handler's; DIMSE_ERR_DATASET where it cannot be told for certain what is in front: it is malformed or
/// cut off, or not written as its transfer syntax says. The instance can be taken all the same, unchanged, or refused.
/// Since 0.1.0. PS3.5 7, annex A.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_request_header(
    request: *const dimse_request,
    out: *mut *mut dimse_dataset,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        let noun = handle::get::<RequestNoun>("request", request)?;
        // SAFETY: the caller passes NULL or what can be written to.
        let out = unsafe { Out::new("out", out) }?;
        let set = noun.undecided()?.header()?;
        out.write(DataSetNoun::give(set, Some(noun.request().context().transfer_syntax.clone()))?);
        Ok(())
    })
}

/// Why the front of the data set is no longer: *end becomes one of DIMSE_HEADER_*, and *next_tag, which may be NULL, the
/// tag of the element that follows, 0xggggeeee, or 0 where none does, and with DIMSE_HEADER_UNREADABLE where that is not
/// known. Elements in front of that one which dimse_request_header has not are absent; of others nobody knows yet.
///
/// Nothing on the wire. Does not block; allowed in callbacks. DIMSE_ERR_STATE where request is not a header handler's.
/// Since 0.1.0. PS3.5 7.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_request_header_end(
    request: *const dimse_request,
    end: *mut u32,
    next_tag: *mut u32,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        let noun = handle::get::<RequestNoun>("request", request)?;
        // SAFETY: the caller passes NULL or what can be written to.
        let (out, next) = unsafe { (Out::new("end", end)?, Out::optional(next_tag)) };
        let front_end = noun.undecided()?.front_end();
        out.write(match front_end {
            PartEnd::All => DIMSE_HEADER_ALL,
            PartEnd::Reached(_) => DIMSE_HEADER_BEFORE,
            PartEnd::TooLong(_) => DIMSE_HEADER_MAX_BYTES,
            PartEnd::Lost(..) => DIMSE_HEADER_UNREADABLE,
        });
        if let Some(next) = next {
            next.write(front_end.next().map_or(0, tag::number));
        }
        Ok(())
    })
}

/// What stands before the data set in a file of its own: preamble, prefix and File Meta Information.
///
/// Nothing on the wire. Does not block; allowed in callbacks. The bytes live as long as request. DIMSE_ERR_STATE where
/// request is not a header handler's, or its instance has no UID. Since 0.1.0. PS3.10 7.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_request_file_header(
    request: *const dimse_request,
    out: *mut dimse_bytes,
) -> dimse_result {
    boundary!({
        // SAFETY: the caller passes NULL or what can be written to.
        let out = unsafe { Out::new("out", out) }?;
        let noun = handle::get::<RequestNoun>("request", request)?;
        out.write(dimse_bytes::of(noun.file_header()?));
        Ok(())
    })
}

/// Gives user_data along with the instance, for the handler of the server (dimse_server_options_set_handler), which
/// gets another request once all of it has come: dimse_request_user_data has it there. Once for each instance: what was
/// given stays.
///
/// Nothing on the wire. Does not block; allowed in callbacks, from any thread. release, where not NULL, gives user_data
/// back exactly once: when both requests are freed, and the instance is stored, or refused, or has broken off; also
/// where this call fails. DIMSE_ERR_STATE where request is not a header handler's, where it was decided before, and
/// where something was given before, user_data NULL too. Since 0.1.0. PS3.4 B.2.3.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_request_set_user_data(
    request: *mut dimse_request,
    user_data: *mut c_void,
    release: dimse_release_cb,
    err: *mut *mut dimse_error,
) -> dimse_result {
    // Before anything can fail, so that it is given back however this ends.
    let user_data = UserData::new(user_data, release);
    boundary!(err => {
        let noun = handle::get::<RequestNoun>("request", request)?;
        let undecided = noun.undecided()?;
        let runtime = undecided.request().association().runtime();
        undecided.attach(move || Arc::new(Share::new(user_data, runtime)))?;
        Ok(())
    })
}

/// What was given along with the instance by dimse_request_set_user_data; NULL where nothing was, and where request is
/// no request.
///
/// Nothing on the wire. Does not block; allowed in callbacks. It is not released before request is freed. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn dimse_request_user_data(request: *const dimse_request) -> *mut c_void {
    boundary!(or ptr::null_mut() => {
        let attached = handle::get::<RequestNoun>("request", request)?.attached();
        let share = attached.as_ref().and_then(|attached| attached.downcast_ref::<Share<UserData>>());
        Ok(share.and_then(Share::get).map_or(ptr::null_mut(), UserData::pointer))
    })
}

/// Lets the instance go into the folder of the server, as where there is no header handler. header NULL: as it comes;
/// else these elements take the place of those of dimse_request_header; the header of the file, and its name, come from
/// the command all the same. What follows stays as it is, text in it too where these change Specific Character Set; a
/// deflated data set is inflated for that, and deflated again.
///
/// On the wire: the response, once it is stored; C000 where a deflated one with a header is no deflate stream. Does not
/// block; allowed in callbacks, from any thread. header is copied; request stays yours to free. DIMSE_ERR_DATASET where
/// header cannot be written in the transfer syntax of the instance, or has elements that belong behind those that still
/// come; where dimse_request_header fails; and where another Specific Character Set (0008,0005) is in it than came, and
/// an element below group 7FE0 follows, since text in what follows stays in the bytes that it came in. DIMSE_ERR_STATE
/// where the server has no folder, or request is not a header handler's; DIMSE_ANSWERED_ALREADY, which is no failure,
/// where it was decided before, or the association had ended. Since 0.1.0. PS3.4 B.2.3.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_request_accept(
    request: *mut dimse_request,
    header: *const dimse_dataset,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        let noun = handle::get::<RequestNoun>("request", request)?;
        let changed = changed(header)?;
        let undecided = noun.undecided()?;
        Ok(answered(undecided.into_folder(undecided.front(changed.as_ref())?)?))
    })
}

/// Lets the instance become the DICOM file at path, in a folder that is there. It has that name when all of it is
/// there, and takes the place of a file that has it; until then it is in a folder .dimse-part beside it, which stays in
/// the last eight of these folders until the server has ended. What a crash left there is removed by the next server
/// that begins to store there. dimse_server_options_set_folder_sync and
/// dimse_server_options_set_folder_free_space_floor_bytes hold for it. header is as in dimse_request_accept.
///
/// On the wire: the response, once it is stored; A700 where it cannot be. Does not block; allowed in callbacks, from
/// any thread. path is copied: on Unix any bytes but NUL, on Windows UTF-8. request stays yours to free. DIMSE_ERR_STATE
/// where request is not a header handler's; DIMSE_ANSWERED_ALREADY, which is no failure, where it was decided before, or
/// the association had ended. Since 0.1.0. PS3.4 B.2.3, PS3.10 7.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_request_accept_to_file(
    request: *mut dimse_request,
    header: *const dimse_dataset,
    path: *const c_char,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        let noun = handle::get::<RequestNoun>("request", request)?;
        // SAFETY: the caller passes NULL or a text that ends with a NUL.
        let path = unsafe { self::path("path", path) }?;
        let changed = changed(header)?;
        let undecided = noun.undecided()?;
        Ok(answered(undecided.into_file(undecided.front(changed.as_ref())?, &path)?))
    })
}

/// Lets the instance's data set be taken into memory. The handler of the server gets it once all of it is there
/// (dimse_request_data), and answers it. header is as in dimse_request_accept.
///
/// On the wire: the response of the handler; A700 where the data set is longer than max_bytes. Does not block; allowed
/// in callbacks, from any thread. request stays yours to free. DIMSE_ERR_STATE where the server has no handler, or
/// request is not a header handler's; DIMSE_ANSWERED_ALREADY, which is no failure, where it was decided before, or the
/// association had ended. Since 0.1.0. PS3.4 B.2.3.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_request_accept_to_memory(
    request: *mut dimse_request,
    header: *const dimse_dataset,
    max_bytes: u64,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        let noun = handle::get::<RequestNoun>("request", request)?;
        let limit = usize::try_from(max_bytes).unwrap_or(usize::MAX);
        let changed = changed(header)?;
        let undecided = noun.undecided()?;
        Ok(answered(undecided.into_memory(undecided.front(changed.as_ref())?, limit)?))
    })
}

/// Lets the instance's data set go to write, piece by piece as it comes, the part that has come first, and then to end.
/// Nothing more is read of the association while write is at work or holds. header is as in dimse_request_accept.
///
/// On the wire: the response, once end has returned, or the server's handler, where it has one, has answered. Does not
/// block; allowed in callbacks, from any thread. write and end run on threads of the library with no lock held; other
/// associations do not wait for them. Where the handler refuses what end has taken, nothing tells the sink. release,
/// where not NULL, gives user_data back exactly once, after end; also where this call fails: then end is not called.
/// *out, where out is not NULL, is yours to free; without it write must not hold. request stays yours to free.
/// DIMSE_ERR_INVALID_ARGUMENT where write or end is NULL; DIMSE_ERR_STATE where request is not a header handler's;
/// DIMSE_ANSWERED_ALREADY, which is no failure, where it was decided before, or the association had ended: then end is
/// called with 0. Since 0.1.0. PS3.4 B.2.3.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_request_accept_to_sink(
    request: *mut dimse_request,
    header: *const dimse_dataset,
    write: dimse_sink_write_cb,
    end: dimse_sink_end_cb,
    user_data: *mut c_void,
    release: dimse_release_cb,
    out: *mut *mut dimse_sink,
    err: *mut *mut dimse_error,
) -> dimse_result {
    // Before anything can fail, so that it is given back however this ends.
    let user_data = UserData::new(user_data, release);
    boundary!(err => {
        // SAFETY: the caller passes NULL or what can be written to.
        let out = unsafe { Out::optional(out) };
        let noun = handle::get::<RequestNoun>("request", request)?;
        let changed = changed(header)?;
        let undecided = noun.undecided()?;
        let (Some(write), Some(end)) = (write, end) else {
            return Err(refused("write or end", &"NULL; both functions are needed"));
        };
        let front = undecided.front(changed.as_ref())?;
        let gate = Gate::new(undecided.request().association());
        let handle = out.map(|out| Ok::<_, Error>((out, handle::insert(SinkNoun::new(&gate))?))).transpose()?;
        let sink = CSink::new(write, end, user_data, undecided.request().association().runtime(), gate);
        if let Some((out, handle)) = handle {
            out.write(handle);
        }
        Ok(answered(undecided.into_sink(front, Box::new(sink))))
    })
}

/// The data set of an instance that was taken into memory, all of it, in the transfer syntax of its context.
///
/// Nothing on the wire. Does not block; allowed in callbacks. The bytes live as long as request. DIMSE_ERR_STATE where
/// it was not taken into memory, or is not there whole. Since 0.1.0. PS3.7 9.1.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_request_data(
    request: *const dimse_request,
    out: *mut dimse_bytes,
) -> dimse_result {
    boundary!({
        // SAFETY: the caller passes NULL or what can be written to.
        let out = unsafe { Out::new("out", out) }?;
        let noun = handle::get::<RequestNoun>("request", request)?;
        let received = noun.request().received();
        let Some(data) = received.and_then(|received| received.data.as_ref()) else {
            return Err(Failure::from(Error::state("no data set was taken into memory for the request")));
        };
        out.write(dimse_bytes::of(data));
        Ok(())
    })
}

/// The elements that take the place of those in front.
fn changed(header: *const dimse_dataset) -> Answer<Option<DataSet>> {
    if header.is_null() {
        return Ok(None);
    }
    Ok(Some(DataSetNoun::get("header", header)?.data_set()))
}
