//! Reports by mail: made by people, due by the company's clock, sent once to who may see them.

pub mod letters;
mod times;

use chrono::{DateTime, Utc};
use rollcall::config::{Config, Sources};
use rollcall::reports::send_due;

use crate::support::TestDb;
use crate::support::app::{Answer, Browser, TestApp};
use crate::support::smtp::SmtpServer;

/// The panel with a mail server; companies 1 and 2 have three users each: 2 to 4, and 5 to 7.
async fn world<'a>(test: &'a TestDb, smtp: &SmtpServer) -> TestApp<'a> {
    drop(TestApp::new(test).await);
    test.ids_go_on("users").await;
    node(test, smtp).await
}

async fn node<'a>(test: &'a TestDb, smtp: &SmtpServer) -> TestApp<'a> {
    let port = smtp.port.to_string();
    let settings = [
        ("MAIL__HOST", "127.0.0.1"),
        ("MAIL__PORT", port.as_str()),
        ("MAIL__TLS", "none"),
        ("MAIL__FROM", "mail@panel.test"),
        ("PUBLIC_URL", "https://panel.test"),
    ];
    let variables = settings.map(|(name, value)| (format!("ROLLCALL_{name}"), value.to_owned())).into();
    let config = Config::load(&Sources { variables, ..Sources::default() }).unwrap();
    TestApp::with(test, test.db.clone(), config).await
}

/// A report of every day at seven, to the manager in English.
const DAILY: [(&str, &str); 8] = [
    ("name", "Morning <figures>"),
    ("cadence", "daily"),
    ("time", "07:00"),
    ("widget", "policy_overview"),
    ("widget", "policy_trend"),
    ("attachment", "csv"),
    ("recipient", "3"),
    ("language_3", "en"),
];

/// Makes a report by the form; answers its id.
async fn made(app: &TestApp<'_>, more: &[(&str, &str)]) -> i64 {
    let mut manager = app.signed_in("manager1").await;
    let form: Vec<_> = DAILY.iter().chain(more).copied().collect();
    let answer = app.post(&mut manager, "/admin/reports/new", &form).await;
    assert_eq!(answer.header("location"), "/admin/reports?notice=created", "{}", answer.body);
    app.test.value("SELECT MAX(id) FROM rollcall_reports").await
}

/// Changes a report by the form, as somebody who has just opened it.
async fn edited(app: &TestApp<'_>, browser: &mut Browser, id: i64, form: &[(&str, &str)]) -> Answer {
    let path = format!("/admin/reports/{id}/edit");
    let page = app.get(browser, &path).await;
    let tag =
        page.body.split("name=\"tag\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default();
    let form: Vec<_> = [("tag", tag)].into_iter().chain(form.iter().copied()).collect();
    app.post(browser, &path, &form).await
}

fn set(test: &TestDb, at: &str) {
    test.clock.set(at.parse::<DateTime<Utc>>().unwrap());
}

async fn sent(app: &TestApp<'_>) {
    send_due(&app.app).await.unwrap();
}

async fn actions(app: &TestApp<'_>) -> Vec<String> {
    let lines = app.test.query("SELECT action FROM audit_log WHERE action LIKE 'report.%' ORDER BY id").await;
    lines.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
}

/// The states of all mails, in the order in which they were made.
async fn states(test: &TestDb) -> Vec<String> {
    let rows = test.query("SELECT status FROM rollcall_report_mails ORDER BY id").await;
    rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
}
