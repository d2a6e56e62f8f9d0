// A tenant's database comes from a scope.
fn steal(db: rollcall::db::Database) -> rollcall::db::TenantDb {
    rollcall::db::TenantDb { db, company: 42 }
}

fn main() {}
