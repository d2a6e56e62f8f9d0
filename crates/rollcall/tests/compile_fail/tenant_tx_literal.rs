// A transaction begins on a tenant's database.
fn steal(tx: sea_orm::DatabaseTransaction, db: rollcall::db::Database) -> rollcall::db::TenantTx {
    rollcall::db::TenantTx { tx, db, company: 42 }
}

fn main() {}
