// The database is no connection: SeaORM's own queries do not run on it.
fn is_connection(_: &impl sea_orm::ConnectionTrait) {}

fn query(db: &rollcall::db::Database) {
    is_connection(db);
}

fn main() {}
