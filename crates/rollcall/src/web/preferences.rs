//! `POST /preferences`: language and theme, kept with the person, and in cookies so that the sign-in page knows them too.

use axum::Form;
use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use serde::Deserialize;

use super::context::{Context, LANGUAGE_COOKIE, THEME_COOKIE};
use super::error::Failure;
use super::view::Theme;
use super::{local_path, presence, see_other};
use crate::app::App;
use crate::audit::Actor;
use crate::i18n::Lang;
use crate::people::profile;
use crate::widget::InvalidChoice;

const YEAR: u32 = 365 * 24 * 3600;

/// The form; a field that is missing stays as it was.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Preferences {
    language: Option<String>,
    theme: Option<String>,
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
    // Whoever is signed in finds it so in their next browser, too.
    if let Some(id) = presence::session_id(&headers)
        && let Some(presence) = presence::present(&app, &id).await?
    {
        let user = &presence.visit.user;
        let liked = profile::Preferences { language, theme: theme.map(|theme| theme.name().to_owned()) };
        profile::prefer(&app, user, &Actor::user(user, context.address), liked).await?;
    }
    keep(&app, &mut response, language, theme)?;
    Ok(response)
}

/// Lets the browser keep language and theme, so that every page has them before anything is known of who asks.
pub(super) fn keep(
    app: &App,
    response: &mut Response,
    language: Option<Lang>,
    theme: Option<Theme>,
) -> Result<(), Failure> {
    let secure = if app.config.secure_cookies() { "; Secure" } else { "" };
    let language = language.map(|language| (LANGUAGE_COOKIE, language.as_str()));
    for (name, value) in language.into_iter().chain(theme.map(|theme| (THEME_COOKIE, theme.name()))) {
        let cookie = format!("{name}={value}; Path=/; Max-Age={YEAR}; SameSite=Lax; HttpOnly{secure}");
        let cookie = HeaderValue::from_str(&cookie).map_err(|_| Failure::Internal)?;
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    Ok(())
}

fn bad(name: &str, value: &str, allowed: &str) -> Failure {
    Failure::Bad(InvalidChoice { name: name.to_owned(), value: value.to_owned(), allowed: allowed.to_owned() })
}
