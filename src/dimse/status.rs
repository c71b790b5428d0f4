//! Status (0000,0900): categories, names and texts (PS3.7 annex C; per service PS3.4 tables B.2-1, C.4-1, C.4-2,
//! C.4-3, and for the N- services annexes CC, H and S).

use std::fmt;

use super::service::Service;

/// The peer's or our answer to a request, any 16-bit number.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Status(pub u16);

/// What kind of answer a status is (PS3.7 annex C). Only [`Category::Pending`] is not final.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Category {
    /// 0000
    Success,
    /// FF00, FF01: more responses follow
    Pending,
    /// 0001, 0107, 0116, Bxxx: performed, with a deviation
    Warning,
    /// Axxx, Cxxx, other 01xx, 02xx: not performed
    Failure,
    /// FE00
    Cancel,
}

/// Those that this library gives or acts on.
impl Status {
    /// Success.
    pub const SUCCESS: Self = Self(0x0000);
    /// Warning: requested optional attributes are not supported.
    pub const WARNING: Self = Self(0x0001);
    /// No such attribute.
    pub const NO_SUCH_ATTRIBUTE: Self = Self(0x0105);
    /// Invalid attribute value.
    pub const INVALID_ATTRIBUTE_VALUE: Self = Self(0x0106);
    /// Attribute list error, a warning.
    pub const ATTRIBUTE_LIST_ERROR: Self = Self(0x0107);
    /// Processing failure.
    pub const PROCESSING_FAILURE: Self = Self(0x0110);
    /// Duplicate SOP instance.
    pub const DUPLICATE_SOP_INSTANCE: Self = Self(0x0111);
    /// No such SOP instance.
    pub const NO_SUCH_SOP_INSTANCE: Self = Self(0x0112);
    /// No such event type.
    pub const NO_SUCH_EVENT_TYPE: Self = Self(0x0113);
    /// No such argument.
    pub const NO_SUCH_ARGUMENT: Self = Self(0x0114);
    /// Invalid argument value.
    pub const INVALID_ARGUMENT_VALUE: Self = Self(0x0115);
    /// Attribute value out of range, a warning.
    pub const ATTRIBUTE_VALUE_OUT_OF_RANGE: Self = Self(0x0116);
    /// Invalid SOP instance.
    pub const INVALID_SOP_INSTANCE: Self = Self(0x0117);
    /// No such SOP class.
    pub const NO_SUCH_SOP_CLASS: Self = Self(0x0118);
    /// Class-instance conflict.
    pub const CLASS_INSTANCE_CONFLICT: Self = Self(0x0119);
    /// Missing attribute.
    pub const MISSING_ATTRIBUTE: Self = Self(0x0120);
    /// Missing attribute value.
    pub const MISSING_ATTRIBUTE_VALUE: Self = Self(0x0121);
    /// Refused: SOP class not supported.
    pub const SOP_CLASS_NOT_SUPPORTED: Self = Self(0x0122);
    /// No such action type.
    pub const NO_SUCH_ACTION: Self = Self(0x0123);
    /// Refused: not authorized.
    pub const NOT_AUTHORIZED: Self = Self(0x0124);
    /// Duplicate invocation: the message id is one of an operation that is still open.
    pub const DUPLICATE_INVOCATION: Self = Self(0x0210);
    /// Unrecognized operation.
    pub const UNRECOGNIZED_OPERATION: Self = Self(0x0211);
    /// Mistyped argument.
    pub const MISTYPED_ARGUMENT: Self = Self(0x0212);
    /// Resource limitation.
    pub const RESOURCE_LIMITATION: Self = Self(0x0213);
    /// C-STORE, C-FIND: out of resources.
    pub const OUT_OF_RESOURCES: Self = Self(0xA700);
    /// C-GET, C-MOVE: the number of matches could not be calculated.
    pub const UNABLE_TO_CALCULATE_MATCHES: Self = Self(0xA701);
    /// C-GET, C-MOVE: every sub-operation failed.
    pub const UNABLE_TO_PERFORM_SUB_OPERATIONS: Self = Self(0xA702);
    /// C-MOVE: the destination is not known.
    pub const MOVE_DESTINATION_UNKNOWN: Self = Self(0xA801);
    /// C-STORE: the data set, C-FIND, C-GET, C-MOVE: the identifier does not match the SOP class.
    pub const DATA_SET_DOES_NOT_MATCH: Self = Self(0xA900);
    /// C-STORE: data elements were coerced, a warning.
    pub const COERCION: Self = Self(0xB000);
    /// C-GET, C-MOVE: complete, at least one sub-operation failed or gave a warning.
    pub const SUB_OPERATIONS_WARNING: Self = Self(0xB000);
    /// C-STORE: data elements were discarded, a warning.
    pub const ELEMENTS_DISCARDED: Self = Self(0xB006);
    /// C-STORE: stored although the data set does not match the SOP class, a warning.
    pub const STORED_WITHOUT_MATCH: Self = Self(0xB007);
    /// C-STORE: cannot understand; C-FIND, C-GET, C-MOVE: unable to process. The first of 4096.
    pub const UNABLE_TO_PROCESS: Self = Self(0xC000);
    /// The same, of a request that was handed to a program which let go of it.
    pub const NOT_ANSWERED: Self = Self(0xC001);
    /// Ended by a C-CANCEL-RQ.
    pub const CANCEL: Self = Self(0xFE00);
    /// More follows.
    pub const PENDING: Self = Self(0xFF00);
    /// More follows; an optional key was not supported.
    pub const PENDING_WARNING: Self = Self(0xFF01);
}

impl Status {
    /// The category by the ranges of PS3.7 annex C. Numbers outside them, which nobody shall send, are failures: what
    /// is not understood is never taken for done, nor waited on.
    #[must_use]
    pub const fn category(self) -> Category {
        match self.0 {
            0x0000 => Category::Success,
            0x0001 | 0x0107 | 0x0116 | 0xB000..=0xBFFF => Category::Warning,
            0xFE00 => Category::Cancel,
            0xFF00 | 0xFF01 => Category::Pending,
            _ => Category::Failure,
        }
    }

    /// The name in PS3.7 annex C, or that of its range.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row(None).name
    }

    /// The name that the service gives it, else [`Status::name`].
    #[must_use]
    pub fn name_for(self, service: Service) -> &'static str {
        self.row(Some(service)).name
    }

    /// What it means, in the middle of a sentence.
    #[must_use]
    pub fn text(self) -> &'static str {
        self.row(None).text
    }

    /// What it means as an answer of this service.
    #[must_use]
    pub fn text_for(self, service: Service) -> &'static str {
        self.row(Some(service)).text
    }

    /// The narrowest row: that of the service, else the general one.
    fn row(self, service: Option<Service>) -> &'static Row {
        let of_service = OF_SERVICES.iter().rfind(|row| {
            row.contains(self) && service.is_some_and(|service| row.services.contains(&service))
        });
        of_service.or_else(|| GENERAL.iter().rfind(|row| row.contains(self))).unwrap_or(&UNDEFINED)
    }
}

impl fmt::Display for Status {
    /// `0110 Processing failure`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04X} {}", self.0, self.name())
    }
}

impl fmt::Debug for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Status({:04X})", self.0)
    }
}

/// A status or a range of them with one meaning.
struct Row {
    first: u16,
    last: u16,
    services: &'static [Service],
    name: &'static str,
    text: &'static str,
}

impl Row {
    fn contains(&self, status: Status) -> bool {
        (self.first..=self.last).contains(&status.0)
    }
}

const fn any(first: u16, last: u16, name: &'static str, text: &'static str) -> Row {
    Row { first, last, services: &[], name, text }
}

const fn of(
    services: &'static [Service],
    first: u16,
    last: u16,
    name: &'static str,
    text: &'static str,
) -> Row {
    Row { first, last, services, name, text }
}

const UNDEFINED: Row = any(0, u16::MAX, "Undefined status", "a status that the standard does not define");

/// PS3.7 annex C, sorted by number.
#[rustfmt::skip]
static GENERAL: &[Row] = &[
    any(0x0000, 0x0000, "Success", "the operation was performed"),
    any(0x0001, 0x0001, "Warning", "performed, but requested optional attributes are not supported"),
    any(0x0105, 0x0105, "No such attribute", "an attribute that was given is not known"),
    any(0x0106, 0x0106, "Invalid attribute value", "an attribute has a value that is out of range or not appropriate"),
    any(0x0107, 0x0107, "Attribute list error", "performed, but some attributes were not read, changed or created because they are not known"),
    any(0x0110, 0x0110, "Processing failure", "a general failure in performing the operation"),
    any(0x0111, 0x0111, "Duplicate SOP instance", "the UID of the new instance is that of an instance which exists"),
    any(0x0112, 0x0112, "No such SOP instance", "there is no instance with this UID"),
    any(0x0113, 0x0113, "No such event type", "the event type is not known"),
    any(0x0114, 0x0114, "No such argument", "the event or action information has an item that is not known"),
    any(0x0115, 0x0115, "Invalid argument value", "the event or action information has a value that is out of range or not appropriate"),
    any(0x0116, 0x0116, "Attribute value out of range", "performed, but an attribute has a value that is out of range"),
    any(0x0117, 0x0117, "Invalid SOP instance", "the SOP instance UID breaks the rules for UIDs"),
    any(0x0118, 0x0118, "No such SOP class", "the SOP class is not known"),
    any(0x0119, 0x0119, "Class-instance conflict", "the instance is not one of this SOP class"),
    any(0x0120, 0x0120, "Missing attribute", "an attribute that is required was not given"),
    any(0x0121, 0x0121, "Missing attribute value", "an attribute that needs a value was given without one"),
    any(0x0122, 0x0122, "Refused: SOP class not supported", "the SOP class is not supported for this operation"),
    any(0x0123, 0x0123, "No such action", "the action type is not known"),
    any(0x0124, 0x0124, "Refused: not authorized", "the requestor may not do this"),
    any(0x0210, 0x0210, "Duplicate invocation", "the message id is that of an operation which is not finished"),
    any(0x0211, 0x0211, "Unrecognized operation", "the operation is not known, or not among those agreed on"),
    any(0x0212, 0x0212, "Mistyped argument", "a parameter is not among those agreed on"),
    any(0x0213, 0x0213, "Resource limitation", "there are not enough resources to perform the operation"),
    any(0xA000, 0xAFFF, "Failure", "a failure that the service class defines"),
    any(0xB000, 0xBFFF, "Warning", "performed, with a warning that the service class defines"),
    any(0xC000, 0xCFFF, "Failure", "a failure that the service class or the implementation defines"),
    any(0xFE00, 0xFE00, "Cancel", "ended because it was cancelled"),
    any(0xFF00, 0xFF00, "Pending", "more responses follow"),
    any(0xFF01, 0xFF01, "Pending", "more responses follow; an optional key was not supported"),
];

const STORE: &[Service] = &[Service::CStore];
const FIND: &[Service] = &[Service::CFind];
const MOVE: &[Service] = &[Service::CMove];
const RETRIEVE: &[Service] = &[Service::CGet, Service::CMove];
/// Every one of these numbers has one meaning in all SOP classes of N- services.
const NORMAL: &[Service] = &[
    Service::NEventReport,
    Service::NGet,
    Service::NSet,
    Service::NAction,
    Service::NCreate,
    Service::NDelete,
];

/// PS3.4, sorted by first number, wider ranges before narrower ones.
#[rustfmt::skip]
static OF_SERVICES: &[Row] = &[
    of(FIND, 0x0000, 0x0000, "Success", "matching is complete"),
    of(RETRIEVE, 0x0000, 0x0000, "Success", "sub-operations are complete, none failed"),
    of(NORMAL, 0xA510, 0xA510, "Refused: media creation was already initiated", "this media creation request was initiated before"),
    of(STORE, 0xA700, 0xA7FF, "Refused: out of resources", "not stored, the peer is out of resources such as disk space"),
    of(FIND, 0xA700, 0xA700, "Refused: out of resources", "the peer is out of resources for this query"),
    of(RETRIEVE, 0xA701, 0xA701, "Refused: out of resources", "the number of matches could not be calculated"),
    of(RETRIEVE, 0xA702, 0xA702, "Refused: out of resources", "the sub-operations could not be performed"),
    of(MOVE, 0xA801, 0xA801, "Refused: move destination unknown", "the peer does not know the AE title to send to"),
    of(STORE, 0xA900, 0xA9FF, "Error: data set does not match SOP class", "not stored, the data set is not one of this SOP class"),
    of(FIND, 0xA900, 0xA900, "Error: identifier does not match SOP class", "the identifier has keys or a level that the SOP class does not allow"),
    of(RETRIEVE, 0xA900, 0xA900, "Error: identifier does not match SOP class", "the identifier has keys or a level that the SOP class does not allow"),
    of(STORE, 0xB000, 0xB000, "Warning: coercion of data elements", "stored, but the values of some data elements were changed"),
    of(RETRIEVE, 0xB000, 0xB000, "Warning: sub-operations complete, with failures or warnings", "complete, but at least one sub-operation failed or gave a warning"),
    of(STORE, 0xB006, 0xB006, "Warning: elements discarded", "stored, but some data elements were left out"),
    of(STORE, 0xB007, 0xB007, "Warning: data set does not match SOP class", "stored although the data set does not match its SOP class"),
    of(NORMAL, 0xB300, 0xB300, "Warning: created with modifications", "the procedure step was created with modifications"),
    of(NORMAL, 0xB301, 0xB301, "Warning: deletion lock not granted", "subscribed, but without a deletion lock"),
    of(NORMAL, 0xB304, 0xB304, "Warning: already cancelled", "the procedure step already is in the state CANCELED"),
    of(NORMAL, 0xB305, 0xB305, "Warning: values coerced", "invalid values were changed to valid ones"),
    of(NORMAL, 0xB306, 0xB306, "Warning: already completed", "the procedure step already is in the state COMPLETED"),
    of(NORMAL, 0xB600, 0xB600, "Warning: memory allocation not supported", "the printer does not reserve memory for a film session"),
    of(NORMAL, 0xB601, 0xB601, "Warning: collation not supported", "a film session cannot be printed as a whole"),
    of(NORMAL, 0xB602, 0xB602, "Warning: empty page in film session", "a film box of the film session has no image boxes"),
    of(NORMAL, 0xB603, 0xB603, "Warning: empty page", "the film box has no image boxes"),
    of(NORMAL, 0xB604, 0xB604, "Warning: image demagnified", "the image is larger than its image box and was made smaller"),
    of(NORMAL, 0xB605, 0xB605, "Warning: density out of range", "the density asked for is outside the printer's range"),
    of(NORMAL, 0xB609, 0xB609, "Warning: image cropped", "the image is larger than its image box and was cropped"),
    of(NORMAL, 0xB60A, 0xB60A, "Warning: image decimated", "the image is larger than its image box and was decimated"),
    of(STORE, 0xC000, 0xCFFF, "Error: cannot understand", "not stored, the data set could not be understood"),
    of(FIND, 0xC000, 0xCFFF, "Failed: unable to process", "the query could not be processed"),
    of(RETRIEVE, 0xC000, 0xCFFF, "Failed: unable to process", "the retrieval could not be processed"),
    of(NORMAL, 0xC201, 0xC201, "Failed: media creation already completed", "the media creation request is already completed"),
    of(NORMAL, 0xC202, 0xC202, "Failed: media creation already in progress", "the media creation request is already being worked on"),
    of(NORMAL, 0xC203, 0xC203, "Failed: cancellation denied", "the media creation request is not cancelled; no reason is given"),
    of(NORMAL, 0xC300, 0xC300, "Refused: no longer to be updated", "the procedure step is completed or cancelled"),
    of(NORMAL, 0xC301, 0xC301, "Refused: wrong transaction UID", "the transaction UID that locks the procedure step was not given"),
    of(NORMAL, 0xC302, 0xC302, "Refused: already in progress", "the procedure step is in the state IN PROGRESS already"),
    of(NORMAL, 0xC303, 0xC303, "Refused: scheduled by N-CREATE only", "the state SCHEDULED is reached by N-CREATE alone"),
    of(NORMAL, 0xC304, 0xC304, "Refused: final state requirements not met", "the procedure step lacks what its final state requires"),
    of(NORMAL, 0xC307, 0xC307, "Refused: no such procedure step", "the UID is not that of a procedure step managed here"),
    of(NORMAL, 0xC308, 0xC308, "Refused: receiving AE title unknown", "the AE title to be notified is not known"),
    of(NORMAL, 0xC309, 0xC309, "Refused: state is not SCHEDULED", "a new procedure step has to be in the state SCHEDULED"),
    of(NORMAL, 0xC310, 0xC310, "Refused: not in progress", "the procedure step is not yet in the state IN PROGRESS"),
    of(NORMAL, 0xC311, 0xC311, "Refused: already completed", "the procedure step is in the state COMPLETED already"),
    of(NORMAL, 0xC312, 0xC312, "Refused: performer cannot be contacted", "the performer of the procedure step cannot be reached"),
    of(NORMAL, 0xC313, 0xC313, "Refused: performer does not cancel", "the performer chooses not to cancel the procedure step"),
    of(NORMAL, 0xC314, 0xC314, "Refused: action not appropriate", "the action does not suit this instance"),
    of(NORMAL, 0xC315, 0xC315, "Refused: no event reports", "the peer does not send event reports"),
    of(NORMAL, 0xC600, 0xC600, "Failed: film session without film box", "the film session has no film boxes"),
    of(NORMAL, 0xC601, 0xC601, "Failed: print queue full", "no print job could be created, the print queue is full"),
    of(NORMAL, 0xC602, 0xC602, "Failed: print queue full", "no print job could be created, the print queue is full"),
    of(NORMAL, 0xC603, 0xC603, "Failed: image too large", "the image is larger than its image box"),
    of(NORMAL, 0xC605, 0xC605, "Failed: insufficient printer memory", "the printer has not enough memory for the image"),
    of(NORMAL, 0xC613, 0xC613, "Failed: combined image too large", "the combined print image is larger than its image box"),
    of(NORMAL, 0xC616, 0xC616, "Failed: film box not printed", "a film box is not yet printed, and the film session cannot be"),
    of(FIND, 0xFE00, 0xFE00, "Cancel", "matching ended because it was cancelled"),
    of(RETRIEVE, 0xFE00, 0xFE00, "Cancel", "sub-operations ended because the operation was cancelled"),
    of(FIND, 0xFF00, 0xFF00, "Pending", "a match; all optional keys were supported as required keys are"),
    of(RETRIEVE, 0xFF00, 0xFF00, "Pending", "sub-operations are continuing"),
    of(FIND, 0xFF01, 0xFF01, "Pending", "a match; one or more optional keys were not supported"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_sorted_wider_ranges_first() {
        for table in [GENERAL, OF_SERVICES] {
            for pair in table.windows(2) {
                assert!(pair[0].first <= pair[1].first, "{:04X}", pair[1].first);
                assert!(
                    pair[0].first < pair[1].first || pair[0].last >= pair[1].last,
                    "{:04X}",
                    pair[1].first
                );
            }
        }
    }

    #[test]
    fn no_status_has_two_rows_of_one_width_for_one_service() {
        for (index, row) in OF_SERVICES.iter().enumerate() {
            for other in &OF_SERVICES[index + 1..] {
                let same = (row.first, row.last) == (other.first, other.last);
                let shared = row.services.iter().any(|service| other.services.contains(service));
                assert!(!(same && shared), "{:04X} {}", row.first, row.name);
            }
        }
    }

    #[test]
    fn a_row_has_one_category_and_its_name_agrees() {
        for row in GENERAL.iter().chain(OF_SERVICES) {
            let category = Status(row.first).category();
            assert!((row.first..=row.last).all(|number| Status(number).category() == category));
            assert_eq!(row.name.starts_with("Warning"), {
                let attribute_warnings = [0x0107, 0x0116].contains(&row.first);
                category == Category::Warning && !attribute_warnings
            });
            assert!(!row.text.is_empty() && !row.text.ends_with('.'));
        }
    }

    #[test]
    fn categories_cover_every_number_as_annex_c_has_them() {
        for number in 0..=u16::MAX {
            let expected = match number {
                0x0000 => Category::Success,
                0x0001 | 0x0107 | 0x0116 => Category::Warning,
                _ if number >> 12 == 0xB => Category::Warning,
                0xFE00 => Category::Cancel,
                0xFF00 | 0xFF01 => Category::Pending,
                _ => Category::Failure,
            };
            assert_eq!(Status(number).category(), expected, "{number:04X}");
        }
    }

    #[test]
    fn a_number_means_what_its_service_says() {
        assert_eq!(Status(0xB000).name_for(Service::CStore), "Warning: coercion of data elements");
        assert_eq!(
            Status(0xB000).text_for(Service::CMove),
            "complete, but at least one sub-operation failed or gave a warning"
        );
        assert_eq!(Status(0xA7FE).name_for(Service::CStore), "Refused: out of resources");
        assert_eq!(Status(0xA7FE).name_for(Service::CFind), "Failure", "C-FIND has A700 alone");
        assert_eq!(Status(0xC123).name_for(Service::CFind), "Failed: unable to process");
        assert_eq!(Status(0xC311).name_for(Service::NAction), "Refused: already completed");
        assert_eq!(Status(0xC311).name_for(Service::CStore), "Error: cannot understand");
        assert_eq!(Status(0x0110).name_for(Service::CStore), Status(0x0110).name());
    }

    #[test]
    fn undefined_numbers_are_failures_with_words() {
        let status = Status(0x1234);
        assert_eq!(status.category(), Category::Failure);
        assert_eq!(status.to_string(), "1234 Undefined status");
        assert_eq!(status.text(), "a status that the standard does not define");
        assert_eq!(format!("{status:?}"), "Status(1234)");
    }
}
