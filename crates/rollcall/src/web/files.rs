//! `GET /admin/widgets/{key}?format=csv|svg`: a widget as a file to keep or to send on.

use axum::http::header::CONTENT_DISPOSITION;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;

use super::answer::{self, Body, Media};
use super::chosen::Chosen;
use super::drawing::Drawing;
use super::error::Failure;
use super::view::words::Words;
use super::view::{PageQuery, Part, format::Formats, panel_csv, panel_svg};
use super::visitor::InCompany;
use crate::app::App;
use crate::widget::InvalidChoice;

/// The file; it is made for who asks, and not kept.
pub(super) async fn file(
    app: &App,
    at: &InCompany,
    chosen: Chosen,
    format: &str,
    headers: &HeaderMap,
) -> Result<Response, Failure> {
    let media = match format {
        "csv" => Media::Csv,
        "svg" => Media::Svg,
        other => return Err(bad("format", other, "csv, svg")),
    };
    let drawing = Drawing::new(app, at, &PageQuery::default(), std::slice::from_ref(&chosen));
    let panel = drawing.panel(&chosen).await.map_err(|_| Failure::Unavailable)?;
    let parts = Part::of(&panel);
    let asked = PageQuery::of(&at.visitor.context.target);
    let part =
        match asked.get("part") {
            None => parts.first().copied(),
            Some(name) => Some(parts.iter().copied().find(|part| part.name() == name).ok_or_else(|| {
                bad("part", name, &parts.iter().map(|part| part.name()).collect::<Vec<_>>().join(", "))
            })?),
        };
    let present = drawing.present();
    let formats =
        Formats { w: Words(at.visitor.context.lang, at.visitor.context.hours), zone: present.zone, now: present.now };
    // Figures of a branch where there are none, and pictures of what is no chart.
    let missing = Failure::NotFound;
    let text = match media {
        Media::Svg => panel_svg(&panel, chosen.0, present.today, &formats).ok_or(missing)?,
        _ => panel_csv(&panel, part.ok_or(missing)?, chosen.0, &formats).map_err(|error| {
            tracing::error!(%error, "a widget could not be written as CSV");
            Failure::Internal
        })?,
    };
    let mut response = answer::passing(Body { text, keep: false }, media, headers)?;
    let name =
        format!("{}_{}.{format}", chosen.0.key, present.now.with_timezone(&present.zone).format("%Y-%m-%d_%H%M%S"));
    if let Ok(value) = HeaderValue::try_from(format!("attachment; filename=\"{name}\"")) {
        response.headers_mut().insert(CONTENT_DISPOSITION, value);
    }
    Ok(response)
}

fn bad(name: &str, value: &str, allowed: &str) -> Failure {
    let value = value.chars().take(80).collect();
    Failure::Bad(InvalidChoice { name: name.to_owned(), value, allowed: allowed.to_owned() })
}
