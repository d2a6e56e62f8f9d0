//! A company's settings, for its admins; and companies as operators change, close and reopen them.

use axum::body::Body;
use axum::http::StatusCode;
use serde_json::json;

use crate::support::app::{Answer, Browser, TestApp};
use crate::support::{TestDb, on_every_database};

const SETTINGS: &str = "/admin/settings";
const EDIT: &str = "/admin/companies/1/edit";

/// The tag in a form.
fn tag(page: &Answer) -> String {
    let rest = page.body.split("name=\"tag\" value=\"").nth(1).unwrap_or_else(|| panic!("{}", page.body));
    rest.split('"').next().unwrap().replace("&#34;", "\"").replace("&quot;", "\"")
}

/// What the company 1 is, with one field changed.
fn form<'a>(tag: &'a str, changed: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let fields = [
        ("tag", tag),
        ("name", "Company 1"),
        ("timezone", "Europe/Berlin"),
        ("locale", "de"),
        ("currency", "EUR"),
        ("staff_capacity", "40"),
    ];
    let value = |name| changed.iter().find(|(changed, _)| *changed == name).map(|(_, value)| *value);
    fields.into_iter().map(|(name, old)| (name, value(name).unwrap_or(old))).collect()
}

/// Saves by the form that the page has now.
async fn save<'a>(app: &TestApp<'_>, browser: &mut Browser, path: &str, changed: &[(&'a str, &'a str)]) -> Answer {
    let tag = tag(&app.get(browser, path).await);
    app.post(browser, path, &form(&tag, changed)).await
}

/// The lines of the audit log about companies and settings, without those of operators who came in.
async fn lines(test: &TestDb) -> Vec<String> {
    let rows = test
        .query(
            "SELECT action FROM audit_log WHERE subject_kind IN ('company', 'settings') AND action <> 'company.entered' \
             ORDER BY id",
        )
        .await;
    rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
}

/// One active member of staff, and ten appointments of theirs in the last days at half past eleven at night in Berlin.
async fn busy(test: &TestDb) {
    test.customer(10, 1).await;
    let on = test.db.dialect().pick("1", "1", "TRUE");
    test.sql(&format!("INSERT INTO staff (id, company_id, name, is_active) VALUES (10, 1, 'Ann', {on})")).await;
    for id in 0..10 {
        test.sql(&format!(
            "INSERT INTO appointments (id, company_id, staff_id, customer_id, starts_at, ends_at, status, created_at) \
             VALUES ({}, 1, 10, 10, '2026-11-20 22:30:00', '2026-11-20 23:00:00', 'completed', '2026-11-19 10:00:00')",
            100 + id
        ))
        .await;
    }
}

async fn utilisation(app: &TestApp<'_>, browser: &Browser) -> serde_json::Value {
    let card = app.json(browser, "/admin/widgets/staff_performance").await.json();
    let stats = card["stats"].as_array().unwrap_or_else(|| panic!("{card}"));
    stats.iter().find(|stat| stat["key"] == "utilisation").unwrap()["value"].clone()
}

on_every_database!(an_admin_sets_the_capacity_and_the_dashboard_counts_by_it_at_once, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    busy(test).await;
    app.settle().await;
    let (mut admin, viewer) = (app.signed_in("admin1").await, app.signed_in("viewer1").await);
    assert_eq!(utilisation(&app, &viewer).await, json!(25.0), "ten of forty");
    assert!(app.get(&admin, "/admin").await.body.contains("href=\"/admin/settings\""), "the way there");
    let page = app.get(&admin, SETTINGS).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    for part in [
        "data-guarded",
        "value=\"Company 1\"",
        "value=\"Europe/Berlin\"",
        "value=\"EUR\"",
        "name=\"staff_capacity\" type=\"number\" min=\"1\" max=\"10000\"",
        "value=\"40\"",
        "Nothing is converted",
        "counted anew",
    ] {
        assert!(page.body.contains(part), "{part}: {}", page.body);
    }
    let saved = save(&app, &mut admin, SETTINGS, &[("staff_capacity", "20")]).await;
    assert_eq!(saved.header("location"), "/admin/settings?notice=saved", "{}", saved.body);
    assert_eq!(utilisation(&app, &viewer).await, json!(50.0), "ten of twenty, and nothing of before was kept");
    assert_eq!(lines(test).await, ["settings.updated"], "and nothing else was changed");
    let line = "SELECT state_after FROM audit_log WHERE action = 'settings.updated'";
    let after: String = test.value(line).await;
    assert_eq!(after.parse::<serde_json::Value>().unwrap(), json!({ "staff_capacity": 20, "currency": "EUR" }));
    // The same once more changes nothing, and there is no line of it.
    save(&app, &mut admin, SETTINGS, &[("staff_capacity", "20")]).await;
    assert_eq!(lines(test).await, ["settings.updated"]);
    let saved = save(&app, &mut admin, SETTINGS, &[("staff_capacity", "20"), ("currency", "chf")]).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
    let kept =
        "SELECT COUNT(*) FROM company_settings WHERE company_id = 1 AND staff_capacity = 20 AND currency = 'CHF'";
    assert_eq!(test.value::<i64>(kept).await, 1);
    let card = app.json(&viewer, "/admin/widgets/policy_compliance_rate").await.body;
    assert!(card.contains("CHF"), "{card}");
    assert_eq!(test.value::<i64>("SELECT COUNT(*) FROM company_settings WHERE company_id = 2").await, 0);
});

on_every_database!(another_zone_moves_figures_to_other_days_at_once, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    busy(test).await;
    app.settle().await;
    let (mut admin, viewer) = (app.signed_in("admin1").await, app.signed_in("viewer1").await);
    let days = async || {
        let card = app.json(&viewer, "/admin/widgets/time_analytics").await.json();
        let labels = card["labels"].as_array().unwrap_or_else(|| panic!("{card}")).clone();
        let data = card["datasets"][0]["data"].as_array().unwrap().clone();
        let at = data.iter().position(|count| count.as_f64() == Some(10.0)).unwrap_or_else(|| panic!("{card}"));
        labels[at].clone()
    };
    let before = days().await;
    let saved = save(&app, &mut admin, SETTINGS, &[("timezone", "Asia/Tokyo"), ("locale", "en")]).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
    assert_ne!(days().await, before, "half past seven in the morning of the next day");
    assert_eq!(lines(test).await, ["company.updated"]);
    let (zone, locale): (String, String) = (
        test.value("SELECT timezone FROM companies WHERE id = 1").await,
        test.value("SELECT locale FROM companies WHERE id = 1").await,
    );
    assert_eq!((zone.as_str(), locale.as_str()), ("Asia/Tokyo", "en"));
    let verified = app.get(&admin, SETTINGS).await;
    assert!(verified.body.contains("value=\"Asia/Tokyo\""), "{}", verified.body);
});

on_every_database!(settings_that_will_not_do_are_refused_beside_their_fields, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    let mut admin = app.signed_in("admin1").await;
    for (field, value, told) in [
        ("name", " ", "Please fill this in."),
        ("timezone", "Asia/Kathmando", "Did you mean Asia/Kathmandu?"),
        ("timezone", "nowhere at all", "There is no such time zone."),
        ("locale", "fr", "Choose one of the list."),
        ("currency", "ABC", "There is no such currency."),
        ("currency", "Euro", "There is no such currency."),
        ("staff_capacity", "0", "Enter a whole number: 1–10,000."),
        ("staff_capacity", "10001", "Enter a whole number: 1–10,000."),
        ("staff_capacity", "many", "Enter a whole number: 1–10,000."),
    ] {
        for path in [SETTINGS, EDIT] {
            let mut by = if path == SETTINGS { admin.clone() } else { app.signed_in("operator").await };
            let refused = save(&app, &mut by, path, &[(field, value)]).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{field} {value}");
            let place = format!("aria-describedby=\"error-{field}\"");
            for part in [told, &place, "role=\"alert\""] {
                assert!(refused.body.contains(part), "{part}: {}", refused.body);
            }
        }
    }
    assert!(lines(test).await.is_empty());
    // What was typed comes back, and saves once it is right, in the state that was seen.
    let seen = tag(&app.get(&admin, SETTINGS).await);
    let refused = app.post(&mut admin, SETTINGS, &form(&seen, &[("name", "<i>New"), ("currency", "x")])).await;
    assert!(refused.body.contains("value=\"&#60;i&#62;New\""), "{}", refused.body);
    assert_eq!(tag(&refused), seen);
    assert_eq!(app.post(&mut admin, SETTINGS, &form(&seen, &[("name", "<i>New")])).await.status, StatusCode::SEE_OTHER);
    assert!(app.get(&admin, "/admin").await.body.contains("&#60;i&#62;New"), "in the top bar");
    // As another application left it: nobody chooses another language unawares.
    test.sql("UPDATE companies SET locale = 'fr' WHERE id = 1").await;
    assert!(app.get(&admin, SETTINGS).await.body.contains("<option value=\"fr\" selected>fr</option>"));
    let german = admin.request("GET", SETTINGS).header("accept-language", "de").body(Body::empty()).unwrap();
    let german = app.send(german).await.body;
    assert!(german.contains("Kapazität je Mitarbeiter") && german.contains("1–10.000") && !german.contains(">ui."));
});

on_every_database!(of_two_who_set_a_company_up_the_second_overwrites_nothing_unseen, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    let (mut admin, mut operator) = (app.signed_in("admin1").await, app.signed_in("operator").await);
    let seen = tag(&app.get(&admin, SETTINGS).await);
    // The operator is faster, on a page of their own: with a name first, and with the capacity then.
    let saved = save(&app, &mut operator, EDIT, &[("name", "Salon Ada")]).await;
    assert_eq!(saved.header("location"), "/admin/companies/1?notice=saved", "{}", saved.body);
    let stale = app.post(&mut admin, SETTINGS, &form(&seen, &[("staff_capacity", "30")])).await;
    assert_eq!(stale.status, StatusCode::CONFLICT);
    for part in [
        "Changed by the operator, 22 Nov 2026, 13:00.",
        "Name: <del>Company 1</del> → <ins>Salon Ada</ins>",
        "value=\"30\"",
    ] {
        assert!(stale.body.contains(part), "{part}: {}", stale.body);
    }
    let seen = tag(&stale);
    save(&app, &mut operator, EDIT, &[("name", "Salon Ada"), ("staff_capacity", "50")]).await;
    let stale = app.post(&mut admin, SETTINGS, &form(&seen, &[("staff_capacity", "30")])).await;
    assert_eq!(stale.status, StatusCode::CONFLICT, "the settings are others");
    assert!(!stale.body.contains("id=\"meanwhile\""), "{}", stale.body);
    let saved = app.post(&mut admin, SETTINGS, &form(&tag(&stale), &[("staff_capacity", "30")])).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "whoever saves again has seen it");
    let name: String = test.value("SELECT name FROM companies WHERE id = 1").await;
    assert_eq!(name, "Company 1", "as the form had it");
    assert_eq!(lines(test).await, ["company.updated", "settings.updated", "company.updated", "settings.updated"]);
});

on_every_database!(settings_are_for_admins_and_for_operators_who_are_in_the_company, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    for name in ["manager1", "viewer1"] {
        let mut browser = app.signed_in(name).await;
        assert_eq!(app.get(&browser, SETTINGS).await.status, StatusCode::FORBIDDEN, "{name}");
        let refused = app.post(&mut browser, SETTINGS, &form("*", &[("name", "Mine")])).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{name}");
        assert!(!app.get(&browser, "/admin").await.body.contains(SETTINGS), "nor are they led there");
        for path in [EDIT, "/admin/companies/1/close"] {
            assert_eq!(app.get(&browser, path).await.status, StatusCode::NOT_FOUND, "{name} {path}");
        }
    }
    let mut admin = app.signed_in("admin1").await;
    for path in [EDIT, "/admin/companies/1/close", "/admin/companies/1/reopen", "/admin/companies/2/edit"] {
        assert_eq!(app.post(&mut admin, path, &form("*", &[])).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(app.get(&admin, "/admin/settings?company=2").await.status, StatusCode::NOT_FOUND);
    assert!(lines(test).await.is_empty());
    let tried: i64 = test.value("SELECT COUNT(*) FROM security_events WHERE kind = 'foreign_company'").await;
    assert!(tried >= 3, "told of each who tried: {tried}");
    let mut operator = app.signed_in("operator").await;
    assert_eq!(app.get(&operator, SETTINGS).await.header("location"), "/admin/companies", "which one?");
    let theirs = "/admin/settings?company=2";
    let page = app.get(&operator, theirs).await;
    assert!(page.body.contains("action=\"/admin/settings?company=2\""), "{}", page.body);
    let saved = app.post(&mut operator, theirs, &form(&tag(&page), &[("name", "Second")])).await;
    assert_eq!(saved.header("location"), "/admin/settings?notice=saved&company=2", "{}", saved.body);
    let names = test.query("SELECT name FROM companies ORDER BY id").await;
    let names: Vec<String> = names.iter().map(|row| row.try_get_by_index(0).unwrap()).collect();
    assert_eq!(names, ["Company 1", "Second"]);
    for nothing in ["99", "0", "x", "1x"] {
        let answer = app.get(&operator, &format!("/admin/companies/{nothing}/edit")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{nothing}");
    }
});

on_every_database!(closing_a_company_says_what_stops_and_opening_it_gives_that_back, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    let mut operator = app.signed_in("operator").await;
    let (manager, other) = (app.signed_in("manager1").await, app.signed_in("manager2").await);
    let (token, _) = (app.program("manager1", "read").await, app.program("manager2", "read").await);
    let mut admin = app.signed_in("admin1").await;
    app.post(&mut admin, "/admin/users/4/deactivate", &[]).await;
    let record = app.get(&operator, "/admin/companies/1").await.body;
    for part in ["href=\"/admin/companies/1/edit\"", "href=\"/admin/companies/1/close\""] {
        assert!(record.contains(part), "{part}: {record}");
    }
    let page = app.get(&operator, "/admin/companies/1/close").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    for part in [
        "Close Company 1",
        "2 people can no longer sign in.",
        "2 open sessions open nothing any more",
        "1 API token stops at once",
        "Nothing is deleted.",
        "action=\"/admin/companies/1/close\"",
    ] {
        assert!(page.body.contains(part), "{part}: {}", page.body);
    }
    assert!(lines(test).await.is_empty(), "asking changes nothing");
    let request = manager.request("GET", "/admin/live").header("accept", "text/event-stream");
    let mut heard = app.listen(request.body(Body::empty()).unwrap()).await;
    heard.next().await.unwrap();

    let done = app.post(&mut operator, "/admin/companies/1/close", &[]).await;
    assert_eq!(done.header("location"), "/admin/companies/1?notice=company_closed", "{}", done.body);
    assert!(app.get(&manager, "/admin").await.header("location").starts_with("/login"), "the panel");
    assert_eq!(token.get("/branches").await.status, StatusCode::UNAUTHORIZED, "the API");
    while heard.next().await.is_some() {}
    let mut browser = manager.clone();
    let form = [("email", "manager1@example.test"), ("password", crate::support::app::PASSWORD)];
    assert_eq!(app.post(&mut browser, "/login", &form).await.status, StatusCode::FORBIDDEN, "and signing in");
    assert_eq!(app.get(&other, "/admin").await.status, StatusCode::OK, "another company's go on");
    assert_eq!(app.get(&operator, "/admin?company=1").await.status, StatusCode::OK, "and so do operators");
    let record = app.get(&operator, done.header("location")).await.body;
    for part in ["The company is closed", "action=\"/admin/companies/1/reopen\""] {
        assert!(record.contains(part), "{part}: {record}");
    }
    let again = app.get(&operator, "/admin/companies/1/close").await.body;
    assert!(
        again.contains("The company is closed already.") && !again.contains("action=\"/admin/companies/1/close\""),
        "{again}"
    );
    // Once more is no other change.
    app.post(&mut operator, "/admin/companies/1/close", &[]).await;
    assert_eq!(lines(test).await, ["company.deactivated"]);

    let done = app.post(&mut operator, "/admin/companies/1/reopen", &[]).await;
    assert_eq!(done.header("location"), "/admin/companies/1?notice=company_reopened", "{}", done.body);
    assert_eq!(app.get(&manager, "/admin").await.status, StatusCode::OK, "where they were");
    assert_eq!(token.get("/branches").await.status, StatusCode::OK);
    assert_eq!(lines(test).await, ["company.deactivated", "company.activated"]);
    // The API does the same, under the same name.
    let api = app.program("operator", "write").await;
    let seen = api.get("/companies/1").await.header("etag").to_owned();
    let off = api.patch("/companies/1", &seen, &json!({ "is_active": false })).await;
    assert_eq!(off.status, StatusCode::OK, "{}", off.body);
    assert_eq!(lines(test).await.last().unwrap(), "company.deactivated");
    assert!(app.get(&manager, "/admin").await.header("location").starts_with("/login"));
});
