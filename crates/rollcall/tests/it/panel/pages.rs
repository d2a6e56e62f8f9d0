//! Pages of lists: the way back, how many rows there are on all of them, and what the form offers to narrow them by.

use axum::http::StatusCode;

use super::fill;
use super::lists::{link, rows, shown};
use crate::support::app::{Browser, TestApp};
use crate::support::{TestDb, on_every_database};

/// So many rows of everything: two full pages, and a third.
const ROWS: i64 = 120;

/// Customers without a date behind the twentieth, appointments of which ten begin at once, what hangs on them, and settings.
async fn many(test: &TestDb) {
    let mut values: [Vec<String>; 5] = Default::default();
    for id in 1..=ROWS {
        let day = id / 10 + 1;
        let created = if id > 20 { "NULL".to_owned() } else { format!("'2026-11-{:02} 10:00:00'", id / 2 + 1) };
        let (yes, price) = (if id % 3 == 0 { "TRUE" } else { "FALSE" }, id % 7);
        values[0].push(format!("({id}, 1, 'N{:03}', 'vip', {created})", id / 3));
        let at = format!("'2026-11-{day:02} 10:00:00'");
        values[1].push(format!("({id}, 1, {id}, {at}, '2026-11-30 10:00:00', {price}.50, 'completed', {at})"));
        values[2].push(format!("({id}, 1, {id}, {id}, 'cancel', {yes}, {at})"));
        values[3].push(format!("({id}, 1, 'customer', {id}, 'email', 'c', 'failed', '{{\"n\": {id}}}', {at})"));
        values[4].push(format!("({id}, 1, 'company', 1, 'no_show', '{{\"fee\": \"{price}.00\"}}', {yes}, {at})"));
    }
    let tables = [
        "customers (id, company_id, name, journey_status, created_at)",
        "appointments (id, company_id, customer_id, starts_at, ends_at, price, status, created_at)",
        "appointment_modifications (id, company_id, appointment_id, customer_id, modification_type, within_policy, created_at)",
        "notification_queues (id, company_id, notifiable_type, notifiable_id, channel, recipient, status, payload, created_at)",
        "policy_configurations (id, company_id, configurable_type, configurable_id, policy_type, config, is_active, created_at)",
    ];
    for (table, values) in tables.iter().zip(values) {
        test.sql(&format!("INSERT INTO {table} VALUES {}", values.join(", "))).await;
    }
}

/// How many rows the page says that there are; nothing where it does not.
fn said(body: &str) -> &str {
    let line = body.split("id=\"count\"").nth(1).unwrap_or_default();
    line.split_once('>').map_or("", |(_, rest)| rest.split('<').next().unwrap())
}

on_every_database!(pages_lead_back_over_what_they_led_on, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    many(test).await;
    app.settle().await;
    let viewer = app.signed_in("viewer1").await;
    // MariaDB's indexes are read once, by whoever is the first to look at a list.
    shown(&app, &viewer, "/admin/staff").await;
    for start in [
        "/admin/customers",
        "/admin/customers?sort=created_at",
        "/admin/customers?sort=name",
        "/admin/customers?sort=-name&journey_status=vip",
        "/admin/customers?q=N",
        "/admin/appointments",
        "/admin/appointments?sort=starts_at&status=completed&starts_at_from=2026-11-01",
        "/admin/appointments?sort=created_at&column=ends_at",
        "/admin/modifications",
        "/admin/notifications?sort=created_at",
        "/admin/policies",
    ] {
        let (mut path, mut pages) = (start.to_owned(), Vec::new());
        loop {
            test.recorder.take();
            let page = shown(&app, &viewer, &path).await;
            assert!(test.recorder.count() <= 5, "{path}: {:?}", test.recorder.recent());
            for name in ["First page", "Previous page"] {
                assert_eq!(link(&page, name).is_some(), !pages.is_empty(), "{name} at {path}");
            }
            pages.push(rows(&page));
            let Some(next) = link(&page, "Next page") else { break };
            path = next;
        }
        assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [50, 50, 20], "{start}");
        for expected in pages.iter().rev().skip(1) {
            let page = shown(&app, &viewer, &path).await;
            path = link(&page, "Previous page").unwrap_or_else(|| panic!("no way back from {path}"));
            test.recorder.take();
            let page = shown(&app, &viewer, &path).await;
            assert!(test.recorder.count() <= 5, "{path}: {:?}", test.recorder.recent());
            assert_eq!(&rows(&page), expected, "{path}");
            assert!(link(&page, "Next page").is_some(), "{path}");
        }
        let first = shown(&app, &viewer, &path).await;
        assert_eq!((link(&first, "Previous page"), link(&first, "First page")), (None, None), "{path}");
        let again = shown(&app, &viewer, &link(&first, "Next page").unwrap()).await;
        assert_eq!(rows(&again), pages[1], "and on again: {start}");
    }
    let page = shown(&app, &viewer, "/admin/customers").await;
    let second = shown(&app, &viewer, &link(&page, "Next page").unwrap()).await;
    let back = link(&second, "Previous page").unwrap();
    let foreign = app.signed_in("viewer2").await;
    assert_eq!(app.get(&foreign, &back).await.status, StatusCode::BAD_REQUEST, "a cursor is its company's");
    for wrong in [format!("{back}&sort=name"), format!("{back}&after=x"), back.replace("before=", "before=x")] {
        assert_eq!(app.get(&viewer, &wrong).await.status, StatusCode::BAD_REQUEST, "{wrong}");
    }
    let file = shown(&app, &viewer, &back.replace("customers?", "customers/export?")).await;
    assert_eq!(file.body.lines().count(), 121, "a file is of the whole list");
    let mut german = viewer.clone();
    german.cookies.push(("rollcall_language".to_owned(), "de".to_owned()));
    let second = shown(&app, &german, &link(&page, "Next page").unwrap()).await;
    assert!(link(&second, "Vorherige Seite").is_some() && second.body.contains("rel=\"prev\""), "{}", second.body);
});

on_every_database!(a_page_whose_rows_went_leads_to_one_that_has_some, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    many(test).await;
    app.settle().await;
    let viewer = app.signed_in("viewer1").await;
    let of = async |path: &str| shown(&app, &viewer, path).await;
    let second = of(&link(&of("/admin/customers?sort=name&journey_status=vip").await, "Next page").unwrap()).await;
    let (back, third) = (link(&second, "Previous page").unwrap(), link(&second, "Next page").unwrap());
    let last = rows(&second).last().unwrap().clone();
    test.sql("DELETE FROM customers WHERE id > 100").await;
    app.settle().await;
    let answer = app.get(&viewer, &third).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "nothing is left there");
    let to = answer.header("location").to_owned();
    assert!(to.starts_with("/admin/customers?sort=name&journey_status=vip&before="), "{to}");
    let page = of(&to).await;
    assert_eq!((rows(&page).len(), rows(&page).last()), (50, Some(&last)), "the very page before it");
    test.sql("DELETE FROM customers WHERE id BETWEEN 10 AND 20").await;
    app.settle().await;
    let answer = app.get(&viewer, &back).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "not a page of 39");
    assert_eq!(answer.header("location"), "/admin/customers?sort=name&journey_status=vip");
    test.sql("DELETE FROM customers").await;
    app.settle().await;
    let answer = app.get(&viewer, &to).await;
    assert_eq!(answer.header("location"), "/admin/customers?sort=name&journey_status=vip");
});

on_every_database!(messages_to_a_customer_lead_back_too, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    many(test).await;
    test.sql("UPDATE notification_queues SET notifiable_id = 1 WHERE id <= 25").await;
    app.settle().await;
    let viewer = app.signed_in("viewer1").await;
    let first = shown(&app, &viewer, "/admin/customers/1").await;
    assert_eq!(link(&first, "Newer messages"), None);
    let second = shown(&app, &viewer, &link(&first, "Older messages").unwrap()).await;
    let third = shown(&app, &viewer, &link(&second, "Older messages").unwrap()).await;
    let back = shown(&app, &viewer, &link(&third, "Newer messages").unwrap()).await;
    assert_eq!((rows(&back), rows(&third).len()), (rows(&second), 5));
    let again = shown(&app, &viewer, &link(&back, "Newer messages").unwrap()).await;
    assert_eq!((rows(&again), link(&again, "Newer messages")), (rows(&first), None));
    test.sql("DELETE FROM notification_queues WHERE id > 20").await;
    app.settle().await;
    let newest = shown(&app, &viewer, &link(&second, "Newer messages").unwrap()).await;
    assert_eq!(rows(&newest).len(), 10, "not the five that are left before it");
});

on_every_database!(a_list_says_how_many_rows_match, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    fill(test).await;
    for (company, from, to) in [(1, 1_000, 1_999), (2, 5_000, 6_500)] {
        let row = |id: i64| {
            let at = format!("'2026-11-{:02} 10:00:00'", id % 20 + 1);
            let status = if id % 10 == 0 { "cancelled" } else { "completed" };
            format!("({id}, {company}, {company}0, {at}, {at}, '{status}', {at})")
        };
        let values: Vec<_> = (from..to).map(row).collect();
        test.sql(&format!(
            "INSERT INTO appointments (id, company_id, customer_id, starts_at, ends_at, status, created_at) VALUES {}",
            values.join(", ")
        ))
        .await;
    }
    app.settle().await;
    let (viewer, neighbour) = (app.signed_in("viewer1").await, app.signed_in("viewer2").await);
    shown(&app, &viewer, "/admin/staff").await;
    let says = async |browser: &Browser, query: &str, words: &str| {
        test.recorder.take();
        let page = shown(&app, browser, &format!("/admin/{query}")).await;
        assert_eq!(said(&page.body), words, "{query}: {:?}", test.recorder.recent());
        assert!(test.recorder.count() <= 5, "{query}: {:?}", test.recorder.recent());
        page
    };
    says(&viewer, "customers", "1 row").await;
    let page = says(&viewer, "appointments", "1,000 rows").await;
    assert!(page.body.contains("aria-labelledby=\"title\" aria-describedby=\"count\""), "{}", page.body);
    let next = link(&page, "Next page").unwrap();
    says(&viewer, next.trim_start_matches("/admin/"), "1,000 rows").await;
    says(&viewer, "appointments?status=cancelled", "100 rows").await;
    says(&viewer, "appointments?status=cancelled,completed", "999 rows").await;
    says(&viewer, "appointments?sort=created_at&starts_at_from=2026-11-05&starts_at_until=2026-11-06", "100 rows")
        .await;
    says(&viewer, "appointments?customer_id=10&created_at_from=2026-11-20", "50 rows").await;
    let foreign = shown(&app, &viewer, "/admin/appointments?customer_id=20").await;
    assert_eq!(said(&foreign.body), "");
    says(&neighbour, "appointments?status=completed", "More than 1,000 rows").await;
    says(&neighbour, "appointments?status=cancelled", "150 rows").await;
    let mut german = neighbour.clone();
    german.cookies.push(("rollcall_language".to_owned(), "de".to_owned()));
    says(&german, "appointments", "Mehr als 1.000 Zeilen").await;
    test.sql("UPDATE appointments SET deleted_at = '2026-11-21 10:00:00' WHERE id IN (1001, 1002)").await;
    app.settle().await;
    says(&viewer, "appointments", "998 rows").await;
    // What no index finds is not looked for in all of a large company's rows.
    let more = "INSERT INTO appointments (id, company_id, customer_id, staff_id, starts_at, ends_at, status, created_at) \
                SELECT id + 10000, 1, 10, 10, starts_at, ends_at, 'completed', created_at FROM appointments";
    test.sql(more).await;
    test.sql("UPDATE appointments SET branch_id = 10 WHERE id BETWEEN 1000 AND 1099").await;
    app.settle().await;
    says(&viewer, "appointments?branch_id=10", "").await;
    says(&viewer, "appointments?staff_id=10", "More than 1,000 rows").await;
});

on_every_database!(the_form_offers_branches_staff_and_services_by_name, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    fill(test).await;
    test.sql("INSERT INTO services (id, company_id, name, duration_minutes) VALUES (11, 1, 'A <cut>', 30)").await;
    app.settle().await;
    let viewer = app.signed_in("viewer1").await;
    let options = |body: &str, name: &str| -> Option<Vec<String>> {
        let select =
            body.split(&format!("<select class=\"select\" name=\"{name}\"")).nth(1)?.split("</select>").next()?;
        Some(select.split("<option value=\"").skip(1).map(|it| it.split("</").next().unwrap().to_owned()).collect())
    };
    test.recorder.take();
    let page = shown(&app, &viewer, "/admin/appointments").await;
    assert!(test.recorder.count() <= 5, "{:?}", test.recorder.recent());
    for (name, expected) in [
        ("branch_id", vec!["\">All", "10\">Own branch"]),
        ("staff_id", vec!["\">All", "10\">Own staff"]),
        ("service_id", vec!["\">All", "11\">A &#60;cut&#62;", "10\">Own service"]),
    ] {
        assert_eq!(options(&page.body, name), Some(expected.into_iter().map(str::to_owned).collect()), "{name}");
    }
    for (query, count) in
        [("service_id=10", 1), ("service_id=11", 0), ("branch_id=10&staff_id=10", 1), ("service_id=", 1)]
    {
        let page = shown(&app, &viewer, &format!("/admin/appointments?{query}")).await;
        assert_eq!(rows(&page).len(), count, "{query}");
        assert!(!page.body.contains("class=\"chip\""), "the form says so already: {query}");
    }
    let chosen = shown(&app, &viewer, "/admin/appointments?service_id=11").await;
    assert!(chosen.body.contains("<option value=\"11\" selected>"), "{}", chosen.body);
    let before: i64 = test.value("SELECT COUNT(*) FROM security_events").await;
    let foreign = shown(&app, &viewer, "/admin/appointments?service_id=20").await;
    assert!(foreign.body.contains("class=\"chip\"") && !foreign.body.contains("Alien"), "{}", foreign.body);
    assert_eq!(test.value::<i64>("SELECT COUNT(*) FROM security_events").await, before + 1);
    assert_eq!(app.get(&viewer, "/admin/appointments?service_id=x").await.status, StatusCode::BAD_REQUEST);
    let staff: Vec<_> = (1_000..1_501).map(|id| format!("({id}, 1, 'S{id}')")).collect();
    test.sql(&format!("INSERT INTO staff (id, company_id, name) VALUES {}", staff.join(", "))).await;
    app.settle().await;
    let page = shown(&app, &viewer, "/admin/appointments").await;
    assert_eq!(options(&page.body, "staff_id"), None, "more than anybody looks through");
    assert!(options(&page.body, "branch_id").is_some());
    let chip = shown(&app, &viewer, "/admin/appointments?staff_id=10").await;
    assert!(chip.body.contains("<strong>Own staff</strong>"), "{}", chip.body);
});
