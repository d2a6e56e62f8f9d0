// Nor is a tenant's database or transaction: a statement without `:company` does not run on them.
fn is_connection(_: &impl sea_orm::ConnectionTrait) {}

fn query(db: &rollcall::db::TenantDb) {
    is_connection(db);
}

fn main() {}
