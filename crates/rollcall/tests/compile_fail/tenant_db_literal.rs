// A tenant's database comes from a scope.
//~ error[E0451]: fields `db` and `company` of struct `TenantDb` are private
fn steal(db: rollcall::db::Database) -> rollcall::db::TenantDb {
    rollcall::db::TenantDb { db, company: 42 }
}

fn main() {}
