//! Polymorphic rows that are not what they say: counted nowhere, and reported.
//!
//! A type is taken at its word nowhere: it has to be one of the known names to the letter, and the row that it names
//! has to exist and belong to the same company.

use std::collections::BTreeSet;

use chrono::NaiveDateTime;

use crate::analytics::polymorphic::{Configurable, Notifiable};
use crate::audit::{self, Actor};
use crate::db::{Arg, Error, TenantSql, TenantTx};
use crate::security;

/// Where the row stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Policy,
    NotificationConfiguration,
    Notification,
}

impl Target {
    fn table(self) -> &'static str {
        match self {
            Self::Policy => "policy_configurations",
            Self::NotificationConfiguration => "notification_configurations",
            Self::Notification => "notification_queues",
        }
    }
}

/// What is wrong with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// Its type is none of the known ones.
    UnknownType,
    /// What it names does not exist in this company: it is somebody else's, or nobody's.
    ForeignTarget,
}

/// The kinds of security events that [`report`] records: what they are about stands in the data, and is met whenever somebody looks.
/// News are they the first time alone.
pub(crate) const STANDING: [&str; 2] = ["polymorphic_unknown_type", "polymorphic_foreign_target"];

impl Reason {
    pub(crate) const fn kind(self) -> &'static str {
        let [unknown, foreign] = STANDING;
        match self {
            Self::UnknownType => unknown,
            Self::ForeignTarget => foreign,
        }
    }
}

/// An invalid row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Invalid {
    pub(crate) table: Target,
    pub(crate) row: i64,
    pub(crate) reason: Reason,
    pub(crate) kind: Option<String>,
    pub(crate) target: Option<i64>,
}

/// Whether a `notifiable` of this type is valid; `found` says whether the id is a customer, staff or user of the
/// company.
pub(crate) fn check_notifiable(kind: Option<&str>, found: [bool; 3]) -> Result<(), Reason> {
    let [customer, staff, user] = found;
    let found = match kind.and_then(Notifiable::parse).ok_or(Reason::UnknownType)? {
        Notifiable::Customer => customer,
        Notifiable::Staff => staff,
        Notifiable::User => user,
    };
    if found { Ok(()) } else { Err(Reason::ForeignTarget) }
}

/// Whether a `configurable` of this type is valid; `found` says whether the id is the company itself, or one of its
/// branches, services or staff.
pub(crate) fn check_configurable(kind: &str, found: [bool; 4]) -> Result<(), Reason> {
    let [company, branch, service, staff] = found;
    let found = match Configurable::parse(kind).ok_or(Reason::UnknownType)? {
        Configurable::Company => company,
        Configurable::Branch => branch,
        Configurable::Service => service,
        Configurable::Staff => staff,
    };
    if found { Ok(()) } else { Err(Reason::ForeignTarget) }
}

impl Invalid {
    /// With the company: a row that moves to another one is that one's event too.
    fn subject(&self, company: i64) -> String {
        format!("{}:{} of company {company}", self.table.table(), self.row)
    }

    fn detail(&self) -> String {
        let kind = self.kind.as_deref().unwrap_or("NULL");
        let detail = format!("{kind} {}", self.target.map_or_else(|| "NULL".to_owned(), |id| id.to_string()));
        detail.chars().take(255).collect()
    }
}

/// Those of the events, by kind and subject, that are recorded already.
async fn known(tx: &TenantTx, invalid: &[Invalid]) -> Result<BTreeSet<(String, String)>, Error> {
    let mut known = BTreeSet::new();
    for reason in [Reason::UnknownType, Reason::ForeignTarget] {
        let of_kind = invalid.iter().filter(|it| it.reason == reason);
        let subjects: Vec<_> = of_kind.map(|it| it.subject(tx.company_id())).collect();
        for subjects in subjects.chunks(500) {
            let marks = vec!["?"; subjects.len()].join(", ");
            let text = format!(
                "SELECT kind, subject FROM security_events WHERE company_id = :company AND kind = ? AND subject IN ({marks})"
            );
            let sql = TenantSql::composed(text)?;
            let args = std::iter::once(reason.kind().into()).chain(subjects.iter().map(|it| it.as_str().into()));
            for row in tx.rows(&sql, args.collect()).await? {
                known.insert((row.text(0)?, row.text(1)?));
            }
        }
    }
    Ok(known)
}

/// Records invalid rows as security events, each once, however often it is met.
///
/// # Errors
/// Where the database fails.
pub(crate) async fn report(tx: &TenantTx, invalid: &[Invalid], now: NaiveDateTime) -> Result<(), Error> {
    if invalid.is_empty() {
        return Ok(());
    }
    let company = tx.company_id();
    let known = known(tx, invalid).await?;
    let mut news = Vec::new();
    let rows: Vec<Vec<Arg>> = invalid
        .iter()
        .map(|it| {
            let (kind, subject, detail) = (it.reason.kind(), it.subject(company), it.detail());
            if !known.contains(&(kind.to_owned(), subject.clone())) {
                tracing::warn!(target: "security", kind, company_id = company, table = it.table.table(), row = it.row,
                    "a polymorphic row is not what it says: it counts nowhere");
                tx.tally().attempt(kind);
                news.push(security::entry(kind, &subject, &detail));
            }
            vec![kind.into(), subject.into(), detail.into(), now.into(), now.into()]
        })
        .collect();
    audit::record(tx, &Actor::job("refresh"), &news, now).await?;
    let columns = ["kind", "subject", "detail", "first_at", "last_at"];
    let end = tx.dialect().on_conflict_update(&["kind", "subject"], &["last_at"]);
    tx.insert("security_events", &columns, rows, &end).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_not_taken_at_its_word() {
        assert_eq!(check_notifiable(Some("customer"), [true, false, false]), Ok(()));
        assert_eq!(check_notifiable(Some("App\\Models\\User"), [false, false, true]), Ok(()));
        assert_eq!(check_notifiable(Some("staff"), [true, false, true]), Err(Reason::ForeignTarget));
        for kind in [None, Some("Customer"), Some("customer "), Some("company"), Some("")] {
            assert_eq!(check_notifiable(kind, [true; 3]), Err(Reason::UnknownType), "{kind:?}");
        }
        assert_eq!(check_configurable("branch", [false, true, false, false]), Ok(()));
        assert_eq!(check_configurable("branch", [true, false, true, true]), Err(Reason::ForeignTarget));
        assert_eq!(check_configurable("App\\Models\\Customer", [true; 4]), Err(Reason::UnknownType));
    }
}
