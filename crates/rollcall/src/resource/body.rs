//! Forms and rows: what was typed as the API takes it, and what there is as a form shows it.

use serde_json::{Map, Value as Json};

use super::config::{config, config_typed};
use super::{ACTIVE, Column, Kind, Screen, Write};
use crate::i18n::Lang;

/// A form as it was sent, or as it is to be shown.
pub(crate) type Form = Vec<(String, String)>;

/// The value of a field.
pub(crate) fn value<'a>(form: &'a [(String, String)], name: &str) -> &'a str {
    form.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.trim())
}

/// Whether a form may say what stands in a column.
pub(crate) fn is_written(column: &Column, making: bool) -> bool {
    column.write == Write::Ever || (making && column.write == Write::Once)
}

/// Whether a screen's form says what stands in a column. Whether somebody may use the panel, no form does: what ends with that is
/// told by a page of its own, which asks first.
pub(crate) fn is_typed(screen: &Screen, column: &Column, making: bool) -> bool {
    let asked_first = screen.resource.keeps_an_admin && column.name == ACTIVE.name;
    is_written(column, making) && !asked_first
}

/// The row that a form describes; `before` is the one that there is, none where one is made.
pub(crate) fn body(screen: &Screen, form: &Form, before: Option<&Map<String, Json>>) -> Map<String, Json> {
    let making = before.is_none();
    let mut body = Map::new();
    let (kind, target) = value(form, "target").split_once(':').unwrap_or_default();
    for column in screen.resource.columns.iter().filter(|column| is_typed(screen, column, making)) {
        let typed = value(form, column.name);
        let taken = match column.kind {
            Kind::Flag => Some(Json::Bool(typed == "true")),
            Kind::Type(_) => Some(kind.into()),
            Kind::Target => Some(number(target)),
            Kind::Object(_) => Some(config(form, before)),
            _ if typed.is_empty() && column.nullable => Some(Json::Null),
            _ if typed.is_empty() && making && column.default.is_some() => None,
            Kind::Int(..) | Kind::Ref(_) => Some(number(typed)),
            Kind::Money => Some(amount(typed).into()),
            _ => Some(typed.into()),
        };
        if let Some(taken) = taken {
            body.insert(column.name.to_owned(), taken);
        }
    }
    // A policy overrides another one where the form names it.
    if screen.resource.column("overrides_id").is_some() {
        let overrides = body.get("overrides_id").is_some_and(|id| !id.is_null());
        body.insert("is_override".to_owned(), overrides.into());
    }
    body
}

/// A number where it is one; what it is instead finds its fault later.
fn number(text: &str) -> Json {
    text.parse::<i64>().map_or_else(|_| text.into(), Json::from)
}

/// What a form shows of a row that there is.
pub(crate) fn typed(screen: &Screen, row: &Map<String, Json>, lang: Lang) -> Form {
    let mut form = Form::new();
    for column in screen.resource.columns {
        let value = row.get(column.name).unwrap_or(&Json::Null);
        match column.kind {
            Kind::Object(_) => config_typed(row, lang, &mut form),
            Kind::Money => form.push((column.name.to_owned(), local(&plain(value), lang))),
            _ => form.push((column.name.to_owned(), plain(value))),
        }
    }
    form
}

/// What a form shows of a row that there is not yet.
pub(crate) fn blank(screen: &Screen, lang: Lang) -> Form {
    let defaults = screen.resource.columns.iter().filter_map(|column| {
        let text = plain(&column.default()?);
        let text = if matches!(column.kind, Kind::Money) { local(&text, lang) } else { text };
        Some((column.name.to_owned(), text))
    });
    defaults.collect()
}

pub(super) fn plain(value: &Json) -> String {
    match value {
        Json::Null => String::new(),
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// An amount as the API writes it, of what somebody typed: `1.234,50`, `1,234.50`, `12,5`. Of two signs the last one ends the whole part,
/// and the other groups it.
pub(crate) fn amount(typed: &str) -> String {
    let typed = typed.replace([' ', '\u{a0}', '\u{202f}', '\''], "");
    match (typed.rfind('.'), typed.rfind(',')) {
        (Some(point), Some(comma)) if point < comma => typed.replace('.', "").replace(',', "."),
        (Some(_), Some(_)) => typed.replace(',', ""),
        _ => typed.replace(',', "."),
    }
}

pub(crate) fn local(number: &str, lang: Lang) -> String {
    if lang == Lang::De { number.replace('.', ",") } else { number.to_owned() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn form(fields: &[(&str, &str)]) -> Form {
        fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn an_amount_is_read_as_lists_write_it() {
        for (typed, meant) in [
            ("12,5", "12.5"),
            ("12.50", "12.50"),
            ("1.234,50", "1234.50"),
            ("1,234.50", "1234.50"),
            ("1\u{a0}234,50", "1234.50"),
            ("1'234.50", "1234.50"),
            ("12,34,56", "12.34.56"),
            ("viel", "viel"),
        ] {
            assert_eq!(amount(typed), meant, "{typed}");
        }
    }

    #[test]
    fn a_policys_config_survives_its_form_in_either_language() {
        let screen = Screen::named("policies").unwrap();
        for config in [
            json!({}),
            json!({"hours_before": 24, "max_cancellations_per_month": 3, "fee": "7.50"}),
            json!({"hours_before": "1.5", "fee_percentage": 40}),
            json!({"fee_tiers": [{"min_hours": 48, "fee": 0}, {"min_hours": 0, "fee": "12.25"}]}),
            json!({"max_reschedules_per_appointment": 0}),
        ] {
            let row = json!({ "config": config }).as_object().unwrap().clone();
            for lang in Lang::ALL {
                let again = body(screen, &typed(screen, &row, lang), Some(&row));
                assert_eq!(again["config"], config, "{lang:?}");
            }
        }
    }

    #[test]
    fn what_is_left_empty_is_nothing_or_the_default() {
        let services = Screen::named("services").unwrap();
        let made = body(services, &form(&[("name", " Cut "), ("price", "12,5"), ("duration_minutes", "")]), None);
        assert_eq!(Json::Object(made), json!({"name": "Cut", "price": "12.5", "is_active": false}));
        let staff = Screen::named("staff").unwrap();
        let changed = body(staff, &form(&[("name", ""), ("branch_id", "x"), ("is_active", "true")]), Some(&Map::new()));
        assert_eq!(Json::Object(changed), json!({"branch_id": "x", "name": "", "email": null, "is_active": true}));
    }
}
