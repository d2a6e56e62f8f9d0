// The database is no connection: SeaORM's own queries do not run on it.
//~ error[E0277]: the trait bound `rollcall::db::Database: ConnectionTrait` is not satisfied
fn is_connection(_: &impl rollcall::sea_orm::ConnectionTrait) {}

fn query(db: &rollcall::db::Database) {
    is_connection(db);
}

fn main() {}
