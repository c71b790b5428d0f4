//! Text in sets that are designated by escape sequences (ISO 2022, PS3.5 6.1.2.4 and 6.1.2.5), and in one set without
//! any, which is the same with nothing to switch to.

use super::graphic::{ALL, CodeElement, GraphicSet, ISO_646};
use super::terms::Term;
use super::{DecodeError, ESC, Undecodable, Unencodable, VrClass};

/// The terms of (0008,0005), with code extension or without.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CodeExtension {
    /// Never empty. The first one says what is active initially.
    terms: Vec<&'static Term>,
    is_extended: bool,
    reads_undeclared: bool,
}

/// Which set is in which code element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct State {
    g0: &'static GraphicSet,
    g1: Option<&'static GraphicSet>,
}

impl CodeExtension {
    /// The default repertoire, and nothing else.
    pub(super) fn none() -> Self {
        Self::new(vec![Term::default()], false)
    }

    pub(super) fn new(terms: Vec<&'static Term>, is_extended: bool) -> Self {
        Self { terms, is_extended, reads_undeclared: false }
    }

    pub(super) fn reading_undeclared(self) -> Self {
        Self { reads_undeclared: true, ..self }
    }

    pub(super) fn terms(&self) -> Vec<&'static str> {
        let name = |term: &&'static Term| match term.alone {
            Some(alone) if !self.is_extended => alone,
            _ => term.extended,
        };
        self.terms.iter().map(name).collect()
    }

    /// Value 1 designates its sets initially (PS3.5 6.1.2.5.4). It may not be a set of two bytes; where it is one all
    /// the same, in G1, text is often written without an escape sequence, and there is no other set that it could be
    /// in. In G0 that would make ASCII unreadable, and nobody writes so.
    fn initial(&self) -> State {
        let first = self.terms.first().copied().unwrap_or(Term::default());
        let g0 = first.g0.filter(|set| !set.is_double_byte()).unwrap_or(&ISO_646);
        State { g0, g1: first.g1 }
    }

    /// The sets that escape sequences may designate: those listed, in their order, and the one in G0 initially, which
    /// is not among them where value 1 is of two bytes.
    fn declared(&self) -> impl Iterator<Item = &'static GraphicSet> {
        let listed = self.terms.iter().flat_map(|term| term.sets());
        listed.chain([self.initial().g0]).filter(|_| self.is_extended)
    }

    // ---- bytes to text ----------------------------------------------------------------------------------------------

    pub(super) fn decode(&self, bytes: &[u8], class: VrClass) -> Result<String, DecodeError> {
        let initial = self.initial();
        let mut state = initial;
        let mut text = String::with_capacity(bytes.len());
        let mut rest = bytes;
        while let [byte, behind @ ..] = rest {
            let byte = *byte;
            let offset = bytes.len() - rest.len();
            let no_character = Undecodable::NoCharacter(byte).at(offset);
            rest = behind;
            match byte {
                ESC => {
                    let set =
                        escape(behind).and_then(|set| self.permitted(set)).map_err(|why| why.at(offset))?;
                    state = state.with(set);
                    rest = behind.get(set.escape.len()..).unwrap_or_default();
                }
                // Before a control, the initial sets are active again (PS3.5 6.1.2.5.3), and so they are behind it.
                0..b' ' => {
                    state = state.restored(initial);
                    text.push(char::from(byte));
                }
                // In no set of 94 codes or 94x94, so the same with any of them in G0.
                b' ' | 0x7F => text.push(char::from(byte)),
                _ => {
                    let set =
                        if byte < 0x80 { Some(state.g0) } else { state.g1 }.ok_or(no_character.clone())?;
                    if set.is_double_byte() {
                        let [second, behind @ ..] = behind else {
                            return Err(Undecodable::CutOff.at(offset));
                        };
                        if (byte ^ second) & 0x80 != 0 {
                            return Err(no_character);
                        }
                        text.push(set.character(byte & 0x7F, second & 0x7F).ok_or(no_character)?);
                        rest = behind;
                    } else if class.delimits(byte) {
                        state = state.restored(initial);
                        text.push(char::from(byte));
                    } else {
                        text.push(set.character(0, byte & 0x7F).ok_or(no_character)?);
                    }
                }
            }
        }
        Ok(text)
    }

    /// The default repertoire may be returned to without being listed, as Japanese text often does from `ISO 2022 IR
    /// 13`: there is no data set without it.
    fn permitted(&self, set: &'static GraphicSet) -> Result<&'static GraphicSet, Undecodable> {
        let is_listed = || *set == ISO_646 || self.declared().any(|declared| declared == set);
        if self.reads_undeclared || (self.is_extended && is_listed()) {
            Ok(set)
        } else {
            Err(Undecodable::Undeclared(Term::of(set).extended))
        }
    }

    // ---- text to bytes ----------------------------------------------------------------------------------------------

    pub(super) fn encode(&self, text: &str, class: VrClass) -> Result<Vec<u8>, Unencodable> {
        let initial = self.initial();
        // Where two bytes are in G1 initially, that is how they are read, not how they may be written.
        let initial = State { g1: initial.g1.filter(|set| !set.is_double_byte()), ..initial };
        let mut writer =
            Writer { bytes: Vec::with_capacity(text.len()), initial, state: initial, renew_g1: false };
        for (offset, character) in text.char_indices() {
            match u8::try_from(character) {
                Ok(ESC) => return Err(Unencodable { character, offset }),
                Ok(code) if code < b' ' || class.delimits(code) => writer.delimiter(code),
                _ => {
                    if writer.character(character, class) {
                        continue;
                    }
                    let behind = text.get(offset..).unwrap_or_default();
                    let set = self.furthest(writer.state, behind, class);
                    writer.designate(set.ok_or(Unencodable { character, offset })?);
                    if !writer.character(character, class) {
                        return Err(Unencodable { character, offset });
                    }
                }
            }
        }
        writer.restore();
        Ok(writer.bytes)
    }

    /// Of the sets that have the first character of `text`, the one with which the text goes furthest without another
    /// escape sequence. All that was looked at here is then written, so looking ahead is linear.
    fn furthest(&self, state: State, text: &str, class: VrClass) -> Option<&'static GraphicSet> {
        let first = text.chars().next()?;
        let mut best: Option<(usize, &'static GraphicSet)> = None;
        for set in self.declared() {
            if code(set, first, class).is_none() {
                continue;
            }
            let next = state.leaving_double_byte(self.initial().g0, set).with(set);
            let goes_on = |character: &char| next.has(*character, class);
            let length = text.chars().take_while(goes_on).count();
            if best.is_none_or(|(longest, _)| length > longest) {
                best = Some((length, set));
            }
        }
        best.map(|(_, set)| set)
    }
}

impl State {
    fn with(self, set: &'static GraphicSet) -> Self {
        match set.element {
            CodeElement::G0 => Self { g0: set, ..self },
            CodeElement::G1 => Self { g1: Some(set), ..self },
        }
    }

    /// What is active behind a delimiter, `initial`. Where that leaves G1 undefined, the set that was there stays for
    /// text that omits the escape sequence which it should repeat: there is no other set that its codes could be of.
    fn restored(self, initial: Self) -> Self {
        Self { g1: initial.g1.or(self.g1), ..initial }
    }

    /// With `initial` in G0 where two bytes are, and `set` is for G1.
    fn leaving_double_byte(self, initial: &'static GraphicSet, set: &GraphicSet) -> Self {
        match set.element {
            CodeElement::G1 if self.g0.is_double_byte() => Self { g0: initial, ..self },
            _ => self,
        }
    }

    /// The active set with `character`, and its code. Behind a two-byte set in G0, G1 is not used.
    fn code(self, character: char, class: VrClass) -> Option<(&'static GraphicSet, [u8; 2])> {
        let g1 = self.g1.filter(|_| !self.g0.is_double_byte());
        [Some(self.g0), g1].into_iter().flatten().find_map(|set| Some((set, code(set, character, class)?)))
    }

    /// Whether `character` is written without an escape sequence, and is no control.
    fn has(self, character: char, class: VrClass) -> bool {
        let is_blank = in_all_sets(character).is_some() && !self.g0.is_double_byte();
        is_blank || self.code(character, class).is_some()
    }
}

/// Text as it becomes bytes.
struct Writer {
    bytes: Vec<u8>,
    initial: State,
    state: State,
    /// G1 was not used since a two-byte set in G0. It is designated again before it is: to readers that take all
    /// behind an escape sequence to be of one set, it is not in G1 any more.
    renew_g1: bool,
}

impl Writer {
    /// Writes a character, where an active set has it.
    fn character(&mut self, character: char, class: VrClass) -> bool {
        if let Some(code) = in_all_sets(character) {
            if self.state.g0.is_double_byte() {
                self.escape(self.initial.g0);
            }
            self.bytes.push(code);
            return true;
        }
        match self.state.code(character, class) {
            Some((set, _)) if self.renew_g1 && set.element == CodeElement::G1 => false,
            Some((set, code)) => {
                set.write(code, &mut self.bytes);
                true
            }
            None => false,
        }
    }

    fn delimiter(&mut self, code: u8) {
        self.restore();
        self.bytes.push(code);
    }

    fn designate(&mut self, set: &'static GraphicSet) {
        let left = self.state.leaving_double_byte(self.initial.g0, set);
        if left != self.state {
            self.escape(left.g0);
        }
        self.escape(set);
    }

    /// Makes the initial sets active, where others are. One that was undefined cannot be made so again.
    fn restore(&mut self) {
        if self.state.g0 != self.initial.g0 {
            self.escape(self.initial.g0);
        }
        if let Some(g1) = self.initial.g1.filter(|_| self.state.g1 != self.initial.g1) {
            self.escape(g1);
        }
        self.state = self.initial;
        self.renew_g1 = false;
    }

    fn escape(&mut self, set: &'static GraphicSet) {
        self.renew_g1 = match set.element {
            CodeElement::G0 => self.renew_g1 || self.state.g0.is_double_byte(),
            CodeElement::G1 => false,
        };
        self.bytes.push(ESC);
        self.bytes.extend_from_slice(set.escape);
        self.state = self.state.with(set);
    }
}

/// The code of a character, unless it would be read as a delimiter: a yen sign is one to most VRs.
fn code(set: &GraphicSet, character: char, class: VrClass) -> Option<[u8; 2]> {
    let is_delimiter = |cell| set.element == CodeElement::G0 && !set.is_double_byte() && class.delimits(cell);
    set.code(character).filter(|[_, cell]| !is_delimiter(*cell))
}

/// The code of a character that belongs to no set, space and DEL, so that it is the same with all of them.
fn in_all_sets(character: char) -> Option<u8> {
    u8::try_from(character).ok().filter(|code| matches!(code, b' ' | 0x7F))
}

/// The set that an escape sequence designates, of which ESC is not in `bytes`.
pub(super) fn escape(bytes: &[u8]) -> Result<&'static GraphicSet, Undecodable> {
    match ALL.into_iter().find(|set| bytes.starts_with(set.escape)) {
        Some(set) => Ok(set),
        None if ALL.iter().any(|set| set.escape.starts_with(bytes)) => Err(Undecodable::CutOff),
        None => Err(Undecodable::UnknownEscape),
    }
}
