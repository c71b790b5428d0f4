//! `dimse_dataset`: what is in it. dataset_edit changes it, dataset_codec makes it of bytes and bytes of it.

use std::collections::BTreeMap;
use std::ffi::c_char;
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};

use super::arguments::to_usize;
use super::boundary::{Answer, Out, boundary};
use super::error::{DIMSE_ABSENT, DIMSE_OK, Failure, dimse_error, dimse_result};
use super::flat::{Flat, Room};
use super::handle::{self, Noun};
use super::status::lasting;
use super::tag;
use super::text::{self, Text, dimse_bytes, dimse_str};
use crate::dataset::data_set::DataSet;
use crate::dataset::element::Element;
use crate::dataset::path::Path;
use crate::dataset::value::At;
use crate::error::{Cause, Error, Phase, Result};
use crate::runtime::lock::lock;
use crate::types::{Tag, Uid};

/// A data set, or an item of a sequence: a query, a match, an identifier, what is in a file. Any number of threads may
/// read it at once. While it is being changed, by its owner alone, nobody else may use it: what was read ends there.
///
/// An element is named by a path: its keyword or its tag, PatientName, 00100010, (0010,0010) or 0010,0010; in an item,
/// counted from 0, RequestAttributesSequence[0].ScheduledProcedureStepID; a private one by its creator,
/// (0009,"ACME 1.1",10) is element 10 of the block that ACME 1.1 has reserved in group 0009 (PS3.5 7.8.1).
///
/// What is made gets its VR from PS3.6. Where that leaves a choice (dimse_tag_vr), it is OW of OB or OW and of US or
/// OW: so new PixelData take whole words of 2 bytes until dimse_dataset_set_empty has made them "OB". US or SS is SS
/// where Pixel Representation (0028,0103), there or around, says that pixels have a sign, and else US.
pub struct dimse_dataset {
    _private: [u8; 0],
}

/// The number of a value: all of them. As text with a backslash between each two.
pub const DIMSE_ALL_VALUES: u32 = 0xFFFF_FFFF;

/// An element of a data set.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct dimse_element {
    /// Set it to sizeof(dimse_element).
    pub struct_size: u32,
    /// 0xggggeeee.
    pub tag: u32,
    /// Two letters and a NUL; static.
    pub vr: *const c_char,
    /// Bytes of its value; 0 of a sequence and of encapsulated pixel data.
    pub length: u64,
    /// Items, of a sequence.
    pub items: u32,
    /// Fragments, of encapsulated pixel data; the first is the basic offset table.
    pub fragments: u32,
}

// SAFETY: plain data that begins with struct_size.
unsafe impl Flat for dimse_element {
    const NAME: &'static str = "dimse_element";
}

/// What a `dimse_dataset` handle stands for.
#[derive(Debug)]
pub struct DataSetNoun {
    content: RwLock<Content>,
    /// What it was read in.
    transfer_syntax: Option<Uid>,
    transfer_syntax_text: Text,
}

#[derive(Debug)]
struct Content {
    set: DataSet,
    /// Text that C points to, until something is changed.
    texts: Mutex<BTreeMap<(String, u32), Text>>,
}

impl Noun for DataSetNoun {
    type Handle = dimse_dataset;
    const TYPE: usize = 15;
    const NAME: &'static str = "dimse_dataset";
}

impl DataSetNoun {
    /// A handle of `set`, which was read in this transfer syntax.
    pub fn give(set: DataSet, transfer_syntax: Option<Uid>) -> Answer<*mut dimse_dataset> {
        let transfer_syntax_text = Text::new(transfer_syntax.as_ref().map_or("", Uid::as_str));
        let content = RwLock::new(Content { set, texts: Mutex::default() });
        Ok(handle::insert(Self { content, transfer_syntax, transfer_syntax_text })?)
    }

    /// The noun of the handle in the argument `name`.
    pub fn get(name: &str, handle: *const dimse_dataset) -> Answer<Arc<Self>> {
        handle::get(name, handle)
    }

    /// The data set as it is now.
    pub fn data_set(&self) -> DataSet {
        self.read().set.clone()
    }

    /// Changes the data set.
    pub fn change<T>(&self, change: impl FnOnce(&mut DataSet) -> Result<T>) -> Result<T> {
        let mut content = self.content.write().unwrap_or_else(PoisonError::into_inner);
        let done = change(&mut content.set)?;
        lock(&content.texts).clear();
        Ok(done)
    }

    /// Takes what is at `path` away; told whether it was there. Where it was not, text that C has stays.
    pub fn remove(&self, path: &Path) -> Result<bool> {
        let mut content = self.content.write().unwrap_or_else(PoisonError::into_inner);
        let was_there = content.set.remove(path)?;
        if was_there {
            lock(&content.texts).clear();
        }
        Ok(was_there)
    }

    fn read(&self) -> RwLockReadGuard<'_, Content> {
        self.content.read().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Makes a data set that has Specific Character Set (0008,0005) ISO_IR 192, UTF-8, so that every text can be put in, and
/// nothing else.
///
/// Nothing on the wire. Does not block; allowed in callbacks. *out is yours to free. Since 0.1.0. PS3.5 7.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_dataset_new(
    out: *mut *mut dimse_dataset,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        // SAFETY: the caller passes NULL or what can be written to.
        let out = unsafe { Out::new("out", out) }?;
        out.write(DataSetNoun::give(DataSet::new(), None)?);
        Ok(())
    })
}

/// Makes a copy of a data set, which may then be changed and lives by itself. It costs next to nothing, however large
/// the data set is: both share what neither has changed. So this is also how to keep one that belongs to somebody else.
///
/// Nothing on the wire. Does not block; allowed in callbacks. *out is yours to free. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_dataset_copy(
    dataset: *const dimse_dataset,
    out: *mut *mut dimse_dataset,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        let noun = DataSetNoun::get("dataset", dataset)?;
        // SAFETY: the caller passes NULL or what can be written to.
        let out = unsafe { Out::new("out", out) }?;
        out.write(DataSetNoun::give(noun.data_set(), noun.transfer_syntax.clone())?);
        Ok(())
    })
}

/// Frees a data set, and the text and bytes that came from it.
///
/// Nothing on the wire. Does not block; allowed in callbacks, in any order, and with NULL. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn dimse_dataset_free(dataset: *mut dimse_dataset) {
    boundary!(or () => {
        drop(handle::remove::<DataSetNoun>(dataset));
        Ok(())
    });
}

/// How many values an element has, or items, where it is a sequence, or fragments, where it is encapsulated pixel data.
/// 0 where it is there and empty. All bytes of an OB, OD, OF, OL, OV, OW or UN are one value, and so is all text of an
/// LT, ST, UR or UT.
///
/// Nothing on the wire. Does not block; allowed in callbacks. DIMSE_ABSENT where the element is not there.
/// DIMSE_ERR_INVALID_ARGUMENT for a path that is none; DIMSE_ERR_DATASET where the value is no whole number of values of
/// its VR, or no text. Since 0.1.0. PS3.5 6.4.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_dataset_count(
    dataset: *const dimse_dataset,
    path: *const c_char,
    count: *mut u32,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        let noun = DataSetNoun::get("dataset", dataset)?;
        // SAFETY: the caller passes NULL or a text that ends with a NUL, and NULL or what can be written to.
        let (path, out) = unsafe { (self::path("path", path)?, Out::new("count", count)?) };
        let count = noun.read().set.count(&path)?;
        Ok(told(out, count.map(|count| u32::try_from(count).unwrap_or(u32::MAX))))
    })
}

/// A value as UTF-8 text without its padding, the one at index, or all with DIMSE_ALL_VALUES. Numbers are decimal, tags
/// (gggg,eeee); names, dates and times are as they stand there, but for a NUL inside, which becomes U+FFFD. An element
/// without a value has none at 0 either. One by one, text and DS are gone through for each value: many are read at once
/// with DIMSE_ALL_VALUES, or with dimse_dataset_floats.
///
/// Nothing on the wire. Does not block; allowed in callbacks. *value lives until dataset is changed or freed.
/// DIMSE_ABSENT where the element, an item on the way, or the value is not there. DIMSE_ERR_INVALID_ARGUMENT for a path
/// that is none, and where the VR is one of bytes or a sequence; DIMSE_ERR_DATASET where the value is no text in the
/// character set that Specific Character Set says: its bytes can be read. Since 0.1.0. PS3.5 6.2.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_dataset_string(
    dataset: *const dimse_dataset,
    path: *const c_char,
    index: u32,
    value: *mut dimse_str,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        let noun = DataSetNoun::get("dataset", dataset)?;
        // SAFETY: the caller passes NULL or a text that ends with a NUL, and NULL or what can be written to.
        let (path, out) = unsafe { (self::path("path", path)?, Out::new("value", value)?) };
        let content = noun.read();
        // The same as long as nothing is changed: so reading it again costs nothing.
        let key = (path.to_string(), index);
        let known = lock(&content.texts).get(&key).map(Text::view);
        if let Some(text) = known {
            out.write(text);
            return Ok(DIMSE_OK);
        }
        let Some(value) = content.set.string(&path, at(index))? else { return Ok(DIMSE_ABSENT) };
        let mut texts = lock(&content.texts);
        out.write(texts.entry(key).or_insert_with(|| Text::new(&value)).view());
        Ok(DIMSE_OK)
    })
}

/// The value at index as an integer, where it is one: of VR US, SS, UL, SL, UV, SV, IS, of a DS without a fraction, and
/// of an AT, 0xggggeeee. One by one, an IS or DS is gone through for each value. A LUT descriptor has one VR for its
/// three values, but the first and the third never have a sign (PS3.3 C.11.1.1): where they are negative in an SS, add
/// 65536.
///
/// Nothing on the wire. Does not block; allowed in callbacks. DIMSE_ABSENT where the element, an item on the way, or the
/// value is not there. DIMSE_ERR_INVALID_ARGUMENT for a path that is none and for another VR; DIMSE_ERR_DATASET where
/// the value is no integer, or beyond 64 bits (a UV: dimse_dataset_uint). Since 0.1.0. PS3.5 6.2.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_dataset_int(
    dataset: *const dimse_dataset,
    path: *const c_char,
    index: u32,
    value: *mut i64,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        let noun = DataSetNoun::get("dataset", dataset)?;
        // SAFETY: the caller passes NULL or a text that ends with a NUL, and NULL or what can be written to.
        let (path, out) = unsafe { (self::path("path", path)?, Out::new("value", value)?) };
        let value = noun.read().set.integer(&path, to_usize(index))?;
        Ok(told(out, value.map(|value| fitting(&path, value)).transpose()?))
    })
}

/// The value at index as an integer from 0 on, as dimse_dataset_int reads it.
///
/// Nothing on the wire. Does not block; allowed in callbacks. DIMSE_ABSENT where the element, an item on the way, or the
/// value is not there. DIMSE_ERR_INVALID_ARGUMENT for a path that is none and for another VR; DIMSE_ERR_DATASET where
/// the value is no integer, or below 0. Since 0.1.0. PS3.5 6.2.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_dataset_uint(
    dataset: *const dimse_dataset,
    path: *const c_char,
    index: u32,
    value: *mut u64,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        let noun = DataSetNoun::get("dataset", dataset)?;
        // SAFETY: the caller passes NULL or a text that ends with a NUL, and NULL or what can be written to.
        let (path, out) = unsafe { (self::path("path", path)?, Out::new("value", value)?) };
        let value = noun.read().set.integer(&path, to_usize(index))?;
        Ok(told(out, value.map(|value| fitting(&path, value)).transpose()?))
    })
}

/// The value at index as a floating point number, the nearest to it: of VR FL, FD, DS, IS, US, SS, UL, SL, UV and SV.
///
/// Nothing on the wire. Does not block; allowed in callbacks. DIMSE_ABSENT where the element, an item on the way, or the
/// value is not there. DIMSE_ERR_INVALID_ARGUMENT for a path that is none and for another VR; DIMSE_ERR_DATASET where
/// the value is no number. Since 0.1.0. PS3.5 6.2.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_dataset_float(
    dataset: *const dimse_dataset,
    path: *const c_char,
    index: u32,
    value: *mut f64,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        let noun = DataSetNoun::get("dataset", dataset)?;
        // SAFETY: the caller passes NULL or a text that ends with a NUL, and NULL or what can be written to.
        let (path, out) = unsafe { (self::path("path", path)?, Out::new("value", value)?) };
        let value = noun.read().set.float(&path, to_usize(index))?;
        Ok(told(out, value))
    })
}

/// All values of an element as floating point numbers, as dimse_dataset_float reads them: the first capacity of them go
/// to values, which may be NULL where capacity is 0, and *count is how many there are. The way to read many, as the
/// points of a contour: one by one, a DS is gone through for each.
///
/// Nothing on the wire. Does not block; allowed in callbacks. DIMSE_ABSENT where the element, or an item on the way, is
/// not there. DIMSE_ERR_INVALID_ARGUMENT for a path that is none and for another VR; DIMSE_ERR_DATASET where a value is
/// no number. Since 0.1.0. PS3.5 6.2.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_dataset_floats(
    dataset: *const dimse_dataset,
    path: *const c_char,
    values: *mut f64,
    capacity: u32,
    count: *mut u32,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        let noun = DataSetNoun::get("dataset", dataset)?;
        // SAFETY: the caller passes NULL or a text that ends with a NUL, and NULL or what can be written to.
        let (path, out) = unsafe { (self::path("path", path)?, Out::new("count", count)?) };
        if values.is_null() && capacity > 0 {
            let words = format!("values is NULL, but capacity is {capacity}");
            return Err(Failure::from(Error::invalid_argument(words)));
        }
        let Some(floats) = noun.read().set.floats(&path)? else { return Ok(DIMSE_ABSENT) };
        for (at, value) in floats.iter().take(to_usize(capacity)).enumerate() {
            // SAFETY: the caller has room for as many as capacity says; unaligned, since C may hand in any address.
            unsafe { values.add(at).write_unaligned(*value) };
        }
        out.write(u32::try_from(floats.len()).unwrap_or(u32::MAX));
        Ok(DIMSE_OK)
    })
}

/// All bytes of an element, padding included: numbers in little endian whatever they were read in, but a value of VR UN
/// that was read in big endian as it came; text in the character set of the data set.
///
/// Nothing on the wire. Does not block; allowed in callbacks. *value lives until dataset is changed or freed.
/// DIMSE_ABSENT where the element, or an item on the way, is not there. DIMSE_ERR_INVALID_ARGUMENT for a path that is
/// none, for a sequence and for encapsulated pixel data. Since 0.1.0. PS3.5 7.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_dataset_bytes(
    dataset: *const dimse_dataset,
    path: *const c_char,
    value: *mut dimse_bytes,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        let noun = DataSetNoun::get("dataset", dataset)?;
        // SAFETY: the caller passes NULL or a text that ends with a NUL, and NULL or what can be written to.
        let (path, out) = unsafe { (self::path("path", path)?, Out::new("value", value)?) };
        // The data set holds them too.
        let bytes = noun.read().set.bytes(&path)?;
        Ok(told(out, bytes.map(|bytes| dimse_bytes { data: bytes.as_ptr(), len: bytes.len() })))
    })
}

/// A fragment of encapsulated pixel data, counted from 0, which is the basic offset table.
///
/// Nothing on the wire. Does not block; allowed in callbacks. *value lives until dataset is changed or freed.
/// DIMSE_ABSENT where the element, an item on the way, or the fragment is not there. DIMSE_ERR_INVALID_ARGUMENT for a
/// path that is none, and for any other element. Since 0.1.0. PS3.5 A.4.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_dataset_fragment(
    dataset: *const dimse_dataset,
    path: *const c_char,
    index: u32,
    value: *mut dimse_bytes,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        let noun = DataSetNoun::get("dataset", dataset)?;
        // SAFETY: the caller passes NULL or a text that ends with a NUL, and NULL or what can be written to.
        let (path, out) = unsafe { (self::path("path", path)?, Out::new("value", value)?) };
        let bytes = noun.read().set.fragment(&path, to_usize(index))?;
        Ok(told(out, bytes.map(|bytes| dimse_bytes { data: bytes.as_ptr(), len: bytes.len() })))
    })
}

/// A copy of an item, ScheduledProcedureStepSequence[0], as a data set that stands alone: where the item has no
/// Specific Character Set of its own, it gets the one that it was under, and nothing else: no Pixel Representation
/// (0028,0103). Changing it does not change dataset.
///
/// Nothing on the wire. Does not block; allowed in callbacks. *out is yours to free. DIMSE_ABSENT where there is no such
/// item. DIMSE_ERR_INVALID_ARGUMENT for a path that is none, or that names an element. Since 0.1.0. PS3.5 7.5.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_dataset_item(
    dataset: *const dimse_dataset,
    path: *const c_char,
    out: *mut *mut dimse_dataset,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        let noun = DataSetNoun::get("dataset", dataset)?;
        // SAFETY: the caller passes NULL or a text that ends with a NUL, and NULL or what can be written to.
        let (path, out) = unsafe { (self::path("path", path)?, Out::new("out", out)?) };
        let item = noun.read().set.item(&path)?;
        Ok(told(out, item.map(|item| DataSetNoun::give(item, None)).transpose()?))
    })
}

/// What is known of an element: its tag, its VR, and how much there is of it. Set element->struct_size first.
///
/// Nothing on the wire. Does not block; allowed in callbacks. DIMSE_ABSENT where the element, or an item on the way, is
/// not there. DIMSE_ERR_INVALID_ARGUMENT for a path that is none. Since 0.1.0. PS3.5 7.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_dataset_element(
    dataset: *const dimse_dataset,
    path: *const c_char,
    element: *mut dimse_element,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        let noun = DataSetNoun::get("dataset", dataset)?;
        // SAFETY: the caller passes NULL or a text that ends with a NUL, and NULL or a struct whose size it has set.
        let (path, room) = unsafe { (self::path("path", path)?, Room::new("element", element)?) };
        let content = noun.read();
        let Some((tag, element)) = content.set.element(&path)? else { return Ok(DIMSE_ABSENT) };
        room.fill(facts(tag, element));
        Ok(DIMSE_OK)
    })
}

/// The element behind the one with this tag, 0xggggeeee; the first with 0. So, from tag to tag, dataset is gone through
/// in the order of its elements; an item is a data set too (dimse_dataset_item). Set element->struct_size first.
///
/// Nothing on the wire. Does not block; allowed in callbacks. DIMSE_ABSENT where there is none behind it. Since 0.1.0.
/// PS3.5 7.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_dataset_next(
    dataset: *const dimse_dataset,
    tag: u32,
    element: *mut dimse_element,
    err: *mut *mut dimse_error,
) -> dimse_result {
    boundary!(err => {
        let noun = DataSetNoun::get("dataset", dataset)?;
        // SAFETY: the caller passes NULL or a struct whose size it has set.
        let room = unsafe { Room::new("element", element) }?;
        let content = noun.read();
        let Some((tag, element)) = content.set.next_after(self::tag::of(tag)) else { return Ok(DIMSE_ABSENT) };
        room.fill(facts(tag, element));
        Ok(DIMSE_OK)
    })
}

/// The UID of the transfer syntax in which a data set was read, from bytes or a file; of a copy of one too.
///
/// Nothing on the wire. Does not block; allowed in callbacks. The text lives as long as dataset; it is empty where it
/// was made otherwise. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn dimse_dataset_transfer_syntax(dataset: *const dimse_dataset) -> dimse_str {
    boundary!(or dimse_str::EMPTY => { Ok(DataSetNoun::get("dataset", dataset)?.transfer_syntax_text.view()) })
}

/// The path of the argument `name`.
///
/// # Safety
/// As [`text::text`].
pub unsafe fn path(name: &str, pointer: *const c_char) -> Answer<Path> {
    // SAFETY: as this function's.
    Ok(unsafe { text::text(name, pointer) }?.parse::<Path>()?)
}

/// The bytes of the argument `name`, of which `length` says how many there are.
///
/// # Safety
/// `data` is NULL or points to that many bytes that nobody changes before the call of the export returns.
pub unsafe fn bytes_of<'a>(name: &str, data: *const u8, length: usize) -> Answer<&'a [u8]> {
    if data.is_null() && length > 0 {
        let words = format!("{name} is NULL, but length is {length}");
        return Err(Failure::from(Error::invalid_argument(words)));
    }
    // SAFETY: as this function's.
    unsafe { text::bytes(name, dimse_bytes { data, len: length }) }
}

/// Which values C means.
pub fn at(index: u32) -> At {
    if index == DIMSE_ALL_VALUES { At::All } else { At::Value(to_usize(index)) }
}

fn told<T>(out: Out<T>, value: Option<T>) -> dimse_result {
    value.map_or(DIMSE_ABSENT, |value| {
        out.write(value);
        DIMSE_OK
    })
}

fn fitting<T: TryFrom<i128>>(path: &Path, value: i128) -> Answer<T> {
    T::try_from(value).map_err(|_| {
        let words = format!("{path}: {value} is beyond what was asked for");
        Failure::from(Error::new(Phase::Queued, Cause::DataSet(words)))
    })
}

fn facts(tag: Tag, element: &Element) -> dimse_element {
    let count = |count: Option<usize>| u32::try_from(count.unwrap_or_default()).unwrap_or(u32::MAX);
    let length = element.as_bytes().map_or(0, |bytes| bytes.len());
    dimse_element {
        struct_size: dimse_element::SIZE,
        tag: self::tag::number(tag),
        vr: lasting(element.vr().as_str()),
        length: u64::try_from(length).unwrap_or(u64::MAX),
        items: count(element.items().map(<[_]>::len)),
        fragments: count(element.fragments().map(<[_]>::len)),
    }
}

#[cfg(all(test, target_pointer_width = "64"))]
mod tests {
    use super::*;
    use std::mem::{offset_of, size_of};

    #[test]
    fn structs_as_c_and_c_sharp_see_them() {
        let element = [
            offset_of!(dimse_element, struct_size),
            offset_of!(dimse_element, tag),
            offset_of!(dimse_element, vr),
            offset_of!(dimse_element, length),
            offset_of!(dimse_element, items),
            offset_of!(dimse_element, fragments),
            size_of::<dimse_element>(),
        ];
        assert_eq!(element, [0, 4, 8, 16, 24, 28, 32]);
    }
}
