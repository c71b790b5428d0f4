//! `dimse_instance`: made of a data set, with its pixel data in it, from a reader, or without any.

use std::ffi::{c_char, c_void};

use super::arguments::{array, refused, uid};
use super::boundary::{Answer, Out, boundary};
use super::dataset::{DataSetNoun, dimse_dataset};
use super::delivery::{UserData, dimse_release_cb};
use super::error::{dimse_error, dimse_result};
use super::handle;
use super::instance::{CReader, InstanceNoun, dimse_instance, dimse_read_cb};
use crate::dataset::around::{OffsetTable, PixelData};
use crate::storage::instance::Instance;

/// An offset table without a value: a reader finds the frames by their order.
pub const DIMSE_OFFSET_TABLE_EMPTY: u32 = 0;
/// An offset table with the place of each frame.
pub const DIMSE_OFFSET_TABLE_REAL: u32 = 1;

/// Makes an instance of a data set, to be sent in transfer_syntax: any uncompressed one, deflated, or an encapsulated
/// one where its pixel data are encapsulated already. It may be sent any number of times, and is converted on its way
/// as a file is where the peer takes another uncompressed one only.
///
/// Nothing on the wire. Does not block; allowed in callbacks. The data set is encoded now, and that is held: changing
/// dataset, or freeing it, changes nothing here. *out is yours to free. DIMSE_ERR_DATASET, which names the element,
/// where SOP Class UID (0008,0016) or SOP Instance UID (0008,0018) is missing, and as in dimse_dataset_to_bytes. Since
/// 0.1.0. PS3.7 9.1.1, PS3.5 annex A.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_instance_from_dataset(
    dataset: *const dimse_dataset,
    transfer_syntax: *const c_char,
    out: *mut *mut dimse_instance,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        let noun = DataSetNoun::get("dataset", dataset)?;
        // SAFETY: the caller passes NULL or what can be written to, and NULL or a text.
        let (out, syntax) = unsafe { (Out::new("out", out)?, uid("transfer_syntax", transfer_syntax)?) };
        let instance = Instance::from_data_set(&noun.data_set(), &syntax)?;
        out.write(handle::insert(InstanceNoun::new(instance, None))?);
        Ok(())
    })
}

/// Makes an instance of a data set and of native pixel data that read gives when it is sent: length bytes, in the byte
/// order of transfer_syntax, which is an uncompressed one, and without padding; what makes them even is added. None of
/// them is held in memory. It can be sent once.
///
/// Pixel Data gets VR OW where Bits Allocated (0028,0100) is above 8, and else OB (PS3.5 8.2). Elements with tags behind
/// that of Pixel Data are sent behind the pixels. Where the peer takes another uncompressed transfer syntax only, all is
/// converted on its way, as a file is.
///
/// Nothing on the wire. Does not block; allowed in callbacks. The rest of the data set is encoded now, and that is held.
/// read, user_data and release are as in dimse_instance_from_reader, release also where this call fails. *out is yours
/// to free. DIMSE_ERR_DATASET, which names the element, where dataset has pixel data already or no Bits Allocated, where
/// transfer_syntax is not for native ones, and as in dimse_instance_from_dataset; DIMSE_ERR_INVALID_ARGUMENT for a
/// length above 4,294,967,294. A reader that ends early fails as in dimse_instance_from_reader. Since 0.1.0. PS3.5 8.2,
/// annex A.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_instance_from_dataset_and_pixels(
    dataset: *const dimse_dataset,
    transfer_syntax: *const c_char,
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
        let pixels = PixelData::Native(length);
        // SAFETY: the caller passes NULL or a text that ends with a NUL.
        out.write(unsafe { with_pixels(dataset, transfer_syntax, pixels, read, user_data) }?);
        Ok(())
    })
}

/// Makes an instance of a data set and of count compressed frames that read gives, one behind the other, when it is
/// sent: lengths[i] bytes of each, without padding. transfer_syntax is an encapsulated one, and says how the frames are
/// compressed; they are not looked at. Each becomes one fragment, made even. None of them is held in memory. It can be
/// sent once.
///
/// In front of the first stands the Basic Offset Table: DIMSE_OFFSET_TABLE_EMPTY, or DIMSE_OFFSET_TABLE_REAL, where
/// count is Number of Frames (0028,0008) and the last begins within the first 4 GiB. Elements with tags behind that of
/// Pixel Data are sent behind the frames.
///
/// Nothing on the wire. Does not block; allowed in callbacks. lengths are copied, and the rest of the data set is
/// encoded now, and that is held. read, user_data and release are as in dimse_instance_from_reader, release also where
/// this call fails. *out is yours to free. DIMSE_ERR_DATASET, which names the element, where dataset has pixel data
/// already, where transfer_syntax is not encapsulated, where a real offset table cannot be, and as in
/// dimse_instance_from_dataset; DIMSE_ERR_INVALID_ARGUMENT where there is no frame, or one of 0 or more than
/// 4,294,967,294 bytes. A reader that ends early fails as in dimse_instance_from_reader. Since 0.1.0. PS3.5 A.4.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_instance_from_dataset_and_frames(
    dataset: *const dimse_dataset,
    transfer_syntax: *const c_char,
    lengths: *const u64,
    count: usize,
    offset_table: u32,
    read: dimse_read_cb,
    user_data: *mut c_void,
    release: dimse_release_cb,
    out: *mut *mut dimse_instance,
    err: *mut *mut dimse_error,
) -> dimse_result {
    // Before anything can fail, so that it is given back however this ends.
    let user_data = UserData::new(user_data, release);
    boundary!(err => {
        // SAFETY: the caller passes NULL or what can be written to.
        let out = unsafe { Out::new("out", out) }?;
        // SAFETY: the caller passes as many numbers.
        let lengths = unsafe { array("lengths", lengths, count, |_, length| Ok(length)) }?;
        let table = match offset_table {
            DIMSE_OFFSET_TABLE_EMPTY => OffsetTable::Empty,
            DIMSE_OFFSET_TABLE_REAL => OffsetTable::Real,
            other => return Err(refused("offset_table", &format!("{other}; DIMSE_OFFSET_TABLE_* are allowed"))),
        };
        let pixels = PixelData::Frames(&lengths, table);
        // SAFETY: the caller passes NULL or a text that ends with a NUL.
        out.write(unsafe { with_pixels(dataset, transfer_syntax, pixels, read, user_data) }?);
        Ok(())
    })
}

/// The handle of an instance with pixels from C's reader.
///
/// # Safety
/// `transfer_syntax` is NULL or a text that ends with a NUL.
unsafe fn with_pixels(
    dataset: *const dimse_dataset,
    transfer_syntax: *const c_char,
    pixels: PixelData,
    read: dimse_read_cb,
    user_data: UserData,
) -> Answer<*mut dimse_instance> {
    let noun = DataSetNoun::get("dataset", dataset)?;
    // SAFETY: as this function's.
    let syntax = unsafe { uid("transfer_syntax", transfer_syntax) }?;
    let (reader, place) = CReader::new(read, user_data)?;
    let set = noun.data_set();
    let instance = Instance::from_data_set_and_pixels(&set, &syntax, pixels, Box::new(reader))?;
    Ok(handle::insert(InstanceNoun::new(instance, Some(place)))?)
}
