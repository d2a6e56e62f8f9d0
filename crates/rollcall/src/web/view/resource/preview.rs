//! What a policy would have done in the last thirty days, as a panel.

use askama::Template;
use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use chrono_tz::Tz;
use rust_decimal::Decimal;

use super::standing::{Link, Shown, Standing};
use crate::booking::{MOST, PastChanges};
use crate::i18n::{Hours, Lang};
use crate::policy::{Changed, Comparison, Decision, Hit, PolicyType, Reason, Side};
use crate::web::view::chrome::Chrome;
use crate::web::view::format::Formats;
use crate::web::view::words::Words;

/// So many customers and rows are named.
const HITS: usize = 5;
const ROWS: usize = 20;

/// What a policy would have done.
#[derive(Clone, Debug)]
pub struct Previewed {
    standing: Standing,
    days: (NaiveDate, NaiveDate),
    looked_at: usize,
    more: bool,
    guessed: usize,
    governed: usize,
    sides: [Side; 2],
    hits: Vec<Hit>,
    turned: usize,
    changed: usize,
    rows: Vec<Row>,
}

#[derive(Clone, Debug)]
struct Row {
    at: NaiveDateTime,
    appointment: i64,
    customer: (i64, String),
    now: Decision,
    then: Decision,
}

impl Previewed {
    /// What came of a comparison over `changes`, all of the days from the first to the last.
    #[must_use]
    pub(crate) fn new(
        comparison: &Comparison<'_>,
        changes: &PastChanges,
        standing: Standing,
        days: (NaiveDate, NaiveDate),
    ) -> Self {
        let row = |it: &Changed<'_>| Row {
            at: it.past.at,
            appointment: it.past.appointment_id,
            customer: (it.past.customer_id, it.past.customer.clone()),
            now: it.now.clone(),
            then: it.then.clone(),
        };
        Self {
            standing,
            days,
            looked_at: changes.past.len(),
            more: changes.more,
            guessed: changes.guessed,
            governed: comparison.governed,
            sides: [comparison.now, comparison.then],
            hits: comparison.hits.iter().take(HITS).cloned().collect(),
            turned: comparison.changed.iter().filter(|it| it.turns()).count(),
            changed: comparison.changed.len(),
            rows: comparison.changed.iter().take(ROWS).map(row).collect(),
        }
    }
}

/// The panel.
#[derive(Template)]
#[template(path = "policy_preview.html")]
pub struct PreviewPanel {
    w: Words,
    /// Whether anything was recorded that a policy of this type is about.
    has_past: bool,
    /// Whether such a policy allows and denies.
    decides: bool,
    sentences: Vec<String>,
    notes: Vec<String>,
    figures: Vec<[String; 4]>,
    hits: Vec<(Link, String, String)>,
    summary: String,
    rows: Vec<ShownRow>,
    standing: Shown,
}

struct ShownRow {
    at: Link,
    exact: String,
    customer: Link,
    notice: String,
    now: String,
    then: String,
    worse: Option<bool>,
}

impl PreviewPanel {
    /// The panel.
    #[must_use]
    pub(crate) fn new(chrome: &Chrome, zone: Tz, now: DateTime<Utc>, it: &Previewed) -> Self {
        let formats = Formats { w: chrome.w(), zone, now };
        let shown = Shown::of(chrome, Some(&formats), &it.standing);
        let maker = Maker { chrome, f: formats, it };
        let policy_type = it.standing.policy_type;
        let decides = matches!(policy_type, PolicyType::Cancellation | PolicyType::Reschedule);
        Self {
            w: chrome.w(),
            has_past: decides || policy_type == PolicyType::NoShow,
            decides,
            sentences: maker.sentences(),
            notes: maker.notes(),
            figures: maker.figures(decides),
            hits: it.hits.iter().map(|hit| maker.hit(hit)).collect(),
            summary: maker.summary(),
            rows: it.rows.iter().map(|row| maker.row(row, decides)).collect(),
            standing: shown,
        }
    }

    /// Its HTML.
    ///
    /// # Errors
    /// Where a template cannot be written, which is a fault of the program.
    pub fn html(&self) -> Result<String, askama::Error> {
        self.render()
    }
}

struct Maker<'a> {
    chrome: &'a Chrome,
    f: Formats,
    it: &'a Previewed,
}

impl Maker<'_> {
    fn count(&self, n: usize) -> String {
        self.f.count(i64::try_from(n).unwrap_or(i64::MAX))
    }

    fn money(&self, amount: Decimal) -> String {
        self.f.money(amount, self.it.standing.currency)
    }

    fn kind(&self) -> &'static str {
        self.it.standing.policy_type.as_str()
    }

    fn sentences(&self) -> Vec<String> {
        let (w, it) = (self.f.w, self.it);
        let days = format!("{} – {}", self.f.day(it.days.0), self.f.day(it.days.1));
        let text = w.maybe(&format!("ui.preview.looked.{}", self.kind()));
        let Some(text) = text else { return vec![w.t("ui.preview.nothing_to_look_at")] };
        let text = text.replace("%{days}", &days).replace("%{n}", &self.count(it.looked_at));
        vec![text.replace("%{governed}", &self.count(it.governed))]
    }

    fn notes(&self) -> Vec<String> {
        let (w, it) = (self.f.w, self.it);
        let more = it.more.then(|| w.with("ui.preview.more", "n", self.count(MOST)));
        let guessed = (it.guessed > 0).then(|| w.with("ui.preview.guessed", "n", self.count(it.guessed)));
        more.into_iter().chain(guessed).collect()
    }

    /// What is counted, now, with the values, and the difference.
    fn figures(&self, decides: bool) -> Vec<[String; 4]> {
        let [now, then] = self.it.sides;
        let count = |key: &str, of: fn(&Side) -> i64| {
            let difference = of(&then) - of(&now);
            let sign = if difference > 0 { "+" } else { "" };
            let shown =
                [self.f.count(of(&now)), self.f.count(of(&then)), format!("{sign}{}", self.f.count(difference))];
            self.line(key, shown)
        };
        let money = |key: &str, of: fn(&Side) -> Decimal| {
            let difference = of(&then) - of(&now);
            let sign = if difference > Decimal::ZERO { "+" } else { "" };
            let shown = [self.money(of(&now)), self.money(of(&then)), format!("{sign}{}", self.money(difference))];
            self.line(key, shown)
        };
        if !decides {
            return vec![money("fees_no_show", |side| side.fees)];
        }
        let mut lines = vec![
            count("allowed", |side| side.allowed),
            count("denied", Side::denied),
            count("too_short", |side| side.too_short),
            count("too_many", |side| side.too_many),
        ];
        if now.unreadable + then.unreadable > 0 {
            lines.push(count("unreadable", |side| side.unreadable));
        }
        lines.push(money("fees", |side| side.fees));
        lines.push(money("forced", |side| side.forced));
        lines
    }

    fn line(&self, key: &str, [now, then, difference]: [String; 3]) -> [String; 4] {
        [self.f.w.t(&format!("ui.preview.figure.{key}")), now, then, difference]
    }

    fn customer(&self, id: i64, name: &str) -> Link {
        let name = if name.is_empty() { id.to_string() } else { name.to_owned() };
        Link { name, href: Some(self.chrome.in_company(&format!("/admin/customers/{id}"))) }
    }

    fn hit(&self, hit: &Hit) -> (Link, String, String) {
        let sign = if hit.fee > Decimal::ZERO { "+" } else { "" };
        (self.customer(hit.id, &hit.name), self.f.count(hit.denials), format!("{sign}{}", self.money(hit.fee)))
    }

    fn summary(&self) -> String {
        let (w, it) = (self.f.w, self.it);
        if it.changed == 0 {
            return w.t("ui.preview.same");
        }
        let text = w.with("ui.preview.changed", "n", self.count(it.changed));
        let text = text.replace("%{turned}", &self.count(it.turned));
        if it.changed > ROWS { format!("{text} {}", w.with("ui.preview.first", "n", ROWS)) } else { text }
    }

    fn row(&self, row: &Row, decides: bool) -> ShownRow {
        let href = self.chrome.in_company(&format!("/admin/appointments/{}", row.appointment));
        let worse = (row.now.allowed != row.then.allowed).then_some(row.now.allowed);
        let notice = self.f.decimal(row.now.notice_hours, 1);
        ShownRow {
            at: Link { name: self.f.instant(row.at), href: Some(href) },
            exact: self.f.exact(row.at),
            customer: self.customer(row.customer.0, &row.customer.1),
            notice: if decides { format!("{notice} h") } else { String::new() },
            now: self.answer(&row.now, decides),
            then: self.answer(&row.then, decides),
            worse,
        }
    }

    fn answer(&self, decision: &Decision, decides: bool) -> String {
        let fee = self.money(decision.fee);
        let key = match decision.reason {
            _ if !decides => return fee,
            None => "allowed",
            Some(Reason::NoticeTooShort) => "too_short",
            Some(Reason::TooManyCancellations | Reason::TooManyReschedules) => "too_many",
            Some(Reason::UnreadablePolicy) => "unreadable",
        };
        format!("{}, {fee}", self.f.w.t(&format!("ui.preview.answer.{key}")))
    }
}

#[derive(Template)]
#[template(path = "policy_preview_problem.html")]
struct Problem {
    w: Words,
    wrong: Vec<(String, String)>,
}

/// Says that nothing can be said of values that will not do, and of which fields.
///
/// # Errors
/// Where a template cannot be written, which is a fault of the program.
pub fn preview_problem(lang: Lang, wrong: Vec<(String, String)>) -> Result<String, askama::Error> {
    Problem { w: Words(lang, Hours::default()), wrong }.render()
}
