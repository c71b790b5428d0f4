//! Bytes written down field by field.

/// Joins the fields of a PDU.
macro_rules! bytes {
    ($($field:expr),* $(,)?) => {{
        let mut bytes: Vec<u8> = Vec::new();
        $(bytes.extend_from_slice(&$field[..]);)*
        bytes
    }};
}

pub(crate) use bytes;
