// A tenant's database stays with its company.
fn steal(mut db: rollcall::db::TenantDb) {
    db.company = 42;
}

fn main() {}
