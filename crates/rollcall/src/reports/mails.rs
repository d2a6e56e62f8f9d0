//! The mails of reports: one row for each, from the moment it is due until it is sent or set aside.

use chrono::{DateTime, NaiveDateTime, Utc};

use super::Report;
use crate::db::{Arg, Error, TenantDb, TenantSql, TenantTx};

/// Why mails were made: the clock, or somebody.
pub(super) const BY_CLOCK: &str = "clock";
/// Somebody asked for them.
pub(super) const BY_HAND: &str = "hand";

/// What became of a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It waits, for the first try or for another one.
    Pending,
    /// The mail server took it.
    Sent,
    /// It was set aside after its last try.
    Failed,
    /// It was not sent: whoever it was for may not have it any longer.
    Skipped,
}

impl Status {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Pending, Self::Sent, Self::Failed, Self::Skipped];

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }
}

/// A mail, as the history shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mailed {
    /// Its report.
    pub report: i64,
    /// What that is called.
    pub name: String,
    /// Whom it is for, by their id, and by their name while they belong to the company.
    pub user: (i64, Option<String>),
    /// When it was due, in seconds since 1970.
    pub slot: i64,
    /// Whether somebody asked for it.
    pub by_hand: bool,
    /// What became of it.
    pub status: Status,
    /// How often it was tried.
    pub attempts: i64,
    /// Why it was not taken at the last try, or not sent.
    pub error: String,
    /// When it was sent or set aside.
    pub done_at: Option<NaiveDateTime>,
}

const HISTORY: TenantSql = TenantSql::new(
    "SELECT m.report_id, r.name, m.user_id, u.name, m.slot, m.cause, m.status, m.attempts, m.error, m.done_at \
     FROM rollcall_report_mails m \
     LEFT JOIN rollcall_reports r ON r.id = m.report_id AND r.company_id = :company \
     LEFT JOIN users u ON u.id = m.user_id AND u.company_id = :company \
     WHERE m.company_id = :company ORDER BY m.id DESC LIMIT 50",
);

/// The company's newest mails of reports, the newest first.
///
/// # Errors
/// Where the database fails.
pub async fn history(db: &TenantDb) -> Result<Vec<Mailed>, Error> {
    let mut all = Vec::new();
    for row in db.rows(&HISTORY, vec![]).await? {
        let status = row.text(6)?;
        let status = Status::ALL.into_iter().find(|it| it.as_str() == status).unwrap_or(Status::Failed);
        all.push(Mailed {
            report: row.int(0)?,
            name: row.opt_text(1)?.unwrap_or_default(),
            user: (row.int(2)?, row.opt_text(3)?),
            slot: row.int(4)?,
            by_hand: row.text(5)? == BY_HAND,
            status,
            attempts: row.int(7)?,
            error: row.text(8)?,
            done_at: row.opt_instant(9)?,
        });
    }
    Ok(all)
}

const WAITING: TenantSql = TenantSql::new(
    "SELECT COUNT(*) FROM rollcall_report_mails \
     WHERE company_id = :company AND report_id = ? AND status = 'pending' AND cause = 'hand'",
);

/// Makes the mails of a report that is locked: one for each who wants it. How many.
pub(super) async fn make(
    tx: &TenantTx,
    report: &Report,
    slot: i64,
    cause: &str,
    now: DateTime<Utc>,
) -> Result<usize, Error> {
    if cause == BY_HAND {
        // Whoever presses the button twice gets one mail.
        let waiting = tx.rows(&WAITING, vec![report.id.into()]).await?.first().map_or(Ok(0), |row| row.int(0))?;
        if waiting > 0 {
            return Ok(0);
        }
    }
    let columns = ["report_id", "user_id", "slot", "cause", "status", "due_at", "created_at"];
    let row = |user: i64| -> Vec<Arg> {
        vec![
            report.id.into(),
            user.into(),
            slot.into(),
            cause.into(),
            Status::Pending.as_str().into(),
            now.timestamp().into(),
            now.naive_utc().into(),
        ]
    };
    let wanted = report.contents.recipients.iter().filter(|it| !it.unsubscribed);
    let rows: Vec<_> = wanted.map(|it| row(it.user)).collect();
    let made = rows.len();
    if made > 0 {
        tx.insert_new("rollcall_report_mails", &columns, rows).await?;
    }
    Ok(made)
}

/// Deletes the mails of a report that were due before `slot` and do not wait any longer.
pub(super) async fn forget(tx: &TenantTx, report: i64, slot: i64) -> Result<(), Error> {
    const SQL: TenantSql = TenantSql::new(
        "DELETE FROM rollcall_report_mails \
         WHERE company_id = :company AND report_id = ? AND slot < ? AND status <> 'pending'",
    );
    tx.execute(&SQL, vec![report.into(), slot.into()]).await.map(|_| ())
}

/// A mail that is this process's for now.
#[derive(Clone, Debug)]
pub(super) struct Claimed {
    pub(super) id: i64,
    pub(super) report: i64,
    pub(super) user: i64,
    pub(super) slot: i64,
    /// The number of this try, from 1.
    pub(super) attempt: i64,
}

const CLAIM: TenantSql = TenantSql::new(
    "UPDATE rollcall_report_mails SET node = ?, due_at = ?, attempts = attempts + 1 \
     WHERE company_id = :company AND id = ? AND status = 'pending' AND due_at = ?",
);
const READ: TenantSql = TenantSql::new(
    "SELECT report_id, user_id, slot, attempts FROM rollcall_report_mails \
     WHERE company_id = :company AND id = ? AND node = ? AND status = 'pending'",
);
const FINISH: TenantSql = TenantSql::new(
    "UPDATE rollcall_report_mails SET status = ?, due_at = ?, error = ?, done_at = ?, node = '' \
     WHERE company_id = :company AND id = ? AND node = ? AND status = 'pending'",
);

/// Leases a mail that was seen to be due at `due`, until `until`; none where another process was first.
pub(super) async fn claim(
    db: &TenantDb,
    (id, due): (i64, i64),
    node: &str,
    until: i64,
) -> Result<Option<Claimed>, Error> {
    if db.execute(&CLAIM, vec![node.into(), until.into(), id.into(), due.into()]).await? != 1 {
        return Ok(None);
    }
    let rows = db.rows(&READ, vec![id.into(), node.into()]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let (report, user, slot, attempt) = (row.int(0)?, row.int(1)?, row.int(2)?, row.int(3)?);
    Ok(Some(Claimed { id, report, user, slot, attempt }))
}

/// Writes down what came of a try; false where the mail is another process's by now.
pub(super) async fn finish(
    tx: &TenantTx,
    (id, node): (i64, &str),
    status: Status,
    (due, error): (i64, &str),
    now: NaiveDateTime,
) -> Result<bool, Error> {
    let error: String = error.chars().take(255).collect();
    let done = (status != Status::Pending).then_some(now);
    let args = vec![status.as_str().into(), due.into(), error.into(), done.into(), id.into(), node.into()];
    Ok(tx.execute(&FINISH, args).await? == 1)
}
