//! What is new: for whom, until when, and where it leads.

use axum::http::StatusCode;
use rollcall::changes;

use crate::panel::fill;
use crate::support::app::{Answer, Browser, TestApp};
use crate::support::{TestDb, on_every_database};

/// Titles and details of the lines, the new ones apart from those that were seen.
fn lines(page: &Answer) -> (Vec<String>, Vec<String>) {
    let text = |line: &str| {
        let texts = line.split('<').filter_map(|part| part.split_once('>')).map(|(_, text)| text.trim());
        texts.filter(|text| !text.is_empty()).take(2).collect::<Vec<_>>().join("|")
    };
    let of = |part: &str| {
        part.split("<li class=\"inbox-line").skip(1).map(|line| text(line.split_once('>').unwrap().1)).collect()
    };
    let (new, earlier) = page.body.split_once("id=\"inbox-earlier\"").unwrap_or((&page.body, ""));
    (of(new), of(earlier))
}

async fn shown(app: &TestApp<'_>, browser: &Browser, path: &str) -> Answer {
    let page = app.get(browser, path).await;
    assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.body);
    page
}

/// What the bell says.
async fn bell(app: &TestApp<'_>, browser: &Browser) -> i64 {
    let page = shown(app, browser, "/admin/inbox/new").await;
    page.body.split("data-count=\"").nth(1).map_or(0, |rest| rest.split('"').next().unwrap().parse().unwrap())
}

async fn mark(app: &TestApp<'_>, browser: &mut Browser) {
    let page = shown(app, browser, "/admin/inbox").await;
    let until = page.body.split("name=\"until\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let answer = app.post(browser, "/admin/inbox/seen", &[("until", &until)]).await;
    assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, "/admin/inbox"));
}

/// A notification of the first company that failed.
async fn fails(test: &TestDb, id: i64, at: &str, error: &str) {
    test.sql(&format!(
        "INSERT INTO notification_queues (id, company_id, notifiable_type, notifiable_id, channel, recipient, status, \
         error_message, failed_at, created_at) VALUES ({id}, 1, 'customer', 10, 'email', 'a@example.test', 'failed', \
         '{error}', '{at}', '{at}')"
    ))
    .await;
}

async fn filled<'a>(test: &'a TestDb) -> TestApp<'a> {
    let app = TestApp::new(test).await;
    fill(test).await;
    test.sql("UPDATE notification_queues SET created_at = '2026-01-01 10:00:00', failed_at = '2026-01-01 10:00:00'")
        .await;
    for (company, count) in [(1, 3), (2, 90)] {
        test.sql(&format!(
            "INSERT INTO appointment_modification_stats (company_id, customer_id, stat_type, count, period_start, \
             period_end, metadata, created_at) VALUES ({company}, {company}0, 'violation', {count}, '2026-11-21', '2026-11-21', \
             '{{\"policy_type\": \"no_show\"}}', '2026-11-21 12:00:00')"
        ))
        .await;
    }
    fails(test, 501, "2026-11-21 10:00:00", "mailbox 17 is full").await;
    fails(test, 502, "2026-11-22 10:00:00", "mailbox 18 is full").await;
    fails(test, 503, "2026-11-20 10:00:00", "no route").await;
    test.sql("DELETE FROM security_events").await;
    for company in ["1", "2", "NULL"] {
        test.sql(&format!(
            "INSERT INTO security_events (company_id, kind, subject, detail, first_at, last_at) VALUES \
             ({company}, 'foreign_row', 'user {company}', 'd', '2026-11-21 10:00:00', '2026-11-21 10:00:00')"
        ))
        .await;
    }
    // What stands in the data is met at each look, and news once.
    test.sql(
        "INSERT INTO security_events (company_id, kind, subject, detail, first_at, last_at) VALUES \
         (1, 'polymorphic_unknown_type', 'notification_queues:9 of company 1', 'd', '2026-10-01 10:00:00', '2026-11-22 11:00:00')",
    )
    .await;
    app.settle().await;
    app
}

on_every_database!(news_are_the_own_companys_and_ones_own_until_they_are_seen, async |test: &TestDb| {
    let app = filled(test).await;
    let (mut viewer, admin) = (app.signed_in("viewer1").await, app.signed_in("admin1").await);
    let page = shown(&app, &viewer, "/admin/inbox").await;
    let (new, seen) = lines(&page);
    assert_eq!(new.len(), 3, "{new:?}");
    assert!(new[0].starts_with("2 notifications failed|mailbox"), "{new:?}");
    assert_eq!(new[1], "3 violations|No-show");
    assert!(new[2].starts_with("1 notification failed|no route") && seen.is_empty(), "{new:?} {seen:?}");
    for part in [
        "href=\"/admin/notifications/failed?reason=no+route\"",
        "href=\"/admin/violations?policy_type=no_show&#38;created_at_from=2026-11-21&#38;created_at_until=2026-11-21\"",
    ] {
        assert!(page.body.contains(part), "{part}: {}", page.body);
    }
    assert_eq!(bell(&app, &viewer).await, 6);
    let (of_admin, _) = lines(&shown(&app, &admin, "/admin/inbox").await);
    assert!(of_admin.contains(&"1 security event|Another company's row".replace('\'', "&#39;")), "{of_admin:?}");
    mark(&app, &mut viewer).await;
    let (new, seen) = lines(&shown(&app, &viewer, "/admin/inbox").await);
    assert_eq!((new.len(), seen.len(), bell(&app, &viewer).await), (0, 3, 0));
    assert_eq!(bell(&app, &admin).await, 7, "another person has not seen it");
    // One that was made long before they looked, and failed only now; another writer dates more exactly than pages are seen.
    test.sql(
        "UPDATE notification_queues SET created_at = '2026-08-01 10:00:00', failed_at = '2026-11-22 11:59:00.400' WHERE id = 503",
    )
    .await;
    assert_eq!(bell(&app, &viewer).await, 1);
    let (new, _) = lines(&shown(&app, &viewer, "/admin/inbox").await);
    assert_eq!(new, ["1 notification failed|no route"]);
    mark(&app, &mut viewer).await;
    assert_eq!(bell(&app, &viewer).await, 0);
});

on_every_database!(what_was_seen_stays_seen_and_what_is_to_come_is_not, async |test: &TestDb| {
    let app = filled(test).await;
    let mut viewer = app.signed_in("viewer1").await;
    mark(&app, &mut viewer).await;
    for until in ["0", "-9223372036854775808", "9223372036854775807", "soon"] {
        let answer = app.post(&mut viewer, "/admin/inbox/seen", &[("until", until)]).await;
        assert!(answer.status == StatusCode::SEE_OTHER || until == "soon", "{until}: {}", answer.status);
        assert_eq!(bell(&app, &viewer).await, 0, "{until}");
    }
    test.clock.set("2026-11-22T13:00:00Z".parse().unwrap());
    fails(test, 600, "2026-11-22 12:30:00", "no route").await;
    assert_eq!(bell(&app, &viewer).await, 1, "nobody sees what is still to come");
    assert_eq!(test.value::<i64>("SELECT COUNT(*) FROM rollcall_seen").await, 1);
    let mut operator = app.signed_in("operator").await;
    assert!(bell(&app, &operator).await > 0);
    mark(&app, &mut operator).await;
    app.post(&mut operator, "/admin/inbox/seen", &[("until", "0")]).await;
    assert_eq!(bell(&app, &operator).await, 0, "an older page takes nothing back from an operator either");
    let other = app.signed_in("viewer2").await;
    assert!(!shown(&app, &other, "/admin/inbox").await.body.contains("mailbox"));
    assert_eq!(app.get(&viewer, "/admin/inbox?company=2").await.status, StatusCode::NOT_FOUND);
    assert_eq!(app.get(&Browser::default(), "/admin/inbox").await.status, StatusCode::SEE_OTHER);
});

on_every_database!(a_bell_costs_few_statements_and_keeps_no_page_from_being_kept, async |test: &TestDb| {
    let app = filled(test).await;
    let viewer = app.signed_in("viewer1").await;
    let first = shown(&app, &viewer, "/admin").await;
    assert!(first.body.contains("href=\"/admin/inbox\"") && first.body.contains("id=\"bell-count\"></span>"));
    test.recorder.take();
    bell(&app, &viewer).await;
    assert!(test.recorder.count() <= 3, "{:?}", test.recorder.recent());
    assert_eq!(shown(&app, &viewer, "/admin").await.header("etag"), first.header("etag"));
    test.recorder.take();
    shown(&app, &viewer, "/admin/inbox").await;
    assert!(test.recorder.count() <= 5, "{:?}", test.recorder.recent());
});

on_every_database!(an_operator_hears_of_the_platform_and_of_a_company_that_they_name, async |test: &TestDb| {
    let app = filled(test).await;
    let mut operator = app.signed_in("operator").await;
    let page = shown(&app, &operator, "/admin/inbox").await;
    let (new, _) = lines(&page);
    assert!(new.contains(&"3 notifications of a company failed|Company 1".to_owned()), "{new:?}");
    assert!(page.body.contains("href=\"/admin/notifications/failed?company=1\""), "{}", page.body);
    assert!(new.iter().any(|line| line.starts_with("3 security events|Another company")), "{new:?}");
    mark(&app, &mut operator).await;
    assert_eq!(lines(&shown(&app, &operator, "/admin/inbox").await).0, Vec::<String>::new());
    let of_company = shown(&app, &operator, "/admin/inbox?company=1").await;
    assert!(of_company.body.contains("mailbox") && of_company.body.contains("action=\"/admin/inbox/seen?company=1\""));
    let answer = app.post(&mut operator, "/admin/inbox/seen?company=1", &[("until", "1795348800")]).await;
    assert_eq!(answer.header("location"), "/admin/inbox?company=1");
});

on_every_database!(times_are_told_as_a_person_reads_them_wherever_they_sign_in, async |test: &TestDb| {
    let app = filled(test).await;
    let mut viewer = app.signed_in("viewer1").await;
    let plain = shown(&app, &viewer, "/admin").await;
    assert!(shown(&app, &viewer, "/admin/appointments").await.body.contains("1 Dec 2026, 00:30"));
    let answer = app.post(&mut viewer, "/preferences", &[("hours", "12"), ("return_to", "/admin/profile")]).await;
    assert_eq!(answer.header("location"), "/admin/profile");
    assert_eq!(app.post(&mut viewer, "/preferences", &[("hours", "13")]).await.status, StatusCode::BAD_REQUEST);
    for browser in [&viewer, &app.signed_in("viewer1").await] {
        let list = shown(&app, browser, "/admin/appointments").await;
        assert!(list.body.contains("1 Dec 2026, 12:30\u{a0}am"), "{}", list.body);
        for _ in 0..2 {
            let page = shown(&app, browser, "/admin").await;
            assert!(
                page.body.contains("As of 1:00\u{a0}pm") && page.header("etag") != plain.header("etag"),
                "{}",
                page.body
            );
        }
        let profile = shown(&app, browser, "/admin/profile").await;
        assert!(profile.body.contains("name=\"hours\" value=\"12\" aria-pressed=\"true\""), "{}", profile.body);
    }
    let other = app.signed_in("manager1").await;
    assert!(shown(&app, &other, "/admin").await.body.contains("As of 13:00"), "theirs alone");
    let scope = test.scope(1).await;
    assert_eq!(changes::verify(&test.db, &scope, &test.clock).await.unwrap(), []);
});
