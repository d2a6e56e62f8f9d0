//! SMS, WhatsApp and push: the signed request, and what is made of each answer.

use rollcall::deliver::sign;
use secrecy::SecretString;

use super::{SECRET, config, count, error, later, queue, status, world};
use crate::support::gateway::{Gateway, Reply};
use crate::support::{TestDb, on_every_database};

on_every_database!(a_request_is_signed_and_names_itself_the_same_at_each_try, async |test: &TestDb| {
    let gateway = Gateway::start().await;
    let push = format!("{}/push", gateway.url);
    let (app, mut deliverer) = world(test, &config(None, Some(&gateway), &[("WEBHOOK__PUSH_URL", &push)])).await;
    queue(test, 1, "sms", "+49301234567").await;
    queue(test, 2, "push", "device-1").await;
    queue(test, 3, "email", "nobody-sends-it@example.test").await;
    gateway.answer(Reply::of(500, "oh no"));
    deliverer.deliver_due().await.unwrap();
    assert_eq!((status(test, 1).await.as_str(), error(test, 1).await.contains("oh no")), ("processing", true));
    gateway.answer(Reply::of(202, r#"{"id": "m-17", "more": [1]}"#));
    later(test, 60);
    deliverer.deliver_due().await.unwrap();
    let asked = gateway.asked();
    assert_eq!(asked.len(), 4);
    let now = app.clock.now().timestamp();
    for request in &asked {
        let (timestamp, signature) = (request.header(sign::TIMESTAMP), request.header(sign::SIGNATURE));
        let secret = SecretString::from(SECRET);
        assert_eq!(sign::verify(&secret, Some(timestamp), Some(signature), &request.body, now), Ok(()));
        assert_eq!(request.json()["id"], request.header("idempotency-key"));
    }
    let of = |channel: &str| asked.iter().filter(|one| one.json()["channel"] == channel).collect::<Vec<_>>();
    let [first, second] = of("sms")[..] else { panic!() };
    assert_eq!(first.header("idempotency-key"), second.header("idempotency-key"));
    assert_eq!((&first.json()["attempt"], &second.json()["attempt"]), (&1.into(), &2.into()));
    let said = second.json();
    assert_eq!((&said["to"], &said["body"]), (&"+49301234567".into(), &"Morgen um 10 Uhr.".into()));
    assert_eq!((&said["language"], &said["from"]), (&"de".into(), &"Company 1".into()));
    assert_ne!(first.header("idempotency-key"), of("push")[0].header("idempotency-key"));
    assert_eq!((first.path.as_str(), of("push")[0].path.as_str()), ("messages", "push"));
    assert_eq!(count(test, "provider_message_id = 'm-17' AND status = 'sent' AND retry_count = 1").await, 2);
    assert_eq!(status(test, 3).await, "pending", "no mail server is named");
});

on_every_database!(each_answer_has_its_consequence, async |test: &TestDb| {
    let gateway = Gateway::start().await;
    let elsewhere = Gateway::start().await;
    let (_app, mut deliverer) = world(test, &config(None, Some(&gateway), &[])).await;
    let away = |status| Reply::With(status, vec![("location", format!("{}/stolen", elsewhere.url))], String::new());
    let hour = |status| Reply::With(status, vec![("retry-after", "3000".to_owned())], String::new());
    let cases = [
        (Reply::of(200, ""), "sent"),
        (Reply::of(204, ""), "sent"),
        (Reply::of(200, "<html>Welcome to the hotel's network</html>"), "processing"),
        (Reply::of(200, &format!("{{\"id\": \"{}\"}}", "x".repeat(1 << 20))), "processing"),
        (away(302), "processing"),
        (Reply::of(200, "{}"), "sent"),
        (away(307), "processing"),
        (Reply::of(400, "bad number"), "failed"),
        (Reply::of(422, ""), "failed"),
        (Reply::of(401, "who are you"), "processing"),
        (Reply::of(408, ""), "processing"),
        (Reply::of(425, ""), "processing"),
        (hour(429), "processing"),
        (Reply::of(500, ""), "processing"),
        (Reply::of(503, ""), "processing"),
    ];
    for (id, (reply, expected)) in (1..).zip(cases) {
        gateway.answer(reply.clone());
        queue(test, id, "sms", "+49301234567").await;
        deliverer.deliver_due().await.unwrap();
        assert_eq!(status(test, id).await, expected, "{:?}", error(test, id).await);
        assert_eq!(count(test, "LENGTH(error_message) > 500").await, 0, "an answer is not kept whole");
    }
    assert_eq!(elsewhere.asked().len(), 0, "no answer leads elsewhere");
    let asked = gateway.asked().len();
    gateway.answer(Reply::of(204, ""));
    later(test, 1_000);
    deliverer.deliver_due().await.unwrap();
    assert_eq!(gateway.asked().len(), asked + 9, "all but the one whose provider asked for more time");
    assert_eq!((status(test, 13).await.as_str(), count(test, "status = 'processing'").await), ("processing", 1));
    later(test, 2_000);
    deliverer.deliver_due().await.unwrap();
    assert_eq!(status(test, 13).await, "sent");
});

on_every_database!(a_provider_that_refuses_everybody_delays_messages_and_loses_none, async |test: &TestDb| {
    for (round, refusal) in (0..).zip([401, 403, 404, 410]) {
        let gateway = Gateway::start().await;
        let settings = config(None, Some(&gateway), &[("DELIVER__PARALLEL", "1")]);
        if round == 0 {
            world(test, &settings).await;
        }
        let node = crate::deliver::node(test, &settings, round).await;
        let mut deliverer = rollcall::jobs::Deliverer::new(node).unwrap();
        test.sql("DELETE FROM notification_queues").await;
        for id in 1..=20 {
            queue(test, 100 * i64::try_from(round).unwrap() + id, "sms", "+49301234567").await;
        }
        gateway.answer(Reply::of(refusal, "not you"));
        deliverer.deliver_due().await.unwrap();
        assert_eq!(count(test, "status = 'failed'").await, 0, "{refusal}");
        let asked = gateway.asked().len();
        assert!((5..=8).contains(&asked), "{refusal}: {asked} were tried before the breaker opened");
        gateway.answer(Reply::of(204, ""));
        later(test, 600);
        deliverer.deliver_due().await.unwrap();
        assert_eq!(count(test, "status = 'sent'").await, 20, "{refusal}");
    }
});
