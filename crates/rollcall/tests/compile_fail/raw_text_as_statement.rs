// Text is no statement.
//~ error[E0308]: mismatched types
async fn query(db: &rollcall::db::TenantDb) {
    let _ = db.rows("SELECT * FROM appointments", vec![]).await;
}

fn main() {}
