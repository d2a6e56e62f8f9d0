//! What the databases' planners would get wrong about lists by themselves.

use rollcall::db::{Database, TenantSql};

use crate::explain::{fill, ran};
use crate::isolation::world::settings;
use crate::support::app::TestApp;
use crate::support::{Backend, TestDb, with_database};

/// Lists of what is one thing's, and the index that holds it.
const OF_ONE: [(&str, &str); 6] = [
    ("appointments?customer_id={customer}", "appointments t idx_appointments_company_customer"),
    ("appointments?customer_id={customer}&status=completed", "appointments t idx_appointments_company_customer"),
    ("violations?customer_id={customer}", "appointment_modification_stats t idx_ams_company_customer"),
    ("modifications?appointment_id={appointment}", "appointment_modifications t idx_am_company_appointment"),
    (
        "notifications?notifiable_type=customer&notifiable_id={customer}",
        "notification_queues t idx_nq_company_notifiable",
    ),
    ("customers/{customer}", "notification_queues t idx_nq_company_notifiable"),
];

// SQLite keeps no statistics: by itself it walks over all rows of the company in the order of the list, until it has met enough of them.
#[tokio::test]
async fn a_list_of_one_thing_is_read_by_what_holds_that_things_rows() {
    with_database(Backend::Sqlite, async |test: &TestDb| {
        let app = TestApp::new(test).await;
        for id in 3..=8 {
            test.company(id, "Europe/Berlin").await;
        }
        fill(test).await;
        let customer: i64 = test.value("SELECT MIN(id) FROM customers WHERE company_id = 1").await;
        let appointment: i64 = test.value("SELECT MIN(id) FROM appointments WHERE company_id = 1").await;
        let browser = app.signed_in("manager1").await;
        for (list, index) in OF_ONE {
            let list = list.replace("{customer}", &customer.to_string());
            let list = list.replace("{appointment}", &appointment.to_string());
            let (table, index) = index.rsplit_once(' ').unwrap();
            test.recorder.take();
            let page = app.get(&browser, &format!("/admin/{list}")).await;
            assert_eq!(page.status, 200, "{list}: {}", page.body);
            let statements: Vec<_> =
                ran(test).into_iter().filter(|sql| sql.contains(&format!("FROM {table}"))).collect();
            assert!(!statements.is_empty(), "{list}");
            for sql in statements {
                let plan = test.query(&format!("EXPLAIN QUERY PLAN {sql}")).await;
                let plan: Vec<String> = plan.iter().map(|row| row.try_get_by_index(3).unwrap()).collect();
                assert!(plan.iter().any(|step| step.contains(index)), "{list}: {plan:#?} of {sql}");
            }
        }
    })
    .await;
}

mod a_list_is_joined_row_by_row {
    use super::*;

    const LEVEL: TenantSql =
        TenantSql::new("SELECT CAST(@@join_cache_level AS SIGNED) FROM companies WHERE id = :company");

    // With a join buffer MariaDB reads and sorts all that match before it answers a list's first page.
    #[tokio::test]
    async fn mariadb() {
        with_database(Backend::MariaDb, async |test: &TestDb| {
            test.company(1, "Europe/Berlin").await;
            // Unobserved, as the audit of all statements knows no variables.
            let db = Database::open(&test.url, 1).await.unwrap();
            let rows = test.scope(1).await.db(&db).rows(&LEVEL, Vec::new()).await.unwrap();
            assert_eq!(rows[0].int(0).unwrap(), 0);
        })
        .await;
    }
}

mod no_statement_makes_room_for_another {
    use super::*;

    const CLOSED: TenantSql = TenantSql::new(
        "SELECT CAST(variable_value AS SIGNED) FROM information_schema.session_status \
         WHERE variable_name = 'Com_stmt_close' AND 1 = :company",
    );
    const PAGES: [&str; 12] = [
        "",
        "/appointments",
        "/appointments?status=completed",
        "/appointments?q=c",
        "/customers",
        "/policies",
        "/notifications",
        "/violations",
        "/modifications",
        "/staff",
        "/users",
        "/audit",
    ];

    // Each that does costs the next one 40 ms.
    #[tokio::test]
    async fn mariadb() {
        with_database(Backend::MariaDb, async |test: &TestDb| {
            let db = Database::open(&test.url, 1).await.unwrap();
            let _people = TestApp::new(test).await;
            let app = TestApp::with(test, db.clone(), settings(&[])).await;
            let browser = app.signed_in("admin1").await;
            for page in PAGES {
                let page = app.get(&browser, &format!("/admin{page}")).await;
                assert_eq!(page.status, 200, "{}", page.body);
            }
            let rows = test.scope(1).await.db(&db).rows(&CLOSED, Vec::new()).await.unwrap();
            assert_eq!(rows[0].int(0).unwrap(), 0);
        })
        .await;
    }
}
