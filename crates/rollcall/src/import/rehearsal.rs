//! The dry run: what an import would add, found out by reading alone.

use std::collections::{BTreeSet, HashSet};
use std::hash::{BuildHasher, RandomState};

use super::again::{Reminders, sort};
use super::batch::Added;
use super::draft::{Draft, Entity};
use super::keys::{self, Kind};
use crate::db::{Error, Mode, TenantDb, TenantTx};

/// Goes through batches without writing. It remembers a number for each key that it came upon.
pub(super) struct Rehearsal<'a> {
    db: TenantDb,
    source: &'a str,
    again: bool,
    seen: HashSet<u64>,
    hasher: RandomState,
}

impl<'a> Rehearsal<'a> {
    pub(super) fn new(db: TenantDb, source: &'a str, again: bool) -> Self {
        Self { db, source, again, seen: HashSet::new(), hasher: RandomState::new() }
    }

    /// What writing this batch would add after those before it.
    ///
    /// # Errors
    /// Where the database fails.
    pub(super) async fn write(&mut self, drafts: &[Draft]) -> Result<Added, Error> {
        let tx = self.db.begin(Mode::Snapshot).await?;
        let keys = drafts.iter().map(|draft| draft.key.as_str()).collect();
        let known = keys::known(&tx, self.source, Kind::Appointment, &keys).await?;
        let sorted = sort(drafts, &known, self.again, |key| self.is_first(Kind::Appointment, key));
        let customers = sorted.fresh.iter().map(|draft| draft.customer.key.as_str()).collect();
        let customers = keys::known(&tx, self.source, Kind::Customer, &customers).await?.there;
        let there = Reminders::of(&tx, &sorted, &customers).await?;
        let missing = sorted.fresh.iter().map(|draft| {
            let customer = customers.get(&draft.customer.key).copied();
            there.missing(draft, &sorted, customer).count() as u64
        });
        let mut added = Added {
            appointments: sorted.fresh.len() as u64,
            already_there: sorted.already_there,
            deleted: sorted.deleted,
            reminders: missing.sum(),
            ..Added::default()
        };
        for (kind, count) in [
            (Kind::Branch, &mut added.branches),
            (Kind::Service, &mut added.services),
            (Kind::Staff, &mut added.staff),
            (Kind::Customer, &mut added.customers),
        ] {
            let keys = sorted.fresh.iter().filter_map(|draft| entity(draft, kind)).map(|it| it.key.as_str()).collect();
            *count = self.fresh(&tx, kind, keys).await?.len() as u64;
        }
        tx.commit().await?;
        Ok(added)
    }

    /// Those of `keys` that neither the database nor an earlier batch knows.
    async fn fresh<'k>(
        &mut self,
        tx: &TenantTx,
        kind: Kind,
        mut keys: BTreeSet<&'k str>,
    ) -> Result<BTreeSet<&'k str>, Error> {
        let known = keys::known(tx, self.source, kind, &keys).await?.there;
        keys.retain(|key| !known.contains_key(*key) && self.is_first(kind, key));
        Ok(keys)
    }

    fn is_first(&mut self, kind: Kind, key: &str) -> bool {
        self.seen.insert(self.hasher.hash_one((kind, key)))
    }
}

fn entity(draft: &Draft, kind: Kind) -> Option<&Entity> {
    match kind {
        Kind::Branch => draft.branch.as_ref(),
        Kind::Service => draft.service.as_ref(),
        Kind::Staff => draft.staff.as_ref(),
        Kind::Customer => Some(&draft.customer),
        Kind::Appointment => None,
    }
}
