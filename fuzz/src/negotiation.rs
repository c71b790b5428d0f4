//! A request and an answer, and what each side makes of them. An input: the acceptor's taste, then the PDUs of both.

use dimse::ul::negotiated::Negotiated;
use dimse::ul::negotiation::{
    AcceptableContext, AcceptorPolicy, Preference, Roles, acceptable_by_provider, confirm_identity, narrow,
    negotiate,
};
use dimse::wire::encode::encode;
use dimse::wire::item::{AsyncWindow, ContextAnswer};
use dimse::wire::pdu::{AssociateAc, AssociateRq, Pdu};
use dimse::wire::uids;

use crate::golden::{golden, uid};
use crate::script::Script;
use crate::stream::{Came, decode_one, feed};

/// Any answer to any request can be judged; what this library answers can be sent, and both sides agree on it.
pub fn run(input: &[u8]) {
    let mut script = Script::new(input);
    let taste = script.number();
    let (mut request, mut answer) = (None, None);
    for came in feed([script.rest()]).0 {
        match came {
            Came::Pdu(Pdu::AssociateRq(rq)) => request = Some(rq),
            Came::Pdu(Pdu::AssociateAc(ac)) => answer = Some(ac),
            _ => {}
        }
    }
    let Some(request) = request else { return };
    if let Some(answer) = answer {
        judged(&request, &answer);
    }
    if acceptable_by_provider(&request).is_err() {
        return;
    }
    let Ok(mut answer) = negotiate(&request, &policy(taste)) else { return };
    agreed(&request, &answer);
    confirm_identity(&request, &mut answer, b"ticket".to_vec());
    let accepted = answer.contexts.iter().find(|context| context.result == ContextAnswer::Acceptance);
    if let Some(id) = accepted.map(|context| context.id) {
        narrow(&mut answer, id, ContextAnswer::UserRejection).unwrap();
    }
    agreed(&request, &answer);
}

/// Each golden request, alone and with each golden answer, for different tastes.
#[must_use]
pub fn seeds() -> Vec<Vec<u8>> {
    let golden = golden();
    let of = |is: fn(&Pdu) -> bool| {
        golden.iter().filter(move |(pdu, _)| is(pdu)).map(|(_, bytes)| bytes.as_slice())
    };
    let requests = of(|pdu| matches!(pdu, Pdu::AssociateRq(_)));
    let answers: Vec<_> = of(|pdu| matches!(pdu, Pdu::AssociateAc(_))).chain([&[][..]]).collect();
    requests
        .flat_map(|request| answers.iter().map(move |answer| [request, answer].concat()))
        .flat_map(|pdus| [0, 5, 255].map(|taste| [&[taste][..], &pdus].concat()))
        .collect()
}

fn policy(taste: u8) -> AcceptorPolicy {
    let is = |bit: u8| taste & bit != 0;
    let mut policy = AcceptorPolicy::new(uid("1.2.3"));
    policy.preference = if is(1) { Preference::Requestor } else { Preference::Acceptor };
    policy.promiscuous =
        is(2).then(|| vec![uids::IMPLICIT_VR_LITTLE_ENDIAN, uids::EXPLICIT_VR_LITTLE_ENDIAN]);
    policy.async_window = if is(4) { AsyncWindow { invoked: 0, performed: 7 } } else { policy.async_window };
    for abstract_syntax in [uids::VERIFICATION, uids::STUDY_ROOT_FIND, uid("1.2.840.10008.5.1.4.1.1.2")] {
        let requestor = if is(8) { Roles::BOTH } else { Roles::SCU };
        let transfer_syntaxes = vec![uids::EXPLICIT_VR_LITTLE_ENDIAN, uids::IMPLICIT_VR_LITTLE_ENDIAN];
        policy.contexts.push(AcceptableContext { abstract_syntax, transfer_syntaxes, requestor });
    }
    policy
}

/// Every context of the request is either accepted or refused.
fn judged(request: &AssociateRq, answer: &AssociateAc) {
    for negotiated in [Negotiated::as_requestor(request, answer), Negotiated::as_acceptor(request, answer)] {
        let Ok(negotiated) = negotiated else { continue };
        assert_eq!(negotiated.accepted.len() + negotiated.refused.len(), request.contexts.len());
        assert!(negotiated.peer_max_pdu_length.sendable().is_some());
        for context in &request.contexts {
            let accepted = negotiated.context(context.id);
            let refused = negotiated.refused.iter().any(|refused| refused.id == context.id);
            assert_ne!(accepted.is_some(), refused, "context {}", context.id);
            if let Some(accepted) = accepted {
                assert!(context.transfer_syntaxes.contains(&accepted.transfer_syntax));
            }
        }
    }
}

/// The answer survives the wire, and each side may do what the other expects of it.
fn agreed(request: &AssociateRq, answer: &AssociateAc) {
    judged(request, answer);
    let mut bytes = Vec::new();
    encode(&Pdu::AssociateAc(Box::new(answer.clone())), &mut bytes).unwrap();
    let Pdu::AssociateAc(answer) = decode_one(&bytes) else { panic!("no A-ASSOCIATE-AC") };
    let Ok(acceptor) = Negotiated::as_acceptor(request, &answer) else { return };
    let Ok(requestor) = Negotiated::as_requestor(request, &answer) else { return };
    assert_eq!(requestor.irregularities, []);
    assert_eq!(requestor.refused.len(), acceptor.refused.len());
    assert_eq!(
        (requestor.window.invoked, requestor.window.performed),
        (acceptor.window.performed, acceptor.window.invoked)
    );
    for (ours, theirs) in requestor.accepted.iter().zip(&acceptor.accepted) {
        assert_eq!((ours.id, &ours.transfer_syntax), (theirs.id, &theirs.transfer_syntax));
        assert_eq!(ours.local, theirs.local.opposite());
    }
}
