//! A file's own keys, and the rows that an earlier run, or an earlier line, made of them.

use std::collections::{BTreeSet, HashMap};

use crate::db::{Arg, Error, TenantSql, TenantTx};
use crate::events::Thing;

/// What a key stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Branch,
    Service,
    Staff,
    Customer,
    Appointment,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Branch => "branch",
            Self::Service => "service",
            Self::Staff => "staff",
            Self::Customer => "customer",
            Self::Appointment => "appointment",
        }
    }

    /// What its rows are called in the audit log.
    pub(super) fn thing(self) -> Thing {
        match self {
            Self::Branch => Thing::Branch,
            Self::Service => Thing::Service,
            Self::Staff => Thing::Staff,
            Self::Customer => Thing::Customer,
            Self::Appointment => Thing::Appointment,
        }
    }

    /// The table that its rows are in.
    pub(super) fn table(self) -> &'static str {
        match self {
            Self::Branch => "branches",
            Self::Service => "services",
            Self::Staff => "staff",
            Self::Customer => "customers",
            Self::Appointment => "appointments",
        }
    }

    /// Its columns but the last two, `created_at` and `updated_at`. The first is what a row is told by when its id is
    /// read back.
    pub(super) fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Branch => &["name", "city", "created_at", "updated_at"],
            Self::Service => &["name", "duration_minutes", "price", "created_at", "updated_at"],
            Self::Staff => &["name", "email", "branch_id", "created_at", "updated_at"],
            Self::Customer => &["name", "email", "phone", "journey_status", "created_at", "updated_at"],
            Self::Appointment => &[
                "customer_id",
                "branch_id",
                "service_id",
                "staff_id",
                "starts_at",
                "ends_at",
                "status",
                "price",
                "created_at",
                "updated_at",
            ],
        }
    }
}

/// Most keys that are looked up in one statement.
const AT_ONCE: usize = 512;

/// Ids by key.
pub(super) type Ids = HashMap<String, i64>;

/// What is known of some keys.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// The rows that are there.
    pub(super) there: Ids,
    /// The rows that were deleted since, by the ids that they had.
    pub(super) gone: Ids,
}

/// The rows that `keys` stand for.
///
/// # Errors
/// Where the database fails.
pub(super) async fn known(tx: &TenantTx, source: &str, kind: Kind, keys: &BTreeSet<&str>) -> Result<Known, Error> {
    let mut known = Known::default();
    let keys: Vec<&str> = keys.iter().copied().collect();
    for chunk in keys.chunks(AT_ONCE) {
        let (marks, filled) = list(chunk);
        let sql = scoped(format!(
            "SELECT known.external_key, known.row_id, there.id FROM import_keys known \
             LEFT JOIN {} there ON there.id = known.row_id AND there.company_id = :company \
             WHERE known.company_id = :company AND known.source = ? AND known.kind = ? \
             AND known.external_key IN ({marks})",
            kind.table()
        ))?;
        let args = [source, kind.name()].into_iter().chain(filled).map(Arg::from).collect();
        for row in tx.rows(&sql, args).await? {
            let ids = if row.opt_int(2)?.is_some() { &mut known.there } else { &mut known.gone };
            ids.insert(row.text(0)?, row.int(1)?);
        }
    }
    Ok(known)
}

/// Forgets that `gone` keys stood for these rows. What another import made of a key since stays.
///
/// # Errors
/// Where the database fails.
pub(super) async fn forget(tx: &TenantTx, source: &str, kind: Kind, gone: &[(&str, i64)]) -> Result<(), Error> {
    for chunk in gone.chunks(AT_ONCE) {
        let (keys, ids): (Vec<&str>, Vec<i64>) = chunk.iter().copied().unzip();
        let ((marks, keys), (_, ids)) = (list(&keys), list(&ids));
        let sql = scoped(format!(
            "DELETE FROM import_keys WHERE company_id = :company AND source = ? AND kind = ? \
             AND external_key IN ({marks}) AND row_id IN ({marks})"
        ))?;
        let keys = [source, kind.name()].into_iter().chain(keys).map(Arg::from);
        tx.execute(&sql, keys.chain(ids.map(Arg::from)).collect()).await?;
    }
    Ok(())
}

/// Marks for a list and its values. Few lengths of lists, so that few statements are prepared: the last value fills
/// them up.
fn list<T: Copy>(values: &[T]) -> (String, impl Iterator<Item = T>) {
    let length = values.len().next_power_of_two();
    let filled = values.iter().chain(values.last().into_iter().cycle()).take(length);
    (vec!["?"; length].join(", "), filled.copied())
}

fn scoped(sql: String) -> Result<TenantSql, Error> {
    Ok(TenantSql::composed(sql)?)
}

/// Remembers which rows `keys` stand for.
///
/// # Errors
/// Where the database fails, or another import of the same file is under way.
pub(super) async fn remember(tx: &TenantTx, source: &str, kind: Kind, keys: &[(&str, i64)]) -> Result<(), Error> {
    let rows = keys.iter().map(|(key, id)| vec![source.into(), kind.name().into(), (*key).into(), (*id).into()]);
    let end = match kind {
        Kind::Appointment => String::new(),
        _ => tx.dialect().on_conflict_update(&["company_id", "source", "kind", "external_key"], &["row_id"]),
    };
    tx.insert("import_keys", &["source", "kind", "external_key", "row_id"], rows.collect(), &end).await
}
