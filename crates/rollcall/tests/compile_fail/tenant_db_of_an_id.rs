// A tenant's database comes from a scope, not from an id.
//~ error[E0308]: mismatched types
fn steal(db: &rollcall::db::Database) -> rollcall::db::TenantDb {
    rollcall::db::TenantDb::new(db, 42_i64)
}

fn main() {}
