//! Every status that wire.md lists: its constant, number, category and name.

use dimse::dimse::service::Service;
use dimse::dimse::status::{Category, Status};

#[test]
fn general_statuses_of_annex_c() {
    use Category::{Failure, Success, Warning};
    let table = [
        (Status::SUCCESS, 0x0000, Success, "Success"),
        (Status::WARNING, 0x0001, Warning, "Warning"),
        (Status::NO_SUCH_ATTRIBUTE, 0x0105, Failure, "No such attribute"),
        (Status::INVALID_ATTRIBUTE_VALUE, 0x0106, Failure, "Invalid attribute value"),
        (Status::ATTRIBUTE_LIST_ERROR, 0x0107, Warning, "Attribute list error"),
        (Status::PROCESSING_FAILURE, 0x0110, Failure, "Processing failure"),
        (Status::DUPLICATE_SOP_INSTANCE, 0x0111, Failure, "Duplicate SOP instance"),
        (Status::NO_SUCH_SOP_INSTANCE, 0x0112, Failure, "No such SOP instance"),
        (Status::NO_SUCH_EVENT_TYPE, 0x0113, Failure, "No such event type"),
        (Status::NO_SUCH_ARGUMENT, 0x0114, Failure, "No such argument"),
        (Status::INVALID_ARGUMENT_VALUE, 0x0115, Failure, "Invalid argument value"),
        (Status::ATTRIBUTE_VALUE_OUT_OF_RANGE, 0x0116, Warning, "Attribute value out of range"),
        (Status::INVALID_SOP_INSTANCE, 0x0117, Failure, "Invalid SOP instance"),
        (Status::NO_SUCH_SOP_CLASS, 0x0118, Failure, "No such SOP class"),
        (Status::CLASS_INSTANCE_CONFLICT, 0x0119, Failure, "Class-instance conflict"),
        (Status::MISSING_ATTRIBUTE, 0x0120, Failure, "Missing attribute"),
        (Status::MISSING_ATTRIBUTE_VALUE, 0x0121, Failure, "Missing attribute value"),
        (Status::SOP_CLASS_NOT_SUPPORTED, 0x0122, Failure, "Refused: SOP class not supported"),
        (Status::NO_SUCH_ACTION, 0x0123, Failure, "No such action"),
        (Status::NOT_AUTHORIZED, 0x0124, Failure, "Refused: not authorized"),
        (Status::DUPLICATE_INVOCATION, 0x0210, Failure, "Duplicate invocation"),
        (Status::UNRECOGNIZED_OPERATION, 0x0211, Failure, "Unrecognized operation"),
        (Status::MISTYPED_ARGUMENT, 0x0212, Failure, "Mistyped argument"),
        (Status::RESOURCE_LIMITATION, 0x0213, Failure, "Resource limitation"),
    ];
    for (status, number, category, name) in table {
        assert_eq!(status.0, number);
        assert_eq!(status.category(), category, "{number:04X}");
        assert_eq!(status.to_string(), format!("{number:04X} {name}"));
        assert!(status.text().len() > 10, "{number:04X}");
        let elsewhere = Service::ALL.into_iter().filter(|service| number != 0 || !is_query(*service));
        assert!(
            elsewhere.into_iter().all(|service| status.name_for(service) == name),
            "no service changes it"
        );
    }
}

/// C-FIND, C-GET and C-MOVE have words of their own for 0000.
fn is_query(service: Service) -> bool {
    matches!(service, Service::CFind | Service::CGet | Service::CMove)
}

#[test]
fn statuses_of_c_store() {
    let table = [
        (0xA700, Category::Failure, "Refused: out of resources"),
        (0xA7FF, Category::Failure, "Refused: out of resources"),
        (0xA900, Category::Failure, "Error: data set does not match SOP class"),
        (0xA9FF, Category::Failure, "Error: data set does not match SOP class"),
        (0xB000, Category::Warning, "Warning: coercion of data elements"),
        (0xB006, Category::Warning, "Warning: elements discarded"),
        (0xB007, Category::Warning, "Warning: data set does not match SOP class"),
        (0xC000, Category::Failure, "Error: cannot understand"),
        (0xC001, Category::Failure, "Error: cannot understand"),
        (0xCFFF, Category::Failure, "Error: cannot understand"),
    ];
    check(&[Service::CStore], &table);
}

#[test]
fn statuses_of_c_find() {
    let table = [
        (0x0000, Category::Success, "Success"),
        (0x0122, Category::Failure, "Refused: SOP class not supported"),
        (0xA700, Category::Failure, "Refused: out of resources"),
        (0xA900, Category::Failure, "Error: identifier does not match SOP class"),
        (0xC000, Category::Failure, "Failed: unable to process"),
        (0xCFFF, Category::Failure, "Failed: unable to process"),
        (0xFE00, Category::Cancel, "Cancel"),
        (0xFF00, Category::Pending, "Pending"),
        (0xFF01, Category::Pending, "Pending"),
    ];
    check(&[Service::CFind], &table);
    assert_ne!(Status::PENDING.text_for(Service::CFind), Status::PENDING_WARNING.text_for(Service::CFind));
}

#[test]
fn statuses_of_c_get_and_c_move() {
    let table = [
        (0x0000, Category::Success, "Success"),
        (0xA701, Category::Failure, "Refused: out of resources"),
        (0xA702, Category::Failure, "Refused: out of resources"),
        (0xA900, Category::Failure, "Error: identifier does not match SOP class"),
        (0xB000, Category::Warning, "Warning: sub-operations complete, with failures or warnings"),
        (0xC001, Category::Failure, "Failed: unable to process"),
        (0xFE00, Category::Cancel, "Cancel"),
        (0xFF00, Category::Pending, "Pending"),
    ];
    check(&[Service::CGet, Service::CMove], &table);
    check(&[Service::CMove], &[(0xA801, Category::Failure, "Refused: move destination unknown")]);
    assert_eq!(
        Status::MOVE_DESTINATION_UNKNOWN.name_for(Service::CGet),
        "Failure",
        "C-GET has no destination"
    );
}

#[test]
fn constants_of_the_services() {
    let table = [
        (Status::OUT_OF_RESOURCES, 0xA700),
        (Status::UNABLE_TO_CALCULATE_MATCHES, 0xA701),
        (Status::UNABLE_TO_PERFORM_SUB_OPERATIONS, 0xA702),
        (Status::MOVE_DESTINATION_UNKNOWN, 0xA801),
        (Status::DATA_SET_DOES_NOT_MATCH, 0xA900),
        (Status::COERCION, 0xB000),
        (Status::SUB_OPERATIONS_WARNING, 0xB000),
        (Status::ELEMENTS_DISCARDED, 0xB006),
        (Status::STORED_WITHOUT_MATCH, 0xB007),
        (Status::UNABLE_TO_PROCESS, 0xC000),
        (Status::CANCEL, 0xFE00),
        (Status::PENDING, 0xFF00),
        (Status::PENDING_WARNING, 0xFF01),
    ];
    for (status, number) in table {
        assert_eq!(status.0, number);
    }
}

fn check(services: &[Service], table: &[(u16, Category, &str)]) {
    for (number, category, name) in table {
        let status = Status(*number);
        assert_eq!(status.category(), *category, "{number:04X}");
        for service in services {
            assert_eq!(status.name_for(*service), *name, "{service} {number:04X}");
            assert!(status.text_for(*service).len() > 10, "{service} {number:04X}");
        }
    }
}
