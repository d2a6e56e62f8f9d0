//! The doctor on each database: what is well, and what somebody broke.

mod tenants;

use rollcall::config::{Config, Sources};
use rollcall::doctor::{Finding, Level, examine};
use rollcall::{changes, doctor};

use crate::support::{Backend, TestDb, on_every_database};

async fn findings(test: &TestDb) -> Vec<Finding> {
    let variables = vec![("ROLLCALL_DATABASE".to_owned(), test.url.clone())];
    let config = Config::load(&Sources { variables, ..Sources::default() }).unwrap();
    examine(&config, &rollcall::clock::Clock::system()).await
}

fn errors(findings: &[Finding]) -> Vec<&Finding> {
    findings.iter().filter(|finding| finding.level == Level::Error).collect()
}

on_every_database!(a_migrated_database_is_well, async |test: &TestDb| {
    test.company(1, "Australia/Lord_Howe").await;
    let found = findings(test).await;
    assert!(errors(&found).is_empty(), "{:#?}", errors(&found));
    let ok = |area: &str| found.iter().any(|finding| finding.area == area && finding.level == Level::Ok);
    for area in ["database", "schema", "time zones", "clock"] {
        assert!(ok(area), "{area}: {found:#?}");
    }
});

on_every_database!(what_somebody_broke_is_named, async |test: &TestDb| {
    let on = if test.backend == Backend::MariaDb { " ON notification_queues" } else { "" };
    test.sql(&format!("DROP INDEX idx_nq_status_created{on}")).await;
    test.sql("ALTER TABLE customers DROP COLUMN phone").await;
    let trigger = match test.backend {
        Backend::Sqlite | Backend::MariaDb => "DROP TRIGGER rollcall_staff_ins",
        Backend::Postgres => "ALTER TABLE staff DISABLE TRIGGER rollcall_staff_log",
    };
    test.sql(trigger).await;
    test.company(1, "Europe/Berln").await;
    let found = findings(test).await;
    let said = format!("{:#?}", errors(&found));
    for expected in [
        "idx_nq_status_created (status, created_at)",
        "customers.phone",
        "rollcall_staff_",
        "did you mean `Europe/Berlin`?",
    ] {
        assert!(said.contains(expected), "{expected} is not in {said}");
    }
    assert_eq!(errors(&found).len(), 4, "{said}");
});

on_every_database!(what_went_missing_is_put_back_and_what_was_not_seen_is_recomputed, async |test: &TestDb| {
    test.company(1, "Europe/Berlin").await;
    let scope = test.scope(1).await;
    changes::settle(&test.db, &scope, &test.clock).await.unwrap();
    assert!(doctor::repair(&test.db).await.unwrap().is_empty(), "nothing is missing");
    let on = if test.backend == Backend::MariaDb { " ON notification_queues" } else { "" };
    test.sql(&format!("DROP INDEX idx_nq_status_created{on}")).await;
    test.sql(match test.backend {
        Backend::Sqlite | Backend::MariaDb => "DROP TRIGGER rollcall_customers_ins",
        Backend::Postgres => "ALTER TABLE customers DISABLE TRIGGER rollcall_customers_log",
    })
    .await;
    test.customer(1, 1).await;
    let repaired = doctor::repair(&test.db).await.unwrap();
    assert_eq!(repaired.len(), 2, "{repaired:?}");
    assert!(errors(&findings(test).await).is_empty());
    assert!(changes::verify(&test.db, &scope, &test.clock).await.unwrap().is_empty());
    test.customer(2, 1).await;
    let pending: i64 = test.value("SELECT COUNT(*) FROM change_log").await;
    assert_eq!(pending, 1, "the trigger works again");
});

on_every_database!(a_trigger_that_was_altered_is_found_and_put_right, async |test: &TestDb| {
    match test.backend {
        Backend::Sqlite => {
            test.sql("DROP TRIGGER rollcall_customers_ins").await;
            test.sql("CREATE TRIGGER rollcall_customers_ins AFTER INSERT ON customers BEGIN SELECT 1; END").await;
        }
        Backend::MariaDb => {
            test.sql("DROP TRIGGER rollcall_customers_ins").await;
            let nothing = "AFTER INSERT ON customers FOR EACH ROW BEGIN END";
            test.sql(&format!("CREATE TRIGGER rollcall_customers_ins {nothing}")).await;
        }
        Backend::Postgres => {
            let nothing = "RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$";
            test.sql(&format!("CREATE OR REPLACE FUNCTION rollcall_customers_log() {nothing}")).await;
        }
    }
    let said = format!("{:?}", errors(&findings(test).await));
    assert!(said.contains("rollcall_customers_"), "{said}");
    let repaired = doctor::repair(&test.db).await.unwrap();
    assert_eq!(repaired.len(), 1, "{repaired:?}");
    assert!(errors(&findings(test).await).is_empty());
});

on_every_database!(pending_migrations_are_one_error, async |test: &TestDb| {
    test.db.migrate_down(Some(1)).await.unwrap();
    let found = findings(test).await;
    let errors = errors(&found);
    assert_eq!(errors.len(), 1, "{errors:#?}");
    let last = test.db.migrations().await.unwrap().pop().unwrap().name;
    assert!(errors[0].what.contains(&last), "{errors:#?}");
});
