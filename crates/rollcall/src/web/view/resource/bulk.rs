//! `/admin/{resource}/bulk` and `/admin/bulk/{name}`: many rows at once, before and while it happens.

use askama::Template;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::cell::Links;
use super::words::bulk_title;
use crate::bulk::{Act, Failed, Job, MOST, Progress};
use crate::i18n::t_with;
use crate::resource::Screen;
use crate::web::view::chrome::Chrome;
use crate::web::view::format::Formats;
use crate::web::view::query::PageQuery;
use crate::web::view::words::Words;

/// What was typed.
#[derive(Clone, Debug, Default)]
pub struct BulkDraft {
    /// Why.
    pub reason: String,
    /// Whether it is to be done against policies.
    pub force: bool,
    /// The name that the job gets.
    pub key: String,
}

/// Why nothing was begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BulkProblem {
    /// There are none of the rows.
    None,
    /// There are more by now than were agreed to.
    More,
    /// The number that was typed is not theirs.
    Number,
    /// The reason will not do.
    Reason,
}

/// What would happen to how many.
#[derive(Template)]
#[template(path = "bulk_ask.html")]
pub struct BulkPage {
    w: Words,
    chrome: Chrome,
    screen: &'static Screen,
    act: Act,
    count: usize,
    /// How many were named that are not there.
    missing: usize,
    more: bool,
    all: bool,
    /// Where it is confirmed, and where the list is.
    url: String,
    list: String,
    draft: BulkDraft,
    problem: Option<BulkProblem>,
}

fn number(w: Words, n: usize) -> (i64, String) {
    let n = i64::try_from(n).unwrap_or(i64::MAX);
    (n, Formats { w, zone: Tz::UTC, now: DateTime::UNIX_EPOCH }.count(n))
}

fn counted(w: Words, key: &str, n: usize) -> String {
    let (n, shown) = number(w, n);
    w.count(key, n, shown)
}

impl BulkPage {
    /// The page; `target` is its own address.
    #[must_use]
    pub(crate) fn new(chrome: Chrome, screen: &'static Screen, act: Act, count: usize, target: &str) -> Self {
        let w = chrome.w();
        let query = PageQuery::of(target);
        let url = query.url(&format!("{}/bulk", screen.path()), &[]);
        let own = |name: &str| matches!(name, "id" | "act" | "all");
        let list: PageQuery = query.without(own).cloned().collect();
        let list = list.url(&screen.path(), &[]);
        let (draft, problem) = (BulkDraft::default(), None);
        Self { w, chrome, screen, act, count, missing: 0, more: false, all: false, url, list, draft, problem }
    }

    /// Of rows of which some are missing, or more than are done at once, or all that match.
    #[must_use]
    pub(crate) fn of(self, missing: usize, more: bool, all: bool) -> Self {
        Self { missing, more, all, ..self }
    }

    /// With what was typed, and why nothing was begun.
    #[must_use]
    pub(crate) fn asked(self, draft: BulkDraft, problem: Option<BulkProblem>) -> Self {
        Self { draft, problem, ..self }
    }

    /// Whether what was typed is what has to be: the number of rows, where they are gone for good.
    #[must_use]
    pub(crate) fn is_confirmed(screen: &Screen, act: Act, count: usize, typed: &str) -> bool {
        !is_for_good(screen, act) || typed.trim() == count.to_string()
    }

    /// The page's HTML.
    ///
    /// # Errors
    /// Where a template cannot be written, which is a fault of the program.
    pub fn html(&self) -> Result<String, askama::Error> {
        self.render()
    }

    fn title(&self) -> String {
        bulk_title(self.w, self.screen, self.act)
    }

    fn question(&self) -> String {
        let key = if self.all { "ui.bulk.all" } else { "ui.bulk.chosen" };
        counted(self.w, key, self.count)
    }

    /// What will happen, one sentence each.
    fn effects(&self) -> Vec<String> {
        let key = format!("ui.bulk.effect.{}", self.act.as_str());
        let own = self.w.maybe(&format!("{key}.{}", self.screen.name));
        let mut effects = vec![own.unwrap_or_else(|| self.w.t(&key))];
        if self.act == Act::Delete {
            effects.push(match self.screen.resource.soft {
                true => self.w.with("ui.delete.kept", "n", crate::resource::KEPT),
                false => self.w.t("ui.delete.for_good"),
            });
            effects.push(self.w.t("ui.bulk.in_use"));
        }
        effects
    }

    /// What is to be known besides.
    fn remarks(&self) -> Vec<String> {
        let missing = (self.missing > 0).then(|| counted(self.w, "ui.bulk.missing", self.missing));
        let more = self.more.then(|| self.w.with("ui.bulk.more", "n", number(self.w, MOST).1));
        missing.into_iter().chain(more).collect()
    }

    fn wanted(&self) -> Option<String> {
        is_for_good(self.screen, self.act).then(|| self.w.with("ui.bulk.confirm", "n", self.count))
    }

    fn problem_text(&self) -> Option<String> {
        let key = match (self.problem, self.count) {
            (_, 0) | (Some(BulkProblem::None), _) => "ui.bulk.none",
            (None, _) => return None,
            (Some(BulkProblem::More), _) => "ui.bulk.grown",
            (Some(BulkProblem::Number), _) => "ui.bulk.wrong_number",
            (Some(BulkProblem::Reason), _) => "ui.bulk.wrong_reason",
        };
        Some(self.w.t(key))
    }

    fn button(&self) -> String {
        self.w.t(&format!("ui.bulk.act.{}", self.act.as_str()))
    }
}

fn is_for_good(screen: &Screen, act: Act) -> bool {
    act == Act::Delete && !screen.resource.soft
}

/// How far a job came.
#[derive(Template)]
#[template(path = "bulk_job.html")]
pub struct JobPage {
    w: Words,
    chrome: Chrome,
    job: ProgressView,
}

/// The part that changes.
#[derive(Template)]
#[template(path = "bulk_progress.html")]
struct ProgressView {
    w: Words,
    title: String,
    running: bool,
    /// Whether nothing changes any more.
    rests: bool,
    total: i64,
    treated: i64,
    said: String,
    sentences: Vec<String>,
    failed: Vec<(String, Option<String>, String)>,
    path: String,
    query: String,
    list: String,
    undo: Option<String>,
    /// That it was taken back, and by which job.
    undone: Option<(String, String)>,
}

impl JobPage {
    /// The page of a job; `undone` is the one that took it back, if there is one.
    #[must_use]
    pub(crate) fn new(
        chrome: Chrome,
        zone: Tz,
        now: DateTime<Utc>,
        (job, undone): (&Job, Option<&Job>),
        came: Progress,
        failed: Vec<Failed>,
    ) -> Self {
        let w = chrome.w();
        let formats = Formats { w, zone, now };
        let thing = w.t(&format!("term.thing.{}", job.screen.resource.thing.as_str()));
        let row = |it: Failed| {
            let why = w.maybe(&format!("ui.bulk.why.{}", it.why)).unwrap_or(it.why);
            (format!("{thing} {}", it.id), Links(&chrome).to(job.screen, it.id), why)
        };
        let shown = failed.len();
        let failed: Vec<_> = failed.into_iter().map(row).collect();
        let count = |key: &str, n: i64| w.count(key, n, formats.count(n));
        let mut sentences = Vec::new();
        if came.failed > 0 {
            sentences.push(count("ui.bulk.failed", came.failed));
        }
        if i64::try_from(shown).unwrap_or(i64::MAX) < came.failed {
            sentences.push(w.with("ui.bulk.first", "n", shown));
        }
        if job.missing > 0 {
            sentences.push(count("ui.bulk.missing", job.missing));
        }
        let began = DateTime::from_timestamp(job.created_at, 0).map(|at| formats.instant(at.naive_utc()));
        let by = [("who", job.actor.name.as_str()), ("when", began.as_deref().unwrap_or_default())];
        sentences.push(t_with(w.0, "ui.bulk.by", &by));
        let outcome = job.outcome.as_deref();
        let said = match outcome {
            None => "ui.bulk.running",
            Some("cancelled") => "ui.bulk.cancelled",
            Some("forbidden") => "ui.bulk.forbidden",
            Some(_) => "ui.bulk.finished",
        };
        let figures = [("done", formats.count(came.done)), ("total", formats.count(job.total))];
        let figures: Vec<_> = figures.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let rests = job.rests(now.timestamp());
        let undo = job.act.undo(job.screen).filter(|_| came.done > 0 && undone.is_none());
        let undone =
            undone.map(|by| (taken_back(&formats, by), chrome.in_company(&format!("/admin/bulk/{}", by.name))));
        if outcome.is_some() && !rests && job.act.undo(job.screen).is_some() {
            sentences.push(w.t("ui.bulk.not_yet"));
        }
        let company = chrome.in_company("").trim_start_matches("/admin").to_owned();
        let path = format!("/admin/bulk/{}", job.name);
        let view = ProgressView {
            w,
            title: bulk_title(w, job.screen, job.act),
            running: outcome.is_none(),
            rests,
            total: job.total,
            treated: came.done + came.failed,
            said: t_with(w.0, said, &figures),
            sentences,
            failed,
            query: company,
            list: chrome.in_company(&job.screen.path()),
            undo: undo.filter(|_| rests).map(|act| w.t(&format!("ui.bulk.act.{}", act.as_str()))),
            undone,
            path,
        };
        Self { w, chrome, job: view }
    }

    /// The page's HTML.
    ///
    /// # Errors
    /// Where a template cannot be written, which is a fault of the program.
    pub fn html(&self) -> Result<String, askama::Error> {
        self.render()
    }

    /// The part that changes.
    ///
    /// # Errors
    /// Where a template cannot be written, which is a fault of the program.
    pub fn fragment(&self) -> Result<String, askama::Error> {
        self.job.render()
    }
}

/// That a job was taken back by another one, or is being.
fn taken_back(formats: &Formats, by: &Job) -> String {
    let key = if by.finished_at.is_some() { "ui.bulk.undone" } else { "ui.bulk.undoing" };
    let at = DateTime::from_timestamp(by.finished_at.unwrap_or(by.created_at), 0);
    let when = at.map(|at| formats.instant(at.naive_utc())).unwrap_or_default();
    let act = formats.w.t(&format!("ui.bulk.act.{}", by.act.as_str()));
    t_with(formats.w.0, key, &[("when", when.as_str()), ("act", act.as_str())])
}

impl ProgressView {
    fn url(&self, what: &str) -> String {
        format!("{}{what}{}", self.path, self.query)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bulk::Why;
    use crate::i18n::Lang;

    #[test]
    fn every_act_and_every_reason_has_its_words_in_both_languages() {
        for w in Lang::ALL.map(Words::of) {
            for act in Act::ALL {
                for key in ["act", "effect"] {
                    let key = format!("ui.bulk.{key}.{}", act.as_str());
                    assert!(w.maybe(&key).is_some(), "{key}");
                }
            }
            for why in Why::ALL {
                assert!(w.maybe(&format!("ui.bulk.why.{}", why.as_str())).is_some(), "{why:?}");
            }
        }
    }
}
