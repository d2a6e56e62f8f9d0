//! Words and icons for the templates, in one language.

use std::borrow::Cow;
use std::fmt::{self, Display};

use crate::i18n::{Hours, Lang, t, t_with, try_t};
use crate::web::assets;
use crate::widget::panel::Status;

/// The words of one language, and how its reader is told times of day; templates call it `w`.
#[derive(Clone, Copy, Debug)]
pub struct Words(pub Lang, pub Hours);

impl Words {
    /// The words of a language, with times as they are usual in it.
    #[must_use]
    pub fn of(lang: Lang) -> Self {
        Self(lang, Hours::default())
    }

    /// The word for `key`.
    #[must_use]
    pub fn t(self, key: &str) -> String {
        t(self.0, key).into_owned()
    }

    /// The sentence for `key`, with `%{name}` replaced by `value`.
    #[must_use]
    pub fn with(self, key: &str, name: &str, value: impl Display) -> String {
        t_with(self.0, key, &[(name, &value.to_string())])
    }

    /// The sentence for so many: `key.one` or `key.other`, with `%{n}` replaced by `shown`.
    #[must_use]
    pub fn count(self, key: &str, n: i64, shown: impl Display) -> String {
        let form = if n == 1 { "one" } else { "other" };
        self.with(&format!("{key}.{form}"), "n", shown)
    }

    /// The word for `key`; none where the language has none.
    #[must_use]
    pub fn maybe(self, key: &str) -> Option<String> {
        try_t(self.0, key).filter(|word| !word.is_empty()).map(Cow::into_owned)
    }

    /// What a browser takes for a number in a field of that `inputmode`: a whole one, or an amount as lists write it.
    #[must_use]
    pub fn number_pattern(self, mode: &str) -> &'static str {
        if mode == "numeric" { r"\s*[0-9]+\s*" } else { "\\s*[0-9][0-9.,'\u{a0}\u{202f} ]*" }
    }

    /// What a status is called: a word stands beside every colour.
    #[must_use]
    pub fn status(self, status: Status) -> String {
        self.t(match status {
            Status::Good => "ui.status.good",
            Status::Warning => "ui.status.warning",
            Status::Bad => "ui.status.bad",
            Status::Neutral => "ui.status.neutral",
        })
    }

    /// The icon of that name, from the sprite that the front end's build makes of Heroicons.
    #[must_use]
    pub fn icon(self, name: &'static str) -> Icon {
        Icon(name)
    }
}

/// A decorative icon, as markup.
#[derive(Clone, Copy, Debug)]
pub struct Icon(&'static str);

impl Display for Icon {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sprite = &assets::urls().icons;
        write!(to, r##"<svg class="icon" aria-hidden="true"><use href="{sprite}#{}"></use></svg>"##, self.0)
    }
}

/// The class, in the style sheet, of a status.
#[must_use]
pub fn status_class(status: Status) -> &'static str {
    match status {
        Status::Good => "is-good",
        Status::Warning => "is-warning",
        Status::Bad => "is-bad",
        Status::Neutral => "is-neutral",
    }
}

/// The icon of a status: a sign that is told apart without its colour.
#[must_use]
pub fn status_icon(status: Status) -> Icon {
    Icon(match status {
        Status::Good => "check-circle",
        Status::Warning => "exclamation-triangle",
        Status::Bad => "exclamation-circle",
        Status::Neutral => "minus-circle",
    })
}
