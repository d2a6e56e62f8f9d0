//! Reports that go out by mail: which figures, when, to whom.
//!
//! A report is a row with the time at which it is due next ([`schedule`]). Whoever moves that time on makes a row for each
//! mail, in one transaction, so that of several nodes one does ([`run`]); mails are leased, sent and tried again like
//! notifications. The figures are read at the moment of sending, under the rights that the recipient has then, by what the
//! dashboard calls ([`figures`]).

mod figures;
mod mails;
mod offered;
mod rows;
mod run;
pub mod schedule;
mod store;
pub mod unsubscribe;

pub use figures::{Card, Figures, figures};
pub use mails::{Mailed, Status, history};
pub(crate) use offered::{named, readers};
pub use run::{Reporter, send_due};
pub use store::{change, create, delete, find, list, pause, resume, send_now};

use schedule::Schedule;

use crate::db;
use crate::i18n::Lang;
use crate::widget::{Period, Spec, find as widget};

/// The name of the policy analytics among the keys of widgets.
pub const ANALYTICS: &str = "policy_analytics";
/// So many recipients a report has at most, and so many reports a company.
pub const MOST_RECIPIENTS: usize = 50;
/// So many reports a company has at most.
pub const MOST_REPORTS: usize = 100;

/// What is attached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Attachment {
    /// Nothing.
    #[default]
    None,
    /// All tables in one file of comma-separated values.
    Csv,
    /// An object with an array for each table.
    Json,
    /// A workbook with a sheet for each table.
    Xlsx,
}

impl Attachment {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::None, Self::Csv, Self::Json, Self::Xlsx];

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Xlsx => "xlsx",
        }
    }

    /// The one of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == name)
    }
}

/// Somebody who gets a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recipient {
    /// A user of the company.
    pub user: i64,
    /// The language; none: the one that they chose for the panel, else the company's.
    pub language: Option<Lang>,
    /// Whether they said that they want no more of it.
    pub unsubscribed: bool,
}

/// What a report says, when, and to whom.
#[derive(Clone, Debug, PartialEq)]
pub struct Contents {
    /// What it is called.
    pub name: String,
    /// When it goes out.
    pub schedule: Schedule,
    /// The period; none: each widget's usual one.
    pub period: Option<Period>,
    /// The branch that it is narrowed to.
    pub branch: Option<i64>,
    /// The keys of widgets, and [`ANALYTICS`].
    pub widgets: Vec<&'static str>,
    /// What is attached.
    pub attachment: Attachment,
    /// Who gets it.
    pub recipients: Vec<Recipient>,
}

impl Contents {
    /// Its widgets.
    pub fn specs(&self) -> impl Iterator<Item = &'static Spec> {
        self.widgets.iter().filter_map(|key| widget(key))
    }

    /// Whether the policy analytics are in it.
    #[must_use]
    pub fn has_analytics(&self) -> bool {
        self.widgets.contains(&ANALYTICS)
    }
}

/// A report.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// Its id.
    pub id: i64,
    /// What it says.
    pub contents: Contents,
    /// When it is due next, in seconds since 1970; none while it pauses.
    pub next_at: Option<i64>,
}

impl Report {
    /// What it says, in short: whoever changes it names what they saw.
    #[must_use]
    pub fn tag(&self) -> String {
        rows::tag(&self.contents)
    }
}

/// Why a report is not what somebody wanted.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// There is none of that id in the company.
    #[error("there is no report {0}")]
    NotFound(i64),
    /// It names a row that the company does not have.
    #[error("there is no {table} {id}")]
    NoRow {
        /// The table.
        table: &'static str,
        /// The id.
        id: i64,
    },
    /// It is to go to somebody who may not use the panel.
    #[error("user {0} is deactivated")]
    Inactive(i64),
    /// It was changed since it was read.
    #[error("the report was changed since it was read")]
    Stale,
    /// The company has as many as it may.
    #[error("a company has {MOST_REPORTS} reports at most")]
    TooMany,
    /// The database.
    #[error(transparent)]
    Database(#[from] db::Error),
}

/// The key of a widget, or [`ANALYTICS`], as the program has it.
#[must_use]
pub fn known(key: &str) -> Option<&'static str> {
    if key == ANALYTICS { Some(ANALYTICS) } else { widget(key).map(|spec| spec.key) }
}
