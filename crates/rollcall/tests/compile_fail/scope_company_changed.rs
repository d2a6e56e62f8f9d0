// A scope stays with its company.
fn steal(mut scope: rollcall::tenant::TenantScope) {
    scope.company_id = 42;
}

fn main() {}
