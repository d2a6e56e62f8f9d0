// An observer is told of statements; it gets no way to run one.
fn steal(observed: &rollcall::db::Observed<'_>) {
    let _ = observed.db;
}

fn main() {}
