// A tenant's statement names its company, or it is no constant.
//~ error[E0080]: evaluation panicked: a statement on a tenant's tables must name :company
const COUNT: rollcall::db::TenantSql = rollcall::db::TenantSql::new("SELECT COUNT(*) FROM appointments");

fn main() {
    let _ = COUNT;
}
