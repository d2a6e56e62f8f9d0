//! `/api/docs`: what the API can do, from its description.

use askama::Template;
use serde_json::{Map, Value as Json};

use super::chrome::Theme;
use super::words::Words;
use crate::i18n::Lang;

/// The page.
#[derive(Template)]
#[template(path = "api_docs.html")]
pub struct ApiDocsPage {
    w: Words,
    theme: Theme,
    sections: Vec<Section>,
}

/// A part of the API.
struct Section {
    name: String,
    title: String,
    operations: Vec<Operation>,
}

/// Something that can be asked for.
struct Operation {
    id: String,
    method: String,
    path: String,
    title: String,
    parameters: Vec<Line>,
    fields: Vec<Line>,
}

/// A parameter or a field.
struct Line {
    name: String,
    place: String,
    what: String,
    required: bool,
}

/// The kinds of problems, in the order of their statuses.
const PROBLEMS: [&str; 19] = [
    "unreadable",
    "parameters",
    "token",
    "forbidden",
    "not-found",
    "in-use",
    "open",
    "taken",
    "last-admin",
    "state",
    "denied",
    "stale",
    "too-large",
    "media-type",
    "cursor",
    "invalid",
    "key-reused",
    "if-match",
    "too-many",
];

impl ApiDocsPage {
    /// The page of a description.
    #[must_use]
    pub fn new(lang: Lang, theme: Theme, document: &Json) -> Self {
        let w = Words::of(lang);
        let mut sections: Vec<Section> = Vec::new();
        for (path, operations) in document["paths"].as_object().into_iter().flatten() {
            for (method, operation) in operations.as_object().into_iter().flatten() {
                let name = operation["tags"][0].as_str().unwrap_or_default();
                let at = sections.iter().position(|section| section.name == name).unwrap_or_else(|| {
                    let title = w.t(&format!("ui.tokens.area.{name}"));
                    sections.push(Section { name: name.to_owned(), title, operations: Vec::new() });
                    sections.len() - 1
                });
                if let Some(section) = sections.get_mut(at) {
                    section.operations.push(Operation::of(w, document, path, method, operation));
                }
            }
        }
        sections.sort_by(|a, b| a.title.cmp(&b.title));
        Self { w, theme, sections }
    }

    /// The page's HTML.
    ///
    /// # Errors
    /// Where a template cannot be written, which is a fault of the program.
    pub fn html(&self) -> Result<String, askama::Error> {
        self.render()
    }

    fn problems(&self) -> impl Iterator<Item = (&'static str, String)> {
        PROBLEMS.into_iter().map(|name| (name, self.w.t(&format!("ui.api.problem.{name}"))))
    }
}

impl Operation {
    fn of(w: Words, document: &Json, path: &str, method: &str, operation: &Json) -> Self {
        let id = operation["operationId"].as_str().unwrap_or_default();
        let key =
            id.strip_prefix("widget_").map_or_else(|| format!("ui.api.{id}"), |key| format!("widget.{key}.title"));
        let kind = ["list", "read_one", "make_one", "change_one", "delete_one", "export"];
        let kind = kind.into_iter().find(|kind| id.starts_with(kind)).map(|kind| format!("ui.api.{kind}"));
        let title = w.maybe(&key).or_else(|| w.maybe(&kind?)).unwrap_or_else(|| id.to_owned());
        let parameters = operation["parameters"].as_array().into_iter().flatten().map(|it| Line {
            name: it["name"].as_str().unwrap_or_default().to_owned(),
            place: w.t(match it["in"].as_str() {
                Some("path") => "ui.api.place.path",
                Some("header") => "ui.api.place.header",
                _ => "ui.api.place.query",
            }),
            what: kind_of(&it["schema"]),
            required: it["required"].as_bool().unwrap_or(false),
        });
        let body = operation["requestBody"]["content"].as_object().and_then(|content| content.values().next());
        let schema = body.map_or(&Json::Null, |body| resolved(document, &body["schema"]));
        Self {
            id: id.to_owned(),
            method: method.to_uppercase(),
            path: path.to_owned(),
            title,
            parameters: parameters.collect(),
            fields: fields(w, schema),
        }
    }
}

fn resolved<'a>(document: &'a Json, schema: &'a Json) -> &'a Json {
    let reference = schema["$ref"].as_str().and_then(|reference| document.pointer(reference.strip_prefix('#')?));
    reference.unwrap_or(schema)
}

fn fields(w: Words, schema: &Json) -> Vec<Line> {
    let required = |name: &str| schema["required"].as_array().is_some_and(|all| all.iter().any(|one| one == name));
    let none = Map::new();
    let properties = schema["properties"].as_object().unwrap_or(&none);
    let line = |(name, it): (&String, &Json)| Line {
        name: name.clone(),
        place: w.t("ui.api.place.body"),
        what: kind_of(it),
        required: required(name),
    };
    properties.iter().map(line).collect()
}

/// What a value may be, in a few words that are the same in every language.
fn kind_of(schema: &Json) -> String {
    if let Some(words) = schema["enum"].as_array() {
        return words.iter().map(|word| word.as_str().unwrap_or("null")).collect::<Vec<_>>().join(" | ");
    }
    let kind = match &schema["type"] {
        Json::Array(kinds) => kinds.iter().filter_map(Json::as_str).collect::<Vec<_>>().join(" | "),
        kind => kind.as_str().unwrap_or("object").to_owned(),
    };
    let example = schema["examples"][0].as_str().map(|example| format!(", {example}")).unwrap_or_default();
    let bounds = match (schema["minimum"].as_i64(), schema["maximum"].as_i64()) {
        (Some(least), Some(most)) if most < 9_007_199_254_740_991 => format!(", {least}–{most}"),
        _ => String::new(),
    };
    format!("{kind}{example}{bounds}")
}
