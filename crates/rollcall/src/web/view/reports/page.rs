//! `/admin/reports`: the company's reports, and what became of their mails. `/unsubscribe/…`: the end of one.

use std::collections::BTreeMap;

use askama::Template;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::i18n::{Hours, Lang};
use crate::reports::schedule::{Cadence, Schedule};
use crate::reports::{Mailed, Report, Status};
use crate::web::view::chrome::{Chrome, Theme};
use crate::web::view::format::{Formats, MISSING};
use crate::web::view::words::{Icon, Words};

/// The page.
#[derive(Template)]
#[template(path = "reports.html")]
pub struct ReportsPage {
    w: Words,
    chrome: Chrome,
    reports: Vec<ReportRow>,
    mails: Vec<MailRow>,
    /// Whether mails can be sent at all.
    by_mail: bool,
}

struct ReportRow {
    id: i64,
    name: String,
    when: String,
    recipients: String,
    next: String,
    paused: bool,
}

struct MailRow {
    slot: String,
    exact: String,
    name: String,
    to: String,
    class: &'static str,
    icon: Icon,
    status: String,
    tries: String,
    error: String,
}

impl ReportsPage {
    /// The page; `names` are those of the company's users.
    #[must_use]
    pub fn new(
        chrome: Chrome,
        (zone, now): (Tz, DateTime<Utc>),
        reports: &[Report],
        mails: &[Mailed],
        names: &BTreeMap<i64, String>,
        by_mail: bool,
    ) -> Self {
        let w = chrome.w();
        let f = Formats { w, zone, now };
        let reports = reports.iter().map(|report| ReportRow::of(report, &f, names)).collect();
        let mails = mails.iter().map(|mail| MailRow::of(mail, &f)).collect();
        Self { w, chrome, reports, mails, by_mail }
    }

    /// The page's HTML.
    ///
    /// # Errors
    /// Where a template cannot be written, which is a fault of the program.
    pub fn html(&self) -> Result<String, askama::Error> {
        self.render()
    }

    fn url(&self, path: &str) -> String {
        self.chrome.in_company(&format!("/admin/reports{path}"))
    }

    fn url_of(&self, report: &ReportRow, what: &str) -> String {
        self.url(&format!("/{}/{what}", report.id))
    }
}

/// When a report goes out, in words.
pub(super) fn when(f: &Formats, schedule: &Schedule) -> String {
    let time = format!("{:02}:{:02}", schedule.minute / 60, schedule.minute % 60);
    let text = f.w.t(&format!("ui.reports.when.{}", schedule.cadence.as_str()));
    let day = match schedule.cadence {
        Cadence::Daily => String::new(),
        Cadence::Weekly => f.weekday(schedule.weekday, false),
        Cadence::Monthly => schedule.month_day.to_string(),
    };
    text.replace("%{day}", &day).replace("%{time}", &time)
}

impl ReportRow {
    fn of(report: &Report, f: &Formats, names: &BTreeMap<i64, String>) -> Self {
        let wanted = report.contents.recipients.iter().filter(|it| !it.unsubscribed);
        let people: Vec<_> = wanted.filter_map(|it| names.get(&it.user).cloned()).collect();
        let more = people.len().saturating_sub(3);
        let mut recipients = people.iter().take(3).cloned().collect::<Vec<_>>().join(", ");
        if more > 0 {
            recipients = format!("{recipients} {}", f.w.with("ui.standing.more", "n", more));
        }
        let next = report.next_at.and_then(|at| DateTime::from_timestamp(at, 0));
        Self {
            id: report.id,
            name: report.contents.name.clone(),
            when: when(f, &report.contents.schedule),
            recipients: if recipients.is_empty() { f.w.t("ui.reports.nobody") } else { recipients },
            next: next.map_or_else(|| MISSING.to_owned(), |at| f.instant(at.naive_utc())),
            paused: report.next_at.is_none(),
        }
    }
}

impl MailRow {
    fn of(mail: &Mailed, f: &Formats) -> Self {
        let w = f.w;
        let (class, icon) = match mail.status {
            Status::Sent => ("is-good", "check-circle"),
            Status::Failed => ("is-bad", "exclamation-circle"),
            Status::Pending | Status::Skipped => ("is-neutral", "minus-circle"),
        };
        let slot = DateTime::from_timestamp(mail.slot, 0).unwrap_or_default().naive_utc();
        let reason = w.maybe(&format!("ui.reports.skipped.{}", mail.error));
        Self {
            slot: f.instant(slot),
            exact: f.exact(slot),
            name: if mail.by_hand {
                format!("{} ({})", mail.name, w.t("ui.reports.by_hand"))
            } else {
                mail.name.clone()
            },
            to: mail.user.1.clone().unwrap_or_else(|| w.t("ui.reports.gone")),
            class,
            icon: w.icon(icon),
            status: w.t(&format!("ui.reports.status.{}", mail.status.as_str())),
            tries: f.count(mail.attempts),
            error: reason.unwrap_or_else(|| mail.error.clone()),
        }
    }
}

/// The page behind the link in a mail.
#[derive(Template)]
#[template(path = "unsubscribe.html")]
pub struct UnsubscribePage {
    w: Words,
    theme: Theme,
    name: String,
    done: bool,
}

impl UnsubscribePage {
    /// The page: it asks, or says that it is done.
    #[must_use]
    pub fn new(lang: Lang, theme: Theme, name: String, done: bool) -> Self {
        Self { w: Words(lang, Hours::default()), theme, name, done }
    }

    /// The page's HTML.
    ///
    /// # Errors
    /// Where a template cannot be written, which is a fault of the program.
    pub fn html(&self) -> Result<String, askama::Error> {
        self.render()
    }
}
