//! Which rows of a batch are to be made: those that no earlier run made, and on demand those that were deleted since.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::draft::{Draft, Notice};
use super::keys::{Ids, Known};
use crate::db::{Error, TenantTx};
use crate::summaries::people;

/// A batch, sorted by what is to be done.
#[derive(Debug, Default)]
pub(super) struct Sorted<'d> {
    /// To be made.
    pub(super) fresh: Vec<&'d Draft>,
    /// Of these the keys, and former ids, of those that were deleted since they were imported.
    pub(super) back: HashMap<&'d str, i64>,
    /// How many had been imported before.
    pub(super) already_there: u64,
    /// How many of those were deleted since, and stay so.
    pub(super) deleted: u64,
}

/// Sorts a batch. `is_first` says whether no earlier row had that key.
///
/// What somebody deleted stays deleted unless it is wanted `again`: a second run must not undo what people did since.
pub(super) fn sort<'d>(
    drafts: &'d [Draft],
    known: &Known,
    again: bool,
    mut is_first: impl FnMut(&'d str) -> bool,
) -> Sorted<'d> {
    let mut sorted = Sorted::default();
    for draft in drafts {
        let key = draft.key.as_str();
        let gone = known.gone.get(key).copied();
        if known.there.contains_key(key) || (gone.is_some() && !again) || !is_first(key) {
            sorted.already_there += 1;
            sorted.deleted += u64::from(gone.is_some() && !again);
        } else {
            sorted.fresh.push(draft);
            sorted.back.extend(gone.map(|id| (key, id)));
        }
    }
    sorted
}

/// Reminders that outlived their appointments: they are rows of their own, and must not be there twice.
#[derive(Debug, Default)]
pub(super) struct Reminders(HashSet<(i64, String, String, i64)>);

impl Reminders {
    /// Those of the customers whose appointments come back; `customers` are the ids of those that are there.
    ///
    /// # Errors
    /// Where the database fails.
    pub(super) async fn of(tx: &TenantTx, sorted: &Sorted<'_>, customers: &Ids) -> Result<Self, Error> {
        let back = sorted.fresh.iter().filter(|draft| sorted.back.contains_key(draft.key.as_str()));
        let ids: BTreeSet<i64> = back.filter_map(|draft| customers.get(&draft.customer.key)).copied().collect();
        let ids: Vec<i64> = ids.into_iter().collect();
        let mut there = HashSet::new();
        for ids in ids.chunks(500) {
            let (sql, args) = people::listed(
                "SELECT notifiable_id, channel, recipient, created_at FROM notification_queues \
                 WHERE company_id = :company AND notifiable_type = 'customer' AND notifiable_id",
                ids,
            )?;
            for row in tx.rows(&sql, args).await? {
                if let Some(created) = row.opt_instant(3)? {
                    there.insert((row.int(0)?, row.text(1)?, row.text(2)?, created.and_utc().timestamp()));
                }
            }
        }
        Ok(Self(there))
    }

    /// The reminders of `draft` that are to be made.
    pub(super) fn missing<'n>(
        &self,
        draft: &'n Draft,
        sorted: &Sorted<'_>,
        customer: Option<i64>,
    ) -> impl Iterator<Item = &'n Notice> {
        let back = sorted.back.contains_key(draft.key.as_str());
        draft.notices.iter().filter(move |notice| {
            let created = notice.created_at.and_utc().timestamp();
            let channel = notice.channel.as_str().to_owned();
            let key = |customer| (customer, channel, notice.recipient.clone(), created);
            !(back && customer.is_some_and(|customer| self.0.contains(&key(customer))))
        })
    }
}
