//! A second, naive implementation of everything that summaries say: plain SQL on the raw tables, run as a foreign
//! application would, with day boundaries from another time-zone library. It shares no code with the product.
//!
//! Both sides are flattened to figures: a name such as `20261122 staff 7` and a value in words.

pub mod calendar;
mod days;
mod present;
mod stored;

use std::collections::BTreeMap;

use rollcall::tenant::TenantScope;

use crate::support::{Backend, TestDb};

/// Figures by name.
pub type Figures = BTreeMap<String, String>;

/// What differs between the product and plain SQL for a company that was settled, one line each; none is right.
pub async fn differences(test: &TestDb, scope: &TenantScope) -> Vec<String> {
    let sql = Sql { test, company: scope.company_id() };
    let mut expected = days::figures(&sql).await;
    let mut found = stored::days(&sql).await;
    expected.extend(present::figures(&sql, &expected).await);
    found.extend(stored::present(&sql).await);
    found.extend(stored::page(&sql, scope).await);
    let names: std::collections::BTreeSet<_> = expected.keys().chain(found.keys()).collect();
    let nothing = "nothing".to_owned();
    let mut lines: Vec<_> = names
        .into_iter()
        .filter(|name| expected.get(*name) != found.get(*name))
        .map(|name| {
            let of = |side: &Figures| side.get(name).unwrap_or(&nothing).clone();
            format!("{name}: plain SQL says {}, the product {}", of(&expected), of(&found))
        })
        .collect();
    lines.extend(present::unreported(&sql).await);
    lines
}

/// Plain SQL in a database's own words, for one company.
pub struct Sql<'a> {
    pub test: &'a TestDb,
    pub company: i64,
}

impl Sql<'_> {
    /// All rows of `SELECT columns rest`, as text; `{company}` in `rest` is the company.
    pub async fn rows(&self, columns: &[&str], rest: &str) -> Vec<Vec<String>> {
        let kind = if self.test.backend == Backend::MariaDb { "CHAR" } else { "TEXT" };
        let columns: Vec<_> = columns.iter().map(|column| format!("CAST({column} AS {kind})")).collect();
        let rest = rest.replace("{company}", &self.company.to_string());
        let rows = self.test.query(&format!("SELECT {} {rest}", columns.join(", "))).await;
        let text = |row: &sea_orm::QueryResult, at| {
            row.try_get_by_index::<Option<String>>(at).unwrap().unwrap_or_else(|| "NULL".to_owned())
        };
        rows.iter().map(|row| (0..columns.len()).map(|at| text(row, at)).collect()).collect()
    }

    /// The one value of a query.
    pub async fn value(&self, column: &str, rest: &str) -> String {
        self.rows(&[column], rest).await[0][0].clone()
    }

    /// `column` so that it compares byte by byte.
    pub fn exact(&self, column: &str) -> String {
        if self.test.backend == Backend::MariaDb { format!("BINARY {column}") } else { column.to_owned() }
    }

    /// A text literal.
    pub fn literal(&self, text: &str) -> String {
        literal(self.test.backend, text)
    }

    /// Whether the polymorphic columns name something of the company, by pairs of type and table.
    fn names(&self, kind: &str, id: &str, targets: &[(&str, &str, &str)]) -> String {
        let arms: Vec<_> = targets
            .iter()
            .map(|(name, class, table)| {
                let own = if *table == "companies" { "x.id = {company}" } else { "x.company_id = {company}" };
                format!(
                    "({} IN ({}, {}) AND EXISTS (SELECT 1 FROM {table} x WHERE x.id = {id} AND {own}))",
                    self.exact(kind),
                    self.literal(name),
                    self.literal(&format!("App\\Models\\{class}"))
                )
            })
            .collect();
        format!("COALESCE({}, FALSE)", arms.join(" OR "))
    }

    /// Whether a notification `n` goes to somebody of the company.
    pub fn valid_notifiable(&self) -> String {
        let targets = [("customer", "Customer", "customers"), ("staff", "Staff", "staff"), ("user", "User", "users")];
        self.names("n.notifiable_type", "n.notifiable_id", &targets)
    }

    /// Whether a row `p` hangs on something of the company.
    pub fn valid_configurable(&self) -> String {
        let targets = [
            ("company", "Company", "companies"),
            ("branch", "Branch", "branches"),
            ("service", "Service", "services"),
            ("staff", "Staff", "staff"),
        ];
        self.names("p.configurable_type", "p.configurable_id", &targets)
    }

    /// `kind`, or `other` where it is none of the known policy types.
    pub fn known(&self, kind: &str) -> String {
        const KNOWN: &str = "'cancellation', 'reschedule', 'no_show', 'late_arrival', 'payment', 'recurring'";
        format!("CASE WHEN {} IN ({KNOWN}) THEN {kind} ELSE 'other' END", self.exact(kind))
    }

    /// The policy type in a violation's metadata, or `other`.
    pub fn policy_type(&self) -> String {
        let kind = match self.test.backend {
            Backend::Sqlite => {
                "(CASE WHEN json_valid(s.metadata) AND json_type(s.metadata, '$.policy_type') = 'text' \
                 THEN json_extract(s.metadata, '$.policy_type') END)"
            }
            Backend::MariaDb => "JSON_UNQUOTE(JSON_EXTRACT(s.metadata, '$.policy_type'))",
            Backend::Postgres => "(CASE WHEN json_typeof(s.metadata) = 'object' THEN s.metadata->>'policy_type' END)",
        };
        self.known(kind)
    }
}

/// A text literal as `backend` reads it.
pub fn literal(backend: Backend, text: &str) -> String {
    let text = text.replace('\'', "''");
    if backend == Backend::MariaDb { format!("'{}'", text.replace('\\', "\\\\")) } else { format!("'{text}'") }
}
