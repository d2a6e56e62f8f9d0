// What stands above tenants is the crate's own.
fn platform(db: &rollcall::db::Database) {
    let _ = db.platform();
}

fn main() {}
