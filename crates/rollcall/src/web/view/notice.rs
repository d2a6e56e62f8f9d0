//! What the last action did, said once at the top of the page.

use chrono::DateTime;

use super::format::Formats;
use super::words::Words;

/// What the last action did, said once at the top of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// A failed notification waits to be sent again.
    Retried,
    /// The notification had not failed (any more), so nothing was done.
    NothingToRetry,
    /// What was kept of a company is cleared.
    CacheCleared,
    /// A token of the API holds no longer.
    TokenRevoked,
    /// Something was done with a row: the name of its words.
    Done(&'static str),
    /// So many failed notifications wait to be sent again.
    RetriedMany(i64),
    /// So many failed notifications were set aside.
    SetAsideMany(i64),
}

/// What was done a moment ago, and where that is taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undo {
    /// What was done.
    pub text: String,
    /// Where it is taken back, by a form.
    pub url: String,
}

impl Notice {
    /// What of that name was done with a row.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        const DONE: &[&str] = &[
            "cancelled",
            "rescheduled",
            "completed",
            "no_show",
            "reopened",
            "created",
            "saved",
            "deleted",
            "booked",
            "restored",
            "set_aside",
            "taken_back",
            "nothing_changed",
            "not_restored",
            "appointment_restored",
            "not_deleted",
            "activated",
            "deactivated",
            "report_paused",
            "report_resumed",
            "report_queued",
            "last_admin",
            "invited",
            "withdrawn",
            "totp_reset",
            "password_changed",
            "totp_off",
            "session_ended",
            "sessions_ended",
            "company_made",
            "company_made_invited",
            "company_closed",
            "company_reopened",
            "import_removed",
            "import_waits",
            "steps_dismissed",
        ];
        match name {
            "retried" => Some(Self::Retried),
            "nothing_to_retry" => Some(Self::NothingToRetry),
            _ => DONE.iter().find(|known| **known == name).map(|name| Self::Done(name)),
        }
    }

    /// Its words.
    pub(super) fn text(self, w: Words) -> String {
        w.t(match self {
            Self::Retried => "ui.notice.retried",
            Self::NothingToRetry => "ui.notice.nothing_to_retry",
            Self::CacheCleared => "ui.notice.cache_cleared",
            Self::TokenRevoked => "ui.notice.token_revoked",
            Self::RetriedMany(n) | Self::SetAsideMany(n) => {
                let formats = Formats { w, zone: chrono_tz::UTC, now: DateTime::UNIX_EPOCH };
                let key = if matches!(self, Self::RetriedMany(_)) { "retried_many" } else { "set_aside_many" };
                return w.count(&format!("ui.notice.{key}"), n, formats.count(n));
            }
            Self::Done(name) => return w.t(&format!("ui.notice.{name}")),
        })
    }
}
