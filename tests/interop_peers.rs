//! The peers themselves, without this library: DCMTK's `echoscu` verifies each provider of the harness, and each user
//! of the harness verifies a provider that is not its own. What fails here is the harness or the installation.

mod peers;

use peers::{Provider, dcmjs_dimse, dcmtk, orthanc, pynetdicom};

#[test]
fn storescp_answers_echoscu() {
    verify(&dcmtk::storescp(&[]));
}

#[test]
fn dcmqrscp_answers_echoscu_and_obeys_termscu() {
    let provider = dcmtk::dcmqrscp(&["--allow-shutdown"]);
    verify(&provider);
    // It answers the shutdown class with a rejection, and is gone.
    dcmtk::termscu(provider.port, provider.ae_title, &[]).expect_text("Reason: No Reason");
    provider.expect_end();
}

#[test]
fn orthanc_answers_echoscu_and_verifies_storescp() {
    let orthanc = orthanc::start();
    verify(&orthanc.provider);
    let other = dcmtk::storescp(&[]);
    orthanc.echo(other.ae_title, other.port).unwrap();
    other.expect_log("Received Echo Request");
}

#[test]
fn orthanc_refuses_another_called_ae_title() {
    let orthanc = orthanc::start();
    let outcome = dcmtk::echoscu(orthanc.provider.port, "SOMEBODY", &[]);
    assert_ne!(outcome.code, 0);
    outcome.expect_text("Called AE Title Not Recognized");
}

#[test]
fn orthanc_says_that_nobody_listens() {
    let orthanc = orthanc::start();
    let port = dcmtk::storescp(&[]).port;
    orthanc.echo("NOBODY", port).unwrap_err();
}

#[test]
fn pynetdicom_answers_echoscu() {
    let provider = pynetdicom::scp(&[]);
    verify(&provider);
    provider.expect_log("requested by INTEROP, maximum length 16384");
    provider.expect_log("echo 1");
    provider.expect_log("released");
}

#[test]
fn pynetdicom_verifies_dcmqrscp() {
    let provider = dcmtk::dcmqrscp(&[]);
    pynetdicom::echo(provider.port, provider.ae_title, &["--repeat", "3", "--maximum-length", "0"])
        .expect_success()
        .expect_text("context 1 1.2.840.10008.1.1 1.2.840.10008.1.2")
        .expect_text("echo 3 status 0x0000")
        .expect_text("released");
}

#[test]
fn pynetdicom_says_why_it_was_rejected() {
    let provider = pynetdicom::scp(&["--require-called"]);
    let outcome = pynetdicom::echo(provider.port, "SOMEBODY", &[]).expect_text("rejected 1,1,7");
    assert_eq!(outcome.code, 3);
    provider.expect_log("rejected");
}

#[test]
fn pynetdicom_negotiates_an_identity() {
    let provider = pynetdicom::scp(&["--identity", "marie"]);
    pynetdicom::echo(provider.port, provider.ae_title, &["--identity", "marie:secret"]).expect_success();
    provider.expect_log("identity 2 marie");
    let outcome = pynetdicom::echo(provider.port, provider.ae_title, &["--identity", "nobody"])
        .expect_text("rejected 2,2,1");
    assert_eq!(outcome.code, 3);
}

#[test]
fn dcmjs_dimse_answers_echoscu() {
    let provider = dcmjs_dimse::scp();
    verify(&provider);
    provider.expect_log("requested by INTEROP for DCMJS");
    provider.expect_log("released");
}

#[test]
fn dcmjs_dimse_verifies_storescp() {
    let provider = dcmtk::storescp(&[]);
    dcmjs_dimse::echo(provider.port, provider.ae_title, 3)
        .expect_success()
        .expect_text("echo 3 status 0x0000")
        .expect_text("released");
}

#[test]
fn a_dropped_provider_is_gone_with_its_children() {
    let provider = dcmtk::dcmqrscp(&[]);
    let port = provider.port;
    verify(&provider);
    drop(provider);
    let outcome = dcmtk::echoscu(port, "ANY-SCP", &["--timeout", "5"]);
    assert_ne!(outcome.code, 0, "somebody still answers on port {port}:\n{}", outcome.text);
}

/// Verifies a provider with `echoscu`.
#[track_caller]
fn verify(provider: &Provider) {
    dcmtk::echoscu(provider.port, provider.ae_title, &[])
        .expect_success()
        .expect_text("Received Echo Response (Success)");
}
