//! The description of the simple resources: what their columns say, as OpenAPI.

use serde_json::{Map, Value as Json, json};

use super::{MOST, USUAL};
use crate::events::Thing;
use crate::resource::{Column, Kind, Resource, Write, parameters, sorts};

/// Adds a resource's schemas and paths.
pub(crate) fn describe(it: &Resource, schemas: &mut Map<String, Json>, paths: &mut Map<String, Json>) {
    let one = it.one;
    let reference = |name: &str| json!({ "$ref": format!("#/components/schemas/{name}") });
    schemas.insert(one.to_owned(), shown(it.columns));
    let list = json!({
        "type": "object",
        "required": ["data", "next"],
        "properties": {
            "data": { "type": "array", "items": reference(one) },
            "next": { "type": ["string", "null"], "description": "The cursor of the next page; none at the end." },
        },
    });
    schemas.insert(format!("{one}List"), list);
    let area = it.area.as_str();
    let mut all = Map::new();
    all.insert(
        "get".to_owned(),
        operation(it, &format!("list {area}"), &narrowing(it, true), &reference(&format!("{one}List"))),
    );
    if it.made.is_some() {
        schemas.insert(format!("New{one}"), object(it.columns, |column| column.write != Write::Never, true));
        all.insert("post".to_owned(), making(it, &format!("New{one}")));
    }
    paths.insert(it.path(), Json::Object(all));
    let mut row = Map::new();
    row.insert("get".to_owned(), with_tag(operation(it, &format!("read one of {area}"), &[id()], &reference(one))));
    if it.changes {
        schemas.insert(format!("{one}Changes"), object(it.columns, |column| column.write == Write::Ever, false));
        let mut change = operation(it, &format!("change one of {area}"), &[id(), if_match()], &reference(one));
        change["requestBody"] = body(&format!("{one}Changes"));
        row.insert("patch".to_owned(), with_tag(change));
    }
    if it.deletes {
        let mut delete = operation(it, &format!("delete one of {area}"), &[id(), if_match()], &json!({}));
        delete["responses"] = json!({ "204": { "description": "It is gone." } });
        if it.thing == Thing::Appointment {
            delete["description"] = "One that is still to come is not deleted (409, `open`): cancel it first.".into();
        }
        row.insert("delete".to_owned(), delete);
    }
    paths.insert(format!("{}/{{id}}", it.path()), Json::Object(row));
    let mut export = operation(it, &format!("export {area}"), &narrowing(it, false), &json!({}));
    export["parameters"].as_array_mut().into_iter().for_each(|all| {
        all.push(json!({ "name": "format", "in": "query", "schema": { "type": "string", "enum": ["csv", "ndjson", "xlsx"] } }));
    });
    export["responses"] = json!({ "200": { "description": "Every row, while it is read.", "content": {
        "text/csv": { "schema": { "type": "string" } }, "application/x-ndjson": { "schema": { "type": "string" } },
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": { "schema": { "type": "string", "format": "binary" } },
    } } });
    paths.insert(format!("/api/v1/exports/{area}"), json!({ "get": export }));
}

fn operation(it: &Resource, summary: &str, parameters: &[Json], answer: &Json) -> Json {
    let name = summary.replace([' ', '-'], "_");
    let mut words = summary.chars();
    let summary: String = words.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(words).collect();
    json!({
        "tags": [it.area.as_str()],
        "operationId": name,
        "summary": summary,
        "parameters": parameters,
        "responses": { "200": {
            "description": "As asked.",
            "content": { "application/json": { "schema": answer } },
        } },
    })
}

fn making(it: &Resource, schema: &str) -> Json {
    let reference = json!({ "$ref": format!("#/components/schemas/{}", it.one) });
    let mut make = operation(it, &format!("make one of {}", it.area.as_str()), &[], &reference);
    make["requestBody"] = body(schema);
    let mut made = make["responses"]["200"].take();
    made["headers"] = json!({
        "Location": { "schema": { "type": "string" }, "description": "The address of what was made." },
        "ETag": { "schema": { "type": "string" }, "description": "The tag of its state." },
    });
    make["responses"] = json!({ "201": made });
    make
}

fn with_tag(mut operation: Json) -> Json {
    operation["responses"]["200"]["headers"] =
        json!({ "ETag": { "schema": { "type": "string" }, "description": "The tag of this state." } });
    operation
}

/// A body of that schema.
pub(crate) fn body(schema: &str) -> Json {
    let reference = json!({ "$ref": format!("#/components/schemas/{schema}") });
    json!({ "required": true, "content": { "application/json": { "schema": reference } } })
}

fn id() -> Json {
    json!({ "name": "id", "in": "path", "required": true, "schema": { "type": "integer", "format": "int64", "minimum": 1 } })
}

fn if_match() -> Json {
    json!({
        "name": "If-Match", "in": "header", "required": true, "schema": { "type": "string" },
        "description": "The ETag of the state that is to be changed.",
    })
}

/// The parameters of a list, or of its export.
fn narrowing(it: &Resource, paged: bool) -> Vec<Json> {
    let mut all = Vec::new();
    for column in it.columns.iter().filter(|column| column.filter) {
        for (name, _) in parameters(column) {
            // Any line may be looked for, whether or not it is an address.
            let kind = if let Kind::Email = column.kind { Kind::Text(255) } else { column.kind };
            all.push(json!({ "name": name, "in": "query", "schema": kind.schema() }));
        }
    }
    all.push(json!({ "name": "sort", "in": "query", "schema": { "type": "string", "enum": sorts(it) } }));
    if paged {
        let limit = json!({ "type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL });
        all.push(json!({ "name": "limit", "in": "query", "schema": limit }));
        let what = "The `next` of the page before, asked for with the same `sort`.";
        all.push(json!({ "name": "cursor", "in": "query", "description": what,
            "schema": { "type": "string", "pattern": "^[A-Za-z0-9_-]{24,200}$" } }));
    }
    all
}

/// A row as it is answered.
fn shown(columns: &[Column]) -> Json {
    let mut properties = Map::new();
    properties.insert("id".to_owned(), json!({ "type": "integer", "format": "int64" }));
    for column in columns {
        properties.insert(column.name.to_owned(), column.kind.shown(column.nullable));
    }
    let required: Vec<_> = properties.keys().cloned().collect();
    json!({ "type": "object", "required": required, "properties": properties })
}

/// A body with those columns that are `wanted`, nothing beside them, and all that have no default where it is `whole`.
pub(crate) fn object(columns: &[Column], wanted: impl Fn(&Column) -> bool, whole: bool) -> Json {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for column in columns.iter().filter(|column| wanted(column)) {
        let mut schema = column.kind.schema();
        if column.nullable {
            schema["type"] = json!([schema["type"], "null"]);
            if let Some(words) = schema.get_mut("enum").and_then(Json::as_array_mut) {
                words.push(Json::Null);
            }
        }
        if whole && let Some(default) = column.default() {
            schema["default"] = default;
        }
        properties.insert(column.name.to_owned(), schema);
        if whole && column.default.is_none() {
            required.push(column.name);
        }
    }
    json!({ "type": "object", "additionalProperties": false, "required": required, "properties": properties })
}
