// A scope stays with its company.
//~ error[E0616]: field `company_id` of struct `TenantScope` is private
fn steal(mut scope: rollcall::tenant::TenantScope) {
    scope.company_id = 42;
}

fn main() {}
