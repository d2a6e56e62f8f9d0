//! Security events: somebody reached for what is not theirs. Logged, and kept where the operator sees them.

use crate::app::App;
use crate::db::{Error, PlatformSql};

/// What somebody tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// To reach a row of another company.
    ForeignRow,
    /// To look at another company.
    ForeignCompany,
    /// To sign in too often with wrong passwords.
    LockOut,
    /// To ask the API with a token that does not hold.
    WrongToken,
}

impl Attempt {
    fn kind(self) -> &'static str {
        match self {
            Self::ForeignRow => "foreign_row",
            Self::ForeignCompany => "foreign_company",
            Self::LockOut => "lock_out",
            Self::WrongToken => "wrong_token",
        }
    }
}

/// Records that somebody of `company` (none: nobody's) tried to reach `subject`. A failure to record it is logged and
/// changes nothing for whoever tried: the answer must not tell.
pub async fn record(app: &App, attempt: Attempt, company: Option<i64>, subject: &str, detail: &str) {
    let kind = attempt.kind();
    tracing::warn!(target: "security", kind, company_id = company, subject, detail, "security event");
    let subject: String = subject.chars().take(160).collect();
    let detail: String = detail.chars().take(255).collect();
    if let Err(error) = store(app, kind, company, subject, detail).await {
        tracing::error!(%error, kind, "a security event could not be recorded");
    }
}

async fn store(app: &App, kind: &str, company: Option<i64>, subject: String, detail: String) -> Result<(), Error> {
    let db = app.db.platform();
    let end = match db.dialect() {
        crate::db::Dialect::MySql => {
            "ON DUPLICATE KEY UPDATE occurrences = occurrences + 1, last_at = VALUES(last_at)".to_owned()
        }
        _ => "ON CONFLICT (kind, subject) DO UPDATE SET occurrences = security_events.occurrences + 1, \
              last_at = excluded.last_at"
            .to_owned(),
    };
    let sql = PlatformSql::composed(
        "a security event is recorded",
        format!(
            "INSERT INTO security_events (company_id, kind, subject, detail, first_at, last_at) \
             VALUES (?, ?, ?, ?, ?, ?) {end}"
        ),
    );
    let now = app.clock.now_utc();
    db.execute(&sql, vec![company.into(), kind.into(), subject.into(), detail.into(), now.into(), now.into()]).await?;
    Ok(())
}

/// Whether a row of a tenant's table that `company` does not have is somebody else's.
///
/// # Errors
/// Where the database fails.
pub(crate) async fn is_foreign(app: &App, table: &'static str, company: i64, id: i64) -> Result<bool, Error> {
    let owner = if table == "companies" { "id" } else { "company_id" };
    let sql = PlatformSql::composed(
        "a row that is not there is looked up among other companies' to report the attempt",
        format!("SELECT {owner} FROM {table} WHERE id = ?"),
    );
    let row = app.db.platform().row(&sql, vec![id.into()]).await?;
    Ok(row.map(|row| row.opt_int(0)).transpose()?.flatten().is_some_and(|owner| owner != company))
}
