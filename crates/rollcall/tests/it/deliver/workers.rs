//! Several workers, workers that die, and providers that do.

use std::collections::BTreeSet;

use rollcall::jobs::Deliverer;
use tokio_util::sync::CancellationToken;

use super::{config, count, later, node, queue, status, world};
use crate::support::gateway::{Gateway, Reply};
use crate::support::smtp::{Conduct, SmtpServer};
use crate::support::{TestDb, on_every_database};

on_every_database!(two_workers_send_five_hundred_mails_one_copy_each, async |test: &TestDb| {
    let smtp = SmtpServer::start(0).await.unwrap();
    let settings = config(Some(&smtp), None, &[]);
    let (_app, _) = world(test, &settings).await;
    let row = |id| {
        let (company, customer) = if id % 5 == 0 { (2, 8) } else { (1, 7) };
        format!("({id}, {company}, 'customer', {customer}, 'email', 'r{id}@example.test', '{}')", crate::deliver::BODY)
    };
    let rows: Vec<_> = (1..=500).map(row).collect();
    test.sql(&format!(
        "INSERT INTO notification_queues (id, company_id, notifiable_type, notifiable_id, channel, recipient, payload) \
         VALUES {}",
        rows.join(", ")
    ))
    .await;
    let stop = CancellationToken::new();
    let mut workers = Vec::new();
    for seed in [11, 12] {
        let deliverer = Deliverer::new(node(test, &settings, seed).await).unwrap();
        workers.push(tokio::spawn(deliverer.run(stop.clone())));
    }
    smtp.taken(500).await;
    stop.cancel();
    for worker in workers {
        worker.await.unwrap();
    }
    let mails = smtp.mails();
    let ids: BTreeSet<_> = mails.iter().map(|mail| mail.header("Message-ID")).collect();
    let recipients: BTreeSet<_> = mails.iter().map(|mail| mail.to.clone()).collect();
    assert_eq!((mails.len(), ids.len(), recipients.len()), (500, 500, 500));
    assert_eq!(count(test, "status = 'sent' AND sent_at IS NOT NULL").await, 500);
    assert_eq!(test.value::<i64>("SELECT COUNT(*) FROM deliveries").await, 0);
    assert_eq!(test.value::<i64>("SELECT COUNT(*) FROM change_log").await, 0, "both companies are settled");
});

on_every_database!(what_a_killed_worker_held_is_taken_up_when_its_lease_ends, async |test: &TestDb| {
    let smtp = SmtpServer::start(0).await.unwrap();
    smtp.conduct(Conduct { holds: true, ..Conduct::default() });
    let settings = config(Some(&smtp), None, &[("DELIVER__LEASE", "2m"), ("DELIVER__PARALLEL", "2")]);
    let (_app, mut survivor) = world(test, &settings).await;
    for id in 1..=6 {
        queue(test, id, "email", &format!("r{id}@example.test")).await;
    }
    let mut doomed = Deliverer::new(node(test, &settings, 11).await).unwrap();
    let doomed = tokio::spawn(async move { doomed.deliver_due().await });
    smtp.begun(2).await;
    doomed.abort();
    assert!(doomed.await.unwrap_err().is_cancelled());
    smtp.conduct(Conduct::default());
    assert_eq!(count(test, "status = 'processing'").await, 6);
    survivor.deliver_due().await.unwrap();
    later(test, 119);
    survivor.deliver_due().await.unwrap();
    assert_eq!(smtp.count(), 0, "the lease holds");
    later(test, 1);
    survivor.deliver_due().await.unwrap();
    let recipients: BTreeSet<_> = smtp.mails().into_iter().map(|mail| mail.to).collect();
    assert_eq!((smtp.count(), recipients.len()), (6, 6));
    assert_eq!(count(test, "status = 'sent'").await, 6);
});

on_every_database!(a_row_that_kills_its_worker_each_time_is_set_aside, async |test: &TestDb| {
    let smtp = SmtpServer::start(0).await.unwrap();
    smtp.conduct(Conduct { holds: true, ..Conduct::default() });
    let settings = config(Some(&smtp), None, &[]);
    let (_app, mut survivor) = world(test, &settings).await;
    queue(test, 1, "email", "a@example.test").await;
    for round in 1..=5 {
        let mut doomed = Deliverer::new(node(test, &settings, 10 + round).await).unwrap();
        let doomed = tokio::spawn(async move { doomed.deliver_due().await });
        smtp.begun(usize::try_from(round).unwrap()).await;
        doomed.abort();
        let _killed = doomed.await;
        later(test, 120);
    }
    smtp.conduct(Conduct::default());
    survivor.deliver_due().await.unwrap();
    assert_eq!((status(test, 1).await.as_str(), smtp.count()), ("failed", 0));
});

on_every_database!(a_foreign_writer_who_resets_a_row_does_not_break_its_lease, async |test: &TestDb| {
    let smtp = SmtpServer::start(0).await.unwrap();
    smtp.conduct(Conduct { holds: true, ..Conduct::default() });
    let settings = config(Some(&smtp), None, &[]);
    let (_app, mut other) = world(test, &settings).await;
    queue(test, 1, "email", "a@example.test").await;
    let mut slow = Deliverer::new(node(test, &settings, 11).await).unwrap();
    let slow = tokio::spawn(async move { slow.deliver_due().await });
    smtp.begun(1).await;
    test.sql("UPDATE notification_queues SET status = 'pending' WHERE id = 1").await;
    other.deliver_due().await.unwrap();
    smtp.conduct(Conduct::default());
    slow.await.unwrap().unwrap();
    other.deliver_due().await.unwrap();
    assert_eq!((status(test, 1).await.as_str(), smtp.count()), ("sent", 1));
});

on_every_database!(a_mail_server_that_is_down_halts_mail_alone_and_comes_back, async |test: &TestDb| {
    let (smtp, gateway) = (SmtpServer::start(0).await.unwrap(), Gateway::start().await);
    let port = smtp.port;
    let settings = config(Some(&smtp), Some(&gateway), &[("DELIVER__PARALLEL", "1")]);
    drop(smtp);
    let (_app, mut deliverer) = world(test, &settings).await;
    for id in 1..=40 {
        queue(test, id, "email", &format!("r{id}@example.test")).await;
    }
    for id in 41..=45 {
        queue(test, id, "sms", "+49301234567").await;
    }
    deliverer.deliver_due().await.unwrap();
    assert_eq!(count(test, "channel = 'sms' AND status = 'sent'").await, 5);
    let tried = count(test, "channel = 'email' AND retry_count = 1").await;
    assert!((5..=8).contains(&tried), "{tried} were tried in vain before the breaker opened");
    assert_eq!(count(test, "channel = 'email' AND status = 'pending'").await, 40 - tried, "the rest is untouched");
    later(test, 20);
    deliverer.deliver_due().await.unwrap();
    assert_eq!(count(test, "retry_count > 0").await, tried, "it is left alone");
    later(test, 25);
    deliverer.deliver_due().await.unwrap();
    assert_eq!(
        count(test, "retry_count = 2 OR retry_count = 1").await - tried,
        0,
        "one probe, of those that were tried"
    );
    let smtp = SmtpServer::start(port).await.unwrap();
    later(test, 600);
    deliverer.deliver_due().await.unwrap();
    assert_eq!((smtp.count(), count(test, "status = 'sent'").await), (40, 45));
});

on_every_database!(a_provider_that_hangs_delays_itself_alone, async |test: &TestDb| {
    let (smtp, gateway) = (SmtpServer::start(0).await.unwrap(), Gateway::start().await);
    gateway.answer(Reply::Silence);
    let (_app, mut deliverer) = world(test, &config(Some(&smtp), Some(&gateway), &[("DELIVER__TIMEOUT", "4s")])).await;
    queue(test, 1, "sms", "+49301234567").await;
    for id in 2..=60 {
        queue(test, id, "email", &format!("r{id}@example.test")).await;
    }
    let work = tokio::spawn(async move { deliverer.deliver_due().await.map(|()| deliverer) });
    smtp.taken(59).await;
    let mut deliverer = work.await.unwrap().unwrap();
    assert_eq!(count(test, "channel = 'email' AND status = 'sent'").await, 59);
    assert_eq!(status(test, 1).await, "processing");
    assert_eq!(gateway.asked().len(), 1);
    gateway.answer(Reply::of(204, ""));
    later(test, 60);
    deliverer.deliver_due().await.unwrap();
    assert_eq!(status(test, 1).await, "sent");
});

on_every_database!(a_server_that_talks_nonsense_gets_no_mail_and_breaks_nothing, async |test: &TestDb| {
    let smtp = SmtpServer::start(0).await.unwrap();
    let (_app, mut deliverer) = world(test, &config(Some(&smtp), None, &[])).await;
    queue(test, 1, "email", "a@example.test").await;
    for greeting in ["HTTP/1.1 400 Bad Request", "22", "999 \u{1F4A9}", &"2".repeat(100_000), "554 not you"] {
        smtp.conduct(Conduct { greeting: Some(greeting.to_owned()), ..Conduct::default() });
        test.sql("UPDATE notification_queues SET status = 'pending'").await;
        test.sql("DELETE FROM deliveries").await;
        deliverer.deliver_due().await.unwrap();
        assert_eq!(
            (smtp.count(), status(test, 1).await.as_str()),
            (0, "processing"),
            "{}",
            crate::deliver::error(test, 1).await
        );
    }
});
