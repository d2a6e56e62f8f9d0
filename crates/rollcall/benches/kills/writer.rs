//! One that writes, and remembers what was acknowledged.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use anyhow::{Context, Result, ensure};
use serde_json::{Value as Json, json};

use super::client::{Client, Reply};
use super::dice::Dice;
use super::stage::Company;

/// Appointments of a batch.
const BATCH: u64 = 20;
/// A request that the server turns away for the moment is sent again so often.
const PATIENCE: usize = 1_000;

/// A write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Write {
    /// A customer of that name.
    Customer(String),
    /// Appointments from that minute on, one a minute.
    Bookings(u64, u64),
    /// An appointment is cancelled.
    Cancellation(i64),
}

#[derive(Debug)]
pub(crate) struct Writer {
    pub(crate) company: Company,
    dice: Dice,
    /// Numbers keys, names and minutes: no two writes have the same.
    serial: u64,
    /// What was sent and not acknowledged, with its key.
    pub(crate) pending: Option<(String, Write)>,
    pub(crate) customers: BTreeSet<String>,
    pub(crate) bookings: BTreeSet<i64>,
    pub(crate) cancelled: BTreeSet<i64>,
    acknowledged: usize,
    repeated: usize,
}

impl Writer {
    pub(crate) fn new(company: &Company, seed: u64) -> Self {
        Self {
            dice: Dice::new(seed, company.id.unsigned_abs()),
            company: company.clone(),
            serial: 0,
            pending: None,
            customers: BTreeSet::new(),
            bookings: BTreeSet::new(),
            cancelled: BTreeSet::new(),
            acknowledged: 0,
            repeated: 0,
        }
    }

    pub(crate) fn acknowledged(&self) -> usize {
        self.acknowledged
    }

    pub(crate) fn repeated(&self) -> usize {
        self.repeated
    }

    /// Writes until the server is gone, or so many writes.
    ///
    /// # Errors
    /// Where the server answers what it should not.
    pub(crate) async fn write(mut self, address: SocketAddr, most: Option<usize>) -> Result<Self> {
        let mut client = Client::new(address, &self.company.token);
        if let Some(id) = self.bookings.last() {
            // What the one before acknowledged this one shows.
            let Ok(reply) = client.get(&format!("/appointments/{id}")).await else { return Ok(self) };
            ensure!(reply.status.is_success(), "appointment {id} was acknowledged: {} {}", reply.status, reply.body);
        }
        let (mut done, mut put_off) = (0, 0);
        let mut repeats = self.pending.is_some();
        while most.is_none_or(|most| done < most) {
            let (key, write) = match self.pending.take() {
                Some(pending) => pending,
                None => self.next(),
            };
            let (path, kind, body) = self.request(&write);
            self.pending = Some((key.clone(), write.clone()));
            let Ok(reply) = client.post(&path, &key, kind, body).await else {
                ensure!(most.is_none(), "the last server answers nothing");
                return Ok(self);
            };
            if reply.status.as_u16() == 503 && put_off < PATIENCE {
                put_off += 1;
                continue;
            }
            self.acknowledge(&write, &reply)
                .with_context(|| format!("{key} {write:?}: {} {}", reply.status, reply.body))?;
            self.repeated += usize::from(std::mem::take(&mut repeats));
            self.pending = None;
            done += 1;
        }
        Ok(self)
    }

    fn next(&mut self) -> (String, Write) {
        self.serial += 1;
        let free: Vec<i64> = self.bookings.difference(&self.cancelled).copied().take(50).collect();
        let first = self.serial;
        let write = match self.dice.below(10) {
            0 => Write::Customer(format!("k-{}-{first}", self.company.id)),
            1 => Write::Bookings(first, BATCH),
            2..=5 if !free.is_empty() => Write::Cancellation(*self.dice.of(&free)),
            _ => Write::Bookings(first, 1),
        };
        if let Write::Bookings(_, count) = write {
            self.serial += count;
        }
        (format!("key-{first}"), write)
    }

    fn booking(&self, minute: u64) -> Json {
        let (day, minute) = (minute / 1_440, minute % 1_440);
        let (year, day) = (2_100 + day / 336, day % 336);
        let (month, day) = (day / 28 + 1, day % 28 + 1);
        let starts_at = format!("{year}-{month:02}-{day:02}T{:02}:{:02}:00Z", minute / 60, minute % 60);
        json!({ "customer_id": self.company.id, "starts_at": starts_at })
    }

    /// The path, the kind of body, and the body.
    fn request(&self, write: &Write) -> (String, &'static str, String) {
        const JSON: &str = "application/json";
        match write {
            Write::Customer(name) => ("/customers".to_owned(), JSON, json!({ "name": name }).to_string()),
            Write::Bookings(first, 1) => ("/appointments".to_owned(), JSON, self.booking(*first).to_string()),
            Write::Bookings(first, count) => {
                let lines = (*first..first + count).map(|minute| format!("{}\n", self.booking(minute)));
                ("/appointments/batch".to_owned(), "application/x-ndjson", lines.collect())
            }
            Write::Cancellation(id) => {
                (format!("/appointments/{id}/cancel"), JSON, json!({ "force": true }).to_string())
            }
        }
    }

    fn acknowledge(&mut self, write: &Write, reply: &Reply) -> Result<()> {
        ensure!(reply.status.is_success(), "it was refused");
        match write {
            Write::Customer(name) => {
                self.customers.insert(name.clone());
            }
            Write::Bookings(_, 1) => {
                let id = reply.json()?["id"].as_i64().context("no id")?;
                ensure!(self.bookings.insert(id), "the id was given before");
            }
            Write::Bookings(_, count) => {
                let lines =
                    reply.body.lines().map(|line| serde_json::from_str::<Json>(line)?["id"].as_i64().context("no id"));
                let ids = lines.collect::<Result<Vec<_>>>()?;
                ensure!(ids.len() as u64 == *count, "a batch is answered by {} lines", ids.len());
                self.bookings.extend(ids);
            }
            Write::Cancellation(id) => {
                self.cancelled.insert(*id);
            }
        }
        self.acknowledged += 1;
        Ok(())
    }
}
