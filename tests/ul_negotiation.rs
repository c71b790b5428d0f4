//! What an acceptor answers and what both sides make of it (PS3.8 9.3.2, 9.3.3, PS3.7 D.3).

use dimse::error::Cause;
use dimse::types::{AeTitle, MaxPduLength, PresentationContextId, Rejection, Uid};
use dimse::ul::negotiated::{Irregularity, Negotiated, Role, Window};
use dimse::ul::negotiation::{
    AcceptableContext, AcceptorPolicy, Preference, Roles, choose_transfer_syntax, confirm_identity, narrow,
    negotiate,
};
use dimse::wire::decode::{Decoder, Event};
use dimse::wire::encode::encode;
use dimse::wire::item::{
    APPLICATION_CONTEXT, AsyncWindow, ContextAnswer, ContextResult, ExtendedNegotiation, ProposedContext,
    RoleSelection, UserIdentity, UserInformation,
};
use dimse::wire::pdu::{AssociateAc, AssociateRq, Pdu};

const VERIFICATION: Uid = Uid::from_static("1.2.840.10008.1.1");
const CT: Uid = Uid::from_static("1.2.840.10008.5.1.4.1.1.2");
const GET: Uid = Uid::from_static("1.2.840.10008.5.1.4.1.2.2.3");
const FIND: Uid = Uid::from_static("1.2.840.10008.5.1.4.1.2.2.1");
const PRIVATE: Uid = Uid::from_static("1.2.3.4");

const IMPLICIT: Uid = Uid::from_static("1.2.840.10008.1.2");
const EXPLICIT: Uid = Uid::from_static("1.2.840.10008.1.2.1");
const JPEG: Uid = Uid::from_static("1.2.840.10008.1.2.4.70");

// Presentation contexts.

#[test]
fn each_proposed_context_gets_one_answer_in_its_order() {
    let rq = rq(&[
        (1, Some(VERIFICATION), &[IMPLICIT]),
        (3, Some(PRIVATE), &[IMPLICIT]),
        (255, Some(CT), &[JPEG]),
        (5, Some(CT), &[]),
        (7, None, &[IMPLICIT]),
    ]);
    let ac = negotiate(&rq, &policy()).unwrap();
    assert_eq!(
        results(&ac),
        [
            (1, ContextAnswer::Acceptance),
            (3, ContextAnswer::AbstractSyntaxNotSupported),
            (255, ContextAnswer::TransferSyntaxesNotSupported),
            (5, ContextAnswer::TransferSyntaxesNotSupported),
            (7, ContextAnswer::AbstractSyntaxNotSupported),
        ]
    );
    assert!(ac.contexts.iter().all(|result| result.transfer_syntax.is_some()), "9.3.3.2 has one always");
    assert_eq!((ac.called, ac.calling), (rq.called, rq.calling));
    assert_eq!(ac.protocol_version, 1);
    assert_eq!(ac.application_context, Some(APPLICATION_CONTEXT));
}

#[test]
fn the_reserved_fields_of_the_answer_are_those_of_the_request() {
    // PS3.8 table 9-17, bytes 11 to 74: a value identical to the value received.
    let fields = [&b"  P\xC4CS\0\0\0       "[..], b"MOD \0           ", &[0xE0; 31], &[1]].concat();
    let mut bytes = Vec::new();
    encode(&Pdu::AssociateRq(Box::new(rq(&[(1, Some(CT), &[IMPLICIT])]))), &mut bytes).unwrap();
    bytes[10..74].copy_from_slice(&fields);
    let mut decoder = Decoder::default();
    let (header, _) = decoder.decode(&bytes);
    let (_, event) = decoder.decode(&bytes[header..]);
    let Ok(Some(Event::Pdu(Pdu::AssociateRq(request)))) = event else { panic!("{event:?}") };
    assert_eq!(request.called.to_string(), "P\\xC4CS");
    assert_eq!(request.calling, AeTitle::from_wire(b"MOD"));
    let mut answer = Vec::new();
    let ac = negotiate(&request, &policy()).unwrap();
    encode(&Pdu::AssociateAc(Box::new(ac)), &mut answer).unwrap();
    assert_eq!(answer[10..74], fields);
}

#[test]
fn the_preference_says_whose_order_of_transfer_syntaxes_decides() {
    let rq = rq(&[(1, Some(CT), &[JPEG, IMPLICIT, EXPLICIT])]);
    let mut policy = policy();
    assert_eq!(negotiate(&rq, &policy).unwrap().contexts[0].transfer_syntax, Some(EXPLICIT));
    policy.preference = Preference::Requestor;
    assert_eq!(negotiate(&rq, &policy).unwrap().contexts[0].transfer_syntax, Some(IMPLICIT));
}

#[test]
fn a_promiscuous_acceptor_takes_what_is_not_listed() {
    let rq = rq(&[
        (1, Some(PRIVATE), &[JPEG, EXPLICIT]),
        (3, Some(PRIVATE), &[JPEG]),
        (5, Some(CT), &[JPEG]),
        (7, Some(FIND), &[EXPLICIT]),
    ]);
    let answers = |promiscuous: Option<Vec<Uid>>| {
        let ac = negotiate(&rq, &AcceptorPolicy { promiscuous, ..policy() }).unwrap();
        let outcome = |result: &ContextResult| match result.result {
            ContextAnswer::Acceptance => Ok(result.transfer_syntax.clone().unwrap()),
            refusal => Err(refusal),
        };
        ac.contexts.iter().map(outcome).collect::<Vec<_>>()
    };
    let no_class = Err(ContextAnswer::AbstractSyntaxNotSupported);
    // What is listed keeps its own transfer syntaxes.
    let no_syntax = Err(ContextAnswer::TransferSyntaxesNotSupported);
    assert_eq!(answers(None), [no_class.clone(), no_class.clone(), no_syntax.clone(), no_class.clone()]);
    // What is of another service than storage is not taken unseen.
    assert_eq!(answers(Some(vec![])), [Ok(JPEG), Ok(JPEG), no_syntax.clone(), no_class.clone()]);
    let uncompressed = answers(Some(vec![IMPLICIT, EXPLICIT]));
    assert_eq!(uncompressed, [Ok(EXPLICIT), no_syntax.clone(), no_syntax.clone(), no_class.clone()]);
    // In the acceptor's order.
    let preferred = answers(Some(vec![EXPLICIT, JPEG]));
    assert_eq!(preferred, [Ok(EXPLICIT), Ok(JPEG), no_syntax, no_class]);
}

#[test]
fn a_user_may_refuse_a_context_or_take_another_transfer_syntax() {
    let rq = rq(&[(1, Some(CT), &[IMPLICIT, EXPLICIT, JPEG]), (3, Some(VERIFICATION), &[IMPLICIT])]);
    let mut ac = negotiate(&rq, &policy()).unwrap();
    choose_transfer_syntax(&rq, &mut ac, id(1), &JPEG).unwrap();
    narrow(&mut ac, id(3), ContextAnswer::UserRejection).unwrap();
    let negotiated = Negotiated::as_acceptor(&rq, &ac).unwrap();
    assert_eq!(negotiated.context(id(1)).unwrap().transfer_syntax, JPEG);
    assert_eq!(negotiated.refused[0].answer, ContextAnswer::UserRejection);
}

#[test]
fn a_user_cannot_widen_the_answer() {
    let rq = rq(&[(1, Some(CT), &[IMPLICIT]), (3, Some(PRIVATE), &[IMPLICIT, JPEG])]);
    let answered = negotiate(&rq, &policy()).unwrap();
    let mut ac = answered.clone();
    assert!(narrow(&mut ac, id(1), ContextAnswer::Acceptance).is_err());
    assert!(narrow(&mut ac, id(1), ContextAnswer::Reserved(9)).is_err());
    assert!(narrow(&mut ac, id(3), ContextAnswer::NoReason).is_err());
    assert!(narrow(&mut ac, id(5), ContextAnswer::NoReason).is_err());
    assert!(choose_transfer_syntax(&rq, &mut ac, id(1), &JPEG).is_err());
    assert!(choose_transfer_syntax(&rq, &mut ac, id(3), &JPEG).is_err());
    assert_eq!(ac, answered);
}

// AE titles.

#[test]
fn called_and_calling_titles_that_are_not_allowed_are_rejected_with_1_1_7_and_1_1_3() {
    let rq = rq(&[]);
    let other = vec![AeTitle::new("OTHER").unwrap()];
    let with = |called, calling| negotiate(&rq, &AcceptorPolicy { called, calling, ..policy() }).err();
    assert_eq!(with(Some(other.clone()), None), Some(Rejection::CALLED_AE_TITLE));
    assert_eq!(with(None, Some(other)), Some(Rejection::CALLING_AE_TITLE));
    assert_eq!(with(Some(vec![rq.called]), Some(vec![rq.calling])), None);
}

// Roles.

#[test]
fn roles_are_what_was_asked_and_is_allowed() {
    // Asked; what the acceptor allows the requestor; the answer, None where the context is refused.
    let rows: [(Roles, Roles, Option<Roles>); 9] = [
        (Roles::SCU, Roles::SCU, Some(Roles::SCU)),
        (Roles::SCU, Roles::SCP, None),
        (Roles::SCU, Roles::BOTH, Some(Roles::SCU)),
        (Roles::SCP, Roles::SCU, None),
        (Roles::SCP, Roles::SCP, Some(Roles::SCP)),
        (Roles::SCP, Roles::BOTH, Some(Roles::SCP)),
        (Roles::BOTH, Roles::SCU, Some(Roles::SCU)),
        (Roles::BOTH, Roles::SCP, Some(Roles::SCP)),
        (Roles::BOTH, Roles::BOTH, Some(Roles::BOTH)),
    ];
    for (asked, allowed, answer) in rows {
        let mut rq = rq(&[(1, Some(CT), &[IMPLICIT])]);
        rq.user.roles = vec![role(&CT, asked)];
        let mut policy = policy();
        policy.contexts[1].requestor = allowed;
        let ac = negotiate(&rq, &policy).unwrap();
        let place = format!("{asked:?} {allowed:?}");
        assert_eq!(
            ac.user.roles,
            answer.map(|roles| role(&CT, roles)).into_iter().collect::<Vec<_>>(),
            "{place}"
        );
        let refusal = answer.map_or(ContextAnswer::UserRejection, |_| ContextAnswer::Acceptance);
        assert_eq!(ac.contexts[0].result, refusal, "{place}");
        if let Some(roles) = answer {
            let (requestor, acceptor) = both(&rq, &ac);
            assert_eq!(requestor.accepted[0].local, roles, "{place}");
            assert_eq!(acceptor.accepted[0].local, roles.opposite(), "{place}");
        }
    }
}

#[test]
fn without_a_role_item_the_requestor_is_user_and_the_acceptor_provider() {
    let rq = rq(&[(1, Some(CT), &[IMPLICIT])]);
    let mut policy = policy();
    policy.contexts[1].requestor = Roles::BOTH;
    let ac = negotiate(&rq, &policy).unwrap();
    assert_eq!(ac.user.roles, []);
    let (requestor, acceptor) = both(&rq, &ac);
    assert_eq!((requestor.accepted[0].local, acceptor.accepted[0].local), (Roles::SCU, Roles::SCP));
}

#[test]
fn roles_are_answered_once_and_only_for_accepted_classes() {
    let mut rq =
        rq(&[(1, Some(CT), &[IMPLICIT]), (3, Some(PRIVATE), &[IMPLICIT]), (5, Some(CT), &[EXPLICIT])]);
    rq.user.roles = vec![
        role(&PRIVATE, Roles::BOTH),
        role(&CT, Roles::SCU),
        role(&CT, Roles::BOTH),
        role(&GET, Roles::SCU),
    ];
    let mut policy = policy();
    policy.contexts[1].requestor = Roles::BOTH;
    assert_eq!(negotiate(&rq, &policy).unwrap().user.roles, [role(&CT, Roles::SCU)]);
}

#[test]
fn of_several_role_items_for_a_class_the_first_counts() {
    let mut rq = rq(&[(1, Some(CT), &[IMPLICIT])]);
    rq.user.roles = vec![role(&CT, Roles::SCP), role(&CT, Roles::SCU)];
    assert_eq!(results(&negotiate(&rq, &policy()).unwrap()), [(1, ContextAnswer::UserRejection)]);
    let mut ac = accepting(&rq);
    ac.user.roles = vec![role(&CT, Roles::SCP), role(&CT, Roles::SCU)];
    assert_eq!(Negotiated::as_requestor(&rq, &ac).unwrap().accepted[0].local, Roles::SCP);
}

#[test]
fn a_requestor_ignores_roles_that_it_did_not_propose() {
    let mut rq = rq(&[(1, Some(CT), &[IMPLICIT]), (3, Some(GET), &[IMPLICIT])]);
    rq.user.roles = vec![role(&CT, Roles::SCU)];
    let mut ac = accepting(&rq);
    ac.user.roles = vec![role(&CT, Roles::BOTH), role(&GET, Roles::SCP)];
    let negotiated = Negotiated::as_requestor(&rq, &ac).unwrap();
    assert_eq!(negotiated.accepted.iter().map(|context| context.local).collect::<Vec<_>>(), [Roles::SCU; 2]);
}

#[test]
fn contexts_are_found_by_class_and_role() {
    let mut rq = rq(&[
        (1, Some(CT), &[IMPLICIT]),
        (3, Some(GET), &[IMPLICIT]),
        (5, Some(CT), &[EXPLICIT]),
        (7, None, &[]),
    ]);
    rq.user.roles = vec![role(&CT, Roles::SCP)];
    let mut ac = accepting(&rq);
    ac.user.roles = rq.user.roles.clone();
    let (requestor, acceptor) = both(&rq, &ac);
    let ids = |negotiated: &Negotiated, class: &Uid, role: Role| {
        negotiated.find(class, role).map(|context| context.id.get()).collect::<Vec<_>>()
    };
    assert_eq!((ids(&requestor, &CT, Role::Scp), ids(&requestor, &CT, Role::Scu)), (vec![1, 5], vec![]));
    assert_eq!((ids(&requestor, &GET, Role::Scp), ids(&requestor, &GET, Role::Scu)), (vec![], vec![3]));
    assert_eq!((ids(&acceptor, &CT, Role::Scu), ids(&acceptor, &GET, Role::Scp)), (vec![1, 5], vec![3]));
    assert_eq!(requestor.context(id(5)).unwrap().transfer_syntax, EXPLICIT);
    assert_eq!(requestor.context(id(7)), None);
}

// The asynchronous operations window.

#[test]
fn the_window_is_never_larger_than_asked_and_0_is_no_limit() {
    let window = |invoked, performed| AsyncWindow { invoked, performed };
    // Asked, the policy's, answered.
    let rows = [
        (None, window(5, 5), None),
        (Some(window(8, 4)), window(1, 1), Some(window(1, 1))),
        (Some(window(8, 1)), window(5, 5), Some(window(5, 1))),
        (Some(window(0, 3)), window(5, 0), Some(window(5, 3))),
        (Some(window(0, 0)), window(0, 0), Some(window(0, 0))),
    ];
    for (asked, offered, answered) in rows {
        let mut rq = rq(&[]);
        rq.user.async_window = asked;
        let ac = negotiate(&rq, &AcceptorPolicy { async_window: offered, ..policy() }).unwrap();
        assert_eq!(ac.user.async_window, answered, "{asked:?} {offered:?}");
        let agreed = answered.unwrap_or(window(1, 1));
        let (requestor, acceptor) = both(&rq, &ac);
        assert_eq!(requestor.window, Window { invoked: agreed.invoked, performed: agreed.performed });
        assert_eq!(acceptor.window, Window { invoked: agreed.performed, performed: agreed.invoked });
    }
}

#[test]
fn a_requestor_takes_no_larger_window_than_it_asked_for() {
    let mut rq = rq(&[]);
    let mut ac = accepting(&rq);
    ac.user.async_window = Some(AsyncWindow { invoked: 0, performed: 9 });
    let synchronous = Window { invoked: 1, performed: 1 };
    assert_eq!(Negotiated::as_requestor(&rq, &ac).unwrap().window, synchronous);
    rq.user.async_window = Some(AsyncWindow { invoked: 4, performed: 2 });
    assert_eq!(Negotiated::as_requestor(&rq, &ac).unwrap().window, Window { invoked: 4, performed: 2 });
    ac.user.async_window = None;
    assert_eq!(Negotiated::as_requestor(&rq, &ac).unwrap().window, synchronous);
}

// Extended negotiation and identity.

#[test]
fn extended_negotiation_is_answered_from_the_policy_for_accepted_classes() {
    let mut rq =
        rq(&[(1, Some(GET), &[IMPLICIT]), (3, Some(PRIVATE), &[IMPLICIT]), (5, Some(CT), &[IMPLICIT])]);
    rq.user.extended =
        vec![extended(&PRIVATE, &[1]), extended(&GET, &[1, 1]), extended(&GET, &[2]), extended(&CT, &[3])];
    assert_eq!(negotiate(&rq, &policy()).unwrap().user.extended, [], "nothing is echoed by default");
    let mut policy = policy();
    policy.extended.insert(GET, vec![1, 0]);
    policy.extended.insert(PRIVATE, vec![1]);
    let ac = negotiate(&rq, &policy).unwrap();
    assert_eq!(ac.user.extended, [extended(&GET, &[1, 0])]);
    assert_eq!(Negotiated::as_requestor(&rq, &ac).unwrap().extended, [extended(&GET, &[1, 0])]);
}

#[test]
fn an_identity_is_answered_only_where_a_positive_response_was_asked_for() {
    for (positive_response, response) in [(true, Some(b"ticket".to_vec())), (false, None)] {
        let mut rq = rq(&[]);
        let (primary, secondary) = (b"user".to_vec(), Vec::new());
        rq.user.identity = Some(UserIdentity { kind: 3, positive_response, primary, secondary });
        let mut ac = negotiate(&rq, &policy()).unwrap();
        assert_eq!(ac.user.identity_response, None, "nobody has looked at it yet");
        confirm_identity(&rq, &mut ac, b"ticket".to_vec());
        assert_eq!(ac.user.identity_response, response);
        ac.user.identity_response = Some(b"ticket".to_vec());
        assert_eq!(Negotiated::as_requestor(&rq, &ac).unwrap().identity_response, response);
    }
    let rq = rq(&[]);
    let mut ac = negotiate(&rq, &policy()).unwrap();
    confirm_identity(&rq, &mut ac, Vec::new());
    assert_eq!(ac.user.identity_response, None);
}

// The rest of user information.

#[test]
fn each_side_knows_both_lengths_and_the_others_implementation() {
    let mut rq = rq(&[]);
    rq.user.max_pdu_length = Some(MaxPduLength::from_wire(16384));
    rq.user.implementation_class = Some(Uid::from_static("1.2.3"));
    rq.user.implementation_version = Some(b"THEIRS".to_vec());
    let mut policy = policy();
    policy.max_pdu_length = MaxPduLength::from_wire(65536);
    policy.implementation_version = Some(b"OURS".to_vec());
    let (requestor, acceptor) = both(&rq, &negotiate(&rq, &policy).unwrap());
    assert_eq!((requestor.own_max_pdu_length.get(), requestor.peer_max_pdu_length.get()), (16384, 65536));
    assert_eq!((acceptor.own_max_pdu_length.get(), acceptor.peer_max_pdu_length.get()), (65536, 16384));
    assert_eq!(requestor.peer_implementation_class, Some(policy.implementation_class));
    assert_eq!(requestor.peer_implementation_version.as_deref(), Some(&b"OURS"[..]));
    assert_eq!(acceptor.peer_implementation_class, Some(Uid::from_static("1.2.3")));
    assert_eq!(acceptor.peer_implementation_version.as_deref(), Some(&b"THEIRS"[..]));
    assert_eq!((acceptor.called, acceptor.calling), (rq.called, rq.calling));
}

#[test]
fn a_peer_whose_maximum_length_holds_nothing_cannot_be_talked_to() {
    let mut rq = rq(&[]);
    let mut ac = accepting(&rq);
    for (length, usable) in
        [(Some(1), false), (Some(7), false), (Some(8), true), (Some(0), true), (None, true)]
    {
        let length = length.map(MaxPduLength::from_wire);
        (ac.user.max_pdu_length, rq.user.max_pdu_length) = (length, None);
        let requestor = Negotiated::as_requestor(&rq, &ac);
        (ac.user.max_pdu_length, rq.user.max_pdu_length) = (None, length);
        let acceptor = Negotiated::as_acceptor(&rq, &ac);
        for outcome in [requestor, acceptor] {
            match outcome {
                Ok(negotiated) => assert!(usable && negotiated.peer_max_pdu_length.sendable().is_some()),
                Err(error) => assert!(!usable && matches!(error.cause(), Cause::Protocol(_)), "{error}"),
            }
        }
    }
}

// Answers that break the rules.

#[test]
fn results_may_come_in_any_order_and_the_titles_are_not_tested() {
    let rq = rq(&[(1, Some(CT), &[IMPLICIT]), (3, Some(GET), &[IMPLICIT]), (5, Some(PRIVATE), &[EXPLICIT])]);
    let mut ac = accepting(&rq);
    ac.contexts.reverse();
    (ac.called, ac.calling) = (AeTitle::NONE, AeTitle::from_wire(b"\xFF\xFF"));
    let negotiated = Negotiated::as_requestor(&rq, &ac).unwrap();
    assert_eq!(negotiated.accepted.iter().map(|context| context.id.get()).collect::<Vec<_>>(), [1, 3, 5]);
    assert_eq!((negotiated.called, negotiated.calling), (rq.called, rq.calling));
    assert_eq!((negotiated.refused, negotiated.irregularities), (vec![], vec![]));
}

#[test]
fn a_refused_contexts_transfer_syntax_is_not_read() {
    let rq = rq(&[(1, Some(CT), &[IMPLICIT]), (3, Some(CT), &[IMPLICIT]), (5, Some(CT), &[IMPLICIT])]);
    let mut ac = accepting(&rq);
    let answers = [ContextAnswer::NoReason, ContextAnswer::Reserved(200), ContextAnswer::UserRejection];
    for ((result, answer), syntax) in
        ac.contexts.iter_mut().zip(answers).zip([None, Some(JPEG), Some(IMPLICIT)])
    {
        (result.result, result.transfer_syntax) = (answer, syntax);
    }
    let negotiated = Negotiated::as_requestor(&rq, &ac).unwrap();
    assert_eq!(negotiated.refused.iter().map(|context| context.answer).collect::<Vec<_>>(), answers);
    assert_eq!((negotiated.accepted, negotiated.irregularities), (vec![], vec![]));
}

#[test]
fn what_is_wrong_with_an_answer_is_reported_and_that_context_not_used() {
    let rq = rq(&[
        (1, Some(CT), &[IMPLICIT]),
        (3, Some(CT), &[IMPLICIT]),
        (5, Some(CT), &[IMPLICIT]),
        (7, Some(CT), &[IMPLICIT]),
    ]);
    let mut ac = accepting(&rq);
    ac.contexts.retain(|result| result.id != id(1));
    ac.contexts[0].transfer_syntax = Some(JPEG);
    ac.contexts[1].transfer_syntax = None;
    ac.contexts.push(accepted(99, &IMPLICIT));
    let negotiated = Negotiated::as_requestor(&rq, &ac).unwrap();
    assert_eq!(
        negotiated.irregularities,
        [
            Irregularity::NotProposed(id(99)),
            Irregularity::Unanswered(id(1)),
            Irregularity::TransferSyntaxNotProposed(id(3)),
            Irregularity::TransferSyntaxNotProposed(id(5)),
        ]
    );
    assert_eq!(negotiated.accepted.iter().map(|context| context.id.get()).collect::<Vec<_>>(), [7]);
    let refused: Vec<_> =
        negotiated.refused.iter().map(|context| (context.id.get(), context.answer)).collect();
    assert_eq!(refused, [1, 3, 5].map(|id| (id, ContextAnswer::NoReason)));
    assert_eq!(Irregularity::Unanswered(id(1)).to_string(), "no result for context 1; it counts as refused");
}

type Proposal<'a> = (u8, Option<Uid>, &'a [Uid]);

fn rq(proposals: &[Proposal<'_>]) -> AssociateRq {
    let contexts = proposals.iter().map(|(number, class, syntaxes)| ProposedContext {
        id: id(*number),
        abstract_syntax: class.clone(),
        transfer_syntaxes: syntaxes.to_vec(),
    });
    AssociateRq {
        protocol_version: 1,
        called: AeTitle::from_wire(b"PACS"),
        calling: AeTitle::from_wire(b"MODALITY"),
        reserved: [0; 32],
        application_context: Some(APPLICATION_CONTEXT),
        contexts: contexts.collect(),
        user: UserInformation::default(),
    }
}

/// An answer that accepts every context with its first transfer syntax.
fn accepting(rq: &AssociateRq) -> AssociateAc {
    let accept = |proposed: &ProposedContext| ContextResult {
        id: proposed.id,
        result: ContextAnswer::Acceptance,
        transfer_syntax: proposed.transfer_syntaxes.first().cloned(),
    };
    AssociateAc {
        protocol_version: 1,
        called: rq.called,
        calling: rq.calling,
        reserved: [0; 32],
        application_context: Some(APPLICATION_CONTEXT),
        contexts: rq.contexts.iter().map(accept).collect(),
        user: UserInformation::default(),
    }
}

/// Verification, CT and GET: Explicit before Implicit VR Little Endian, the requestor being the user.
fn policy() -> AcceptorPolicy {
    let context = |class| AcceptableContext {
        abstract_syntax: class,
        transfer_syntaxes: vec![EXPLICIT, IMPLICIT],
        requestor: Roles::SCU,
    };
    AcceptorPolicy {
        contexts: [VERIFICATION, CT, GET].map(context).to_vec(),
        ..AcceptorPolicy::new(Uid::from_static("1.2.3.9"))
    }
}

fn both(rq: &AssociateRq, ac: &AssociateAc) -> (Negotiated, Negotiated) {
    match (Negotiated::as_requestor(rq, ac), Negotiated::as_acceptor(rq, ac)) {
        (Ok(requestor), Ok(acceptor)) => (requestor, acceptor),
        outcomes => panic!("{outcomes:?}"),
    }
}

fn results(ac: &AssociateAc) -> Vec<(u8, ContextAnswer)> {
    ac.contexts.iter().map(|result| (result.id.get(), result.result)).collect()
}

fn accepted(number: u8, transfer_syntax: &Uid) -> ContextResult {
    let (result, transfer_syntax) = (ContextAnswer::Acceptance, Some(transfer_syntax.clone()));
    ContextResult { id: id(number), result, transfer_syntax }
}

fn role(class: &Uid, roles: Roles) -> RoleSelection {
    RoleSelection { sop_class: class.clone(), scu: roles.scu, scp: roles.scp }
}

fn extended(class: &Uid, information: &[u8]) -> ExtendedNegotiation {
    ExtendedNegotiation { sop_class: class.clone(), information: information.to_vec() }
}

fn id(number: u8) -> PresentationContextId {
    match PresentationContextId::new(number) {
        Some(id) => id,
        None => panic!("{number} is even"),
    }
}
