//! Words, by language.
//!
//! They stand in `locales/`, one file a subject with both languages side by side, and are compiled into the program.

use std::borrow::Cow;
use std::fmt::{self, Display};
use std::str::FromStr;

/// A language that the panel speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Lang {
    /// German, the default of `companies.locale`.
    #[default]
    De,
    /// English.
    En,
}

impl Lang {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::De, Self::En];

    /// The two-letter code, as in `<html lang>`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::De => "de",
            Self::En => "en",
        }
    }
}

impl Display for Lang {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How somebody is told times of day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Hours {
    /// From 0 to 24: `13:05`.
    #[default]
    TwentyFour,
    /// Twice from 12 to 11: `1:05 pm`.
    Twelve,
}

impl Hours {
    /// Both of them.
    pub const ALL: [Self; 2] = [Self::TwentyFour, Self::Twelve];

    /// Its name: in the database, in the cookie, and in the names of what is kept.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TwentyFour => "24",
            Self::Twelve => "12",
        }
    }

    /// The one of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|hours| hours.as_str() == name)
    }
}

/// The panel does not speak this language.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a language of the panel: de, en")]
pub struct UnknownLang(pub String);

impl FromStr for Lang {
    type Err = UnknownLang;

    /// Takes a language tag such as `de`, `en-GB` or Laravel's `de_AT`: the language counts, the country does not.
    fn from_str(tag: &str) -> Result<Self, UnknownLang> {
        let language = tag.split(['-', '_']).next().unwrap_or_default();
        Self::ALL
            .into_iter()
            .find(|lang| lang.as_str().eq_ignore_ascii_case(language))
            .ok_or_else(|| UnknownLang(tag.to_owned()))
    }
}

/// The words of `key`; the key itself where there are none.
#[must_use]
pub fn t(lang: Lang, key: &str) -> Cow<'static, str> {
    try_t(lang, key).unwrap_or_else(|| Cow::Owned(key.to_owned()))
}

/// The words of `key`; none where that language has none. One language never stands in for the other.
#[must_use]
pub fn try_t(lang: Lang, key: &str) -> Option<Cow<'static, str>> {
    crate::_rust_i18n_try_translate(lang.as_str(), key)
}

/// The words of `key` with each `%{name}` replaced by its value. Values are put in as they are, and once.
#[must_use]
pub fn t_with(lang: Lang, key: &str, values: &[(&str, &str)]) -> String {
    let (names, values): (Vec<&str>, Vec<String>) =
        values.iter().map(|(name, value)| (*name, (*value).to_owned())).unzip();
    rust_i18n::replace_patterns(&t(lang, key), &names, &values)
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    #[test]
    fn every_language_has_its_own_words() {
        assert_eq!(t(Lang::De, "widget.policy_trend.title"), "Richtlinien im Verlauf");
        assert_eq!(t(Lang::En, "widget.policy_trend.title"), "Policy trend");
    }

    #[test]
    fn both_languages_have_the_same_keys_and_the_same_blanks_to_fill_in() {
        let words = |lang: Lang| {
            let words = crate::_rust_i18n_backend().messages_for_locale(lang.as_str()).unwrap();
            words.into_iter().map(|(key, words)| (key, blanks(&words))).collect::<BTreeMap<_, _>>()
        };
        let (german, english) = (words(Lang::De), words(Lang::En));
        assert!(german.len() > 100, "only {} words", german.len());
        assert_eq!(german, english);
    }

    fn blanks(words: &str) -> BTreeSet<String> {
        words.split("%{").skip(1).map(|rest| rest.split('}').next().unwrap().to_owned()).collect()
    }

    #[test]
    fn missing_words_show_their_key() {
        assert_eq!(try_t(Lang::De, "no.such.key"), None);
        assert_eq!(t(Lang::En, "no.such.key"), "no.such.key");
    }

    #[test]
    fn values_are_filled_in_once() {
        assert_eq!(t_with(Lang::En, "%{a} of %{b}", &[("a", "%{b}"), ("b", "2")]), "%{b} of 2");
    }

    #[test]
    fn a_tag_is_known_by_its_language() {
        for tag in ["de", "DE", "de-AT", "de_DE"] {
            assert_eq!(tag.parse(), Ok(Lang::De), "{tag}");
        }
        assert_eq!("en-GB".parse(), Ok(Lang::En));
        for tag in ["", "fr", "deutsch", "-de"] {
            assert_eq!(tag.parse::<Lang>(), Err(UnknownLang(tag.to_owned())), "{tag}");
        }
    }
}
