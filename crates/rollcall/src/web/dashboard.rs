//! The dashboard, and each of its widgets by itself.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;

use super::answer::{self, Body, Media};
use super::context::Wants;
use super::drawing::{Chosen, Drawing, canonical};
use super::error::Failure;
use super::page;
use super::view::{Notice, PageQuery};
use super::visitor::InCompany;
use crate::app::App;
use crate::widget::{self, Choices, Spec};

/// `GET /admin`: all widgets of the company.
pub(super) async fn dashboard(State(app): State<App>, at: InCompany, headers: HeaderMap) -> Result<Response, Failure> {
    let query = PageQuery::of(&at.visitor.context.target);
    let chosen = widget::ALL
        .iter()
        .map(|spec| Ok((*spec, choices(spec, &query, false)?)))
        .collect::<Result<Vec<_>, Failure>>()?;
    let notice = match query.get("notice") {
        Some("retried") => Some(Notice::Retried),
        Some("nothing_to_retry") => Some(Notice::NothingToRetry),
        _ => None,
    };
    let drawing = Drawing::new(&app, &at, &canonical(&at, &chosen), &chosen);
    page::dashboard(&app, at, drawing, chosen, notice, &headers).await
}

/// `GET /admin/widgets/{key}`: one widget, as a part of the page or as JSON.
pub(super) async fn widget(
    State(app): State<App>,
    at: InCompany,
    Path(key): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let spec = widget::find(&key).ok_or(Failure::NotFound)?;
    let chosen = (spec, choices(spec, &PageQuery::of(&at.visitor.context.target), true)?);
    let wants = at.visitor.context.wants;
    let page = match wants {
        Wants::Json => PageQuery::default(),
        Wants::Page | Wants::Fragment => canonical(&at, &on_page(&at, &chosen)),
    };
    let drawing = Drawing::new(&app, &at, &page, std::slice::from_ref(&chosen));
    let (version, media) = (drawing.version(spec), if wants == Wants::Json { Media::Json } else { Media::Html });
    let name = if wants == Wants::Json { drawing.figures_name(&chosen) } else { drawing.widget_name(&chosen) };
    let make = move || body_of(drawing, chosen, media);
    answer::kept(&app, &name, version, media, &headers, make).await
}

async fn body_of(drawing: Arc<Drawing>, chosen: Chosen, media: Media) -> Result<Body, Failure> {
    Ok(match media {
        Media::Json => Body::kept(drawing.figures(&chosen).await?.to_string()),
        Media::Html => {
            let fragment = drawing.fragment(&chosen).await;
            Body { text: fragment.html.clone(), keep: !fragment.failed }
        }
    })
}

/// What is chosen on the page that a fragment belongs to: its own choices are as new as the request, all others as the page.
fn on_page(at: &InCompany, own: &Chosen) -> Vec<Chosen> {
    let page = PageQuery::of(&at.visitor.context.page);
    let chosen = |spec: &&'static Spec| match spec.key == own.0.key {
        true => own.clone(),
        false => (*spec, choices(spec, &page, false).unwrap_or_default()),
    };
    widget::ALL.iter().map(chosen).collect()
}

/// What the query chooses for a widget: `policy_trend.days=90`, and `days=90` where only one widget is asked for.
fn choices(spec: &Spec, query: &PageQuery, alone: bool) -> Result<Choices, Failure> {
    let given = |name: &str| {
        let own = query.get(&format!("{}.{name}", spec.key));
        own.or_else(|| alone.then(|| query.get(name)).flatten())
    };
    Choices::of(spec, given).map_err(Failure::Bad)
}
