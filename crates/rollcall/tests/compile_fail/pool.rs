// Nobody outside `db` sees a pool.
//~ error[E0616]: field `pool` of struct `rollcall::db::Database` is private
fn pool(db: &rollcall::db::Database) {
    let _ = &db.pool;
}

fn main() {}
