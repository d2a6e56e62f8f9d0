//! Reports that are due become mails, and mails go out; both by whichever node is first.

use std::time::Duration;

use chrono::DateTime;
use chrono_tz::Tz;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::mails::{self, BY_CLOCK, Claimed, Status};
use super::unsubscribe::Subscription;
use super::{Figures, Report, figures, store};
use crate::app::App;
use crate::audit::Actor;
use crate::changes;
use crate::db::{Error, Mode, PlatformSql, TenantSql};
use crate::deliver::{Enclosed, NotTaken, Note, reaches_people};
use crate::events::{self, Event, Thing, Verb};
use crate::i18n::{Hours, Lang};
use crate::summaries::zone::zone;
use crate::tenant::{OperatorScope, Role, TenantScope, User};
use crate::web::{Letterhead, scope_of, written_report};

/// So many tries a mail has; then it is set aside.
const TRIES: i64 = 6;
/// How long a lease lasts, in seconds: longer than figures and a mail server take.
const LEASE: i64 = 600;
/// The wait after the first try, in seconds; each further one is four times as long.
const FIRST_WAIT: i64 = 60;
/// How long the history of a report goes back, in seconds: 400 days, so that of a monthly one a year is there.
const KEPT: i64 = 400 * 86_400;
/// How often is looked for what is due.
const EVERY: Duration = Duration::from_secs(20);

const DUE: PlatformSql = PlatformSql::new(
    "reports that are due are looked for",
    "SELECT r.id, r.company_id FROM rollcall_reports r JOIN companies c ON c.id = r.company_id \
     WHERE r.next_at <= ? ORDER BY r.next_at, r.id LIMIT 50",
);
const DUE_MAILS: PlatformSql = PlatformSql::new(
    "mails of reports that are due are looked for",
    "SELECT m.id, m.company_id, m.due_at FROM rollcall_report_mails m JOIN companies c ON c.id = m.company_id \
     WHERE m.status = 'pending' AND m.due_at <= ? ORDER BY m.due_at, m.id LIMIT 20",
);
const COMPANY: PlatformSql = PlatformSql::new(
    "the company of a report that is due is read",
    "SELECT name, timezone, locale, is_active FROM companies WHERE id = ?",
);
const MOVE_ON: TenantSql =
    TenantSql::new("UPDATE rollcall_reports SET next_at = ? WHERE company_id = :company AND id = ? AND next_at = ?");
const RECIPIENT: TenantSql = TenantSql::new(
    "SELECT u.name, u.email, u.role, p.deactivated_at IS NOT NULL, p.language, p.clock FROM users u \
     LEFT JOIN rollcall_people p ON p.user_id = u.id AND p.company_id = :company \
     WHERE u.company_id = :company AND u.id = ?",
);

/// Makes and sends the mails of reports, in one process of possibly several.
#[derive(Clone, Debug)]
pub struct Reporter {
    app: App,
    /// Tells this process from all others.
    node: String,
}

/// A company, as its mails need it.
struct Company {
    scope: TenantScope,
    name: String,
    zone: Tz,
    lang: Lang,
    active: bool,
}

/// Somebody who may have a report at this moment.
struct Reader {
    scope: TenantScope,
    user: User,
    lang: Lang,
    hours: Hours,
}

/// Sends what is due at this moment.
///
/// # Errors
/// Where the database fails: what was not sent is due still.
pub async fn send_due(app: &App) -> Result<(), Error> {
    Reporter::new(app.clone()).send_due().await
}

impl Reporter {
    /// A reporter for this process.
    #[must_use]
    pub fn new(app: App) -> Self {
        let node = app.chance.token();
        Self { app, node }
    }

    /// Sends until `stop` is cancelled; a mail that is being sent then is finished first.
    pub async fn run(self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            if let Err(error) = self.send_due().await {
                tracing::error!(%error, "reports could not be sent");
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(EVERY) => {}
            }
        }
    }

    /// Makes the mails of the reports that are due, and sends the mails that are.
    ///
    /// # Errors
    /// Where the database fails: what was not sent is due still.
    pub async fn send_due(&self) -> Result<(), Error> {
        let db = self.app.db.platform();
        let now = self.app.clock.now().timestamp();
        for row in db.rows(&DUE, vec![now.into()]).await? {
            self.make(row.int(0)?, row.int(1)?).await?;
        }
        if !reaches_people(&self.app.config) {
            return Ok(());
        }
        loop {
            let now = self.app.clock.now().timestamp();
            let due = db.rows(&DUE_MAILS, vec![now.into()]).await?;
            let mut sent = 0;
            for row in &due {
                let (id, company, seen) = (row.int(0)?, row.int(1)?, row.int(2)?);
                sent += usize::from(self.send((id, seen), company).await?);
            }
            // What another process has is not waited for.
            if sent == 0 {
                return Ok(());
            }
        }
    }

    async fn company(&self, id: i64) -> Result<Option<Company>, Error> {
        let Some(row) = self.app.db.platform().row(&COMPANY, vec![id.into()]).await? else { return Ok(None) };
        let scope = OperatorScope::of_program("reports").enter_known(id);
        let lang = row.text(2)?.parse().unwrap_or_default();
        Ok(Some(Company { scope, name: row.text(0)?, zone: zone(&row.text(1)?), lang, active: row.flag(3)? }))
    }

    /// Moves a report on to its next time, and makes the mails of this one. Times that were missed are made up for once.
    async fn make(&self, id: i64, company: i64) -> Result<(), Error> {
        let Some(company) = self.company(company).await? else { return Ok(()) };
        let now = self.app.clock.now();
        let tx = company.scope.db(&self.app.db).begin(Mode::Write).await?;
        let Some(report) = store::locked(&tx, id).await? else { return Ok(()) };
        let Some(slot) = report.next_at.filter(|due| *due <= now.timestamp()) else { return Ok(()) };
        let next = report.contents.schedule.next(company.zone, now).timestamp();
        if tx.execute(&MOVE_ON, vec![next.into(), id.into(), slot.into()]).await? == 1 && company.active {
            mails::forget(&tx, id, slot - KEPT).await?;
            mails::make(&tx, &report, slot, BY_CLOCK, now).await?;
        }
        tx.commit().await
    }

    /// Sends a mail; false where another process has it.
    async fn send(&self, (id, seen): (i64, i64), company: i64) -> Result<bool, Error> {
        let Some(company) = self.company(company).await? else { return Ok(false) };
        let db = company.scope.db(&self.app.db);
        let until = self.app.clock.now().timestamp() + LEASE;
        let Some(mail) = mails::claim(&db, (id, seen), &self.node, until).await? else { return Ok(false) };
        let outcome = match store::find(&db, mail.report).await? {
            Some(report) => self.try_to(&company, &report, &mail).await,
            None => Ok(Tried::Skipped("gone")),
        };
        let outcome = outcome.unwrap_or_else(|error| {
            tracing::error!(%error, report = mail.report, "a report could not be made");
            Tried::Later("its figures could not be read".to_owned())
        });
        self.note(&company, &mail, outcome).await?;
        Ok(true)
    }

    async fn try_to(&self, company: &Company, report: &Report, mail: &Claimed) -> Result<Tried, Error> {
        let wanted = report.contents.recipients.iter().find(|it| it.user == mail.user);
        let Some(wanted) = wanted.filter(|it| !it.unsubscribed) else { return Ok(Tried::Skipped("unsubscribed")) };
        let Some(reader) = self.reader(company, mail.user, wanted.language).await? else {
            return Ok(Tried::Skipped("no_rights"));
        };
        changes::settle(&self.app.db, &company.scope, &self.app.clock).await?;
        let now = self.app.clock.now();
        let figures = figures(&self.app, &reader.scope, (company.zone, now), &report.contents).await?;
        let Some((note, enclosed)) = self.written(company, report, &reader, figures).await else {
            return Ok(Tried::Later("it could not be written".to_owned()));
        };
        let hash = self.app.keyed_hash("report", &format!("{}:{}", reader.scope.company_id(), mail.id));
        let reference = format!("report-{}-{}", mail.id, hash.get(..32).unwrap_or(&hash));
        Ok(match self.app.post.send_enclosed(&self.app, reference, note, &enclosed).await {
            Ok(()) => Tried::Sent,
            Err(NotTaken { why, for_good: true }) => Tried::Never(why),
            Err(NotTaken { why, .. }) => Tried::Later(why),
        })
    }

    async fn written(
        &self,
        company: &Company,
        report: &Report,
        reader: &Reader,
        figures: Figures,
    ) -> Option<(Note, Enclosed)> {
        let origin = self.app.config.public_url.as_ref()?.origin().ascii_serialization();
        let subscription = Subscription { company: reader.scope.company_id(), report: report.id, user: reader.user.id };
        let head = Letterhead {
            lang: reader.lang,
            hours: reader.hours,
            zone: company.zone,
            now: self.app.clock.now(),
            company: company.name.clone(),
            reader: reader.user.name.clone(),
            unsubscribe: format!("{origin}/unsubscribe/{}", subscription.word(&self.app)),
            origin,
        };
        let (id, report) = (report.id, report.clone());
        // Pictures take a processor for a while: answers must not wait for them.
        let written = tokio::task::spawn_blocking(move || written_report(&head, &report, &figures)).await;
        let written = written.map_err(anyhow::Error::from).flatten();
        let (subject, body, enclosed) =
            written.map_err(|error| tracing::error!(%error, report = id, "a report could not be written")).ok()?;
        let (to, company) = (reader.user.email.clone(), company.name.clone());
        Some((Note { to, lang: reader.lang, company, subject, body }, enclosed))
    }

    /// Somebody, with the rights that they have now; none where they have none in the company any longer.
    async fn reader(&self, company: &Company, user: i64, lang: Option<Lang>) -> Result<Option<Reader>, Error> {
        let rows = company.scope.db(&self.app.db).rows(&RECIPIENT, vec![user.into()]).await?;
        let Some(row) = rows.first().filter(|_| company.active) else { return Ok(None) };
        // As at the next request: whoever is kept out gets no mail, whichever company they were in when that was done.
        if scope_of(&self.app, user, company.scope.company_id()).await?.is_none() {
            return Ok(None);
        }
        let role = Role::parse(&row.text(2)?).filter(|role| *role < Role::SuperAdmin);
        let (Some(role), false) = (role, row.flag(3)?) else { return Ok(None) };
        let company_id = Some(company.scope.company_id());
        let user = User { id: user, company_id, name: row.text(0)?, email: row.text(1)?, role };
        let own = row.opt_text(4)?.and_then(|name| name.parse().ok());
        let lang = lang.or(own).unwrap_or(company.lang);
        let hours = row.opt_text(5)?.and_then(|name| Hours::named(&name)).unwrap_or_default();
        Ok(TenantScope::of(&user).map(|scope| Reader { scope, user, lang, hours }))
    }

    /// Writes down what came of a try; the audit log has a line of each mail that left, and of each that was set aside.
    async fn note(&self, company: &Company, mail: &Claimed, tried: Tried) -> Result<(), Error> {
        let now = self.app.clock.now();
        let last = mail.attempt >= TRIES;
        let (status, error, verb) = match tried {
            Tried::Sent => (Status::Sent, String::new(), Some(Verb::Sent)),
            Tried::Skipped(why) => (Status::Skipped, why.to_owned(), None),
            Tried::Never(why) => (Status::Failed, why, Some(Verb::Failed)),
            Tried::Later(why) if last => (Status::Failed, why, Some(Verb::Failed)),
            Tried::Later(why) => (Status::Pending, why, None),
        };
        if status == Status::Failed {
            tracing::error!(
                report = mail.report,
                company_id = company.scope.company_id(),
                why = error,
                "a mail of a report was set aside"
            );
        }
        let due = now.timestamp() + if status == Status::Pending { wait(mail.attempt) } else { 0 };
        let tx = company.scope.db(&self.app.db).begin(Mode::Write).await?;
        let noted = mails::finish(&tx, (mail.id, &self.node), status, (due, &error), now.naive_utc()).await?;
        if let Some(verb) = verb.filter(|_| noted) {
            let slot = DateTime::from_timestamp(mail.slot, 0).map(|at| at.to_rfc3339());
            let state = json!({ "user_id": mail.user, "due": slot, "attempts": mail.attempt, "error": error });
            let event = Event::new(Thing::Report, verb, mail.report).after(state);
            events::announce(&tx, &Actor::job("reports"), &[event], now.naive_utc()).await?;
        }
        tx.commit().await
    }
}

/// What came of a try.
enum Tried {
    Sent,
    Skipped(&'static str),
    Later(String),
    Never(String),
}

/// How long after a failed try the next one is due, in seconds.
fn wait(tries: i64) -> i64 {
    let power = u32::try_from(tries - 1).unwrap_or(0);
    FIRST_WAIT.saturating_mul(4_i64.saturating_pow(power))
}
