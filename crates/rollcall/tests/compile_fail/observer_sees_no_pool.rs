// An observer is told of statements; it gets no way to run one.
//~ error[E0609]: no field `db` on type `&Observed<'_>`
fn steal(observed: &rollcall::db::Observed<'_>) {
    let _ = observed.db;
}

fn main() {}
