//! Any value there and back, in any pieces; garbage; and a second codec that must agree byte for byte.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[path = "wire/stream.rs"]
mod stream;
#[path = "wire/values.rs"]
mod values;

use dicom_ul::pdu as other;
use dimse::types::{AbortReason, PresentationContextId, Rejection};
use dimse::wire::encode::{encode, pdv_header};
use dimse::wire::item::{CommonExtendedNegotiation, ContextAnswer, UserInformation};
use dimse::wire::pdu::{Pdu, PduType};
use proptest::collection::vec;
use proptest::prelude::*;
use stream::{Came, decode_one, feed};

fn encoded(pdu: &Pdu) -> Vec<u8> {
    let mut out = Vec::new();
    encode(pdu, &mut out).unwrap();
    out
}

/// `bytes` in pieces as long as `sizes` say, over and over; a piece may be empty.
fn pieces<'a>(mut bytes: &'a [u8], sizes: &[usize]) -> Vec<&'a [u8]> {
    let mut pieces = Vec::new();
    for size in sizes.iter().cycle() {
        if bytes.is_empty() || sizes.iter().all(|size| *size == 0) {
            break;
        }
        let (piece, rest) = bytes.split_at((*size).min(bytes.len()));
        pieces.push(piece);
        bytes = rest;
    }
    pieces.push(bytes);
    pieces
}

#[derive(Debug, Clone)]
struct Fragment {
    context: PresentationContextId,
    command: bool,
    last: bool,
    data: Vec<u8>,
}

fn fragment() -> impl Strategy<Value = Fragment> {
    let context =
        (0..PresentationContextId::MOST).prop_filter_map("an id", PresentationContextId::from_index);
    (context, any::<bool>(), any::<bool>(), vec(any::<u8>(), 0..60))
        .prop_map(|(context, command, last, data)| Fragment { context, command, last, data })
}

fn config() -> ProptestConfig {
    ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn what_is_encoded_is_decoded(pdu in values::pdu()) {
        prop_assert_eq!(decode_one(&encoded(&pdu)), pdu);
    }

    /// A stream of PDUs and fragments is the same in whatever pieces it comes.
    #[test]
    fn any_pieces(
        pdus in vec(values::pdu(), 0..3),
        fragments in vec(fragment(), 0..5),
        sizes in vec(0..50_usize, 1..10),
    ) {
        let mut stream = Vec::new();
        let mut expected = Vec::new();
        for Fragment { context, command, last, data } in fragments {
            stream.extend(pdv_header(context, command, last, data.len()));
            stream.extend(&data);
            expected.push(Came::Header(PduType::PData, u32::try_from(data.len() + 6).unwrap()));
            expected.push(Came::Pdv { context: context.get(), command, last, data, complete: true });
            expected.push(Came::PDataEnd);
        }
        for pdu in pdus {
            let bytes = encoded(&pdu);
            expected.push(Came::Header(pdu.pdu_type(), u32::try_from(bytes.len() - 6).unwrap()));
            expected.push(Came::Pdu(pdu));
            stream.extend(bytes);
        }
        prop_assert_eq!(feed(pieces(&stream, &sizes)), (expected, Ok(())));
    }

    /// Nothing panics, and what comes of it does not depend on the pieces.
    #[test]
    fn garbage(bytes in vec(any::<u8>(), 0..300), sizes in vec(0..20_usize, 1..5)) {
        prop_assert_eq!(feed(pieces(&bytes, &sizes)), feed([&bytes[..]]));
    }

    /// The same for what is nearly right: a valid PDU with some bytes changed.
    #[test]
    fn damaged(
        pdu in values::pdu(),
        damage in vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        sizes in vec(0..50_usize, 1..5),
    ) {
        let mut bytes = encoded(&pdu);
        for (index, value) in damage {
            *index.get_mut(&mut bytes) = value;
        }
        prop_assert_eq!(feed(pieces(&bytes, &sizes)), feed([&bytes[..]]));
    }

    /// Random PDVs behind a right header.
    #[test]
    fn garbage_in_data(bytes in vec(0..8_u8, 6..200), sizes in vec(0..20_usize, 1..5)) {
        let mut stream = vec![4, 0];
        stream.extend(u32::try_from(bytes.len()).unwrap().to_be_bytes());
        stream.extend(bytes);
        prop_assert_eq!(feed(pieces(&stream, &sizes)), feed([&stream[..]]));
    }

    /// dicom-ul writes the same bytes for the same value, and reads ours.
    #[test]
    fn a_second_codec_agrees(pdu in values::pdu()) {
        let pdu = expressible(pdu);
        let bytes = encoded(&pdu);
        let theirs = translated(&pdu);
        let mut written = Vec::new();
        other::write_pdu(&mut written, &theirs).unwrap();
        prop_assert_eq!(&written, &bytes);
        let read = other::read_pdu(&bytes[..], other::MAXIMUM_PDU_SIZE, false).unwrap();
        prop_assert_eq!(read, Some(theirs));
    }

    /// The same for P-DATA-TF, also with several PDVs in one PDU.
    #[test]
    fn a_second_codec_agrees_on_data(fragments in vec(fragment(), 1..5)) {
        let value = |fragment: &Fragment| other::PDataValue {
            presentation_context_id: fragment.context.get(),
            value_type: if fragment.command {
                other::PDataValueType::Command
            } else {
                other::PDataValueType::Data
            },
            is_last: fragment.last,
            data: fragment.data.clone(),
        };
        let theirs = other::Pdu::PData { data: fragments.iter().map(value).collect() };
        let mut written = Vec::new();
        other::write_pdu(&mut written, &theirs).unwrap();
        let mut expected = vec![Came::Header(PduType::PData, u32::try_from(written.len() - 6).unwrap())];
        for Fragment { context, command, last, data } in &fragments {
            let (context, command, last, data) = (context.get(), *command, *last, data.clone());
            expected.push(Came::Pdv { context, command, last, data, complete: true });
        }
        expected.push(Came::PDataEnd);
        prop_assert_eq!(feed([&written[..]]), (expected, Ok(())));

        for fragment in &fragments {
            let Fragment { context, command, last, data } = fragment;
            let mut ours = pdv_header(*context, *command, *last, data.len()).to_vec();
            ours.extend(data);
            let read = other::read_pdu(&ours[..], other::MAXIMUM_PDU_SIZE, false).unwrap();
            prop_assert_eq!(read, Some(other::Pdu::PData { data: vec![value(fragment)] }));
        }
    }
}

/// `pdu` with what dicom-ul has no value for replaced: numbers that the standard reserves, and an implementation version
/// name that is not text or is padded.
fn expressible(mut pdu: Pdu) -> Pdu {
    match &mut pdu {
        Pdu::AssociateRq(rq) => expressible_user(&mut rq.user),
        Pdu::AssociateAc(ac) => expressible_user(&mut ac.user),
        Pdu::AssociateRj(rejection) => {
            *rejection = Rejection {
                result: rejection.result % 2 + 1,
                source: rejection.source % 3 + 1,
                reason: rejection.reason % 2 + 1,
            };
        }
        Pdu::Abort(reason) if reason.source % 2 == 0 => *reason = AbortReason::USER,
        Pdu::Abort(reason) => *reason = AbortReason { source: 2, reason: reason.reason % 7 },
        Pdu::ReleaseRq | Pdu::ReleaseRp => {}
    }
    pdu
}

fn expressible_user(user: &mut UserInformation) {
    if let Some(version) = &mut user.implementation_version {
        version.retain(u8::is_ascii_alphanumeric);
    }
    if let Some(identity) = &mut user.identity {
        identity.kind = identity.kind % 5 + 1;
    }
}

fn translated(pdu: &Pdu) -> other::Pdu {
    match pdu {
        Pdu::AssociateRq(rq) => other::Pdu::AssociationRQ(other::AssociationRQ {
            protocol_version: rq.protocol_version,
            calling_ae_title: rq.calling.to_string(),
            called_ae_title: rq.called.to_string(),
            application_context_name: text(rq.application_context.as_ref()),
            presentation_contexts: rq
                .contexts
                .iter()
                .map(|context| other::PresentationContextProposed {
                    id: context.id.get(),
                    abstract_syntax: text(context.abstract_syntax.as_ref()),
                    transfer_syntaxes: context.transfer_syntaxes.iter().map(ToString::to_string).collect(),
                })
                .collect(),
            user_variables: user_variables(&rq.user),
        }),
        Pdu::AssociateAc(ac) => other::Pdu::AssociationAC(other::AssociationAC {
            protocol_version: ac.protocol_version,
            calling_ae_title: ac.calling.to_string(),
            called_ae_title: ac.called.to_string(),
            application_context_name: text(ac.application_context.as_ref()),
            presentation_contexts: ac
                .contexts
                .iter()
                .map(|context| other::PresentationContextResult {
                    id: context.id.get(),
                    reason: reason(context.result),
                    // A refused context is written with the default transfer syntax.
                    transfer_syntax: context
                        .transfer_syntax
                        .as_ref()
                        .map_or("1.2.840.10008.1.2".to_owned(), ToString::to_string),
                })
                .collect(),
            user_variables: user_variables(&ac.user),
        }),
        Pdu::AssociateRj(rejection) => other::Pdu::AssociationRJ(other::AssociationRJ {
            result: match rejection.result {
                1 => other::AssociationRJResult::Permanent,
                _ => other::AssociationRJResult::Transient,
            },
            source: rejection_source(rejection.source, rejection.reason),
        }),
        Pdu::ReleaseRq => other::Pdu::ReleaseRQ,
        Pdu::ReleaseRp => other::Pdu::ReleaseRP,
        Pdu::Abort(reason) => other::Pdu::AbortRQ { source: abort_source(*reason) },
    }
}

fn text(uid: Option<&dimse::types::Uid>) -> String {
    uid.unwrap().to_string()
}

fn reason(answer: ContextAnswer) -> other::PresentationContextResultReason {
    use other::PresentationContextResultReason as Theirs;
    match answer {
        ContextAnswer::Acceptance => Theirs::Acceptance,
        ContextAnswer::UserRejection => Theirs::UserRejection,
        ContextAnswer::NoReason => Theirs::NoReason,
        ContextAnswer::AbstractSyntaxNotSupported => Theirs::AbstractSyntaxNotSupported,
        ContextAnswer::TransferSyntaxesNotSupported => Theirs::TransferSyntaxesNotSupported,
        ContextAnswer::Reserved(number) => panic!("{number}"),
    }
}

fn rejection_source(source: u8, reason: u8) -> other::AssociationRJSource {
    use other::AssociationRJServiceProviderASCEReason as Acse;
    use other::AssociationRJServiceProviderPresentationReason as Presentation;
    use other::AssociationRJServiceUserReason as User;
    match (source, reason) {
        (1, 1) => other::AssociationRJSource::ServiceUser(User::NoReasonGiven),
        (1, 2) => other::AssociationRJSource::ServiceUser(User::ApplicationContextNameNotSupported),
        (2, 1) => other::AssociationRJSource::ServiceProviderASCE(Acse::NoReasonGiven),
        (2, 2) => other::AssociationRJSource::ServiceProviderASCE(Acse::ProtocolVersionNotSupported),
        (3, 1) => other::AssociationRJSource::ServiceProviderPresentation(Presentation::TemporaryCongestion),
        (3, 2) => other::AssociationRJSource::ServiceProviderPresentation(Presentation::LocalLimitExceeded),
        numbers => panic!("{numbers:?}"),
    }
}

fn abort_source(reason: AbortReason) -> other::AbortRQSource {
    use other::AbortRQServiceProviderReason as Provider;
    other::AbortRQSource::ServiceProvider(match (reason.source, reason.reason) {
        (0, _) => return other::AbortRQSource::ServiceUser,
        (2, 0) => Provider::ReasonNotSpecified,
        (2, 1) => Provider::UnrecognizedPdu,
        (2, 2) => Provider::UnexpectedPdu,
        (2, 3) => Provider::Reserved,
        (2, 4) => Provider::UnrecognizedPduParameter,
        (2, 5) => Provider::UnexpectedPduParameter,
        (2, 6) => Provider::InvalidPduParameter,
        numbers => panic!("{numbers:?}"),
    })
}

/// In the order of their types, as they are written. dicom-ul carries 53H, 57H and 59H as bytes.
fn user_variables(user: &UserInformation) -> Vec<other::UserVariableItem> {
    use other::UserVariableItem as Item;
    let mut items = Vec::new();
    items.extend(user.max_pdu_length.map(|length| Item::MaxLength(length.get())));
    items.extend(user.implementation_class.iter().map(|uid| Item::ImplementationClassUID(uid.to_string())));
    items.extend(user.async_window.map(|window| {
        let both = [window.invoked.to_be_bytes(), window.performed.to_be_bytes()];
        Item::Unknown(0x53, both.concat())
    }));
    items.extend(user.roles.iter().map(|role| {
        let roles = other::RequestorRoles { scu: role.scu, scp: role.scp };
        Item::ScuScpRoleSelectionSubItem(role.sop_class.to_string(), roles)
    }));
    items.extend(
        user.implementation_version
            .iter()
            .map(|version| Item::ImplementationVersionName(String::from_utf8(version.clone()).unwrap())),
    );
    items.extend(user.extended.iter().map(|negotiation| {
        let information = negotiation.information.clone();
        Item::SopClassExtendedNegotiationSubItem(negotiation.sop_class.to_string(), information)
    }));
    items.extend(user.common_extended.iter().map(|negotiation| Item::Unknown(0x57, common(negotiation))));
    items.extend(user.identity.iter().map(|identity| {
        let kind = match identity.kind {
            1 => other::UserIdentityType::Username,
            2 => other::UserIdentityType::UsernamePassword,
            3 => other::UserIdentityType::KerberosServiceTicket,
            4 => other::UserIdentityType::SamlAssertion,
            _ => other::UserIdentityType::Jwt,
        };
        let (primary, secondary) = (identity.primary.clone(), identity.secondary.clone());
        Item::UserIdentityItem(other::UserIdentity::new(identity.positive_response, kind, primary, secondary))
    }));
    items.extend(user.identity_response.iter().map(|response| Item::Unknown(0x59, counted(response))));
    items.extend(user.unknown.iter().map(|unknown| Item::Unknown(unknown.item_type, unknown.value.clone())));
    items
}

fn common(negotiation: &CommonExtendedNegotiation) -> Vec<u8> {
    let related: Vec<u8> = negotiation
        .related_general_classes
        .iter()
        .flat_map(|class| counted(class.as_str().as_bytes()))
        .collect();
    [
        counted(negotiation.sop_class.as_str().as_bytes()),
        counted(negotiation.service_class.as_str().as_bytes()),
        counted(&related),
    ]
    .concat()
}

fn counted(bytes: &[u8]) -> Vec<u8> {
    [&u16::try_from(bytes.len()).unwrap().to_be_bytes(), bytes].concat()
}
