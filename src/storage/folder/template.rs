//! The path template of a folder sink: where below the folder an instance gets its file.

use super::names;
use crate::error::{Error, Result};

/// Where below the folder an instance gets its file: components between `/`, of text and of keys in braces.
///
/// | key          | becomes                                                                                      |
/// |--------------|----------------------------------------------------------------------------------------------|
/// | `{study}`    | Study Instance UID (0020,000D) of the data set; `unknown` where it has none                  |
/// | `{series}`   | Series Instance UID (0020,000E) of the data set; `unknown` where it has none                 |
/// | `{instance}` | Affected SOP Instance UID of the command; every template has it                              |
/// | `{class}`    | Affected SOP Class UID of the command                                                        |
/// | `{modality}` | Modality (0008,0060) of the data set; `unknown` where it has none                            |
/// | `{calling}`  | calling AE title of the association; `unknown` where it is blank                             |
/// | `{called}`   | called AE title of the association; `unknown` where it is blank                              |
/// | `{date}`     | day on which the data set began to come, in UTC: `20260131`                                  |
///
/// A data set has no Study and Series Instance UID where its SOP class is not about a patient, and none is found in one
/// that is not encoded as its transfer syntax says; both are stored all the same. A value that is there, and is to be
/// a UID, but is none, is a refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathTemplate {
    components: Vec<Component>,
}

impl PathTemplate {
    /// A folder for each study, in it one for each series, in it a file for each instance.
    pub const DEFAULT: &str = "{study}/{series}/{instance}.dcm";

    /// Reads a template, and refuses one that could lead out of the folder, make names that some system does not
    /// take, or give two instances one name.
    pub fn parse(text: &str) -> Result<Self> {
        let refused = |why: &str| Error::invalid_argument(format!("the path template {text:?} {why}"));
        if text.len() > LONGEST_TEMPLATE {
            return Err(refused(&format!("is longer than {LONGEST_TEMPLATE} bytes")));
        }
        if text.starts_with('/') {
            return Err(refused("is absolute; it is a path below the folder"));
        }
        let components: Vec<Component> = text
            .split('/')
            .map(Component::parse)
            .collect::<std::result::Result<_, _>>()
            .map_err(|why| refused(&why))?;
        let template = Self { components };
        if !template.needs(Key::Instance) {
            return Err(refused("lacks {instance}: every instance needs a name of its own"));
        }
        Ok(template)
    }

    /// Whether it contains `key`.
    pub(super) fn needs(&self, key: Key) -> bool {
        self.components.iter().flat_map(|component| &component.pieces).any(|piece| *piece == Piece::Key(key))
    }

    /// The path of an instance: the one function that builds file names from received values.
    pub(super) fn render(&self, received: &Received<'_>) -> std::result::Result<RelativePath, NotAUid> {
        let mut path = RelativePath { text: String::with_capacity(256), extension: 0 };
        for component in &self.components {
            if !path.text.is_empty() {
                path.text.push('/');
            }
            let begin = path.text.len();
            component.render(received, &mut path)?;
            if path.text.get(begin..).is_some_and(names::is_device) {
                path.text.insert(begin, '_');
                path.extension += 1;
            }
        }
        Ok(path)
    }
}

impl Default for PathTemplate {
    fn default() -> Self {
        let key = |key| vec![Piece::Key(key)];
        let file = vec![Piece::Key(Key::Instance), Piece::Literal(".dcm".to_owned())];
        let components = [key(Key::Study), key(Key::Series), file];
        Self { components: components.into_iter().map(|pieces| Component { pieces }).collect() }
    }
}

/// What a template puts into names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    Study,
    Series,
    Instance,
    Class,
    Modality,
    Calling,
    Called,
    Date,
}

/// The word for each key, and the most characters that it becomes.
const KEYS: [(&str, Key, usize); 8] = [
    ("study", Key::Study, 64),
    ("series", Key::Series, 64),
    ("instance", Key::Instance, 64),
    ("class", Key::Class, 64),
    ("modality", Key::Modality, names::LONGEST_WORD),
    ("calling", Key::Calling, names::LONGEST_WORD),
    ("called", Key::Called, names::LONGEST_WORD),
    ("date", Key::Date, 8),
];

/// What was received, as it was received.
#[derive(Debug, Clone, Copy)]
pub(super) struct Received<'a> {
    pub(super) study: Option<&'a [u8]>,
    pub(super) series: Option<&'a [u8]>,
    pub(super) instance: &'a [u8],
    pub(super) class: &'a [u8],
    pub(super) modality: Option<&'a [u8]>,
    pub(super) calling: &'a [u8],
    pub(super) called: &'a [u8],
    pub(super) date: &'a str,
}

/// A value that cannot be a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NotAUid(pub(super) Key);

/// The path of one instance below the folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RelativePath {
    text: String,
    /// Where the extension of the file name begins.
    extension: usize,
}

impl RelativePath {
    /// A name that was not received.
    pub(super) fn own(name: String) -> Self {
        Self { extension: name.len(), text: name }
    }

    /// The path, with `/` between its components.
    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    /// The path with a number in front of its extension: `1.2.3_1.dcm`. No UID has an underscore, so this is not the
    /// name of another instance.
    pub(super) fn numbered(&self, number: usize) -> String {
        let (stem, extension) = self.text.split_at_checked(self.extension).unwrap_or((&self.text, ""));
        format!("{stem}_{number}{extension}")
    }

    /// The folders that it lies in, the outermost first.
    pub(super) fn folders(&self) -> impl Iterator<Item = &str> {
        self.text.match_indices('/').filter_map(|(at, _)| self.text.get(..at))
    }
}

/// Unfinished files end in this, and nothing else does.
pub(in crate::storage) const UNFINISHED: &str = ".dimse-part";

const LONGEST_TEMPLATE: usize = 1024;

/// File systems take 255 bytes; this leaves room for a number and what [`names::is_device`] asks for.
const LONGEST_COMPONENT: usize = 240;

#[derive(Debug, Clone, PartialEq, Eq)]
struct Component {
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Literal(String),
    Key(Key),
}

/// Whether the end of one UID and the beginning of the next cannot be told from each other: 1.2 and 3 would have the name
/// of 1 and 2.3.
fn runs_together(pieces: &[Piece]) -> bool {
    let is_of_digits = |piece: &Piece| match piece {
        Piece::Literal(text) => text.chars().all(|char| char == '.' || char.is_ascii_digit()),
        Piece::Key(key) => !matches!(key, Key::Modality | Key::Calling | Key::Called),
    };
    pieces
        .split(|piece| !is_of_digits(piece))
        .any(|between| between.iter().filter(|piece| matches!(piece, Piece::Key(_))).count() > 1)
}

impl Component {
    /// What cannot be used is told as the end of a sentence about the template.
    fn parse(text: &str) -> std::result::Result<Self, String> {
        if text.is_empty() {
            return Err("has an empty component".to_owned());
        }
        if matches!(text, "." | "..") {
            return Err(format!("contains the component {text:?}"));
        }
        if text.ends_with(['.', ' ']) {
            return Err(format!(
                "has the component {text:?}, which ends in a dot or a blank: Windows drops these"
            ));
        }
        if text.to_ascii_lowercase().ends_with(UNFINISHED) {
            return Err(format!("has the component {text:?}: {UNFINISHED} marks unfinished files"));
        }
        let pieces = pieces(text)?;
        if let [Piece::Literal(name)] = pieces.as_slice()
            && names::is_device(name)
        {
            return Err(format!("has the component {text:?}, which is a device on Windows"));
        }
        if runs_together(&pieces) {
            return Err(format!(
                "has two UIDs in the component {text:?} that run together; put a letter, - or _ between them"
            ));
        }
        let longest: usize = pieces.iter().map(Piece::longest).sum();
        if longest > LONGEST_COMPONENT {
            return Err(format!(
                "has the component {text:?}, which may become {longest} bytes long; {LONGEST_COMPONENT} are allowed"
            ));
        }
        Ok(Self { pieces })
    }

    fn render(&self, received: &Received<'_>, path: &mut RelativePath) -> std::result::Result<(), NotAUid> {
        path.extension = 0;
        for piece in &self.pieces {
            match piece {
                Piece::Literal(text) => {
                    // The extension is that of the template: a dot in a UID begins none.
                    path.extension = text.rfind('.').map_or(0, |dot| path.text.len() + dot);
                    path.text.push_str(text);
                }
                Piece::Key(key) => {
                    path.extension = 0;
                    key.render(received, &mut path.text)?;
                }
            }
        }
        if path.extension == 0 {
            path.extension = path.text.len();
        }
        Ok(())
    }
}

impl Piece {
    fn longest(&self) -> usize {
        match self {
            Self::Literal(text) => text.len(),
            Self::Key(key) => {
                KEYS.iter().find(|(_, known, _)| known == key).map_or(0, |(_, _, longest)| *longest)
            }
        }
    }
}

impl Key {
    fn render(self, received: &Received<'_>, name: &mut String) -> std::result::Result<(), NotAUid> {
        let valid = match self {
            Self::Study => push_uid_or_absent(name, received.study),
            Self::Series => push_uid_or_absent(name, received.series),
            Self::Instance => names::push_uid(name, received.instance),
            Self::Class => names::push_uid(name, received.class),
            Self::Modality => {
                names::push_word(name, received.modality.unwrap_or_default());
                true
            }
            Self::Calling => {
                names::push_word(name, received.calling);
                true
            }
            Self::Called => {
                names::push_word(name, received.called);
                true
            }
            Self::Date => {
                name.push_str(received.date);
                true
            }
        };
        if valid { Ok(()) } else { Err(NotAUid(self)) }
    }
}

fn push_uid_or_absent(name: &mut String, received: Option<&[u8]>) -> bool {
    let Some(received) = received else {
        names::push_absent(name);
        return true;
    };
    // Padding (PS3.5 9.1), and what peers pad with.
    let end = received.iter().rposition(|byte| !matches!(byte, 0 | b' ')).map_or(0, |last| last + 1);
    names::push_uid(name, received.get(..end).unwrap_or_default())
}

fn pieces(component: &str) -> std::result::Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    let mut rest = component;
    while !rest.is_empty() {
        let (literal, behind) = match rest.split_once('{') {
            Some((literal, behind)) => (literal, Some(behind)),
            None => (rest, None),
        };
        if let Some(bad) = literal.chars().find(|character| is_forbidden(*character)) {
            return Err(format!("contains {bad:?}, which file names do not have everywhere"));
        }
        if !literal.is_empty() {
            pieces.push(Piece::Literal(literal.to_owned()));
        }
        let Some(behind) = behind else { break };
        let Some((word, behind)) = behind.split_once('}') else {
            return Err("has a { without its }".to_owned());
        };
        let Some((_, key, _)) = KEYS.iter().find(|(known, ..)| *known == word) else {
            let known: Vec<&str> = KEYS.iter().map(|(known, ..)| *known).collect();
            return Err(format!("has the key {word:?}; known are {}", known.join(", ")));
        };
        pieces.push(Piece::Key(*key));
        rest = behind;
    }
    Ok(pieces)
}

/// What Windows does not take in file names, and a brace that closes nothing.
fn is_forbidden(character: char) -> bool {
    character.is_control() || matches!(character, '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' | '}')
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECEIVED: Received<'static> = Received {
        study: Some(b"1.2.3\0"),
        series: Some(b"1.2.4"),
        instance: b"1.2.5",
        class: b"1.2.840.10008.5.1.4.1.1.2",
        modality: Some(b"CT "),
        calling: b"MODALITY 1",
        called: b"",
        date: "20260131",
    };

    fn render(template: &str, received: &Received<'_>) -> std::result::Result<String, NotAUid> {
        PathTemplate::parse(template).unwrap().render(received).map(|path| path.as_str().to_owned())
    }

    #[test]
    fn paths() {
        for (template, path) in [
            (PathTemplate::DEFAULT, "1.2.3/1.2.4/1.2.5.dcm"),
            ("{instance}", "1.2.5"),
            ("{class}/{instance}", "1.2.840.10008.5.1.4.1.1.2/1.2.5"),
            (
                "{called}/{calling}/{date}/{modality}-{instance}.dcm",
                "unknown/MODALITY_1/20260131/CT-1.2.5.dcm",
            ),
            ("in box/\u{e9}t\u{e9}/{instance}/image.v1.dcm", "in box/\u{e9}t\u{e9}/1.2.5/image.v1.dcm"),
            (".hidden/{instance}", ".hidden/1.2.5"),
            ("{study}_{series}-{instance}", "1.2.3_1.2.4-1.2.5"),
        ] {
            assert_eq!(render(template, &RECEIVED).as_deref(), Ok(path), "{template}");
        }
    }

    #[test]
    fn the_default_is_what_its_text_says() {
        assert_eq!(PathTemplate::default(), PathTemplate::parse(PathTemplate::DEFAULT).unwrap());
    }

    #[test]
    fn templates_that_are_refused() {
        let long = "x".repeat(1025);
        for (template, words) in [
            ("", "empty component"),
            ("/{instance}", "absolute"),
            ("{study}//{instance}", "empty component"),
            ("{instance}/", "empty component"),
            ("../{instance}", "component \"..\""),
            ("{study}/../{instance}", "component \"..\""),
            ("./{instance}", "component \".\""),
            ("{instance}.", "ends in a dot or a blank"),
            ("x /{instance}", "ends in a dot or a blank"),
            ("{instance}.dimse-part", "marks unfinished files"),
            (".DIMSE-PART/{instance}", "marks unfinished files"),
            ("{patient}/{instance}", "the key \"patient\"; known are study, series, instance, class"),
            ("{}/{instance}", "the key \"\""),
            ("{study/{instance}", "a { without its }"),
            ("{study", "a { without its }"),
            ("study}/{instance}", "contains '}'"),
            ("a\\b/{instance}", "contains '\\\\'"),
            ("C:{instance}", "contains ':'"),
            ("a\0/{instance}", "contains '\\0'"),
            ("a\n/{instance}", "contains '\\n'"),
            ("what?/{instance}", "contains '?'"),
            ("nul/{instance}", "device on Windows"),
            ("{study}/{series}.dcm", "lacks {instance}"),
            ("{study}_{series}_{instance}_{class}", "may become 259 bytes long; 240 are allowed"),
            ("{study}{instance}", "run together"),
            ("{date}.1.{instance}.dcm", "run together"),
            (&long, "longer than 1024 bytes"),
        ] {
            let error = PathTemplate::parse(template).unwrap_err().to_string();
            assert!(error.contains(words), "{template:?}: {error}");
        }
    }

    #[test]
    fn values_that_are_missing_have_a_name() {
        let received = Received { study: None, series: None, modality: None, calling: b"  ", ..RECEIVED };
        assert_eq!(
            render("{calling}/{modality}/{study}/{series}/{instance}", &received).as_deref(),
            Ok("unknown/unknown/unknown/unknown/1.2.5")
        );
    }

    #[test]
    fn no_uid_leads_out_of_the_folder() {
        for bad in
            [&b".."[..], b"", b"../../x", b"/etc/passwd", b"1/2", b"1..2", b"1\0\x002", b"\0", b"1\\2", b".1"]
        {
            let study = Received { study: Some(bad), ..RECEIVED };
            assert_eq!(render(PathTemplate::DEFAULT, &study), Err(NotAUid(Key::Study)), "{bad:?}");
            let series = Received { series: Some(bad), ..RECEIVED };
            assert_eq!(render(PathTemplate::DEFAULT, &series), Err(NotAUid(Key::Series)), "{bad:?}");
            let instance = Received { instance: bad, ..RECEIVED };
            assert_eq!(render("{instance}", &instance), Err(NotAUid(Key::Instance)), "{bad:?}");
            let class = Received { class: bad, ..RECEIVED };
            assert_eq!(render("{class}/{instance}", &class), Err(NotAUid(Key::Class)), "{bad:?}");
        }
    }

    #[test]
    fn devices_get_another_name() {
        let received = Received { calling: b"nul", modality: Some(b"COM1"), ..RECEIVED };
        let template = PathTemplate::parse("{calling}/{modality}.x/{instance}/{calling}.dcm").unwrap();
        let path = template.render(&received).unwrap();
        assert_eq!(path.as_str(), "_nul/_COM1.x/1.2.5/_nul.dcm");
        assert_eq!(path.numbered(2), "_nul/_COM1.x/1.2.5/_nul_2.dcm");
    }

    #[test]
    fn numbers_stand_before_the_extension_of_the_template() {
        for (template, numbered) in [
            (PathTemplate::DEFAULT, "1.2.3/1.2.4/1.2.5_7.dcm"),
            ("{instance}", "1.2.5_7"),
            ("{instance}-{modality}", "1.2.5-CT_7"),
            ("x.y/{instance}", "x.y/1.2.5_7"),
            ("{instance}/image.v1.dcm", "1.2.5/image.v1_7.dcm"),
            ("{instance}.{modality}", "1.2.5.CT_7"),
        ] {
            let path = PathTemplate::parse(template).unwrap().render(&RECEIVED).unwrap();
            assert_eq!(path.numbered(7), numbered, "{template}");
        }
    }

    #[test]
    fn folders_from_the_outermost() {
        let path = PathTemplate::default().render(&RECEIVED).unwrap();
        assert_eq!(path.folders().collect::<Vec<_>>(), ["1.2.3", "1.2.3/1.2.4"]);
    }

    #[test]
    fn the_longest_values_fit() {
        let uid = [b'1'; 64];
        let word = [b'W'; 99];
        let received = Received {
            study: Some(&uid),
            series: Some(&uid),
            instance: &uid,
            class: &uid,
            modality: Some(&word),
            calling: &word,
            called: &word,
            date: "20260131",
        };
        let template = "{study}_{instance}{modality}{calling}{called}/{class}_{date}";
        let path = render(template, &received).unwrap();
        assert!(path.split('/').all(|component| component.len() <= LONGEST_COMPONENT), "{path}");
    }
}
