//! `GET /api/openapi.json`: the description of the API.

use std::sync::LazyLock;

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value as Json, json};
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use super::resource;
use crate::widget;

/// What the description begins with.
#[derive(OpenApi)]
#[openapi(info(
    title = "Rollcall",
    version = "1",
    description = "Bookings, policies, notifications and figures of the companies that a platform books appointments for.\n\n\
        Every request brings a token: `Authorization: Bearer rc_…`. A token allows at most what its user may do. A \
        platform operator names the company by the header `Rollcall-Company` or the parameter `company`.\n\n\
        Lists are paged: `next` is the `cursor` of the next page. A change or deletion says by `If-Match` which state it \
        means. A POST with an `Idempotency-Key` has one effect, however often it is sent within 24 hours. What goes wrong \
        is answered as problem details (RFC 9457) that name the field.",
    license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
))]
pub(super) struct Base;

static DOCUMENT: LazyLock<Json> = LazyLock::new(make);
static TEXT: LazyLock<String> = LazyLock::new(|| format!("{:#}", *DOCUMENT));

/// The whole description.
pub(super) fn whole() -> &'static Json {
    &DOCUMENT
}

/// `GET /api/openapi.json`
pub(super) async fn document() -> Response {
    let headers = [(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "public, max-age=300")];
    (headers, TEXT.as_str()).into_response()
}

fn make() -> Json {
    let described = super::described().into_iter().chain([super::batches()]);
    let described = described.fold(OpenApiRouter::with_openapi(Base::openapi()), OpenApiRouter::routes).into_openapi();
    let mut document = serde_json::to_value(described).unwrap_or_default();
    let (mut schemas, mut paths) = (Map::new(), Map::new());
    for it in resource::ALL.into_iter().chain([&resource::COMPANIES]) {
        resource::describe(it, &mut schemas, &mut paths);
    }
    bodies(&mut schemas, &mut paths);
    let batch = "/paths/~1api~1v1~1appointments~1batch/post/requestBody/content/application~1x-ndjson/schema";
    if let Some(schema) = document.pointer_mut(batch) {
        schema["minLength"] = json!(1);
    }
    // Companies are few.
    paths.remove("/api/v1/exports/companies");
    for spec in widget::ALL {
        paths.insert(format!("/api/v1/widgets/{}", spec.key), super::widgets::describe(spec));
    }
    schemas.insert("Panel".to_owned(), super::widgets::panel());
    schemas.insert("Problem".to_owned(), problem());
    extend(&mut document["components"]["schemas"], schemas);
    extend(&mut document["paths"], paths);
    document["components"]["securitySchemes"] = json!({ "token": {
        "type": "http", "scheme": "bearer", "bearerFormat": "rc_…",
        "description": "A personal access token, made at /admin/tokens or by `rollcall token create`.",
    } });
    document["security"] = json!([{ "token": [] }]);
    for (path, operations) in document["paths"].as_object_mut().into_iter().flatten() {
        for (method, operation) in operations.as_object_mut().into_iter().flatten() {
            complete(path, method, operation);
        }
    }
    document["paths"]["/api/v1/receipts"] = json!({ "post": crate::web::receipts::describe() });
    document
}

/// What is done by a body of its own: with an appointment, and to make a user.
fn bodies(schemas: &mut Map<String, Json>, paths: &mut Map<String, Json>) {
    for (it, of, path, id, status) in [
        (&resource::BOOKING, &resource::APPOINTMENTS, "", "make_one_of_appointments", "201"),
        (&resource::CANCELLATION, &resource::APPOINTMENTS, "/{id}/cancel", "cancel_appointment", "200"),
        (&resource::RESCHEDULING, &resource::APPOINTMENTS, "/{id}/reschedule", "reschedule_appointment", "200"),
        (&resource::NEW_USER, &resource::USERS, "", "make_one_of_users", "201"),
    ] {
        let row = json!({ "$ref": format!("#/components/schemas/{}", of.one) });
        schemas.insert(it.one.to_owned(), resource::object(it.columns, |_| true, true));
        let schema = if path.is_empty() {
            row
        } else {
            json!({ "type": "object", "required": ["appointment"],
            "properties": { "appointment": row, "decision": { "type": "object" },
                "within_policy": { "type": "boolean" } } })
        };
        let id_parameter = json!({ "name": "id", "in": "path", "required": true,
            "schema": { "type": "integer", "format": "int64", "minimum": 1 } });
        let operation = json!({
            "tags": [of.area.as_str()],
            "operationId": id,
            "summary": id.replace('_', " "),
            "parameters": if path.is_empty() { json!([]) } else { json!([id_parameter]) },
            "requestBody": resource::body(it.one),
            "responses": { status: { "description": "As it is now.",
                "content": { "application/json": { "schema": schema } } } },
        });
        let path = format!("{}{path}", of.path());
        let operations = paths.entry(path).or_insert_with(|| json!({}));
        operations["post"] = operation;
    }
}

/// Puts what is in `more` into the object, which may not be there yet.
fn extend(object: &mut Json, more: Map<String, Json>) {
    match object.as_object_mut() {
        Some(object) => object.extend(more),
        None => *object = Json::Object(more),
    }
}

/// What every operation has: a company that may be named, a key where something is made, and problems.
fn complete(path: &str, method: &str, operation: &mut Json) {
    if !operation["parameters"].is_array() {
        operation["parameters"] = json!([]);
    }
    let mut more = Vec::new();
    if !path.starts_with("/api/v1/companies") {
        more.push(json!({
            "name": "Rollcall-Company", "in": "header", "schema": { "type": "string" },
            "description": "The company, by slug or id: for operators, who belong to none.",
        }));
    }
    if method == "post" {
        more.push(json!({
            "name": "Idempotency-Key", "in": "header",
            "schema": { "type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$" },
            "description": "Requests with the same key within 24 hours have one effect and the same answer.",
        }));
    }
    operation["parameters"].as_array_mut().into_iter().for_each(|all| all.append(&mut more));
    let problem = json!({ "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } });
    for (status, what) in [
        ("401", "There is no token, or it does not hold."),
        ("429", "This token has asked too often: `Retry-After` says how long to wait."),
        ("default", "What went wrong, and where."),
    ] {
        operation["responses"][status] = json!({ "description": what, "content": problem });
    }
}

fn problem() -> Json {
    let text = json!({ "type": "string" });
    json!({
        "type": "object",
        "description": "Problem details (RFC 9457).",
        "required": ["type", "title", "status"],
        "properties": {
            "type": { "type": "string", "description": "What kind of problem: an address that explains it." },
            "title": text, "status": { "type": "integer" }, "detail": text,
            "request_id": { "type": "string", "description": "What the server's log knows the request by." },
            "errors": { "type": "array", "description": "Each part of the request that is at fault.", "items": {
                "type": "object",
                "required": ["detail"],
                "properties": {
                    "detail": text,
                    "pointer": { "type": "string", "description": "A field of the body (RFC 6901)." },
                    "parameter": { "type": "string", "description": "A parameter of the address." },
                    "header": { "type": "string", "description": "A header." },
                },
            } },
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_description_is_as_it_was() {
        insta::assert_json_snapshot!("openapi", whole());
    }

    #[test]
    fn every_reference_leads_somewhere_and_every_operation_has_a_name_of_its_own() {
        fn references(value: &Json, found: &mut Vec<String>) {
            match value {
                Json::Object(object) => {
                    found.extend(object.get("$ref").and_then(Json::as_str).map(str::to_owned));
                    object.values().for_each(|value| references(value, found));
                }
                Json::Array(list) => list.iter().for_each(|value| references(value, found)),
                _ => {}
            }
        }
        let mut found = Vec::new();
        references(whole(), &mut found);
        assert!(found.len() > 50);
        for reference in found {
            assert!(whole().pointer(&reference[1..]).is_some(), "{reference}");
        }
        let paths = whole()["paths"].as_object().unwrap();
        let operations = paths.values().flat_map(|path| path.as_object().unwrap().values());
        let mut names: Vec<_> = operations.map(|operation| operation["operationId"].as_str().unwrap()).collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
    }
}
