// A transaction begins on a tenant's database.
//~ error[E0451]: fields `tx`, `db` and `company` of struct `TenantTx` are private
fn steal(tx: rollcall::sea_orm::DatabaseTransaction, db: rollcall::db::Database) -> rollcall::db::TenantTx {
    rollcall::db::TenantTx { tx, db, company: 42 }
}

fn main() {}
