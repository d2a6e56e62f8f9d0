//! When reports are due, and how often they go out.

use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use rollcall::reports::send_due;

use super::{DAILY, actions, edited, made, node, sent, set, states, world};
use crate::support::smtp::{Conduct, SmtpServer};
use crate::support::{TestDb, on_every_database};

async fn next(test: &TestDb) -> String {
    let next: i64 = test.value("SELECT next_at FROM rollcall_reports").await;
    DateTime::<Utc>::from_timestamp(next, 0).unwrap().format("%m-%d %H:%M").to_string()
}

on_every_database!(two_nodes_send_once, async |test: &TestDb| {
    let smtp = SmtpServer::start(0).await.unwrap();
    let app = world(test, &smtp).await;
    let other = node(test, &smtp).await;
    made(&app, &[("recipient", "2"), ("recipient", "4")]).await;
    for day in 23..=25 {
        set(test, &format!("2026-11-{day}T06:00:00Z"));
        let nodes = [&app, &other, &app, &other];
        let all = futures_util::future::join_all(nodes.map(|node| send_due(&node.app))).await;
        for done in all {
            // On SQLite one may have to wait for the other, and comes back.
            if let Err(error) = done {
                assert!(error.to_string().contains("locked"), "{error}");
            }
        }
        sent(&app).await;
    }
    let mut to = smtp.recipients();
    to.sort_unstable();
    let thrice = |name: &str| vec![format!("{name}@example.test"); 3];
    assert_eq!(to, [thrice("admin1"), thrice("manager1"), thrice("viewer1")].concat());
    assert_eq!(states(test).await, vec!["sent"; 9]);
});

on_every_database!(times_follow_the_companys_clock_over_its_changes, async |test: &TestDb| {
    set(test, "2027-03-26T12:00:00Z");
    let smtp = SmtpServer::start(0).await.unwrap();
    let app = world(test, &smtp).await;
    let id = made(&app, &[]).await;
    assert_eq!(next(test).await, "03-27 06:00");
    set(test, "2027-03-27T06:00:00Z");
    sent(&app).await;
    assert_eq!(next(test).await, "03-28 05:00", "the clocks are put forward that night");
    set(test, "2027-03-30T05:00:00Z");
    sent(&app).await;
    assert_eq!(
        (smtp.count(), next(test).await.as_str()),
        (2, "03-31 05:00"),
        "days that were missed are made up for once"
    );
    let mut manager = app.signed_in("manager1").await;
    let monthly = [("cadence", "monthly"), ("month_day", "31")];
    let form: Vec<_> = DAILY.into_iter().filter(|(name, _)| *name != "cadence").chain(monthly).collect();
    let changed = edited(&app, &mut manager, id, &form).await;
    assert_eq!(changed.status, StatusCode::SEE_OTHER, "{}", changed.body);
    assert_eq!(next(test).await, "03-31 05:00");
    set(test, "2027-03-31T05:00:00Z");
    sent(&app).await;
    assert_eq!(next(test).await, "04-30 05:00", "April has no 31st");
});

on_every_database!(a_report_is_paused_resumed_sent_at_once_and_deleted, async |test: &TestDb| {
    let smtp = SmtpServer::start(0).await.unwrap();
    let app = world(test, &smtp).await;
    let id = made(&app, &[]).await;
    let mut manager = app.signed_in("manager1").await;
    let path = |what: &str| format!("/admin/reports/{id}/{what}");
    for _ in 0..2 {
        app.post(&mut manager, &path("pause"), &[]).await;
    }
    set(test, "2026-11-24T06:00:00Z");
    sent(&app).await;
    assert_eq!(smtp.count(), 0);
    // A double click, by somebody whose session of two days ago has ended.
    let mut manager = app.signed_in("manager1").await;
    for _ in 0..2 {
        let answer = app.post(&mut manager, &path("send"), &[]).await;
        assert_eq!(answer.header("location"), "/admin/reports?notice=report_queued");
    }
    assert_eq!(test.value::<i64>("SELECT COUNT(*) FROM rollcall_report_mails").await, 1);
    sent(&app).await;
    assert_eq!(smtp.count(), 1);
    app.post(&mut manager, &path("resume"), &[]).await;
    assert_eq!(next(test).await, "11-25 06:00", "from its next time on");
    // A mail server that is down for a moment takes the same mail later: nothing else tells it from the first try.
    smtp.conduct(Conduct { greeting: Some("421 down".to_owned()), ..Conduct::default() });
    set(test, "2026-11-25T06:00:00Z");
    sent(&app).await;
    smtp.conduct(Conduct::default());
    set(test, "2026-11-25T06:05:00Z");
    sent(&app).await;
    let ids: Vec<_> = smtp.mails().iter().map(|mail| mail.header("Message-ID")).collect();
    assert!(ids.len() == 2 && ids[1].starts_with("<report-"), "{ids:?}");
    let mut manager = app.signed_in("manager1").await;
    app.post(&mut manager, &path("delete"), &[]).await;
    for table in ["rollcall_reports", "rollcall_report_recipients", "rollcall_report_mails"] {
        assert_eq!(test.value::<i64>(&format!("SELECT COUNT(*) FROM {table}")).await, 0, "{table}");
    }
    assert_eq!(app.post(&mut manager, &path("send"), &[]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(
        actions(&app).await,
        [
            "report.created",
            "report.deactivated",
            "report.queued",
            "report.sent",
            "report.activated",
            "report.sent",
            "report.deleted"
        ]
    );
});
