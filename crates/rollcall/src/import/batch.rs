//! Writing a batch of rows: all of it or nothing, in one transaction with the keys that make a second run harmless.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDateTime;

use super::again::{Reminders, Sorted, sort};
use super::attempts::{Failure, persist};
use super::draft::{Draft, Entity};
use super::keys::{self, Ids, Kind};
use crate::audit::Actor;
use crate::db::{Arg, Dialect, Error, Mode, TenantDb, TenantSql, TenantTx};
use crate::events::{self, Thing, Verb};

/// How many rows a batch added.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Added {
    pub(super) appointments: u64,
    pub(super) already_there: u64,
    pub(super) deleted: u64,
    pub(super) customers: u64,
    pub(super) branches: u64,
    pub(super) staff: u64,
    pub(super) services: u64,
    pub(super) reminders: u64,
}

/// Writes batches of one company from one source.
pub(super) struct Writer<'a> {
    db: TenantDb,
    source: &'a str,
    actor: Actor,
    now: NaiveDateTime,
    /// Whether appointments that were deleted since are made again.
    again: bool,
    /// In each table, an id that no row which is yet to come is below.
    floors: HashMap<Kind, i64>,
}

/// Ids of everything that a batch speaks of.
struct Known {
    branches: Ids,
    services: Ids,
    staff: Ids,
    customers: Ids,
}

impl<'a> Writer<'a> {
    pub(super) fn new(db: TenantDb, source: &'a str, now: NaiveDateTime, again: bool) -> Self {
        Self { db, source, actor: Actor::import(source), now, again, floors: HashMap::new() }
    }

    /// Writes a batch.
    ///
    /// # Errors
    /// Where the database fails; nothing of the batch is there then.
    pub(super) async fn write(&mut self, drafts: &[Draft]) -> Result<Added, Error> {
        persist(async || {
            let outcome = self.attempt(drafts).await;
            if outcome.is_err() {
                // The ids that these stand on went with the transaction.
                self.floors.clear();
            }
            outcome
        })
        .await
    }

    async fn attempt(&mut self, drafts: &[Draft]) -> Result<Added, Failure> {
        let tx = self.db.begin(Mode::Write).await?;
        let keys: BTreeSet<_> = drafts.iter().map(|draft| draft.key.as_str()).collect();
        let known = keys::known(&tx, self.source, Kind::Appointment, &keys).await?;
        let mut once = BTreeSet::new();
        let sorted = sort(drafts, &known, self.again, |key| once.insert(key));
        let mut added = Added {
            appointments: sorted.fresh.len() as u64,
            already_there: sorted.already_there,
            deleted: sorted.deleted,
            ..Added::default()
        };
        let known = self.entities(&tx, &sorted.fresh, &mut added).await?;
        let back: Vec<_> = sorted.back.iter().map(|(key, id)| (*key, *id)).collect();
        keys::forget(&tx, self.source, Kind::Appointment, &back).await?;
        self.appointments(&tx, &sorted.fresh, &known).await?;
        added.reminders = self.reminders(&tx, &sorted, &known).await?;
        tx.commit().await?;
        Ok(added)
    }

    async fn entities(&mut self, tx: &TenantTx, fresh: &[&Draft], added: &mut Added) -> Result<Known, Failure> {
        let branches = fresh.iter().filter_map(|draft| draft.branch.as_ref()).map(|it| (it, vec![]));
        let (branches, new) = self.ensure(tx, Kind::Branch, branches).await?;
        added.branches = new;
        let services = fresh.iter().filter_map(|draft| draft.service.as_ref()).map(|it| (it, vec![]));
        let (services, new) = self.ensure(tx, Kind::Service, services).await?;
        added.services = new;
        let staff = fresh.iter().filter_map(|draft| {
            let branch = draft.branch.as_ref().and_then(|branch| branches.get(&branch.key)).copied();
            draft.staff.as_ref().map(|it| (it, vec![branch.into()]))
        });
        let (staff, new) = self.ensure(tx, Kind::Staff, staff).await?;
        added.staff = new;
        let customers = fresh.iter().map(|draft| (&draft.customer, vec![]));
        let (customers, new) = self.ensure(tx, Kind::Customer, customers).await?;
        added.customers = new;
        Ok(Known { branches, services, staff, customers })
    }

    /// Makes those of `entities` that are not there yet; answers the ids of all, and how many are new.
    async fn ensure<'e>(
        &mut self,
        tx: &TenantTx,
        kind: Kind,
        entities: impl Iterator<Item = (&'e Entity, Vec<Arg>)>,
    ) -> Result<(Ids, u64), Failure> {
        // The first row that speaks of one says what it is like.
        let mut wanted = BTreeMap::new();
        for (entity, more) in entities {
            wanted.entry(entity.key.as_str()).or_insert((entity, more));
        }
        let keys = wanted.keys().copied().collect();
        let mut ids = keys::known(tx, self.source, kind, &keys).await?.there;
        wanted.retain(|key, _| !ids.contains_key(*key));
        let rows = wanted.values().map(|(entity, more)| {
            let name = Arg::from(entity.name.as_str());
            let dates = [Arg::from(self.now), Arg::from(self.now)];
            let row = std::iter::once(name).chain(entity.rest.iter().cloned()).chain(more.iter().cloned());
            (entity.name.clone(), row.chain(dates).collect())
        });
        let rows = rows.collect();
        let made = self.insert(tx, kind, rows).await?;
        let made: Vec<_> = wanted.keys().copied().zip(made).collect();
        keys::remember(tx, self.source, kind, &made).await?;
        ids.extend(made.iter().map(|(key, id)| ((*key).to_owned(), *id)));
        Ok((ids, made.len() as u64))
    }

    async fn appointments(&mut self, tx: &TenantTx, fresh: &[&Draft], known: &Known) -> Result<(), Failure> {
        let id = |ids: &Ids, entity: Option<&Entity>| entity.and_then(|entity| ids.get(&entity.key)).copied();
        let mut rows = Vec::with_capacity(fresh.len());
        for draft in fresh {
            let customer = id(&known.customers, Some(&draft.customer)).unwrap_or_default();
            let row = vec![
                customer.into(),
                id(&known.branches, draft.branch.as_ref()).into(),
                id(&known.services, draft.service.as_ref()).into(),
                id(&known.staff, draft.staff.as_ref()).into(),
                draft.starts_at.into(),
                draft.ends_at.into(),
                draft.status.as_str().into(),
                draft.price.into(),
                draft.booked_at.unwrap_or(self.now).into(),
                self.now.into(),
            ];
            rows.push((customer.to_string(), row));
        }
        let made = self.insert(tx, Kind::Appointment, rows).await?;
        let made: Vec<_> = fresh.iter().map(|draft| draft.key.as_str()).zip(made).collect();
        Ok(keys::remember(tx, self.source, Kind::Appointment, &made).await?)
    }

    async fn reminders(&self, tx: &TenantTx, sorted: &Sorted<'_>, known: &Known) -> Result<u64, Error> {
        let there = Reminders::of(tx, sorted, &known.customers).await?;
        let mut rows = Vec::new();
        for draft in &sorted.fresh {
            let customer = known.customers.get(&draft.customer.key).copied();
            for notice in there.missing(draft, sorted, customer) {
                let failed = (notice.status == super::terms::Delivery::Failed).then_some(notice.created_at);
                rows.push(vec![
                    "customer".into(),
                    customer.into(),
                    notice.channel.as_str().into(),
                    notice.recipient.as_str().into(),
                    notice.status.as_str().into(),
                    notice.created_at.into(),
                    notice.sent_at.into(),
                    failed.into(),
                    notice.created_at.into(),
                    self.now.into(),
                ]);
            }
        }
        let count = rows.len() as u64;
        let columns = [
            "notifiable_type",
            "notifiable_id",
            "channel",
            "recipient",
            "status",
            "scheduled_at",
            "sent_at",
            "failed_at",
            "created_at",
            "updated_at",
        ];
        let ids = tx.insert_new("notification_queues", &columns, rows.clone()).await?;
        let made = events::made(Thing::Notification, Verb::Created, &ids, &columns, &rows);
        events::announce(tx, &self.actor, &made, self.now).await?;
        Ok(count)
    }

    /// Inserts rows and reads their ids back, in their order. Each comes with its first column as text, by which it is
    /// known again: where another writer's rows are among them, the batch is taken back.
    async fn insert(&mut self, tx: &TenantTx, kind: Kind, rows: Vec<(String, Vec<Arg>)>) -> Result<Vec<i64>, Failure> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let floor = match self.floors.get(&kind) {
            Some(floor) => *floor,
            None => highest(tx, kind).await?,
        };
        let (marks, rows): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
        tx.insert(kind.table(), kind.columns(), rows.clone(), "").await?;
        let made = tx.rows(&after(tx.dialect(), kind)?, vec![floor.into()]).await?;
        if made.len() != marks.len() {
            return Err(Failure::Disturbed);
        }
        let mut ids = Vec::with_capacity(marks.len());
        for (row, mark) in made.iter().zip(&marks) {
            if row.text(1)? != *mark {
                return Err(Failure::Disturbed);
            }
            ids.push(row.int(0)?);
        }
        let made = events::made(kind.thing(), Verb::Created, &ids, kind.columns(), &rows);
        events::announce(tx, &self.actor, &made, self.now).await?;
        self.floors.extend(ids.last().map(|last| (kind, *last)));
        Ok(ids)
    }
}

async fn highest(tx: &TenantTx, kind: Kind) -> Result<i64, Error> {
    let sql = format!("SELECT MAX(id) FROM {} WHERE company_id = :company", kind.table());
    let rows = tx.rows(&scoped(sql)?, vec![]).await?;
    Ok(rows.first().map_or(Ok(None), |row| row.opt_int(0))?.unwrap_or(0))
}

fn after(dialect: Dialect, kind: Kind) -> Result<TenantSql, Error> {
    let mark = dialect.text(kind.columns()[0]);
    scoped(format!("SELECT id, {mark} FROM {} WHERE company_id = :company AND id > ? ORDER BY id", kind.table()))
}

fn scoped(sql: String) -> Result<TenantSql, Error> {
    Ok(TenantSql::composed(sql)?)
}
