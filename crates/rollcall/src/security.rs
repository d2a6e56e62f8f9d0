//! Security events: somebody reached for what is not theirs. Logged, counted, and kept where the operator sees them; the
//! audit log has a line of each, though not of each time.

mod prune;
mod read;

use chrono::NaiveDateTime;
use serde_json::json;

use crate::app::App;
use crate::audit::{self, Actor, Entry};
use crate::db::{Arg, Error, PlatformSql};
use crate::events::Thing;
use crate::summaries::Reason;
use crate::tenant::TenantScope;

pub use prune::prune;
pub use read::{SecurityEvent, events};

/// What somebody tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// To reach a row of another company.
    ForeignRow,
    /// To hang a row on a type that is none.
    HostileType,
    /// To look at another company.
    ForeignCompany,
    /// To sign in too often with wrong passwords.
    LockOut,
    /// To sign in with wrong codes behind a right password.
    WrongCode,
    /// To use a token that is none, or holds no longer.
    WrongToken,
    /// To pass for a provider, or to say again what a provider said.
    WrongSignature,
}

impl Attempt {
    const fn kind(self) -> &'static str {
        match self {
            Self::ForeignRow => "foreign_row",
            Self::HostileType => "hostile_type",
            Self::ForeignCompany => "foreign_company",
            Self::LockOut => "lock_out",
            Self::WrongCode => "wrong_code",
            Self::WrongToken => "wrong_token",
            Self::WrongSignature => "wrong_signature",
        }
    }
}

/// Every kind of event, as it is stored: attempts, and rows that are not what they say.
pub(crate) const KINDS: [&str; 9] = [
    Attempt::ForeignRow.kind(),
    Attempt::HostileType.kind(),
    Attempt::ForeignCompany.kind(),
    Attempt::LockOut.kind(),
    Attempt::WrongCode.kind(),
    Attempt::WrongToken.kind(),
    Attempt::WrongSignature.kind(),
    Reason::UnknownType.kind(),
    Reason::ForeignTarget.kind(),
];

/// Of what is tried again and again the audit log has a line each hour; in seconds.
const AGAIN: i64 = 3_600;

/// Records that `actor`, of `company` (none: nobody's), tried to reach `subject`. A failure to record it is logged and
/// changes nothing for whoever tried: the answer must not tell. Tries of the same subject are one event, so that it must
/// hold nothing that whoever tries makes up; that stands in the detail.
pub async fn record(app: &App, actor: &Actor, attempt: Attempt, company: Option<i64>, subject: &str, detail: &str) {
    let kind = attempt.kind();
    tracing::warn!(target: "security", kind, company_id = company, subject, detail, "security event");
    let subject: String = subject.chars().take(160).collect();
    let detail: String = detail.chars().take(255).collect();
    app.db.tally().attempt(kind);
    if let Err(error) = store(app, actor, kind, company, subject, detail).await {
        tracing::error!(%error, kind, "a security event could not be recorded");
    }
}

async fn store(
    app: &App,
    actor: &Actor,
    kind: &str,
    company: Option<i64>,
    subject: String,
    detail: String,
) -> Result<(), Error> {
    let end = match app.db.dialect() {
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
            "INSERT INTO security_events (company_id, kind, subject, detail, first_at, last_at, actor_kind, actor_id, \
             actor_name) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) {end}"
        ),
    );
    let now = app.clock.now_utc();
    let entry = entry(kind, &subject, &detail);
    let tx = app.db.platform().begin().await?;
    let seen = tx.row(&SEEN, vec![kind.into(), subject.clone().into()]).await?;
    let seen = seen.map(|row| row.opt_instant(0)).transpose()?.flatten();
    let mut args = vec![company.into(), kind.into(), subject.into(), detail.into(), now.into(), now.into()];
    let name: String = actor.name.chars().take(255).collect();
    args.extend([actor.kind.as_str().into(), actor.id.into(), Arg::from(name)]);
    tx.execute(&sql, args).await?;
    if is_news(seen, now) {
        audit::record_above(&tx, actor, company, &entry, now).await?;
    }
    tx.commit().await
}

/// What the audit log says of an attempt.
pub(crate) fn entry(kind: &str, subject: &str, detail: &str) -> Entry {
    Entry {
        action: format!("security.{kind}"),
        subject_kind: "security",
        subject_id: None,
        before: None,
        after: Some(json!({ "subject": subject, "detail": detail })),
    }
}

/// The hour of an instant: in each of them, what goes on has a line of the audit log.
pub(crate) fn hour(at: NaiveDateTime) -> i64 {
    at.and_utc().timestamp().div_euclid(AGAIN)
}

/// Whether what was seen last at that instant has no line in this hour yet.
pub(crate) fn is_news(seen: Option<NaiveDateTime>, now: NaiveDateTime) -> bool {
    seen.is_none_or(|seen| hour(seen) != hour(now))
}

const SEEN: PlatformSql = PlatformSql::new(
    "whether a security event is news is read",
    "SELECT last_at FROM security_events WHERE kind = ? AND subject = ?",
);

/// Records that `actor` named a type that is none; `path` is where.
pub(crate) async fn hostile_type(app: &App, actor: &Actor, company: i64, given: &str, path: &str) {
    let who = actor.id.map_or_else(String::new, |id| format!(" {id}"));
    let detail = format!("{path} {}", given.escape_debug());
    let subject = format!("{}{who}", actor.kind.as_str());
    record(app, actor, Attempt::HostileType, Some(company), &subject, &detail).await;
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
    Ok(row.map(|row| row.opt_int(0)).transpose()?.is_some_and(|owner| owner != Some(company)))
}

/// Tells of a row that `scope`'s company does not have: where it is another company's, that is a security event. The
/// answer to whoever asked must be the same in both cases.
///
/// # Errors
/// Where the database fails.
pub async fn missing(
    app: &App,
    actor: &Actor,
    scope: &TenantScope,
    thing: Thing,
    id: i64,
    detail: &str,
) -> Result<(), Error> {
    let Some(table) = table(thing) else { return Ok(()) };
    if is_foreign(app, table, scope.company_id(), id).await? {
        let who = actor.id.map_or_else(String::new, |id| format!(" {id}"));
        let subject = format!("{}{who} {} {id}", actor.kind.as_str(), thing.as_str());
        record(app, actor, Attempt::ForeignRow, Some(scope.company_id()), &subject, detail).await;
    }
    Ok(())
}

fn table(thing: Thing) -> Option<&'static str> {
    Some(match thing {
        Thing::Appointment => "appointments",
        Thing::Branch => "branches",
        Thing::Customer => "customers",
        Thing::Notification => "notification_queues",
        Thing::NotificationConfiguration => "notification_configurations",
        Thing::Policy => "policy_configurations",
        Thing::Report => "rollcall_reports",
        Thing::Service => "services",
        Thing::Staff => "staff",
        Thing::User => "users",
        Thing::Bulk
        | Thing::Cache
        | Thing::Company
        | Thing::Database
        | Thing::Import
        | Thing::Invitation
        | Thing::Settings
        | Thing::Summaries
        | Thing::Token => return None,
    })
}
