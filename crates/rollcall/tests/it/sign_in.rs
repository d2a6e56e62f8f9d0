//! Signing in and out, and what happens to those who guess.

use axum::body::Body;
use axum::http::StatusCode;
use chrono::TimeDelta;
use rollcall::audit::{self, Filter};
use rollcall::config::Trust;

use crate::support::app::{Browser, PASSWORD, TestApp};
use crate::support::{TestDb, on_every_database};

fn minutes(app: &TestApp<'_>, minutes: i64) {
    app.test.clock.set(app.test.clock.now() + TimeDelta::minutes(minutes));
}

on_every_database!(a_session_begins_and_ends, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    let nobody = app.get(&Browser::default(), "/admin?policy_trend.days=7").await;
    assert_eq!(nobody.status, StatusCode::SEE_OTHER);
    assert_eq!(nobody.header("location"), "/login?return_to=%2Fadmin%3Fpolicy_trend.days%3D7");
    assert_eq!(app.json(&Browser::default(), "/admin/widgets/policy_trend").await.status, StatusCode::UNAUTHORIZED);

    let mut browser = app.signed_in("admin1").await;
    let stolen = browser.clone();
    assert_eq!(app.get(&browser, "/admin").await.status, StatusCode::OK);
    let stored: String = test.value("SELECT id FROM rollcall_sessions").await;
    assert!(!stored.contains(browser.session().unwrap()), "the table does not hold the cookie");
    assert_eq!(app.post(&mut browser, "/logout", &[]).await.header("location"), "/login");
    assert_eq!(browser.session(), None);
    assert_eq!(app.get(&stolen, "/admin").await.status, StatusCode::SEE_OTHER, "it ended in the database too");
});

on_every_database!(
    whoever_sent_something_when_their_session_had_ended_is_told_that_it_was_not_saved,
    async |test: &TestDb| {
        let app = TestApp::new(test).await;
        let mut browser = app.signed_in("admin1").await;
        app.post(&mut browser.clone(), "/logout", &[]).await;
        let read = app.get(&browser, "/admin/branches").await;
        assert_eq!(read.header("location"), "/login?return_to=%2Fadmin%2Fbranches&ended=1");
        let sent = app.post(&mut browser, "/admin/branches/new", &[("name", "In vain")]).await;
        assert_eq!(sent.header("location"), "/login?return_to=%2Fadmin%2Fbranches%2Fnew&ended=unsaved");
        let form = app.get(&Browser::default(), sent.header("location")).await;
        assert!(form.body.contains("nothing of what you sent was saved"), "{}", form.body);
        let form = app.get(&Browser::default(), read.header("location")).await;
        assert!(form.body.contains("Your session has ended.") && !form.body.contains("saved"), "{}", form.body);
        let rows: i64 = test.value("SELECT COUNT(*) FROM branches WHERE name = 'In vain'").await;
        assert_eq!(rows, 0);
    }
);

on_every_database!(the_session_is_renewed_at_sign_in_and_expires, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    let mut browser = app.signed_in("admin1").await;
    let before = browser.clone();
    let form = [("email", "admin1@example.test"), ("password", PASSWORD)];
    app.post(&mut browser, "/login", &form).await;
    assert_ne!(browser.session(), before.session(), "a new id at sign-in");
    assert_eq!(app.get(&before, "/admin").await.status, StatusCode::SEE_OTHER, "the old one is worth nothing");

    for _ in 0..4 {
        minutes(&app, 7 * 60);
        assert_eq!(app.get(&browser, "/admin").await.status, StatusCode::OK, "used within eight hours");
    }
    minutes(&app, 8 * 60 + 1);
    assert_eq!(app.get(&browser, "/admin").await.status, StatusCode::SEE_OTHER, "idle for too long");
});

on_every_database!(cookies_are_kept_from_scripts_and_other_sites, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    let mut browser = Browser::default();
    let form = [("email", "admin1@example.test"), ("password", PASSWORD)];
    let answer = app.post(&mut browser, "/login", &form).await;
    let cookie = answer.header("set-cookie");
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && cookie.contains("Path=/"), "{cookie}");
    let cross = browser.request("POST", "/logout").header("sec-fetch-site", "cross-site").body(Body::empty()).unwrap();
    assert_eq!(app.send(cross).await.status, StatusCode::FORBIDDEN);
    assert_eq!(app.get(&browser, "/admin").await.status, StatusCode::OK, "the session still stands");
});

on_every_database!(wrong_passwords_lock_the_account_for_a_while, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    let mut browser = Browser::default();
    for email in ["admin1@example.test", "nobody@example.test"] {
        let wrong = [("email", email), ("password", "wrong horse battery")];
        for attempt in 1..10 {
            let answer = app.post(&mut browser, "/login", &wrong).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{email} {attempt}");
            assert!(!answer.body.contains("nobody exists"));
        }
        let locked = app.post(&mut browser, "/login", &wrong).await;
        assert_eq!(locked.status, StatusCode::TOO_MANY_REQUESTS, "known and unknown accounts alike");
        assert_eq!(locked.header("retry-after"), "900");
    }
    let right = [("email", "admin1@example.test"), ("password", PASSWORD)];
    minutes(&app, 14);
    assert_eq!(app.post(&mut browser, "/login", &right).await.status, StatusCode::TOO_MANY_REQUESTS);
    minutes(&app, 2);
    assert_eq!(app.post(&mut browser, "/login", &right).await.status, StatusCode::SEE_OTHER);
    assert_eq!(test.value::<i64>("SELECT COUNT(*) FROM security_events WHERE kind = 'lock_out'").await, 2);
    app.signed_in("admin2").await;
});

on_every_database!(attempts_at_the_same_time_are_all_counted, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    let attempts = (0..40).map(|_| async {
        let wrong = [("email", "admin1@example.test"), ("password", "wrong horse battery")];
        app.post(&mut Browser::default(), "/login", &wrong).await.status
    });
    let answers = futures_util::future::join_all(attempts).await;
    let checked = answers.iter().filter(|status| **status == StatusCode::UNAUTHORIZED).count();
    assert!(checked < 10, "{checked} passwords were checked");
    let right = [("email", "admin1@example.test"), ("password", PASSWORD)];
    let answer = app.post(&mut Browser::default(), "/login", &right).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
});

on_every_database!(whoever_signs_in_often_is_no_attacker, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    for _ in 0..app.app.config.sign_in.max_failures_per_address + 5 {
        app.signed_in("admin1").await;
    }
});

on_every_database!(an_account_that_cannot_be_used_is_told_so, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    let signed_in = app.signed_in("admin1").await;
    test.sql("UPDATE companies SET is_active = FALSE WHERE id = 1").await;
    test.sql("UPDATE users SET role = 'owner' WHERE email = 'admin2@example.test'").await;
    assert_eq!(app.get(&signed_in, "/admin").await.status, StatusCode::SEE_OTHER);
    assert_eq!(app.get(&signed_in, "/login?return_to=/admin").await.status, StatusCode::OK, "no endless redirect");
    for email in ["admin1@example.test", "admin2@example.test"] {
        let mut browser = Browser::default();
        let answer = app.post(&mut browser, "/login", &[("email", email), ("password", PASSWORD)]).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{email}");
        assert!(answer.body.contains("cannot be used"), "{}", answer.body);
        assert_eq!(browser.session(), None);
    }
});

on_every_database!(one_address_cannot_guess_at_many_accounts, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    let mut browser = Browser::default();
    let mut last = StatusCode::OK;
    for n in 0..101 {
        let email = format!("guess{n}@example.test");
        last = app.post(&mut browser, "/login", &[("email", &email), ("password", "summer2026")]).await.status;
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
});

on_every_database!(a_password_from_laravel_works_and_is_hashed_anew, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    let laravel = bcrypt::hash_with_result(PASSWORD, 4).unwrap().format_for_version(bcrypt::Version::TwoY);
    test.sql(&format!("UPDATE users SET password = '{laravel}' WHERE email = 'viewer1@example.test'")).await;
    app.signed_in("viewer1").await;
    let stored: String = test.value("SELECT password FROM users WHERE email = 'viewer1@example.test'").await;
    assert!(stored.starts_with("$argon2id$"), "{stored}");
    app.signed_in("viewer1").await;
});

on_every_database!(whoever_is_gone_or_demoted_is_refused_at_once, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    let admin = app.signed_in("admin1").await;
    for (change, back) in [
        (
            "UPDATE users SET role = 'nothing' WHERE email = 'admin1@example.test'",
            "UPDATE users SET role = 'admin' WHERE email = 'admin1@example.test'",
        ),
        ("UPDATE companies SET is_active = FALSE WHERE id = 1", "UPDATE companies SET is_active = TRUE WHERE id = 1"),
        ("DELETE FROM users WHERE email = 'admin1@example.test'", "SELECT 1"),
    ] {
        assert_eq!(app.get(&admin, "/admin").await.status, StatusCode::OK);
        test.sql(change).await;
        // What another application writes, a node that serves alone hears from the poll.
        if app.app.trust == Trust::Memory {
            app.settle().await;
        }
        assert_eq!(app.get(&admin, "/admin").await.status, StatusCode::SEE_OTHER, "{change}");
        if back == "SELECT 1" {
            return;
        }
        test.sql(back).await;
        app.settle().await;
    }
});

on_every_database!(a_form_leads_nowhere_else, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    for (wish, leads) in
        [("/admin?a=b", "/admin?a=b"), ("//evil.example", "/admin"), ("https://evil.example", "/admin")]
    {
        let mut browser = Browser::default();
        let form = [("email", "ADMIN1@example.test"), ("password", PASSWORD), ("return_to", wish)];
        assert_eq!(app.post(&mut browser, "/login", &form).await.header("location"), leads);
    }
    let mut browser = Browser::default();
    let answer = app.post(&mut browser, "/preferences", &[("language", "de"), ("return_to", "//evil.example")]).await;
    assert_eq!(answer.header("location"), "/admin");
    assert!(app.get(&browser, "/login").await.body.contains("<html lang=\"de\""));
    assert_eq!(app.post(&mut browser, "/preferences", &[("theme", "pink")]).await.status, StatusCode::BAD_REQUEST);
});

on_every_database!(sign_ins_and_sign_outs_stand_in_the_audit_log, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    let wrong = [("email", "admin1@example.test"), ("password", "another password")];
    app.post(&mut Browser::default(), "/login", &wrong).await;
    let mut admin = app.signed_in("admin1").await;
    let old = admin.clone();
    let mut operator = app.signed_in("operator").await;
    for browser in [&mut admin, &mut operator, &mut old.clone(), &mut Browser::default()] {
        app.post(browser, "/logout", &[]).await;
    }
    let lines = audit::lines(&test.scope(1).await.db(&test.db), &Filter::default(), 10).await.unwrap();
    let told: Vec<_> = lines.iter().map(|it| (it.action.as_str(), it.subject_id, it.actor_id)).collect();
    assert_eq!(
        told,
        [("user.signed_out", Some(2), Some(2)), ("user.signed_in", Some(2), Some(2))],
        "a session that is over does not end again"
    );
    assert_eq!((lines[0].actor_kind.as_str(), lines[0].address.as_deref()), ("user", Some("192.0.2.7")));
    let operators = "SELECT COUNT(*) FROM audit_log WHERE company_id IS NULL AND actor_kind = 'operator'";
    assert_eq!(test.value::<i64>(operators).await, 2, "an operator belongs to no company");
    assert_eq!(test.value::<i64>("SELECT COUNT(*) FROM audit_log").await, 4);
});

on_every_database!(nobody_is_signed_in_without_a_line, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    test.sql("ALTER TABLE audit_log RENAME TO audit_log_away").await;
    let mut browser = Browser::default();
    let form = [("email", "admin1@example.test"), ("password", PASSWORD)];
    let answer = app.post(&mut browser, "/login", &form).await;
    assert!(answer.status.is_server_error(), "{}", answer.status);
    assert_eq!(browser.session(), None);
    assert_eq!(test.value::<i64>("SELECT COUNT(*) FROM rollcall_sessions").await, 0);
    test.sql("ALTER TABLE audit_log_away RENAME TO audit_log").await;
});
