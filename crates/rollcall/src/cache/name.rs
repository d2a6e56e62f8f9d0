//! What a kept value is called: `rollcall:company_42:widget:policy_trend:30d.de:v1`.

use std::fmt::{self, Display, Write};
use std::sync::OnceLock;
use std::time::Duration;

use sha2::{Digest, Sha256};
use tiercache::{Key, seeded};

use super::Level;

/// What all names begin with.
const PREFIX: &str = "rollcall:";

/// What kinds of values are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// A widget, drawn.
    Widget,
    /// A widget's figures.
    Json,
    /// What stands in the middle of a dashboard.
    Dashboard,
    /// The figures of the navigation.
    Badges,
    /// What stands around a page, for one person.
    Shell,
    /// A whole answer, compressed: a page for one person, or one of the above.
    Answer,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Widget, Self::Json, Self::Dashboard, Self::Badges, Self::Shell, Self::Answer];

    /// Its word in names and metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Widget => "widget",
            Self::Json => "json",
            Self::Dashboard => "dashboard",
            Self::Badges => "badges",
            Self::Shell => "shell",
            Self::Answer => "answer",
        }
    }

    /// Where it is kept.
    #[must_use]
    pub const fn level(self) -> Level {
        match self {
            Self::Widget | Self::Json | Self::Dashboard | Self::Badges => Level::Shared,
            Self::Shell | Self::Answer => Level::Personal,
        }
    }
}

/// The name of a kept value, and how long it counts as fresh.
#[derive(Clone, Debug)]
pub struct Name {
    key: Key,
    kind: Kind,
    subject: &'static str,
    ttl: Duration,
}

impl Name {
    /// The name of a company's value; `variant` says all else that the value depends on, besides its version: choices, language,
    /// role, day.
    #[must_use]
    pub fn new(company: i64, kind: Kind, subject: &'static str, variant: impl Display, ttl: Duration) -> Self {
        let mut text = String::with_capacity(96);
        let named = if seeded::on("company-left-out") { 0 } else { company };
        // Writing to a string does not fail.
        let _ = write!(text, "{PREFIX}company_{named}:{}:{subject}:{variant}:{}", kind.as_str(), format_version());
        Self { key: Key::new(company, text), kind, subject, ttl }
    }

    /// The name of an answer made of this value, in one encoding.
    #[must_use]
    pub fn answered(&self, encoding: super::Encoding) -> Self {
        let kind = Kind::Answer;
        let rest = self.key.text().strip_prefix(&Self::prefix(self.key.owner())).unwrap_or(self.key.text());
        let rest = rest.strip_suffix(format_version()).unwrap_or(rest).trim_end_matches(':').replace(':', ".");
        Self::new(self.key.owner(), kind, self.subject, format_args!("{rest}.{}", encoding.as_str()), self.ttl)
    }

    /// What all names of a company begin with.
    #[must_use]
    pub fn prefix(company: i64) -> String {
        format!("{PREFIX}company_{company}:")
    }

    pub(super) fn key(&self) -> &Key {
        &self.key
    }

    /// The name itself.
    #[must_use]
    pub fn text(&self) -> &str {
        self.key.text()
    }

    /// The kind of value.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The widget's key, or what else it is about.
    #[must_use]
    pub fn subject(&self) -> &'static str {
        self.subject
    }

    pub(super) fn ttl(&self) -> Duration {
        self.ttl
    }
}

impl Display for Name {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(self.key.text())
    }
}

/// Which program's values these are: another release draws other pages from the same figures, and finds its styles under
/// other names. Nodes of both may share one Redis while they are replaced one by one.
fn format_version() -> &'static str {
    static VERSION: OnceLock<String> = OnceLock::new();
    VERSION.get_or_init(|| {
        let urls = format!("{:?}", crate::web::assets::urls());
        let hash = Sha256::new().chain_update(env!("SOURCE_HASH")).chain_update(urls).finalize();
        let mut version = "v1-".to_owned();
        version.extend(hash.iter().take(4).map(|byte| format!("{byte:02x}")));
        version
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_whose_it_is_and_nobody_elses_begins_like_it() {
        let name = Name::new(42, Kind::Widget, "policy_trend", "30d.de.20261122", Duration::from_secs(300));
        let text = name.to_string();
        assert!(text.starts_with("rollcall:company_42:widget:policy_trend:30d.de.20261122:v1-"), "{text}");
        assert!(text.starts_with(&Name::prefix(42)) && !text.starts_with(&Name::prefix(4)));
        assert_eq!(name.key().owner(), 42);
    }
}
