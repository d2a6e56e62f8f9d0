//! Who asks, and so which company's rows there are.
//!
//! Invariant: only this module makes a [`TenantScope`], and each of its makers starts from a proof: a user who signed
//! in, an operator who named a company, or a job that carries a company's id. A [`TenantDb`] needs a scope.

use std::fmt;

use crate::db::{Database, Error, PlatformSql, TenantDb};

/// What a user may do. `domain.md` says who is who.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Reads.
    Viewer,
    /// All but users and settings.
    Manager,
    /// All of the own company.
    Admin,
    /// A platform operator: all companies, always by naming one.
    SuperAdmin,
}

impl Role {
    /// The role as the database names it; anything unknown is none, and so may do nothing.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "viewer" => Some(Self::Viewer),
            "manager" => Some(Self::Manager),
            "admin" => Some(Self::Admin),
            "super_admin" => Some(Self::SuperAdmin),
            _ => None,
        }
    }

    /// The role's name in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Manager => "manager",
            Self::Admin => "admin",
            Self::SuperAdmin => "super_admin",
        }
    }

    /// Whether the role may change the company's data (not its users and settings).
    #[must_use]
    pub fn may_write(self) -> bool {
        self >= Self::Manager
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A user whose session or token was checked in this very request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The user's id.
    pub id: i64,
    /// Their company; none for an operator.
    pub company_id: Option<i64>,
    /// Their name.
    pub name: String,
    /// Their address.
    pub email: String,
    /// What they may do.
    pub role: Role,
}

/// Proof that somebody may see one company. It cannot be made from an id alone.
///
/// ```compile_fail
/// let scope = rollcall::tenant::TenantScope { company_id: 42, role: rollcall::tenant::Role::Admin };
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TenantScope {
    company_id: i64,
    role: Role,
}

impl TenantScope {
    /// The scope of a company's own user; none for an operator, who has to name a company.
    #[must_use]
    pub fn of(user: &User) -> Option<Self> {
        match (user.role, user.company_id) {
            (Role::SuperAdmin, _) | (_, None) => None,
            (role, Some(company_id)) => Some(Self { company_id, role }),
        }
    }

    /// The company.
    #[must_use]
    pub fn company_id(&self) -> i64 {
        self.company_id
    }

    /// What whoever asks may do there.
    #[must_use]
    pub fn role(&self) -> Role {
        self.role
    }

    /// The database as this company sees it.
    #[must_use]
    pub fn db(&self, db: &Database) -> TenantDb {
        TenantDb::new(db, self)
    }
}

/// Proof that somebody is a platform operator, or that the program itself is at work.
///
/// It sees no company's rows itself: [`OperatorScope::enter`] names one, and says so in the log.
#[derive(Clone, Debug)]
pub struct OperatorScope {
    actor: String,
}

const COMPANY_EXISTS: PlatformSql =
    PlatformSql::new("a company is entered by its id", "SELECT id FROM companies WHERE id = ?");

impl OperatorScope {
    /// The scope of an operator; none for anybody else.
    #[must_use]
    pub fn of(user: &User) -> Option<Self> {
        (user.role == Role::SuperAdmin && user.company_id.is_none())
            .then(|| Self { actor: format!("user {}", user.id) })
    }

    /// The scope of the program's own work: a job, or a command of whoever may run the binary on the host.
    #[must_use]
    pub fn of_program(task: &'static str) -> Self {
        Self { actor: task.to_owned() }
    }

    /// Enters one company.
    ///
    /// # Errors
    /// Where the database fails; none inside where there is no such company.
    pub async fn enter(&self, db: &Database, company_id: i64) -> Result<Option<TenantScope>, Error> {
        let found = db.platform().row(&COMPANY_EXISTS, vec![company_id.into()]).await?;
        if found.is_some() {
            tracing::debug!(target: "audit", actor = %self.actor, company_id, "company entered");
        }
        Ok(found.map(|_| self.enter_known(company_id)))
    }

    /// Enters a company that was read from the database in this very operation.
    pub(crate) fn enter_known(&self, company_id: i64) -> TenantScope {
        TenantScope { company_id, role: Role::SuperAdmin }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(role: Role, company_id: Option<i64>) -> User {
        User { id: 1, company_id, name: "A".into(), email: "a@example.test".into(), role }
    }

    #[test]
    fn a_scope_needs_its_proof() {
        assert_eq!(TenantScope::of(&user(Role::Viewer, Some(7))).map(|scope| scope.company_id()), Some(7));
        assert_eq!(TenantScope::of(&user(Role::Admin, None)), None, "a company's role without a company");
        assert_eq!(TenantScope::of(&user(Role::SuperAdmin, Some(7))), None, "an operator names a company");
        assert!(OperatorScope::of(&user(Role::SuperAdmin, None)).is_some());
        assert!(OperatorScope::of(&user(Role::SuperAdmin, Some(7))).is_none(), "an operator belongs to no company");
        assert!(OperatorScope::of(&user(Role::Admin, None)).is_none());
    }

    #[test]
    fn an_unknown_role_is_none() {
        assert_eq!(Role::parse("Admin"), None);
        assert_eq!(Role::parse(Role::Manager.as_str()), Some(Role::Manager));
        assert!(!Role::Viewer.may_write() && Role::Manager.may_write());
    }
}
