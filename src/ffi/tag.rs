//! The data dictionary: keywords, names and VRs of elements.

use std::collections::BTreeMap;
use std::ffi::{CString, c_char};
use std::sync::Mutex;

use super::boundary::boundary;
use super::status::lasting;
use super::text::optional_text;
use crate::dataset::dictionary::{self, Entry};
use crate::runtime::lock::lock;
use crate::types::Tag;

/// The keyword of a standard element: "PatientName" of 0x00100010.
///
/// Nothing on the wire. Does not block; allowed in callbacks. The text is static and never NULL; it is empty where the
/// standard has no such element, as for private ones. Since 0.1.0. PS3.6.
#[unsafe(no_mangle)]
pub extern "C" fn dimse_tag_keyword(tag: u32) -> *const c_char {
    boundary!(or c"".as_ptr() => { Ok(lasting(dictionary::keyword(of(tag)).unwrap_or_default())) })
}

/// The name of a standard element: "Patient's Name" of 0x00100010.
///
/// Nothing on the wire. Does not block; allowed in callbacks. The text is static and never NULL; it is empty where the
/// standard has no such element, as for private ones. Since 0.1.0. PS3.6.
#[unsafe(no_mangle)]
pub extern "C" fn dimse_tag_name(tag: u32) -> *const c_char {
    boundary!(or c"".as_ptr() => { Ok(lasting_name(of(tag))) })
}

/// The VR of an element, as far as its tag says it: "PN" of 0x00100010, "US or SS" where that depends on the pixels,
/// "LO" of a private creator.
///
/// Nothing on the wire. Does not block; allowed in callbacks. The text is static and never NULL; it is empty where the
/// tag does not say it, as for other private elements. Since 0.1.0. PS3.6.
#[unsafe(no_mangle)]
pub extern "C" fn dimse_tag_vr(tag: u32) -> *const c_char {
    boundary!(or c"".as_ptr() => { Ok(lasting(dictionary::entry(of(tag)).map_or("", Entry::words))) })
}

/// The tag of the element with this keyword: 0x00100010 of "PatientName"; the first where a group repeats.
///
/// Nothing on the wire. Does not block; allowed in callbacks. 0, which is no tag of a data set, where keyword is NULL or
/// the standard has none such. Since 0.1.0. PS3.6.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dimse_tag_of_keyword(keyword: *const c_char) -> u32 {
    boundary!(or 0 => {
        // SAFETY: the caller passes NULL or a text that ends with a NUL.
        let keyword = unsafe { optional_text("keyword", keyword) }?;
        Ok(keyword.and_then(dictionary::tag).map_or(0, number))
    })
}

/// The tag that C writes 0xggggeeee.
pub fn of(number: u32) -> Tag {
    let [a, b, c, d] = number.to_be_bytes();
    Tag::new(u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]))
}

/// As C writes it.
pub fn number(tag: Tag) -> u32 {
    u32::from(tag.group) << 16 | u32::from(tag.element)
}

/// A name is made of a keyword, and kept for ever.
fn lasting_name(tag: Tag) -> *const c_char {
    static MADE: Mutex<BTreeMap<&'static str, CString>> = Mutex::new(BTreeMap::new());
    let Some(keyword) = dictionary::keyword(tag) else { return c"".as_ptr() };
    let name = || CString::new(dictionary::name(tag).unwrap_or_default()).unwrap_or_default();
    lock(&MADE).entry(keyword).or_insert_with(name).as_ptr()
}
