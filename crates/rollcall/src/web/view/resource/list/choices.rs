//! What a list can be narrowed by, as the fields of its form.

use super::ListPage;
use crate::resource::{Column, Condition, Kind};
use crate::web::view::resource::words::{flag, label, term};

/// A field of the form.
pub(super) struct Choice {
    pub(super) name: String,
    pub(super) label: String,
    /// The words to choose from; none: it is typed.
    pub(super) options: Vec<(String, String, bool)>,
    /// What is typed: a `date`, a `number`, or `text`.
    pub(super) typed: &'static str,
    pub(super) value: String,
}

impl ListPage {
    /// What the list can be narrowed by in the form.
    pub(super) fn choices(&self) -> Vec<Choice> {
        let screen = self.chosen.screen;
        let set = |parameter: &str| self.chosen.filters.iter().any(|(name, _)| name == parameter);
        let any = |name: &&str| set(name) || set(&format!("{name}_from")) || set(&format!("{name}_until"));
        let shown = screen.filters.iter().filter(|name| !screen.aside.contains(name) || any(name));
        let columns = shown.filter_map(|name| screen.resource.column(name));
        let conditions = screen.conditions.iter().filter(|condition| condition.offered || set(condition.name));
        columns.flat_map(|column| self.choices_of(column)).chain(conditions.map(|it| self.choice_of(it))).collect()
    }

    /// Whether the form offers that value of a column.
    pub(super) fn is_offered(&self, column: &Column, value: &str) -> bool {
        let of_other = self.offered.get(column.name).into_iter().flatten();
        let companies = matches!(column.kind, Kind::Ref("companies")) && self.offers_companies();
        companies || of_other.map(|(id, _)| id.to_string()).any(|id| id == value)
    }

    fn choice_of(&self, condition: &Condition) -> Choice {
        let key = format!("ui.list.condition.{}", condition.name);
        let value = self.chosen.filters.iter().find(|(name, _)| name == condition.name);
        let value = value.map_or_else(String::new, |(_, value)| value.clone());
        let option =
            |(name, _): &(&str, &str)| ((*name).to_owned(), self.w.t(&format!("{key}.{name}")), *name == value);
        let options = condition.options.iter().map(option).collect();
        let label = self.w.t(&format!("{key}.label"));
        Choice { name: condition.name.to_owned(), label, options, typed: "", value }
    }

    fn choices_of(&self, column: &'static Column) -> Vec<Choice> {
        let (w, screen) = (self.w, self.chosen.screen);
        let chosen = |parameter: &str| {
            let given = self.chosen.filters.iter().find(|(name, _)| name == parameter);
            given.map_or_else(String::new, |(_, value)| value.clone())
        };
        let value = chosen(column.name);
        let of = |words: Vec<(String, String)>| {
            let options = words.into_iter().map(|(word, shown)| (value == word, word, shown));
            let options = options.map(|(chosen, word, shown)| (word, shown, chosen)).collect();
            let label = label(w, screen, column.name);
            vec![Choice { name: column.name.to_owned(), label, options, typed: "", value: value.clone() }]
        };
        let typed = |typed| {
            let (name, label) = (column.name.to_owned(), label(w, screen, column.name));
            vec![Choice { name, label, options: Vec::new(), typed, value: value.clone() }]
        };
        match column.kind {
            Kind::OneOf(words) => {
                let several = value.split(',').map(|word| term(w, column, word)).collect::<Vec<_>>().join(", ");
                let several = value.contains(',').then(|| (value.clone(), several));
                let words = words.iter().map(|word| ((*word).to_owned(), term(w, column, word)));
                of(words.chain(several).collect())
            }
            Kind::Type(types) => {
                of(types.iter().map(|names| (names[0].to_owned(), term(w, column, names[0]))).collect())
            }
            Kind::Flag => of([true, false].map(|value| (value.to_string(), flag(w, column.name, value))).into()),
            Kind::Instant => ["from", "until"]
                .map(|end| {
                    let name = format!("{}_{end}", column.name);
                    let label = w.t(&format!("ui.list.{end}"));
                    // Where it is not the only span, it says of what.
                    let label = match screen.aside.contains(&column.name) {
                        true => format!("{}: {label}", self::label(w, screen, column.name)),
                        false => label,
                    };
                    Choice { label, options: Vec::new(), typed: "date", value: chosen(&name), name }
                })
                .into(),
            Kind::Ref("companies") if self.offers_companies() => {
                of(self.companies.iter().map(|company| (company.id.to_string(), company.name.clone())).collect())
            }
            Kind::Ref(_) if self.offered.contains_key(column.name) => {
                let rows = self.offered.get(column.name).into_iter().flatten();
                of(rows.map(|(id, name)| (id.to_string(), name.clone())).collect())
            }
            Kind::Int(..) | Kind::Ref("companies") => typed("number"),
            Kind::Text(_) => typed("text"),
            _ => Vec::new(),
        }
    }
}
