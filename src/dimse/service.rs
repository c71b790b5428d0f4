//! The eleven services of PS3.7 and the command field that names a message of one of them.

use std::fmt;

/// A DIMSE service (PS3.7 tables 7.5-1 and 7.5-2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Service {
    /// PS3.7 9.1.1
    CStore,
    /// PS3.7 9.1.3
    CGet,
    /// PS3.7 9.1.2
    CFind,
    /// PS3.7 9.1.4
    CMove,
    /// PS3.7 9.1.5
    CEcho,
    /// PS3.7 10.1.1
    NEventReport,
    /// PS3.7 10.1.2
    NGet,
    /// PS3.7 10.1.3
    NSet,
    /// PS3.7 10.1.4
    NAction,
    /// PS3.7 10.1.5
    NCreate,
    /// PS3.7 10.1.6
    NDelete,
}

impl Service {
    /// Every service, by the number of its request.
    pub const ALL: [Self; 11] = [
        Self::CStore,
        Self::CGet,
        Self::CFind,
        Self::CMove,
        Self::CEcho,
        Self::NEventReport,
        Self::NGet,
        Self::NSet,
        Self::NAction,
        Self::NCreate,
        Self::NDelete,
    ];

    /// The name in the standard: `C-STORE`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::CStore => "C-STORE",
            Self::CGet => "C-GET",
            Self::CFind => "C-FIND",
            Self::CMove => "C-MOVE",
            Self::CEcho => "C-ECHO",
            Self::NEventReport => "N-EVENT-REPORT",
            Self::NGet => "N-GET",
            Self::NSet => "N-SET",
            Self::NAction => "N-ACTION",
            Self::NCreate => "N-CREATE",
            Self::NDelete => "N-DELETE",
        }
    }

    /// The command field of its request; that of its response has the highest bit set.
    const fn request_number(self) -> u16 {
        match self {
            Self::CStore => 0x0001,
            Self::CGet => 0x0010,
            Self::CFind => 0x0020,
            Self::CMove => 0x0021,
            Self::CEcho => 0x0030,
            Self::NEventReport => 0x0100,
            Self::NGet => 0x0110,
            Self::NSet => 0x0120,
            Self::NAction => 0x0130,
            Self::NCreate => 0x0140,
            Self::NDelete => 0x0150,
        }
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Command Field (0000,0100): which message a command set is (PS3.7 table E.1-1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CommandField {
    /// A request of this service.
    Request(Service),
    /// A response of this service.
    Response(Service),
    /// C-CANCEL-RQ: of a C-FIND, C-GET or C-MOVE; never answered by a message of its own.
    CancelRq,
    /// A number that the standard does not define; where it is a request, it is answered 0211.
    Unknown(u16),
}

impl CommandField {
    const CANCEL: u16 = 0x0FFF;
    const RESPONSE: u16 = 0x8000;

    /// The message that a number stands for.
    #[must_use]
    pub fn from_wire(number: u16) -> Self {
        if number == Self::CANCEL {
            return Self::CancelRq;
        }
        let request = number & !Self::RESPONSE;
        match Service::ALL.into_iter().find(|service| service.request_number() == request) {
            Some(service) if number == request => Self::Request(service),
            Some(service) => Self::Response(service),
            None => Self::Unknown(number),
        }
    }

    /// The number on the wire.
    #[must_use]
    pub const fn get(self) -> u16 {
        match self {
            Self::Request(service) => service.request_number(),
            Self::Response(service) => service.request_number() | Self::RESPONSE,
            Self::CancelRq => Self::CANCEL,
            Self::Unknown(number) => number,
        }
    }

    /// The service, where the message belongs to one alone.
    #[must_use]
    pub const fn service(self) -> Option<Service> {
        match self {
            Self::Request(service) | Self::Response(service) => Some(service),
            Self::CancelRq | Self::Unknown(_) => None,
        }
    }

    /// The command field of the response to this request.
    #[must_use]
    pub fn response(self) -> Self {
        Self::from_wire(self.get() | Self::RESPONSE)
    }

    /// Whether the message names another one, by Message ID Being Responded To (0000,0120), instead of bearing a
    /// Message ID (0000,0110): responses and C-CANCEL-RQ.
    #[must_use]
    pub const fn refers(self) -> bool {
        self.is_response() || matches!(self, Self::CancelRq)
    }

    /// Whether it is a response; the highest bit says so of unknown numbers too.
    #[must_use]
    pub const fn is_response(self) -> bool {
        self.get() & Self::RESPONSE != 0
    }
}

impl fmt::Display for CommandField {
    /// `C-STORE-RQ`, or `unknown command 0002`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Request(service) => write!(f, "{service}-RQ"),
            Self::Response(service) => write!(f, "{service}-RSP"),
            Self::CancelRq => f.write_str("C-CANCEL-RQ"),
            Self::Unknown(number) => write!(f, "unknown command {number:04X}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_names_of_table_e_1_1() {
        let table = [
            (0x0001, "C-STORE-RQ"),
            (0x8001, "C-STORE-RSP"),
            (0x0010, "C-GET-RQ"),
            (0x8010, "C-GET-RSP"),
            (0x0020, "C-FIND-RQ"),
            (0x8020, "C-FIND-RSP"),
            (0x0021, "C-MOVE-RQ"),
            (0x8021, "C-MOVE-RSP"),
            (0x0030, "C-ECHO-RQ"),
            (0x8030, "C-ECHO-RSP"),
            (0x0100, "N-EVENT-REPORT-RQ"),
            (0x8100, "N-EVENT-REPORT-RSP"),
            (0x0110, "N-GET-RQ"),
            (0x8110, "N-GET-RSP"),
            (0x0120, "N-SET-RQ"),
            (0x8120, "N-SET-RSP"),
            (0x0130, "N-ACTION-RQ"),
            (0x8130, "N-ACTION-RSP"),
            (0x0140, "N-CREATE-RQ"),
            (0x8140, "N-CREATE-RSP"),
            (0x0150, "N-DELETE-RQ"),
            (0x8150, "N-DELETE-RSP"),
            (0x0FFF, "C-CANCEL-RQ"),
        ];
        for (number, name) in table {
            let command = CommandField::from_wire(number);
            assert_eq!(command.to_string(), name);
            assert_eq!(command.refers(), number >= 0x8000 || number == 0x0FFF, "{name}");
        }
    }

    #[test]
    fn every_number_survives() {
        for number in 0..=u16::MAX {
            assert_eq!(CommandField::from_wire(number).get(), number);
        }
    }

    #[test]
    fn responses_of_known_and_unknown_requests() {
        assert_eq!(CommandField::Request(Service::NSet).response(), CommandField::Response(Service::NSet));
        assert_eq!(CommandField::Unknown(0x0002).response(), CommandField::Unknown(0x8002));
        assert_eq!(CommandField::Unknown(0x8002).to_string(), "unknown command 8002");
        assert!(CommandField::Unknown(0x8002).is_response());
        assert_eq!(CommandField::CancelRq.service(), None);
    }
}
