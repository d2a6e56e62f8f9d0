//! Links that let somebody in once: to take up an invitation, or to set a new password. The secret in them is kept as a hash.

use chrono::{NaiveDateTime, TimeDelta};
use secrecy::{ExposeSecret, SecretString};

use crate::app::App;
use crate::db::{Error, PlatformSql, PlatformTx, Row};
use crate::tokens;

/// What a link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkKind {
    /// To become a user.
    Invitation,
    /// To set a new password.
    Reset,
}

impl LinkKind {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Invitation => "invitation",
            Self::Reset => "reset",
        }
    }

    /// How long a link holds.
    pub(super) fn lasts(self) -> TimeDelta {
        match self {
            Self::Invitation => TimeDelta::hours(72),
            Self::Reset => TimeDelta::hours(1),
        }
    }

    /// Its path, the secret in it: logs leave out what stands behind the second slash.
    #[must_use]
    pub fn path(self, secret: &SecretString) -> String {
        format!("/{}/{}", self.as_str(), secret.expose_secret())
    }
}

/// A link that holds, and whom it is for.
#[derive(Clone, Debug)]
pub struct Link {
    pub(crate) id: i64,
    pub(super) hash: String,
    pub(super) company_id: Option<i64>,
    pub(super) user_id: Option<i64>,
    /// The address that they sign in with, or will.
    pub email: String,
    /// Their name.
    pub name: String,
    pub(super) role: String,
    /// The company's name; none for an operator.
    pub company: Option<String>,
}

const FIND: PlatformSql = PlatformSql::new(
    "a link that was sent to somebody is found by its secret's hash",
    "SELECT l.id, l.hash, l.company_id, l.user_id, l.email, l.name, l.role, c.name FROM rollcall_links l \
     LEFT JOIN companies c ON c.id = l.company_id \
     WHERE l.hash = ? AND l.kind = ? AND l.used_at IS NULL AND l.expires_at > ?",
);
const TAKE: PlatformSql = PlatformSql::new(
    "a link that was sent to somebody is used up",
    "UPDATE rollcall_links SET used_at = ? WHERE hash = ? AND used_at IS NULL AND expires_at > ?",
);

/// The link with that secret; none where there is none of that kind, or it was used, withdrawn or is too old.
///
/// # Errors
/// Where the database fails.
pub async fn find(app: &App, kind: LinkKind, secret: &str) -> Result<Option<Link>, Error> {
    let args = vec![tokens::hash(secret).into(), kind.as_str().into(), app.clock.now_utc().into()];
    app.db.platform().row(&FIND, args).await?.as_ref().map(link).transpose()
}

/// Uses a link up, within the transaction of what it is for; false where somebody else was first.
pub(super) async fn take(tx: &PlatformTx, link: &Link, now: NaiveDateTime) -> Result<bool, Error> {
    Ok(tx.execute(&TAKE, vec![now.into(), link.hash.as_str().into(), now.into()]).await? == 1)
}

/// A secret, and what is kept of it.
pub(super) fn secret(app: &App) -> (SecretString, String) {
    let secret = app.chance.token();
    let hash = tokens::hash(&secret);
    (SecretString::from(secret), hash)
}

fn link(row: &Row) -> Result<Link, Error> {
    Ok(Link {
        id: row.int(0)?,
        hash: row.text(1)?,
        company_id: row.opt_int(2)?,
        user_id: row.opt_int(3)?,
        email: row.text(4)?,
        name: row.text(5)?,
        role: row.text(6)?,
        company: row.opt_text(7)?,
    })
}
