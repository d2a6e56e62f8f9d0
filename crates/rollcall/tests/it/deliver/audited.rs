//! What becomes of notifications stands in the audit log of their company: by the program, by a provider, by whoever sends again.

use axum::http::StatusCode;
use rollcall::audit::{self, Filter, Line};
use serde_json::json;

use super::command::rollcall;
use super::receipts::{delivered, sent, signed};
use super::{config, later, queue, queue_for, world};
use crate::support::gateway::Gateway;
use crate::support::smtp::{Conduct, SmtpServer};
use crate::support::{TestDb, on_every_database};

/// A company's lines about notifications, oldest first.
async fn lines(test: &TestDb, company: i64) -> Vec<Line> {
    let db = test.scope(company).await.db(&test.db);
    let filter = Filter { subject_kind: Some("notification".into()), ..Filter::default() };
    let mut lines = audit::lines(&db, &filter, 1_000).await.unwrap();
    lines.reverse();
    lines
}

/// Whose lines they are, what was done, and to which.
fn told(lines: &[Line]) -> Vec<(&str, &str, &str, i64)> {
    let told = |line: &Line| line.subject_id.unwrap();
    lines.iter().map(|it| (it.actor_kind.as_str(), it.actor_name.as_str(), it.action.as_str(), told(it))).collect()
}

on_every_database!(each_try_has_its_line_and_what_is_written_together_one_statement, async |test: &TestDb| {
    let smtp = SmtpServer::start(0).await.unwrap();
    let answers = [("later@example.test", "451 4.7.1 greylisted"), ("never@example.test", "550 5.1.1 no such user")];
    let answers = || answers.map(|(to, answer)| (to.to_owned(), answer.to_owned())).into();
    smtp.conduct(Conduct { answers: answers(), ..Conduct::default() });
    let (_app, mut deliverer) = world(test, &config(Some(&smtp), None, &[])).await;
    queue(test, 1, "email", "ada@example.test").await;
    queue(test, 2, "email", "later@example.test").await;
    queue(test, 3, "email", "never@example.test").await;
    queue_for(test, 4, 2, 8, "email", "grace@example.test", crate::deliver::BODY).await;
    deliverer.deliver_due().await.unwrap();
    let mut mine = lines(test, 1).await;
    mine.sort_by_key(|line| line.subject_id);
    assert_eq!(
        told(&mine),
        [
            ("job", "deliver", "notification.sent", 1),
            ("job", "deliver", "notification.postponed", 2),
            ("job", "deliver", "notification.failed", 3),
        ]
    );
    let states = |at: usize| (mine[at].before.clone().unwrap(), mine[at].after.clone().unwrap());
    let id: String = test.value("SELECT provider_message_id FROM notification_queues WHERE id = 1").await;
    let before = json!({"status": "processing", "retry_count": 0});
    let after = json!({"status": "sent", "retry_count": 0, "provider_message_id": id});
    assert_eq!(states(0), (before.clone(), after));
    let why = |at: usize| states(at).1["error_message"].as_str().unwrap().to_owned();
    let (was, is) = states(1);
    assert_eq!((was, &is["status"], &is["retry_count"]), (before, &json!("processing"), &json!(1)));
    assert!(why(1).contains("greylisted"), "{}", why(1));
    assert_eq!(states(2).1["status"], "failed");
    assert!(why(2).contains("no such user"), "{}", why(2));
    assert_eq!((mine[0].address.as_deref(), mine[0].at), (None, test.clock.now_utc()));
    assert_eq!(told(&lines(test, 2).await), [("job", "deliver", "notification.sent", 4)], "each company's are its own");

    smtp.conduct(Conduct { holds: true, ..Conduct::default() });
    for id in 10..18 {
        queue(test, id, "email", &format!("r{id}@example.test")).await;
    }
    let work = tokio::spawn(async move { deliverer.deliver_due().await });
    smtp.begun(4 + 8).await;
    let before = test.recorder.lines().len();
    smtp.conduct(Conduct::default());
    work.await.unwrap().unwrap();
    let all = test.recorder.lines();
    let inserts = all[before..].iter().filter(|line| line.contains("INSERT INTO audit_log")).count();
    assert_eq!(lines(test, 1).await.len(), 3 + 8);
    assert!(inserts < 8, "{inserts} statements for eight lines");
});

on_every_database!(who_was_too_late_to_say_has_no_line, async |test: &TestDb| {
    let smtp = SmtpServer::start(0).await.unwrap();
    smtp.conduct(Conduct { holds: true, ..Conduct::default() });
    let (_app, mut deliverer) = world(test, &config(Some(&smtp), None, &[])).await;
    queue(test, 1, "email", "ada@example.test").await;
    let work = tokio::spawn(async move { deliverer.deliver_due().await });
    smtp.begun(1).await;
    test.sql("UPDATE notification_queues SET status = 'failed' WHERE id = 1").await;
    smtp.conduct(Conduct::default());
    work.await.unwrap().unwrap();
    assert_eq!(told(&lines(test, 1).await), [], "the row stayed as somebody else made it");
});

on_every_database!(a_receipt_is_its_providers_line_and_one_that_changes_nothing_is_none, async |test: &TestDb| {
    let gateway = Gateway::start().await;
    let (app, [first, second]) = sent(test, &gateway).await;
    later(test, 60);
    let failed = json!({"receipt": "r-2", "id": second, "status": "failed", "error": "switched off"});
    for receipt in [delivered("r-1", &first), delivered("r-1", &first), delivered("r-3", &first), failed] {
        assert_eq!(app.send(signed(&app.app, &receipt)).await.status, StatusCode::NO_CONTENT);
    }
    let [mine, other] = [lines(test, 1).await, lines(test, 2).await];
    let receipt = ("provider", "sms", "notification.delivered", 1);
    assert_eq!(told(&mine), [("job", "deliver", "notification.sent", 1), receipt]);
    let line = &mine[1];
    assert_eq!((line.address.as_deref(), line.at), (Some("192.0.2.7"), test.clock.now_utc()));
    assert_eq!((&line.before, &line.after), (&Some(json!({"status": "sent"})), &Some(json!({"status": "delivered"}))));
    assert_eq!(told(&other)[1], ("provider", "sms", "notification.failed", 2));
    assert_eq!(other[1].after, Some(json!({"status": "failed", "error_message": "switched off"})));
});

on_every_database!(what_the_command_sends_again_has_a_line_each, async |test: &TestDb| {
    let (_app, _) = world(test, &config(None, None, &[])).await;
    for id in 1..=4 {
        queue(test, id, if id == 4 { "sms" } else { "email" }, "a@example.test").await;
    }
    test.sql("UPDATE notification_queues SET status = 'failed' WHERE id <> 2").await;
    let (code, text) = rollcall(test, "notifications retry --company 1 --channel email");
    assert_eq!(code, Some(0), "{text}");
    let done = ("command_line", "notifications retry", "notification.retried");
    let mine = lines(test, 1).await;
    assert_eq!(told(&mine), [1, 3].map(|id| (done.0, done.1, done.2, id)));
    assert_eq!(mine[0].before, Some(json!({"status": "failed"})));
    assert_eq!(mine[0].after, Some(json!({"status": "pending"})));
    rollcall(test, "notifications retry --company 1 --id 2");
    assert_eq!(lines(test, 1).await.len(), 2, "it was not set aside");
    rollcall(test, "notifications retry --company 1 --all");
    assert_eq!(lines(test, 1).await.len(), 3);
});

on_every_database!(more_than_one_transaction_sends_again_each_once, async |test: &TestDb| {
    let smtp = SmtpServer::start(0).await.unwrap();
    let (app, _) = world(test, &config(Some(&smtp), None, &[])).await;
    let row = |id| format!("({id}, 1, 'customer', 7, 'email', 'a@example.test', 'failed', '2026-11-22 11:00:00')");
    let rows: Vec<_> = (1..=2_001).map(row).collect();
    test.sql(&format!(
        "INSERT INTO notification_queues (id, company_id, notifiable_type, notifiable_id, channel, recipient, status, \
         created_at) VALUES {}",
        rows.join(", ")
    ))
    .await;
    let actor = audit::Actor::job("test");
    let scope = test.scope(1).await;
    let again = rollcall::deliver::queue::retry(&app, &scope, &actor, None, None).await.unwrap();
    assert_eq!((again, crate::deliver::count(test, "status = 'pending' AND retry_count = 1").await), (2_001, 2_001));
    assert_eq!(test.value::<i64>("SELECT COUNT(DISTINCT subject_id) FROM audit_log").await, 2_001);
});
