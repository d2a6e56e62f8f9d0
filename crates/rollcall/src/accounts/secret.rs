//! The key that session cookies are protected with: the operator's, or one that the program made.

use secrecy::SecretString;

use crate::chance::Chance;
use crate::config::Config;
use crate::db::{Database, Error, PlatformSql};

const NAME: &str = "secret_key";
const READ: PlatformSql =
    PlatformSql::new("the program's own secret key is read", "SELECT value FROM rollcall_meta WHERE name = ?");

/// The key of this run: the setting, else the one kept in the database, which is made where it is missing. Nodes that
/// start at the same time agree on one.
///
/// # Errors
/// Where the database fails, or has not been migrated.
pub async fn secret_key(db: &Database, config: &Config, chance: &Chance) -> Result<SecretString, Error> {
    if let Some(key) = &config.secret_key {
        return Ok(key.clone());
    }
    if let Some(key) = kept_secret_key(db).await? {
        return Ok(key);
    }
    let dialect = db.dialect();
    let text = format!(
        "{} INTO rollcall_meta (name, value) VALUES (?, ?) {}",
        dialect.insert_or_ignore(),
        dialect.or_ignore_end()
    );
    let keep = PlatformSql::composed("the program's own secret key is kept", text);
    db.platform().execute(&keep, vec![NAME.into(), chance.token().into()]).await?;
    kept_secret_key(db).await?.ok_or_else(|| Error::RecordNotFound("the program's own secret key".to_owned()))
}

/// The key that the program made and kept; none where it made none.
///
/// # Errors
/// Where the database fails, or has not been migrated.
pub async fn kept_secret_key(db: &Database) -> Result<Option<SecretString>, Error> {
    let row = db.platform().row(&READ, vec![NAME.into()]).await?;
    row.map(|row| row.text(0).map(SecretString::from)).transpose()
}
