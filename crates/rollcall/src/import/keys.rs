//! A file's own keys, and the rows that an earlier run, or an earlier line, made of them.

use std::collections::{BTreeSet, HashMap};

use crate::db::{Arg, Error, TenantSql, TenantTx};

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

/// The rows that `keys` stand for, of those that are there.
///
/// A row that was deleted since is made anew; but an appointment that somebody deleted stays deleted.
///
/// # Errors
/// Where the database fails.
pub(super) async fn known(tx: &TenantTx, source: &str, kind: Kind, keys: &BTreeSet<&str>) -> Result<Ids, Error> {
    let mut ids = Ids::new();
    let keys: Vec<&str> = keys.iter().copied().collect();
    for chunk in keys.chunks(AT_ONCE) {
        // Few lengths of lists, so that few statements are prepared: the last key fills them up.
        let length = chunk.len().next_power_of_two();
        let marks = vec!["?"; length].join(", ");
        let there = match kind {
            Kind::Appointment => String::new(),
            _ => format!("JOIN {} there ON there.id = known.row_id AND there.company_id = :company", kind.table()),
        };
        let sql = TenantSql::composed(format!(
            "SELECT known.external_key, known.row_id FROM import_keys known {there} \
             WHERE known.company_id = :company AND known.source = ? AND known.kind = ? \
             AND known.external_key IN ({marks})"
        ))
        .map_err(|error| Error::Custom(error.to_string()))?;
        let last = chunk.last().copied().unwrap_or_default();
        let filled = chunk.iter().copied().chain(std::iter::repeat(last)).take(length);
        let args = [source, kind.name()].into_iter().chain(filled).map(Arg::from).collect();
        for row in tx.rows(&sql, args).await? {
            ids.insert(row.text(0)?, row.int(1)?);
        }
    }
    Ok(ids)
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
