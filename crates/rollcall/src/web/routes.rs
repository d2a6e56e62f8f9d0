//! Every URL there is.

use std::collections::BTreeSet;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{Redirect, Response};
use axum::routing::{get, post};
use tower::{ServiceBuilder, ServiceExt};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::csrf::CsrfLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::TimeoutLayer;

use super::listed::Routes;
use super::{
    api, arrange, assets, company, completion, context, dashboard, fast, first, freshness, headers, inbox, live,
    metrics, notifications, operations, ops, people, policy_report, preferences, receipts, reports, resource, search,
    session, sign_in,
};
use crate::app::App;

/// Changes come from our own pages alone; behind a proxy that gives us another `Host`, those are at `public_url`.
fn csrf(app: &App) -> CsrfLayer {
    let origin = app.config.public_url.as_ref().map(|url| url.origin().ascii_serialization());
    let trusting = origin.and_then(|origin| CsrfLayer::new().add_trusted_origin(origin).ok());
    trusting.unwrap_or_default()
}

/// The panel: what was kept goes out at once, all else through the routes.
#[derive(Clone, Debug)]
pub struct Panel {
    app: App,
    routes: Router,
    paths: BTreeSet<String>,
}

impl Panel {
    /// The panel of `app`.
    #[must_use]
    pub fn new(app: App) -> Self {
        let (routes, paths) = routes(&app).served(app.clone());
        Self { app, routes, paths }
    }

    /// Every path that is served, as it was registered: `/admin/staff/{id}`.
    #[must_use]
    pub fn paths(&self) -> &BTreeSet<String> {
        &self.paths
    }

    pub(super) fn app(&self) -> &App {
        &self.app
    }

    /// Answers a request.
    pub async fn answer(&self, mut request: Request<Body>) -> Response {
        match fast::answer(&self.app, &mut request).await {
            Some(kept) => kept,
            None => live::begin(self.routes.clone().oneshot(request).await.unwrap_or_else(|never| match never {})),
        }
    }
}

fn routes(app: &App) -> Routes {
    let panel = Routes::new()
        .route("/", get(|| async { Redirect::to("/admin") }))
        .route("/login", get(sign_in::form).post(sign_in::sign_in))
        .route("/logout", post(sign_in::sign_out))
        .route("/admin", get(dashboard::dashboard))
        .route("/admin/widgets/cache_monitor", get(operations::monitor))
        .route("/admin/widgets/{key}", get(dashboard::widget))
        .route("/admin/widgets/{key}/freshness", get(freshness::freshness))
        .route("/admin/arrange", get(arrange::form).post(arrange::save))
        .route("/admin/summary", get(dashboard::summary))
        .route("/admin/live", get(live::live))
        .route("/admin/policies/analytics", get(policy_report::file))
        .route("/admin/operations/cache", get(operations::cache))
        .route("/admin/operations/cache/clear", post(operations::clear))
        .route("/admin/notifications/{id}/retry", post(notifications::retry))
        .route("/preferences", post(preferences::save))
        .merge(company::routes())
        .merge(first::routes())
        .merge(inbox::routes())
        .merge(search::routes())
        .merge(people::routes())
        .merge(resource::routes())
        .merge(resource::above::routes())
        .merge(resource::tokens::routes())
        .merge(resource::actions())
        .merge(resource::forms())
        .merge(resource::removals())
        .merge(resource::of_many())
        .merge(resource::previews())
        .merge(reports::routes())
        .layer(session::layer(app));
    let public = Routes::new()
        .route("/assets/{*path}", get(assets::serve))
        .route("/metrics", get(metrics::metrics))
        .route("/api/v1/receipts", post(receipts::receive))
        .merge(reports::unsubscribing())
        .route("/healthz", get(ops::alive))
        .route("/readyz", get(ops::ready));
    let layers = ServiceBuilder::new()
        .layer(from_fn_with_state(app.clone(), headers::layer))
        .layer(from_fn_with_state(app.clone(), context::layer))
        .layer(CompressionLayer::new())
        .layer(CatchPanicLayer::new());
    let timeout = TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, app.config.request.timeout);
    // A file takes as long as it takes: it is waited for piece by piece.
    let uploads = first::uploads(app).layer(session::layer(app)).layer(csrf(app)).layer(from_fn(completion::layer));
    // The API takes no cookies, so that nobody's page can write for somebody else; it has limits of its own.
    panel
        .merge(public)
        .layer(csrf(app))
        .layer(RequestBodyLimitLayer::new(app.config.request.max_body))
        .merge(api::router(app))
        .merge(api::description())
        .fallback(|| async { StatusCode::NOT_FOUND })
        .layer(from_fn(completion::layer))
        .layer(timeout)
        .merge(uploads)
        .layer(layers)
}
