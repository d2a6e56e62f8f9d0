//! `/admin/arrange`: each person's own order of the widgets. An operator, who is at home nowhere, sees the usual one.

use axum::Form;
use axum::extract::State;
use axum::response::{Html, IntoResponse, Response};
use serde::Deserialize;

use super::error::Failure;
use super::see_other;
use super::view::{ArrangePage, Badges, PageQuery};
use super::visitor::InCompany;
use crate::app::App;
use crate::changes;
use crate::tenant::Role;
use crate::widget::arrangement::Move;
use crate::widget::{Arrangement, InvalidChoice};

/// The form: what is to be done with a widget, or with all of them.
#[derive(Debug, Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    widget: String,
    r#do: String,
}

/// `GET`: the order, with buttons.
pub(super) async fn form(State(app): State<App>, at: InCompany) -> Result<Response, Failure> {
    let query = PageQuery::of(&at.visitor.context.target);
    let pressed = query.get("widget").zip(query.get("did"));
    let drawing = super::drawing::Drawing::new(&app, own(&at)?, &PageQuery::default(), &[]);
    let chrome = at.chrome(drawing.badges().await.unwrap_or(Badges::default()));
    Ok(Html(ArrangePage::new(chrome, &arrangement(&at), pressed).html()?).into_response())
}

/// `POST`: one step, kept at once.
pub(super) async fn save(
    State(app): State<App>,
    at: InCompany,
    Form(wanted): Form<Wanted>,
) -> Result<Response, Failure> {
    own(&at)?;
    let before = arrangement(&at);
    let after = match wanted.r#do.as_str() {
        "reset" => Arrangement::default(),
        name => {
            let to = Move::named(name).ok_or_else(|| bad(name))?;
            before.clone().moved(&wanted.widget, to)
        }
    };
    if after != before {
        let change = changes::arrange::Change { before: &before, after: &after };
        let actor = at.visitor.actor();
        changes::arrange::keep(&app.db, &at.scope, &actor, at.visitor.user.id, change, &app.clock).await?;
    }
    let pressed = [("widget".to_owned(), wanted.widget), ("did".to_owned(), wanted.r#do)];
    Ok(see_other(&PageQuery::default().url("/admin/arrange", &pressed)))
}

fn own(at: &InCompany) -> Result<&InCompany, Failure> {
    if at.scope.role() == Role::SuperAdmin { Err(Failure::NotFound) } else { Ok(at) }
}

fn arrangement(at: &InCompany) -> Arrangement {
    at.visitor.visit().arranged.as_ref().map(|(arrangement, _)| arrangement.clone()).unwrap_or_default()
}

fn bad(value: &str) -> Failure {
    let value = value.chars().take(80).collect();
    Failure::Bad(InvalidChoice { name: "do".to_owned(), value, allowed: "up, down, hide, show, reset".to_owned() })
}
