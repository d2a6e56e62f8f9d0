// There is no company by default.
fn main() {
    let _ = rollcall::tenant::TenantScope::default();
}
