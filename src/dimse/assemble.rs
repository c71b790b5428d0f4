//! Receiving: slices of PDVs -> commands, and slices of their data sets (PS3.8 annex E).

use super::command::CommandSet;
use super::decode::{MAX_LENGTH, Malformed, decode};
use crate::error::Cause;
use crate::types::PresentationContextId;

/// A part of one PDV, as it arrived.
#[derive(Debug, Clone, Copy)]
pub struct Fragment<'a> {
    /// The PDV's presentation context.
    pub context: PresentationContextId,
    /// Message control header, bit 0: of a command, not of a data set.
    pub command: bool,
    /// Message control header, bit 1: of the last PDV of the command or data set.
    pub last: bool,
    /// The bytes; may be none.
    pub data: &'a [u8],
    /// Whether the PDV ends with these bytes.
    pub end: bool,
}

/// What a fragment completes or brings.
#[derive(Debug, PartialEq, Eq)]
pub enum Part<'a> {
    /// A command is complete; where it has a data set, that follows.
    Command {
        /// The command set.
        command: Box<CommandSet>,
        /// The context on which it came, and on which its data set will come.
        context: PresentationContextId,
    },
    /// A part of the data set of the command before; it may be empty where it is the last.
    Data {
        /// The bytes that arrived.
        data: &'a [u8],
        /// Whether the data set, and with it the message, ends here.
        last: bool,
    },
}

/// Why a fragment cannot belong to any message; the words say which rule is broken. The association has to be aborted,
/// and nothing more of it given to the assembler.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// PS3.7 6.3: a message begins with its command.
    #[error("a data set came on presentation context {0} without a command before it")]
    DataWithoutCommand(PresentationContextId),
    /// PS3.8 E.1: messages are not interleaved, and a command is complete before its data set begins.
    #[error("a data set came before the last fragment of its command")]
    DataInsideCommand,
    /// PS3.8 E.1: messages are not interleaved.
    #[error("a command came before the last fragment of the data set that the command before announced")]
    CommandInsideDataSet,
    /// PS3.8 E.1: all fragments of a message are on one presentation context.
    #[error("a message began on presentation context {began} and went on, on {went_on}")]
    ContextChanged {
        /// That of its first fragment.
        began: PresentationContextId,
        /// That of this fragment.
        went_on: PresentationContextId,
    },
    /// The command is complete, but is not a command set.
    #[error(transparent)]
    Malformed(#[from] Malformed),
}

impl From<Violation> for Cause {
    fn from(violation: Violation) -> Self {
        Self::Protocol(violation.to_string())
    }
}

/// Puts messages together again, however they were split. Without a message under way it owns no memory, and it never
/// holds more than one command set: data sets pass through as they arrive.
///
/// Two rules of PS3.8 E.1 for the sender are not tested, because messages are told apart without them: that all PDVs of
/// a PDU belong to one message, and that fragments are even.
#[derive(Debug, Default)]
pub struct Assembler {
    state: State,
}

#[derive(Debug, Default)]
enum State {
    #[default]
    BetweenMessages,
    Command {
        context: PresentationContextId,
        set: Vec<u8>,
    },
    DataSet {
        context: PresentationContextId,
    },
}

impl Assembler {
    /// Between messages.
    #[must_use]
    pub const fn new() -> Self {
        Self { state: State::BetweenMessages }
    }

    /// Whether no message is under way: neither a command nor a data set is incomplete.
    #[must_use]
    pub const fn is_between_messages(&self) -> bool {
        matches!(self.state, State::BetweenMessages)
    }

    /// Whether what comes next is, or belongs to, a data set.
    #[must_use]
    pub const fn is_in_data_set(&self) -> bool {
        matches!(self.state, State::DataSet { .. })
    }

    /// Takes the next fragment; `None` where nothing new can be said after it.
    pub fn push<'a>(&mut self, fragment: Fragment<'a>) -> Result<Option<Part<'a>>, Violation> {
        if fragment.command { self.push_command(fragment) } else { self.push_data(fragment) }
    }

    fn push_command<'a>(&mut self, fragment: Fragment<'a>) -> Result<Option<Part<'a>>, Violation> {
        let Fragment { context, data, .. } = fragment;
        let is_complete = fragment.last && fragment.end;
        match &mut self.state {
            State::DataSet { .. } => Err(Violation::CommandInsideDataSet),
            // The usual case: the command came in one piece and is read where it is.
            State::BetweenMessages if is_complete => self.complete(context, data).map(Some),
            State::BetweenMessages => {
                let mut set = Vec::new();
                append(&mut set, data)?;
                self.state = State::Command { context, set };
                Ok(None)
            }
            State::Command { context: began, set } => {
                if *began != context {
                    return Err(Violation::ContextChanged { began: *began, went_on: context });
                }
                append(set, data)?;
                if !is_complete {
                    return Ok(None);
                }
                let set = std::mem::take(set);
                self.complete(context, &set).map(Some)
            }
        }
    }

    fn push_data<'a>(&mut self, fragment: Fragment<'a>) -> Result<Option<Part<'a>>, Violation> {
        let Fragment { context, data, .. } = fragment;
        match &self.state {
            State::BetweenMessages => Err(Violation::DataWithoutCommand(context)),
            State::Command { .. } => Err(Violation::DataInsideCommand),
            State::DataSet { context: began } if *began != context => {
                Err(Violation::ContextChanged { began: *began, went_on: context })
            }
            State::DataSet { .. } => {
                let last = fragment.last && fragment.end;
                if last {
                    self.state = State::BetweenMessages;
                }
                Ok((last || !data.is_empty()).then_some(Part::Data { data, last }))
            }
        }
    }

    fn complete<'a>(&mut self, context: PresentationContextId, set: &[u8]) -> Result<Part<'a>, Violation> {
        let command = Box::new(decode(set)?);
        self.state = if command.has_data_set { State::DataSet { context } } else { State::BetweenMessages };
        Ok(Part::Command { command, context })
    }
}

fn append(set: &mut Vec<u8>, data: &[u8]) -> Result<(), Malformed> {
    if set.len() + data.len() > MAX_LENGTH {
        return Err(Malformed::TooLong);
    }
    set.extend_from_slice(data);
    Ok(())
}
