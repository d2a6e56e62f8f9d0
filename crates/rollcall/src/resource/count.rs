//! How many rows a list has: as many as there are for a file, and for a page as many as a look at a few says.

use super::Resource;
use super::list::Listing;
use super::met::{By, Met};
use super::page::Rows;
use super::row::condition_of;
use crate::db::migrate::{audit, indexes};
use crate::db::{Arg, Error, Ordered, TenantDb, TenantSql};

/// So many rows are counted for a file at most.
const COUNTED: i64 = 2_000_000;
/// So many rows a page speaks of at most.
const SAID: i64 = 1_000;
/// So many rows are looked at for it at most: those that were deleted, or are left over by an index, are among them.
const LOOKED_AT: i64 = 2_000;

/// How many rows match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Matching {
    Exactly(i64),
    MoreThan(i64),
}

impl Matching {
    fn of(rows: i64) -> Self {
        if rows > SAID { Self::MoreThan(SAID) } else { Self::Exactly(rows) }
    }
}

/// How many rows of the list match, by one statement that looks at a bounded number of them; none where those do not say.
///
/// # Errors
/// Where the database fails.
pub(crate) async fn matching(
    from: &Rows<'_>,
    resource: &Resource,
    listing: &Listing,
) -> Result<Option<Matching>, Error> {
    let sought = Sought::of(from, resource, listing);
    let order = sought.order.as_ref().map_or_else(String::new, |by| format!(" ORDER BY t.{by}"));
    let text = |hint: &str| {
        format!(
            "SELECT COUNT(*), COUNT(counted.met) FROM (SELECT CASE WHEN {} THEN 1 END AS met FROM {} t{hint} \
             WHERE {}{order} LIMIT {}) counted",
            sought.met.0,
            resource.table,
            sought.found.0,
            LOOKED_AT + 1
        )
    };
    let args = sought.met.1.iter().chain(&sought.found.1).cloned().collect();
    let rows = from.rows(sought.held.clone(), text, args).await?;
    let (looked_at, met) = rows.first().map_or(Ok((0, 0)), |row| Ok::<_, Error>((row.int(0)?, row.int(1)?)))?;
    Ok((looked_at <= LOOKED_AT || met > SAID).then(|| Matching::of(met)))
}

/// How the rows that may match are found, and what is then asked of each.
struct Sought<'a> {
    found: (String, Vec<Arg>),
    met: (String, Vec<Arg>),
    /// The column in whose order they are found: no database then prefers to read a table from its beginning.
    order: Option<&'static str>,
    held: Option<Ordered<'a>>,
}

impl<'a> Sought<'a> {
    fn of(from: &Rows<'_>, resource: &'a Resource, listing: &Listing) -> Self {
        let (condition, of_condition) = from.condition(resource, listing.deleted);
        let by_ids = listing.met.iter().any(|met| met.by == By::Ids);
        let Rows::Company(db) = from else {
            // What is above tenants has an index for what the resource is narrowed to, in its order.
            let order = (!by_ids).then_some(listing.sort.map_or("id", |column| column.name));
            let (found, met) = parted(listing, |met| met.by == By::Ids);
            let found = joined(&condition, of_condition, found);
            let by = order.filter(|by| *by != "id");
            // MariaDB would else sort all rows before it looks at the first.
            let held = by.map(|by| Ordered { table: resource.table, equal: Vec::new(), by: Some(by), above: true });
            return Self { found, met: asked("", Vec::new(), met), order, held };
        };
        let company = listing.own(COMPANY);
        let rest = condition.strip_prefix(COMPANY).unwrap_or(&condition);
        if by_ids {
            let (found, met) = parted(listing, |met| met.by == By::Ids);
            let found = joined(&company, Vec::new(), found);
            return Self { found, met: asked(rest, of_condition, met), order: None, held: None };
        }
        let index = Index::best(resource, listing);
        let (found, met) = parted(listing, |met| index.finds(met));
        let only = resource.only.filter(|_| resource.only_of.is_some_and(|column| index.equal.contains(&column)));
        let only = only.map_or_else(String::new, |only| format!(" AND {}", only(db.dialect())));
        let found = joined(&format!("{company}{only}"), Vec::new(), found);
        let by = index.next.filter(|next| *next != "id");
        let held = Ordered { table: resource.table, equal: index.equal, by, above: false };
        Self { found, met: asked(rest, of_condition, met), order: index.next, held: Some(held) }
    }
}

const COMPANY: &str = "t.company_id = :company";

type Conditions = (String, Vec<Arg>);

/// The conditions of a list that rows are found by, and the others.
fn parted(listing: &Listing, finds: impl Fn(&Met) -> bool) -> (Conditions, Conditions) {
    let mut parts = (Conditions::default(), Conditions::default());
    for met in &listing.met {
        let part = if finds(met) { &mut parts.0 } else { &mut parts.1 };
        part.0.push_str(&format!(" AND {}", met.text));
        part.1.extend(met.args.iter().cloned());
    }
    parts
}

fn joined(condition: &str, of_condition: Vec<Arg>, more: Conditions) -> Conditions {
    (format!("{condition}{}", more.0), of_condition.into_iter().chain(more.1).collect())
}

/// What a row that was found has to meet; without anything: nothing.
fn asked(rest: &str, of_rest: Vec<Arg>, met: Conditions) -> Conditions {
    let (text, args) = joined(rest, of_rest, met);
    (text.strip_prefix(" AND ").unwrap_or("1 = 1").to_owned(), args)
}

/// What an index of a company's rows does for a list.
#[derive(Debug, Default, PartialEq, Eq)]
struct Index {
    /// Its first columns, as far as the list names one value for each.
    equal: Vec<&'static str>,
    /// The column behind them.
    next: Option<&'static str>,
    /// How many columns more there are.
    more: usize,
}

impl Index {
    /// The index that leaves the fewest conditions over, and among those the one in the order of the list: its page was read by it.
    fn best(resource: &Resource, listing: &Listing) -> Self {
        let of_table = indexes::all().filter(|(_, table, _)| *table == resource.table).map(|(.., columns)| *columns);
        let of_audit = audit::INDEXES.iter().filter(|_| resource.table == "audit_log").map(|(_, columns)| *columns);
        let sort = Some(listing.sort.map_or("id", |column| column.name));
        let all = of_table.chain(of_audit).filter_map(|columns| Self::of(columns, resource, listing));
        let good = |index: &Self| {
            let found = listing.met.iter().filter(|met| index.finds(met)).count();
            (
                found + usize::from(resource.only_of.is_some_and(|column| index.equal.contains(&column))),
                index.next == sort,
            )
        };
        all.filter(|index| index.more == 0).max_by_key(good).unwrap_or_default()
    }

    fn of(columns: &'static str, resource: &Resource, listing: &Listing) -> Option<Self> {
        let mut columns = columns.split(", ").peekable();
        columns.next_if_eq(&"company_id")?;
        let has_one = |column: &&'static str| {
            resource.only_of == Some(*column) || listing.met.iter().any(|met| met.by == By::Value(column))
        };
        let mut equal = Vec::new();
        while let Some(column) = columns.next_if(|column| has_one(column)) {
            equal.push(column);
        }
        Some(Self { equal, next: columns.next(), more: columns.filter(|column| *column != "id").count() })
    }

    fn finds(&self, met: &Met) -> bool {
        match met.by {
            By::Value(column) => self.equal.contains(&column),
            By::Span(column) => self.next == Some(column),
            By::Ids | By::Reading => false,
        }
    }
}

/// How many rows the list has; none where there are more than [`COUNTED`], which nobody waits for.
pub(crate) async fn count(db: &TenantDb, resource: &Resource, listing: &Listing) -> Result<Option<i64>, Error> {
    let (text, args) = all_of(db, resource, listing);
    let text = format!("SELECT COUNT(*) FROM (SELECT t.id {text} LIMIT {}) counted", COUNTED + 1);
    let rows = db.rows(&TenantSql::composed(text)?, args).await?;
    let count = rows.first().map_or(Ok(0), |row| row.int(0))?;
    Ok((count <= COUNTED).then_some(count))
}

/// The ids of the list's rows, ascending; of more than `most` no more.
pub(crate) async fn ids(db: &TenantDb, resource: &Resource, listing: &Listing, most: usize) -> Result<Vec<i64>, Error> {
    let (text, args) = all_of(db, resource, listing);
    let sql = TenantSql::composed(format!("SELECT t.id {text} ORDER BY t.id LIMIT {most}"))?;
    db.rows(&sql, args).await?.iter().map(|row| row.int(0)).collect()
}

/// All rows of a list, as they stand in a statement.
fn all_of(db: &TenantDb, resource: &Resource, listing: &Listing) -> Conditions {
    let (condition, of_condition) = condition_of(resource, db.dialect(), listing.deleted);
    let (conditions, args) = listing.conditions();
    let text = format!("FROM {} t WHERE {}{conditions}", resource.table, listing.own(&condition));
    (text, of_condition.into_iter().chain(args).collect())
}

#[cfg(test)]
mod tests {
    use super::super::APPOINTMENTS;
    use super::*;
    use crate::db::Dialect;

    fn best(sort: &str, narrowed: &[(&str, &str, &str)]) -> (String, usize) {
        let mut listing = Listing::of(&APPOINTMENTS, 1, sort, 50).unwrap();
        for (name, comparison, value) in narrowed {
            let column = APPOINTMENTS.column(name).unwrap();
            listing.narrow(Dialect::Sqlite, column, comparison, value).unwrap();
        }
        let index = Index::best(&APPOINTMENTS, &listing);
        let left = listing.met.iter().filter(|met| !index.finds(met)).count();
        (format!("{} {}", index.equal.join(" "), index.next.unwrap_or_default()).trim().to_owned(), left)
    }

    #[test]
    fn the_index_that_leaves_least_over_is_the_one_that_counts() {
        let day = "2026-11-20T00:00:00Z";
        assert_eq!(best("-starts_at", &[]), ("starts_at".to_owned(), 0));
        assert_eq!(best("id", &[]), ("id".to_owned(), 0));
        assert_eq!(best("-starts_at", &[("status", "=", "completed")]), ("status starts_at".to_owned(), 0));
        assert_eq!(best("-starts_at", &[("staff_id", "=", "9")]), ("staff_id starts_at".to_owned(), 0));
        assert_eq!(best("id", &[("customer_id", "=", "9")]), ("customer_id".to_owned(), 0));
        assert_eq!(
            best("-created_at", &[("starts_at", ">=", day), ("starts_at", "<", day)]),
            ("starts_at".to_owned(), 0)
        );
        let both = [("staff_id", "=", "9"), ("status", "=", "completed"), ("starts_at", ">=", day)];
        assert_eq!(best("-starts_at", &both).1, 1, "one of the two has no place in the other's index");
        assert_eq!(best("-starts_at", &[("branch_id", "=", "9")]), ("starts_at".to_owned(), 1), "it has none");
    }
}
