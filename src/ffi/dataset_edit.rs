//! `dimse_dataset`: changing what is in it.
//!
//! What holds for every setter stands above dimse_dataset_set_string.

use std::ffi::c_char;

use super::arguments::to_usize;
use super::boundary::{Out, boundary};
use super::dataset::{DataSetNoun, at, bytes_of, dimse_dataset, path};
use super::error::{DIMSE_ABSENT, DIMSE_OK, Failure, dimse_error, dimse_result};
use super::text::{optional_text, text};
use crate::dataset::data_set::DataSet;
use crate::dataset::vr::VR;
use crate::error::Error;

/// Sets a value of an element to a text in UTF-8, the one at index, or all with DIMSE_ALL_VALUES; the one behind the
/// last is added. All values may be several with a backslash between each two, unless the VR is ST, LT, UT or UR. Of
/// numbers the text is decimal, of an AT a tag or a keyword. One by one, all that is there is written again for each
/// value: many are set at once, with DIMSE_ALL_VALUES or dimse_dataset_set_floats.
///
/// Text is checked as PS3.5 table 6.2-1 has it: the form of AS, DA, DS, DT, IS, TM, UI and UR, the characters of CS,
/// and how long AE, CS, LO, LT, SH, ST and each component group of a PN may be; UC and UT are text without an end. A
/// query is a data set too, so "*" and "?" are values of a CS as of all text, ranges of DA, DT and TM, and two
/// quotation marks of every VR that is text. Of a UID, zeros in front of a component are not looked for, nor of a date
/// the days of its month. dimse_dataset_set_bytes checks none of this.
///
/// The element gets the VR that it has, or that PS3.6 says (dimse_dataset); a private one gets it from
/// dimse_dataset_set_empty, and has no text before. What is on the way and not there yet is made: sequences, the item
/// behind the last, the block of a private creator. Setting Specific Character Set (0008,0005) keeps all text, in the
/// new one; its values must go together, so set them at once.
///
/// Nothing on the wire. Does not block; allowed in callbacks. text is copied; text and bytes read from dataset before
/// end here. Nothing is changed where it fails: DIMSE_ERR_INVALID_ARGUMENT for a path that is none or leads nowhere, a
/// text that is no value of the VR, and characters that the character set does not have, which names them;
/// DIMSE_ERR_DATASET for text that cannot be kept in another character set. Since 0.1.0. PS3.5 6.2.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_dataset_set_string(
    dataset: *mut dimse_dataset,
    path: *const c_char,
    index: u32,
    text: *const c_char,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        let noun = DataSetNoun::get("dataset", dataset)?;
        // SAFETY: the caller passes NULL or texts that end with a NUL.
        let (path, text) = unsafe { (self::path("path", path)?, self::text("text", text)?) };
        Ok(noun.change(|set| set.set_string(&path, at(index), text))?)
    })
}

/// Sets a value of an element to an integer: of VR US, SS, UL, SL, UV, SV, IS, DS, FL, FD, and AT, 0xggggeeee. index,
/// VR, what is made on the way, and what many one by one cost are as in dimse_dataset_set_string.
///
/// Nothing on the wire. Does not block; allowed in callbacks. Nothing is changed where it fails:
/// DIMSE_ERR_INVALID_ARGUMENT for a path that is none or leads nowhere, another VR, and a value that does not fit into
/// it, as one that an FL or FD can only be near. Since 0.1.0. PS3.5 6.2.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_dataset_set_int(
    dataset: *mut dimse_dataset,
    path: *const c_char,
    index: u32,
    value: i64,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        let noun = DataSetNoun::get("dataset", dataset)?;
        // SAFETY: the caller passes NULL or a text that ends with a NUL.
        let path = unsafe { self::path("path", path) }?;
        Ok(noun.change(|set| set.set_integer(&path, at(index), value.into()))?)
    })
}

/// Sets a value of an element to an integer from 0 on, as dimse_dataset_set_int does: a UV may be one that only fits
/// here.
///
/// Nothing on the wire. Does not block; allowed in callbacks. Nothing is changed where it fails:
/// DIMSE_ERR_INVALID_ARGUMENT for a path that is none or leads nowhere, another VR, and a value that does not fit into
/// it. Since 0.1.0. PS3.5 6.2.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_dataset_set_uint(
    dataset: *mut dimse_dataset,
    path: *const c_char,
    index: u32,
    value: u64,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        let noun = DataSetNoun::get("dataset", dataset)?;
        // SAFETY: the caller passes NULL or a text that ends with a NUL.
        let path = unsafe { self::path("path", path) }?;
        Ok(noun.change(|set| set.set_integer(&path, at(index), value.into()))?)
    })
}

/// Sets a value of an element to a floating point number: of VR FL, FD, and DS, which gets as many digits as its 16
/// characters hold. index, VR, what is made on the way, and what many one by one cost are as in
/// dimse_dataset_set_string.
///
/// Nothing on the wire. Does not block; allowed in callbacks. Nothing is changed where it fails:
/// DIMSE_ERR_INVALID_ARGUMENT for a path that is none or leads nowhere, another VR, infinity and not-a-number in a DS,
/// and a number that is too large for an FL. Since 0.1.0. PS3.5 6.2.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_dataset_set_float(
    dataset: *mut dimse_dataset,
    path: *const c_char,
    index: u32,
    value: f64,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        let noun = DataSetNoun::get("dataset", dataset)?;
        // SAFETY: the caller passes NULL or a text that ends with a NUL.
        let path = unsafe { self::path("path", path) }?;
        Ok(noun.change(|set| set.set_float(&path, at(index), value))?)
    })
}

/// Sets all values of an element to floating point numbers, as dimse_dataset_set_float does: count of them, or with 0
/// to no value. The way to set many, as the points of a contour.
///
/// Nothing on the wire. Does not block; allowed in callbacks. The numbers are copied; values may be NULL where count is
/// 0. Nothing is changed where it fails: DIMSE_ERR_INVALID_ARGUMENT for a path that is none or leads nowhere, another
/// VR, infinity and not-a-number in a DS, and a number that is too large for an FL. Since 0.1.0. PS3.5 6.2.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_dataset_set_floats(
    dataset: *mut dimse_dataset,
    path: *const c_char,
    values: *const f64,
    count: u32,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        let noun = DataSetNoun::get("dataset", dataset)?;
        // SAFETY: the caller passes NULL or a text that ends with a NUL.
        let path = unsafe { self::path("path", path) }?;
        if values.is_null() && count > 0 {
            let words = format!("values is NULL, but count is {count}");
            return Err(Failure::from(Error::invalid_argument(words)));
        }
        // SAFETY: the caller has as many as count says; unaligned, since C may hand in any address.
        let values: Vec<f64> = (0..to_usize(count)).map(|at| unsafe { values.add(at).read_unaligned() }).collect();
        Ok(noun.change(|set| set.set_floats(&path, &values))?)
    })
}

/// Sets all of an element to these bytes, as they are: numbers in little endian, text in the character set of the data
/// set; an odd length is padded. VR and what is made on the way are as in dimse_dataset_set_string. Setting Specific
/// Character Set (0008,0005) so says how the text that is there is to be understood, and leaves its bytes as they are.
///
/// Nothing on the wire. Does not block; allowed in callbacks. The bytes are copied; data may be NULL where length is 0.
/// Nothing is changed where it fails: DIMSE_ERR_INVALID_ARGUMENT for a path that is none or leads nowhere, a sequence,
/// and a length that is no whole number of values. Since 0.1.0. PS3.5 6.2.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_dataset_set_bytes(
    dataset: *mut dimse_dataset,
    path: *const c_char,
    data: *const u8,
    length: usize,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        let noun = DataSetNoun::get("dataset", dataset)?;
        // SAFETY: the caller passes NULL or a text that ends with a NUL, and as many bytes.
        let (path, bytes) = unsafe { (self::path("path", path)?, bytes_of("data", data, length)?) };
        Ok(noun.change(|set| set.set_bytes(&path, bytes))?)
    })
}

/// Sets an element to no value, as a query has that wants it back, or to no item; of VR vr, two letters, or with NULL
/// of the one that it has or that PS3.6 says. This is how a private element gets its VR, and how one gets the VR of
/// which PS3.6 leaves the choice: "OB" for PixelData. What is made on the way is as in dimse_dataset_set_string.
///
/// Nothing on the wire. Does not block; allowed in callbacks. Nothing is changed where it fails:
/// DIMSE_ERR_INVALID_ARGUMENT for a path that is none or leads nowhere, a VR that does not exist or is not one of PS3.6
/// or UN, and more than 64 sequences in each other; DIMSE_ERR_DATASET for text that cannot be kept without Specific
/// Character Set (0008,0005). Since 0.1.0. PS3.5 6.2, PS3.4 C.2.2.2.3.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_dataset_set_empty(
    dataset: *mut dimse_dataset,
    path: *const c_char,
    vr: *const c_char,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        let noun = DataSetNoun::get("dataset", dataset)?;
        // SAFETY: the caller passes NULL or texts that end with a NUL.
        let (path, vr) = unsafe { (self::path("path", path)?, optional_text("vr", vr)?) };
        let vr = vr.map(known_vr).transpose()?;
        Ok(noun.change(|set| set.set_empty(&path, vr))?)
    })
}

/// Adds an item behind the last of a sequence, which is made where it is not there; item is copied, NULL is an empty
/// one. Its text comes into the character set of dataset; where that does not have all of its characters, the item keeps
/// its own. *index, which may be NULL, is its number. An empty element of VR UN becomes a sequence, unless PS3.6 says
/// something else.
///
/// Nothing on the wire. Does not block; allowed in callbacks. Nothing is changed where it fails:
/// DIMSE_ERR_INVALID_ARGUMENT for a path that is none or leads nowhere, an element that is no sequence, and more than 64
/// sequences in each other. Since 0.1.0. PS3.5 7.5.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_dataset_append_item(
    dataset: *mut dimse_dataset,
    path: *const c_char,
    item: *const dimse_dataset,
    index: *mut u32,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        let noun = DataSetNoun::get("dataset", dataset)?;
        let item =
            if item.is_null() { DataSet::empty() } else { DataSetNoun::get("item", item)?.data_set() };
        // SAFETY: the caller passes NULL or a text that ends with a NUL, and NULL or what can be written to.
        let (path, out) = unsafe { (self::path("path", path)?, Out::optional(index)) };
        let index = noun.change(|set| set.append_item(&path, &item))?;
        if let Some(out) = out {
            out.write(u32::try_from(index).unwrap_or(u32::MAX));
        }
        Ok(())
    })
}

/// Takes an element away, or an item, ScheduledProcedureStepSequence[0]: those behind it move up, so many are taken
/// away from the last on. Elements that cannot be made, and that others have made, can be taken away. Taking Specific
/// Character Set (0008,0005) away keeps all text, in the character set around it, or ASCII.
///
/// Nothing on the wire. Does not block; allowed in callbacks. DIMSE_ABSENT where it was not there.
/// DIMSE_ERR_INVALID_ARGUMENT for a path that is none; DIMSE_ERR_DATASET for text that cannot be kept. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_dataset_remove(
    dataset: *mut dimse_dataset,
    path: *const c_char,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        let noun = DataSetNoun::get("dataset", dataset)?;
        // SAFETY: the caller passes NULL or a text that ends with a NUL.
        let path = unsafe { self::path("path", path) }?;
        let was_there = noun.remove(&path)?;
        Ok(if was_there { DIMSE_OK } else { DIMSE_ABSENT })
    })
}

fn known_vr(letters: &str) -> Result<VR, Failure> {
    let vr = letters.as_bytes().try_into().ok().and_then(VR::from_letters);
    vr.ok_or_else(|| Failure::from(Error::invalid_argument(format!("vr: {letters:?} is no VR (PS3.5 6.2)"))))
}
