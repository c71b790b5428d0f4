//! What a value representation says about the bytes of a value (PS3.5 6.2).

pub use dicom_core::VR;

/// What values of a VR are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text; a backslash separates values.
    Texts,
    /// Text with one value: a backslash is a character (ST, LT, UT, UR).
    Text,
    /// Binary integers, of so many bytes, with or without a sign.
    Integers {
        /// Bytes of each.
        size: usize,
        /// Whether there are numbers below 0.
        signed: bool,
    },
    /// Binary floating point numbers, of so many bytes.
    Floats {
        /// Bytes of each.
        size: usize,
    },
    /// Tags.
    Tags,
    /// Bytes that mean something to others: one value, whatever its length (OB, OW, UN and the like).
    Bytes,
    /// Items.
    Sequence,
}

/// What the values of `vr` are.
#[must_use]
pub fn kind(vr: VR) -> Kind {
    match vr {
        VR::ST | VR::LT | VR::UT | VR::UR => Kind::Text,
        VR::US => Kind::Integers { size: 2, signed: false },
        VR::SS => Kind::Integers { size: 2, signed: true },
        VR::UL => Kind::Integers { size: 4, signed: false },
        VR::SL => Kind::Integers { size: 4, signed: true },
        VR::UV => Kind::Integers { size: 8, signed: false },
        VR::SV => Kind::Integers { size: 8, signed: true },
        VR::FL => Kind::Floats { size: 4 },
        VR::FD => Kind::Floats { size: 8 },
        VR::AT => Kind::Tags,
        VR::OB | VR::OD | VR::OF | VR::OL | VR::OV | VR::OW | VR::UN => Kind::Bytes,
        VR::SQ => Kind::Sequence,
        _ => Kind::Texts,
    }
}

/// How many bytes belong together where the order of bytes matters (PS3.5 7.3).
#[must_use]
pub fn unit(vr: VR) -> usize {
    match vr {
        VR::AT | VR::OW => 2,
        VR::OF | VR::OL => 4,
        VR::OD | VR::OV => 8,
        _ => match kind(vr) {
            Kind::Integers { size, .. } | Kind::Floats { size } => size,
            _ => 1,
        },
    }
}

/// What makes an odd length even (PS3.5 6.2): spaces behind text, NUL behind UIDs and everything else.
#[must_use]
pub fn padding(vr: VR) -> u8 {
    match kind(vr) {
        Kind::Texts | Kind::Text if vr != VR::UI => b' ',
        _ => 0,
    }
}

/// Its two letters.
#[must_use]
pub fn letters(vr: VR) -> [u8; 2] {
    vr.to_bytes()
}
