//! Claiming: which notifications are due, and whose they are until their lease ends.
//!
//! Looking is above tenants and answers ids alone; claiming is each company's own transaction. Whoever turns a row's status from
//! `pending` to `processing`, or prolongs a lease that has run out, has it: the row's lock decides, and who comes second passes over.

use std::collections::{BTreeMap, BTreeSet};

use super::Channel;
use super::letter::{Letter, texts};
use crate::app::App;
use crate::changes::is_conflict;
use crate::db::{Arg, Dialect, Error, Mode, PlatformSql, Row, TenantSql, TenantTx};
use crate::summaries::invalid::check_notifiable;
use crate::tenant::TenantScope;

/// How often a transaction that lost to another one is tried again.
const ATTEMPTS: usize = 5;

/// A notification that is this process's for now.
#[derive(Clone, Debug)]
pub(super) struct Claimed {
    pub(super) scope: TenantScope,
    pub(super) id: i64,
    /// The number of this try, from 1.
    pub(super) attempt: i64,
    /// What is to be sent, or why it never can be.
    pub(super) letter: Result<Letter, String>,
}

/// Where a channel's notifications are looked for, and how.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted<'a> {
    pub(super) channel: Channel,
    /// Tells this process from all others.
    pub(super) node: &'a str,
    /// In seconds since 1970.
    pub(super) now: i64,
    /// The end of the lease that is taken.
    pub(super) until: i64,
}

/// What may be claimed: ids by company.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// How many there are.
    pub(super) count: usize,
    companies: BTreeMap<i64, Ids>,
}

#[derive(Debug, Default)]
struct Ids {
    fresh: Vec<i64>,
    again: Vec<i64>,
}

/// Looks for at most `most` notifications that are due, the longest due first; from the `skip`th on, so that processes that look at the
/// same time do not all reach for the same.
///
/// # Errors
/// Where the database fails.
pub(super) async fn look(app: &App, wanted: &Wanted<'_>, most: usize, skip: usize) -> Result<Found, Error> {
    let db = app.db.platform();
    let (channel, now) = (Arg::from(wanted.channel.as_str()), Arg::from(wanted.now));
    let limit = most + skip;
    let mut lists = Vec::new();
    for (sql, args) in [
        (again(limit), vec![channel.clone(), now]),
        (scheduled(db.dialect(), limit), due_args(app, &channel)),
        (unscheduled(limit), vec![channel]),
    ] {
        let rows = db.rows(&sql, args).await?;
        lists.push(rows.iter().map(|row| Ok((row.int(0)?, row.int(1)?))).collect::<Result<Vec<_>, Error>>()?);
    }
    let skip = skip.min(lists.iter().map(Vec::len).sum::<usize>().saturating_sub(most));
    let mut found = Found::default();
    // In turns, so that none of the three keeps the others waiting.
    let turns = (0..limit).flat_map(|turn| (0..lists.len()).map(move |list| (list, turn)));
    let all = turns.filter_map(|(list, turn)| lists.get(list)?.get(turn).map(|ids| (list == 0, *ids)));
    for (is_again, (id, company)) in all.skip(skip).take(most) {
        let ids = found.companies.entry(company).or_default();
        if is_again {
            ids.again.push(id);
        } else {
            ids.fresh.push(id);
        }
        found.count += 1;
    }
    Ok(found)
}

fn again(limit: usize) -> PlatformSql {
    PlatformSql::composed(
        "notifications whose lease ended or whose next try is due are looked for",
        format!(
            "SELECT notification_id, company_id FROM deliveries WHERE channel = ? AND due_at <= ? \
             ORDER BY due_at, notification_id LIMIT {limit}"
        ),
    )
}

fn unscheduled(limit: usize) -> PlatformSql {
    PlatformSql::composed(
        "notifications that are to be sent at once are looked for",
        format!(
            "SELECT id, company_id FROM notification_queues WHERE status = 'pending' AND channel = ? \
             AND scheduled_at IS NULL ORDER BY id LIMIT {limit}"
        ),
    )
}

/// SQLite compares text, and `2026-11-22T10:00:00` stands behind all of that day that is written with a blank: the index narrows it to
/// the day, and what is compared is written alike.
fn scheduled(dialect: Dialect, limit: usize) -> PlatformSql {
    let due = dialect.pick(
        "scheduled_at < ? AND replace(substr(scheduled_at, 1, 19), 'T', ' ') <= ?",
        "scheduled_at <= ?",
        "scheduled_at <= ?",
    );
    PlatformSql::composed(
        "notifications whose time has come are looked for",
        format!(
            "SELECT id, company_id FROM notification_queues WHERE status = 'pending' AND channel = ? AND {due} \
             ORDER BY scheduled_at, id LIMIT {limit}"
        ),
    )
}

fn due_args(app: &App, channel: &Arg) -> Vec<Arg> {
    let now = app.clock.now_utc();
    match app.db.dialect() {
        Dialect::Sqlite => {
            vec![channel.clone(), format!("{}U", now.date()).into(), now.format("%Y-%m-%d %H:%M:%S").to_string().into()]
        }
        Dialect::MySql | Dialect::Postgres => vec![channel.clone(), now.into()],
    }
}

impl Found {
    /// Claims what was found, company by company; what another process was faster for is passed over.
    ///
    /// # Errors
    /// Where the database fails. What was claimed before then is tried again when its lease ends.
    pub(super) async fn claim(self, app: &App, wanted: &Wanted<'_>) -> Result<Vec<Claimed>, Error> {
        let program = crate::tenant::OperatorScope::of_program("deliver");
        let mut claimed = Vec::new();
        for (company, ids) in self.companies {
            let scope = program.enter_known(company);
            let mut attempt = 1;
            claimed.extend(loop {
                match take(app, &scope, &ids, wanted).await {
                    Err(error) if attempt < ATTEMPTS && is_conflict(&error) => attempt += 1,
                    result => break result?,
                }
            });
        }
        Ok(claimed)
    }
}

async fn take(app: &App, scope: &TenantScope, ids: &Ids, wanted: &Wanted<'_>) -> Result<Vec<Claimed>, Error> {
    let tx = scope.db(&app.db).begin(Mode::Write).await?;
    let mut attempts = again_of(&tx, &ids.again, wanted).await?;
    let fresh = fresh_of(&tx, &ids.fresh, wanted).await?;
    attempts.extend(fresh.iter().map(|id| (*id, 1)));
    if attempts.is_empty() {
        tx.commit().await?;
        return Ok(Vec::new());
    }
    let all: Vec<i64> = attempts.keys().copied().collect();
    let (sql, args) = listed(PROCESSING, vec![app.clock.now_utc().into()], &all, "")?;
    tx.execute(&sql, args).await?;
    let rows: Vec<Vec<Arg>> = attempts
        .iter()
        .map(|(id, attempt)| {
            let (channel, node) = (wanted.channel.as_str().into(), wanted.node.into());
            vec![(*id).into(), channel, (*attempt).into(), wanted.until.into(), node]
        })
        .collect();
    let columns = ["notification_id", "channel", "attempts", "due_at", "node"];
    tx.insert("deliveries", &columns, rows, &tx.dialect().on_conflict_update(&columns[..1], &columns[1..])).await?;
    let (sql, args) = rows_of(&tx, &all)?;
    let rows = tx.rows(&sql, args).await?;
    let claimed = rows.iter().map(|row| read(app, scope, row, &attempts, wanted)).collect::<Result<Vec<_>, _>>()?;
    tx.commit().await?;
    Ok(claimed)
}

const PROCESSING: &str = "UPDATE notification_queues SET status = 'processing', updated_at = ? \
                          WHERE company_id = :company AND status IN ('pending', 'processing') AND id";

/// Locks those of the ids that nobody has a lease on, and of which nobody else is about to take one.
async fn fresh_of(tx: &TenantTx, ids: &[i64], wanted: &Wanted<'_>) -> Result<BTreeSet<i64>, Error> {
    if ids.is_empty() {
        return Ok(BTreeSet::new());
    }
    let text = "SELECT n.id FROM notification_queues n WHERE n.company_id = :company AND n.status = 'pending' \
                AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.company_id = :company \
                AND d.notification_id = n.id AND d.due_at > ?) AND n.id";
    let (sql, args) = listed(text, vec![wanted.now.into()], ids, for_update(tx.dialect()))?;
    tx.rows(&sql, args).await?.iter().map(|row| row.int(0)).collect()
}

/// Locks those of the ids whose lease has run out or whose next try is due; each with the number of that try. Those that are no longer
/// to be sent, whoever saw to that, are forgotten.
async fn again_of(tx: &TenantTx, ids: &[i64], wanted: &Wanted<'_>) -> Result<BTreeMap<i64, i64>, Error> {
    let mut attempts = BTreeMap::new();
    if ids.is_empty() {
        return Ok(attempts);
    }
    let text = "SELECT d.notification_id, d.attempts, d.node FROM deliveries d WHERE d.company_id = :company \
                AND d.due_at <= ? AND d.notification_id";
    let (sql, args) = listed(text, vec![wanted.now.into()], ids, for_update(tx.dialect()))?;
    for row in tx.rows(&sql, args).await? {
        let (id, attempt, node) = (row.int(0)?, row.int(1)?, row.text(2)?);
        if !node.is_empty() {
            tracing::warn!(
                company_id = tx.company_id(),
                notification = id,
                attempt,
                "a lease ran out before its holder said what came of it: the notification is sent again"
            );
        }
        attempts.insert(id, attempt + 1);
    }
    let locked: Vec<i64> = attempts.keys().copied().collect();
    if locked.is_empty() {
        return Ok(attempts);
    }
    let text =
        "SELECT id FROM notification_queues WHERE company_id = :company AND status IN ('pending', 'processing') AND id";
    let (sql, args) = listed(text, Vec::new(), &locked, "")?;
    let wanted: BTreeSet<i64> = tx.rows(&sql, args).await?.iter().map(|row| row.int(0)).collect::<Result<_, _>>()?;
    attempts.retain(|id, _| wanted.contains(id));
    let over: Vec<i64> = locked.into_iter().filter(|id| !wanted.contains(id)).collect();
    if !over.is_empty() {
        let (sql, args) =
            listed("DELETE FROM deliveries WHERE company_id = :company AND notification_id", Vec::new(), &over, "")?;
        tx.execute(&sql, args).await?;
    }
    Ok(attempts)
}

fn for_update(dialect: Dialect) -> &'static str {
    // SQLite's write transaction is that lock already.
    dialect.pick("", "FOR UPDATE SKIP LOCKED", "FOR UPDATE SKIP LOCKED")
}

/// A statement with a list of ids at its end, with its values.
pub(super) fn listed(text: &str, mut args: Vec<Arg>, ids: &[i64], end: &str) -> Result<(TenantSql, Vec<Arg>), Error> {
    let marks = vec!["?"; ids.len()].join(", ");
    let sql = TenantSql::composed(format!("{text} IN ({marks}) {end}"))?;
    args.extend(ids.iter().map(|id| Arg::from(*id)));
    Ok((sql, args))
}

fn rows_of(tx: &TenantTx, ids: &[i64]) -> Result<(TenantSql, Vec<Arg>), Error> {
    let payload = tx.dialect().text("n.payload");
    let text = format!(
        "SELECT n.id, n.channel, n.recipient, {payload}, n.notifiable_type, \
         EXISTS (SELECT 1 FROM customers c WHERE c.id = n.notifiable_id AND c.company_id = :company), \
         EXISTS (SELECT 1 FROM staff s WHERE s.id = n.notifiable_id AND s.company_id = :company), \
         EXISTS (SELECT 1 FROM users u WHERE u.id = n.notifiable_id AND u.company_id = :company), o.name, o.locale \
         FROM notification_queues n LEFT JOIN companies o ON o.id = :company WHERE n.company_id = :company AND n.id"
    );
    listed(&text, Vec::new(), ids, "")
}

fn read(
    app: &App,
    scope: &TenantScope,
    row: &Row,
    attempts: &BTreeMap<i64, i64>,
    wanted: &Wanted<'_>,
) -> Result<Claimed, Error> {
    let id = row.int(0)?;
    let attempt = attempts.get(&id).copied().unwrap_or(1);
    let valid = check_notifiable(row.opt_text(4)?.as_deref(), [row.flag(5)?, row.flag(6)?, row.flag(7)?]);
    let (channel, recipient, payload) = (row.text(1)?, row.text(2)?, row.opt_text(3)?);
    let (company, locale) = (row.opt_text(8)?, row.opt_text(9)?.unwrap_or_default());
    let letter = || {
        let company = company.ok_or_else(|| "its company does not exist".to_owned())?;
        // A collation may take `Email` for `email`.
        if Channel::parse(&channel) != Some(wanted.channel) {
            return Err("its channel is none that there is".to_owned());
        }
        if valid.is_err() {
            return Err("whom it is for does not exist in this company".to_owned());
        }
        if recipient.trim().is_empty() {
            return Err("it has no recipient".to_owned());
        }
        let payload = payload.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        let (subject, body, lang) = texts(&payload, &company, &locale)?;
        let reference = super::reference(app, scope.company_id(), id);
        Ok(Letter { reference, recipient: recipient.trim().to_owned(), company, lang, subject, body, payload, attempt })
    };
    Ok(Claimed { scope: scope.clone(), id, attempt, letter: letter() })
}
