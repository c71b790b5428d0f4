//! What this library says that it is (PS3.7 D.3.3.2), unless its user says otherwise.

use crate::types::Uid;

/// A UUID-derived UID (PS3.5 B.2), the same for every version.
pub const CLASS: Uid = Uid::from_static("2.25.284066207272072608789437744203801826376");

/// 1 to 16 characters.
pub const VERSION: &[u8] = concat!("LIBDIMSE ", env!("CARGO_PKG_VERSION")).as_bytes();

const _: () = assert!(VERSION.len() <= 16, "PS3.7 D.3.3.2.3: at most 16 characters");
