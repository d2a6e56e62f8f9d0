// A tenant's statement names its company, or it is no constant.
const COUNT: rollcall::db::TenantSql = rollcall::db::TenantSql::new("SELECT COUNT(*) FROM appointments");

fn main() {
    let _ = COUNT;
}
