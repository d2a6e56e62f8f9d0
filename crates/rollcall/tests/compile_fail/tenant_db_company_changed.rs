// A tenant's database stays with its company.
//~ error[E0616]: field `company` of struct `TenantDb` is private
fn steal(mut db: rollcall::db::TenantDb) {
    db.company = 42;
}

fn main() {}
