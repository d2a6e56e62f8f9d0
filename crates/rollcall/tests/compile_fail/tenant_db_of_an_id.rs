// A tenant's database comes from a scope, not from an id.
fn steal(db: &rollcall::db::Database) -> rollcall::db::TenantDb {
    rollcall::db::TenantDb::new(db, 42_i64)
}

fn main() {}
