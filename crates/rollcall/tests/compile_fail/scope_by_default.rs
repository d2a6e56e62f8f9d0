// There is no company by default.
//~ error[E0599]: no function or associated item named `default` found for struct `TenantScope` in the current scope
fn main() {
    let _ = rollcall::tenant::TenantScope::default();
}
