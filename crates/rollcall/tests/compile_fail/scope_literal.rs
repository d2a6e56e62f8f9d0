// A scope is a proof, not two fields.
//~ error[E0451]: fields `company_id` and `role` of struct `TenantScope` are private
fn main() {
    let _ = rollcall::tenant::TenantScope { company_id: 42, role: rollcall::tenant::Role::Admin };
}
