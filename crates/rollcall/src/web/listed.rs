//! A router that knows its own paths, so that whoever checks all of them can leave none out.
//!
//! Modules hand their routes on as [`Routes`], and [`Panel`](super::Panel) serves nothing else: what is served is listed.

use std::collections::BTreeSet;
use std::convert::Infallible;

use axum::Router;
use axum::extract::Request;
use axum::handler::Handler;
use axum::response::IntoResponse;
use axum::routing::{MethodRouter, Route};
use tower::{Layer, Service};
use utoipa_axum::router::UtoipaMethodRouter;

use crate::app::App;

/// Routes, and their paths.
#[derive(Debug, Default)]
pub(super) struct Routes {
    router: Router<App>,
    paths: BTreeSet<String>,
}

impl Routes {
    /// None so far.
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// These, and one more.
    #[expect(clippy::disallowed_methods, reason = "the one place where routes are added")]
    pub(super) fn route(mut self, path: &str, methods: MethodRouter<App>) -> Self {
        self.paths.insert(path.to_owned());
        Self { router: self.router.route(path, methods), ..self }
    }

    /// These, and one more that has its description with it.
    pub(super) fn described(self, (_, paths, methods): UtoipaMethodRouter<App>) -> Self {
        paths.paths.keys().fold(self, |routes, path| routes.route(path, methods.clone()))
    }

    /// These and those.
    #[expect(clippy::disallowed_methods, reason = "the one place where routes are added")]
    pub(super) fn merge(mut self, mut other: Self) -> Self {
        self.paths.append(&mut other.paths);
        Self { router: self.router.merge(other.router), ..self }
    }

    /// All requests to them pass through that.
    pub(super) fn layer<L>(self, layer: L) -> Self
    where
        L: Layer<Route> + Clone + Send + Sync + 'static,
        L::Service: Service<Request, Response: IntoResponse, Error: Into<Infallible>, Future: Send>
            + Clone
            + Send
            + Sync
            + 'static,
    {
        Self { router: self.router.layer(layer), ..self }
    }

    /// What answers whatever else is asked for.
    pub(super) fn fallback<H: Handler<T, App>, T: 'static>(self, handler: H) -> Self {
        Self { router: self.router.fallback(handler), ..self }
    }

    /// The router that serves them, and their paths.
    pub(super) fn served(self, app: App) -> (Router, BTreeSet<String>) {
        (self.router.with_state(app), self.paths)
    }
}
