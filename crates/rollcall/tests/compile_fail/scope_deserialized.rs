// No request body, cookie or cache entry becomes a scope.
fn main() {
    let _: rollcall::tenant::TenantScope = serde_json::from_str("{}").unwrap();
}
