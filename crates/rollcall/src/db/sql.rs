//! Statements that cannot be written without their tenant.

use std::borrow::Cow;

use sea_orm::{DbErr, Statement, Value};

use super::dialect::Dialect;

const COMPANY: &str = ":company";

/// A hand-written statement on a tenant's tables. It names `:company` wherever it touches one, and takes its other
/// values by `?`; [`TenantDb`](super::TenantDb) binds its own company, so that no caller can bind another.
///
/// ```compile_fail
/// use rollcall::db::TenantSql;
/// const COUNT: TenantSql = TenantSql::new("SELECT COUNT(*) FROM appointments"); // names no company
/// ```
#[derive(Clone, Debug)]
pub struct TenantSql(Cow<'static, str>);

/// A statement on a tenant's table that does not name its company.
#[derive(Debug, thiserror::Error)]
#[error("a statement on a tenant's tables must name :company: {0}")]
pub struct Unscoped(String);

impl From<Unscoped> for DbErr {
    fn from(unscoped: Unscoped) -> Self {
        Self::Custom(unscoped.to_string())
    }
}

impl TenantSql {
    /// A fixed statement; in a `const` a missing `:company` is a compile error.
    ///
    /// # Panics
    /// Where `text` does not name `:company`.
    #[must_use]
    pub const fn new(text: &'static str) -> Self {
        assert!(names_company(text.as_bytes()), "a statement on a tenant's tables must name :company");
        Self(Cow::Borrowed(text))
    }

    /// A statement composed at run time, from fragments of the program's own alone.
    ///
    /// # Errors
    /// [`Unscoped`] where `text` does not name `:company`.
    pub fn composed(text: String) -> Result<Self, Unscoped> {
        if names_company(text.as_bytes()) { Ok(Self(Cow::Owned(text))) } else { Err(Unscoped(text)) }
    }

    pub(super) fn text(&self) -> &str {
        &self.0
    }
}

/// A statement that stands above tenants: sign-in by address, a session by its id, the companies with pending
/// changes. `purpose` is recorded with it, and the statement test knows every purpose by name.
#[derive(Clone, Debug)]
pub(crate) struct PlatformSql {
    pub(super) purpose: &'static str,
    text: Cow<'static, str>,
}

impl PlatformSql {
    pub(crate) const fn new(purpose: &'static str, text: &'static str) -> Self {
        Self { purpose, text: Cow::Borrowed(text) }
    }

    pub(crate) fn composed(purpose: &'static str, text: String) -> Self {
        Self { purpose, text: Cow::Owned(text) }
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }
}

const fn names_company(text: &[u8]) -> bool {
    let wanted = COMPANY.as_bytes();
    let mut at = 0;
    while at + wanted.len() <= text.len() {
        let mut same = 0;
        while same < wanted.len() && text[at + same] == wanted[same] {
            same += 1;
        }
        if same == wanted.len() {
            return true;
        }
        at += 1;
    }
    false
}

/// Replaces `:company` and `?` outside quotes by the dialect's placeholders, values in the order of the text.
pub(super) fn bind(text: &str, dialect: Dialect, company: Option<i64>, args: Vec<Value>) -> Statement {
    let mut sql = String::with_capacity(text.len() + 16);
    let mut values = Vec::with_capacity(args.len() + 4);
    let mut args = args.into_iter();
    let mut rest = text;
    let mut quoted = false;
    while let Some(at) = rest.find(['?', ':', '\'']) {
        sql.push_str(&rest[..at]);
        rest = &rest[at..];
        let (value, length) = match (quoted, company) {
            (false, Some(company)) if rest.starts_with(COMPANY) => (Some(company.into()), COMPANY.len()),
            (false, _) if rest.starts_with('?') => (args.next(), 1),
            _ => (None, 1),
        };
        if let Some(value) = value {
            values.push(value);
            match dialect {
                Dialect::Postgres => sql.push_str(&format!("${}", values.len())),
                Dialect::Sqlite | Dialect::MySql => sql.push('?'),
            }
        } else {
            quoted ^= rest.starts_with('\'');
            sql.push_str(&rest[..1]);
        }
        rest = &rest[length..];
    }
    sql.push_str(rest);
    Statement::from_sql_and_values(dialect.backend(), sql, values)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bound(text: &'static str, dialect: Dialect) -> (String, usize) {
        let statement = bind(TenantSql::new(text).text(), dialect, Some(7), vec![1.into(), 2.into()]);
        (statement.sql, statement.values.map_or(0, |values| values.0.len()))
    }

    #[test]
    fn placeholders_are_numbered_in_the_order_of_the_text() {
        let text = "SELECT 'a?b:company' FROM t WHERE a = ? AND company_id = :company AND b = ? AND c = :company";
        assert_eq!(
            bound(text, Dialect::Postgres),
            ("SELECT 'a?b:company' FROM t WHERE a = $1 AND company_id = $2 AND b = $3 AND c = $4".to_owned(), 4)
        );
        assert_eq!(
            bound(text, Dialect::Sqlite).0,
            "SELECT 'a?b:company' FROM t WHERE a = ? AND company_id = ? AND b = ? AND c = ?"
        );
    }

    #[test]
    fn a_composed_statement_without_its_company_is_refused() {
        assert!(TenantSql::composed("DELETE FROM appointments".to_owned()).is_err());
        assert!(TenantSql::composed("DELETE FROM appointments WHERE company_id = :company".to_owned()).is_ok());
    }

    #[test]
    fn a_postgres_cast_is_left_alone() {
        let text = "SELECT a::text FROM t WHERE company_id = :company";
        assert_eq!(bound(text, Dialect::Postgres).0, "SELECT a::text FROM t WHERE company_id = $1");
    }
}
