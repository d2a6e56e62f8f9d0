//! What people are told by mail about their accounts.

use secrecy::SecretString;

use super::invitation::Pending;
use super::link::LinkKind;
use super::profile;
use crate::accounts::{self, Account};
use crate::app::App;
use crate::db::Error;
use crate::deliver::{Note, reaches_people};
use crate::i18n::{Lang, t_with};

/// Sends an invitation; false where it cannot be sent, so that somebody has to hand it on.
pub async fn invitation(app: &App, company: &str, pending: &Pending, secret: &SecretString, lang: Lang) -> bool {
    let Some(url) = url(app, LinkKind::Invitation, secret) else { return false };
    let values = [("name", pending.name.as_str()), ("company", company), ("url", url.as_str())];
    send(app, &pending.email, lang, company, "invitation", &values).await
}

/// Sends a link for a new password; false where it was not taken.
pub(super) async fn reset(app: &App, account: &Account, secret: &SecretString, lang: Lang) -> bool {
    let Some(url) = url(app, LinkKind::Reset, secret) else { return false };
    let values = [("name", account.name.as_str()), ("url", url.as_str())];
    send(app, &account.email, lang, "Rollcall", "reset", &values).await
}

/// Tells somebody that their second step was reset by whom, in the language that they chose, else in `lang`. A mail that is not
/// taken is no reason to keep the second step.
///
/// # Errors
/// Where the database fails.
pub async fn tell_reset(app: &App, user: i64, by: &str, lang: Lang) -> Result<(), Error> {
    let Some(account) = accounts::user_by_id(&app.db, user).await? else { return Ok(()) };
    let lang = profile::preferences(app, user).await?.language.unwrap_or(lang);
    let values = [("name", account.name.as_str()), ("by", by)];
    send(app, &account.email, lang, "Rollcall", "totp_reset", &values).await;
    Ok(())
}

/// The whole address of a link; none where nobody said how browsers reach the panel.
#[must_use]
pub fn url(app: &App, kind: LinkKind, secret: &SecretString) -> Option<String> {
    Some(format!("{}{}", origin(app)?, kind.path(secret)))
}

/// How browsers reach the panel; none where nobody said so.
pub(crate) fn origin(app: &App) -> Option<String> {
    Some(app.config.public_url.as_ref()?.origin().ascii_serialization())
}

async fn send(app: &App, to: &str, lang: Lang, company: &str, key: &str, values: &[(&str, &str)]) -> bool {
    if !reaches_people(&app.config) {
        return false;
    }
    let text = |part: &str| t_with(lang, &format!("mail.{key}.{part}"), values);
    let note =
        Note { to: to.to_owned(), lang, company: company.to_owned(), subject: text("subject"), body: text("body") };
    app.post.send(app, note).await
}
