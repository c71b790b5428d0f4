//! C-ECHO with real peers, both directions: DCMTK 3.6.7, pynetdicom 3.0.4, dcmjs-dimse 0.3.3, Orthanc 1.10.1.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says what went wrong by panicking")]

mod peers;

use std::sync::Arc;
use std::time::Duration;

use dimse::error::{Cause, Error};
use dimse::net::association::{Association, Owned};
use dimse::net::connect::Peer;
use dimse::net::facts::Facts;
use dimse::net::implementation;
use dimse::net::open_options::OpenOptions;
use dimse::net::operation::{Delivery, Operation, Outcome};
use dimse::runtime::Runtime;
use dimse::runtime::strand::Strand;
use dimse::scp::server::{Server, ServerCounters, ServerOptions};
use dimse::scu::echo::{EchoOptions, echo};
use dimse::types::{AeTitle, MaxPduLength, Rejection};
use dimse::ul::negotiation::{AcceptableContext, AcceptorPolicy, Roles};
use dimse::wire::item::{AsyncWindow, UserIdentity};
use dimse::wire::uids;

use peers::{Provider, dcmjs_dimse, dcmtk, orthanc, pynetdicom};

#[test]
fn storescp_is_verified() {
    let facts = verify(&dcmtk::storescp(&[]));
    assert_eq!(facts.negotiated.peer_implementation_version.as_deref(), Some(&b"OFFIS_DCMTK_367"[..]));
    assert_eq!(facts.negotiated.peer_max_pdu_length.get(), 16_384);
}

#[test]
fn dcmqrscp_is_verified() {
    verify(&dcmtk::dcmqrscp(&[]));
}

#[test]
fn pynetdicom_is_verified() {
    let provider = pynetdicom::scp(&[]);
    verify(&provider);
    provider.expect_log("echo 1");
    provider.expect_log("released");
}

#[test]
fn dcmjs_dimse_is_verified_and_negotiates_a_window() {
    let provider = dcmjs_dimse::scp();
    let facts = verify_with(&provider, |options| {
        options.request.user.async_window = Some(AsyncWindow { invoked: 4, performed: 1 });
    });
    assert!(facts.negotiated.window.invoked >= 1);
    provider.expect_log("released");
}

#[test]
fn orthanc_is_verified() {
    verify(&orthanc::start().provider);
}

#[test]
fn orthanc_rejects_another_called_ae_title() {
    let orthanc = orthanc::start();
    let error = open(&options(orthanc.provider.port, "SOMEBODY")).err().expect("rejected");
    assert_eq!(error.cause(), &Cause::Rejected(Rejection::CALLED_AE_TITLE));
    assert!(error.to_string().contains("called AE title not recognized"), "{error}");
}

#[test]
fn pynetdicom_takes_an_identity_and_rejects_another() {
    let provider = pynetdicom::scp(&["--identity", "marie"]);
    let identity = |name: &str| UserIdentity {
        kind: 2,
        positive_response: true,
        primary: name.into(),
        secondary: b"secret".to_vec(),
    };
    verify_with(&provider, |options| options.request.user.identity = Some(identity("marie")));
    provider.expect_log("identity 2 marie");
    let mut stranger = options(provider.port, provider.ae_title);
    stranger.request.user.identity = Some(identity("nobody"));
    let error = open(&stranger).err().expect("rejected");
    assert!(matches!(error.cause(), Cause::Rejected(_)), "{error}");
}

#[test]
fn a_peer_that_has_ended_refuses_the_connection() {
    let provider = dcmtk::dcmqrscp(&["--allow-shutdown"]);
    dcmtk::termscu(provider.port, provider.ae_title, &[]);
    provider.expect_end();
    let error = open(&options(provider.port, provider.ae_title)).err().expect("refused");
    assert!(matches!(error.cause(), Cause::Connect { .. }), "{error}");
}

#[test]
fn a_peer_that_asks_for_the_smallest_pdus_gets_them() {
    // 4096 bytes is the smallest that storescp takes; pynetdicom takes any.
    verify(&dcmtk::storescp(&["--max-pdu", "4096"]));
}

#[test]
fn echoscu_verifies_us() {
    let server = Serving::start();
    dcmtk::echoscu(server.port(), "ANY-SCP", &["--repeat", "3"])
        .expect_success()
        .expect_text("Received Echo Response (Success)");
    assert_eq!(server.counters_when_idle().requests_total, 3);
}

#[test]
fn echoscu_with_many_contexts_and_syntaxes_is_answered() {
    let server = Serving::start();
    dcmtk::echoscu(server.port(), "ANY-SCP", &["--propose-pc", "128", "--propose-ts", "38"]).expect_success();
}

#[test]
fn echoscu_that_aborts_harms_nobody() {
    let server = Serving::start();
    dcmtk::echoscu(server.port(), "ANY-SCP", &["--abort"]).expect_success();
    dcmtk::echoscu(server.port(), "ANY-SCP", &[]).expect_success();
    server.counters_when_idle();
}

#[test]
fn pynetdicom_with_an_identity_that_nobody_asked_for_is_answered() {
    let server = Serving::start();
    pynetdicom::echo(server.port(), "ANY-SCP", &["--identity", "marie:secret"]).expect_success();
}

#[test]
fn termscu_is_told_that_its_class_is_not_supported() {
    let server = Serving::start();
    let outcome = dcmtk::termscu(server.port(), "ANY-SCP", &[]);
    assert_ne!(outcome.code, 0, "{}", outcome.text);
    let counters = server.counters_when_idle();
    assert_eq!((counters.connected_total, counters.requests_total), (1, 0));
}

#[test]
fn pynetdicom_verifies_us() {
    let server = Serving::start();
    pynetdicom::echo(server.port(), "ANY-SCP", &["--repeat", "3", "--maximum-length", "0"])
        .expect_success()
        .expect_text("context 1 1.2.840.10008.1.1")
        .expect_text("echo 3 status 0x0000")
        .expect_text("released");
    assert_eq!(server.counters_when_idle().requests_total, 3);
}

#[test]
fn pynetdicom_is_rejected_with_the_reason() {
    let server = Serving::with(|policy| policy.called = Some(vec![AeTitle::new("DIMSE").unwrap()]));
    let outcome = pynetdicom::echo(server.port(), "SOMEBODY", &[]).expect_text("rejected 1,1,7");
    assert_eq!(outcome.code, 3);
    pynetdicom::echo(server.port(), "DIMSE", &[]).expect_success();
}

#[test]
fn dcmjs_dimse_verifies_us() {
    let server = Serving::start();
    dcmjs_dimse::echo(server.port(), "ANY-SCP", 3)
        .expect_success()
        .expect_text("echo 3 status 0x0000")
        .expect_text("released");
    assert_eq!(server.counters_when_idle().requests_total, 3);
}

#[test]
fn orthanc_verifies_us() {
    let server = Serving::start();
    orthanc::start().echo("ANY-SCP", server.port()).unwrap();
    assert_eq!(server.counters_when_idle().requests_total, 1);
}

/// Associates with a peer, echoes three times, releases.
#[track_caller]
fn verify(provider: &Provider) -> Arc<Facts> {
    verify_with(provider, |_| ())
}

#[track_caller]
fn verify_with(provider: &Provider, change: impl FnOnce(&mut OpenOptions)) -> Arc<Facts> {
    let mut options = options(provider.port, provider.ae_title);
    change(&mut options);
    let owner = open(&options).unwrap_or_else(|error| panic!("{error}"));
    let association = owner.association();
    for id in 1..=3 {
        let operation = association.operation(Delivery::Pull);
        echo(association, &EchoOptions::default(), &operation);
        association.drive(&operation);
        let Outcome { result, status, message_id, .. } = operation.outcome().unwrap();
        assert!(result.is_ok(), "{result:?}");
        assert_eq!((status, message_id), (Some(0), Some(id)));
    }
    let release = association.operation(Delivery::Pull);
    association.release(&release);
    association.drive(&release);
    release.outcome().unwrap().result.unwrap();
    association.facts().unwrap().clone()
}

fn options(port: u16, called: &str) -> OpenOptions {
    let peer = Peer { host: peers::LOOPBACK.to_owned(), port };
    let (calling, called) = (AeTitle::new("DIMSE").unwrap(), AeTitle::new(called).unwrap());
    let mut options = OpenOptions::new(peer, calling, called);
    options.add_context(uids::VERIFICATION, Vec::new()).unwrap();
    options
}

fn open(options: &OpenOptions) -> Result<Arc<Owned>, Error> {
    let runtime = Runtime::default_runtime()?;
    let operation = Operation::new(&runtime, Strand::new(&runtime), Delivery::Pull);
    let association = Association::open(options.clone(), &operation)?;
    association.drive(&operation);
    operation.outcome().unwrap().result?;
    Ok(operation.take_product().unwrap().downcast().unwrap())
}

/// Our own provider of Verification.
struct Serving(Arc<Server>);

impl Serving {
    fn start() -> Self {
        Self::with(|_| ())
    }

    fn with(change: impl FnOnce(&mut AcceptorPolicy)) -> Self {
        let mut policy = AcceptorPolicy::new(implementation::CLASS);
        policy.max_pdu_length = MaxPduLength::DEFAULT;
        policy.contexts.push(AcceptableContext {
            abstract_syntax: uids::VERIFICATION,
            transfer_syntaxes: uids::UNCOMPRESSED_LITTLE_ENDIAN.to_vec(),
            requestor: Roles::SCU,
        });
        change(&mut policy);
        let options = ServerOptions::new("[::]:0".parse().unwrap(), policy);
        Self(Server::start(&Runtime::default_runtime().unwrap(), options).unwrap())
    }

    fn port(&self) -> u16 {
        self.0.address().port()
    }

    /// The counters once every connection has gone: nothing may linger.
    #[track_caller]
    fn counters_when_idle(&self) -> ServerCounters {
        for _ in 0..500 {
            let counters = self.0.counters();
            if counters.connections == 0 {
                return counters;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("connections linger: {:?}", self.0.counters());
    }
}
