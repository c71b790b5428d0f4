//! An input read as instructions, from its front.

/// What is left of an input.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Script<'a>(&'a [u8]);

impl<'a> Script<'a> {
    /// At the beginning of `input`.
    pub(crate) const fn new(input: &'a [u8]) -> Self {
        Self(input)
    }

    /// The next instruction; `None` at the end.
    pub(crate) fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    /// A parameter of the instruction; 0 at the end.
    pub(crate) fn number(&mut self) -> u8 {
        self.byte().unwrap_or_default()
    }

    /// The next so many bytes, or those that are left.
    pub(crate) fn bytes(&mut self, most: u8) -> &'a [u8] {
        let (bytes, rest) = self.0.split_at_checked(most.into()).unwrap_or((self.0, &[]));
        self.0 = rest;
        bytes
    }

    /// Bytes behind their length.
    pub(crate) fn counted(&mut self) -> &'a [u8] {
        let length = self.number();
        self.bytes(length)
    }

    /// All that is left.
    pub(crate) const fn rest(self) -> &'a [u8] {
        self.0
    }
}
