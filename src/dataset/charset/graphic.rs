//! The graphic character sets that escape sequences designate (PS3.3 tables C.12-3 and C.12-4), each as the table of
//! its standard. The tables are taken from `encoding_rs` where that has them, and cut to the standard's set: the Web's
//! encodings have more in them, and a few characters that differ.

use std::sync::OnceLock;

use encoding_rs::{
    EUC_JP, EUC_KR, Encoding, GB18030, ISO_8859_2, ISO_8859_3, ISO_8859_4, ISO_8859_5, ISO_8859_6,
    ISO_8859_7, ISO_8859_8, ISO_8859_15, WINDOWS_874, WINDOWS_1254,
};

/// A graphic character set.
#[derive(Debug)]
pub(super) struct GraphicSet {
    /// Its number in the ISO register.
    registration: u16,
    /// The code element to which DICOM designates it.
    pub(super) element: CodeElement,
    size: Size,
    /// The escape sequence behind ESC.
    pub(super) escape: &'static [u8],
    /// The character of a code: row, or 0, and cell, as G0 has them.
    character: fn(u8, u8) -> Option<char>,
    table: OnceLock<Table>,
}

/// Where a set is designated to: G0 is codes 21 to 7E, G1 is codes A0 to FF.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CodeElement {
    G0,
    G1,
}

/// How many codes a set has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Size {
    /// 94, of one byte.
    Of94,
    /// 96, of one byte.
    Of96,
    /// 94 rows of 94, of two bytes.
    Of94x94,
}

/// Both directions of a set. Made when the set is first used; the largest one is some 100 KB.
#[derive(Debug)]
struct Table {
    characters: Vec<Option<char>>,
    /// Row and cell by character, in its order.
    codes: Vec<(char, [u8; 2])>,
}

impl GraphicSet {
    const fn new(
        registration: u16,
        element: CodeElement,
        size: Size,
        escape: &'static [u8],
        character: fn(u8, u8) -> Option<char>,
    ) -> Self {
        Self { registration, element, size, escape, character, table: OnceLock::new() }
    }

    /// A set of 94 single bytes in G0.
    const fn lower(registration: u16, escape: &'static [u8], character: fn(u8, u8) -> Option<char>) -> Self {
        Self::new(registration, CodeElement::G0, Size::Of94, escape, character)
    }

    /// A set of 96 single bytes in G1.
    const fn upper(registration: u16, escape: &'static [u8], character: fn(u8, u8) -> Option<char>) -> Self {
        Self::new(registration, CodeElement::G1, Size::Of96, escape, character)
    }

    pub(super) fn is_double_byte(&self) -> bool {
        self.size == Size::Of94x94
    }

    /// The character of a code, as G0 has it; `row` is 0 in sets of one byte.
    pub(super) fn character(&self, row: u8, cell: u8) -> Option<char> {
        let index = self.index(row, cell)?;
        self.table().characters.get(index).copied().flatten()
    }

    /// The code of a character, as G0 has it: row, or 0, and cell.
    pub(super) fn code(&self, character: char) -> Option<[u8; 2]> {
        let codes = &self.table().codes;
        let at = codes.binary_search_by_key(&character, |(character, _)| *character).ok()?;
        codes.get(at).map(|(_, code)| *code)
    }

    /// Writes a code where the set is designated to.
    pub(super) fn write(&self, [row, cell]: [u8; 2], bytes: &mut Vec<u8>) {
        let high = match self.element {
            CodeElement::G0 => 0,
            CodeElement::G1 => 0x80,
        };
        if self.is_double_byte() {
            bytes.push(row | high);
        }
        bytes.push(cell | high);
    }

    fn table(&self) -> &Table {
        self.table.get_or_init(|| {
            let rows = if self.is_double_byte() { 0x21..=0x7E } else { 0..=0 };
            let cells = if self.size == Size::Of96 { 0x20..=0x7F } else { 0x21..=0x7E };
            let all = rows.flat_map(|row| cells.clone().map(move |cell| [row, cell]));
            let characters: Vec<_> = all.clone().map(|[row, cell]| (self.character)(row, cell)).collect();
            let mut codes: Vec<_> = characters
                .iter()
                .zip(all)
                .filter_map(|(character, code)| Some(((*character)?, code)))
                .collect();
            codes.sort_unstable();
            Table { characters, codes }
        })
    }

    fn index(&self, row: u8, cell: u8) -> Option<usize> {
        let (first, size) = if self.size == Size::Of96 { (0x20, 96) } else { (0x21, 94) };
        let row = if self.is_double_byte() { row.checked_sub(0x21)? } else { 0 };
        let cell = cell.checked_sub(first).filter(|cell| *cell < size)?;
        Some(usize::from(row) * 94 + usize::from(cell))
    }
}

/// The register gives every set a number of its own.
impl PartialEq for GraphicSet {
    fn eq(&self, other: &Self) -> bool {
        self.registration == other.registration
    }
}

impl Eq for GraphicSet {}

// ---- sets of one byte -----------------------------------------------------------------------------------------------

/// ISO 646, the default repertoire.
pub(super) static ISO_646: GraphicSet = GraphicSet::lower(6, b"(B", |_, cell| Some(char::from(cell)));

/// JIS X 0201, romaji: a yen sign and an overline are what makes it another set.
pub(super) static ROMAJI: GraphicSet = GraphicSet::lower(14, b"(J", |_, cell| {
    Some(match cell {
        b'\\' => '¥',
        b'~' => '\u{203E}',
        _ => char::from(cell),
    })
});

/// JIS X 0201, katakana of half width.
pub(super) static KATAKANA: GraphicSet =
    GraphicSet::new(13, CodeElement::G1, Size::Of94, b")I", |_, cell| {
        let last = 0x5F;
        (cell <= last).then(|| char::from_u32(0xFF61 + u32::from(cell - 0x21))).flatten()
    });

/// ISO 8859-1.
pub(super) static LATIN_1: GraphicSet =
    GraphicSet::upper(100, b"-A", |_, cell| Some(char::from(cell | 0x80)));
/// ISO 8859-2.
pub(super) static LATIN_2: GraphicSet = GraphicSet::upper(101, b"-B", |_, cell| high(ISO_8859_2, cell));
/// ISO 8859-3.
pub(super) static LATIN_3: GraphicSet = GraphicSet::upper(109, b"-C", |_, cell| high(ISO_8859_3, cell));
/// ISO 8859-4.
pub(super) static LATIN_4: GraphicSet = GraphicSet::upper(110, b"-D", |_, cell| high(ISO_8859_4, cell));
/// ISO 8859-5.
pub(super) static CYRILLIC: GraphicSet = GraphicSet::upper(144, b"-L", |_, cell| high(ISO_8859_5, cell));
/// ISO 8859-6.
pub(super) static ARABIC: GraphicSet = GraphicSet::upper(127, b"-G", |_, cell| high(ISO_8859_6, cell));
/// ISO 8859-7, of 2003: it has three characters more than the one registered.
pub(super) static GREEK: GraphicSet = GraphicSet::upper(126, b"-F", |_, cell| high(ISO_8859_7, cell));
/// ISO 8859-8.
pub(super) static HEBREW: GraphicSet = GraphicSet::upper(138, b"-H", |_, cell| high(ISO_8859_8, cell));
/// ISO 8859-9, which windows-1254 is from A0 on.
pub(super) static LATIN_5: GraphicSet = GraphicSet::upper(148, b"-M", |_, cell| high(WINDOWS_1254, cell));
/// ISO 8859-15.
pub(super) static LATIN_9: GraphicSet = GraphicSet::upper(203, b"-b", |_, cell| high(ISO_8859_15, cell));
/// TIS 620 with a no-break space, which windows-874 is from A0 on.
pub(super) static THAI: GraphicSet = GraphicSet::upper(166, b"-T", |_, cell| high(WINDOWS_874, cell));

fn high(encoding: &'static Encoding, cell: u8) -> Option<char> {
    decode(encoding, &[cell | 0x80])
}

// ---- sets of two bytes ----------------------------------------------------------------------------------------------

/// JIS X 0208: what EUC-JP has in its rows, without the rows of NEC and IBM.
pub(super) static JIS_X_0208: GraphicSet =
    GraphicSet::new(87, CodeElement::G0, Size::Of94x94, b"$B", |row, cell| {
        if !is_in(JIS_X_0208_CELLS, row, cell) {
            return None;
        }
        match [row, cell] {
            // The Web maps these as Windows does: to signs of full width, which are others.
            [0x21, 0x41] => Some('\u{301C}'),
            [0x21, 0x42] => Some('\u{2016}'),
            [0x21, 0x5D] => Some('\u{2212}'),
            [0x21, 0x71] => Some('\u{A2}'),
            [0x21, 0x72] => Some('\u{A3}'),
            [0x22, 0x4C] => Some('\u{AC}'),
            _ => decode(EUC_JP, &[row | 0x80, cell | 0x80]),
        }
    });

/// JIS X 0212: the third code set of EUC-JP.
pub(super) static JIS_X_0212: GraphicSet =
    GraphicSet::new(159, CodeElement::G0, Size::Of94x94, b"$(D", |row, cell| match [row, cell] {
        // As above.
        [0x22, 0x37] => Some('~'),
        _ => decode(EUC_JP, &[0x8F, row | 0x80, cell | 0x80]),
    });

/// KS X 1001: the quarter of the Web's EUC-KR in which both bytes are high. The syllables that Windows added are in the
/// others.
pub(super) static KS_X_1001: GraphicSet =
    GraphicSet::new(149, CodeElement::G1, Size::Of94x94, b"$)C", |row, cell| {
        decode(EUC_KR, &[row | 0x80, cell | 0x80])
    });

/// GB 2312: what GB 18030 has in its rows, without those added later.
pub(super) static GB_2312: GraphicSet =
    GraphicSet::new(58, CodeElement::G1, Size::Of94x94, b"$)A", |row, cell| {
        is_in(GB_2312_CELLS, row, cell).then(|| decode(GB18030, &[row | 0x80, cell | 0x80])).flatten()
    });

/// All sets that have an escape sequence.
pub(super) static ALL: [&GraphicSet; 18] = [
    &ISO_646,
    &ROMAJI,
    &KATAKANA,
    &LATIN_1,
    &LATIN_2,
    &LATIN_3,
    &LATIN_4,
    &CYRILLIC,
    &ARABIC,
    &GREEK,
    &HEBREW,
    &LATIN_5,
    &LATIN_9,
    &THAI,
    &JIS_X_0208,
    &JIS_X_0212,
    &KS_X_1001,
    &GB_2312,
];

/// First and last row, and the first and last of the cells that are characters in them, all counted from 1.
type Cells = &'static [(u8, u8, &'static [(u8, u8)])];

const JIS_X_0208_CELLS: Cells = &[
    (1, 1, &[(1, 94)]),
    (2, 2, &[(1, 14), (26, 33), (42, 48), (60, 74), (82, 89), (94, 94)]),
    (3, 3, &[(16, 25), (33, 58), (65, 90)]),
    (4, 4, &[(1, 83)]),
    (5, 5, &[(1, 86)]),
    (6, 6, &[(1, 24), (33, 56)]),
    (7, 7, &[(1, 33), (49, 81)]),
    (8, 8, &[(1, 32)]),
    (16, 46, &[(1, 94)]),
    (47, 47, &[(1, 51)]),
    (48, 83, &[(1, 94)]),
    (84, 84, &[(1, 6)]),
];

const GB_2312_CELLS: Cells = &[
    (1, 1, &[(1, 94)]),
    (2, 2, &[(17, 66), (69, 78), (81, 92)]),
    (3, 3, &[(1, 94)]),
    (4, 4, &[(1, 83)]),
    (5, 5, &[(1, 86)]),
    (6, 6, &[(1, 24), (33, 56)]),
    (7, 7, &[(1, 33), (49, 81)]),
    (8, 8, &[(1, 26), (37, 73)]),
    (9, 9, &[(4, 79)]),
    (16, 54, &[(1, 94)]),
    (55, 55, &[(1, 89)]),
    (56, 87, &[(1, 94)]),
];

fn is_in(cells: Cells, row: u8, cell: u8) -> bool {
    let (row, cell) = (row.saturating_sub(0x20), cell.saturating_sub(0x20));
    let within = |(first, last): &(u8, u8), number| (*first..=*last).contains(&number);
    cells.iter().any(|(first, last, cells)| {
        (*first..=*last).contains(&row) && cells.iter().any(|range| within(range, cell))
    })
}

/// The one character that `bytes` are.
fn decode(encoding: &'static Encoding, bytes: &[u8]) -> Option<char> {
    let text = encoding.decode_without_bom_handling_and_without_replacement(bytes)?;
    let mut characters = text.chars();
    let character = characters.next()?;
    characters.next().is_none().then_some(character)
}
