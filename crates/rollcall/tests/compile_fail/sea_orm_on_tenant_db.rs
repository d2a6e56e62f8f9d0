// Nor is a tenant's database or transaction: a statement without `:company` does not run on them.
//~ error[E0277]: the trait bound `TenantDb: ConnectionTrait` is not satisfied
fn is_connection(_: &impl rollcall::sea_orm::ConnectionTrait) {}

fn query(db: &rollcall::db::TenantDb) {
    is_connection(db);
}

fn main() {}
