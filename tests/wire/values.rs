//! Any value that can be sent.

use dimse::types::{AbortReason, AeTitle, MaxPduLength, PresentationContextId, Rejection, Uid};
use dimse::wire::item::{
    AsyncWindow, CommonExtendedNegotiation, ContextAnswer, ContextResult, ExtendedNegotiation,
    ProposedContext, RoleSelection, UnknownItem, UserIdentity, UserInformation,
};
use dimse::wire::pdu::{AssociateAc, AssociateRq, Pdu};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::subsequence;

pub(crate) fn pdu() -> impl Strategy<Value = Pdu> {
    prop_oneof![
        4 => request().prop_map(|rq| Pdu::AssociateRq(Box::new(rq))),
        4 => answer().prop_map(|ac| Pdu::AssociateAc(Box::new(ac))),
        1 => any::<[u8; 3]>().prop_map(|[result, source, reason]| {
            Pdu::AssociateRj(Rejection { result, source, reason })
        }),
        1 => any::<[u8; 2]>().prop_map(|[source, reason]| Pdu::Abort(AbortReason { source, reason })),
        1 => Just(Pdu::ReleaseRq),
        1 => Just(Pdu::ReleaseRp),
    ]
}

pub(crate) fn request() -> impl Strategy<Value = AssociateRq> {
    let contexts = context_ids(1).prop_flat_map(|ids| {
        let details = vec((uid(), vec(uid(), 1..4)), ids.len());
        (Just(ids), details).prop_map(|(ids, details)| {
            let contexts = ids.into_iter().zip(details);
            contexts
                .map(|(id, (abstract_syntax, transfer_syntaxes))| ProposedContext {
                    id,
                    abstract_syntax: Some(abstract_syntax),
                    transfer_syntaxes,
                })
                .collect()
        })
    });
    (any::<u16>(), title(), title(), uid(), contexts, user_information()).prop_map(
        |(protocol_version, called, calling, application_context, contexts, user)| AssociateRq {
            protocol_version,
            called,
            calling,
            reserved: [0; 32],
            application_context: Some(application_context),
            contexts,
            user,
        },
    )
}

fn answer() -> impl Strategy<Value = AssociateAc> {
    let contexts = context_ids(0).prop_flat_map(|ids| {
        let results = vec((0..5_u8, uid()), ids.len());
        (Just(ids), results).prop_map(|(ids, results)| {
            let contexts = ids.into_iter().zip(results);
            contexts
                .map(|(id, (result, syntax))| ContextResult {
                    id,
                    result: ContextAnswer::from_wire(result),
                    transfer_syntax: (result == 0).then_some(syntax),
                })
                .collect()
        })
    });
    (any::<u16>(), title(), title(), uid(), contexts, user_information()).prop_map(
        |(protocol_version, called, calling, application_context, contexts, user)| AssociateAc {
            protocol_version,
            called,
            calling,
            reserved: [0; 32],
            application_context: Some(application_context),
            contexts,
            user,
        },
    )
}

/// At least `least` different ids in any order, now and then all of them.
fn context_ids(least: usize) -> impl Strategy<Value = Vec<PresentationContextId>> {
    let all: Vec<_> =
        (0..PresentationContextId::MOST).filter_map(PresentationContextId::from_index).collect();
    let some = prop_oneof![9 => least..6, 1 => Just(PresentationContextId::MOST)];
    some.prop_flat_map(move |count| subsequence(all.clone(), count).prop_shuffle())
}

fn user_information() -> impl Strategy<Value = UserInformation> {
    let window = any::<(u16, u16)>().prop_map(|(invoked, performed)| AsyncWindow { invoked, performed });
    let role = (uid(), any::<bool>(), any::<bool>()).prop_map(|(sop_class, scu, scp)| RoleSelection {
        sop_class,
        scu,
        scp,
    });
    let extended = (uid(), vec(any::<u8>(), 0..12))
        .prop_map(|(sop_class, information)| ExtendedNegotiation { sop_class, information });
    let common = (uid(), uid(), vec(uid(), 0..3)).prop_map(|(sop_class, service_class, related)| {
        CommonExtendedNegotiation { sop_class, service_class, related_general_classes: related }
    });
    let field = || vec(any::<u8>(), 0..40);
    let identity = (any::<u8>(), any::<bool>(), field(), field()).prop_map(
        |(kind, positive_response, primary, secondary)| UserIdentity {
            kind,
            positive_response,
            primary,
            secondary,
        },
    );
    let unknown = (prop_oneof![0..=0x50_u8, 0x5A..=0xFF_u8], field())
        .prop_map(|(item_type, value)| UnknownItem { item_type, value });
    let single = (
        option::of(any::<u32>().prop_map(MaxPduLength::from_wire)),
        option::of(uid()),
        option::of(window),
        option::of(vec(any::<u8>(), 0..20)),
        option::of(identity),
        option::of(field()),
    );
    let lists = (vec(role, 0..4), vec(extended, 0..3), vec(common, 0..3), vec(unknown, 0..3));
    (single, lists).prop_map(|(single, (roles, extended, common_extended, unknown))| {
        let (length, class, async_window, implementation_version, identity, identity_response) = single;
        UserInformation {
            max_pdu_length: length,
            implementation_class: class,
            async_window,
            roles,
            implementation_version,
            extended,
            common_extended,
            identity,
            identity_response,
            unknown,
        }
    })
}

fn title() -> impl Strategy<Value = AeTitle> {
    r"[!-\[\]-~]([ -\[\]-~]{0,14}[!-\[\]-~])?".prop_map(|text| AeTitle::new(&text).unwrap())
}

/// Short ones, and ones of 64 characters.
fn uid() -> impl Strategy<Value = Uid> {
    prop_oneof![r"[0-2](\.[1-9][0-9]{0,8}){0,5}", r"1\.2\.[1-9]{60}", Just("1.2.840.10008.1.2".to_owned())]
        .prop_map(|text| Uid::new(&text).unwrap())
}
