//! Who is told, where they are reached, and what things are called.

use std::collections::{BTreeMap, BTreeSet};

use super::{Channel, EventType, Occasion};
use crate::db::{Error, TenantSql, TenantTx};
use crate::summaries::people::listed;
use crate::tenant::Role;

/// Somebody who may be told.
#[derive(Clone, Debug)]
pub(super) struct Recipient {
    /// `customer` or `user`.
    pub(super) kind: &'static str,
    pub(super) id: i64,
    pub(super) name: String,
    email: Option<String>,
    phone: Option<String>,
}

impl Recipient {
    /// Where they are reached by this channel.
    pub(super) fn address(&self, channel: Channel) -> Option<String> {
        let address = match channel {
            Channel::Email => self.email.clone(),
            Channel::Sms | Channel::Whatsapp => self.phone.clone(),
            Channel::Push => Some(format!("{}:{}", self.kind, self.id)),
        };
        address.map(|address| address.trim().to_owned()).filter(|address| !address.is_empty())
    }
}

/// The people and things of some occasions.
#[derive(Debug, Default)]
pub(super) struct People {
    customers: BTreeMap<i64, Recipient>,
    managers: Vec<Recipient>,
    pub(super) branches: BTreeMap<i64, String>,
    pub(super) services: BTreeMap<i64, String>,
    pub(super) staff: BTreeMap<i64, String>,
}

const USERS: TenantSql =
    TenantSql::new("SELECT id, name, email, role FROM users WHERE company_id = :company ORDER BY id");

impl People {
    pub(super) async fn read<'a>(
        tx: &TenantTx,
        occasions: impl Iterator<Item = (EventType, &'a Occasion)>,
    ) -> Result<Self, Error> {
        let mut people = Self::default();
        let [mut customers, mut branches, mut services, mut staff] = [const { BTreeSet::new() }; 4];
        let mut violated = false;
        for (event, occasion) in occasions {
            customers.insert(occasion.customer);
            branches.extend(occasion.place.branch);
            services.extend(occasion.place.service);
            staff.extend(occasion.place.staff);
            violated |= event == EventType::PolicyViolation;
        }
        people.customers = read_customers(tx, &customers).await?;
        people.branches = names(tx, "branches", &branches).await?;
        people.services = names(tx, "services", &services).await?;
        people.staff = names(tx, "staff", &staff).await?;
        if violated {
            people.managers = managers(tx).await?;
        }
        Ok(people)
    }

    /// Who is told of an event of this customer's appointment. Nobody, where the customer is not there.
    pub(super) fn told(&self, event: EventType, customer: i64) -> impl Iterator<Item = &Recipient> {
        let of_customer = (event != EventType::PolicyViolation).then(|| self.customers.get(&customer)).flatten();
        let managers = (event == EventType::PolicyViolation).then_some(self.managers.iter());
        of_customer.into_iter().chain(managers.into_iter().flatten())
    }

    pub(super) fn customer(&self, id: i64) -> &str {
        self.customers.get(&id).map_or("–", |customer| &customer.name)
    }
}

async fn read_customers(tx: &TenantTx, ids: &BTreeSet<i64>) -> Result<BTreeMap<i64, Recipient>, Error> {
    let ids: Vec<i64> = ids.iter().copied().collect();
    let mut customers = BTreeMap::new();
    for ids in ids.chunks(500) {
        let (sql, args) =
            listed("SELECT id, name, email, phone FROM customers WHERE company_id = :company AND id", ids)?;
        for row in tx.rows(&sql, args).await? {
            let (id, name, email, phone) = (row.int(0)?, row.text(1)?, row.opt_text(2)?, row.opt_text(3)?);
            customers.insert(id, Recipient { kind: "customer", id, name, email, phone });
        }
    }
    Ok(customers)
}

async fn names(tx: &TenantTx, table: &str, ids: &BTreeSet<i64>) -> Result<BTreeMap<i64, String>, Error> {
    let ids: Vec<i64> = ids.iter().copied().collect();
    let mut names = BTreeMap::new();
    for ids in ids.chunks(500) {
        let (sql, args) = listed(&format!("SELECT id, name FROM {table} WHERE company_id = :company AND id"), ids)?;
        for row in tx.rows(&sql, args).await? {
            names.insert(row.int(0)?, row.text(1)?);
        }
    }
    Ok(names)
}

async fn managers(tx: &TenantTx) -> Result<Vec<Recipient>, Error> {
    let mut managers = Vec::new();
    for row in tx.rows(&USERS, vec![]).await? {
        if matches!(Role::parse(&row.text(3)?), Some(Role::Admin | Role::Manager)) {
            let (id, name, email) = (row.int(0)?, row.text(1)?, row.opt_text(2)?);
            managers.push(Recipient { kind: "user", id, name, email, phone: None });
        }
    }
    Ok(managers)
}
