//! What can be wrong with Redis, and what follows from it.

use std::fmt;

use redis::{ErrorKind, RedisError, ServerErrorKind};

/// What was wrong with Redis, in one word: none of them is an error for a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RedisFault {
    /// There is no connection at present.
    Down,
    /// No answer within the budget.
    Timeout,
    /// The connection was refused, or broke.
    Connection,
    /// The name or the password is wrong, or one is missing.
    Authentication,
    /// The user may not run this command.
    Permission,
    /// Under this key lies something that is no value of a cache: a list, a hash.
    WrongType,
    /// The server is a replica.
    ReadOnly,
    /// The server has no memory left for writes, or refuses them for another reason of its own.
    WritesRefused,
    /// The server is still loading its data.
    Loading,
    /// The server is part of a cluster, and the key is elsewhere; or the cluster is not whole.
    Cluster,
    /// A reply that cannot belong to what was asked.
    Astray,
    /// No Sentinel knows the master.
    NoMaster,
    /// Sentinel made another server the master.
    Switched,
    /// Any other error from the server.
    Other,
}

/// What a fault means for the breaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weight {
    /// It opens at once: nothing else will work on this connection, or not on this server.
    Opens,
    /// It opens after some in a row.
    Counts,
    /// Redis is well; this one command was not taken.
    Nothing,
}

impl RedisFault {
    /// A word for logs and metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Down => "down",
            Self::Timeout => "timeout",
            Self::Connection => "connection",
            Self::Authentication => "authentication",
            Self::Permission => "permission",
            Self::WrongType => "wrong type",
            Self::ReadOnly => "read-only",
            Self::WritesRefused => "writes refused",
            Self::Loading => "loading",
            Self::Cluster => "cluster",
            Self::Astray => "reply astray",
            Self::NoMaster => "no master",
            Self::Switched => "master switched",
            Self::Other => "other",
        }
    }

    /// Out of memory and a missing permission leave reads as they are, so the breaker stays as it is.
    pub(super) fn weight(self) -> Weight {
        match self {
            Self::Connection | Self::Authentication | Self::ReadOnly | Self::Loading | Self::Switched => Weight::Opens,
            Self::Timeout | Self::Cluster | Self::Astray | Self::NoMaster | Self::Other => Weight::Counts,
            Self::WritesRefused | Self::Permission | Self::WrongType | Self::Down => Weight::Nothing,
        }
    }
}

impl fmt::Display for RedisFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<&RedisError> for RedisFault {
    fn from(error: &RedisError) -> Self {
        match error.code() {
            Some("OOM" | "MISCONF" | "NOREPLICAS") => return Self::WritesRefused,
            Some("WRONGTYPE") => return Self::WrongType,
            Some("NOAUTH" | "WRONGPASS") => return Self::Authentication,
            _ => {}
        }
        match error.kind() {
            ErrorKind::AuthenticationFailed => Self::Authentication,
            ErrorKind::Io if error.is_timeout() => Self::Timeout,
            ErrorKind::Io => Self::Connection,
            ErrorKind::ClusterConnectionNotFound => Self::Cluster,
            // A reply that is no reply: whatever follows on this connection is none either.
            ErrorKind::Parse => Self::Connection,
            ErrorKind::UnexpectedReturnType => Self::Astray,
            ErrorKind::Server(kind) => match kind {
                ServerErrorKind::ReadOnly | ServerErrorKind::MasterDown => Self::ReadOnly,
                ServerErrorKind::BusyLoading => Self::Loading,
                ServerErrorKind::NoPerm => Self::Permission,
                ServerErrorKind::Moved
                | ServerErrorKind::Ask
                | ServerErrorKind::TryAgain
                | ServerErrorKind::ClusterDown
                | ServerErrorKind::CrossSlot => Self::Cluster,
                _ => Self::Other,
            },
            _ => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(code: &str) -> RedisFault {
        let mut parser = redis::Parser::new();
        let value = parser.parse_value(std::io::Cursor::new(format!("-{code} some detail\r\n"))).unwrap();
        let redis::Value::ServerError(error) = value else { panic!("{value:?}") };
        RedisFault::from(&RedisError::from(error))
    }

    #[test]
    fn every_error_line_of_the_server_has_its_class() {
        for (code, class) in [
            ("OOM", RedisFault::WritesRefused),
            ("MISCONF", RedisFault::WritesRefused),
            ("NOAUTH", RedisFault::Authentication),
            ("WRONGPASS", RedisFault::Authentication),
            ("NOPERM", RedisFault::Permission),
            ("WRONGTYPE", RedisFault::WrongType),
            ("READONLY", RedisFault::ReadOnly),
            ("MASTERDOWN", RedisFault::ReadOnly),
            ("LOADING", RedisFault::Loading),
            ("MOVED", RedisFault::Cluster),
            ("CLUSTERDOWN", RedisFault::Cluster),
            ("ERR", RedisFault::Other),
            ("WHATEVER", RedisFault::Other),
        ] {
            assert_eq!(of(code), class, "{code}");
        }
    }

    #[test]
    fn a_write_refused_leaves_the_breaker_alone() {
        assert_eq!(of("OOM").weight(), Weight::Nothing);
        assert_eq!(of("READONLY").weight(), Weight::Opens);
        assert_eq!(RedisFault::Timeout.weight(), Weight::Counts);
    }
}
