//! MariaDB's and MySQL's indexes by name, for statements that one certain index has to answer.
//!
//! Both estimate at most half of a table for a range, and so prefer, for a company that has most of it, to look up the
//! company alone and walk over all rows before a page. Told which index it is, they begin where the page begins. SQLite and
//! PostgreSQL see that by themselves.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use sea_orm::sqlx::mysql::MySqlDatabaseError;
use sea_orm::{DbErr, RuntimeErr};

use super::{Database, Dialect, PlatformSql};

const INDEXES: PlatformSql = PlatformSql::new(
    "names of indexes",
    "SELECT CAST(table_name AS CHAR), CAST(index_name AS CHAR), CAST(COALESCE(column_name, '') AS CHAR), \
     sub_part IS NULL AND index_type = 'BTREE' AND column_name IS NOT NULL \
     FROM information_schema.statistics WHERE table_schema = DATABASE() ORDER BY table_name, index_name, seq_in_index",
);

/// MySQL's number for a hint that names an index which is not there.
const NO_SUCH_INDEX: u16 = 1176;

/// The rows of a table that have certain values in some columns, in the order of another column and then of their ids.
#[derive(Clone, Debug)]
pub(crate) struct Ordered<'a> {
    pub(crate) table: &'a str,
    /// Columns besides `company_id` that have one value.
    pub(crate) equal: Vec<&'static str>,
    /// None: in the order of the ids alone.
    pub(crate) by: Option<&'static str>,
    /// Whether they are of no one company, so that their indexes begin with none.
    pub(crate) above: bool,
}

impl Ordered<'_> {
    /// Whether an index on these columns holds the rows in their order. One of InnoDB ends with the id anyway.
    fn is_held_by(&self, columns: &[String]) -> bool {
        let columns = columns.strip_suffix(&["id".to_owned()]).unwrap_or(columns);
        let rest = match columns.split_first() {
            _ if self.above => columns,
            Some((company, rest)) if company == "company_id" => rest,
            _ => return false,
        };
        let equal = match (self.by, rest.split_last()) {
            (None, _) => rest,
            (Some(by), Some((last, equal))) if last == by => equal,
            _ => return false,
        };
        let known = |column: &String| self.equal.contains(&column.as_str());
        equal.len() == self.equal.len() && equal.iter().all(known)
    }
}

/// An index: its name and its columns.
type Index = (String, Vec<String>);
/// The indexes of each table.
type ByTable = HashMap<String, Vec<Index>>;

/// What is known of a database's indexes: read once, and again after one turned out to be gone.
#[derive(Debug, Default)]
pub(super) struct Indexes(RwLock<Option<Arc<ByTable>>>);

impl Indexes {
    fn known(&self) -> Option<Arc<ByTable>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn learn(&self, found: Option<Arc<ByTable>>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = found;
    }
}

impl Database {
    /// What to write behind the table in a statement for such rows; nothing where no index is known to hold them in their
    /// order, or where the database needs no advice.
    pub(super) async fn hint(&self, rows: &Ordered<'_>) -> String {
        if self.dialect != Dialect::MySql {
            return String::new();
        }
        let indexes = match self.indexes.known() {
            Some(known) => known,
            None => match self.read_indexes().await {
                Ok(read) => read,
                Err(error) => {
                    tracing::warn!(%error, "the indexes' names cannot be read; deep pages may be slow");
                    return String::new();
                }
            },
        };
        let of_table = indexes.get(rows.table).map_or(&[][..], Vec::as_slice);
        let held = of_table.iter().find(|(_, columns)| rows.is_held_by(columns));
        held.map_or_else(String::new, |(name, _)| format!(" FORCE INDEX (`{name}`)"))
    }

    /// Whether a statement failed for a hint that names an index which is gone. If so, the names are read anew next time.
    pub(super) fn hinted_wrongly(&self, error: &DbErr) -> bool {
        let DbErr::Query(RuntimeErr::SqlxError(error)) = error else { return false };
        let said = error.as_database_error().and_then(|error| error.try_downcast_ref::<MySqlDatabaseError>());
        let gone = said.is_some_and(|error| error.number() == NO_SUCH_INDEX);
        if gone {
            self.indexes.learn(None);
        }
        gone
    }

    async fn read_indexes(&self) -> Result<Arc<ByTable>, DbErr> {
        let mut read: HashMap<String, Vec<Index>> = HashMap::new();
        let mut unfit = Vec::new();
        for row in self.platform().rows(&INDEXES, Vec::new()).await? {
            let (table, name, column) = (row.text(0)?, row.text(1)?, row.text(2)?);
            let of_table = read.entry(table.clone()).or_default();
            match of_table.last_mut().filter(|(last, _)| *last == name) {
                Some((_, columns)) => columns.push(column),
                None => of_table.push((name.clone(), vec![column])),
            }
            if row.int(3)? == 0 || !name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_') {
                unfit.push((table, name));
            }
        }
        for (table, name) in unfit {
            if let Some(of_table) = read.get_mut(&table) {
                of_table.retain(|(known, _)| *known != name);
            }
        }
        let read = Arc::new(read);
        self.indexes.learn(Some(read.clone()));
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(equal: &[&'static str], by: Option<&'static str>, columns: &str) -> bool {
        let equal = equal.to_vec();
        let columns: Vec<_> = columns.split(' ').map(str::to_owned).collect();
        Ordered { table: "appointments", equal, by, above: false }.is_held_by(&columns)
    }

    #[test]
    fn an_index_holds_rows_in_their_order_or_does_not() {
        assert!(held(&[], Some("starts_at"), "company_id starts_at"));
        assert!(held(&[], Some("starts_at"), "company_id starts_at id"));
        assert!(held(&[], None, "company_id id"));
        assert!(held(&[], None, "company_id"));
        assert!(held(&["status"], Some("starts_at"), "company_id status starts_at"));
        assert!(held(&["status", "staff_id"], None, "company_id staff_id status"));
        assert!(!held(&[], Some("starts_at"), "company_id created_at"));
        assert!(!held(&[], Some("starts_at"), "starts_at company_id"), "the company comes first");
        assert!(
            !held(&[], Some("starts_at"), "company_id starts_at status"),
            "ties would be in the order of the status"
        );
        assert!(!held(&["status"], Some("starts_at"), "company_id starts_at"), "all of any other status would be read");
        assert!(!held(&["status"], Some("starts_at"), "company_id staff_id starts_at"));
        assert!(!held(&[], None, "company_id status"));
        let columns = ["kind", "last_at", "id"].map(str::to_owned);
        let above = |equal: &[&'static str]| Ordered {
            table: "security_events",
            equal: equal.to_vec(),
            by: Some("last_at"),
            above: true,
        };
        assert!(above(&["kind"]).is_held_by(&columns) && !above(&[]).is_held_by(&columns));
    }
}
