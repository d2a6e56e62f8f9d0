//! `/admin/reports/new` and `/admin/reports/{id}/edit`: a report as a form.

use askama::Template;

use crate::i18n::Lang;
use crate::reports::schedule::{Cadence, Schedule};
use crate::reports::{ANALYTICS, Attachment, Contents, MOST_RECIPIENTS, Recipient, known};
use crate::web::view::card::title;
use crate::web::view::chrome::Chrome;
use crate::web::view::words::Words;
use crate::widget::{ALL, Period};

/// The longest name, in letters.
const NAME: usize = 120;

/// What was typed.
#[derive(Clone, Debug, Default)]
pub struct ReportDraft(Vec<(String, String)>);

impl ReportDraft {
    /// What the report said that somebody changes, in short; nothing for a new one.
    #[must_use]
    pub fn tag(&self) -> &str {
        self.value("tag")
    }

    /// What a browser sent.
    #[must_use]
    pub fn sent(fields: Vec<(String, String)>) -> Self {
        Self(fields)
    }

    /// What a new report has.
    #[must_use]
    pub fn blank() -> Self {
        let fields =
            [("cadence", "weekly"), ("weekday", "0"), ("month_day", "1"), ("time", "07:00"), ("attachment", "none")];
        let widgets = ["policy_overview", "notification_overview", "staff_performance", "policy_trend"];
        let all = fields.into_iter().chain(widgets.map(|key| ("widget", key)));
        Self(all.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }

    /// What a report has that there is.
    #[must_use]
    pub fn of(contents: &Contents) -> Self {
        let schedule = contents.schedule;
        let mut fields = vec![
            ("name".to_owned(), contents.name.clone()),
            ("cadence".to_owned(), schedule.cadence.as_str().to_owned()),
            ("weekday".to_owned(), schedule.weekday.to_string()),
            ("month_day".to_owned(), schedule.month_day.to_string()),
            ("time".to_owned(), format!("{:02}:{:02}", schedule.minute / 60, schedule.minute % 60)),
            ("period".to_owned(), contents.period.map_or("", Period::name).to_owned()),
            ("branch".to_owned(), contents.branch.map_or_else(String::new, |id| id.to_string())),
            ("attachment".to_owned(), contents.attachment.as_str().to_owned()),
        ];
        fields.extend(contents.widgets.iter().map(|key| ("widget".to_owned(), (*key).to_owned())));
        for it in &contents.recipients {
            fields.push(("recipient".to_owned(), it.user.to_string()));
            fields.push((format!("language_{}", it.user), it.language.map_or("", Lang::as_str).to_owned()));
        }
        Self(fields)
    }

    fn value(&self, name: &str) -> &str {
        self.0.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.trim())
    }

    fn has(&self, name: &str, value: &str) -> bool {
        self.0.iter().any(|(key, given)| key == name && given == value)
    }

    fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The report that it describes.
    ///
    /// # Errors
    /// The names of the fields that will not do.
    pub fn contents(&self) -> Result<Contents, Vec<&'static str>> {
        let mut wrong = Vec::new();
        let mut bad = |name, holds: bool| {
            if !holds {
                wrong.push(name);
            }
        };
        let name = self.value("name");
        bad("name", !name.is_empty() && name.chars().count() <= NAME && !name.chars().any(char::is_control));
        let cadence = Cadence::named(self.value("cadence"));
        bad("cadence", cadence.is_some());
        let number = |name: &str, range: std::ops::RangeInclusive<u32>| {
            self.value(name).parse().ok().filter(|n| range.contains(n))
        };
        let weekday = number("weekday", 0..=6).or_else(|| (cadence != Some(Cadence::Weekly)).then_some(0));
        bad("weekday", weekday.is_some());
        let month_day = number("month_day", 1..=31).or_else(|| (cadence != Some(Cadence::Monthly)).then_some(1));
        bad("month_day", month_day.is_some());
        let minute = minute(self.value("time"));
        bad("time", minute.is_some());
        let period = Some(self.value("period")).filter(|name| !name.is_empty()).map(Period::named);
        bad("period", period != Some(None));
        let branch = Some(self.value("branch")).filter(|id| !id.is_empty()).map(str::parse::<i64>);
        bad("branch", !matches!(branch, Some(Err(_))));
        let attachment = Attachment::named(self.value("attachment"));
        bad("attachment", attachment.is_some());
        let keys: Vec<_> = self.all("widget").map(known).collect();
        let widgets: Vec<_> = choices().filter(|key| keys.contains(&Some(*key))).collect();
        bad("widget", !widgets.is_empty() && keys.iter().all(Option::is_some));
        let users: Vec<_> = self.all("recipient").map(str::parse::<i64>).collect();
        bad("recipient", (1..=MOST_RECIPIENTS).contains(&users.len()) && users.iter().all(Result::is_ok));
        let (Some(cadence), Some(weekday), Some(month_day), Some(minute), Some(attachment), true) =
            (cadence, weekday, month_day, minute, attachment, wrong.is_empty())
        else {
            return Err(wrong);
        };
        let recipient = |user: i64| {
            let language = self.value(&format!("language_{user}")).parse().ok();
            Recipient { user, language, unsubscribed: false }
        };
        let mut users: Vec<_> = users.into_iter().flatten().collect();
        users.sort_unstable();
        users.dedup();
        Ok(Contents {
            name: name.to_owned(),
            schedule: Schedule { cadence, weekday, month_day, minute },
            period: period.flatten(),
            branch: branch.and_then(Result::ok),
            widgets,
            attachment,
            recipients: users.into_iter().map(recipient).collect(),
        })
    }
}

/// A time of day such as `07:30`, in minutes.
fn minute(text: &str) -> Option<u32> {
    let (hours, minutes) = text.split_once(':')?;
    let (hours, minutes) = (hours.parse::<u32>().ok()?, minutes.get(..2)?.parse::<u32>().ok()?);
    (hours < 24 && minutes < 60).then_some(hours * 60 + minutes)
}

/// Everything that can be in a report, in its order.
fn choices() -> impl Iterator<Item = &'static str> {
    ALL.iter().map(|spec| spec.key).chain([ANALYTICS])
}

/// The page.
#[derive(Template)]
#[template(path = "report_form.html")]
pub struct ReportForm {
    w: Words,
    chrome: Chrome,
    draft: ReportDraft,
    /// The report that there is, and what it says, in short.
    id: Option<i64>,
    tag: String,
    wrong: Vec<&'static str>,
    /// The company's users who may get it, and its branches.
    people: Vec<(i64, String)>,
    branches: Vec<(i64, String)>,
    /// Those of them who said that they want no more of it.
    unsubscribed: Vec<i64>,
    zone: &'static str,
}

/// A value that can be chosen, its words, and whether it is.
type Choice = (String, String, bool);

impl ReportForm {
    /// The page.
    #[must_use]
    pub fn new(chrome: Chrome, id: Option<i64>, draft: ReportDraft, zone: chrono_tz::Tz) -> Self {
        let (wrong, people, branches, unsubscribed) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let (w, zone, tag) = (chrome.w(), zone.name(), draft.tag().to_owned());
        Self { w, chrome, draft, id, tag, wrong, people, branches, unsubscribed, zone }
    }

    /// Of a report that says this now. Whoever mistyped has been told of no other change: theirs would be overwritten unseen.
    #[must_use]
    pub fn of(self, tag: String) -> Self {
        if self.tag.is_empty() { Self { tag, ..self } } else { self }
    }

    /// Of a report that says this since somebody changed it: what is saved next is saved over that.
    #[must_use]
    pub fn stale(self, tag: String) -> Self {
        Self { tag, wrong: vec!["stale"], ..self }
    }

    /// With whom it may go to, and the branches that it may be narrowed to.
    #[must_use]
    pub fn offering(self, people: Vec<(i64, String)>, branches: Vec<(i64, String)>, unsubscribed: Vec<i64>) -> Self {
        Self { people, branches, unsubscribed, ..self }
    }

    /// With the fields that will not do.
    #[must_use]
    pub fn failed(self, wrong: Vec<&'static str>) -> Self {
        Self { wrong, ..self }
    }

    /// The page's HTML.
    ///
    /// # Errors
    /// Where a template cannot be written, which is a fault of the program.
    pub fn html(&self) -> Result<String, askama::Error> {
        self.render()
    }

    fn title(&self) -> String {
        let thing = self.w.t("term.thing.report");
        self.w.with(if self.id.is_some() { "ui.form.edit" } else { "ui.form.new" }, "what", thing)
    }

    fn url(&self) -> String {
        let path = self.id.map_or_else(|| "/new".to_owned(), |id| format!("/{id}/edit"));
        self.chrome.in_company(&format!("/admin/reports{path}"))
    }

    fn back(&self) -> String {
        self.chrome.in_company("/admin/reports")
    }

    fn delete(&self) -> Option<String> {
        self.id.map(|id| self.chrome.in_company(&format!("/admin/reports/{id}/delete")))
    }

    fn problem(&self) -> Option<String> {
        let whole = [("stale", "ui.form.stale"), ("total", "ui.reports.wrong.total")];
        if let Some((_, key)) = whole.iter().find(|(name, _)| self.wrong.contains(name)) {
            return Some(self.w.t(key));
        }
        let n = i64::try_from(self.wrong.len()).unwrap_or_default();
        (n > 0).then(|| self.w.count("ui.form.invalid", n, n))
    }

    fn error(&self, field: &str) -> Option<String> {
        if field == "recipient" && self.wrong.contains(&"inactive") {
            return Some(self.w.t("ui.reports.wrong.inactive"));
        }
        self.wrong.contains(&field).then(|| self.w.t(&format!("ui.reports.wrong.{field}")))
    }

    fn one_of(&self, name: &str, all: impl Iterator<Item = (String, String)>) -> Vec<Choice> {
        all.map(|(value, words)| (value.clone(), words, self.draft.value(name) == value)).collect()
    }

    fn cadences(&self) -> Vec<Choice> {
        let word = |it: Cadence| (it.as_str().to_owned(), self.w.t(&format!("ui.reports.cadence.{}", it.as_str())));
        self.one_of("cadence", Cadence::ALL.into_iter().map(word))
    }

    fn weekdays(&self) -> Vec<Choice> {
        let f =
            crate::web::view::format::Formats { w: self.w, zone: chrono_tz::UTC, now: chrono::DateTime::UNIX_EPOCH };
        self.one_of("weekday", (0..7).map(|day| (day.to_string(), f.weekday(day, false))))
    }

    fn periods(&self) -> Vec<Choice> {
        let usual = (String::new(), self.w.t("period.usual"));
        let word = |it: Period| (it.name().to_owned(), self.w.t(&format!("period.{}", it.name())));
        self.one_of("period", std::iter::once(usual).chain(Period::ALL.into_iter().map(word)))
    }

    fn branch_choices(&self) -> Vec<Choice> {
        let all = (String::new(), self.w.t("ui.reports.whole"));
        let branches = self.branches.iter().map(|(id, name)| (id.to_string(), name.clone()));
        self.one_of("branch", std::iter::once(all).chain(branches))
    }

    fn attachments(&self) -> Vec<Choice> {
        let word =
            |it: Attachment| (it.as_str().to_owned(), self.w.t(&format!("ui.reports.attachment.{}", it.as_str())));
        self.one_of("attachment", Attachment::ALL.into_iter().map(word))
    }

    fn widgets(&self) -> Vec<Choice> {
        let word = |key: &str| match key {
            ANALYTICS => self.w.t("ui.reports.analytics"),
            key => title(self.w, key),
        };
        choices().map(|key| (key.to_owned(), word(key), self.draft.has("widget", key))).collect()
    }

    /// Each with the languages to choose from, and whether they want no more of it.
    fn recipients(&self) -> Vec<(Choice, Vec<Choice>, bool)> {
        let one = |(id, name): &(i64, String)| {
            let chosen = self.draft.has("recipient", &id.to_string());
            let language = format!("language_{id}");
            let own = (String::new(), self.w.t("ui.reports.own_language"));
            let names = [("de", "Deutsch"), ("en", "English")].map(|(code, name)| (code.to_owned(), name.to_owned()));
            let languages = self.one_of(&language, std::iter::once(own).chain(names));
            ((id.to_string(), name.clone(), chosen), languages, self.unsubscribed.contains(id))
        };
        self.people.iter().map(one).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(changes: &[(&str, &str)]) -> ReportDraft {
        let ReportDraft(mut fields) = ReportDraft::blank();
        fields
            .extend([("name", "Weekly"), ("recipient", "7")].map(|(name, value)| (name.to_owned(), value.to_owned())));
        for (name, value) in changes {
            fields.retain(|(key, _)| key != name);
            fields.push(((*name).to_owned(), (*value).to_owned()));
        }
        ReportDraft(fields)
    }

    #[test]
    fn a_report_survives_its_form() {
        let contents = draft(&[("language_7", "en"), ("time", "23:59"), ("branch", "4")]).contents().unwrap();
        assert_eq!(ReportDraft::of(&contents).contents().unwrap(), contents);
        assert_eq!((contents.schedule.minute, contents.branch), (1_439, Some(4)));
    }

    #[test]
    fn each_field_that_will_not_do_is_named() {
        for (name, value) in [
            ("name", ""),
            ("name", "a\u{7}"),
            ("cadence", "hourly"),
            ("weekday", "7"),
            ("time", "24:00"),
            ("time", "seven"),
            ("period", "100d"),
            ("branch", "x"),
            ("attachment", "pdf"),
            ("widget", "cache_monitor"),
            ("recipient", "everybody"),
        ] {
            assert_eq!(draft(&[(name, value)]).contents(), Err(vec![name]), "{name}: {value}");
        }
    }
}
