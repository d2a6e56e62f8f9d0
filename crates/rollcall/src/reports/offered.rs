//! Whom and what a report can name.

use crate::db::{Error, TenantDb, TenantSql};

/// The company's people who may get a report, by their ids.
pub(crate) async fn readers(db: &TenantDb) -> Result<Vec<(i64, String)>, Error> {
    const SQL: TenantSql = TenantSql::new(
        "SELECT u.id, u.name FROM users u LEFT JOIN rollcall_people p ON p.user_id = u.id AND p.company_id = :company \
         WHERE u.company_id = :company AND p.deactivated_at IS NULL ORDER BY u.name, u.id",
    );
    db.rows(&SQL, vec![]).await?.iter().map(|row| Ok((row.int(0)?, row.text(1)?))).collect()
}

/// What the company calls rows of a table, by their ids.
pub(crate) async fn named(db: &TenantDb, table: &'static str) -> Result<Vec<(i64, String)>, Error> {
    let sql =
        TenantSql::composed(format!("SELECT id, name FROM {table} WHERE company_id = :company ORDER BY name, id"))?;
    db.rows(&sql, vec![]).await?.iter().map(|row| Ok((row.int(0)?, row.text(1)?))).collect()
}
