//! The dashboard, and each of its widgets by itself.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;

use super::answer::{self, Body, Media};
use super::chosen::{self, Chosen, canonical};
use super::context::Wants;
use super::drawing::Drawing;
use super::error::Failure;
use super::files;
use super::page;
use super::view::{Notice, PageQuery};
use super::visitor::InCompany;
use crate::app::App;
use crate::widget;

/// `GET /admin`: all widgets of the company.
pub(super) async fn dashboard(State(app): State<App>, at: InCompany, headers: HeaderMap) -> Result<Response, Failure> {
    let query = PageQuery::of(&at.visitor.context.target);
    let chosen = chosen::all(&query)?;
    chosen::check_branch(&app, &at, &chosen).await?;
    let notice = match query.get("notice") {
        Some("retried") => Some(Notice::Retried),
        Some("nothing_to_retry") => Some(Notice::NothingToRetry),
        _ => None,
    };
    let page = canonical(&at, &chosen);
    let chosen = chosen::arranged(&at, chosen);
    let drawing = Drawing::new(&app, &at, &page, &chosen);
    page::dashboard(&app, at, drawing, chosen, notice, &headers).await
}

/// `GET /admin/summary`: what needs attention and the badges, for a dashboard that is open.
pub(super) async fn summary(State(app): State<App>, at: InCompany, headers: HeaderMap) -> Result<Response, Failure> {
    let chosen = chosen::all(&PageQuery::of(&at.visitor.context.page))?;
    chosen::check_branch(&app, &at, &chosen).await?;
    let page = canonical(&at, &chosen);
    let chosen = chosen::arranged(&at, chosen);
    let drawing = Drawing::new(&app, &at, &page, &chosen);
    let (name, version) = (drawing.dashboard_name(), drawing.versions().company());
    let make = move || async move {
        let content = drawing.dashboard(chosen).await?;
        Ok(Body { text: content.summary_and_badges(&drawing.viewer)?, keep: content.whole })
    };
    answer::kept(&app, &name, version, Media::Html, &headers, make).await
}

/// `GET /admin/widgets/{key}`: one widget, as a part of the page or as JSON.
pub(super) async fn widget(
    State(app): State<App>,
    at: InCompany,
    Path(key): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let spec = widget::find(&key).ok_or(Failure::NotFound)?;
    let chosen = chosen::alone(spec, &PageQuery::of(&at.visitor.context.target))?;
    chosen::check_branch(&app, &at, std::slice::from_ref(&chosen)).await?;
    if let Some(format) = PageQuery::of(&at.visitor.context.target).get("format") {
        return files::file(&app, &at, chosen, format, &headers).await;
    }
    let wants = at.visitor.context.wants;
    let page = match wants {
        Wants::Json => PageQuery::default(),
        Wants::Page | Wants::Fragment => canonical(&at, &chosen::on_page(&at, &chosen)),
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
        _ => {
            let fragment = drawing.fragment(&chosen).await;
            Body { text: fragment.html.clone(), keep: !fragment.failed }
        }
    })
}
