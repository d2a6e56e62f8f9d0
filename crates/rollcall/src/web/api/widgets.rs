//! Widgets: the figures that the dashboard shows, from the same cache.

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::caller::{At, Caller};
use super::problem::{Fault, Problem};
use super::query::Parameters;
use crate::app::App;
use crate::i18n::t;
use crate::resource::Wrong;
use crate::tokens::{Access, Area};
use crate::web::answer::{self, Body, Media};
use crate::web::chosen;
use crate::web::drawing::Drawing;
use crate::web::view::PageQuery;
use crate::widget::{self, Spec};

/// The widgets there are.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct WidgetList {
    data: Vec<WidgetInfo>,
}

/// A widget.
#[derive(Debug, Serialize, ToSchema)]
struct WidgetInfo {
    /// Its stable name, a part of its address.
    key: &'static str,
    /// What it is called, in the language of the request.
    title: String,
    /// What can be chosen in it.
    filters: Vec<FilterInfo>,
}

/// Something to choose: a parameter of the widget's address.
#[derive(Debug, Serialize, ToSchema)]
struct FilterInfo {
    /// The parameter.
    name: &'static str,
    /// What it may be; the first is the default.
    options: Vec<&'static str>,
}

/// List widgets
#[utoipa::path(get, path = "/api/v1/widgets", tag = "widgets", operation_id = "list_widgets",
    responses((status = 200, description = "As asked.", body = WidgetList)))]
pub(super) async fn list(caller: Caller, RawQuery(query): RawQuery) -> Result<Json<WidgetList>, Problem> {
    caller.allow(Area::Widgets, Access::Read)?;
    Parameters::of(query.as_deref())?.end(Vec::new())?;
    let lang = caller.visitor.context.lang;
    let filter = |filter: &widget::Filter| FilterInfo { name: filter.name, options: filter.options.to_vec() };
    let info = |spec: &&'static Spec| WidgetInfo {
        key: spec.key,
        title: t(lang, &format!("widget.{}.title", spec.key)).into_owned(),
        filters: spec.filters.iter().map(filter).collect(),
    };
    Ok(Json(WidgetList { data: widget::ALL.iter().map(info).collect() }))
}

/// `GET /api/v1/widgets/{key}`: a widget's figures.
pub(super) async fn widget(
    State(app): State<App>,
    at: At,
    Path(key): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    at.caller.allow(Area::Widgets, Access::Read)?;
    let spec = widget::find(&key).ok_or_else(Problem::not_found)?;
    let mut parameters = Parameters::of(query.as_deref())?;
    let names = spec.filters.iter().map(|filter| filter.name).chain(["period", "branch"]);
    let choices: PageQuery = names.filter_map(|name| Some((name.to_owned(), parameters.take(name)?))).collect();
    // A form's field that was left empty asks for nothing; a program that sends nothing has made a mistake.
    let empty = choices.without(|_| false).filter(|(_, value)| value.is_empty());
    let faults = empty.map(|(name, _)| Fault::parameter(name, Wrong::Missing)).collect();
    parameters.end(faults)?;
    let chosen = chosen::alone(spec, &choices)?;
    chosen::check_branch(&app, &at.company, std::slice::from_ref(&chosen)).await?;
    let drawing = Drawing::new(&app, &at.company, &PageQuery::default(), std::slice::from_ref(&chosen));
    let (version, name) = (drawing.version(spec), drawing.figures_name(&chosen));
    let make = move || async move { Ok(Body::kept(drawing.figures(&chosen).await?.to_string())) };
    Ok(answer::kept(&app, &name, version, Media::Json, &headers, make).await?)
}

/// The description of a widget.
pub(super) fn describe(spec: &Spec) -> Value {
    let choice = |filter: &widget::Filter| {
        let schema = json!({ "type": "string", "enum": filter.options, "default": filter.options.first() });
        json!({ "name": filter.name, "in": "query", "schema": schema })
    };
    let names = widget::Period::ALL.map(widget::Period::name);
    let page = [
        json!({ "name": "period", "in": "query", "schema": { "type": "string", "enum": names },
            "description": "The days that are looked at; without it the widget's usual ones." }),
        json!({ "name": "branch", "in": "query", "schema": { "type": "integer", "format": "int64", "minimum": 1 },
            "description": "One branch alone; `not_by_branch` where what is counted has none." }),
    ];
    let title = t(crate::i18n::Lang::En, &format!("widget.{}.title", spec.key));
    json!({ "get": {
        "tags": ["widgets"],
        "operationId": format!("widget_{}", spec.key),
        "summary": title,
        "description": t(crate::i18n::Lang::En, &format!("widget.{}.hint", spec.key)),
        "parameters": spec.filters.iter().map(choice).chain(page).collect::<Vec<_>>(),
        "responses": { "200": { "description": "As asked.", "content": {
            "application/json": { "schema": { "$ref": "#/components/schemas/Panel" } },
        } } },
    } })
}

/// What a widget shows.
pub(super) fn panel() -> Value {
    let text = json!({ "type": "string" });
    let anything = json!({ "type": ["string", "number", "boolean", "object", "array", "null"] });
    let all = |items: Value| json!({ "type": "array", "items": items });
    json!({
        "type": "object",
        "description": "What a widget shows: stats, a chart (labels and datasets), a table (columns and rows), or two of them.",
        "properties": {
            "stats": all(json!({ "type": "object", "required": ["key", "label", "value", "unit"], "properties": {
                "key": text, "label": text, "value": anything, "unit": text,
                "trend": { "type": "object" }, "status": text, "sparkline": all(json!({ "type": "object" })),
            } })),
            "labels": all(anything.clone()),
            "datasets": all(json!({ "type": "object", "required": ["label", "data"], "properties": {
                "label": text, "data": all(anything.clone()),
            } })),
            "columns": all(json!({ "type": "object" })),
            "rows": all(anything),
            "not_by_branch": { "type": "boolean" },
        },
    })
}
