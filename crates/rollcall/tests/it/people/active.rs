//! Whoever is deactivated or demoted is refused at their next request, and a company keeps an admin.

use axum::body::Body;
use axum::http::StatusCode;
use rollcall::config::{Config, Sources};
use rollcall::db::Database;
use serde_json::json;

use super::{actions, is_refused};
use crate::support::app::TestApp;
use crate::support::{TestDb, on_every_database};

on_every_database!(whoever_is_deactivated_is_refused_at_the_next_request, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    let mut admin = app.signed_in("admin1").await;
    let (manager, token) = (app.signed_in("manager1").await, app.program("manager1", "read").await);
    // Twice: the second time the page is kept, and they are remembered.
    for _ in 0..2 {
        assert_eq!(app.get(&manager, "/admin").await.status, StatusCode::OK);
        assert_eq!(token.get("/branches").await.status, StatusCode::OK);
    }
    let request = manager.request("GET", "/admin/live").header("accept", "text/event-stream");
    let mut heard = app.listen(request.body(Body::empty()).unwrap()).await;
    heard.next().await.unwrap();
    heard.event().await;

    let done = app.post(&mut admin, "/admin/users/3/deactivate", &[]).await;
    assert_eq!(done.header("location"), "/admin/users/3?notice=deactivated");
    assert!(is_refused(&app.get(&manager, "/admin").await), "the panel");
    assert_eq!(app.json(&manager, "/admin/widgets/policy_trend").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(token.get("/branches").await.status, StatusCode::UNAUTHORIZED, "the API");
    let mut last = heard.next().await;
    while let Some(piece) = last {
        assert!(!String::from_utf8_lossy(&piece).contains("\"version\""), "nothing more is told");
        last = heard.next().await;
    }
    let mut browser = manager.clone();
    let form = [("email", "manager1@example.test"), ("password", crate::support::app::PASSWORD)];
    assert_eq!(app.post(&mut browser, "/login", &form).await.status, StatusCode::FORBIDDEN, "and signing in");
    let page = app.get(&admin, "/admin/users?is_active=false").await.body;
    assert!(page.contains("manager1@example.test") && !page.contains("viewer1@example.test"), "{page}");

    app.post(&mut admin, "/admin/users/3/activate", &[]).await;
    assert!(is_refused(&app.get(&manager, "/admin").await), "the old session is gone for good");
    app.signed_in("manager1").await;
    assert_eq!(token.get("/branches").await.status, StatusCode::OK);
    let lines = actions(&app).await;
    let of = |name: &str| lines.iter().filter(|line| *line == name).count();
    assert_eq!((of("user.deactivated"), of("user.activated")), (1, 1), "{lines:?}");
});

on_every_database!(a_demotion_holds_at_the_next_request_on_every_node, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    let variables = [("ROLLCALL_NODES".to_owned(), "several".to_owned())];
    let config = Config::load(&Sources { variables: variables.into(), ..Sources::default() }).unwrap();
    let one = TestApp::with(test, Database::open(&test.url, 4).await.unwrap(), config.clone()).await;
    let other = TestApp::with(test, Database::open(&test.url, 4).await.unwrap(), config).await;
    test.sql("INSERT INTO users (id, company_id, name, email, password, role) SELECT 70, 1, 'second', 's@example.test', password, 'admin' FROM users WHERE id = 2").await;
    app.settle().await;
    let mut admin = one.signed_in("admin1").await;
    let mut second = crate::support::app::Browser::default();
    let form = [("email", "s@example.test"), ("password", crate::support::app::PASSWORD)];
    other.post(&mut second, "/login", &form).await;
    for node in [&one, &other] {
        for _ in 0..2 {
            assert_eq!(node.get(&second, "/admin/users").await.status, StatusCode::OK);
            assert_eq!(node.get(&second, "/admin").await.status, StatusCode::OK);
        }
    }
    let form = one.get(&admin, "/admin/users/70/edit").await;
    let tag = form.body.split("name=\"tag\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let tag = tag.replace("&quot;", "\"").replace("&#34;", "\"");
    let demoted = [("tag", tag.as_str()), ("name", "second"), ("role", "viewer")];
    let saved = one.post(&mut admin, "/admin/users/70/edit", &demoted).await;
    assert_eq!(saved.header("location"), "/admin/users/70?notice=saved", "{}", saved.body);
    for node in [&one, &other] {
        assert_eq!(node.get(&second, "/admin/users").await.status, StatusCode::FORBIDDEN, "no admin any more");
        assert_eq!(node.get(&second, "/admin").await.status, StatusCode::OK);
    }
    one.post(&mut admin, "/admin/users/70/deactivate", &[]).await;
    for node in [&one, &other] {
        assert!(is_refused(&node.get(&second, "/admin").await), "cold and warm");
    }
});

on_every_database!(the_last_active_admin_stays_also_where_two_part_at_once, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    let mut admin = app.signed_in("admin1").await;
    let kept = app.post(&mut admin, "/admin/users/2/deactivate", &[]).await;
    assert_eq!(kept.header("location"), "/admin/users/2?notice=last_admin");
    assert_eq!(app.get(&admin, "/admin").await.status, StatusCode::OK);
    for round in 0..5_i64 {
        test.sql("UPDATE users SET role = 'admin' WHERE id = 3").await;
        test.sql("DELETE FROM rollcall_people").await;
        app.settle().await;
        let (mut one, mut other) = (app.signed_in("admin1").await, app.signed_in("manager1").await);
        let both = tokio::join!(
            app.post(&mut one, "/admin/users/3/deactivate", &[]),
            app.post(&mut other, "/admin/users/2/deactivate", &[])
        );
        let active: i64 = test
            .value(
                "SELECT COUNT(*) FROM users u WHERE company_id = 1 AND role = 'admin' AND NOT EXISTS \
                 (SELECT 1 FROM rollcall_people p WHERE p.user_id = u.id AND p.deactivated_at IS NOT NULL)",
            )
            .await;
        assert_eq!(active, 1, "{round}: {both:?}");
    }
});

on_every_database!(the_api_says_who_is_active_and_switches_it, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    let admin = app.program("admin1", "users:write").await;
    let change = async |id: i64, change: serde_json::Value| {
        let path = format!("/users/{id}");
        let tag = admin.get(&path).await.header("etag").to_owned();
        admin.patch(&path, &tag, &change).await
    };
    let viewer = app.signed_in("viewer1").await;
    assert_eq!(app.get(&viewer, "/admin").await.status, StatusCode::OK);
    let off = change(4, json!({ "is_active": false })).await;
    assert_eq!((off.status, off.json()["is_active"].clone()), (StatusCode::OK, json!(false)), "{}", off.body);
    assert!(is_refused(&app.get(&viewer, "/admin").await));
    let list = admin.get("/users?is_active=false").await.json();
    assert_eq!((list["data"].as_array().unwrap().len(), &list["data"][0]["id"]), (1, &json!(4)));
    assert_eq!(change(2, json!({ "is_active": false })).await.status, StatusCode::CONFLICT, "the last admin");
    assert_eq!(change(2, json!({ "role": "viewer" })).await.status, StatusCode::CONFLICT);
    assert_eq!(change(4, json!({ "totp": true })).await.status, StatusCode::UNPROCESSABLE_ENTITY, "theirs alone");
    assert_eq!(change(4, json!({ "is_active": true })).await.json()["is_active"], json!(true));
});

on_every_database!(another_companys_people_are_nobody_and_reaching_for_them_is_told, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    let mut admin = app.signed_in("admin1").await;
    for path in ["deactivate", "activate", "reset-totp"] {
        let answer = app.post(&mut admin, &format!("/admin/users/6/{path}"), &[]).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        let answer = app.post(&mut admin, &format!("/admin/users/666/{path}"), &[]).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
    let events = "SELECT COUNT(*) FROM security_events WHERE kind = 'foreign_row' AND subject = 'user 2 users 6'";
    assert_eq!(test.value::<i64>(events).await, 1);
    assert_eq!(test.value::<i64>("SELECT COUNT(*) FROM rollcall_people").await, 0);
    let mut manager = app.signed_in("manager1").await;
    let answer = app.post(&mut manager, "/admin/users/4/deactivate", &[]).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "an admin's affair");
});

on_every_database!(whoever_deactivates_is_told_first_what_ends, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    let mut admin = app.signed_in("admin1").await;
    let (manager, _elsewhere) = (app.signed_in("manager1").await, app.signed_in("manager1").await);
    assert_eq!(app.get(&manager, "/admin/users/4/deactivate").await.status, StatusCode::FORBIDDEN);
    app.program("manager1", "read").await;
    app.program("manager1", "write").await;
    let last: i64 = test.value("SELECT MAX(id) FROM api_tokens").await;
    test.sql(&format!("UPDATE api_tokens SET revoked_at = '2026-11-21 10:00:00' WHERE id = {last}")).await;
    for (report, since) in [(1, "NULL"), (2, "NULL"), (3, "'2026-11-20 10:00:00'")] {
        test.sql(&format!(
            "INSERT INTO rollcall_report_recipients (company_id, report_id, user_id, language, unsubscribed_at) \
             VALUES (1, {report}, 3, 'en', {since})"
        ))
        .await;
    }
    // Another company's report that names the person goes to nobody.
    test.sql(
        "INSERT INTO rollcall_report_recipients (company_id, report_id, user_id, language) VALUES (2, 9, 3, 'en')",
    )
    .await;
    let record = app.get(&admin, "/admin/users/3").await.body;
    assert!(record.contains("href=\"/admin/users/3/deactivate\""), "a page asks: {record}");
    let page = app.get(&admin, "/admin/users/3/deactivate").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    for part in [
        "2 open sessions end at once.",
        "1 API token stops at once",
        "2 reports no longer go to them.",
        "action=\"/admin/users/3/deactivate\"",
        "manager1@example.test",
    ] {
        assert!(page.body.contains(part), "{part}: {}", page.body);
    }
    assert!(!page.body.contains("This is you"), "{}", page.body);
    assert_eq!(test.value::<i64>("SELECT COUNT(*) FROM rollcall_people").await, 0, "asking changes nothing");
    let done = app.post(&mut admin, "/admin/users/3/deactivate", &[]).await;
    assert_eq!(done.header("location"), "/admin/users/3?notice=deactivated");
    let again = app.get(&admin, "/admin/users/3/deactivate").await.body;
    assert!(again.contains("They cannot sign in already.") && !again.contains("action=\"/admin/users/3"), "{again}");
    let own = app.get(&admin, "/admin/users/2/deactivate").await.body;
    assert!(own.contains("this is the last one") && !own.contains("action=\"/admin/users/2"), "{own}");
    test.sql("UPDATE users SET role = 'admin' WHERE id = 4").await;
    let own = app.get(&admin, "/admin/users/2/deactivate").await.body;
    assert!(own.contains("This is you") && own.contains("action=\"/admin/users/2/deactivate\""), "{own}");
    assert_eq!(app.get(&admin, "/admin/users/6/deactivate").await.status, StatusCode::NOT_FOUND, "another company's");
});

on_every_database!(the_form_of_a_person_keeps_nobody_out_without_asking, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    let mut admin = app.signed_in("admin1").await;
    let manager = app.signed_in("manager1").await;
    let form = app.get(&admin, "/admin/users/3/edit").await;
    assert!(form.body.contains("name=\"role\"") && !form.body.contains("name=\"is_active\""), "{}", form.body);
    let tag = form.body.split("name=\"tag\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let tag = tag.replace("&#34;", "\"");
    // As a browser left it that knew the box once, unticked: nobody was asked.
    for sent in [
        &[("tag", tag.as_str()), ("name", "Renamed"), ("role", "manager")][..],
        &[("tag", "*"), ("name", "Renamed"), ("role", "manager"), ("is_active", "false")],
    ] {
        let saved = app.post(&mut admin, "/admin/users/3/edit", sent).await;
        assert_eq!(saved.header("location"), "/admin/users/3?notice=saved", "{}", saved.body);
        assert_eq!(app.get(&manager, "/admin").await.status, StatusCode::OK, "they go on");
    }
    assert_eq!(test.value::<i64>("SELECT COUNT(*) FROM rollcall_people").await, 0);
    // Nor does it let anybody in again.
    app.post(&mut admin, "/admin/users/3/deactivate", &[]).await;
    let sent = [("tag", "*"), ("name", "Renamed"), ("role", "manager"), ("is_active", "true")];
    app.post(&mut admin, "/admin/users/3/edit", &sent).await;
    assert!(is_refused(&app.get(&manager, "/admin").await));
    assert!(app.get(&admin, "/admin/users/3").await.body.contains("action=\"/admin/users/3/activate\""));
});
