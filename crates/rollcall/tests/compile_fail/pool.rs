// Nobody outside `db` sees a pool.
fn pool(db: &rollcall::db::Database) {
    let _ = &db.pool;
}

fn main() {}
