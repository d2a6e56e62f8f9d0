//! Who changed something.

use std::net::IpAddr;

use crate::tenant::{Role, User};

/// What kind of somebody changed something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ActorKind {
    /// A user of the company, in the panel.
    User,
    /// A platform operator, in the panel.
    Operator,
    /// A program, by a token of the API.
    Token,
    /// Whoever may run the binary on the host.
    CommandLine,
    /// The program itself.
    Job,
    /// A file that was imported.
    Import,
    /// A provider of messages, by its webhook.
    Provider,
    /// Nobody who is known.
    Nobody,
}

impl ActorKind {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::User,
        Self::Operator,
        Self::Token,
        Self::CommandLine,
        Self::Job,
        Self::Import,
        Self::Provider,
        Self::Nobody,
    ];

    /// Its name in the audit log.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Operator => "operator",
            Self::Token => "token",
            Self::CommandLine => "command_line",
            Self::Job => "job",
            Self::Import => "import",
            Self::Provider => "provider",
            Self::Nobody => "nobody",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// Who changed something, and from where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// What kind of somebody.
    pub kind: ActorKind,
    /// The user's, token's or system user's id.
    pub id: Option<i64>,
    /// The user's name, the token's, the command's or the job's.
    pub name: String,
    /// The address that the request came from.
    pub address: Option<IpAddr>,
    /// The user behind it: themselves, or whose token it is.
    pub user_id: Option<i64>,
}

impl Actor {
    /// A user, or an operator, who asked from `address`.
    #[must_use]
    pub fn user(user: &User, address: Option<IpAddr>) -> Self {
        let kind = if user.role == Role::SuperAdmin { ActorKind::Operator } else { ActorKind::User };
        Self { kind, id: Some(user.id), name: user.name.clone(), address, user_id: Some(user.id) }
    }

    /// A token of `user`.
    #[must_use]
    pub fn token(token_id: i64, token_name: &str, user: &User, address: Option<IpAddr>) -> Self {
        let name = format!("{token_name} ({})", user.name);
        Self { kind: ActorKind::Token, id: Some(token_id), name, address, user_id: Some(user.id) }
    }

    /// Whoever runs this command on the host, by their id in the system.
    #[must_use]
    pub fn command_line(command: &str) -> Self {
        let id = Some(i64::from(rustix::process::getuid().as_raw()));
        Self { id, ..Self::of(ActorKind::CommandLine, command) }
    }

    /// The program itself.
    #[must_use]
    pub fn job(name: &str) -> Self {
        Self::of(ActorKind::Job, name)
    }

    /// A file that is imported, from that source.
    #[must_use]
    pub fn import(source: &str) -> Self {
        Self::of(ActorKind::Import, source)
    }

    /// A provider that says what became of a message.
    #[must_use]
    pub fn provider(name: &str, address: Option<IpAddr>) -> Self {
        Self { address, ..Self::of(ActorKind::Provider, name) }
    }

    /// Nobody who is known, from that address.
    #[must_use]
    pub fn nobody(address: Option<IpAddr>) -> Self {
        Self { address, ..Self::of(ActorKind::Nobody, "") }
    }

    fn of(kind: ActorKind, name: &str) -> Self {
        Self { kind, id: None, name: name.to_owned(), address: None, user_id: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_found_by_their_names_and_fit_the_column() {
        for kind in ActorKind::ALL {
            assert_eq!(ActorKind::parse(kind.as_str()), Some(kind));
            assert!(kind.as_str().len() <= 16);
        }
        assert_eq!(ActorKind::parse("User"), None);
    }

    #[test]
    fn an_operator_is_no_user_of_a_company() {
        let user = |role| User { id: 7, company_id: None, name: "A".into(), email: "a@example.test".into(), role };
        assert_eq!(Actor::user(&user(Role::SuperAdmin), None).kind, ActorKind::Operator);
        assert_eq!(Actor::user(&user(Role::Admin), None).kind, ActorKind::User);
        let token = Actor::token(3, "till", &user(Role::Admin), None);
        assert_eq!((token.id, token.user_id, token.name.as_str()), (Some(3), Some(7), "till (A)"));
    }
}
