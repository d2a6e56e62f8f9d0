//! Links that are sent to people: invitations, and new passwords.

use axum::body::Body;
use axum::http::StatusCode;
use chrono::TimeDelta;
use rollcall::config::{Config, Sources};
use rollcall::db::Database;

use super::{actions, is_refused};
use crate::support::app::{Browser, PASSWORD, TestApp};
use crate::support::smtp::{Conduct, SmtpServer};
use crate::support::{TestDb, on_every_database};

const CHOSEN: &str = "violet kettle on the roof";

fn config(smtp: &SmtpServer) -> Config {
    let port = smtp.port.to_string();
    let settings = [
        ("MAIL__HOST", "127.0.0.1"),
        ("MAIL__PORT", &port),
        ("MAIL__TLS", "none"),
        ("MAIL__FROM", "mail@panel.test"),
        ("PUBLIC_URL", "https://panel.test"),
    ];
    let variables = settings.map(|(name, value)| (format!("ROLLCALL_{name}"), value.to_owned())).into();
    Config::load(&Sources { variables, ..Sources::default() }).unwrap()
}

/// The panel with a mail server.
pub(super) async fn with_mail<'a>(test: &'a TestDb, smtp: &SmtpServer) -> TestApp<'a> {
    drop(TestApp::new(test).await);
    test.ids_go_on("users").await;
    TestApp::with(test, test.db.clone(), config(smtp)).await
}

/// The path of the link in a text, behind that word.
fn path_in(text: &str, kind: &str) -> String {
    let text = text.replace("=\r\n", "");
    let begin = text.find(&format!("/{kind}/")).unwrap_or_else(|| panic!("{text}"));
    text[begin..].split(|sign: char| sign.is_whitespace() || sign == '<').next().unwrap().to_owned()
}

const INVITED: [(&str, &str); 3] = [("name", "Ada"), ("email", "Ada@Example.test"), ("role", "manager")];
const CHOICE: [(&str, &str); 2] = [("password", CHOSEN), ("again", CHOSEN)];

async fn sign_in(app: &TestApp<'_>, email: &str, password: &str) -> (StatusCode, Browser) {
    let mut browser = Browser::default();
    let answer = app.post(&mut browser, "/login", &[("email", email), ("password", password)]).await;
    (answer.status, browser)
}

on_every_database!(an_invited_person_chooses_a_password_and_is_a_user, async |test: &TestDb| {
    let smtp = SmtpServer::start(0).await.unwrap();
    let app = with_mail(test, &smtp).await;
    let mut admin = app.signed_in("admin1").await;
    let done = app.post(&mut admin, "/admin/users/new", &INVITED).await;
    assert_eq!(done.header("location"), "/admin/users?notice=invited", "{}", done.body);
    let [mail] = &smtp.mails()[..] else { panic!("{:?}", smtp.mails()) };
    assert_eq!(mail.to, "ada@example.test");
    let path = path_in(&mail.text, "invitation");
    assert!(mail.text.replace("=\r\n", "").contains(&format!("https://panel.test{path}")), "{}", mail.text);
    let secret = path.rsplit('/').next().unwrap().to_owned();
    let stored: String = test.value("SELECT hash FROM rollcall_links").await;
    assert!(secret.len() == 43 && !stored.contains(&secret), "a hash alone is kept");
    let list = app.get(&admin, "/admin/users").await.body;
    assert!(list.contains("id=\"invitations\"") && list.contains("ada@example.test"), "{list}");
    assert!(!list.contains(&secret));

    let mut ada = Browser::default();
    let page = app.get(&ada, &path).await;
    assert_eq!((page.status, page.header("referrer-policy")), (StatusCode::OK, "strict-origin"));
    assert_eq!(page.header("cache-control"), "no-store");
    assert!(page.body.contains("Company 1") && page.body.contains("ada@example.test"), "{}", page.body);
    for (wrong, why) in [
        ([("password", "short"), ("again", "short")], "too short"),
        ([("password", CHOSEN), ("again", "violet kettle on the floor")], "differ"),
    ] {
        let answer = app.post(&mut ada, &path, &wrong).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.body.contains(why) && !answer.body.contains(CHOSEN), "{}", answer.body);
    }
    assert_eq!(app.post(&mut ada, &path, &CHOICE).await.header("location"), "/login?done=joined");
    assert_eq!(app.post(&mut ada, &path, &CHOICE).await.status, StatusCode::GONE, "once");
    assert_eq!(app.get(&ada, &path).await.status, StatusCode::GONE);
    let (status, browser) = sign_in(&app, "ada@example.test", CHOSEN).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    assert_eq!(app.get(&browser, "/admin/policies").await.status, StatusCode::OK);
    assert_eq!(app.get(&browser, "/admin/users").await.status, StatusCode::FORBIDDEN, "a manager");
    assert!(!app.get(&admin, "/admin/users").await.body.contains("id=\"invitations\""));
    let lines = actions(&app).await;
    for action in ["invitation.invited", "invitation.accepted", "user.created"] {
        assert_eq!(lines.iter().filter(|line| *line == action).count(), 1, "{action}: {lines:?}");
    }
    let told = test.query("SELECT COALESCE(state_after, '') FROM audit_log").await;
    let told: Vec<String> = told.iter().map(|row| row.try_get_by_index(0).unwrap()).collect();
    assert!(!told.iter().any(|line| line.contains(&secret) || line.contains(CHOSEN)), "{told:?}");
    let taken = app.post(&mut admin, "/admin/users/new", &INVITED).await;
    assert_eq!(taken.status, StatusCode::UNPROCESSABLE_ENTITY, "somebody signs in with it by now");
});

on_every_database!(an_invitation_is_taken_up_once_also_by_many_at_once, async |test: &TestDb| {
    let smtp = SmtpServer::start(0).await.unwrap();
    let app = with_mail(test, &smtp).await;
    let mut admin = app.signed_in("admin1").await;
    app.post(&mut admin, "/admin/users/new", &INVITED).await;
    let path = path_in(&smtp.mails()[0].text, "invitation");
    let tries = (0..16).map(|_| async { app.post(&mut Browser::default(), &path, &CHOICE).await.status });
    let answers = futures_util::future::join_all(tries).await;
    let joined = answers.iter().filter(|status| **status == StatusCode::SEE_OTHER).count();
    assert_eq!(joined, 1, "{answers:?}");
    assert!(answers.iter().all(|status| !status.is_server_error()), "{answers:?}");
    assert_eq!(test.value::<i64>("SELECT COUNT(*) FROM users WHERE email = 'ada@example.test'").await, 1);
});

on_every_database!(an_invitation_ends_by_the_clock_by_a_withdrawal_and_by_a_newer_one, async |test: &TestDb| {
    let smtp = SmtpServer::start(0).await.unwrap();
    let app = with_mail(test, &smtp).await;
    let mut admin = app.signed_in("admin1").await;
    let gone = async |path: &str| app.get(&Browser::default(), path).await.status == StatusCode::GONE;
    app.post(&mut admin, "/admin/users/new", &INVITED).await;
    let first = path_in(&smtp.mails()[0].text, "invitation");
    app.post(&mut admin, "/admin/users/new", &INVITED).await;
    let second = path_in(&smtp.mails()[1].text, "invitation");
    assert!(gone(&first).await && !gone(&second).await, "the newer one counts");
    let id: i64 = test.value("SELECT id FROM rollcall_links").await;
    let resent = app.post(&mut admin, &format!("/admin/users/invitations/{id}/resend"), &[]).await;
    assert_eq!(resent.header("location"), "/admin/users?notice=invited");
    let third = path_in(&smtp.mails()[2].text, "invitation");
    assert!(gone(&second).await && !gone(&third).await);
    test.clock.set(test.clock.now() + TimeDelta::hours(72) - TimeDelta::seconds(1));
    assert!(!gone(&third).await);
    test.clock.set(test.clock.now() + TimeDelta::seconds(1));
    assert!(gone(&third).await, "72 hours");
    assert_eq!(app.post(&mut Browser::default(), &third, &CHOICE).await.status, StatusCode::GONE);
    let mut admin = app.signed_in("admin1").await;
    assert!(app.get(&admin, "/admin/users").await.body.contains("Expired"));
    app.post(&mut admin, &format!("/admin/users/invitations/{id}/resend"), &[]).await;
    let fourth = path_in(&smtp.mails()[3].text, "invitation");
    assert!(!gone(&fourth).await);
    // Another company's invitation is nobody's.
    let mut other = app.signed_in("admin2").await;
    for deed in ["resend", "withdraw"] {
        let path = format!("/admin/users/invitations/{id}/{deed}");
        assert_eq!(app.post(&mut other, &path, &[]).await.status, StatusCode::NOT_FOUND);
    }
    let events = "SELECT COUNT(*) FROM security_events WHERE kind = 'foreign_row'";
    assert_eq!(test.value::<i64>(events).await, 1);
    let withdrawn = app.post(&mut admin, &format!("/admin/users/invitations/{id}/withdraw"), &[]).await;
    assert_eq!(withdrawn.header("location"), "/admin/users?notice=withdrawn");
    assert!(gone(&fourth).await);
});

on_every_database!(without_mail_the_link_is_shown_once_to_hand_on, async |test: &TestDb| {
    let app = TestApp::new(test).await;
    test.ids_go_on("users").await;
    let mut admin = app.signed_in("admin1").await;
    let form: Vec<_> = INVITED.iter().map(|(key, value)| format!("{key}={}", urlencoding::encode(value))).collect();
    let request = admin
        .request("POST", "/admin/users/new")
        .header("host", "panel.local:8080")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from(form.join("&")))
        .unwrap();
    let made = app.send(request).await;
    assert_eq!((made.status, made.header("cache-control")), (StatusCode::OK, "no-store"));
    let path = path_in(&made.body, "invitation");
    assert!(made.body.contains(&format!("http://panel.local:8080{path}")), "{}", made.body);
    assert_eq!(app.post(&mut Browser::default(), &path, &CHOICE).await.header("location"), "/login?done=joined");
    assert_eq!(app.get(&Browser::default(), "/forgot").await.status, StatusCode::NOT_FOUND, "nothing could be sent");
    let mut manager = app.signed_in("manager1").await;
    for path in ["/admin/users/new", "/admin/users/invitations/1/resend", "/admin/users/invitations/1/withdraw"] {
        assert_eq!(app.post(&mut manager, path, &INVITED).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    let operator = [("name", "B"), ("email", "b@example.test"), ("role", "super_admin")];
    assert_eq!(app.post(&mut admin, "/admin/users/new", &operator).await.status, StatusCode::NOT_FOUND);
});

on_every_database!(a_mail_that_is_not_taken_leaves_the_link_to_the_admin, async |test: &TestDb| {
    let smtp = SmtpServer::start(0).await.unwrap();
    smtp.conduct(Conduct { sender: Some("550 5.7.1 not you".to_owned()), ..Conduct::default() });
    let app = with_mail(test, &smtp).await;
    let mut admin = app.signed_in("admin1").await;
    let made = app.post(&mut admin, "/admin/users/new", &INVITED).await;
    let path = path_in(&made.body, "invitation");
    assert!(made.body.contains(&format!("https://panel.test{path}")), "{}", made.body);
});

on_every_database!(a_forgotten_password_is_replaced_by_mail, async |test: &TestDb| {
    let smtp = SmtpServer::start(0).await.unwrap();
    let app = with_mail(test, &smtp).await;
    let manager = app.signed_in("manager1").await;
    let token = app.program("manager1", "read").await;
    assert_eq!(app.get(&manager, "/admin").await.status, StatusCode::OK);
    assert!(app.get(&Browser::default(), "/login").await.body.contains("href=\"/forgot\""));
    let mut nobody = Browser::default();
    let known = app.post(&mut nobody, "/forgot", &[("email", "Manager1@example.test")]).await;
    let unknown = app.post(&mut nobody, "/forgot", &[("email", "nobody@example.test")]).await;
    assert_eq!((known.status, &known.body), (unknown.status, &unknown.body), "nobody learns who has an account");
    smtp.taken(1).await;
    let [mail] = &smtp.mails()[..] else { panic!("{:?}", smtp.mails()) };
    assert_eq!(mail.to, "manager1@example.test");
    let path = path_in(&mail.text, "reset");
    assert_eq!(app.get(&nobody, &path.replace("reset", "invitation")).await.status, StatusCode::GONE, "of one kind");
    assert_eq!(app.get(&nobody, &path).await.status, StatusCode::OK);
    let tries = (0..8).map(|_| async { app.post(&mut Browser::default(), &path, &CHOICE).await.status });
    let answers = futures_util::future::join_all(tries).await;
    let set = answers.iter().filter(|status| **status == StatusCode::SEE_OTHER).count();
    assert_eq!(set, 1, "{answers:?}");
    assert!(is_refused(&app.get(&manager, "/admin").await), "sessions have ended");
    assert_eq!(token.get("/branches").await.status, StatusCode::UNAUTHORIZED, "and tokens");
    assert_eq!(sign_in(&app, "manager1@example.test", PASSWORD).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(sign_in(&app, "manager1@example.test", CHOSEN).await.0, StatusCode::SEE_OTHER);
    let lines = actions(&app).await;
    for action in ["user.reset_asked", "user.password_set"] {
        assert_eq!(lines.iter().filter(|line| *line == action).count(), 1, "{action}: {lines:?}");
    }
});

on_every_database!(a_reset_link_ends_by_the_clock_and_is_for_those_who_may_come_in, async |test: &TestDb| {
    let smtp = SmtpServer::start(0).await.unwrap();
    let app = with_mail(test, &smtp).await;
    let mut admin = app.signed_in("admin1").await;
    app.post(&mut admin, "/admin/users/4/deactivate", &[]).await;
    let mut nobody = Browser::default();
    let ask = async |browser: &mut Browser, email: &str| app.post(browser, "/forgot", &[("email", email)]).await.status;
    assert_eq!(ask(&mut nobody, "viewer1@example.test").await, StatusCode::OK);
    assert_eq!(ask(&mut nobody, "manager1@example.test").await, StatusCode::OK);
    smtp.taken(1).await;
    let path = path_in(&smtp.mails()[0].text, "reset");
    test.clock.set(test.clock.now() + TimeDelta::minutes(59));
    assert_eq!(app.get(&nobody, &path).await.status, StatusCode::OK);
    test.clock.set(test.clock.now() + TimeDelta::minutes(1));
    assert_eq!(app.post(&mut nobody, &path, &CHOICE).await.status, StatusCode::GONE);
    let mut last = StatusCode::OK;
    for _ in 0..app.app.config.sign_in.max_failures + 1 {
        last = ask(&mut nobody, "viewer2@example.test").await;
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS, "not as often as somebody likes");
    assert_eq!(sign_in(&app, "viewer2@example.test", PASSWORD).await.0, StatusCode::SEE_OTHER, "that locks nobody out");
    smtp.taken(1 + usize::try_from(app.app.config.sign_in.max_failures).unwrap()).await;
    assert!(!smtp.mails().iter().any(|mail| mail.to == "viewer1@example.test"), "who is out stays out");
});

on_every_database!(another_node_knows_a_link_too, async |test: &TestDb| {
    let smtp = SmtpServer::start(0).await.unwrap();
    let app = with_mail(test, &smtp).await;
    let other = TestApp::on(test, Database::open(&test.url, 4).await.unwrap()).await;
    let mut admin = app.signed_in("admin1").await;
    app.post(&mut admin, "/admin/users/new", &INVITED).await;
    let path = path_in(&smtp.mails()[0].text, "invitation");
    assert_eq!(other.post(&mut Browser::default(), &path, &CHOICE).await.header("location"), "/login?done=joined");
    assert_eq!(app.get(&Browser::default(), &path).await.status, StatusCode::GONE);
});
