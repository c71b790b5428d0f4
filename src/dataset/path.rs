//! Where in a data set an element or an item is: a tag or a keyword, behind the items in which it is.
//!
//! ```text
//! PatientName   00100010   (0010,0010)   0010,0010
//! RequestAttributesSequence[0].ScheduledProcedureStepID
//! RequestAttributesSequence[0]                             the item itself; items are counted from 0
//! (0009,"ACME 1.1",10)                                     element 10 of the block that ACME 1.1 has reserved
//! ```

use std::fmt;
use std::str::FromStr;

use super::dictionary;
use super::scan::MAXIMUM_NESTING;
use crate::error::{Error, Result};
use crate::types::Tag;

/// A path into a data set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    pub(super) steps: Vec<Step>,
}

/// An element, and which of its items where one is meant; all but the last of a path have one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) name: Name,
    pub(super) item: Option<usize>,
}

/// An element of a data set or an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Name {
    /// By its tag.
    Tag(Tag),
    /// A private one: in which block depends on the data set (PS3.5 7.8.1).
    Private { group: u16, creator: String, element: u8 },
}

impl Path {
    /// The tag, where it is nothing else.
    #[must_use]
    pub fn tag(&self) -> Option<Tag> {
        match self.steps.as_slice() {
            [Step { name: Name::Tag(tag), item: None }] => Some(*tag),
            _ => None,
        }
    }

    /// The group of the element in the data set itself that it is, or leads through.
    #[must_use]
    pub fn group(&self) -> u16 {
        self.steps.first().map_or(0, |step| match &step.name {
            Name::Tag(tag) => tag.group,
            Name::Private { group, .. } => *group,
        })
    }

    /// The tags on it, from the outside in; `None` where one is only known where its private creator is.
    #[must_use]
    pub fn tags(&self) -> Option<Vec<Tag>> {
        let tag = |step: &Step| if let Name::Tag(tag) = step.name { Some(tag) } else { None };
        self.steps.iter().map(tag).collect()
    }

    /// The same in the first item of every sequence.
    #[must_use]
    pub fn through_first_items(&self) -> Self {
        let first = |step: &Step| Step { name: step.name.clone(), item: step.item.map(|_| 0) };
        Self { steps: self.steps.iter().map(first).collect() }
    }

    /// Whether it is the path to an item.
    pub(super) fn is_item(&self) -> bool {
        self.steps.last().is_some_and(|step| step.item.is_some())
    }
}

impl From<Tag> for Path {
    fn from(tag: Tag) -> Self {
        Self { steps: vec![Step { name: Name::Tag(tag), item: None }] }
    }
}

impl FromStr for Path {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let mut rest = Rest { text, rest: text };
        let mut steps = Vec::new();
        loop {
            let name = rest.name()?;
            let item = if rest.take('[') { Some(rest.index()?) } else { None };
            steps.push(Step { name, item });
            if rest.rest.is_empty() {
                break;
            }
            if !rest.take('.') {
                return Err(rest.wrong("a dot, or nothing"));
            }
            if item.is_none() {
                return Err(Error::invalid_argument(format!(
                    "the path {text:?} does not say in which item the rest is: Sequence[0].Element"
                )));
            }
        }
        if steps.len() > MOST_STEPS {
            return Err(Error::invalid_argument(format!(
                "the path {text:?} goes through more than {MAXIMUM_NESTING} sequences"
            )));
        }
        Ok(Self { steps })
    }
}

/// The sequences, and the element.
const MOST_STEPS: usize = 65;

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, step) in self.steps.iter().enumerate() {
            let dot = if index == 0 { "" } else { "." };
            write!(f, "{dot}{}", step.name)?;
            if let Some(item) = step.item {
                write!(f, "[{item}]")?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tag(tag) => match dictionary::keyword(*tag) {
                Some(keyword) => write!(f, "{keyword} {tag}"),
                None => write!(f, "{tag}"),
            },
            Self::Private { group, creator, element } => {
                let creator = creator.replace('"', "\"\"");
                write!(f, "({group:04X},\"{creator}\",{element:02X})")
            }
        }
    }
}

/// What is left of a path.
struct Rest<'a> {
    text: &'a str,
    rest: &'a str,
}

impl<'a> Rest<'a> {
    fn name(&mut self) -> Result<Name> {
        if self.take('(') {
            let at_group = self.rest;
            let group = self.number(4)?;
            self.expect(',')?;
            let name = if self.take('"') {
                if group % 2 == 0 {
                    return Err(self.wrong_at(at_group, "an odd group in front of a private creator"));
                }
                let creator = self.creator()?;
                self.expect(',')?;
                let at_element = self.rest;
                let digits = self.while_(|c| c.is_ascii_hexdigit());
                let element = u8::from_str_radix(digits, 16)
                    .map_err(|_| self.wrong_at(at_element, "the number of a private element, 00 to FF"))?;
                Name::Private { group, creator, element }
            } else {
                Name::Tag(Tag::new(group, self.number(4)?))
            };
            self.expect(')')?;
            return Ok(name);
        }
        let word = self.while_(|c| c.is_ascii_alphanumeric());
        let is_hexadecimal = word.bytes().all(|byte| byte.is_ascii_hexdigit());
        match (word.len(), word.split_at_checked(4)) {
            (8, Some((group, element))) if is_hexadecimal => {
                Ok(Name::Tag(Tag::new(hexadecimal(group), hexadecimal(element))))
            }
            (4, _) if is_hexadecimal && self.take(',') => {
                Ok(Name::Tag(Tag::new(hexadecimal(word), self.number(4)?)))
            }
            (0, _) => Err(self.wrong("a keyword or a tag")),
            _ => dictionary::tag(word).map(Name::Tag).ok_or_else(|| {
                Error::invalid_argument(format!(
                    "{word:?} in the path {:?} is no keyword of PS3.6; tags are written (gggg,eeee)",
                    self.text
                ))
            }),
        }
    }

    /// Behind the opening quote; a quote inside is written twice.
    fn creator(&mut self) -> Result<String> {
        let at_creator = self.rest;
        let mut creator = String::new();
        loop {
            creator.push_str(self.while_(|c| c != '"'));
            self.expect('"')?;
            if !self.take('"') {
                break;
            }
            creator.push('"');
        }
        let creator = creator.trim_matches(' ');
        if creator.is_empty() || creator.contains('\\') {
            return Err(self.wrong_at(at_creator, "a private creator without a backslash"));
        }
        Ok(creator.to_owned())
    }

    fn index(&mut self) -> Result<usize> {
        let at_index = self.rest;
        let digits = self.while_(|c| c.is_ascii_digit());
        let index = digits.parse::<u32>().ok().and_then(|index| usize::try_from(index).ok());
        let index = index.ok_or_else(|| self.wrong_at(at_index, "the number of an item, counted from 0"))?;
        self.expect(']')?;
        Ok(index)
    }

    /// So many hexadecimal digits.
    fn number(&mut self, digits: usize) -> Result<u16> {
        match self.rest.split_at_checked(digits) {
            Some((number, rest)) if number.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
                self.rest = rest;
                Ok(hexadecimal(number))
            }
            _ => Err(self.wrong("four hexadecimal digits")),
        }
    }

    fn while_(&mut self, belongs: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|c| !belongs(c)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at_checked(end).unwrap_or((self.rest, ""));
        self.rest = rest;
        word
    }

    fn take(&mut self, wanted: char) -> bool {
        let rest = self.rest.strip_prefix(wanted);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn expect(&mut self, wanted: char) -> Result<()> {
        if self.take(wanted) { Ok(()) } else { Err(self.wrong(&format!("{wanted:?}"))) }
    }

    fn wrong(&self, wanted: &str) -> Error {
        self.wrong_at(self.rest, wanted)
    }

    /// The same of a place that was left already, where `rest` was left.
    fn wrong_at(&self, rest: &str, wanted: &str) -> Error {
        let at = self.text.len() - rest.len();
        let found = rest.chars().next().map_or_else(|| "its end".to_owned(), |found| format!("{found:?}"));
        Error::invalid_argument(format!(
            "the path {:?} has {found} at {at} where {wanted} must be",
            self.text
        ))
    }
}

/// Of four hexadecimal digits.
fn hexadecimal(digits: &str) -> u16 {
    u16::from_str_radix(digits, 16).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_name_an_element() {
        let name = Path::from(Tag::new(0x0010, 0x0010));
        for text in ["PatientName", "00100010", "(0010,0010)", "0010,0010"] {
            assert_eq!(text.parse::<Path>().unwrap(), name, "{text}");
        }
        assert_eq!("7fe00010".parse::<Path>().unwrap(), Path::from(Tag::new(0x7FE0, 0x0010)));
        let private: Path = "(0009,\"A \"\"B\"\".[0] \",1)".parse().unwrap();
        let name = Name::Private { group: 9, creator: "A \"B\".[0]".to_owned(), element: 1 };
        assert_eq!(private.steps, [Step { name, item: None }]);
        assert_eq!(private.to_string(), "(0009,\"A \"\"B\"\".[0]\",01)");
    }

    #[test]
    fn through_sequences() {
        let path: Path = "RequestAttributesSequence[0].(0040,0008)[12].00080100".parse().unwrap();
        let tags = [
            (Tag::new(0x0040, 0x0275), Some(0)),
            (Tag::new(0x0040, 8), Some(12)),
            (Tag::new(8, 0x100), None),
        ];
        let steps = tags.map(|(tag, item)| Step { name: Name::Tag(tag), item });
        assert_eq!(path.steps, steps);
        assert!(!path.is_item());
        assert_eq!(
            path.to_string(),
            "RequestAttributesSequence (0040,0275)[0].ScheduledProtocolCodeSequence (0040,0008)[12].CodeValue (0008,0100)"
        );
        assert!("RequestAttributesSequence[0]".parse::<Path>().unwrap().is_item());
    }

    #[test]
    fn what_is_no_path_in_words() {
        for (text, words) in [
            ("", "the path \"\" has its end at 0 where a keyword or a tag must be"),
            (
                "PatientNam",
                "\"PatientNam\" in the path \"PatientNam\" is no keyword of PS3.6; tags are written (gggg,eeee)",
            ),
            ("PatientName ", "the path \"PatientName \" has ' ' at 11 where a dot, or nothing must be"),
            (
                "RequestAttributesSequence.CodeValue",
                "the path \"RequestAttributesSequence.CodeValue\" does not say in which item the rest is: \
                 Sequence[0].Element",
            ),
            ("(0010,001", "the path \"(0010,001\" has '0' at 6 where four hexadecimal digits must be"),
            ("(0010,0010", "the path \"(0010,0010\" has its end at 10 where ')' must be"),
            (
                "00100010[x]",
                "the path \"00100010[x]\" has 'x' at 9 where the number of an item, counted from 0 must be",
            ),
            ("00100010[0].", "the path \"00100010[0].\" has its end at 12 where a keyword or a tag must be"),
            ("(0009,\"A", "the path \"(0009,\\\"A\" has its end at 8 where '\"' must be"),
            (
                "(0010,\"A\",10)",
                "the path \"(0010,\\\"A\\\",10)\" has '0' at 1 where an odd group in front of a private creator must be",
            ),
            (
                "(0009,\"A\",100)",
                "the path \"(0009,\\\"A\\\",100)\" has '1' at 10 where the number of a private element, 00 to FF must be",
            ),
            (
                "00100010[99999999999]",
                "the path \"00100010[99999999999]\" has '9' at 9 where the number of an item, counted from 0 must be",
            ),
            (
                "(0009,\" \",10)",
                "the path \"(0009,\\\" \\\",10)\" has ' ' at 7 where a private creator without a backslash must be",
            ),
        ] {
            assert_eq!(text.parse::<Path>().unwrap_err().to_string(), words);
        }
        let deep = "(0040,0275)[0].".repeat(65) + "(0010,0010)";
        assert!(
            deep.parse::<Path>().unwrap_err().to_string().ends_with("goes through more than 64 sequences")
        );
        assert!(deep.get(15..).unwrap().parse::<Path>().is_ok());
    }
}
