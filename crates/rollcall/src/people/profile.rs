//! What a person changes of themselves: name, password, language and theme.

use serde_json::json;

use super::sessions;
use crate::accounts;
use crate::app::App;
use crate::audit::Actor;
use crate::db::{Error, PlatformSql};
use crate::events::{self, Event, Thing, Verb};
use crate::i18n::{Hours, Lang};
use crate::tenant::User;

/// How somebody likes the panel; none: as their browser has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preferences {
    /// The language.
    pub language: Option<Lang>,
    /// The theme, by its name.
    pub theme: Option<String>,
    /// How they are told times of day.
    pub hours: Option<Hours>,
}

const HASH: PlatformSql =
    PlatformSql::new("a person's own password is read, to be checked", "SELECT password FROM users WHERE id = ?");
const SET_PASSWORD: PlatformSql = PlatformSql::new(
    "a person's own password is replaced",
    "UPDATE users SET password = ?, updated_at = ? WHERE id = ?",
);
const RENAME: PlatformSql =
    PlatformSql::new("a person's own name is changed", "UPDATE users SET name = ?, updated_at = ? WHERE id = ?");
const LIKES: PlatformSql = PlatformSql::new(
    "how a person likes the panel is read by their id",
    "SELECT language, theme, clock FROM rollcall_people WHERE user_id = ?",
);

/// Gives a person another name.
///
/// # Errors
/// Where the name will not do, or the database fails.
pub async fn rename(app: &App, user: &User, actor: &Actor, name: &str) -> Result<(), accounts::AccountError> {
    let name = accounts::name(name)?;
    let now = app.clock.now_utc();
    let tx = app.db.platform().begin().await?;
    tx.execute(&RENAME, vec![name.as_str().into(), now.into(), user.id.into()]).await?;
    let event = Event::new(Thing::User, Verb::Updated, user.id);
    let event = event.before(json!({ "name": user.name })).after(json!({ "name": name }));
    events::announce_above(&tx, actor, user.company_id, &event, now).await?;
    tx.commit().await?;
    super::settle(app, user.company_id).await?;
    Ok(())
}

/// What is kept of a person's password; none where they are gone.
///
/// # Errors
/// Where the database fails.
pub(crate) async fn password_hash(app: &App, user: i64) -> Result<Option<String>, Error> {
    app.db.platform().row(&HASH, vec![user.into()]).await?.map(|row| row.text(0)).transpose()
}

/// Gives a person another password, and ends their sessions but the one of that key.
///
/// # Errors
/// Where the database fails.
pub(crate) async fn set_password(
    app: &App,
    user: &User,
    actor: &Actor,
    hash: String,
    session: &str,
) -> Result<(), Error> {
    let now = app.clock.now_utc();
    let tx = app.db.platform().begin().await?;
    tx.execute(&SET_PASSWORD, vec![hash.into(), now.into(), user.id.into()]).await?;
    sessions::end_others_within(&tx, user, session).await?;
    let event = Event::new(Thing::User, Verb::PasswordSet, user.id).after(json!({ "by": "themselves" }));
    events::announce_above(&tx, actor, user.company_id, &event, now).await?;
    tx.commit().await?;
    super::settle(app, user.company_id).await
}

/// How a person likes the panel.
///
/// # Errors
/// Where the database fails.
pub async fn preferences(app: &App, user: i64) -> Result<Preferences, Error> {
    let Some(row) = app.db.platform().row(&LIKES, vec![user.into()]).await? else { return Ok(Preferences::default()) };
    let language = row.opt_text(0)?.and_then(|name| name.parse().ok());
    let hours = row.opt_text(2)?.and_then(|name| Hours::named(&name));
    Ok(Preferences { language, theme: row.opt_text(1)?, hours })
}

/// Keeps how a person likes the panel, for every browser in which they sign in from now on; what is none stays as it was.
///
/// # Errors
/// Where the database fails.
pub async fn prefer(app: &App, user: &User, actor: &Actor, liked: Preferences) -> Result<(), Error> {
    let before = preferences(app, user.id).await?;
    let now_liked = Preferences {
        language: liked.language.or(before.language),
        theme: liked.theme.or_else(|| before.theme.clone()),
        hours: liked.hours.or(before.hours),
    };
    if now_liked == before {
        return Ok(());
    }
    let end = app.db.dialect().on_conflict_update(&["user_id"], &["company_id", "language", "theme", "clock"]);
    let text = format!(
        "INSERT INTO rollcall_people (user_id, company_id, language, theme, clock) VALUES (?, ?, ?, ?, ?) {end}"
    );
    let sql = PlatformSql::composed("how a person likes the panel is kept", text);
    let language = |liked: &Preferences| liked.language.map(Lang::as_str);
    let hours = |liked: &Preferences| liked.hours.map(Hours::as_str);
    let args = vec![
        user.id.into(),
        user.company_id.into(),
        language(&now_liked).into(),
        now_liked.theme.clone().into(),
        hours(&now_liked).into(),
    ];
    let tx = app.db.platform().begin().await?;
    tx.execute(&sql, args).await?;
    let event = Event::new(Thing::User, Verb::Updated, user.id)
        .before(json!({ "language": language(&before), "theme": before.theme, "hours": hours(&before) }))
        .after(json!({ "language": language(&now_liked), "theme": now_liked.theme, "hours": hours(&now_liked) }));
    events::announce_above(&tx, actor, user.company_id, &event, app.clock.now_utc()).await?;
    tx.commit().await
}
