use std::hash::{DefaultHasher, Hash, Hasher};

use super::*;
use crate::db::TenantSql;

fn plan(seed: u64) -> Plan {
    let now = "2026-11-22T12:00:00Z".parse().unwrap();
    let plan = Plan::new(now, "$argon2id$demo".to_owned());
    Plan { companies: 4, appointments: 2_000, staff: 30, customers: 400, seed, ..plan }
}

async fn sqlite(folder: &tempfile::TempDir, name: &str) -> Database {
    let db = Database::open(&format!("sqlite:{}", folder.path().join(name).display()), 2).await.unwrap();
    db.migrate_up().await.unwrap();
    db
}

fn scope(company: i64) -> TenantScope {
    OperatorScope::of_program("test").enter_known(company)
}

/// A digest of every cell of every table, by plain SQL.
async fn digest(db: &Database, companies: i64) -> u64 {
    let mut hasher = DefaultHasher::new();
    for company in 1..=companies {
        let tx = scope(company).db(db).begin(Mode::Snapshot).await.unwrap();
        for (table, columns) in store::TABLES {
            let cells: Vec<_> = columns.iter().map(|column| db.dialect().text(column)).collect();
            let sql = format!("SELECT {} FROM {table} WHERE company_id = :company ORDER BY id", cells.join(", "));
            let each = |row: &crate::db::Row| {
                (0..columns.len()).for_each(|cell| row.opt_text(cell).unwrap().hash(&mut hasher));
                Ok(())
            };
            tx.for_each(&TenantSql::composed(sql).unwrap(), vec![], each).await.unwrap();
        }
    }
    hasher.finish()
}

/// One number over all companies together.
async fn number(db: &Database, companies: i64, sql: &'static str) -> i64 {
    let mut sum = 0;
    for company in 1..=companies {
        sum += scope(company).db(db).rows(&TenantSql::new(sql), vec![]).await.unwrap()[0].int(0).unwrap();
    }
    sum
}

#[tokio::test]
async fn the_same_seed_makes_the_same_rows_and_another_seed_others() {
    let folder = tempfile::tempdir().unwrap();
    let mut digests = Vec::new();
    for (name, seed) in [("a", 1), ("b", 1), ("c", 2)] {
        let db = sqlite(&folder, name).await;
        let made = generate(&db, &plan(seed), &mut |_, _| {}).await.unwrap();
        assert_eq!(made.appointments, 2_000, "exactly as planned");
        digests.push(digest(&db, 4).await);
    }
    assert_eq!(digests[0], digests[1]);
    assert_ne!(digests[0], digests[2]);
}

#[tokio::test]
async fn a_database_in_use_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let db = sqlite(&folder, "a").await;
    let small = Plan { appointments: 10, ..plan(1) };
    generate(&db, &small, &mut |_, _| {}).await.unwrap();
    let before = digest(&db, 4).await;
    assert!(matches!(generate(&db, &small, &mut |_, _| {}).await, Err(Error::NotEmpty)));
    assert_eq!(digest(&db, 4).await, before);
}

#[tokio::test]
async fn progress_is_told_up_to_the_end_and_the_first_company_is_the_largest() {
    let folder = tempfile::tempdir().unwrap();
    let db = sqlite(&folder, "a").await;
    let mut told = Vec::new();
    generate(&db, &plan(1), &mut |done, total| told.push((done, total))).await.unwrap();
    assert!(told.is_sorted() && told.last() == Some(&(2_000, 2_000)), "{told:?}");
    let count = TenantSql::new("SELECT COUNT(*) FROM appointments WHERE company_id = :company");
    let mut counts = Vec::new();
    for company in 1..=4 {
        counts.push(scope(company).db(&db).rows(&count, vec![]).await.unwrap()[0].int(0).unwrap());
    }
    assert!(counts.is_sorted_by(|a, b| a > b), "{counts:?}");
}

#[tokio::test]
async fn what_happened_fits_together() {
    let folder = tempfile::tempdir().unwrap();
    let db = sqlite(&folder, "a").await;
    let made = generate(&db, &plan(1), &mut |_, _| {}).await.unwrap();
    for (what, sql) in [
        (
            "the past is over and the future is open",
            "SELECT COUNT(*) FROM appointments WHERE company_id = :company \
             AND (ends_at <= '2026-11-22 12:00:00') <> (status IN ('completed', 'cancelled', 'no_show'))",
        ),
        (
            "nothing is booked after it starts or in the future",
            "SELECT COUNT(*) FROM appointments WHERE company_id = :company \
             AND (created_at > starts_at OR created_at > '2026-11-22 12:00:00' OR ends_at <= starts_at)",
        ),
        (
            "every reference stays in the company",
            "SELECT COUNT(*) FROM appointments a WHERE a.company_id = :company AND (\
             NOT EXISTS (SELECT 1 FROM customers c WHERE c.id = a.customer_id AND c.company_id = a.company_id) OR \
             NOT EXISTS (SELECT 1 FROM branches b WHERE b.id = a.branch_id AND b.company_id = a.company_id) OR \
             NOT EXISTS (SELECT 1 FROM services s WHERE s.id = a.service_id AND s.company_id = a.company_id) OR \
             (a.staff_id IS NOT NULL AND \
              NOT EXISTS (SELECT 1 FROM staff s WHERE s.id = a.staff_id AND s.company_id = a.company_id)))",
        ),
        (
            "a cancelled appointment has one cancellation",
            "SELECT COUNT(*) FROM appointments a WHERE a.company_id = :company AND a.deleted_at IS NULL \
             AND (a.status = 'cancelled') <> EXISTS (SELECT 1 FROM appointment_modifications m \
             WHERE m.company_id = a.company_id AND m.appointment_id = a.id AND m.modification_type = 'cancel')",
        ),
        (
            "a month holds its events",
            "SELECT COUNT(*) FROM appointment_modification_stats WHERE company_id = :company \
             AND (period_start > period_end OR created_at > '2026-11-22 12:00:00')",
        ),
        (
            "a notification was sent after it was made, and failed with a reason",
            "SELECT COUNT(*) FROM notification_queues WHERE company_id = :company AND (sent_at < created_at \
             OR (status = 'failed') <> (error_message IS NOT NULL) \
             OR (status IN ('sent', 'delivered')) <> (sent_at IS NOT NULL))",
        ),
    ] {
        assert_eq!(number(&db, 4, sql).await, 0, "{what}");
    }
    assert!((700..1_300).contains(&made.notifications), "about 50 to 100 appointments: {made:?}");
    assert!((200..500).contains(&made.modifications) && made.stats > made.modifications, "{made:?}");
    let deleted = "SELECT COUNT(*) FROM appointments WHERE company_id = :company AND deleted_at IS NOT NULL";
    assert!((1..20).contains(&number(&db, 4, deleted).await));
    let inactive = "SELECT COUNT(*) FROM staff WHERE company_id = :company AND is_active = FALSE";
    assert!(number(&db, 4, inactive).await > 0);
}

#[tokio::test]
async fn every_kind_of_policy_is_there_and_so_are_hostile_rows() {
    let folder = tempfile::tempdir().unwrap();
    let db = sqlite(&folder, "a").await;
    generate(&db, &plan(1), &mut |_, _| {}).await.unwrap();
    let texts = async |sql| {
        let rows = scope(1).db(&db).rows(&TenantSql::new(sql), vec![]).await.unwrap();
        rows.iter().map(|row| row.text(0).unwrap()).collect::<Vec<_>>()
    };
    let kinds = texts("SELECT DISTINCT configurable_type FROM policy_configurations WHERE company_id = :company").await;
    for kind in
        ["company", "branch", "service", "staff", "App\\Models\\Branch", "App\\Models\\Staff", "Company ", "tenant"]
    {
        assert!(kinds.iter().any(|known| known == kind), "{kind:?} in {kinds:?}");
    }
    let on_company = "SELECT DISTINCT policy_type FROM policy_configurations \
                      WHERE company_id = :company AND configurable_type = 'company' AND configurable_id = 1";
    assert_eq!(texts(on_company).await.len(), policies::TYPES.len());
    for sql in [
        "SELECT COUNT(*) FROM policy_configurations WHERE company_id = :company AND is_active = FALSE",
        "SELECT COUNT(*) FROM policy_configurations WHERE company_id = :company AND deleted_at IS NOT NULL",
        "SELECT COUNT(*) FROM policy_configurations WHERE company_id = :company AND is_override = TRUE \
         AND overrides_id IS NOT NULL",
        "SELECT COUNT(*) FROM policy_configurations WHERE company_id = :company \
         AND configurable_type = 'company' AND configurable_id = 2",
        "SELECT COUNT(*) FROM notification_configurations WHERE company_id = :company \
         AND configurable_type = 'branch' \
         AND configurable_id IN (SELECT id FROM branches WHERE company_id <> :company)",
        "SELECT COUNT(*) FROM notification_queues WHERE company_id = :company AND notifiable_type = 'Customer '",
        "SELECT COUNT(*) FROM notification_queues WHERE company_id = :company AND status = 'failed' \
         AND error_message LIKE '550 5.1.1 <%'",
        "SELECT COUNT(*) FROM user_analytics WHERE company_id = :company AND event = 'rated'",
    ] {
        let found = scope(1).db(&db).rows(&TenantSql::new(sql), vec![]).await.unwrap()[0].int(0).unwrap();
        assert!(found > 0, "{sql}");
    }
}
