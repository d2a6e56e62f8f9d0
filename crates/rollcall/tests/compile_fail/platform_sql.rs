// A statement above tenants cannot be written outside.
const ALL: rollcall::db::PlatformSql = rollcall::db::PlatformSql::new("everything", "SELECT * FROM appointments");

fn main() {}
