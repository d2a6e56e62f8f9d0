// A scope is a proof, not two fields.
fn main() {
    let _ = rollcall::tenant::TenantScope { company_id: 42, role: rollcall::tenant::Role::Admin };
}
