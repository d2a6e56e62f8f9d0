//! The widgets' titles in both languages, from the translations themselves.

const WORDS: &str = include_str!("../../locales/widgets.yml");

/// Every widget, in the order of the dashboard.
pub(crate) fn keys() -> impl Iterator<Item = &'static str> {
    rollcall::widget::ALL.iter().map(|spec| spec.key)
}

/// The title of the widget `key`.
pub(crate) fn title(key: &str, german: bool) -> &'static str {
    let line = WORDS.lines().find_map(|line| line.strip_prefix("widget.")?.strip_prefix(key)?.strip_prefix(".title:"));
    let words = line.and_then(|line| line.split_once(if german { "de: \"" } else { "en: \"" }));
    words.and_then(|(_, rest)| rest.split('"').next()).unwrap_or_default()
}
