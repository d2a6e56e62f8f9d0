//! Invitations: an admin names a person, who gets a link by which they choose their password and become a user.

use chrono::NaiveDateTime;
use secrecy::SecretString;
use serde::Serialize;
use serde_json::json;

use super::link::{self, Link, LinkKind};
use crate::accounts::{self, Invalid};
use crate::app::App;
use crate::audit::Actor;
use crate::db::{Arg, Error, Mode, PlatformSql, Row, TenantDb, TenantSql, TenantTx};
use crate::events::{self, Event, Thing, Verb};
use crate::password;
use crate::tenant::{Role, TenantScope, User};

/// Whom an admin invites.
#[derive(Clone, Debug, Default)]
pub struct Invited {
    /// The address that they are to sign in with.
    pub email: String,
    /// Their name.
    pub name: String,
    /// What they are to be, as the database names it.
    pub role: String,
}

/// An invitation that nobody took up yet.
#[derive(Clone, Debug, Serialize)]
pub struct Pending {
    /// Its id.
    pub id: i64,
    /// The address.
    pub email: String,
    /// The name.
    pub name: String,
    /// What they are to be, as the database names it.
    pub role: String,
    /// Until when it holds, UTC.
    pub expires_at: NaiveDateTime,
}

/// Why somebody is not invited, or does not become a user.
#[derive(Debug, thiserror::Error)]
pub enum InvitationError {
    /// The address will not do.
    #[error(transparent)]
    Email(Invalid),
    /// The name will not do.
    #[error(transparent)]
    Name(Invalid),
    /// The role is none of a company.
    #[error("a company's people are admin, manager or viewer")]
    Role,
    /// Somebody signs in with the address.
    #[error("somebody signs in with this address already")]
    Taken,
    /// The password will not do.
    #[error(transparent)]
    Password(#[from] password::TooWeak),
    /// There is no such invitation, or it holds no longer.
    #[error("there is no such invitation, or it holds no longer")]
    Gone,
    /// The password could not be hashed.
    #[error(transparent)]
    Hash(#[from] password::HashError),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] Error),
}

/// At most so many pending invitations are listed.
const MOST: u32 = 200;
const PENDING: &str = "SELECT id, email, name, role, expires_at FROM rollcall_links \
     WHERE company_id = :company AND kind = 'invitation' AND used_at IS NULL";
const REPLACE: TenantSql = TenantSql::new(
    "DELETE FROM rollcall_links WHERE company_id = :company AND kind = 'invitation' AND used_at IS NULL AND email = ?",
);
const RENEW: TenantSql = TenantSql::new(
    "UPDATE rollcall_links SET hash = ?, expires_at = ? WHERE company_id = :company AND id = ? AND used_at IS NULL",
);
const WITHDRAW: TenantSql =
    TenantSql::new("DELETE FROM rollcall_links WHERE company_id = :company AND id = ? AND used_at IS NULL");
const TAKEN: PlatformSql = PlatformSql::new(
    "whether somebody signs in with an address already is asked before it is invited or taken",
    // An application may have stored it as it was typed.
    "SELECT 1 FROM users WHERE email = ? OR LOWER(email) = ?",
);
const JOIN: PlatformSql = PlatformSql::new(
    "an invited person becomes a user",
    "INSERT INTO users (company_id, name, email, password, role, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
);
const JOINED: PlatformSql =
    PlatformSql::new("an invited person is read after they became a user", "SELECT id FROM users WHERE email = ?");

/// Invites somebody; answers the secret of the link, which nobody can learn again. Whoever had one for the same address cannot
/// use it any more.
///
/// # Errors
/// [`InvitationError`] says what will not do.
pub async fn invite(
    app: &App,
    scope: &TenantScope,
    actor: &Actor,
    invited: &Invited,
) -> Result<(Pending, SecretString), InvitationError> {
    let email = accounts::email(&invited.email).map_err(InvitationError::Email)?;
    let name = accounts::name(&invited.name).map_err(InvitationError::Name)?;
    let role = role(&invited.role).ok_or(InvitationError::Role)?;
    if is_taken(app, &email).await? {
        return Err(InvitationError::Taken);
    }
    let now = app.clock.now_utc();
    let expires_at = now + LinkKind::Invitation.lasts();
    let (secret, hash) = link::secret(app);
    let tx = scope.db(&app.db).begin(Mode::Write).await?;
    tx.execute(&REPLACE, vec![email.as_str().into()]).await?;
    let columns = ["kind", "hash", "email", "name", "role", "created_at", "expires_at"];
    let row: Vec<Arg> = vec![
        LinkKind::Invitation.as_str().into(),
        hash.into(),
        email.as_str().into(),
        name.as_str().into(),
        role.as_str().into(),
        now.into(),
        expires_at.into(),
    ];
    let ids = tx.insert_new("rollcall_links", &columns, vec![row]).await?;
    let id = ids.first().copied().ok_or_else(|| Error::RecordNotFound("the new invitation".to_owned()))?;
    let pending = Pending { id, email, name, role: role.as_str().to_owned(), expires_at };
    announce(&tx, actor, Verb::Invited, &pending, now).await?;
    tx.commit().await?;
    Ok((pending, secret))
}

/// Gives an invitation another secret and its full time again; none where the company has no such one pending.
///
/// # Errors
/// Where the database fails.
pub async fn renew(
    app: &App,
    scope: &TenantScope,
    actor: &Actor,
    id: i64,
) -> Result<Option<(Pending, SecretString)>, Error> {
    let now = app.clock.now_utc();
    let expires_at = now + LinkKind::Invitation.lasts();
    let (secret, hash) = link::secret(app);
    let tx = scope.db(&app.db).begin(Mode::Write).await?;
    let Some(found) = locked(&tx, id).await? else { return Ok(None) };
    let args = vec![hash.into(), expires_at.into(), id.into()];
    if tx.execute(&RENEW, args).await? == 0 {
        return Ok(None);
    }
    let pending = Pending { expires_at, ..found };
    announce(&tx, actor, Verb::Invited, &pending, now).await?;
    tx.commit().await?;
    Ok(Some((pending, secret)))
}

/// Takes an invitation back; false where the company has no such one pending.
///
/// # Errors
/// Where the database fails.
pub async fn withdraw(app: &App, scope: &TenantScope, actor: &Actor, id: i64) -> Result<bool, Error> {
    let tx = scope.db(&app.db).begin(Mode::Write).await?;
    let Some(found) = locked(&tx, id).await? else { return Ok(false) };
    if tx.execute(&WITHDRAW, vec![id.into()]).await? == 0 {
        return Ok(false);
    }
    announce(&tx, actor, Verb::Withdrawn, &found, app.clock.now_utc()).await?;
    tx.commit().await?;
    Ok(true)
}

/// The company's invitations that nobody took up yet, the newest first; those that are too old among them.
///
/// # Errors
/// Where the database fails.
pub async fn pending(db: &TenantDb) -> Result<Vec<Pending>, Error> {
    let sql = TenantSql::composed(format!("{PENDING} ORDER BY id DESC LIMIT {MOST}"))?;
    db.rows(&sql, vec![]).await?.iter().map(read).collect()
}

/// Takes up an invitation: whoever comes first with its secret becomes the user, with the password they chose.
///
/// # Errors
/// [`InvitationError`] says why not.
pub async fn accept(
    app: &App,
    link: &Link,
    password: SecretString,
    address: Option<std::net::IpAddr>,
) -> Result<(), InvitationError> {
    password::check(&password)?;
    let (Some(company), Some(role), Some(_)) = (link.company_id, role(&link.role), &link.company) else {
        return Err(InvitationError::Gone);
    };
    if is_taken(app, &link.email).await? {
        return Err(InvitationError::Taken);
    }
    let hash = app.passwords.hash(password).await?;
    let now = app.clock.now_utc();
    let tx = app.db.platform().begin().await?;
    if !link::take(&tx, link, now).await? {
        return Err(InvitationError::Gone);
    }
    let row: Vec<Arg> = vec![
        company.into(),
        link.name.as_str().into(),
        link.email.as_str().into(),
        hash.into(),
        role.as_str().into(),
        now.into(),
        now.into(),
    ];
    match tx.execute(&JOIN, row).await {
        Err(error) if accounts::is_taken(&error) => return Err(InvitationError::Taken),
        result => result?,
    };
    let id = tx.row(&JOINED, vec![link.email.as_str().into()]).await?.map(|row| row.int(0)).transpose()?;
    let id = id.ok_or_else(|| Error::RecordNotFound("the new user".to_owned()))?;
    super::active::forget_above(&tx, id).await?;
    let user = User { id, company_id: Some(company), name: link.name.clone(), email: link.email.clone(), role };
    let actor = Actor::user(&user, address);
    let state = json!({ "id": id, "name": user.name, "email": user.email, "role": role.as_str() });
    let accepted = Event::new(Thing::Invitation, Verb::Accepted, link.id).after(state.clone());
    events::announce_above(&tx, &actor, Some(company), &accepted, now).await?;
    let created = Event::new(Thing::User, Verb::Created, id).after(state);
    events::announce_above(&tx, &actor, Some(company), &created, now).await?;
    tx.commit().await?;
    super::settle(app, Some(company)).await?;
    Ok(())
}

fn role(name: &str) -> Option<Role> {
    Role::parse(name).filter(|role| *role != Role::SuperAdmin)
}

/// Whether somebody signs in with that address, in lower case.
///
/// # Errors
/// Where the database fails.
pub(crate) async fn is_taken(app: &App, email: &str) -> Result<bool, Error> {
    Ok(app.db.platform().row(&TAKEN, vec![email.into(), email.into()]).await?.is_some())
}

/// A pending invitation of that id, which nobody takes up or takes back meanwhile.
async fn locked(tx: &TenantTx, id: i64) -> Result<Option<Pending>, Error> {
    let lock = tx.dialect().pick("", " FOR UPDATE", " FOR UPDATE");
    let sql = TenantSql::composed(format!("{PENDING} AND id = ?{lock}"))?;
    tx.rows(&sql, vec![id.into()]).await?.first().map(read).transpose()
}

async fn announce(
    tx: &TenantTx,
    actor: &Actor,
    verb: Verb,
    pending: &Pending,
    now: NaiveDateTime,
) -> Result<(), Error> {
    let state = json!({ "name": pending.name, "email": pending.email, "role": pending.role });
    let event = Event::new(Thing::Invitation, verb, pending.id);
    let event = if verb == Verb::Withdrawn { event.before(state) } else { event.after(state) };
    events::announce(tx, actor, &[event], now).await.map(|_| ())
}

fn read(row: &Row) -> Result<Pending, Error> {
    Ok(Pending {
        id: row.int(0)?,
        email: row.text(1)?,
        name: row.text(2)?,
        role: row.text(3)?,
        expires_at: row.instant(4)?,
    })
}
