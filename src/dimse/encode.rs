//! Command sets -> bytes: Implicit VR Little Endian, group length first, ascending tags (PS3.7 6.3.1).

use super::command::{CommandSet, MOST_TAGS};
use super::element::{Element, Value};
use crate::types::Tag;

/// Appends a command set. It is always even and always below [`MAX_LENGTH`].
///
/// [`MAX_LENGTH`]: super::decode::MAX_LENGTH
pub fn encode(command: &CommandSet, out: &mut Vec<u8>) {
    put_header(Tag::new(0x0000, 0x0000), 4, out);
    let length_at = out.len();
    out.extend_from_slice(&[0; 4]);
    let start = out.len();
    for element in Element::ALL {
        if let Some(value) = command.value(element) {
            put(element.tag(), value, out);
        }
    }
    let length = as_u32(out.len() - start);
    if let Some(field) = out.get_mut(length_at..start) {
        field.copy_from_slice(&length.to_le_bytes());
    }
}

fn put(tag: Tag, value: Value<'_>, out: &mut Vec<u8>) {
    match value {
        Value::Uid(uid) => put_padded(tag, uid.as_bytes(), 0, out),
        Value::Number(number) => put_padded(tag, &number.to_le_bytes(), 0, out),
        Value::Title(title) => put_padded(tag, title.trimmed(), b' ', out),
        Value::Tags(tags) => {
            let tags = tags.get(..MOST_TAGS).unwrap_or(tags);
            put_header(tag, tags.len() * 4, out);
            for tag in tags {
                out.extend_from_slice(&tag.group.to_le_bytes());
                out.extend_from_slice(&tag.element.to_le_bytes());
            }
        }
        Value::Text(text) => put_text(tag, text, out),
    }
}

/// A value padded to an even length (PS3.5 6.2: UIDs with NUL, AE titles with a space).
fn put_padded(tag: Tag, value: &[u8], padding: u8, out: &mut Vec<u8>) {
    put_header(tag, value.len().next_multiple_of(2), out);
    out.extend_from_slice(value);
    if !value.len().is_multiple_of(2) {
        out.push(padding);
    }
}

/// LO: at most 64 characters, here of the default repertoire only (PS3.7 annex C). The backslash would separate values,
/// and blanks around it mean nothing (PS3.5 6.2), also where it is cut off at one.
fn put_text(tag: Tag, text: &str, out: &mut Vec<u8>) {
    let text = text.trim_matches(' ');
    let end = text.char_indices().nth(64).map_or(text.len(), |(end, _)| end);
    let text = text.get(..end).unwrap_or(text).trim_end_matches(' ');
    let characters = text.chars().map(|character| match character {
        '\\' => b'/',
        ' '..='~' => u8::try_from(character).unwrap_or(b'?'),
        _ => b'?',
    });
    let length = characters.clone().count();
    put_header(tag, length.next_multiple_of(2), out);
    out.extend(characters);
    if !length.is_multiple_of(2) {
        out.push(b' ');
    }
}

fn put_header(tag: Tag, length: usize, out: &mut Vec<u8>) {
    out.extend_from_slice(&tag.group.to_le_bytes());
    out.extend_from_slice(&tag.element.to_le_bytes());
    out.extend_from_slice(&as_u32(length).to_le_bytes());
}

/// Lengths inside a command set, which is below 64 KiB.
fn as_u32(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dimse::decode::{MAX_LENGTH, decode};
    use crate::dimse::status::Status;

    fn comment_of(text: &str) -> Option<String> {
        let request = CommandSet::c_echo_rq(1);
        let response = CommandSet::response_to(&request, Status::PROCESSING_FAILURE).with_error_comment(text);
        let mut bytes = Vec::new();
        encode(&response, &mut bytes);
        assert_eq!(bytes.len() % 2, 0);
        decode(&bytes).unwrap().error_comment
    }

    #[test]
    fn error_comments_are_made_legal() {
        assert_eq!(comment_of("disk full").as_deref(), Some("disk full"));
        assert_eq!(comment_of("C:\\data\u{e9}\n").as_deref(), Some("C:/data??"));
        assert_eq!(comment_of(&"\u{e9}".repeat(65)).unwrap(), "?".repeat(64));
        assert_eq!(comment_of("  disk full ").as_deref(), Some("disk full"));
        // A fuzzer found that: cut off at a blank it was longer than the same comment read and sent again.
        let cut_off = CommandSet::response_to(&CommandSet::c_echo_rq(1), Status::PROCESSING_FAILURE);
        let bytes = |text: &str| {
            let mut bytes = Vec::new();
            encode(&cut_off.clone().with_error_comment(text), &mut bytes);
            bytes
        };
        let x = "x".repeat(60);
        assert_eq!(bytes(&format!("{x}      x")), bytes(&x));
    }

    #[test]
    fn the_largest_command_set_is_below_the_limit() {
        let tags = vec![Tag::new(0x0008, 0x0018); MOST_TAGS + 1];
        let long = crate::types::Uid::new(&"1".repeat(64)).unwrap();
        let title = crate::types::AeTitle::new("SIXTEEN_LETTERS_").unwrap();
        let command = CommandSet {
            offending_elements: tags.clone(),
            attribute_identifiers: tags,
            requested_sop_class: Some(long.clone()),
            requested_sop_instance: Some(long.clone()),
            affected_sop_instance: Some(long),
            error_comment: Some("x".repeat(1000)),
            error_id: Some(1),
            move_destination: Some(title),
            ..CommandSet::c_echo_rq(1).with_move_originator(title, 1)
        };
        let mut bytes = Vec::new();
        encode(&command, &mut bytes);
        assert!(bytes.len() < MAX_LENGTH - 500, "{}", bytes.len());
        assert_eq!(decode(&bytes).unwrap().offending_elements.len(), MOST_TAGS);
    }
}
