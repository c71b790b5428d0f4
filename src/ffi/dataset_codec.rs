//! `dimse_dataset`: made of bytes, of a file, of JSON; and made into them.

use std::ffi::c_char;

use super::arguments::{self, uid};
use super::boundary::{Out, boundary};
use super::buffer::{BufferNoun, dimse_buffer};
use super::dataset::{DataSetNoun, bytes_of, dimse_dataset};
use super::error::{Failure, Told, dimse_error, dimse_result};
use super::handle;
use super::tag;
use crate::dataset::encoding::Encoding;
use crate::dataset::json::{from_json, to_json};
use crate::dataset::limits::Limits;
use crate::dataset::read::read;
use crate::dataset::write::write;
use crate::error::{Cause, Error, Phase};
use crate::storage::data_set::{read_file, read_front, read_meta};
use crate::wire::uids;

/// Makes a data set of its bytes without a header, in a transfer syntax: as they arrived, for instance. All uncompressed
/// syntaxes, deflated, and encapsulated, whose pixel data stay as they are.
///
/// What others write wrongly is read where there is one way to: tags out of order, zeros at the end, VRs that are
/// written or missing against the transfer syntax. Group lengths are left out, and a standard element that is written
/// as UN gets its VR of PS3.6. Refused are a tag that is there twice, and elements of the groups 0000 and 0002. In big
/// endian the order of bytes in a value of VR UN is not known: it stays as it came, and can be written in big endian
/// only.
///
/// Nothing on the wire. Does not block; allowed in callbacks. The bytes are copied; data may be NULL where length is 0.
/// *out is yours to free. maximum_bytes limits them, inflated where they are deflated; 0 is 16 MiB. There may be
/// 1,048,576 elements, items and fragments, and 64 sequences in each other. DIMSE_ERR_INVALID_ARGUMENT where
/// transfer_syntax is none of PS3.6 table A-1 that has elements, as MIME and XML have not; DIMSE_ERR_DATASET for bytes
/// that are no data set, or more than that: it names the byte, the element, and what is wrong. Since 0.1.0. PS3.5 7,
/// annex A.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_dataset_from_bytes(
    data: *const u8,
    length: usize,
    transfer_syntax: *const c_char,
    maximum_bytes: u64,
    out: *mut *mut dimse_dataset,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        // SAFETY: the caller passes NULL or what can be written to, as many bytes, and NULL or a text.
        let (out, bytes, syntax) = unsafe {
            let bytes = bytes_of("data", data, length)?;
            (Out::new("out", out)?, bytes, uid("transfer_syntax", transfer_syntax)?)
        };
        let set = read(bytes, Encoding::known(&syntax)?, limits(Limits::IDENTIFIER, maximum_bytes))?;
        out.write(DataSetNoun::give(set, Some(syntax))?);
        Ok(())
    })
}

/// Makes a data set of the DICOM file at path: of the elements in front of the tag before, 0xggggeeee, or of all with
/// 0. What is behind is not read: before 0x7FE00010 it costs no more than the header of the image, however large that
/// is. The file's own header, group 0002, is not in it (dimse_dataset_from_file_meta), but its transfer syntax is:
/// dimse_dataset_transfer_syntax. A file without a header is read where its first element is one of a data set without
/// doubt, as old archives have them. The data set is read as by dimse_dataset_from_bytes. One in a transfer syntax that
/// PS3.6 does not have is read as explicit VR little endian (PS3.5 10.1), GE's 1.2.840.113619.5.2 as implicit, and its
/// pixel data are left as they are.
///
/// Nothing on the wire. Blocks for as long as the file is read; allowed in callbacks. path is as in
/// dimse_instance_from_file. *out is yours to free. maximum_bytes limits the elements that are read, inflated where
/// they are deflated; 0 is 1 GiB. There may be 16,777,216 elements, items and fragments, and 64 sequences in each
/// other. DIMSE_ERR_IO where the system cannot read it, a folder for instance; DIMSE_ERR_DATASET where it is no DICOM
/// file, as a pipe or a device is none, not whole, or more than that. Since 0.1.0. PS3.10 7.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_dataset_from_file(
    path: *const c_char,
    before: u32,
    maximum_bytes: u64,
    out: *mut *mut dimse_dataset,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        // SAFETY: the caller passes NULL or what can be written to, and NULL or a text.
        let (out, path) = unsafe { (Out::new("out", out)?, arguments::path("path", path)?) };
        let before = (before != 0).then(|| tag::of(before));
        let (set, syntax) = read_file(&path, before, limits(Limits::FILE, maximum_bytes))?;
        out.write(DataSetNoun::give(set, Some(syntax))?);
        Ok(())
    })
}

/// Makes a data set of as much as can be read of the DICOM file at path: as dimse_dataset_from_file, but what is wrong
/// behind the file's header ends the elements and does not fail. They are those in front of the element of the data set
/// that has something wrong in it, up to the tag before; an element that is cut off is not among them, nor is a sequence
/// with something wrong in an item.
///
/// Nothing on the wire. Blocks for as long as the file is read; allowed in callbacks. path and maximum_bytes are as in
/// dimse_dataset_from_file; that there are more bytes or elements than the limits allow is something wrong too. *out is
/// yours to free, and so is *damage, which is NULL where nothing is wrong, and else says what and where. DIMSE_ERR_IO
/// where it cannot be read; DIMSE_ERR_DATASET where it is no DICOM file, or its header is damaged. Since 0.1.0.
/// PS3.10 7.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_dataset_from_damaged_file(
    path: *const c_char,
    before: u32,
    maximum_bytes: u64,
    out: *mut *mut dimse_dataset,
    damage: *mut *mut dimse_error,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        // SAFETY: the caller passes NULL or what can be written to, and NULL or a text.
        let (out, damaged, path) =
            unsafe { (Out::new("out", out)?, Out::new("damage", damage)?, arguments::path("path", path)?) };
        let before = (before != 0).then(|| tag::of(before));
        let front = read_front(&path, before, limits(Limits::FILE, maximum_bytes))?;
        let set = DataSetNoun::give(front.set, Some(front.transfer_syntax))?;
        let damage = front.damage.map(|error| handle::insert(Told::from(Failure::from(error)))).transpose();
        let damage = damage.inspect_err(|_| drop(handle::remove::<DataSetNoun>(set)))?;
        out.write(set);
        damaged.write(damage.unwrap_or(std::ptr::null_mut()));
        Ok(())
    })
}

/// Makes a data set of the File Meta Information of the DICOM file at path, group 0002: of its own header, which no
/// other function gives. Its elements are read as any other, 00020016 the AE title it came from. It is empty where the
/// file has none.
///
/// Nothing on the wire. Blocks for as long as that is read, 64 KiB at most; allowed in callbacks. path is as in
/// dimse_dataset_from_file. *out is yours to free. DIMSE_ERR_IO where it cannot be read; DIMSE_ERR_DATASET where it is
/// no DICOM file, or its header is damaged. Since 0.1.0. PS3.10 7.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_dataset_from_file_meta(
    path: *const c_char,
    out: *mut *mut dimse_dataset,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        // SAFETY: the caller passes NULL or what can be written to, and NULL or a text.
        let (out, path) = unsafe { (Out::new("out", out)?, arguments::path("path", path)?) };
        out.write(DataSetNoun::give(read_meta(&path)?, Some(uids::EXPLICIT_VR_LITTLE_ENDIAN))?);
        Ok(())
    })
}

/// The bytes of a data set in a transfer syntax: any uncompressed one, deflated, or an encapsulated one where its pixel
/// data are encapsulated already. Sequences have undefined length, and there are no group lengths.
///
/// Nothing on the wire. Does not block; allowed in callbacks. *out is yours to free. DIMSE_ERR_DATASET, which names the
/// element, for encapsulated pixel data where they must be native and the other way round, for a value that is too long
/// for any VR, in big endian for numbers that are too long for theirs and for a value that is no whole number of them,
/// and for values of VR UN in another order of bytes than they were read in. DIMSE_ERR_INVALID_ARGUMENT where
/// transfer_syntax is none of PS3.6 table A-1 that has elements, as MIME and XML have not. Since 0.1.0. PS3.5 7,
/// annex A.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_dataset_to_bytes(
    dataset: *const dimse_dataset,
    transfer_syntax: *const c_char,
    out: *mut *mut dimse_buffer,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        let noun = DataSetNoun::get("dataset", dataset)?;
        // SAFETY: the caller passes NULL or what can be written to, and NULL or a text.
        let (out, syntax) = unsafe { (Out::new("out", out)?, uid("transfer_syntax", transfer_syntax)?) };
        let bytes = write(&noun.data_set(), Encoding::known(&syntax)?)?;
        out.write(BufferNoun::give(bytes)?);
        Ok(())
    })
}

/// Makes a data set of an object of the DICOM JSON model, length bytes of UTF-8. It gets Specific Character Set
/// ISO_IR 192 where it has one, or needs it. In a DS a number gets as many digits as its 16 characters hold; in an IS
/// and a DS a string stays as it is. null alone is no value; among several values only text may be null. An AT takes a
/// keyword too, and a tag as gggg,eeee; vr may stand behind Value. Group lengths are left out.
///
/// Nothing on the wire. Does not block; allowed in callbacks. The text is copied. *out is yours to free. maximum_bytes
/// limits it; 0 is 16 MiB. There may be 1,048,576 elements, items and values, and 64 sequences in each other.
/// DIMSE_ERR_DATASET for what is no such object, or more than that, for members of an element that PS3.18 does not
/// have, a tag that is there twice, elements of the groups 0000 and 0002, a number that does not fit into its VR, an
/// InlineBinary that is no whole number of them, and for an element with a BulkDataURI: its value is elsewhere, and must
/// not get lost. Since 0.1.0. PS3.18 F.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_dataset_from_json(
    json: *const c_char,
    length: usize,
    maximum_bytes: u64,
    out: *mut *mut dimse_dataset,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        // SAFETY: the caller passes NULL or what can be written to, and as many bytes.
        let (out, text) = unsafe { (Out::new("out", out)?, bytes_of("json", json.cast(), length)?) };
        let text = std::str::from_utf8(text).map_err(|error| {
            let words = format!("the JSON text is not UTF-8: byte {} is wrong", error.valid_up_to());
            Failure::from(Error::new(Phase::Queued, Cause::DataSet(words)))
        })?;
        let set = from_json(text, limits(Limits::IDENTIFIER, maximum_bytes))?;
        out.write(DataSetNoun::give(set, None)?);
        Ok(())
    })
}

/// A data set as an object of the DICOM JSON model, in UTF-8: values of bytes as InlineBinary, DS and IS as numbers
/// with the digits that they have, where they are valid and come back as they were, and else as strings, and so UV and
/// SV beyond 2^53. Specific Character Set (0008,0005), where there is one, becomes ISO_IR 192, which JSON is in.
/// Component groups of a name beyond the third, which are against the standard, stay with the third.
///
/// Nothing on the wire. Does not block; allowed in callbacks. *out is yours to free; a NUL stands behind the text.
/// DIMSE_ERR_DATASET, which names the element, for text that cannot be read, for a value that is no whole number of its
/// VR's, for encapsulated pixel data, which JSON has no place for, and for values of VR UN that were read in big endian.
/// Since 0.1.0. PS3.18 F.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_dataset_to_json(
    dataset: *const dimse_dataset,
    out: *mut *mut dimse_buffer,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        let noun = DataSetNoun::get("dataset", dataset)?;
        // SAFETY: the caller passes NULL or what can be written to.
        let out = unsafe { Out::new("out", out) }?;
        let json = to_json(&noun.data_set())?;
        out.write(BufferNoun::give(json.into_bytes())?);
        Ok(())
    })
}

/// `default`, or with these bytes where they are not 0.
fn limits(default: Limits, bytes: u64) -> Limits {
    match usize::try_from(bytes) {
        Ok(0) => default,
        Ok(bytes) => Limits { bytes, ..default },
        Err(_) => Limits { bytes: usize::MAX, ..default },
    }
}
