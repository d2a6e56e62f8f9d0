//! In which form passwords are kept.

use argon2::Block;

use super::{HashError, Passwords, hash_with};
use crate::chance::Chance;
use crate::db::{Database, Error, PlatformSql};

/// The cost of Laravel's own hashes.
const BCRYPT_COST: u32 = 12;

/// The form of a stored password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// An argon2id PHC string.
    Argon2id,
    /// bcrypt, `$2y$`, as Laravel writes it unless it is told otherwise.
    Bcrypt,
}

// Any bcrypt tells that the application checks bcrypt; argon2 alone, that it was told otherwise.
const IN_USE: PlatformSql = PlatformSql::new(
    "in which form an application keeps its users' passwords",
    "SELECT COALESCE(MAX(CASE WHEN password LIKE '$argon2%' THEN 1 WHEN password LIKE '$2%' THEN 2 ELSE 0 END), 0) FROM users",
);

impl Form {
    pub(super) fn hash(self, salt: [u8; 16], password: &str, memory: &mut Vec<Block>) -> Result<String, HashError> {
        match self {
            Self::Argon2id => hash_with(&salt, password, memory),
            Self::Bcrypt => {
                let hashed = bcrypt::hash_with_salt(password, BCRYPT_COST, salt);
                let hashed = hashed.map_err(|error| HashError(error.to_string()))?;
                Ok(hashed.format_for_version(bcrypt::Version::TwoY))
            }
        }
    }
}

impl Passwords {
    /// As the users of this database need them: where an application owns it, in the form that it can check.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub async fn of(db: &Database, chance: &Chance) -> Result<Self, Error> {
        if !db.is_adopted().await? {
            return Ok(Self::new(chance.clone()));
        }
        let row = db.platform().row(&IN_USE, vec![]).await?;
        let argon2_alone = row.map(|row| row.int(0)).transpose()? == Some(1);
        Ok(Self::beside(chance.clone(), if argon2_alone { Form::Argon2id } else { Form::Bcrypt }))
    }
}

#[cfg(test)]
mod tests {
    use super::super::Verdict;
    use super::*;

    #[tokio::test]
    async fn beside_laravel_a_hash_is_one_that_laravel_checks_and_none_is_replaced() {
        let passwords = Passwords::beside(Chance::seeded(1), Form::Bcrypt);
        let stored = passwords.hash("correct horse battery".into()).await.unwrap();
        assert!(stored.starts_with("$2y$12$") && stored.len() == 60, "{stored}");
        assert_eq!(passwords.verify("correct horse battery".into(), &stored).await, Verdict::Ok);
        assert_eq!(passwords.verify("correct horse batterz".into(), &stored).await, Verdict::Wrong);
        let stock = "$2y$10$92IXUNpkjO0rOQ5byMi.Ye4oKoEa3Ro9llC/.og/at2.uheWG/igi";
        assert_eq!(passwords.verify("password".into(), stock).await, Verdict::Ok, "not to be hashed anew");
        passwords.verify_nobody("anything".into()).await;
        assert!(passwords.nobody.get().unwrap().starts_with("$2y$12$"), "as much work as for a real user");
    }
}
