//! The character sets that stand alone, without code extension (PS3.3 table C.12-5, PS3.5 6.1.2.5.4 d).

use std::str::Utf8Error;

use encoding_rs::{DecoderResult, EncoderResult, GB18030};

use super::iso2022::escape;
use super::terms::Term;
use super::{DecodeError, ESC, Undecodable, Unencodable};

/// A character set that stands alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Alone {
    /// UTF-8.
    Utf8,
    /// GB 18030, of 2022.
    Gb18030,
    /// GBK 1.0, most of its part with two bytes.
    Gbk,
}

impl Alone {
    pub(super) fn term(self) -> &'static str {
        match self {
            Self::Utf8 => "ISO_IR 192",
            Self::Gb18030 => "GB18030",
            Self::Gbk => "GBK",
        }
    }

    pub(super) fn decode(self, bytes: &[u8]) -> Result<String, DecodeError> {
        match self {
            Self::Utf8 => decode_utf8(bytes),
            Self::Gb18030 | Self::Gbk => self.decode_gb(bytes),
        }
    }

    pub(super) fn encode(self, text: &str) -> Result<Vec<u8>, Unencodable> {
        let mut bytes = Vec::with_capacity(text.len());
        for (offset, character) in text.char_indices() {
            let unencodable = Unencodable { character, offset };
            match (u8::try_from(character), self) {
                (Ok(ESC), _) => return Err(unencodable),
                (Ok(code @ ..0x80), _) => bytes.push(code),
                (_, Self::Utf8) => bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
                (_, Self::Gb18030 | Self::Gbk) => self.encode_gb(character, &mut bytes).ok_or(unencodable)?,
            }
        }
        Ok(bytes)
    }

    fn decode_gb(self, bytes: &[u8]) -> Result<String, DecodeError> {
        let mut text = String::with_capacity(bytes.len());
        let mut rest = bytes;
        while let [first, behind @ ..] = rest {
            let offset = bytes.len() - rest.len();
            match *first {
                ESC => return Err(refused(behind).at(offset)),
                code @ ..0x80 => {
                    text.push(char::from(code));
                    rest = behind;
                }
                code => {
                    let (character, behind) = multi_byte(rest).map_err(|reason| reason.at(offset))?;
                    let length = rest.len() - behind.len();
                    if self == Self::Gbk && !is_gbk(character, length) {
                        return Err(Undecodable::NoCharacter(code).at(offset));
                    }
                    text.push(character);
                    rest = behind;
                }
            }
        }
        Ok(text)
    }

    fn encode_gb(self, character: char, bytes: &mut Vec<u8>) -> Option<()> {
        let mut code = [0; 4];
        let code = gb_18030(character, &mut code)?;
        if self == Self::Gb18030 || is_gbk(character, code.len()) {
            bytes.extend_from_slice(code);
            return Some(());
        }
        None
    }
}

/// The code of a character. Since the edition of 2022, 18 private ones have none: the codes are of others now.
fn gb_18030(character: char, code: &mut [u8; 4]) -> Option<&[u8]> {
    if character == USER_DEFINED_SPACE {
        return Some(&USER_DEFINED_SPACE_CODE);
    }
    let mut utf8 = [0; 4];
    let utf8 = character.encode_utf8(&mut utf8);
    let (result, _, length) = GB18030.new_encoder().encode_from_utf8_without_replacement(utf8, code, true);
    let code = code.get(..length).filter(|_| result == EncoderResult::InputEmpty)?;
    multi_byte(code).is_ok_and(|(read, _)| read == character).then_some(code)
}

fn decode_utf8(bytes: &[u8]) -> Result<String, DecodeError> {
    let read = str::from_utf8(bytes);
    let valid = read.map_or_else(|error| error.valid_up_to(), str::len);
    if let Some(offset) = bytes.iter().take(valid).position(|byte| *byte == ESC) {
        return Err(refused(bytes.get(offset + 1..).unwrap_or_default()).at(offset));
    }
    let reason = |error: Utf8Error| match (error.error_len(), bytes.get(valid)) {
        (Some(_), Some(byte)) => Undecodable::NoCharacter(*byte),
        _ => Undecodable::CutOff,
    };
    read.map(str::to_owned).map_err(|error| reason(error).at(valid))
}

/// What to call an escape sequence, where there can be none.
fn refused(behind: &[u8]) -> Undecodable {
    match escape(behind) {
        Ok(set) => Undecodable::Undeclared(Term::of(set).extended),
        Err(reason) => reason,
    }
}

/// The character of two or four bytes in front, and what is behind it.
fn multi_byte(bytes: &[u8]) -> Result<(char, &[u8]), Undecodable> {
    let [first, ..] = bytes else { return Err(Undecodable::CutOff) };
    let no_character = Undecodable::NoCharacter(*first);
    let length = match bytes {
        // The Web reads 80 as a euro sign, after Windows.
        [0x80 | 0xFF, ..] => return Err(no_character),
        [_, b'0'..=b'9', ..] => 4,
        _ => 2,
    };
    let (code, behind) = bytes.split_at_checked(length).ok_or(Undecodable::CutOff)?;
    if code == USER_DEFINED_SPACE_CODE {
        return Ok((USER_DEFINED_SPACE, behind));
    }
    let mut utf8 = [0; 8];
    let (result, read, written) =
        GB18030.new_decoder_without_bom_handling().decode_to_utf8_without_replacement(code, &mut utf8, true);
    if result != DecoderResult::InputEmpty || read != length {
        return Err(no_character);
    }
    let text = utf8.get(..written).and_then(|utf8| str::from_utf8(utf8).ok());
    let character = text.and_then(|text| text.chars().next()).ok_or(no_character)?;
    Ok((character, behind))
}

/// A character for private use. The Web reads its code as an ideographic space, and has no code for it.
const USER_DEFINED_SPACE: char = '\u{E5E5}';
const USER_DEFINED_SPACE_CODE: [u8; 2] = [0xA3, 0xA0];

/// Whether GBK has a character which GB 18030 writes with `length` bytes: it has neither what users define for
/// themselves, nor the euro sign and the vertical forms that GB 18030 has for some such codes.
fn is_gbk(character: char, length: usize) -> bool {
    length == 2 && !matches!(character, '\u{20AC}' | '\u{E000}'..='\u{F8FF}' | '\u{FE10}'..='\u{FE19}')
}
