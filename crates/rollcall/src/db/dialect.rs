//! What the three databases say differently.

use sea_orm::DbBackend;

/// The SQL dialect of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// SQLite 3.35 and later, embedded.
    Sqlite,
    /// MySQL 8 and MariaDB 10.6 and later.
    MySql,
    /// PostgreSQL 14 and later.
    Postgres,
}

impl From<DbBackend> for Dialect {
    fn from(backend: DbBackend) -> Self {
        match backend {
            DbBackend::MySql => Self::MySql,
            DbBackend::Postgres => Self::Postgres,
            _ => Self::Sqlite,
        }
    }
}

impl Dialect {
    /// The backend's name for SeaORM.
    #[must_use]
    pub fn backend(self) -> DbBackend {
        match self {
            Self::Sqlite => DbBackend::Sqlite,
            Self::MySql => DbBackend::MySql,
            Self::Postgres => DbBackend::Postgres,
        }
    }

    /// The text that fits this dialect.
    #[must_use]
    pub fn pick<T>(self, sqlite: T, mysql: T, postgres: T) -> T {
        match self {
            Self::Sqlite => sqlite,
            Self::MySql => mysql,
            Self::Postgres => postgres,
        }
    }

    /// `expression` as text, whatever its type.
    #[must_use]
    pub fn text(self, expression: &str) -> String {
        self.pick(
            format!("CAST({expression} AS TEXT)"),
            format!("CAST({expression} AS CHAR)"),
            format!("CAST({expression} AS TEXT)"),
        )
    }

    /// `expression` as a 64-bit integer, whatever its type: sums are decimals on MySQL, counts 32-bit on PostgreSQL.
    #[must_use]
    pub fn integer(self, expression: &str) -> String {
        self.pick(
            format!("CAST({expression} AS INTEGER)"),
            format!("CAST({expression} AS SIGNED)"),
            format!("CAST({expression} AS BIGINT)"),
        )
    }

    /// `expression` so that it compares byte by byte: MySQL's usual collations take `Company ` for `company`.
    #[must_use]
    pub fn exact(self, expression: &str) -> String {
        self.pick(expression.to_owned(), format!("CAST({expression} AS BINARY)"), expression.to_owned())
    }

    /// The condition that a text `column` is `word` to the letter, which an index on the column answers. Where the plain
    /// comparison is exact it stands alone: SQLite's planner takes a condition that is said twice for two.
    #[must_use]
    pub fn is_word(self, column: &str, word: &str) -> String {
        let plain = format!("{column} = '{word}'");
        let exact = format!("{plain} AND {} = '{word}'", self.exact(column));
        self.pick(plain.clone(), exact, plain)
    }

    /// `column` so that SQLite, which keeps no statistics, does not choose an index for the sake of this condition: a range that
    /// leaves nothing out looks as good to it as one that does. The servers know better by themselves.
    #[must_use]
    pub fn not_by_index(self, column: &str) -> String {
        self.pick(format!("+{column}"), column.to_owned(), column.to_owned())
    }

    /// The clause that turns an `INSERT` into an upsert on `key`, setting each of `columns` to the new value.
    #[must_use]
    pub fn on_conflict_update(self, key: &[&str], columns: &[&str]) -> String {
        let set = |new: &dyn Fn(&str) -> String| {
            columns.iter().map(|column| format!("{column} = {}", new(column))).collect::<Vec<_>>().join(", ")
        };
        match self {
            Self::MySql => format!("ON DUPLICATE KEY UPDATE {}", set(&|column| format!("VALUES({column})"))),
            Self::Sqlite | Self::Postgres => {
                format!(
                    "ON CONFLICT ({}) DO UPDATE SET {}",
                    key.join(", "),
                    set(&|column| format!("excluded.{column}"))
                )
            }
        }
    }

    /// The start of an `INSERT` that leaves rows alone which are there already; ends with [`Self::or_ignore_end`].
    #[must_use]
    pub fn insert_or_ignore(self) -> &'static str {
        self.pick("INSERT OR IGNORE", "INSERT IGNORE", "INSERT")
    }

    /// The end of an `INSERT` that leaves rows alone which are there already.
    #[must_use]
    pub fn or_ignore_end(self) -> &'static str {
        self.pick("", "", "ON CONFLICT DO NOTHING")
    }
}
