//! `TenantDb`: the database as one company sees it.

use futures_util::TryStreamExt;
use sea_orm::{DatabaseTransaction, DbErr, StreamTrait, Value};

use super::{
    Database, Dialect, Mode, Ordered, PlatformSql, Row, Tally, TenantSql, Unscoped, execute, query, transaction,
};
use crate::tenant::TenantScope;

/// The database as one company sees it: every statement is bound to that company.
///
/// Made from a [`TenantScope`] alone; there is no other constructor.
///
/// ```compile_fail
/// use rollcall::db::{Database, TenantDb};
/// fn steal(db: Database) -> TenantDb {
///     TenantDb { db, company: 42 } // private fields, no public constructor
/// }
/// ```
#[derive(Clone, Debug)]
pub struct TenantDb {
    db: Database,
    company: i64,
}

impl TenantDb {
    /// The database as `scope`'s company sees it.
    #[must_use]
    pub fn new(db: &Database, scope: &TenantScope) -> Self {
        Self { db: db.clone(), company: scope.company_id() }
    }

    /// The company.
    #[must_use]
    pub fn company_id(&self) -> i64 {
        self.company
    }

    /// The dialect spoken here.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        self.db.dialect
    }

    /// All rows of a query.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn rows(&self, sql: &TenantSql, args: Vec<Value>) -> Result<Vec<Row>, DbErr> {
        let statement = self.db.bind(sql.text(), Some(self.company), args);
        let rows = query(&self.db.pool, self.db.dialect, statement.clone()).await?;
        self.db.observe(&statement, None, sql.text(), rows.len() as u64);
        Ok(rows)
    }

    /// All rows of a query for rows in a certain order, by the index that holds them in it, if there is one. `sql` writes
    /// the statement with what it is given behind the table's alias.
    ///
    /// # Errors
    /// Where the database fails, or the statement names no company.
    pub(crate) async fn rows_in_order(
        &self,
        ordered: &Ordered<'_>,
        sql: impl Fn(&str) -> Result<TenantSql, Unscoped>,
        args: Vec<Value>,
    ) -> Result<Vec<Row>, DbErr> {
        let sql = |hint: &str| sql(hint).map_err(|error| DbErr::Custom(error.to_string()));
        let hint = self.db.hint(ordered).await;
        if hint.is_empty() {
            return self.rows(&sql("")?, args).await;
        }
        match self.rows(&sql(&hint)?, args.clone()).await {
            Err(error) if self.db.hinted_wrongly(&error) => self.rows(&sql("")?, args).await,
            answered => answered,
        }
    }

    /// Runs a statement outside a transaction; answers the number of rows it changed.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn execute(&self, sql: &TenantSql, args: Vec<Value>) -> Result<u64, DbErr> {
        let statement = self.db.bind(sql.text(), Some(self.company), args);
        let changed = execute(&self.db.pool, statement.clone()).await?.rows_affected();
        self.db.observe(&statement, None, sql.text(), changed);
        Ok(changed)
    }

    /// Begins a transaction; dropped without [`TenantTx::commit`], it leaves nothing behind.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn begin(&self, mode: Mode) -> Result<TenantTx, DbErr> {
        Ok(TenantTx { tx: transaction::begin(&self.db, mode).await?, db: self.db.clone(), company: self.company })
    }
}

const STEP: TenantSql = TenantSql::new("SELECT @@auto_increment_increment, :company");

/// A transaction of one company.
#[derive(Debug)]
pub struct TenantTx {
    tx: DatabaseTransaction,
    db: Database,
    company: i64,
}

impl TenantTx {
    /// The company.
    #[must_use]
    pub fn company_id(&self) -> i64 {
        self.company
    }

    /// The dialect spoken here.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        self.db.dialect
    }

    /// All rows of a query.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn rows(&self, sql: &TenantSql, args: Vec<Value>) -> Result<Vec<Row>, DbErr> {
        let statement = self.db.bind(sql.text(), Some(self.company), args);
        let rows = query(&self.tx, self.db.dialect, statement.clone()).await?;
        self.db.observe(&statement, None, sql.text(), rows.len() as u64);
        Ok(rows)
    }

    /// Hands each row of a query to `each`, holding one at a time.
    ///
    /// # Errors
    /// Where the database or `each` fails.
    pub async fn for_each(
        &self,
        sql: &TenantSql,
        args: Vec<Value>,
        mut each: impl FnMut(&Row) -> Result<(), DbErr> + Send,
    ) -> Result<(), DbErr> {
        let statement = self.db.bind(sql.text(), Some(self.company), args);
        let mut rows = self.tx.stream_raw(statement.clone()).await?;
        let mut count = 0;
        while let Some(row) = rows.try_next().await? {
            each(&Row::new(row, self.db.dialect))?;
            count += 1;
        }
        self.db.observe(&statement, None, sql.text(), count);
        Ok(())
    }

    /// Runs a statement; answers the number of rows it changed.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn execute(&self, sql: &TenantSql, args: Vec<Value>) -> Result<u64, DbErr> {
        let statement = self.db.bind(sql.text(), Some(self.company), args);
        let changed = execute(&self.tx, statement.clone()).await?.rows_affected();
        self.db.observe(&statement, None, sql.text(), changed);
        Ok(changed)
    }

    /// Inserts rows into a tenant's table, each under this company; `columns` leave `company_id` out. `end` is what
    /// follows the values, e.g. an upsert clause. Sent in statements of at most 8,000 values, whose numbers of rows are
    /// powers of two: so few texts are soon all prepared.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn insert(
        &self,
        table: &'static str,
        columns: &[&'static str],
        rows: Vec<Vec<Value>>,
        end: &str,
    ) -> Result<(), DbErr> {
        let at_most = (8_000 / (columns.len() + 1)).max(1);
        let row = format!("(:company{})", ", ?".repeat(columns.len()));
        let mut rows = rows.into_iter();
        while let Some(power) = rows.len().min(at_most).checked_ilog2() {
            let chunk: Vec<_> = rows.by_ref().take(1 << power).collect();
            let values = vec![row.as_str(); chunk.len()].join(", ");
            let names: String = columns.iter().map(|column| format!(", {column}")).collect();
            let text = format!("INSERT INTO {table} (company_id{names}) VALUES {values} {end}");
            let sql = TenantSql::composed(text)?;
            self.execute(&sql, chunk.into_iter().flatten().collect()).await?;
        }
        Ok(())
    }

    /// Inserts rows as [`TenantTx::insert`] does, into a table with an `id` of the database's own; answers the ids, in the
    /// order of the rows.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn insert_new(
        &self,
        table: &'static str,
        columns: &[&'static str],
        rows: Vec<Vec<Value>>,
    ) -> Result<Vec<i64>, DbErr> {
        let at_most = (8_000 / (columns.len() + 1)).max(1);
        let row = format!("(:company{})", ", ?".repeat(columns.len()));
        let names: String = columns.iter().map(|column| format!(", {column}")).collect();
        let end = self.dialect().pick(" RETURNING id", "", " RETURNING id");
        let mut ids = Vec::with_capacity(rows.len());
        let mut rows = rows.into_iter();
        while let Some(power) = rows.len().min(at_most).checked_ilog2() {
            let chunk: Vec<_> = rows.by_ref().take(1 << power).collect();
            let values = vec![row.as_str(); chunk.len()].join(", ");
            let text = format!("INSERT INTO {table} (company_id{names}) VALUES {values}{end}");
            let sql = TenantSql::composed(text)?;
            ids.extend(self.new_ids(&sql, chunk).await?);
        }
        Ok(ids)
    }

    /// Runs an insert; answers the ids that the database gave to its rows. They grow from row to row on each database,
    /// whatever the order in which it tells them.
    async fn new_ids(&self, sql: &TenantSql, rows: Vec<Vec<Value>>) -> Result<Vec<i64>, DbErr> {
        let count = rows.len();
        let args = rows.into_iter().flatten().collect();
        let mut ids = if self.db.dialect == Dialect::MySql {
            // MySQL has no RETURNING. Of one INSERT whose rows are known the ids follow each other, in the server's steps.
            let statement = self.db.bind(sql.text(), Some(self.company), args);
            let done = execute(&self.tx, statement.clone()).await?;
            self.db.observe(&statement, None, sql.text(), done.rows_affected());
            let first = i64::try_from(done.last_insert_id()).map_err(|error| DbErr::Type(error.to_string()))?;
            let step = if count > 1 { self.step().await? } else { 1 };
            (0_i64..).take(count).map(|row| first + row * step).collect()
        } else {
            self.rows(sql, args).await?.iter().map(|row| row.int(0)).collect::<Result<Vec<_>, _>>()?
        };
        ids.sort_unstable();
        if ids.len() == count { Ok(ids) } else { Err(DbErr::Custom(format!("{} ids of {count} rows", ids.len()))) }
    }

    /// In which steps a MySQL server counts ids up: the nodes of a cluster count past each other.
    async fn step(&self) -> Result<i64, DbErr> {
        let row = self.rows(&STEP, vec![]).await?;
        row.first().map_or(Ok(1), |row| row.int(0))
    }

    /// Runs a statement on what is no tenant's, such as a name that counts once, so that it holds where the company's changes
    /// hold, and not otherwise; answers the number of rows it changed.
    pub(crate) async fn execute_above(&self, sql: &PlatformSql, args: Vec<Value>) -> Result<u64, DbErr> {
        let statement = self.db.bind(sql.text(), None, args);
        let changed = execute(&self.tx, statement.clone()).await?.rows_affected();
        self.db.observe(&statement, Some(sql.purpose), sql.text(), changed);
        Ok(changed)
    }

    pub(crate) fn tally(&self) -> &Tally {
        &self.db.tally
    }

    /// Makes the transaction's changes last.
    ///
    /// # Errors
    /// Where the database fails; nothing has changed then.
    pub async fn commit(self) -> Result<(), DbErr> {
        self.tx.commit().await
    }
}
