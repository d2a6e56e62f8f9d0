//! The dry run: what an import would add, found out by reading alone.

use std::collections::{BTreeSet, HashSet};
use std::hash::{BuildHasher, RandomState};

use super::batch::Added;
use super::draft::{Draft, Entity};
use super::keys::{self, Kind};
use crate::db::{Error, Mode, TenantDb, TenantTx};

/// Goes through batches without writing. It remembers a number for each key that it came upon.
pub(super) struct Rehearsal<'a> {
    db: TenantDb,
    source: &'a str,
    seen: HashSet<u64>,
    hasher: RandomState,
}

impl<'a> Rehearsal<'a> {
    pub(super) fn new(db: TenantDb, source: &'a str) -> Self {
        Self { db, source, seen: HashSet::new(), hasher: RandomState::new() }
    }

    /// What writing this batch would add after those before it.
    ///
    /// # Errors
    /// Where the database fails.
    pub(super) async fn write(&mut self, drafts: &[Draft]) -> Result<Added, Error> {
        let tx = self.db.begin(Mode::Snapshot).await?;
        let keys = drafts.iter().map(|draft| draft.key.as_str()).collect();
        let fresh = self.fresh(&tx, Kind::Appointment, keys).await?;
        let mut once = fresh.clone();
        let fresh: Vec<&Draft> = drafts.iter().filter(|draft| once.remove(draft.key.as_str())).collect();
        let mut added = Added {
            appointments: fresh.len() as u64,
            already_there: (drafts.len() - fresh.len()) as u64,
            reminders: fresh.iter().map(|draft| draft.notices.len() as u64).sum(),
            ..Added::default()
        };
        for (kind, count) in [
            (Kind::Branch, &mut added.branches),
            (Kind::Service, &mut added.services),
            (Kind::Staff, &mut added.staff),
            (Kind::Customer, &mut added.customers),
        ] {
            let keys = fresh.iter().filter_map(|draft| entity(draft, kind)).map(|it| it.key.as_str()).collect();
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
        let known = keys::known(tx, self.source, kind, &keys).await?;
        keys.retain(|key| !known.contains_key(*key) && self.seen.insert(self.hasher.hash_one((kind, key))));
        Ok(keys)
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
