//! People: an admin sees to their company's, and everybody to themselves.

mod arrival;
mod invite;
mod manage;
mod profile;
pub(super) mod second_step;

use axum::routing::{get, post};

pub(crate) use arrival::weakness;
pub(super) use invite::origin;

use super::drawing::Drawing;
use super::error::Failure;
use super::listed::Routes;
use super::view::{Badges, Chrome, Notice, PageQuery};
use super::visitor::{InCompany, Visitor};
use crate::app::App;

/// The routes.
pub(super) fn routes() -> Routes {
    Routes::new()
        .route("/invitation/{secret}", get(arrival::invitation).post(arrival::accept))
        .route("/reset/{secret}", get(arrival::reset).post(arrival::set))
        .route("/forgot", get(arrival::forgot).post(arrival::ask))
        .route("/login/code", get(second_step::form).post(second_step::check))
        .route("/login/setup", get(second_step::setup).post(second_step::confirm))
        .route("/admin/users/new", get(invite::form).post(invite::invite))
        .route("/admin/users/invitations/{id}/resend", post(invite::resend))
        .route("/admin/users/invitations/{id}/withdraw", post(invite::withdraw))
        .route("/admin/users/{id}/activate", post(manage::activate))
        .route("/admin/users/{id}/deactivate", get(manage::ask).post(manage::deactivate))
        .route("/admin/users/{id}/reset-totp", post(manage::reset_totp))
        .route("/admin/profile", get(profile::page))
        .route("/admin/profile/name", post(profile::rename))
        .route("/admin/profile/password", post(profile::set_password))
        .route("/admin/profile/totp/begin", post(profile::begin))
        .route("/admin/profile/totp", get(profile::setup).post(profile::confirm))
        .route("/admin/profile/totp/codes", post(profile::codes))
        .route("/admin/profile/totp/off", post(profile::turn_off))
        .route("/admin/profile/sessions/end", post(profile::end_session))
        .route("/admin/profile/sessions/end-others", post(profile::end_others))
}

/// What stands around a page about oneself: of the own company, where there is one.
pub(super) async fn chrome(app: &App, visitor: &Visitor) -> Result<Chrome, Failure> {
    let notice = PageQuery::of(&visitor.context.target).get("notice").and_then(Notice::named);
    let chrome = match InCompany::at_home(app, visitor).await? {
        Some(at) => {
            let drawing = Drawing::new(app, &at, &PageQuery::default(), &[]);
            at.chrome(drawing.badges().await.unwrap_or(Badges::default()))
        }
        None => visitor.chrome(),
    };
    Ok(Chrome { notice, ..chrome })
}
