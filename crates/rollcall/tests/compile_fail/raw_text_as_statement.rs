// Text is no statement.
async fn query(db: &rollcall::db::TenantDb) {
    let _ = db.rows("SELECT * FROM appointments", vec![]).await;
}

fn main() {}
