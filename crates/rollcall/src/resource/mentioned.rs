//! What lines of the audit log mention: as what their fields are told, and the names of the rows that they name.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::join::has_name;
use super::row::table_of;
use super::{ABOVE, Column, Kind, Resource, SCREENS, column, integer, whole};
use crate::analytics::currency::Currency;
use crate::audit;
use crate::db::{Arg, Dialect, Error, TenantDb, TenantSql};

/// What a company's amounts are in.
pub(crate) const CURRENCY: TenantSql =
    TenantSql::new("SELECT currency FROM company_settings WHERE company_id = :company");
/// So many rows are looked up by their names at most.
const MOST: usize = 300;
/// What stands in lines, and in no table.
static ALONE: [Column; 1] = [column("fee", Kind::Money)];

/// As what a field of a row's lines is told: as the row's own column of that name, else as that of another table, which such lines
/// bring with them; none where no table has one.
pub(crate) fn told_as(resource: &Resource, name: &str) -> Option<&'static Column> {
    let others = || SCREENS.into_iter().chain(ABOVE).find_map(|screen| screen.resource.column(name));
    resource.column(name).or_else(others).or_else(|| ALONE.iter().find(|column| column.name == name))
}

/// The row that a field names, as its table and id; `state` says of what type it is, where the column names rows of several.
pub(crate) fn named_by(
    resource: &Resource,
    column: &Column,
    state: Option<&Json>,
    id: &Json,
) -> Option<(&'static str, i64)> {
    let table = match column.kind {
        Kind::Ref(table) => table,
        Kind::Target => {
            let beside = column.name.replace("_id", "_type");
            let stored = state?.get(&beside)?.as_str()?;
            let Kind::Type(types) = told_as(resource, &beside)?.kind else { return None };
            table_of(types.iter().find(|names| names.contains(&stored))?[0])
        }
        _ => return None,
    };
    whole(id).or_else(|| id.as_str().and_then(integer)).map(|id| (table, id))
}

/// The names of the rows that are mentioned, those of the company alone, and what its amounts are in.
#[derive(Clone, Debug, Default)]
pub(crate) struct Mentioned {
    names: BTreeMap<(&'static str, i64), String>,
    currency: Option<String>,
}

impl Mentioned {
    /// What is mentioned where states of a row changed from the first to the second of each pair: by one statement, or none where there is
    /// nothing to look up. `currency` is that of the company, where it is known already; where it is not, and amounts are mentioned, by one more.
    ///
    /// # Errors
    /// Where the database fails.
    pub(crate) async fn read<'a>(
        db: &TenantDb,
        resource: &Resource,
        changes: impl Iterator<Item = (Option<&'a Json>, Option<&'a Json>)>,
        currency: Option<&str>,
    ) -> Result<Self, Error> {
        let mut mentioned = Self { currency: currency.map(str::to_owned), ..Self::default() };
        let (rows, amounts) = wanted(resource, changes);
        if amounts && currency.is_none() {
            let found = db.rows(&CURRENCY, vec![]).await?;
            mentioned.currency = found.first().map_or(Ok(None), |row| row.opt_text(0))?;
        }
        let rows: Vec<_> = rows.into_iter().collect();
        if rows.is_empty() {
            return Ok(mentioned);
        }
        let parts: Vec<_> = rows.iter().enumerate().map(|part| named(db.dialect(), part)).collect();
        let args = rows.iter().flat_map(|(_, ids)| ids).map(|id| Arg::from(*id)).collect();
        for row in db.rows(&TenantSql::composed(parts.join(" UNION ALL "))?, args).await? {
            let table = usize::try_from(row.int(0)?).ok().and_then(|part| rows.get(part));
            if let Some(((table, _), name)) = table.zip(row.opt_text(2)?) {
                mentioned.names.insert((*table, row.int(1)?), name);
            }
        }
        Ok(mentioned)
    }

    /// The name of a row; none where it is not there, or has none.
    pub(crate) fn name(&self, table: &'static str, id: i64) -> Option<&str> {
        self.names.get(&(table, id)).map(String::as_str)
    }

    /// What amounts are in.
    pub(crate) fn currency(&self) -> Currency {
        self.currency.as_deref().map_or(Currency::EUR, Currency::of)
    }
}

/// The rows with names that changes mention, by their tables; and whether they mention amounts of money.
fn wanted<'a>(
    resource: &Resource,
    changes: impl Iterator<Item = (Option<&'a Json>, Option<&'a Json>)>,
) -> (BTreeMap<&'static str, BTreeSet<i64>>, bool) {
    let (mut rows, mut amounts, mut left) = (BTreeMap::<_, BTreeSet<_>>::new(), false, MOST);
    for (before, after) in changes {
        for field in audit::changes(before, after) {
            let Some(column) = told_as(resource, field.name) else { continue };
            // A policy's rules have fees in them, a message has none.
            amounts |= matches!(column.kind, Kind::Money | Kind::Object(_)) && column.name != "payload";
            for (state, value) in [(before, field.before), (after, field.after)] {
                let row = named_by(resource, column, state, value).filter(|(table, _)| has_name(table));
                if let Some((table, id)) = row.filter(|_| left > 0)
                    && rows.entry(table).or_default().insert(id)
                {
                    left -= 1;
                }
            }
        }
    }
    (rows, amounts)
}

/// Selects the names of rows of a table.
fn named(dialect: Dialect, (part, (table, ids)): (usize, &(&'static str, BTreeSet<i64>))) -> String {
    let whose = if *table == "companies" { "n.id" } else { "n.company_id" };
    format!(
        "SELECT {} AS part, n.id, {} FROM {table} n WHERE {whose} = :company AND n.id IN ({})",
        dialect.integer(&part.to_string()),
        dialect.text("n.name"),
        vec!["?"; ids.len()].join(", ")
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::{APPOINTMENTS, POLICIES};
    use super::*;

    #[test]
    fn rows_are_named_by_what_columns_say_and_each_is_looked_up_once() {
        let before = json!({"staff_id": 1, "branch_id": 2, "customer_id": 4, "status": "scheduled"});
        let after = json!({"staff_id": 3, "branch_id": null, "customer_id": 4, "fee_charged": "8.50"});
        let states = [(Some(&before), Some(&after)), (None, Some(&before))];
        let (rows, amounts) = wanted(&APPOINTMENTS, states.into_iter());
        let rows: Vec<_> = rows.into_iter().map(|(table, ids)| (table, ids.into_iter().collect::<Vec<_>>())).collect();
        assert_eq!(rows, [("branches", vec![2]), ("customers", vec![4]), ("staff", vec![1, 3])]);
        assert!(amounts);
    }

    #[test]
    fn a_target_is_of_the_type_beside_it_and_what_has_no_name_is_not_looked_up() {
        let of = |state: &Json| {
            let (rows, _) = wanted(&POLICIES, [(None, Some(state))].into_iter());
            rows.into_iter().flat_map(|(table, ids)| ids.into_iter().map(move |id| (table, id))).collect::<Vec<_>>()
        };
        assert_eq!(of(&json!({"configurable_type": "branch", "configurable_id": 5})), [("branches", 5)]);
        assert_eq!(of(&json!({"configurable_type": r"App\Models\Staff", "configurable_id": 5})), [("staff", 5)]);
        assert_eq!(of(&json!({"configurable_type": "ghost", "configurable_id": 5})), []);
        assert_eq!(of(&json!({"overrides_id": 5, "appointment_id": 6, "configurable_id": 7})), []);
    }
}
