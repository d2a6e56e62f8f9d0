//! The fields of a row's form.

use super::form::{Field, FormDraft, Input, Offer, words};
use super::words::{flag, label, wrong};
use crate::resource::{Column, Fault, Kind, Screen, Wrong, is_typed, limits, value};
use crate::web::view::words::Words;

/// Makes the fields of a form.
pub(super) struct Maker<'a> {
    pub(super) w: Words,
    pub(super) screen: &'static Screen,
    pub(super) draft: &'a FormDraft,
    pub(super) offers: &'a [Offer],
}

impl Maker<'_> {
    /// All of them.
    pub(super) fn fields(&self, making: bool, policy_type: &str) -> Vec<Field> {
        let columns = self.screen.resource.columns.iter();
        let shown = columns.filter(|column| column.name != "is_override" && column.name != "policy_type");
        let shown =
            shown.filter(|column| !matches!(column.kind, Kind::Type(_)) && is_typed(self.screen, column, making));
        shown
            .flat_map(|column| match column.kind {
                Kind::Object(_) => self.config(policy_type),
                _ => vec![self.field(column)],
            })
            .collect()
    }

    fn field(&self, column: &'static Column) -> Field {
        let line = |kind, mode, most| Input::Line { kind, mode, most };
        let (name, input) = match column.kind {
            Kind::Flag => (column.name, Input::Check),
            Kind::OneOf(_) => (column.name, Input::Choice(vec![(String::new(), words(self.w, column))])),
            Kind::Target => ("target", Input::Choice(self.targets())),
            Kind::Ref(_) => (column.name, Input::Choice(vec![(String::new(), self.offered(column.name))])),
            Kind::Email => (column.name, line("email", "email", 255)),
            Kind::Int(least, most) => {
                let wanted = wrong(self.w, &Wrong::Whole(least, most));
                (column.name, Input::Number { mode: "numeric", wanted, range: Some((least, most)) })
            }
            Kind::Money => {
                let wanted = wrong(self.w, &Wrong::Money);
                (column.name, Input::Number { mode: "decimal", wanted, range: None })
            }
            Kind::Text(most) => (column.name, line("text", "text", most)),
            _ => (column.name, Input::Fixed),
        };
        let label = match column.kind {
            Kind::Flag => flag(self.w, column.name, true),
            _ => label(self.w, self.screen, column.name),
        };
        let required = !column.nullable && !matches!(column.kind, Kind::Flag);
        self.made(name, label, input, required)
    }

    fn made(&self, name: &str, label: String, input: Input, required: bool) -> Field {
        let typed = value(&self.draft.form, name).to_owned();
        let is_about = |fault: &&Fault| {
            let about = fault.about();
            let of_target = name == "target" && matches!(about, "configurable_type" | "configurable_id");
            let of_config = about.strip_prefix("config/").is_some_and(|rest| rest.split('/').next() == Some(name));
            about == name || of_target || of_config
        };
        let error = self.draft.faults.iter().find(is_about).map(|fault| match &fault.wrong {
            _ if typed.is_empty() && required => self.w.t("ui.wrong.missing"),
            Wrong::Other(_) if fault.about().starts_with("config") => self.wanted(name),
            other => wrong(self.w, other),
        });
        let of = |whose: &str| self.w.maybe(&format!("ui.help.{whose}.{name}"));
        let help = of(value(&self.draft.form, "policy_type")).or_else(|| of(self.screen.name));
        let help = help.or_else(|| self.w.maybe(&format!("ui.help.{name}")));
        Field { name: name.to_owned(), label, input, value: typed, required, error, help }
    }

    fn offered(&self, field: &str) -> Vec<(String, String)> {
        let offers = self.offers.iter().filter(|offer| offer.field == field);
        let mut offers: Vec<_> = offers.map(|offer| (offer.value.clone(), offer.name.clone())).collect();
        let typed = value(&self.draft.form, field);
        if !typed.is_empty() && !offers.iter().any(|(value, _)| value == typed) {
            offers.push((typed.to_owned(), typed.to_owned()));
        }
        offers
    }

    fn targets(&self) -> Vec<(String, Vec<(String, String)>)> {
        ["company", "branch", "service", "staff"]
            .map(|kind| {
                let offers = self.offers.iter().filter(|offer| offer.kind == kind);
                let offers = offers.map(|offer| (offer.value.clone(), offer.name.clone())).collect();
                (self.w.t(&format!("term.thing.{kind}")), offers)
            })
            .into()
    }

    /// What a field of a policy's `config` wants.
    fn wanted(&self, name: &str) -> String {
        let kind = match name {
            "hours_before" => "hours",
            "fee" => "fee",
            "fee_percentage" => "percentage",
            "fee_tiers" => "tiers",
            _ => "count",
        };
        self.w.t(&format!("ui.wrong.config.{kind}"))
    }

    /// The fields of a policy of that type.
    fn config(&self, policy_type: &str) -> Vec<Field> {
        let number = |name: &str| match name {
            "hours_before" | "fee" => Input::Number { mode: "decimal", wanted: self.wanted(name), range: None },
            "fee_percentage" => Input::Number { mode: "decimal", wanted: self.wanted(name), range: Some((0, 100)) },
            _ => Input::Number { mode: "numeric", wanted: self.wanted(name), range: None },
        };
        let field = |name: &str, input| self.made(name, self.w.t(&format!("ui.policy.{name}")), input, false);
        let mut fields: Vec<_> = limits(policy_type).iter().map(|name| field(name, number(name))).collect();
        // What overrides nothing has nothing to take its fee from.
        let overridable = self.offers.iter().any(|offer| offer.field == "overrides_id");
        let overrides = overridable || !value(&self.draft.form, "overrides_id").is_empty();
        let kinds = ["", "standard", "fee", "fee_percentage", "fee_tiers"].into_iter();
        let kinds = kinds.filter(|kind| overrides || !kind.is_empty()).map(|kind| {
            let key = if kind.is_empty() { "overridden" } else { kind };
            (kind.to_owned(), self.w.t(&format!("ui.policy.kind.{key}")))
        });
        fields.push(field("fee_kind", Input::Choice(vec![(String::new(), kinds.collect())])));
        fields.push(field("fee", number("fee")));
        fields.push(field("fee_percentage", number("fee_percentage")));
        let all = |name: &'static str| {
            self.draft.form.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.clone())
        };
        let mut tiers: Vec<_> = all("tier_hours").zip(all("tier_fee")).collect();
        tiers.resize((tiers.len() + 2).clamp(5, 20), (String::new(), String::new()));
        fields.push(field("fee_tiers", Input::Tiers(tiers)));
        fields
    }
}
