//! Our side of the storage tests with real peers, and how what was sent is compared with what arrived.

#![allow(dead_code, reason = "each test takes what it needs")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a harness says what went wrong by panicking")]

pub(crate) mod files;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use dimse::error::Error;
use dimse::net::association::{Association, Owned};
use dimse::net::connect::Peer;
use dimse::net::implementation;
use dimse::net::open_options::OpenOptions;
use dimse::net::operation::{Delivery, Event, InstanceReport, Operation, Outcome};
use dimse::runtime::Runtime;
use dimse::runtime::strand::{Strand, Target};
use dimse::scp::server::{Handler, OwnedServer, Server, ServerCounters, ServerOptions};
use dimse::scp::undecided::Undecided;
use dimse::scu::store::{StoreOptions, store_all};
use dimse::storage::contexts::{add_contexts, survey};
use dimse::storage::edit::Edits;
use dimse::storage::folder::{Collision, FolderOptions};
use dimse::storage::head::Front;
use dimse::storage::instance::Instance;
use dimse::types::{AeTitle, Tag};
use dimse::ul::negotiation::AcceptorPolicy;

use crate::peers::{Folder, LOOPBACK, Provider};

/// The AE title under which we call.
pub(crate) const OURS: &str = "DIMSE";

/// What became of a list of files.
pub(crate) struct Sent {
    pub(crate) reports: Vec<InstanceReport>,
    pub(crate) outcome: Outcome,
}

impl Sent {
    /// The files that were answered with success.
    pub(crate) fn successes(&self) -> Vec<PathBuf> {
        let successes =
            self.reports.iter().filter(|report| report.result.is_ok() && report.status == Some(0));
        successes.map(|report| report.path.clone().unwrap()).collect()
    }

    /// The files that failed on this side, and why.
    pub(crate) fn failures(&self) -> Vec<(PathBuf, Error)> {
        let failures = self
            .reports
            .iter()
            .filter_map(|report| Some((report.path.clone().unwrap(), report.result.as_ref().err()?.clone())));
        failures.collect()
    }
}

/// Stores the files over an association of their own, and releases it.
#[track_caller]
pub(crate) fn send(provider: &Provider, files: &[PathBuf]) -> Sent {
    send_with(&options_for(provider, files), files, StoreOptions::default())
}

#[track_caller]
pub(crate) fn send_with(open: &OpenOptions, files: &[PathBuf], how: StoreOptions) -> Sent {
    let owner = associate(open).unwrap_or_else(|error| panic!("{error}"));
    let sent = send_over(owner.association(), files, how);
    sent.outcome.result.as_ref().unwrap_or_else(|error| panic!("{error}"));
    release(owner.association());
    sent
}

/// Stores the files over an association, however that ends.
pub(crate) fn send_over(association: &Association, files: &[PathBuf], how: StoreOptions) -> Sent {
    let operation = association.operation(Delivery::Pull);
    store_all(association, files.iter().map(Instance::from_file).collect(), how, &operation);
    association.drive(&operation);
    finish(&operation)
}

/// The events of an operation that is over.
pub(crate) fn finish(operation: &Operation) -> Sent {
    let mut reports = Vec::new();
    loop {
        match operation.next(Some(Duration::from_secs(60))).unwrap().expect("the operation ends") {
            Event::Instance(report) => reports.push(*report),
            Event::Done(outcome) => return Sent { reports, outcome },
            _ => {}
        }
    }
}

#[track_caller]
pub(crate) fn release(association: &Association) {
    let release = association.operation(Delivery::Pull);
    association.release(&release);
    association.drive(&release);
    release.outcome().unwrap().result.unwrap();
}

/// A request that proposes nothing yet.
pub(crate) fn options(provider: &Provider) -> OpenOptions {
    let peer = Peer { host: LOOPBACK.to_owned(), port: provider.port };
    OpenOptions::new(peer, AeTitle::new(OURS).unwrap(), AeTitle::new(provider.ae_title).unwrap())
}

/// A request that proposes what the files need.
pub(crate) fn options_for(provider: &Provider, files: &[PathBuf]) -> OpenOptions {
    let mut options = options(provider);
    add_contexts(&mut options, &survey(files.iter().cloned(), &Edits::default()).kinds).unwrap();
    options
}

pub(crate) fn associate(options: &OpenOptions) -> Result<Arc<Owned>, Error> {
    let runtime = Runtime::default_runtime()?;
    let operation = Operation::new(&runtime, Strand::new(&runtime), Delivery::Pull);
    let association = Association::open(options.clone(), &operation)?;
    association.drive(&operation);
    operation.outcome().unwrap().result?;
    Ok(operation.take_product().unwrap().downcast().unwrap())
}

/// Our provider: takes every class in every syntax into a folder, and is gone when dropped.
pub(crate) struct Serving {
    server: OwnedServer,
    folder: Folder,
}

impl Serving {
    pub(crate) fn start() -> Self {
        Self::with(|_| ())
    }

    pub(crate) fn with(change: impl FnOnce(&mut ServerOptions)) -> Self {
        let folder = Folder::new("ours");
        let mut policy = AcceptorPolicy::new(implementation::CLASS);
        policy.implementation_version = Some(implementation::VERSION.to_vec());
        policy.promiscuous = Some(Vec::new());
        let mut options = ServerOptions::new("[::]:0".parse().unwrap(), policy);
        options.folder =
            Some(FolderOptions { collision: Collision::Number, ..FolderOptions::new(folder.path()) });
        change(&mut options);
        let server = Server::start(&Runtime::default_runtime().unwrap(), options).unwrap();
        Self { server: OwnedServer::new(server), folder }
    }

    /// The same, and somebody decides about each instance by what stands in front of its pixels, so much of it at most.
    pub(crate) fn deciding(limit: usize, decide: impl Fn(Undecided) + Send + Sync + 'static) -> Self {
        Self::with(|options| options.header_handler = Some(before_pixels(limit, decide)))
    }

    pub(crate) fn port(&self) -> u16 {
        self.server.server().address().port()
    }

    /// Every file below the folder, unfinished ones included; but for the one that its sink keeps locked there.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        let mut found = files::below(self.folder.path());
        found.retain(|file| {
            let name = file.file_name().and_then(|name| name.to_str()).unwrap();
            name.strip_suffix(".dimse-part").is_none_or(|name| name.contains('.'))
        });
        found
    }

    pub(crate) fn counters(&self) -> ServerCounters {
        self.server.server().counters()
    }

    /// The counters once every connection has gone: nothing may linger.
    #[track_caller]
    pub(crate) fn counters_when_idle(&self) -> ServerCounters {
        wait_for("every connection to go", || self.counters().connections == 0);
        self.counters()
    }
}

/// Who decides about each instance by what stands in front of its pixels, so much of it at most.
pub(crate) fn before_pixels(
    limit: usize,
    decide: impl Fn(Undecided) + Send + Sync + 'static,
) -> (Front, Handler<Undecided>) {
    let front = Front { until: Tag::new(0x7FE0, 0x0010), limit };
    (front, Handler { target: Target::Library, call: Arc::new(decide) })
}

/// Waits up to 20 s until something has happened.
#[track_caller]
pub(crate) fn wait_for(what: &str, condition: impl Fn() -> bool) {
    for _ in 0..2000 {
        if condition() {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("waited in vain for {what}");
}
