//! The second step of signing in.

use axum::body::Body;
use axum::http::StatusCode;
use chrono::TimeDelta;
use data_encoding::BASE32_NOPAD;
use rollcall::config::{Config, Sources};
use rollcall::people::totp::{code, step};

use super::links::with_mail;
use super::{actions, is_refused};
use crate::support::app::{Browser, PASSWORD, TestApp};
use crate::support::smtp::SmtpServer;
use crate::support::{TestDb, on_every_database};

/// The code that an app with that secret shows at this moment, so many steps off.
fn shown(test: &TestDb, secret: &[u8], off: i64) -> String {
    code(secret, step(test.clock.now().timestamp()) + off)
}

fn later(test: &TestDb, seconds: i64) {
    test.clock.set(test.clock.now() + TimeDelta::seconds(seconds));
}

fn secret_in(page: &str) -> Vec<u8> {
    let text = page.split("id=\"secret\">").nth(1).unwrap_or_else(|| panic!("{page}")).split('<').next().unwrap();
    BASE32_NOPAD.decode(text.replace(' ', "").as_bytes()).unwrap()
}

fn codes_in(page: &str) -> Vec<String> {
    page.split("<li><code>").skip(1).map(|rest| rest.split('<').next().unwrap().to_owned()).collect()
}

/// Turns the second step on for somebody who is signed in; answers the secret and the recovery codes.
async fn enrolled(app: &TestApp<'_>, browser: &mut Browser) -> (Vec<u8>, Vec<String>) {
    app.post(browser, "/admin/profile/totp/begin", &[]).await;
    let page = app.get(browser, "/admin/profile/totp").await.body;
    assert!(page.contains("<svg class=\"qr\""), "{page}");
    let secret = secret_in(&page);
    let right = shown(app.test, &secret, 0);
    let done = app.post(browser, "/admin/profile/totp", &[("code", &right)]).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.body);
    (secret, codes_in(&done.body))
}

/// A browser in which the password was right.
async fn halfway(app: &TestApp<'_>, name: &str) -> Browser {
    let mut browser = Browser::default();
    let form = [("email", &*format!("{name}@example.test")), ("password", PASSWORD)];
    let answer = app.post(&mut browser, "/login", &form).await;
    assert_eq!(answer.header("location"), "/login/code", "{}", answer.body);
    browser
}

on_every_database!(signing_in_takes_a_code_once_it_is_turned_on, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    let mut here = app.signed_in("manager1").await;
    app.post(&mut here, "/admin/profile/totp/begin", &[]).await;
    app.signed_in("manager1").await;
    let wrong = app.post(&mut here, "/admin/profile/totp", &[("code", "000000")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    app.signed_in("manager1").await;
    let (secret, codes) = enrolled(&app, &mut here).await;
    assert_eq!(codes.len(), 10);
    let stored: String = test.value("SELECT totp_secret FROM rollcall_people").await;
    assert!(!stored.contains(&BASE32_NOPAD.encode(&secret)), "sealed");
    let kept = test.query("SELECT hash FROM rollcall_recovery_codes").await;
    let kept: Vec<String> = kept.iter().map(|row| row.try_get_by_index(0).unwrap()).collect();
    assert!(kept.len() == 10 && !codes.iter().any(|code| kept.contains(code)), "hashed");

    let mut browser = halfway(&app, "manager1").await;
    let mut no_one = browser.clone();
    for path in ["/admin", "/admin/profile", "/admin/live", "/admin/policies", "/admin/widgets/policy_trend"] {
        assert!(is_refused(&app.get(&browser, path).await), "{path}: a password alone opens nothing");
    }
    assert!(is_refused(&app.post(&mut no_one, "/admin/profile/totp/off", &[("present", PASSWORD)]).await));
    let used = shown(test, &secret, 0);
    let replayed = app.post(&mut browser, "/login/code", &[("code", &used)]).await;
    assert_eq!(replayed.status, StatusCode::UNAUTHORIZED, "the step that turned it on is used up");
    later(test, 30);
    let before = browser.session().unwrap().to_owned();
    let right = shown(test, &secret, 0);
    assert_eq!(app.post(&mut browser, "/login/code", &[("code", &right)]).await.header("location"), "/admin");
    assert_ne!(browser.session(), Some(before.as_str()), "a new id once more");
    assert_eq!(app.get(&browser, "/admin").await.status, StatusCode::OK);
    let mut second = halfway(&app, "manager1").await;
    let again = app.post(&mut second, "/login/code", &[("code", &right)]).await;
    assert_eq!(again.status, StatusCode::UNAUTHORIZED, "each step once");
    let told = "SELECT COUNT(*) FROM security_events WHERE kind = 'wrong_code' AND subject = 'user 3'";
    assert_eq!(test.value::<i64>(told).await, 1);
    // A clock may be a step ahead; then what lies behind it is over.
    let ahead = shown(test, &secret, 1);
    assert_eq!(app.post(&mut second, "/login/code", &[("code", &ahead)]).await.header("location"), "/admin");
    assert!(actions(&app).await.contains(&"user.totp_on".to_owned()));
});

on_every_database!(a_code_works_once_also_where_many_come_with_it_at_once, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    let mut here = app.signed_in("manager1").await;
    let (secret, codes) = enrolled(&app, &mut here).await;
    later(test, 60);
    // So many that the throttle would hide what is looked for, were it asked for each.
    let user = rollcall::tenant::User {
        id: 3,
        company_id: Some(1),
        name: "manager1".to_owned(),
        email: "manager1@example.test".to_owned(),
        role: rollcall::tenant::Role::Manager,
    };
    let tries = async |typed: &str| {
        let tries = (0..64).map(|_| rollcall::people::factor::check(&app.app, &user, typed, None));
        let answers = futures_util::future::join_all(tries).await;
        answers
            .into_iter()
            .filter(|answer| *answer.as_ref().unwrap() != rollcall::people::factor::Checked::Wrong)
            .count()
    };
    assert_eq!(tries(&shown(test, &secret, 0)).await, 1, "a code of the moment");
    for typed in &codes[..2] {
        assert_eq!(tries(typed).await, 1, "a recovery code");
        assert_eq!(tries(typed).await, 0);
    }
    assert_eq!(actions(&app).await.iter().filter(|line| *line == "user.recovery_code_used").count(), 2);
});

on_every_database!(a_recovery_code_lets_in_once_and_new_ones_end_the_old, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    let mut here = app.signed_in("manager1").await;
    let (_, codes) = enrolled(&app, &mut here).await;
    let mut browser = halfway(&app, "manager1").await;
    let typed = codes[0].to_uppercase().replace('-', " ");
    assert_eq!(app.post(&mut browser, "/login/code", &[("code", &typed)]).await.header("location"), "/admin");
    let mut second = halfway(&app, "manager1").await;
    let answer = app.post(&mut second, "/login/code", &[("code", &codes[0])]).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert!(app.get(&browser, "/admin/profile").await.body.contains("9 recovery codes are left"));
    let wrong = [("present", "wrong horse battery")];
    let refused = app.post(&mut browser, "/admin/profile/totp/codes", &wrong).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let made = app.post(&mut browser, "/admin/profile/totp/codes", &[("present", PASSWORD)]).await;
    let newer = codes_in(&made.body);
    assert!(newer.len() == 10 && !newer.iter().any(|code| codes.contains(code)));
    assert_eq!(app.post(&mut second, "/login/code", &[("code", &codes[1])]).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(app.post(&mut second, "/login/code", &[("code", &newer[1])]).await.header("location"), "/admin");
});

on_every_database!(guessing_codes_is_counted_and_locks, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    let mut here = app.signed_in("manager1").await;
    let (secret, _) = enrolled(&app, &mut here).await;
    later(test, 60);
    let mut last = StatusCode::OK;
    for guess in 0..app.app.config.sign_in.max_failures {
        // The password is right each time: that forgives nothing.
        let mut browser = halfway(&app, "manager1").await;
        last = app.post(&mut browser, "/login/code", &[("code", &format!("00000{}", guess % 10))]).await.status;
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
    let mut browser = halfway(&app, "manager1").await;
    let right = shown(test, &secret, 0);
    let locked = app.post(&mut browser, "/login/code", &[("code", &right)]).await;
    assert_eq!((locked.status, locked.header("retry-after")), (StatusCode::TOO_MANY_REQUESTS, "900"));
    for kind in ["wrong_code", "lock_out"] {
        let told = format!("SELECT COUNT(*) FROM security_events WHERE kind = '{kind}' AND company_id = 1");
        assert_eq!(test.value::<i64>(&told).await, 1, "{kind}");
    }
    later(test, 16 * 60);
    let mut browser = halfway(&app, "manager1").await;
    later(test, 601);
    let right = shown(test, &secret, 0);
    let late = app.post(&mut browser, "/login/code", &[("code", &right)]).await;
    assert_eq!(late.header("location"), "/login?done=late", "the second step does not wait for ever");
    let mut nobody = Browser::default();
    assert_eq!(app.get(&nobody, "/login/code").await.header("location"), "/login?done=late");
    let answer = app.post(&mut nobody, "/login/code", &[("code", &right)]).await;
    assert_eq!(answer.header("location"), "/login?done=late");
});

on_every_database!(it_is_turned_off_by_password_or_reset_by_an_admin, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    let mut here = app.signed_in("manager1").await;
    enrolled(&app, &mut here).await;
    let wrong = app.post(&mut here, "/admin/profile/totp/off", &[("present", "wrong horse battery")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let off = app.post(&mut here, "/admin/profile/totp/off", &[("present", PASSWORD)]).await;
    assert_eq!(off.header("location"), "/admin/profile?notice=totp_off");
    app.signed_in("manager1").await;

    enrolled(&app, &mut here).await;
    let mut admin = app.signed_in("admin1").await;
    assert!(app.get(&admin, "/admin/users/3").await.body.contains("/admin/users/3/reset-totp"));
    assert_eq!(app.get(&here, "/admin").await.status, StatusCode::OK);
    let mut other = app.signed_in("admin2").await;
    assert_eq!(app.post(&mut other, "/admin/users/3/reset-totp", &[]).await.status, StatusCode::NOT_FOUND);
    let reset = app.post(&mut admin, "/admin/users/3/reset-totp", &[]).await;
    assert_eq!(reset.header("location"), "/admin/users/3?notice=totp_reset");
    assert!(is_refused(&app.get(&here, "/admin").await), "sessions have ended");
    app.signed_in("manager1").await;
    assert_eq!(test.value::<i64>("SELECT COUNT(*) FROM rollcall_recovery_codes").await, 0);
    let lines = actions(&app).await;
    let of = |name: &str| lines.iter().filter(|line| *line == name).count();
    assert_eq!((of("user.totp_on"), of("user.totp_off"), of("user.totp_reset")), (2, 1, 1), "{lines:?}");
});

on_every_database!(whoever_loses_their_second_step_to_an_admin_is_told, async |test: &TestDb| {
    let smtp = SmtpServer::start(0).await.unwrap();
    let app = with_mail(test, &smtp).await;
    let (mut here, mut admin) = (app.signed_in("manager1").await, app.signed_in("admin1").await);
    app.post(&mut here, "/preferences", &[("language", "de"), ("return_to", "/admin")]).await;
    enrolled(&app, &mut here).await;
    app.post(&mut admin, "/admin/users/3/reset-totp", &[]).await;
    let [mail] = &smtp.mails()[..] else { panic!("{:?}", smtp.mails()) };
    assert_eq!((mail.to.as_str(), mail.header("Content-Language").as_str()), ("manager1@example.test", "de"));
    assert!(mail.header("Subject").contains("Anmeldeschritt"), "{}", mail.text);
    app.post(&mut admin, "/admin/users/3/reset-totp", &[]).await;
    assert_eq!(smtp.count(), 1, "there was nothing to reset");
});

on_every_database!(whoever_must_use_it_sets_it_up_before_anything_else, async |test: &TestDb| {
    let free = TestApp::new(test).await;
    let before = {
        let mut browser = Browser::default();
        let form = [("email", "operator@example.test"), ("password", PASSWORD)];
        free.post(&mut browser, "/login", &form).await;
        assert_eq!(free.get(&browser, "/admin/companies").await.status, StatusCode::OK);
        browser
    };
    let variables = vec![("ROLLCALL_SIGN_IN__TOTP".to_owned(), "operators".to_owned())];
    let config = Config::load(&Sources { variables, ..Sources::default() }).unwrap();
    let app = TestApp::with(test, test.db.clone(), config).await;
    app.signed_in("admin1").await;
    assert!(is_refused(&app.get(&before, "/admin/companies").await), "a session of before");
    assert_eq!(app.get(&before, "/login").await.status, StatusCode::OK, "no endless redirect");

    let mut operator = Browser::default();
    let form = [("email", "operator@example.test"), ("password", PASSWORD)];
    let answer = app.post(&mut operator, "/login", &form).await;
    assert_eq!(answer.header("location"), "/login/setup");
    assert!(is_refused(&app.get(&operator, "/admin/companies").await));
    assert_eq!(app.get(&operator, "/login/code").await.header("location"), "/login?done=late");
    let secret = secret_in(&app.get(&operator, "/login/setup").await.body);
    assert_eq!(secret_in(&app.get(&operator, "/login/setup").await.body), secret, "the same until it is confirmed");
    let wrong = app.post(&mut operator, "/login/setup", &[("code", "123")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let right = shown(test, &secret, 0);
    let done = app.post(&mut operator, "/login/setup", &[("code", &right)]).await;
    assert_eq!((done.status, codes_in(&done.body).len()), (StatusCode::OK, 10), "{}", done.body);
    assert_eq!(app.get(&operator, "/admin/companies").await.status, StatusCode::OK);
    let kept = app.post(&mut operator, "/admin/profile/totp/off", &[("present", PASSWORD)]).await;
    assert_eq!(kept.status, StatusCode::FORBIDDEN, "it stays on");
    let mut second = Browser::default();
    assert_eq!(app.post(&mut second, "/login", &form).await.header("location"), "/login/code");
    assert_eq!(app.get(&second, "/login/setup").await.header("location"), "/login?done=late", "not anew");
});

on_every_database!(whoever_is_halfway_in_is_led_on_and_not_told_that_something_ended, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    let mut here = app.signed_in("manager1").await;
    enrolled(&app, &mut here).await;
    let mut browser = halfway(&app, "manager1").await;
    for path in ["/admin", "/admin/policies?q=x", "/admin/profile"] {
        let answer = app.get(&browser, path).await;
        assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, "/login/code"), "{path}");
        assert!(answer.headers.get("set-cookie").is_none(), "the step goes on in the same session");
    }
    let card = browser.request("GET", "/admin/widgets/policy_trend").header("hx-request", "true");
    let card = app.send(card.body(Body::empty()).unwrap()).await;
    assert_eq!((card.status, card.header("hx-redirect")), (StatusCode::UNAUTHORIZED, "/login/code"));
    assert_eq!(app.json(&browser, "/admin/widgets/policy_trend").await.status, StatusCode::UNAUTHORIZED);
    // What is sent is not done, and by the second step it would not be said.
    let sent = app.post(&mut browser.clone(), "/admin/branches/new", &[("name", "Nord")]).await;
    assert!(sent.header("location").ends_with("&ended=unsaved"), "{sent:?}");
    // The page is there, and once it takes too long that is said.
    assert_eq!(app.get(&browser, "/login/code").await.status, StatusCode::OK);
    later(test, 600);
    assert_eq!(app.get(&browser, "/admin").await.header("location"), "/login?return_to=%2Fadmin&ended=1");
    // Who may not come in any more goes nowhere on.
    let mut other = halfway(&app, "manager1").await;
    app.post(&mut app.signed_in("admin1").await, "/admin/users/3/deactivate", &[]).await;
    assert_eq!(app.get(&other, "/admin").await.header("location"), "/login?return_to=%2Fadmin&ended=1");
    app.post(&mut other, "/logout", &[]).await;
    app.post(&mut browser, "/logout", &[]).await;
    assert_eq!(app.get(&browser, "/admin").await.header("location"), "/login?return_to=%2Fadmin");
});

on_every_database!(whoever_has_to_set_a_second_step_up_is_led_there, async |test: &TestDb| {
    let variables = [("ROLLCALL_SIGN_IN__TOTP".to_owned(), "all".to_owned())];
    let config = Config::load(&Sources { variables: variables.into(), ..Sources::default() }).unwrap();
    let plain = TestApp::new(test).await;
    let app = TestApp::with(test, plain.app.db.clone(), config).await;
    let mut browser = Browser::default();
    let form = [("email", "manager1@example.test"), ("password", PASSWORD)];
    assert_eq!(app.post(&mut browser, "/login", &form).await.header("location"), "/login/setup");
    assert_eq!(app.get(&browser, "/admin").await.header("location"), "/login/setup");
});
