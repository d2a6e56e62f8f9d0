//! What resources, their columns and their values are called.

use crate::bulk::Act;
use crate::i18n::t_with;
use crate::resource::{Column, Kind, Screen, Wrong};
use crate::web::view::words::Words;

/// What a column is called, on this screen or on all of them.
pub(super) fn label(w: Words, screen: &Screen, column: &str) -> String {
    let own = w.maybe(&format!("ui.field.{}.{column}", screen.name));
    own.unwrap_or_else(|| w.t(&format!("ui.field.{column}")))
}

/// What a word that a column may hold is called; the word itself where another application made it up.
pub(super) fn term(w: Words, column: &Column, word: &str) -> String {
    let vocabulary = match (column.kind, column.name) {
        (Kind::Type(_), _) => "term.thing",
        (_, "journey_status") => "term.journey",
        (_, "role") => "ui.role",
        (_, "actor_kind") => "term.actor",
        (_, "subject_kind") => "term.thing",
        (_, "kind") => "term.security",
        (_, name) => return w.maybe(&format!("term.{name}.{word}")).unwrap_or_else(|| word.to_owned()),
    };
    w.maybe(&format!("{vocabulary}.{word}")).unwrap_or_else(|| word.to_owned())
}

/// What a truth value is called.
pub(super) fn flag(w: Words, column: &str, value: bool) -> String {
    let key = if value { "yes" } else { "no" };
    w.maybe(&format!("term.{column}.{key}")).unwrap_or_else(|| w.t(&format!("ui.{key}")))
}

/// Why a value will not do.
pub(super) fn wrong(w: Words, wrong: &Wrong) -> String {
    match wrong {
        Wrong::Line(most) => w.with("ui.wrong.line", "n", most),
        Wrong::Whole(least, most) => w.with("ui.wrong.whole", "n", format!("{least}–{most}")),
        Wrong::Email(_) => w.t("ui.wrong.email"),
        Wrong::OneOf(_) | Wrong::NoType { .. } => w.t("ui.wrong.one_of"),
        Wrong::Money => w.t("ui.wrong.money"),
        Wrong::Missing => w.t("ui.wrong.missing"),
        Wrong::Circle => w.t("ui.wrong.circle"),
        Wrong::NoRow(_) | Wrong::Id => w.t("ui.wrong.no_row"),
        Wrong::Flag | Wrong::Instant | Wrong::Text | Wrong::Object | Wrong::Other(_) => w.t("ui.wrong.other"),
    }
}

/// What it means to choose nothing in a field.
pub(super) fn nothing(w: Words, field: &str) -> String {
    w.maybe(&format!("ui.form.nothing_{field}")).unwrap_or_else(|| w.t("ui.form.nothing"))
}

/// What is done to many rows of a list. An act that names the rows itself needs nothing before it.
pub(super) fn bulk_title(w: Words, screen: &Screen, act: Act) -> String {
    let (list, act) = (w.t(&format!("ui.nav.{}", screen.name)), w.t(&format!("ui.bulk.act.{}", act.as_str())));
    if act.to_lowercase().contains(&list.to_lowercase()) {
        return act;
    }
    t_with(w.0, "ui.bulk.title", &[("list", list.as_str()), ("act", act.as_str())])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::Lang;
    use crate::resource::{ABOVE, SCREENS, TOKENS};

    #[test]
    fn every_screen_column_and_word_has_its_name_in_both_languages() {
        for w in Lang::ALL.map(Words::of) {
            for screen in SCREENS.into_iter().chain(ABOVE).chain([&TOKENS]) {
                for key in ["nav", "list.empty"] {
                    let key = format!("ui.{key}.{}", screen.name);
                    assert!(w.maybe(&key).is_some(), "{key}");
                }
                for column in screen.resource.columns {
                    let keys =
                        [format!("ui.field.{}.{}", screen.name, column.name), format!("ui.field.{}", column.name)];
                    assert!(keys.iter().any(|key| w.maybe(key).is_some()), "{keys:?}");
                    let words: Vec<&str> = match column.kind {
                        Kind::OneOf(words) => words.to_vec(),
                        Kind::Type(types) => types.iter().map(|names| names[0]).collect(),
                        _ => Vec::new(),
                    };
                    for word in words {
                        let shown = term(w, column, word);
                        assert!(shown != word || word == "sms", "{} {word}", column.name);
                    }
                }
            }
        }
    }
}
