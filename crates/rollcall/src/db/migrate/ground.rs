//! What the triggers must know of the database that they stand in.

use std::collections::BTreeSet;

use sea_orm::{ConnectionTrait, DbErr, Statement};

use super::super::Dialect;

/// The dialect, and what differs from one database to the next.
#[derive(Clone, Debug)]
pub(crate) struct Ground {
    pub(crate) dialect: Dialect,
    /// PostgreSQL: the schema and a dot. A writer's search path may be another than the one at work now.
    pub(super) schema: String,
    /// Columns whose text depends on the zone of the writer's session: TIMESTAMP on MySQL, timestamptz on PostgreSQL.
    zoned: BTreeSet<(String, String)>,
}

const MYSQL_ZONED: &str = "SELECT CAST(table_name AS CHAR), CAST(column_name AS CHAR) FROM information_schema.columns \
     WHERE table_schema = DATABASE() AND data_type = 'timestamp'";
const POSTGRES_ZONED: &str = "SELECT CAST(c.relname AS TEXT), CAST(a.attname AS TEXT) FROM pg_attribute a \
     JOIN pg_class c ON c.oid = a.attrelid WHERE c.relnamespace = current_schema()::regnamespace \
     AND a.attnum > 0 AND NOT a.attisdropped AND a.atttypid = 'timestamptz'::regtype";

impl Ground {
    /// The one that `on` is connected to.
    pub(crate) async fn of(on: &impl ConnectionTrait) -> Result<Self, DbErr> {
        let backend = on.get_database_backend();
        let dialect = Dialect::from(backend);
        if dialect == Dialect::Sqlite {
            return Ok(Self { dialect, schema: String::new(), zoned: BTreeSet::new() });
        }
        let text = dialect.pick("", MYSQL_ZONED, POSTGRES_ZONED);
        let rows = on.query_all_raw(Statement::from_string(backend, text)).await?;
        let zoned = rows.iter().map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?)));
        let zoned = zoned.collect::<Result<_, DbErr>>()?;
        let schema = match dialect {
            Dialect::Postgres => {
                let text = "SELECT CAST(quote_ident(current_schema()) AS TEXT) || '.'";
                let row = on.query_one_raw(Statement::from_string(backend, text)).await?;
                row.map(|row| row.try_get_by_index(0)).transpose()?.unwrap_or_default()
            }
            Dialect::Sqlite | Dialect::MySql => String::new(),
        };
        Ok(Self { dialect, schema, zoned })
    }

    pub(super) fn is_zoned(&self, table: &str, column: &str) -> bool {
        self.zoned.contains(&(table.to_owned(), column.to_owned()))
    }
}
