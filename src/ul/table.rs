//! The state transition table of the upper layer as data: PS3.8 tables 9-1 to 9-10.
//!
//! The standard's table and nothing else: where this library deviates, [`super::machine`] says so.

use std::fmt;

/// What the table has for `event` in `state`.
#[must_use]
pub fn cell(state: State, event: Event) -> Cell {
    TABLE.get(event.row()).and_then(|row| row.get(state.column())).copied().unwrap_or(Cell::Refused)
}

/// One cell of table 9-10.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell {
    /// Blank: the event cannot happen in this state.
    Refused,
    /// Perform the action, then be in the next state.
    Do(Action, Next),
}

/// The state after an action. Two actions have two, and choose while they are performed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// The only one.
    Is(State),
    /// AE-6: the first if the A-ASSOCIATE-RQ is acceptable, else the second.
    /// AR-8: the first for the association requestor, else the second.
    Either(State, State),
}

/// The states of tables 9-1 to 9-5.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum State {
    /// Idle.
    Sta1,
    /// Transport connection open, awaiting A-ASSOCIATE-RQ.
    Sta2,
    /// Awaiting the local user's A-ASSOCIATE response.
    Sta3,
    /// Awaiting the opening of the transport connection.
    Sta4,
    /// Awaiting A-ASSOCIATE-AC or A-ASSOCIATE-RJ.
    Sta5,
    /// Association established and ready for data transfer.
    Sta6,
    /// Awaiting A-RELEASE-RP.
    Sta7,
    /// Awaiting the local user's A-RELEASE response.
    Sta8,
    /// Release collision, requestor: awaiting the local user's A-RELEASE response.
    Sta9,
    /// Release collision, acceptor: awaiting A-RELEASE-RP.
    Sta10,
    /// Release collision, requestor: awaiting A-RELEASE-RP.
    Sta11,
    /// Release collision, acceptor: awaiting the local user's A-RELEASE response.
    Sta12,
    /// Awaiting the close of the transport connection; the association no longer exists.
    Sta13,
}

impl State {
    /// All states, in the order of the table's columns.
    #[rustfmt::skip]
    pub const ALL: [Self; 13] = [
        Self::Sta1, Self::Sta2, Self::Sta3, Self::Sta4, Self::Sta5, Self::Sta6, Self::Sta7,
        Self::Sta8, Self::Sta9, Self::Sta10, Self::Sta11, Self::Sta12, Self::Sta13,
    ];

    /// What the state is, as the middle of a sentence.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Sta1 => "idle",
            Self::Sta2 => "awaiting the peer's A-ASSOCIATE-RQ",
            Self::Sta3 => "awaiting the local answer to the A-ASSOCIATE-RQ",
            Self::Sta4 => "awaiting the transport connection",
            Self::Sta5 => "awaiting the peer's answer to the A-ASSOCIATE-RQ",
            Self::Sta6 => "associated",
            Self::Sta7 => "awaiting the peer's A-RELEASE-RP",
            Self::Sta8 => "awaiting the local answer to the A-RELEASE-RQ",
            Self::Sta9 | Self::Sta12 => "release collision, awaiting the local answer to the A-RELEASE-RQ",
            Self::Sta10 | Self::Sta11 => "release collision, awaiting the peer's A-RELEASE-RP",
            Self::Sta13 => "ended, awaiting the close of the transport connection",
        }
    }

    #[expect(
        clippy::as_conversions,
        reason = "the declared order of the variants is the order of the columns"
    )]
    const fn column(self) -> usize {
        self as usize
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?} ({})", self.words())
    }
}

/// The events of table 9-10.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Event {
    /// A-ASSOCIATE request (local user).
    Evt1,
    /// Transport connection confirmation (local transport service).
    Evt2,
    /// A-ASSOCIATE-AC PDU.
    Evt3,
    /// A-ASSOCIATE-RJ PDU.
    Evt4,
    /// Transport connection indication (local transport service).
    Evt5,
    /// A-ASSOCIATE-RQ PDU.
    Evt6,
    /// A-ASSOCIATE response primitive (accept).
    Evt7,
    /// A-ASSOCIATE response primitive (reject).
    Evt8,
    /// P-DATA request primitive.
    Evt9,
    /// P-DATA-TF PDU.
    Evt10,
    /// A-RELEASE request primitive.
    Evt11,
    /// A-RELEASE-RQ PDU.
    Evt12,
    /// A-RELEASE-RP PDU.
    Evt13,
    /// A-RELEASE response primitive.
    Evt14,
    /// A-ABORT request primitive.
    Evt15,
    /// A-ABORT PDU.
    Evt16,
    /// Transport connection closed indication (local transport service).
    Evt17,
    /// ARTIM timer expired.
    Evt18,
    /// Unrecognized or invalid PDU received.
    Evt19,
}

impl Event {
    /// All events, in the order of the table's rows.
    #[rustfmt::skip]
    pub const ALL: [Self; 19] = [
        Self::Evt1, Self::Evt2, Self::Evt3, Self::Evt4, Self::Evt5, Self::Evt6, Self::Evt7, Self::Evt8, Self::Evt9,
        Self::Evt10, Self::Evt11, Self::Evt12, Self::Evt13, Self::Evt14, Self::Evt15, Self::Evt16, Self::Evt17,
        Self::Evt18, Self::Evt19,
    ];

    /// The standard's words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Evt1 => "A-ASSOCIATE request",
            Self::Evt2 => "transport connection confirmation",
            Self::Evt3 => "A-ASSOCIATE-AC PDU",
            Self::Evt4 => "A-ASSOCIATE-RJ PDU",
            Self::Evt5 => "transport connection indication",
            Self::Evt6 => "A-ASSOCIATE-RQ PDU",
            Self::Evt7 => "A-ASSOCIATE response (accept)",
            Self::Evt8 => "A-ASSOCIATE response (reject)",
            Self::Evt9 => "P-DATA request",
            Self::Evt10 => "P-DATA-TF PDU",
            Self::Evt11 => "A-RELEASE request",
            Self::Evt12 => "A-RELEASE-RQ PDU",
            Self::Evt13 => "A-RELEASE-RP PDU",
            Self::Evt14 => "A-RELEASE response",
            Self::Evt15 => "A-ABORT request",
            Self::Evt16 => "A-ABORT PDU",
            Self::Evt17 => "transport connection closed indication",
            Self::Evt18 => "ARTIM timer expired",
            Self::Evt19 => "unrecognized or invalid PDU",
        }
    }

    #[expect(clippy::as_conversions, reason = "the declared order of the variants is the order of the rows")]
    const fn row(self) -> usize {
        self as usize
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words())
    }
}

/// The actions of tables 9-6 to 9-9.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Issue TRANSPORT CONNECT request.
    Ae1,
    /// Send A-ASSOCIATE-RQ.
    Ae2,
    /// Issue A-ASSOCIATE confirmation (accept).
    Ae3,
    /// Issue A-ASSOCIATE confirmation (reject), close the transport connection.
    Ae4,
    /// Issue transport connection response, start ARTIM.
    Ae5,
    /// Stop ARTIM; issue A-ASSOCIATE indication if the A-ASSOCIATE-RQ is acceptable, else send A-ASSOCIATE-RJ and
    /// start ARTIM.
    Ae6,
    /// Send A-ASSOCIATE-AC.
    Ae7,
    /// Send A-ASSOCIATE-RJ, start ARTIM.
    Ae8,
    /// Send P-DATA-TF.
    Dt1,
    /// Issue P-DATA indication.
    Dt2,
    /// Send A-RELEASE-RQ.
    Ar1,
    /// Issue A-RELEASE indication.
    Ar2,
    /// Issue A-RELEASE confirmation, close the transport connection.
    Ar3,
    /// Send A-RELEASE-RP, start ARTIM.
    Ar4,
    /// Stop ARTIM.
    Ar5,
    /// Issue P-DATA indication.
    Ar6,
    /// Send P-DATA-TF.
    Ar7,
    /// Issue A-RELEASE indication (release collision).
    Ar8,
    /// Send A-RELEASE-RP.
    Ar9,
    /// Issue A-RELEASE confirmation.
    Ar10,
    /// Send A-ABORT (service user source), start or restart ARTIM.
    Aa1,
    /// Stop ARTIM if running, close the transport connection.
    Aa2,
    /// Issue A-ABORT or A-P-ABORT indication, as the A-ABORT's source says; close the transport connection.
    Aa3,
    /// Issue A-P-ABORT indication.
    Aa4,
    /// Stop ARTIM.
    Aa5,
    /// Ignore the PDU.
    Aa6,
    /// Send A-ABORT.
    Aa7,
    /// Send A-ABORT (service provider source), issue A-P-ABORT indication, start ARTIM.
    Aa8,
}

// Each action with its next state, as tables 9-6 to 9-9 define it.
const AE1: Cell = Cell::Do(Action::Ae1, Next::Is(State::Sta4));
const AE2: Cell = Cell::Do(Action::Ae2, Next::Is(State::Sta5));
const AE3: Cell = Cell::Do(Action::Ae3, Next::Is(State::Sta6));
const AE4: Cell = Cell::Do(Action::Ae4, Next::Is(State::Sta1));
const AE5: Cell = Cell::Do(Action::Ae5, Next::Is(State::Sta2));
const AE6: Cell = Cell::Do(Action::Ae6, Next::Either(State::Sta3, State::Sta13));
const AE7: Cell = Cell::Do(Action::Ae7, Next::Is(State::Sta6));
const AE8: Cell = Cell::Do(Action::Ae8, Next::Is(State::Sta13));
const DT1: Cell = Cell::Do(Action::Dt1, Next::Is(State::Sta6));
const DT2: Cell = Cell::Do(Action::Dt2, Next::Is(State::Sta6));
const AR1: Cell = Cell::Do(Action::Ar1, Next::Is(State::Sta7));
const AR2: Cell = Cell::Do(Action::Ar2, Next::Is(State::Sta8));
const AR3: Cell = Cell::Do(Action::Ar3, Next::Is(State::Sta1));
const AR4: Cell = Cell::Do(Action::Ar4, Next::Is(State::Sta13));
const AR5: Cell = Cell::Do(Action::Ar5, Next::Is(State::Sta1));
const AR6: Cell = Cell::Do(Action::Ar6, Next::Is(State::Sta7));
const AR7: Cell = Cell::Do(Action::Ar7, Next::Is(State::Sta8));
const AR8: Cell = Cell::Do(Action::Ar8, Next::Either(State::Sta9, State::Sta10));
const AR9: Cell = Cell::Do(Action::Ar9, Next::Is(State::Sta11));
const A10: Cell = Cell::Do(Action::Ar10, Next::Is(State::Sta12));
const AA1: Cell = Cell::Do(Action::Aa1, Next::Is(State::Sta13));
const AA2: Cell = Cell::Do(Action::Aa2, Next::Is(State::Sta1));
const AA3: Cell = Cell::Do(Action::Aa3, Next::Is(State::Sta1));
const AA4: Cell = Cell::Do(Action::Aa4, Next::Is(State::Sta1));
const AA5: Cell = Cell::Do(Action::Aa5, Next::Is(State::Sta1));
const AA6: Cell = Cell::Do(Action::Aa6, Next::Is(State::Sta13));
const AA7: Cell = Cell::Do(Action::Aa7, Next::Is(State::Sta13));
const AA8: Cell = Cell::Do(Action::Aa8, Next::Is(State::Sta13));
const NO_: Cell = Cell::Refused;

/// Table 9-10: a row for each event, a column for each state. `A10` is AR-10, `NO_` a blank cell.
#[rustfmt::skip]
pub static TABLE: [[Cell; 13]; 19] = [
    // Sta1 Sta2 Sta3 Sta4 Sta5 Sta6 Sta7 Sta8 Sta9 Sta10 11   12   13
    [ AE1, NO_, NO_, NO_, NO_, NO_, NO_, NO_, NO_, NO_, NO_, NO_, NO_ ], // Evt1  A-ASSOCIATE request
    [ NO_, NO_, NO_, AE2, NO_, NO_, NO_, NO_, NO_, NO_, NO_, NO_, NO_ ], // Evt2  transport connection confirmation
    [ NO_, AA1, AA8, NO_, AE3, AA8, AA8, AA8, AA8, AA8, AA8, AA8, AA6 ], // Evt3  A-ASSOCIATE-AC PDU
    [ NO_, AA1, AA8, NO_, AE4, AA8, AA8, AA8, AA8, AA8, AA8, AA8, AA6 ], // Evt4  A-ASSOCIATE-RJ PDU
    [ AE5, NO_, NO_, NO_, NO_, NO_, NO_, NO_, NO_, NO_, NO_, NO_, NO_ ], // Evt5  transport connection indication
    [ NO_, AE6, AA8, NO_, AA8, AA8, AA8, AA8, AA8, AA8, AA8, AA8, AA7 ], // Evt6  A-ASSOCIATE-RQ PDU
    [ NO_, NO_, AE7, NO_, NO_, NO_, NO_, NO_, NO_, NO_, NO_, NO_, NO_ ], // Evt7  A-ASSOCIATE response (accept)
    [ NO_, NO_, AE8, NO_, NO_, NO_, NO_, NO_, NO_, NO_, NO_, NO_, NO_ ], // Evt8  A-ASSOCIATE response (reject)
    [ NO_, NO_, NO_, NO_, NO_, DT1, NO_, AR7, NO_, NO_, NO_, NO_, NO_ ], // Evt9  P-DATA request
    [ NO_, AA1, AA8, NO_, AA8, DT2, AR6, AA8, AA8, AA8, AA8, AA8, AA6 ], // Evt10 P-DATA-TF PDU
    [ NO_, NO_, NO_, NO_, NO_, AR1, NO_, NO_, NO_, NO_, NO_, NO_, NO_ ], // Evt11 A-RELEASE request
    [ NO_, AA1, AA8, NO_, AA8, AR2, AR8, AA8, AA8, AA8, AA8, AA8, AA6 ], // Evt12 A-RELEASE-RQ PDU
    [ NO_, AA1, AA8, NO_, AA8, AA8, AR3, AA8, AA8, A10, AR3, AA8, AA6 ], // Evt13 A-RELEASE-RP PDU
    [ NO_, NO_, NO_, NO_, NO_, NO_, NO_, AR4, AR9, NO_, NO_, AR4, NO_ ], // Evt14 A-RELEASE response
    [ NO_, NO_, AA1, AA2, AA1, AA1, AA1, AA1, AA1, AA1, AA1, AA1, NO_ ], // Evt15 A-ABORT request
    [ NO_, AA2, AA3, NO_, AA3, AA3, AA3, AA3, AA3, AA3, AA3, AA3, AA2 ], // Evt16 A-ABORT PDU
    [ NO_, AA5, AA4, AA4, AA4, AA4, AA4, AA4, AA4, AA4, AA4, AA4, AR5 ], // Evt17 transport connection closed
    [ NO_, AA2, NO_, NO_, NO_, NO_, NO_, NO_, NO_, NO_, NO_, NO_, AA2 ], // Evt18 ARTIM timer expired
    [ NO_, AA1, AA8, NO_, AA8, AA8, AA8, AA8, AA8, AA8, AA8, AA8, AA7 ], // Evt19 unrecognized or invalid PDU
];
