//! E-mails: what stands on the wire and in the row, when they go out, and when no more.

use rollcall::audit::Actor;

use super::{at, config, count, error, later, queue, queue_for, status, world};
use crate::support::app::TestApp;
use crate::support::smtp::{Conduct, SmtpServer};
use crate::support::{Backend, TestDb, on_every_database};

on_every_database!(a_queued_mail_goes_out_and_its_row_and_the_dashboard_say_so, async |test: &TestDb| {
    let smtp = SmtpServer::start(0).await.unwrap();
    drop(TestApp::new(test).await);
    test.customer(7, 1).await;
    let app = TestApp::with(test, test.db.clone(), config(Some(&smtp), None, &[])).await;
    let mut deliverer = rollcall::jobs::Deliverer::new(app.app.clone()).unwrap();
    queue(test, 1, "email", "ada@example.test").await;
    app.settle().await;
    let browser = app.signed_in("manager1").await;
    let sent = async || {
        let panel = app.json(&browser, "/admin/widgets/notification_overview").await.json();
        let stats = panel["stats"].as_array().unwrap();
        stats.iter().find(|stat| stat["key"] == "sent").unwrap()["value"].as_i64()
    };
    assert_eq!(sent().await, Some(0));
    deliverer.deliver_due().await.unwrap();
    let [mail] = &smtp.mails()[..] else { panic!("{:?}", smtp.mails()) };
    assert_eq!((mail.to.as_str(), mail.header("Subject").as_str()), ("ada@example.test", "Ihr Termin"));
    assert_eq!(mail.header("From"), "\"Company 1\" <mail@panel.test>");
    assert_eq!(mail.header("Auto-Submitted"), "auto-generated");
    assert_eq!(mail.header("Content-Language"), "de");
    assert!(mail.text.ends_with("\r\n\r\nMorgen um 10 Uhr.\r\n"), "{}", mail.text);
    assert_eq!(status(test, 1).await, "sent");
    assert_eq!(count(test, "sent_at = '2026-11-22 12:00:00' AND error_message IS NULL AND retry_count = 0").await, 1);
    let id: String = test.value("SELECT provider_message_id FROM notification_queues").await;
    assert_eq!(id, mail.header("Message-ID"));
    assert_eq!(test.value::<i64>("SELECT COUNT(*) FROM deliveries").await, 0);
    assert_eq!(test.value::<i64>("SELECT COUNT(*) FROM change_log").await, 0, "the company is settled");
    assert_eq!(sent().await, Some(1));
    deliverer.deliver_due().await.unwrap();
    assert_eq!(smtp.count(), 1, "once");
});

on_every_database!(what_is_scheduled_goes_out_in_time_and_not_before, async |test: &TestDb| {
    let smtp = SmtpServer::start(0).await.unwrap();
    let (_app, mut deliverer) = world(test, &config(Some(&smtp), None, &[])).await;
    let mut times = vec!["2026-11-21 09:00:00", "2026-11-22 12:00:00", "2026-11-22 12:30:00", "2027-01-01 00:00:00"];
    if test.backend == Backend::Sqlite {
        // As a foreign application may write it there.
        times.extend(["2026-11-22T11:59:59.000Z", "2026-11-22T12:30:00", "soon"]);
    }
    for (id, time) in (1..).zip(&times) {
        queue(test, id, "email", &format!("at{id}@example.test")).await;
        test.sql(&format!("UPDATE notification_queues SET scheduled_at = '{time}' WHERE id = {id}")).await;
    }
    let sqlite = usize::from(test.backend == Backend::Sqlite);
    for (now, sent) in [
        ("2026-11-22T12:00:00Z", 2 + sqlite),
        ("2026-11-22T12:29:59Z", 2 + sqlite),
        ("2026-11-22T12:30:00Z", 3 + 2 * sqlite),
        ("2026-12-31T23:59:59Z", 3 + 2 * sqlite),
        ("2027-01-01T00:00:00Z", 4 + 2 * sqlite),
    ] {
        test.clock.set(at(now));
        deliverer.deliver_due().await.unwrap();
        assert_eq!(smtp.count(), sent, "{now}");
    }
});

on_every_database!(a_mail_that_always_fails_is_set_aside_after_five_tries, async |test: &TestDb| {
    let smtp = SmtpServer::start(0).await.unwrap();
    let greylisted = || [("later@example.test".to_owned(), "451 4.7.1 greylisted, come back".to_owned())].into();
    smtp.conduct(Conduct { answers: greylisted(), ..Conduct::default() });
    let (app, mut deliverer) = world(test, &config(Some(&smtp), None, &[])).await;
    queue(test, 1, "email", "later@example.test").await;
    let tries = || smtp.recipients().len();
    for attempt in 1..=5 {
        assert_eq!(tries(), attempt - 1);
        deliverer.deliver_due().await.unwrap();
        assert_eq!(tries(), attempt);
        deliverer.deliver_due().await.unwrap();
        assert_eq!(tries(), attempt, "not again at once");
        // Waits are 30 s, 2 min, 8 min, 32 min, a quarter more or less.
        later(test, 20);
        deliverer.deliver_due().await.unwrap();
        assert_eq!(tries(), attempt);
        later(test, 2_400);
    }
    assert_eq!(status(test, 1).await, "failed");
    assert!(error(test, 1).await.contains("greylisted"), "{}", error(test, 1).await);
    assert_eq!(count(test, "failed_at IS NOT NULL AND retry_count = 4").await, 1);
    assert_eq!(test.value::<i64>("SELECT COUNT(*) FROM deliveries").await, 0);
    deliverer.deliver_due().await.unwrap();
    assert_eq!(tries(), 5, "it stays aside");
    smtp.conduct(Conduct::default());
    let again =
        rollcall::deliver::queue::retry(&app, &test.scope(1).await, &Actor::job("test"), Some(1), None).await.unwrap();
    deliverer.deliver_due().await.unwrap();
    assert_eq!((again, status(test, 1).await.as_str(), smtp.count()), (1, "sent", 1));
});

on_every_database!(a_recipient_who_is_refused_is_set_aside_at_once, async |test: &TestDb| {
    let smtp = SmtpServer::start(0).await.unwrap();
    let unknown = [("nobody@example.test".to_owned(), "550 5.1.1 no such user".to_owned())].into();
    smtp.conduct(Conduct { answers: unknown, ..Conduct::default() });
    let (_app, mut deliverer) = world(test, &config(Some(&smtp), None, &[("DELIVER__PARALLEL", "1")])).await;
    for (id, recipient) in [(1, "a@example.test"), (2, "nobody@example.test"), (3, "b@example.test")] {
        queue(test, id, "email", recipient).await;
    }
    deliverer.deliver_due().await.unwrap();
    assert_eq!((status(test, 2).await.as_str(), smtp.count()), ("failed", 2), "the others go on");
    assert!(error(test, 2).await.contains("no such user"));
    later(test, 86_400);
    deliverer.deliver_due().await.unwrap();
    assert_eq!(smtp.recipients().iter().filter(|to| *to == "nobody@example.test").count(), 1);
});

on_every_database!(rows_that_are_not_what_they_say_are_never_sent, async |test: &TestDb| {
    let smtp = SmtpServer::start(0).await.unwrap();
    let (_app, mut deliverer) = world(test, &config(Some(&smtp), None, &[])).await;
    // Another company's customer, by the id alone.
    queue_for(test, 1, 1, 8, "email", "stolen@example.test", crate::deliver::BODY).await;
    queue_for(test, 2, 2, 7, "email", "stolen@example.test", crate::deliver::BODY).await;
    for (id, kind) in [(3, "Customer"), (4, "company"), (5, "App\\Models\\Customer")] {
        queue(test, id, "email", &format!("typed{id}@example.test")).await;
        let kind = if test.backend == Backend::MariaDb { kind.replace('\\', "\\\\") } else { kind.to_owned() };
        test.sql(&format!("UPDATE notification_queues SET notifiable_type = '{kind}' WHERE id = {id}")).await;
    }
    queue(test, 6, "email", "ada@example.test, eve@example.test").await;
    queue(test, 7, "email", "").await;
    for (id, payload) in [(8, "{}"), (9, "[]"), (10, r#"{"body": ""}"#)] {
        queue_for(test, id, 1, 7, "email", "a@example.test", payload).await;
    }
    queue(test, 11, "email", "a@example.test").await;
    test.sql("UPDATE notification_queues SET payload = NULL WHERE id = 11").await;
    queue(test, 12, "fax", "a@example.test").await;
    deliverer.deliver_due().await.unwrap();
    let sent: Vec<_> = smtp.mails().into_iter().map(|mail| mail.to).collect();
    assert_eq!(sent, ["typed5@example.test"], "Laravel's own name for a customer");
    assert_eq!(count(test, "status = 'failed'").await, 10);
    assert_eq!(status(test, 12).await, "pending", "nobody here sends a fax");
    assert_eq!(error(test, 1).await, "whom it is for does not exist in this company");
    assert_eq!(error(test, 8).await, "its payload has no body");
    let events = "SELECT COUNT(*) FROM security_events WHERE kind LIKE 'polymorphic%'";
    assert_eq!(test.value::<i64>(events).await, 4, "and whoever put them there is on record");
});

on_every_database!(no_text_of_a_row_becomes_a_header_or_a_command, async |test: &TestDb| {
    let smtp = SmtpServer::start(0).await.unwrap();
    let (_app, mut deliverer) = world(test, &config(Some(&smtp), None, &[])).await;
    let evil = r#"{"subject": "a\u000d\u000aBcc: all@example.test\u000d\u000a\u000d\u000ab", "body": "x\u000d\u000a.\u000d\u000aMAIL FROM:<e@x>\u000d\u000a..y"}"#;
    let evil = if test.backend == Backend::MariaDb { evil.replace('\\', "\\\\") } else { evil.to_owned() };
    queue_for(test, 1, 1, 7, "email", "ada@example.test", &evil).await;
    test.sql("UPDATE companies SET name = 'Salon \"Ä\"\r\nBcc: b@example.test' WHERE id = 1").await;
    deliverer.deliver_due().await.unwrap();
    let [mail] = &smtp.mails()[..] else { panic!("{:?} {}", smtp.mails(), error(test, 1).await) };
    assert_eq!((mail.count("Bcc"), mail.count("From"), mail.count("Subject")), (0, 1, 1), "{}", mail.text);
    assert_eq!(smtp.recipients(), ["ada@example.test"]);
    assert!(mail.text.ends_with("x\r\n.\r\nMAIL FROM:<e@x>\r\n..y\r\n"), "{}", mail.text);
});

on_every_database!(the_program_signs_in_and_a_wrong_password_is_no_recipients_fault, async |test: &TestDb| {
    use base64::Engine;
    let smtp = SmtpServer::start(0).await.unwrap();
    let right = base64::engine::general_purpose::STANDARD.encode("\0ada\0right password");
    smtp.conduct(Conduct { login: Some(right), ..Conduct::default() });
    let with = |password| config(Some(&smtp), None, &[("MAIL__USER", "ada"), ("MAIL__PASSWORD", password)]);
    let (_app, mut deliverer) = world(test, &with("wrong password")).await;
    queue(test, 1, "email", "a@example.test").await;
    deliverer.deliver_due().await.unwrap();
    assert_eq!((status(test, 1).await.as_str(), smtp.count()), ("processing", 0), "it waits for its next try");
    assert!(error(test, 1).await.contains("535"), "{}", error(test, 1).await);
    later(test, 60);
    let node = crate::deliver::node(test, &with("right password"), 5).await;
    rollcall::jobs::Deliverer::new(node).unwrap().deliver_due().await.unwrap();
    assert_eq!((status(test, 1).await.as_str(), smtp.count()), ("sent", 1));
});

on_every_database!(a_mail_server_that_refuses_everybody_delays_mails_and_loses_none, async |test: &TestDb| {
    let smtp = SmtpServer::start(0).await.unwrap();
    let (_app, mut deliverer) = world(test, &config(Some(&smtp), None, &[("DELIVER__PARALLEL", "1")])).await;
    for id in 1..=20 {
        queue(test, id, "email", &format!("r{id}@example.test")).await;
    }
    // Its list of networks, and the address that mails come from: neither is a recipient's fault.
    for (greeting, sender) in [(Some("554 5.7.1 blocked"), None), (None, Some("550 5.7.1 sender refused"))] {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        smtp.conduct(Conduct { greeting: owned(greeting), sender: owned(sender), ..Conduct::default() });
        deliverer.deliver_due().await.unwrap();
        assert_eq!((count(test, "status = 'failed'").await, smtp.count()), (0, 0), "{greeting:?} {sender:?}");
        let tried = count(test, "retry_count > 0").await;
        assert!((5..=8).contains(&tried), "{tried} were tried before the breaker opened");
        later(test, 60);
    }
    assert!(count(test, "error_message LIKE '%sender refused%'").await > 0);
    smtp.conduct(Conduct::default());
    later(test, 600);
    deliverer.deliver_due().await.unwrap();
    assert_eq!((smtp.count(), count(test, "status = 'sent'").await), (20, 20));
});
