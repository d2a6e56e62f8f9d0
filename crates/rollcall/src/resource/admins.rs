//! A company keeps an admin: without one, nobody in it could see to its users and settings any more.

use std::collections::BTreeSet;

use super::{Refusal, Resource};
use crate::db::{Error, TenantSql, TenantTx};
use crate::tenant::Role;

/// The company's admins who may use the panel.
pub(super) struct Admins(BTreeSet<i64>);

const ADMINS: &str = "SELECT id, role FROM users WHERE company_id = :company AND role = 'admin' ORDER BY id";
const DEACTIVATED: TenantSql =
    TenantSql::new("SELECT user_id FROM rollcall_people WHERE company_id = :company AND deactivated_at IS NOT NULL");

impl Admins {
    /// Locked, and before the row that is to be changed: of two admins who take the role from each other at the same
    /// moment, the second one finds that they are the last. Of other resources there are none.
    pub(super) async fn locked(tx: &TenantTx, resource: &Resource) -> Result<Self, Error> {
        if !resource.keeps_an_admin {
            return Ok(Self(BTreeSet::new()));
        }
        Self::read(tx, tx.dialect().pick("", " FOR UPDATE", " FOR UPDATE")).await
    }

    async fn read(tx: &TenantTx, lock: &str) -> Result<Self, Error> {
        let sql = TenantSql::composed(format!("{ADMINS}{lock}"))?;
        let mut admins = BTreeSet::new();
        for row in tx.rows(&sql, vec![]).await? {
            // A collation may take `Admin` for `admin`; whoever is called that may do nothing.
            if Role::parse(&row.text(1)?) == Some(Role::Admin) {
                admins.insert(row.int(0)?);
            }
        }
        // Behind the lock, by a statement of its own: what another admin did meanwhile is seen.
        for row in tx.rows(&DEACTIVATED, vec![]).await? {
            admins.remove(&row.int(0)?);
        }
        Ok(Self(admins))
    }

    /// Whether the company can do without the one of that id.
    ///
    /// # Errors
    /// Where they are the last one.
    pub(super) fn without(&self, id: i64) -> Result<(), Refusal> {
        if self.0.len() == 1 && self.0.contains(&id) { Err(Refusal::LastAdmin) } else { Ok(()) }
    }
}

/// Whether the company cannot do without the admin of that id, at this moment: whoever changes something asks behind a lock.
///
/// # Errors
/// Where the database fails.
pub(crate) async fn is_last_admin(tx: &TenantTx, id: i64) -> Result<bool, Error> {
    Ok(Admins::read(tx, "").await?.without(id).is_err())
}
