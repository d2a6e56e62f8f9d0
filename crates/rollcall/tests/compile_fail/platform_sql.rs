// A statement above tenants cannot be written outside.
//~ error[E0603]: struct `PlatformSql` is private
//~ error[E0603]: struct `PlatformSql` is private
//~ error[E0624]: associated function `new` is private
const ALL: rollcall::db::PlatformSql = rollcall::db::PlatformSql::new("everything", "SELECT * FROM appointments");

fn main() {}
