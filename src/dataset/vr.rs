//! Value representations, and what each says about the bytes of a value (PS3.5 6.2).

use std::fmt;

/// Each with its two letters, both ways.
macro_rules! value_representations {
    ($($name:ident),*) => {
        /// A value representation (PS3.5 table 6.2-1).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[allow(missing_docs, reason = "the standard's names")]
        pub enum VR {
            $($name),*
        }

        impl VR {
            /// The one with these letters; `None` where the standard has none.
            #[must_use]
            pub fn from_letters(letters: [u8; 2]) -> Option<Self> {
                $(
                    if *stringify!($name).as_bytes() == letters {
                        return Some(Self::$name);
                    }
                )*
                None
            }

            /// Its two letters.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name)),*
                }
            }
        }
    };
}

value_representations!(
    AE, AS, AT, CS, DA, DS, DT, FD, FL, IS, LO, LT, OB, OD, OF, OL, OV, OW, PN, SH, SL, SQ, SS, ST, SV, TM,
    UC, UI, UL, UN, UR, US, UT, UV
);

impl VR {
    /// Its two letters.
    #[must_use]
    pub fn letters(self) -> [u8; 2] {
        self.as_str().as_bytes().try_into().unwrap_or_default()
    }
}

impl fmt::Display for VR {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What values of a VR are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text; a backslash separates values.
    Texts,
    /// Text with one value: a backslash is a character (ST, LT, UT, UR).
    Text,
    /// Binary integers, of so many bytes.
    Integers {
        /// Bytes of each.
        size: usize,
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
        VR::US | VR::SS => Kind::Integers { size: 2 },
        VR::UL | VR::SL => Kind::Integers { size: 4 },
        VR::UV | VR::SV => Kind::Integers { size: 8 },
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
            Kind::Integers { size } | Kind::Floats { size } => size,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::header::has_long_length;

    #[test]
    fn letters_both_ways() {
        for letters in ["AE", "OV", "SQ", "UN", "UV"] {
            let vr = VR::from_letters(letters.as_bytes().try_into().unwrap()).unwrap();
            assert_eq!((vr.as_str(), vr.letters().as_slice()), (letters, letters.as_bytes()));
        }
        for none in [*b"ZZ", *b"ae", *b"??", *b"\0\0"] {
            assert_eq!(VR::from_letters(none), None);
        }
        assert!(has_long_length(VR::UT.letters()) && !has_long_length(VR::LT.letters()));
    }
}
