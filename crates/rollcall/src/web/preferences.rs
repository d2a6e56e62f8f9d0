//! `POST /preferences`: language, theme and how times of day are told, kept with the person, and in cookies so that the sign-in page knows them too.

use axum::Form;
use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use serde::Deserialize;

use super::context::{Context, HOURS_COOKIE, LANGUAGE_COOKIE, THEME_COOKIE};
use super::error::Failure;
use super::view::Theme;
use super::{local_path, presence, see_other};
use crate::app::App;
use crate::audit::Actor;
use crate::i18n::{Hours, Lang};
use crate::people::profile;
use crate::widget::InvalidChoice;

const YEAR: u32 = 365 * 24 * 3600;

/// The form; a field that is missing stays as it was.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Preferences {
    language: Option<String>,
    theme: Option<String>,
    hours: Option<String>,
    #[serde(default)]
    return_to: String,
}

pub(super) async fn save(
    State(app): State<App>,
    context: Context,
    headers: HeaderMap,
    Form(form): Form<Preferences>,
) -> Result<Response, Failure> {
    let mut response = see_other(local_path(&form.return_to).unwrap_or("/admin"));
    let language = match &form.language {
        Some(name) => Some(name.parse::<Lang>().map_err(|_| bad("language", name, "de, en"))?),
        None => None,
    };
    let theme = match &form.theme {
        Some(name) => Some(Theme::named(name).ok_or_else(|| bad("theme", name, "system, light, dark"))?),
        None => None,
    };
    let hours = match &form.hours {
        Some(name) => Some(Hours::named(name).ok_or_else(|| bad("hours", name, "24, 12"))?),
        None => None,
    };
    // Whoever is signed in finds it so in their next browser, too.
    if let Some(id) = presence::session_id(&headers)
        && let Some(presence) = presence::present(&app, &id).await?
    {
        let user = &presence.visit.user;
        let theme = theme.map(|theme| theme.name().to_owned());
        let liked = profile::Preferences { language, theme, hours };
        profile::prefer(&app, user, &Actor::user(user, context.address), liked).await?;
    }
    keep(&app, &mut response, (language, theme, hours))?;
    Ok(response)
}

/// Lets the browser keep how somebody likes the panel, so that every page has them before anything is known of who asks.
pub(super) fn keep(
    app: &App,
    response: &mut Response,
    (language, theme, hours): (Option<Lang>, Option<Theme>, Option<Hours>),
) -> Result<(), Failure> {
    let secure = if app.config.secure_cookies() { "; Secure" } else { "" };
    let kept = [
        language.map(|language| (LANGUAGE_COOKIE, language.as_str())),
        theme.map(|theme| (THEME_COOKIE, theme.name())),
        hours.map(|hours| (HOURS_COOKIE, hours.as_str())),
    ];
    for (name, value) in kept.into_iter().flatten() {
        let cookie = format!("{name}={value}; Path=/; Max-Age={YEAR}; SameSite=Lax; HttpOnly{secure}");
        let cookie = HeaderValue::from_str(&cookie).map_err(|_| Failure::Internal)?;
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    Ok(())
}

fn bad(name: &str, value: &str, allowed: &str) -> Failure {
    Failure::Bad(InvalidChoice { name: name.to_owned(), value: value.to_owned(), allowed: allowed.to_owned() })
}
