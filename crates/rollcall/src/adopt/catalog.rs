//! What a database says of tables that somebody else made: columns and their types, indexes, foreign keys, triggers.

use std::collections::{BTreeMap, BTreeSet};

use crate::db::{Database, Dialect, Error, PlatformSql};

/// A column as it stands.
#[derive(Clone, Debug)]
pub(super) struct Column {
    /// Its type in the database's own word, in small letters, without its length.
    pub(super) kind: String,
    pub(super) nullable: bool,
    /// Whether a row that does not name it gets a value all the same.
    pub(super) filled: bool,
    /// Digits after the point, where that is known.
    pub(super) scale: Option<i64>,
}

/// A table as it stands.
#[derive(Clone, Debug, Default)]
pub(super) struct Table {
    /// Whether it is a table, and not a view.
    pub(super) is_base: bool,
    /// MySQL's storage engine.
    pub(super) engine: String,
    pub(super) columns: BTreeMap<String, Column>,
}

/// An index as it stands.
#[derive(Clone, Debug)]
pub(super) struct Index {
    pub(super) table: String,
    pub(super) name: String,
    pub(super) columns: Vec<String>,
    /// Whether it serves every query on its columns: no part of the rows, no part of a value, no expression.
    pub(super) whole: bool,
}

/// A foreign key by which MySQL changes or deletes rows without a word.
#[derive(Clone, Debug)]
pub(super) struct ForeignKey {
    pub(super) name: String,
    pub(super) table: String,
    pub(super) columns: Vec<String>,
    pub(super) parent: String,
    pub(super) parent_columns: Vec<String>,
    pub(super) on_delete: String,
}

/// All of it.
#[derive(Debug)]
pub(super) struct Catalog {
    pub(super) tables: BTreeMap<String, Table>,
    pub(super) indexes: Vec<Index>,
    pub(super) foreign_keys: Vec<ForeignKey>,
    pub(super) triggers: BTreeSet<String>,
}

const SQLITE_COLUMNS: &str = "SELECT m.name, m.type, '', p.name, lower(p.type), p.\"notnull\" = 0 AND p.pk = 0, \
     p.dflt_value IS NOT NULL OR p.pk <> 0, -1 FROM sqlite_master m JOIN pragma_table_info(m.name) p \
     WHERE m.type IN ('table', 'view')";
const MYSQL_COLUMNS: &str = "SELECT CAST(c.table_name AS CHAR), CAST(t.table_type AS CHAR), \
     CAST(COALESCE(t.engine, '') AS CHAR), CAST(c.column_name AS CHAR), CAST(c.data_type AS CHAR), \
     c.is_nullable = 'YES', c.column_default IS NOT NULL OR c.extra LIKE '%auto_increment%' \
     OR c.extra LIKE '%GENERATED%', CAST(COALESCE(c.numeric_scale, -1) AS SIGNED) \
     FROM information_schema.columns c JOIN information_schema.tables t \
     ON t.table_schema = c.table_schema AND t.table_name = c.table_name WHERE c.table_schema = DATABASE()";
// Not information_schema: that hides tables which this user may not read, and these then would seem to be missing.
const POSTGRES_COLUMNS: &str = "SELECT CAST(c.relname AS TEXT), CASE WHEN c.relkind IN ('r', 'p') THEN 'table' ELSE 'view' END, \
     '', CAST(a.attname AS TEXT), CAST(format_type(a.atttypid, NULL) AS TEXT), NOT a.attnotnull, \
     a.atthasdef OR a.attidentity <> '', CASE WHEN a.atttypid = 'numeric'::regtype AND a.atttypmod > 4 \
     THEN (a.atttypmod - 4) & 65535 ELSE -1 END FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid \
     WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f') \
     AND a.attnum > 0 AND NOT a.attisdropped";

const SQLITE_INDEXES: &str = "SELECT m.name, l.name, COALESCE(i.name, ''), l.partial = 0 AND i.name IS NOT NULL \
     FROM sqlite_master m JOIN pragma_index_list(m.name) l JOIN pragma_index_info(l.name) i WHERE m.type = 'table' \
     ORDER BY m.name, l.name, i.seqno";
const MYSQL_INDEXES: &str = "SELECT CAST(table_name AS CHAR), CAST(index_name AS CHAR), \
     CAST(COALESCE(column_name, '') AS CHAR), sub_part IS NULL AND index_type = 'BTREE' AND column_name IS NOT NULL \
     FROM information_schema.statistics WHERE table_schema = DATABASE() ORDER BY table_name, index_name, seq_in_index";
const POSTGRES_INDEXES: &str = "SELECT CAST(t.relname AS TEXT), CAST(i.relname AS TEXT), \
     CAST(COALESCE(a.attname, '') AS TEXT), x.indisvalid AND x.indpred IS NULL AND k.attnum <> 0 AND m.amname = 'btree' \
     FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid \
     JOIN pg_am m ON m.oid = i.relam CROSS JOIN LATERAL unnest(x.indkey) WITH ORDINALITY AS k(attnum, at) \
     LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.attnum AND k.attnum <> 0 \
     WHERE i.relnamespace = current_schema()::regnamespace AND k.at <= x.indnkeyatts ORDER BY t.relname, i.relname, k.at";

const MYSQL_FOREIGN_KEYS: &str = "SELECT CAST(r.constraint_name AS CHAR), CAST(r.table_name AS CHAR), \
     CAST(k.column_name AS CHAR), CAST(r.referenced_table_name AS CHAR), CAST(r.delete_rule AS CHAR), \
     CAST(k.referenced_column_name AS CHAR) FROM information_schema.referential_constraints r \
     JOIN information_schema.key_column_usage k ON k.constraint_schema = r.constraint_schema \
     AND k.constraint_name = r.constraint_name AND k.table_name = r.table_name \
     WHERE r.constraint_schema = DATABASE() ORDER BY r.table_name, r.constraint_name, k.ordinal_position";

const SQLITE_TRIGGERS: &str = "SELECT name FROM sqlite_master WHERE type = 'trigger'";
const MYSQL_TRIGGERS: &str =
    "SELECT CAST(trigger_name AS CHAR) FROM information_schema.triggers WHERE trigger_schema = DATABASE()";
const POSTGRES_TRIGGERS: &str = "SELECT CAST(t.tgname AS TEXT) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid \
     WHERE NOT t.tgisinternal AND c.relnamespace = current_schema()::regnamespace";

impl Catalog {
    pub(super) async fn read(db: &Database) -> Result<Self, Error> {
        Ok(Self {
            tables: tables(db).await?,
            indexes: indexes(db).await?,
            foreign_keys: foreign_keys(db).await?,
            triggers: triggers(db).await?,
        })
    }
}

async fn tables(db: &Database) -> Result<BTreeMap<String, Table>, Error> {
    let text = db.dialect().pick(SQLITE_COLUMNS, MYSQL_COLUMNS, POSTGRES_COLUMNS);
    let sql = PlatformSql::new("an adopted database's tables are looked at", text);
    let mut tables = BTreeMap::<String, Table>::new();
    for row in db.platform().rows(&sql, vec![]).await? {
        let table = tables.entry(row.text(0)?).or_default();
        table.is_base = row.text(1)?.to_lowercase().contains("table");
        table.engine = row.text(2)?;
        let kind = row.text(4)?.to_lowercase();
        let kind = kind.split('(').next().unwrap_or_default().trim().to_owned();
        let scale = Some(row.int(7)?).filter(|scale| *scale >= 0);
        table.columns.insert(row.text(3)?, Column { kind, nullable: row.flag(5)?, filled: row.flag(6)?, scale });
    }
    Ok(tables)
}

pub(super) async fn indexes(db: &Database) -> Result<Vec<Index>, Error> {
    let text = db.dialect().pick(SQLITE_INDEXES, MYSQL_INDEXES, POSTGRES_INDEXES);
    let sql = PlatformSql::new("an adopted database's indexes are looked at", text);
    let mut indexes: Vec<Index> = Vec::new();
    for row in db.platform().rows(&sql, vec![]).await? {
        let (table, name, column, whole) = (row.text(0)?, row.text(1)?, row.text(2)?, row.flag(3)?);
        match indexes.last_mut() {
            Some(last) if last.table == table && last.name == name => {
                last.columns.push(column);
                last.whole &= whole;
            }
            _ => indexes.push(Index { table, name, columns: vec![column], whole }),
        }
    }
    Ok(indexes)
}

async fn foreign_keys(db: &Database) -> Result<Vec<ForeignKey>, Error> {
    if db.dialect() != Dialect::MySql {
        return Ok(vec![]);
    }
    let sql = PlatformSql::new("an adopted database's foreign keys are looked at", MYSQL_FOREIGN_KEYS);
    let mut keys: Vec<ForeignKey> = Vec::new();
    for row in db.platform().rows(&sql, vec![]).await? {
        let (name, table, column) = (row.text(0)?, row.text(1)?, row.text(2)?);
        match keys.last_mut() {
            Some(last) if last.table == table && last.name == name => {
                last.columns.push(column);
                last.parent_columns.push(row.text(5)?);
            }
            _ => keys.push(ForeignKey {
                name,
                table,
                columns: vec![column],
                parent: row.text(3)?,
                parent_columns: vec![row.text(5)?],
                on_delete: row.text(4)?,
            }),
        }
    }
    Ok(keys)
}

async fn triggers(db: &Database) -> Result<BTreeSet<String>, Error> {
    let text = db.dialect().pick(SQLITE_TRIGGERS, MYSQL_TRIGGERS, POSTGRES_TRIGGERS);
    let sql = PlatformSql::new("an adopted database's triggers are looked at", text);
    db.platform().rows(&sql, vec![]).await?.iter().map(|row| row.text(0)).collect()
}
