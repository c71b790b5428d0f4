//! Command sets in words, element by element, for logs at debug level.
//!
//! A command set has no patient's name or identifier; SOP Instance UIDs are identifiers of objects and are shown.

use std::fmt;

use super::command::{CommandSet, NO_DATA_SET, Priority};
use super::element::{Element, Value};
use super::status::Status;
use crate::wire::uids;

/// No line is longer.
const WIDTH: usize = 80;
/// Where values go on that do not fit into a line.
const INDENT: usize = 14;
/// What a peer sends of these may be 64 KiB; a log shows so many tags and characters.
const MOST_TAGS: usize = 32;
const MOST_CHARACTERS: usize = 256;

/// A command set as text of several lines, without a line end behind the last: the message's name, then tag, keyword
/// and value of each element.
#[derive(Clone, Copy)]
pub struct Description<'a> {
    command: &'a CommandSet,
}

impl CommandSet {
    /// The command set in words; nothing is made before it is written.
    #[must_use]
    pub fn describe(&self) -> Description<'_> {
        Description { command: self }
    }
}

impl fmt::Display for Description<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.command.command_field)?;
        for element in Element::ALL {
            if let Some(value) = self.command.value(element) {
                writeln!(f)?;
                self.write_element(f, element, value)?;
            }
        }
        Ok(())
    }
}

impl Description<'_> {
    fn write_element(self, f: &mut fmt::Formatter<'_>, element: Element, value: Value<'_>) -> fmt::Result {
        let heading = format!("  {} {}", element.tag(), element.keyword());
        f.write_str(&heading)?;
        let mut column = heading.chars().count();
        for word in self.words(element, value).split(' ') {
            write_word(f, word, &mut column)?;
        }
        Ok(())
    }

    fn words(self, element: Element, value: Value<'_>) -> String {
        match value {
            Value::Uid(uid) => match uids::name(uid.as_str()) {
                Some(name) => format!("{uid} ({name})"),
                None => uid.to_string(),
            },
            Value::Number(number) => self.words_of_number(element, number),
            Value::Title(title) => title.to_string(),
            Value::Tags(tags) => {
                let shown: Vec<String> = tags.iter().take(MOST_TAGS).map(ToString::to_string).collect();
                and_more(shown.join(" "), tags.len(), MOST_TAGS)
            }
            Value::Text(text) => {
                let shown: String = text.chars().take(MOST_CHARACTERS).collect();
                and_more(format!("{shown:?}"), text.chars().count(), MOST_CHARACTERS)
            }
        }
    }

    /// Codes in hexadecimal with their meaning; ids and counts in decimal.
    fn words_of_number(self, element: Element, number: u16) -> String {
        match element {
            Element::CommandField => format!("{number:04X} {}", self.command.command_field),
            Element::Priority => {
                let name = match Priority::from_wire(number) {
                    Some(Priority::High) => "high",
                    Some(Priority::Low) => "low",
                    Some(Priority::Medium) | None => "medium",
                };
                format!("{number:04X} {name}")
            }
            Element::CommandDataSetType if number == NO_DATA_SET => format!("{number:04X} no data set"),
            Element::CommandDataSetType => format!("{number:04X} a data set follows"),
            Element::Status => {
                let status = Status(number);
                let (name, text) = match self.command.command_field.service() {
                    Some(service) => (status.name_for(service), status.text_for(service)),
                    None => (status.name(), status.text()),
                };
                format!("{number:04X} {name} ({text})")
            }
            _ => number.to_string(),
        }
    }
}

fn and_more(shown: String, count: usize, most: usize) -> String {
    match count.checked_sub(most) {
        None | Some(0) => shown,
        Some(more) => format!("{shown} and {more} more"),
    }
}

/// Writes a word where the line has room for it, else on lines of its own.
fn write_word(f: &mut fmt::Formatter<'_>, word: &str, column: &mut usize) -> fmt::Result {
    let length = word.chars().count();
    if *column + 1 + length <= WIDTH {
        write!(f, " {word}")?;
        *column += 1 + length;
        return Ok(());
    }
    let mut rest = word;
    loop {
        write!(f, "\n{:INDENT$}", "")?;
        let room = WIDTH - INDENT;
        let Some((cut, _)) = rest.char_indices().nth(room) else {
            *column = INDENT + rest.chars().count();
            return f.write_str(rest);
        };
        let (line, behind) = rest.split_at(cut);
        f.write_str(line)?;
        rest = behind;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dimse::command::SubOperations;
    use crate::types::{AeTitle, Tag, Uid};

    #[test]
    fn a_request() {
        assert_eq!(
            CommandSet::c_echo_rq(12).describe().to_string(),
            "C-ECHO-RQ\n  \
             (0000,0002) AffectedSOPClassUID 1.2.840.10008.1.1 (Verification SOP Class)\n  \
             (0000,0100) CommandField 0030 C-ECHO-RQ\n  \
             (0000,0110) MessageID 12\n  \
             (0000,0800) CommandDataSetType 0101 no data set"
        );
    }

    #[test]
    fn a_response_with_its_status_as_the_service_means_it() {
        let request = CommandSet::c_get_rq(3, Uid::from_static("1.2.3"), Priority::High);
        let counts =
            SubOperations { remaining: Some(9), completed: Some(5), failed: Some(1), warning: Some(0) };
        let response = CommandSet::response_to(&request, Status::SUB_OPERATIONS_WARNING)
            .with_sub_operations(counts)
            .with_data_set();
        assert_eq!(
            response.describe().to_string(),
            "C-GET-RSP\n  \
             (0000,0002) AffectedSOPClassUID 1.2.3\n  \
             (0000,0100) CommandField 8010 C-GET-RSP\n  \
             (0000,0120) MessageIDBeingRespondedTo 3\n  \
             (0000,0800) CommandDataSetType 0001 a data set follows\n  \
             (0000,0900) Status B000 Warning: sub-operations complete, with failures or\n              \
             warnings (complete, but at least one sub-operation failed or gave\n              \
             a warning)\n  \
             (0000,1021) NumberOfCompletedSuboperations 5\n  \
             (0000,1022) NumberOfFailedSuboperations 1\n  \
             (0000,1023) NumberOfWarningSuboperations 0"
        );
    }

    #[test]
    fn no_line_is_longer_than_80_whatever_a_peer_sends() {
        let long = Uid::new(&"1".repeat(64)).unwrap();
        let title = AeTitle::from_wire(&[0xE9; 16]);
        let request = CommandSet::c_store_rq(65535, uids::STUDY_ROOT_GET, long, Priority::Low)
            .with_move_originator(title, 65535)
            .with_offending_elements(vec![Tag::new(0x7FE0, 0x0010); 100])
            .with_error_comment(format!("{}\n\u{1}{}", "x".repeat(200), "\u{e9} ".repeat(100)));
        let text = request.describe().to_string();
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
        assert!(text.contains("and 68 more"), "{text}");
        assert!(text.contains("\\n\\u{1}"), "control characters are escaped: {text}");
        assert!(text.contains("and 146 more"), "{text}");
        assert!(text.contains("0002 low"), "{text}");
    }

    #[test]
    fn an_unknown_command_with_a_status() {
        let request = CommandSet {
            command_field: super::super::service::CommandField::Unknown(0x0042),
            ..CommandSet::c_echo_rq(1)
        };
        let text = CommandSet::response_to(&request, Status::UNRECOGNIZED_OPERATION).describe().to_string();
        assert!(text.starts_with("unknown command 8042\n"), "{text}");
        assert!(text.contains("Status 0211 Unrecognized operation ("), "{text}");
    }
}
