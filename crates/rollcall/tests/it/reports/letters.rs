//! What stands in a mail, who gets one, and what becomes of it.

use axum::body::Body;
use axum::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rollcall::i18n::{Lang, t};

use super::{DAILY, actions, edited, made, sent, set, states, world};
use crate::support::app::{Answer, Browser};
use crate::support::smtp::{Conduct, Received, SmtpServer};
use crate::support::{TestDb, on_every_database};

/// The parts of a mail: the head of each, and its bytes.
pub fn parts(mail: &Received) -> Vec<(String, Vec<u8>)> {
    let mut parts = Vec::new();
    for part in mail.text.split("\r\n--").skip(1) {
        let Some((head, body)) = part.split_once("\r\n\r\n") else { continue };
        let head = head.replace("\r\n ", " ").replace("\r\n\t", " ");
        let bytes = match head.to_lowercase() {
            it if it.contains("transfer-encoding: base64") => STANDARD.decode(body.replace("\r\n", "")).unwrap(),
            it if it.contains("quoted-printable") => unquoted(body),
            _ => body.as_bytes().to_vec(),
        };
        if !head.contains("multipart/") {
            parts.push((head, bytes));
        }
    }
    parts
}

fn unquoted(text: &str) -> Vec<u8> {
    let text = text.replace("=\r\n", "");
    let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
    while let Some((first, more)) = rest.split_first() {
        match (first, more) {
            (b'=', [a, b, more @ ..]) => {
                let hex = String::from_utf8(vec![*a, *b]).unwrap();
                bytes.push(u8::from_str_radix(&hex, 16).unwrap());
                rest = more;
            }
            _ => {
                bytes.push(*first);
                rest = more;
            }
        }
    }
    bytes
}

fn part(mail: &Received, kind: &str) -> String {
    let all = parts(mail);
    let found = all.iter().find(|(head, _)| head.contains(kind));
    let found = found.unwrap_or_else(|| panic!("{kind}: {:?}", all.iter().map(|(head, _)| head).collect::<Vec<_>>()));
    String::from_utf8(found.1.clone()).unwrap()
}

async fn violations(test: &TestDb) {
    test.customer(100, 1).await;
    test.customer(200, 2).await;
    for (company, count) in [(1, 3), (2, 77)] {
        test.sql(&format!(
            "INSERT INTO appointment_modification_stats (company_id, customer_id, stat_type, count, period_start, \
             period_end, metadata, created_at) VALUES ({company}, {company}00, 'violation', {count}, '2026-11-01', \
             '2026-11-30', '{{\"policy_type\": \"no_show\"}}', '2026-11-21 10:00:00')"
        ))
        .await;
    }
}

on_every_database!(a_mail_says_what_the_dashboard_says, async |test: &TestDb| {
    let smtp = SmtpServer::start(0).await.unwrap();
    let app = world(test, &smtp).await;
    violations(test).await;
    app.settle().await;
    made(&app, &[("recipient", "4"), ("language_4", "de"), ("widget", "policy_analytics")]).await;
    sent(&app).await;
    assert_eq!(smtp.count(), 0, "it is not due yet");
    set(test, "2026-11-23T06:00:00Z");
    sent(&app).await;
    let mails = smtp.mails();
    let [english, german] = &mails[..] else { panic!("{mails:?}") };
    assert_eq!((english.to.as_str(), german.to.as_str()), ("manager1@example.test", "viewer1@example.test"));
    assert_eq!((english.header("Content-Language"), german.header("Content-Language")), ("en".into(), "de".into()));
    assert_ne!(english.header("Message-ID"), german.header("Message-ID"));
    let (text, html) = (part(english, "text/plain"), part(english, "text/html"));
    // The same figures as in the dashboard at that moment.
    let manager = app.signed_in("manager1").await;
    let json = app.json(&manager, "/admin/widgets/policy_overview").await.json();
    let mut compared = 0;
    for stat in json["stats"].as_array().unwrap() {
        let label = t(Lang::En, &format!("stat.policy_overview.{}", stat["key"].as_str().unwrap()));
        let line =
            text.lines().find(|line| line.starts_with(label.as_ref())).unwrap_or_else(|| panic!("{label}: {text}"));
        if let Some(n) = stat["value"].as_i64() {
            assert!(line.split_whitespace().any(|word| word == n.to_string()), "{n}: {line}");
            compared += 1;
        }
    }
    assert!(compared >= 3 && text.contains('3') && !text.contains("77"), "{text}");
    // The chart as a picture that the page shows, with its words; the page is no script of anybody's.
    let all = parts(english);
    let (head, png) = all.iter().find(|(head, _)| head.contains("image/png")).unwrap();
    assert!(head.contains("<policy_trend@rollcall>") && head.contains("inline"), "{head}");
    assert!(png.starts_with(b"\x89PNG") && png.len() > 2_000);
    assert!(html.contains("src=\"cid:policy_trend@rollcall\"") && html.contains("alt=\"Chart: "), "{html}");
    assert!(html.contains("Morning &#60;figures&#62;") && !html.contains("<figures>"), "{html}");
    let csv = part(english, "text/csv");
    assert!(csv.contains("violations_by_type") || csv.contains("no_show,3"), "{csv}");
    // No secret but the one that unsubscribes.
    let link = english.header("List-Unsubscribe");
    assert!(link.starts_with("<https://panel.test/unsubscribe/1.") && link.ends_with('>'), "{link}");
    assert_eq!(english.header("List-Unsubscribe-Post"), "List-Unsubscribe=One-Click");
    assert!(html.contains("href=\"https://panel.test/admin\""), "{html}");
    assert!(part(german, "text/plain").contains("Abbestellen: https://panel.test/unsubscribe/"));
    assert_eq!(actions(&app).await, ["report.created", "report.sent", "report.sent"]);
    let page = app.get(&manager, "/admin/reports").await.body;
    assert!(page.contains("Morning &#60;figures&#62;") && page.contains("Every day at 07:00"), "{page}");
    assert!(page.contains("viewer1") && page.contains("24 Nov 2026, 07:00"), "{page}");
});

on_every_database!(who_may_not_see_it_any_longer_gets_nothing, async |test: &TestDb| {
    let smtp = SmtpServer::start(0).await.unwrap();
    let app = world(test, &smtp).await;
    made(&app, &[("recipient", "2"), ("recipient", "4")]).await;
    // The manager is deactivated, the viewer went over to the other company.
    test.sql("INSERT INTO rollcall_people (user_id, company_id, deactivated_at) VALUES (3, 1, '2026-11-22 12:30:00')")
        .await;
    test.sql("UPDATE users SET company_id = 2 WHERE id = 4").await;
    set(test, "2026-11-23T06:00:00Z");
    sent(&app).await;
    assert_eq!(smtp.recipients(), ["admin1@example.test"]);
    assert_eq!(states(test).await, ["sent", "skipped", "skipped"]);
    let admin = app.signed_in("admin1").await;
    let page = app.get(&admin, "/admin/reports").await.body;
    assert!(page.contains("May not see it any longer") && page.contains("Somebody who has left"), "{page}");
    // A company that is closed sends nothing, and its times go on.
    test.sql("UPDATE companies SET is_active = FALSE WHERE id = 1").await;
    set(test, "2026-11-24T06:00:00Z");
    sent(&app).await;
    assert_eq!((smtp.count(), states(test).await.len()), (1, 3));
});

on_every_database!(nobody_of_another_company_is_named_and_a_viewer_makes_none, async |test: &TestDb| {
    let smtp = SmtpServer::start(0).await.unwrap();
    let app = world(test, &smtp).await;
    let id = made(&app, &[]).await;
    let mut manager = app.signed_in("manager1").await;
    test.sql("INSERT INTO branches (id, company_id, name) VALUES (20, 2, 'Alien')").await;
    let events = "SELECT COUNT(*) FROM security_events WHERE kind = 'foreign_row'";
    for (at, (name, value)) in [("recipient", "6"), ("branch", "20")].into_iter().enumerate() {
        let form: Vec<_> = DAILY.into_iter().chain([(name, value)]).collect();
        let made = app.post(&mut manager, "/admin/reports/new", &form).await;
        let changed = edited(&app, &mut manager, id, &form).await;
        assert_eq!((made.status, changed.status), (StatusCode::NOT_FOUND, StatusCode::NOT_FOUND), "{name}");
        assert_eq!(test.value::<i64>(events).await, i64::try_from(at).unwrap() + 1);
    }
    assert_eq!(test.value::<i64>("SELECT COUNT(*) FROM rollcall_report_recipients").await, 1);
    let mut other: Browser = app.signed_in("manager2").await;
    for what in ["edit", "pause", "resume", "send", "delete"] {
        let path = format!("/admin/reports/{id}/{what}");
        let form: &[(&str, &str)] = if what == "edit" { &DAILY } else { &[] };
        assert_eq!(app.post(&mut other, &path, form).await.status, StatusCode::NOT_FOUND, "{what}");
    }
    let mut viewer = app.signed_in("viewer1").await;
    assert_eq!(app.get(&viewer, "/admin/reports").await.status, StatusCode::FORBIDDEN);
    assert_eq!(app.post(&mut viewer, "/admin/reports/new", &DAILY).await.status, StatusCode::FORBIDDEN);
    assert!(!app.get(&viewer, "/admin/customers").await.body.contains("/admin/reports"));
    let wrong = app.post(&mut manager, "/admin/reports/new", &[("name", "x"), ("time", "soon")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.body.contains("Enter a time such as 07:30.") && wrong.body.contains("Choose 1 to 50 people."));
});

async fn open(app: &crate::support::app::TestApp<'_>, method: &str, path: &str) -> Answer {
    // As a reader of mail does it: no session, no cookie, no page of ours.
    let request = Browser::default().request(method, path);
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    app.send(request.body(Body::from("List-Unsubscribe=One-Click")).unwrap()).await
}

on_every_database!(one_click_ends_it_for_that_person_alone, async |test: &TestDb| {
    let smtp = SmtpServer::start(0).await.unwrap();
    let app = world(test, &smtp).await;
    let id = made(&app, &[("recipient", "4")]).await;
    set(test, "2026-11-23T06:00:00Z");
    sent(&app).await;
    let link = smtp.mails()[0].header("List-Unsubscribe");
    let path = link.trim_matches(['<', '>']).replace("https://panel.test", "");
    let asked = open(&app, "GET", &path).await;
    assert!(asked.status == StatusCode::OK && asked.body.contains("Morning &#60;figures&#62;"), "{}", asked.body);
    // Looking at the page ends nothing, and no link but this one does.
    for forged in
        [path.replace("/1.", "/2."), format!("{path}0"), path.replace(".3.", ".4."), "/unsubscribe/x".to_owned()]
    {
        assert_eq!(open(&app, "POST", &forged).await.status, StatusCode::NOT_FOUND, "{forged}");
    }
    for _ in 0..2 {
        assert_eq!(open(&app, "POST", &path).await.status, StatusCode::OK);
    }
    set(test, "2026-11-24T06:00:00Z");
    sent(&app).await;
    let to: Vec<_> = smtp.mails().iter().map(|mail| mail.to.clone()).collect();
    assert_eq!(to, ["manager1@example.test", "viewer1@example.test", "viewer1@example.test"]);
    let withdrawn = actions(&app).await.into_iter().filter(|action| action == "report.withdrawn").count();
    assert_eq!(withdrawn, 1);
    // Whoever changes the report does not bring it back.
    let mut manager = app.signed_in("manager1").await;
    let edit = format!("/admin/reports/{id}/edit");
    assert!(app.get(&manager, &edit).await.body.contains("has unsubscribed"));
    assert_eq!(edited(&app, &mut manager, id, &DAILY).await.status, StatusCode::SEE_OTHER);
    set(test, "2026-11-25T06:00:00Z");
    sent(&app).await;
    assert_eq!(smtp.count(), 3);
});

on_every_database!(whoever_is_deactivated_is_not_offered_and_gets_nothing, async |test: &TestDb| {
    let smtp = SmtpServer::start(0).await.unwrap();
    let app = world(test, &smtp).await;
    let id = made(&app, &[("recipient", "4")]).await;
    test.sql("INSERT INTO rollcall_people (user_id, company_id, deactivated_at) VALUES (4, 1, '2026-11-22 11:00:00')")
        .await;
    let mut manager = app.signed_in("manager1").await;
    for path in ["/admin/reports/new".to_owned(), format!("/admin/reports/{id}/edit")] {
        let page = app.get(&manager, &path).await.body;
        assert!(page.contains("name=\"recipient\" value=\"3\"") && !page.contains("value=\"4\" checked"), "{page}");
        assert!(!page.contains("name=\"recipient\" value=\"4\""), "{page}");
    }
    let form: Vec<_> = DAILY.into_iter().chain([("recipient", "4")]).collect();
    let refused = app.post(&mut manager, "/admin/reports/new", &form).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.body);
    assert!(refused.body.contains("One of them is deactivated"), "{}", refused.body);
    // The report has them still, until somebody saves it without them: they get nothing.
    set(test, "2026-11-23T06:00:00Z");
    sent(&app).await;
    let to: Vec<_> = smtp.mails().iter().map(|mail| mail.to.clone()).collect();
    assert_eq!(to, ["manager1@example.test"]);
    assert_eq!(states(test).await, ["sent", "skipped"]);
    let mut manager = app.signed_in("manager1").await;
    let saved = edited(&app, &mut manager, id, &DAILY).await;
    assert_eq!(saved.header("location"), "/admin/reports?notice=saved", "{}", saved.body);
    assert_eq!(test.value::<i64>("SELECT COUNT(*) FROM rollcall_report_recipients").await, 1);
});

on_every_database!(times_are_told_as_the_reader_likes_them, async |test: &TestDb| {
    let smtp = SmtpServer::start(0).await.unwrap();
    let app = world(test, &smtp).await;
    test.sql("INSERT INTO rollcall_people (user_id, company_id, clock) VALUES (4, 1, '12')").await;
    test.customer(100, 1).await;
    test.sql(
        "INSERT INTO appointment_modification_stats (company_id, customer_id, stat_type, count, period_start, period_end, \
         metadata, created_at) VALUES (1, 100, 'violation', 1, '2026-11-01', '2026-11-30', \
         '{\"policy_type\": \"no_show\"}', '2026-11-22 16:05:00')",
    )
    .await;
    app.settle().await;
    made(&app, &[("recipient", "4"), ("language_4", "en"), ("widget", "latest_violations")]).await;
    set(test, "2026-11-23T06:00:00Z");
    sent(&app).await;
    let texts: Vec<_> = smtp.mails().iter().map(|mail| (mail.to.clone(), part(mail, "text/plain"))).collect();
    assert_eq!(texts.len(), 2, "{texts:?}");
    for (to, text) in texts {
        let twelve = to.starts_with("viewer1");
        assert_eq!((text.contains("17:05"), text.contains("5:05")), (!twelve, twelve), "{to}: {text}");
    }
});

on_every_database!(of_two_who_change_a_report_the_second_one_is_told, async |test: &TestDb| {
    let smtp = SmtpServer::start(0).await.unwrap();
    let app = world(test, &smtp).await;
    let id = made(&app, &[]).await;
    let (mut manager, mut admin) = (app.signed_in("manager1").await, app.signed_in("admin1").await);
    let path = format!("/admin/reports/{id}/edit");
    let tag = |body: &str| body.split("name=\"tag\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let named =
        |name: &'static str| DAILY.into_iter().map(move |(key, value)| (key, if key == "name" { name } else { value }));
    let seen = tag(&app.get(&manager, &path).await.body);
    let first: Vec<_> = named("First").chain([("tag", seen.as_str())]).collect();
    assert_eq!(app.post(&mut admin, &path, &first).await.status, StatusCode::SEE_OTHER);
    let second: Vec<_> = named("Second").chain([("tag", seen.as_str())]).collect();
    let told = app.post(&mut manager, &path, &second).await;
    assert_eq!(told.status, StatusCode::CONFLICT, "{}", told.body);
    assert!(told.body.contains("Somebody has changed this") && told.body.contains("value=\"Second\""), "{}", told.body);
    assert_eq!(test.value::<String>("SELECT name FROM rollcall_reports").await, "First");
    // Whoever mistypes is not told of what they have not seen either.
    let wrong: Vec<_> = named("").chain([("tag", seen.as_str())]).collect();
    assert_eq!(tag(&app.post(&mut manager, &path, &wrong).await.body), seen);
    // Who sends nothing of what they saw, saw nothing.
    assert_eq!(app.post(&mut manager, &path, &DAILY).await.status, StatusCode::CONFLICT);
    // That somebody unsubscribed meanwhile, or that it was paused, is no change of theirs.
    let seen = tag(&told.body);
    test.sql("UPDATE rollcall_report_recipients SET unsubscribed_at = '2026-11-22 11:00:00'").await;
    app.post(&mut admin, &format!("/admin/reports/{id}/pause"), &[]).await;
    let again: Vec<_> = named("Second").chain([("tag", seen.as_str())]).collect();
    assert_eq!(app.post(&mut manager, &path, &again).await.status, StatusCode::SEE_OTHER);
    assert_eq!(test.value::<String>("SELECT name FROM rollcall_reports").await, "Second");
});

on_every_database!(what_is_not_taken_is_tried_again_and_set_aside_at_last, async |test: &TestDb| {
    let smtp = SmtpServer::start(0).await.unwrap();
    let app = world(test, &smtp).await;
    made(&app, &[("recipient", "4")]).await;
    let answers = [("manager1@example.test", "451 later"), ("viewer1@example.test", "550 unknown")];
    let answers = answers.map(|(to, answer)| (to.to_owned(), answer.to_owned())).into();
    smtp.conduct(Conduct { answers, ..Conduct::default() });
    set(test, "2026-11-23T06:00:00Z");
    let mut tries = Vec::new();
    for hours in 0..14 {
        sent(&app).await;
        tries.push(smtp.recipients().iter().filter(|to| to.starts_with("manager1")).count());
        if hours == 1 {
            assert_eq!(states(test).await, ["pending", "failed"]);
        }
        set(test, &format!("2026-11-23T{:02}:30:00Z", 7 + hours));
    }
    assert_eq!((tries[0], *tries.last().unwrap()), (1, 6), "{tries:?}");
    assert_eq!(states(test).await, ["failed", "failed"]);
    let viewers = smtp.recipients().iter().filter(|to| to.starts_with("viewer1")).count();
    assert_eq!(viewers, 1, "what is refused for good is not tried again");
    assert_eq!(actions(&app).await, ["report.created", "report.failed", "report.failed"]);
    let page = app.get(&app.signed_in("manager1").await, "/admin/reports").await.body;
    assert!(page.contains("Set aside") && page.contains("later"), "{page}");
});
