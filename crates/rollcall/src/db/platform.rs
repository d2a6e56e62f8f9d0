//! `PlatformDb`: what stands above tenants. Its statements name their purpose; the statement test knows each.

use sea_orm::{DatabaseTransaction, DbErr, Value};

use super::{Database, Dialect, Mode, Ordered, PlatformSql, Row, Tally, execute, query, transaction};

/// The database above tenants.
#[derive(Clone, Debug)]
pub(crate) struct PlatformDb {
    db: Database,
}

impl PlatformDb {
    pub(super) fn new(db: Database) -> Self {
        Self { db }
    }

    pub(crate) fn dialect(&self) -> Dialect {
        self.db.dialect
    }

    pub(crate) async fn rows(&self, sql: &PlatformSql, args: Vec<Value>) -> Result<Vec<Row>, DbErr> {
        let statement = self.db.bind(sql.text(), None, args);
        let rows = query(&self.db.pool, self.db.dialect, statement.clone()).await?;
        self.db.observe(&statement, Some(sql.purpose), sql.text(), rows.len() as u64);
        Ok(rows)
    }

    /// All rows of a query for rows in a certain order, by the index that holds them in it, if there is one. `sql` writes
    /// the statement with what it is given behind the table's alias.
    pub(crate) async fn rows_in_order(
        &self,
        ordered: &Ordered<'_>,
        sql: impl Fn(&str) -> PlatformSql,
        args: Vec<Value>,
    ) -> Result<Vec<Row>, DbErr> {
        let hint = self.db.hint(ordered).await;
        if hint.is_empty() {
            return self.rows(&sql(""), args).await;
        }
        match self.rows(&sql(&hint), args.clone()).await {
            Err(error) if self.db.hinted_wrongly(&error) => self.rows(&sql(""), args).await,
            answered => answered,
        }
    }

    pub(crate) async fn row(&self, sql: &PlatformSql, args: Vec<Value>) -> Result<Option<Row>, DbErr> {
        Ok(self.rows(sql, args).await?.into_iter().next())
    }

    pub(crate) async fn execute(&self, sql: &PlatformSql, args: Vec<Value>) -> Result<u64, DbErr> {
        let statement = self.db.bind(sql.text(), None, args);
        let changed = execute(&self.db.pool, statement.clone()).await?.rows_affected();
        self.db.observe(&statement, Some(sql.purpose), sql.text(), changed);
        Ok(changed)
    }

    pub(crate) async fn begin(&self) -> Result<PlatformTx, DbErr> {
        Ok(PlatformTx { tx: transaction::begin(&self.db, Mode::Write).await?, db: self.db.clone() })
    }
}

/// A transaction above tenants.
pub(crate) struct PlatformTx {
    tx: DatabaseTransaction,
    db: Database,
}

impl PlatformTx {
    pub(crate) fn dialect(&self) -> Dialect {
        self.db.dialect
    }

    pub(crate) fn tally(&self) -> &Tally {
        &self.db.tally
    }

    pub(crate) async fn row(&self, sql: &PlatformSql, args: Vec<Value>) -> Result<Option<Row>, DbErr> {
        Ok(self.rows(sql, args).await?.into_iter().next())
    }

    pub(crate) async fn rows(&self, sql: &PlatformSql, args: Vec<Value>) -> Result<Vec<Row>, DbErr> {
        let statement = self.db.bind(sql.text(), None, args);
        let rows = query(&self.tx, self.db.dialect, statement.clone()).await?;
        self.db.observe(&statement, Some(sql.purpose), sql.text(), rows.len() as u64);
        Ok(rows)
    }

    pub(crate) async fn execute(&self, sql: &PlatformSql, args: Vec<Value>) -> Result<u64, DbErr> {
        let statement = self.db.bind(sql.text(), None, args);
        let changed = execute(&self.tx, statement.clone()).await?.rows_affected();
        self.db.observe(&statement, Some(sql.purpose), sql.text(), changed);
        Ok(changed)
    }

    pub(crate) async fn commit(self) -> Result<(), DbErr> {
        self.tx.commit().await
    }
}
