//! What people see and change of themselves: name, password, look, sessions.

use axum::body::Body;
use axum::http::StatusCode;
use chrono::TimeDelta;

use super::{actions, is_refused};
use crate::support::app::{Browser, PASSWORD, TestApp};
use crate::support::{TestDb, on_every_database};

const CHOSEN: &str = "violet kettle on the roof";

/// A sign-in from a browser that says what it is.
async fn from_browser(app: &TestApp<'_>, name: &str, agent: &str) -> Browser {
    let mut browser = Browser::default();
    let form = format!("email={name}%40example.test&password={}", urlencoding::encode(PASSWORD));
    let request = browser
        .request("POST", "/login")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("user-agent", agent)
        .body(Body::from(form))
        .unwrap();
    let answer = app.send(request).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    let cookie = answer.header("set-cookie").split(';').next().unwrap().split_once('=').unwrap();
    browser.cookies.push((cookie.0.to_owned(), cookie.1.to_owned()));
    browser
}

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
const EDGE: &str = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0";

on_every_database!(everybody_has_a_profile_and_renames_themselves, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    for name in ["viewer1", "manager1", "admin1", "operator"] {
        let mut person = Browser::default();
        let form = [("email", &*format!("{name}@example.test")), ("password", PASSWORD)];
        app.post(&mut person, "/login", &form).await;
        let page = app.get(&person, "/admin/profile").await;
        assert_eq!(page.status, StatusCode::OK, "{name}");
        assert!(page.body.contains(&format!("{name}@example.test")));
        let saved = app.post(&mut person, "/admin/profile/name", &[("name", "Ada Lovelace")]).await;
        assert_eq!(saved.header("location"), "/admin/profile?notice=saved");
        let page = app.get(&person, "/admin/profile?notice=saved").await.body;
        assert!(page.contains("Ada Lovelace") && page.contains("AL"), "{name}: at the very next request");
        let refused = app.post(&mut person, "/admin/profile/name", &[("name", " ")]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    assert!(is_refused(&app.get(&Browser::default(), "/admin/profile").await));
    let renamed = actions(&app).await.iter().filter(|line| *line == "user.updated").count();
    assert_eq!(renamed, 4);
});

on_every_database!(a_new_password_asks_for_the_old_one_and_ends_other_sessions, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    let (mut here, there) = (app.signed_in("manager1").await, app.signed_in("manager1").await);
    for browser in [&here, &there] {
        assert_eq!(app.get(browser, "/admin").await.status, StatusCode::OK);
    }
    for (present, password, again) in [
        ("wrong horse battery", CHOSEN, CHOSEN),
        (PASSWORD, CHOSEN, "violet kettle on the floor"),
        (PASSWORD, "password1234", "password1234"),
        (PASSWORD, "short", "short"),
    ] {
        let form = [("present", present), ("password", password), ("again", again)];
        let refused = app.post(&mut here, "/admin/profile/password", &form).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{form:?}");
        assert!(!refused.body.contains(CHOSEN));
    }
    assert_eq!(app.get(&there, "/admin").await.status, StatusCode::OK, "nothing was changed");
    let form = [("present", PASSWORD), ("password", CHOSEN), ("again", CHOSEN)];
    let done = app.post(&mut here, "/admin/profile/password", &form).await;
    assert_eq!(done.header("location"), "/admin/profile?notice=password_changed", "{}", done.body);
    assert_eq!(app.get(&here, "/admin").await.status, StatusCode::OK, "this one stays");
    assert!(is_refused(&app.get(&there, "/admin").await), "the other one is over, though its page was kept");
    let mut browser = Browser::default();
    let old = [("email", "manager1@example.test"), ("password", PASSWORD)];
    assert_eq!(app.post(&mut browser, "/login", &old).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(actions(&app).await.iter().filter(|line| *line == "user.password_set").count(), 1);
});

on_every_database!(whoever_guesses_at_an_open_session_is_locked_out, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    let mut here = app.signed_in("manager1").await;
    let wrong = [("present", "wrong horse battery"), ("password", CHOSEN), ("again", CHOSEN)];
    for _ in 0..app.app.config.sign_in.max_failures {
        app.post(&mut here, "/admin/profile/password", &wrong).await;
    }
    let right = [("present", PASSWORD), ("password", CHOSEN), ("again", CHOSEN)];
    assert_eq!(app.post(&mut here, "/admin/profile/password", &right).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let told = "SELECT COUNT(*) FROM security_events WHERE kind = 'lock_out' AND subject = 'user 3'";
    assert_eq!(test.value::<i64>(told).await, 1);
    app.signed_in("manager1").await;
    test.clock.set(test.clock.now() + TimeDelta::minutes(16));
    let mut here = app.signed_in("manager1").await;
    let done = app.post(&mut here, "/admin/profile/password", &right).await;
    assert_eq!(done.header("location"), "/admin/profile?notice=password_changed");
});

on_every_database!(language_and_theme_follow_a_person_to_their_next_browser, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    let mut here = app.signed_in("viewer1").await;
    assert!(app.get(&here, "/admin").await.body.contains("<html lang=\"en\" data-theme=\"system\""));
    app.post(&mut here, "/preferences", &[("language", "de"), ("return_to", "/admin/profile")]).await;
    app.post(&mut here, "/preferences", &[("theme", "dark"), ("return_to", "/admin/profile")]).await;
    let elsewhere = app.signed_in("viewer1").await;
    let page = app.get(&elsewhere, "/admin").await.body;
    assert!(page.contains("<html lang=\"de\" data-theme=\"dark\""), "{}", &page[..200]);
    let another = app.signed_in("manager1").await;
    assert!(app.get(&another, "/admin").await.body.contains("<html lang=\"en\" data-theme=\"system\""));
    let mut nobody = Browser::default();
    let answer = app.post(&mut nobody, "/preferences", &[("theme", "dark"), ("return_to", "/login")]).await;
    assert_eq!(answer.header("location"), "/login", "it works signed out");
    assert_eq!(test.value::<i64>("SELECT COUNT(*) FROM rollcall_people").await, 1);
});

on_every_database!(open_sessions_are_listed_in_words_and_ended, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    for name in ["manager1", "operator"] {
        let mut here = from_browser(&app, name, FIREFOX).await;
        test.clock.set(test.clock.now() + TimeDelta::minutes(50));
        let there = from_browser(&app, name, EDGE).await;
        let third = from_browser(&app, name, "curl/8").await;
        let page = app.get(&here, "/admin/profile").await.body;
        for words in ["Firefox on Linux", "Edge on Windows", "Another program", "192.0.2.7", "This one"] {
            assert!(page.contains(words), "{words}: {page}");
        }
        assert!(!page.contains(here.session().unwrap()) && !page.contains(there.session().unwrap()));
        let keys: Vec<_> = page.split("name=\"session\" value=\"").skip(1).map(|rest| &rest[..64]).collect();
        assert_eq!(keys.len(), 2, "not the one that asks");
        let path = if name == "operator" { "/admin/companies" } else { "/admin" };
        for browser in [&there, &third] {
            assert_eq!(app.get(browser, path).await.status, StatusCode::OK);
        }
        // Somebody else's session is nobody's.
        let mut other = app.signed_in("viewer1").await;
        let stolen = app.post(&mut other, "/admin/profile/sessions/end", &[("session", keys[0])]).await;
        assert_eq!(stolen.status, StatusCode::NOT_FOUND);
        let ended = app.post(&mut here, "/admin/profile/sessions/end", &[("session", keys[0])]).await;
        assert_eq!(ended.header("location"), "/admin/profile?notice=session_ended");
        let open = [&there, &third].map(|browser| app.get(browser, path));
        let open = futures_util::future::join_all(open).await;
        assert_eq!(open.iter().filter(|answer| is_refused(answer)).count(), 1, "at the very next request");
        let ended = app.post(&mut here, "/admin/profile/sessions/end-others", &[]).await;
        assert_eq!(ended.header("location"), "/admin/profile?notice=sessions_ended");
        for browser in [&there, &third] {
            assert!(is_refused(&app.get(browser, path).await));
        }
        assert_eq!(app.get(&here, path).await.status, StatusCode::OK);
        assert!(!app.get(&here, "/admin/profile").await.body.contains("name=\"session\""));
    }
    let ended = actions(&app).await.iter().filter(|line| *line == "user.session_ended").count();
    assert_eq!(ended, 4);
});

on_every_database!(an_ended_session_hears_no_more, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    let mut here = app.signed_in("manager1").await;
    let there = app.signed_in("manager1").await;
    let request = there.request("GET", "/admin/live").header("accept", "text/event-stream");
    let mut heard = app.listen(request.body(Body::empty()).unwrap()).await;
    heard.next().await.unwrap();
    heard.event().await;
    app.post(&mut here, "/admin/profile/sessions/end-others", &[]).await;
    while let Some(piece) = heard.next().await {
        assert!(!String::from_utf8_lossy(&piece).contains("\"version\""), "nothing more is told");
    }
});
