//! What a database administrator could run to mend a difference.

use sea_orm_migration::sea_query::{Alias, Table};

use crate::db::Dialect;
use crate::db::migrate::contract::{self, Columns, Kind};
use crate::db::migrate::kind::definition;

/// The statement that makes one of the contract's tables.
pub(super) fn create_table(dialect: Dialect, table: &'static str, columns: Columns) -> String {
    dialect.backend().build(&contract::table(table, columns, dialect)).sql
}

/// The statement that adds a column: with its default, else so that the rows that are there may do without.
pub(super) fn add_column(dialect: Dialect, table: &'static str, column: &'static str, kind: Kind) -> String {
    let (head, written) = written(dialect, table, column, kind);
    let optional = kind.is_nullable() || kind.has_default();
    if optional { format!("{head}{written}") } else { format!("{head}{}", written.replace("NOT NULL", "NULL")) }
}

/// The statements that give a column the contract's type; none where the database has none.
pub(super) fn change_type(dialect: Dialect, table: &'static str, column: &'static str, kind: Kind) -> Vec<String> {
    let (_, written) = written(dialect, table, column, kind);
    match dialect {
        Dialect::Sqlite => vec![],
        Dialect::MySql => vec![format!("ALTER TABLE {table} MODIFY COLUMN {column} {written}")],
        Dialect::Postgres => {
            let kind = bare_type(&written);
            let mut statements =
                vec![format!("ALTER TABLE {table} ALTER COLUMN {column} TYPE {kind} USING {column}::{kind}")];
            if written.contains("DEFAULT") {
                // A default of the old type would not fit the new one.
                statements.insert(0, format!("ALTER TABLE {table} ALTER COLUMN {column} DROP DEFAULT"));
                let default = written.rsplit("DEFAULT ").next().unwrap_or_default();
                statements.push(format!("ALTER TABLE {table} ALTER COLUMN {column} SET DEFAULT {default}"));
            }
            statements
        }
    }
}

/// The statements after which a column has a value in each row.
pub(super) fn fill(
    dialect: Dialect,
    table: &'static str,
    column: &'static str,
    kind: Kind,
    empty: bool,
) -> Vec<String> {
    let (_, written) = written(dialect, table, column, kind);
    let mut statements = Vec::new();
    if empty {
        let value = match written.rsplit_once("DEFAULT ") {
            Some((_, default)) => default.to_owned(),
            None if column == "starts_at" || column == "ends_at" => "created_at".to_owned(),
            None => return vec![],
        };
        statements.push(format!("UPDATE {table} SET {column} = {value} WHERE {column} IS NULL"));
    }
    match dialect {
        Dialect::Sqlite => {}
        Dialect::MySql => statements.push(format!("ALTER TABLE {table} MODIFY COLUMN {column} {written}")),
        Dialect::Postgres => statements.push(format!("ALTER TABLE {table} ALTER COLUMN {column} SET NOT NULL")),
    }
    statements
}

/// `ALTER TABLE … ADD COLUMN NAME `, and what follows: the type and all else.
fn written(dialect: Dialect, table: &'static str, column: &'static str, kind: Kind) -> (String, String) {
    let mut alter = Table::alter();
    alter.table(Alias::new(table)).add_column(definition(column, kind, dialect));
    let sql = dialect.backend().build(&alter).sql;
    let quote = dialect.pick('"', '`', '"');
    let name = format!("{quote}{column}{quote} ");
    match sql.split_once(&name) {
        Some((head, rest)) => (format!("{head}{column} ").replace(quote, ""), rest.to_owned()),
        None => (sql, String::new()),
    }
}

fn bare_type(written: &str) -> &str {
    let ends = [" NOT NULL", " NULL", " DEFAULT"].into_iter().filter_map(|end| written.find(end));
    ends.min().map_or(written, |end| &written[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_column_is_added_with_its_default_or_without_a_value() {
        assert_eq!(
            add_column(Dialect::MySql, "users", "role", Kind::Term(32, "viewer")),
            "ALTER TABLE users ADD COLUMN role varchar(32) NOT NULL DEFAULT 'viewer'"
        );
        assert_eq!(
            add_column(Dialect::Postgres, "customers", "company_id", Kind::Ref),
            "ALTER TABLE customers ADD COLUMN company_id bigint NULL"
        );
    }

    #[test]
    fn a_type_is_changed_as_each_database_says_it() {
        assert_eq!(
            change_type(Dialect::MySql, "services", "price", Kind::Money(0)),
            ["ALTER TABLE services MODIFY COLUMN price decimal(10, 2) NOT NULL DEFAULT 0"]
        );
        assert_eq!(
            change_type(Dialect::Postgres, "staff", "is_active", Kind::Flag(true)),
            [
                "ALTER TABLE staff ALTER COLUMN is_active DROP DEFAULT",
                "ALTER TABLE staff ALTER COLUMN is_active TYPE bool USING is_active::bool",
                "ALTER TABLE staff ALTER COLUMN is_active SET DEFAULT TRUE",
            ]
        );
    }
}
