// A scope starts from a user, never from an id.
//~ error[E0308]: mismatched types
fn main() {
    let _ = rollcall::tenant::TenantScope::of(42_i64);
}
