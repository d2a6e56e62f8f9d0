//! What a policy is among the company's others, as a card.

use askama::Template;
use serde_json::{Value as Json, json};

use super::cell::{Links, object};
use crate::analytics::currency::Currency;
use crate::policy::PolicyType;
use crate::resource::SCREENS;
use crate::web::view::chrome::Chrome;
use crate::web::view::format::Formats;
use crate::web::view::words::Words;

/// Another policy.
#[derive(Clone, Debug)]
pub struct NamedPolicy {
    /// Its id.
    pub id: i64,
    /// What it hangs on: `branch`.
    pub on: &'static str,
    /// Which one.
    pub on_id: i64,
    /// What that is called.
    pub name: String,
}

/// Other policies, and how many more there are.
#[derive(Clone, Debug, Default)]
pub struct Among {
    /// The first of them.
    pub named: Vec<NamedPolicy>,
    /// So many more.
    pub more: usize,
}

/// Whether a policy applies where it hangs.
#[derive(Clone, Debug)]
pub enum Force {
    /// It does.
    Applies,
    /// It is switched off.
    Off,
    /// Another one on the same place does.
    Beaten(NamedPolicy),
}

/// What a key says in the end.
#[derive(Clone, Debug)]
pub struct Value {
    /// The key.
    pub key: &'static str,
    /// Its value; none where it is taken away.
    pub value: Option<Json>,
    /// The policy beneath that says so; none: this one.
    pub from: Option<NamedPolicy>,
}

/// What a policy is among the others.
#[derive(Clone, Debug)]
pub struct Standing {
    pub(crate) policy_type: PolicyType,
    pub(crate) here: NamedPolicy,
    pub(crate) force: Force,
    pub(crate) values: Vec<Value>,
    /// What it overrides, the next one first.
    pub(crate) overrides: Vec<NamedPolicy>,
    /// What overrides it.
    pub(crate) overriding: Among,
    /// What wins over it, and over what it wins, where both apply.
    pub(crate) stronger: Among,
    pub(crate) weaker: Among,
    pub(crate) currency: Currency,
}

/// The card.
#[derive(Template)]
#[template(path = "policy_standing.html")]
pub struct StandingPanel {
    w: Words,
    standing: Shown,
}

/// A standing, in words.
pub(super) struct Shown {
    /// What applies, and where that comes from.
    pub(super) values: Vec<(String, Link)>,
    /// What the policy hangs on.
    place: Link,
    pub(super) force: (&'static str, &'static str, String),
    pub(super) winner: Option<Link>,
    overrides: Vec<Link>,
    others: Vec<(String, Vec<Link>, usize)>,
    /// So many lists of these are of policies that go before it.
    ahead: usize,
}

/// A policy's name and address; without an address it is the policy itself, or none.
pub(super) struct Link {
    pub(super) name: String,
    pub(super) href: Option<String>,
}

impl Shown {
    pub(super) fn of(chrome: &Chrome, formats: Option<&Formats>, standing: &Standing) -> Self {
        let w = chrome.w();
        // Neither amounts nor notices know the time.
        let plain = Formats { w, zone: chrono_tz::Tz::UTC, now: chrono::DateTime::UNIX_EPOCH };
        let formats = formats.unwrap_or(&plain);
        let link = |policy: &NamedPolicy| Link {
            name: format!("{} ({}, {})", policy.name, w.t(&format!("term.thing.{}", policy.on)), policy.id),
            href: Some(chrome.in_company(&format!("/admin/policies/{}", policy.id))),
        };
        let from = |value: &Value| match &value.from {
            Some(policy) => link(policy),
            None => Link { name: w.t("ui.standing.this"), href: None },
        };
        let of_type = |value: &&Value| counts(standing.policy_type, value.key);
        let mut values: Vec<_> = standing
            .values
            .iter()
            .filter(of_type)
            .map(|it| {
                let said = it.value.as_ref().map(|value| object(formats, &json!({ it.key: value }), standing.currency));
                (said.unwrap_or_else(|| w.t(&format!("ui.standing.taken.{}", group(it.key)))), from(it))
            })
            .collect();
        let said =
            |of: &str| standing.values.iter().any(|it| group(it.key) == of && counts(standing.policy_type, it.key));
        let rule = || Link { name: w.t("ui.standing.nobody"), href: None };
        if !said("fee") {
            values.push((w.t("ui.config.default"), rule()));
        }
        if !said("limit") && standing.policy_type != PolicyType::NoShow {
            values.insert(0, (w.t("ui.standing.no_limit"), rule()));
        }
        let (class, icon, key) = match standing.force {
            Force::Applies => ("is-good", "check-circle", "applies"),
            Force::Off => ("is-neutral", "minus-circle", "off"),
            Force::Beaten(_) => ("is-warning", "exclamation-triangle", "beaten"),
        };
        let winner = match &standing.force {
            Force::Beaten(policy) => Some(link(policy)),
            _ => None,
        };
        let links = |key: &str, among: &Among| {
            (w.t(&format!("ui.standing.{key}")), among.named.iter().map(link).collect::<Vec<_>>(), among.more)
        };
        let others = [
            links("overriding", &standing.overriding),
            links("stronger", &standing.stronger),
            links("weaker", &standing.weaker),
        ];
        let ahead = [&standing.overriding, &standing.stronger].iter().filter(|among| !among.named.is_empty()).count();
        let others = others.into_iter().filter(|(_, links, _)| !links.is_empty()).collect();
        let here = &standing.here;
        let screen = SCREENS.into_iter().find(|screen| screen.resource.thing.as_str() == here.on);
        let place = Link {
            name: format!("{} ({})", here.name, w.t(&format!("term.thing.{}", here.on))),
            href: screen.and_then(|screen| Links(chrome).to(screen, here.on_id)),
        };
        let force = (class, icon, w.t(&format!("ui.standing.{key}")));
        let overrides = standing.overrides.iter().map(link).collect();
        Self { values, place, force, winner, overrides, others, ahead }
    }

    /// The policies that override it, and those that win where they apply.
    pub(super) fn ahead(&self) -> &[(String, Vec<Link>, usize)] {
        self.others.get(..self.ahead).unwrap_or_default()
    }
}

/// Whether a key means anything to a policy of that type.
fn counts(policy_type: PolicyType, key: &str) -> bool {
    match key {
        "hours_before" => policy_type != PolicyType::NoShow,
        "max_cancellations_per_month" => policy_type == PolicyType::Cancellation,
        "max_reschedules_per_appointment" => policy_type == PolicyType::Reschedule,
        _ => true,
    }
}

fn group(key: &str) -> &'static str {
    if key.starts_with("fee") { "fee" } else { "limit" }
}

impl StandingPanel {
    /// The card.
    #[must_use]
    pub(crate) fn new(chrome: &Chrome, standing: &Standing) -> Self {
        Self { w: chrome.w(), standing: Shown::of(chrome, None, standing) }
    }

    /// Its HTML.
    ///
    /// # Errors
    /// Where a template cannot be written, which is a fault of the program.
    pub fn html(&self) -> Result<String, askama::Error> {
        self.render()
    }
}
