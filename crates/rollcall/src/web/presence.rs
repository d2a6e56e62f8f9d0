//! Who asks: the session, its user, their company and its versions, by one statement on primary keys.
//!
//! Remembered for as long as nobody can have changed it unseen: a process that serves alone hears of each change of a
//! user or company (the version of [`Topic::Users`]), and ends sessions itself. With other nodes beside it, it asks each time, unless
//! `cache.consistency` allows it to trust what the last poll confirmed.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::http::HeaderMap;
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use foldhash::fast::RandomState;
use tiercache::seeded;
use tokio::time::Instant;
use tower_sessions::session::{Id, Record};

use super::context::cookie;
use super::session::{self, COOKIE};
use super::view::CompanyName;
use crate::app::App;
use crate::config::Trust;
use crate::db::{Error, PlatformSql, Row};
use crate::summaries::zone::zone;
use crate::tenant::{Role, User};
use crate::versions::{Followed, Topic, Versions};
use crate::widget::Arrangement;

/// What is remembered is read anew after this time in any case.
const REMEMBERED: Duration = Duration::from_secs(60);
/// Whether something is too old is looked at so often, by the system's clock.
const LOOK_EVERY_MS: i64 = 100;
/// The same where other nodes may end the session.
const REMEMBERED_BESIDE_OTHERS: Duration = Duration::from_secs(1);
/// While the database is away, whoever was there so lately may go on looking at what there is.
const REMEMBERED_IN_NEED: Duration = Duration::from_secs(900);
/// A poll that is older does not vouch for anything, and figures are labelled with its age.
const POLL_TOO_OLD: Duration = Duration::from_secs(10);
/// At most so many people are remembered.
const MOST: u64 = 100_000;

const PRESENT: PlatformSql = PlatformSql::new(
    "who asks is read by the session's id, with their company and its versions",
    "SELECT s.data, s.expires_at, u.id, u.company_id, u.name, u.email, u.role, c.id, c.name, c.slug, c.timezone, \
     c.is_active, v.version, v.topics, p.totp_since, a.widgets FROM rollcall_sessions s JOIN users u ON u.id = s.user_id \
     LEFT JOIN companies c ON c.id = u.company_id LEFT JOIN company_versions v ON v.company_id = c.id \
     LEFT JOIN rollcall_people p ON p.user_id = u.id \
     LEFT JOIN rollcall_arrangements a ON a.company_id = u.company_id AND a.user_id = u.id \
     WHERE s.id = ? AND p.deactivated_at IS NULL",
);

/// A person who is signed in, and where they are at home.
#[derive(Clone, Debug)]
pub(super) struct Visit {
    pub(super) user: User,
    /// The user's own company; none for an operator.
    pub(super) company: Option<CompanyName>,
    /// Its zone; UTC for an operator.
    pub(super) zone: Tz,
    /// How they arranged their dashboard, where they did, and that in short: a part of the names of their pages.
    pub(super) arranged: Option<(Arrangement, String)>,
}

/// A visit at this moment.
#[derive(Clone, Debug)]
pub(super) struct Presence {
    pub(super) visit: Arc<Visit>,
    /// The versions of the user's company, read or confirmed for this request.
    pub(super) versions: Option<Versions>,
    /// Since when nobody could ask the database; figures may be older than they should be.
    pub(super) stale_since: Option<DateTime<Utc>>,
}

#[derive(Debug)]
struct Remembered {
    visit: Arc<Visit>,
    /// The version of the company's users under which this was read.
    users: u64,
    /// From this second on the session is to be renewed.
    until: i64,
    /// From this second on it is over.
    ends_at: i64,
    checked: Instant,
}

/// Somebody who is remembered, and their company, for a connection that asks again and again, without a look-up each time.
#[derive(Clone, Debug)]
pub(super) struct Acquainted {
    remembered: Arc<Remembered>,
    company: Followed,
    /// How many sessions had ended when they were looked up.
    ends: u64,
    /// When it was seen last that nothing of them is too old, in milliseconds since 1970; none: it is to be seen again.
    looked_ms: Option<i64>,
}

impl Acquainted {
    /// Whether it was just seen that nothing of them is too old: a busy connection need not read another clock for each request.
    fn is_fresh(&self, now_ms: i64) -> bool {
        self.looked_ms.is_some_and(|looked| (0..LOOK_EVERY_MS).contains(&(now_ms - looked)))
    }
}

/// The people that this process remembers.
#[derive(Clone, Debug)]
pub struct Sessions {
    remembered: moka::sync::Cache<i128, Arc<Remembered>, RandomState>,
    /// Sessions that ended here while somebody may still have been reading them.
    ended: moka::sync::Cache<i128, ()>,
    /// How many sessions ended here: whoever is acquainted with somebody looks again when one did.
    ends: Arc<AtomicU64>,
}

impl Default for Sessions {
    fn default() -> Self {
        let ended = moka::sync::Cache::builder().max_capacity(MOST).time_to_live(REMEMBERED * 2).build();
        let remembered = moka::sync::Cache::builder().max_capacity(MOST).time_to_idle(REMEMBERED_IN_NEED);
        let remembered = remembered.build_with_hasher(RandomState::default());
        Self { remembered, ended, ends: Arc::default() }
    }
}

impl Sessions {
    /// Forgets a session that has ended, also for whoever is reading it at this moment.
    pub(super) fn end(&self, id: &Id) {
        if seeded::on("session-remembered") {
            return;
        }
        self.ended.insert(id.0, ());
        self.remembered.invalidate(&id.0);
        self.ends.fetch_add(1, Ordering::Release);
    }

    fn ends(&self) -> u64 {
        self.ends.load(Ordering::Acquire)
    }

    /// Whether a session ended lately.
    pub(super) fn has_ended(&self, id: &Id) -> bool {
        self.ended.contains_key(&id.0)
    }

    /// How many people are remembered, about.
    pub(super) fn remembered(&self) -> u64 {
        self.remembered.entry_count()
    }

    fn remember(&self, id: &Id, remembered: Remembered) {
        self.remembered.insert(id.0, Arc::new(remembered));
        if self.ended.contains_key(&id.0) {
            self.remembered.invalidate(&id.0);
            self.ends.fetch_add(1, Ordering::Release);
        }
    }
}

/// The session that the browser names.
pub(super) fn session_id(headers: &HeaderMap) -> Option<Id> {
    cookie(headers, COOKIE)?.parse().ok()
}

/// Who asks; none where there is no such session, or its user may not use the panel.
pub(super) async fn present(app: &App, id: &Id) -> Result<Option<Presence>, Error> {
    if let Some(presence) = remembered(app, id, app.clock.now_ms(), &mut None) {
        return Ok(Some(presence));
    }
    // In a task of its own, which comes to its end though nobody waits any longer: see `completion`.
    let reading = tokio::spawn({
        let (app, id) = (app.clone(), *id);
        async move { read(&app, &id).await }
    });
    match reading.await.unwrap_or_else(|lost| Err(Error::Custom(lost.to_string()))) {
        Ok(presence) => Ok(presence),
        Err(error) => match in_need(app, id) {
            Some(presence) => {
                tracing::warn!(%error, "the session could not be read; what is remembered is believed");
                Ok(Some(presence))
            }
            None => Err(error),
        },
    }
}

/// What is remembered, where it may be believed. `acquainted` is what whoever asks again and again keeps in between.
pub(super) fn remembered(app: &App, id: &Id, now_ms: i64, acquainted: &mut Option<Acquainted>) -> Option<Presence> {
    // A clock that is pinned does not say how long ago that was.
    let alone = app.trust == Trust::Memory && !app.clock.is_pinned();
    let fresh = alone && acquainted.as_ref().is_some_and(|it| it.is_fresh(now_ms));
    let mut now = (!fresh).then(Instant::now);
    let known = app.db.versions();
    let at_most = match (app.trust, now) {
        (Trust::Memory, _) => REMEMBERED,
        (Trust::Poll, _) if seeded::on("believed-too-long") => REMEMBERED,
        (Trust::Poll, Some(now)) if known.age(now)? <= vouched(app) => REMEMBERED_BESIDE_OTHERS,
        (Trust::Poll | Trust::Nothing, _) => return None,
    };
    // Read before anybody is looked up.
    let ends = app.sessions.ends();
    let again = acquainted.as_ref().filter(|it| it.ends == ends);
    let versions = match again.and_then(|it| it.company.get()) {
        Some(versions) => versions,
        None => {
            // Of somebody else nothing was looked at.
            now = now.or_else(|| Some(Instant::now()));
            let remembered = app.sessions.remembered.get(&id.0)?;
            let company = known.follow(remembered.visit.company.as_ref()?.id)?;
            acquainted.insert(Acquainted { remembered, company, ends, looked_ms: None }).company.get()?
        }
    };
    let acquaintance = acquainted.as_mut()?;
    let it = &acquaintance.remembered;
    let holds = (versions.of(&[Topic::Users]) == it.users || seeded::on("role-remembered"))
        && now.is_none_or(|now| now.duration_since(it.checked) < at_most)
        && now_ms.div_euclid(1_000) < it.until;
    let stale_since = now.and_then(|now| stale_since(app, now));
    if now.is_some() {
        acquaintance.looked_ms = Some(now_ms).filter(|_| holds && stale_since.is_none());
    }
    let presence = holds.then(|| Presence { visit: Arc::clone(&it.visit), versions: Some(versions), stale_since });
    if presence.is_none() {
        // Somebody will read it anew, and then something else is remembered.
        *acquainted = None;
    }
    presence
}

/// How old a poll may be to be trusted: one that was missed is no reason to ask, several are.
fn vouched(app: &App) -> Duration {
    (app.config.changes.poll * 4).clamp(Duration::from_secs(1), POLL_TOO_OLD)
}

/// Since when no poll came through, if that is long ago: foreign writers' changes may be missing.
fn stale_since(app: &App, now: Instant) -> Option<DateTime<Utc>> {
    let age = app.db.versions().age(now).filter(|age| *age > POLL_TOO_OLD)?;
    Some(app.clock.now() - TimeDelta::from_std(age).ok()?)
}

/// What is remembered, for who was there lately, while the database is away.
fn in_need(app: &App, id: &Id) -> Option<Presence> {
    let it = app.sessions.remembered.get(&id.0)?;
    let age = it.checked.elapsed();
    let versions = app.db.versions().get(it.visit.company.as_ref()?.id)?;
    let since = app.clock.now() - TimeDelta::from_std(age).ok()?;
    let lasts = age < REMEMBERED_IN_NEED && app.clock.now().timestamp() < it.ends_at;
    let holds = lasts && versions.of(&[Topic::Users]) == it.users;
    holds.then(|| Presence { visit: Arc::clone(&it.visit), versions: Some(versions), stale_since: Some(since) })
}

async fn read(app: &App, id: &Id) -> Result<Option<Presence>, Error> {
    let checked = Instant::now();
    let store = session::store(app);
    let Some(row) = app.db.platform().row(&PRESENT, vec![store.key(*id).into()]).await? else { return Ok(None) };
    let expires_at = row.int(1)?;
    if expires_at <= app.clock.now().timestamp() {
        return Ok(None);
    }
    let Some((user, company)) = user_of(&row, 2)? else { return Ok(None) };
    // Whoever has to have a second step, and has none yet, sets it up as they sign in.
    if app.config.sign_in.totp.is_for(user.role) && row.opt_instant(14)?.is_none() {
        return Ok(None);
    }
    let data = serde_json::from_str(&row.text(0)?).map_err(|error| Error::Json(error.to_string()))?;
    let record = Record { id: *id, data, expiry_date: time::OffsetDateTime::UNIX_EPOCH };
    let until = store.renewed(*id, &record, expires_at).await?;
    let zone = company.as_ref().map_or(Tz::UTC, |company| zone(&company.timezone));
    let arranged = row.opt_text(15)?.map(|text| Arrangement::parse(&text));
    let arranged = arranged.and_then(|it| it.mark().map(|mark| (it, mark)));
    let visit = Arc::new(Visit { user, company, zone, arranged });
    let Some(company) = &visit.company else { return Ok(Some(Presence { visit, versions: None, stale_since: None })) };
    let read = Versions::read(row.opt_int(12)?.unwrap_or(0), &row.opt_text(13)?.unwrap_or_default());
    app.db.versions().tell(company.id, read);
    let users = read.of(&[Topic::Users]);
    let remembered = Remembered { visit: Arc::clone(&visit), users, until, ends_at: expires_at, checked };
    app.sessions.remember(id, remembered);
    Ok(Some(Presence { visit, versions: Some(read), stale_since: stale_since(app, Instant::now()) }))
}

/// The user and their company, from the columns that begin at `first`; none for a role that nobody knows, a company that is gone
/// or closed.
pub(super) fn user_of(row: &Row, first: usize) -> Result<Option<(User, Option<CompanyName>)>, Error> {
    let company_id = row.opt_int(first + 1)?;
    let Some(role) = Role::parse(&row.text(first + 4)?) else { return Ok(None) };
    let user = User { id: row.int(first)?, company_id, name: row.text(first + 2)?, email: row.text(first + 3)?, role };
    match (company_id, row.opt_int(first + 5)?) {
        (None, _) => Ok((role == Role::SuperAdmin).then_some((user, None))),
        (Some(_), Some(id)) if row.flag(first + 9)? && role != Role::SuperAdmin => {
            let (name, slug, timezone) = (row.text(first + 6)?, row.text(first + 7)?, row.text(first + 8)?);
            Ok(Some((user, Some(CompanyName { id, name, slug, timezone }))))
        }
        (Some(_), _) => Ok(None),
    }
}
