// An operator sees no company's rows without naming one.
//~ error[E0308]: mismatched types
fn all(db: &rollcall::db::Database, operator: &rollcall::tenant::OperatorScope) -> rollcall::db::TenantDb {
    rollcall::db::TenantDb::new(db, operator)
}

fn main() {}
