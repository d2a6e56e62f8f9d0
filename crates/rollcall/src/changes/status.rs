//! Where each company's summaries stand.

use serde::Serialize;

use crate::db::{Database, Error, PlatformSql};

/// Where a company's summaries stand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CompanyStatus {
    /// The company.
    pub company_id: i64,
    /// Its slug.
    pub slug: String,
    /// Its version: grows with every refresh.
    pub version: i64,
    /// When it last grew, UTC.
    pub changed_at: Option<chrono::NaiveDateTime>,
    /// Lines in the change log that nobody settled yet.
    pub pending: i64,
    /// Whether all of its summaries are to be recomputed.
    pub rebuild_due: bool,
    /// Stored days.
    pub days: i64,
    /// Stored customers.
    pub customers: i64,
}

/// The status of every company, by id.
///
/// # Errors
/// Where the database fails.
pub async fn status(db: &Database) -> Result<Vec<CompanyStatus>, Error> {
    let db = db.platform();
    let count =
        |table: &str| db.dialect().integer(&format!("(SELECT COUNT(*) FROM {table} t WHERE t.company_id = c.id)"));
    let text = format!(
        "SELECT c.id, c.slug, COALESCE(v.version, 0), v.changed_at, COALESCE(v.state, 1), {}, {}, {} \
         FROM companies c LEFT JOIN company_versions v ON v.company_id = c.id ORDER BY c.id",
        count("change_log"),
        count("day_summaries"),
        count("customer_summaries")
    );
    let rows = db.rows(&PlatformSql::composed("the status of every company's summaries", text), vec![]).await?;
    rows.iter()
        .map(|row| {
            Ok(CompanyStatus {
                company_id: row.int(0)?,
                slug: row.text(1)?,
                version: row.int(2)?,
                changed_at: row.opt_instant(3)?,
                rebuild_due: row.int(4)? != 0,
                pending: row.int(5)?,
                days: row.int(6)?,
                customers: row.int(7)?,
            })
        })
        .collect()
}
