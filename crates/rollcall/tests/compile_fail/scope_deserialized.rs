// No request body, cookie or cache entry becomes a scope.
//~ error[E0277]: the trait bound `TenantScope: serde::Deserialize<'de>` is not satisfied
fn main() {
    let _: rollcall::tenant::TenantScope = serde_json::from_str("{}").unwrap();
}
