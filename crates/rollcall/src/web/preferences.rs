//! `POST /preferences`: language and theme, kept in cookies so that the sign-in page knows them too.

use axum::Form;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::SET_COOKIE;
use axum::response::Response;
use serde::Deserialize;

use super::context::{LANGUAGE_COOKIE, THEME_COOKIE};
use super::error::Failure;
use super::view::Theme;
use super::{local_path, see_other};
use crate::app::App;
use crate::i18n::Lang;
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

pub(super) async fn save(State(app): State<App>, Form(form): Form<Preferences>) -> Result<Response, Failure> {
    let mut response = see_other(local_path(&form.return_to).unwrap_or("/admin"));
    let secure = if app.config.secure_cookies() { "; Secure" } else { "" };
    let mut keep = |name: &str, value: &str| -> Result<(), Failure> {
        let cookie = format!("{name}={value}; Path=/; Max-Age={YEAR}; SameSite=Lax; HttpOnly{secure}");
        let cookie = HeaderValue::from_str(&cookie).map_err(|_| Failure::Internal)?;
        response.headers_mut().append(SET_COOKIE, cookie);
        Ok(())
    };
    if let Some(language) = &form.language {
        let unknown = || bad("language", language, "de, en");
        keep(LANGUAGE_COOKIE, language.parse::<Lang>().map_err(|_| unknown())?.as_str())?;
    }
    if let Some(theme) = &form.theme {
        let unknown = || bad("theme", theme, "system, light, dark");
        keep(THEME_COOKIE, Theme::named(theme).ok_or_else(unknown)?.name())?;
    }
    Ok(response)
}

fn bad(name: &str, value: &str, allowed: &str) -> Failure {
    Failure::Bad(InvalidChoice { name: name.to_owned(), value: value.to_owned(), allowed: allowed.to_owned() })
}
