//! Tokens of the API: made once, and worth nothing from the moment on in which they should be.

use axum::http::StatusCode;
use chrono::TimeDelta;

use crate::support::app::{Browser, TestApp};
use crate::support::{TestDb, on_every_database};

async fn events(test: &TestDb, kind: &str) -> i64 {
    test.value(&format!("SELECT COUNT(*) FROM security_events WHERE kind = '{kind}'")).await
}

on_every_database!(a_token_is_shown_once_and_kept_as_a_hash, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    let mut browser = app.signed_in("manager1").await;
    let form = [("name", "till"), ("days", "30"), ("ability", "customers:read"), ("ability", "appointments:write")];
    let made = app.post(&mut browser, "/admin/tokens", &form).await;
    assert_eq!(made.status, StatusCode::OK, "{}", made.body);
    let secret = made.body.split("rc_").nth(1).unwrap().split('<').next().unwrap();
    assert_eq!(secret.len(), 43);
    assert_eq!(made.header("cache-control"), "no-store");
    let again = app.get(&browser, "/admin/tokens").await;
    assert!(again.body.contains("till") && !again.body.contains("rc_"), "it is shown once");
    assert!(!test.value::<String>("SELECT hash FROM api_tokens").await.contains(secret));
    let audited: String = test.value("SELECT state_after FROM audit_log WHERE action = 'token.created'").await;
    assert!(audited.contains("till") && !audited.contains(secret));

    let mut program = app.program("manager1", "read").await;
    program.token = format!("rc_{secret}");
    assert_eq!(program.get("/customers").await.status, StatusCode::OK);
    assert_eq!(program.get("/staff").await.status, StatusCode::FORBIDDEN, "an ability that it lacks");

    for (form, words) in [
        ([("name", " "), ("days", "30"), ("ability", "read")], "1 to 255 characters"),
        ([("name", "a"), ("days", "30"), ("abilities", "")], "at least one"),
    ] {
        let refused = app.post(&mut browser, "/admin/tokens", &form).await;
        assert!(refused.body.contains(words) && !refused.body.contains("rc_"), "{}", refused.body);
    }
    for form in
        [[("name", "a"), ("days", "99999"), ("ability", "read")], [("name", "a"), ("days", "0"), ("ability", "all")]]
    {
        assert_eq!(app.post(&mut browser, "/admin/tokens", &form).await.status, StatusCode::NOT_FOUND);
    }
    let mut german = browser.clone();
    german.cookies.push(("rollcall_language".to_owned(), "de".to_owned()));
    assert!(app.get(&german, "/admin/tokens").await.body.contains("Zugangsschlüssel"));
    assert_eq!(app.get(&Browser::default(), "/admin/tokens").await.status, StatusCode::SEE_OTHER);
});

on_every_database!(what_ends_a_token_ends_it_with_the_next_request, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    let program = app.program("admin1", "write").await;
    for (end, back) in [
        (
            "UPDATE users SET role = 'nothing' WHERE email = 'admin1@example.test'",
            "UPDATE users SET role = 'admin' WHERE email = 'admin1@example.test'",
        ),
        ("UPDATE companies SET is_active = FALSE WHERE id = 1", "UPDATE companies SET is_active = TRUE WHERE id = 1"),
        (
            "UPDATE users SET company_id = 2 WHERE email = 'admin1@example.test'",
            "UPDATE users SET company_id = 1 WHERE email = 'admin1@example.test'",
        ),
        (
            "UPDATE api_tokens SET expires_at = '2026-11-22 12:00:00'",
            "UPDATE api_tokens SET expires_at = '2026-11-22 12:00:01'",
        ),
        ("DELETE FROM users WHERE email = 'admin1@example.test'", ""),
    ] {
        assert_eq!(program.get("/customers").await.status, StatusCode::OK);
        test.sql(end).await;
        let refused = program.get("/customers").await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "{end}");
        assert!(refused.header("www-authenticate").contains("invalid_token"));
        if !back.is_empty() {
            test.sql(back).await;
        }
    }
    let program = app.program("manager1", "write").await;
    test.sql("UPDATE users SET role = 'viewer' WHERE email = 'manager1@example.test'").await;
    let new = serde_json::json!({ "name": "Ada" });
    assert_eq!(program.post("/customers", &new).await.status, StatusCode::FORBIDDEN, "demoted");
    assert_eq!(program.get("/customers").await.status, StatusCode::OK);
});

on_every_database!(a_token_is_revoked_by_its_owner_or_their_admin_and_by_nobody_else, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    let (mine, other) = (app.program("manager1", "read").await, app.program("viewer1", "read").await);
    let foreign = app.program("admin2", "read").await;
    let mut manager = app.signed_in("manager1").await;
    let path = |id: i64| format!("/admin/tokens/{id}/revoke");
    for id in [other.id, foreign.id, 999, 0] {
        assert_eq!(app.post(&mut manager, &path(id), &[]).await.status, StatusCode::NOT_FOUND);
    }
    assert_eq!(events(test, "foreign_row").await, 2, "two of them are somebody's");
    assert_eq!(app.post(&mut manager, &path(mine.id), &[]).await.header("location"), "/admin/tokens?notice=revoked");
    assert_eq!(mine.get("/customers").await.status, StatusCode::UNAUTHORIZED);
    let mut admin = app.signed_in("admin1").await;
    assert!(app.get(&admin, "/admin/tokens").await.body.contains("viewer1@example.test"));
    assert_eq!(app.post(&mut admin, &path(foreign.id), &[]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(app.post(&mut admin, &path(other.id), &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(other.get("/customers").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(foreign.get("/customers").await.status, StatusCode::OK);
    let lines: i64 = test.value("SELECT COUNT(*) FROM audit_log WHERE action = 'token.revoked'").await;
    assert_eq!(lines, 2);
});

on_every_database!(whoever_guesses_has_to_wait_and_is_written_down, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    let good = app.program("admin1", "read").await;
    let mut guess = good.clone();
    for n in 0..20 {
        guess.token = format!("rc_{n:043}");
        assert_eq!(guess.get("/customers").await.status, StatusCode::UNAUTHORIZED);
    }
    let wait = guess.get("/customers").await;
    assert_eq!((wait.status, wait.header("retry-after")), (StatusCode::TOO_MANY_REQUESTS, "60"));
    let seen: i64 = test.value("SELECT occurrences FROM security_events WHERE kind = 'wrong_token'").await;
    assert_eq!(seen, 20);
    assert_eq!(good.get("/customers").await.status, StatusCode::OK, "a neighbour's guesses lock nobody else out");
    test.clock.set(test.clock.now() + TimeDelta::minutes(1));
    assert_eq!(good.get("/customers").await.status, StatusCode::OK);
    for token in ["", "rc_", "Bearer rc_x", "rc_ x"] {
        guess.token = token.to_owned();
        assert_eq!(guess.get("/customers").await.status, StatusCode::UNAUTHORIZED, "{token}");
    }
});

on_every_database!(a_token_has_a_limit_each_minute_and_tells_of_it, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    let mut config = app.app.config.as_ref().clone();
    config.api.requests_per_minute = 3;
    let node = TestApp::with(test, test.db.clone(), config).await;
    let program = app.program("admin1", "read").await;
    let program = program.at(&node);
    for left in ["2", "1", "0"] {
        let answer = program.get("/customers").await;
        assert_eq!((answer.status, answer.header("ratelimit-remaining")), (StatusCode::OK, left));
        assert_eq!((answer.header("ratelimit-limit"), answer.header("ratelimit-policy")), ("3", "3;w=60"));
    }
    let over = program.get("/customers").await;
    assert_eq!((over.status, over.header("retry-after")), (StatusCode::TOO_MANY_REQUESTS, "60"));
    assert_eq!(over.header("content-type"), "application/problem+json");
    test.clock.set(test.clock.now() + TimeDelta::minutes(1));
    assert_eq!(program.get("/customers").await.status, StatusCode::OK);
});

on_every_database!(the_last_use_is_noted_once_a_minute, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    let program = app.program("admin1", "read").await;
    let noted = || test.recorder.lines().iter().filter(|line| line.starts_with("the use of a token")).count();
    test.recorder.take();
    program.get("/customers").await;
    program.get("/customers").await;
    test.clock.set(test.clock.now() + TimeDelta::seconds(59));
    program.get("/customers").await;
    assert_eq!(noted(), 1);
    let before: String = test.value("SELECT CAST(last_used_at AS CHAR(19)) FROM api_tokens").await;
    test.clock.set(test.clock.now() + TimeDelta::seconds(2));
    program.get("/customers").await;
    let after: String = test.value("SELECT CAST(last_used_at AS CHAR(19)) FROM api_tokens").await;
    assert!(after > before, "{after}");
});

on_every_database!(tokens_are_a_list_to_those_whose_they_are, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    let mut manager = app.signed_in("manager1").await;
    for (name, days) in [("Zeta till", "30"), ("<b>alpha</b>", "0"), ("beta 50%", "90")] {
        let form = [("name", name), ("days", days), ("ability", "read")];
        assert_eq!(app.post(&mut manager, "/admin/tokens", &form).await.status, StatusCode::OK, "{name}");
    }
    let others = app.program("viewer1", "read").await;
    let foreign = app.program("admin2", "read").await;
    let id: i64 = test.value("SELECT id FROM api_tokens WHERE name = 'Zeta till'").await;
    let ids = async |browser: &Browser, query: &str| {
        let file = app.get(browser, &format!("/admin/tokens/export?format=json&{query}")).await;
        assert_eq!(file.status, StatusCode::OK, "{query}: {}", file.body);
        assert!(!file.body.contains("hash") && !file.body.contains("rc_"), "{}", file.body);
        let rows = file.json();
        rows.as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(ids(&manager, "").await, ["beta 50%", "<b>alpha</b>", "Zeta till"], "their own alone, the newest first");
    assert_eq!(ids(&manager, "sort=name&q=A%25").await, Vec::<String>::new(), "a word is no pattern");
    assert_eq!(ids(&manager, "q=ALPHA").await, ["<b>alpha</b>"]);
    assert_eq!(ids(&manager, "sort=-expires_at").await[0], "beta 50%");
    let admin = app.signed_in("admin1").await;
    assert_eq!(ids(&admin, "").await.len(), 4, "of the whole company");
    assert_eq!(ids(&admin, "q=viewer1%40").await.len(), 1, "by whose it is");
    test.recorder.take();
    let list = app.get(&admin, "/admin/tokens").await;
    assert!(test.recorder.count() <= 5, "{:?}", test.recorder.recent());
    for part in [
        "manager1@example.test",
        "&#60;b&#62;alpha",
        "until it is revoked",
        "href=\"/admin/tokens/new\"",
        &format!("href=\"/admin/tokens/{id}\""),
        &format!("action=\"/admin/tokens/{id}/revoke\""),
    ] {
        assert!(list.body.contains(part), "{part}: {}", list.body);
    }
    assert!(!list.body.contains("admin2@"), "{}", list.body);
    // What it was told of one list leads nowhere in another.
    for wrong in ["after=x", "state=x", "sort=abilities", "column=hash"] {
        assert_eq!(app.get(&admin, &format!("/admin/tokens?{wrong}")).await.status, StatusCode::BAD_REQUEST, "{wrong}");
    }
    // The states are those of the moment.
    test.clock.set(test.clock.now() + TimeDelta::days(31));
    let (mut manager, admin) = (app.signed_in("manager1").await, app.signed_in("admin1").await);
    let revoked: i64 = test.value("SELECT id FROM api_tokens WHERE name = 'beta 50%'").await;
    app.post(&mut manager, &format!("/admin/tokens/{revoked}/revoke"), &[]).await;
    assert_eq!(ids(&manager, "state=in_use").await, ["<b>alpha</b>"]);
    assert_eq!(ids(&manager, "state=expired").await, ["Zeta till"]);
    assert_eq!(ids(&manager, "state=revoked").await, ["beta 50%"]);
    let ended = app.get(&manager, "/admin/tokens?state=expired").await.body;
    assert!(!ended.contains("/revoke\"") && ended.contains("Expired</td>"), "{ended}");
    // A page each.
    let page = app.get(&admin, &format!("/admin/tokens/{revoked}")).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    let log = format!("/admin/audit?subject_kind=token&#38;subject_id={revoked}");
    for part in ["beta 50%</h1>", "manager1@example.test", "id=\"history\"", "Revoked", &log] {
        assert!(page.body.contains(part), "{part}: {}", page.body);
    }
    let before = events(test, "foreign_row").await;
    let viewer = app.signed_in("viewer1").await;
    for (browser, id) in [(&manager, others.id), (&manager, foreign.id), (&admin, foreign.id), (&viewer, revoked)] {
        assert_eq!(app.get(browser, &format!("/admin/tokens/{id}")).await.status, StatusCode::NOT_FOUND, "{id}");
    }
    assert_eq!(events(test, "foreign_row").await, before + 4, "told of each");
    let own = app.get(&viewer, &format!("/admin/tokens/{}", others.id)).await.body;
    assert!(own.contains(&format!("/admin/tokens/{}/revoke", others.id)), "{own}");
    assert!(!own.contains("<ol class=\"history\">"), "viewers see nobody's history: {own}");
});

on_every_database!(an_operators_tokens_are_nobody_elses, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    let mut operator = app.signed_in("operator").await;
    let form = [("name", "fleet"), ("days", "30"), ("ability", "companies:read")];
    assert_eq!(app.post(&mut operator, "/admin/tokens", &form).await.status, StatusCode::OK);
    let id: i64 = test.value("SELECT id FROM api_tokens").await;
    let page = app.get(&operator, &format!("/admin/tokens/{id}")).await;
    for part in ["operator@example.test", "Created", "/admin/platform-audit?subject_kind=token"] {
        assert!(page.body.contains(part), "{part}: {}", page.body);
    }
    let admin = app.signed_in("admin1").await;
    assert_eq!(app.get(&admin, &format!("/admin/tokens/{id}")).await.status, StatusCode::NOT_FOUND);
    assert!(!app.get(&admin, "/admin/tokens").await.body.contains("fleet"));
});
