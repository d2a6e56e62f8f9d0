// What stands above tenants is the crate's own.
//~ error[E0624]: method `platform` is private
fn platform(db: &rollcall::db::Database) {
    let _ = db.platform();
}

fn main() {}
