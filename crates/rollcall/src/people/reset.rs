//! A new password by a link that goes to the person's address.

use std::net::IpAddr;

use secrecy::SecretString;
use serde_json::json;

use super::letter;
use super::link::{self, Link, LinkKind};
use crate::accounts::{self, Account};
use crate::app::App;
use crate::audit::Actor;
use crate::db::{Arg, Error, PlatformSql};
use crate::events::{self, Event, Thing, Verb};
use crate::i18n::Lang;
use crate::password;
use crate::tenant::{Role, User};

/// Why there is no new password.
#[derive(Debug, thiserror::Error)]
pub enum ResetError {
    /// The password will not do.
    #[error(transparent)]
    Password(#[from] password::TooWeak),
    /// There is no such link, or it holds no longer.
    #[error("there is no such link, or it holds no longer")]
    Gone,
    /// The password could not be hashed.
    #[error(transparent)]
    Hash(#[from] password::HashError),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] Error),
}

const USABLE: PlatformSql = PlatformSql::new(
    "whether somebody who forgot their password may use the panel",
    "SELECT COUNT(*) FROM users u LEFT JOIN companies c ON c.id = u.company_id \
     LEFT JOIN rollcall_people p ON p.user_id = u.id \
     WHERE u.id = ? AND p.deactivated_at IS NULL AND (u.company_id IS NULL OR c.is_active = ?)",
);
const REPLACE: PlatformSql = PlatformSql::new(
    "an older link for a new password holds no longer",
    "DELETE FROM rollcall_links WHERE user_id = ? AND kind = 'reset'",
);
const ADD: PlatformSql = PlatformSql::new(
    "a link for a new password is made",
    "INSERT INTO rollcall_links (kind, hash, user_id, email, name, role, created_at, expires_at) \
     VALUES ('reset', ?, ?, ?, ?, ?, ?, ?)",
);

/// Sends a link to whoever signs in with that address, if there is somebody who may. Nobody who asks learns whether there
/// is: they have their answer before this begins.
pub(crate) async fn ask(app: App, email: String, lang: Lang, address: Option<IpAddr>) {
    if let Err(error) = asked(&app, &email, lang, address).await {
        tracing::error!(%error, "a link for a new password could not be made");
    }
}

async fn asked(app: &App, email: &str, lang: Lang, address: Option<IpAddr>) -> Result<(), Error> {
    let Some(account) = accounts::find_user(&app.db, email).await? else { return Ok(()) };
    let usable = app.db.platform().row(&USABLE, vec![account.id.into(), true.into()]).await?;
    let usable = usable.map(|row| row.int(0)).transpose()? == Some(1);
    if !usable || Role::parse(&account.role).is_none() || !crate::deliver::reaches_people(&app.config) {
        return Ok(());
    }
    let now = app.clock.now_utc();
    let (secret, hash) = link::secret(app);
    let row: Vec<Arg> = vec![
        hash.into(),
        account.id.into(),
        account.email.as_str().into(),
        account.name.as_str().into(),
        account.role.as_str().into(),
        now.into(),
        (now + LinkKind::Reset.lasts()).into(),
    ];
    let tx = app.db.platform().begin().await?;
    tx.execute(&REPLACE, vec![account.id.into()]).await?;
    tx.execute(&ADD, row).await?;
    let event = Event::new(Thing::User, Verb::ResetAsked, account.id);
    events::announce_above(&tx, &Actor::nobody(address), account.company_id, &event, now).await?;
    tx.commit().await?;
    letter::reset(app, &account, &secret, lang).await;
    Ok(())
}

/// Sets the password that whoever came by the link chose. Their sessions end, and their tokens hold no longer.
///
/// # Errors
/// [`ResetError`] says why not.
pub async fn set(
    app: &App,
    link: &Link,
    password: SecretString,
    address: Option<IpAddr>,
) -> Result<Account, ResetError> {
    password::check(&password)?;
    let user = link.user_id.ok_or(ResetError::Gone)?;
    let hash = app.passwords.hash(password).await?;
    let tx = app.db.platform().begin().await?;
    if !link::take(&tx, link, app.clock.now_utc()).await? {
        return Err(ResetError::Gone);
    }
    let account = accounts::user_of(&tx, user).await?.ok_or(ResetError::Gone)?;
    let role = Role::parse(&account.role).ok_or(ResetError::Gone)?;
    let (name, email) = (account.name.clone(), account.email.clone());
    let actor = Actor::user(&User { id: user, company_id: account.company_id, name, email, role }, address);
    let done = json!({ "email": account.email, "by": "a link that was sent" });
    accounts::replace_password(&tx, &app.clock, &actor, &account, hash, done).await?;
    tx.commit().await?;
    super::settle(app, account.company_id).await?;
    Ok(account)
}
