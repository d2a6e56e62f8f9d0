//! `/admin/appointments/{id}/{what}`: what would happen, before it does.

use askama::Template;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde_json::{Map, Value as Json};

use super::cell::{Cell, Links, Look, cell, currency};
use super::history::Meanwhile;
use super::words::label;
use crate::booking::{Check, Reopening};
use crate::policy::{Decision, Reason};
use crate::resource::{Beside, Screen};
use crate::web::view::chrome::Chrome;
use crate::web::view::format::Formats;
use crate::web::view::words::Words;

/// What can be done with an appointment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// It is cancelled.
    Cancel,
    /// It is given another time.
    Reschedule,
    /// It took place.
    Complete,
    /// The customer did not come.
    NoShow,
    /// Its end is taken back.
    Reopen,
}

impl Deed {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Cancel, Self::Reschedule, Self::Complete, Self::NoShow, Self::Reopen];

    /// Its part of the address, and of the names of its words.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cancel => "cancel",
            Self::Reschedule => "reschedule",
            Self::Complete => "complete",
            Self::NoShow => "no-show",
            Self::Reopen => "reopen",
        }
    }

    /// The name of what is said afterwards.
    #[must_use]
    pub fn done(self) -> &'static str {
        match self {
            Self::Cancel => "cancelled",
            Self::Reschedule => "rescheduled",
            Self::Complete => "completed",
            Self::NoShow => "no_show",
            Self::Reopen => "reopened",
        }
    }
}

/// What was typed.
#[derive(Clone, Debug, Default)]
pub struct ActionDraft {
    /// The state that was seen.
    pub tag: String,
    /// Why.
    pub reason: String,
    /// Whether it is to be done against a policy.
    pub force: bool,
    /// Whether the customer wishes it.
    pub by_customer: bool,
    /// The new start, as the field has it.
    pub starts_at: String,
}

/// Why nothing was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActionProblem {
    /// It was changed since.
    Stale,
    /// A policy denies it.
    Denied,
    /// It is in no state for that.
    State,
    /// The new time will not do.
    Time,
    /// The reason is too long.
    Reason,
}

/// The page.
#[derive(Template)]
#[template(path = "resource_action.html")]
pub struct ActionPage {
    w: Words,
    chrome: Chrome,
    formats: Formats,
    screen: &'static Screen,
    deed: Deed,
    id: i64,
    fields: Vec<(String, Cell)>,
    currency: crate::analytics::currency::Currency,
    draft: ActionDraft,
    problem: Option<ActionProblem>,
    /// What policies say, one sentence each.
    verdict: Vec<String>,
    policy: Option<String>,
    denied: bool,
    open: bool,
    meanwhile: Option<Meanwhile>,
}

impl ActionPage {
    /// The page about a row.
    #[must_use]
    pub(crate) fn new(
        chrome: Chrome,
        zone: Tz,
        now: DateTime<Utc>,
        (screen, deed): (&'static Screen, Deed),
        (row, beside): (&Map<String, Json>, &Beside),
    ) -> Self {
        let w = chrome.w();
        let formats = Formats { w, zone, now };
        let shown = ["customer_id", "starts_at", "ends_at", "service_id", "staff_id", "status", "price"];
        let columns = shown.iter().filter_map(|name| screen.resource.column(name));
        let fields = columns
            .map(|column| (label(w, screen, column.name), cell((&formats, Links(&chrome)), column, row, beside)));
        let fields = fields.collect();
        Self {
            w,
            formats,
            screen,
            deed,
            id: row.get("id").and_then(Json::as_i64).unwrap_or_default(),
            fields,
            currency: currency(beside),
            draft: ActionDraft::default(),
            problem: None,
            verdict: Vec::new(),
            policy: None,
            denied: false,
            open: false,
            meanwhile: None,
            chrome,
        }
    }

    /// With what policies say at this moment, what was typed, and why it was not done.
    #[must_use]
    pub fn asked(mut self, check: &Check, draft: ActionDraft, problem: Option<ActionProblem>) -> Self {
        let local = check.appointment.starts_at.and_utc().with_timezone(&self.formats.zone);
        self.open = check.open;
        self.draft = ActionDraft { tag: check.appointment.tag(), ..draft };
        if self.draft.starts_at.is_empty() {
            self.draft.starts_at = local.format("%Y-%m-%dT%H:%M").to_string();
        }
        self.problem = problem;
        match self.deed {
            Deed::Cancel => self.decided(&check.cancel),
            Deed::Reschedule => self.decided(&check.reschedule),
            Deed::Complete | Deed::Reopen => {}
            Deed::NoShow => {
                let fee = check.no_show_fee.map(|fee| self.formats.money(fee, self.currency));
                self.verdict.push(match fee {
                    Some(fee) => self.w.with("ui.check.no_show", "n", fee),
                    None => self.w.t("ui.check.no_show_free"),
                });
                self.policy = check.no_show_policy_id.and_then(|id| self.policy_url(id));
            }
        }
        self
    }

    /// With what taking its end back would do; none where it has none.
    #[must_use]
    pub fn reopening(mut self, reopening: Option<&Reopening>) -> Self {
        self.open = reopening.is_some();
        let Some(reopening) = reopening else { return self };
        let w = self.w;
        let status = w.t(&format!("term.status.{}", reopening.status.as_str()));
        self.verdict.push(w.with("ui.check.reopen.status", "status", status));
        self.verdict.push(match reopening.fee {
            Some(fee) => w.with("ui.check.reopen.fee", "n", self.formats.money(fee, self.currency)),
            None => w.t("ui.check.reopen.free"),
        });
        self.policy = reopening.policy_id.and_then(|id| self.policy_url(id));
        self
    }

    /// With who was faster, where it was changed since.
    #[must_use]
    pub(crate) fn meanwhile(self, meanwhile: Option<Meanwhile>) -> Self {
        Self { meanwhile, ..self }
    }

    fn decided(&mut self, decision: &Decision) {
        let w = self.w;
        self.denied = !decision.allowed;
        let reason = decision.reason.map(|reason| match reason {
            Reason::NoticeTooShort => "notice_too_short",
            Reason::TooManyCancellations => "too_many_cancellations",
            Reason::TooManyReschedules => "too_many_reschedules",
            Reason::UnreadablePolicy => "unreadable_policy",
        });
        self.verdict.push(match (reason, decision.policy_id) {
            (Some(reason), _) => w.t(&format!("ui.check.denied.{reason}")),
            (None, Some(_)) => w.t("ui.check.allowed"),
            (None, None) => w.t("ui.check.free"),
        });
        if decision.policy_id.is_some() {
            let fee = self.formats.money(decision.fee, self.currency);
            self.verdict.push(w.with(if self.denied { "ui.check.fee_forced" } else { "ui.check.fee" }, "n", fee));
        }
        self.verdict.push(self.formats.notice(decision.notice_hours));
        self.policy = decision.policy_id.and_then(|id| self.policy_url(id));
    }

    fn policy_url(&self, id: i64) -> Option<String> {
        Screen::named("policies").and_then(|screen| Links(&self.chrome).to(screen, id))
    }

    /// The page's HTML.
    ///
    /// # Errors
    /// Where a template cannot be written, which is a fault of the program.
    pub fn html(&self) -> Result<String, askama::Error> {
        self.render()
    }

    fn word(&self, what: &str) -> String {
        self.w.t(&format!("ui.action.{}.{what}", self.deed.as_str()))
    }

    fn heading(&self) -> String {
        self.word("title")
    }

    fn record(&self) -> String {
        self.chrome.in_company(&format!("{}/{}", self.screen.path(), self.id))
    }

    fn url(&self) -> String {
        self.chrome.in_company(&format!("{}/{}/{}", self.screen.path(), self.id, self.deed.as_str()))
    }

    fn moves(&self) -> bool {
        self.deed == Deed::Reschedule
    }

    /// Whether policies have a say in it, and somebody a reason.
    fn has_reason(&self) -> bool {
        matches!(self.deed, Deed::Cancel | Deed::Reschedule)
    }

    fn problem_text(&self) -> Option<String> {
        self.problem.map(|problem| {
            self.w.t(match problem {
                ActionProblem::Stale => "ui.problem.stale",
                ActionProblem::Denied => "ui.problem.denied",
                ActionProblem::State => self.state_key(),
                ActionProblem::Time => "ui.problem.time",
                ActionProblem::Reason => "ui.problem.reason",
            })
        })
    }

    /// Why it cannot be done in the state that it is in.
    fn state_key(&self) -> &'static str {
        if self.deed == Deed::Reopen { "ui.problem.not_ended" } else { "ui.problem.state" }
    }

    fn is_about_time(&self) -> bool {
        self.problem == Some(ActionProblem::Time)
    }

    fn zone(&self) -> &'static str {
        self.formats.zone.name()
    }
}
