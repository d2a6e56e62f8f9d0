//! Advice in words: what to do, why, and the way there.

use askama::Template;
use rust_decimal::Decimal;

use super::chrome::Viewer;
use super::dashboard::Present;
use super::format::Formats;
use super::query::PageQuery;
use super::words::Icon;
use crate::analytics::advice::Advice;
use crate::i18n::t_with;
use crate::widget::Span;
use crate::widget::panel::{Unit, Value};

#[derive(Template)]
#[template(path = "advice.html")]
struct Item {
    icon: Icon,
    what: String,
    why: String,
    href: String,
    act: String,
}

/// Each piece of advice as an item of a list.
///
/// # Errors
/// Where a template cannot be written, which is a fault of the program.
pub fn advice_html(viewer: &Viewer, present: Present, all: &[Advice]) -> Result<Vec<String>, askama::Error> {
    let formats = Formats { w: viewer.words(), zone: present.zone, now: present.now };
    let company: PageQuery = viewer.query().without(|name| name != "company").cloned().collect();
    let days = Span::window(present.today, 30);
    all.iter().map(|advice| item(advice, days, &formats, &company).render()).collect()
}

fn item(advice: &Advice, days: Span, formats: &Formats, company: &PageQuery) -> Item {
    let w = formats.w;
    let (key, icon, values) = told(advice, formats);
    let said = |what: &str| {
        let values: Vec<_> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
        t_with(w.0, &format!("ui.advice.{key}.{what}"), &values)
    };
    let (path, filters) = place(advice, days);
    let filters: Vec<_> = filters.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let href = company.url(&path, &filters);
    Item { icon: w.icon(icon), what: said("what"), why: said("why"), act: said("act"), href }
}

/// The name of its words, its icon, and the figures in them.
fn told(advice: &Advice, formats: &Formats) -> (&'static str, &'static str, Vec<(&'static str, String)>) {
    let w = formats.w;
    let count = |n: &i64| formats.count(*n);
    let missed = |name: &String, missed: &i64, of: &i64, usual: Decimal| {
        let rate = formats.percent(usual);
        vec![("name", name.clone()), ("part", count(missed)), ("all", count(of)), ("rate", rate)]
    };
    match advice {
        Advice::ChangePolicy { policy_type, violations, of, compliance } => {
            let name = formats.value(&Value::term("policy_type", policy_type), Unit::Text);
            let rate = formats.percent(*compliance);
            let values = vec![("name", name), ("part", count(violations)), ("all", count(of)), ("rate", rate)];
            ("policy", "shield-check", values)
        }
        Advice::Call { customer, email, violations } => {
            let name = email.clone().unwrap_or_else(|| w.with("ui.advice.call.nameless", "id", customer));
            ("call", "users", vec![("name", name), ("part", count(violations))])
        }
        Advice::LookAtStaff { name, missed: part, of, usual, .. } => {
            ("staff", "identification", missed(name, part, of, *usual))
        }
        Advice::LookAtBranch { name, missed: part, of, usual, .. } => {
            ("branch", "building-storefront", missed(name, part, of, *usual))
        }
        Advice::MendChannel { channel, reason, failures, of } => {
            let key = if channel.is_some() { "channel" } else { "reason" };
            let named = |channel: &String| formats.value(&Value::term("channel", channel), Unit::Text);
            let name = channel.as_ref().map(named).unwrap_or_default();
            let reason = ("reason", reason.clone());
            (key, "bell-alert", vec![("name", name), reason, ("part", count(failures)), ("all", count(of))])
        }
    }
}

/// Where one can act, and what that is narrowed by.
fn place(advice: &Advice, days: Span) -> (String, Vec<(&'static str, String)>) {
    let missed = |filter: &'static str, id: &i64| {
        let (from, until) = (days.first.to_string(), days.last.to_string());
        let status = ("status", "no_show".to_owned());
        let filters = vec![(filter, id.to_string()), status, ("starts_at_from", from), ("starts_at_until", until)];
        ("/admin/appointments".to_owned(), filters)
    };
    match advice {
        Advice::ChangePolicy { policy_type, .. } => {
            ("/admin/policies".to_owned(), vec![("policy_type", (*policy_type).to_owned())])
        }
        Advice::Call { customer, .. } => (format!("/admin/customers/{customer}"), Vec::new()),
        Advice::LookAtStaff { staff, .. } => missed("staff_id", staff),
        Advice::LookAtBranch { branch, .. } => missed("branch_id", branch),
        Advice::MendChannel { .. } => ("/admin/notifications/failed".to_owned(), Vec::new()),
    }
}
