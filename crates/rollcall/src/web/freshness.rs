//! `GET /admin/widgets/{key}/freshness`: how fresh a widget's figures are, and why.

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use chrono::DateTime;
use serde_json::json;

use super::answer::{self, Body, Media};
use super::chosen::{self, canonical};
use super::context::Wants;
use super::drawing::Drawing;
use super::error::Failure;
use super::view::{Freshness, PageQuery, freshness_fragment, freshness_page};
use super::visitor::InCompany;
use crate::app::App;
use crate::versions::Topic;
use crate::widget;

pub(super) async fn freshness(
    State(app): State<App>,
    at: InCompany,
    Path(key): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let spec = widget::find(&key).ok_or(Failure::NotFound)?;
    let chosen = chosen::alone(spec, &PageQuery::of(&at.visitor.context.target))?;
    chosen::check_branch(&app, &at, std::slice::from_ref(&chosen)).await?;
    let page = canonical(&at, &chosen::on_page(&at, &chosen));
    let drawing = Drawing::new(&app, &at, &page, std::slice::from_ref(&chosen));
    let meta = drawing.keep_fragment(&chosen).await?.meta;
    let fresh = Freshness {
        spec,
        level: meta.level.as_str(),
        made: DateTime::from_timestamp_millis(meta.made_at_ms).unwrap_or(drawing.present().now),
        version: meta.version,
        changed: drawing.versions().latest(spec.topics),
    };
    let (text, media) = match at.visitor.context.wants {
        Wants::Json => (figures(&fresh, meta.age(app.clock.now_ms()).as_secs()), Media::Json),
        Wants::Fragment => (freshness_fragment(&drawing.viewer, drawing.present(), &fresh)?, Media::Html),
        Wants::Page => {
            let mut chrome = at.chrome(drawing.badges().await.unwrap_or_default());
            chrome.viewer.page.clone_from(&drawing.viewer.page);
            (freshness_page(chrome, drawing.present(), &fresh)?, Media::Html)
        }
    };
    // It says how old something is at this moment: not for keeping.
    answer::passing(Body { text, keep: false }, media, &headers)
}

fn figures(fresh: &Freshness, age: u64) -> String {
    let made = fresh.made.format("%Y-%m-%dT%H:%M:%SZ").to_string();
    let changed = fresh.changed.map(Topic::as_str);
    json!({
        "level": fresh.level,
        "made_at": made,
        "age_seconds": age,
        "version": fresh.version,
        "last_changed_by": changed,
    })
    .to_string()
}
