//! What operators have to be told of the platform: security events of all companies, and of whom notifications fail.

use chrono::NaiveDateTime;

use super::{Gathered, News, READ, What, bounds};
use crate::app::App;
use crate::db::{Error, PlatformSql};
use crate::security;
use crate::summaries::invalid::STANDING;
use crate::tenant::OperatorScope;

/// The company under which it is kept what operators have seen: none.
pub(super) const PLATFORM: i64 = 0;

const SEEN: PlatformSql = PlatformSql::new(
    "until when an operator has seen the platform's news is read",
    "SELECT seen_at FROM rollcall_seen WHERE company_id = 0 AND user_id = ?",
);

/// Until when an operator has seen what is new on the platform; none where they never looked.
///
/// # Errors
/// Where the database fails.
pub(crate) async fn platform_seen(
    app: &App,
    _proof: &OperatorScope,
    user: i64,
) -> Result<Option<NaiveDateTime>, Error> {
    let row = app.db.platform().row(&SEEN, vec![user.into()]).await?;
    Ok(row.map(|row| row.opt_instant(0)).transpose()?.flatten())
}

/// What an operator has to be told who has seen all until `seen`; `all`: what they have seen lately, too. The newest first, by two
/// statements.
///
/// # Errors
/// Where the database fails.
pub(crate) async fn platform(
    app: &App,
    proof: &OperatorScope,
    seen: Option<NaiveDateTime>,
    all: bool,
) -> Result<Vec<News>, Error> {
    let (since, new) = bounds(seen, app.clock.now_utc(), all);
    let mut gathered = Gathered::new(new);
    for event in security::events(&app.db, proof, READ).await? {
        let at = if STANDING.contains(&event.kind.as_str()) { event.first_at } else { event.last_at };
        if at > since {
            gathered.add(What::Security, event.kind, None, 1, at);
        }
    }
    let text = format!(
        "SELECT c.id, c.name, f.moment FROM (SELECT n.company_id, COALESCE(n.failed_at, n.created_at) AS moment \
         FROM notification_queues n WHERE n.status = 'failed' \
         AND (n.failed_at > ? OR (n.failed_at IS NULL AND n.created_at > ?)) \
         ORDER BY COALESCE(n.failed_at, n.created_at) DESC LIMIT {READ}) f \
         JOIN companies c ON c.id = f.company_id"
    );
    let sql = PlatformSql::composed("an operator is told of which companies notifications fail", text);
    for row in app.db.platform().rows(&sql, vec![since.into(), since.into()]).await? {
        if let Some(at) = row.opt_instant(2)? {
            gathered.add(What::Company, row.text(1)?, Some(row.int(0)?), 1, at);
        }
    }
    Ok(gathered.sorted())
}
