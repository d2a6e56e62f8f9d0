//! `rollcall doctor tenants`: what it finds, and that it writes nothing.

use rollcall::accounts;
use rollcall::chance::Chance;
use rollcall::doctor::tenants::{Check, Report, examine};
use rollcall::jobs::warm;
use rollcall::web::Extent;

use crate::cli::Desk;
use crate::isolation::seed::rows_of;
use crate::isolation::world::{World, settings};
use crate::nodes::server::Server;
use crate::support::app::TestApp;
use crate::support::{Backend, TestDb, on_every_database, with_database};

async fn report(test: &TestDb, more: &[(&str, &str)]) -> Report {
    let companies = accounts::companies(&test.db).await.unwrap();
    let by = (&test.clock, &Chance::seeded(5));
    examine(&test.db, &settings(more), by, &companies, true).await.unwrap()
}

fn asked<'a>(report: &'a Report, part: &str) -> &'a Check {
    let mut found = report.checks.iter().filter(|check| check.question.contains(part));
    let check = found.next().unwrap_or_else(|| panic!("{part}: {report:#?}"));
    assert!(found.next().is_none(), "{part} is in more than one");
    check
}

on_every_database!(rows_that_point_into_another_company_are_named, async |test: &TestDb| {
    let _world = World::new(test, true).await;
    test.sql("INSERT INTO branches (id, company_id, name) VALUES (900, 99, 'Nobody''s')").await;
    let before = (rows_of(test, 1, &[]).await, rows_of(test, 2, &[]).await);
    let report = report(test, &[]).await;
    let expected = [
        ("staff.branch_id", 6),
        ("appointments.customer_id", 10),
        ("appointment_modifications.appointment_id", 4),
        ("policy_configurations.overrides_id", 6),
        ("notification_queues.notification_configuration_id", 4),
        ("is policy_configurations.configurable_type", 2),
        ("does policy_configurations.configurable_id", 22),
        ("is notification_queues.notifiable_type", 2),
        ("does notification_queues.notifiable_id", 20),
        ("api_tokens.user_id", 2),
        ("row of branches", 1),
        ("row of customers", 0),
        // Words of the other one's customer and staff.
        ("own raw rows", 4),
        ("drawn among all", 0),
        ("kept in memory", 0),
    ];
    let found = expected.map(|(part, _)| (part, asked(&report, part).found));
    assert_eq!(found, expected, "{report:#?}");
    for (part, _) in expected {
        assert!(asked(&report, part).looked_at > 1, "{part}");
    }
    let named = &asked(&report, "staff.branch_id").examples;
    assert_eq!(
        [named[0].as_str(), named[3].as_str()],
        ["staff 107 of company 1 names a row of company 2", "staff 207 of company 2 names a row of company 1"]
    );
    assert!(asked(&report, "is notification_queues.notifiable_type").examples[0].ends_with("has the type \"ghost\""));
    assert!(asked(&report, "drawn among all").looked_at > 300);
    assert_eq!((rows_of(test, 1, &[]).await, rows_of(test, 2, &[]).await), before, "it looks and writes nothing");
});

on_every_database!(figures_that_are_not_the_companys_own_are_found, async |test: &TestDb| {
    let _world = World::new(test, true).await;
    // As if the other company's rows had been counted.
    test.sql("UPDATE company_summaries SET data = (SELECT data FROM (SELECT data FROM company_summaries WHERE company_id = 1) o) WHERE company_id = 2").await;
    test.sql("UPDATE customer_summaries SET violations = violations + 7 WHERE company_id = 2 AND customer_id = 201")
        .await;
    let report = report(test, &[]).await;
    let raw = asked(&report, "own raw rows");
    let named = |what: &str| raw.examples.iter().any(|example| example.starts_with(what));
    assert!(named("company 2, company: ") && named("company 2, customer 201: "), "{raw:#?}");
    assert_eq!(raw.found, 6, "beside four words of the other one: {raw:#?}");
});

#[tokio::test]
async fn an_entry_of_redis_under_another_companys_name_is_found() {
    if !crate::nodes::server::available() {
        return;
    }
    with_database(Backend::Sqlite, async |test: &TestDb| {
        let _world = World::new(test, true).await;
        let (redis, patience) = (Server::start(&[]), ("ROLLCALL_REDIS__PATIENCE", "9s"));
        let url = redis.url();
        let settings_of = [("ROLLCALL_REDIS__URL", url.as_str()), patience];
        let node = TestApp::with(test, test.db.clone(), settings(&settings_of)).await;
        while node
            .app
            .cache
            .level(rollcall::cache::Level::Shared)
            .stats()
            .await
            .redis
            .is_none_or(|redis| redis.breaker != tiercache::Breaker::Closed)
        {
            tokio::task::yield_now().await;
        }
        for company in [1, 2] {
            warm::company(&node.app, company, Extent::Everything).await.unwrap();
        }
        let first = report(test, &settings_of).await;
        let (lying, stamps) = (asked(&first, "figures that lie in Redis"), asked(&first, "stamped"));
        assert!(lying.looked_at > 20 && lying.found == 0, "{lying:#?}");
        assert!(stamps.looked_at > 100 && stamps.found == 0, "{stamps:#?}");
        let entries = node
            .app
            .cache
            .level(rollcall::cache::Level::Shared)
            .entries("rollcall:company_1:json:policy_overview", 10)
            .await;
        let name = &entries.entries[0].text;
        let other = name.replace("company_1", "company_2");
        redis.command(&["COPY", name, &other, "REPLACE"]).unwrap();
        let second = report(test, &settings_of).await;
        let stamps = asked(&second, "stamped");
        assert_eq!(stamps.found, 1, "{stamps:#?}");
        assert!(stamps.examples[0].contains(&other), "{stamps:#?}");
    })
    .await;
}

#[test]
fn the_report_reads_well_and_its_exit_code_says_how_it_went() {
    let desk = Desk::with_company();
    let text = desk.done("doctor tenants");
    for part in
        ["Isolation of 1 company", "ok     references", "does staff.branch_id name", "Verdict: nothing was found"]
    {
        assert!(text.contains(part), "{part}: {text}");
    }
    let json: serde_json::Value = serde_json::from_str(&desk.done("doctor tenants --json")).unwrap();
    assert!(json["checks"].as_array().unwrap().len() > 40, "{json}");
}
