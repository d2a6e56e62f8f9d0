// A scope starts from a user, never from an id.
fn main() {
    let _ = rollcall::tenant::TenantScope::of(42_i64);
}
