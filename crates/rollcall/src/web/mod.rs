//! The panel over HTTP. `routes` is the whole URL table.

mod answer;
pub(crate) mod api;
mod arrange;
pub mod assets;
pub(crate) mod chosen;
mod company;
mod completion;
mod connection;
mod context;
mod dashboard;
pub(crate) mod drawing;
mod entry;
mod error;
mod export;
mod fast;
mod files;
mod first;
mod freshness;
mod headers;
mod inbox;
mod listed;
mod live;
mod metrics;
mod notifications;
mod operations;
mod ops;
mod page;
mod people;
mod policy_report;
mod preferences;
mod presence;
mod receipts;
mod reports;
mod resource;
mod routes;
mod search;
mod server;
mod session;
mod sign_in;
mod tags;
mod throttle;
pub(crate) mod tokens;
pub mod view;
mod visitor;
pub(crate) mod warming;

use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};

pub(crate) use api::Limits;
pub use context::Peer;
pub(crate) use entry::Entries;
pub use live::Live;
pub use presence::Sessions;
pub use routes::Panel;
pub use server::{prune, serve};
pub use session::COOKIE as SESSION_COOKIE;
pub(crate) use session::{ADDRESS, AGENT, SINCE};
pub(crate) use view::{Letterhead, import_reason, written_report};
pub(crate) use visitor::scope_of;
pub use warming::{Extent, Screens, Warmth};

/// `path` where it is one of this site; none where it could lead anywhere else.
fn local_path(path: &str) -> Option<&str> {
    let local = path.starts_with('/') && !path.starts_with("//") && !path.starts_with("/\\");
    (local && !path.contains(|c: char| c.is_control() || c == '\\')).then_some(path)
}

/// Go there, by GET.
fn see_other(path: &str) -> Response {
    (StatusCode::SEE_OTHER, [(LOCATION, path.to_owned())]).into_response()
}

#[cfg(test)]
mod tests {
    use super::local_path;

    #[test]
    fn nobody_is_led_astray() {
        assert_eq!(local_path("/admin?company=3"), Some("/admin?company=3"));
        for path in ["", "admin", "//evil.example", "/\\evil.example", "https://evil.example", "/a\r\nb", "/\tx"] {
            assert_eq!(local_path(path), None, "{path:?}");
        }
    }
}
