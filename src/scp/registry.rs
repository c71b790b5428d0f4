//! The connections of a server, and its limits.
//!
//! The limit of associations counts from the A-ASSOCIATE-RQ; a second, larger one holds connections that have not
//! asked for anything yet, or are on their way out, so that silent peers cannot use up the first (wire.md).

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Weak};

use crate::net::association::Association;
use crate::types::AeTitle;

/// How much a server takes on at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Associations in all.
    pub associations: usize,
    /// Connections without an association.
    pub waiting: usize,
    /// Associations from one address; `None` is no limit.
    pub per_address: Option<usize>,
    /// Associations from one calling AE title; `None` is no limit.
    pub per_ae_title: Option<usize>,
}

impl Default for Limits {
    fn default() -> Self {
        Self { associations: 500, waiting: 1000, per_address: None, per_ae_title: None }
    }
}

/// The connections of a server, by the association's number, which grows: the first is the oldest.
#[derive(Default)]
pub(super) struct Registry {
    waiting: BTreeMap<u64, Weak<Association>>,
    associations: BTreeMap<u64, Entry>,
    /// Counted where there is a limit.
    by_address: BTreeMap<IpAddr, usize>,
    /// Counted where there is a limit.
    by_ae_title: BTreeMap<AeTitle, usize>,
}

struct Entry {
    association: Weak<Association>,
    address: IpAddr,
    calling: AeTitle,
}

/// Which limit is in the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Full {
    Associations,
    Address,
    AeTitle,
}

impl Full {
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Associations => "the limit of associations is reached",
            Self::Address => "the limit of associations from this address is reached",
            Self::AeTitle => "the limit of associations from this AE title is reached",
        }
    }
}

impl Registry {
    /// A new connection. Returns the one that must go for it, where there are too many: the oldest silent one.
    pub(super) fn connected(
        &mut self,
        association: &Arc<Association>,
        limits: &Limits,
    ) -> Option<Arc<Association>> {
        let oldest = if self.waiting.len() >= limits.waiting { self.oldest_waiting() } else { None };
        self.waiting.insert(association.id(), Arc::downgrade(association));
        oldest
    }

    /// Takes the oldest connection without an association off the list of those that can be asked to go.
    pub(super) fn oldest_waiting(&mut self) -> Option<Arc<Association>> {
        while let Some((_, association)) = self.waiting.pop_first() {
            if let Some(association) = association.upgrade() {
                return Some(association);
            }
        }
        None
    }

    /// An A-ASSOCIATE-RQ came over a connection: it counts as an association, where no limit is in the way.
    pub(super) fn asked(
        &mut self,
        id: u64,
        address: IpAddr,
        calling: AeTitle,
        limits: &Limits,
    ) -> Result<(), Full> {
        let reached = |limit: Option<usize>, count: Option<&usize>| {
            limit.is_some_and(|limit| count.copied().unwrap_or(0) >= limit)
        };
        if self.associations.len() >= limits.associations {
            return Err(Full::Associations);
        }
        if reached(limits.per_address, self.by_address.get(&address)) {
            return Err(Full::Address);
        }
        if reached(limits.per_ae_title, self.by_ae_title.get(&calling)) {
            return Err(Full::AeTitle);
        }
        let association = self.waiting.remove(&id).unwrap_or_default();
        self.associations.insert(id, Entry { association, address, calling });
        if limits.per_address.is_some() {
            *self.by_address.entry(address).or_default() += 1;
        }
        if limits.per_ae_title.is_some() {
            *self.by_ae_title.entry(calling).or_default() += 1;
        }
        Ok(())
    }

    /// An association has ended and its connection is still there, up to ARTIM: its place is free, so that peers that
    /// do not close cannot use up the first limit either.
    pub(super) fn leaving(&mut self, id: u64) {
        if let Some(association) = self.remove(id) {
            self.waiting.insert(id, association);
        }
    }

    /// A connection is closed.
    pub(super) fn ended(&mut self, id: u64) {
        self.waiting.remove(&id);
        self.remove(id);
    }

    fn remove(&mut self, id: u64) -> Option<Weak<Association>> {
        let entry = self.associations.remove(&id)?;
        count_down(&mut self.by_address, &entry.address);
        count_down(&mut self.by_ae_title, &entry.calling);
        Some(entry.association)
    }

    pub(super) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    pub(super) fn associations(&self) -> usize {
        self.associations.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.associations.is_empty()
    }

    /// Every connection without an association.
    pub(super) fn all_waiting(&self) -> Vec<Arc<Association>> {
        self.waiting.values().filter_map(Weak::upgrade).collect()
    }

    /// Every connection.
    pub(super) fn all(&self) -> Vec<Arc<Association>> {
        let associations = self.associations.values().map(|entry| &entry.association);
        self.waiting.values().chain(associations).filter_map(Weak::upgrade).collect()
    }
}

fn count_down<K: Ord>(counts: &mut BTreeMap<K, usize>, key: &K) {
    if let Some(count) = counts.get_mut(key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(key);
        }
    }
}
