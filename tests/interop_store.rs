//! C-STORE with real peers, both directions, compared byte for byte: DCMTK 3.6.7.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says what went wrong by panicking")]

mod peers;

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
use dimse::scu::store::{StoreOptions, store_all};
use dimse::storage::contexts::{add_contexts, survey};
use dimse::storage::folder::{Collision, FolderOptions};
use dimse::storage::instance::Instance;
use dimse::types::AeTitle;
use dimse::ul::negotiation::AcceptorPolicy;

use peers::{dcmtk, pydicom};

#[test]
fn our_files_arrive_at_storescp() {
    let provider = dcmtk::storescp(&["--bit-preserving", "+xa", "--unique-filenames"]);
    let files = pydicom::files();
    let sent = stored(&send(provider.port, provider.ae_title, &files));
    same(&sent, &data_sets(provider.folder()));
    assert!(sent.len() > 150, "only {} of {}", sent.len(), files.len());
}

/// DCMTK writes data sets anew when it sends them, so what arrives is compared with what arrives at storescp.
#[test]
fn what_dcmsend_sends_arrives_here_as_it_does_at_storescp() {
    let files: Vec<_> = pydicom::files().into_iter().filter(|file| data_set(file).is_some()).collect();
    let reference = dcmtk::storescp(&["--bit-preserving", "+xa", "--unique-filenames"]);
    dcmtk::dcmsend(reference.port, reference.ae_title, &["--no-halt"], &files);
    let folder = peers::Folder::new("store");
    let server = serve(folder.path());
    dcmtk::dcmsend(server.address().port(), "ANY-SCP", &["--no-halt"], &files);
    let (wanted, got) = (data_sets(reference.folder()), data_sets(folder.path()));
    assert!(got.len() > 140, "only {} of {}", got.len(), files.len());
    for data_set in &got {
        assert!(wanted.contains(data_set), "{} bytes that storescp did not get", data_set.len());
    }
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
    store_all(association, instances, StoreOptions::default(), &operation);
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
        networks: Vec::new(),
        limits: Limits::default(),
        timeouts: Timeouts::for_provider(),
        association_handler: None,
        request_handler: None,
        folder: Some(FolderOptions { collision: Collision::Number, ..FolderOptions::new(folder) }),
    };
    Server::start(&Runtime::default_runtime().unwrap(), options).unwrap()
}

/// Every data set below a folder, in an order of their own.
fn data_sets(folder: &Path) -> Vec<Vec<u8>> {
    data_sets_of(&files_below(folder))
}

fn data_sets_of(files: &[PathBuf]) -> Vec<Vec<u8>> {
    let mut found: Vec<_> = files.iter().filter_map(|file| data_set(file)).collect();
    found.sort();
    found
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_below(&path));
        } else {
            found.push(path);
        }
    }
    found
}

/// What stands behind the header of a DICOM file.
fn data_set(path: &Path) -> Option<Vec<u8>> {
    let bytes = fs::read(path).unwrap();
    let header = Header::read(&bytes, true).ok()??;
    bytes.get(header.length..).filter(|data_set| !data_set.is_empty()).map(<[u8]>::to_vec)
}

/// The data sets of what was answered with success.
fn stored(reports: &[InstanceReport]) -> Vec<Vec<u8>> {
    let successes = reports.iter().filter(|report| report.result.is_ok() && report.status == Some(0));
    data_sets_of(&successes.map(|report| report.path.clone().unwrap()).collect::<Vec<_>>())
}

/// One for one, byte for byte, but for the padding of an odd one.
fn same(sent: &[Vec<u8>], got: &[Vec<u8>]) {
    assert_eq!(sent.len(), got.len());
    for data_set in sent {
        let padded = [data_set.as_slice(), &[0]].concat();
        assert!(got.contains(data_set) || got.contains(&padded), "{} bytes are missing", data_set.len());
    }
}
