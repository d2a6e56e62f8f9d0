//! `/admin/policies/analytics?format=csv|json|xlsx`: the policies' figures as a file.

use std::io;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value as Json};

use super::error::Failure;
use super::export::headers;
use super::view::PageQuery;
use super::visitor::InCompany;
use crate::analytics::policy_report::{NEEDS, Table, tables};
use crate::app::App;
use crate::export::Format;
use crate::resource::Screen;
use crate::summaries;
use crate::widget::InvalidChoice;

/// The file.
pub(super) async fn file(State(app): State<App>, at: InCompany) -> Result<Response, Failure> {
    if Screen::named("policies").is_none_or(|screen| at.scope.role() < screen.sees) {
        return Err(Failure::Forbidden);
    }
    let query = PageQuery::of(&at.visitor.context.target);
    let format = match query.get("format").unwrap_or("csv") {
        "csv" => Format::Csv,
        "json" => Format::Array,
        "xlsx" => Format::Xlsx,
        other => {
            let value = other.chars().take(80).collect();
            let allowed = "csv, json, xlsx".to_owned();
            return Err(Failure::Bad(InvalidChoice { name: "format".to_owned(), value, allowed }));
        }
    };
    let snapshot = summaries::read(&at.scope.db(&app.db), at.zone, app.clock.now(), &NEEDS).await?;
    let text = written(&tables(&snapshot), format).map_err(|error| {
        tracing::error!(%error, "the policy analytics could not be written");
        Failure::Internal
    })?;
    Ok((headers(&app, format, "policy_analytics"), text).into_response())
}

/// The tables in one file; as JSON, an object with an array for each.
pub(super) fn written(tables: &[Table], format: Format) -> io::Result<Vec<u8>> {
    if format == Format::Array {
        let mut all = Map::new();
        for table in tables {
            let text = one(std::slice::from_ref(table), format)?;
            all.insert(table.name.clone(), serde_json::from_slice(&text)?);
        }
        return Ok(Json::Object(all).to_string().into_bytes());
    }
    one(tables, format)
}

fn one(tables: &[Table], format: Format) -> io::Result<Vec<u8>> {
    let mut book = format.book(None);
    for table in tables {
        book.table(&table.name, &table.columns)?;
        book.rows(&table.rows)?;
    }
    book.finish()?;
    Ok(book.take())
}
