// An operator sees no company's rows without naming one.
fn all(db: &rollcall::db::Database, operator: &rollcall::tenant::OperatorScope) -> rollcall::db::TenantDb {
    rollcall::db::TenantDb::new(db, operator)
}

fn main() {}
