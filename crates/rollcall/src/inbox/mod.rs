//! What somebody has to be told: what failed, was violated, tried or imported, since they last looked.
//!
//! Nothing of it is stored: it is read from where it happened, by index and so much of it at most. What is kept is until when each
//! person has seen it. A company's people hear of their company, operators without a company of the platform.

mod platform;
mod seen;

use std::collections::BTreeMap;

use chrono::{NaiveDateTime, SubsecRound, TimeDelta};

use crate::analytics::error_class::error_class;
use crate::db::{Arg, Dialect, Error, TenantDb, TenantSql};
use crate::resource::{NOTIFICATIONS, OPEN, condition};
use crate::summaries::invalid::STANDING;
use crate::summaries::recompute::policy_type_of;
use crate::tenant::Role;

pub(crate) use platform::{platform, platform_seen};
pub(crate) use seen::{mark, mark_platform, seen};

/// What was seen before is shown for so long, and whoever never looked hears of so much.
const SHOWN: TimeDelta = TimeDelta::days(7);
/// Nobody hears of what is older.
const OLDEST: TimeDelta = TimeDelta::days(30);
/// So many rows of each kind are read at most.
const READ: u32 = 500;
/// So much of a message is read, in characters.
const MESSAGE: u32 = 500;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum What {
    /// Notifications of a class of errors failed.
    Failed,
    /// Policies of a type were violated.
    Violation,
    /// Somebody tried something, or rows point elsewhere; for admins.
    Security,
    /// A file was imported.
    Import,
    /// Of a company, whose name it is, notifications failed; for operators.
    Company,
}

impl What {
    /// A word for translations.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Violation => "violation",
            Self::Security => "security",
            Self::Import => "import",
            Self::Company => "company",
        }
    }
}

/// What happened, how often, and when last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct News {
    pub(crate) what: What,
    /// The class of errors, the type of policy, the kind of event, the action, the company's name.
    pub(crate) key: String,
    /// The company, where it is about one.
    pub(crate) company: Option<i64>,
    pub(crate) count: i64,
    pub(crate) oldest: NaiveDateTime,
    pub(crate) newest: NaiveDateTime,
    /// Whether it came since they last looked.
    pub(crate) is_new: bool,
}

/// From when on things are read, and from when on they are new, to somebody who has seen all until `seen`.
fn bounds(seen: Option<NaiveDateTime>, now: NaiveDateTime, all: bool) -> (NaiveDateTime, NaiveDateTime) {
    let new = seen.unwrap_or(now - SHOWN).clamp(now - OLDEST, now);
    (if all { new.min(now - SHOWN) } else { new }, new)
}

/// What somebody of that role in the company has to be told who has seen all until `seen`; `all`: what they have seen lately, too. The
/// newest first, by one statement.
///
/// # Errors
/// Where the database fails.
pub(crate) async fn read(
    db: &TenantDb,
    role: Role,
    seen: Option<NaiveDateTime>,
    now: NaiveDateTime,
    all: bool,
) -> Result<Vec<News>, Error> {
    let (since, new) = bounds(seen, now, all);
    let mut args = Vec::new();
    let mut parts = vec![failed(db.dialect(), since, &mut args), violations(db.dialect(), since, &mut args)];
    if role >= Role::Admin {
        parts.push(security(since, &mut args));
    }
    parts.push(imports(since, &mut args));
    let parts: Vec<_> =
        parts.into_iter().map(|part| format!("SELECT a.k, a.w, a.n, a.moment FROM ({part}) a")).collect();
    let sql = TenantSql::composed(parts.join(" UNION ALL "))?;
    let mut gathered = Gathered::new(new);
    for row in db.rows(&sql, args).await? {
        // What a foreign writer dated so that nobody can read it is no news.
        let Some(at) = row.opt_instant(3)? else { continue };
        let text = row.opt_text(1)?.unwrap_or_default();
        let (what, key) = match row.int(0)? {
            1 => (What::Failed, error_class(&text)),
            2 => (What::Violation, policy_type_of(Some(&text)).to_owned()),
            3 => (What::Security, text),
            _ => (What::Import, text),
        };
        gathered.add(what, key, None, row.small(2)?.max(1), at);
    }
    Ok(gathered.sorted())
}

/// News by what they are about.
struct Gathered {
    new: NaiveDateTime,
    news: BTreeMap<(What, String, Option<i64>, bool), News>,
}

impl Gathered {
    fn new(new: NaiveDateTime) -> Self {
        Self { new, news: BTreeMap::new() }
    }

    fn add(&mut self, what: What, key: String, company: Option<i64>, count: i64, at: NaiveDateTime) {
        // People see until a second, and other writers may date more exactly.
        let at = at.trunc_subsecs(0);
        let is_new = at > self.new;
        let blank = News { what, key: key.clone(), company, count: 0, oldest: at, newest: at, is_new };
        let news = self.news.entry((what, key, company, is_new)).or_insert(blank);
        news.count = news.count.saturating_add(count);
        news.oldest = news.oldest.min(at);
        news.newest = news.newest.max(at);
    }

    fn sorted(self) -> Vec<News> {
        let mut all: Vec<_> = self.news.into_values().collect();
        all.sort_by(|a, b| (b.is_new, b.newest, a.what, &a.key).cmp(&(a.is_new, a.newest, b.what, &b.key)));
        all
    }
}

fn failed(dialect: Dialect, since: NaiveDateTime, args: &mut Vec<Arg>) -> String {
    let (condition, of_condition) = condition(&NOTIFICATIONS, dialect);
    args.extend(of_condition);
    args.extend([since.into(), since.into()]);
    format!(
        "SELECT {kind} AS k, SUBSTR(t.error_message, 1, {MESSAGE}) AS w, {one} AS n, \
         COALESCE(t.failed_at, t.created_at) AS moment FROM notification_queues t \
         WHERE {condition} AND {failed} AND {OPEN} \
         AND (t.failed_at > ? OR (t.failed_at IS NULL AND t.created_at > ?)) \
         ORDER BY COALESCE(t.failed_at, t.created_at) DESC LIMIT {READ}",
        kind = dialect.integer("1"),
        one = dialect.integer("1"),
        failed = dialect.is_word("t.status", "failed"),
    )
}

fn violations(dialect: Dialect, since: NaiveDateTime, args: &mut Vec<Arg>) -> String {
    args.push(since.into());
    format!(
        "SELECT {kind} AS k, {metadata} AS w, {count} AS n, t.created_at AS moment \
         FROM appointment_modification_stats t WHERE t.company_id = :company AND {violation} AND t.created_at > ? \
         ORDER BY t.created_at DESC LIMIT {READ}",
        kind = dialect.integer("2"),
        metadata = dialect.text("t.metadata"),
        count = dialect.integer("t.count"),
        violation = dialect.is_word("t.stat_type", "violation"),
    )
}

fn security(since: NaiveDateTime, args: &mut Vec<Arg>) -> String {
    args.extend([since.into(), since.into()]);
    let [unknown, foreign] = STANDING;
    let standing = format!("t.kind IN ('{unknown}', '{foreign}')");
    format!(
        "SELECT 3 AS k, t.kind AS w, 1 AS n, CASE WHEN {standing} THEN COALESCE(t.first_at, t.last_at) ELSE t.last_at END AS moment \
         FROM security_events t WHERE t.company_id = :company AND t.last_at > ? AND (COALESCE(t.first_at, t.last_at) > ? OR NOT {standing}) \
         ORDER BY t.last_at DESC LIMIT {READ}"
    )
}

// The index ends in the number of the line, and a company imports files seldom.
fn imports(since: NaiveDateTime, args: &mut Vec<Arg>) -> String {
    args.push(since.into());
    format!(
        "SELECT 4 AS k, t.action AS w, 1 AS n, t.at AS moment FROM audit_log t \
         WHERE t.company_id = :company AND t.subject_kind = 'import' AND t.action = 'import.ended' AND t.at > ? ORDER BY t.id DESC LIMIT {READ}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> NaiveDateTime {
        text.parse().unwrap()
    }

    #[test]
    fn whoever_never_looked_hears_of_a_week_and_nobody_of_more_than_a_month() {
        let now = at("2026-11-22T12:00:00");
        assert_eq!(bounds(None, now, false), (now - SHOWN, now - SHOWN));
        assert_eq!(bounds(Some(now - TimeDelta::hours(1)), now, true), (now - SHOWN, now - TimeDelta::hours(1)));
        assert_eq!(bounds(Some(at("2020-01-01T00:00:00")), now, true), (now - OLDEST, now - OLDEST));
        assert_eq!(bounds(Some(at("2030-01-01T00:00:00")), now, false), (now, now), "a clock that was wrong");
    }

    #[test]
    fn what_is_new_stands_apart_from_what_was_seen() {
        let mut gathered = Gathered::new(at("2026-11-22T10:00:00"));
        for (key, time) in
            [("a", "09:00:00"), ("a", "11:00:00"), ("b", "12:00:00"), ("a", "11:30:00"), ("a", "10:00:00")]
        {
            gathered.add(What::Failed, key.to_owned(), None, 1, at(&format!("2026-11-22T{time}")));
        }
        let all: Vec<_> = gathered.sorted().into_iter().map(|it| (it.key, it.count, it.is_new)).collect();
        assert_eq!(all, [("b".to_owned(), 1, true), ("a".to_owned(), 2, true), ("a".to_owned(), 2, false)]);
    }
}
