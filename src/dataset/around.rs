//! A data set around pixel data that come from elsewhere (PS3.5 8.2, A.4): what stands in front of them, between them
//! and behind them.

use super::convert::Converter;
use super::data_set::DataSet;
use super::encoding::Encoding;
use super::header::{Header, SEQUENCE_DELIMITATION};
use super::path::Path;
use super::tags;
use super::vr::VR;
use super::write::write;
use crate::error::{Cause, Error, Phase, Result};
use crate::types::{Tag, Uid};
use crate::wire::uids;

/// Pixel data of which the bytes are not here.
#[derive(Debug, Clone, Copy)]
pub enum PixelData<'a> {
    /// As they are, in the byte order of the transfer syntax: so many bytes.
    Native(u64),
    /// Compressed frames of so many bytes each; each becomes a fragment.
    Frames(&'a [u64], OffsetTable),
}

/// The item in front of the fragments (PS3.5 A.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OffsetTable {
    /// Without a value.
    Empty,
    /// With the place of each frame.
    Real,
}

/// A data set without its pixels, encoded, but not deflated.
#[derive(Debug, PartialEq, Eq)]
pub struct Around {
    /// Up to the first pixel, or the item of the first frame.
    pub front: Vec<u8>,
    /// The pieces in which the pixels come, and how many bytes each has. Behind an odd one stands a zero.
    pub pieces: Vec<u32>,
    /// Each piece has the header of an item: [`Around::item`].
    pub are_items: bool,
    /// Behind the last pixel.
    pub back: Vec<u8>,
}

impl Around {
    /// Of `set` in `transfer_syntax`. Elements with a tag above that of Pixel Data (7FE0,0010) stand behind the pixels;
    /// pixels that are in `set` already are refused, as is what [`write()`] refuses.
    pub fn new(set: &DataSet, transfer_syntax: &Uid, pixels: PixelData) -> Result<Self> {
        let encoding = Encoding { deflated: false, ..Encoding::known(transfer_syntax)? };
        if let Some((tag, _)) = set.iter().find(|(tag, _)| holds_pixels(**tag)) {
            return Err(refused(format!("{tag} is in the data set, and its pixel data come from elsewhere")));
        }
        let mut front = write(&part(set, |tag| tag < tags::PIXEL_DATA), encoding)?;
        let behind = write(&part(set, |tag| tag > tags::PIXEL_DATA), encoding)?;
        let header = |vr: VR, length| Header { tag: tags::PIXEL_DATA, vr: Some(vr.letters()), length };
        match pixels {
            PixelData::Native(length) => {
                if !Converter::can(transfer_syntax, &uids::EXPLICIT_VR_LITTLE_ENDIAN) {
                    return Err(refused(format!(
                        "native pixel data cannot be in the transfer syntax {transfer_syntax}: it is none of the \
                         uncompressed ones"
                    )));
                }
                let piece = even(length).ok_or_else(|| {
                    Error::invalid_argument(format!(
                        "{length} bytes of native pixel data; {LONGEST} is the most"
                    ))
                })?;
                // Where VRs are implicit, it is understood as OW (PS3.5 A.1), and is not written.
                let vr = if encoding.elements.is_explicit() { Some(native_vr(set)?) } else { None };
                let header =
                    Header { vr: vr.map(VR::letters), ..header(VR::OW, Some(piece.next_multiple_of(2))) };
                header.write(encoding.elements, &mut front);
                Ok(Self { front, pieces: vec![piece], are_items: false, back: behind })
            }
            PixelData::Frames(lengths, table) => {
                if !encoding.encapsulated {
                    return Err(refused(format!(
                        "frames are encapsulated, which the transfer syntax {transfer_syntax} has no place for"
                    )));
                }
                let pieces = frames(lengths)?;
                header(VR::OB, None).write(encoding.elements, &mut front);
                let offsets = match table {
                    OffsetTable::Empty => Vec::new(),
                    OffsetTable::Real => offsets(set, &pieces)?,
                };
                let length = u32::try_from(offsets.len()).ok();
                let length =
                    length.ok_or_else(|| Error::invalid_argument("too many frames for an offset table"))?;
                front.extend_from_slice(&Self::item(length));
                front.extend_from_slice(&offsets);
                let mut back = Vec::new();
                let end = Header { tag: SEQUENCE_DELIMITATION, vr: None, length: Some(0) };
                end.write(encoding.elements, &mut back);
                back.extend_from_slice(&behind);
                Ok(Self { front, pieces, are_items: true, back })
            }
        }
    }

    /// The header of the item (FFFE,E000) that a piece of this length is in, its padding not counted. All encapsulated transfer
    /// syntaxes are little endian.
    #[must_use]
    pub fn item(length: u32) -> [u8; Header::SHORT] {
        let [a, b, c, d] = length.next_multiple_of(2).to_le_bytes();
        [0xFE, 0xFF, 0x00, 0xE0, a, b, c, d]
    }

    /// How long all of it is.
    #[must_use]
    pub fn length(&self) -> u64 {
        let each =
            |piece: &u32| u64::from(piece.next_multiple_of(2)) + if self.are_items { ITEM_HEADER } else { 0 };
        let around = self.front.len().saturating_add(self.back.len());
        u64::try_from(around).unwrap_or(u64::MAX).saturating_add(self.pieces.iter().map(each).sum())
    }
}

const ITEM_HEADER: u64 = 8;

/// The longest value (PS3.5 7.1.1): even, and not undefined.
const LONGEST: u64 = 0xFFFF_FFFE;

/// This length, where a value may have it once it is padded.
fn even(length: u64) -> Option<u32> {
    u32::try_from(length).ok().filter(|_| length <= LONGEST)
}

/// Pixels, or what is about them and known only with them.
fn holds_pixels(tag: Tag) -> bool {
    tag.group == tags::PIXEL_DATA.group && tag <= tags::PIXEL_DATA
}

fn part(set: &DataSet, wanted: impl Fn(Tag) -> bool) -> DataSet {
    let mut part = DataSet::empty();
    for (tag, element) in set.iter().filter(|(tag, _)| wanted(**tag)) {
        part.put(*tag, element.clone());
    }
    part
}

/// PS3.5 8.2, A.2: OW where a pixel has more than 8 bits, and else OB, whose bytes have the same order everywhere.
fn native_vr(set: &DataSet) -> Result<VR> {
    match set.integer(&Path::from(BITS_ALLOCATED), 0)? {
        Some(bits @ 1..) => Ok(if bits > 8 { VR::OW } else { VR::OB }),
        _ => Err(refused(format!(
            "Bits Allocated {BITS_ALLOCATED} is not in the data set, and the VR of native pixel data depends on it"
        ))),
    }
}

fn frames(lengths: &[u64]) -> Result<Vec<u32>> {
    if lengths.is_empty() {
        return Err(Error::invalid_argument("there is no frame; encapsulated pixel data have one at least"));
    }
    let one = |(index, length): (usize, &u64)| {
        even(*length).filter(|length| *length > 0).ok_or_else(|| {
            Error::invalid_argument(format!(
                "frame {} has {length} bytes; 1 to {LONGEST} are allowed",
                index + 1
            ))
        })
    };
    lengths.iter().enumerate().map(one).collect()
}

/// Where the item of each frame begins, from that of the first one on.
fn offsets(set: &DataSet, pieces: &[u32]) -> Result<Vec<u8>> {
    let count = u64::try_from(pieces.len()).unwrap_or(u64::MAX);
    let said = set.integer(&Path::from(NUMBER_OF_FRAMES), 0)?.unwrap_or(1);
    if said != i128::from(count) {
        return Err(refused(format!(
            "Number of Frames {NUMBER_OF_FRAMES} is {said}, and there are {count}: an offset table has one place for \
             each; without one, let it be empty"
        )));
    }
    let mut at = 0_u64;
    let mut table = Vec::new();
    for (index, piece) in pieces.iter().enumerate() {
        let offset = u32::try_from(at).map_err(|_| {
            refused(format!(
                "frame {} begins behind 4 GiB, which a Basic Offset Table cannot say (PS3.5 A.4); let it be empty",
                index + 1
            ))
        })?;
        table.extend_from_slice(&offset.to_le_bytes());
        at = at.saturating_add(u64::from(piece.next_multiple_of(2))).saturating_add(ITEM_HEADER);
    }
    Ok(table)
}

const BITS_ALLOCATED: Tag = Tag::new(0x0028, 0x0100);
const NUMBER_OF_FRAMES: Tag = Tag::new(0x0028, 0x0008);

fn refused(words: String) -> Error {
    Error::new(Phase::Queued, Cause::DataSet(words))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::value::At;

    const BEHIND: Tag = Tag::new(0xFFFC, 0xFFFC);

    fn set(bits: i128, frames: Option<&str>) -> DataSet {
        let mut set = DataSet::empty();
        set.set_integer(&BITS_ALLOCATED.into(), At::All, bits).unwrap();
        if let Some(frames) = frames {
            set.set_string(&NUMBER_OF_FRAMES.into(), At::All, frames).unwrap();
        }
        set
    }

    #[test]
    fn native_pixels_have_the_vr_of_their_bits() {
        let bits = |bits| [&b"\x28\0\0\x01US\x02\0"[..], &[bits, 0]].concat();
        for (syntax, allocated, length, front) in [
            (
                uids::EXPLICIT_VR_LITTLE_ENDIAN,
                8,
                3,
                [&bits(8)[..], b"\xE0\x7F\x10\0OB\0\0\x04\0\0\0"].concat(),
            ),
            (uids::EXPLICIT_VR_LITTLE_ENDIAN, 1, 0, [&bits(1)[..], b"\xE0\x7F\x10\0OB\0\0\0\0\0\0"].concat()),
            (
                uids::EXPLICIT_VR_LITTLE_ENDIAN,
                16,
                4,
                [&bits(16)[..], b"\xE0\x7F\x10\0OW\0\0\x04\0\0\0"].concat(),
            ),
            (
                uids::DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
                16,
                4,
                [&bits(16)[..], b"\xE0\x7F\x10\0OW\0\0\x04\0\0\0"].concat(),
            ),
            (
                uids::EXPLICIT_VR_BIG_ENDIAN,
                16,
                4,
                b"\0\x28\x01\0US\0\x02\0\x10\x7F\xE0\0\x10OW\0\0\0\0\0\x04".to_vec(),
            ),
            (
                uids::IMPLICIT_VR_LITTLE_ENDIAN,
                8,
                3,
                b"\x28\0\0\x01\x02\0\0\0\x08\0\xE0\x7F\x10\0\x04\0\0\0".to_vec(),
            ),
        ] {
            let around = Around::new(&set(allocated, None), &syntax, PixelData::Native(length)).unwrap();
            assert_eq!(around.front, front, "{syntax} {allocated}");
            assert_eq!(around.back, b"");
            assert_eq!(around.length(), front.len() as u64 + length.next_multiple_of(2));
        }
    }

    #[test]
    fn where_no_vr_is_written_none_must_be_known() {
        let set = DataSet::empty();
        let around = Around::new(&set, &uids::IMPLICIT_VR_LITTLE_ENDIAN, PixelData::Native(2)).unwrap();
        assert_eq!(around.front, b"\xE0\x7F\x10\0\x02\0\0\0");
    }

    #[test]
    fn frames_become_fragments_behind_an_offset_table() {
        let syntax = uids::JPEG_BASELINE;
        let mut set = set(8, Some("3"));
        set.put(BEHIND, crate::dataset::element::Element::bytes(VR::OB, [0; 2]));
        let lengths = [5, 2, 1];
        let front = b"\x28\0\x08\0IS\x02\x003 \x28\0\0\x01US\x02\0\x08\0\xE0\x7F\x10\0OB\0\0\xFF\xFF\xFF\xFF";
        let back = b"\xFE\xFF\xDD\xE0\0\0\0\0\xFC\xFF\xFC\xFFOB\0\0\x02\0\0\0\0\0";
        for (table, item) in [
            (OffsetTable::Empty, &b"\xFE\xFF\0\xE0\0\0\0\0"[..]),
            (OffsetTable::Real, b"\xFE\xFF\0\xE0\x0C\0\0\0\0\0\0\0\x0E\0\0\0\x18\0\0\0"),
        ] {
            let around = Around::new(&set, &syntax, PixelData::Frames(&lengths, table)).unwrap();
            assert_eq!(around.front, [&front[..], item].concat());
            assert_eq!((&around.pieces[..], around.are_items), (&[5, 2, 1][..], true));
            assert_eq!(around.back, back);
            let pieces = 8 + 6 + 8 + 2 + 8 + 2;
            assert_eq!(around.length(), (around.front.len() + pieces + back.len()) as u64);
        }
        assert_eq!(&Around::item(5), b"\xFE\xFF\0\xE0\x06\0\0\0");
    }

    #[test]
    fn what_is_refused() {
        let explicit = uids::EXPLICIT_VR_LITTLE_ENDIAN;
        let jpeg = uids::JPEG_BASELINE;
        let words =
            |set: &DataSet, syntax: &Uid, pixels| Around::new(set, syntax, pixels).unwrap_err().to_string();
        let mut with_pixels = set(8, None);
        with_pixels.put(tags::PIXEL_DATA, crate::dataset::element::Element::bytes(VR::OB, [0; 2]));
        let real = |lengths| PixelData::Frames(lengths, OffsetTable::Real);
        let empty = |lengths| PixelData::Frames(lengths, OffsetTable::Empty);
        for (set, syntax, pixels, expected) in [
            (
                with_pixels,
                &explicit,
                PixelData::Native(2),
                "(7FE0,0010) is in the data set, and its pixel data come",
            ),
            (set(8, None), &jpeg, PixelData::Native(2), "none of the uncompressed ones"),
            (
                DataSet::empty(),
                &explicit,
                PixelData::Native(2),
                "Bits Allocated (0028,0100) is not in the data set",
            ),
            (
                set(8, None),
                &explicit,
                PixelData::Native(0xFFFF_FFFF),
                "4294967295 bytes of native pixel data",
            ),
            (set(8, None), &explicit, empty(&[1]), "frames are encapsulated, which"),
            (set(8, None), &jpeg, empty(&[]), "there is no frame"),
            (set(8, None), &jpeg, empty(&[1, 0]), "frame 2 has 0 bytes"),
            (set(8, None), &jpeg, empty(&[0xFFFF_FFFF]), "frame 1 has 4294967295 bytes"),
            (set(8, Some("3")), &jpeg, real(&[1, 2]), "Number of Frames (0028,0008) is 3, and there are 2"),
            (set(8, None), &jpeg, real(&[1, 2]), "Number of Frames (0028,0008) is 1, and there are 2"),
            (
                set(8, Some("3")),
                &jpeg,
                real(&[0xF000_0000, 0x1000_0000, 2]),
                "frame 3 begins behind 4 GiB, which a Basic Offset Table cannot say",
            ),
        ] {
            let told = words(&set, syntax, pixels);
            assert!(told.contains(expected), "{told}");
        }
        let large = Around::new(&set(8, None), &jpeg, empty(&[0xFFFF_FFFE, 0xFFFF_FFFE])).unwrap();
        assert!(large.length() > 2 * 0xFFFF_FFFE);
    }
}
